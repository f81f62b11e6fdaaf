"""Personal facts beside the log, checked against the commitments in the entries, and against erasures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from service.audit.checking.raw_rows import FIRST, LAST, RawRows, Unreadable, require_growing
from service.audit.log.personal import open_sealed

__all__ = ["PersonalRows"]

Tell: TypeAlias = Callable[[str, str, int], None]
"""Takes a code, what goes on after the entry's name, and the entry."""

_WIDTH = 256
_NEXT = "SELECT min(sequence) FROM {} WHERE sequence >= ?"
_RANGE = "SELECT sequence, {} FROM {} WHERE sequence >= ? AND sequence <= ? ORDER BY sequence LIMIT 10000"
_KEYS = "SELECT sequence FROM personal_keys WHERE sequence >= ? ORDER BY sequence LIMIT ?"


class _Table:
    """One of the two tables, read in step with the entries."""

    def __init__(self, rows: RawRows, name: str, column: str) -> None:
        self._rows, self._name, self._column = rows, name, column
        self._next = self._after(FIRST)

    def upto(self, last: int) -> Mapping[int, object]:
        """Return the rows that were not read yet, up to a sequence."""
        found: dict[int, object] = {}
        while self._next <= last:
            rows = self._rows.fetch(_RANGE.format(self._column, self._name), self._next, last)
            require_growing([row[0] for row in rows], self._next)
            found.update(rows)
            self._next = self._after(rows[-1][0] + 1 if rows else last + 1)
        return found

    def _after(self, start: int) -> int:
        if start > LAST:
            return LAST + 1
        found = self._rows.fetch(_NEXT.format(self._name), start)[0][0]
        if found is None:
            return LAST + 1
        require_growing([found], start)
        return int(found)


class PersonalRows:
    """Takes the entries block by block; what is gone is judged at the end, when all erasures are known."""

    def __init__(self, rows: RawRows, tell: Tell, tell_broken: Callable[[str], None]) -> None:
        self._rows, self._tell, self._tell_broken = rows, tell, tell_broken
        self._gone: set[int] = set()
        self._erased: set[int] = set()
        self._tables: tuple[_Table, _Table] | None = None
        try:
            self._tables = _Table(rows, "personal_facts", "sealed"), _Table(rows, "personal_keys", "key")
        except Unreadable as failure:
            tell_broken(str(failure))

    def erasure(self, sequence: int) -> None:
        """Take note that an entry tells of an erasure."""
        self._erased.add(sequence)

    def block(self, last: int, committed: Mapping[int, Mapping[str, Any]]) -> None:
        """Check the rows up to a sequence.

        committed  what entries with personal facts say, by sequence
        """
        if self._tables is None:
            return
        try:
            sealed, keys = (table.upto(last) for table in self._tables)
        except Unreadable as failure:
            self._tables = None
            self._tell_broken(str(failure))
            return
        for sequence, told in committed.items():
            if sequence not in sealed or sequence not in keys:
                self._gone.add(sequence)
            elif not _opens(sealed[sequence], keys[sequence], told):
                self._tell("personal", "its personal facts are not what the entry commits to.", sequence)
        for sequence in sorted((sealed.keys() | keys.keys()) - committed.keys()):
            self._tell("personal", "personal facts stand beside it, to which it does not commit.", sequence)

    def end(self) -> None:
        """Tell what is gone without an erasure, and what stands although it was erased."""
        self.block(LAST, {})
        for sequence in sorted(self._gone - self._erased):
            self._tell("erased", "its personal facts are gone, and no entry tells of an erasure.", sequence)
        if not self._erased or self._tables is None:
            return
        for rows in self._rows.keyed(_KEYS, _WIDTH):
            for (sequence,) in rows:
                if sequence in self._erased:
                    self._tell(
                        "personal", "its personal facts are erased, as an entry tells, but their key stands.", sequence
                    )


def _opens(sealed: object, key: object, told: Mapping[str, Any]) -> bool:
    if not (isinstance(sealed, bytes) and isinstance(key, bytes)):
        return False
    try:
        opened = open_sealed(sealed, key, told["id"])
        return bool({name: each.commitment for name, each in opened.items()} == told["personal"])
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return False
