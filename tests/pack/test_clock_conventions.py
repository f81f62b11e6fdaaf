"""Conventions of clocks that mean nothing beside the others are refused where they stand, with what to do."""

from __future__ import annotations

import pytest

from service.clock.conventions import Conventions

_CLOCK = """\
decision: fine
asks: When?
gives: {{due_at: instant, unit: [hour, opening]}}
parts:
  - part: fine.unit
    rules: [{{rule: fine.hour, says: Hours., cites: a, then: {{unit: hour}}}}]
  - clock: fine.clock
    says: So long.
    cites: a
    starts: loan.asked_at
    amount: 2
    calendar: desk
    gives: {{due_at: due_at}}
    {written}
"""


@pytest.mark.parametrize(
    ("written", "key", "why"),
    [
        ("unit: hour\n    business_day_ends: opening", "business_day_ends", "its unit is hour"),
        ("unit: opening\n    business_day_ends: '12:00'", "business_day_ends", "its unit is opening"),
        ("unit: business_day\n    first_day: next_day", "first_day", "that end at opening, at closing or at a time"),
        (
            "unit: business_day\n    business_day_ends: same_clock_time\n    first_day: same_day",
            "first_day",
            "leave it out, or say so with 'business_day_ends'",
        ),
        (
            "unit: business_day\n    business_day_ends: closing\n    after_closing: closing",
            "after_closing",
            "that end at the same clock time or at a time of day",
        ),
        ("unit: business_day\n    opening_at_start: counted", "opening_at_start", "leave it out, or count openings"),
        (
            "unit: business_day\n    business_day_ends: closing\n    pauses_take: closings",
            "pauses_take",
            "leave it out, or name them",
        ),
        (
            "unit: business_day\n    pauses: loan.pauses\n    pauses_take: open_time",
            "pauses_take",
            "no paused time counts here anyway",
        ),
    ],
)
def test_a_convention_that_means_nothing_is_refused(read_decision, findings, written, key, why):
    """Rather than passed over; with its place and what to do."""
    decision = read_decision(_CLOCK.format(written=written))

    (finding,) = findings
    assert finding.code == "unfit_convention"
    assert finding.message.startswith(f"clock fine.clock: '{key}' is for ")
    assert why in finding.message
    line = _CLOCK.format(written=written).splitlines().index(next(x for x in written.split("\n")[::-1] if key in x))
    assert finding.place.line == line + 1
    assert decision.parts[1].conventions == Conventions()


@pytest.mark.parametrize("key", ["first_day: next_day", "after_closing: closing", "pauses: loan.pauses"])
def test_what_is_only_for_counting_forward_is_told_once(read_decision, findings, key):
    """Not as meaningless beside others as well."""
    read_decision(_CLOCK.format(written=f"unit: business_day\n    counts: backward\n    {key}"))

    assert [finding.code for finding in findings] == ["only_forward"]


@pytest.mark.parametrize(
    ("written", "conventions"),
    [
        ("unit: fine.unit\n    opening_at_start: counted", Conventions(opening_at_start="counted")),
        ("unit: hour\n    business_day_ends: closing", Conventions(business_day_ends="closing")),
        (
            "unit: business_day\n    business_day_ends: '12:00'\n    first_day: next_day\n    after_closing: closing",
            Conventions(business_day_ends="12:00", first_day="next_day", after_closing="closing"),
        ),
        (
            "unit: business_day\n    business_day_ends: opening\n    pauses: loan.pauses\n    pauses_take: closings",
            Conventions(business_day_ends="opening", pauses_take="closings"),
        ),
        (
            "unit: business_day\n    counts: backward\n    business_day_ends: closing",
            Conventions(counts="backward", business_day_ends="closing"),
        ),
    ],
)
def test_conventions_are_read_as_they_are_written(read_decision, findings, written, conventions):
    """A unit that is a name may be any: what is for one of them stands ready."""
    decision = read_decision(_CLOCK.format(written=written))

    assert findings == []
    assert decision.parts[1].conventions == conventions
