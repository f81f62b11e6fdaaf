"""The open periods of a calendar that is made of others: when all of them are open, or when any is."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from service.clock.calendars import Calendar, Combination
from service.clock.closures import closings_from
from service.clock.dated_hours import dated_hours
from service.clock.day_openings import NearClosing, in_turn, periods_on, without_closings
from service.clock.walls import is_leap, wall
from service.clock.year_hours import OpenYear, Piece, Span, YearHours
from service.clock.zones import Zone, zone_named

__all__ = ["CombinedOpenings"]

_DAYS_ASIDE = 2  # zones lie up to 26 hours apart
_DAYS_BEFORE = 2  # whose special hours may reach into a year
_FIRST_DAY = 4  # of those asked of the calendars: at the very first no clock shows a day before


class _Periods(Protocol):
    """What another calendar has open."""

    end: int

    def between(self, since: int, until: int) -> Iterator[Span]:
        """Yield the open periods from an instant to another, in order."""


class CombinedOpenings:
    """Works out the open years of one calendar that is made of others, its days beginning in one zone."""

    def __init__(self, calendar: Calendar, made_of: Combination, zone: Zone, others: Sequence[_Periods]) -> None:
        self.zone = zone
        self._calendar = calendar
        self._how = made_of.how
        self._others = others
        self._holiday_zone = zone if calendar.holidays is None else zone_named(calendar.holidays.zone)

    def forget(self) -> None:
        """Forget nothing: nothing is kept."""

    def year(self, year: int) -> OpenYear:
        """Return the open periods of a local year, parted where its days begin."""
        first = date(year, 1, 1).toordinal()
        begins = wall(self.zone, first, 0)
        special = dated_hours((), self._calendar.special_days, year)
        days = range(max(-_DAYS_BEFORE, 1 - first), 366 if is_leap(year) else 365)
        usual, closings = self._usual(first, days), self._closings(first, days)
        pieces: list[Piece] = []
        for day in days:
            if day in special:
                periods: Sequence[Span] = periods_on(first + day, special[day].openings, self.zone)
            else:
                periods = without_closings(usual[day], first + day, closings.get(day, ()), self._holiday_zone)
            pieces += [(since - begins, until - begins, day) for since, until in periods]
        return OpenYear(begins, YearHours(in_turn(pieces)), first)

    def _usual(self, first: int, days: range) -> dict[int, list[Span]]:
        """Return what the other calendars leave open of each day, by days after one."""
        bounds = [wall(self.zone, first + day, self._calendar.day_begins) for day in (*days, days.stop)]
        since = max(bounds[0], wall(zone_named("UTC"), _FIRST_DAY, 0))
        until = min([bounds[-1], *(each.end for each in self._others)])
        of_each = [list(each.between(since, until)) if since < until else [] for each in self._others]
        found: dict[int, list[Span]] = {day: [] for day in days}
        day = days.start
        for opens, closes in _common(of_each) if self._how == "all" else _joined(of_each):
            while bounds[day - days.start + 1] <= opens:
                day += 1
            while bounds[day - days.start + 1] < closes:
                found[day].append((max(opens, bounds[day - days.start]), bounds[day - days.start + 1]))
                day += 1
            found[day].append((max(opens, bounds[day - days.start]), closes))
        return {each: [(since, until) for since, until in periods if since < until] for each, periods in found.items()}

    def _closings(self, first: int, days: range) -> dict[int, list[NearClosing]]:
        """Return what holidays on or around them close of some days after one, by those days."""
        found: dict[int, list[NearClosing]] = {}
        if self._calendar.holidays is not None:
            since, until = first + days.start - _DAYS_ASIDE, first + days.stop + _DAYS_ASIDE + 1
            for day, closing in closings_from(self._calendar.holidays, since, until):
                for aside in range(-_DAYS_ASIDE, _DAYS_ASIDE + 2):
                    found.setdefault(day - first - aside, []).append((aside, closing))
        return found


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
