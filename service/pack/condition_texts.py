"""Conditions and cells in words, as the ids of rows and the names of what is chosen of a list have them."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["QUANTIFIERS", "cell_text", "condition_text"]

QUANTIFIERS = ("some", "every", "no")
"""The matchers that take a condition on the items of a list."""

_PLAIN = re.compile(r"[\w.:+-]+")


def cell_text(cell: object) -> str:
    """Return a cell as the row's id and sentences show it.

    >>> cell_text(["adult", "child"]), cell_text({"at_most": 3, "not": 0})
    ('adult or child', 'at most 3 and not 0')
    >>> cell_text({"not": {"at_least": 3, "at_most": 5}}), cell_text({"either": [1, {"at_least": 3}]})
    ('not (at least 3 and at most 5)', 'either 1 or at least 3')
    >>> cell_text({"some": {"fee.paid": False}})
    'some (fee.paid false)'
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list):
        return " or ".join(_part_text(each) for each in cell)
    if isinstance(cell, Mapping):
        return " and ".join(_operator_text(str(key), value) for key, value in cell.items())
    return str(cell)


def _operator_text(key: str, operand: object) -> str:
    if key in QUANTIFIERS and isinstance(operand, Mapping):
        return f"{key} ({condition_text(operand)})"
    return f"{key.replace('_', ' ')} {_part_text(operand)}"


def _part_text(part: object) -> str:
    """Return a part of a cell, in parentheses where it says several things of its own."""
    told = cell_text(part)
    return f"({told})" if isinstance(part, Mapping) and len(part) > 1 else told


def condition_text(condition: Mapping[object, object]) -> str:
    """Return a condition on an item, in which no two values read alike: texts that could be more have quotes.

    >>> condition_text({"severity": 1, "hours": {"more_than": 4}, "desk": "east or west"})
    "severity 1 and hours more than 4 and desk 'east or west'"
    >>> condition_text({"any": [{"open": True}, {"severity": [1, 2], "hours": {"at_least": 3, "at_most": 5}}]})
    'any of (open true; severity 1 or 2 and hours (at least 3 and at most 5))'
    """
    return " and ".join(_entry_text(str(key), value) for key, value in condition.items())


def _entry_text(key: str, value: object) -> str:
    if key in ("all", "any", "none") and isinstance(value, list):
        parts = (condition_text(each) for each in value if isinstance(each, Mapping))
        return f"{key} of ({'; '.join(parts)})"
    return f"{key} {_part_text(_quoted(value))}"


def _quoted(value: object) -> object:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else f"'{value}'"
    if isinstance(value, list):
        return [_quoted(each) for each in value]
    if isinstance(value, Mapping):
        return {key: each if key in QUANTIFIERS else _quoted(each) for key, each in value.items()}
    return value
