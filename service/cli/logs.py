"""The audit log as commands open it: where it is, who signs it, and that it is there at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from service.audit.log.notary import Notary
from service.audit.log.store import Store
from service.audit.proof.key_files import KeyRefused
from service.audit.storage.databases import Database, open_database
from service.audit.storage.sqlite import SqliteDatabase
from service.audit.storage.unavailable import StoreUnavailable
from service.audit.storage.upgrade import check_tables
from service.cli.refusals import Refused

__all__ = ["NO_KEY", "database_at", "key_file", "new_name", "opened_log"]

NO_KEY = (
    "The log has no signing key yet: "
    "`clausewise serve` makes one when it starts, `clausewise audit checkpoint` at once."
)
"""What to do about a log that only `clausewise decide --database` has written to."""

_KEY_FILE = "clausewise.key"


def database_at(url: str) -> Database:
    """Return the database that `--database` names. Raises Refused."""
    try:
        return open_database(url)
    except ValueError as wrong:
        raise Refused(f"--database: {wrong}.") from None


def key_file(database: Database, given: Path | None) -> Path:
    """Return the file of the signing key: beside a file of SQLite, else in the folder in which the command runs."""
    if given is not None:
        return given
    return Path(f"{database.path}.key") if isinstance(database, SqliteDatabase) else Path(_KEY_FILE).absolute()


def new_name() -> str:
    """Return what a log is called that nobody gave a name."""
    return f"clausewise/{token_hex(8)}"


@contextmanager
def opened_log(url: str, signing_key: Path | None = None) -> Iterator[Store]:
    """Lend the log that is there, with its tables as they are. Raises Refused: none, or of another version."""
    database = database_at(url)
    store = Store(database, Notary(key_file(database, signing_key), new_name()))
    try:
        with database.reading() as connection:
            check_tables(connection)
        yield store
    except KeyRefused as wrong:
        raise Refused(f"--signing-key: {wrong}.") from None
    except StoreUnavailable as wrong:
        if isinstance(wrong.__cause__, KeyRefused):
            raise Refused(f"--signing-key: {wrong.__cause__}.") from None
        raise Refused(f"--database {database.name}: {wrong}") from None
    finally:
        store.close()
