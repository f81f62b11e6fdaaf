"""Personal facts beside the log, checked against the commitments in the entries, and against erasures."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from service.audit.checking.findings import Runs
from service.audit.checking.raw_rows import FIRST, LAST, RawRows
from service.audit.log.personal import open_sealed

__all__ = ["PersonalRows"]

_MOST = 10_000  # rows at a time
_RANGE = "SELECT sequence, {} FROM {} WHERE sequence >= ? AND sequence <= ? ORDER BY sequence LIMIT ?"
_KEY = "SELECT sequence FROM personal_keys WHERE sequence = ?"


class PersonalRows:
    """Takes the entries block by block; what is gone is judged at the end, when all erasures are known."""

    def __init__(self, rows: RawRows, runs: Runs) -> None:
        self._rows, self._runs = rows, runs
        self._gone: set[int] = set()
        self._erased: set[int] = set()
        self._seen: int | None = FIRST - 1  # rows up to this one were read; None when they can't be

    def erasure(self, sequence: Any, told_at: int) -> None:
        """Take note that an entry tells of the erasure of one before it. Raises TypeError or ValueError for others."""
        if not 0 < sequence < told_at:
            raise ValueError("only what stands already can be erased")
        self._erased.add(int(sequence))

    def block(self, last: int, committed: Mapping[int, Mapping[str, Any]]) -> None:
        """Check the rows up to a sequence.

        committed  what entries with personal facts say, by sequence
        """
        after, self._seen = self._seen, None  # what can't be read once is not read again
        if after is None:
            return
        with self._rows.reading("personal facts"):
            sealed = self._read("sealed", "personal_facts", after, last)
            keys = self._read("key", "personal_keys", after, last)
            self._seen = last
            for sequence, told in committed.items():
                if sequence not in sealed or sequence not in keys:
                    self._gone.add(sequence)
                elif not _opens(sealed[sequence], keys[sequence], told):
                    self._runs.add("personal", "its personal facts are not what the entry commits to.", sequence)
            for sequence in sorted((sealed.keys() | keys.keys()) - committed.keys()):
                self._runs.add("personal", "personal facts stand beside it, to which it does not commit.", sequence)

    def end(self) -> None:
        """Tell what is gone without an erasure, and what stands although it was erased."""
        self.block(LAST, {})
        for sequence in sorted(self._gone - self._erased):
            self._runs.add("erased", "its personal facts are gone, and no entry tells of an erasure.", sequence)
        says = "its personal facts are erased, as an entry tells, but their key stands."
        with self._rows.reading("personal facts"):
            for sequence in sorted(self._erased):
                if self._rows.fetch(_KEY, sequence):
                    self._runs.add("personal", says, sequence)

    def _read(self, column: str, table: str, after: int, last: int) -> Mapping[int, object]:
        """Return the rows of a table in a range, by sequence. Raises Unreadable."""
        return dict(chain.from_iterable(self._rows.keyed(_RANGE.format(column, table), _MOST, after + 1, last)))


def _opens(sealed: object, key: object, told: Mapping[str, Any]) -> bool:
    if not (isinstance(sealed, bytes) and isinstance(key, bytes)):
        return False
    try:
        opened = open_sealed(sealed, key, told["id"])
        return bool({name: each.commitment for name, each in opened.items()} == told["personal"])
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return False
