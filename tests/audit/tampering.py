"""What somebody does who can write into the file of a log."""

import sqlite3
from contextlib import closing


def tamper(path, statement, *values):
    """Run a statement past the guards of a SQLite log, which are gone from then on."""
    with closing(careless(path)) as connection, connection:
        drop_guards(connection)
        connection.execute(statement, values)


def careless(path):
    """Return a connection to the file of a log that waits for no disk: what it writes is only read by this process."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def drop_guards(connection):
    """Remove the guards of a SQLite log, in a transaction that the caller ends: each alone costs a turn of the disk."""
    connection.execute("BEGIN")
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
