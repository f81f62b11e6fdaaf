"""A clock that concerns some cases only: the rule that says so, and what is found of it."""

from __future__ import annotations

from service.model.conditions import Not, reads
from service.model.names import Own

CLOCK = """\
decision: fine
asks: When?
gives: {start: instant, end: instant, warned: instant, level: string}
parts:
  - part: fine.level
    rules: [{rule: fine.low, says: Low., cites: a, then: {level: low}}]
  - clock: fine.clock
    says: So long.
    cites: a
    applies_when: {says: Books are waited for., when: {%s}}
    starts: loan.asked_at
    amount: 2
    unit: hour
    calendar: desk
    warnings: [{elapsed: 1, unit: hour, gives: warned}]
    gives: {starts_at: start, due_at: end}
"""


def test_a_rule_of_its_own_says_that_there_is_nothing(read_decision, findings):
    """It cites the clock's clause where it has none, and comes before the clock."""
    decision = read_decision(CLOCK % "loan.kind: book")
    concern, clock = decision.parts[-2:]
    assert findings == []
    (rule,) = concern.rules
    assert (rule.id, rule.says, rule.cites) == ("fine.clock.applies", "Books are waited for.", ("a",))
    assert isinstance(rule.when, Not)
    assert reads(rule.when) == ("loan.kind",)
    assert rule.then == {clock.nothing: True}
    assert clock.inputs["nothing"] == Own(f"fine.{clock.nothing}")
    assert clock.counts_with == ("loan.asked_at",)


def test_its_members_may_be_missing_and_those_of_other_parts_may_not(read_decision):
    """So that a condition may ask whether they are known."""
    decision = read_decision(CLOCK % "loan.kind: book")
    nothing = decision.clocks[0].nothing
    assert {member.path: member.nothing for member in decision.members} == {
        "start": nothing, "end": nothing, "warned": nothing, "level": None, nothing: None,
    }  # fmt: skip


def test_conditions_may_ask_whether_its_members_are_known(read_decision, words):
    """Warnings included."""
    read_decision(CLOCK % "loan.kind: book")
    assert [words.words[f"fine.{path}"].nullable for path in ("start", "end", "warned", "level")] == [True] * 3 + [
        False
    ]


def test_a_condition_on_a_name_that_there_is_not_is_found(read_decision, findings):
    """At the clock."""
    read_decision(CLOCK % "loan.knd: book")
    assert [each.code for each in findings] == ["unknown_name"]
    assert "fine.clock" in findings[0].message
