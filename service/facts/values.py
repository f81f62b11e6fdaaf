"""Values of facts once they are read, and how they are written back as JSON. What a fact may be is not known here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias, cast

from service.facts.numbers import Number, number_json
from service.instants import time_text
from service.jsontext import Json

__all__ = ["Case", "Period", "Value", "as_json"]


class Period(NamedTuple):
    """From an instant to another; without `to` it goes on."""

    from_: datetime
    to: datetime | None


Value: TypeAlias = bool | Number | str | date | time | tuple[str | Number, ...] | tuple[Period, ...] | None
"""A typed value of a fact; a date is a date or an aware datetime, a time of day a naive time.

None is none, which is not unknown.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """The checked facts of one case; to be read only.

    values   dotted name to typed value, for what is given, assumed or none; a subject's name to True or None. Unknown
             facts are no keys. A list is a tuple; one that is a set is in the order of the schema's choices, whatever
             order it was given in. A number that is whole is an int, any other a Decimal.
    assumed  dotted name to the default that stood in, as JSON, in the schema's order
    given    the facts as they came
    """

    values: Mapping[str, Value]
    assumed: Mapping[str, Json]
    given: Mapping[str, Json]


def as_json(value: Value) -> Json:
    """Return a typed value as JSON: what `FactsSchema.read` would take, dates and instants as text, UTC as `Z`.

    >>> as_json(datetime.fromisoformat("2026-01-31T09:00:00.50+00:00"))
    '2026-01-31T09:00:00.500000Z'
    """
    kind = type(value)
    if kind in _NUMBERS:
        return number_json(cast("Number", value))
    if kind is str or kind is bool or value is None:
        return cast("Json", value)
    if isinstance(value, Period):
        ends = {} if value.to is None else {"to": as_json(value.to)}
        return {"from": as_json(value.from_), **ends}
    if isinstance(value, tuple):
        if _NUMBERS.issuperset(map(type, value)):  # a list may have very many items
            return list(map(number_json, cast("Iterable[Number]", value)))
        return list(map(as_json, cast("Iterable[Value]", value)))
    return time_text(value) if isinstance(value, time) else _dated(cast("date", value))


def _dated(value: date) -> str:
    text = value.isoformat()
    return text[:-6] + "Z" if isinstance(value, datetime) and text.endswith("+00:00") else text


_NUMBERS = frozenset({int, Decimal, Fraction})
