"""Who signs, and for what: never for a log that has lost something, never with two keys at once."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from service.audit.checking.verification import verify
from service.audit.log.entries import write_rotation
from service.audit.log.notary import Notary, current_verifier, latest_checkpoint, verifiers
from service.audit.log.receipts import checkpoint
from service.audit.log.rotation import rotate
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append
from service.audit.proof.key_files import KeyRefused
from service.audit.proof.notes import Signer, note_signers, write_note
from service.audit.proof.successions import Introduction
from service.audit.storage.unavailable import StoreUnavailable
from tests.audit.tampering import tamper

NAME = "library.example/log"


@pytest.fixture
def signed(open_store, log_url, tmp_path):
    """Make a store of the same log, with a notary of its own, as each process of a service has."""

    def make():
        store = open_store(log_url, key=tmp_path / "log.key")
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


def test_an_orderly_end_signs_what_nobody_has_signed(signed, fill, open_store, log_url):
    """Whoever copies the log while no service runs has a signature over all of it."""
    store = signed()
    fill(store, 3)
    store.finish()

    assert store.notary.path.with_name("log.key.last").read_text().split("\n")[1] == "3"
    assert verify(open_store(log_url)).signed == 3


def test_an_end_at_which_all_is_signed_signs_nothing(signed, fill, open_store, log_url):
    """However often the service is ended."""
    fill(signed(), 3)
    for _ in range(2):
        signed().finish()

    assert verify(open_store(log_url)).checkpoints == 1


@pytest.mark.parametrize("outage", ["locked", "moved away"])
def test_an_outage_at_the_end_is_left_to_the_next_start(open_store, path, tmp_path, fill, outage):
    """The service ends all the same, and begins no other log."""
    store, away = open_store(path, patience=0.1, key=tmp_path / "log.key"), path.with_suffix(".away")
    store.prepare()
    fill(store, 3)
    store.close()
    if outage == "locked":
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            store.finish()
    else:
        path.rename(away)
        store.finish()
        assert not path.exists()
        away.rename(path)

    assert verify(store).signed == 0
    store.prepare()
    assert verify(store).signed == 3


def test_a_server_that_is_down_at_the_end_is_left_alone(open_store, tmp_path):
    """Nothing of it is told as a failure of the service."""
    open_store("postgresql://clausewise@127.0.0.1:1/log", key=tmp_path / "log.key").finish()

    assert list(tmp_path.iterdir()) == []


def test_an_end_without_the_key_signs_nothing(signed, fill, open_store, log_url, tmp_path):
    """As while the service runs."""
    fill(signed(), 3)
    (tmp_path / "log.key").unlink()
    open_store(log_url, key=tmp_path / "log.key").finish()

    assert verify(open_store(log_url)).signed == 0


@pytest.fixture
def backed_up(open_store, path, tmp_path, fill):
    """A log of which there is a backup, and what was signed last after that."""
    store = open_store(path, key=tmp_path / "log.key")
    store.prepare()
    fill(store, 5)
    checkpoint(store)
    store.close()
    shutil.copy(path, tmp_path / "backup.db")
    fill(store, 5)
    return store, checkpoint(store).note


@pytest.fixture
def restored(backed_up, open_store, path, tmp_path):
    """A log that was put back from a backup after it had signed more, as the next start opens it."""
    backed_up[0].close()
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


def test_an_end_signs_nothing_for_a_log_that_was_put_back(restored, fill):
    """As while the service runs."""
    fill(restored, 9)
    restored.finish()

    with restored.database.reading() as connection:
        assert latest_checkpoint(connection).size == 5


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


def test_a_change_that_can_not_be_kept_leaves_the_old_key(signed, fill, log_url, open_store):
    """And no private key that nobody knows of."""
    store = signed()
    fill(store, 1)
    hasty = open_store(log_url, patience=0.1)
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
    assert [note.split("\n")[1] for note in notes] == ["1024"]
    assert len(note_signers(notes[0])) == 2


@pytest.mark.parametrize("is_asked_before", [True, False])
def test_nothing_is_signed_for_a_log_that_was_put_back_under_a_running_service(
    backed_up, path, tmp_path, fill, is_asked_before
):
    """No start is needed to notice."""
    store, note = backed_up
    if is_asked_before:
        store.check()
    store.close()
    (tmp_path / "backup.db").replace(path)
    fill(store, 9)

    with pytest.raises(StoreUnavailable, match="signing key"):
        checkpoint(store)
    with pytest.raises(StoreUnavailable):
        store.check()
    assert store.notary.path.with_name("log.key.last").read_text() == note


def test_what_was_signed_first_does_not_take_the_place_of_what_was_signed_last(signed, fill):
    """Workers share the file, and the one that signed less may come later to it."""
    store = signed()
    fill(store, 3)
    first = checkpoint(store)
    fill(store, 3)
    note = checkpoint(store).note
    store.notary.remember(first)

    assert store.notary.path.with_name("log.key.last").read_text() == note


def test_what_a_new_key_has_signed_is_noted_too(signed, fill):
    """A log that is put back behind the change of its key is noticed."""
    store = signed()
    fill(store, 3)
    rotate(store, store.notary, "yearly", "operator")

    assert store.notary.path.with_name("log.key.last").read_text().split("\n")[1] == "4"


@pytest.mark.parametrize("count", [5, 1023])
@pytest.mark.parametrize("is_due", [True, False])
def test_a_log_whose_key_was_changed_when_a_checkpoint_was_due_is_good(signed, fill, count, is_due):
    """The old key alone must not sign over the entry that replaces it."""
    store = signed()
    fill(store, count)
    if is_due:
        store._next_checkpoint = 0.0
    rotate(store, store.notary, "yearly", "operator")
    fill(store, 1)
    checkpoint(store)

    with store.database.reading() as connection:
        keys = verifiers(connection)
    for trusted in ([], keys[:1], keys):
        assert verify(store, trusted).is_good


def test_an_entry_that_comes_when_the_last_checkpoint_is_a_minute_old_is_signed(signed, fill):
    """Not each: the next is due a minute later."""
    store = signed()
    fill(store, 1)
    store._next_checkpoint = 0.0
    fill(store, 1)
    fill(store, 1)

    with store.database.reading() as connection:
        sizes = connection.exec_driver_sql("SELECT size FROM checkpoints ORDER BY size").scalars().all()
    assert sizes == [2]


def test_a_transaction_that_fails_does_not_put_off_the_checkpoint(signed, fill):
    """What was signed in it is gone."""
    store = signed()
    store._next_checkpoint = 0.0
    new = Signer.generate(NAME)

    def note_at(size):
        return write_note(Introduction(new.verifier, size).text, [new])

    with (
        pytest.raises(ZeroDivisionError),
        store.deed(lambda at: write_rotation(note_at(at), Stamp(), "", None)),
    ):
        raise ZeroDivisionError
    fill(store, 1)

    with store.database.reading() as connection:
        assert latest_checkpoint(connection).size == 1


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM tiles",
        "UPDATE tiles SET root = x'00'",
        "UPDATE tiles SET root = 'text'",
        "UPDATE tiles SET root = zeroblob(32)",
        "UPDATE signers SET verifier = 'text'",
    ],
)
def test_a_log_whose_hashes_are_damaged_decides_and_signs_nothing(open_store, path, tmp_path, fill, damage):
    """Its check names what was changed; callers must not wait for that."""
    store = open_store(path, key=tmp_path / "log.key")
    store.prepare()
    fill(store, 600)
    checkpoint(store)
    tamper(path, damage)
    fill(store, 500)

    assert store.size() == 1100
    for call in (store.check, lambda: checkpoint(store)):
        with pytest.raises(StoreUnavailable, match="signing key"):
            call()
    assert not verify(store).is_good


def test_a_log_that_lost_stored_hashes_is_an_outage(open_store, path, tmp_path, fill):
    """Of the tile that would be next nobody knows all hashes."""
    store = open_store(path, key=tmp_path / "log.key")
    store.prepare()
    fill(store, 200)
    tamper(path, "DELETE FROM leaves WHERE sequence = 7")

    with pytest.raises(StoreUnavailable, match="stored hashes of its tree are damaged"):
        fill(store, 100)
    assert store.size() == 200
