"""Targets that change on the way, held against open minutes counted one at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from service.clock.calendars import Calendar, build_calendar
from service.clock.changed_targets import OVER_AT_CHANGE, Stage, count_changed, course_of
from service.clock.lifetimes import elapsed, remaining
from service.clock.targets import Target
from service.clock.walls import instant_of

DESK = build_calendar(
    {"calendar": "desk", "zone": "UTC", "hours": {"monday to friday": ["00:10-00:30", "00:40-01:20"]}}
)
NIGHT = build_calendar({"calendar": "night", "zone": "UTC", "hours": {"monday to sunday": "01:00-01:50"}})
ALWAYS = build_calendar({"calendar": "always", "zone": "UTC", "hours": "around_the_clock"})
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

minutes = st.integers(0, 1600).filter(lambda minute: minute % 1440 < 150)
calendars = st.sampled_from([DESK, NIGHT, ALWAYS])
targets = st.integers(0, 70).map(lambda amount: Target(amount, "minute"))
pauses = st.lists(st.tuples(minutes, minutes).map(sorted), max_size=2).map(
    lambda drawn: [(MONDAY + a * MINUTE, MONDAY + b * MINUTE) for a, b in drawn]
)
stages = st.builds(
    lambda at, calendar, target: Stage(MONDAY + at * MINUTE, calendar, target), minutes, calendars, targets
)
changes = st.lists(stages, max_size=3).map(lambda drawn: sorted(drawn, key=lambda each: each.since))


def is_open(calendar: Calendar, at: datetime, paused: list[tuple[datetime, datetime]]) -> bool:
    """Say whether the minute that begins then counts."""
    if any(since <= at < until for since, until in paused):
        return False
    if calendar is ALWAYS:
        return True
    minute = at.hour * 60 + at.minute
    if calendar is NIGHT:
        return 60 <= minute < 110
    return at.weekday() < 5 and (10 <= minute < 30 or 40 <= minute < 80)


def stepped(first: Stage, then: list[Stage], way: str, paused: list[tuple[datetime, datetime]]) -> datetime:
    """Return when a target is due, minute by minute: what is left is kept as a fraction."""
    waiting = [each for each in then if each.since > first.since]
    held = ([first] + [each for each in then if each.since <= first.since])[-1]
    at, over, share = first.since, 0, Fraction(0)
    left = Fraction(held.target.amount)
    while True:
        if not left and is_open(held.calendar, at, paused):
            return at  # a change when it is due changes nothing
        while waiting and waiting[0].since == at:
            held = waiting.pop(0)
            left = (
                Fraction(max(held.target.amount - over, 0)) if way == "deducted" else held.target.amount * (1 - share)
            )
        if is_open(held.calendar, at, paused):
            if left < 1:
                return at + timedelta(microseconds=round(left * 60_000_000))
            left, over = left - 1, over + 1
            share += Fraction(1, held.target.amount)
            if not left:
                return at + MINUTE
        at += MINUTE


@given(stages, changes, st.sampled_from(OVER_AT_CHANGE), pauses)
@example(
    Stage(MONDAY, ALWAYS, Target(0, "minute")),
    [Stage(MONDAY + MINUTE, DESK, Target(0, "minute"))],
    "deducted",
    [(MONDAY, MONDAY + MINUTE)],
)
def test_a_target_is_due_when_its_minutes_are_over(first, then, way, paused):
    """Whatever changes, by either convention."""
    found, _ = count_changed(course_of(first, then, pauses=paused), over_at_change=way, zone="UTC", pauses=paused)

    assert found.due_at == stepped(first, then, way, paused)


@given(stages, changes, st.sampled_from(OVER_AT_CHANGE), pauses, minutes)
def test_no_minute_is_counted_twice_or_lost(first, then, way, paused, now):
    """What is over and left is the same in all at any instant, and the length of what is listed."""
    course = course_of(first, then, pauses=paused)
    found, taken = count_changed(course, over_at_change=way, zone="UTC", pauses=paused)
    ways = {"zone": "UTC", "pauses": paused}
    as_of = MONDAY + now * MINUTE
    whole = sum((each.to - each.from_ for each in found.segments), timedelta(0))

    assert elapsed(taken, found, as_of, **ways) + remaining(taken, found, as_of, **ways) == whole
    assert elapsed(taken, found, found.due_at, **ways) == whole
    assert all(a.to < b.from_ for a, b in zip(found.segments, found.segments[1:], strict=False))


@given(stages, changes, stages, st.sampled_from(OVER_AT_CHANGE))
def test_a_change_when_it_is_due_or_later_changes_nothing(first, then, late, way):
    """Nor is a target ever due before its last change that took place."""
    found, taken = count_changed(course_of(first, then), over_at_change=way, zone="UTC")
    others = [each.since + MINUTE for each in (first, *then)]
    later = replace(late, since=max(found.due_at, late.since, *others))

    assert count_changed(course_of(first, [*then, later]), over_at_change=way, zone="UTC") == (found, taken)
    assert instant_of(found.due_at) >= instant_of(taken.last.since)
