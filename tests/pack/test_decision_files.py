"""One decision's file as a Decision: what it gives, when it applies, its notes and its retired rules."""

from __future__ import annotations

import pytest

from service.model.conditions import ALWAYS


def test_a_decision_without_parts_is_one_group(read_decision, findings):
    """The group has the decision's own id."""
    decision = read_decision("""\
        decision: fine
        asks: What does it cost?
        gives: {level: [low, high]}
        rules:
          - {rule: fine.high, says: High., cites: [a, b], when: {loan.days: 3}, then: {level: high}, outranks: all}
          - {rule: fine.low, says: Low., cites: a, then: {level: low}}
        """)
    (group,) = decision.parts
    assert (group.id, group.policy, group.gives) == ("fine", "unique", ("level",))
    high, low = group.rules
    assert (high.cites, high.then, high.outranks) == (("a", "b"), {"level": "high"}, (1,))
    assert (low.when, low.outranks) == (ALWAYS, ())
    assert str(low.place) == "fine.yaml:6:6"
    assert findings == []


def test_applicability_and_notes_cite_and_ask(read_decision, findings):
    """A note may ask what the case left out; its decision's members it reads from inside."""
    decision = read_decision("""\
        decision: fine
        asks: What?
        applies_when: {says: If., cites: a, when: {loan.returned: true}}
        gives: {level: [low, high]}
        rules: [{rule: fine.low, says: Low., cites: a, then: {level: low}}]
        notes:
          - {note: fine.ask, says: Ask., cites: b, when: {loan.kind: {known: false}, fine.level: low}}
        retired:
          - {rule: fine.old, on: '2026-03-01', why: Merged.}
        """)
    assert findings == []
    assert decision.applies.id == "fine.applies"
    assert [(note.id, note.cites) for note in decision.notes] == [("fine.ask", ("b",))]
    assert [each.id for each in decision.retired] == ["fine.old"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rules: [{rule: fine.a, then: {level: low}}]", ("member_not_given", None)),
        (
            """\
            parts:
              - {part: fine.a, rules: [{rule: fine.x, then: {level: low, cost: 1}}]}
              - {part: fine.b, rules: [{rule: fine.y, then: {cost: 1}}]}
            """,
            ("given_twice", None),
        ),
    ],
)
def test_each_member_is_given_by_one_part(told, text, found):
    """Else it would be missing, or there would be two answers."""
    assert found in told(text)
