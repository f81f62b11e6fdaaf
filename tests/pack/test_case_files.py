"""The worked cases beside the rules: read, and checked against what the pack has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pack.case_files import nested
from service.pack.loader import load_pack

CASES = """\
cases:
  - case: Very late is high
    as_of: '2026-03-01T09:00:00Z'
    facts: {loan.days_late: 31, loan: {kind: map}}
    expect: {fine: {level: high}, reply: undecided}
    status: {fine: decided}
    needs: {reply: [loan.asked_at], fine: []}
    because: [fine.long-late, 'reply.target(map, -)']
    overruled: fine.late
    notes: fine.letter
    silent: []
"""


@pytest.mark.parametrize(
    ("facts", "case"),
    [
        ({"loan.kind": "map", "loan.days": 3}, {"loan": {"kind": "map", "days": 3}}),
        ({"loan": {"kind": "map"}, "loan.days": 3}, {"loan": {"kind": "map", "days": 3}}),
        ({"loan.days": 3, "loan": {"kind": "map"}}, {"loan": {"days": 3, "kind": "map"}}),
        ({"loan": {"due.on": 1, "due": {"at": 2}}}, {"loan": {"due": {"on": 1, "at": 2}}}),
        ({"loan.due.on": 1, "loan": {"due": {"at": 2}}}, {"loan": {"due": {"on": 1, "at": 2}}}),
        ({"loan": {}}, {"loan": {}}),
        ({"loan.pauses": [{"from": 1}]}, {"loan": {"pauses": [{"from": 1}]}}),
        ({"loan": 5, "loan.kind": "map"}, {"loan": 5}),
    ],
)
def test_facts_are_written_dotted_or_nested_or_both(facts, case):
    """A case is nested; what stands in the way of an object is left there, for the facts schema to refuse."""
    assert nested(facts) == case


@given(st.dictionaries(st.sampled_from(["a", "a.b", "a.b.c", "b", "b.d", "c.e.f"]), st.integers() | st.just({})))
def test_no_facts_are_too_odd_to_be_nested(facts):
    """What they mean is the facts schema's to say."""
    assert nested(nested(facts)) == nested(facts)


def test_a_case_is_read_with_all_that_it_expects(write):
    """A single id stands for a list of one; a status may stand for an outcome."""
    folder = write()
    (folder / "cases" / "fine.yaml").write_text(CASES)
    (case,) = load_pack(folder).cases
    assert case.facts == {"loan": {"days_late": 31, "kind": "map"}}
    assert (case.title, case.as_of) == ("Very late is high", "2026-03-01T09:00:00Z")
    assert case.expect == {"fine": {"level": "high"}}
    assert case.status == {"fine": "decided", "reply": "undecided"}
    assert case.needs == {"reply": ("loan.asked_at",), "fine": ()}
    assert case.because == ("fine.long-late", "reply.target(map, -)")
    assert (case.overruled, case.notes, case.silent) == (("fine.late",), ("fine.letter",), ())


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("reply: undecided", "rply: undecided", ("unknown_decision", "reply")),
        ("status: {fine", "status: {fin", ("unknown_decision", "fine")),
        ("needs: {reply", "needs: {rply", ("unknown_decision", "reply")),
        ("'reply.target(map, -)'", "'reply.target(map)'", ("unknown_rule", "reply.target(map, -)")),
        ("overruled: fine.late", "overruled: fine.lat", ("unknown_rule", "fine.late")),
        ("silent: []", "silent: fine.lettr", ("unknown_rule", "fine.letter")),
        ("{kind: map}", "{kind: mpa}", ("invalid_facts", None)),
        ("{kind: map}", "3", ("invalid_facts", None)),
    ],
)
def test_what_a_case_misspells_is_found(write, refusal, old, new, found):
    """A case that asks for nothing would pass for ever."""
    refused = refusal("cases/fine.yaml", (write() / "cases/fine.yaml").read_text(), CASES.replace(old, new))
    assert [(each.code, each.nearest) for each in refused] == [found]
