"""The open periods of a calendar that is made of others: when all of them are open, or when any is."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from service.clock.calendars import Calendar, Combination
from service.clock.closures import closings_from
from service.clock.dated_hours import dated_hours
from service.clock.day_openings import NearClosing, in_turn, periods_on, without_closings
from service.clock.walls import MINUTE, is_leap, wall
from service.clock.weekly_hours import DAY
from service.clock.year_hours import OpenYear, Piece, Span, YearHours
from service.clock.zones import Zone, zone_named

__all__ = ["CombinedOpenings"]

_DAYS_ASIDE = 2  # zones lie up to 26 hours apart
_DAYS_BEFORE = 2  # whose special hours may reach into a year
_A_FEW_DAYS = 7 * DAY * MINUTE
_FIRST_DAY = 4  # of those asked of the calendars: at the very first no clock shows a day before


class _Periods(Protocol):
    """What another calendar has open."""

    end: int

    def between(self, since: int, until: int) -> Iterator[Span]:
        """Yield the open periods from an instant to another, in order."""

    def years(self, since: int, until: int) -> Iterator[OpenYear]:
        """Yield the local years from an instant to another, in order."""


class CombinedOpenings:
    """Works out the open years of one calendar that is made of others, its days beginning in one zone.

    What the others have open together is worked out once for years in which it is alike.
    """

    def __init__(self, calendar: Calendar, made_of: Combination, zone: Zone, others: Sequence[_Periods]) -> None:
        self.zone = zone
        self._calendar = calendar
        self._how = made_of.how
        self._others = others
        self._holiday_zone = zone if calendar.holidays is None else zone_named(calendar.holidays.zone)
        self._alike: dict[tuple[object, ...], Sequence[Span]] = {}

    def forget(self) -> None:
        """Forget what was worked out."""
        self._alike.clear()

    def year(self, year: int) -> OpenYear:
        """Return the open periods of a local year, parted where its days begin."""
        first = date(year, 1, 1).toordinal()
        begins = wall(self.zone, first, 0)
        special = dated_hours((), self._calendar.special_days, year)
        days = range(max(-_DAYS_BEFORE, 1 - first), 366 if is_leap(year) else 365)
        usual, closings = self._usual(first, days), self._closings(first, days)
        pieces: list[Piece] = []
        for day in sorted(each for each in usual.keys() | special.keys() if each in days):
            if day in special:
                periods: Sequence[Span] = periods_on(first + day, special[day].openings, self.zone)
            else:
                periods = without_closings(usual[day], first + day, closings.get(day, ()), self._holiday_zone)
            pieces += [(since - begins, until - begins, day) for since, until in periods]
        return OpenYear(begins, YearHours(in_turn(pieces)), first)

    def _usual(self, first: int, days: range) -> dict[int, list[Span]]:
        """Return what the other calendars leave open of each day that has any of it, by days after one."""
        common = self._open_between(*(self._begin(first + day) for day in (days.start, days.stop)))
        if not common:  # as in every year of a combination that is never open
            return {}
        bounds = [self._begin(first + day) for day in (*days, days.stop)]
        found: dict[int, list[Span]] = {}
        day = days.start
        for opens, closes in common:
            while bounds[day - days.start + 1] <= opens:
                day += 1
            while bounds[day - days.start + 1] < closes:
                found.setdefault(day, []).append((max(opens, bounds[day - days.start]), bounds[day - days.start + 1]))
                day += 1
            found.setdefault(day, []).append((max(opens, bounds[day - days.start]), closes))
        spans = {each: [(since, until) for since, until in periods if since < until] for each, periods in found.items()}
        return {each: periods for each, periods in spans.items() if periods}

    def _begin(self, day: int) -> int:
        return wall(self.zone, day, self._calendar.day_begins)

    def _open_between(self, since: int, until: int) -> Sequence[Span]:
        """Return when the other calendars are all open, or any, from an instant to another, in order."""
        since = max(since, wall(zone_named("UTC"), _FIRST_DAY, 0))
        until = min([until, *(each.end for each in self._others)])
        if until <= since:
            return ()
        kind = tuple(tuple(_outline(year, since, until) for year in each.years(since, until)) for each in self._others)
        found = self._alike.get(kind)
        if found is None:
            of_each = [list(each.between(since, until)) for each in self._others]
            open_ = _common(of_each) if self._how == "all" else _joined(of_each)
            found = self._alike[kind] = [(opens - since, closes - since) for opens, closes in open_]
        return [(opens + since, closes + since) for opens, closes in found]

    def _closings(self, first: int, days: range) -> dict[int, list[NearClosing]]:
        """Return what holidays on or around them close of some days after one, by those days."""
        found: dict[int, list[NearClosing]] = {}
        if self._calendar.holidays is not None:
            since, until = first + days.start - _DAYS_ASIDE, first + days.stop + _DAYS_ASIDE + 1
            for day, closing in closings_from(self._calendar.holidays, since, until):
                for aside in range(-_DAYS_ASIDE, _DAYS_ASIDE + 2):
                    found.setdefault(day - first - aside, []).append((aside, closing))
        return found


def _outline(year: OpenYear, since: int, until: int) -> tuple[object, ...]:
    """Return what tells all that a year has open from an instant to another, counted from the first of them.

    Of a year that reaches in with a few days these: whatever else it has makes no difference.
    """
    if min(year.ends, until) - max(year.begins, since) < _A_FEW_DAYS:
        return tuple((opens - since, closes - since) for opens, closes in year.between(since, until))
    return year.begins - since, until - since, year.hours


def _joined(of_each: Sequence[Sequence[Span]]) -> list[Span]:
    """Return the periods of any of several calendars, none touching the next."""
    found: list[Span] = []
    for since, until in sorted([period for periods in of_each for period in periods]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((since, until))
    return found


def _common(of_each: Sequence[Sequence[Span]]) -> list[Span]:
    """Return the periods that all of several calendars have."""
    common = _joined(of_each[:1])
    for periods in of_each[1:]:
        others, found, place = _joined([periods]), [], 0
        for since, until in common:
            while place < len(others) and others[place][1] <= since:
                place += 1
            for other in others[place:]:
                if other[0] >= until:
                    break
                found.append((max(since, other[0]), min(until, other[1])))
        common = found
    return common
