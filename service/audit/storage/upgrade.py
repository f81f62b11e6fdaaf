"""Bringing a database to the tables of this version. Which steps there are is in `migrations`."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from service.audit.storage.unavailable import StoreUnavailable

__all__ = ["check_tables", "upgrade"]


_NEWER = "the database belongs to a newer version of Clausewise"
_VERSION = text("SELECT version_num FROM alembic_version")


def check_tables(connection: Connection) -> None:
    """Return when the database has the tables of this version. Raises StoreUnavailable, saying what to do."""
    scripts = ScriptDirectory.from_config(_config())
    found = connection.execute(_VERSION).scalar()
    if found == scripts.get_current_head():
        return
    if found in {step.revision for step in scripts.walk_revisions()}:
        raise StoreUnavailable(
            "its tables are of an older version: start the service once, which brings them up to date"
        )
    raise StoreUnavailable(_NEWER)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "service.audit.storage:migrations")
    return config


def upgrade(connection: Connection) -> None:
    """Run the steps that the database lacks, in the transaction that the connection is in; none when it has them all.

    Raises StoreUnavailable when a newer version has been at the database.
    """
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as failure:
        raise StoreUnavailable(_NEWER) from failure
