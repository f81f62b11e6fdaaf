"""Personal facts can be taken out of a case's facts and put back, and nothing else is touched."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts.personal import join_personal, split_personal

FULL = json.loads((Path(__file__).parents[1] / "fixtures" / "facts" / "everything-given.json").read_bytes())
NAMES = st.sampled_from("abc")
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
FACTS = st.dictionaries(
    NAMES, st.recursive(VALUES, lambda inside: st.dictionaries(NAMES, inside, max_size=3), max_leaves=8), max_size=3
)


def value_at(facts, path):
    """Return what stands under a dotted name, or None."""
    for step in path.split("."):
        facts = facts.get(step) if isinstance(facts, dict) else None
    return facts


def test_a_personal_fact_is_taken_out_and_the_objects_around_it_stay():
    """An object's presence is a fact of its own where it is a subject."""
    facts = {"loan": {"kind": "map"}, "member": {"name": "Zoë", "card": {"number": "0042"}}}

    assert split_personal(facts, {"member.name", "member.card.number", "member.born_on"}) == (
        {"loan": {"kind": "map"}, "member": {"card": {}}},
        {"member.card.number": "0042", "member.name": "Zoë"},
    )


@pytest.mark.parametrize("names", [(), ("member.surname",), ("member.name.first",), ("loan.parts.0", "lender")])
def test_where_nothing_personal_is_given_the_facts_are_returned_themselves(names):
    """Most cases have none, and pay nothing."""
    kept, values = split_personal(FULL, names)

    assert kept is FULL
    assert values == {}
    assert join_personal(kept, values) is FULL


def test_values_are_in_the_order_of_their_names():
    """A set has no order, and what is made of the values is to be the same bytes in every process."""
    facts = {"c": 1, "a": {"z": 2, "b": 3}, "b": 4}

    assert list(split_personal(facts, {"c", "b", "a.z", "a.b"})[1]) == ["a.b", "a.z", "b", "c"]


def test_a_value_is_put_where_no_object_is_left():
    """What is kept may have been written by another hand."""
    assert join_personal({}, {"member.card.number": "0042"}) == {"member": {"card": {"number": "0042"}}}


@given(FACTS, st.sets(PATHS, max_size=4))
def test_what_was_taken_out_can_be_put_back(facts, names):
    """The case is then the same as it was, and neither way changes what it is given."""
    before = copy.deepcopy(facts)
    kept, values = split_personal(facts, names)
    without = copy.deepcopy(kept)

    assert join_personal(kept, values) == before == facts
    assert kept == without


@given(FACTS, st.sets(PATHS, max_size=4))
def test_nothing_personal_stays_and_nothing_else_goes(facts, names):
    """However the names lie within each other."""
    kept, values = split_personal(facts, names)

    assert values.keys() <= names
    assert all(value_at(kept, name) is None for name in names)
    assert all(value == value_at(facts, name) for name, value in values.items())
    assert (kept is facts) == (not values)


@given(FACTS, st.sets(PATHS, max_size=4))
def test_facts_that_differ_in_personal_values_alone_are_kept_alike(facts, names):
    """What is kept tells nothing of them but that they were given."""
    kept, values = split_personal(facts, names)
    others = join_personal(kept, dict.fromkeys(values, "somebody else"))

    assert split_personal(others, values)[0] == kept
