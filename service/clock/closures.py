"""The days that a calendar's holidays close, moves included. The rules of single holidays are in `holiday_rules.py`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from service.clock.holiday_rules import Holiday, dates_in

__all__ = ["Holidays", "closed_days", "is_closed_day"]

_FIRST_DAY, _LAST_DAY = date.min.toordinal(), date.max.toordinal()
_FARTHEST_MOVE = 366  # days; whoever finds no open day within a year does not move


@dataclass(frozen=True, slots=True)
class Holidays:
    """The holidays of a calendar and the hours of the day that they close."""

    zone: str  # where a holiday's midnight is
    days: tuple[Holiday, ...]
    closes: tuple[int, int] = (0, 1440)  # minutes after midnight in `zone`, half-open
    weekly_closed: frozenset[int] = frozenset()  # weekdays without open hours, Monday is 0

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly: it is a key of what was worked out before."""
        return hash((self.zone, self.closes, len(self.days)))


def is_closed_day(holidays: Holidays, day: int) -> bool:
    """Tell whether `day`, a proleptic Gregorian ordinal, is a holiday; False outside the years 1 to 9999."""
    return _FIRST_DAY <= day <= _LAST_DAY and day in closed_days(holidays, date.fromordinal(day).year)


@lru_cache(maxsize=2048)
def closed_days(holidays: Holidays, year: int) -> frozenset[int]:
    """Return the days of `year` (1 to 9999) that holidays close, as proleptic Gregorian ordinals.

    A holiday that moves closes the day that it moves to, and its own day as well. Moves by weekday come first; then
    each holiday that moves to the next open day takes, the earliest first, a day that is neither weekly closed nor any
    holiday's.
    """
    # A move may cross New Year's Day, and so may the holidays that are in its way.
    years = range(max(year - 1, 1), min(year + 1, 9999) + 1)
    moves = [move for holiday in holidays.days for each in years for move in _moves(holiday, each)]
    taken = {day for day, _ in moves} | {day + by for day, by in moves if by is not None}
    for day in sorted(day for day, by in moves if by is None):
        taken.add(_next_open_day(day, taken, holidays.weekly_closed))
    return frozenset(_within(taken, year))


def _moves(holiday: Holiday, year: int) -> Iterator[tuple[int, int | None]]:
    """Yield each day on which the holiday falls, with the days that it moves by; None: to the next open day."""
    days = (day.toordinal() for day in dates_in(holiday, year))
    return ((day, holiday.moves[_weekday(day)]) for day in days)


def _next_open_day(day: int, taken: set[int], weekly_closed: frozenset[int]) -> int:
    later = range(day + 1, day + 1 + _FARTHEST_MOVE)
    return next((each for each in later if each not in taken and _weekday(each) not in weekly_closed), day)


def _within(days: Iterable[int], year: int) -> Iterator[int]:
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    return (day for day in days if first <= day <= last)


def _weekday(day: int) -> int:
    """Return the weekday of an ordinal; day 1, 1 January of the year 1, is a Monday."""
    return (day - 1) % 7
