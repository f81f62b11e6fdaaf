"""Rows of the audit log as the database has them, whatever somebody has put there. What they mean is not known here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import psycopg
from sqlalchemy import Connection

__all__ = ["FIRST", "LAST", "RawRow", "RawRows", "Unreadable"]

RawRow: TypeAlias = tuple[Any, ...]

FIRST: Final = -(2**63)
LAST: Final = 2**63 - 1
"""The smallest and the largest number that a database can keep in a column."""


class Unreadable(Exception):
    """A table, or a part of it, can't be read; the text is the reason, which goes on after its name."""


class RawRows:
    """Runs queries in the transaction that a connection is in.

    Through SQLAlchemy rows would cost as much as hashing them.

    tell_broken  takes a sentence on a table that can't be read, once for each
    """

    def __init__(self, connection: Connection, tell_broken: Callable[[str], None]) -> None:
        self._tell_broken = tell_broken
        self._broken: set[str] = set()
        driver: Any = connection.connection.dbapi_connection
        self._sqlite = driver if isinstance(driver, sqlite3.Connection) else None
        self._cursor = driver.cursor()
        self.is_sqlite = self._sqlite is not None
        if not self.is_sqlite:
            # A statement that fails would end the transaction, and what follows would see another state.
            self._cursor.execute("SELECT 1")
            self._cursor.execute("SAVEPOINT clausewise_check")

    @contextmanager
    def reading(self, table: str) -> Iterator[None]:
        """Tell of what can't be read inside, and go on behind it."""
        try:
            yield
        except Unreadable as failure:
            if table not in self._broken:
                self._broken.add(table)
                self._tell_broken(f"The table of {table} can't be read, or not to its end: {failure}.")

    def fetch(self, query: str, *values: object) -> list[RawRow]:
        """Return the rows of a query, in which `?` stands for each value. Raises Unreadable.

        Text that is not UTF-8 has surrogates in place of the bytes that are none.
        """
        if self._sqlite is not None:
            self._sqlite.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        try:
            self._cursor.execute(query if self.is_sqlite else query.replace("?", "%s"), values)
            return self._cursor.fetchall()  # type: ignore[no-any-return]
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorname != "SQLITE_ERROR":
                raise
            raise Unreadable(str(failure)) from None
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as failure:
            self._cursor.execute("ROLLBACK TO SAVEPOINT clausewise_check")
            raise Unreadable(str(failure).partition("\n")[0]) from None
        finally:
            if self._sqlite is not None:
                self._sqlite.text_factory = str

    def keyed(self, query: str, width: int, start: int = FIRST, *values: int) -> Iterator[Sequence[RawRow]]:
        """Yield the rows of a table, so many at a time, by their first column. Raises Unreadable where it doesn't grow.

        query  ends with a condition that the column is at least `?`, with others for `values`, its order, a limit `?`
        """
        while start <= LAST and (rows := self.fetch(query, start, *values, width)):
            good = _growing(rows, start)
            if good:
                yield rows[:good]
                start = rows[good - 1][0] + 1
            if good < len(rows):
                raise Unreadable(
                    f"its rows are not numbered by integers that grow: {rows[good][0]!r:.40} follows {start - 1}"
                )


def _growing(rows: Sequence[RawRow], start: int) -> int:
    """Return how many rows, from the first on, are numbered by integers that grow, the first at least `start`."""
    for place, row in enumerate(rows):
        if type(row[0]) is not int or row[0] < start:
            return place
        start = row[0] + 1
    return len(rows)
