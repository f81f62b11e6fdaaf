"""Which keys a pack's files may have and what may stand under them, checked against `schemas/`. What names mean is not.

The schemas are JSON Schema (2020-12), the same that an editor uses; what a validator says of them is turned into the
words that a policy owner needs: which rule, which key, what would be right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from service.nearest import nearest
from service.pack.findings import Finding, Place
from service.pack.yaml_source import Steps

__all__ = ["SCHEMA_NAMES", "check_structure", "schema_folder"]

SCHEMA_NAMES = (
    "calendar", "cases", "clauses", "decision", "facts", "facts-schema.meta", "interpretations", "language", "pack",
)  # fmt: skip
"""The schemas of the pack language: the files of `schemas/` without `.schema.json`."""

Written: TypeAlias = Any
"""Data as it was read."""
_Saying: TypeAlias = tuple[str, str, str | None]
"""A code, words that follow the name of what they are about, and the nearest valid name or value."""

_ELEMENTS = (
    "rule", "table", "clock", "part", "note", "clause", "interpretation", "case", "fact", "holiday",
    "decision", "calendar", "pack",
)  # fmt: skip
"""Keys whose value names the mapping that they stand in."""

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_SHOWN_CHOICES = 12
_OTHER_FORM = 1000
_CHOICE = "by_interpretation"


def schema_folder() -> Path:
    """Return the folder of schemas: `schemas/` beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "schemas"
    return beside if (beside / "pack.schema.json").is_file() else package / "_data" / "schemas"


def check_structure(
    data: object,
    place: Callable[[Steps], Place],
    key_place: Callable[[Steps], Place],
    schema_name: str,
) -> tuple[Finding, ...]:
    """Return what is wrong with the structure of a file, sorted by place.

    data         the file's tree; None in it stands for a value that has been refused already, and is passed over
    place        path -> where the value at it is written
    key_place    path -> where the key that ends it is written
    schema_name  one of SCHEMA_NAMES
    Raises KeyError for another schema name.
    """
    report = _Report(data, place, key_place)
    for fault in _faults(_validator(schema_name).iter_errors(_with_text_keys(data))):
        for leaf in _leaves(fault):
            report.add(leaf)
    return tuple(sorted(set(report.findings)))


@cache
def _validator(name: str) -> Draft202012Validator:
    resources = {f"{each}.schema.json": _resource(each) for each in SCHEMA_NAMES}
    # Local files only: a `$ref` to anywhere else is not found, whatever it says.
    registry: Registry[Any] = Registry().with_resources(resources.items()).crawl()
    if name not in SCHEMA_NAMES:
        raise KeyError(name)
    return Draft202012Validator({"$ref": f"{name}.schema.json"}, registry=registry)


def _resource(name: str) -> Resource[Any]:
    text = (schema_folder() / f"{name}.schema.json").read_text(encoding="utf-8")
    return DRAFT202012.create_resource(json.loads(text))


def _key_text(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _with_text_keys(data: Written) -> Written:
    """Return the data as JSON has it: keys that are integers or booleans become text."""
    if isinstance(data, Mapping):
        return {_key_text(key): _with_text_keys(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_with_text_keys(value) for value in data]
    return data


@dataclass(frozen=True, slots=True)
class _Fault:
    """One thing that a validator says.

    keyword   the schema's keyword that is broken, and `wanted` its value there
    schema    the schema that the keyword stands in
    found     the value that breaks it, at `path` in the data
    depth     how far below the value with alternatives the fault lies; 0 is that value itself
    branches  the faults of each alternative, where the keyword is about alternatives
    """

    keyword: str
    wanted: Any
    schema: Mapping[str, Any]
    found: Any
    path: Steps
    depth: int
    branches: tuple[tuple[_Fault, ...], ...]


def _faults(errors: Iterable[ValidationError]) -> tuple[_Fault, ...]:
    """Return what a validator says, without what it says of values that were refused already."""
    return tuple(_fault(error) for error in errors if error.instance is not None)


def _fault(error: ValidationError) -> _Fault:
    branches: dict[str | int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    return _Fault(
        keyword=str(error.validator),
        wanted=error.validator_value,
        schema=error.schema if isinstance(error.schema, dict) else {},
        found=error.instance,
        path=tuple(error.absolute_path),
        depth=len(error.relative_path),
        branches=tuple(_faults(branch) for branch in branches.values()),
    )


def _leaves(fault: _Fault) -> Iterator[_Fault]:
    """Yield the faults that say something: of alternatives, those of the one that was meant."""
    if not fault.branches or _asks_for_keys(fault):
        yield fault
        return
    meant = min(fault.branches, key=_distance)
    if _distance(meant) >= _OTHER_FORM:
        yield fault
        return
    for each in meant:
        yield from _leaves(each)


def _asks_for_keys(fault: _Fault) -> bool:
    """Tell whether the alternatives ask for one key each and for nothing else."""
    return all(isinstance(branch, dict) and set(branch) == {"required"} for branch in fault.wanted)


def _distance(branch: Iterable[_Fault]) -> int:
    """Return how far a value is from an alternative; from _OTHER_FORM up, it is of another type."""
    return sum(map(_weight, branch))


def _weight(fault: _Fault) -> int:
    if fault.depth:
        return 20 if fault.keyword == "const" else 2
    if fault.branches:
        return min(map(_distance, fault.branches))
    if fault.keyword == "required":
        return 10 + (_OTHER_FORM if _is_no_choice(fault) else 100 * (len(_missing(fault)) == len(fault.wanted)))
    if fault.keyword == "additionalProperties":
        return 10 * len(_unknown(fault))
    return _OTHER_FORM if fault.keyword == "type" else 5


def _is_no_choice(fault: _Fault) -> bool:
    # Nearly every value may be a `by_interpretation` instead; without that key none is meant.
    return _CHOICE in fault.schema.get("required", ())


def _missing(fault: _Fault) -> list[str]:
    return [key for key in fault.wanted if key not in fault.found]


def _unknown(fault: _Fault) -> list[str]:
    allowed = fault.schema.get("patternProperties", {})
    return [
        key for key in fault.found if key not in _known(fault) and not any(re.search(each, key) for each in allowed)
    ]


def _misspelt(fault: _Fault) -> set[str | None]:
    """Return the keys that unknown ones were meant to be: those are not missing as well."""
    known = _known(fault)
    written = fault.found if isinstance(fault.found, dict) else ()
    return {nearest(key, known) for key in written if key not in known}


def _wanted_keys(fault: _Fault) -> set[str]:
    """Return the keys that a fault asks for."""
    if fault.keyword == "dependentRequired":
        return {each for key, others in fault.wanted.items() if key in fault.found for each in others}
    if fault.keyword in ("anyOf", "oneOf") and _asks_for_keys(fault):
        return {key for branch in fault.wanted for key in branch["required"]}
    return set()


def _known(fault: _Fault) -> Mapping[str, object]:
    known: Mapping[str, object] = fault.schema.get("properties", {})
    return known


def _wanted_types(fault: _Fault) -> list[str]:
    if fault.keyword == "type":
        return [fault.wanted] if isinstance(fault.wanted, str) else list(fault.wanted)
    faults = [each for branch in fault.branches for each in branch if not each.depth and not _is_no_choice(each)]
    return [name for each in faults for name in _wanted_types(each)]


@dataclass
class _Report:
    """Turns a validator's errors about one file into findings."""

    data: Written
    place: Callable[[Steps], Place]
    key_place: Callable[[Steps], Place]
    findings: list[Finding] = field(default_factory=list)

    def add(self, fault: _Fault) -> None:
        """Add what one fault means."""
        path = self._path(fault.path)
        if isinstance(fault.found, str) and isinstance(self._at(path), Mapping):
            self._wrong_key(fault, path)
        elif fault.keyword == "additionalProperties":
            for key in _unknown(fault):
                self._unknown_key(key, _known(fault), path)
        elif fault.keyword == "required":
            for key in set(_missing(fault)) - _misspelt(fault):
                self._report(self.place(path), "missing_key", path, f"needs the key '{key}'")
        elif not _wanted_keys(fault) & _misspelt(fault):
            code, what, close = _say(fault)
            self._report(self.place(path), code, path, what, close)

    def _unknown_key(self, key: str, known: Iterable[str], path: Steps) -> None:
        close = nearest(key, known)
        inside = _phrase(self._element(path)[1])
        what = f"unknown key '{key}'{' in ' + inside if inside else ''}{_hint(close)}"
        self._told(self.key_place((*path, self._key(path, key))), "unknown_key", path, what, close)

    def _wrong_key(self, fault: _Fault, path: Steps) -> None:
        key = str(fault.found)
        if fault.keyword == "enum":
            self._unknown_key(key, fault.wanted, path)
        else:
            where = self.key_place((*path, self._key(path, key)))
            self._told(where, "bad_key", path, f"the key '{key}' {_form(fault)}")

    def _report(self, where: Place, code: str, path: Steps, what: str, close: str | None = None) -> None:
        phrase = _phrase(self._element(path)[1])
        self._told(where, code, path, f"{phrase} {what}" if phrase else what, close)

    def _told(self, where: Place, code: str, path: Steps, what: str, close: str | None = None) -> None:
        self.findings.append(Finding(where, code, f"{self._element(path)[0]}: {what}", close))

    def _element(self, path: Steps) -> tuple[str, Steps]:
        """Return the name of the innermost named element around a path, and the rest of the path."""
        for length in range(len(path), -1, -1):
            found = self._at(path[:length])
            if isinstance(found, Mapping) and (length == 0 or isinstance(path[length - 1], int)):
                for kind in _ELEMENTS:
                    if isinstance(found.get(kind), str):
                        return f"{kind} {found[kind]}", self._told_path(path, length)
        return "the file", self._told_path(path, 0)

    def _told_path(self, path: Steps, start: int) -> Steps:
        """Return the path from a position on, with all keys as text: an integer in it is a position in a list."""
        within = (self._at(path[:length]) for length in range(start, len(path)))
        return tuple(
            _key_text(step) if isinstance(found, Mapping) else step
            for step, found in zip(path[start:], within, strict=True)
        )

    def _at(self, path: Iterable[str | int]) -> Written:
        found = self.data
        for step in path:
            found = found[step]
        return found

    def _path(self, steps: Iterable[str | int]) -> Steps:
        """Return the path with its keys as they were read: integers and booleans too."""
        path: Steps = ()
        for step in steps:
            path = (*path, step if isinstance(step, int) else self._key(path, step))
        return path

    def _key(self, path: Steps, text: str) -> str | int:
        return next((key for key in self._at(path) if _key_text(key) == text), text)


def _phrase(rest: Steps) -> str:
    """Return a path inside an element in words.

    >>> _phrase(("rows", 2, "cells", 0)), _phrase(("source", "date"))
    ("item 1 of 'cells' in item 3 of 'rows'", "'source.date'")
    """
    parts: list[str] = []
    keys: list[str] = []
    for step in rest:
        if isinstance(step, int):
            parts.append(f"item {step + 1}" + (f" of '{'.'.join(keys)}'" if keys else ""))
            keys = []
        else:
            keys.append(step)
    if keys:
        parts.append(f"'{'.'.join(keys)}'")
    return " in ".join(reversed(parts))


def _say(fault: _Fault) -> _Saying:
    return _SAYINGS.get(fault.keyword, _say_form)(fault)


def _form(fault: _Fault) -> str:
    return str(fault.schema.get("patternErrorMessage") or f"must have the form {fault.wanted}")


def _say_form(fault: _Fault) -> _Saying:
    return ("bad_form", f"{_form(fault)}, not {_shown(fault.found)}", None)


def _say_not(fault: _Fault) -> _Saying:
    return ("too_many_keys", str(fault.schema.get("errorMessage", "is not allowed here")), None)


def _say_type(fault: _Fault) -> _Saying:
    wanted = list(dict.fromkeys(_TYPES.get(name, name) for name in _wanted_types(fault))) or ["of another form"]
    quoted = ": quote it" if wanted == ["text"] and isinstance(fault.found, int | float) else ""
    return ("wrong_type", f"must be {_joined(wanted)}, not {_kind(fault.found)}{quoted}", None)


def _say_choice(fault: _Fault) -> _Saying:
    choices = fault.wanted if fault.keyword == "enum" else [fault.wanted]
    shown = [_shown(each) for each in choices[:_SHOWN_CHOICES]]
    listed = _joined(shown) if len(choices) <= _SHOWN_CHOICES else f"one of {', '.join(shown)}, …"
    close = nearest(str(fault.found), map(str, choices)) if isinstance(fault.found, str) else None
    must = fault.schema.get("errorMessage") or f"must be {listed}"
    return ("not_one_of", f"{must}, not {_shown(fault.found)}{_hint(close)}", close)


def _say_alternatives(fault: _Fault) -> _Saying:
    if not _asks_for_keys(fault):
        return _say_type(fault)
    keys = [key for branch in fault.wanted for key in branch["required"]]
    there = [f"'{key}'" for key in keys if key in fault.found]
    if there:
        return ("too_many_keys", f"takes only one of the keys {_joined(there, 'and')}", None)
    return ("missing_key", "needs one of the keys " + _joined([f"'{key}'" for key in keys]), None)


def _say_bound(fault: _Fault) -> _Saying:
    return ("out_of_range", f"must be {_BOUNDS[fault.keyword]} {fault.wanted}, not {fault.found}", None)


def _say_too_few(fault: _Fault) -> _Saying:
    if fault.wanted == 1:
        return ("empty", "must not be empty", None)
    return ("too_few", f"needs at least {fault.wanted} entries, not {len(fault.found)}", None)


def _say_too_many(fault: _Fault) -> _Saying:
    return ("too_many", f"takes no more than {fault.wanted}, not {len(fault.found)}", None)


def _say_twice(fault: _Fault) -> _Saying:
    items: Sequence[object] = fault.found
    twice = next((each for index, each in enumerate(items) if each in items[:index]), None)
    return ("duplicate_item", f"lists {_shown(twice)} twice", None)


def _say_companions(fault: _Fault) -> _Saying:
    key = next(
        key for key, others in fault.wanted.items() if key in fault.found and not set(others) <= set(fault.found)
    )
    missing = [f"'{each}'" for each in fault.wanted[key] if each not in fault.found]
    return ("missing_key", f"needs {_joined(missing, 'and')} beside '{key}'", None)


_BOUNDS: Mapping[str, str] = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}
_SAYINGS: Mapping[str, Callable[[_Fault], _Saying]] = {
    "type": _say_type,
    "enum": _say_choice,
    "const": _say_choice,
    "anyOf": _say_alternatives,
    "oneOf": _say_alternatives,
    "not": _say_not,
    **dict.fromkeys(_BOUNDS, _say_bound),
    **dict.fromkeys(("minLength", "minItems", "minProperties"), _say_too_few),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), _say_too_many),
    "uniqueItems": _say_twice,
    "dependentRequired": _say_companions,
}


def _hint(close: str | None) -> str:
    return f". Did you mean '{close}'?" if close is not None else ""


def _kind(value: object) -> str:
    if isinstance(value, int | float):
        return _key_text(value) if isinstance(value, bool) else f"the number {value}"
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a mapping"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"'{text}'" if isinstance(value, str) else text


def _joined(words: Sequence[str], word: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {word} {words[-1]}"
