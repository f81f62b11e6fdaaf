"""A log of an earlier version is brought to the present tables with all that is in it, and goes on from there."""

import hashlib
import json

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from service.audit.checking.verification import verify
from service.audit.log.store import IdempotencyKey
from service.audit.storage import upgrade as upgrading
from service.audit.storage.unavailable import StoreUnavailable
from service.audit.storage.upgrade import check_tables
from service.jsontext import canonical, parse


def entry_of_0001(body):
    """Return the body of an entry as the first version wrote it."""
    told = parse(body)
    return canonical({name: told[name] for name in told if name not in ("engine", "kind", "personal")})


@pytest.fixture
def old_log(path, open_store, pack, new_entry):
    """Make a log with the tables of 0001 and so many entries, the first with an idempotency key."""

    def make(count):
        store = open_store(path)
        store.database.create("alembic_version")
        bodies = []
        with store.database.writing() as connection:
            config = upgrading._config()
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.execute(
                text("INSERT INTO packs VALUES (:d, :p, :v)"), {"d": pack.digest, "p": pack.id, "v": "1.0.0"}
            )
            for name, content in pack.files.items():
                row = {"d": pack.digest, "p": name, "c": content}
                connection.execute(text("INSERT INTO pack_files VALUES (:d, :p, :c)"), row)
            for sequence in range(1, count + 1):
                entry = new_entry()
                body = entry_of_0001(entry.body)
                row = {"s": sequence, "i": entry.id, "p": pack.digest, "d": hashlib.sha256(body).digest(), "b": body}
                connection.execute(text("INSERT INTO entries VALUES (:s, :i, :p, :d, :b)"), row)
                bodies.append((entry.id, body))
            if count:
                row = {"k": "order-1", "r": hashlib.sha256(b"{}").digest()}
                connection.execute(text("INSERT INTO keys VALUES (:k, :r, 1)"), row)
        return store, bodies

    return make


@pytest.mark.parametrize("count", [0, 1, 255, 256, 700])
def test_a_log_of_the_first_version_goes_on(old_log, pack, new_entry, count):
    """Its entries are the first leaves of the tree, byte for byte what they were."""
    store, bodies = old_log(count)
    store.prepare()
    kept = store.append(new_entry(), pack)

    assert kept.sequence == count + 1
    assert [(each.entry.id, each.entry.body) for each in store.entries(0, count)] == bodies
    report = verify(store)
    assert (report.is_good, report.entries) == (True, count + 1)


def test_a_document_of_the_first_version_is_given_back_as_it_was(old_log):
    """Its `audit` names the same sequence and the same hash."""
    store, bodies = old_log(3)
    store.prepare()

    document = json.loads(store.entry(bodies[1][0]).document)
    assert document["audit"] == {"sequence": 2, "entry": "sha256:" + hashlib.sha256(bodies[1][1]).hexdigest()}


def test_an_idempotency_key_of_the_first_version_still_counts(old_log):
    """A caller may repeat a request over a change of versions."""
    store, bodies = old_log(2)
    store.prepare()

    assert store.answered(IdempotencyKey("order-1", b"{}")).entry.id == bodies[0][0]


def test_the_rows_of_an_old_log_are_guarded_as_those_of_a_new_one(old_log):
    """A migration that forgot a trigger would leave the log open."""
    store, _ = old_log(1)
    store.prepare()
    with store.database.writing() as connection:
        with pytest.raises(Exception, match="never changed or removed"):
            connection.execute(text("DELETE FROM entries"))
        with pytest.raises(Exception, match="never changed or removed"):
            connection.execute(text("DELETE FROM keys"))


def test_commands_that_read_ask_for_the_present_tables(old_log):
    """Reading must not change a database; a start of the service does."""
    store, _ = old_log(1)
    with store.database.reading() as connection, pytest.raises(StoreUnavailable, match="start the service once"):
        check_tables(connection)
    store.prepare()
    with store.database.reading() as connection:
        check_tables(connection)


def test_there_is_one_line_of_steps_which_ends_at_the_present_tables():
    """Two heads would leave it to chance which tables a database gets; a log at another end would never be upgraded."""
    assert ScriptDirectory.from_config(upgrading._config()).get_heads() == [upgrading.PRESENT]
