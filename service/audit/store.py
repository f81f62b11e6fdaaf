"""The store of decisions: entries are appended and read, never changed. Their bytes are made in `entries.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from service.audit.batches import Batches
from service.audit.database import Database
from service.audit.entries import Entry, Kept
from service.audit.tables import entries, keys, pack_files, packs
from service.audit.unavailable import EntryDamaged, KeyReused
from service.audit.upgrade import upgrade
from service.pack.model import Pack

__all__ = ["Key", "Store"]


# Built once: building a statement costs as much as running it.
_ENTRY = select(entries.c.sequence, entries.c.id, entries.c.body, entries.c.digest)
_BY_ID = _ENTRY.where(entries.c.id == bindparam("wanted"))
_BY_KEY = (
    _ENTRY.add_columns(keys.c.request)
    .join(keys, keys.c.sequence == entries.c.sequence)
    .where(keys.c.key == bindparam("wanted"))
)
_LAST = select(func.coalesce(func.max(entries.c.sequence), 0))
_KNOWN_PACK = select(packs.c.digest).where(packs.c.digest == bindparam("wanted"))
# Only what is written shows that the disk still takes it; this leaves all as it is.
_TOUCH = "UPDATE alembic_version SET version_num = version_num"
_ADD_ENTRY, _ADD_KEY, _ADD_PACK, _ADD_FILES = insert(entries), insert(keys), insert(packs), insert(pack_files)


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key.

    name     as the caller made it
    request  SHA-256 of the canonical request that came with it, 32 bytes
    """

    name: str
    request: bytes


@dataclass(frozen=True, slots=True)
class _Append:
    entry: Entry
    pack: Pack
    key: Key | None


class Store:
    """The audit log in one SQLite file. Safe between threads and processes; a forked process makes its own.

    Every call raises StoreUnavailable while the database can't be used, and works again when it can.
    """

    def __init__(self, path: Path, patience: float = 5.0) -> None:
        """Take the file's path; nothing is opened yet.

        patience  seconds to wait for another process before StoreUnavailable
        """
        self.database = Database(path, patience)
        self._batches: Batches[_Append, Kept | KeyReused] = Batches(self._write)

    def prepare(self) -> None:
        """Make the database, or bring it to the tables of this version; another process may do so at the same time."""
        self.database.create("alembic_version")
        with self.database.writing() as connection:
            upgrade(connection)

    def append(self, entry: Entry, pack: Pack, key: Key | None = None) -> Kept:
        """Append an entry, with the pack that decided when it is new; what is returned is on the disk.

        With a key that was used before, nothing is appended: the earlier entry is returned, not `is_new`, or KeyReused
        is raised when its request was another one.
        """
        kept = self._batches.submit(_Append(entry, pack, key))
        if isinstance(kept, KeyReused):
            raise kept
        return kept

    def entry(self, id_: str) -> Kept | None:
        """Return the entry of a document, or None. Raises EntryDamaged."""
        with self.database.reading() as connection:
            row = connection.execute(_BY_ID, {"wanted": id_}).first()
        return None if row is None else _kept(row)

    def answered(self, key: Key) -> Kept | None:
        """Return the entry that a key was used for, or None. Raises KeyReused, EntryDamaged."""
        with self.database.reading() as connection:
            found = _answered(connection, key)
        if isinstance(found, KeyReused):
            raise found
        return found

    def check(self) -> None:
        """Return when the log can be read and written. Raises StoreUnavailable."""
        self.database.check_room()
        with self.database.writing() as connection:
            connection.execute(_LAST)
            connection.exec_driver_sql(_TOUCH)

    def close(self) -> None:
        """Close the database's files."""
        self.database.close()

    def _write(self, asked: Sequence[_Append]) -> list[Kept | KeyReused]:
        with self.database.writing() as connection:
            known: set[str] = connection.info.setdefault("packs", set())
            for digest, pack in {each.pack.digest: each.pack for each in asked}.items():
                if digest not in known:
                    _keep_pack(connection, pack)
            kept = _append(connection, asked)
        known.update(each.pack.digest for each in asked)  # only now: a transaction that failed has kept no pack
        return kept


def _append(connection: Connection, asked: Sequence[_Append]) -> list[Kept | KeyReused]:
    """Append in the order asked, in one statement for each table: a statement costs more than a row."""
    last = connection.execute(_LAST).scalar_one()
    kept: list[Kept | KeyReused] = []
    rows: list[dict[str, object]] = []
    named: dict[str, tuple[Key, Kept]] = {}
    for each in asked:
        found = None if each.key is None else _earlier(connection, each.key, named)
        if found is None:
            found = Kept(last + len(rows) + 1, each.entry, is_new=True)
            rows.append(_row(found, each.pack))
            if each.key is not None:
                named[each.key.name] = each.key, found
        kept.append(found)
    if rows:
        connection.execute(_ADD_ENTRY, rows)
    if named:
        of_keys = [
            {"key": name, "request": key.request, "sequence": new.sequence} for name, (key, new) in named.items()
        ]
        connection.execute(_ADD_KEY, of_keys)
    return kept


def _row(new: Kept, pack: Pack) -> dict[str, object]:
    entry = new.entry
    return {
        "sequence": new.sequence,
        "id": entry.id,
        "pack": pack.digest,
        "digest": entry.digest,
        "body": entry.body,
    }


def _earlier(connection: Connection, key: Key, named: Mapping[str, tuple[Key, Kept]]) -> Kept | KeyReused | None:
    """Return what the key was used for: in this transaction, where `named` holds it, or before."""
    if key.name not in named:
        return _answered(connection, key)
    first, kept = named[key.name]
    return replace(kept, is_new=False) if first.request == key.request else KeyReused(key.name)


def _answered(connection: Connection, key: Key) -> Kept | KeyReused | None:
    row = connection.execute(_BY_KEY, {"wanted": key.name}).first()
    if row is None:
        return None
    return _kept(row) if row.request == key.request else KeyReused(key.name)


def _keep_pack(connection: Connection, pack: Pack) -> None:
    if connection.execute(_KNOWN_PACK, {"wanted": pack.digest}).first() is not None:
        return
    connection.execute(_ADD_PACK, {"digest": pack.digest, "policy": pack.id, "version": pack.version})
    files = [{"digest": pack.digest, "path": path, "content": pack.files[path]} for path in sorted(pack.files)]
    connection.execute(_ADD_FILES, files)


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    # SQLite keeps whatever type it was given last.
    entry = Entry(row.id, row.body) if isinstance(row.body, bytes) else None
    if entry is None or entry.digest != row.digest:
        raise EntryDamaged(row.sequence)
    return Kept(row.sequence, entry)
