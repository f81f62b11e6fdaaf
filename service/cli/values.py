"""Values in words: outcomes, facts and what a fact may be. Plain text; where it stands on the terminal is not here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from unicodedata import category

from service.facts.schema import FactsSchema
from service.jsontext import Json

__all__ = [
    "described",
    "exact_lines",
    "flat",
    "in_exact_words",
    "in_short",
    "in_words",
    "member_lines",
    "named_values",
    "printable",
]

_LONGEST_LINE = 64
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # Unicode: controls, formats, surrogates, line separators


def in_words(value: Json) -> str:
    """Return a value in one line, without quotes.

    >>> in_words({"amount": 4, "days": ["monday", "friday"], "late": False})
    'amount 4, days [monday, friday], late false'
    >>> in_words({"days": [], "desk": None})
    'days [], desk none'
    >>> in_words([{"from": "09:00", "to": "10:00"}])
    '[09:00 to 10:00]'
    >>> in_words([{"from": "09:00"}])
    '[from 09:00 on]'
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return _mapping_in_words(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_inside, value)) if value else "[]"
    return printable(str(value))


def _mapping_in_words(value: Mapping[str, Json]) -> str:
    """Return an object in one line; a period as from when to when, or from when on."""
    if value.keys() == {"from"}:
        return f"from {_inside(value['from'])} on"
    if value.keys() == {"from", "to"}:
        return f"{_inside(value['from'])} to {_inside(value['to'])}"
    return ", ".join(f"{name} {_inside(each)}" for name, each in value.items()) or "none"


def in_exact_words(value: Json) -> str:
    """Return a value in one line in which no two values read alike: texts that could be something else have quotes.

    >>> in_exact_words({"level": "none", "days": ["1", 1], "kind": "map"}), in_exact_words(None)
    ("level 'none', days ['1', 1], kind map", 'nothing: it is left out')
    """
    return "nothing: it is left out" if value is None else in_words(_quoted(value))


_LIKE_ANOTHER = re.compile(r"(none|true|false|[-+]?\d+(\.\d*)?([eE][-+]?\d+)?|[\[\'\s].*|.*\s|.*, .*)?", re.DOTALL)
"""Texts that read like another value, or do not show where they begin and end."""


def exact_lines(value: Json) -> list[str]:
    """Return a value in exact words, each object of a list in a line of its own.

    >>> exact_lines([{"from": "09:00", "to": "10:00"}, {"desk": "1"}])
    ['09:00 to 10:00', "desk '1'"]
    """
    return _lines(_quoted(value)) if isinstance(value, list) and value else [in_exact_words(value)]


def _quoted(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {name: _quoted(each) for name, each in value.items()}
    if isinstance(value, str):
        return f"'{value}'" if _LIKE_ANOTHER.fullmatch(value) else value
    return [_quoted(each) for each in value] if isinstance(value, Sequence) else value


def printable(text: str) -> str:
    r"""Return a text with each character that a terminal would obey, rather than show, as an escape.

    >>> printable("late\x1b[2Jfine")
    'late\\x1b[2Jfine'
    """
    if text.isprintable():
        return text
    return "".join(each if category(each) not in _OBEYED else each.encode("unicode_escape").decode() for each in text)


def _inside(value: Json) -> str:
    """Return a value within another one, in brackets where its commas could be taken for the other's."""
    is_compound = not isinstance(value, str) and isinstance(value, (Sequence, Mapping)) and bool(value)
    return f"[{in_words(value)}]" if is_compound else in_words(value)


def named_values(values: Mapping[str, Json]) -> list[str]:
    """Return facts, each with its value.

    >>> named_values({"loan.kind": "map", "loan.parts": ["cover", "disc"]})
    ['loan.kind: map', 'loan.parts: cover, disc']
    """
    return [f"{name}: {in_words(value)}" for name, value in values.items()]


def in_short(outcome: Mapping[str, Json]) -> list[str]:
    """Return the members of a flat outcome for a summary, each in a few words: of objects only how many there are.

    >>> in_short({"level": "low", "days": ["monday"], "desks": [{"desk": "east"}, {"desk": "west"}]})
    ['level low', 'days [monday]', 'desks (2 below)']
    """
    return [
        f"{name} ({len(value)} below)"
        if isinstance(value, list) and _has_objects(value)
        else f"{name} {_inside(value)}"
        for name, value in outcome.items()
    ]


def _has_objects(value: list[Json]) -> bool:
    return not all(map(_is_scalar, value))


def member_lines(outcome: Mapping[str, Json]) -> str | list[tuple[str, list[str]]]:
    """Return an outcome: one line where it is short and plain, else its members, dotted, with a line or more for each.

    >>> member_lines({"level": "low", "target": {"amount": 4, "unit": "hour"}})
    'level low, target.amount 4, target.unit hour'
    >>> member_lines({"parts": ["cover", "disc"], "desks": [{"desk": "east"}, {"desk": "west"}]})
    [('parts', ['cover, disc']), ('desks', ['desk east', 'desk west'])]
    """
    members = flat(outcome)
    one_line = in_words(members)
    if all(map(_is_scalar, members.values())) and len(one_line) <= _LONGEST_LINE:
        return one_line
    return [(name, _lines(value)) for name, value in members.items()]


def flat(outcome: Mapping[str, Json]) -> dict[str, Json]:
    """Return the members of an outcome by their dotted paths.

    >>> flat({"level": "low", "target": {"amount": 4, "unit": "hour"}})
    {'level': 'low', 'target.amount': 4, 'target.unit': 'hour'}
    """
    return dict(_members(outcome, ""))


def _members(outcome: Mapping[str, Json], above: str) -> Iterator[tuple[str, Json]]:
    for name, value in outcome.items():
        if isinstance(value, Mapping):
            yield from _members(value, f"{above}{name}.")
        else:
            yield above + name, value


def _is_scalar(value: Json) -> bool:
    return not isinstance(value, (list, dict))


def _lines(value: Json) -> list[str]:
    """Return one line for a value; a list of objects has one for each of them, below each other."""
    if not isinstance(value, list) or all(map(_is_scalar, value)):
        return [in_words(value)]
    return [line for each in value for line in _object_lines(each)]


def _object_lines(value: Json) -> list[str]:
    """Return an object within a list: what is plain in one line, each object further inside on a line of its own."""
    if not isinstance(value, Mapping):
        return [in_words(value)]
    lists = {name: each for name, each in value.items() if isinstance(each, list) and not all(map(_is_scalar, each))}
    plain = {name: each for name, each in value.items() if name not in lists}
    further = [f"  {line}" for objects in lists.values() for each in objects for line in _object_lines(each)]
    return [in_words(plain) or "-", *further]


def described(schema: FactsSchema, fact: str) -> str:
    """Return what the schema's document says that a fact is, or "" when it says nothing."""
    document: Json = schema.document
    for step in fact.split("."):
        properties = document.get("properties") if isinstance(document, Mapping) else None
        document = properties.get(step) if isinstance(properties, Mapping) else None
    told = document.get("description") if isinstance(document, Mapping) else None
    return told if isinstance(told, str) else ""
