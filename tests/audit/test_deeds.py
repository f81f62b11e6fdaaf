"""Deeds: every erasure and every change of the signing key is listed, in its order, and nothing else."""

import sqlite3
from contextlib import closing

import pytest

from service.audit.log.deeds import PastDeed, past_deeds
from service.audit.log.entries import Entry, write_entry
from service.audit.log.erasure import erase
from service.audit.log.notary import Notary, verifiers
from service.audit.log.rotation import rotate
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append
from service.audit.storage.unavailable import EntryDamaged
from service.decision.requests import read_request


@pytest.fixture
def log(store, desk, pack, tmp_path):
    """A log in which personal facts were erased, and the key was changed then."""
    store.notary = Notary(tmp_path / "log.key", "library.example/log")
    store.prepare()
    decided = desk.decide(read_request({"facts": {"member": {"name": "Zoe"}}}))
    kept = [store.append(write_entry(decided, Stamp()), pack) for _ in range(3)]
    erase(store, kept[1], "asked for", "privacy desk")
    rotate(store, store.notary, "the yearly change", None)
    return store


def test_deeds_are_listed_with_what_was_done_and_why(log):
    """The entry that was erased can be found, and so can the key."""
    second = list(log.entries())[1]
    with log.database.reading() as connection:
        key = verifiers(connection)[-1].text

    erasure, rotation = past_deeds(log)

    assert (erasure.sequence, erasure.kind, erasure.caller, erasure.reason) == (
        4,
        "erasure",
        "privacy desk",
        "asked for",
    )
    assert erasure.what == {"facts": ["member.name"], "id": second.entry.id, "sequence": 2}
    assert (rotation.sequence, rotation.kind, rotation.caller, rotation.what) == (5, "rotation", None, key)
    assert rotation.as_json()["next"] == key


def test_a_log_without_deeds_lists_none(store, new_entry, pack):
    """Decisions are none."""
    store.append(new_entry(), pack)

    assert list(past_deeds(store)) == []


def test_there_can_be_more_deeds_than_are_read_at_once(log):
    """Each is told once."""
    ids = [f"{number:08}-0000-7000-8000-000000000000" for number in range(300)]
    log.append_all([Append(Entry(each, b'{"at":"x"}', "erasure"), None, None) for each in ids])
    found = list(past_deeds(log))

    assert [each.sequence for each in found] == list(range(4, 306))


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"no JSON",
        b'{"at":"x","caller":null,"id":"i","kind":"rotation","reason":"r","erased":{}}',
        b'{"at":"x","caller":null,"id":"i","kind":"erasure","reason":"r","erased":[]}',
        b'{"at":"x","caller":null,"id":"i","kind":"erasure","reason":"r","erased":{"facts":3,"id":"i","sequence":1}}',
        b'{"at":"x","caller":7,"id":"i","kind":"erasure","reason":"r","erased":{"facts":[],"id":"i","sequence":1}}',
    ],
)
def test_an_entry_that_tells_of_no_deed_is_damaged(log, body):
    """It is told in its place, and the others are listed."""
    log.append(Entry("01a211bf-6bfe-7fa1-836b-a6b29bf99b0c", body, "erasure"), None)

    assert [(each.sequence, type(each)) for each in past_deeds(log)] == [
        (4, PastDeed),
        (5, PastDeed),
        (6, EntryDamaged),
    ]


def test_an_entry_whose_bytes_were_changed_is_damaged(open_store, path, sqlite_store):
    """What it says is not to be believed."""
    sqlite_store.append(Entry("01a211bf-6bfe-7fa1-836b-a6b29bf99b0c", b"{}", "erasure"), None)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET body = 'text'")

    assert [each.sequence for each in past_deeds(sqlite_store)] == [1]
