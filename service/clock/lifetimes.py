"""The life of a target: its state at an instant, what of it is over and left then, and when to warn of it.

When it is due is counted in `business_time.py`. A target that a pause holds, which goes on, is never due as long as it
does; all the same it has a state, and so much of it is over and left.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from service.clock.business_time import Count, Target, count, microseconds_in
from service.clock.calendars import Calendar
from service.clock.changed_targets import Course, due_over, open_time_over
from service.clock.measures import open_time_between
from service.clock.pauses import Pauses, ended, holds
from service.clock.targets import MINUTE
from service.clock.walls import instant_of

__all__ = [
    "PERCENT",
    "STATES",
    "Held",
    "Warned",
    "due_of",
    "elapsed",
    "remaining",
    "starts_of",
    "state_at",
    "warned_at",
]

STATES = ("not_started", "running", "paused", "met", "missed")
"""What a target can be at an instant: not met and not missed in the first three."""

PERCENT = "percent"
"""The unit of a share of the target."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Warned:
    """At which point of a target's open time a warning is: so much of it over, or so much of it left."""

    counts: str  # elapsed or remaining
    amount: int | float | Decimal
    unit: str  # percent of the target, or one of business_time.UNITS


@dataclass(frozen=True, slots=True)
class Held:
    """A target that is not due for as long as a pause goes on: its count without that pause, and when that begins."""

    count: Count
    since: datetime


def state_at(counted: Count | Held, as_of: datetime, *, stopped_at: datetime | None = None, pauses: Pauses = ()) -> str:
    """Return the state of a target at an instant, one of STATES.

    stopped_at  when it was met, if it was: a stop after `as_of` is not yet known then
    pauses      as for the count

    Met is what was stopped no later than it was due, missed what was not: stopped later, or due before `as_of` and not
    stopped; what a pause holds is never missed. Else it has not started before `starts_at`, is paused in a pause, and
    running whenever it is not, at night too.
    """
    now, starts, due = instant_of(as_of), starts_of(counted), due_of(counted)
    if stopped_at is not None and instant_of(stopped_at) <= now:
        return "met" if due is None or instant_of(stopped_at) <= due else "missed"
    if due is not None and now > due:
        return "missed"
    if starts is None or now < starts:
        return "not_started"
    return "paused" if holds(pauses, now) else "running"


def starts_of(counted: Count | Held) -> int | None:
    """Return the instant at which a target starts; None where a pause holds it from its very start."""
    if not isinstance(counted, Held):
        return instant_of(counted.starts_at)
    starts = instant_of(counted.count.starts_at)
    return starts if starts < instant_of(counted.since) else None


def due_of(counted: Count | Held) -> int | None:
    """Return the instant at which a target is due; None while a pause holds it."""
    return None if isinstance(counted, Held) else instant_of(counted.due_at)


def elapsed(  # noqa: PLR0913 - what a pack says of a target
    calendar: Calendar | Course,
    counted: Count | Held,
    as_of: datetime,
    *,
    stopped_at: datetime | None = None,
    zone: str | None = None,
    pauses: Pauses = (),
) -> timedelta:
    """Return the open time of a target that is over at an instant, or at its stop where that is no later.

    Before `starts_at` it is none, and after `due_at` it goes on. `calendar`, `zone` and `pauses` are the count's; in
    place of a calendar the course of a target that changes, as far as it was counted.
    Raises Unmeasured where more than fifty years are over.
    """
    starts_at = _counted(counted).starts_at
    now = as_of if stopped_at is None else min(as_of, stopped_at, key=instant_of)
    return _open_time(calendar, starts_at, max(now, starts_at, key=instant_of), zone=zone, pauses=pauses)


def remaining(  # noqa: PLR0913 - what a pack says of a target
    calendar: Calendar | Course,
    counted: Count | Held,
    as_of: datetime,
    *,
    stopped_at: datetime | None = None,
    zone: str | None = None,
    pauses: Pauses = (),
) -> timedelta:
    """Return the open time that is left until a target is due, negative where it was due before; else as `elapsed`.

    While a pause holds it, it is what will be left when that is over.
    """
    whole = _whole(calendar, counted, zone=zone, pauses=pauses)
    return whole - elapsed(calendar, counted, as_of, stopped_at=stopped_at, zone=zone, pauses=pauses)


def warned_at(
    calendar: Calendar | Course, counted: Count | Held, warning: Warned, *, zone: str | None = None, pauses: Pauses = ()
) -> Count:
    """Return the count to the first instant at which so much of a target's open time is over, or no more is left.

    It is due then, at a closing time rather than at the next opening; where there never is more, as the counting
    starts. `calendar`, `zone` and `pauses` are those of the count. Raises NeverDue for more than there will be, and for
    what a pause holds.
    """
    whole = _whole(calendar, counted, zone=zone, pauses=pauses) // _MICROSECOND
    of_one = Fraction(whole, 100) if warning.unit == PERCENT else microseconds_in(warning.unit, _last(calendar))
    length = Fraction(str(warning.amount)) * of_one
    over = length if warning.counts == "elapsed" else max(whole - length, Fraction(0))
    if isinstance(calendar, Course):
        return due_over(calendar, round(over), zone=zone, pauses=pauses)
    target = Target(over / MINUTE, "minute")
    return count(calendar, target, _counted(counted).starts_at, zone=zone, pauses=pauses, lists_segments=False)


def _whole(calendar: Calendar | Course, counted: Count | Held, *, zone: str | None, pauses: Pauses) -> timedelta:
    """Return how much open time a target has in all."""
    if isinstance(counted, Held):
        counted, pauses = counted.count, ended(pauses)
    return _open_time(calendar, counted.starts_at, counted.due_at, zone=zone, pauses=pauses)


def _open_time(
    calendar: Calendar | Course, since: datetime, until: datetime, *, zone: str | None, pauses: Pauses
) -> timedelta:
    measure = open_time_over if isinstance(calendar, Course) else open_time_between
    return measure(calendar, since, until, zone=zone, pauses=pauses)  # type: ignore[arg-type]


def _last(calendar: Calendar | Course) -> Calendar:
    """Return the calendar in which a target is due."""
    return calendar.last.calendar if isinstance(calendar, Course) else calendar


def _counted(counted: Count | Held) -> Count:
    return counted.count if isinstance(counted, Held) else counted
