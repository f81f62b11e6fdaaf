"""Calendars: open hours in a zone, and what a business day is in them. Counting over them is in `business_time.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from service.clock.calendar_problems import CalendarProblem, InvalidCalendar, Problems
from service.clock.closures import Holidays
from service.clock.holiday_list import read_holidays
from service.clock.weekly_hours import AROUND_THE_CLOCK, WEEKDAYS, Week, closed_weekdays, read_week
from service.clock.zones import no_zone, zone_names

__all__ = ["Calendar", "CalendarProblem", "InvalidCalendar", "build_calendar"]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open hours of a week in a zone, less holidays."""

    id: str
    zone: str  # IANA name
    hours: Week
    business_day: timedelta  # open time in one business day
    holidays: Holidays | None = None

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly: it is a key of what was worked out before."""
        return hash((self.id, self.zone, self.hours))

    @property
    def is_around_the_clock(self) -> bool:
        """Whether it is always open, but for holidays."""
        return self.hours == AROUND_THE_CLOCK


def build_calendar(data: Mapping[str, object]) -> Calendar:
    """Return the calendar that a calendar file describes.

    data  the file's mapping, of the structure that the language's schema asks for: `calendar`, `zone`, `hours`, and
          optionally `business_day` and `holidays`
    Raises InvalidCalendar with every problem that the structure can't show: names that nothing bears, times and dates
    that do not exist, hours that overlap, holidays relative to none.
    """
    given = cast("Mapping[str, Any]", data)
    problems = Problems()
    problems.knows(given["zone"], zone_names(), ("zone",), no_zone(given["zone"]))
    week = read_week(given["hours"], problems)
    business_day = _read_business_day(given, week, problems)
    holidays = None
    if "holidays" in given:
        holidays = read_holidays(given["holidays"], given["zone"], closed_weekdays(week), problems)
    if problems.found:
        raise InvalidCalendar(given["calendar"], problems.found)
    return Calendar(given["calendar"], given["zone"], week, business_day, holidays)


def _read_business_day(given: Mapping[str, Any], week: Week, problems: Problems) -> timedelta:
    if "business_day" in given:
        hours = given["business_day"]
        if not 0 < hours <= 24:
            problems.add(("business_day",), f"a business day of {hours} hours; it has more than 0 and at most 24")
            return timedelta()
        return timedelta(hours=hours)
    minutes = [sum(until - since for since, until in openings) for openings in week]
    lengths = {WEEKDAYS[weekday]: length for weekday, length in enumerate(minutes) if length}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{weekday} {length / 60:g}" for weekday, length in lengths.items())
        message = f"open hours differ ({listed}), so `business_day` must say how many hours a business day has"
        problems.add(("hours",), message)
    return timedelta(minutes=max(lengths.values(), default=0))
