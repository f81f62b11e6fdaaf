"""The words of a pack: every name with its type, its values and whether it can be none; named values and sets too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import TypeVar

from service.facts.numbers import exact_value, number_text
from service.facts.schema import FactsSchema
from service.instants import read_date, read_instant, read_time
from service.model.names import Key, Own
from service.model.values import Pairs
from service.wording import begin_like, nearest
from service.written.findings import NOWHERE, Place

__all__ = [
    "ANY",
    "COMPARABLE",
    "Vocabulary",
    "Word",
    "a_type",
    "it_is",
    "literal",
    "type_name",
    "why_not_given",
    "why_not_ongoing",
    "why_not_written",
]

ANY = "any"
"""The type of a name whose declaration is itself broken: nothing is held against it."""

COMPARABLE: Mapping[str, str] = {
    "integer": "number",
    "number": "number",
    "date": "date",
    "instant": "instant",
    "time": "time",
}
"""The types that have an order, and what they compare with."""


_MOST_SHOWN = 10
_Moment = TypeVar("_Moment", date, time)


@dataclass(frozen=True, slots=True)
class Word:
    """What is known of a name.

    choices   the values that it can have, where they are a closed choice
    items     the same for the items of a list
    nullable  whether it can be none as the pack means it
    lacking   whether it is none where a decision has no outcome, though the pack means each to have one
    lenient   whether it passes over unknown facts, so that no condition may rest on it
    filled    whether it may be a text that names fill, which no condition can read
    ended     whether it is a list of periods of which none can go on
    endless   whether it may be a number that is no decimal that ends, so that no outcome may give it
    personal  the personal fact that it is or rests on, so that no outcome may give it
    """

    name: str
    type: str
    choices: tuple[object, ...] | None = None
    items: tuple[object, ...] | None = None
    nullable: bool = False
    lenient: bool = False
    lacking: bool = False
    filled: bool = False
    ended: bool = False
    endless: bool = False
    personal: str | None = None


@dataclass
class Vocabulary:
    """The names, values and sets that a pack's files may use."""

    words: dict[str, Word] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    sets: dict[str, tuple[object, ...]] = field(default_factory=dict)
    set_places: dict[str, Place] = field(default_factory=lambda: defaultdict(lambda: NOWHERE))
    value_places: dict[str, Place] = field(default_factory=lambda: defaultdict(lambda: NOWHERE))
    members: dict[str, frozenset[str]] = field(default_factory=dict)  # decision -> full names of its members
    between: dict[str, frozenset[str]] = field(default_factory=dict)  # decision -> derived facts that rest on these
    dated: set[str] = field(default_factory=set)  # named values that change on a date: derived facts
    broken: set[str] = field(default_factory=set)  # first segments of names whose file could not be read
    incomplete: set[str] = field(default_factory=set)  # decisions that were read in part: they may have more ids
    lacks_facts: bool = False  # whether the facts schema could not be read: then any name may be a fact

    def add_facts(self, schema: FactsSchema) -> None:
        """Take in the facts and subjects of a facts schema."""
        for subject in schema.subjects:
            self.words[subject] = Word(subject, "subject", nullable=True)
        for spec in schema.facts.values():
            is_list = spec.type == "list"
            choices = (True, False) if spec.type == "boolean" else spec.choices
            self.words[spec.path] = Word(
                spec.path,
                spec.type,
                choices=None if is_list else choices,
                items=spec.choices if is_list else None,
                nullable=spec.absent_is_none or spec.subject is not None,
                ended=spec.type == "periods" and not spec.open_ended,
                personal=spec.path if spec.personal else None,
            )

    def word(self, name: str) -> Word | None:
        """Return what is known of a name; a name under a broken declaration is taken on trust."""
        found = self.words.get(name)
        if found is None and (self.lacks_facts or name.split(".", maxsplit=1)[0] in self.broken):
            return Word(name, ANY, nullable=True)
        return found

    def key(self, name: str, within: str | None) -> Key:
        """Return the key by which a decision reads a name: Own for its members and for what is derived from them.

        within  the id of the decision; None for what is outside of all
        """
        own = within is not None and any(name in names.get(within, ()) for names in (self.members, self.between))
        return Own(name) if own else name

    def closest(self, name: object, also: Iterable[str] = ()) -> str | None:
        """Return the nearest valid name."""
        return nearest(str(name), [*self.words, *also])

    def shown(self) -> str:
        """Return everything as text: two vocabularies that show alike are alike, in which 1 and true are not."""
        places = {**self.set_places}, {**self.value_places}
        members = [
            {decision: sorted(names) for decision, names in each.items()} for each in (self.members, self.between)
        ]
        unread = sorted(self.broken), sorted(self.incomplete), self.lacks_facts
        return repr((self.words, self.values, self.sets, sorted(self.dated), places, members, unread))


def why_not_given(word: Word) -> str:
    """Return the end of a sentence on a personal name: why no outcome may give it, and what would be right."""
    why = "is personal" if word.personal == word.name else f"rests on the personal fact '{word.personal}'"
    return f"{why}, so no outcome may give it: let a rule read it and give a constant"


def why_not_ongoing(name: str) -> str:
    """Return a clause on periods that always have both ends: what lets one go on."""
    return f"""no period of '{name}' goes on: the facts schema says so of its items by "required": ["from"]"""


def why_not_written(word: Word) -> str:
    """Return the end of a sentence on an endless name: why no outcome may give it, and what would be right."""
    why = "may be a number that no decimal writes in full, such as a third"
    return f"{why}: derive what it is rounded to, as {{round: {word.name}, places: 2, how: half_up}}, and give that"


def a_type(type_: str) -> str:
    """Return a type as a sentence has it, after "is".

    >>> a_type("instant"), a_type("list"), a_type("periods")
    ('an instant', 'a list', 'a list of periods')
    """
    if type_ == "periods":
        return "a list of periods"
    return f"an {type_}" if type_[0] in "aeio" else f"a {type_}"


def it_is(choices: Sequence[object] | None, begins: str = "it is", written: object = None) -> str:
    """Return the end of a sentence that lists what a value can be, where that is known.

    written  what stands there instead: of too many choices those are listed that begin like it
    """
    shown = [str(each).lower() if isinstance(each, bool) else str(each) for each in choices or ()]
    if len(shown) > _MOST_SHOWN:
        return (begin_like(written, shown) or "") if isinstance(written, str) else ""
    if not shown:
        return ""
    return f"; {begins} {shown[0]}" if len(shown) == 1 else f"; {begins} one of {', '.join(shown)}"


_TYPES: Mapping[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    Decimal: "number",
    list: "list",
    tuple: "list",
    dict: "mapping",
}


def type_name(value: object) -> str:
    """Return the language's word for the type of a YAML value."""
    if isinstance(value, bool):
        return "boolean"
    return _TYPES.get(type(value), type(value).__name__)


def literal(value: object, type_: str) -> object:
    """Return a YAML literal as a value of a type. Raises ValueError, whose text says what is wrong."""
    if type_ == "date":
        return _read(value, read_date, "a quoted date such as '2026-01-31'")
    if type_ == "instant":
        return _read(value, read_instant, "a quoted instant such as '2026-01-31T09:00:00Z'")
    if type_ == "time":
        return _read(value, read_time, "a quoted time of day such as '08:00'")
    accepted = {
        "boolean": (bool,),
        "string": (str,),
        "integer": (int,),
        "number": (int, float, Decimal),
    }.get(type_)
    if accepted is None:
        return value
    if not isinstance(value, accepted) or (isinstance(value, bool) and type_ != "boolean"):
        raise ValueError(f"{_shown(value)} is no {type_}")
    return exact_value(value)


def _shown(value: object) -> str:
    if isinstance(value, tuple | list | dict):
        return "a mapping" if isinstance(value, Pairs | dict) else "a list"
    return number_text(value) if isinstance(value, Decimal) else repr(value)


def _read(value: object, reader: Callable[[str], _Moment], wanted: str) -> _Moment:
    if isinstance(value, str):
        try:
            return reader(value)
        except ValueError:
            pass
    raise ValueError(f"{value!r} is not {wanted}")
