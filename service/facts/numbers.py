"""Numbers that are exactly what is written: 0.1 + 0.2 is 0.3. Nothing else computes with numbers of facts.

A number is an int where it is whole, however it was written (2, 2.0 and 2e0 are one value), and else a Decimal: the
decimal that is written. JSON readers and stored entries hold a double in its place, so what is *written* is the
shortest decimal that stands for that double (its `repr`): every decimal of up to 15 significant digits is kept as it is
(IEEE 754), and one of more than 17 is taken as the nearest that a double can tell. What is worked out of such numbers
and is no decimal that ends, such as a third, is a Fraction.

A Decimal compares and hashes exactly, also with ints and Fractions; only arithmetic rounds, to the digits of a context.
So numbers are reckoned with here, sums in a context that has room for every digit of every double.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from math import ceil, floor, isfinite, prod
from typing import TypeAlias

__all__ = [
    "ROUNDINGS",
    "Number",
    "as_fraction",
    "exact",
    "exact_value",
    "number_json",
    "number_text",
    "plain",
    "product",
    "rounded",
    "total",
]

Number: TypeAlias = int | Decimal | Fraction
"""A value of type integer or number; a Decimal only where it is not whole, a Fraction only where no decimal is it."""

_WITH_EXPONENT = 10**21
_EVERY_DIGIT = Context(prec=10_000, traps=[Inexact])
"""Doubles reach from 10**308 to 10**-324, and integers of logs have up to 4,300 digits: no sum of them is ever cut."""


def exact(value: float | Decimal) -> int | Decimal:
    """Return a number as the exact value that is written: of a double, the shortest decimal that stands for it.

    Raises ValueError for infinities and NaN.

    >>> exact(0.1), exact(2.0), exact(1e23) == 10**23, exact(3)
    (Decimal('0.1'), 2, True, 3)
    """
    if type(value) is float:
        if value.is_integer():
            # Below 10**16 every whole double is written in full, so it is the integer itself.
            return int(value) if -1e16 < value < 1e16 else int(Decimal(repr(value)))
        if isfinite(value):
            return Decimal(repr(value))
        raise ValueError(f"{value} is no number that can be written")
    return _whole_if_so(value) if isinstance(value, Decimal) else int(value)


def exact_value(value: object) -> object:
    """Return what `exact` does of a number, and anything else, booleans included, as it is.

    >>> exact_value(0.5), exact_value("0.5"), exact_value(True)
    (Decimal('0.5'), '0.5', True)
    """
    return exact(value) if type(value) in (float, Decimal) else value  # type: ignore[arg-type]


def _whole_if_so(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value


def as_fraction(value: float | Decimal | Fraction) -> Fraction:
    """Return a number, exactly as it is written, as a fraction.

    >>> as_fraction(0.1), as_fraction(Decimal("99.95"))
    (Fraction(1, 10), Fraction(1999, 20))
    """
    return Fraction(exact(value) if type(value) is float else value)


def plain(value: Fraction) -> Number:
    """Return a fraction as the whole number or decimal that it is; as it is where it is neither.

    >>> plain(Fraction(4, 2)), plain(Fraction(1, 8)), plain(Fraction(1, 3))
    (2, Decimal('0.125'), Fraction(1, 3))
    """
    if value.denominator == 1:
        return value.numerator
    places = 0
    left = value.denominator
    for factor in (2, 5):
        power = 0
        while left % factor == 0:
            left //= factor
            power += 1
        places = max(places, power)
    if left > 1:
        return value
    return Decimal(value.numerator * 10**places // value.denominator).scaleb(-places, _EVERY_DIGIT)


def product(values: Iterable[float | Decimal | Fraction]) -> Number:
    """Return the exact product of numbers.

    >>> product([0.1, 3]), product([Fraction(1, 3), 3]), product([])
    (Decimal('0.3'), 1, 1)
    """
    return plain(prod(map(as_fraction, values), start=Fraction(1)))


def _away_from_zero(value: Fraction) -> int:
    return ceil(value) if value > 0 else floor(value)


def _half_up(value: Fraction) -> int:
    half = Fraction(1, 2)
    return floor(value + half) if value > 0 else ceil(value - half)


ROUNDINGS: Mapping[str, Callable[[Fraction], int]] = {
    "half_up": _half_up,
    "half_even": round,
    "up": _away_from_zero,
    "down": int,
}
"""How a number is rounded to a whole one: to the nearest, of two the one away from zero or the even one; away, towards.

The names and what they mean of negative numbers are those of the General Decimal Arithmetic Specification.
"""


def rounded(value: float | Decimal | Fraction, places: int, how: str) -> Number:
    """Return a number rounded to so many decimal places, in one of the ROUNDINGS.

    >>> rounded(Decimal("2.345"), 2, "half_up"), rounded(Fraction(-1, 3), 0, "up"), rounded(0.5, 0, "half_even")
    (Decimal('2.35'), -1, 0)
    """
    scale = 10**places
    return plain(Fraction(ROUNDINGS[how](as_fraction(value) * scale), scale))


def total(values: Iterable[float | Decimal | Fraction]) -> Number:
    """Return the exact sum of numbers.

    >>> total([0.1, 0.2]), total([0.5, 1, Decimal("0.5")]), total([Fraction(1, 3), Fraction(1, 6)]), total([])
    (Decimal('0.3'), 2, Decimal('0.5'), 0)
    """
    whole, rest, parts = 0, Decimal(0), Fraction(0)
    add = _EVERY_DIGIT.add
    for value in values:
        if type(value) is int:
            whole += value
        elif isinstance(value, Fraction):
            parts += value
        else:
            rest = add(rest, value if type(value) is Decimal else exact(value))
    if parts:
        return plain(parts + Fraction(rest) + whole)
    return _whole_if_so(add(rest, whole)) if rest else whole


def number_json(value: Number) -> int | float:
    """Return a number as JSON holds it: an int, or the double nearest to a decimal or fraction.

    What was read from a double is that double again; so is a whole number from 10**21 on that a double is the writing
    of, for RFC 8785 writes it with an exponent. Any other whole number keeps every digit. A sum beyond all doubles is
    told as a whole number.

    >>> number_json(Decimal("0.3")), number_json(2), number_json(10**23), number_json(10**23 + 1) == 10**23 + 1
    (0.3, 2, 1e+23, True)
    """
    if not isinstance(value, int):
        return _double(value)
    whole = value
    if -_WITH_EXPONENT < whole < _WITH_EXPONENT:
        return whole
    try:
        double = float(whole)
    except OverflowError:
        return whole
    return double if exact(double) == whole else whole


def _double(value: Decimal | Fraction) -> int | float:
    try:
        double = float(value)
    except OverflowError:  # of a fraction
        return int(value)
    return double if isfinite(double) else int(value)


def number_text(value: Number) -> str:
    """Return a number in words as it is written in JSON.

    >>> number_text(Decimal("0.30")), number_text(12)
    ('0.3', '12')
    """
    return repr(number_json(value))
