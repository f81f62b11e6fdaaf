"""The rows of entries: their hashes as they stand, and the columns beside them, compared with what the entry says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.audit.checking.raw_rows import RawRow
from service.audit.log.entries import Ends, PackNamed, told_by
from service.audit.proof.merkle import leaf_hashes

__all__ = ["COLUMNS", "EntryRows", "leaves_of"]

COLUMNS = "sequence, id, kind, pack, leaf, body"
"""Those of a row; any of them but the sequence may be of any type."""


def leaves_of(rows: Sequence[RawRow]) -> list[bytes]:
    """Return the leaf hashes of bodies as they stand."""
    return leaf_hashes([_bytes_of(row[5]) for row in rows])


class EntryRows:
    """Compares columns. Nearly all entries of a pack end alike, but for the id: only others are parsed.

    ends  knows the packs that entries name as those that decided
    """

    def __init__(self) -> None:
        self.ends = Ends()

    def told(self, rows: Sequence[RawRow]) -> Iterator[tuple[int, Mapping[str, Any], str | None]]:
        """Yield the sequences of entries, what they say, and what is wrong with their columns, to go on after the name.

        Left out is what by its end is a decision, as its columns say: it has no personal facts, and nothing else is to
        be looked at.
        """
        for sequence, id_, kind, pack, _, body in rows:
            if kind == "decision" and self._is_plain(id_, pack, body):
                continue
            text = _bytes_of(body)
            try:
                told = told_by(text)
            except ValueError:
                yield sequence, {}, "its row holds no JSON object."
                continue
            self.ends.note(told, text)
            wrong = _differing({"id": id_, "kind": kind, "pack": pack}, told)
            if text is not body:
                wrong.append("type")
            says = f"its columns have another {' and '.join(wrong)} than the entry says."
            yield sequence, told, says if wrong else None

    def _is_plain(self, id_: Any, pack: object, body: Any) -> bool:
        try:
            return self.ends.is_plain(id_, pack, body)
        except (AttributeError, TypeError, ValueError):  # they are of another type
            return False


def _differing(columns: Mapping[str, object], told: Mapping[str, Any]) -> list[str]:
    named = PackNamed.by(told)
    said = {"id": told.get("id"), "kind": told.get("kind"), "pack": None if named is None else named.digest}
    return [name for name, value in columns.items() if (type(value), value) != (type(said[name]), said[name])]


def _bytes_of(body: object) -> bytes:
    """Return the bytes of what should be bytes: SQLite keeps whatever type it was given last."""
    if isinstance(body, bytes):
        return body
    return body.encode("utf-8", "surrogateescape") if isinstance(body, str) else repr(body).encode()
