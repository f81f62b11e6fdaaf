"""What notes findings while a file is read, each at its place in that file. Nothing is found here."""

from __future__ import annotations

from typing import Protocol

from service.written.findings import Finding, Place

__all__ = ["Places", "Reporter", "Steps"]

Steps = tuple[str | int, ...]
"""The way from a file's root to a value: keys of mappings and indices of lists, from 0."""


class Places(Protocol):
    """Where the pieces of a file stand: of one as it was read, or with its readings chosen."""

    def place(self, path: Steps, /) -> Place:
        """Return where the value at a path stands, or the closest thing around it."""

    def key_place(self, path: Steps, /) -> Place:
        """Return where the key at the end of a path stands, or its value."""


class Reporter:
    """Notes findings about one file; the list that they are added to is the whole pack's.

    `close` is the nearest valid name or value, where something is misspelt.
    """

    def __init__(self, places: Places, findings: list[Finding]) -> None:
        self._places = places
        self._findings = findings

    def place(self, path: Steps) -> Place:
        """Return where the value at a path stands."""
        return self._places.place(path)

    def at(self, path: Steps, code: str, message: str, close: str | None = None) -> None:
        """Note that something is wrong with the value at a path."""
        self._findings.append(Finding(self._places.place(path), code, message, close))

    def at_key(self, path: Steps, code: str, message: str, close: str | None = None) -> None:
        """Note that something is wrong with the key at the end of a path."""
        self._findings.append(Finding(self._places.key_place(path), code, message, close))
