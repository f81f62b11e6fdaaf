"""Instants, and what clocks on the wall of a zone show then. Nothing is open or closed here.

An instant is a whole number of microseconds since 1970-01-01T00:00:00Z; a day is a proleptic Gregorian ordinal, a year
one of the zone.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from service.clock.zones import Zone

__all__ = [
    "FIRST_DAY",
    "FIRST_YEAR",
    "LAST_DAY",
    "LAST_YEAR",
    "MINUTE",
    "STEADY_DAYS",
    "Offsets",
    "at_instant",
    "by_day",
    "goes_back",
    "instant_of",
    "is_leap",
    "offsets_in",
    "wall",
]

MINUTE = 60_000_000
FIRST_YEAR, LAST_YEAR = date.min.year, date.max.year
FIRST_DAY, LAST_DAY = date.min.toordinal(), date.max.toordinal()
STEADY_DAYS = 4
"""No zone's clocks ever went back within so many days of going forward, nor the reverse."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_FIRST_MIDNIGHT = datetime.min  # noqa: DTZ901 - a wall clock's, in whatever zone
_LONGEST = datetime.max - _FIRST_MIDNIGHT  # noqa: DTZ901 - a span


def instant_of(moment: datetime) -> int:
    """Return an aware datetime as an instant. Raises TypeError when it is naive."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def at_instant(instant: int, zone: Zone) -> datetime:
    """Return an instant as an aware datetime in a zone. Raises OverflowError outside the years 1 to 9999."""
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(zone)


Offsets = tuple[tuple[int, int], ...]
"""The local midnights, in days after the year's first, at which another offset from UTC begins to hold, in seconds."""


@lru_cache(maxsize=8192)
def offsets_in(zone: Zone, year: int) -> Offsets:
    """Return the offsets of a year and some days aside."""
    first = date(year, 1, 1).toordinal()

    def at(day: int) -> int:
        return _seconds_ahead(zone, first + day, 0)

    steps = range(-STEADY_DAYS, 366 + 2 * STEADY_DAYS, STEADY_DAYS)
    if FIRST_YEAR < year < LAST_YEAR:
        midnight = datetime.fromordinal
        offsets = [zone.utcoffset(midnight(first + day)) for day in steps]
        changed = [until for until, one, other in zip(steps[1:], offsets, offsets[1:], strict=False) if one != other]
    else:
        changed = list(steps[1:])
    found = [(-STEADY_DAYS, at(-STEADY_DAYS))]
    for until in changed:
        for day in range(until - STEADY_DAYS + 1, until + 1):
            if at(day) != found[-1][1]:
                found.append((day, at(day)))
    return tuple(found)


def by_day(offsets: Offsets, days: int) -> Sequence[int]:
    """Return the offset at each midnight of a year."""
    listed: list[int] = []
    for (_, offset), (until, _) in zip(offsets, (*offsets[1:], (days, 0)), strict=True):
        listed.extend([offset] * (min(until, days) - len(listed)))
    return listed


def goes_back(zone: Zone, since: int, until: int) -> bool:
    """Say whether clocks in the zone may go back between two instants, or within a day of them."""
    first, last = (at_instant(each, zone).toordinal() for each in (since, until))
    offsets = [_seconds_ahead(zone, day, 0) for day in range(max(first - 1, FIRST_DAY), min(last + 2, LAST_DAY) + 1)]
    return any(later < earlier for earlier, later in pairwise(offsets))


def is_leap(year: int) -> bool:
    """Say whether a year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def wall(zone: Zone, day: int, minute: int) -> int:
    """Return the instant at which clocks in the zone show so many minutes after midnight of a day.

    A time that the clocks skip is as much later as they skip; of a time that they show twice, the first counts
    (RFC 5545, 3.3.5).
    """
    seconds = _seconds_ahead(zone, day, minute)
    return ((day - _EPOCH_DAY) * 1440 + minute) * MINUTE - seconds * 1_000_000


def _seconds_ahead(zone: Zone, day: int, minute: int) -> int:
    """Return how far the clocks of a zone are ahead of UTC so many minutes after midnight of a day."""
    if 1 < day < LAST_DAY - 1:  # a night reaches into the next day
        midnight = datetime.fromordinal(day)
        offset = zone.utcoffset(midnight + timedelta(minutes=minute) if minute else midnight)
    else:
        shown = min(max(timedelta(days=day - 1, minutes=minute), timedelta()), _LONGEST)
        offset = zone.utcoffset(_FIRST_MIDNIGHT + shown)
    return 0 if offset is None else offset.days * 86_400 + offset.seconds
