"""What is promised: so many of a unit of open time. When that is over is in `business_time.py`."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import isfinite, log10

from service.clock.calendars import Calendar

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "OPEN_TIME_UNITS",
    "UNITS",
    "Target",
    "is_length",
    "microseconds_in",
    "open_time_of",
    "shown_amount",
]

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
_MICROSECONDS = {"minute": MINUTE, "business_minute": MINUTE, "hour": HOUR, "business_hour": HOUR, "day": DAY}
UNITS = ("minute", "hour", "business_minute", "business_hour", "business_day", "day", "opening")
"""What a clock can count."""

OPEN_TIME_UNITS = tuple([unit for unit in UNITS if unit != "opening"])
"""Those of them that are so much open time."""


@dataclass(frozen=True, slots=True)
class Target:
    """How much is promised: so many of a unit."""

    amount: int | float | Decimal | Fraction
    unit: str  # minute, hour, business_minute, business_hour, business_day, day (24 hours of open time) or opening

    def __str__(self) -> str:
        name = self.unit.replace("_", " ")
        return f"{shown_amount(self.amount)} {name}{'' if self.amount == 1 else 's'}"


def microseconds_in(unit: str, calendar: Calendar) -> int:
    """Return the open time in one of a unit."""
    return _MICROSECONDS.get(unit) or calendar.business_day // timedelta(microseconds=1)


def open_time_of(target: Target, calendar: Calendar) -> int:
    """Return a target in microseconds, to the nearest whole one; decimals count as they are written."""
    amount = Fraction(repr(target.amount) if isinstance(target.amount, float) else target.amount)
    return round(amount * microseconds_in(target.unit, calendar))


def is_length(amount: float | Decimal | Fraction) -> bool:
    """Tell whether an amount is one: finite, and not negative."""
    is_finite = amount.is_finite() if isinstance(amount, Decimal) else isinstance(amount, int) or isfinite(amount)
    return is_finite and amount >= 0


def shown_amount(amount: float | Decimal | Fraction) -> str:
    """Return an amount in the fewest digits that tell it from others, and never in very many."""
    if isinstance(amount, int) and abs(amount) < 10**15:
        return str(amount)
    if isinstance(amount, Decimal) and amount.is_finite():
        amount = Fraction(amount)  # A decimal beyond doubles is `inf` as a float, a fraction is not.
    try:
        return f"{float(amount):.15g}"
    except OverflowError:
        return f"{'-' if amount < 0 else ''}10^{int(round(abs(Fraction(amount))).bit_length() * log10(2))}"
