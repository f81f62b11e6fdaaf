"""Fixtures that the tests of several rooms share: a PostgreSQL server, and an empty database on it."""

import pytest

from tests.postgresql_server import PostgresqlServer


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server for all tests; whoever stops it starts it again. Nothing is skipped where it can't run."""
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture
def postgresql_url(postgresql):
    """The URL of an empty database, for the user that owns it."""
    # Emptied rather than made anew: a database that is made or dropped costs a fifth of a second of the disk.
    postgresql.empty()
    return postgresql.url()
