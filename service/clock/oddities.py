"""What nothing is wrong with in a calendar, and yet is hardly meant: each is told by `clausewise check`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations, islice

from service.clock.calendars import Calendar
from service.clock.dated_hours import SpecialDay
from service.clock.holiday_rules import After, Holiday, HolidayRule, Library, Once, OnceSpan
from service.clock.weekly_hours import WEEKDAYS

__all__ = ["estimated_holidays", "long_nights", "meeting_special_days", "never_falling", "twice_listed"]

_LONG_NIGHT = 16 * 60  # minutes
_CYCLE = range(2000, 2400)  # the years in which everything falls that falls at all


def never_falling(dated: Iterable[Holiday | SpecialDay]) -> Iterator[tuple[int, str]]:
    """Yield the holidays or special days that fall on no day of any of their years, with their places in the list."""
    for index, each in enumerate(dated):
        years = (year for year in _years_of(each.rule) if each.first_year <= year < each.end_year)
        if not any(each.rule.dates(year) for year in years):
            yield index, each.name


def twice_listed(holidays: Sequence[Holiday]) -> Iterator[tuple[int, str, str]]:
    """Yield the holidays whose days are those of one before them, each with its place in the list and that one."""
    seen: dict[tuple[object, ...], str] = {}
    for index, each in enumerate(holidays):
        first = seen.setdefault((each.rule, each.first_year, each.end_year, each.closes), each.name)
        if first != each.name:
            yield index, each.name, first


def meeting_special_days(days: Sequence[SpecialDay]) -> Iterator[tuple[int, str, str, date]]:
    """Yield the special days that fall on a date of one before them; its place, both names and the first such date."""
    places = {each.name: index for index, each in enumerate(days)}
    for one, other in combinations(days, 2):
        years = (year for year in _years_of(one.rule) if year in _years_of(other.rule))
        shared = (
            day
            for year in years
            if max(one.first_year, other.first_year) <= year < min(one.end_year, other.end_year)
            for day in one.rule.dates(year)
            if day in other.rule.dates(year)
        )
        if (day := next(shared, None)) is not None:
            yield places[other.name], other.name, one.name, day


def long_nights(calendar: Calendar) -> Iterator[tuple[str, int]]:
    """Yield the weekdays that open for longer than a night lasts, and close on the next date, with their minutes."""
    for weekday, openings in enumerate(() if calendar.day_begins else calendar.hours):
        yield from (
            (WEEKDAYS[weekday], closes - opens)
            for opens, closes in openings
            if closes > 1440 and closes - opens > _LONG_NIGHT
        )


def estimated_holidays(holidays: Sequence[Holiday]) -> Iterator[tuple[int, str, date]]:
    """Yield the holidays of which the library has no more than estimates from some day on.

    Each with its place in the list, its name and the first such date.
    """
    for index, each in enumerate(holidays):
        rule = each.rule
        if isinstance(rule, Library):
            sure = max(set(rule.days).difference(rule.estimated), default=date.min)
            days = (day for day in rule.estimated if day > sure and each.first_year <= day.year < each.end_year)
            yield from ((index, each.name, day) for day in islice(days, 1))


def _years_of(rule: HolidayRule) -> range:
    """Return years that have every day of a rule, or of one that repeats those of four centuries."""
    if isinstance(rule, After):
        years, aside = _years_of(rule.anchor), abs(rule.days) // 365 + 1
        return range(max(years.start - aside, 1), min(years.stop + aside, date.max.year + 1))
    if isinstance(rule, Once):
        return range(rule.on.year, rule.on.year + 1)
    if isinstance(rule, OnceSpan):
        return range(rule.first.year, rule.last.year + 1)
    return range(rule.days[0].year, rule.days[-1].year + 1) if isinstance(rule, Library) else _CYCLE
