"""What the store refuses, and why it can't be reached: databases' codes in plain words. No driver is imported here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from service.errors import ClausewiseError

__all__ = [
    "LOCKED",
    "DamagedTree",
    "EntryDamaged",
    "KeyReused",
    "StoreUnavailable",
    "is_cut",
    "is_read_only",
    "outages_told",
]

LOCKED = "another process keeps the database locked"
_TABLES_MISSING = "the tables of the audit log are missing"
_UNREACHABLE = "the database server can't be reached"

_NOT_LET_IN = "the database server does not let this user in"
_NO_DATABASE = "the database server has no database of that name"
_TOO_MANY = "the database server has no connection left"
_NOT_READY = "the database server is starting or shutting down"
_CUT = "the database server has cut the connection"

# How codes begin: SQLite's names, and PostgreSQL's SQLSTATEs (its appendix A). The first beginning that fits counts.
_REASONS = (
    ("SQLITE_BUSY", LOCKED),
    ("SQLITE_LOCKED", LOCKED),
    ("SQLITE_FULL", "the disk is full"),
    ("SQLITE_READONLY", "the database is read-only"),
    ("SQLITE_CANTOPEN", "the database is not there or can't be opened"),
    ("SQLITE_IOERR", "the disk refuses to read or write"),
    ("SQLITE_NOTADB", "the file is no database"),
    ("SQLITE_CORRUPT", "the database is damaged"),
    ("SQLITE_PERM", "the database may not be opened"),
    ("08", _UNREACHABLE),
    ("25006", "the database is read-only"),
    ("25P03", _CUT),
    ("25P04", _CUT),
    ("28", _NOT_LET_IN),
    ("3D000", _NO_DATABASE),
    ("3F000", "the database has no schema that its user may use"),
    ("40", "the database gave up a transaction in favour of another"),
    ("42501", "the database user lacks a right"),
    ("42P01", _TABLES_MISSING),
    ("53100", "the disk is full"),
    ("53200", "the database server has no memory left"),
    ("53300", _TOO_MANY),
    ("53", "the database server has reached a limit"),
    ("55P03", LOCKED),
    ("57014", "the database server has cancelled a call"),
    ("57P03", _NOT_READY),
    ("57P", _CUT),
    ("58", "the disk refuses to read or write"),
    ("XX001", "the database is damaged"),
    ("XX002", "the database is damaged"),
    ("XX", "the database gives an error"),
)
# The driver gives no code when a connection fails, only the server's words; in another language they aren't known here.
_TOLD = (
    (r"authentication|no password supplied|pg_hba\.conf|role  does not exist|not permitted to log in", _NOT_LET_IN),
    (r"permission denied for database", _NOT_LET_IN),
    (r"database  does not exist|not currently accepting connections", _NO_DATABASE),
    (r"too many clients|too many connections|connection slots are reserved", _TOO_MANY),
    (r"starting up|shutting down|recovery mode|not yet accepting|not accepting connections", _NOT_READY),
    (r"SSL|certificate", "the connection to the database server can't be made secure"),
    (r"terminat|closed", _CUT),
)


class StoreUnavailable(ClausewiseError):
    """Nothing can be stored, or read, at present; what was being stored was not. `reason` is for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"The audit log can't be used: {self.reason}."


class DamagedTree(StoreUnavailable):
    """The hashes that are stored of the log's tree are missing, or can't be right."""

    def __init__(self) -> None:
        super().__init__("the stored hashes of its tree are damaged; clausewise audit verify tells more")


class KeyReused(ClausewiseError):
    """The idempotency key `key` was used before, with another request."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return (
            f"The idempotency key '{self.key}' was used before with another request, "
            "or with one whose personal facts are erased."
        )


class EntryDamaged(ClausewiseError):
    """The entry `sequence` no longer has the hash that it was stored with, or does not lead to what was signed."""

    def __init__(self, sequence: int) -> None:
        super().__init__(sequence)
        self.sequence = sequence

    def __str__(self) -> str:
        return f"Entry {self.sequence} of the audit log is damaged: it is no longer as it was stored."


def _is_outage(failure: Exception, driver: ModuleType) -> bool:
    """Tell whether an error of SQLAlchemy or a driver is the database's state rather than a defect of ours."""
    cause = getattr(failure, "orig", None) or failure
    if hasattr(cause, "sqlstate"):
        state = cause.sqlstate
        return isinstance(cause, driver.OperationalError) if state is None else _named(state) is not None
    if isinstance(failure, DBAPIError):
        return isinstance(failure, (OperationalError, InternalError, InterfaceError)) or type(failure) is DatabaseError
    return isinstance(failure, driver.OperationalError) or type(failure) is driver.DatabaseError


def is_read_only(failure: BaseException) -> bool:
    """Tell whether an error of SQLAlchemy or a driver says that its connection can't write.

    Such a connection stays so: SQLite has opened the file for reading alone, PostgreSQL's session began when the
    database's default was to read.
    """
    cause = getattr(failure, "orig", None) or failure
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""
    return code.startswith(("25006", "SQLITE_READONLY"))


def is_cut(failure: BaseException) -> bool:
    """Tell whether PostgreSQL says that it ends the connection: its word can come before the end is seen."""
    return _named(getattr(failure, "sqlstate", None)) == _CUT


def _reason_of(failure: Exception) -> str:
    """Return in plain words what an outage is about; no host, path, password or SQL is in it."""
    cause = getattr(failure, "orig", None) or failure
    if hasattr(cause, "sqlstate"):
        return _named(cause.sqlstate) or _told(str(cause))
    code = getattr(cause, "sqlite_errorname", None) or ""
    if code == "SQLITE_ERROR" and str(cause).startswith("no such table"):
        return _TABLES_MISSING
    return _named(code) or "the database gives an error"


@contextmanager
def outages_told(driver: ModuleType) -> Iterator[None]:
    """Raise StoreUnavailable for what is an outage inside; defects pass as they are.

    driver  the module of the database's driver, with the errors of PEP 249; psycopg's also have a `sqlstate`
    """
    try:
        yield
    except (DBAPIError, driver.Error) as failure:
        if not _is_outage(failure, driver):
            raise
        raise StoreUnavailable(_reason_of(failure)) from failure
    except NoConnection as failure:
        raise StoreUnavailable("every connection to the database is busy") from failure


def _named(code: str | None) -> str | None:
    return next((reason for start, reason in _REASONS if code and code.startswith(start)), None)


def _told(text: str) -> str:
    # What stands in quotes are names of the caller's choice: hosts, users, databases.
    plain = re.sub(r'"[^"]*"', "", text)
    return next((reason for words, reason in _TOLD if re.search(words, plain)), _UNREACHABLE)
