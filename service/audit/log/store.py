"""The audit log in its database: entries are appended and read, never changed. Their bytes are made in `entries.py`."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from service.audit.index.search_index import Indexer
from service.audit.log.batches import Batches
from service.audit.log.entries import Entry, Kept
from service.audit.log.notary import Notary, Signed, latest_checkpoint, refusals_told
from service.audit.log.personal import Opened, open_sealed
from service.audit.proof.key_files import KeyRefused
from service.audit.proof.merkle import Frontier
from service.audit.storage.databases import Database
from service.audit.storage.statements import Prepared
from service.audit.storage.tables import entries, keys, pack_files, packs, personal_facts, personal_keys, tree
from service.audit.storage.tree import WIDTH, grow, read_frontier
from service.audit.storage.unavailable import EntryDamaged, KeyReused, StoreUnavailable
from service.audit.storage.upgrade import upgrade
from service.model.pack import Pack

__all__ = ["ENTRY", "Append", "Deed", "IdempotencyKey", "Store", "kept_of"]

_ENTRIES_BETWEEN_CHECKPOINTS = 4 * WIDTH
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEYED = b"\x01"
_BETWEEN_CHECKPOINTS = 60.0  # seconds, while entries are appended

# Built once: building a statement costs as much as running it.
ENTRY = select(entries.c.sequence, entries.c.id, entries.c.kind, entries.c.leaf, entries.c.body)
# An entry of the log has a place in its tree; a row that somebody put elsewhere is none.
_IN_PLACE = entries.c.sequence.between(1, select(tree.c.size).scalar_subquery())
_BY_ID = ENTRY.where(entries.c.id == bindparam("wanted"), _IN_PLACE)
_RANGE = ENTRY.where(entries.c.sequence > bindparam("after"), entries.c.sequence <= bindparam("last")).order_by(
    entries.c.sequence
)
_BY_KEY = (
    ENTRY.add_columns(keys.c.request, personal_keys.c.key.label("secret"))
    .join(keys, keys.c.sequence == entries.c.sequence)
    .outerjoin(personal_keys, personal_keys.c.sequence == entries.c.sequence)
    .where(keys.c.key == bindparam("wanted"), _IN_PLACE)
)
_PERSONAL = (
    select(personal_facts.c.sealed, personal_keys.c.key)
    .join(personal_keys, personal_keys.c.sequence == personal_facts.c.sequence)
    .where(personal_facts.c.sequence == bindparam("wanted"))
)
_KNOWN_PACK = select(packs.c.digest).where(packs.c.digest == bindparam("wanted"))
_FILES = select(pack_files.c.path, pack_files.c.content).where(pack_files.c.digest == bindparam("wanted"))
_ADD_PACK, _ADD_FILES = insert(packs), insert(pack_files)
_ADD_ENTRY, _ADD_KEY = Prepared(insert(entries)), Prepared(insert(keys))
_ADD_SEALED, _ADD_SECRET = Prepared(insert(personal_facts)), Prepared(insert(personal_keys))


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """An idempotency key.

    name     as the log knows it
    request  the canonical request that came with it
    shown    as the caller made it, where that is not the name
    """

    name: str
    request: bytes
    shown: str | None = None

    def digest(self, secret: bytes | None) -> bytes:
        """Return what is kept of the request: a hash of 32 bytes, or one under a key behind a byte that says so.

        secret  the key of its personal facts, where it has any: a plain hash would let them be guessed once they are
                erased
        """
        if secret is None:
            return hashlib.sha256(self.request).digest()
        return _KEYED + hmac.digest(secret, self.request, "sha256")


@dataclass(frozen=True, slots=True)
class Append:
    """An entry that is to be appended, with the pack that decided and the idempotency key that came with it."""

    entry: Entry
    pack: Pack | None
    key: IdempotencyKey | None


@dataclass(frozen=True, slots=True)
class Deed:
    """An entry that is being appended, in a transaction that can still be called off.

    frontier  of the tree with the entry in it
    """

    connection: Connection
    kept: Kept
    frontier: Frontier


class Store:
    """The audit log. Safe between threads, processes and, on PostgreSQL, machines; a forked process makes its own.

    Every call raises StoreUnavailable while the database can't be used, and works again when it can.

    database  where the log is kept
    notary    who signs checkpoints; without one entries are appended and nothing is signed
    most_at_once  entries that one commit takes of those that wait
    note_commit   called after each commit of entries, with their number and the seconds that it took
    """

    def __init__(self, database: Database, notary: Notary | None = None, *, most_at_once: int = 64) -> None:
        self.database = database
        self.notary = notary
        self._indexer = Indexer(database)
        self._batches: Batches[Append, Kept | KeyReused] = Batches(self.append_all, most_at_once)
        self._next_checkpoint = time.monotonic() + _BETWEEN_CHECKPOINTS
        self.note_commit: Callable[[int, float], None] = _nobody_notes

    def prepare(self) -> None:
        """Make the database, or bring it to the tables of this version; another process may do so at the same time.

        With a notary the signing key is made, where the log has none yet, and what nobody has signed is signed.
        Raises KeyRefused.
        """
        self.database.create("alembic_version")
        signed: Signed | None = None
        with self.database.writing() as connection:
            upgrade(connection)
            if self.notary is not None:
                self.notary.introduce(connection)
                signed = self._sign_rest(connection)
        self._remember(signed)

    def append(self, entry: Entry, pack: Pack | None, key: IdempotencyKey | None = None) -> Kept:
        """Append an entry, with the pack that decided when it is new; what is returned is on the disk.

        With a key that was used before, nothing is appended: the earlier entry is returned, not `is_new`, or KeyReused
        is raised when its request was another one, or can't be compared any more as its personal facts are erased.
        """
        kept = self._batches.submit(Append(entry, pack, key))
        if isinstance(kept, KeyReused):
            raise kept
        return kept

    def append_each(self, asked: Sequence[Append]) -> list[Kept | BaseException]:
        """Append entries in the order asked; return for each what `append` returns or raises, when it is on the disk.

        They share their commits with one another, and with what others append at the same time.
        """
        return list(self._batches.submit_all(asked))

    def entry(self, id_: str) -> Kept | None:
        """Return the entry of an id, in whatever case it is written, or None. Raises EntryDamaged."""
        wanted = id_.lower()
        if not _ID.fullmatch(wanted):
            return None
        with self.database.reading() as connection:
            row = connection.execute(_BY_ID, {"wanted": wanted}).first()
        return None if row is None else kept_of(row)

    def size(self) -> int:
        """Return how many entries the log has, by its tree."""
        with self.database.reading() as connection:
            return read_frontier(connection).size

    def entries(self, after: int = 0, last: int | None = None) -> Iterator[Kept]:
        """Yield the entries behind a sequence up to another, in order, a few at a time. Raises EntryDamaged."""
        end = self.size() if last is None else last
        while after < end:
            last = min(after + WIDTH, end)
            with self.database.reading() as connection:
                rows = connection.execute(_RANGE, {"after": after, "last": last}).all()
            yield from map(kept_of, rows)
            after = last

    def answered(self, key: IdempotencyKey) -> Kept | None:
        """Return the entry that a key was used for, or None. Raises KeyReused, EntryDamaged."""
        with self.database.reading() as connection:
            found = _answered(connection, key)
        if isinstance(found, KeyReused):
            raise found
        return found

    def personal(self, kept: Kept) -> Mapping[str, Opened]:
        """Return the personal facts of an entry; none when it has none, or they are erased. Raises EntryDamaged."""
        with self.database.reading() as connection:
            row = connection.execute(_PERSONAL, {"wanted": kept.sequence}).first()
        if row is None:
            return {}
        try:
            return open_sealed(row.sealed, row.key, kept.entry.id)
        except (TypeError, ValueError):
            raise EntryDamaged(kept.sequence) from None

    @contextmanager
    def deed(self, entry: Entry | Callable[[int], Entry], *, is_signed: bool = False) -> Iterator[Deed]:
        """Append an entry that tells of a deed, together with what the caller writes in the same transaction.

        entry      itself, or what writes it for the sequence that it gets
        is_signed  a checkpoint over the entry is among that
        """
        with self.database.writing() as connection:
            before = read_frontier(connection)
            told = entry(before.size + 1) if callable(entry) else entry
            _, grown = _append(connection, [Append(told, None, None)], before)
            yield Deed(connection, Kept(grown.size, told, is_new=True), grown)
            signed = None if is_signed else self._sign_now_and_then(connection, before, grown)
        self._after_commit(before, grown, signed)

    def pack_files(self, digest: str) -> Mapping[str, bytes]:
        """Return the files of a pack that has decided, by path; none when no such pack has."""
        with self.database.reading() as connection:
            return {row.path: row.content for row in connection.execute(_FILES, {"wanted": digest})}

    def check(self) -> None:
        """Return when the log can be read, written and signed; nothing is written. Raises StoreUnavailable."""
        self.database.check_room()
        with self.database.trying() as connection:
            frontier = read_frontier(connection)
            if self.notary is not None:
                with refusals_told():
                    self.notary.check(connection, frontier)

    def wake_indexer(self) -> None:
        """Let blocks of entries that can't be searched by their terms yet be indexed, in the background."""
        self._indexer.wake()

    def close(self) -> None:
        """Close the database's connections."""
        self._indexer.close()
        self.database.close()

    def finish(self) -> None:
        """Sign what nobody has signed, if that can be done now, and close; an outage is left to the next start.

        Call it when all others have closed the log: the last one to close a SQLite file leaves it whole, with no
        write-ahead log beside it.
        """
        try:
            with suppress(StoreUnavailable):
                with self.database.writing() as connection:
                    signed = self._sign_rest(connection)
                self._remember(signed)
        finally:
            self.close()

    def append_all(self, asked: Sequence[Append]) -> list[Kept | KeyReused]:
        """Append entries in one transaction, in the order asked; return for each what `append` does, or would raise."""
        began = time.perf_counter()
        with self.database.writing() as connection:
            known: set[str] = connection.info.setdefault("packs", set())
            found = {each.pack.digest: each.pack for each in asked if each.pack is not None}
            for digest, pack in found.items():
                if digest not in known:
                    _keep_pack(connection, pack)
            before = read_frontier(connection)
            kept, grown = _append(connection, asked, before)
            signed = self._sign_now_and_then(connection, before, grown)
        self._after_commit(before, grown, signed)
        known.update(found)  # only now: a transaction that failed has kept no pack
        if grown.size > before.size:
            self.note_commit(grown.size - before.size, time.perf_counter() - began)
        return kept

    def _sign_rest(self, connection: Connection) -> Signed | None:
        """Sign what stands behind the last checkpoint, if anything does."""
        frontier, latest = read_frontier(connection), latest_checkpoint(connection)
        is_signed = frontier.size <= (0 if latest is None else latest.size)
        return None if is_signed else self._sign(connection, frontier)

    def _sign_now_and_then(self, connection: Connection, before: Frontier, grown: Frontier) -> Signed | None:
        """Sign a checkpoint after so many entries, and when the last one is old; return it where one was due."""
        is_full = grown.size // _ENTRIES_BETWEEN_CHECKPOINTS > before.size // _ENTRIES_BETWEEN_CHECKPOINTS
        is_due = is_full or time.monotonic() > self._next_checkpoint
        return self._sign(connection, grown) if is_due and grown.size > before.size else None

    def _sign(self, connection: Connection, frontier: Frontier) -> Signed | None:
        """Sign a checkpoint, or leave it: what was decided is kept all the same, and `check` tells who watches."""
        if self.notary is not None:
            with suppress(KeyRefused):
                return self.notary.sign(connection, frontier)
        return None

    def _remember(self, signed: Signed | None) -> None:
        if signed is not None and self.notary is not None:
            self.notary.remember(signed)

    def _after_commit(self, before: Frontier, grown: Frontier, signed: Signed | None) -> None:
        now = time.monotonic()
        if signed is not None or (now > self._next_checkpoint and grown.size > before.size):
            self._next_checkpoint = now + _BETWEEN_CHECKPOINTS
        self._remember(signed)
        if grown.size // WIDTH > before.size // WIDTH:
            self._indexer.wake()


def _nobody_notes(entries: int, seconds: float) -> None:
    del entries, seconds


def _append(
    connection: Connection, asked: Sequence[Append], before: Frontier
) -> tuple[list[Kept | KeyReused], Frontier]:
    """Append in the order asked, in one statement for each table: a statement costs more than a row."""
    kept: list[Kept | KeyReused] = []
    new: list[tuple[Kept, Pack | None]] = []
    named: dict[str, tuple[IdempotencyKey, Kept]] = {}
    for each in asked:
        found = None if each.key is None else _earlier(connection, each.key, named)
        if found is None:
            found = Kept(before.size + len(new) + 1, each.entry, is_new=True)
            new.append((found, each.pack))
            if each.key is not None:
                named[each.key.name] = each.key, found
        kept.append(found)
    if not new:
        return kept, before
    _ADD_ENTRY.run(connection, [_row(found, pack) for found, pack in new])
    if named:
        _ADD_KEY.run(connection, [_key_row(key, found) for key, found in named.values()])
    sealed = [(found.sequence, found.entry.sealed) for found, _ in new if found.entry.sealed is not None]
    if sealed:
        _ADD_SEALED.run(connection, [{"sequence": sequence, "sealed": each.text} for sequence, each in sealed])
        _ADD_SECRET.run(connection, [{"sequence": sequence, "key": each.key} for sequence, each in sealed])
    return kept, grow(connection, before, [found.entry.leaf for found, _ in new])


def _row(new: Kept, pack: Pack | None) -> dict[str, object]:
    entry = new.entry
    return {
        "sequence": new.sequence,
        "id": entry.id,
        "kind": entry.kind,
        "pack": None if pack is None else pack.digest,
        "leaf": entry.leaf,
        "body": entry.body,
    }


def _key_row(key: IdempotencyKey, new: Kept) -> dict[str, object]:
    return {"key": key.name, "request": key.digest(_secret(new)), "sequence": new.sequence}


def _secret(kept: Kept) -> bytes | None:
    return None if kept.entry.sealed is None else kept.entry.sealed.key


def _earlier(
    connection: Connection, key: IdempotencyKey, named: Mapping[str, tuple[IdempotencyKey, Kept]]
) -> Kept | KeyReused | None:
    """Return what the key was used for: in this transaction, where `named` holds it, or before."""
    if key.name not in named:
        return _answered(connection, key)
    first, kept = named[key.name]
    return replace(kept, is_new=False) if first.request == key.request else KeyReused(key.shown or key.name)


def _answered(connection: Connection, key: IdempotencyKey) -> Kept | KeyReused | None:
    row = connection.execute(_BY_KEY, {"wanted": key.name}).first()
    if row is None:
        return None
    # Once the key of its personal facts is gone, nobody can tell whether it is the same request: then it is another.
    if not hmac.compare_digest(row.request, key.digest(row.secret)):
        return KeyReused(key.shown or key.name)
    return kept_of(row)


def _keep_pack(connection: Connection, pack: Pack) -> None:
    if connection.execute(_KNOWN_PACK, {"wanted": pack.digest}).first() is not None:
        return
    connection.execute(_ADD_PACK, {"digest": pack.digest, "policy": pack.id, "version": pack.version})
    files = [{"digest": pack.digest, "path": path, "content": pack.files[path]} for path in sorted(pack.files)]
    connection.execute(_ADD_FILES, files)


def kept_of(row: Row[*tuple[Any, ...]]) -> Kept:
    """Return the entry in a row of ENTRY. Raises EntryDamaged when its bytes no longer have their hash."""
    # SQLite keeps whatever type it was given last.
    entry = Entry(row.id, row.body, row.kind) if isinstance(row.body, bytes) else None
    if entry is None or entry.leaf != row.leaf:
        raise EntryDamaged(row.sequence)
    return Kept(row.sequence, entry)
