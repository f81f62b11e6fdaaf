"""Searching the audit log: which decisions were of a policy, came out so, rest on a rule. Nothing is written here.

The index (`search_index.py`) only says where to look: whether an entry is what was asked for, its own body tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, bindparam, select

from service.audit.candidates import candidates
from service.audit.entries import Entry, Kept
from service.audit.search_index import EARLIEST, LATEST, catch_up, read_body, read_indexed
from service.audit.store import Store
from service.audit.tables import entries
from service.audit.terms import Kind, Scalar, term, terms_of, time_of
from service.audit.tree import WIDTH, read_frontier
from service.audit.unavailable import EntryDamaged, StoreUnavailable

__all__ = ["Page", "Query", "search"]

_MOST_CAUGHT_UP = 16  # blocks that a search indexes before it answers
_AT_ONCE = 256  # entries in one statement, where a page needs no more

_ENTRIES = (
    select(entries.c.sequence, entries.c.id, entries.c.kind, entries.c.leaf, entries.c.body)
    .where(entries.c.sequence.in_(bindparam("wanted", expanding=True)))
    .order_by(entries.c.sequence.desc())
)


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for; all that is given must hold.

    since      decided at this instant or later
    until      decided before this instant
    policy, version, digest
               of the policy that decided
    decision   name of a decision in the document. Then what follows is said of that decision; else each is said of
               some decision, not all of the same one
    status     its status
    outcome    the dotted path of a member of its outcome, and the values of which it has one, alone or in a list
    rule       id of a rule that made it
    overruled  id of a rule that held and gave way
    clause     id of a clause that it or a note cites
    caller     name of who asked
    """

    since: datetime | None = None
    until: datetime | None = None
    policy: str | None = None
    version: str | None = None
    digest: str | None = None
    decision: str | None = None
    status: str | None = None
    outcome: tuple[str, tuple[Scalar, ...]] | None = None
    rule: str | None = None
    overruled: str | None = None
    clause: str | None = None
    caller: str | None = None

    def terms(self) -> Sequence[frozenset[str]]:
        """Return sets of terms, of each of which an entry has one."""
        said = [(kind, value) for kind, value in self._said() if value is not None]
        wanted = [frozenset({term(kind, *self._within(), value)}) for kind, value in said]
        if self.outcome is not None:
            path, values = self.outcome
            wanted.append(frozenset(term("outcome", *self._within(), path, value) for value in values))
        if self.decision is not None and not wanted:
            wanted.append(frozenset({term("decision", self.decision)}))
        if self.policy is not None and self.version is not None:
            wanted.append(frozenset({term("policy", self.policy, self.version)}))
        else:
            wanted += _alone("policy", self.policy) + _alone("version", self.version)
        return wanted + _alone("digest", self.digest) + _alone("caller", self.caller)

    def period(self) -> tuple[str, str] | None:
        """Return from which and before which time, as entries have it; None: any."""
        if self.since is None and self.until is None:
            return None
        since, until = (None if instant is None else _stamp(instant) for instant in (self.since, self.until))
        return since or EARLIEST, until or LATEST

    def _said(self) -> tuple[tuple[Kind, str | None], ...]:
        return ("status", self.status), ("rule", self.rule), ("overruled", self.overruled), ("clause", self.clause)

    def _within(self) -> tuple[str, ...]:
        return () if self.decision is None else (self.decision,)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what is found, newest first.

    items  can be fewer than asked for, or none, although there are more
    next   sequence to go on before; None: there are no more
    """

    items: tuple[Kept, ...]
    next: int | None


def search(store: Store, query: Query, limit: int, before: int | None = None, *, patience: int = 8192) -> Page:
    """Return decisions that the query is true of, in the reverse of the order in which they were kept.

    Whatever was acknowledged before is found. What is found before a sequence never changes, whatever is appended.
    Entries that are not indexed yet are read one by one, and a page ends early when that has cost enough.

    limit     the most items
    before    sequence before which to look; None: from the newest on
    patience  entries that may be read for the page, more or less
    Raises StoreUnavailable, and EntryDamaged where the first item would be a damaged entry, or may be one.
    """
    with suppress(StoreUnavailable):
        catch_up(store.database, _MOST_CAUGHT_UP)
    with store.database.reading() as connection:
        size = read_frontier(connection).size
        last = size if before is None else min(size, before - 1)
        return _page(_found(connection, query, last, limit + 1, patience), limit)


def _page(found: Iterator[Kept | int], limit: int) -> Page:
    """Take what is found up to the limit; a number in it is the last sequence that was looked at."""
    items: list[Kept] = []
    try:
        for each in found:
            if isinstance(each, int):
                return Page(tuple(items), each)
            if len(items) == limit:
                return Page(tuple(items), items[-1].sequence)
            items.append(each)
    except EntryDamaged as damaged:
        if not items:
            raise
        return Page(tuple(items), damaged.sequence + 1)
    return Page(tuple(items), None)


def _found(connection: Connection, query: Query, last: int, count: int, patience: int) -> Iterator[Kept | int]:
    """Yield the entries that the query is true of, from a sequence down; at the end of the patience, where that was.

    count  entries to read first
    """
    wanted, period = query.terms(), query.period()
    places = _places(connection, wanted, period, last)
    while batch := list(islice(places, count)):
        for kept in _read(connection, batch):
            if _is_meant(kept, wanted, period):
                yield kept
        patience -= len(batch)
        if patience <= 0:
            yield batch[-1]
            return
        count = max(count, min(2 * count, _AT_ONCE))


def _places(
    connection: Connection, wanted: Sequence[frozenset[str]], period: tuple[str, str] | None, last: int
) -> Iterator[int]:
    """Yield the sequences to look at: all that are not indexed, then what the index gives."""
    indexed = read_indexed(connection)
    yield from range(last, indexed * WIDTH, -1)
    newest = min(indexed - 1, (last - 1) // WIDTH)
    for sequence in candidates(connection, wanted, period, newest):
        if sequence <= last:
            yield sequence


def _read(connection: Connection, sequences: Sequence[int]) -> Iterator[Kept]:
    for row in connection.execute(_ENTRIES, {"wanted": sequences}).all():
        if not isinstance(row.body, bytes):
            raise EntryDamaged(row.sequence)
        kept = Kept(row.sequence, Entry(row.id, row.body, row.kind))
        if kept.entry.leaf != row.leaf:
            raise EntryDamaged(row.sequence)
        yield kept


def _is_meant(kept: Kept, wanted: Sequence[frozenset[str]], period: tuple[str, str] | None) -> bool:
    if kept.entry.kind != "decision":
        return False
    told = read_body(kept.entry.body)
    if period is not None and not period[0] <= time_of(told) < period[1]:
        return False
    return not wanted or all(map(terms_of(told).intersection, wanted))


def _alone(kind: Kind, value: str | None) -> list[frozenset[str]]:
    return [] if value is None else [frozenset({term(kind, value)})]


def _stamp(instant: datetime) -> str:
    """Return an instant as entries have theirs; what is between two milliseconds is before the later one."""
    later = instant.astimezone(UTC) + timedelta(microseconds=999)
    return later.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
