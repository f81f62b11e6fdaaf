"""The rows of entries: their hashes as they stand, and the columns beside them, compared with what the entry says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from service.audit.checking.raw_rows import RawRow
from service.audit.log.entries import Ends, PackNamed, told_by
from service.audit.proof.merkle import leaf_hashes

__all__ = ["COLUMNS", "EntryRow", "EntryRows", "leaves_of"]

COLUMNS = "sequence, id, kind, pack, leaf, body"


class EntryRow(NamedTuple):
    """A row of the table of entries; any of it but the sequence may be of any type."""

    sequence: int
    id: object
    kind: object
    pack: object
    leaf: object
    body: object


def leaves_of(rows: Sequence[RawRow]) -> list[bytes]:
    """Return the leaf hashes of bodies as they stand."""
    return leaf_hashes([_bytes_of(row[5]) for row in rows])


class EntryRows:
    """Compares columns. Nearly all entries of a pack end alike, but for the id: only others are parsed.

    ends  knows the packs that entries name as those that decided
    """

    def __init__(self) -> None:
        self.ends = Ends()

    def others(self, rows: Sequence[RawRow]) -> Iterator[EntryRow]:
        """Yield the rows of which their ends don't show that they are decisions, as their columns say.

        Of those it passes over personal facts are none, and nothing else is to be looked at. What `told` learns of one
        row shows of the next ones, so that of a pack's first block, too, only one is read.
        """
        return (each for each in map(EntryRow._make, rows) if not self._is_plain(each))

    def told(self, row: EntryRow) -> tuple[Mapping[str, Any], str | None]:
        """Return what an entry says, and what is wrong with its columns, to go on after its name."""
        body = _bytes_of(row.body)
        try:
            told = told_by(body)
        except ValueError:
            return {}, "its row holds no JSON object."
        self.ends.note(told, body)
        wrong = _differing(row, told)
        return told, f"its columns have another {' and '.join(wrong)} than the entry says." if wrong else None

    def _is_plain(self, row: EntryRow) -> bool:
        if row.kind != "decision" or not isinstance(row.body, bytes):
            return False
        try:
            return self.ends.is_plain(row.id, row.pack, row.body)  # type: ignore[arg-type] # refused just here
        except (AttributeError, TypeError, ValueError):
            return False


def _differing(row: EntryRow, told: Mapping[str, Any]) -> list[str]:
    named = PackNamed.by(told)
    expected = {"id": told.get("id"), "kind": told.get("kind"), "pack": None if named is None else named.digest}
    wrong = [name for name, value in expected.items() if not _is(getattr(row, name), value)]
    if not isinstance(row.id, str) and "id" not in wrong:
        wrong.insert(0, "id")
    return wrong if isinstance(row.body, bytes) else [*wrong, "type"]


def _is(column: object, value: object) -> bool:
    return type(column) is type(value) and column == value


def _bytes_of(body: object) -> bytes:
    """Return the bytes of what should be bytes: SQLite keeps whatever type it was given last."""
    if isinstance(body, bytes):
        return body
    return body.encode("utf-8", "surrogateescape") if isinstance(body, str) else repr(body).encode()
