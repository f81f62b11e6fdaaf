"""Counts of open time over a calendar, and how their instants are written. What is open when is in `openings.py`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import groupby, islice
from math import ceil, inf

from service.clock.calendars import Calendar
from service.clock.openings import Openings, Period, at_instant, instant_of, openings_of

__all__ = ["Count", "NeverDue", "Segment", "Target", "count", "format_instant"]

_MICROSECONDS = {
    "minute": 60_000_000,
    "business_minute": 60_000_000,
    "hour": 3_600_000_000,
    "business_hour": 3_600_000_000,
    "day": 86_400_000_000,
}


@dataclass(frozen=True, slots=True)
class Target:
    """How much open time is promised: so many of a unit."""

    amount: int | float  # not negative
    unit: str  # minute, hour, business_minute, business_hour, business_day or day (24 hours of open time)


@dataclass(frozen=True, slots=True)
class Segment:
    """A period that was counted, half-open, in the zone of the count."""

    from_: datetime
    to: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """When the counting starts, when the target is due, and the open periods in between; all in one zone."""

    starts_at: datetime
    due_at: datetime
    segments: tuple[Segment, ...]  # in order, none touching the next


class NeverDue(Exception):
    """The calendar has too little open time left before the end of the year 9999.

    `.calendar` its id, `.target` and `.start` as they were given.
    """

    def __init__(self, calendar: str, target: Target, start: datetime) -> None:
        super().__init__(calendar, target, start)
        self.calendar, self.target, self.start = calendar, target, start

    def __str__(self) -> str:
        promised = f"{self.target.amount} {self.target.unit}"
        return f"calendar {self.calendar} has no {promised} of open time left after {format_instant(self.start)}."


def count(  # noqa: PLR0913 - what a pack says of a target
    calendar: Calendar,
    target: Target,
    start: datetime,
    *,
    zone: str | None = None,
    pauses: Sequence[tuple[datetime, datetime]] = (),
    business_day_ends: str = "same_time",
) -> Count:
    """Return when a target is due that is counted from `start` over the open time of a calendar.

    start              aware, in the years 2 to 9999; counting starts then, or at the next opening when that is closed
    zone               in which the weekly hours are kept and the result is written, in place of the calendar's own; the
                       holidays keep theirs
    pauses             periods, half-open, that do not count, in any order; empty when it ends no later than it begins
    business_day_ends  "same_time": a business day is `calendar.business_day` of open time, wherever it ends.
                       "closing": N business days are due at the closing of the Nth contact day after the day of the
                       start, which is itself the first of the N when the start lies before its first opening. A begun
                       business day counts whole, and a day that pauses take up is none.

    A count that ends exactly at closing time is due then. An amount of nothing is due where it starts, and has no
    segments. Open time is real time: there is more or less of it when the clocks change during open hours. An opening
    or closing time that they skip is as much later; of one shown twice, the first counts (RFC 5545, 3.3.5).
    Raises NeverDue, ValueError for an amount or unit that is none, UnknownZone, and TypeError for a naive datetime.
    """
    _check(target, business_day_ends)
    openings = openings_of(calendar, zone or calendar.zone)
    working = list(_unpaused(instant_of(start), openings.end, pauses))
    if target.unit == "business_day" and target.amount and business_day_ends == "closing":
        open_time = _until_closing(openings, working, ceil(target.amount))
    else:
        unit = _MICROSECONDS.get(target.unit) or _in_microseconds(calendar.business_day)
        open_time = round(target.amount * unit)
    periods = (period for since, until in working for period in openings.between(since, until))
    # Asked first: to find out day by day that a million years are too many takes its time.
    counted = _taken(periods, open_time) if open_time <= _length(working) else []
    if not counted:
        raise NeverDue(calendar.id, target, start)
    shown = [(at_instant(since, openings.zone), at_instant(until, openings.zone)) for since, until in counted]
    return Count(shown[0][0], shown[-1][1], tuple(Segment(since, until) for since, until in shown) if open_time else ())


def format_instant(moment: datetime) -> str:
    """Return an aware datetime in RFC 3339 with its own offset, and with microseconds only when there are some.

    RFC 3339 has no seconds in an offset, and local mean time does: the same instant is then written at the nearest
    whole minute's offset.
    """
    offset = moment.utcoffset()
    if offset is not None and offset.seconds % 60:
        moment = moment.astimezone(timezone(timedelta(minutes=round(offset.total_seconds() / 60))))
    return moment.isoformat()


def _check(target: Target, business_day_ends: str) -> None:
    if not 0 <= target.amount < inf:
        raise ValueError(f"An amount of {target.amount}; a response target has a finite amount that is not negative.")
    if target.unit not in _MICROSECONDS and target.unit != "business_day":
        raise ValueError(f"'{target.unit}' is no unit of time; there are {', '.join(_MICROSECONDS)} and business_day.")
    if business_day_ends not in ("same_time", "closing"):
        raise ValueError(f"Business days end at 'same_time' or at 'closing', not '{business_day_ends}'.")


def _in_microseconds(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def _unpaused(begin: int, end: int, pauses: Iterable[tuple[datetime, datetime]]) -> Iterator[Period]:
    """Yield the periods from `begin` to `end` outside the pauses, in order."""
    for since, until in sorted((instant_of(since), instant_of(until)) for since, until in pauses):
        if until > since:
            if begin < since:
                yield begin, min(since, end)
            begin = max(begin, until)
    if begin < end:
        yield begin, end


def _taken(periods: Iterable[Period], open_time: int) -> list[Period]:
    """Return the first `open_time` microseconds of the periods, touching ones joined; nothing when they are shorter.

    No time at all is one period without length, at the first opening.
    """
    taken: list[Period] = []
    for since, until in periods:
        to = min(until, since + open_time)
        open_time -= to - since
        if taken and taken[-1][1] == since:
            taken[-1] = (taken[-1][0], to)
        else:
            taken.append((since, to))
        if not open_time:
            return taken
    return []


def _until_closing(openings: Openings, working: Sequence[Period], days: int) -> int:
    """Return the open time until the closing of the contact day that ends a count of business days.

    Where too few contact days are left, more than there is of any time.
    """
    periods = (period for since, until in working for period in openings.by_day(since, until))
    by_day = groupby(periods, key=lambda period: openings.day_of(period[0]))
    contact_days = [(day, _length(group)) for day, group in islice(by_day, days + 1)]
    if contact_days and openings.on(contact_days[0][0])[0][0] <= working[0][0]:
        days += 1
    if len(contact_days) < days:
        return _length(working) + 1
    return sum(length for _, length in contact_days[:days])


def _length(periods: Iterable[Period]) -> int:
    return sum(until - since for since, until in periods)
