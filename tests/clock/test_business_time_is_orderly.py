"""What holds of all counts: later starts, larger amounts and pauses never make a target due sooner."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from service.clock.business_time import UNITS, Count, NeverDue, Target, count, depends_only_on_opening
from service.clock.calendars import Calendar, build_calendar
from tests.clock.test_business_time_by_minutes import DESKS, MINUTE, PAUSES, STARTS, ZONES, in_utc, placed

CALENDARS = [build_calendar({"calendar": name, **data}) for name, data in DESKS.items()]
ENDS = st.sampled_from(["same_time", "closing"])
AMOUNTS = st.one_of(st.integers(0, 40), st.decimals(0, 40, places=2).map(float))
TARGETS = st.builds(Target, AMOUNTS, st.sampled_from(UNITS))
AT_CLOSING = st.sampled_from(["due", "next_opening"])
LATER = st.one_of(st.integers(0, 3 * 1440), st.integers(0, 400 * 1440)).map(lambda minutes: minutes * MINUTE)
MANY = settings(max_examples=300, deadline=None)


def counted(
    calendar: Calendar,
    target: Target,
    start: datetime,
    *,
    zone: str | None = None,
    pauses: Sequence[tuple[datetime, datetime]] = (),
    ends: str = "same_time",
    at_closing: str = "due",
) -> Count:
    """Return a count without its segments."""
    return count(
        calendar,
        target,
        start,
        zone=zone,
        pauses=pauses,
        business_day_ends=ends,
        at_closing=at_closing,
        lists_segments=False,
    )


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, LATER, ZONES, ENDS, AT_CLOSING)
def test_a_later_start_starts_and_is_due_no_sooner(
    calendar: Calendar, target: Target, start: datetime, later: timedelta, zone: str | None, ends: str, at_closing: str
) -> None:
    """Without pauses, whatever is counted: the analysis of unknown starts rests on it."""
    first = counted(calendar, target, start, zone=zone, ends=ends, at_closing=at_closing)
    second = counted(calendar, target, start + later, zone=zone, ends=ends, at_closing=at_closing)

    assert in_utc(first.starts_at) <= in_utc(second.starts_at)
    assert in_utc(first.due_at) <= in_utc(second.due_at)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, AMOUNTS, STARTS, PAUSES, ZONES, ENDS)
def test_a_larger_amount_is_due_no_sooner(
    calendar: Calendar,
    target: Target,
    amount: float,
    start: datetime,
    pauses: list[tuple[int, int]],
    zone: str | None,
    ends: str,
) -> None:
    """With pauses too."""
    less, more = sorted((amount, target.amount))
    paused = placed(start, pauses)
    first = counted(calendar, Target(less, target.unit), start, zone=zone, pauses=paused, ends=ends)
    second = counted(calendar, Target(more, target.unit), start, zone=zone, pauses=paused, ends=ends)

    assert first.starts_at == second.starts_at
    assert in_utc(first.due_at) <= in_utc(second.due_at)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, PAUSES, PAUSES, ZONES, ENDS, AT_CLOSING)
def test_a_pause_brings_nothing_forward(
    calendar: Calendar,
    target: Target,
    start: datetime,
    pauses: list[tuple[int, int]],
    others: list[tuple[int, int]],
    zone: str | None,
    ends: str,
    at_closing: str,
) -> None:
    """Neither the first nor one more."""
    first, second = (
        counted(calendar, target, start, zone=zone, pauses=placed(start, paused), ends=ends, at_closing=at_closing)
        for paused in (pauses, [*pauses, *others])
    )

    assert in_utc(first.starts_at) <= in_utc(second.starts_at)
    assert in_utc(first.due_at) <= in_utc(second.due_at)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, LATER, ZONES, ENDS, AT_CLOSING)
def test_what_depends_only_on_its_opening_does(
    calendar: Calendar, target: Target, start: datetime, sooner: timedelta, zone: str | None, ends: str, at_closing: str
) -> None:
    """From any start that leads to the same opening the count is the same, segments and all."""
    opening = counted(calendar, target, start, zone=zone, ends=ends).starts_at
    other = counted(calendar, target, start - sooner, zone=zone, ends=ends)
    assume(other.starts_at == opening)
    if not depends_only_on_opening(target.unit, ends):
        # Then it matters besides whether it is the opening itself.
        assume((start < in_utc(opening)) == (start - sooner < in_utc(opening)))

    further = {"business_day_ends": ends, "at_closing": at_closing}
    here = count(calendar, target, start, zone=zone, **further)
    there = count(calendar, target, start - sooner, zone=zone, **further)
    assert here == there
    if depends_only_on_opening(target.unit, ends):
        assert count(calendar, target, in_utc(opening), zone=zone, **further) == here


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, AMOUNTS, STARTS, LATER, ZONES)
def test_backward_a_later_start_is_due_no_sooner_and_more_no_later(
    calendar: Calendar, target: Target, amount: float, start: datetime, later: timedelta, zone: str | None
) -> None:
    """And all depends on the instant from which the count goes back."""
    here = count(calendar, target, start, zone=zone, counts="backward")
    after = count(calendar, target, start + later, zone=zone, counts="backward")
    less, more = (
        in_utc(count(calendar, Target(each, target.unit), start, zone=zone, counts="backward").due_at)
        for each in sorted((amount, target.amount))
    )

    assert in_utc(here.starts_at) <= in_utc(after.starts_at)
    assert in_utc(here.due_at) <= in_utc(after.due_at)
    assert more <= less
    if here.starts_at == after.starts_at:
        assert here == after
    assert count(calendar, target, in_utc(here.starts_at), zone=zone, counts="backward") == here


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, ZONES)
def test_backward_is_the_way_back(calendar: Calendar, target: Target, start: datetime, zone: str | None) -> None:
    """From where a target is due to where its counting started, over the same periods."""
    assume(target.amount)
    there = count(calendar, target, start, zone=zone)
    back = count(calendar, target, in_utc(there.due_at), zone=zone, counts="backward")

    assert (back.starts_at, back.due_at, back.segments) == (there.due_at, there.starts_at, there.segments)


def test_a_business_day_that_ends_at_closing_depends_on_more() -> None:
    """A start before the opening has that day before it, one at the opening has begun it."""
    desk = build_calendar({"calendar": "desk", "zone": "UTC", "hours": {"monday to friday": "09:00-17:00"}})
    opening = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    day = Target(1, "business_day")

    assert not depends_only_on_opening("business_day", "closing")
    assert counted(desk, day, opening - MINUTE, ends="closing").due_at == opening + timedelta(hours=8)
    assert counted(desk, day, opening, ends="closing").due_at == opening + timedelta(days=1, hours=8)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, PAUSES, ZONES, ENDS)
def test_with_and_without_segments_a_count_is_the_same(
    calendar: Calendar, target: Target, start: datetime, pauses: list[tuple[int, int]], zone: str | None, ends: str
) -> None:
    """And they add up to what was counted."""
    paused = placed(start, pauses)
    short = counted(calendar, target, start, zone=zone, pauses=paused, ends=ends)
    try:
        full = count(calendar, target, start, zone=zone, pauses=paused, business_day_ends=ends)
    except NeverDue:  # more segments than are listed
        reject()
    assert (full.starts_at, full.due_at) == (short.starts_at, short.due_at)
    if full.segments and ends == "same_time":
        assert (full.starts_at, full.due_at) == (full.segments[0].from_, full.segments[-1].to)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, ZONES, st.booleans())
def test_a_pause_of_no_length_changes_nothing(
    calendar: Calendar, target: Target, start: datetime, zone: str | None, lists_segments: bool
) -> None:
    """A count without pauses that is over within a year is found in a shorter way: it is the same count."""
    nothing = [(start, start)]
    found = []
    for pauses in ((), nothing):
        try:
            found.append(count(calendar, target, start, zone=zone, pauses=pauses, lists_segments=lists_segments))
        except NeverDue as never:
            found.append(never.reason)
    assert found[0] == found[1]
