"""Bringing a database to the tables of this version. Which steps there are is in `migrations`.

Alembic is imported for a database that has other tables than this version's: whoever starts on a log of this version,
as on every day but one, needs none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from service.audit.storage.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["PRESENT", "check_tables", "upgrade"]

PRESENT = "0001"  # the last step, which makes the tables of this version
_OTHER = "the database belongs to another version of Clausewise"
_VERSIONS = text("SELECT version_num FROM alembic_version")


def check_tables(connection: Connection) -> None:
    """Return when the database has the tables of this version. Raises StoreUnavailable, saying what to do."""
    found = connection.execute(_VERSIONS).scalar()
    if found == PRESENT:
        return
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    if found in {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}:
        raise StoreUnavailable(
            "its tables are of an older version: start the service once, which brings them up to date"
        )
    raise StoreUnavailable(_OTHER)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "service.audit.storage:migrations")
    return config


def upgrade(connection: Connection) -> None:
    """Run the steps that the database lacks, in the transaction that the connection is in; none when it has them all.

    Raises StoreUnavailable when another version has made its tables, and no step leads on from there.
    """
    if _is_present(connection):
        return
    from alembic import command  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as failure:
        raise StoreUnavailable(_OTHER) from failure


def _is_present(connection: Connection) -> bool:
    """Tell whether the database says that it has the tables of this version, and nothing else."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return list(connection.execute(_VERSIONS).scalars()) == [PRESENT]
