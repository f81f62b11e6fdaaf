"""Which keys a pack's files may have and what may stand under them, checked against `schemas/`. What names mean is not.

The schemas are JSON Schema (2020-12), the same that an editor uses; what a validator says of them is turned into the words
that a policy owner needs: which rule, which key, what would be right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from service.nearest import did_you_mean, nearest
from service.pack.findings import Finding, Place
from service.pack.yaml_source import Steps

__all__ = ["SCHEMA_NAMES", "check_structure", "schema_folder"]

SCHEMA_NAMES = (
    "calendar", "cases", "clauses", "decision", "facts", "facts-schema.meta", "interpretations", "language", "pack",
)  # fmt: skip
"""The schemas of the pack language: the files of `schemas/` without `.schema.json`."""

Written: TypeAlias = Any
"""Data as it was read."""

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
_WRONG_TYPE = 1000
_NOT_THIS_FORM = 500


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
    for error in _validator(schema_name).iter_errors(_with_text_keys(data)):
        for leaf in _leaves(error):
            report.add(leaf)
    return tuple(sorted(set(report.findings)))


@cache
def _validator(name: str) -> Draft202012Validator:
    resources = {f"{each}.schema.json": _resource(each) for each in SCHEMA_NAMES}
    # Local files only: a `$ref` to anywhere else is not found, whatever it says.
    registry: Registry[Any] = Registry().with_resources(resources.items()).crawl()
    registry.contents(f"{name}.schema.json")
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


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield the errors that say something: of alternatives, those of the one that was meant."""
    if error.instance is None:
        return
    if error.validator in ("anyOf", "oneOf") and error.context and not _is_choice_of_keys(error):
        branch = min(_branches(error), key=_cost)
        if _cost(branch) < _WRONG_TYPE:
            for each in branch:
                yield from _leaves(each)
            return
    yield error


def _branches(error: ValidationError) -> list[list[ValidationError]]:
    grouped: dict[object, list[ValidationError]] = {}
    for each in error.context or ():
        grouped.setdefault(each.relative_schema_path[0], []).append(each)
    return list(grouped.values())


def _is_choice_of_keys(error: ValidationError) -> bool:
    """Tell whether the alternatives ask for different keys and nothing else."""
    return all(set(branch) == {"required"} for branch in error.validator_value if isinstance(branch, dict))


def _cost(branch: Iterable[ValidationError]) -> int:
    return sum(map(_weight, branch))


def _weight(error: ValidationError) -> int:
    """Return how far what is written is from the alternative that this error belongs to."""
    if error.instance is None:
        return 0
    if error.validator in ("anyOf", "oneOf") and error.context:
        return min(map(_cost, _branches(error)))
    if error.relative_path:
        return 2
    if error.validator == "type":
        return _WRONG_TYPE
    if error.validator == "required":
        missing = _missing(error)
        return (_NOT_THIS_FORM if len(missing) == len(error.validator_value) else 0) + 10
    if error.validator == "additionalProperties":
        return 10 * len(_unknown_keys(error))
    return 5


def _missing(error: ValidationError) -> list[str]:
    return [key for key in error.validator_value if key not in error.instance]


def _unknown_keys(error: ValidationError) -> list[str]:
    return [key for key in error.instance if key not in error.schema.get("properties", {})]


def _wanted_types(error: ValidationError) -> list[str]:
    if error.validator == "type":
        return [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    return [
        name for branch in _branches(error) for each in branch if not each.relative_path for name in _wanted_types(each)
    ]


@dataclass
class _Report:
    """Turns a validator's errors about one file into findings."""

    data: Written
    place: Callable[[Steps], Place]
    key_place: Callable[[Steps], Place]
    findings: list[Finding] = field(default_factory=list)

    def add(self, error: ValidationError) -> None:
        """Add what one error says."""
        path = self._path(error.absolute_path)
        if isinstance(error.instance, str) and isinstance(self._at(path), Mapping):
            self._wrong_key(error, path)
        elif error.validator == "additionalProperties":
            self._unknown_keys(error, path)
        elif error.validator == "required":
            self._missing_keys(error, path)
        else:
            code, what, close = _say(error)
            self._report(self.place(path), code, path, what, close)

    def _unknown_keys(self, error: ValidationError, path: Steps) -> None:
        known = error.schema.get("properties", {})
        for key in _unknown_keys(error):
            where = self.key_place((*path, self._key(path, key)))
            inside = _phrase(self._element(path)[1])
            what = f"unknown key '{key}'{' in ' + inside if inside else ''}.{did_you_mean(key, known)}"
            self._told(where, "unknown_key", path, _without_stop(what), nearest(key, known))

    def _missing_keys(self, error: ValidationError, path: Steps) -> None:
        known = error.schema.get("properties", {})
        misspelt = {nearest(key, known) for key in error.instance if key not in known} if known else set()
        for key in _missing(error):
            if key not in misspelt:
                self._report(self.place(path), "missing_key", path, f"needs the key '{key}'")

    def _wrong_key(self, error: ValidationError, path: Steps) -> None:
        key = str(error.instance)
        where = self.key_place((*path, self._key(path, key)))
        if error.validator == "enum":
            inside = _phrase(self._element(path)[1])
            close = nearest(key, error.validator_value)
            what = f"unknown key '{key}'{' in ' + inside if inside else ''}.{did_you_mean(key, error.validator_value)}"
            self._told(where, "unknown_key", path, _without_stop(what), close)
        else:
            self._told(where, "bad_key", path, f"the key '{key}' {_say(error)[1]}")

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
                        return f"{kind} {found[kind]}", path[length:]
        return "the file", path

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


def _without_stop(text: str) -> str:
    return text.removesuffix(".")


def _phrase(rest: Steps) -> str:
    """Return a path inside an element in words.

    >>> _phrase(("rows", 2, "cells", 0)), _phrase(("source", "date"))
    ("item 1 of 'cells' in item 3 of 'rows'", "'source.date'")
    """
    parts: list[str] = []
    keys: list[str] = []
    for step in rest:
        if isinstance(step, int) and not isinstance(step, bool):
            parts.append(f"item {step + 1}" + (f" of '{'.'.join(keys)}'" if keys else ""))
            keys = []
        else:
            keys.append(_key_text(step))
    if keys:
        parts.append(f"'{'.'.join(keys)}'")
    return " in ".join(reversed(parts))


def _say(error: ValidationError) -> tuple[str, str, str | None]:
    """Return what an error says of a value: a code, words that follow the value's name, the nearest valid value."""
    if "errorMessage" in error.schema:
        return ("bad_form", str(error.schema["errorMessage"]), None)
    say = _SAYINGS.get(str(error.validator))
    return say(error) if say else ("bad_form", f"is not as it should be: {error.message}", None)


def _say_type(error: ValidationError) -> tuple[str, str, str | None]:
    wanted = list(dict.fromkeys(_TYPES.get(name, name) for name in _wanted_types(error)))
    quoted = ": quote it" if "text" in wanted and isinstance(error.instance, int | float) else ""
    return ("wrong_type", f"must be {_joined(wanted)}, not {_kind(error.instance)}{quoted}", None)


def _say_choice(error: ValidationError) -> tuple[str, str, str | None]:
    choices = error.validator_value if error.validator == "enum" else [error.validator_value]
    shown = _joined([_shown(each) for each in choices[:_SHOWN_CHOICES]])
    more = ", …" if len(choices) > _SHOWN_CHOICES else ""
    close = nearest(str(error.instance), map(str, choices)) if isinstance(error.instance, str) else None
    hint = f". Did you mean '{close}'?" if close else ""
    return ("not_one_of", f"must be {shown}{more}, not {_shown(error.instance)}{hint}", close)


def _say_alternatives(error: ValidationError) -> tuple[str, str, str | None]:
    if not _is_choice_of_keys(error):
        return _say_type(error)
    keys = [key for branch in error.validator_value for key in branch["required"]]
    there = [f"'{key}'" for key in keys if key in error.instance]
    if there:
        return ("too_many_keys", f"takes only one of the keys {_joined(there, 'and')}", None)
    quoted = [f"'{key}'" for key in keys]
    return ("missing_key", f"needs one of the keys {_joined(quoted)}", None)


def _say_pattern(error: ValidationError) -> tuple[str, str, str | None]:
    form = error.schema.get("patternErrorMessage") or f"must match {error.validator_value}"
    return ("bad_form", f"{form}, not {_shown(error.instance)}", None)


def _say_bound(error: ValidationError) -> tuple[str, str, str | None]:
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }
    return (
        "out_of_range",
        f"must be {words[str(error.validator)]} {error.validator_value}, not {error.instance}",
        None,
    )


def _say_too_few(error: ValidationError) -> tuple[str, str, str | None]:
    if error.validator_value == 1:
        return ("empty", "must not be empty", None)
    return ("too_few", f"needs at least {error.validator_value}, not {len(error.instance)}", None)


def _say_too_many(error: ValidationError) -> tuple[str, str, str | None]:
    return ("too_many", f"takes at most {error.validator_value}, not {len(error.instance)}", None)


def _say_twice(error: ValidationError) -> tuple[str, str, str | None]:
    items: Sequence[object] = error.instance
    twice = next((each for index, each in enumerate(items) if each in items[:index]), None)
    return ("duplicate_item", f"lists {_shown(twice)} twice", None)


def _say_companions(error: ValidationError) -> tuple[str, str, str | None]:
    for key, companions in error.validator_value.items():
        missing = [f"'{each}'" for each in companions if each not in error.instance]
        if key in error.instance and missing:
            return ("missing_key", f"needs the key {_joined(missing, 'and')} beside '{key}'", None)
    return ("missing_key", error.message, None)


_SAYINGS: Mapping[str, Callable[[ValidationError], tuple[str, str, str | None]]] = {
    "type": _say_type,
    "enum": _say_choice,
    "const": _say_choice,
    "anyOf": _say_alternatives,
    "oneOf": _say_alternatives,
    "pattern": _say_pattern,
    "minimum": _say_bound,
    "maximum": _say_bound,
    "exclusiveMinimum": _say_bound,
    "exclusiveMaximum": _say_bound,
    "minLength": _say_too_few,
    "minItems": _say_too_few,
    "minProperties": _say_too_few,
    "maxLength": _say_too_many,
    "maxItems": _say_too_many,
    "maxProperties": _say_too_many,
    "uniqueItems": _say_twice,
    "dependentRequired": _say_companions,
}


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return _key_text(value)
    kinds = ((str, "text"), (int, "a number"), (float, "a number"), (list, "a list"), (dict, "a mapping"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "nothing")


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"'{text}'" if isinstance(value, str) else text


def _joined(words: Sequence[str], word: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {word} {words[-1]}"
