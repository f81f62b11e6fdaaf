"""What holds of all counts: later starts, larger amounts and pauses never make a target due sooner."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

from service.clock.business_time import UNITS, Conventions, Count, NeverDue, Target, count, turning_starts
from service.clock.calendars import Calendar, build_calendar
from service.clock.conventions import CHOICES
from tests.clock.test_business_time_by_minutes import DESKS, MINUTE, PAUSES, STARTS, ZONES, in_utc, placed
from tests.thorough import tried

CALENDARS = [build_calendar({"calendar": name, **data}) for name, data in DESKS.items()]
BY_NAME = {calendar.id: calendar for calendar in CALENDARS}
AMOUNTS = st.one_of(st.integers(0, 40), st.decimals(0, 40, places=2).map(float))
TARGETS = st.builds(Target, AMOUNTS, st.sampled_from([*UNITS, "business_day", "business_day", "opening"]))
ENDS = st.sampled_from([*CHOICES["business_day_ends"], "12:00", "18:30", "24:00"])
FORWARD = st.builds(
    Conventions,
    business_day_ends=ENDS,
    **{key: st.sampled_from(choices) for key, choices in CHOICES.items() if key not in ("counts", "business_day_ends")},
)
BACKWARD = st.builds(Conventions, counts=st.just("backward"), business_day_ends=ENDS)
LATER = st.one_of(st.integers(0, 600), st.integers(0, 3 * 1440), st.integers(0, 400 * 1440)).map(
    lambda minutes: minutes * MINUTE
)
MANY = settings(max_examples=tried(150, 3000), deadline=None)


BY_CLOCK = [Conventions(business_day_ends="same_clock_time", after_closing=each) for each in CHOICES["after_closing"]]
BY_CLOCK += [Conventions(business_day_ends="same_clock_time", counts="backward")]


def counted(
    calendar: Calendar,
    target: Target,
    start: datetime,
    conventions: Conventions,
    *,
    zone: str | None = None,
    pauses: Sequence[tuple[datetime, datetime]] = (),
    lists_segments: bool = False,
) -> Count:
    """Return a count; what is never due, as where no calendar ever opens anew, is no example."""
    further = {"zone": zone, "lists_segments": lists_segments}
    try:
        return count(calendar, target, start, pauses=pauses, conventions=conventions, **further)  # type: ignore[arg-type]
    except NeverDue:
        reject()


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, LATER, ZONES, st.one_of(FORWARD, BACKWARD))
def test_a_later_start_starts_and_is_due_no_sooner(
    calendar: Calendar, target: Target, start: datetime, later: timedelta, zone: str | None, conventions: Conventions
) -> None:
    """Without pauses, whatever is counted how: the analysis of unknown starts rests on it."""
    assume(turning_starts(calendar, target.unit, conventions, (start, start + later), zone=zone) == ())
    first = counted(calendar, target, start, conventions, zone=zone, lists_segments=True)
    second = counted(calendar, target, start + later, conventions, zone=zone, lists_segments=True)

    assert in_utc(first.starts_at) <= in_utc(second.starts_at)
    assert in_utc(first.due_at) <= in_utc(second.due_at)
    if (in_utc(first.starts_at), in_utc(first.due_at)) == (in_utc(second.starts_at), in_utc(second.due_at)):
        assert first == second


@MANY
@given(
    st.sampled_from(CALENDARS),
    st.integers(1, 3),
    STARTS,
    st.lists(st.integers(0, 1440), min_size=1, max_size=3),
    ZONES,
    st.sampled_from(BY_CLOCK),
)
def test_clock_times_go_on_within_a_day(
    calendar: Calendar,
    amount: int,
    start: datetime,
    further: list[int],
    zone: str | None,
    conventions: Conventions,
) -> None:
    """And where clocks go back, what is alike at both sides is alike between."""
    target = Target(amount, "business_day")
    starts = [start + minutes * MINUTE for minutes in sorted([0, *further])]
    turning = turning_starts(calendar, "business_day", conventions, (starts[0], starts[-1]), zone=zone)
    assume(turning is not None)
    due = [in_utc(counted(calendar, target, each, conventions, zone=zone).due_at) for each in starts]
    ends = [in_utc(counted(calendar, target, each, conventions, zone=zone).due_at) for each in turning or ()]

    assert due == sorted(due) or ends
    if len({due[0], due[-1], *ends}) == 1:
        assert set(due) == {due[0]}


def test_a_later_start_on_a_closed_day_may_be_due_sooner_at_its_clock_time() -> None:
    """Both are one business day before Monday."""
    desk = BY_NAME["plain"]
    saturday, sunday = datetime(2026, 3, 14, 20, 0, tzinfo=UTC), datetime(2026, 3, 15, 16, 0, tzinfo=UTC)
    due = [counted(desk, Target(1, "business_day"), each, BY_CLOCK[0]).due_at for each in (saturday, sunday)]

    assert [each.hour for each in due] == [15, 11]
    assert turning_starts(desk, "business_day", BY_CLOCK[0], (saturday, sunday)) is None
    assert turning_starts(desk, "opening", BY_CLOCK[0], (saturday, sunday)) == ()


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, AMOUNTS, STARTS, PAUSES, ZONES, FORWARD)
def test_a_larger_amount_is_due_no_sooner(
    calendar: Calendar,
    target: Target,
    amount: float,
    start: datetime,
    pauses: list[tuple[int, int]],
    zone: str | None,
    conventions: Conventions,
) -> None:
    """With pauses too; and none is due before it starts."""
    less, more = sorted((amount, target.amount))
    paused = placed(start, pauses)
    first = counted(calendar, Target(less, target.unit), start, conventions, zone=zone, pauses=paused)
    second = counted(calendar, Target(more, target.unit), start, conventions, zone=zone, pauses=paused)

    assert first.starts_at == second.starts_at
    assert in_utc(first.starts_at) <= in_utc(first.due_at) <= in_utc(second.due_at)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, PAUSES, PAUSES, ZONES, FORWARD)
@example(
    BY_NAME["always"],
    Target(1, "business_day"),
    datetime(2026, 10, 25, 0, 45, tzinfo=UTC),  # the hour from 01:00 to 02:00 is shown twice
    [(-60, 90)],
    [],
    None,
    Conventions(business_day_ends="same_clock_time"),
)
def test_a_pause_brings_nothing_forward(
    calendar: Calendar,
    target: Target,
    start: datetime,
    pauses: list[tuple[int, int]],
    others: list[tuple[int, int]],
    zone: str | None,
    conventions: Conventions,
) -> None:
    """Neither the first nor one more, whatever is counted how."""
    none, first, second = (
        counted(calendar, target, start, conventions, zone=zone, pauses=placed(start, paused))
        for paused in ([], pauses, [*pauses, *others])
    )

    assert in_utc(none.starts_at) <= in_utc(first.starts_at) <= in_utc(second.starts_at)
    assert in_utc(none.due_at) <= in_utc(first.due_at) <= in_utc(second.due_at)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, AMOUNTS, STARTS, ZONES, BACKWARD)
def test_backward_more_is_due_no_later(
    calendar: Calendar, target: Target, amount: float, start: datetime, zone: str | None, conventions: Conventions
) -> None:
    """And nothing after the instant from which the count goes back."""
    less, more = (
        counted(calendar, Target(each, target.unit), start, conventions, zone=zone)
        for each in sorted((amount, target.amount))
    )

    assert in_utc(more.due_at) <= in_utc(less.due_at) <= in_utc(less.starts_at) <= start


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, ZONES)
def test_backward_is_the_way_back(calendar: Calendar, target: Target, start: datetime, zone: str | None) -> None:
    """From where a target is due to where its counting started, over the same periods."""
    assume(target.amount and target.unit != "opening")
    there = count(calendar, target, start, zone=zone)
    back = count(calendar, target, in_utc(there.due_at), zone=zone, conventions=Conventions(counts="backward"))

    assert (back.starts_at, back.due_at, back.segments) == (there.due_at, there.starts_at, there.segments)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, PAUSES, ZONES, FORWARD)
def test_with_and_without_segments_a_count_is_the_same(
    calendar: Calendar,
    target: Target,
    start: datetime,
    pauses: list[tuple[int, int]],
    zone: str | None,
    conventions: Conventions,
) -> None:
    """And they add up to what was counted."""
    paused = placed(start, pauses)
    short = counted(calendar, target, start, conventions, zone=zone, pauses=paused)
    full = counted(calendar, target, start, conventions, zone=zone, pauses=paused, lists_segments=True)

    assert (full.starts_at, full.due_at) == (short.starts_at, short.due_at)
    is_open_time = target.unit not in ("business_day", "opening") or conventions.business_day_ends == "same_time"
    if full.segments and is_open_time and target.unit != "opening" and conventions.at_closing == "due":
        assert (full.starts_at, full.due_at) == (full.segments[0].from_, full.segments[-1].to)


@MANY
@given(st.sampled_from(CALENDARS), TARGETS, STARTS, ZONES, st.booleans(), FORWARD)
def test_a_pause_of_no_length_changes_nothing(
    calendar: Calendar,
    target: Target,
    start: datetime,
    zone: str | None,
    lists_segments: bool,
    conventions: Conventions,
) -> None:
    """A count without pauses that is over within a year is found in a shorter way: it is the same count."""
    nothing = [(start, start)]
    found = []
    for pauses in ((), nothing):
        for each in (conventions, replace(conventions, pauses_take="whole_days")):
            further = {"zone": zone, "lists_segments": lists_segments, "conventions": each}
            try:
                found.append(count(calendar, target, start, pauses=pauses, **further))  # type: ignore[arg-type]
            except NeverDue as never:
                found.append(never.reason)
    assert found == [found[0]] * 4
