"""What derived facts compute: dates moved, counts, sums, the earliest and the latest. None stands for none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from typing import Any, TypeAlias

from dateutil.relativedelta import relativedelta

from service.clock.zones import zone_named

__all__ = ["Function", "counted", "day_in", "days_between", "earliest", "latest", "shifted", "sum_of_list", "summed"]

Function: TypeAlias = Callable[..., object]
"""Takes the values of a derived fact's inputs in order (None for none); returns its value or None."""


def shifted(step: relativedelta) -> Function:
    """Return the shift of a date or instant; months and years clip to the month's last day."""

    def shift(value: date | datetime | None) -> date | datetime | None:
        if value is None:
            return None
        try:
            return value + step
        except (OverflowError, ValueError):
            edge = datetime if isinstance(value, datetime) else date
            is_later = step.normalized().days >= 0 and step.years >= 0 and step.months >= 0
            return edge.max if is_later else edge.min

    return shift


def latest(*values: Any) -> object:
    """Return the latest of those that are not none."""
    return max((each for each in values if each is not None), default=None)


def earliest(*values: Any) -> object:
    """Return the earliest of those that are not none."""
    return min((each for each in values if each is not None), default=None)


def days_between(first: date | None, last: date | None) -> int | None:
    """Return the whole days from one date to another, negative when the second is earlier."""
    return None if first is None or last is None else (last - first).days


def sum_of_list(values: Iterable[float] | None) -> float | None:
    """Return the sum of a list of numbers."""
    return None if values is None else sum(values)


def summed(constant: float) -> Function:
    """Return the sum of numbers and a constant; none when one of them is none."""
    return lambda *values: None if None in values else constant + sum(values)


def counted(wanted: Collection[object] | None) -> Function:
    """Return the count of a list's items: of all, or of those that are wanted."""

    def count(values: Iterable[object] | None) -> int | None:
        if values is None:
            return None
        return sum(wanted is None or each in wanted for each in values)

    return count


def day_in(zone: str) -> Callable[[datetime | None], date | None]:
    """Return what tells the calendar day of an instant in a zone; none has none. Raises UnknownZone."""
    zone_info = zone_named(zone)

    def day(instant: datetime | None) -> date | None:
        return None if instant is None else instant.astimezone(zone_info).date()

    return day
