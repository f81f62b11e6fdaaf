"""What a validator says of data, brought down to what was meant, and told in a policy owner's words.

Of several forms that a value may have, the one counts that is nearest. Where a value stands is not here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from service.wording import nearest
from service.written.findings import Steps

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

__all__ = [
    "Violation",
    "form",
    "known_keys",
    "leaves",
    "meant_keys",
    "missing_keys",
    "say",
    "unknown_keys",
    "violations_in",
    "wanted_keys",
]

_OTHER_FORM = 1000
_CONST = 20
_CHOICE = "by_interpretation"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that a validator says.

    keyword   the schema's keyword that is broken, and `wanted` its value there
    schema    the schema that the keyword stands in
    found     the value that breaks it, at `path` in the data
    depth     how far below the value with alternatives the broken lies; 0 is that value itself
    branches  the violations of each alternative, where the keyword is about alternatives
    """

    keyword: str
    wanted: Any
    schema: Mapping[str, Any]
    found: Any
    path: Steps
    depth: int
    branches: tuple[tuple[Violation, ...], ...]


def violations_in(errors: Iterable[ValidationError]) -> tuple[Violation, ...]:
    """Return what a validator says, without what it says of values that were refused already."""
    return tuple(_fault(error) for error in errors if error.instance is not None)


def _fault(error: ValidationError) -> Violation:
    branches: dict[str | int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    return Violation(
        keyword=str(error.validator),
        wanted=error.validator_value,
        schema=error.schema if isinstance(error.schema, dict) else {},
        found=error.instance,
        path=tuple(error.absolute_path),
        depth=len(error.relative_path),
        branches=tuple(violations_in(branch) for branch in branches.values()),
    )


def leaves(broken: Violation) -> Iterator[Violation]:
    """Yield the violations that say something: of alternatives, those of the one that was meant."""
    if broken.keyword in ("anyOf", "oneOf") and asks_for_keys(broken):
        if isinstance(broken.found, dict):  # else its type is wrong, which another broken says
            yield broken
        return
    if not broken.branches:
        yield broken
        return
    meant = min(broken.branches, key=_distance)
    if _distance(meant) >= _OTHER_FORM:
        yield broken
        return
    for each in meant:
        yield from leaves(each)


def asks_for_keys(broken: Violation) -> bool:
    """Tell whether the alternatives ask for one key each and for nothing else."""
    return all(isinstance(branch, dict) and set(branch) == {"required"} for branch in broken.wanted)


def _distance(branch: Iterable[Violation]) -> int:
    """Return how far a value is from an alternative; from _OTHER_FORM up, it is of another type."""
    return sum(map(_weight, branch))


def _weight(broken: Violation) -> int:
    if broken.depth:
        inner = min(map(_distance, broken.branches), default=0)
        return _CONST if broken.keyword == "const" else min(_CONST - 1, 2 + inner)
    if broken.branches:
        return min(map(_distance, broken.branches))
    if broken.keyword == "required":
        return 10 + (_OTHER_FORM if _is_no_choice(broken) else 100 * (len(missing_keys(broken)) == len(broken.wanted)))
    if broken.keyword == "additionalProperties":
        return 10 * len(unknown_keys(broken))
    is_no_word = broken.keyword in ("const", "enum") and isinstance(broken.found, dict)
    return _OTHER_FORM if broken.keyword == "type" or is_no_word else 5


def _is_no_choice(broken: Violation) -> bool:
    # Nearly every value may be a `by_interpretation` instead; without that key none is meant.
    return _CHOICE in broken.schema.get("required", ())


def missing_keys(broken: Violation) -> list[str]:
    """Return the keys that `required` asks for and that are not there."""
    return [key for key in broken.wanted if key not in broken.found]


def unknown_keys(broken: Violation) -> list[str]:
    """Return the keys that the schema does not know."""
    allowed = broken.schema.get("patternProperties", {})
    return [
        key
        for key in broken.found
        if key not in known_keys(broken) and not any(re.search(each, key) for each in allowed)
    ]


def meant_keys(violations: Iterable[Violation]) -> Mapping[Steps, set[str]]:
    """Return by the path of each mapping the known keys that its unknown ones were meant to be."""
    found: dict[Steps, set[str]] = {}
    for broken in violations:
        for key in unknown_keys(broken) if broken.keyword == "additionalProperties" else ():
            close = nearest(key, known_keys(broken))
            found.setdefault(broken.path, set()).update(() if close is None else (close,))
    return found


def wanted_keys(broken: Violation) -> set[str]:
    """Return the keys that a violation asks for."""
    if broken.keyword == "dependentRequired":
        return {each for key, others in broken.wanted.items() if key in broken.found for each in others}
    if broken.keyword in ("anyOf", "oneOf") and asks_for_keys(broken):
        return {key for branch in broken.wanted for key in branch["required"]}
    return set()


def known_keys(broken: Violation) -> Mapping[str, object]:
    """Return the keys that the schema knows."""
    known: Mapping[str, object] = broken.schema.get("properties", {})
    return known


def wanted_types(broken: Violation) -> list[str]:
    """Return the JSON types that would be right, over all alternatives."""
    if broken.keyword == "type":
        return [broken.wanted] if isinstance(broken.wanted, str) else list(broken.wanted)
    violations = [each for branch in broken.branches for each in branch if not each.depth and not _is_no_choice(each)]
    return [name for each in violations for name in wanted_types(each)]


Told: TypeAlias = tuple[str, str, str | None]
"""A code, words that follow the name of what they are about, and the nearest valid name or value."""

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_SHOWN_CHOICES = 12


def say(broken: Violation) -> Told:
    """Return what is wrong and what would be right."""
    return _SAYINGS.get(broken.keyword, _say_form)(broken)


def form(broken: Violation) -> str:
    """Return the form that a text must have."""
    return str(broken.schema.get("patternErrorMessage") or f"must have the form {broken.wanted}")


def _say_form(broken: Violation) -> Told:
    found = "another text" if _is_secret(broken) else _shown(broken.found)
    return ("bad_form", f"{form(broken)}, not {found}", None)


def _say_not(broken: Violation) -> Told:
    return ("too_many_keys", str(broken.schema.get("errorMessage", "is not allowed here")), None)


def _say_type(broken: Violation) -> Told:
    wanted = list(dict.fromkeys(_TYPES.get(name, name) for name in wanted_types(broken))) or ["of another form"]
    quoted = ": quote it" if wanted == ["text"] and isinstance(broken.found, int | float) else ""
    found = "a number" if quoted and _is_secret(broken) else _kind(broken.found)
    must = broken.schema.get("errorMessage") or f"must be {_joined(wanted)}"
    return ("wrong_type", f"{must}, not {found}{quoted}", None)


def _say_choice(broken: Violation) -> Told:
    choices = broken.wanted if broken.keyword == "enum" else [broken.wanted]
    shown = [_shown(each) for each in choices[:_SHOWN_CHOICES]]
    listed = _joined(shown) if len(choices) <= _SHOWN_CHOICES else f"one of {', '.join(shown)}, …"
    close = nearest(str(broken.found), map(str, choices)) if isinstance(broken.found, str) else None
    must = broken.schema.get("errorMessage") or f"must be {listed}"
    return ("not_one_of", f"{must}, not {_shown(broken.found)}", close)


def _say_alternatives(broken: Violation) -> Told:
    if not asks_for_keys(broken):
        return _say_type(broken)
    keys = [key for branch in broken.wanted for key in branch["required"]]
    there = [f"'{key}'" for key in keys if key in broken.found]
    if there:
        return ("too_many_keys", f"takes only one of the keys {_joined(there, 'and')}", None)
    return ("missing_key", "needs one of the keys " + _joined([f"'{key}'" for key in keys]), None)


def _say_bound(broken: Violation) -> Told:
    return ("out_of_range", f"must be {_BOUNDS[broken.keyword]} {broken.wanted}, not {broken.found}", None)


def _say_too_few(broken: Violation) -> Told:
    if broken.wanted == 1:
        return ("empty", str(broken.schema.get("emptyMessage", "must not be empty")), None)
    return ("too_few", f"needs at least {broken.wanted} entries, not {len(broken.found)}", None)


def _say_too_many(broken: Violation) -> Told:
    return ("too_many", f"takes no more than {broken.wanted}, not {len(broken.found)}", None)


def _say_twice(broken: Violation) -> Told:
    items: Sequence[object] = broken.found
    twice = next((each for index, each in enumerate(items) if each in items[:index]), None)
    return ("duplicate_item", f"lists {_shown(twice)} twice", None)


def _say_companions(broken: Violation) -> Told:
    key = next(
        key for key, others in broken.wanted.items() if key in broken.found and not set(others) <= set(broken.found)
    )
    missing = [f"'{each}'" for each in broken.wanted[key] if each not in broken.found]
    return ("missing_key", f"needs {_joined(missing, 'and')} beside '{key}'", None)


_BOUNDS: Mapping[str, str] = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}
_SAYINGS: Mapping[str, Callable[[Violation], Told]] = {
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


def _is_secret(broken: Violation) -> bool:
    """Tell whether a value must not be repeated: a secret may have been put there by mistake."""
    return broken.schema.get("writeOnly") is True


def _kind(value: object) -> str:
    if isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else f"the number {value}"
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a mapping"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"'{text}'" if isinstance(value, str) else text


def _joined(words: Sequence[str], word: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {word} {words[-1]}"
