"""What stands beside each entry in a table: the columns of exports, and what they say. Files are not known here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

from service.errors import ClausewiseError
from service.jsontext import skim

__all__ = ["COLUMNS", "KNOWN_COLUMNS", "BadRows", "Cells", "EntryWriter", "Rows", "cells_of"]

COLUMNS = (
    "sequence",
    "id",
    "kind",
    "decided_at",
    "as_of",
    "caller",
    "reference",
    "policy",
    "version",
    "digest",
    "entry",
)
"""`policy`, `version` and `digest` are those of the pack that decided; `entry` is the body, byte for byte."""

KNOWN_COLUMNS = (COLUMNS, tuple(name for name in COLUMNS if name != "reference"))
"""Those that an export can have: these, and those of the versions that knew no references."""

Cells: TypeAlias = tuple[str | None, ...]
"""The columns between `sequence` and `entry`; None where an entry has no such thing, as an erasure has no policy."""


class BadRows(ClausewiseError):
    """A file can't be read any further as rows of entries; `reason` goes on after the file's name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EntryWriter(Protocol):
    """Writes a file of entries, to be closed at the end."""

    def add(self, first: int, bodies: Sequence[bytes]) -> None:
        """Write entries that follow one another; `first` is the sequence of the first of them."""

    def close(self) -> None:
        """Write what ends the file."""


class Rows(Protocol):
    """Some entries that were read, in the order of the file."""

    @property
    def bodies(self) -> Sequence[bytes]:
        """The entries themselves."""

    def wrong_cells(self, first: int) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield the places in `bodies` where columns say something else than the entry, and which columns do.

        first  the sequence that the first entry ought to have
        Of an entry that is no JSON object the column is `entry`.
        """


def cells_of(body: bytes, columns: Sequence[str] = COLUMNS) -> Cells:
    """Return what an entry says in the columns of an export; ValueError when it is no JSON object."""
    told: Any = skim(body)  # what is right is for the tree to tell
    if not isinstance(told, dict):
        raise ValueError("an entry is a JSON object")  # noqa: TRY004 - the bytes are wrong, no type is
    policy = told.get("policy")
    if not isinstance(policy, dict):
        policy = {}
    # Entries of the first version have no `kind`.
    said = {
        **{name: told.get(name) for name in ("id", "decided_at", "as_of", "caller", "reference")},
        "kind": told.get("kind", "decision"),
        "policy": policy.get("id"),
        "version": policy.get("version"),
        "digest": policy.get("digest"),
    }
    return tuple([each if isinstance(each := said[name], str) else None for name in columns[1:-1]])
