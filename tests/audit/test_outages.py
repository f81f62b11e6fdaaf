"""What the store does while its database can't be used, and that it works again by itself."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from service.audit.database import sqlite_path
from service.audit.entries import Entry
from service.audit.store import Store
from service.audit.unavailable import StoreUnavailable

TABLES = ("entries", "keys", "packs", "pack_files")
WRITE_VERSION = 18  # offset in the file's header; a version above 2 tells SQLite to read only (file format, 1.3.3)


def counts(path):
    """Return how many rows each table has."""
    with closing(sqlite3.connect(path)) as connection:
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]


def set_byte(path, offset, value):
    """Overwrite one byte of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(bytes([value]))


def test_a_locked_database_is_an_outage_until_it_is_free(store, path, pack, new_entry):
    """Somebody has the file open in a tool and has forgotten a transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            store.append(new_entry(), pack)
        with pytest.raises(StoreUnavailable, match="locked"):
            store.check()

    assert store.append(new_entry(), pack).sequence == 1


def test_entries_can_be_read_while_somebody_writes(store, path, pack, new_entry):
    """Write-ahead mode is chosen for this."""
    kept = store.append(new_entry(), pack)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.entry(kept.entry.id).sequence == 1


def test_a_file_that_is_moved_away_is_an_outage_until_it_is_back(store, path, pack, new_entry):
    """Without looking, entries would be acknowledged into a file that has no name any more."""
    kept = store.append(new_entry(), pack)
    path.rename(path.with_suffix(".away"))
    for call in (lambda: store.append(new_entry(), pack), lambda: store.entry(kept.entry.id), store.check):
        with pytest.raises(StoreUnavailable):
            call()
    assert not path.exists()

    path.with_suffix(".away").rename(path)
    assert store.entry(kept.entry.id).document == kept.document
    assert store.append(new_entry(), pack).sequence == 2


def test_a_file_that_is_moved_away_during_a_transaction_is_not_acknowledged(store, path):
    """The commit succeeds, into a file that nobody will look for."""
    with pytest.raises(StoreUnavailable, match="moved away"), store.database.writing():
        path.rename(path.with_suffix(".away"))


def test_a_file_put_in_the_place_of_another_is_written_to(store, path, pack, new_entry, tmp_path):
    """What is acknowledged stands in the file of that name, and the pack with it."""
    store.append(new_entry(), pack)
    other = Store(tmp_path / "other.db")
    other.prepare()
    other.close()
    path.rename(path.with_suffix(".away"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    (tmp_path / "other.db").rename(path)

    assert store.append(new_entry(), pack).sequence == 1
    assert counts(path) == [1, 0, 1, len(pack.files)]


def test_a_full_disk_is_an_outage_that_leaves_nothing_half_written(store, path, pack, new_entry):
    """Pack and entry are one transaction; when there is room again, both are kept."""

    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

    store.close()
    event.listen(store.database.engine, "connect", limit)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        store.append(new_entry(), pack)
    assert counts(path) == [0, 0, 0, 0]

    event.remove(store.database.engine, "connect", limit)
    store.close()
    assert store.append(new_entry(), pack).sequence == 1
    assert counts(path) == [1, 0, 1, len(pack.files)]


def test_a_log_with_hardly_any_room_left_is_not_ready(store, path, pack, new_entry, monkeypatch):
    """A small write may still find a place where an entry does not."""
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=10, f_frsize=4096))
    with pytest.raises(StoreUnavailable, match="disk is full"):
        store.check()

    monkeypatch.undo()
    store.check()


def test_whoever_waits_gets_a_turn_however_busy_another_process_is(store, path, pack, new_entry):
    """SQLite's lock has no queue: one who tries again now and then loses to one who takes it again at once."""
    busy, is_over = Store(path), Event()

    def write_without_end():
        while not is_over.is_set():
            with busy.database.writing() as connection:
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
                Event().wait(0.03)  # a slow disk

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write_without_end)
        try:
            sequences = [store.append(new_entry(), pack).sequence for _ in range(15)]
        finally:
            is_over.set()
        writer.result()

    assert sequences == list(range(1, 16))
    busy.close()


def test_a_read_only_database_is_an_outage_for_writing_alone(store, path, pack, new_entry):
    """Old decisions can still be looked up."""
    kept = store.append(new_entry(), pack)
    store.close()
    set_byte(path, WRITE_VERSION, 3)
    with pytest.raises(StoreUnavailable, match="read-only"):
        store.append(new_entry(), pack)
    with pytest.raises(StoreUnavailable, match="read-only"):
        store.check()
    assert store.entry(kept.entry.id).sequence == 1

    store.close()
    set_byte(path, WRITE_VERSION, 2)
    assert store.append(new_entry(), pack).sequence == 2


def test_a_folder_that_is_missing_is_an_outage(tmp_path):
    """A mistyped path is told when the service starts, not with the first decision."""
    with pytest.raises(StoreUnavailable, match="No such file or directory"):
        Store(tmp_path / "nowhere" / "audit.db").prepare()


def test_a_folder_that_goes_and_comes_back_is_no_end(tmp_path, pack, new_entry):
    """A network disk does that."""
    folder = tmp_path / "disk"
    folder.mkdir()
    store = Store(folder / "audit.db", patience=0.1)
    store.prepare()
    store.append(new_entry(), pack)
    folder.rename(tmp_path / "away")
    with pytest.raises(StoreUnavailable):
        store.append(new_entry(), pack)

    (tmp_path / "away").rename(folder)
    assert store.append(new_entry(), pack).sequence == 2
    store.close()


def test_a_file_that_is_no_database_is_an_outage(path):
    """It is neither overwritten nor taken for an empty log."""
    path.write_bytes(b"Dear diary, " * 100)
    with pytest.raises(StoreUnavailable, match="no database"):
        Store(path).prepare()

    assert path.read_bytes() == b"Dear diary, " * 100


@pytest.mark.parametrize("how", ["empty", "of another program"])
def test_a_file_without_the_tables_is_an_outage_while_the_service_runs(store, path, pack, new_entry, how):
    """Entries of before may stand elsewhere: the log is not begun anew behind the operator's back."""
    store.append(new_entry(), pack)
    path.rename(path.with_suffix(".away"))
    path.touch()
    if how != "empty":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE bookmarks (address TEXT)")
    for call in (lambda: store.append(new_entry(), pack), lambda: store.entry("x"), store.check):
        with pytest.raises(StoreUnavailable, match="tables of the audit log are missing"):
            call()


def test_an_empty_file_becomes_a_log_when_the_service_starts(path, pack, new_entry):
    """Somebody made it beforehand, with the owner and the rights that it should have."""
    path.touch(0o640)
    store = Store(path)
    store.prepare()

    assert store.append(new_entry(), pack).sequence == 1
    assert path.stat().st_mode & 0o777 == 0o640
    store.close()


def test_a_database_of_another_program_is_not_touched(path):
    """A slip in the path must not put our tables, or our journal mode, into it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (address TEXT)")
    before = path.read_bytes()

    with pytest.raises(StoreUnavailable, match="belongs to another program"):
        Store(path).prepare()
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_not_touched(store, path):
    """What the newer tables mean is not known here."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(StoreUnavailable, match="newer version"):
        store.prepare()


def test_a_defect_of_ours_is_not_taken_for_an_outage(store, pack, new_entry):
    """Two entries of one id are a mistake that trying again does not mend."""
    entry = new_entry()
    store.append(entry, pack)

    with pytest.raises(Exception, match="an id of its own"):
        store.append(Entry(entry.id, b"{}"), pack)
    assert store.append(new_entry(), pack).sequence == 2


@pytest.mark.parametrize(
    ("written", "path"),
    [("log.db", "log.db"), ("sqlite:///log.db", "log.db"), ("sqlite:////var/log.db", "/var/log.db")],
)
def test_a_database_is_named_by_a_path_or_a_url(written, path):
    """SQLAlchemy's way of writing it is widely known."""
    assert sqlite_path(written).as_posix() == path


@pytest.mark.parametrize("written", ["postgresql://host/log", "sqlite://", ":memory:", ""])
def test_a_database_that_could_not_keep_the_log_is_refused(written):
    """Each process would have a log of its own in its memory."""
    with pytest.raises(ValueError, match="give the path of a file"):
        sqlite_path(written)
