"""Bringing a database to the tables of this version. Which steps there are is in `migrations`."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from service.audit.unavailable import StoreUnavailable

__all__ = ["upgrade"]


def upgrade(connection: Connection) -> None:
    """Run the steps that the database lacks, in the transaction that the connection is in; none when it has them all.

    Raises StoreUnavailable when a newer version has been at the database.
    """
    config = Config()
    config.set_main_option("script_location", "service.audit:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as failure:
        raise StoreUnavailable("the database belongs to a newer version of Clausewise") from failure
