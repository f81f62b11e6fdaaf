"""Values of names and outcomes: none that was given, mappings that can be hashed, and the keys that values go by."""

from __future__ import annotations

__all__ = ["ABSENT", "Pairs", "inner", "outer", "settled"]


class _Absent:
    """The value of a member that no rule has given."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


class Pairs(tuple[tuple[str, object], ...]):
    """A mapping inside an outcome, as hashable pairs; a JSON object in the document."""

    __slots__ = ()


def settled(value: object) -> object:
    """Return plain data in hashable form: lists as tuples, mappings as Pairs."""
    if isinstance(value, dict):
        return Pairs((str(key), settled(each)) for key, each in value.items())
    if isinstance(value, list):
        return tuple(settled(each) for each in value)
    return value


def inner(name: str) -> str:
    """Return the key of a decision's own member as its own parts see it: whether the decision applies or not."""
    return "@" + name


def outer(key: str) -> str:
    """Return the name that a reader knows a key by."""
    return key.removeprefix("@")
