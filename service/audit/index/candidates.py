"""Where entries with certain terms stand, block by block from the newest on, as the index tells. No entry is read here.

A block's answer is a number of 256 bits: bit i for its entry i. Rows are fetched a few at a time, so that however many
there are, memory holds a thousand of each term.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, LargeBinary, Select, bindparam, literal, select

from service.audit.index.terms import DAMAGED
from service.audit.storage.tables import blocks, postings, terms
from service.audit.storage.tree import WIDTH

__all__ = ["candidates"]

_ALL = (1 << WIDTH) - 1
_UNASKED = (1 << 63, 0)
_FEWEST, _MOST = 8, 1024  # rows fetched at once

_POSTINGS = (
    select(postings.c.block, postings.c.bits)
    .where(postings.c.term == bindparam("id"), postings.c.block <= bindparam("newest"))
    .order_by(postings.c.block.desc())
    .limit(bindparam("most"))
)
_WITHIN = (
    select(blocks.c.block, literal(_ALL.to_bytes(WIDTH // 8, "little"), LargeBinary).label("bits"))
    .where(
        blocks.c.block <= bindparam("newest"),
        blocks.c.last_at >= bindparam("since"),
        blocks.c.first_at < bindparam("until"),
    )
    .order_by(blocks.c.block.desc())
    .limit(bindparam("most"))
)
_IDS = select(terms.c.term, terms.c.id).where(terms.c.term.in_(bindparam("wanted", expanding=True)))


def candidates(
    connection: Connection, wanted: Sequence[frozenset[str]], period: tuple[str, str] | None, newest: int
) -> Iterator[int]:
    """Yield the sequences of entries that have one term of each set, newest first, from a block on.

    Those whose terms nobody can tell are among them, and those of a block of which any entry is of the period.

    period  the time from which and before which entries were made; None: any
    newest  number of the block, which is indexed as all before it are
    """
    ids = _ids(connection, frozenset[str]().union(*wanted, {DAMAGED}))
    having = _Each([_any(_rows_of(connection, ids, names)) for names in wanted])
    stream = _any([having, *_rows_of(connection, ids, {DAMAGED})])
    if period is not None:
        stream = _Each([_Rows(connection, _WITHIN, since=period[0], until=period[1]), stream])
    while (found := stream.below(newest)) is not None:
        block, bits = found
        while bits:
            place = bits.bit_length() - 1
            bits ^= 1 << place
            yield block * WIDTH + place + 1
        newest = block - 1


class _Stream(Protocol):
    """Answers of blocks, read once from the newest to the oldest."""

    def below(self, block: int) -> tuple[int, int] | None:
        """Return the newest block that is this one or older and has any bit, with its bits.

        Each call asks for the same block as the one before or for an older one.
        """


class _Rows:
    """The rows of a statement that gives blocks with their bits; ever more are fetched at once."""

    def __init__(self, connection: Connection, statement: Select[Any], **parameters: object) -> None:
        self._connection = connection
        self._statement = statement
        self._parameters = parameters
        self._rows: list[tuple[int, int]] = []  # the newest last
        self._most = _FEWEST
        self._is_over = False

    def below(self, block: int) -> tuple[int, int] | None:
        rows = self._rows
        while True:
            while rows and rows[-1][0] > block:
                rows.pop()
            if rows:
                return rows[-1]
            if self._is_over:
                return None
            self._fetch(block)

    def _fetch(self, block: int) -> None:
        parameters = {**self._parameters, "newest": block, "most": self._most}
        found = self._connection.execute(self._statement, parameters).all()
        self._rows.extend((number, int.from_bytes(bits, "little")) for number, bits in reversed(found))
        self._is_over = len(found) < self._most
        self._most = min(self._most * 4, _MOST)


class _Any:
    """Entries that one or another of some streams has."""

    def __init__(self, streams: Iterable[_Stream]) -> None:
        self._streams = tuple(streams)

    def below(self, block: int) -> tuple[int, int] | None:
        found = [each for stream in self._streams if (each := stream.below(block)) is not None]
        if not found:
            return None
        newest, all_bits = max(found)[0], 0
        for number, bits in found:
            all_bits |= bits if number == newest else 0
        return newest, all_bits


class _Each:
    """Entries that all of some streams have; of no stream, every entry."""

    def __init__(self, streams: Iterable[_Stream]) -> None:
        self._streams = tuple(streams)
        self._found: tuple[int, int] | None = _UNASKED

    def below(self, block: int) -> tuple[int, int] | None:
        if self._found is not None and self._found[0] > block:
            self._found = self._next(block)
        return self._found

    def _next(self, block: int) -> tuple[int, int] | None:
        while block >= 0:
            newest, bits = block, _ALL
            for stream in self._streams:
                found = stream.below(newest)
                if found is None:
                    return None
                bits = bits & found[1] if found[0] == newest else 0
                newest = found[0]
            if bits:
                return newest, bits
            block = min(newest, block - 1)
        return None


def _any(streams: Sequence[_Stream]) -> _Stream:
    return streams[0] if len(streams) == 1 else _Any(streams)


def _rows_of(connection: Connection, ids: dict[str, int], names: Iterable[str]) -> list[_Rows]:
    return [_Rows(connection, _POSTINGS, id=ids[name]) for name in sorted(names) if name in ids]


def _ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    rows = connection.execute(_IDS, {"wanted": sorted(names)})
    return {row.term: row.id for row in rows}
