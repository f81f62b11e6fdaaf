"""Findings: what is wrong with a file, and where it is written; and what notes them. Nothing is looked for here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from service.jsontext import Json

__all__ = ["NOWHERE", "Finding", "InvalidPack", "Place", "Places", "Reporter", "Steps"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point in a file. Lines and columns count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place("", 0, 0)
"""The place of what is in no file."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. Findings sort by their place.

    code      what kind of thing, in snake_case, for programs
    message   the same for people: what, why it is wrong, what would be right
    nearest   the nearest valid name or value, where something is misspelt; the message has it too
    severity  a pack with an error is refused; a warning is only told
    further   members that the JSON object has beside these, for programs
    """

    place: Place
    code: str
    message: str
    nearest: str | None = None
    severity: Literal["error", "warning"] = "error"
    further: Mapping[str, Json] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Let the message end in the question whether the nearest name was meant."""
        if self.nearest is not None and "Did you mean" not in self.message:
            asked = f"{self.message.removesuffix('.')}. Did you mean '{self.nearest}'?"
            object.__setattr__(self, "message", asked)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"

    def __lt__(self, other: Finding) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[Place, str, str]:
        return (self.place, self.code, self.message)

    def as_json(self) -> dict[str, Json]:
        """Return the finding as a JSON object; `nearest` is left out where there is none."""
        told: dict[str, Json] = {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
        }
        nearest: dict[str, Json] = {} if self.nearest is None else {"nearest": self.nearest}
        return {**told, **nearest, **(self.further or {})}


class InvalidPack(Exception):
    """A pack was refused. Its text lists every finding, one a line, in the order of their places.

    findings  the same as values, sorted
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(findings))
        super().__init__("\n".join(map(str, self.findings)))

    def __reduce__(self) -> tuple[type[InvalidPack], tuple[tuple[Finding, ...]]]:
        # Exceptions are pickled by their text otherwise, and bulk work carries this one between processes.
        return (InvalidPack, (self.findings,))


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

    def elsewhere(self, place: Place, code: str, message: str, close: str | None = None) -> None:
        """Note, once, that something is wrong in another file, which was noticed in this one."""
        finding = Finding(place, code, message, close)
        if finding not in self._findings:
            self._findings.append(finding)

    def at_key(self, path: Steps, code: str, message: str, close: str | None = None) -> None:
        """Note that something is wrong with the key at the end of a path."""
        self._findings.append(Finding(self._places.key_place(path), code, message, close))
