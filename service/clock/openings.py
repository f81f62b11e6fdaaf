"""The open periods of a calendar, day by day, as instants. How long a count takes is in `business_time.py`.

An instant is a whole number of microseconds since 1970-01-01T00:00:00Z; a period is half-open; a day is a proleptic
Gregorian ordinal in the zone of the hours.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from service.clock.calendars import Calendar
from service.clock.closures import is_closed_day
from service.clock.zones import Zone, zone_named

__all__ = ["Openings", "Period", "at_instant", "instant_of", "openings_of"]

Period = tuple[int, int]

_MINUTE = 60_000_000
_MOST_DAYS = 4096  # kept for each calendar and zone: about eleven years
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_LAST_DAY = date.max.toordinal()
_FIRST_MIDNIGHT = datetime.min  # noqa: DTZ901 - a wall clock's, in whatever zone
_LONGEST = datetime.max - _FIRST_MIDNIGHT  # noqa: DTZ901 - a span
_DAYS_ASIDE = 2  # zones lie up to 26 hours apart, so a moment's dates in two of them up to two days


def instant_of(moment: datetime) -> int:
    """Return an aware datetime as an instant. Raises TypeError when it is naive."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def at_instant(instant: int, zone: Zone) -> datetime:
    """Return an instant as an aware datetime in a zone. Raises OverflowError outside the years 1 to 9999."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(zone)


class Openings:
    """The open periods of one calendar, its hours kept in one zone; each day is worked out once, and remembered."""

    def __init__(self, calendar: Calendar, zone: str) -> None:
        self.zone = zone_named(zone)
        self.end = min(_wall(self.zone, _LAST_DAY, 1440), _wall(zone_named("UTC"), _LAST_DAY, 1440)) - 1
        self._calendar = calendar
        self._days: dict[int, tuple[Period, ...]] = {}

    def on(self, day: int) -> tuple[Period, ...]:
        """Return the day's open periods in order."""
        periods = self._days.get(day)
        if periods is None:
            periods = self._work_out(day)
            # Emptied, not trimmed: threads share the dictionary, and a day lost is a day worked out again.
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            self._days[day] = periods
        return periods

    def day_of(self, instant: int) -> int:
        """Return the local day of an instant."""
        return at_instant(instant, self.zone).toordinal()

    def by_day(self, since: int, until: int) -> Iterator[Period]:
        """Yield the open periods from `since` to `until`, at most to `end`, in order; none spans midnight."""
        if not any(self._calendar.hours):
            return
        for day in range(self.day_of(since), (self.day_of(until) if until < self.end else _LAST_DAY) + 1):
            for opens, closes in self.on(day):
                if opens < until and closes > since:
                    yield max(opens, since), min(closes, until)

    def between(self, since: int, until: int) -> Iterator[Period]:
        """Yield the open periods from `since` to `until`, at most to `end`, in order; some may touch."""
        if self._calendar.is_around_the_clock and self._calendar.holidays is None:
            return iter(((since, until),))
        return self.by_day(since, until)

    def _work_out(self, day: int) -> tuple[Period, ...]:
        midnight, next_midnight = _wall(self.zone, day, 0), _wall(self.zone, day, 1440)
        periods: list[Period] = []
        for opens, closes in self._calendar.hours[(day - 1) % 7]:
            # A change of the clocks may move an opening into the next one, or out of a day that the zone skips.
            since = max(_wall(self.zone, day, opens), periods[-1][1] if periods else midnight)
            until = min(_wall(self.zone, day, closes), next_midnight)
            if since < until:
                periods.append((since, until))
        return tuple(_without(periods, self._closures_near(day))) if periods else ()

    def _closures_near(self, day: int) -> Iterator[Period]:
        holidays = self._calendar.holidays
        if holidays is None:
            return
        zone = zone_named(holidays.zone)
        aside = 0 if zone is self.zone else _DAYS_ASIDE
        for near in range(day - aside, day + aside + 1):
            if is_closed_day(holidays, near):
                since, until = holidays.closes
                yield _wall(zone, near, since), _wall(zone, near, until)


@lru_cache(maxsize=256)
def openings_of(calendar: Calendar, zone: str) -> Openings:
    """Return the openings of a calendar whose hours are kept in `zone`. Raises UnknownZone."""
    return Openings(calendar, zone)


def _wall(zone: Zone, day: int, minute: int) -> int:
    """Return the instant at which clocks in the zone show so many minutes after midnight of a day.

    A time that the clocks skip is as much later as they skip; of a time that they show twice, the first counts
    (RFC 5545, 3.3.5).
    """
    offset = zone.utcoffset(_FIRST_MIDNIGHT + min(timedelta(days=day - 1, minutes=minute), _LONGEST))
    seconds = 0 if offset is None else offset.days * 86_400 + offset.seconds
    return ((day - _EPOCH_DAY) * 1440 + minute) * _MINUTE - seconds * 1_000_000


def _without(periods: Sequence[Period], gaps: Iterable[Period]) -> Sequence[Period]:
    """Return the periods less the gaps, in order."""
    for leaves, returns in gaps:
        before = [(since, min(until, leaves)) for since, until in periods]
        after = [(max(since, returns), until) for since, until in periods]
        periods = sorted((since, until) for since, until in before + after if since < until)
    return periods
