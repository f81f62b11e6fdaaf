"""The days that a calendar's holidays close, and which part of them. Their rules are in `holiday_rules.py`."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from service.clock.holiday_rules import (
    After,
    Closing,
    Easter,
    Holiday,
    HolidayRule,
    NthWeekday,
    Yearly,
    YearlySpan,
    dates_in,
)

__all__ = ["ClosedDay", "Holidays", "closed_days", "closed_offsets", "closings_from", "is_closed_day"]

_FIRST_DAY, _LAST_DAY = date.min.toordinal(), date.max.toordinal()
_FARTHEST_MOVE = 366  # days; whoever finds no open day within a year does not move
_NEAR = 364  # days: no year is shorter, so that a holiday so many days away lies in the next year at the latest
_MOST_YEARS = 512  # remembered for one list of holidays, each with its closed days


@dataclass(frozen=True, slots=True)
class Holidays:
    """The holidays of a calendar."""

    zone: str  # where a holiday's midnight is
    days: tuple[Holiday, ...]
    weekly_closed: frozenset[int] = frozenset()  # weekdays without open hours, Monday is 0

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly: it is a key of what was worked out before."""
        return hash((self.zone, len(self.days)))


ClosedDay = tuple[int, Closing]
"""A day, often in days after a year's first, and what a holiday closes of it; several may close parts of one day."""


def is_closed_day(holidays: Holidays, day: int) -> bool:
    """Tell whether `day`, a proleptic Gregorian ordinal, is a holiday; False outside the years 1 to 9999."""
    return any(True for _ in closings_from(holidays, day, day + 1))


def closings_from(holidays: Holidays, since: int, until: int) -> Iterator[ClosedDay]:
    """Yield what holidays close of the days from one proleptic Gregorian ordinal to before another, by ordinals.

    Nothing outside the years 1 to 9999.
    """
    since, until = max(since, _FIRST_DAY), min(until, _LAST_DAY + 1)
    for year in range(date.fromordinal(since).year, date.fromordinal(until - 1).year + 1) if since < until else ():
        first = date(year, 1, 1).toordinal()
        yield from (
            (first + offset, closing)
            for offset, closing in closed_offsets(holidays, year)
            if since <= first + offset < until
        )


def closed_days(holidays: Holidays, year: int) -> frozenset[int]:
    """Return the days of `year` (1 to 9999) that holidays close, as proleptic Gregorian ordinals.

    A holiday that moves closes the day that it moves to, and its own day as well. Moves by weekday come first; then
    each holiday that moves to the next open day takes, the earliest first, a day that is neither weekly closed nor any
    holiday's. Holidays close the same part of every day that they close.
    """
    first = date(year, 1, 1).toordinal()
    return frozenset([first + offset for offset, _ in closed_offsets(holidays, year)])


def closed_offsets(holidays: Holidays, year: int) -> frozenset[ClosedDay]:
    """Return the same as days after the year's first, 0 is 1 January, with the parts that are closed.

    Equal years are the same object.
    """
    return _years_of(holidays).closed(year)


@lru_cache(maxsize=128)
def _years_of(holidays: Holidays) -> "_Years":
    return _Years(holidays)


_Move = tuple[int, int | None, Closing]
"""A day on which a holiday falls, in days after the year's first, the days that it moves by, None: to the next open
day, and what it closes."""


_EVERY_YEAR = (Yearly, YearlySpan, NthWeekday)
"""The rules whose days lie alike in years that begin and end alike."""


class _Years:
    """The closed days of the years under one list of holidays; years whose holidays lie alike are worked out once."""

    def __init__(self, holidays: Holidays) -> None:
        self._weekly_closed = holidays.weekly_closed
        self._every_year = [each for each in holidays.days if isinstance(each.rule, _EVERY_YEAR)]
        others = [each for each in holidays.days if not isinstance(each.rule, _EVERY_YEAR)]
        self._near = _by_anchor(each for each in others if _is_near(each) and _is_regular(each))
        self._near_irregular = _by_anchor(each for each in others if _is_near(each) and not _is_regular(each))
        self._far = [each for each in others if not _is_near(each)]
        self._borders = _borders(holidays.days)
        self._moves: dict[tuple[object, ...], tuple[_Move, ...]] = {}
        self._moves_by_year: dict[int, tuple[_Move, ...]] = {}
        self._alike: dict[tuple[object, ...], frozenset[ClosedDay]] = {}
        self._closed: dict[int, frozenset[ClosedDay]] = {}

    def closed(self, year: int) -> frozenset[ClosedDay]:
        """Return the closed days of a year, as days after its first."""
        found = self._closed.get(year)
        if found is None:
            # Emptied, not trimmed: threads share the dictionaries.
            if len(self._closed) >= _MOST_YEARS:
                self._closed.clear()
                self._alike.clear()
                self._moves.clear()
                self._moves_by_year.clear()
            found = self._closed[year] = self._closed_as_others(year)
        return found

    def _closed_as_others(self, year: int) -> frozenset[ClosedDay]:
        # A move may cross New Year's Day, and so may the holidays that are in its way.
        lengths = (_length(year - 1), _length(year))
        years = [self._moves_in(each) if 1 <= each <= 9999 else () for each in (year - 1, year, year + 1)]
        key = (_weekday(date(year, 1, 1).toordinal()), lengths, *years)
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = self._work_out(year, lengths, years)
        return found

    def _moves_in(self, year: int) -> tuple[_Move, ...]:
        found = self._moves_by_year.get(year)
        if found is None:
            found = self._moves_by_year[year] = self._moves_anew(year)
        return found

    def _moves_anew(self, year: int) -> tuple[_Move, ...]:
        epoch = bisect_right(self._borders, year)
        first = date(year, 1, 1).toordinal()
        alike = (epoch, _weekday(first), _length(year))
        found = self._remembered(alike, lambda: _moves(self._every_year, year))
        if self._near:
            beside = (*alike, _length(year - 1), _length(year + 1))
            found += self._remembered(beside, lambda: _near_moves(self._near, year))
        if self._near_irregular:
            found += _near_moves(self._near_irregular, year)
        return found + _moves(self._far, year) if self._far else found

    def _remembered(self, key: tuple[int, ...], moves: Callable[[], tuple[_Move, ...]]) -> tuple[_Move, ...]:
        """Return the moves of holidays that fall alike in all years with this key."""
        found = self._moves.get(key)
        if found is None:
            found = self._moves[key] = moves()
        return found

    def _work_out(
        self, year: int, lengths: tuple[int, int], years: Sequence[tuple[_Move, ...]]
    ) -> frozenset[ClosedDay]:
        before, within, after = years
        moves = [
            *((day - lengths[0], by, closes) for day, by, closes in before),
            *within,
            *((day + lengths[1], by, closes) for day, by, closes in after),
        ]
        closed = {(day, closes) for day, _, closes in moves}
        closed |= {(day + by, closes) for day, by, closes in moves if by}
        weekday = _weekday(date(year, 1, 1).toordinal())
        closed |= self._moved_to_open_days(moves, {day for day, _ in closed}, weekday)
        return frozenset([each for each in closed if 0 <= each[0] < lengths[1]])

    def _moved_to_open_days(self, moves: Iterable[_Move], taken: set[int], weekday: int) -> set[ClosedDay]:
        """Return the next open day for each holiday that moves there, the earliest first.

        Of those on one day the one that closes more comes first. `weekday` is that of day 0.
        """
        waiting = sorted([move for move in moves if move[1] is None], key=_turn)
        closed = {(each - weekday) % 7 for each in self._weekly_closed}
        found: set[ClosedDay] = set()
        free = None  # before it, and after the day that is looked at, nothing is open
        for day, _, closes in waiting:
            each = day + 1 if free is None else max(day + 1, free)
            while each <= day + _FARTHEST_MOVE and (each in taken or each % 7 in closed):
                each += 1
            free = each
            if each <= day + _FARTHEST_MOVE:
                taken.add(each)
                found.add((each, closes))
        return found


class _Follower(NamedTuple):
    """A holiday that counts from another: so many days after each of its days from one to another, in some years."""

    days: int
    since: int
    until: int
    first_year: int
    end_year: int
    moves: tuple[int | None, ...]
    closes: Closing


_Followers = Mapping[HolidayRule, Sequence[_Follower]]
"""Holidays by the rule from which they count."""


def _by_anchor(holidays: Iterable[Holiday]) -> _Followers:
    followers: dict[HolidayRule, list[_Follower]] = {}
    for each in holidays:
        rule = After(Easter(0), each.rule.days) if isinstance(each.rule, Easter) else each.rule
        if isinstance(rule, After):
            years = each.first_year, each.end_year
            follower = _Follower(rule.days, rule.since, rule.until, *years, each.moves, each.closes)
            followers.setdefault(rule.anchor, []).append(follower)
    return followers


def _is_near(holiday: Holiday) -> bool:
    """Tell whether a holiday follows another so closely that the years beside its own settle its day."""
    return isinstance(holiday.rule, After | Easter) and abs(holiday.rule.days) <= _NEAR


def _is_regular(holiday: Holiday) -> bool:
    """Tell whether a holiday follows one that falls alike in years that begin and end alike."""
    return isinstance(holiday.rule, After) and isinstance(holiday.rule.anchor, Yearly | NthWeekday)


def _borders(holidays: Sequence[Holiday]) -> list[int]:
    """Return the years between whose neighbours the list of holidays may differ, in order.

    Two years on either side of each beginning and end are borders too: holidays reach from one year into another.
    """
    bounds: set[int] = set()
    for each in holidays:
        bounds |= {each.first_year, each.end_year}
        if isinstance(each.rule, After):
            bounds |= {_year_of(each.rule.since), _year_of(each.rule.until)}
    return sorted(bound + aside for bound in bounds for aside in range(-2, 4))


def _moves(holidays: Sequence[Holiday], year: int) -> tuple[_Move, ...]:
    first = date(year, 1, 1).toordinal()
    weekday = _weekday(first)
    days = ((each, day.toordinal() - first) for each in holidays for day in dates_in(each, year))
    return tuple([(day, each.moves[(weekday + day) % 7], each.closes) for each, day in days])


def _near_moves(followers: _Followers, year: int) -> tuple[_Move, ...]:
    """Return the same for holidays that follow others; a year's holidays are asked for once, not for each of them."""
    first = date(year, 1, 1).toordinal()
    weekday, length = _weekday(first), _length(year)
    around = range(max(year - 1, 1), min(year + 1, 9999) + 1)
    moves: list[_Move] = []
    for anchor, holidays in followers.items():
        anchored = [day.toordinal() for each in around for day in anchor.dates(each)]
        moves += [
            (falls, by[(weekday + falls) % 7], closes)
            for days, since, until, first_year, end_year, by, closes in holidays
            if first_year <= year < end_year
            for day in anchored
            if 0 <= (falls := day + days - first) < length and since <= day < until
        ]
    return tuple(moves)


def _turn(move: _Move) -> tuple[int, int, tuple[int, int]]:
    """Return what tells which of two holidays moves first: by its day, then by how much it closes."""
    day, _, closes = move
    since, until = closes or (-1, 1440)  # more than any part of the day
    return day, since - until, (since, until)


def _year_of(day: int) -> int:
    return date.fromordinal(min(max(day, _FIRST_DAY), _LAST_DAY)).year


def _length(year: int) -> int:
    """Return the days of a year."""
    return 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365


def _weekday(day: int) -> int:
    """Return the weekday of an ordinal; day 1, 1 January of the year 1, is a Monday."""
    return (day - 1) % 7
