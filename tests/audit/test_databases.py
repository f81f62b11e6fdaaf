"""Which database a URL names, and what can't be used."""

from pathlib import Path

import pytest

from service.audit.storage.databases import open_database
from service.audit.storage.postgresql import PostgresqlDatabase
from service.audit.storage.sqlite import SqliteDatabase


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("log.db", Path.cwd() / "log.db"),
        ("sqlite:///log.db", Path.cwd() / "log.db"),
        ("sqlite:////var/log.db", "/var/log.db"),
    ],
)
def test_a_file_is_named_by_a_path_or_a_url(written, path):
    """SQLAlchemy's way of writing it is widely known."""
    database = open_database(written)

    assert isinstance(database, SqliteDatabase)
    assert database.name == str(path)


@pytest.mark.parametrize("kind", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_named_by_a_url_in_any_of_its_spellings(kind):
    """Each is pasted from somewhere: libpq, a hosting provider, SQLAlchemy."""
    database = open_database(f"{kind}://me:secret@db.example:5433/log?sslmode=verify-full&sslpassword=hidden")

    assert isinstance(database, PostgresqlDatabase)
    assert database.name == "postgresql://me@db.example:5433/log"


def test_a_socket_is_part_of_the_name():
    """Two servers of one machine differ by nothing else."""
    assert open_database("postgresql:///log?host=/run/pg").name == "postgresql:///log?host=%2Frun%2Fpg"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "in memory"),
        (":memory:", "in memory"),
        ("sqlite:///", "in memory"),
        ("sqlite://log.db", "three slashes"),
        ("mysql://me:secret@host/log", "of the kind 'mysql' can't be used. Give the path of a file, or postgresql://"),
        ("postgresq://me:secret@host/log", "Did you mean 'postgresql'?"),
        ("postgresql://me:secret@host", "must end with the name of the database"),
        ("postgresql://me:secret@host:secret/log", "can't be read"),
        ("postgresql://me:secret@host/log?sslmod=require", "no parameter 'sslmod'. Did you mean 'sslmode'?"),
        ("postgresql://me:secret@host/log?sslmode=required", "no sslmode 'required'. Did you mean 'require'?"),
        ("postgresql://me:secret@host/log?port=1&port=2", "'port' is given twice"),
    ],
)
def test_what_can_not_keep_a_log_is_refused_with_what_would_be_right(written, says):
    """The text goes to terminals and logs: the password of the URL is not in it."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - what it says is looked at below
        open_database(written)

    assert says in str(refused.value)
    assert "secret" not in str(refused.value)
