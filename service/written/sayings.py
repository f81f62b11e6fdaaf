"""Faults in a policy owner's words: what must be, and what stands there instead. Where it stands is not here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from service.wording import nearest
from service.written.faults import Fault, asks_for_keys, wanted_types

__all__ = ["Saying", "form", "say"]

Saying: TypeAlias = tuple[str, str, str | None]
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


def say(fault: Fault) -> Saying:
    """Return what is wrong and what would be right."""
    return _SAYINGS.get(fault.keyword, _say_form)(fault)


def form(fault: Fault) -> str:
    """Return the form that a text must have."""
    return str(fault.schema.get("patternErrorMessage") or f"must have the form {fault.wanted}")


def _say_form(fault: Fault) -> Saying:
    found = "another text" if _is_secret(fault) else _shown(fault.found)
    return ("bad_form", f"{form(fault)}, not {found}", None)


def _say_not(fault: Fault) -> Saying:
    return ("too_many_keys", str(fault.schema.get("errorMessage", "is not allowed here")), None)


def _say_type(fault: Fault) -> Saying:
    wanted = list(dict.fromkeys(_TYPES.get(name, name) for name in wanted_types(fault))) or ["of another form"]
    quoted = ": quote it" if wanted == ["text"] and isinstance(fault.found, int | float) else ""
    found = "a number" if quoted and _is_secret(fault) else _kind(fault.found)
    return ("wrong_type", f"must be {_joined(wanted)}, not {found}{quoted}", None)


def _say_choice(fault: Fault) -> Saying:
    choices = fault.wanted if fault.keyword == "enum" else [fault.wanted]
    shown = [_shown(each) for each in choices[:_SHOWN_CHOICES]]
    listed = _joined(shown) if len(choices) <= _SHOWN_CHOICES else f"one of {', '.join(shown)}, …"
    close = nearest(str(fault.found), map(str, choices)) if isinstance(fault.found, str) else None
    must = fault.schema.get("errorMessage") or f"must be {listed}"
    return ("not_one_of", f"{must}, not {_shown(fault.found)}", close)


def _say_alternatives(fault: Fault) -> Saying:
    if not asks_for_keys(fault):
        return _say_type(fault)
    keys = [key for branch in fault.wanted for key in branch["required"]]
    there = [f"'{key}'" for key in keys if key in fault.found]
    if there:
        return ("too_many_keys", f"takes only one of the keys {_joined(there, 'and')}", None)
    return ("missing_key", "needs one of the keys " + _joined([f"'{key}'" for key in keys]), None)


def _say_bound(fault: Fault) -> Saying:
    return ("out_of_range", f"must be {_BOUNDS[fault.keyword]} {fault.wanted}, not {fault.found}", None)


def _say_too_few(fault: Fault) -> Saying:
    if fault.wanted == 1:
        return ("empty", "must not be empty", None)
    return ("too_few", f"needs at least {fault.wanted} entries, not {len(fault.found)}", None)


def _say_too_many(fault: Fault) -> Saying:
    return ("too_many", f"takes no more than {fault.wanted}, not {len(fault.found)}", None)


def _say_twice(fault: Fault) -> Saying:
    items: Sequence[object] = fault.found
    twice = next((each for index, each in enumerate(items) if each in items[:index]), None)
    return ("duplicate_item", f"lists {_shown(twice)} twice", None)


def _say_companions(fault: Fault) -> Saying:
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
_SAYINGS: Mapping[str, Callable[[Fault], Saying]] = {
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


def _is_secret(fault: Fault) -> bool:
    """Tell whether a value must not be repeated: a secret may have been put there by mistake."""
    return fault.schema.get("writeOnly") is True


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
