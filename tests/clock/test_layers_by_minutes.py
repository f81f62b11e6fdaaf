"""Calendars of many layers, against an oracle that steps minute by minute and reads every layer anew for each.

The oracle is in `tests/oracle/calendar_layers.py`; it shares nothing with the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.clock.business_time import Conventions, Target, count
from service.clock.calendars import Calendar, build_calendar
from service.clock.naming_others import others_of, whole
from tests.clock.test_business_time_by_minutes import MINUTE, joined, segments
from tests.oracle.calendar_layers import Desks
from tests.thorough import tried

LISTS: dict[str, dict[str, Any]] = {
    "town": {
        "holidays": "town",
        "days": [
            {"holiday": "New Year's Day", "date": "01-01"},
            {"holiday": "Fair", "nth": 2, "weekday": "friday", "month": 3},
            {"holiday": "Christmas Eve", "date": "12-24", "closes": {"from": "13:00"}},
            {"holiday": "Christmas Day", "date": "12-25"},
        ],
    },
    "house": {
        "holidays": "house",
        "closes": {"from": "12:00", "until": "14:00"},
        "days": [
            {"holiday": "Staff meeting", "date": "2026-03-09"},
            {"holiday": "Stocktaking", "dates": "2026-12-28 to 2027-01-05"},
            {"holiday": "Inventory", "dates": "10-24 to 10-26", "closes": {}},
        ],
        "observed": {"saturday": "monday", "sunday": "monday"},
    },
}
WORKWEEK = {"monday to friday": "09:00-17:00"}
CALENDARS: dict[str, dict[str, Any]] = {
    "lists": {"zone": "America/Chicago", "hours": WORKWEEK, "holidays": ["town", "house"]},
    "lists and its own": {
        "zone": "Europe/Lisbon",
        "hours": {"monday to saturday": ["08:00-12:00", "13:00-18:00"]},
        "holidays": {
            "lists": "town",
            "zone": "America/Chicago",
            "closes": {"until": "15:30"},
            "days": [
                {"holiday": "Day after the Fair", "after": "Fair", "days": 1},
                {"holiday": "May", "date": "05-01"},
            ],
            "observed": {"sunday": "tuesday"},
        },
    },
    "special": {
        "zone": "America/Chicago",
        "hours": WORKWEEK,
        "special_days": [
            {"special_day": "Open Day", "date": "2026-03-14", "hours": "10:00-14:00"},
            {"special_day": "Open Christmas", "date": "12-25", "hours": ["08:00-09:00", "20:00-02:00"], "from": 2026},
            {"special_day": "Clocks", "dates": "2026-10-31 to 2026-11-02", "hours": "00:30-04:00"},
        ],
        "holidays": "town",
    },
    "seasons": {
        "zone": "Europe/Lisbon",
        "hours": WORKWEEK,
        "business_day": 8,
        "seasons": [
            {"season": "Summer", "dates": "june to august", "hours": {"monday to friday": "09:00-15:00"}},
            {"season": "Deep winter", "dates": "12-15 to 02-29", "hours": {"tuesday to saturday": "10:00-16:00"}},
            {"season": "Jubilee", "dates": "2026-03-28 to 2026-04-02", "hours": "around_the_clock"},
        ],
        "holidays": "town",
    },
    "nights": {"zone": "America/Chicago", "hours": {"monday to friday": "22:00-06:00"}, "holidays": "town"},
    "whole nights": {
        "zone": "America/Chicago",
        "hours": {"sunday to friday": "20:00-04:30"},
        "holidays": {"lists": "town", "closes": "business_day", "zone": "Europe/Lisbon"},
    },
    "nights and days": {
        "zone": "Europe/Lisbon",
        "hours": {"monday to thursday": ["06:00-14:00", "22:00-06:00"], "friday": "06:00-14:00"},
        "business_day": 8,
        "special_days": [{"special_day": "Early", "date": "2026-03-31", "hours": "05:00-10:00"}],
    },
    "five days around the clock": {
        "zone": "Etc/UTC",
        "day_begins": "21:00",
        "hours": {"sunday to thursday": "21:00-21:00"},
        "holidays": "town",
    },
    "days from five": {
        "zone": "America/Chicago",
        "day_begins": "05:00",
        "hours": {"monday to friday": ["06:00-12:00", "23:00-03:00"], "sunday": "04:00-05:00"},
        "business_day": 8,
        "seasons": [{"season": "Spring", "dates": "03-01 to 05-31", "hours": "around_the_clock"}],
        "special_days": [{"special_day": "Last night", "date": "12-31", "hours": "22:00-02:00"}],
        "holidays": {"days": [{"holiday": "Day", "date": "03-08", "closes": "business_day"}]},
    },
    "both": {"zone": "Europe/Lisbon", "open_when_all": ["lists", "seasons"], "business_day": 2, "holidays": "house"},
    "either": {
        "zone": "Asia/Kathmandu",
        "day_begins": "12:00",
        "open_when_any": ["lists", "nights", "seasons"],
        "business_day": 8,
        "special_days": [{"special_day": "One hour", "date": "03-09", "hours": "12:00-13:00"}],
        "holidays": {
            "zone": "America/Chicago",
            "days": [
                {"holiday": "Christmas", "date": "12-25", "closes": "business_day"},
                {"holiday": "First hour", "date": "03-11", "closes": {"until": "01:00"}},
            ],
        },
    },
    "both of both": {"zone": "America/Chicago", "open_when_all": ["either", "special"], "business_day": 8},
    "elsewhere": {"as": "lists", "zone": "Asia/Kathmandu", "holidays": "town"},
    "nights elsewhere": {"as": "whole nights", "zone": "Europe/Lisbon"},
}
DESKS = Desks(CALENDARS, LISTS)


def built() -> dict[str, Calendar]:
    """Return the calendars as the program has them, each after those that it names."""
    wholes: dict[str, dict[str, Any]] = {}
    found: dict[str, Calendar] = {}
    for name, written in CALENDARS.items():
        data = {"calendar": name, **written}
        wholes[name] = whole(data, wholes[data["as"]]) if "as" in data else data
        others = {other: found[other] for _, other in others_of(wholes[name])}
        found[name] = build_calendar(wholes[name], LISTS, others)
    return found


BUILT = built()
DAYS_OF_NOTE = [
    datetime(2026, 3, 8, tzinfo=UTC),  # clocks change in America
    datetime(2026, 3, 29, tzinfo=UTC),  # and in Europe
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 3, 14, tzinfo=UTC),
    datetime(2026, 6, 1, tzinfo=UTC),
    datetime(2026, 8, 31, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=UTC),
    *(datetime(year, 12, 25, tzinfo=UTC) for year in range(2024, 2029)),
    *(datetime(year, 1, 1, tzinfo=UTC) for year in range(2024, 2029)),
]
NEARBY = st.integers(-5 * 1440, 3 * 1440).map(lambda minutes: timedelta(minutes=minutes))
STARTS = st.builds(lambda day, aside: day + aside, st.sampled_from(DAYS_OF_NOTE), NEARBY)
PAUSES = st.lists(st.tuples(st.integers(-600, 6000), st.integers(1, 3000)), max_size=2)
ZONES = st.sampled_from([None, None, "America/Chicago", "Europe/Lisbon", "Asia/Kathmandu"])
NAMES = st.sampled_from(sorted(CALENDARS))


def placed(start: datetime, pauses: Sequence[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    """Return pauses given by minutes after the start and minutes of length."""
    return [(start + since * MINUTE, start + (since + length) * MINUTE) for since, length in pauses]


def open_minutes(
    name: str, zone: str | None, start: datetime, pauses: Sequence[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, date]]:
    """Yield the minutes from a start on that are open and not paused, each with its business day."""
    moment = start
    while True:
        day = DESKS.day_of(name, zone, moment)
        if day is not None and not any(since <= moment < until for since, until in pauses):
            yield moment, day
        moment += MINUTE


@settings(max_examples=tried(50, 1000), deadline=None)
@given(NAMES, STARTS, st.integers(1, 1700), PAUSES, ZONES)
@example("nights and days", datetime(2027, 1, 1, 2, 0, tzinfo=UTC), 300, [], None)
@example("whole nights", datetime(2027, 1, 1, 8, 0, tzinfo=UTC), 300, [(5, 20)], None)
@example("either", datetime(2027, 1, 1, 5, 0, tzinfo=UTC), 300, [], None)
@example("either", datetime(2026, 3, 11, 4, 0, tzinfo=UTC), 200, [], None)
def test_open_minutes_add_up_as_if_counted_one_by_one(
    name: str, start: datetime, minutes: int, pauses: list[tuple[int, int]], zone: str | None
) -> None:
    """Whatever layers lie on one another."""
    paused = placed(start, pauses)

    counted = count(BUILT[name], Target(minutes, "minute"), start, zone=zone, pauses=paused)

    steps = open_minutes(name, zone, start, paused)
    stepped = [next(steps)[0] for _ in range(minutes)]
    assert segments(counted) == joined(stepped)
    assert counted.starts_at.astimezone(UTC) == stepped[0]


@settings(max_examples=tried(30, 600), deadline=None)
@given(NAMES, STARTS, st.integers(1, 3), ZONES)
@example("nights and days", datetime(2027, 1, 1, 2, 0, tzinfo=UTC), 1, None)
@example("nights", datetime(2026, 12, 31, 23, 0, tzinfo=UTC), 1, None)
@example("five days around the clock", datetime(2026, 12, 27, 21, 0, tzinfo=UTC), 1, None)
def test_a_night_is_one_business_day_and_closes_when_it_ends(
    name: str, start: datetime, days: int, zone: str | None
) -> None:
    """The Nth business day after the one that the start lies in, or its own as the first before it has opened."""
    counted = count(
        BUILT[name],
        Target(days, "business_day"),
        start,
        zone=zone,
        conventions=Conventions(business_day_ends="closing"),
    )

    due, seen = start, list[date]()
    for minute, day in open_minutes(name, zone, start, ()):
        if day not in seen:
            seen.append(day)
            if len(seen) == 1 and has_begun(name, zone, start, day):
                days += 1
            if len(seen) > days:
                break
        due = minute + MINUTE
    assert counted.due_at.astimezone(UTC) == due


def has_begun(name: str, zone: str | None, start: datetime, day: date) -> bool:
    """Tell whether a business day has opened at a moment, looking as far back as one can reach."""
    return any(DESKS.day_of(name, zone, start - back * MINUTE) == day for back in range(3 * 1440))


@pytest.mark.parametrize("name", sorted(CALENDARS))
def test_years_have_the_openings_of_their_minutes(name: str) -> None:
    """Over New Year, when one year's night is over in the next."""
    start, end = datetime(2026, 12, 23, tzinfo=UTC), datetime(2027, 1, 6, tzinfo=UTC)
    steps = open_minutes(name, None, start, ())
    stepped = []
    for minute, _ in steps:
        if minute >= end:
            break
        stepped.append(minute)

    counted = count(BUILT[name], Target(len(stepped), "minute"), start)

    assert segments(counted) == joined(stepped)
