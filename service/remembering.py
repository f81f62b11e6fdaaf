"""What was worked out is kept within a bound."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

__all__ = ["Weighed", "keep", "weight"]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_LIGHT = frozenset({bool, int, type(None), Decimal, date, datetime, object})
_SHARE = 64  # of a memory's weight that one entry may have
_OVERHEAD = 64
_ITEM = 8
_FEW = 16


def keep(known: dict[_Key, _Value], key: _Key, value: _Value, most: int) -> _Value:
    """Remember something among at most so many, and return it.

    A dictionary that is full is emptied, not trimmed: threads share it, and what is lost is worked out again.
    """
    if len(known) >= most:
        known.clear()
    known[key] = value
    return value


class Weighed(dict[_Key, _Value]):
    """A memory of what cases gave, who may give much: bounded by what it weighs too, in about so many bytes.

    What alone weighs a good part of that is not kept. Safe to share between threads, as the bound is no exact one.
    """

    __slots__ = ("_heaviest", "_weight")

    def __init__(self, heaviest: int) -> None:
        super().__init__()
        self._heaviest = heaviest
        self._weight = 0

    def keep(self, key: _Key, value: _Value, most: int) -> _Value:
        """Remember something among at most so many, and return it."""
        more = weight(key) + weight(value)
        if more * _SHARE > self._heaviest:
            return value
        if len(self) >= most or self._weight + more > self._heaviest:
            self.clear()
            self._weight = 0
        self._weight += more
        self[key] = value
        return value


def weight(value: object) -> int:
    """Return about how many bytes the texts and lists in a value take; of a mapping, those of its values.

    >>> weight("abc") < weight(("abc", "abc")) < weight("abc" * 100)
    True
    """
    kind = value.__class__
    if kind is str or kind is bytes:
        return _OVERHEAD + len(value)  # type: ignore[arg-type]
    if isinstance(value, dict):
        return weight(tuple(value.values()))
    if not isinstance(value, tuple):
        return _OVERHEAD
    found = _OVERHEAD + _ITEM * len(value)
    if len(value) > _FEW and _LIGHT.issuperset(map(type, value)):
        return found
    for each in value:
        kind = each.__class__
        if kind is str or kind is bytes:
            found += len(each)
        elif kind not in _LIGHT:
            found += weight(each)
    return found
