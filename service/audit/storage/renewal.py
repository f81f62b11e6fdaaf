"""Connections that can't write are given up: in a pool they would stay so when the database can be written again.

SQLite has opened the file for reading alone; PostgreSQL's session began when the default was to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from service.audit.storage.unavailable import is_read_only

__all__ = ["Renewal"]

_AGE = "age"


class Renewal:
    """Lets the pool of an engine keep no connection that was made read-only, or before a write found one to be so.

    Those that nobody holds are closed at once, the others when they are handed back: as long as one is open, SQLite
    takes what lies beside the file for read-only too.

    is_for_reading  tells of a driver's connection, when it is made, whether it can only read
    close_held      closes connections that are held though nobody uses them
    """

    def __init__(
        self, engine: Engine, is_for_reading: Callable[[Any], bool], close_held: Callable[[], None] = lambda: None
    ) -> None:
        self._engine = engine  # which makes its pool anew when it is disposed of
        self._is_for_reading = is_for_reading
        self._close_held = close_held
        self._age = 0  # how often all were given up
        event.listen(engine, "connect", self._note)
        event.listen(engine, "checkin", self._drop)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Give up all connections where what is inside finds that it can't write; that is raised on."""
        try:
            yield
        except BaseException as failure:
            if is_read_only(failure):
                self._age += 1
                self._close_held()
                self._engine.pool.dispose()
            raise

    def keeps(self, connection: Connection) -> bool:
        """Tell whether a connection that is held may be used again."""
        return bool(connection.info[_AGE] == self._age)

    def _note(self, driver: Any, record: ConnectionPoolEntry) -> None:
        record.info[_AGE] = None if self._is_for_reading(driver) else self._age

    def _drop(self, _driver: object, record: ConnectionPoolEntry) -> None:
        if record.info.get(_AGE) != self._age:
            record.invalidate()
