"""Calendars: open hours in a zone, and what a business day is in them. Counting over them is in `business_time.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast

from service.clock.calendar_problems import CalendarProblem, InvalidCalendar, Problems
from service.clock.closures import Holidays
from service.clock.dated_hours import Season, SpecialDay, read_seasons, read_special_days
from service.clock.holiday_list import HolidayLists, read_holidays
from service.clock.weekly_hours import DAY, WEEKDAYS, Week, closed_weekdays, minutes_of, read_week
from service.clock.zones import no_zone, zone_names

__all__ = ["COMBINATIONS", "Calendar", "CalendarProblem", "Combination", "InvalidCalendar", "build_calendar"]

COMBINATIONS: Mapping[str, Literal["all", "any"]] = {"open_when_all": "all", "open_when_any": "any"}
"""The keys under which a calendar names those of which it is made."""

_NO_WEEK: Week = ((),) * 7


@dataclass(frozen=True, slots=True)
class Combination:
    """Calendars of which another is made: it is open when all of them are, or when any is."""

    how: Literal["all", "any"]
    calendars: tuple["Calendar", ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open hours in a zone: those of a week, of seasons and special days, or of other calendars; less holidays."""

    id: str
    zone: str  # IANA name
    hours: Week  # none where it is made of others
    business_day: timedelta  # open time in one business day
    holidays: Holidays | None = None
    day_begins: int = 0  # minutes after midnight of the date that a day is called by
    seasons: tuple[Season, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    made_of: Combination | None = None

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly: it is a key of what was worked out before."""
        return hash((self.id, self.zone, self.hours))

    @property
    def weeks(self) -> tuple[Week, ...]:
        """The hours of a usual week, and of one in each season."""
        return (self.hours, *(season.hours for season in self.seasons))

    @property
    def has_nights(self) -> bool:
        """Whether hours of one day may lie on the next date."""
        hours = [openings for week in self.weeks for openings in week] + [each.hours for each in self.special_days]
        return self.day_begins > 0 or any(openings and openings[-1][1] > DAY for openings in hours)

    @property
    def is_around_the_clock(self) -> bool:
        """Whether it is always open, but for holidays and special days."""
        days = [openings for week in self.weeks for openings in week]
        return all(sum(until - since for since, until in openings) == DAY for openings in days)


def build_calendar(
    data: Mapping[str, object], lists: HolidayLists | None = None, others: Mapping[str, Calendar] | None = None
) -> Calendar:
    """Return the calendar that a calendar file describes.

    data    the file's mapping, of the structure that the language's schema asks for; one that is `as` another has been
            made whole by `whole`
    lists   the shared lists of holidays, by id
    others  the calendars of which it is made, by id
    Raises InvalidCalendar with every problem that the structure can't show: names that nothing bears, times and dates
    that do not exist, hours that overlap, holidays relative to none.
    """
    given = cast("Mapping[str, Any]", data)
    problems = Problems()
    problems.knows(given["zone"], zone_names(), ("zone",), no_zone(given["zone"]))
    day_begins = _read_day_begins(given, problems)
    made_of = _read_combination(given, others or {})
    week = _NO_WEEK if made_of else read_week(given["hours"], problems, day_begins=day_begins)
    seasons = read_seasons(given.get("seasons", ()), day_begins, problems)
    special_days = read_special_days(given.get("special_days", ()), day_begins, problems)
    business_day = _read_business_day(given, (week, *(season.hours for season in seasons)), problems)
    holidays = read_holidays(given, _closed(week, made_of), lists or {}, problems)
    if problems.found:
        raise InvalidCalendar(given["calendar"], problems.found)
    layers = day_begins, seasons, special_days, made_of
    return Calendar(given["calendar"], given["zone"], week, business_day, holidays, *layers)


def _read_day_begins(given: Mapping[str, Any], problems: Problems) -> int:
    minutes = minutes_of(given.get("day_begins", "00:00"), ("day_begins",), problems) or 0
    if minutes == DAY:
        problems.add(("day_begins",), "a day that begins at '24:00' is the next one", "00:00")
    return minutes % DAY


def _read_combination(given: Mapping[str, Any], others: Mapping[str, Calendar]) -> Combination | None:
    return next(
        (
            Combination(how, tuple(others[name] for name in given[key]))
            for key, how in COMBINATIONS.items()
            if key in given
        ),
        None,
    )


def _closed(week: Week, made_of: Combination | None) -> frozenset[int]:
    """Return the weekdays without open hours; of a combination those without in all, or in any, of its calendars."""
    if made_of is None:
        return closed_weekdays(week)
    closed = [_closed(each.hours, each.made_of) for each in made_of.calendars]
    return closed[0].union(*closed) if made_of.how == "all" else closed[0].intersection(*closed)


def _read_business_day(given: Mapping[str, Any], weeks: tuple[Week, ...], problems: Problems) -> timedelta:
    if "business_day" in given:
        hours = given["business_day"]
        if not 0 < hours <= 24:
            problems.add(("business_day",), f"a business day of {hours} hours; it has more than 0 and at most 24")
            return timedelta()
        return timedelta(hours=hours)
    made_of = next((key for key in COMBINATIONS if key in given), None)
    if made_of:
        problems.add((made_of,), "`business_day` must say how many open hours a business day of several calendars has")
        return timedelta()
    minutes = [[sum(until - since for since, until in openings) for openings in week] for week in weeks]
    lengths = {WEEKDAYS[weekday]: length for weekday, length in enumerate(minutes[0]) if length}
    if len({length for week in minutes for length in week if length}) > 1:
        listed = ", ".join(f"{weekday} {length / 60:g}" for weekday, length in lengths.items())
        differ = "open hours differ" if len(set(lengths.values())) > 1 else "open hours of a season differ from others"
        message = f"{differ} ({listed}), so `business_day` must say how many hours a business day has"
        problems.add(("hours",), message)
    return timedelta(minutes=max(lengths.values(), default=0))
