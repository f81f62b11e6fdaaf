"""What was worked out is kept within a bound."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["keep"]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def keep(known: dict[_Key, _Value], key: _Key, value: _Value, most: int) -> _Value:
    """Remember something among at most so many, and return it.

    A dictionary that is full is emptied, not trimmed: threads share it, and what is lost is worked out again.
    """
    if len(known) >= most:
        known.clear()
    known[key] = value
    return value
