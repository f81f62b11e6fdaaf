"""What the store refuses, and why it can't be reached: SQLite's error codes in plain words. Nothing is opened here."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError

from service.errors import ClausewiseError

__all__ = ["LOCKED", "EntryDamaged", "KeyReused", "StoreUnavailable", "is_outage", "reason_of"]

LOCKED = "another process keeps the database locked"
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
)


class StoreUnavailable(ClausewiseError):
    """Nothing can be stored, or read, at present; what was being stored was not. `reason` is for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"The audit log can't be used: {self.reason}."


class KeyReused(ClausewiseError):
    """The idempotency key `key` was used before, with another request."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"The idempotency key '{self.key}' was used before with another request."


class EntryDamaged(ClausewiseError):
    """The entry `sequence` no longer has the hash that it was stored with."""

    def __init__(self, sequence: int) -> None:
        super().__init__(sequence)
        self.sequence = sequence

    def __str__(self) -> str:
        return f"Entry {self.sequence} of the audit log is damaged: it no longer has the hash that it was stored with."


def is_outage(failure: Exception) -> bool:
    """Tell whether an error of SQLAlchemy or SQLite is the database's state rather than a defect of ours."""
    if isinstance(failure, DBAPIError):
        return isinstance(failure, (OperationalError, InternalError, InterfaceError)) or type(failure) is DatabaseError
    return isinstance(failure, sqlite3.OperationalError) or type(failure) is sqlite3.DatabaseError


def reason_of(failure: Exception) -> str:
    """Return in plain words what an outage is about; no path and no SQL is in it."""
    cause = getattr(failure, "orig", None) or failure
    code = getattr(cause, "sqlite_errorname", None) or ""
    if code == "SQLITE_ERROR" and str(cause).startswith("no such table"):
        return "the tables of the audit log are missing"
    return next((reason for name, reason in _REASONS if code.startswith(name)), "the database gives an error")
