"""How far a calendar reaches: until when it opens, and until when its holidays are known. Nothing is counted here."""

from collections.abc import Iterator, Sequence
from datetime import date

from service.clock.calendars import Calendar
from service.clock.dated_hours import SpecialDay
from service.clock.holiday_rules import After, Holiday, HolidayRule, Library, Once, OnceSpan
from service.clock.library_holidays import library_end
from service.clock.openings import Openings

__all__ = ["ending_holidays", "last_open_year"]

_FIRST_YEAR, _LAST_YEAR = 1900, date.max.year
_CYCLE = 400  # years: then the days of the week fall on the same dates again
_ASIDE = 4  # years: holidays reach into those beside their own
_CLOCKS_KNOWN = 2037  # the last year for which the IANA database lists changes of clocks one by one


def last_open_year(calendar: Calendar) -> int | None:
    """Return the last year from 1900 on in which a calendar opens at all, or None.

    9999 for one that opens now and then in its last four centuries, as no later year is different.
    """
    openings = Openings(calendar, calendar.zone)
    # The very last year is like no other, as none follows it, and takes long; it comes below where it differs.
    for year in range(_LAST_YEAR - 1, _LAST_YEAR - 1 - _CYCLE, -1):
        if openings.year(year).total:
            return _LAST_YEAR
    # Once no holiday begins or ends any more, each year is as one of those four centuries.
    changes = max([_CLOCKS_KNOWN, *_changes(calendar)])
    years = range(min(changes + _ASIDE, _LAST_YEAR), _FIRST_YEAR - 1, -1)
    return next((year for year in years if openings.year(year).total), None)


def ending_holidays(holidays: Sequence[Holiday]) -> Iterator[tuple[int, str, int]]:
    """Yield the holidays whose dates the `holidays` library does not know as long as those of most countries.

    Each with its place in the list, its name, and the last year for which the library tells.
    """
    for index, holiday in enumerate(holidays):
        rule = holiday.rule
        if isinstance(rule, Library) and rule.last_year < min(library_end(), holiday.end_year - 1):
            yield index, holiday.name, rule.last_year


def _changes(calendar: Calendar) -> Iterator[int]:
    """Yield the years in which something that is dated begins, is moved about, or ends."""
    holidays = () if calendar.holidays is None else calendar.holidays.days
    dated: tuple[Holiday | SpecialDay, ...] = (*holidays, *calendar.special_days)
    for each in dated:
        yield from (year for year in (each.first_year, each.end_year) if year <= _LAST_YEAR)
        yield from _changes_of(each.rule)
    for season in calendar.seasons:
        yield from _changes_of(season.rule)
    for other in () if calendar.made_of is None else calendar.made_of.calendars:
        yield from _changes(other)


def _changes_of(rule: HolidayRule) -> Iterator[int]:
    if isinstance(rule, After):
        days = (day for day in (rule.since, rule.until) if day <= date.max.toordinal())
        yield from (date.fromordinal(max(day, 1)).year for day in days)
        rule = rule.anchor
    if isinstance(rule, Once):
        yield rule.on.year
    elif isinstance(rule, OnceSpan):
        yield rule.last.year
    elif isinstance(rule, Library):
        yield rule.days[-1].year
