"""Fixtures for the audit log: a pack, what it decided once, and an empty store."""

from pathlib import Path

import pytest
from uuid6 import uuid7

from service.audit.log.entries import Entry, write_entry
from service.audit.log.notary import Notary
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.decision.requests import read_request


@pytest.fixture(scope="session")
def pack(library_loans):
    """Rules for library loans; the store reads nothing of a pack but its id, version, digest and files."""
    return library_loans


@pytest.fixture(scope="session")
def desk(pack):
    """Return the desk that asks the pack."""
    return Desk([pack])


@pytest.fixture(scope="session")
def decided(desk):
    """What one decision of the pack says to a case of which nothing is known: small, for logs of thousands of it."""
    return desk.decide(read_request({"facts": {}, "decisions": ["lending"]}))


@pytest.fixture
def new_entry(decided):
    """Make an entry with an id of its own."""

    def make() -> Entry:
        return write_entry(decided, Stamp(str(uuid7()), "2026-01-31T09:00:00.000Z"))

    return make


@pytest.fixture
def path(tmp_path) -> Path:
    """Return where the database is to be."""
    return tmp_path / "audit.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request) -> str:
    """Return which kind of database it is: each once."""
    return request.param


@pytest.fixture
def database_url(request, kind) -> str:
    """Return where an empty database is, or is to be."""
    return str(request.getfixturevalue("path")) if kind == "sqlite" else request.getfixturevalue("postgresql_url")


@pytest.fixture
def log_url(request, kind) -> str:
    """Return where a log without entries and without a key is."""
    if kind == "sqlite":
        return str(request.getfixturevalue("empty_log_at")(request.getfixturevalue("path")))
    return request.getfixturevalue("empty_postgresql_log")


@pytest.fixture
def open_store():
    """Make the store of a URL, as patient as the service's own is, and signed if it gets a key file; all are closed."""
    opened = []

    def open_(url, patience=5.0, key=None) -> Store:
        notary = None if key is None else Notary(key, "library.example/log")
        opened.append(Store(open_database(str(url), patience), notary))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store, log_url):
    """An empty store, on each kind of database."""
    return open_store(log_url)


@pytest.fixture
def hasty_store(store, open_store, log_url):
    """The same store for one who waits for nobody longer than a tenth of a second."""
    return open_store(log_url, patience=0.1)


@pytest.fixture
def sqlite_store(open_store, empty_log_at, path):
    """An empty store in a file."""
    return open_store(empty_log_at(path))


@pytest.fixture
def postgresql_store(open_store, empty_postgresql_log):
    """An empty store on the server."""
    return open_store(empty_postgresql_log)
