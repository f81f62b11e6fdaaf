"""Between what numbers of a pack lie, as far as the bounds of facts tell it. Nothing is held against them here."""

from __future__ import annotations

from typing import TypeAlias

from service.facts.numbers import Number, product, rounded, total
from service.model.derivations import Counted, Dated, How, Limited, Rounded, Summed
from service.model.names import Key, shown_name
from service.model.pack import Pack

__all__ = ["Bounds", "bounds_of"]

Bounds: TypeAlias = tuple[Number | None, Number | None]
"""The least and the greatest that a number can be; None where it has no such end, or none is known."""

_ANYTHING: Bounds = (None, None)


def bounds_of(pack: Pack, name: Key) -> Bounds:
    """Return between what a number lies, as far as the bounds of facts tell it."""
    derived = pack.derivation(name)
    if derived is not None:
        return _derived(pack, derived.how)
    fact = pack.facts.facts.get(shown_name(name))
    if fact is None:
        return _ANYTHING
    numbers = [each for each in fact.choices or () if isinstance(each, Number) and not isinstance(each, bool)]
    return (min(numbers), max(numbers)) if numbers else (fact.minimum, fact.maximum)


def _derived(pack: Pack, how: How) -> Bounds:
    match how:
        case Counted(input=name, of=None):
            fact = pack.facts.facts.get(shown_name(name))
            return (0, None) if fact is None else (fact.min_items, fact.max_items)
        case Rounded(input=name, places=places, how=rounding):
            least, most = (None if end is None else rounded(end, places, rounding) for end in bounds_of(pack, name))
            return least, most
        case Summed():
            return _summed(pack, how)
        case Limited():
            return _limited(pack, how)
        case Dated(values=values):
            numbers = [value for _, value in values if isinstance(value, Number)]
            return min(numbers, default=None), max(numbers, default=None)
        case _:
            return _ANYTHING


def _summed(pack: Pack, how: Summed) -> Bounds:
    lows: list[Number | None] = [how.constant]
    highs: list[Number | None] = [how.constant]
    for name, times in zip(how.inputs, how.times or (1,) * len(how.inputs), strict=True):
        ends = [None if end is None else product((end, times)) for end in bounds_of(pack, name)]
        low, high = ends if times > 0 else reversed(ends)
        lows.append(low)
        highs.append(high)
    return _total(lows), _total(highs)


def _total(ends: list[Number | None]) -> Number | None:
    known = [end for end in ends if end is not None]
    return total(known) if len(known) == len(ends) else None


def _limited(pack: Pack, how: Limited) -> Bounds:
    bounds = [bounds_of(pack, name) for name in how.inputs]
    bounds += [] if how.limit is None else [(how.limit, how.limit)]
    lows, highs = zip(*bounds, strict=True)
    if how.largest:
        return max((low for low in lows if low is not None), default=None), _extreme_of_all(highs, how)
    return _extreme_of_all(lows, how), min((high for high in highs if high is not None), default=None)


def _extreme_of_all(ends: tuple[Number | None, ...], how: Limited) -> Number | None:
    known = [end for end in ends if end is not None]
    return (max if how.largest else min)(known) if len(known) == len(ends) else None
