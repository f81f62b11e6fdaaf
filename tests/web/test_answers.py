"""What a caller accepts: JSON and text are given to whoever leaves room for them, however it is written."""

import pytest

from service.audit.log.notary import Notary
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.web.app import create_app


@pytest.fixture(scope="module")
def client(desk, tmp_path_factory):
    """Return a caller of a service that signs checkpoints."""
    folder = tmp_path_factory.mktemp("answers")
    store = Store(open_database(str(folder / "audit.db")), Notary(folder / "audit.key", "library.example/loans"))
    store.prepare()
    yield create_app(desk, store).test_client()
    store.close()


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/*",
        "application/json; charset=utf-8",
        "Application/JSON;version=1",
        "application/json; indent=4; q=0.5",
        "application/problem+json",
        'text/html, application/json;profile="a;b";q=0.1',
        "text/html, *; q=.2",
        "application/json;version=1;q=0, application/json",
        "application/json;version=1;q=0.5, application/json;version=2;q=0",
    ],
)
def test_who_leaves_room_for_json_gets_it(client, accept):
    """Of the parameters only `q` counts: there is one form (RFC 9110, 12.5.1)."""
    response = client.get("/v1/decisions", headers={} if accept is None else {"Accept": accept})

    assert (response.status_code, response.content_type) == (200, "application/json")


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/json;q=0",
        "application/json;version=1;q=0",
        "application/*;q=0, text/*",
        "*/*;q=0",
        "application/json;q=0, application/problem+json;q=0, */*",
        "text/html;x=application/json",
        "json",
    ],
)
def test_who_leaves_none_is_told_so(client, accept):
    """The most specific range counts."""
    response = client.get("/v1/decisions", headers={"Accept": accept})

    assert (response.status_code, response.get_json()["type"]) == (406, "/docs/problems/not-acceptable")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/plain; charset=utf-8", 200),
        ("text/*", 200),
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain;q=0", 406),
        ("image/png", 406),
    ],
)
def test_a_checkpoint_is_text_also_for_who_asks_for_json(client, accept, status):
    """Programs ask every call for JSON; a signed note has one form."""
    response = client.get("/v1/checkpoint", headers={"Accept": accept})

    assert response.status_code == status
    assert status == 406 or response.content_type == "text/plain; charset=utf-8"
