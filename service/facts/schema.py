"""A facts schema: JSON Schema (2020-12) read into declarations, with all that is wrong with it. No case is read here.

A fact is *given*, *assumed* (left out where a default stands in), *none* (left out where that is an answer), *unknown*.

What `FactsSchema.from_document` refuses, by code; the pointer is into the schema:

===================  ================================================================================================
bad_schema           no JSON Schema of an object, or one that would let other members in, or let members be left out
bad_name             a member whose name can't be part of a dotted name
bad_type             no type that a fact, or an item of a list, can have
unsupported_keyword  a keyword that is not read here; `nearest` is the one that was perhaps meant
bad_absence          `x-absent` or `x-subject` where it can't stand, or against a default; a member of a list's items of
                     which it is not said what it means that it is left out, or twice
bad_personal         `x-personal` that is neither true nor false, or below a fact, where it would mark nothing
bad_searchable       `x-searchable` that is neither true nor false, or on what can't be searched for: an object, what is
                     below a fact, a personal fact, an instant, periods, records
bad_choices          an enum without values, with one twice, or with one of another type
bad_bounds           a bound that is no number, a minimum above the maximum, or bounds that leave no value
bad_default          a default outside the fact's own domain
===================  ================================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from math import ceil, floor
from typing import cast

from service.errors import MOST_PROBLEMS, InvalidFactsSchema, Problem
from service.facts.cases import CaseReader
from service.facts.declaration import MISSING, FactSpec, FactType, ItemType, Missing
from service.facts.numbers import Number, exact
from service.facts.readers import WRONG
from service.facts.records import reader_of
from service.facts.straight import FactLines
from service.facts.values import Case
from service.jsontext import Json
from service.paths import pointer_to
from service.wording import cut, nearest, shown

__all__ = ["FactsSchema"]


@dataclass(frozen=True)
class FactsSchema:
    """What the facts of a pack are: data, which can be compared and pickled.

    facts     dotted name to what is declared, in the document's order
    subjects  dotted name of an object that a case can do without, to the subject around it or None; in the same order
    names     dotted names of all objects and facts in that order, each object before what is in it
    personal  dotted names of the facts that can name or describe a person
    searchable
              dotted names of the facts by which the audit log is searched, in their order as texts
    document  the JSON Schema itself
    """

    facts: Mapping[str, FactSpec]
    subjects: Mapping[str, str | None]
    names: tuple[str, ...]
    personal: frozenset[str]
    searchable: tuple[str, ...]
    document: Mapping[str, Json]

    @classmethod
    def from_document(cls, document: Mapping[str, Json]) -> FactsSchema:
        """Read a facts schema. Raises InvalidFactsSchema with every problem."""
        compiler = _Compiler()
        compiler.object(document, _Site("", "", None, personal=False))
        if compiler.problems:
            raise InvalidFactsSchema(compiler.problems)
        personal = frozenset(path for path, spec in compiler.facts.items() if spec.personal)
        searchable = tuple(sorted(path for path, spec in compiler.facts.items() if spec.searchable))
        return cls(compiler.facts, compiler.subjects, tuple(compiler.names[1:]), personal, searchable, document)

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to make it again: of the document, which says all."""
        return FactsSchema.from_document, (self.document,)

    def read(self, facts: object, pointer: str = "/facts") -> Case:
        """Return the case that `facts` is: an object nested as the schema is, from `jsontext.parse` or the like.

        Raises InvalidFacts with the first hundred problems and the number of the others, in the schema's order, then by
        pointer, unknown facts last; `pointer` says where in the body the facts stand.
        """
        return self._reader.read(facts, pointer)

    @property
    def lines(self) -> FactLines:
        """How a case is read, as Python."""
        return self._reader.lines

    @cached_property
    def _reader(self) -> CaseReader:
        """Made when the first case is read; no part of the value, and not pickled."""
        return CaseReader(self.facts, self.subjects, self.names)

    def __getstate__(self) -> dict[str, object]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __hash__(self) -> int:
        return hash(self.names)


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

    def item(self, name: str) -> _Site:
        """Return where a member of a list's items stands; what it is in is no object that a case could do without."""
        way = pointer_to("items", "properties", name)
        return _Site(f"{self.path}[].{name}", self.pointer + way, None, self.personal)

    def member(self, name: str, *, subject: str | None, personal: bool) -> _Site:
        path = f"{self.path}.{name}".removeprefix(".")
        return _Site(path, self.pointer + pointer_to("properties", name), subject, personal)


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ANNOTATIONS = frozenset({"$schema", "$id", "$comment", "title", "description", "examples", "deprecated", "type"})
_OF_ANY_FACT = frozenset({"default"})
_OF_NUMBERS = frozenset({"enum", "minimum", "maximum"})
_OF_STRINGS = frozenset({"enum", "minLength", "maxLength"})
_OF_COUNTS = frozenset({"items", "minItems", "maxItems"})
_OURS = ("x-absent", "x-personal", "x-searchable", "x-subject", "x-values")
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
    "records": _OF_ANY_FACT | _OF_COUNTS,
}
_ITEM_KEYWORDS: Mapping[str, frozenset[str]] = {"string": _OF_STRINGS, "integer": _OF_NUMBERS, "number": _OF_NUMBERS}
_OF_PERIOD = frozenset({"properties", "additionalProperties", "required"})
_OF_RECORD = _OF_PERIOD
_ITEMS = "strings, integers, numbers, periods, or objects with properties"
_ENDS = ("from", "to")
_ITEM_TYPES: tuple[ItemType, ...] = ("string", "integer", "number")
_CHOICE_KINDS: Mapping[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}
_FORMATS: Mapping[str, FactType] = {"date": "date", "date-time": "instant"}
_SCALARS: Mapping[str, FactType] = {"boolean": "boolean", "string": "string", "integer": "integer", "number": "number"}


@dataclass(slots=True)
class _Compiler:
    """Reads a facts schema into declarations, and gathers what is wrong with it."""

    facts: dict[str, FactSpec] = field(default_factory=dict)
    subjects: dict[str, str | None] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def blame(self, site: _Site, code: str, says: str, *within: str | int, meant: str | None = None) -> None:
        hint = "" if meant is None else f" Did you mean '{meant}'?"
        message = f"{site.path or 'The schema'} {says}.{hint}"
        self.problems.append(Problem(site.pointer + pointer_to(*within), code, message, meant))

    def object(self, document: Mapping[str, Json], site: _Site) -> None:
        """Read an object of the schema, and all below."""
        self.names.append(site.path)
        self.keywords(document, "object", site)
        subject = site.subject
        if site.path and document.get("x-subject") is True:
            subject = site.path
            self.subjects[site.path] = site.subject
        if document.get("additionalProperties", False) is not False:
            says = "must not allow members that it does not declare"
            self.blame(site, "bad_schema", says, "additionalProperties")
        personal = self.personal(document, site)
        if "x-searchable" in document:
            self.blame(site, "bad_searchable", "is an object: 'x-searchable' is for facts", "x-searchable")
        for name, inner in self.properties(document, site):
            self.member(inner, site.member(name, subject=subject, personal=personal))

    def properties(self, document: Mapping[str, Json], site: _Site) -> Iterator[tuple[str, Mapping[str, Json]]]:
        properties = document.get("properties")
        if document.get("type") != "object" or not isinstance(properties, Mapping):
            self.blame(site, "bad_schema", "must be of type object, with properties")
            return
        for name, inner in properties.items():
            if not _NAME.fullmatch(name):
                says = f"has the member {shown(name)}, but a name is a letter, then letters, digits, '_' and '-'"
                self.blame(site, "bad_name", says, "properties", name)
            elif not isinstance(inner, Mapping):
                self.blame(site, "bad_schema", "must map each member to a schema", "properties", name)
            else:
                yield name, inner

    def member(self, document: Mapping[str, Json], site: _Site) -> None:
        if document.get("type") == "object" or "properties" in document:
            self.object(document, site)
            return
        self.names.append(site.path)
        self.facts[site.path] = self.spec(document, site)
        self.default(self.facts[site.path], site)

    def spec(self, document: Mapping[str, Json], site: _Site) -> FactSpec:
        """Read the declaration of a fact; what is wrong with it is noted, and left out of what is returned."""
        type_ = self.type_of(document, site)
        self.keywords(document, type_, site)
        self.absence(document, site)
        domain, item_type = self.items(document, site) if type_ == "list" else (document, None)
        members = tuple(self.record(document, site)) if type_ == "records" else ()
        within = () if item_type is None else ("items",)
        low, high = self.bounds(domain, "minimum", "maximum", site, within)
        shortest, longest = self.bounds(domain, "minLength", "maxLength", site, within)
        fewest, most = self.bounds(document, "minItems", "maxItems", site, ())
        choices = self.choices(domain, item_type or type_, site, within)
        spec = FactSpec(
            path=site.path,
            type=type_,
            choices=None if choices is None else tuple(each for each in choices if _is_between(each, low, high)),
            default=document.get("default", MISSING),
            absent_is_none="x-absent" in document,
            subject=site.subject,
            minimum=low,
            maximum=high,
            min_length=int(shortest or 0),
            max_length=None if longest is None else int(longest),
            min_items=int(fewest or 0),
            max_items=None if most is None else int(most),
            open_ended=type_ == "periods" and _may_go_on(document),
            unique=document.get("uniqueItems") is True,
            personal=self.personal(document, site) or any(each.personal for each in members),
            searchable=self.searchable(document, type_, site),
            item_type=item_type,
            members=members,
            title=_text(document.get("title")),
            description=_text(document.get("description")),
        )
        if not self.problems and not _has_value(spec):
            self.blame(site, "bad_bounds", "can have no value: its bounds leave none of its type or choices")
        return spec

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
            return "records"
        self.periods(items, site)
        return "periods"

    def record(self, document: Mapping[str, Json], site: _Site) -> Iterator[FactSpec]:
        """Yield the declarations of the members of a list's items."""
        items = cast("Mapping[str, Json]", document["items"])
        self.below(items, _OF_RECORD, site, "items")
        if items.get("additionalProperties", False) is not False:
            says = "must not allow items to have members that it does not declare"
            self.blame(site, "bad_schema", says, "items", "additionalProperties")
        declared = dict(_members(items))
        required = items.get("required", [])
        for i, name in enumerate(required if isinstance(required, list) else []):
            if name not in declared:
                says = f"requires {shown(name)} of its items, which is no member of them"
                self.blame(site, "bad_schema", says, "items", "required", i, meant=nearest(str(name), declared))
        if not declared:
            self.blame(site, "bad_type", f"must have items that are {_ITEMS}", "items")
        for name, inner in declared.items():
            yield from self.record_member(
                name, inner, site, is_required=isinstance(required, list) and name in required
            )

    def record_member(
        self, name: str, document: Mapping[str, Json], site: _Site, *, is_required: bool
    ) -> Iterator[FactSpec]:
        """Yield the declaration of one such member, of which it has to be said what it means that it is left out."""
        inner = site.item(name)
        if not _NAME.fullmatch(name):
            says = f"has items with the member {shown(name)}, but a name is a letter, then letters, digits, '_' and '-'"
            self.blame(site, "bad_name", says, "items", "properties", name)
            return
        if document.get("type") in ("array", "object") or "properties" in document:
            says = "is a member of a list's items: it must be a boolean, string, integer or number"
            self.blame(inner, "bad_type", says, "type")
            return
        ways = [keyword for keyword in ("default", "x-absent") if keyword in document]
        if not ways and not is_required:
            says = "may be left out, and what that means is not said: list it under 'required' of the items"
            self.blame(inner, "bad_absence", f"{says}, or give it a 'default' or '\"x-absent\": \"none\"'")
        elif ways and is_required:
            says = f"is required of each item, so that it has no use for '{ways[0]}'"
            self.blame(inner, "bad_absence", says, ways[0])
        spec = self.spec(document, inner)
        self.default(spec, inner)
        yield spec

    def periods(self, items: Mapping[str, Json], site: _Site) -> None:
        """Refuse periods that are none, and what is said of them that no reading of a case could obey."""
        self.below(items, _OF_PERIOD, site, "items")
        required = items.get("required", list(_ENDS))
        if not isinstance(required, list) or sorted(map(str, required)) not in (["from"], ["from", "to"]):
            says = 'has periods that need not begin: write "required": ["from"] where they can go on, else'
            self.blame(site, "bad_schema", f'{says} ["from", "to"], or leave it out', "items", "required")
        if items.get("additionalProperties", False) is not False:
            says = "must not allow periods to have members besides 'from' and 'to'"
            self.blame(site, "bad_schema", says, "items", "additionalProperties")
        for name, end in _members(items):
            self.below(end, frozenset({"format"}), site, "items", "properties", name)

    def below(self, document: Mapping[str, Json], keywords: frozenset[str], site: _Site, *within: str) -> None:
        """Refuse what an item of a list, or an end of a period, can't be told to be."""
        self.known(document, keywords, site, within)
        for keyword in ("x-absent", "x-subject"):
            if keyword in document:
                says = f"has '{keyword}' within its items, but none of them is ever left out: it stands beside 'type'"
                self.blame(site, "bad_absence", says, *within, keyword)

    def items(self, document: Mapping[str, Json], site: _Site) -> tuple[Mapping[str, Json], ItemType]:
        """Return the schema of a list's items, and their type."""
        items = document.get("items")
        if isinstance(items, Mapping):
            self.below(items, frozenset(_ITEM_KEYWORDS.get(str(items.get("type")), ())), site, "items")
            for item_type in _ITEM_TYPES:
                if items.get("type") == item_type:
                    return items, item_type
        self.blame(site, "bad_type", f"must have items that are {_ITEMS}", "items")
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
                says = f"has the keyword '{cut(keyword)}', which is not supported here"
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
        for within in _marked_below(document, "x-personal"):
            if len(within) > 1 and not _are_periods(cast("Mapping[str, Json]", document["items"])):
                continue  # of a record, all of whose list is personal then
            says = "is personal as a whole or not at all: 'x-personal' stands beside its type"
            self.blame(site, "bad_personal", says, *within, "x-personal")
        return site.personal or mark is True

    def searchable(self, document: Mapping[str, Json], type_: FactType, site: _Site) -> bool:
        """Return whether the log is searched by a fact."""
        for within in _marked_below(document, "x-searchable"):
            says = "is searchable as a whole or not at all: 'x-searchable' stands beside its type"
            self.blame(site, "bad_searchable", says, *within, "x-searchable")
        mark = document.get("x-searchable", False)
        if not isinstance(mark, bool):
            self.blame(site, "bad_searchable", "can only be searchable as true or false", "x-searchable")
        elif mark and (site.personal or document.get("x-personal") is True):
            says = "is personal, and what is personal stands in no index: it can't be searchable"
            self.blame(site, "bad_searchable", says, "x-searchable")
        elif mark and type_ == "records":
            self.blame(site, "bad_searchable", "is a list of objects: it can't be searchable", "x-searchable")
        elif mark and type_ in {"instant", "periods"}:
            says = "is made of instants, of which hardly two are the same: it can't be searchable"
            self.blame(site, "bad_searchable", says, "x-searchable")
        return mark is True

    def bounds(
        self, domain: Mapping[str, Json], low: str, high: str, site: _Site, within: tuple[str, ...]
    ) -> tuple[Number | None, Number | None]:
        least, most = (_number_or_none(domain.get(keyword)) for keyword in (low, high))
        for keyword, value in ((low, least), (high, most)):
            if keyword in domain and value is None:
                self.blame(site, "bad_bounds", f"has a '{keyword}' that is no number", *within, keyword)
        if least is not None and most is not None and least > most:
            self.blame(site, "bad_bounds", f"has a '{low}' above its '{high}': no value is left", *within, low)
        return least, most

    def choices(
        self, domain: Mapping[str, Json], type_: str, site: _Site, within: tuple[str, ...]
    ) -> tuple[str | Number, ...] | None:
        if "enum" not in domain or type_ not in _CHOICE_KINDS:
            return None
        enum, kinds = domain["enum"], _CHOICE_KINDS[type_]
        if not isinstance(enum, list) or not enum or any(type(choice) not in kinds for choice in enum):
            self.blame(site, "bad_choices", "must have an enum of at least one value, all of its type", *within, "enum")
            return None
        choices = tuple(exact(choice) if isinstance(choice, float) else choice for choice in enum)
        if len(set(choices)) < len(choices):
            self.blame(site, "bad_choices", "names a choice twice", *within, "enum")
        return choices

    def default(self, spec: FactSpec, site: _Site) -> None:
        if isinstance(spec.default, Missing):
            return
        reader = reader_of(spec)
        if reader.take(spec.default) is WRONG:
            for flaw in reader.flaws(spec.default, MOST_PROBLEMS).told:
                self.blame(site, "bad_default", f"has a default that {flaw.says}", "default", *flaw.within)


def _are_periods(items: Mapping[str, Json]) -> bool:
    """Tell whether the items of a list are objects with exactly the instants `from` and `to`."""
    ends = dict(_members(items))
    properties = items.get("properties")
    return set(ends) == set(_ENDS) == set(properties or ()) and all(map(_is_instant, ends.values()))  # type: ignore[arg-type]


def _may_go_on(document: Mapping[str, Json]) -> bool:
    """Tell whether the items of a list of periods need no `to`."""
    items = document.get("items")
    return isinstance(items, Mapping) and items.get("required") == ["from"]


def _members(schema: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Yield the members of an object that are declared by a schema."""
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(inner, Mapping):
            yield name, inner


def _marked_below(fact: Mapping[str, Json], mark: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways to what lies within a list or its periods and has a mark."""
    items = fact.get("items")
    if isinstance(items, Mapping):
        if mark in items:
            yield ("items",)
        for name, end in _members(items):
            if mark in end:
                yield ("items", "properties", name)


def _is_instant(schema: Mapping[str, Json]) -> bool:
    return (schema.get("type"), schema.get("format")) == ("string", "date-time")


def _number_or_none(value: Json) -> Number | None:
    return exact(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _has_value(spec: FactSpec) -> bool:
    """Say whether there is a value that a fact can have."""
    if spec.type not in ("list", "records"):
        return _has_item(spec, spec.type)
    if spec.min_items == 0 or spec.type == "records":  # each member has a value, or was told of already
        return True
    if spec.unique and spec.choices is not None and len(spec.choices) < spec.min_items:
        return False
    return _has_item(spec, spec.item_type or "string")


def _has_item(spec: FactSpec, type_: str) -> bool:
    if spec.choices is not None:
        return bool(spec.choices)
    if type_ != "integer" or spec.minimum is None or spec.maximum is None:
        return True
    return ceil(spec.minimum) <= floor(spec.maximum)


def _is_between(value: object, least: Number | None, most: Number | None) -> bool:
    """Say whether a choice lies within the bounds beside it; texts have none."""
    if isinstance(value, str):
        return True
    return (least is None or value >= least) and (most is None or value <= most)  # type: ignore[operator]
