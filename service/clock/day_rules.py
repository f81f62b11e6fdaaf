"""The days on which something falls, read and checked: a date, a span, a weekday, Easter, a holiday of the library.

What the rules mean is in `holiday_rules.py`.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from service.clock import library_holidays
from service.clock.calendar_problems import CalendarPath, Problems
from service.clock.holiday_rules import Easter, HolidayRule, Library, NthWeekday, Once, OnceSpan, Yearly, YearlySpan
from service.clock.weekly_hours import WEEKDAYS
from service.wording import nearest

__all__ = ["Data", "read_rule", "read_span", "read_years"]

Data = Mapping[str, Any]

_YEARLY = re.compile(r"[0-9]{2}-[0-9]{2}")
_ONCE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


def read_rule(entry: Data, path: CalendarPath, problems: Problems) -> HolidayRule | None:
    """Return the rule that an entry has under one of its keys; None where it has none, or where that is wrong."""
    return next((read(entry, path, problems) for key, read in _READERS.items() if key in entry), None)


def read_years(entry: Data, name: str, path: CalendarPath, problems: Problems) -> tuple[int, int]:
    """Return the first year of an entry, and the first without it."""
    first_year, end_year = entry.get("from", 1), entry.get("until", 10_000)
    if first_year >= end_year:
        message = f"'{name}' has no year; `until`, the first without it, must be later than `from`"
        problems.add((*path, "until"), message)
    return first_year, end_year


def read_span(text: str, path: CalendarPath, problems: Problems) -> YearlySpan | OnceSpan | None:
    """Return a span of days, its last one included; None, and a problem more, when it is none.

    text  two days of each year ("12-24 to 01-01"), two single days ("2026-12-24 to 2027-01-01"), or one month or two
          of each year ("june to august")
    """
    ends = text.split(" to ")
    if len(ends) <= 2 and all(end in _MONTHS for end in ends):
        first_month, last_month = _MONTHS.index(ends[0]) + 1, _MONTHS.index(ends[-1]) + 1
        # A leap year has every day that any year has.
        return YearlySpan((first_month, 1), (last_month, monthrange(2000, last_month)[1]))
    meant = [nearest(end, _MONTHS) for end in ends]
    if len(ends) != 2 or None not in meant:
        problems.add(path, f"'{text}' {_NO_SPAN}", None if None in meant else " to ".join(filter(None, meant)))
        return None
    first, last = (_read_day(end, path, problems) for end in ends)
    if isinstance(first, Yearly) and isinstance(last, Yearly):
        return YearlySpan((first.month, first.day), (last.month, last.day))
    if isinstance(first, Once) and isinstance(last, Once):
        if first.on > last.on:
            problems.add(path, f"'{text}' ends before it begins", f"{last.on} to {first.on}")
        return OnceSpan(first.on, last.on)
    if first is not None and last is not None:
        problems.add(path, f"'{text}' has a year at one end alone; give one to both or to none")
    return None


_NO_SPAN = (
    "is no span of days; write '12-24 to 01-01' for days of each year, '2026-12-24 to 2027-01-01' for days that come "
    "once, and 'june to august' for whole months"
)


def _read_day(text: str, path: CalendarPath, problems: Problems) -> Yearly | Once | None:
    try:
        if _YEARLY.fullmatch(text):
            on = date.fromisoformat(f"2000-{text}")  # a leap year
            return Yearly(on.month, on.day)
        if _ONCE.fullmatch(text):
            return Once(date.fromisoformat(text))
    except ValueError:
        problems.add(path, f"there is no day '{text}'", _last_of_month(text))
        return None
    message = f"'{text}' is no date; write a day of each year like '12-31', and a single day like '2026-12-31'"
    problems.add(path, message)
    return None


def _last_of_month(text: str) -> str | None:
    """Return the last day of the month of "02-30" or "2026-02-30", or None when there is no such month either."""
    year, month = int(text[:-6] or 2000), int(text[-5:-3])
    return f"{text[:-2]}{monthrange(year, month)[1]}" if year and 1 <= month <= 12 else None


def _read_nth(entry: Data, path: CalendarPath, problems: Problems) -> HolidayRule | None:
    before = len(problems.found)
    problems.knows(entry["weekday"], WEEKDAYS, (*path, "weekday"), "no weekday")
    if not 1 <= abs(entry["nth"]) <= 5:
        message = f"no month has a weekday number {entry['nth']}; count from 1 to 5, or from -1, the last, to -5"
        problems.add((*path, "nth"), message)
    if not 1 <= entry["month"] <= 12:
        problems.add((*path, "month"), f"no year has a month {entry['month']}; months run from 1 to 12")
    if len(problems.found) > before:
        return None
    return NthWeekday(entry["nth"], WEEKDAYS.index(entry["weekday"]), entry["month"])


def _read_library(entry: Data, path: CalendarPath, problems: Problems) -> HolidayRule | None:
    picked, path = entry["library"], (*path, "library")
    country, subdivision, name = picked["country"], picked.get("subdivision"), picked["name"]
    countries = library_holidays.country_codes()
    if not problems.knows(country, countries, (*path, "country"), "no country of the `holidays` library"):
        return None
    if subdivision is not None:
        what = f"no subdivision of {country} in the `holidays` library"
        known = library_holidays.subdivision_codes(country)
        if not problems.knows(subdivision, known, (*path, "subdivision"), what):
            return None
    dates = library_holidays.dates_by_name(country, subdivision)
    if not problems.knows(name, dates, (*path, "name"), f"no holiday of {country} in the `holidays` library"):
        return None
    first_year, last_year = library_holidays.covered_years(country, subdivision, name)
    estimated = library_holidays.estimated_dates(country, subdivision, name)
    return Library(country, subdivision, name, first_year, last_year, dates[name], estimated)


_READERS: Mapping[str, Callable[[Data, CalendarPath, Problems], HolidayRule | None]] = {
    "date": lambda entry, path, problems: _read_day(entry["date"], (*path, "date"), problems),
    "dates": lambda entry, path, problems: read_span(entry["dates"], (*path, "dates"), problems),
    "nth": _read_nth,
    "easter": lambda entry, _path, _problems: Easter(entry["easter"]),
    "library": _read_library,
}
