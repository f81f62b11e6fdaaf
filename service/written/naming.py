"""What messages call a piece of a file: the rule, clause or other named element around it, and the way from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.written.findings import Steps

__all__ = ["Naming", "key_text", "phrase", "with_text_keys"]

_ELEMENTS = (
    "rule", "table", "clock", "part", "note", "clause", "interpretation", "case", "fact", "holiday",
    "season", "special_day", "decision", "calendar", "holidays", "pack", "caller",
)  # fmt: skip
"""Keys whose value names the mapping that they stand in."""


def key_text(key: object) -> str:
    """Return a key as JSON and the writer of the file have it."""
    return str(key).lower() if isinstance(key, bool) else str(key)


def with_text_keys(data: object) -> object:
    """Return the data as JSON has it: keys that are integers or booleans become text."""
    if isinstance(data, Mapping):
        return {key_text(key): with_text_keys(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [with_text_keys(value) for value in data]
    return data


@dataclass(frozen=True)
class Naming:
    """Names the pieces of one file's data."""

    data: Any

    def at(self, path: Steps) -> Any:
        """Return the piece at a path."""
        found = self.data
        for step in path:
            found = found[step]
        return found

    def path(self, steps: Iterable[str | int]) -> Steps:
        """Return a path in JSON with its keys as they were read: integers and booleans too."""
        path: Steps = ()
        for step in steps:
            path = (*path, step if isinstance(step, int) else self.key(path, step))
        return path

    def key(self, path: Steps, text: str) -> str | int:
        """Return the key of the mapping at a path that reads as a text."""
        keys: Iterable[str | int] = self.at(path)
        return next((key for key in keys if key_text(key) == text), text)

    def element(self, path: Steps) -> tuple[str, Steps]:
        """Return the name of the innermost named element around a path, and the rest of the path."""
        for length in range(len(path), -1, -1):
            found = self.at(path[:length])
            if isinstance(found, Mapping) and (length == 0 or isinstance(path[length - 1], int)):
                for kind in _ELEMENTS:
                    if isinstance(found.get(kind), str):
                        return f"{kind} {found[kind]}", self._rest(path, length)
        return "the file", self._rest(path, 0)

    def _rest(self, path: Steps, start: int) -> Steps:
        """Return the path from a position on, with all keys as text: an integer in it is a position in a list."""
        within = (self.at(path[:length]) for length in range(start, len(path)))
        return tuple(
            key_text(step) if isinstance(found, Mapping) else step
            for step, found in zip(path[start:], within, strict=True)
        )


def phrase(rest: Steps) -> str:
    """Return a path inside an element in words.

    >>> phrase(("rows", 2, "cells", 0)), phrase(("source", "date"))
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
