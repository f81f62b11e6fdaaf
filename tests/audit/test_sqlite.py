"""The SQLite file: what happens to it while it is in use, and what is refused at the start."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from service.audit.storage.unavailable import StoreUnavailable

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "019a0000-0000-7000-8000-000000000000"

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


def test_a_file_that_a_tool_keeps_locked_is_an_outage_until_it_is_free(sqlite_store, open_store, path, pack, new_entry):
    """Somebody has the file open in a tool and has forgotten a transaction."""
    hasty = open_store(path, patience=0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            hasty.append(new_entry(), pack)
        with pytest.raises(StoreUnavailable, match="locked"):
            hasty.check()

    assert sqlite_store.append(new_entry(), pack).sequence == 1


def test_a_file_that_was_opened_for_reading_alone_is_opened_anew(sqlite_store, pack, new_entry):
    """SQLite falls back to reading where the file can't be written at that moment, and stays with it."""

    def reads_alone(connection, _record):
        connection.execute("PRAGMA query_only = ON")

    engine = sqlite_store.database.engine
    sqlite_store.close()
    event.listen(engine, "connect", reads_alone)
    for call in (lambda: sqlite_store.append(new_entry(), pack), sqlite_store.check):
        with pytest.raises(StoreUnavailable, match="read-only"):
            call()
    with sqlite_store.database.reading(), pytest.raises(StoreUnavailable, match="read-only"):
        sqlite_store.check()
    event.remove(engine, "connect", reads_alone)

    assert sqlite_store.append(new_entry(), pack).sequence == 1
    sqlite_store.check()


def test_a_file_that_is_read_only_for_a_while_needs_no_hands(path):
    """Whoever reads meanwhile opens it for reading alone: such connections must not outlast the cause."""
    command = [sys.executable, ROOT / "tests/audit/be_read_only.py", path]
    if os.geteuid() == 0:  # root writes files that nobody may write, unless it can't
        command = ["setpriv", "--bounding-set=-dac_override", *command]
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=ROOT, env=paths, capture_output=True, text=True, check=False)

    assert (ran.stderr, ran.stdout.splitlines()) == ("", ["refused", "refused", "1 can be read", "2", "3"])


def test_a_file_that_is_moved_away_is_an_outage_until_it_is_back(sqlite_store, path, pack, new_entry):
    """Without looking, entries would be acknowledged into a file that has no name any more."""
    kept = sqlite_store.append(new_entry(), pack)
    path.rename(path.with_suffix(".away"))
    for call in (
        lambda: sqlite_store.append(new_entry(), pack),
        lambda: sqlite_store.entry(kept.entry.id),
        sqlite_store.check,
    ):
        with pytest.raises(StoreUnavailable):
            call()
    assert not path.exists()

    path.with_suffix(".away").rename(path)
    assert sqlite_store.entry(kept.entry.id).document == kept.document
    assert sqlite_store.append(new_entry(), pack).sequence == 2


def test_a_file_that_is_moved_away_during_a_transaction_is_not_acknowledged(sqlite_store, path):
    """The commit succeeds, into a file that nobody will look for."""
    with pytest.raises(StoreUnavailable, match="moved away"), sqlite_store.database.writing():
        path.rename(path.with_suffix(".away"))


def test_a_file_put_in_the_place_of_another_is_written_to(sqlite_store, open_store, path, pack, new_entry, tmp_path):
    """What is acknowledged stands in the file of that name, and the pack with it."""
    sqlite_store.append(new_entry(), pack)
    other = open_store(tmp_path / "other.db")
    other.prepare()
    other.close()
    path.rename(path.with_suffix(".away"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    (tmp_path / "other.db").rename(path)

    assert sqlite_store.append(new_entry(), pack).sequence == 1
    assert counts(path) == [1, 0, 1, len(pack.files)]


def test_a_full_disk_is_an_outage_that_leaves_nothing_half_written(sqlite_store, path, pack, new_entry):
    """Pack and entry are one transaction; when there is room again, both are kept."""

    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

    sqlite_store.close()
    event.listen(sqlite_store.database.engine, "connect", limit)
    with pytest.raises(StoreUnavailable, match="disk is full"):
        sqlite_store.append(new_entry(), pack)
    assert counts(path) == [0, 0, 0, 0]

    event.remove(sqlite_store.database.engine, "connect", limit)
    sqlite_store.close()
    assert sqlite_store.append(new_entry(), pack).sequence == 1
    assert counts(path) == [1, 0, 1, len(pack.files)]


def test_a_log_with_hardly_any_room_left_is_not_ready(sqlite_store, path, pack, new_entry, monkeypatch):
    """A small write may still find a place where an entry does not."""
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=10, f_frsize=4096))
    with pytest.raises(StoreUnavailable, match="disk is full"):
        sqlite_store.check()

    monkeypatch.undo()
    sqlite_store.check()


def test_a_read_only_database_is_an_outage_for_writing_alone(sqlite_store, path, pack, new_entry):
    """Old decisions can still be looked up."""
    kept = sqlite_store.append(new_entry(), pack)
    sqlite_store.close()
    set_byte(path, WRITE_VERSION, 3)
    with pytest.raises(StoreUnavailable, match="read-only"):
        sqlite_store.append(new_entry(), pack)
    with pytest.raises(StoreUnavailable, match="read-only"):
        sqlite_store.check()
    assert sqlite_store.entry(kept.entry.id).sequence == 1

    sqlite_store.close()
    set_byte(path, WRITE_VERSION, 2)
    assert sqlite_store.append(new_entry(), pack).sequence == 2


def test_a_folder_that_is_missing_is_an_outage(open_store, tmp_path):
    """A mistyped path is told when the service starts, not with the first decision."""
    with pytest.raises(StoreUnavailable, match="No such file or directory"):
        open_store(tmp_path / "nowhere" / "audit.db").prepare()


def test_a_folder_that_goes_and_comes_back_is_no_end(open_store, tmp_path, pack, new_entry):
    """A network disk does that."""
    folder = tmp_path / "disk"
    folder.mkdir()
    store = open_store(folder / "audit.db")
    store.prepare()
    store.append(new_entry(), pack)
    folder.rename(tmp_path / "away")
    with pytest.raises(StoreUnavailable):
        store.append(new_entry(), pack)

    (tmp_path / "away").rename(folder)
    assert store.append(new_entry(), pack).sequence == 2


def test_a_file_that_is_no_database_is_an_outage(open_store, path):
    """It is neither overwritten nor taken for an empty log."""
    path.write_bytes(b"Dear diary, " * 100)
    with pytest.raises(StoreUnavailable, match="no database"):
        open_store(path).prepare()

    assert path.read_bytes() == b"Dear diary, " * 100


@pytest.mark.parametrize("how", ["empty", "of another program"])
def test_a_file_without_the_tables_is_an_outage_while_the_service_runs(sqlite_store, path, pack, new_entry, how):
    """Entries of before may stand elsewhere: the log is not begun anew behind the operator's back."""
    sqlite_store.append(new_entry(), pack)
    path.rename(path.with_suffix(".away"))
    path.touch()
    if how != "empty":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE bookmarks (address TEXT)")
    for call in (
        lambda: sqlite_store.append(new_entry(), pack),
        lambda: sqlite_store.entry(NOBODY),
        sqlite_store.check,
    ):
        with pytest.raises(StoreUnavailable, match="tables of the audit log are missing"):
            call()


def test_an_empty_file_becomes_a_log_when_the_service_starts(open_store, path, pack, new_entry):
    """Somebody made it beforehand, with the owner and the rights that it should have."""
    path.touch(0o640)
    store = open_store(path)
    store.prepare()

    assert store.append(new_entry(), pack).sequence == 1
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_database_of_another_program_is_not_touched(open_store, path):
    """A slip in the path must not put our tables, or our journal mode, into it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (address TEXT)")
    before = path.read_bytes()

    with pytest.raises(StoreUnavailable, match="belongs to another program"):
        open_store(path).prepare()
    assert path.read_bytes() == before


def test_what_is_removed_leaves_no_trace_in_the_file(sqlite_store, path):
    """Without its key what was sealed is gone; a copy of the key in an unused page would bring it back."""
    with sqlite_store.database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE gone (x TEXT)")
        connection.exec_driver_sql("INSERT INTO gone VALUES ('a key to be forgotten')")
    with sqlite_store.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM gone")
    assert sqlite_store.database.forget("gone")
    assert all(b"a key to be forgotten" not in file.read_bytes() for file in path.parent.iterdir())


def test_to_forget_waits_for_no_reader_to_end(sqlite_store, open_store, path):
    """What was removed is removed in any case; its traces go the next time."""
    hasty = open_store(path, patience=0.1)
    with sqlite_store.database.reading() as connection:
        connection.exec_driver_sql("SELECT * FROM entries").all()
        with hasty.database.writing() as other:
            other.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
        assert not hasty.database.forget("personal_keys")
    assert hasty.database.forget("personal_keys")


def test_a_log_on_a_medium_for_reading_can_be_read(sqlite_store, open_store, path, pack, new_entry, monkeypatch):
    """An archive: SQLite could make neither `-wal` nor `-shm` beside the file."""
    kept = sqlite_store.append(new_entry(), pack)
    sqlite_store.close()
    assert not path.with_name("audit.db-wal").exists()
    monkeypatch.setattr(os, "access", lambda *_: False)
    archive = open_store(path)

    assert archive.entry(kept.entry.id).document == kept.document
    assert not path.with_name("audit.db-shm").exists()
    with pytest.raises(StoreUnavailable, match="read-only"):
        archive.append(new_entry(), pack)


def test_a_log_that_is_no_longer_on_a_medium_for_reading_is_read_as_it_is(
    sqlite_store, open_store, path, pack, new_entry, monkeypatch
):
    """An archive is opened as what never changes: such a connection would not see what others write from then on."""
    kept = sqlite_store.append(new_entry(), pack)
    sqlite_store.close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    archive = open_store(path)
    assert archive.entry(kept.entry.id).sequence == 1

    monkeypatch.undo()
    later = sqlite_store.append(new_entry(), pack)
    assert archive.entry(later.entry.id).document == later.document
    assert archive.append(new_entry(), pack).sequence == 3


def test_to_check_writes_nothing(sqlite_store, path, pack, new_entry):
    """A load balancer asks every few seconds, for years."""
    sqlite_store.append(new_entry(), pack)
    files = sorted(each for each in path.parent.iterdir() if not each.name.endswith("-shm"))
    before = [each.read_bytes() for each in files]
    sqlite_store.check()

    assert len(files) >= 2
    assert [each.read_bytes() for each in files] == before
