"""The SQLite file under the audit log: how it is opened, read and written, and whether it is still there. No tables."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from service.audit.storage.renewal import Renewal
from service.audit.storage.unavailable import LOCKED, StoreUnavailable, outages_told
from service.files import for_owner

__all__ = ["SqliteDatabase"]

_BETWEEN_TRIES = 0.0005  # seconds: about as long as a commit takes
_LEAST_ROOM = 1024 * 1024  # bytes
_TOUCH = "UPDATE alembic_version SET version_num = version_num"


class SqliteDatabase:
    """One SQLite file, in write-ahead mode; each commit is on the disk before it is acknowledged.

    A file that was moved away or replaced is noticed before and after each transaction: what is acknowledged stands in
    the file of that name. When the file is back, so is the database, with nothing to be restarted. Safe between
    threads; not to be taken along into a forked process.

    path      of the file
    patience  seconds to wait for another process's transaction, and for a connection
    """

    def __init__(self, path: Path, patience: float = 5.0) -> None:
        self.path = path.absolute()
        self.name = str(self.path)
        self.patience = patience
        self.engine = self._engine()
        self._renewal = Renewal(self.engine, self._is_for_reading, self._close_spare)
        self._spare: list[Connection] = []  # for writing; taking one from the pool costs as much as a small transaction

    def create(self, own_table: str) -> None:
        """Make the file when it is not there, readable by its owner alone, and put it into write-ahead mode.

        own_table  by which a database that has tables already is known to be ours; another program's is not touched
        Several processes may do so at once. Raises StoreUnavailable.
        """
        with _outages_told():
            # Not when it is there: closing a file gives up the locks that SQLite holds on it in this process.
            if not self.path.exists():
                os.close(for_owner(self.path, os.O_RDWR | os.O_CREAT))
            with closing(self._connect()) as connection:
                tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
                if tables and own_table not in tables:
                    raise StoreUnavailable("the database belongs to another program")
                self._write_ahead(connection)

    def check_room(self) -> None:
        """Return when the disk has room for more. Raises StoreUnavailable."""
        with _outages_told():
            disk = os.statvfs(self.path)
        if disk.f_bavail * disk.f_frsize < _LEAST_ROOM:
            raise StoreUnavailable("the disk is full")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that sees one state of the database. Raises StoreUnavailable."""
        with _outages_told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that nobody else writes beside; it is committed at the end.

        Raises StoreUnavailable; then nothing was kept, or nobody can tell: the disk failed while committing.
        """
        with self._writing() as connection:
            yield connection

    @contextmanager
    def trying(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that could write; what it does is taken back before it is on the disk.

        Raises StoreUnavailable.
        """
        with self._writing(is_kept=False) as connection:
            # That a file is read-only, SQLite may notice no sooner.
            connection.exec_driver_sql(_TOUCH)
            yield connection

    @contextmanager
    def _writing(self, *, is_kept: bool = True) -> Iterator[Connection]:
        with _outages_told(), self._renewal.watched():
            connection = self._writer()
            try:
                with connection.begin() as transaction:
                    yield connection
                    if not is_kept:
                        transaction.rollback()
            except BaseException:
                connection.close()
                raise
            if not self._is_there(connection):
                connection.close()
                raise StoreUnavailable("the database was moved away")
            self._spare.append(connection)

    def forget(self, table: str) -> bool:  # noqa: ARG002 - all of the file is meant
        """Remove from the disk what deleted rows have left there; tell whether that could be done now.

        It can't while somebody reads a state of the log from before.
        """
        with suppress(StoreUnavailable), _outages_told(), closing(self._connect()) as connection:
            # Pages are overwritten (`secure_delete`); what stood in them before is still in the write-ahead log.
            is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not is_busy
        return False

    def close(self) -> None:
        """Close the connections that nobody holds."""
        self._close_spare()
        self.engine.dispose()

    def _close_spare(self) -> None:
        with suppress(IndexError):  # another thread may take the last one
            while True:
                self._spare.pop().close()

    def _writer(self) -> Connection:
        """Return a connection to the file that is there now."""
        while True:
            try:
                connection = self._spare.pop()
            except IndexError:
                return self.engine.connect().execution_options(is_writing=True)
            if self._is_there(connection) and self._renewal.keeps(connection):
                return connection
            connection.close()

    def _is_there(self, connection: Connection) -> bool:
        return connection.info["file"] is not None and connection.info["file"] == self._file()

    def _engine(self) -> Engine:
        engine = create_engine(
            "sqlite+pysqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            max_overflow=-1,
            pool_timeout=self.patience,
        )
        event.listen(engine, "connect", self._remember_file)
        event.listen(engine, "checkout", self._check_file)
        event.listen(engine, "begin", self._begin)
        return engine

    def _connect(self) -> sqlite3.Connection:
        self._follow_rights()
        # rw: a file that is gone is not quietly begun anew. Transactions are begun by `_begin`, not by the driver.
        connection = sqlite3.connect(
            self.path.as_uri() + ("?mode=ro&immutable=1" if self._is_archived() else "?mode=rw"),
            uri=True,
            timeout=self.patience,
            isolation_level=None,
            check_same_thread=False,
        )
        for setting in ("synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {setting}")
        return connection

    def _follow_rights(self) -> None:
        """Let `-wal` and `-shm` be written like the file: SQLite makes them with its rights, and leaves them so."""
        if not os.access(self.path, os.W_OK):
            return
        for beside in (self.path.with_name(f"{self.path.name}{suffix}") for suffix in ("-wal", "-shm")):
            if beside.exists() and not os.access(beside, os.W_OK):
                with suppress(OSError):
                    beside.chmod(stat.S_IMODE(self.path.stat().st_mode))

    def _is_for_reading(self, _driver: object) -> bool:
        return self._is_archived() or not os.access(self.path, os.W_OK)

    def _is_archived(self) -> bool:
        """Tell whether nobody can write the file, as on a medium for reading: SQLite would miss its `-shm` there."""
        is_open = self.path.with_name(self.path.name + "-wal").exists()
        return not is_open and self.path.exists() and not os.access(self.path.parent, os.W_OK)

    def _begin(self, connection: Connection) -> None:
        driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        if not connection.get_execution_options().get("is_writing", False):
            driver.execute("BEGIN")
            return
        # SQLite would wait for its turn in steps that grow to 100 ms, and let others in meanwhile.
        driver.execute("PRAGMA busy_timeout=0")
        until = time.monotonic() + self.patience
        try:
            with self._head_of_line(until):
                # IMMEDIATE: whoever reads and then writes would else fail when another has written in between.
                _tried_again(lambda: driver.execute("BEGIN IMMEDIATE"), until)
        finally:
            driver.execute(f"PRAGMA busy_timeout={round(self.patience * 1000)}")

    @contextmanager
    def _head_of_line(self, until: float) -> Iterator[None]:
        """Be the one process that tries to lock the database, so that none takes the lock again past those who wait.

        It only makes turns fair: what is written is safe without it. Raises StoreUnavailable when the time is over.
        """
        # A file that all have open, and that SQLite itself never locks.
        try:
            file = os.open(f"{self.path}-wal", os.O_RDONLY)
        except OSError:
            yield
            return
        try:
            while not _is_locked(file):
                if time.monotonic() > until:
                    raise StoreUnavailable(LOCKED)
                time.sleep(_BETWEEN_TRIES)
            yield
        finally:
            os.close(file)

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        # SQLite does not wait for this lock.
        until = time.monotonic() + self.patience
        changed = _tried_again(lambda: connection.execute("PRAGMA journal_mode=WAL"), until)
        if changed.fetchone() != ("wal",):
            raise StoreUnavailable("its file system can't hold a write-ahead log")

    def _file(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _remember_file(self, connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        before = self._file()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # SQLite opens its files when first asked
        record.info["file"] = before if before == self._file() else None

    def _check_file(self, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info["file"] is None or record.info["file"] != self._file():
            raise DisconnectionError  # the pool then opens another connection


def _is_locked(file: int) -> bool:
    """Lock an open file for its descriptor, and tell whether that could be done now; a disk without locks counts so."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _tried_again(attempt: Callable[[], sqlite3.Cursor], until: float) -> sqlite3.Cursor:
    """Return what the attempt returns once the database is not locked. Raises sqlite3.OperationalError in the end."""
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
        time.sleep(_BETWEEN_TRIES)


@contextmanager
def _outages_told() -> Iterator[None]:
    try:
        with outages_told(sqlite3):
            yield
    except DisconnectionError as failure:
        raise StoreUnavailable("the database was moved away") from failure
    except OSError as failure:
        raise StoreUnavailable(f"the database can't be opened: {failure.strerror}") from failure
