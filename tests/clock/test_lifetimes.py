"""What becomes of a target: its state, what of it is over and left, and when to warn; by hand and minute by minute."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.clock.business_time import NeverDue, Target, count
from service.clock.calendars import Calendar, build_calendar
from service.clock.conventions import Conventions
from service.clock.lifetimes import Warned, elapsed, remaining, state_at, warned_at
from service.clock.measures import Unmeasured
from tests.clock.test_business_time_by_minutes import (
    DESKS,
    MINUTE,
    PAUSES,
    STARTS,
    ZONES,
    in_utc,
    is_open,
    is_paused,
    minutes_from,
    placed,
)
from tests.thorough import tried

CALENDARS = {name: build_calendar({"calendar": name, **data}) for name, data in DESKS.items()}
MONDAY = datetime(2026, 3, 2, 22, tzinfo=UTC)  # 16:00 in Chicago
HOURS = timedelta(hours=1)
SOONER_OR_LATER = st.integers(-500, 4000).map(lambda minutes: minutes * MINUTE)
MANY = settings(max_examples=tried(75, 1500), deadline=None)


def test_a_target_is_what_it_is_at_an_instant(desk: Calendar) -> None:
    """Four hours from Monday 16:00, over on Tuesday at 11:00."""
    target = count(desk, Target(4, "hour"), MONDAY)
    due, tick = target.due_at, timedelta(microseconds=1)

    assert state_at(target, MONDAY - tick) == "not_started"
    assert state_at(target, MONDAY) == "running"
    assert state_at(target, due) == "running"
    assert state_at(target, due + tick) == "missed"
    assert state_at(target, due, stopped_at=due) == "met"
    assert state_at(target, due + tick, stopped_at=due + tick) == "missed"
    assert state_at(target, due, stopped_at=due + tick) == "running"
    assert state_at(target, due + tick, stopped_at=due + HOURS) == "missed"
    assert state_at(target, MONDAY - HOURS, stopped_at=MONDAY - HOURS) == "met"


def test_a_target_that_waits_for_the_opening_has_not_started(desk: Calendar) -> None:
    """It starts where its counting does."""
    saturday = datetime(2026, 3, 7, 18, tzinfo=UTC)
    target = count(desk, Target(1, "hour"), saturday)

    assert state_at(target, saturday + HOURS) == "not_started"
    assert state_at(target, target.starts_at) == "running"


def test_a_target_is_paused_in_a_pause_and_running_at_night(desk: Calendar) -> None:
    """What is over and left stays as it is in both."""
    pauses = [(MONDAY + 30 * MINUTE, MONDAY + 15 * HOURS)]
    target = count(desk, Target(2, "hour"), MONDAY, pauses=pauses)

    for hours, state in ((1, "paused"), (14, "paused"), (15, "running")):
        at = MONDAY + hours * HOURS
        assert state_at(target, at, pauses=pauses) == state
        assert elapsed(desk, target, at, pauses=pauses) == 30 * MINUTE
        assert remaining(desk, target, at, pauses=pauses) == 90 * MINUTE


def test_what_is_due_in_a_pause_is_missed_after_it_was_due(desk: Calendar) -> None:
    """A day that ends at closing, paused since noon."""
    pauses = [(MONDAY + 20 * HOURS, MONDAY + 40 * HOURS)]
    target = count(
        desk, Target(1, "business_day"), MONDAY, pauses=pauses, conventions=Conventions(business_day_ends="closing")
    )

    assert in_utc(target.due_at) == MONDAY + 25 * HOURS
    assert state_at(target, target.due_at, pauses=pauses) == "paused"
    assert state_at(target, in_utc(target.due_at) + MINUTE, pauses=pauses) == "missed"


def test_no_more_than_fifty_years_are_measured(desk: Calendar) -> None:
    """The state is told all the same."""
    target = count(desk, Target(4, "hour"), MONDAY)
    late = MONDAY.replace(year=2099)

    assert state_at(target, late) == "missed"
    for measure in (elapsed, remaining):
        with pytest.raises(Unmeasured, match="more than 50 years apart"):
            measure(desk, target, late)


def test_a_warning_counts_decimals_as_they_are_written(desk: Calendar) -> None:
    """A tenth of four hours is twenty-four minutes."""
    target = count(desk, Target(4, "hour"), MONDAY)

    assert in_utc(warned_at(desk, target, Warned("elapsed", 0.1, "hour")).due_at) == MONDAY + 6 * MINUTE
    assert in_utc(warned_at(desk, target, Warned("elapsed", 10, "percent")).due_at) == MONDAY + 24 * MINUTE


def test_a_warning_that_never_comes_is_told(desk: Calendar) -> None:
    """There is not so much time."""
    target = count(desk, Target(4, "hour"), MONDAY)

    with pytest.raises(NeverDue):
        warned_at(desk, target, Warned("elapsed", 20000, "business_day"))


@MANY
@given(
    st.sampled_from(sorted(DESKS)),
    STARTS,
    st.integers(1, 900),
    SOONER_OR_LATER,
    st.none() | SOONER_OR_LATER,
    PAUSES,
    ZONES,
)
def test_a_life_is_what_is_met_minute_by_minute(
    desk: str,
    start: datetime,
    minutes: int,
    later: timedelta,
    stop: timedelta | None,
    pauses: list[tuple[int, int]],
    zone: str | None,
) -> None:
    """Each open minute takes one from what is left, until the stop; at nothing left the next one is overdue."""
    calendar, paused, hours_zone = CALENDARS[desk], placed(start, pauses), zone or DESKS[desk]["zone"]
    as_of, stopped_at = start + later, None if stop is None else start + stop
    further: dict[str, Any] = {"stopped_at": stopped_at, "zone": zone, "pauses": paused}
    target = count(calendar, Target(minutes, "minute"), start, zone=zone, pauses=paused)

    over = elapsed(calendar, target, as_of, **further)
    left = remaining(calendar, target, as_of, **further)
    state = state_at(target, as_of, stopped_at=stopped_at, pauses=paused)

    stepped = counted_minutes(desk, hours_zone, start, paused, as_of if stopped_at is None else min(as_of, stopped_at))
    is_stopped = stopped_at is not None and stopped_at <= as_of
    assert (over, left) == (stepped * MINUTE, (minutes - stepped) * MINUTE)
    if stepped < minutes:
        assert state in ("not_started", "running", "paused", "met")
    if stepped > minutes:
        assert state == "missed"
    assert is_stopped == (state == "met") or state == "missed"
    if state in ("not_started", "running", "paused"):
        assert (state == "paused") == (is_paused(as_of, paused) and as_of >= in_utc(target.starts_at))
        assert (state == "not_started") == (as_of < in_utc(target.starts_at))


def counted_minutes(
    desk: str, zone: str, start: datetime, paused: Sequence[tuple[datetime, datetime]], until: datetime
) -> int:
    """Return how many minutes from a start until an instant are open and not paused."""
    total = 0
    for minute in minutes_from(start):
        if minute >= until:
            return total
        total += is_open(desk, zone, minute) and not is_paused(minute, paused)
    raise AssertionError


@MANY
@given(
    st.sampled_from(sorted(DESKS)),
    STARTS,
    st.integers(1, 900),
    st.integers(0, 900),
    st.sampled_from(["elapsed", "remaining"]),
    PAUSES,
)
def test_a_warning_is_the_first_instant_at_which_so_much_is_over(
    desk: str, start: datetime, minutes: int, amount: int, counts: str, pauses: list[tuple[int, int]]
) -> None:
    """Or no more is left."""
    calendar, paused = CALENDARS[desk], placed(start, pauses)
    target = count(calendar, Target(minutes, "minute"), start, pauses=paused)

    warned = in_utc(warned_at(calendar, target, Warned(counts, amount, "minute"), pauses=paused).due_at)

    wanted = amount if counts == "elapsed" else max(minutes - amount, 0)
    assert elapsed(calendar, target, warned, pauses=paused) == wanted * MINUTE
    if warned > in_utc(target.starts_at):
        assert elapsed(calendar, target, warned - MINUTE / 2, pauses=paused) < wanted * MINUTE
