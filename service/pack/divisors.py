"""What derived facts divide by, held against what that can be: where it is 0 there is none, as a rule must expect."""

from __future__ import annotations

from collections.abc import Iterator

from service.facts.numbers import Number, product, rounded, total
from service.model.derivations import Counted, Dated, Derived, Divided, How, Limited, Rounded, Summed
from service.model.names import Key, shown_name
from service.model.pack import Pack
from service.model.walk import leaves_in
from service.written.findings import Finding

__all__ = ["zero_divisors"]

_Bounds = tuple[Number | None, Number | None]
"""The least and the greatest that a number can be; None where it has no such end, or none is known."""

_ANYTHING: _Bounds = (None, None)


def zero_divisors(pack: Pack) -> Iterator[Finding]:
    """Yield a warning for each derived fact that may divide by 0, unless a condition asks if there is such a fact."""
    expected = {shown_name(test.name) for test in leaves_in(pack) if test.op == "known"}
    for derived in pack.derived.values():
        if isinstance(derived.how, Divided) and derived.name not in expected:
            divisor = shown_name(derived.how.divisor)
            if _can_be_zero(pack, divisor):
                yield Finding(derived.place, "zero_divisor", _says(pack, derived, divisor), severity="warning")


def _says(pack: Pack, derived: Derived, divisor: str) -> str:
    in_schema = divisor in pack.facts.facts
    mend = "give it a minimum above 0 in the facts schema" if in_schema else "keep it above 0 by 'larger_of'"
    why = f"'{divisor}' can be 0, and then there is no {derived.name}"
    return f"derived fact {derived.name}: {why}: {mend}, or let a rule ask for {{{derived.name}: {{known: false}}}}"


def _can_be_zero(pack: Pack, name: str) -> bool:
    fact = pack.facts.facts.get(name)
    if fact is not None and fact.choices is not None:
        return 0 in fact.choices
    least, most = _bounds(pack, name)
    return not (least is not None and least > 0) and not (most is not None and most < 0)


def _bounds(pack: Pack, name: Key) -> _Bounds:
    """Return between what a number lies, as far as the bounds of facts tell it."""
    derived = pack.derivation(name)
    if derived is not None:
        return _derived(pack, derived.how)
    fact = pack.facts.facts.get(shown_name(name))
    return _ANYTHING if fact is None else (fact.minimum, fact.maximum)


def _derived(pack: Pack, how: How) -> _Bounds:
    match how:
        case Counted(input=name, of=None):
            fact = pack.facts.facts.get(shown_name(name))
            return (0, None) if fact is None else (fact.min_items, fact.max_items)
        case Rounded(input=name, places=places, how=rounding):
            least, most = (None if end is None else rounded(end, places, rounding) for end in _bounds(pack, name))
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


def _summed(pack: Pack, how: Summed) -> _Bounds:
    lows: list[Number | None] = [how.constant]
    highs: list[Number | None] = [how.constant]
    for name, times in zip(how.inputs, how.times or (1,) * len(how.inputs), strict=True):
        ends = [None if end is None else product((end, times)) for end in _bounds(pack, name)]
        low, high = ends if times > 0 else reversed(ends)
        lows.append(low)
        highs.append(high)
    return _total(lows), _total(highs)


def _total(ends: list[Number | None]) -> Number | None:
    known = [end for end in ends if end is not None]
    return total(known) if len(known) == len(ends) else None


def _limited(pack: Pack, how: Limited) -> _Bounds:
    bounds = [_bounds(pack, name) for name in how.inputs]
    bounds += [] if how.limit is None else [(how.limit, how.limit)]
    lows, highs = zip(*bounds, strict=True)
    if how.largest:
        return max((low for low in lows if low is not None), default=None), _extreme_of_all(highs, how)
    return _extreme_of_all(lows, how), min((high for high in highs if high is not None), default=None)


def _extreme_of_all(ends: tuple[Number | None, ...], how: Limited) -> Number | None:
    known = [end for end in ends if end is not None]
    return (max if how.largest else min)(known) if len(known) == len(ends) else None
