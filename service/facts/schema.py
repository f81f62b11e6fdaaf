"""Facts: what a case says, checked against the pack's facts schema and typed. No rules here, and no bytes.

A fact is *given*, *assumed* (left out where a default stands in), *none* (left out where that is an answer), *unknown*.

What `FactsSchema.read` refuses, by code; the pointer is to the fact, or to the item, period or member within it:

=================  ==================================================================================================
unknown_fact       the schema declares no such member; `nearest` is the dotted name that was perhaps meant
null_value         null stands where a value should; a fact that is not known is left out
wrong_type         a value, object or array of another type than the schema's
not_allowed        none of the values that the fact can have; `nearest` is the one that was perhaps meant
out_of_range       a number below the minimum or above the maximum
too_short          fewer characters or items than the minimum
too_long           more characters or items than the maximum
duplicate_item     an item that stands earlier in the same list
bad_date           no `YYYY-MM-DD` that is a day of the years 1900 to 9899
bad_instant        no RFC 3339 date and time with offset, or not within those years
missing_member     a period without `from` or without `to`; the pointer is to the period
unknown_member     a period with another member
backward_period    a period that ends before it begins
=================  ==================================================================================================

What `FactsSchema.from_document` refuses, by code; the pointer is into the schema:

===================  ================================================================================================
bad_schema           no JSON Schema of an object, or one that would let other members in
bad_name             a member whose name can't be part of a dotted name
bad_type             no type that a fact, or an item of a list, can have
unsupported_keyword  a keyword that is not read here; `nearest` is the one that was perhaps meant
bad_absence          `x-absent` or `x-subject` where it can't stand, or against a default
bad_personal         `x-personal` that is neither true nor false, or below a fact, where it would mark nothing
bad_choices          an enum without values, with one twice, or with one of another type
bad_bounds           a bound that is no number, or a minimum above the maximum
bad_default          a default outside the fact's own domain
===================  ================================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from functools import partial
from itertools import takewhile
from math import inf, isfinite
from typing import Final, Literal, TypeAlias, TypeVar, cast

from service.errors import InvalidFacts, InvalidFactsSchema, Problem
from service.jsontext import Json
from service.wording import nearest

__all__ = [
    "MISSING",
    "Case",
    "FactSpec",
    "FactType",
    "FactsSchema",
    "Missing",
    "Period",
    "Value",
    "as_json",
    "pointer_to",
    "read_date",
    "read_instant",
]

FactType: TypeAlias = Literal["boolean", "string", "integer", "number", "date", "instant", "list", "periods"]
Period: TypeAlias = tuple[datetime, datetime]
Value: TypeAlias = bool | int | float | str | date | tuple[str | int | float, ...] | tuple[Period, ...] | None
"""A typed value of a fact; a date is a date or an aware datetime; None is none, which is not unknown."""

_Reader: TypeAlias = Callable[[object], Value]
_T = TypeVar("_T")


class Missing(Enum):
    """The type of MISSING, which says that a fact has no default."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING

_DATE = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}[Tt]([0-9]{2}):[0-9]{2}:([0-9]{2})(?:\.[0-9]+)?([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
_FIRST_YEAR, _LAST_YEAR = "1900", "9899"
_EXACT = 2**53  # whole doubles up to here stand for one integer each
_ENDS = ("from", "to")
_MOST_SEARCHES = 64  # a hostile body could hold any number of misspelt names, and each search reads the whole schema
_MOST_TEMPLATES = 256


def read_date(text: str) -> date:
    """Return the day that `YYYY-MM-DD` names (RFC 3339 full-date), of the years 1900 to 9899.

    Raises ValueError whose text ends a sentence that begins with the name of the fact.
    """
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError(f"is {_shown(text)}, which is not written as a date such as '2026-01-31'")
    _check_year(text, match[1])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {_shown(text)}, a day that the calendar does not have") from None


def read_instant(text: str) -> datetime:
    """Return the aware instant that an RFC 3339 date-time names, of the years 1900 to 9899 as written.

    The offset is kept as written; `-00:00` counts as UTC. `t` and `z` may be lower case. A fraction may have any number
    of digits and is cut, not rounded, to microseconds: so it never moves an instant into another second.
    Raises ValueError as `read_date` does, also without offset and for leap seconds, which no calendar can foresee.
    """
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError(f"is {_shown(text)}, which is not written as an instant such as '2026-01-31T09:00:00Z'")
    year, hour, second, offset = match.groups()
    _check_year(text, year)
    if not offset:
        raise ValueError(f"is {_shown(text)}, which lacks an offset: end it with 'Z' or one such as '+01:00'")
    if second == "60":
        raise ValueError(f"is {_shown(text)}, a leap second, which is not taken: write second 59 or the next minute")
    if hour == "24":
        raise ValueError(f"is {_shown(text)}, but the hours are 00 to 23: write hour 00 of the next day")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError(f"is {_shown(text)}, a day or time that does not exist") from None


def _check_year(text: str, year: str) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"is {_shown(text)}, but its year must be from {_FIRST_YEAR} to {_LAST_YEAR}")


def as_json(value: Value) -> Json:
    """Return a typed value as JSON: what `read` would take, dates and instants as text, UTC as `Z`.

    >>> as_json(read_instant("2026-01-31T09:00:00.50+00:00"))
    '2026-01-31T09:00:00.500000Z'
    """
    if isinstance(value, datetime):
        text = value.isoformat()
        return text[:-6] + "Z" if text.endswith("+00:00") else text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_item_json(item) for item in value]
    return value


def _item_json(item: str | float | Period) -> Json:
    return {"from": as_json(item[0]), "to": as_json(item[1])} if isinstance(item, tuple) else item


def pointer_to(*names: str | int) -> str:
    """Return the JSON pointer (RFC 6901) through these members and items.

    >>> pointer_to("facts", "a/b", 0)
    '/facts/a~1b/0'
    """
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


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
    unique          whether a list holds no item twice; with `choices` it is a set
    personal        whether it can name or describe a person (`x-personal`, on the fact or an object around it)
    item_type       string, integer or number, for a list
    """

    path: str
    type: FactType
    choices: tuple[str | int | float, ...] | None = None
    default: Json | Missing = MISSING
    absent_is_none: bool = False
    subject: str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_length: int = 0
    max_length: int | None = None
    min_items: int = 0
    max_items: int | None = None
    unique: bool = False
    personal: bool = False
    item_type: Literal["string", "integer", "number"] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The checked facts of one case; to be read only.

    values   dotted name to typed value, for what is given, assumed or none; a subject's name to True or None. Unknown
             facts are no keys. A list is a tuple; one that is a set is in the order of the schema's choices, whatever
             order it was given in. A number that is whole is an int, if within ±2**53.
    assumed  dotted name to the default that stood in, as JSON, in the schema's order
    given    the facts as they came
    """

    values: Mapping[str, Value]
    assumed: Mapping[str, Json]
    given: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is wrong with a value, before it is known where the value stands.

    says    the end of a sentence that begins with the name of the fact
    within  the way from the fact, or object, to what is wrong
    meant   finds what was perhaps meant; called only for what is shown, as it costs a search
    """

    code: str
    says: str
    within: tuple[str | int, ...] = ()
    meant: Callable[[], str | None] | None = None


class _Refused(Exception):
    """A value breaks its schema, in one way or in several."""

    def __init__(self, *findings: _Finding) -> None:
        self.findings = findings

    def below(self, step: str | int) -> list[_Finding]:
        """Return the findings as of the value that holds this one under `step`."""
        return [replace(finding, within=(step, *finding.within)) for finding in self.findings]


def _shown(value: object) -> str:
    """Return a value for a message, cut to a readable length."""
    return f"'{_cut(value)}'" if isinstance(value, str) else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _listed(values: Sequence[object]) -> str:
    shown = ", ".join(map(_shown, values[:8]))
    return shown if len(values) <= 8 else f"{shown} and {len(values) - 8} more"


_KINDS: Mapping[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    dict: "an object",
    list: "an array",
}


def _wrong_type(value: object, wanted: str) -> _Refused:
    if value is None:
        return _Refused(_Finding("null_value", "is null, which is no value: leave it out instead"))
    kind = repr(value) if isinstance(value, float) else _KINDS.get(type(value), f"a {type(value).__name__}")
    return _Refused(_Finding("wrong_type", f"must be {wanted}, not {kind}"))


def _not_allowed(value: object, choices: Sequence[object]) -> _Refused:
    says = f"is {_shown(value)}, which is none of {_listed(choices)}"
    meant = partial(nearest, value, map(str, choices)) if isinstance(value, str) else None
    return _Refused(_Finding("not_allowed", says, meant=meant))


def _boolean(value: object) -> bool:
    if value is True or value is False:
        return value
    raise _wrong_type(value, "true or false")


def _date(value: object) -> date:
    if not isinstance(value, str):
        raise _wrong_type(value, "a date such as '2026-01-31', a string")
    try:
        return read_date(value)
    except ValueError as error:
        raise _Refused(_Finding("bad_date", str(error))) from None


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise _wrong_type(value, "an instant such as '2026-01-31T09:00:00Z', a string")
    try:
        return read_instant(value)
    except ValueError as error:
        raise _Refused(_Finding("bad_instant", str(error))) from None


def _choice_reader(choices: tuple[str, ...]) -> Callable[[object], str]:
    allowed = frozenset(choices)

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise _wrong_type(value, "a string")
        if value not in allowed:
            raise _not_allowed(value, choices)
        return value

    return read


def _string_reader(shortest: int, longest: int | None) -> Callable[[object], str]:
    most = inf if longest is None else longest

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise _wrong_type(value, "a string")
        if shortest <= len(value) <= most:
            return value
        raise _out_of_length(len(value), "character", shortest, longest)

    return read


def _out_of_length(length: int, unit: str, least: int, most: int | None) -> _Refused:
    if length < least:
        return _Refused(_Finding("too_short", f"has {_counted(length, unit)}, but needs at least {least}"))
    return _Refused(_Finding("too_long", f"has {_counted(length, unit)}, but may have at most {most}"))


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _integer_reader(check: Callable[[int], object]) -> Callable[[object], int]:
    def read(value: object) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)  # JSON Schema counts 2.0 among the integers (2020-12 validation, 6.1.1)
        if type(value) is not int:
            raise _wrong_type(value, "a whole number")
        check(value)
        return value

    return read


def _number_reader(check: Callable[[int | float], object]) -> Callable[[object], int | float]:
    def read(value: object) -> int | float:
        if type(value) is float:
            value = _plain_number(value)
        elif type(value) is not int:
            raise _wrong_type(value, "a number")
        check(value)
        return value

    return read


def _plain_number(value: float) -> int | float:
    """Return a whole double as the integer that it is: 2.0 and 2 are one value and must decide alike."""
    if not isfinite(value):
        raise _Refused(_Finding("wrong_type", f"must be a finite number, not {value!r}"))
    return int(value) if value.is_integer() and -_EXACT <= value <= _EXACT else value


def _range_check(spec: FactSpec) -> Callable[[float], None]:
    least = -inf if spec.minimum is None else spec.minimum
    most = inf if spec.maximum is None else spec.maximum
    choices = spec.choices

    def check(value: float) -> None:
        if value < least:
            raise _Refused(_Finding("out_of_range", f"is {_shown(value)}, but must be at least {least}"))
        if value > most:
            raise _Refused(_Finding("out_of_range", f"is {_shown(value)}, but must be at most {most}"))
        if choices is not None and value not in choices:
            raise _not_allowed(value, choices)

    return check


def _list_reader(spec: FactSpec) -> _Reader:
    read_item = _scalar_reader(spec, spec.item_type)

    def read(value: object) -> tuple[str | int | float, ...]:
        items, findings = _read_items(value, read_item, spec)
        if spec.unique and len(set(items.values())) < len(items):
            findings += _duplicates(items)
        if findings:
            raise _Refused(*findings)
        return tuple(items.values())

    return _set_reader(spec.choices, read) if spec.unique and spec.choices else read


def _set_reader(
    choices: tuple[str | int | float, ...], read_list: Callable[[object], tuple[str | int | float, ...]]
) -> _Reader:
    """Return the reader of a list whose order says nothing: its items come out in the order of the choices."""

    def read(value: object) -> Value:
        items = frozenset(read_list(value))
        return tuple([choice for choice in choices if choice in items])

    return read


def _read_items(
    value: object, read_item: Callable[[object], _T], spec: FactSpec
) -> tuple[dict[int, _T], list[_Finding]]:
    """Return the items that could be read, by their places, and what is wrong with the others and with their number."""
    if not isinstance(value, (list, tuple)):
        raise _wrong_type(value, "an array")
    items: dict[int, _T] = {}
    findings: list[_Finding] = []
    if not spec.min_items <= len(value) <= (inf if spec.max_items is None else spec.max_items):
        findings += _out_of_length(len(value), "item", spec.min_items, spec.max_items).findings
    for place, item in enumerate(value):
        try:
            items[place] = read_item(item)
        except _Refused as refused:
            findings += refused.below(place)
    return items, findings


def _duplicates(items: Mapping[int, object]) -> list[_Finding]:
    first: dict[object, int] = {}
    return [
        _Finding("duplicate_item", f"is {_shown(item)}, which the list already holds", (place,))
        for place, item in items.items()
        if first.setdefault(item, place) != place
    ]


def _periods_reader(spec: FactSpec) -> _Reader:
    def read(value: object) -> tuple[Period, ...]:
        items, findings = _read_items(value, _read_period, spec)
        if findings:
            raise _Refused(*findings)
        return tuple(items.values())

    return read


def _read_period(value: object) -> Period:
    if not isinstance(value, dict):
        raise _wrong_type(value, "an object with the instants 'from' and 'to'")
    says = "is no member of a period, which has 'from' and 'to'"
    strangers = [name for name in value if name not in _ENDS]
    findings = [_Finding("unknown_member", says, (name,), partial(nearest, name, _ENDS)) for name in strangers]
    ends = {}
    for name in _ENDS:
        try:
            ends[name] = _read_end(value, name)
        except _Refused as refused:
            findings += refused.findings
    if findings:
        raise _Refused(*findings)
    if ends["to"] < ends["from"]:
        raise _Refused(_Finding("backward_period", "ends before it begins: 'to' must not be earlier than 'from'"))
    return ends["from"], ends["to"]


def _read_end(period: Mapping[str, object], name: str) -> datetime:
    if name not in period:
        raise _Refused(_Finding("missing_member", f"lacks '{name}': a period has the instants 'from' and 'to'"))
    try:
        return _instant(period[name])
    except _Refused as refused:
        raise _Refused(*refused.below(name)) from None


def _scalar_reader(spec: FactSpec, type_: str | None) -> Callable[[object], str | int | float]:
    """Return the reader of a string or number; of a list, for its items."""
    if type_ == "integer":
        return _integer_reader(_range_check(spec))
    if type_ == "number":
        return _number_reader(_range_check(spec))
    if spec.choices is not None:
        return _choice_reader(tuple(map(str, spec.choices)))
    return _string_reader(spec.min_length, spec.max_length)


def _reader(spec: FactSpec) -> _Reader:
    match spec.type:
        case "boolean":
            return _boolean
        case "date":
            return _date
        case "instant":
            return _instant
        case "list":
            return _list_reader(spec)
        case "periods":
            return _periods_reader(spec)
        case _:
            return _scalar_reader(spec, spec.type)


@dataclass(slots=True)
class _Walk:
    """What one reading of a case has gathered.

    found     typed values of the given facts, by dotted name
    present   one bit for each subject that is there
    refused   (place in the schema's order, dotted name, finding)
    unknown   (the object, its member that the schema does not declare)
    """

    found: dict[str, Value] = field(default_factory=dict)
    present: int = 0
    refused: list[tuple[int, str, _Finding]] = field(default_factory=list)
    unknown: list[tuple[_Branch, str]] = field(default_factory=list)


def _name(path: str, within: Iterable[str | int]) -> str:
    """Return what a sentence calls a value: `loan.pauses[2].from`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{_cut(step)}" for step in within)
    return (path + steps).removeprefix(".") or "The case"


def _natural(pointer: str) -> list[tuple[int, str]]:
    """Return what sorts pointers with item 9 before item 10."""
    return [(int(step), "") if step.isdecimal() and len(step) < 9 else (-1, step) for step in pointer.split("/")]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A fact in the tree that a case is read by; `order` is its place in the schema."""

    path: str
    order: int
    read: _Reader

    def take(self, value: object, walk: _Walk) -> None:
        try:
            walk.found[self.path] = self.read(value)
        except _Refused as refused:
            walk.refused += [(self.order, self.path, finding) for finding in refused.findings]


@dataclass(frozen=True, slots=True)
class _Branch:
    """An object in that tree; `bit` is not 0 for a subject."""

    path: str
    order: int
    bit: int
    members: Mapping[str, _Branch | _Leaf]

    def take(self, value: object, walk: _Walk) -> None:
        if not isinstance(value, dict):
            walk.refused.append((self.order, self.path, _wrong_type(value, "an object").findings[0]))
            return
        walk.present |= self.bit
        members = self.members
        for name, inner in value.items():
            member = members.get(name)
            if member is None:
                walk.unknown.append((self, str(name)))
            else:
                member.take(inner, walk)


@dataclass(frozen=True, slots=True)
class _Template:
    """What stands for the facts that are left out, when a given set of subjects is there.

    values    typed defaults; None for what is none; the subjects, True or None
    defaults  the defaults as JSON
    """

    values: Mapping[str, Value]
    defaults: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class FactsSchema:
    """What the facts of a pack are, and the reader of its cases.

    facts     dotted name to what is declared, in the document's order
    subjects  dotted name of an object that a case can do without, to the subject around it or None; in the same order
    document  the JSON Schema itself
    personal  dotted names of the facts that can name or describe a person
    """

    facts: Mapping[str, FactSpec]
    subjects: Mapping[str, str | None]
    document: Mapping[str, Json]
    personal: frozenset[str]
    _root: _Branch = field(repr=False, compare=False)
    _names: tuple[str, ...] = field(repr=False, compare=False)
    _templates: dict[int, _Template] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_document(cls, document: Mapping[str, Json]) -> FactsSchema:
        """Read a facts schema. Raises InvalidFactsSchema with every problem."""
        compiler = _Compiler()
        root = compiler.branch(document, _Site("", "", None, personal=False))
        if compiler.problems:
            raise InvalidFactsSchema(compiler.problems)
        personal = frozenset(path for path, spec in compiler.facts.items() if spec.personal)
        return cls(compiler.facts, compiler.subjects, document, personal, root, tuple(compiler.names[1:]))

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to make it again: of the document, which says all."""
        return FactsSchema.from_document, (self.document,)

    def read(self, facts: object, pointer: str = "/facts") -> Case:
        """Return the case that `facts` is: an object nested as the schema is, from `jsontext.parse` or the like.

        Raises InvalidFacts with every problem, in the schema's order, then by pointer, unknown facts last; `pointer`
        says where in the body the facts stand. Only the first 64 problems look for the nearest name.
        """
        walk = _Walk()
        self._root.take(facts, walk)
        if walk.refused or walk.unknown:
            raise InvalidFacts(self._problems(walk, pointer))
        template = self._templates.get(walk.present) or self._template(walk.present)
        found = walk.found
        assumed = {path: default for path, default in template.defaults.items() if path not in found}
        return Case({**template.values, **found}, assumed, cast("Mapping[str, Json]", facts))

    def _template(self, present: int) -> _Template:
        there = [subject for place, subject in enumerate(self.subjects) if present >> place & 1]
        values: dict[str, Value] = {subject: True if subject in there else None for subject in self.subjects}
        defaults: dict[str, Json] = {}
        for spec in self.facts.values():
            if spec.absent_is_none or (spec.subject is not None and spec.subject not in there):
                values[spec.path] = None
            elif not isinstance(spec.default, Missing):
                values[spec.path] = _reader(spec)(spec.default)
                defaults[spec.path] = spec.default
        template = _Template(values, defaults)
        if len(self._templates) < _MOST_TEMPLATES:
            self._templates[present] = template
        return template

    def _problems(self, walk: _Walk, pointer: str) -> list[Problem]:
        last = len(self._names) + 2
        found = walk.refused + [(last, branch.path, self._stray(branch, name)) for branch, name in walk.unknown]
        placed = [(order, pointer + _pointer_of(path, finding), path, finding) for order, path, finding in found]
        placed.sort(key=lambda each: (each[0], _natural(each[1])))
        return [
            _problem(where, path, finding, search=place < _MOST_SEARCHES)
            for place, (_, where, path, finding) in enumerate(placed)
        ]

    def _stray(self, branch: _Branch, name: str) -> _Finding:
        dotted = f"{branch.path}.{name}".removeprefix(".")
        if dotted not in self._names:
            meant = partial(self._meant, branch, name)
            return _Finding("unknown_fact", "is no fact that the schema declares", (name,), meant)
        says = "is written with dots, but facts are nested: each part of a name is a member of the part before"
        return _Finding("unknown_fact", says, (name,), lambda: dotted)

    def _meant(self, branch: _Branch, name: str) -> str | None:
        """Return the dotted name that the member `name` of an object was perhaps meant to be, a sibling first."""
        sibling = nearest(name, branch.members)
        if sibling is not None:
            return branch.members[sibling].path
        by_end: dict[str, list[str]] = {}
        for path in self._names:
            by_end.setdefault(path.rpartition(".")[2], []).append(path)
        end = name if name in by_end else nearest(name, by_end)
        if end is not None:
            return max(by_end[end], key=lambda path: _shared(path, branch.path))
        return nearest(f"{branch.path}.{name}".removeprefix("."), self._names)


def _shared(path: str, other: str) -> int:
    """Return how many first segments two dotted names share."""
    pairs = zip(path.split("."), other.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _pointer_of(path: str, finding: _Finding) -> str:
    return pointer_to(*filter(None, path.split(".")), *finding.within)


def _problem(pointer: str, path: str, finding: _Finding, *, search: bool) -> Problem:
    meant = finding.meant() if search and finding.meant is not None else None
    name = _name(path, finding.within)
    hint = "" if meant is None or meant == name else f" Did you mean '{meant}'?"
    return Problem(pointer, finding.code, f"{name} {finding.says}.{hint}", meant)


@dataclass(frozen=True, slots=True)
class _Site:
    """Where in a facts schema the compiler is.

    path      dotted name
    pointer   JSON pointer into the schema document
    subject   the nearest subject around it
    personal  whether an object around it is personal
    """

    path: str
    pointer: str
    subject: str | None
    personal: bool

    def member(self, name: str, *, subject: str | None, personal: bool) -> _Site:
        path = f"{self.path}.{name}".removeprefix(".")
        return _Site(path, self.pointer + pointer_to("properties", name), subject, personal)


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ANNOTATIONS = frozenset({"$schema", "$id", "$comment", "title", "description", "examples", "deprecated", "type"})
_OF_ANY_FACT = frozenset({"default"})
_OF_NUMBERS = frozenset({"enum", "minimum", "maximum"})
_OF_STRINGS = frozenset({"enum", "minLength", "maxLength"})
_OF_COUNTS = frozenset({"items", "minItems", "maxItems"})
_OURS = ("x-absent", "x-personal", "x-subject")
_KEYWORDS: Mapping[str, frozenset[str]] = {
    "object": frozenset({"properties", "additionalProperties"}),
    "boolean": _OF_ANY_FACT,
    "string": _OF_ANY_FACT | _OF_STRINGS | {"format"},
    "integer": _OF_ANY_FACT | _OF_NUMBERS,
    "number": _OF_ANY_FACT | _OF_NUMBERS,
    "date": _OF_ANY_FACT | {"format"},
    "instant": _OF_ANY_FACT | {"format"},
    "list": _OF_ANY_FACT | _OF_COUNTS | {"uniqueItems"},
    "periods": _OF_ANY_FACT | _OF_COUNTS,
}
_ITEM_KEYWORDS: Mapping[str, frozenset[str]] = {"string": _OF_STRINGS, "integer": _OF_NUMBERS, "number": _OF_NUMBERS}
_OF_PERIOD = frozenset({"properties", "additionalProperties", "required"}) | _ANNOTATIONS
_ItemType: TypeAlias = Literal["string", "integer", "number"]
_ITEM_TYPES: tuple[_ItemType, ...] = ("string", "integer", "number")
_CHOICE_KINDS: Mapping[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}
_FORMATS: Mapping[str, FactType] = {"date": "date", "date-time": "instant"}
_SCALARS: Mapping[str, FactType] = {"boolean": "boolean", "string": "string", "integer": "integer", "number": "number"}


@dataclass(slots=True)
class _Compiler:
    """Reads a facts schema into the tree that cases are read by, and gathers what is wrong with it."""

    facts: dict[str, FactSpec] = field(default_factory=dict)
    subjects: dict[str, str | None] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def blame(self, site: _Site, code: str, says: str, *within: str | int, meant: str | None = None) -> None:
        hint = "" if meant is None else f" Did you mean '{meant}'?"
        message = f"{site.path or 'The schema'} {says}.{hint}"
        self.problems.append(Problem(site.pointer + pointer_to(*within), code, message, meant))

    def branch(self, document: Mapping[str, Json], site: _Site) -> _Branch:
        """Read an object of the schema, and all below."""
        self.names.append(site.path)
        order = len(self.names)
        self.keywords(document, "object", site)
        bit, subject = 0, site.subject
        if site.path and document.get("x-subject") is True:
            bit, subject = 1 << len(self.subjects), site.path
            self.subjects[site.path] = site.subject
        if document.get("additionalProperties", False) is not False:
            says = "must not allow members that it does not declare"
            self.blame(site, "bad_schema", says, "additionalProperties")
        personal = self.personal(document, site)
        members = {}
        for name, inner in self.properties(document, site):
            members[name] = self.member(inner, site.member(name, subject=subject, personal=personal))
        return _Branch(site.path, order, bit, members)

    def properties(self, document: Mapping[str, Json], site: _Site) -> Iterator[tuple[str, Mapping[str, Json]]]:
        properties = document.get("properties")
        if document.get("type") != "object" or not isinstance(properties, Mapping):
            self.blame(site, "bad_schema", "must be of type object, with properties")
            return
        for name, inner in properties.items():
            if not _NAME.fullmatch(name):
                says = f"has the member {_shown(name)}, but a name is a letter, then letters, digits, '_' and '-'"
                self.blame(site, "bad_name", says, "properties", name)
            elif not isinstance(inner, Mapping):
                self.blame(site, "bad_schema", "must map each member to a schema", "properties", name)
            else:
                yield name, inner

    def member(self, document: Mapping[str, Json], site: _Site) -> _Branch | _Leaf:
        if document.get("type") == "object" or "properties" in document:
            return self.branch(document, site)
        self.names.append(site.path)
        spec = self.spec(document, site)
        self.facts[site.path] = spec
        read = _reader(spec)
        self.default(spec, read, site)
        return _Leaf(site.path, len(self.names), read)

    def spec(self, document: Mapping[str, Json], site: _Site) -> FactSpec:
        """Read the declaration of a fact; what is wrong with it is noted, and left out of what is returned."""
        type_ = self.type_of(document, site)
        self.keywords(document, type_, site)
        self.absence(document, site)
        domain, item_type = self.items(document, site) if type_ == "list" else (document, None)
        within = () if item_type is None else ("items",)
        low, high = self.bounds(domain, "minimum", "maximum", site, within)
        shortest, longest = self.bounds(domain, "minLength", "maxLength", site, within)
        fewest, most = self.bounds(document, "minItems", "maxItems", site, ())
        return FactSpec(
            path=site.path,
            type=type_,
            choices=self.choices(domain, item_type or type_, site, within),
            default=document.get("default", MISSING),
            absent_is_none="x-absent" in document,
            subject=site.subject,
            minimum=low,
            maximum=high,
            min_length=int(shortest or 0),
            max_length=None if longest is None else int(longest),
            min_items=int(fewest or 0),
            max_items=None if most is None else int(most),
            unique=document.get("uniqueItems") is True,
            personal=self.personal(document, site),
            item_type=item_type,
        )

    def type_of(self, document: Mapping[str, Json], site: _Site) -> FactType:
        kind = document.get("type")
        if kind == "array":
            return self.array_type_of(document.get("items"), site)
        is_formatted = kind == "string" and "format" in document
        found = _FORMATS.get(str(document["format"])) if is_formatted else _SCALARS.get(str(kind))
        if found is None:
            says = "must be a boolean, string (plain, date or date-time), integer, number, array or object"
            self.blame(site, "bad_type", says, "format" if is_formatted else "type")
        return found or "string"

    def array_type_of(self, items: Json, site: _Site) -> FactType:
        if not isinstance(items, Mapping) or items.get("type") != "object":
            return "list"
        if not _are_periods(items):
            self.blame(site, "bad_type", "must have items with exactly the instants 'from' and 'to'", "items")
        return "periods"

    def items(self, document: Mapping[str, Json], site: _Site) -> tuple[Mapping[str, Json], _ItemType]:
        """Return the schema of a list's items, and their type."""
        items = document.get("items")
        if isinstance(items, Mapping):
            self.known(items, frozenset(_ITEM_KEYWORDS.get(str(items.get("type")), ())), site, ("items",))
            for item_type in _ITEM_TYPES:
                if items.get("type") == item_type:
                    return items, item_type
        self.blame(site, "bad_type", "must have items that are strings, integers, numbers or periods", "items")
        return {}, "string"

    def keywords(self, document: Mapping[str, Json], kind: str, site: _Site) -> None:
        self.known(document, _KEYWORDS[kind], site, ())
        wrong = "x-absent" if kind == "object" else "x-subject"
        if wrong in document:
            says = f"can't have '{wrong}': 'x-absent' is for facts, 'x-subject' for the objects around them"
            self.blame(site, "bad_absence", says, wrong)

    def known(
        self, document: Mapping[str, Json], keywords: frozenset[str], site: _Site, within: tuple[str, ...]
    ) -> None:
        """Refuse a keyword that would be passed over in silence; other `x-` keywords are their readers' own.

        One that is nearly ours is taken for a slip: facts are stored in the open where 'x-personal' is misspelt.
        """
        allowed = keywords | _ANNOTATIONS
        if "enum" in document:
            allowed -= {"minLength", "maxLength"}
        for keyword in document:
            is_foreign = keyword.startswith("x-")
            if keyword in allowed or keyword in _OURS:
                continue
            meant = nearest(keyword, _OURS if is_foreign else allowed)
            if meant is not None or not is_foreign:
                says = f"has the keyword '{_cut(keyword)}', which is not supported here"
                self.blame(site, "unsupported_keyword", says, *within, keyword, meant=meant)

    def absence(self, document: Mapping[str, Json], site: _Site) -> None:
        if document.get("x-absent", "none") != "none":
            self.blame(site, "bad_absence", "can only be absent as 'none'", "x-absent")
        if "x-absent" in document and "default" in document:
            self.blame(site, "bad_absence", "has a default and is none when left out, which can't both be", "x-absent")

    def personal(self, document: Mapping[str, Json], site: _Site) -> bool:
        """Return whether a fact, or every fact of an object, is personal."""
        mark = document.get("x-personal", False)
        if not isinstance(mark, bool):
            self.blame(site, "bad_personal", "can only be personal as true or false", "x-personal")
        for within in _marked_below(document):
            says = "is personal as a whole or not at all: 'x-personal' stands beside its type"
            self.blame(site, "bad_personal", says, *within, "x-personal")
        return site.personal or mark is True

    def bounds(
        self, domain: Mapping[str, Json], low: str, high: str, site: _Site, within: tuple[str, ...]
    ) -> tuple[int | float | None, int | float | None]:
        least, most = (_number_or_none(domain.get(keyword)) for keyword in (low, high))
        for keyword, value in ((low, least), (high, most)):
            if keyword in domain and value is None:
                self.blame(site, "bad_bounds", f"has a '{keyword}' that is no number", *within, keyword)
        if least is not None and most is not None and least > most:
            self.blame(site, "bad_bounds", f"has a '{low}' above its '{high}': no value is left", *within, low)
        return least, most

    def choices(
        self, domain: Mapping[str, Json], type_: str, site: _Site, within: tuple[str, ...]
    ) -> tuple[str | int | float, ...] | None:
        if "enum" not in domain or type_ not in _CHOICE_KINDS:
            return None
        enum, kinds = domain["enum"], _CHOICE_KINDS[type_]
        if not isinstance(enum, list) or not enum or any(type(choice) not in kinds for choice in enum):
            self.blame(site, "bad_choices", "must have an enum of at least one value, all of its type", *within, "enum")
            return None
        if len(set(enum)) < len(enum):
            self.blame(site, "bad_choices", "names a choice twice", *within, "enum")
        return tuple(_plain_number(choice) if isinstance(choice, float) else choice for choice in enum)

    def default(self, spec: FactSpec, read: _Reader, site: _Site) -> None:
        if isinstance(spec.default, Missing):
            return
        try:
            read(spec.default)
        except _Refused as refused:
            for finding in refused.findings:
                self.blame(site, "bad_default", f"has a default that {finding.says}", "default", *finding.within)


def _are_periods(items: Mapping[str, Json]) -> bool:
    """Tell whether the items of a list are objects with exactly the instants `from` and `to`."""
    properties = items.get("properties")
    if not isinstance(properties, Mapping) or set(properties) != set(_ENDS) or set(items) - _OF_PERIOD:
        return False
    return all(isinstance(end, Mapping) and _is_instant(end) for end in properties.values())


def _marked_below(fact: Mapping[str, Json]) -> Iterator[tuple[str, ...]]:
    """Yield the ways to what lies within a list or its periods and is marked as personal."""
    items = fact.get("items")
    if isinstance(items, Mapping):
        if "x-personal" in items:
            yield ("items",)
        ends = items.get("properties")
        for name, end in ends.items() if isinstance(ends, Mapping) else ():
            if isinstance(end, Mapping) and "x-personal" in end:
                yield ("items", "properties", name)


def _is_instant(schema: Mapping[str, Json]) -> bool:
    return (schema.get("type"), schema.get("format")) == ("string", "date-time")


def _number_or_none(value: Json) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
