"""The store: appending, reading, idempotency keys, and what can't be done to it."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.audit.checking.verification import verify
from service.audit.log.entries import write_entry
from service.audit.log.notary import Notary
from service.audit.log.receipts import checkpoint
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append, IdempotencyKey
from service.audit.storage.tables import metadata
from service.audit.storage.unavailable import EntryDamaged, KeyReused
from service.decision.requests import read_request

ROOT = Path(__file__).resolve().parents[2]


def rows(store, query):
    """Return what stands in the database."""
    with store.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def write(store, statement, **values):
    """Do what somebody could who opens the database with a tool of their own."""
    with store.database.writing() as connection:
        connection.execute(text(statement), values)


def test_sequences_count_from_one_without_a_gap(store, pack, new_entry):
    """A missing number would look like a removed entry."""
    assert [store.append(new_entry(), pack).sequence for _ in range(5)] == [1, 2, 3, 4, 5]


def test_sequences_have_no_gap_when_many_threads_append(store, pack, new_entry):
    """Threads share transactions; each entry still has a place of its own."""
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: store.append(new_entry(), pack), range(100)))

    assert sorted(each.sequence for each in kept) == list(range(1, 101))
    assert all(store.entry(each.entry.id) == replace(each, is_new=False) for each in kept)


def test_sequences_have_no_gap_when_several_processes_start_and_append_at_once(database_url, open_store):
    """They race for making the file, for its tables and for each number."""
    command = [sys.executable, str(ROOT / "tests/audit/append_many.py"), database_url, "25", "3"]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )

    assert sorted(map(int, done.stdout.split())) == list(range(1, 76))
    report = verify(open_store(database_url))
    assert (report.is_good, report.entries) == (True, 75)


def test_an_entry_can_be_read_by_a_store_that_is_opened_later(store, open_store, log_url, pack, new_entry):
    """What was acknowledged is in the database, not in a process."""
    kept = store.append(new_entry(), pack)

    assert open_store(log_url).entry(kept.entry.id).document == kept.document


def test_entries_behind_a_hole_are_read(sqlite_store, path, pack, new_entry):
    """Whoever looks at all of them must not take a hole for the end."""
    sqlite_store.append_all([Append(new_entry(), pack, None) for _ in range(1000)])
    write(sqlite_store, "DROP TRIGGER entries_no_delete")
    write(sqlite_store, "DELETE FROM entries WHERE sequence BETWEEN 201 AND 800")

    assert len(list(sqlite_store.entries())) == 400


@pytest.mark.parametrize("id_", ["", "nobody", "\x00", "\udcff", "a" * 10_000])
def test_what_is_no_id_has_no_entry(store, id_):
    """Whatever a caller writes into an address."""
    assert store.entry(id_) is None


def test_an_id_is_read_in_whatever_case_it_is_written(store, pack, new_entry):
    """RFC 9562, section 4."""
    kept = store.append(new_entry(), pack)

    assert store.entry(kept.entry.id.upper()).sequence == kept.sequence


def test_a_row_that_has_no_place_in_the_tree_is_no_entry(sqlite_store, pack, new_entry):
    """Somebody put it there."""
    entry = new_entry()
    sqlite_store.append(new_entry(), pack)
    write(sqlite_store, "DROP TRIGGER entries_follow")
    row = {"id": entry.id, "pack": pack.digest, "leaf": entry.leaf, "body": entry.body}
    write(sqlite_store, "INSERT INTO entries VALUES (-5, :id, 'decision', :pack, :leaf, :body)", **row)

    assert sqlite_store.entry(entry.id) is None


def test_entries_are_read_in_order(store, pack, new_entry):
    """All of them, or those between two sequences, also where there are more than are read at a time."""
    store.append_all([Append(new_entry(), pack, None) for _ in range(600)])

    assert [kept.sequence for kept in store.entries()] == list(range(1, 601))
    assert [kept.sequence for kept in store.entries(10, 12)] == [11, 12]
    assert list(store.entries(600)) == []


def test_an_unknown_id_has_no_entry(store):
    """It is no error of the store."""
    assert store.entry("019a0000-0000-7000-8000-000000000000") is None


def test_the_pack_that_decided_is_kept_whole_and_once(store, pack, new_entry):
    """A later run of the same decision needs the very bytes of its rules."""
    for _ in range(3):
        store.append(new_entry(), pack)

    assert rows(store, "SELECT digest, policy, version FROM packs") == [(pack.digest, pack.id, pack.version)]
    assert dict(rows(store, "SELECT path, content FROM pack_files")) == dict(pack.files)


def test_each_version_of_a_pack_is_kept(store, pack, new_entry):
    """Decisions of both versions stand in the log."""
    store.append(new_entry(), pack)
    store.append(new_entry(), replace(pack, digest="sha256:" + "0" * 64))

    assert len(rows(store, "SELECT digest FROM packs")) == 2


def test_a_key_used_again_with_the_same_request_gives_the_first_entry(store, pack, new_entry):
    """A caller that lost the answer asks again and gets it."""
    key = IdempotencyKey("order-4711", b"one request")
    first = store.append(new_entry(), pack, key)
    again = store.append(new_entry(), pack, key)

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.sequence, again.entry) == (first.sequence, first.entry) == (1, store.answered(key).entry)


def test_a_key_used_again_with_another_request_is_refused(store, pack, new_entry):
    """Answering would pass one case's decision off as another's."""
    store.append(new_entry(), pack, IdempotencyKey("order-4711", b"one request"))
    other = IdempotencyKey("order-4711", b"another")

    with pytest.raises(KeyReused):
        store.append(new_entry(), pack, other)
    with pytest.raises(KeyReused):
        store.answered(other)
    assert store.append(new_entry(), pack).sequence == 2


def test_a_key_used_by_many_threads_at_once_is_answered_once(store, pack, new_entry):
    """An impatient caller repeats a request while the first one is still being answered."""
    key = IdempotencyKey("order-4711", b"one request")
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: store.append(new_entry(), pack, key), range(16)))

    assert sum(each.is_new for each in kept) == 1
    assert len({each.entry.id for each in kept}) == 1
    assert rows(store, "SELECT count(*) FROM entries") == [(1,)]


GUARDED = {
    "entries": "body",
    "keys": "request",
    "packs": "version",
    "pack_files": "content",
    "tiles": "hashes",
    "checkpoints": "note",
    "signers": "verifier",
}


@pytest.fixture
def fill_every_table(pack, desk, new_entry, tmp_path):
    """Give a store a row in every table."""

    def fill(store):
        store.notary = Notary(tmp_path / "log.key", "library.example/log")
        store.prepare()
        named = desk.decide(read_request({"facts": {"member": {"name": "Zoë"}}}))
        store.append(write_entry(named, Stamp()), pack, IdempotencyKey("order-4711", b"{}"))
        store.append_all([Append(new_entry(), pack, None) for _ in range(255)])
        checkpoint(store)

    return fill


@pytest.fixture
def full_store(store, fill_every_table):
    """A store that has a row in every table."""
    fill_every_table(store)
    return store


def not_refused(store, deeds, says):
    """Return those of some statements that the database does not refuse, in such words."""
    done = []
    for deed in deeds:
        try:
            write(store, deed)
        except DBAPIError as refused:
            if re.search(says, str(refused)):
                continue
        done.append(deed)
    return done


def test_no_row_is_ever_changed_or_removed(full_store):
    """Not even by who opens the database with a tool of their own."""
    deeds = [f"UPDATE {table} SET {column} = {column}" for table, column in GUARDED.items()]
    deeds += [f"DELETE FROM {table}" for table in GUARDED]

    assert not_refused(full_store, deeds, "never changed or removed") == []


def test_the_tree_only_grows(full_store):
    """Its one row is the only one that changes."""
    deeds = ["UPDATE tree SET size = 1", "DELETE FROM tree", "INSERT INTO tree VALUES (2, 9, '')"]

    assert not_refused(full_store, deeds, "only grows") == []


def test_personal_facts_and_their_keys_go_and_never_change(full_store):
    """Another key would make the facts unreadable without the word that they are erased."""
    for table, column in (("personal_keys", "key"), ("personal_facts", "sealed")):
        with pytest.raises(DBAPIError, match="never changed or removed"):
            write(full_store, f"UPDATE {table} SET {column} = {column}")
        write(full_store, f"DELETE FROM {table}")


def test_no_row_is_replaced_in_sqlite(sqlite_store, fill_every_table):
    """REPLACE would remove a row without a DELETE."""
    fill_every_table(sqlite_store)
    tables = (*GUARDED, "personal_facts", "personal_keys")
    deeds = [f"REPLACE INTO {table} SELECT * FROM {table}" for table in tables]

    assert not_refused(sqlite_store, deeds, "written once|without a gap") == []


def test_no_table_is_emptied_at_once_on_postgresql(postgresql_store):
    """TRUNCATE fires no trigger for rows."""
    for table in (*GUARDED, "tree"):
        with pytest.raises(DBAPIError, match=r"never changed or removed|only grows|foreign key"):
            write(postgresql_store, f"TRUNCATE {table} CASCADE")


def test_no_entry_can_be_put_beyond_the_next_place(store, pack, new_entry):
    """The rule about gaps holds in the database itself."""
    store.append(new_entry(), pack)
    row = {"pack": pack.digest, "leaf": b"", "body": b""}

    with pytest.raises(DBAPIError, match="without a gap"):
        write(store, "INSERT INTO entries VALUES (3, 'another', 'decision', :pack, :leaf, :body)", **row)


def test_an_entry_that_has_changed_on_the_disk_is_not_given_out(store, pack, new_entry):
    """A wrong answer is worse than none."""
    kept = store.append(new_entry(), pack)
    is_sqlite = store.database.engine.dialect.name == "sqlite"
    write(store, "DROP TRIGGER entries_no_update" if is_sqlite else "DROP TRIGGER entries_keep ON entries")
    write(store, "UPDATE entries SET body = :body", body=kept.entry.body.replace(b"decided", b"decibel"))

    with pytest.raises(EntryDamaged) as refused:
        store.entry(kept.entry.id)
    assert refused.value.sequence == 1


def test_the_migrations_make_the_tables_that_the_code_reads(open_store, database_url):
    """The two are written down apart and must not drift apart."""
    store = open_store(database_url)
    store.prepare()
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_preparing_again_changes_nothing(store, pack, new_entry):
    """Every start of the service does it."""
    store.append(new_entry(), pack)
    store.prepare()

    assert store.append(new_entry(), pack).sequence == 2


def test_each_commit_is_on_the_disk_before_it_is_acknowledged(open_store, path):
    """Write-ahead mode alone would leave the last commits to the operating system (SQLite, PRAGMA synchronous)."""
    sqlite_store = open_store(path)
    sqlite_store.prepare()
    with sqlite_store.database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert rows(sqlite_store, "PRAGMA journal_mode") == [("wal",)]


def test_each_commit_is_on_the_servers_disk_before_it_is_acknowledged(postgresql_store):
    """Whatever the server's default is."""
    with postgresql_store.database.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_the_file_can_be_read_by_its_owner_alone(open_store, path):
    """Facts of a case can be personal."""
    open_store(path).prepare()

    assert path.stat().st_mode & 0o077 == 0
