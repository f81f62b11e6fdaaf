"""Who signs, and for what: never for a log that has lost something, never with two keys at once."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.audit.checking.verification import verify
from service.audit.log.notary import Notary, current_verifier, verifiers
from service.audit.log.receipts import checkpoint
from service.audit.log.rotation import rotate
from service.audit.log.store import Append
from service.audit.proof.key_files import KeyRefused
from service.audit.storage.unavailable import StoreUnavailable

NAME = "library.example/log"


@pytest.fixture
def signed(open_store, database_url, tmp_path):
    """Make a store of the same log, with a notary of its own, as each process of a service has."""

    def make():
        store = open_store(database_url, key=tmp_path / "log.key")
        store.prepare()
        return store

    return make


@pytest.fixture
def fill(pack, new_entry):
    """Append so many entries to a store at once."""
    return lambda store, count: store.append_all([Append(new_entry(), pack, None) for _ in range(count)])


def test_what_was_signed_last_stands_beside_the_key(signed, fill):
    """For the next start."""
    store = signed()
    fill(store, 3)
    note = checkpoint(store).note

    assert store.notary.path.with_name("log.key.last").read_text() == note
    assert store.notary.path.with_name("log.key.last").stat().st_mode & 0o077 == 0


def test_a_start_signs_what_nobody_has_signed(signed, fill):
    """The service was ended between two checkpoints; or the log is of a version that did not sign."""
    store = signed()
    fill(store, 3)
    again = signed()

    assert again.notary.path.with_name("log.key.last").read_text().split("\n")[1] == "3"
    assert verify(again).signed == 3


@pytest.fixture
def restored(open_store, path, tmp_path, fill):
    """A log that was put back from a backup after it had signed more, as the next start opens it."""
    store = open_store(path, key=tmp_path / "log.key")
    store.prepare()
    fill(store, 5)
    checkpoint(store)
    store.close()
    shutil.copy(path, tmp_path / "backup.db")
    fill(store, 5)
    checkpoint(store)
    store.close()
    shutil.copy(tmp_path / "backup.db", path)
    again = open_store(path, key=tmp_path / "log.key")
    again.prepare()
    return again


@pytest.mark.parametrize("count", [1, 5, 9])
def test_nothing_is_signed_for_a_log_that_was_put_back(restored, fill, count):
    """Smaller, as large, or larger than what was signed: a second history under one key would deceive."""
    fill(restored, count)

    with pytest.raises(StoreUnavailable, match="signing key") as refused:
        checkpoint(restored)
    assert "does not continue the checkpoint of 10 entries" in str(refused.value.__cause__)
    with pytest.raises(StoreUnavailable):
        restored.check()


def test_a_log_that_was_put_back_still_decides(restored, pack, new_entry):
    """What is decided is kept; only nothing is signed until somebody has looked."""
    assert restored.append(new_entry(), pack).sequence == 6


@pytest.mark.parametrize("count", [0, 4, 5, 9])
def test_the_old_key_does_not_change_places_for_a_log_that_was_put_back(restored, fill, count):
    """Its word for the new one, and its signature over that entry, would be a second history as well."""
    if count:
        fill(restored, count)
    with pytest.raises(KeyRefused, match="does not continue the checkpoint of 10 entries"):
        rotate(restored, restored.notary, "yearly", "operator")

    assert restored.size() == 5 + count
    assert not list(restored.notary.path.parent.glob("*.new"))


def test_a_log_that_was_put_back_goes_on_with_another_key(restored, fill):
    """The old one does not vouch for it, and every check says so."""
    fill(restored, 2)
    rotate(restored, restored.notary, "restored from the backup", "operator", without_old=True)
    fill(restored, 1)

    assert checkpoint(restored).size == 9
    restored.check()
    assert "key" in {finding.code for finding in verify(restored).findings}


def test_a_service_that_signs_during_a_change_of_keys_ends_with_the_new_one(signed, fill):
    """It may bring the change to its end before the command does."""
    stores = [signed() for _ in range(4)]
    fill(stores[0], 1)

    def sign(store):
        for _ in range(5):
            fill(store, 1)
            checkpoint(store)

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(sign, store) for store in stores[1:]]
        for _ in range(4):
            rotate(stores[0], stores[0].notary, "again", "operator")
        for job in jobs:
            job.result()

    for store in stores:
        store.check()
    assert verify(stores[0]).is_good
    fresh = signed()
    fill(fresh, 1)
    checkpoint(fresh)
    with fresh.database.reading() as connection:
        assert len(verifiers(connection)) == 5


def test_of_two_changes_at_once_each_is_whole_or_refused(signed, fill):
    """Whatever comes of them, the file holds the key that the log is signed with."""
    one, other = signed(), signed()
    fill(one, 1)

    def change(store):
        try:
            rotate(store, store.notary, "at once", "operator")
        except KeyRefused:
            return 0
        return 1

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(change, (one, other)))
    with one.database.reading() as connection:
        assert len(verifiers(connection)) == 1 + done
        current = current_verifier(connection)
        assert Notary(one.notary.path, NAME).signer(connection).verifier == current
    assert not list(one.notary.path.parent.glob("*.new"))
    assert verify(one).is_good


def test_a_change_that_can_not_be_kept_leaves_the_old_key(signed, fill, database_url, open_store):
    """And no private key that nobody knows of."""
    store = signed()
    fill(store, 1)
    hasty = open_store(database_url, patience=0.1)
    with store.database.writing(), pytest.raises(StoreUnavailable):
        rotate(hasty, Notary(store.notary.path, NAME), "too busy", "operator")

    assert not list(store.notary.path.parent.glob("*.new"))
    assert checkpoint(store).size == 1


def test_a_deed_at_the_end_of_so_many_entries_is_signed_as_well(signed, fill):
    """The last of 1,024 may be a change of keys."""
    store = signed()
    fill(store, 1000)
    fill(store, 23)
    rotate(store, store.notary, "yearly", "operator")

    with store.database.reading() as connection:
        notes = connection.exec_driver_sql("SELECT note FROM checkpoints ORDER BY size").scalars().all()
    assert [note.split("\n")[1] for note in notes] == ["1024", "1024"]
