"""The open periods of a calendar, year by year, as instants. How long a count takes is in `business_time.py`.

An instant is a whole number of microseconds since 1970-01-01T00:00:00Z; a day is a proleptic Gregorian ordinal in the
zone of the hours, a year one of that zone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from service.clock.calendars import Calendar
from service.clock.closures import Holidays, closed_offsets, is_closed_day
from service.clock.holiday_rules import library_of
from service.clock.year_hours import OpenYear, Piece, Span, YearHours
from service.clock.zones import Zone, zone_named

__all__ = ["Openings", "at_instant", "instant_of", "openings_of"]

_MINUTE = 60_000_000
_DAY = 1440 * _MINUTE
_MOST_YEARS = 1024  # remembered for each calendar and zone
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_FIRST_YEAR, _LAST_YEAR = date.min.year, date.max.year
_LAST_DAY = date.max.toordinal()
_FIRST_MIDNIGHT = datetime.min  # noqa: DTZ901 - a wall clock's, in whatever zone
_LONGEST = datetime.max - _FIRST_MIDNIGHT  # noqa: DTZ901 - a span
_DAYS_ASIDE = 2  # zones lie up to 26 hours apart, so a moment's dates in two of them up to two days
_STEADY_DAYS = 4  # no zone's clocks ever went back within so many days of going forward, nor the reverse


def instant_of(moment: datetime) -> int:
    """Return an aware datetime as an instant. Raises TypeError when it is naive."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def at_instant(instant: int, zone: Zone) -> datetime:
    """Return an instant as an aware datetime in a zone. Raises OverflowError outside the years 1 to 9999."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(zone)


class Openings:
    """The open periods of one calendar, its hours kept in one zone; years that are alike are worked out once.

    has_library  whether it has holidays that are known for some years alone
    """

    def __init__(self, calendar: Calendar, zone: str) -> None:
        self.zone = zone_named(zone)
        self.end = min(_wall(self.zone, _LAST_DAY, 1440), _wall(zone_named("UTC"), _LAST_DAY, 1440)) - 1
        self.holidays = calendar.holidays
        days = () if calendar.holidays is None else calendar.holidays.days
        self.has_library = any(library_of(each) is not None for each in days)
        self._hours = calendar.hours
        self._holiday_zone = self.zone if self.holidays is None else zone_named(self.holidays.zone)
        self._years: dict[int, OpenYear] = {}
        self._alike: dict[_Kind, YearHours] = {}
        self._days: dict[tuple[object, ...], Sequence[Span]] = {}

    def year_of(self, instant: int) -> int:
        """Return the local year of an instant."""
        return at_instant(instant, self.zone).year

    def year(self, year: int) -> OpenYear:
        """Return the open periods of a local year."""
        found = self._years.get(year)
        if found is None:
            # Emptied, not trimmed: threads share the dictionaries, and a year lost is a year worked out again.
            if len(self._years) >= _MOST_YEARS:
                self._years.clear()
                self._alike.clear()
                self._days.clear()
            found = self._years[year] = self._work_out(year)
        return found

    def years(self, since: int, until: int) -> Iterator[OpenYear]:
        """Yield the local years from one instant to another that is later, in order."""
        last = self.year_of(min(until, self.end) - 1)
        return (self.year(year) for year in range(self.year_of(since), last + 1))

    def passed(self, since: int, until: int, open_time: int) -> tuple[int | None, int]:
        """Return the instant at which so much open time, more than none, is over since `since`, and 0.

        Where there is less until `until`, None and how much is lacking.
        """
        for year in self.years(since, until):
            before, after = year.before(since), year.before(until)
            if open_time <= after - before:
                return year.reached(before + open_time), 0
            open_time -= after - before
        return None, open_time

    def between(self, since: int, until: int) -> Iterator[Span]:
        """Yield the open periods from `since` to `until`, at most to `end`, in order; some touch at New Year."""
        until = min(until, self.end)
        return (period for year in self.years(since, until) for period in year.between(since, until))

    def _work_out(self, year: int) -> OpenYear:
        kind = _Kind(
            None if _FIRST_YEAR < year < _LAST_YEAR else year,
            (date(year, 1, 1).toordinal() - 1) % 7,
            366 if _is_leap(year) else 365,
            _offsets(self.zone, year),
            _offsets(self._holiday_zone, year),
            frozenset() if self.holidays is None else _closed_around(self.holidays, year),
        )
        hours = self._alike.get(kind)
        if hours is None:
            hours = self._alike[kind] = YearHours(self._pieces_of(year, kind))
        return OpenYear(_wall(self.zone, date(year, 1, 1).toordinal(), 0), hours)

    def _pieces_of(self, year: int, kind: "_Kind") -> list[Piece]:
        """Return the open periods of all days, from the year's first instant on, in order."""
        first = date(year, 1, 1).toordinal()
        begins = _wall(self.zone, first, 0)
        offset, there = _by_day(kind.offsets, kind.days), _by_day(kind.holiday_offsets, kind.days)
        near = range(-_DAYS_ASIDE, _DAYS_ASIDE + 1) if self._holiday_zone is not self.zone else range(1)
        unsteady = _unsteady(kind)
        touched = frozenset([day - aside for day in kind.closed for aside in near])
        usual = [self._steady((first + day - 1) % 7, (), 0) for day in range(7)]
        pieces: list[Piece] = []
        done = 0
        for day in (*sorted([each for each in unsteady | touched if 0 <= each < kind.days]), kind.days):
            if done < day:  # between two such days the clocks keep their offset
                ahead = (offset[done] - offset[0]) * 1_000_000
                pieces += [
                    (since + each * _DAY - ahead, until + each * _DAY - ahead, each)
                    for each in range(done, day)
                    for since, until in usual[each % 7]
                ]
            if day < kind.days:
                closed = tuple([aside for aside in near if day + aside in kind.closed])
                if day in unsteady:
                    moved, periods = -begins, self._on(first + day, closed)
                else:
                    moved = day * _DAY - (offset[day] - offset[0]) * 1_000_000
                    periods = self._steady((first + day - 1) % 7, closed, there[day] - offset[day])
                pieces += [(since + moved, until + moved, day) for since, until in periods]
            done = day + 1
        return pieces

    def _steady(self, weekday: int, closed: tuple[int, ...], apart: int) -> Sequence[Span]:
        """Return the open periods of a day around which no clocks change, from its midnight on.

        closed  the holidays around it, in days after it
        apart   how far the clocks of the holidays' zone are ahead, in seconds
        """
        key = (weekday, closed, apart)
        found = self._days.get(key)
        if found is None:
            periods = [(opens * _MINUTE, closes * _MINUTE) for opens, closes in self._hours[weekday]]
            ahead = apart * 1_000_000
            gaps = [
                (day * _DAY + since * _MINUTE - ahead, day * _DAY + until * _MINUTE - ahead)
                for day in closed
                for since, until in ([self.holidays.closes] if self.holidays is not None else [])
            ]
            found = self._days[key] = _without(periods, gaps)
        return found

    def _on(self, day: int, closed: Iterable[int]) -> Sequence[Span]:
        """Return the open periods of any day as instants; `closed` are the holidays around it, in days after it."""
        midnight, next_midnight = _wall(self.zone, day, 0), _wall(self.zone, day, 1440)
        periods: list[Span] = []
        for opens, closes in self._hours[(day - 1) % 7]:
            # A change of the clocks may move an opening into the next one, or out of a day that the zone skips.
            since = max(_wall(self.zone, day, opens), periods[-1][1] if periods else midnight)
            until = min(_wall(self.zone, day, closes), next_midnight)
            if since < until:
                periods.append((since, until))
        gaps = [
            (_wall(self._holiday_zone, day + aside, since), _wall(self._holiday_zone, day + aside, until))
            for aside in closed
            for since, until in ([self.holidays.closes] if self.holidays is not None else [])
        ]
        return _without(periods, gaps)


@lru_cache(maxsize=128)
def openings_of(calendar: Calendar, zone: str) -> Openings:
    """Return the openings of a calendar whose hours are kept in `zone`. Raises UnknownZone."""
    return Openings(calendar, zone)


_Offsets = tuple[tuple[int, int], ...]
"""The local midnights, in days after the year's first, at which another offset from UTC begins to hold, in seconds."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """All that the open periods of a year rest on; years of one kind have the same."""

    year: int | None  # the first and the last are kinds of their own: they have no neighbour
    first_weekday: int
    days: int
    offsets: _Offsets  # of the zone of the hours
    holiday_offsets: _Offsets
    closed: frozenset[int]  # the holidays of the year and beside it, in days after its first


@lru_cache(maxsize=8192)
def _offsets(zone: Zone, year: int) -> _Offsets:
    """Return the offsets of a year and some days aside."""
    first = date(year, 1, 1).toordinal()

    def at(day: int) -> int:
        return _seconds_ahead(zone, first + day, 0)

    steps = range(-_STEADY_DAYS, 366 + 2 * _STEADY_DAYS, _STEADY_DAYS)
    if _FIRST_YEAR < year < _LAST_YEAR:
        midnight = datetime.fromordinal
        offsets = [zone.utcoffset(midnight(first + day)) for day in steps]
        changed = [until for until, one, other in zip(steps[1:], offsets, offsets[1:], strict=False) if one != other]
    else:
        changed = list(steps[1:])
    found = [(-_STEADY_DAYS, at(-_STEADY_DAYS))]
    for until in changed:
        for day in range(until - _STEADY_DAYS + 1, until + 1):
            if at(day) != found[-1][1]:
                found.append((day, at(day)))
    return tuple(found)


def _by_day(offsets: _Offsets, days: int) -> Sequence[int]:
    """Return the offset at each midnight of a year."""
    listed: list[int] = []
    for (_, offset), (until, _) in zip(offsets, (*offsets[1:], (days, 0)), strict=True):
        listed.extend([offset] * (min(until, days) - len(listed)))
    return listed


def _unsteady(kind: _Kind) -> frozenset[int]:
    """Return the days of a year around which clocks change, or which lie at an end of all days."""
    changes = [day for offsets in (kind.offsets, kind.holiday_offsets) for day, _ in offsets[1:]]
    aside = range(-_DAYS_ASIDE - 2, _DAYS_ASIDE + 2)
    ends = () if kind.year is None else range(kind.days)
    return frozenset([*(day + each for day in changes for each in aside), *ends])


def _closed_around(holidays: Holidays, year: int) -> frozenset[int]:
    """Return the holidays of a year and those next to it, in days after its first."""
    closed = closed_offsets(holidays, year)
    first, days = date(year, 1, 1).toordinal(), 366 if _is_leap(year) else 365
    aside = [*range(-_DAYS_ASIDE, 0), *range(days, days + _DAYS_ASIDE)]
    return closed.union([day for day in aside if is_closed_day(holidays, first + day)])


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _wall(zone: Zone, day: int, minute: int) -> int:
    """Return the instant at which clocks in the zone show so many minutes after midnight of a day.

    A time that the clocks skip is as much later as they skip; of a time that they show twice, the first counts
    (RFC 5545, 3.3.5).
    """
    seconds = _seconds_ahead(zone, day, minute)
    return ((day - _EPOCH_DAY) * 1440 + minute) * _MINUTE - seconds * 1_000_000


def _seconds_ahead(zone: Zone, day: int, minute: int) -> int:
    """Return how far the clocks of a zone are ahead of UTC so many minutes after midnight of a day."""
    if 1 < day < _LAST_DAY:
        midnight = datetime.fromordinal(day)
        offset = zone.utcoffset(midnight + timedelta(minutes=minute) if minute else midnight)
    else:
        shown = min(max(timedelta(days=day - 1, minutes=minute), timedelta()), _LONGEST)
        offset = zone.utcoffset(_FIRST_MIDNIGHT + shown)
    return 0 if offset is None else offset.days * 86_400 + offset.seconds


def _without(periods: Sequence[Span], gaps: Iterable[Span]) -> Sequence[Span]:
    """Return the periods less the gaps, in order."""
    for leaves, returns in gaps:
        if returns <= leaves:  # the clocks skip the whole of it
            continue
        before = [(since, min(until, leaves)) for since, until in periods]
        after = [(max(since, returns), until) for since, until in periods]
        periods = sorted((since, until) for since, until in before + after if since < until)
    return periods
