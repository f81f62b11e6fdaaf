"""What the store does while its database can't be used, whichever kind it is, and that it works again by itself."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from service.audit.log.entries import Entry
from service.audit.storage.unavailable import StoreUnavailable


def test_a_database_that_somebody_else_writes_to_is_an_outage_until_it_is_free(store, hasty_store, pack, new_entry):
    """A process that hangs in the midst of writing."""
    with store.database.writing():
        for call in (lambda: hasty_store.append(new_entry(), pack), hasty_store.check):
            with pytest.raises(StoreUnavailable, match="another process keeps the database locked"):
                call()

    assert hasty_store.append(new_entry(), pack).sequence == 1


def test_entries_can_be_read_while_somebody_writes(store, open_store, log_url, pack, new_entry):
    """Looking something up waits for nobody."""
    kept = store.append(new_entry(), pack)
    with open_store(log_url).database.writing():
        assert store.entry(kept.entry.id).sequence == 1


def test_whoever_waits_gets_a_turn_however_busy_another_process_is(store, open_store, log_url, pack, new_entry):
    """SQLite's lock has no queue: one who tries again now and then loses to one who takes it again at once."""
    busy, is_over = open_store(log_url), Event()
    waiting = open_store(log_url, patience=300)
    written = []

    def write_without_end():
        while not is_over.is_set():
            with busy.database.writing() as connection:
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
                Event().wait(0.03)  # a slow disk
            written.append(None)

    def append():
        before = len(written)
        return waiting.append(new_entry(), pack).sequence, len(written) - before

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write_without_end)
        try:
            appended = [append() for _ in range(15)]
        finally:
            is_over.set()
        writer.result()

    assert [sequence for sequence, _ in appended] == list(range(1, 16))
    # Counted, not timed. Most wait for one transaction of the other; who had no turn would wait for hundreds.
    assert max(count for _, count in appended) < 30


def test_a_transaction_that_fails_leaves_nothing_and_locks_nobody_out(store, open_store, log_url):
    """Whatever goes wrong in the midst of it."""

    def fail():
        with store.database.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'gone'")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with open_store(log_url).database.writing() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() != "gone"


def test_a_database_of_a_newer_version_is_not_touched(store):
    """What the newer tables mean is not known here."""
    with store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreUnavailable, match="another version"):
        store.prepare()


def test_a_defect_of_ours_is_not_taken_for_an_outage(store, pack, new_entry):
    """Two entries of one id are a mistake that trying again does not mend."""
    entry = new_entry()
    store.append(entry, pack)

    with pytest.raises(Exception, match=r"an id of its own|unique constraint"):
        store.append(Entry(entry.id, b"{}"), pack)
    assert store.append(new_entry(), pack).sequence == 2
