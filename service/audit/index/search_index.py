"""The index of the audit log: for each term and each block of 256 entries, which have it. `candidates.py` reads it.

Only complete blocks are in it, from the first without a gap, and such a block never changes: so it can be indexed late,
by anyone, and appending costs nothing.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

import jiter
from sqlalchemy import Connection, bindparam, func, insert, select

from service.audit.index.terms import DAMAGED, terms_of, time_of
from service.audit.proof.merkle import leaf_hash
from service.audit.storage.databases import Database
from service.audit.storage.statements import Prepared
from service.audit.storage.tables import blocks, entries, postings, terms
from service.audit.storage.tree import WIDTH, read_frontier
from service.audit.storage.unavailable import StoreUnavailable

__all__ = ["EARLIEST", "LATEST", "MALFORMED", "Indexer", "catch_up", "read_entry", "read_indexed"]

EARLIEST, LATEST = "0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"
"""Times before and after those of all entries."""

MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
"""What reading an entry, and asking for its time and its terms, raises where it lacks what every entry has."""

_AT_ONCE = 4  # blocks in a transaction
# Each block changes a page of the table for each of its terms: four in one transaction write a quarter.
_WORTH_IT = 4  # blocks
# An entry takes the interpreter for 50 us, and whoever waits for it while it isn't given up waits for 5 ms.
_PAUSE = 0.0001  # seconds
_MOST_NAMES = 500  # terms in one statement

_INDEXED = select(func.coalesce(func.max(blocks.c.block) + 1, 0))
_BLOCK = (
    select(entries.c.sequence, entries.c.leaf, entries.c.body)
    .where(entries.c.sequence > bindparam("after"), entries.c.sequence <= bindparam("last"))
    .order_by(entries.c.sequence)
)
_KNOWN = select(terms.c.term, terms.c.id).where(terms.c.term.in_(bindparam("wanted", expanding=True)))
_ADD_TERMS, _ADD_POSTINGS, _ADD_BLOCKS = insert(terms), Prepared(insert(postings)), insert(blocks)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block as it is to be indexed.

    bits  of each term, bit i for the entry i of the block
    """

    number: int
    first_at: str
    last_at: str
    bits: Mapping[str, int]


class Indexer:
    """Indexes in the background what is complete, in a thread that starts when it is first needed.

    A database that can't be written now is left as it is; the next `wake` tries again. Safe between threads; a forked
    process makes its own.

    least  blocks that are worth a transaction: fewer are left until there are more
    """

    def __init__(self, database: Database, least: int = _WORTH_IT) -> None:
        self._database = database
        self._least = least
        self._lock = Lock()  # of the thread's start and end
        self._call = Event()
        self._is_closed = False
        self._thread: Thread | None = None

    def wake(self) -> None:
        """Have what is missing indexed, now that another block is complete. Returns at once."""
        self._call.set()
        if self._thread is not None and self._thread.is_alive():
            return
        with self._lock:
            if not self._is_closed and (self._thread is None or not self._thread.is_alive()):
                self._thread = Thread(target=self._run, name="clausewise-indexer", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread, once the blocks are written that it is at. Call it before the database is closed."""
        with self._lock:
            self._is_closed = True
            self._call.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_closed:
            self._call.wait()
            self._call.clear()
            with suppress(StoreUnavailable):
                while not self._is_closed and catch_up(self._database, _AT_ONCE, self._least, _PAUSE):
                    pass


def catch_up(database: Database, most: int, least: int = 1, pause: float = 0.0) -> int:
    """Index complete blocks that are not indexed yet, oldest first. Raises StoreUnavailable.

    Several may do so at once: each block is indexed by one of them.

    most     blocks to index
    least    where fewer are missing, they are left for another time
    pause    seconds after each entry, in which other threads have the interpreter
    returns  how many were missing and are indexed now
    """
    with database.reading() as connection:
        begin, end = read_indexed(connection), read_frontier(connection).size // WIDTH
    if end - begin < least:
        return 0
    end = min(end, begin + most)
    for first in range(begin, end, _AT_ONCE):
        found = [_read_block(database, number, pause) for number in range(first, min(first + _AT_ONCE, end))]
        _write(database, found)
    return end - begin


def read_indexed(connection: Connection) -> int:
    """Return how many blocks can be searched by term: all before that one."""
    count: int = connection.execute(_INDEXED).scalar_one()
    return count


def read_entry(body: bytes) -> Mapping[str, Any]:
    """Return the object that the body of an entry is. Raises ValueError when it is no JSON.

    It was written canonically and its hash is right: the checks that `parse` makes would take four times as long.
    """
    told: Mapping[str, Any] = jiter.from_json(body, allow_inf_nan=False)
    return told


def _read_block(database: Database, number: int, pause: float) -> _Block:
    with database.reading() as connection:
        rows = connection.execute(_BLOCK, {"after": number * WIDTH, "last": (number + 1) * WIDTH}).all()
    times: list[str] = []
    bits: dict[str, int] = defaultdict(int)
    unread = (1 << WIDTH) - 1
    for sequence, leaf, body in rows:
        if not isinstance(body, bytes) or leaf_hash(body) != leaf:
            continue
        try:
            told = read_entry(body)
            at, names = time_of(told), terms_of(told)
        except MALFORMED:
            continue
        bit = 1 << (sequence - 1) % WIDTH
        unread ^= bit
        times.append(at)
        for name in names:
            bits[name] |= bit
        if pause:
            time.sleep(pause)
    if unread:
        bits[DAMAGED] = unread
    return _Block(number, min(times, default=EARLIEST), max(times, default=LATEST), bits)


def _write(database: Database, found: Sequence[_Block]) -> None:
    """Write blocks, but for those that somebody else has written meanwhile."""
    ids = _ids(database, {name for block in found for name in block.bits})
    # In the order of the table, where the blocks of a term lie together.
    order = sorted((ids[name], block.number, bits) for block in found for name, bits in block.bits.items())
    rows: list[dict[str, Any]] = [
        {"term": id_, "block": number, "bits": bits.to_bytes(WIDTH // 8, "little")} for id_, number, bits in order
    ]
    # Decisions wait while this is written: all else is done before.
    with database.writing() as connection:
        done = read_indexed(connection)
        new = [each for each in found if each.number >= done]
        if not new:
            return
        _ADD_POSTINGS.run(connection, [row for row in rows if row["block"] >= done])
        connection.execute(
            _ADD_BLOCKS, [{"block": each.number, "first_at": each.first_at, "last_at": each.last_at} for each in new]
        )


def _ids(database: Database, names: Iterable[str]) -> Mapping[str, int]:
    """Return the ids of terms; those that are new get theirs."""
    wanted = sorted(names)
    with database.reading() as connection:
        known = _known(connection, wanted)
    new = [name for name in wanted if name not in known]
    if not new:
        return known
    with database.writing() as connection:
        known |= _known(connection, new)
        if new := [name for name in new if name not in known]:
            connection.execute(_ADD_TERMS, [{"term": name} for name in new])
            known |= _known(connection, new)
    return known


def _known(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(names), _MOST_NAMES):
        rows = connection.execute(_KNOWN, {"wanted": names[start : start + _MOST_NAMES]})
        found.update((row.term, row.id) for row in rows)
    return found
