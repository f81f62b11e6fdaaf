"""Searching the audit log: which decisions were of a policy, came out so, rest on a rule. No entry is changed here.

The index only says where to look (`candidates.py`): whether an entry is what was asked for, its own body tells. Where
the index lags behind (`search_index.py`), a search brings it on by a little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam

from service.audit.index.candidates import candidates
from service.audit.index.search_index import EARLIEST, LATEST, MALFORMED, catch_up, read_entry, read_indexed
from service.audit.index.terms import Scalar, TermKind, term, terms_of, time_of
from service.audit.log.entries import Kept
from service.audit.log.store import ENTRY, Store, kept_of
from service.audit.storage.tables import entries
from service.audit.storage.tree import WIDTH, read_frontier
from service.audit.storage.unavailable import EntryDamaged, StoreUnavailable

__all__ = ["MemberFilter", "Page", "Query", "search"]

_SHARE = 2  # blocks that a search indexes before it answers
_AT_ONCE = 256  # entries in one statement, where a page needs no more

# Written into the statement: to hand over 256 numbers one by one takes longer than to find their entries.
_ENTRIES = ENTRY.where(entries.c.sequence.in_(bindparam("wanted", expanding=True, literal_execute=True)))


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """A member of an outcome that is looked for.

    path    its dotted path, which can begin with the name of its decision; None: any member
    values  it has one of them, alone or in a list
    """

    path: str | None
    values: tuple[Scalar, ...]

    def terms(self, decision: str | None = None) -> frozenset[str]:
        """Return terms of which an entry has one; with a decision, of the member in the outcome of this one."""
        within = () if decision is None else (decision,)
        if self.path is None:
            return frozenset(term("value", *within, value) for value in self.values)
        is_named = decision is None or self.path.startswith(f"{decision}.")
        return self._at(*within, self.path) | (self.named() if is_named else frozenset())

    def named(self) -> frozenset[str]:
        """Return the terms where the path begins with the name of a decision, as it may, though it need not."""
        name, dot, path = (self.path or "").partition(".")
        return self._at(name, path) if dot else frozenset()

    def _at(self, *place: str) -> frozenset[str]:
        return frozenset(term("outcome", *place, value) for value in self.values)


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
    outcome    members of its outcome; without a decision, all of the same one, but for those that name theirs
    rule       id of a rule that made it
    overruled  id of a rule that held and gave way
    clause     id of a clause that it or a note cites
    caller     name of who asked
    reference  what the caller calls the case
    facts      of those that are searchable, each with its path
    """

    since: datetime | None = None
    until: datetime | None = None
    policy: str | None = None
    version: str | None = None
    digest: str | None = None
    decision: str | None = None
    status: str | None = None
    outcome: tuple[MemberFilter, ...] = ()
    rule: str | None = None
    overruled: str | None = None
    clause: str | None = None
    caller: str | None = None
    reference: str | None = None
    facts: tuple[MemberFilter, ...] = ()

    def terms(self) -> Sequence[frozenset[str]]:
        """Return sets of terms, of each of which an entry has one."""
        said = [(kind, value) for kind, value in self._said() if value is not None]
        within = () if self.decision is None else (self.decision,)
        wanted = [frozenset({term(kind, *within, value)}) for kind, value in said]
        wanted += [member.terms(self.decision) for member in self.outcome]
        if self.decision is not None and not wanted:
            wanted.append(frozenset({term("decision", self.decision)}))
        if self.policy is not None and self.version is not None:
            wanted.append(frozenset({term("policy", self.policy, self.version)}))
        else:
            wanted += _alone("policy", self.policy) + _alone("version", self.version)
        wanted += _alone("digest", self.digest) + _alone("caller", self.caller)
        wanted += [frozenset(term("fact", str(fact.path), value) for value in fact.values) for fact in self.facts]
        return wanted + _alone("reference", self.reference)

    def is_of_one_outcome(self, told: Mapping[str, Any], found: set[str]) -> bool:
        """Tell whether the members that are looked for meet in one outcome of a decision's entry, which has them all.

        found  the terms of the entry
        """
        if self.decision is not None or len(self.outcome) < 2:
            return True
        return any(
            all(found & (member.terms(name) | member.named()) for member in self.outcome) for name in told["decisions"]
        )

    def period(self) -> tuple[str, str] | None:
        """Return from which and before which time, as entries have it; None: any."""
        if self.since is None and self.until is None:
            return None
        since, until = (None if instant is None else _stamp(instant) for instant in (self.since, self.until))
        return since or EARLIEST, until or LATEST

    def _said(self) -> tuple[tuple[TermKind, str | None], ...]:
        return ("status", self.status), ("rule", self.rule), ("overruled", self.overruled), ("clause", self.clause)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what is found, newest first.

    items    can be fewer than asked for, or none, although there are more
    damaged  sequences of entries that are damaged or gone, of which nobody can tell whether they are meant
    next     sequence to go on before; None: there are no more
    """

    items: tuple[Kept, ...]
    damaged: tuple[int, ...]
    next: int | None


def search(store: Store, query: Query, limit: int, before: int | None = None, *, patience: int = 8192) -> Page:
    """Return decisions that the query is true of, in the reverse of the order in which they were kept.

    Whatever was acknowledged before is found. What is found before a sequence never changes, whatever is appended.
    Entries that are not indexed yet are read one by one, and a page ends early when that has cost enough: a few blocks
    of them are indexed before, and the rest in the background.

    limit     the most items and damaged entries
    before    sequence before which to look; None: from the newest on
    patience  entries that may be read for the page, more or less
    Raises StoreUnavailable.
    """
    with suppress(StoreUnavailable):
        if catch_up(store.database, _SHARE) == _SHARE:
            store.wake_indexer()
    with store.database.reading() as connection:
        size = read_frontier(connection).size
        last = size if before is None else min(size, before - 1)
        return _page(_found(connection, query, last, limit + 1, patience), limit)


def _page(found: Iterator[Kept | EntryDamaged | int], limit: int) -> Page:
    """Take what is found up to the limit; a number in it is the last sequence that was looked at."""
    taken: list[Kept | EntryDamaged] = []
    following = None
    for each in found:
        if isinstance(each, int) or len(taken) == limit:
            following = each if isinstance(each, int) else taken[-1].sequence
            break
        taken.append(each)
    items = tuple(each for each in taken if isinstance(each, Kept))
    return Page(items, tuple(each.sequence for each in taken if isinstance(each, EntryDamaged)), following)


def _found(
    connection: Connection, query: Query, last: int, count: int, patience: int
) -> Iterator[Kept | EntryDamaged | int]:
    """Yield the entries that the query is true of, from a sequence down, and those that are damaged in between.

    At the end of the patience comes the sequence where that was.

    count  entries to read first
    """
    wanted, period = query.terms(), query.period()
    places = _places(connection, wanted, period, last)
    while batch := list(islice(places, count)):
        for each in _read(connection, batch):
            judged = _judged(each, query, wanted, period) if isinstance(each, Kept) else each
            if judged is not None:
                yield judged
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


def _read(connection: Connection, sequences: Sequence[int]) -> Iterator[Kept | EntryDamaged]:
    rows = {row.sequence: row for row in connection.execute(_ENTRIES, {"wanted": sequences})}
    for sequence in sequences:
        try:
            yield kept_of(rows[sequence])
        except (EntryDamaged, KeyError):
            yield EntryDamaged(sequence)


def _judged(
    kept: Kept, query: Query, wanted: Sequence[frozenset[str]], period: tuple[str, str] | None
) -> Kept | EntryDamaged | None:
    """Return the entry where the query is true of it; where nobody can tell, what stands for it."""
    try:
        return kept if _is_meant(kept, query, wanted, period) else None
    except MALFORMED:
        return EntryDamaged(kept.sequence)


def _is_meant(kept: Kept, query: Query, wanted: Sequence[frozenset[str]], period: tuple[str, str] | None) -> bool:
    """Tell whether the query is true of an entry. Raises one of MALFORMED when it is no whole entry."""
    if kept.entry.kind != "decision":
        return False
    told = read_entry(kept.entry.body)
    if period is not None and not period[0] <= time_of(told) < period[1]:
        return False
    found = terms_of(told)
    if not found or not {"as_of", "decided_at"} <= told.keys():
        raise ValueError("it is no decision")
    return all(map(found.intersection, wanted)) and query.is_of_one_outcome(told, found)


def _alone(kind: TermKind, value: str | None) -> list[frozenset[str]]:
    return [] if value is None else [frozenset({term(kind, value)})]


def _stamp(instant: datetime) -> str:
    """Return an instant as entries have theirs; what is between two milliseconds is before the later one."""
    later = instant.astimezone(UTC) + timedelta(microseconds=999)
    return later.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
