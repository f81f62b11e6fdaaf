"""A fact in words: what it may be, and how a person is asked for it. How it looks on a page or terminal is not here.

The words are made of what the facts schema says alone: title or dotted name, description, type, choices and bounds.
"""

from __future__ import annotations

from service.facts.declaration import FactSpec, Missing
from service.facts.numbers import Number, number_text

__all__ = ["allowed", "question"]

_MOST_CHOICES = 24
_SHAPES = {
    "boolean": "true or false",
    "date": "a date such as 2026-01-31",
    "instant": "an instant such as 2026-01-31T09:00:00Z",
    "periods": "a list of periods, each from an instant to another",
}


def question(spec: FactSpec) -> str:
    """Return what to ask a person who knows the case: one line, of whole sentences.

    >>> question(FactSpec("loan.kind", "string", choices=("book", "map", "film")))
    'What is loan.kind? One of book, map, film.'
    """
    name = f"{spec.title.rstrip('.?')} ({spec.path})" if spec.title else spec.path
    asks = f"{_ASKS.get(spec.type, 'What is')} {name}?"
    return " ".join(filter(None, (asks, _sentence(spec.description), _sentence(allowed(spec)), _left_out(spec))))


_ONGOING = ", or from an instant on where it goes on"

_ASKS = {
    "boolean": "Is it so:",
    "date": "On which day is",
    "instant": "When is",
    "list": "Which are",
    "periods": "When are",
}


def allowed(spec: FactSpec) -> str:
    """Return which values a fact can have, as they are written in JSON, without quotes.

    >>> allowed(FactSpec("loan.pages", "integer", minimum=1))
    'a whole number, at least 1'
    """
    if spec.type == "list":
        return _list(spec)
    if spec.choices:
        return f"one of {_choices(spec)}" if len(spec.choices) > 1 else _choices(spec)
    if spec.type in _SHAPES:
        return f"{_SHAPES[spec.type]}{_ONGOING if spec.open_ended else ''}"
    return _string(spec) if spec.type == "string" else _number(spec, "a whole number", "a number")


def _list(spec: FactSpec) -> str:
    if spec.choices:
        return f"a list of any of {_choices(spec)}"
    if spec.item_type == "string":
        return "a list of strings"
    return f"a list of {_number(spec, 'whole numbers', 'numbers')}"


def _choices(spec: FactSpec) -> str:
    told = [choice if isinstance(choice, str) else number_text(choice) for choice in (spec.choices or ())]
    if len(told) <= _MOST_CHOICES:
        return ", ".join(told)
    return f"{', '.join(told[: _MOST_CHOICES // 2])} and {len(told) - _MOST_CHOICES // 2} more"


def _number(spec: FactSpec, whole: str, any_: str) -> str:
    kind = whole if "integer" in (spec.type, spec.item_type) else any_
    low, high = _bound(spec.minimum), _bound(spec.maximum)
    if low and high:
        return f"{kind} from {low} to {high}"
    return f"{kind}, at least {low}" if low else f"{kind}, at most {high}" if high else kind


def _bound(number: Number | None) -> str:
    return "" if number is None else number_text(number)


def _string(spec: FactSpec) -> str:
    if spec.max_length is None:
        return f"text of at least {_characters(spec.min_length)}" if spec.min_length else "text"
    if not spec.min_length:
        return f"text of at most {_characters(spec.max_length)}"
    return f"text of {spec.min_length} to {_characters(spec.max_length)}"


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count} characters"


def _sentence(text: str) -> str:
    """Return a text as a sentence: with a capital, and an end."""
    text = " ".join(text.split())
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")


def _left_out(spec: FactSpec) -> str:
    if spec.absent_is_none:
        return "Leave it out where there is none."
    if isinstance(spec.default, Missing):
        return ""
    return f"Left out, it is taken to be {_default(spec.default)}."


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(_default, value)) or "empty"
    return str(value)
