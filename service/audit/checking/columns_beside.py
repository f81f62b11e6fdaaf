"""The columns that stand beside each entry in the database, compared with what the entry says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.audit.proof.merkle import leaf_hashes
from service.jsontext import skim

__all__ = ["Beside", "Row", "bytes_of", "leaves_of"]

_MOST_TAILS = 1024
_MOST_PACKS = 10_000
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_DECISION = b'","kind":"decision","personal":{},"policy":'


class Row(NamedTuple):
    """A row of the table of entries; any of it may be of any type."""

    sequence: int
    id: object
    kind: object
    pack: object
    leaf: object
    body: object


def bytes_of(body: object) -> bytes:
    """Return the bytes of what should be bytes."""
    if isinstance(body, bytes):
        return body
    return body.encode("utf-8", "surrogateescape") if isinstance(body, str) else repr(body).encode()


def leaves_of(rows: Sequence[Sequence[Any]]) -> list[bytes]:
    """Return the leaf hashes of bodies as they stand."""
    try:
        return leaf_hashes([row[5] for row in rows])
    except TypeError:  # SQLite keeps whatever type it was given last
        return leaf_hashes([bytes_of(row[5]) for row in rows])


@dataclass(slots=True)
class Beside:
    """Compares columns. Nearly all entries of a pack end alike, but for the id: only others are parsed.

    packs  digests of the packs that entries name as those that decided, some thousands at most
    """

    packs: set[str] = field(default_factory=set)
    _tails: dict[object, bytes] = field(default_factory=dict)

    def others(self, rows: Sequence[Sequence[Any]]) -> Sequence[Row]:
        """Return the rows of which their ends don't show that they are decisions, as their columns say.

        Their personal facts are none then, and nothing else is to be looked at.
        """
        kinds, packs = {row[2] for row in rows}, {row[3] for row in rows}
        tail = self._tails.get(next(iter(packs))) if kinds == {"decision"} and len(packs) == 1 else None
        try:
            if tail is not None and all(row[5].endswith(b'"id":"%b%b' % (row[1].encode(), tail)) for row in rows):
                return ()
        except (AttributeError, TypeError, ValueError):
            pass
        return [each for each in map(Row._make, rows) if not self._is_usual(each)]

    def told(self, row: Row) -> tuple[Mapping[str, Any], str | None]:
        """Return what an entry says, and what is wrong with its columns, to go on after its name."""
        try:
            told = skim(bytes_of(row.body))
        except ValueError:
            told = None
        if not isinstance(told, dict):
            return {}, "its row holds no JSON object."
        self._note_pack(told)
        wrong = _differing(row, told)
        if wrong:
            return told, f"its columns have another {' and '.join(wrong)} than the entry says."
        self._learn(row)
        return told, None

    def _note_pack(self, told: Mapping[str, Any]) -> None:
        digest = _pack_of(told)
        if isinstance(digest, str) and len(self.packs) < _MOST_PACKS and _DIGEST.fullmatch(digest):
            self.packs.add(digest)

    def _is_usual(self, row: Row) -> bool:
        if row.kind != "decision" or not isinstance(row.pack, str) or not isinstance(row.body, bytes):
            return False
        tail = self._tails.get(row.pack)
        try:
            return tail is not None and row.body.endswith(b'"id":"%b%b' % (str.encode(row.id), tail))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return False

    def _learn(self, row: Row) -> None:
        if len(self._tails) >= _MOST_TAILS or not (isinstance(row.id, str) and isinstance(row.body, bytes)):
            return
        _, found, tail = row.body.rpartition(b'"id":"%b' % row.id.encode())
        if found and tail.startswith(_DECISION):
            self._tails.setdefault(row.pack, tail)


def _differing(row: Row, told: Mapping[str, Any]) -> list[str]:
    expected = {"id": told.get("id"), "kind": _kind_of(told), "pack": _pack_of(told)}
    wrong = [name for name, value in expected.items() if not _is(getattr(row, name), value)]
    if not isinstance(row.id, str) and "id" not in wrong:
        wrong.insert(0, "id")
    return wrong if isinstance(row.body, bytes) else [*wrong, "type"]


def _kind_of(told: Mapping[str, Any]) -> object:
    return told.get("kind", "decision")  # entries of the first version have no `kind`


def _pack_of(told: Mapping[str, Any]) -> object:
    """Return the digest of the pack that decided an entry, as it says; None of what is no decision."""
    policy = told.get("policy")
    return policy.get("digest") if _kind_of(told) == "decision" and isinstance(policy, dict) else None


def _is(column: object, value: object) -> bool:
    return type(column) is type(value) and column == value
