"""What rules give to members: constants, or templates with places that other names fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.model.derivations import Derived
from service.model.names import Key
from service.model.values import ABSENT, Pairs

__all__ = ["Copied", "Template", "copied_in", "filled"]


@dataclass(frozen=True, slots=True)
class Copied:
    """A place in a value that another name fills."""

    key: Key


@dataclass(frozen=True, slots=True)
class Template:
    """A value that copies other names somewhere inside it.

    inputs     those names, each once, in the order in which they are written
    value      a Copied, or a tuple or Pairs that holds some at any depth
    multiples  the derived facts among the inputs that are written in the value itself: a name so many times
    """

    inputs: tuple[Key, ...]
    value: object
    multiples: tuple[Derived, ...] = ()


def copied_in(value: object) -> tuple[Key, ...]:
    """Return the names that a value of a rule copies; none for a constant."""
    return value.inputs if isinstance(value, Template) else ()


def filled(template: Template, values: Mapping[Key, object]) -> object:
    """Return a template's value with its places filled; ABSENT where what one copies is none or not there."""
    found = _filled(template.value, values)
    return ABSENT if found is None else found


def _filled(value: object, values: Mapping[Key, object]) -> object:
    if isinstance(value, Copied):
        found = values.get(value.key)
        return None if found is ABSENT else found
    if isinstance(value, Pairs):
        pairs = [(key, _filled(each, values)) for key, each in value]
        return Pairs(pairs) if all(each is not None for _, each in pairs) else None
    if isinstance(value, tuple):
        items = list(_items(value, values))
        return None if None in items else tuple(items)
    return value


def _items(value: tuple[object, ...], values: Mapping[Key, object]) -> Iterator[object]:
    return (_filled(each, values) for each in value)
