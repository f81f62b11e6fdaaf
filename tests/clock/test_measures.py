"""Open time and contact days between two instants: by hand, minute by minute, and as counts have them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from service.clock.business_time import MOST_PAUSES, MOST_YEARS, Conventions, NeverDue, Target, count
from service.clock.calendars import Calendar, build_calendar
from service.clock.measures import Unmeasured, contact_days_between, open_time_between
from service.clock.zones import UnknownZone
from tests.clock.test_business_time_by_minutes import (
    DESKS,
    MINUTE,
    PAUSES,
    STARTS,
    ZONES,
    has_been_open,
    is_open,
    is_paused,
    minutes_from,
    placed,
)
from tests.thorough import tried

NAMES = st.sampled_from(sorted(DESKS))
CALENDARS = {name: build_calendar({"calendar": name, **data}) for name, data in DESKS.items()}
LENGTHS = st.integers(0, 8000)
MANY = settings(max_examples=tried(100, 2000), deadline=None)


def at(text: str) -> datetime:
    """Return an instant of March 2026 in Chicago, written as the day and the time."""
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-03-{day}T{time}").replace(tzinfo=ZoneInfo("America/Chicago"))


@pytest.mark.parametrize(
    ("since", "until", "hours", "days"),
    [
        ("02 10:00", "02 12:30", 2.5, 0),
        ("02 10:00", "03 10:00", 9, 1),
        ("02 10:00", "03 07:59", 7, 0),
        ("02 10:00", "03 08:00", 7, 1),
        ("02 07:59", "02 17:00", 9, 1),
        ("02 08:00", "02 17:00", 9, 0),
        ("06 16:00", "09 09:00", 2, 1),
        ("07 12:00", "08 12:00", 0, 0),
        ("02 10:00", "02 10:00", 0, 0),
    ],
)
def test_a_desk_is_measured_as_one_would_by_hand(
    desk: Calendar, since: str, until: str, hours: float, days: int
) -> None:
    """Both ways: from a later instant to an earlier one there is as much less than nothing."""
    assert open_time_between(desk, at(since), at(until)) == timedelta(hours=hours)
    assert open_time_between(desk, at(until), at(since)) == -timedelta(hours=hours)
    assert contact_days_between(desk, at(since), at(until)) == days
    assert contact_days_between(desk, at(until), at(since)) == -days


def test_pauses_are_left_out_once(desk: Calendar) -> None:
    """Where they overlap, reach beyond the hours or the instants, or have no length."""
    pauses = [
        (at("02 09:00"), at("02 11:00")),
        (at("02 10:30"), at("02 12:00")),
        (at("02 16:00"), at("02 20:00")),
        (at("02 15:00"), at("02 14:00")),
    ]

    assert open_time_between(desk, at("02 10:00"), at("02 17:00"), pauses=pauses) == timedelta(hours=4)
    assert open_time_between(desk, at("02 17:00"), at("02 10:00"), pauses=pauses) == -timedelta(hours=4)


def test_a_microsecond_is_not_lost(desk: Calendar) -> None:
    """Nothing is rounded."""
    tick = timedelta(microseconds=1)

    assert open_time_between(desk, at("02 10:00"), at("02 10:00") + tick) == tick
    assert open_time_between(desk, at("02 16:59") + tick, at("03 08:00")) == MINUTE - tick


def test_hours_are_those_of_the_zone(desk: Calendar) -> None:
    """At seven in Chicago it is twelve or one in Lisbon."""
    assert open_time_between(desk, at("02 07:00"), at("02 08:00")) == timedelta()
    assert open_time_between(desk, at("02 07:00"), at("02 08:00"), zone="Europe/Lisbon") == timedelta(hours=1)
    assert contact_days_between(desk, at("02 01:00"), at("02 07:00"), zone="Europe/Lisbon") == 1
    with pytest.raises(UnknownZone):
        open_time_between(desk, at("02 07:00"), at("02 08:00"), zone="Europe/Nowhere")


def test_what_is_too_much_is_told(desk: Calendar) -> None:
    """Fifty years of 366 days, either way, and so many pauses; no more."""
    start, longest = at("02 10:00").astimezone(UTC), timedelta(days=MOST_YEARS * 366)
    pauses = [(start, start)] * MOST_PAUSES

    assert open_time_between(desk, start, start + longest, pauses=pauses) > timedelta(days=4000)
    assert contact_days_between(desk, start + longest, start) < -12000
    for measure in (open_time_between, contact_days_between):
        for instants in ((start, start + longest + MINUTE), (start + longest + MINUTE, start)):
            with pytest.raises(Unmeasured) as refused:
                measure(desk, *instants)
            assert refused.value.reason == "its instants are more than 50 years apart"
    with pytest.raises(Unmeasured) as too_many:
        open_time_between(desk, start, start, pauses=[*pauses, (start, start)])
    assert too_many.value.reason == "there are 2001 pauses, and at most 2000 are taken"


def test_the_ends_of_time_are_no_trap(night_desk: Calendar) -> None:
    """Where a zone has no date any more, nothing is open."""
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    assert open_time_between(night_desk, first, first + timedelta(days=2)) < timedelta(days=2)
    assert open_time_between(night_desk, last - timedelta(days=2), last) <= timedelta(days=2)
    assert contact_days_between(night_desk, last - timedelta(days=2), last) in (1, 2)


@MANY
@given(NAMES, STARTS, LENGTHS, PAUSES, ZONES)
def test_open_time_is_the_open_minutes(
    desk: str, since: datetime, minutes: int, pauses: list[tuple[int, int]], zone: str | None
) -> None:
    """Each minute asked whether the desk is open then, and not paused."""
    until, paused, hours_zone = since + minutes * MINUTE, placed(since, pauses), zone or DESKS[desk]["zone"]

    measured = open_time_between(CALENDARS[desk], since, until, zone=zone, pauses=paused)

    stepped = takewhile(lambda minute: minute < until, minutes_from(since))
    opened = [each for each in stepped if is_open(desk, hours_zone, each) and not is_paused(each, paused)]
    assert measured == len(opened) * MINUTE


@settings(max_examples=tried(50, 1000), deadline=None)
@given(NAMES, STARTS, LENGTHS, ZONES)
def test_contact_days_are_the_days_whose_first_minute_is_met(
    desk: str, since: datetime, minutes: int, zone: str | None
) -> None:
    """A day begins with the first minute at which it is open and was not before."""
    until, hours_zone = since + minutes * MINUTE, zone or DESKS[desk]["zone"]

    def begins(minute: datetime) -> bool:
        day = minute.astimezone(ZoneInfo(hours_zone)).date()
        return is_open(desk, hours_zone, minute) and not has_been_open(desk, hours_zone, minute - MINUTE, day)

    stepped = takewhile(lambda minute: minute <= until, minutes_from(since + MINUTE))

    assert contact_days_between(CALENDARS[desk], since, until, zone=zone) == sum(map(begins, stepped))


@MANY
@given(NAMES, STARTS, st.integers(-900000, 900000), st.integers(-900000, 900000), PAUSES, ZONES)
def test_measures_add_up(
    desk: str, since: datetime, minutes: int, more: int, pauses: Sequence[tuple[int, int]], zone: str | None
) -> None:
    """Over some other instant, whichever is the earlier."""
    calendar, paused = CALENDARS[desk], placed(since, pauses)
    between, until = since + minutes * MINUTE, since + more * MINUTE

    def opened(one: datetime, other: datetime) -> timedelta:
        return open_time_between(calendar, one, other, zone=zone, pauses=paused)

    def days(one: datetime, other: datetime) -> int:
        return contact_days_between(calendar, one, other, zone=zone)

    assert opened(since, until) == opened(since, between) + opened(between, until)
    assert days(since, until) == days(since, between) + days(between, until)


@MANY
@given(NAMES, STARTS, st.integers(0, 90000), st.integers(1, 40), PAUSES, ZONES)
def test_there_is_as_much_to_a_due_instant_as_was_counted(
    desk: str, start: datetime, minutes: int, days: int, pauses: list[tuple[int, int]], zone: str | None
) -> None:
    """Open time to where a target is due, and contact days to a closing."""
    calendar, paused = CALENDARS[desk], placed(start, pauses)
    try:
        due = count(calendar, Target(minutes, "minute"), start, zone=zone, pauses=paused, lists_segments=False).due_at
        closing = count(
            calendar,
            Target(days, "business_day"),
            start,
            zone=zone,
            conventions=Conventions(business_day_ends="closing"),
            lists_segments=False,
        ).due_at
    except NeverDue:
        reject()

    assert open_time_between(calendar, start, due, zone=zone, pauses=paused) == minutes * MINUTE
    # A closing at midnight can be the next day's opening.
    assert contact_days_between(calendar, start, closing.astimezone(UTC) - MINUTE, zone=zone) == days
