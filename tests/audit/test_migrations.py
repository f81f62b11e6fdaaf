"""The tables of a log: as the code has them, guarded, and of this version."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.audit.storage import upgrade as upgrading
from service.audit.storage.tables import metadata
from service.audit.storage.unavailable import StoreUnavailable
from service.audit.storage.upgrade import check_tables


def test_the_steps_make_the_tables_that_the_code_has(store):
    """Column for column, on each kind of database."""
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("table", ["entries", "signers", "tree", "leaves"])
def test_rows_are_guarded(store, pack, new_entry, table):
    """A step that forgot a trigger would leave the log open."""
    store.append(new_entry(), pack)
    with store.database.writing() as connection:
        row = {"key": "a", "number": 9, "verifier": "b"}
        connection.execute(text("INSERT INTO signers (key, number, verifier) VALUES (:key, :number, :verifier)"), row)
    guarded = "grows|never changed|removed when its tile has it"
    with pytest.raises(DBAPIError, match=guarded), store.database.writing() as connection:
        connection.execute(text(f"DELETE FROM {table}"))


def test_the_hash_of_an_entry_is_changed_by_nobody(store, pack, new_entry):
    """By it is told what became of the entry."""
    store.append(new_entry(), pack)
    with pytest.raises(DBAPIError, match="rows of leaves are never changed"), store.database.writing() as connection:
        connection.execute(text("UPDATE leaves SET sequence = sequence + 1"))


def test_tables_of_another_version_are_told(store):
    """Reading must not change a database, nor misread it."""
    with store.database.reading() as connection:
        check_tables(connection)
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    with store.database.reading() as connection, pytest.raises(StoreUnavailable, match="another version of Clausewise"):
        check_tables(connection)
    with pytest.raises(StoreUnavailable, match="another version of Clausewise"):
        store.prepare()


def test_there_is_one_line_of_steps_which_ends_at_the_present_tables():
    """Two heads would leave it to chance which tables a database gets; a log at another end would never be upgraded."""
    assert ScriptDirectory.from_config(upgrading._config()).get_heads() == [upgrading.PRESENT]
