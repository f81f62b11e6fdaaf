"""Periods that go on, of a list of which nothing is known: whether one does, and since when.

Whether one does is the claim that the list has ONGOING as an item. Since when is as if it were a fact of its own: any
instant, whatever else is in the list.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

__all__ = ["ONGOING", "declared", "since_of"]


class _Ongoing(Enum):
    """The type of ONGOING, which stands for a period without an end among the items of a list."""

    ONGOING = "ongoing"


ONGOING: Final = _Ongoing.ONGOING

_SINCE = " since"  # no fact's name has a space


def since_of(fact: str) -> str:
    """Return the name under which the instant stands since which a list of periods goes on."""
    return fact + _SINCE


def declared(name: str) -> str:
    """Return the fact of the facts schema that is meant by a name."""
    return name.removesuffix(_SINCE)
