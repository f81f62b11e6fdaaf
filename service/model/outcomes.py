"""What rules give to members: constants, or templates with places that other names fill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction

from service.clock.business_time import format_instant
from service.facts.numbers import exact, number_json, number_text
from service.instants import time_text
from service.model.derivations import Derived
from service.model.names import Key
from service.model.values import ABSENT, Pairs

__all__ = ["Copied", "Template", "Text", "Woven", "copied_in", "filled", "woven"]


@dataclass(frozen=True, slots=True)
class Copied:
    """A place in a value that another name fills."""

    key: Key


@dataclass(frozen=True, slots=True)
class Text:
    """A text that other names fill: pieces of it, and places."""

    pieces: tuple[str | Copied, ...]


class Woven(tuple[object, ...]):
    """A text in the making: pieces of it, and values in its places of which some are not settled."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A value that copies other names somewhere inside it.

    inputs     those names, each once, in the order in which they are written
    value      a Copied or a Text, or a tuple or Pairs that holds some at any depth
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
    if isinstance(value, Text):
        return woven(_items(value.pieces, values))
    if isinstance(value, Pairs):
        pairs = [(key, _filled(each, values)) for key, each in value]
        return Pairs(pairs) if all(each is not None for _, each in pairs) else None
    if isinstance(value, tuple):
        items = list(_items(value, values))
        return None if None in items else tuple(items)
    return value


def woven(pieces: Iterable[object]) -> str | Woven | None:
    """Return a text from its pieces and the values in its places: none where one is none, Woven where one is open."""
    found = tuple(pieces)
    if None in found:
        return None
    return "".join(map(_told, found)) if all(map(_is_settled, found)) else Woven(found)


_SETTLED = (str, int, Decimal, Fraction, date, time)


def _is_settled(value: object) -> bool:
    """Say whether a value can be told."""
    if isinstance(value, tuple):
        return not isinstance(value, Woven) and all(map(_is_settled, value))
    return isinstance(value, _SETTLED)


def _told(value: object) -> str:
    """Return a value as a text has it: as a document shows it, of lists and records what is in them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return _all_told(value)
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return time_text(value)
    return number_text(exact(number_json(value))) if isinstance(value, Decimal | Fraction) else str(value)


def _all_told(value: tuple[object, ...]) -> str:
    """Return the items of a list with commas, its records with semicolons; of a record each value after its name."""
    if isinstance(value, Pairs):
        return ", ".join(f"{name} {_told(each)}" for name, each in value)
    return ("; " if any(isinstance(each, Pairs) for each in value) else ", ").join(map(_told, value))


def _items(value: tuple[object, ...], values: Mapping[Key, object]) -> Iterator[object]:
    return (_filled(each, values) for each in value)
