"""The life of a target: its state at an instant, what of it is over and left then, and when to warn of it.

When it is due is counted in `business_time.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from service.clock.business_time import Count, Target, count, microseconds_in
from service.clock.calendars import Calendar
from service.clock.measures import open_time_between
from service.clock.walls import instant_of

__all__ = ["PERCENT", "STATES", "Warned", "elapsed", "remaining", "state_at", "warned_at"]

STATES = ("not_started", "running", "paused", "met", "missed")
"""What a target can be at an instant: not met and not missed in the first three."""

PERCENT = "percent"
"""The unit of a share of the target."""

Pauses = Sequence[tuple[datetime, datetime]]

_MICROSECOND = timedelta(microseconds=1)
_OF_A_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Warned:
    """At which point of a target's open time a warning is: so much of it over, or so much of it left."""

    counts: str  # elapsed or remaining
    amount: int | float | Decimal
    unit: str  # percent of the target, or one of business_time.UNITS


def state_at(counted: Count, as_of: datetime, *, stopped_at: datetime | None = None, pauses: Pauses = ()) -> str:
    """Return the state of a target at an instant, one of STATES.

    stopped_at  when it was met, if it was: a stop after `as_of` is not yet known then
    pauses      as for the count

    Met is what was stopped no later than it was due, missed what was not: stopped later, or due before `as_of` and not
    stopped. Else it has not started before `starts_at`, is paused in a pause, and running whenever it is not, at night
    too.
    """
    now, due = instant_of(as_of), instant_of(counted.due_at)
    if stopped_at is not None and instant_of(stopped_at) <= now:
        return "met" if instant_of(stopped_at) <= due else "missed"
    if now > due:
        return "missed"
    if now < instant_of(counted.starts_at):
        return "not_started"
    is_paused = any(instant_of(since) <= now < instant_of(until) for since, until in pauses)
    return "paused" if is_paused else "running"


def elapsed(  # noqa: PLR0913 - what a pack says of a target
    calendar: Calendar,
    counted: Count,
    as_of: datetime,
    *,
    stopped_at: datetime | None = None,
    zone: str | None = None,
    pauses: Pauses = (),
) -> timedelta:
    """Return the open time of a target that is over at an instant, or at its stop where that is no later.

    Before `starts_at` it is none, and after `due_at` it goes on. `calendar`, `zone` and `pauses` are the count's.
    Raises Unmeasured where more than fifty years are over.
    """
    now = _measured_at(counted, as_of, stopped_at)
    return open_time_between(calendar, counted.starts_at, now, zone=zone, pauses=pauses)


def remaining(  # noqa: PLR0913 - what a pack says of a target
    calendar: Calendar,
    counted: Count,
    as_of: datetime,
    *,
    stopped_at: datetime | None = None,
    zone: str | None = None,
    pauses: Pauses = (),
) -> timedelta:
    """Return the open time that is left until a target is due, negative where it was due before; else as `elapsed`."""
    now = _measured_at(counted, as_of, stopped_at)
    return open_time_between(calendar, now, counted.due_at, zone=zone, pauses=pauses)


def warned_at(
    calendar: Calendar, counted: Count, warning: Warned, *, zone: str | None = None, pauses: Pauses = ()
) -> Count:
    """Return the count to the first instant at which so much of a target's open time is over, or no more is left.

    It is due then, at a closing time rather than at the next opening; where there never is more, as the counting
    starts. `calendar`, `zone` and `pauses` are those of the count. Raises NeverDue for more than there will be.
    """
    whole = open_time_between(calendar, counted.starts_at, counted.due_at, zone=zone, pauses=pauses) // _MICROSECOND
    of_one = Fraction(whole, 100) if warning.unit == PERCENT else microseconds_in(warning.unit, calendar)
    length = Fraction(str(warning.amount)) * of_one
    over = length if warning.counts == "elapsed" else max(whole - length, Fraction(0))
    target = Target(over / _OF_A_MINUTE, "minute")
    return count(calendar, target, counted.starts_at, zone=zone, pauses=pauses, lists_segments=False)


def _measured_at(counted: Count, as_of: datetime, stopped_at: datetime | None) -> datetime:
    """Return the instant up to which a target's open time is over: that of its stop, and none before it starts."""
    now = as_of if stopped_at is None else min(as_of, stopped_at, key=instant_of)
    return max(now, counted.starts_at, key=instant_of)
