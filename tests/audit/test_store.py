"""The store: appending, reading, idempotency keys, and what can't be done to it."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.audit.store import Key, Store
from service.audit.tables import metadata
from service.audit.unavailable import EntryDamaged, KeyReused

ROOT = Path(__file__).resolve().parents[2]


def rows(path, query):
    """Return what another connection sees."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_sequences_count_from_one_without_a_gap(store, pack, new_entry):
    """A missing number would look like a removed entry."""
    assert [store.append(new_entry(), pack).sequence for _ in range(5)] == [1, 2, 3, 4, 5]


def test_sequences_have_no_gap_when_many_threads_append(store, pack, new_entry):
    """Threads share transactions; each entry still has a place of its own."""
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: store.append(new_entry(), pack), range(100)))

    assert sorted(each.sequence for each in kept) == list(range(1, 101))
    assert all(store.entry(each.entry.id) == replace(each, is_new=False) for each in kept)


def test_sequences_have_no_gap_when_several_processes_start_and_append_at_once(path):
    """They race for making the file, for its tables and for each number."""
    command = [sys.executable, str(ROOT / "tests/audit/append_many.py"), str(path), "25"]
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=paths) for _ in range(3)]
    sequences = [int(line) for process in processes for line in process.communicate(timeout=60)[0].split()]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(sequences) == list(range(1, 76))


def test_an_entry_can_be_read_by_a_store_that_is_opened_later(store, path, pack, new_entry):
    """What was acknowledged is in the file, not in a process."""
    kept = store.append(new_entry(), pack)
    later = Store(path)

    assert later.entry(kept.entry.id).document == kept.document
    later.close()


def test_an_unknown_id_has_no_entry(store):
    """It is no error of the store."""
    assert store.entry("019a0000-0000-7000-8000-000000000000") is None


def test_the_pack_that_decided_is_kept_whole_and_once(store, path, pack, new_entry):
    """A later run of the same decision needs the very bytes of its rules."""
    for _ in range(3):
        store.append(new_entry(), pack)

    assert rows(path, "SELECT digest, policy, version FROM packs") == [(pack.digest, pack.id, pack.version)]
    assert dict(rows(path, "SELECT path, content FROM pack_files")) == dict(pack.files)


def test_each_version_of_a_pack_is_kept(store, path, pack, new_entry):
    """Decisions of both versions stand in the log."""
    store.append(new_entry(), pack)
    store.append(new_entry(), replace(pack, digest="sha256:" + "0" * 64))

    assert len(rows(path, "SELECT digest FROM packs")) == 2


def test_a_key_used_again_with_the_same_request_gives_the_first_entry(store, pack, new_entry):
    """A caller that lost the answer asks again and gets it."""
    key = Key("order-4711", b"r" * 32)
    first = store.append(new_entry(), pack, key)
    again = store.append(new_entry(), pack, key)

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.sequence, again.entry) == (first.sequence, first.entry) == (1, store.answered(key).entry)


def test_a_key_used_again_with_another_request_is_refused(store, pack, new_entry):
    """Answering would pass one case's decision off as another's."""
    store.append(new_entry(), pack, Key("order-4711", b"r" * 32))
    other = Key("order-4711", b"s" * 32)

    with pytest.raises(KeyReused):
        store.append(new_entry(), pack, other)
    with pytest.raises(KeyReused):
        store.answered(other)
    assert store.append(new_entry(), pack).sequence == 2


def test_a_key_used_by_many_threads_at_once_is_answered_once(store, path, pack, new_entry):
    """An impatient caller repeats a request while the first one is still being answered."""
    key = Key("order-4711", b"r" * 32)
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: store.append(new_entry(), pack, key), range(16)))

    assert sum(each.is_new for each in kept) == 1
    assert len({each.entry.id for each in kept}) == 1
    assert rows(path, "SELECT count(*) FROM entries") == [(1,)]


@pytest.mark.parametrize("table", ["entries", "keys", "packs", "pack_files"])
@pytest.mark.parametrize("deed", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "REPLACE INTO {0} SELECT * FROM {0}"])
def test_no_row_is_ever_changed_or_removed(store, path, pack, new_entry, table, deed):
    """Not even by who opens the file with a tool of their own; REPLACE would remove rows without a DELETE."""
    store.append(new_entry(), pack, Key("order-4711", b"r" * 32))
    column = {"entries": "body", "keys": "request", "packs": "version", "pack_files": "content"}[table]

    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(deed.format(table, column))


def test_no_entry_can_be_put_beyond_the_next_place(store, path, pack, new_entry):
    """The rule about gaps holds in the file itself."""
    store.append(new_entry(), pack)
    row = f"SELECT 3, 'another', '{pack.digest}', x'00', x'00'"

    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="without a gap"):
        connection.execute("INSERT INTO entries " + row)


def test_an_entry_that_has_changed_on_the_disk_is_not_given_out(store, path, pack, new_entry):
    """A wrong answer is worse than none."""
    kept = store.append(new_entry(), pack)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET body = replace(body, 'decided', 'decibel')")
        connection.commit()

    with pytest.raises(EntryDamaged) as refused:
        store.entry(kept.entry.id)
    assert refused.value.sequence == 1


def test_the_migrations_make_the_tables_that_the_code_reads(store):
    """The two are written down apart and must not drift apart."""
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_preparing_again_changes_nothing(store, pack, new_entry):
    """Every start of the service does it."""
    store.append(new_entry(), pack)
    store.prepare()

    assert store.append(new_entry(), pack).sequence == 2


def test_each_commit_is_on_the_disk_before_it_is_acknowledged(store, path):
    """Write-ahead mode alone would leave the last commits to the operating system (SQLite, PRAGMA synchronous)."""
    with store.database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]


def test_the_file_can_be_read_by_its_owner_alone(store, path):
    """Facts of a case can be personal."""
    assert path.stat().st_mode & 0o077 == 0
