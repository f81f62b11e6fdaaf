"""Statements on the way that every decision takes, run as directly as can be. Their users say what they are.

Running one through SQLAlchemy costs SQLite five times what the statement itself does. On a server the way there and
back costs more than either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement

__all__ = ["Prepared"]

_Values = Mapping[str, Any]


class Prepared:
    """A statement that is written once. Its values must be what a driver takes as it is: text, whole numbers, bytes."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement

    def first(self, connection: Connection, values: _Values | None = None) -> tuple[Any, ...] | None:
        """Return the first row that it finds, or None."""
        if connection.dialect.name == "sqlite":
            found = _driver(connection).execute(self._sqlite, values or {}).fetchone()
        else:
            found = connection.execute(self._statement, values or {}).first()
        return None if found is None else tuple(found)

    def run(self, connection: Connection, values: _Values | Sequence[_Values]) -> None:
        """Run it, once or for each of several sets of values."""
        if connection.dialect.name != "sqlite":
            connection.execute(self._statement, values)
        elif isinstance(values, Mapping):
            _driver(connection).execute(self._sqlite, values)
        else:
            _driver(connection).executemany(self._sqlite, values)

    @cached_property
    def _sqlite(self) -> str:
        return str(cast("ClauseElement", self._statement).compile(dialect=sqlite.dialect(paramstyle="named")))


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
