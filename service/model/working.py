"""What derived facts, copies and clocks come to, from values that are settled. None stands for none; no rules here."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

from service.clock.zones import zone_named
from service.facts.numbers import Number, as_fraction, plain, product, rounded, total
from service.facts.values import Period, Record
from service.model.conditions import Env, holds
from service.model.derivations import (
    WEEKDAYS,
    Begun,
    Chosen,
    Counted,
    Dated,
    DayIn,
    DaysBetween,
    Derived,
    Divided,
    Duration,
    Elapsed,
    Extreme,
    ExtremeOf,
    Holds,
    How,
    Limited,
    Measured,
    Multiplied,
    OngoingSince,
    Rounded,
    Shifted,
    ShiftedBy,
    Summed,
    SummedList,
    SummedOf,
    TimeIn,
    WeekdayOf,
    inputs_of,
)
from service.model.measuring import measured
from service.model.names import Key
from service.model.pack import Clock, Copy, Pack
from service.model.records import chosen, taken_by
from service.model.values import ABSENT
from service.model.working_clock import members_of

__all__ = [
    "day_in",
    "derive",
    "known_value",
    "reach_of_moves",
    "run_clock",
    "run_copy",
    "shifted",
    "time_in",
    "way_of",
    "worked_out",
]

_Moment = TypeVar("_Moment", date, datetime)

_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_IN_EVERY_MONTH = 28  # days
_DAY = 86_400_000_000  # microseconds
_LAST_DAY = date.max.toordinal()
_REACH_OF_DATES = date(2, 1, 1), date(9999, 1, 1)
_REACH_OF_INSTANTS = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min, datetime.max  # noqa: DTZ901 - the zone is put in


def derive(derived: Derived, env: Env) -> object:
    """Return a derived fact's value from an environment in which its inputs are settled; one not there is none."""
    if isinstance(derived.how, Holds):
        return holds(derived.how.condition, env)
    return worked_out(derived.how, *[env.get(name) for name in inputs_of(derived.how)])


def worked_out(how: How, *values: Any) -> object:
    """Return what comes out of the values of `inputs_of(how)`, in that order."""
    return _WORKED_OUT[type(how)](how, *values)


def way_of(how: How) -> Callable[..., object]:
    """Return what makes of the values of `inputs_of(how)`, in that order, what comes out of them."""
    return partial(_WORKED_OUT[type(how)], how)


# dates and instants


def shifted(value: _Moment, by: Duration) -> _Moment:
    """Return a date or instant moved by a span, at most to the first or last of the calendar, in its own zone.

    An instant is moved on the clock of its zone.
    """
    day = _ordinal(value.year, value.month + by.months + 12 * by.years, value.day) + 7 * by.weeks + by.days
    if not isinstance(value, datetime):
        return date.fromordinal(min(max(day, 1), _LAST_DAY))
    at = value.replace(tzinfo=None) - datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a time of day
    days, microseconds = divmod(at // timedelta(microseconds=1) + (60 * by.hours + by.minutes) * 60_000_000, _DAY)
    if not 1 <= day + days <= _LAST_DAY:
        return (_LAST if day + days > 1 else _FIRST).replace(tzinfo=value.tzinfo)
    moved = datetime.fromordinal(day + days) + timedelta(microseconds=microseconds)
    return moved.replace(tzinfo=value.tzinfo)


def reach_of_moves(*, of_dates: bool) -> tuple[date, date]:
    """Return the first date or instant to which a span leads whose numbers are names, and the first that is too far.

    A year from either end of the calendar, at which what is moved would stop: so no zone's offset leads there.
    """
    return _REACH_OF_DATES if of_dates else _REACH_OF_INSTANTS


def _ordinal(year: int, month: int, day: int) -> int:
    """Return the ordinal of a day of any year; months count on beyond 12, and the day clips to the month's last."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    cycles, within = divmod(year - 1, _CYCLE_YEARS)
    clipped = day if day <= _IN_EVERY_MONTH else min(day, monthrange(within + 1, month)[1])
    return cycles * _CYCLE_DAYS + date(within + 1, month, clipped).toordinal()


def day_in(zone: str, instant: datetime) -> date:
    """Return the calendar day of an instant in a zone, at most the calendar's first or last. Raises UnknownZone."""
    try:
        return instant.astimezone(zone_named(zone)).date()
    except OverflowError:
        return date.max if instant.year > 1 else date.min


def time_in(zone: str, instant: datetime) -> time:
    """Return what clocks show at an instant in a zone, at most the calendar's first or last. Raises UnknownZone."""
    try:
        return instant.astimezone(zone_named(zone)).time()
    except OverflowError:
        return time.max if instant.year > 1 else time.min


def _day_in(how: DayIn, instant: datetime | None, zone: str | None = None) -> date | None:
    zone = how.zone or zone
    return None if instant is None or zone is None else day_in(zone, instant)


def _time_in(how: TimeIn, instant: datetime | None, zone: str | None = None) -> time | None:
    zone = how.zone or zone
    return None if instant is None or zone is None else time_in(zone, instant)


def _weekday_of(_: WeekdayOf, day: date | None) -> str | None:
    return None if day is None else WEEKDAYS[day.weekday()]


def _ongoing_since(_: OngoingSince, periods: Iterable[Period] | None) -> datetime | None:
    begun = [period.from_ for period in periods or () if period.to is None]
    return min(begun, default=None)


def _begun(how: Begun, day: date | None) -> date | None:
    return None if day is None else max((each for each in how.days if each <= day), default=None)


def _dated(how: Dated, since: date | None) -> object:
    return next((value for day, value in how.values if day == since), None)


def _shifted(how: Shifted, value: Any) -> object:
    return None if value is None else shifted(value, how.by)


def _shifted_by(how: ShiftedBy, value: Any, *counts: Any) -> object:
    if value is None or None in counts:
        return None
    moved = shifted(value, how.span(counts))
    first, end = reach_of_moves(of_dates=not isinstance(moved, datetime))
    return moved if first <= moved < end else None


def _days_between(_: DaysBetween, first: date | None, last: date | None) -> int | None:
    return None if first is None or last is None else (last - first).days


def _elapsed(how: Elapsed, first: datetime | None, last: datetime | None) -> Number | None:
    if first is None or last is None:
        return None
    # In one zone whose clocks change Python would subtract the times that are shown, not the instants.
    return plain(Fraction((last.astimezone(UTC) - first.astimezone(UTC)) // timedelta(microseconds=1), how.unit))


def _measured(how: Measured, *values: Any) -> Number | None:
    first, last, *more = values
    calendar, pauses = how.roles(more)
    if None in values:
        return None
    return measured(how, str(calendar), first, last, pauses)  # type: ignore[arg-type]


def _extreme(how: Extreme, *values: Any) -> object:
    known = [each for each in values if each is not None]
    return (max if how.latest else min)(known, default=None)


# numbers


def _summed(how: Summed, *values: Any) -> object:
    if None in values:
        return None
    if how.times:
        values = tuple(map(product, zip(values, how.times, strict=True)))
    return total((how.constant, *values))


def _multiplied(how: Multiplied, *values: Any) -> object:
    return None if None in values else product((how.constant, *values))


def _divided(how: Divided, *values: Any) -> object:
    *dividend, divisor = values
    if None in values or divisor == 0:
        return None
    return plain(as_fraction(product((how.times, *dividend))) / as_fraction(divisor))


def _limited(how: Limited, *values: Any) -> object:
    if None in values:
        return None
    limit = () if how.limit is None else (how.limit,)
    return (max if how.largest else min)((*values, *limit))


def _rounded(how: Rounded, value: Number | None) -> object:
    return None if value is None else rounded(value, how.places, how.how)


def _summed_list(_: SummedList, values: Iterable[Number] | None) -> object:
    return None if values is None else total(values)


def _counted(how: Counted, values: Iterable[object] | None) -> int | None:
    if values is None:
        return None
    return sum(how.of is None or each in how.of for each in values)


def _chosen(how: Chosen, items: Iterable[Record] | None, *beside: object) -> object:
    if items is None:
        return None
    return chosen(how.where, items, dict(zip(how.inputs[1:], beside, strict=True)))


def _summed_of(how: SummedOf, items: Iterable[Record] | None) -> object:
    return None if items is None else total(taken_by(items, how.member))  # type: ignore[arg-type]


def _extreme_of(how: ExtremeOf, items: Iterable[Record] | None) -> object:
    values: Any = () if items is None else taken_by(items, how.member)
    return (max if how.greatest else min)(values, default=None)


def _held(how: Holds, *values: Any) -> bool | None:
    return holds(how.condition, dict(zip(inputs_of(how), values, strict=True)))


_WORKED_OUT: Mapping[type, Callable[..., object]] = {
    Holds: _held,
    Shifted: _shifted,
    ShiftedBy: _shifted_by,
    DayIn: _day_in,
    TimeIn: _time_in,
    WeekdayOf: _weekday_of,
    OngoingSince: _ongoing_since,
    Begun: _begun,
    Dated: _dated,
    Extreme: _extreme,
    Counted: _counted,
    Summed: _summed,
    Multiplied: _multiplied,
    Divided: _divided,
    Limited: _limited,
    Rounded: _rounded,
    SummedList: _summed_list,
    Chosen: _chosen,
    SummedOf: _summed_of,
    ExtremeOf: _extreme_of,
    DaysBetween: _days_between,
    Elapsed: _elapsed,
    Measured: _measured,
}


# copies and clocks


def run_copy(copy: Copy, values: Env) -> object:
    """Return what a copy gives, ABSENT where its source is none."""
    if copy.source is None:
        return copy.always
    value = values.get(copy.source)
    if value is None or copy.labels is None:
        return ABSENT if value is None else value
    return copy.labels.get(value, ABSENT)


def run_clock(clock: Clock, pack: Pack, values: Env) -> Mapping[str, object]:
    """Return the members that a clock gives, by path; none where there is nothing to count."""
    return members_of(clock, pack.calendars, values)


def known_value(pack: Pack, name: Key, env: Env) -> object:
    """Return a name's value as far as what is given settles it, None otherwise. Lenient facts pass over the unknown."""
    if name in env:
        return env[name]
    derived = pack.derivation(name)
    if derived is None:
        return None
    values = [known_value(pack, each, env) for each in derived.inputs]
    if not derived.lenient and any(
        value is None and not _is_known(pack, each, env) for each, value in zip(derived.inputs, values, strict=True)
    ):
        return None
    return derive(derived, env) if derived.condition is not None else worked_out(derived.how, *values)


def _is_known(pack: Pack, name: Key, env: Env) -> bool:
    derived = pack.derivation(name)
    return name in env or (derived is not None and all(_is_known(pack, each, env) for each in derived.inputs))
