"""How far a calendar reaches: until when it opens, and until when its holidays are known. Nothing is counted here."""

from collections.abc import Iterator

from service.clock.calendars import Calendar
from service.clock.holiday_rules import Library
from service.clock.library_holidays import LIBRARY_END
from service.clock.openings import Openings

__all__ = ["ending_holidays", "last_open_year"]

_FIRST_YEAR, _LAST_YEAR = 1900, 9999
_LONGEST_PAUSE = 400  # years: the days of the week fall on the same dates again after so many


def last_open_year(calendar: Calendar) -> int | None:
    """Return the last year from 1900 on in which a calendar opens at all, or None.

    9999 for one that opens now and then in its last four centuries, as no later year is different.
    """
    openings = Openings(calendar, calendar.zone)
    for year in range(_LAST_YEAR, _FIRST_YEAR - 1, -1):
        if openings.year(year).total:
            return _LAST_YEAR if year > _LAST_YEAR - _LONGEST_PAUSE else year
    return None


def ending_holidays(calendar: Calendar) -> Iterator[tuple[int, str, int]]:
    """Yield the holidays whose dates the `holidays` library does not know as long as those of most countries.

    Each with its place in the calendar's list, its name, and the last year for which the library tells.
    """
    for index, holiday in enumerate(() if calendar.holidays is None else calendar.holidays.days):
        rule = holiday.rule
        if isinstance(rule, Library) and rule.last_year < min(LIBRARY_END, holiday.end_year - 1):
            yield index, holiday.name, rule.last_year
