"""Fixtures for the audit log: a pack, what it decided once, and an empty store."""

from pathlib import Path

import pytest
from uuid6 import uuid7

from service.audit.entries import Entry, write_entry
from service.audit.store import Store
from service.decision.desk import Desk
from service.pack.loader import load_pack
from service.requests import read_request

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture(scope="session")
def pack():
    """Rules for library loans; the store reads nothing of a pack but its id, version, digest and files."""
    return load_pack(FIXTURES / "packs" / "library-loans")


@pytest.fixture(scope="session")
def desk(pack):
    """Return the desk that asks the pack."""
    return Desk([pack])


@pytest.fixture(scope="session")
def decided(desk):
    """What the pack says to a case of which nothing is known."""
    return desk.decide(read_request({"facts": {}}))


@pytest.fixture
def new_entry(decided):
    """Make an entry with an id of its own."""

    def make() -> Entry:
        return write_entry(decided, str(uuid7()), "2026-01-31T09:00:00.000Z")

    return make


@pytest.fixture
def path(tmp_path) -> Path:
    """Return where the database is to be."""
    return tmp_path / "audit.db"


@pytest.fixture
def store(path):
    """An empty store that waits for nobody longer than a tenth of a second."""
    store = Store(path, patience=0.1)
    store.prepare()
    yield store
    store.close()
