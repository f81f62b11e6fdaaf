"""The names by which values go: as the policy's owner writes them, and as a decision sees its own members.

A plain text is a name as it is written: a fact, a subject, a derived fact, a member that others read, `as_of`, `today`.
"""

from __future__ import annotations

from functools import total_ordering
from threading import Lock
from typing import Self, TypeAlias, cast
from weakref import WeakValueDictionary

__all__ = ["Applying", "Key", "OfItem", "Own", "shown_name"]

_KNOWN: WeakValueDictionary[tuple[type[_Interned], str], _Interned] = WeakValueDictionary()
_LOCK = Lock()


@total_ordering
class _Interned:
    """A key that there is once for each name: equal only to itself, so that environments look it up quickly.

    Keys sort among names: by the name first, then plain names before own ones before those of applicability.
    """

    __slots__ = ("__weakref__", "name")

    name: str
    _rank = 0

    def __new__(cls, name: str) -> Self:
        """Return the key of that name; the same object each time, in whatever thread."""
        with _LOCK:
            found = _KNOWN.get((cls, name))
            if found is None:
                found = object.__new__(cls)
                object.__setattr__(found, "name", name)
                _KNOWN[cls, name] = found
            return cast("Self", found)

    def __setattr__(self, attribute: str, _: object) -> None:
        raise AttributeError(f"a key is never changed, and '{attribute}' of {self!r} was to be")

    def __lt__(self, other: object) -> bool:
        if isinstance(other, str):
            return self.name < other
        if isinstance(other, _Interned):
            return (self.name, self._rank) < (other.name, other._rank)
        return NotImplemented

    def __reduce__(self) -> tuple[type[_Interned], tuple[str]]:
        return type(self), (self.name,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class Own(_Interned):
    """A member of a decision as the decision's own parts see it: whether the decision applies or not."""

    __slots__ = ()
    _rank = 1


class Applying(_Interned):
    """The key under which it stands whether the decision of that id applies."""

    __slots__ = ()
    _rank = 2


class OfItem(str):
    """A member of an item, in a condition on the items of a list of records: `incidents[].hours`.

    No other name is written so.
    """

    __slots__ = ()

    @property
    def member(self) -> str:
        """The member's own name."""
        return self.rpartition(".")[2]


Key: TypeAlias = str | Own | Applying
"""What a value goes by in an environment."""


def shown_name(key: Key) -> str:
    """Return the name that a reader knows a key by."""
    return key if isinstance(key, str) else key.name
