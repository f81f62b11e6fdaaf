"""Values of names and outcomes: marks for what is no value, and mappings that never change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Final, NoReturn, TypeVar

from service.facts.numbers import exact_value

__all__ = [
    "ABSENT",
    "CONFLICT",
    "FrozenMap",
    "Mark",
    "Pairs",
    "Unchanging",
    "distinct",
    "equivalence",
    "freeze",
    "frozen",
    "hashable",
    "identity",
    "is_equal",
    "is_same",
    "none_if_absent",
    "thawed",
]

_K = TypeVar("_K")
_V = TypeVar("_V")


class Mark(Enum):
    """What stands where a member has no value; each is itself again after pickling."""

    ABSENT = "absent"
    """The value of a member that no rule has given."""

    CONFLICT = "conflict"
    """The value of a member to which rules that hold together give different values."""

    def __repr__(self) -> str:
        return self.name


ABSENT: Final = Mark.ABSENT
CONFLICT: Final = Mark.CONFLICT


def none_if_absent(value: object) -> Any:
    """Return a member's value as others read it: none where no rule has given one, or rules disagree."""
    return None if value is ABSENT or value is CONFLICT else value


def identity(value: object) -> Hashable:
    """Return what tells values apart that are equal in Python, at any depth.

    True is not 1. One instant at two offsets is written in two ways, and in two zones it comes to two after a move.
    """
    if isinstance(value, datetime):
        return value, value.utcoffset(), getattr(value.tzinfo, "key", None)
    return _by_kind(value, identity)


def equivalence(value: object) -> Hashable:
    """Return what equal values have in common, at any depth: true is not 1; one instant is one at every offset."""
    return _by_kind(value, equivalence)


def _by_kind(value: object, inner: Callable[[object], Hashable]) -> Hashable:
    kind = type(value)
    if kind is str or value is None:
        return value
    return (kind, *map(inner, value)) if isinstance(value, tuple) else (kind, value)


def is_equal(one: object, other: object) -> bool:
    """Say whether two values are equal, and of one kind at every depth."""
    return one is other or (one == other and equivalence(one) == equivalence(other))


def is_same(one: object, other: object) -> bool:
    """Say whether two values are the same in every way: whether they have one identity."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one == other and (not isinstance(one, datetime) or identity(one) == identity(other))


def distinct(values: Iterable[_V], by: Callable[[object], Hashable] = identity) -> list[_V]:
    """Return values without those that are the same as one before, or equal to it, by their equivalence."""
    found: dict[Hashable, _V] = {}
    for each in values:
        found.setdefault(by(each), each)
    return list(found.values())


class Pairs(tuple[tuple[str, object], ...]):
    """A mapping inside an outcome, as hashable pairs; a JSON object in the document."""

    __slots__ = ()


class FrozenMap(dict[_K, _V]):
    """A mapping that is never changed once it is made; equal to any mapping with the same entries."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is never changed: make another")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[FrozenMap[_K, _V]], tuple[dict[_K, _V]]]:
        return FrozenMap, (dict(self),)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self))


_UNCHANGING = frozenset({str, int, bool, float, FrozenMap})


def frozen(value: object) -> object:
    """Return plain data that never changes: mappings as FrozenMaps and lists as tuples, at every depth."""
    if value.__class__ in _UNCHANGING:  # nearly all: to ask whether it is some kind of mapping takes far longer
        return value
    if isinstance(value, Mapping) and not isinstance(value, FrozenMap):
        return FrozenMap({key: frozen(each) for key, each in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def thawed(value: Any) -> Any:
    """Return plain data as it was before it was frozen: mappings as dicts, lists as lists, at every depth."""
    if isinstance(value, FrozenMap):
        return {key: thawed(each) for key, each in value.items()}
    return list(map(thawed, value)) if isinstance(value, tuple) else value


def hashable(value: object) -> object:
    """Return plain data in hashable form: lists as tuples, mappings as Pairs, numbers as they are written."""
    if isinstance(value, dict):
        return Pairs((str(key), hashable(each)) for key, each in value.items())
    if isinstance(value, list):
        return tuple(hashable(each) for each in value)
    return exact_value(value)


class Unchanging:
    """Base of values that never change: the mappings in some of their fields are made such as never change.

    _kept  those fields
    """

    __slots__ = ()

    _kept: ClassVar[tuple[str, ...]] = ("written",)

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        freeze(self, *self._kept)


def freeze(owner: object, *fields: str) -> None:
    """Make the mappings in these fields of a value that is just being made such as never change."""
    for name in fields:
        object.__setattr__(owner, name, frozen(getattr(owner, name)))
