"""Databases under the audit log: what the store asks of one, and which one a URL names. Each kind has its module.

That of PostgreSQL is imported when a URL names one: with its driver it takes as long as the rest of the log does.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from service.audit.storage.sqlite import SqliteDatabase
from service.wording import did_you_mean

__all__ = ["Database", "open_database"]

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_LIKE = "postgresql://user:password@host:5432/name"


class Database(Protocol):
    """Where the tables of the audit log stand. Safe between threads; a forked process opens its own.

    Every call but `forget` and `close` raises StoreUnavailable while the database can't be used, and works again when
    it can.
    """

    @property
    def name(self) -> str:
        """How messages call it: the path, or the URL without what is secret."""

    def create(self, own_table: str) -> None:
        """Make what is needed before there are tables, and see that the database is sound and nobody else's.

        own_table  by which a database that has tables already is known to be ours
        """

    def check_room(self) -> None:
        """Return when there is room for more, as far as that is known without writing."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection in a transaction that sees one state of the database."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Lend a connection in a transaction that nobody else writes beside; at the end it is committed to the disk."""

    def trying(self) -> AbstractContextManager[Connection]:
        """Lend a connection in a transaction that could write, as far as that is known without; nothing is kept."""

    def forget(self, table: str) -> bool:
        """Remove from the disk what deleted rows of a table have left there; tell whether that could be done now."""

    def close(self) -> None:
        """Close the connections that nobody holds."""


def open_database(url: str, patience: float = 5.0) -> Database:
    """Return the database that a path or a URL names; nothing is opened yet.

    url       a path, `sqlite:///` and a path, or `postgresql://user:password@host:port/name?sslmode=…` with any of
              libpq's parameters; what is left out there, libpq takes from its environment and `~/.pgpass`
    patience  seconds to wait for the database, and for who else writes, before StoreUnavailable
    Raises ValueError for what can't keep an audit log; nothing of a password is in its text.
    """
    kind, is_url, _ = url.partition("://")
    if is_url and kind in _POSTGRESQL:
        from service.audit.storage.postgresql import PostgresqlDatabase  # noqa: PLC0415

        return PostgresqlDatabase(_postgresql_url(url), patience)
    if is_url and kind != "sqlite":
        hint = did_you_mean(kind, ("sqlite", *_POSTGRESQL))
        raise ValueError(f"A database of the kind '{kind}' can't be used.{hint} Give the path of a file, or {_LIKE}")
    if is_url and not url.startswith(_SQLITE):
        raise ValueError(f"After '{_SQLITE}', with three slashes, comes the path of a file")
    path = url.removeprefix(_SQLITE)
    if not path or path == ":memory:":
        raise ValueError("A database in memory would lose the audit log; give the path of a file")
    return SqliteDatabase(Path(path), patience)


def _postgresql_url(written: str) -> URL:
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        # Their texts hold parts of the URL, which can be parts of a password.
        told = f"The URL can't be read; it is like {_LIKE}, with % and two digits for what else has a meaning there"
        raise ValueError(told) from None
    if not url.database:
        raise ValueError(f"The URL must end with the name of the database: {_LIKE}")
    _check_parameters(url)
    return url


def _check_parameters(url: URL) -> None:
    from psycopg.pq import Conninfo  # noqa: PLC0415

    known = sorted(each.keyword.decode() for each in Conninfo.get_defaults())
    for name, value in url.query.items():
        if name not in known:
            hint = did_you_mean(name, known)
            raise ValueError(f"PostgreSQL's URLs have no parameter '{name}'.{hint} libpq's documentation has them all")
        if isinstance(value, tuple):
            raise ValueError(f"The parameter '{name}' is given twice")  # noqa: TRY004 - the URL is wrong, no type is
    mode = url.query.get("sslmode", "prefer")
    if mode not in _SSL_MODES:
        hint = did_you_mean(str(mode), _SSL_MODES)
        raise ValueError(f"There is no sslmode '{mode}'.{hint} There is: {', '.join(_SSL_MODES)}")
