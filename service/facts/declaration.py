"""What a facts schema declares, as data: one fact, its type and its bounds. How a schema is read is in `schema.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

from service.facts.numbers import Number
from service.jsontext import Json

__all__ = ["MISSING", "FactSpec", "FactType", "ItemType", "Missing"]

FactType: TypeAlias = Literal["boolean", "string", "integer", "number", "date", "instant", "list", "periods"]
ItemType: TypeAlias = Literal["string", "integer", "number"]


class Missing(Enum):
    """The type of MISSING, which says that a fact has no default."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True)
class FactSpec:
    """What the schema says of one fact.

    path            its dotted name
    choices         the values that it (or an item of a list) can have, where they are a closed choice; in schema order
    default         the JSON value that is assumed when it is left out, or MISSING
    absent_is_none  left out, the case has none (`x-absent: none`)
    subject         the nearest enclosing object that a case can do without (`x-subject`), dotted
    minimum         least and
    maximum         greatest number, both included; for a list of its items
    min_length      fewest and
    max_length      most characters; for a list of its items
    min_items       fewest and
    max_items       most items of a list, or periods
    open_ended      whether a period can go on, and has no `to` then
    unique          whether a list holds no item twice; with `choices` it is a set
    personal        whether it can name or describe a person (`x-personal`, on the fact or an object around it)
    searchable      whether the audit log is searched by it (`x-searchable`)
    item_type       string, integer or number, for a list
    title           what people call it, and
    description     what it is, where the schema says so
    """

    path: str
    type: FactType
    choices: tuple[str | Number, ...] | None = None
    default: Json | Missing = MISSING
    absent_is_none: bool = False
    subject: str | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    min_length: int = 0
    max_length: int | None = None
    min_items: int = 0
    max_items: int | None = None
    open_ended: bool = False
    unique: bool = False
    personal: bool = False
    searchable: bool = False
    item_type: ItemType | None = None
    title: str = ""
    description: str = ""
