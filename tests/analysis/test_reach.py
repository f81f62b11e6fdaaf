"""What rests on what, in the toy pack and in packs of few lines."""

import pytest

from service.analysis.reach import Reach
from service.model.names import Applying, Own
from tests.analysis.small_packs import load, rules


@pytest.fixture(scope="module")
def reach(loans):
    """The dependencies of the toy pack."""
    return Reach(loans)


def below(reach, name, seen=()):
    """Return the facts below a name, found by going down one name at a time."""
    found = reach.read_by(name)
    if found is None:
        return {str(name)}
    return set().union(*(below(reach, each, (*seen, name)) for each in found if each not in seen))


def test_facts_under_a_name_are_those_that_it_leads_down_to(reach, loans):
    """Through derived facts, members of other decisions and their applicability."""
    names = [*loans.derived, *(member.name for each in loans.decisions.values() for member in each.members)]
    for name in names:
        assert reach.facts_under(name) == below(reach, name)
    assert reach.facts_under("loan.days_out") == {"loan.lent_on", "loan.asked_at"}
    assert {"loan.kind", "member.standing", "member.card.expires_on"} <= reach.facts_under("lending.due_on")
    assert reach.facts_of(["loan.kind", "member.debts"]) == {"loan.kind", "member.fees"}


def test_a_member_of_a_decision_rests_on_what_others_see_of_it(reach, loans):
    """Read from outside it needs that its decision applies and has an outcome; its own value does not."""
    fine = loans.decisions["fine"]
    assert Applying("fine") in reach.read_by("fine.amount")
    assert {Own(member.name) for member in fine.required} <= set(reach.read_by("fine.amount"))
    assert Applying("fine") not in reach.read_by(Own("fine.amount"))
    assert reach.facts_under(Applying("fine")) == {"loan.returned"}
    assert reach.facts_under(Applying("membership")) == frozenset()


def test_members_are_found_with_their_decision_and_part(reach, loans):
    """Each own member is given by the part that says so."""
    for decision in loans.decisions.values():
        for member in decision.members:
            assert reach.is_member(member.name)
            assert reach.decision_of(member.name) is decision
            assert member.name.removeprefix(f"{decision.id}.") in reach.part_of(Own(member.name)).member_paths
    assert not reach.is_member("loan.kind")
    with pytest.raises(KeyError):
        reach.decision_of("loan.kind")


def test_all_facts_are_read_in_some_order_those_around_first(reach, loans):
    """Each fact and subject once, and a subject before what is in it."""
    order = reach.first_read
    assert sorted(order) == sorted({*loans.facts.facts, *loans.facts.subjects, "as_of"})
    for fact, spec in loans.facts.facts.items():
        if spec.subject is not None:
            assert order.index(spec.subject) < order.index(fact)
    assert order.index("reservation") < order.index("reservation.pickup")


def test_unknown_facts_are_told_in_the_order_of_the_schema(reach, loans):
    """Only those under a decision; the fact behind `as_of` where today is read and not told."""
    membership = loans.decisions["membership"]
    unknown = reach.unknown(membership, {"member.kind": "adult"})
    assert unknown == sorted(unknown, key=list(loans.facts.facts).index)
    assert "member.kind" not in unknown
    assert "loan.pages" not in unknown
    assert "loan.asked_at" in unknown
    assert "loan.asked_at" not in reach.unknown(membership, {"as_of": "told"})


def test_what_passes_over_unknown_facts_is_lenient(reach):
    """Itself, or by what it is derived from."""
    assert reach.is_lenient("loan.known_end_on")
    assert not reach.is_lenient("loan.ends_on")
    assert not reach.is_lenient(Applying("fine"))


def test_parts_and_conditions_rest_on_what_they_read(tmp_path):
    """A rule reads its condition and what it copies."""
    pack = load(
        tmp_path,
        {name: {"type": "integer"} for name in ("a", "b", "c")},
        {
            "decision": "d",
            "cites": "c",
            "gives": {"x": "number"},
            "hit_policy": "first",
            "rules": rules("d", ({"a": {"more_than": 1}}, {"x": {"from": "b"}}), (None, {"x": 1})),
        },
    )
    reach = Reach(pack)
    (part,) = pack.decisions["d"].parts
    assert reach.facts_of_part(part) == {"a", "b"}
    assert reach.facts_of_condition(part.rules[0].when) == {"a"}
    assert reach.order == {"a": 0, "b": 1, "c": 2, "as_of": 3}
    assert reach.first_read[:2] == ("a", "b")
