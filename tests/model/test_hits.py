"""Each hit policy with its name's meaning, by the toy pack's own groups and by groups made for the purpose."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.conditions import ALWAYS
from service.model.hits import fill, resolve, settler
from service.model.outcomes import Copied, Template
from service.model.pack import Group, Rule
from service.model.values import ABSENT, CONFLICT, none_if_absent
from service.written.findings import Place

NOWHERE = Place("", 0, 0)


def group(policy, *thens, outranks=None, order=None, lists=()):
    """Make a group whose rules give these members."""
    outranks = outranks or {}
    rules = tuple(
        Rule(f"g.r{i}", "", (), (), ALWAYS, then, tuple(outranks.get(i, ())), NOWHERE) for i, then in enumerate(thens)
    )
    gives = tuple(dict.fromkeys(member for then in thens for member in then))
    return Group("g", "d", policy, order, rules, gives, frozenset(lists), (), NOWHERE)


ORDER = ("level", {"high": 0, "low": 1})


@pytest.mark.parametrize(
    ("policy", "hits", "winners", "level"),
    [
        ("first", (1, 2), (1,), "high"),
        ("first", (2,), (2,), "low"),
        ("priority", (0, 1, 2), (1,), "high"),
        ("priority", (0, 2), (0, 2), "low"),
        ("any", (0, 2), (0, 2), "low"),
        ("unique", (1,), (1,), "high"),
    ],
)
def test_a_policy_chooses_among_the_hits(policy, hits, winners, level):
    """First: in order of writing. Priority: by the order of a member. Any: equal ones agree."""
    made = group(policy, {"level": "low"}, {"level": "high"}, {"level": "low"}, order=ORDER)
    found = resolve(made, hits)
    assert (found.winners, fill(made, found, {})) == (winners, {"level": level})


@pytest.mark.parametrize("policy", ["any", "unique", "collect"])
def test_rules_that_disagree_give_a_conflict(policy):
    """Nothing is chosen where the policy does not say how."""
    made = group(policy, {"level": "low"}, {"level": "high"})
    assert fill(made, resolve(made, (0, 1)), {}) == {"level": CONFLICT}


def test_unique_is_a_conflict_even_between_equals():
    """Two rows of a unique table that hold together are an error, whatever they give."""
    made = group("unique", {"level": "low"}, {"level": "low"})
    assert fill(made, resolve(made, (0, 1)), {}) == {"level": CONFLICT}


def test_collect_gathers_in_rule_order_without_repeating():
    """List members gather; a list that no rule gives is empty."""
    made = group("collect", {"tags": ("b",)}, {"tags": ("a", "b")}, {"tags": ("c",)}, lists=["tags"])
    assert [fill(made, resolve(made, hits), {}) for hits in ((2, 1, 0), (), (1,))] == [
        {"tags": ("b", "a", "c")},
        {"tags": ()},
        {"tags": ("a", "b")},
    ]


def test_an_outranked_rule_is_overruled_and_says_by_whom():
    """An exception is a rule that outranks; what it beats is told, not hidden."""
    made = group("priority", {"level": "high"}, {"level": "low"}, order=ORDER, outranks={1: [0]})
    found = resolve(made, (0, 1))
    assert found.winners == (1,)
    assert [(each.rule, each.by, each.why) for each in found.overruled] == [(0, 1, "g.r1 outranks it.")]


def test_priority_says_why_it_overruled():
    """The reason names both values."""
    found = resolve(group("priority", {"level": "low"}, {"level": "high"}, order=ORDER), (0, 1))
    assert [each.why for each in found.overruled] == ["level high comes before low."]


def test_a_copied_value_that_is_none_leaves_its_member_out():
    """A template needs what it copies."""
    made = group("first", {"due": Template(("x",), Copied("x"))})
    found = resolve(made, (0,))
    assert fill(made, found, {"x": 3}) == {"due": 3}
    assert repr(fill(made, found, {})["due"]) == "ABSENT"


MEMBERS = ("level", "amount", "reasons")
THENS = st.fixed_dictionaries(
    {},
    optional={
        "level": st.sampled_from(["high", "low", "none of these"]),
        "amount": st.sampled_from([1, 2]),
        "reasons": st.lists(st.sampled_from("abc"), max_size=2).map(tuple),
    },
)


@given(
    st.sampled_from(["first", "priority", "any", "unique", "collect"]),
    st.lists(st.tuples(THENS, st.sets(st.integers(0, 4), max_size=2)), min_size=1, max_size=5),
    st.sets(st.integers(0, 4)),
    st.sampled_from([{}, {"level": "count"}, {"reasons": "all"}]),
)
def test_what_rules_give_is_the_same_without_telling_what_is_overruled(policy, drawn, hits, collects):
    """The short way, for very many sets of rules, by the long one."""
    outranks = {i: sorted(each - {i}) for i, (_, each) in enumerate(drawn)}
    lists = ("reasons",) if policy == "collect" else ()
    made = replace(
        group(policy, *(then for then, _ in drawn), outranks=outranks, order=ORDER, lists=lists), gives=MEMBERS
    )
    if policy == "collect":
        made = replace(made, collects=collects)
    held = tuple(sorted(i for i in hits if i < len(drawn)))
    found = fill(made, resolve(made, held), {})
    assert settler(made)(held) == tuple(none_if_absent(found.get(member, ABSENT)) for member in MEMBERS)
