"""A clock that concerns some cases only: the rule that says so, and what is found of it."""

from __future__ import annotations

from service.model.circles import check_circles
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


def test_a_condition_that_can_not_be_asked_is_found(read_decision, findings):
    """By the clock's id."""
    read_decision(CLOCK % "loan.knd: book")
    assert [each.code for each in findings] == ["unknown_name"]
    assert "fine.clock" in findings[0].message


def test_a_clock_can_not_hang_on_what_it_gives_itself(read_decision, findings):
    """The way round is told by the rule that says which cases it concerns."""
    decision = read_decision(CLOCK % "fine.end: {known: true}")
    assert findings == []
    (found,) = check_circles({"fine": decision}, {}, {})
    assert found.code == "circle"
    assert found.message.endswith("in a circle: fine.clock.applies → fine.end → fine.clock.applies")
