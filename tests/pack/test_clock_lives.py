"""What a clock's file says of the life of its target: the members that it goes into, and its warnings."""

from __future__ import annotations

import pytest

from service.clock.lifetimes import Warned

STATES = "[not_started, running, paused, met, missed]"


def decision(clock, gives=f"{{state: {STATES}, over: integer, left: number, early: instant, due: instant}}"):
    """Return the text of a decision with a clock that counts in a calendar."""
    head = "clock: fine.c, says: So long., cites: a, starts: loan.asked_at, amount: 2, unit: hour, calendar: desk"
    return f"decision: fine\nasks: When?\ngives: {gives}\nparts: [{{{head}, {clock}}}]"


@pytest.fixture
def found(read_decision, findings):
    """Read a clock and return what is found, without the members that it does not give."""

    def codes(clock, **gives):
        read_decision(decision(clock, **gives))
        return [(each.code, each.nearest, each.message) for each in findings if each.code != "member_not_given"]

    return codes


def test_a_clock_that_tells_a_state_reads_as_of(read_decision):
    """And its stop, and nothing but its life hangs on them."""
    text = decision("stops: loan.asked_at, gives: {state: state, elapsed_minutes: over, remaining_minutes: left}")
    (clock,) = read_decision(text).clocks
    assert clock.inputs["as_of"] == "as_of"
    assert clock.inputs["stops"] == "loan.asked_at"
    assert clock.of_life == {"as_of"}  # what it stops at is also what it starts at
    assert clock.tells_life


def test_warnings_are_kept_in_their_order_with_the_member_of_each(read_decision, findings):
    """Decimals as they are written."""
    warnings = "[{elapsed: 0.5, unit: hour, gives: early}, {remaining: 25, unit: percent, gives: late}]"
    text = decision(f"warnings: {warnings}, gives: {{due_at: due}}", "{early: instant, late: instant, due: instant}")
    (clock,) = read_decision(text).clocks
    assert findings == []
    assert [(each.counts, str(each.amount), each.unit) for each in clock.warnings] == [
        ("elapsed", "0.5", "hour"),
        ("remaining", "25", "percent"),
    ]
    assert clock.warnings[1] == Warned("remaining", 25, "percent")
    assert clock.gives == {"due_at": "due", "warning 1": "early", "warning 2": "late"}
    assert "as_of" not in clock.inputs


@pytest.mark.parametrize(
    ("clock", "code", "nearest", "says"),
    [
        ("stops: loan.asked_at, gives: {due_at: early}", "idle_stop", None, "give one, or leave it out"),
        ("stops: loan.lent_on, gives: {state: state}", "wrong_type", None, "not a fit for 'stops'"),
        ("stops: soon, gives: {state: state}", "unknown_name", None, "'soon' is no name"),
        ("gives: {state: over}", "wrong_type", None, "member over, which is an integer, not a string"),
        ("gives: {elapsed_minutes: state}", "wrong_type", None, "and minutes can be any number"),
        ("gives: {remaining_minutes: early}", "wrong_type", None, "which is an instant, not an integer"),
        ("gives: {elapsed_minutes: ovr}", "unknown_member", "over", "'ovr'"),
    ],
)
def test_what_can_not_be_is_found(found, clock, code, nearest, says):
    """Each with what would be right."""
    assert [(each[0], each[1]) for each in found(clock)] == [(code, nearest)]
    assert says in found(clock)[0][2]


@pytest.mark.parametrize(
    ("warning", "code", "nearest", "says"),
    [
        ("elapsed: 1, unit: hours, gives: early", "unknown_name", "hour", "'hours' is no unit of a warning"),
        ("elapsed: 1, unit: hour, gives: over", "wrong_type", None, "and member over is an integer"),
        ("elapsed: 1, unit: hour, gives: erly", "unknown_member", "early", "'erly'"),
        ("remaining: 101, unit: percent, gives: early", "impossible_value", None, "never more than 100 percent"),
    ],
)
def test_a_warning_that_can_not_be_is_found(found, warning, code, nearest, says):
    """By its unit, its share, its member."""
    ((found_code, found_nearest, message),) = found(f"warnings: [{{{warning}}}], gives: {{due_at: due}}")
    assert (found_code, found_nearest) == (code, nearest)
    assert says in message


def test_a_state_that_the_member_lacks_is_named(found):
    """All of them can come."""
    ((code, _, message),) = found("gives: {state: state}", gives="{state: [running, met, missed]}")
    assert code == "wrong_type"
    assert message.endswith(
        "is never not_started nor paused: let it be one of not_started, running, paused, met, missed"
    )


@pytest.mark.parametrize("more", ["stops: loan.asked_at", "warnings: [{elapsed: 1, unit: hour, gives: early}]"])
def test_a_clock_that_counts_backward_has_no_life(found, more):
    """Neither state nor stop nor warnings."""
    codes = [each[0] for each in found(f"counts: backward, {more}, gives: {{state: state}}")]
    assert codes.count("only_forward") == 2
