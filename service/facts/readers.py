"""One value of a case, read by the declaration of its fact: its type and bounds. What a whole case is, `cases.py` says.

A reader takes a value or says WRONG, and only when it is asked what is wrong makes sentences, as many as there is room
for: a body may hold half a million wrong items, and each is looked at, counted, and told of only while it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from heapq import nsmallest
from math import inf, isfinite
from typing import Any, Final, TypeAlias

from service.facts.declaration import FactSpec
from service.facts.numbers import Number, exact, number_json
from service.facts.values import Period, Value, as_json
from service.instants import counted_since_1970, read_date, read_instant
from service.wording import begin_like, counted, listed, shown

__all__ = ["WRONG", "Flaw", "Flaws", "Reader", "Wrong", "reader_of", "wrong_type"]


class Wrong(Enum):
    """The type of WRONG, which a reader returns for a value that the fact can't have."""

    WRONG = "wrong"


WRONG: Final = Wrong.WRONG

_Item: TypeAlias = str | Number
_ENDS = ("from", "to")
_MOST_CHOICES = 8


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a value, before it is known where the value stands.

    says    the end of a sentence that begins with the name of the fact
    within  the way from the fact, or object, to what is wrong
    word    what was perhaps a slip for
    meant   one of these
    """

    code: str
    says: str
    within: tuple[str | int, ...] = ()
    word: str = ""
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flaws:
    """All that is wrong with a value.

    told   the first of it, by its place
    count  how much there is in all
    """

    told: Sequence[Flaw]
    count: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the values of one fact.

    take   returns the typed value, or WRONG
    flaws  says of a wrong value what is wrong with it, and tells at most so many flaws
    """

    take: Callable[[object], Value | Wrong]
    flaws: Callable[[object, int], Flaws]


@dataclass(frozen=True, slots=True)
class _Scalar:
    """Reads a value that has no parts, and so one flaw at most; also the items of lists."""

    take: Callable[[object], Any]
    flaw: Callable[[object], Flaw]

    def reader(self) -> Reader:
        return Reader(self.take, lambda value, _: Flaws([self.flaw(value)], 1))


def reader_of(spec: FactSpec) -> Reader:
    """Return the reader of a fact's values."""
    if spec.type == "list":
        return _list_reader(spec)
    if spec.type == "periods":
        return _periods_reader(spec)
    return _SHAPES[spec.type].reader() if spec.type in _SHAPES else _scalar(spec, spec.type).reader()


def _scalar(spec: FactSpec, type_: str | None) -> _Scalar:
    """Return the reader of a string or number; of a list, for its items."""
    if type_ in ("integer", "number"):
        return _number_reader(spec, "a whole number" if type_ == "integer" else "a number")
    if spec.choices is not None:
        return _choice_reader(tuple(map(str, spec.choices)))
    return _string_reader(spec.min_length, spec.max_length)


_KINDS: Mapping[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    dict: "an object",
    list: "an array",
}


def wrong_type(value: object, wanted: str) -> Flaw:
    """Return the flaw of a value of another type."""
    if value is None:
        return Flaw("null_value", "is null, which is no value: leave it out instead")
    kind = repr(value) if isinstance(value, float) else _KINDS.get(type(value), f"a {type(value).__name__}")
    return Flaw("wrong_type", f"must be {wanted}, not {kind}")


def _not_allowed(value: _Item, choices: Sequence[_Item]) -> Flaw:
    told = [as_json(choice) for choice in choices]
    word = value if isinstance(value, str) else ""
    return Flaw(
        "not_allowed", f"is {shown(as_json(value))}, {_none_of(value, told)}", word=word, meant=tuple(map(str, told))
    )


def _none_of(value: object, choices: Sequence[object]) -> str:
    """Return what there is instead; of many choices those that begin like the value."""
    if len(choices) > _MOST_CHOICES and isinstance(value, str):
        alike = begin_like(value, [choice for choice in choices if isinstance(choice, str)])
        if alike is not None:
            return f"which is none of its {len(choices)} values{alike}"
    return f"which is none of {listed(choices, _MOST_CHOICES)}"


def _boolean(value: object) -> bool | Wrong:
    return value if value is True or value is False else WRONG


def _no_text(value: object, wanted: str) -> Flaw:
    """Return the flaw of what is no text; of a number that counts since 1970 with the instant that is meant."""
    flaw = wrong_type(value, f"{wanted}, a string")
    if wanted != _AN_INSTANT or isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return flaw
    since = counted_since_1970(value)
    if since is None:
        return flaw
    return replace(flaw, says=f"{flaw.says}: {since[0]} since 1970 are written {shown(since[1])}")


def _text_reader(read: Callable[[str], date], code: str, wanted: str) -> _Scalar:
    """Return the reader of what is written as a text: dates and instants."""

    def take(value: object) -> date | Wrong:
        try:
            return read(value) if isinstance(value, str) else WRONG
        except ValueError:
            return WRONG

    def flaw(value: object) -> Flaw:
        if not isinstance(value, str):
            return _no_text(value, wanted)
        try:
            raise AssertionError(read(value))
        except ValueError as error:
            return Flaw(code, str(error))

    return _Scalar(take, flaw)


_AN_INSTANT = "an instant such as '2026-01-31T09:00:00Z'"
_INSTANT = _text_reader(read_instant, "bad_instant", _AN_INSTANT)
_SHAPES: Mapping[str, _Scalar] = {
    "boolean": _Scalar(_boolean, lambda value: wrong_type(value, "true or false")),
    "date": _text_reader(read_date, "bad_date", "a date such as '2026-01-31'"),
    "instant": _INSTANT,
}


def _choice_reader(choices: tuple[str, ...]) -> _Scalar:
    allowed = frozenset(choices)

    def take(value: object) -> str | Wrong:
        return value if isinstance(value, str) and value in allowed else WRONG

    def flaw(value: object) -> Flaw:
        return _not_allowed(value, choices) if isinstance(value, str) else wrong_type(value, "a string")

    return _Scalar(take, flaw)


def _string_reader(shortest: int, longest: int | None) -> _Scalar:
    most = inf if longest is None else longest

    def take(value: object) -> str | Wrong:
        return value if isinstance(value, str) and shortest <= len(value) <= most else WRONG

    def flaw(value: object) -> Flaw:
        if not isinstance(value, str):
            return wrong_type(value, "a string")
        return _out_of_length(len(value), "character", shortest, longest)

    return _Scalar(take, flaw)


def _out_of_length(length: int, unit: str, least: int, most: int | None) -> Flaw:
    if length < least:
        return Flaw("too_short", f"has {counted(length, unit)}, but needs at least {least}")
    return Flaw("too_long", f"has {counted(length, unit)}, but may have at most {most}")


def _number(value: object, is_integer: bool) -> Number | None:
    """Return a number as it is written; None for what is none, or not whole where it must be."""
    if type(value) is int:
        return value
    # JSON Schema counts 2.0 among the integers (2020-12 validation, 6.1.1).
    if type(value) is not float or (is_integer and not value.is_integer()):
        return None
    try:
        return exact(value)
    except ValueError:  # infinite, or no number at all
        return None


def _number_reader(spec: FactSpec, wanted: str) -> _Scalar:
    is_integer = wanted == "a whole number"
    is_bounded = spec.minimum is not None or spec.maximum is not None
    least = -inf if spec.minimum is None else spec.minimum
    most = inf if spec.maximum is None else spec.maximum
    choices = None if spec.choices is None else frozenset(spec.choices)

    def take(value: object) -> Number | Wrong:
        found = _number(value, is_integer)
        if found is None or (is_bounded and not least <= found <= most):
            return WRONG
        return found if choices is None or found in choices else WRONG

    def flaw(value: object) -> Flaw:
        found = _number(value, is_integer)
        if found is None:
            is_plain = type(value) is not float or (is_integer and isfinite(value))
            return wrong_type(value, wanted if is_plain else "a finite number")
        if spec.minimum is not None and found < spec.minimum:
            return Flaw("out_of_range", f"is {_written(found)}, but must be at least {_written(spec.minimum)}")
        if spec.maximum is not None and found > spec.maximum:
            return Flaw("out_of_range", f"is {_written(found)}, but must be at most {_written(spec.maximum)}")
        return _not_allowed(found, spec.choices or ())

    return _Scalar(take, flaw)


def _written(number: Number) -> str:
    return shown(number_json(number))


def _list_reader(spec: FactSpec) -> Reader:
    item = _scalar(spec, spec.item_type)
    take_item, is_unique = item.take, spec.unique
    fewest, most = spec.min_items, inf if spec.max_items is None else spec.max_items
    choices = spec.choices if is_unique else None

    def take(value: object) -> tuple[_Item, ...] | Wrong:
        if not isinstance(value, (list, tuple)) or not fewest <= len(value) <= most:
            return WRONG
        items = _taken(take_item, value)
        if any(each is WRONG for each in items) or (is_unique and len(set(items)) < len(items)):
            return WRONG
        if choices is None:
            return items
        held = frozenset(items)
        return tuple([choice for choice in choices if choice in held])  # The order of a set says nothing.

    def flaws(value: object, room: int) -> Flaws:
        return _flaws_of_all(spec, value, room, item_flaws)

    def item_flaws(items: Iterable[object], room: int) -> Flaws:
        told: list[Flaw] = []
        count = 0
        held: set[object] = set()
        for place, each in enumerate(items):
            typed = take_item(each)
            if typed is not WRONG and not (is_unique and typed in held):
                held.add(typed)
                continue
            count += 1
            if len(told) < room:
                flaw = item.flaw(each) if typed is WRONG else _duplicate(typed)
                told.append(replace(flaw, within=(place,)))
        return Flaws(told, count)

    return Reader(take, flaws)


def _taken(take_item: Callable[[object], Any], values: Sequence[object]) -> tuple[Any, ...]:
    """Return what is taken of each value: of doubles that come again and again once, as decimals are slow to make."""
    if set(map(type, values)) == {float}:
        distinct = set(values)
        if 2 * len(distinct) < len(values):
            return tuple(map({each: take_item(each) for each in distinct}.__getitem__, values))
    return tuple(map(take_item, values))


def _duplicate(item: _Item) -> Flaw:
    return Flaw("duplicate_item", f"is {shown(as_json(item))}, which the list already holds")


def _flaws_of_all(spec: FactSpec, value: object, room: int, of_items: Callable[[Any, int], Flaws]) -> Flaws:
    """Return what is wrong with a list, with its length, then with its items."""
    if not isinstance(value, (list, tuple)):
        return Flaws([wrong_type(value, "an array")], 1)
    own: list[Flaw] = []
    if not spec.min_items <= len(value) <= (inf if spec.max_items is None else spec.max_items):
        own = [_out_of_length(len(value), "item", spec.min_items, spec.max_items)]
    inner = of_items(value, room - len(own))
    return Flaws([*own, *inner.told], len(own) + inner.count)


def _periods_reader(spec: FactSpec) -> Reader:
    fewest, most = spec.min_items, inf if spec.max_items is None else spec.max_items

    def take(value: object) -> tuple[Period, ...] | Wrong:
        if not isinstance(value, (list, tuple)) or not fewest <= len(value) <= most:
            return WRONG
        periods = []
        for each in value:
            period = _period(each, spec)
            if period is None:
                return WRONG
            periods.append(period)
        return tuple(periods)

    def flaws(value: object, room: int) -> Flaws:
        return _flaws_of_all(spec, value, room, lambda items, left: _flaws_of_periods(spec, items, left))

    return Reader(take, flaws)


def _period(value: object, spec: FactSpec) -> Period | None:
    """Return a period; None where anything is wrong with it."""
    if not isinstance(value, dict):
        return None
    if spec.open_ended and value.keys() == {"from"}:
        begins = _INSTANT.take(value["from"])
        return None if begins is WRONG else Period(begins, None)
    if len(value) != len(_ENDS):
        return None
    since, until = _INSTANT.take(value.get("from")), _INSTANT.take(value.get("to"))
    return None if since is WRONG or until is WRONG or until < since else Period(since, until)


def _needed(spec: FactSpec) -> tuple[str, ...]:
    return _ENDS[:1] if spec.open_ended else _ENDS


def _flaws_of_periods(spec: FactSpec, items: Iterable[object], room: int) -> Flaws:
    told: list[Flaw] = []
    count = 0
    for place, item in enumerate(items):
        if _period(item, spec) is None:
            count += _count_of_period(item, _needed(spec))
            if len(told) < room:
                flaws = _flaws_of_period(item, room - len(told), _needed(spec))
                told += [replace(flaw, within=(place, *flaw.within)) for flaw in flaws]
    return Flaws(told, count)


def _count_of_period(value: object, needed: Sequence[str]) -> int:
    """Return how much is wrong with a period that is wrong."""
    if not isinstance(value, dict):
        return 1
    wrong = len(value) + sum(name not in value for name in needed)
    for name in _ENDS:
        if name in value and _INSTANT.take(value[name]) is not WRONG:
            wrong -= 1
    return wrong or 1


def _flaws_of_period(value: object, room: int, needed: Sequence[str]) -> list[Flaw]:
    """Return the first things that are wrong with a period that is wrong, by their places in it."""
    if not isinstance(value, dict):
        return [wrong_type(value, "an object with the instants 'from' and 'to'")]
    missing = [_missing(name, needed) for name in needed if name not in value]
    inner = [*_flaws_of_ends(value), *map(_strange, nsmallest(room, (str(each) for each in value.keys() - {*_ENDS})))]
    found = [*missing, *sorted(inner, key=lambda flaw: str(flaw.within[0]))]
    backward = Flaw("backward_period", "ends before it begins: 'to' must not be earlier than 'from'")
    return found[:room] if found else [backward]


def _flaws_of_ends(value: Mapping[str, object]) -> Iterator[Flaw]:
    for name in _ENDS:
        if name in value and _INSTANT.take(value[name]) is WRONG:
            yield replace(_INSTANT.flaw(value[name]), within=(name,))


def _missing(name: str, needed: Sequence[str]) -> Flaw:
    over = "the instants 'from' and 'to'" if needed == _ENDS else "the instant 'from', and 'to' once it is over"
    return Flaw("missing_member", f"lacks '{name}': a period has {over}")


def _strange(name: str) -> Flaw:
    says = "is no member of a period, which has 'from' and 'to'"
    return Flaw("unknown_member", says, (name,), word=name, meant=_ENDS)
