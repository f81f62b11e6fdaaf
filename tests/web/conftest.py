"""Fixtures for the HTTP door: the library's pack behind a Flask test client, with a store of its own for each test."""

import json
import re
import shutil
from copy import deepcopy
from pathlib import Path

import pytest

from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.pack.loader import load_pack
from service.web.app import create_app

LOANS = Path(__file__).resolve().parents[1] / "fixtures" / "packs" / "library-loans"
# The facts of a map that came back late: decided in every decision.
LATE_MAP = {
    "loan": {
        "asked_at": "2026-03-02T10:00:00Z",
        "lent_on": "2026-02-01",
        "kind": "map",
        "pages": 1,
        "returned": True,
        "days_late": 2,
        "parts": ["cover", "booklet"],
        "pauses": [],
    },
    "member": {"standing": "good", "card": {}},
}


@pytest.fixture(scope="session")
def pack(library_loans):
    """Rules for library loans."""
    return library_loans


@pytest.fixture(scope="session")
def desk(pack):
    """Return the desk that asks the pack."""
    return Desk([pack])


@pytest.fixture
def store(tmp_path, empty_log_at):
    """An empty store."""
    store = Store(open_database(str(empty_log_at(tmp_path / "audit.db"))))
    yield store
    store.close()


@pytest.fixture
def hasty_store(store):
    """The same store for one who waits for nobody longer than a tenth of a second."""
    hasty = Store(open_database(str(store.database.path), patience=0.1))
    yield hasty
    hasty.close()


@pytest.fixture
def client(desk, store):
    """Return a caller of a service with an empty store."""
    return create_app(desk, store).test_client()


@pytest.fixture
def late_map():
    """The facts of a map that came back late, for whoever may change them."""
    return deepcopy(LATE_MAP)


@pytest.fixture
def post(client):
    """Post a body, as JSON or as the bytes that it is."""

    def send(body, path="/v1/decisions", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return client.post(path, data=data, headers=named)

    return send


@pytest.fixture
def make_version(tmp_path):
    """Make the library's pack anew, as another version that is in force on certain days."""

    def make(version, **in_force):
        folder = tmp_path / f"loans-{version}"
        shutil.copytree(LOANS, folder)
        head = folder / "pack.yaml"
        days = ", ".join(f"{end}: '{day}'" for end, day in in_force.items())
        text = head.read_text().replace("version: '1.0.0'", f"version: '{version}'\nin_force: {{{days}}}")
        head.write_text(text)
        return load_pack(folder)

    return make


@pytest.fixture
def library_loans_called(tmp_path):
    """Make the library's pack anew, with another title."""

    def make(title):
        folder = tmp_path / "loans-called"
        shutil.copytree(LOANS, folder)
        head = folder / "pack.yaml"
        head.write_text(re.sub(r"(?m)^title: .*$", f"title: '{title}'", head.read_text()))
        return load_pack(folder)

    return make


@pytest.fixture
def broken(tmp_path):
    """The library's pack with a mistake in each of two files."""
    folder = tmp_path / "broken-loans"
    shutil.copytree(LOANS, folder)
    for name, old, new in (("lending", "loan.pages", "loan.page"), ("fine", "loan.days_late", "loan.days_lat")):
        file = folder / "decisions" / f"{name}.yaml"
        file.write_text(file.read_text().replace(old, new, 1))
    return folder
