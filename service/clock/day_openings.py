"""The open periods of a calendar with hours of its own: of a week, of seasons and special days, less holidays."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.clock.calendars import Calendar
from service.clock.closures import ClosedDay, Holidays, closed_offsets, closings_from
from service.clock.dated_hours import DayHours, dated_hours
from service.clock.holiday_rules import BUSINESS_DAY, Closing
from service.clock.walls import (
    FIRST_YEAR,
    LAST_YEAR,
    MINUTE,
    Offsets,
    by_day,
    is_leap,
    offsets_in,
    wall,
)
from service.clock.weekly_hours import DAY, Opening
from service.clock.year_hours import OpenYear, Piece, Span, YearHours
from service.clock.zones import Zone, zone_named

__all__ = ["DayOpenings", "in_turn", "periods_on", "without_closings"]

_DAY = DAY * MINUTE
_DAYS_ASIDE = 2  # zones lie up to 26 hours apart, so a moment's dates in two of them up to two days
_NIGHTS_BEFORE = 2  # days before a year whose hours may reach into it

NearClosing = tuple[int, Closing]
"""What a holiday closes so many days after a day."""


class DayOpenings:
    """Works out the open years of one calendar, its hours kept in one zone; years that are alike only once."""

    def __init__(self, calendar: Calendar, zone: Zone) -> None:
        self.zone = zone
        self._calendar = calendar
        self._holiday_zone = zone if calendar.holidays is None else zone_named(calendar.holidays.zone)
        self._has_nights = calendar.has_nights
        aside = 0 if self._holiday_zone is zone else _DAYS_ASIDE
        self._near = range(-aside, aside + 1 + self._has_nights)
        self._alike: dict[_Kind, YearHours] = {}
        self._days: dict[tuple[object, ...], Sequence[Span]] = {}

    def forget(self) -> None:
        """Forget what was worked out."""
        self._alike.clear()
        self._days.clear()

    def year(self, year: int) -> OpenYear:
        """Return the open periods of a local year."""
        calendar = self._calendar
        dated = dated_hours(calendar.seasons, calendar.special_days, year) if _has_dates(calendar) else {}
        kind = _Kind(
            None if FIRST_YEAR < year < LAST_YEAR else year,
            (date(year, 1, 1).toordinal() - 1) % 7,
            366 if is_leap(year) else 365,
            offsets_in(self.zone, year),
            offsets_in(self._holiday_zone, year),
            frozenset() if calendar.holidays is None else self._closed_around(calendar.holidays, year),
            tuple(sorted(dated.items())),
        )
        hours = self._alike.get(kind)
        if hours is None:
            hours = self._alike[kind] = YearHours(self._pieces_of(year, kind, dated))
        first = date(year, 1, 1).toordinal()
        return OpenYear(wall(self.zone, first, 0), hours, first)

    def _closed_around(self, holidays: Holidays, year: int) -> frozenset[ClosedDay]:
        """Return the holidays of a year and those next to it, in days after its first."""
        closed = closed_offsets(holidays, year)
        first, days = date(year, 1, 1).toordinal(), 366 if is_leap(year) else 365
        reach = _DAYS_ASIDE + _NIGHTS_BEFORE * self._has_nights
        aside = (first - reach, first), (first + days, first + days + reach)
        beside = [each for since, until in aside for each in closings_from(holidays, since, until)]
        return closed.union([(day - first, closing) for day, closing in beside])

    def _pieces_of(self, year: int, kind: "_Kind", dated: Mapping[int, DayHours]) -> list[Piece]:
        """Return the open periods of all days, from the year's first instant on, in order."""
        first = date(year, 1, 1).toordinal()
        begins = wall(self.zone, first, 0)
        offset, there = by_day(kind.offsets, kind.days), by_day(kind.holiday_offsets, kind.days)
        unsteady = _unsteady(kind)
        closings: dict[int, list[NearClosing]] = {}
        for closed, closing in kind.closed:
            for aside in self._near:
                closings.setdefault(closed - aside, []).append((aside, closing))
        touched = unsteady | closings.keys() | dated.keys()
        week = self._calendar.hours
        usual = [self._steady(week[(first + day - 1) % 7], frozenset(), 0) for day in range(7)]
        pieces: list[Piece] = []
        done = 0
        if self._has_nights:
            done = max(-_NIGHTS_BEFORE, 1 - first)
            unsteady = unsteady.union(range(done, 0))
            touched |= unsteady
        for day in (*sorted([each for each in touched if done <= each < kind.days]), kind.days):
            if done < day:  # between two such days the clocks keep their offset
                ahead = (offset[done] - offset[0]) * 1_000_000
                pieces += [
                    (since + each * _DAY - ahead, until + each * _DAY - ahead, each)
                    for each in range(done, day)
                    for since, until in usual[each % 7]
                ]
            if day < kind.days:
                hours = dated.get(day) or DayHours(week[(first + day - 1) % 7], is_special=False)
                near = frozenset(() if hours.is_special else closings.get(day, ()))
                if day in unsteady:
                    moved, periods = -begins, self._on(first + day, hours.openings, near)
                else:
                    moved = day * _DAY - (offset[day] - offset[0]) * 1_000_000
                    periods = self._steady(hours.openings, near, there[day] - offset[day])
                pieces += [(since + moved, until + moved, day) for since, until in periods]
            done = day + 1
        return in_turn(pieces) if self._has_nights else pieces

    def _steady(self, openings: tuple[Opening, ...], closings: frozenset[NearClosing], apart: int) -> Sequence[Span]:
        """Return the open periods of a day around which no clocks change, from its midnight on.

        closings  what holidays around it close
        apart     how far the clocks of the holidays' zone are ahead, in seconds
        """
        key = (openings, closings, apart)
        found = self._days.get(key)
        if found is None:
            periods = [(opens * MINUTE, closes * MINUTE) for opens, closes in openings]
            ahead = apart * 1_000_000
            gaps = [
                (day * _DAY + closing[0] * MINUTE - ahead, day * _DAY + closing[1] * MINUTE - ahead)
                for day, closing in closings
                if closing is not None
            ]
            found = self._days[key] = () if (0, BUSINESS_DAY) in closings else _without(periods, gaps)
        return found

    def _on(self, day: int, openings: tuple[Opening, ...], closings: frozenset[NearClosing]) -> Sequence[Span]:
        """Return the open periods of any day as instants."""
        return without_closings(periods_on(day, openings, self.zone), day, closings, self._holiday_zone)


def periods_on(day: int, openings: Sequence[Opening], zone: Zone) -> list[Span]:
    """Return the openings of a day as instants."""
    midnight, next_midnight = wall(zone, day, 0), wall(zone, day, DAY)
    periods: list[Span] = []
    for opens, closes in openings:
        # A change of the clocks may move an opening into the next one, or out of a day that the zone skips.
        since = max(wall(zone, day, opens), periods[-1][1] if periods else midnight)
        closing = wall(zone, day, closes)
        until = min(closing, next_midnight) if closes <= DAY else closing
        if since < until:
            periods.append((since, until))
    return periods


def without_closings(
    periods: Sequence[Span], day: int, closings: Collection[NearClosing], zone: Zone
) -> Sequence[Span]:
    """Return the open periods of a day less what holidays around it close, their midnight being that of a zone."""
    if (0, BUSINESS_DAY) in closings:
        return ()
    gaps = [
        (wall(zone, day + aside, closing[0]), wall(zone, day + aside, closing[1]))
        for aside, closing in closings
        if closing is not None
    ]
    return _without(periods, gaps)


def in_turn(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the open periods of days with each beginning where the last ended; those of days before 0 fall away.

    Where hours of two days overlap, as when a season begins after a night, they are the earlier day's.
    """
    found: list[Piece] = []
    done: int | None = None
    for opens, closes, day in pieces:
        since = opens if done is None else max(opens, done)
        if since < closes:
            done = closes
            if day >= 0:
                found.append((since, closes, day))
    return found


@dataclass(frozen=True, slots=True)
class _Kind:
    """All that the open periods of a year rest on; years of one kind have the same."""

    year: int | None  # the first and the last are kinds of their own: they have no neighbour
    first_weekday: int
    days: int
    offsets: Offsets  # of the zone of the hours
    holiday_offsets: Offsets
    closed: frozenset[ClosedDay]  # the holidays of the year and beside it, in days after its first
    dated: tuple[tuple[int, DayHours], ...]  # the days with hours of a season, or special ones


def _has_dates(calendar: Calendar) -> bool:
    return bool(calendar.seasons or calendar.special_days)


def _unsteady(kind: _Kind) -> frozenset[int]:
    """Return the days of a year around which clocks change, or which lie at an end of all days."""
    changes = [day for offsets in (kind.offsets, kind.holiday_offsets) for day, _ in offsets[1:]]
    aside = range(-_DAYS_ASIDE - 2, _DAYS_ASIDE + 2)
    ends = () if kind.year is None else range(kind.days)
    return frozenset([*(day + each for day in changes for each in aside), *ends])


def _without(periods: Sequence[Span], gaps: Iterable[Span]) -> Sequence[Span]:
    """Return the periods less the gaps, in order."""
    for leaves, returns in gaps:
        if returns <= leaves:  # the clocks skip the whole of it
            continue
        before = [(since, min(until, leaves)) for since, until in periods]
        after = [(max(since, returns), until) for since, until in periods]
        periods = sorted((since, until) for since, until in before + after if since < until)
    return periods
