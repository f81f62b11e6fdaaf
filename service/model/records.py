"""Items of lists of records: those for which a condition holds, and what one of their members is. None stands for none.

In a condition on an item its members go by `OfItem` keys, all else by the names of the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from service.facts.values import Record
from service.model.conditions import Condition, holds, reads
from service.model.names import Key, OfItem

__all__ = ["chosen", "members_read", "names_beside", "taken_by"]


def members_read(where: Condition) -> tuple[OfItem, ...]:
    """Return the members of an item that a condition on it reads, each once."""
    return tuple([name for name in reads(where) if isinstance(name, OfItem)])


def names_beside(where: Condition) -> tuple[Key, ...]:
    """Return the names of the case that a condition on an item reads beside the item's members, each once."""
    return tuple([name for name in reads(where) if not isinstance(name, OfItem)])


def chosen(where: Condition, items: Iterable[Record], beside: Mapping[Key, object]) -> tuple[Record, ...]:
    """Return the items for which a condition holds.

    beside  the values of all other names that the condition reads
    """
    keys = members_read(where)
    return tuple([item for item in items if holds(where, {**beside, **_as_read(item, keys)}) is True])


def _as_read(item: Record, keys: Iterable[OfItem]) -> Mapping[Key, object]:
    values = dict(item)
    return {key: values[key.member] for key in keys}


def taken_by(items: Iterable[Record], member: str) -> Iterator[object]:
    """Yield what a member of items is, of those that have it."""
    for item in items:
        value = dict(item)[member]
        if value is not None:
            yield value
