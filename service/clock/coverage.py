"""How far a calendar reaches: until when it opens, and until when its holidays are known. Nothing is counted here."""

from collections.abc import Iterator
from datetime import date

from service.clock.calendars import Calendar
from service.clock.holiday_rules import After, Holiday, Library, Once
from service.clock.library_holidays import library_end
from service.clock.openings import Openings

__all__ = ["ending_holidays", "last_open_year"]

_FIRST_YEAR, _LAST_YEAR = 1900, date.max.year
_CYCLE = 400  # years: then the days of the week fall on the same dates again
_ASIDE = 4  # years: holidays reach into those beside their own


def last_open_year(calendar: Calendar) -> int | None:
    """Return the last year from 1900 on in which a calendar opens at all, or None.

    9999 for one that opens now and then in its last four centuries, as no later year is different.
    """
    openings = Openings(calendar, calendar.zone)
    for year in range(_LAST_YEAR, _LAST_YEAR - _CYCLE, -1):
        if openings.year(year).total:
            return _LAST_YEAR
    holidays = () if calendar.holidays is None else calendar.holidays.days
    # Once no holiday begins or ends any more, four centuries show them all.
    changes = max((year for each in holidays for year in _changes(each)), default=_FIRST_YEAR)
    years = range(min(changes + _ASIDE + _CYCLE, _LAST_YEAR), _FIRST_YEAR - 1, -1)
    return next((year for year in years if openings.year(year).total), None)


def ending_holidays(calendar: Calendar) -> Iterator[tuple[int, str, int]]:
    """Yield the holidays whose dates the `holidays` library does not know as long as those of most countries.

    Each with its place in the calendar's list, its name, and the last year for which the library tells.
    """
    for index, holiday in enumerate(() if calendar.holidays is None else calendar.holidays.days):
        rule = holiday.rule
        if isinstance(rule, Library) and rule.last_year < min(library_end(), holiday.end_year - 1):
            yield index, holiday.name, rule.last_year


def _changes(holiday: Holiday) -> Iterator[int]:
    """Yield the years in which a holiday begins, is moved about, or ends."""
    yield from (year for year in (holiday.first_year, holiday.end_year) if year <= _LAST_YEAR)
    rule = holiday.rule
    if isinstance(rule, After):
        days = (day for day in (rule.since, rule.until) if day <= date.max.toordinal())
        yield from (date.fromordinal(max(day, 1)).year for day in days)
        rule = rule.anchor
    if isinstance(rule, Once):
        yield rule.on.year
    elif isinstance(rule, Library):
        yield rule.days[-1].year
