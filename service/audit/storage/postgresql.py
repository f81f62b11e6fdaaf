"""The PostgreSQL database under the audit log: how it is reached, read and written. No tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

import psycopg
from psycopg import Connection as Driver
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from service.audit.storage.renewal import Renewal
from service.audit.storage.unavailable import StoreUnavailable, is_cut, outages_told

__all__ = ["PostgresqlDatabase"]

_TURN = 7166748463918769776  # key of the lock that whoever writes holds; any number that no other program uses
_KEPT, _MOST = 4, 16  # connections of a process: kept open, and at once
_LONGEST_PAUSE = 30  # seconds between two statements of one who writes; then it is taken for dead, and its lock is free
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; "
    f"SET LOCAL idle_in_transaction_session_timeout = '{_LONGEST_PAUSE}s'; "
    f"SELECT pg_advisory_xact_lock({_TURN})"
)
_DEAD_KEPT = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"
)
_FOUND = (
    "SELECT current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding, "
    "current_schema() AS schema, "
    "ARRAY(SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = current_schema()) AS tables"
)


class PostgresqlDatabase:
    """One database of a PostgreSQL server, in the schema that is first in its user's search path.

    Whoever writes waits for a turn, in the order of asking, whichever machine it is on; each commit is on the server's
    disk before it is acknowledged, whatever the server's default is. A connection that was lost while nobody used it
    is replaced: when the server is back, so is the database, with nothing to be restarted. Safe between threads; not
    to be taken along into a forked process.

    url       with any of libpq's parameters; those that are given there are kept
    patience  seconds to wait for the server, for another's transaction, and for a connection
    """

    def __init__(self, url: URL, patience: float = 5.0) -> None:
        shown = {name: value for name, value in url.query.items() if name in {"host", "port"}}
        self.name = URL.create(
            "postgresql", url.username, None, url.host, url.port, url.database, shown
        ).render_as_string()
        self.patience = patience
        self.engine = self._engine(url)
        self._renewal = Renewal(self.engine, _is_for_reading)

    def create(self, own_table: str) -> None:
        """See that the database can keep a log, and is nobody else's; its tables are still to be made.

        own_table  by which a database that has tables already is known to be ours; another program's is not touched
        Raises StoreUnavailable.
        """
        with self.reading() as connection:
            found = connection.exec_driver_sql(_FOUND).one()
        if found.fsync == "off":
            raise StoreUnavailable("PostgreSQL runs with fsync off: a loss of power could lose what was kept")
        if found.encoding != "UTF8":
            raise StoreUnavailable(f"the database has the encoding {found.encoding}, and must have UTF8")
        if found.schema is None:
            raise StoreUnavailable("the database has no schema that its user may use")
        if found.tables and own_table not in found.tables:
            raise StoreUnavailable("the database belongs to another program")

    def check_room(self) -> None:
        """Return: how full its disk is, the server tells only to those who write."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that sees one state of the database. Raises StoreUnavailable."""
        with outages_told(psycopg), self._begun(_READ) as connection:
            yield connection
            connection.commit()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that nobody else writes beside; it is committed at the end.

        Raises StoreUnavailable; then nothing was kept, or nobody can tell: the server was lost while committing.
        """
        with outages_told(psycopg), self._renewal.watched(), self._begun(_WRITE) as connection:
            yield connection
            # PostgreSQL takes the COMMIT of a transaction in which a statement has failed, and rolls it back.
            driver = cast("Driver", connection.connection.dbapi_connection)
            if driver.info.transaction_status != TransactionStatus.INTRANS:
                raise RuntimeError("a statement that failed was passed over: nothing of the transaction is kept")
            connection.commit()

    @contextmanager
    def trying(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that may write, and is taken back. Raises StoreUnavailable.

        Nothing is written to try it: the server would keep its traces until they are cleared away.
        """
        with outages_told(psycopg), self._begun(_WRITE) as connection:
            if connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on":
                raise StoreUnavailable("the database is read-only")
            yield connection
            connection.rollback()

    def forget(self, table: str) -> bool:
        """Write a table anew without what deleted rows have left in it; tell whether that could be done now.

        It can't while somebody reads a state of the log from before, or for a user who does not own the table.
        """
        with suppress(StoreUnavailable, DBAPIError), outages_told(psycopg), self.engine.connect() as connection:
            before = connection.exec_driver_sql(_DEAD_KEPT).scalar_one()
            # A plain VACUUM leaves the bytes of rows that it has moved.
            connection.exec_driver_sql(f'VACUUM FULL "{table}"')
            return not before
        return False

    def close(self) -> None:
        """Close the connections that nobody holds."""
        self.engine.dispose()

    def _begun(self, statements: str) -> Connection:
        """Return a connection in the transaction that the statements begin: they reach the server as one message."""
        try:
            return self._begun_at_once(statements)
        except DBAPIError as failure:
            if not failure.connection_invalidated:
                raise
        # The connection was lost while nobody used it. Nothing was asked of it yet, and the pool opens another one now.
        return self._begun_at_once(statements)

    def _begun_at_once(self, statements: str) -> Connection:
        connection = self.engine.connect()
        try:
            connection.exec_driver_sql(statements)
        except BaseException:
            connection.close()
            raise
        return connection

    def _engine(self, url: URL) -> Engine:
        seconds = max(1, math.ceil(self.patience))
        reaching = {
            "application_name": "clausewise",
            "connect_timeout": max(2, seconds),  # the least that libpq takes
            # A network that has gone silent, or a server that has lost its power, says nothing by itself.
            "keepalives_idle": seconds,
            "keepalives_interval": 1,
            "keepalives_count": 3,
            "tcp_user_timeout": seconds * 1000,
        }
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            # Transactions are begun by `_begun`, not by the driver.
            isolation_level="AUTOCOMMIT",
            pool_size=_KEPT,
            max_overflow=_MOST - _KEPT,
            pool_timeout=self.patience,
            pool_use_lifo=True,
            use_native_hstore=False,
            connect_args={name: value for name, value in reaching.items() if name not in url.query},
        )
        event.listen(engine, "connect", self._set)
        event.listen(engine, "handle_error", _drop_cut)
        return engine

    def _set(self, driver: Driver, _record: ConnectionPoolEntry) -> None:
        """Set what holds for a session, whatever the defaults of the server and of the user are.

        One that is to read only is kept: it is an administrator's.
        """
        seconds = max(1, math.ceil(self.patience))
        driver.execute(
            f"SET lock_timeout = {round(self.patience * 1000)}; "
            # It would end the wait for a synchronous standby, and PostgreSQL would then report a commit as done.
            "SET statement_timeout = 0; "
            # That the server notices when this machine is gone, and frees its lock.
            f"SET tcp_keepalives_idle = {seconds}; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; "
            f"SET tcp_user_timeout = {seconds * 1000}; "
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')"
        )


def _is_for_reading(driver: Driver) -> bool:
    return driver.execute("SHOW default_transaction_read_only").fetchone() == ("on",)


def _drop_cut(context: ExceptionContext) -> None:
    """Take a connection that the server ends for lost, and all that are as old: others serve, or will again."""
    context.is_disconnect |= is_cut(context.original_exception)
