"""Open time and business days up to, or from, an instant that is unknown: from where on they are as much as an amount.

Later ends measure no less, and later beginnings no more: there is one instant at which an amount is reached.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from service.analysis.lines import valued
from service.analysis.terms import OpenTime, Rational, is_symbolic, number
from service.clock.counting import HORIZON
from service.facts.numbers import as_fraction
from service.model.measuring import measured

__all__ = ["turn"]

_ENDS = tuple(number(each.replace(tzinfo=UTC)) for each in (datetime.min, datetime.max))  # noqa: DTZ901 - of the calendar


def turn(term: OpenTime, edge: Fraction, *, above: bool) -> tuple[object, Rational | bool, bool] | None:
    """Return what says when a measure is below an edge, or above it; None where more than one end of it is open.

    That is an unknown end, an instant as a place (or whether the answer is yes from the first instant on), and whether
    the measure is so from that instant on, or before it.
    """
    is_rising = is_symbolic(term.last)
    if is_symbolic(term.pauses) or (is_rising and is_symbolic(term.first)):
        return None
    end = term.last if is_rising else term.first
    return end, _turn(term, Fraction(edge), above), above is is_rising


@lru_cache(maxsize=4096)
def _turn(term: OpenTime, edge: Fraction, above: bool) -> Rational | bool:
    """Return the first place of the open end at which the answer is the other one; whether it always is, if none."""
    is_rising = is_symbolic(term.last)
    anchor: Any = term.first if is_rising else term.last

    def has_turned(place: int) -> bool:
        there: Any = valued("instant", place)
        first, last = (anchor, there) if is_rising else (there, anchor)
        amount = measured(term.how, term.calendar, first, last, term.pauses)  # type: ignore[arg-type]
        found = as_fraction(amount or 0)
        if is_rising:
            return found > edge if above else found >= edge
        return found <= edge if above else found < edge

    middle = int(number(anchor))
    low, high = max(middle - HORIZON, int(_ENDS[0])), min(middle + HORIZON, int(_ENDS[1]))
    if has_turned(low):
        return True
    return _first(low, high, has_turned) if has_turned(high) else False


def _first(low: int, high: int, has_turned: Callable[[int], bool]) -> int:
    """Return the first place at which something is so, between one where it is not and one where it is."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if has_turned(middle) else (middle, high)
    return high
