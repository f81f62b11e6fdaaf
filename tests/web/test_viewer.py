"""`/docs`: the viewer of the OpenAPI document, and that all of it comes from the service itself."""

import gzip
import re
from importlib.resources import files

import pytest

from service.web.app import create_app
from service.web.callers import Caller, Callers
from service.web.viewer import _TYPES


def test_the_page_loads_only_what_the_service_gives_out(client):
    """It works where there is no internet; whatever else a script would load the browser refuses."""
    page = client.get("/docs")
    needed = re.findall(r'(?:src|href)="\.?/?(docs/assets/[^"]+)"', page.get_data(as_text=True))

    assert page.status_code == 200
    assert sorted(needed) == sorted(f"docs/assets/{name}" for name in _TYPES)
    assert "script-src 'self'; " in page.headers["Content-Security-Policy"]
    assert "connect-src 'self'; " in page.headers["Content-Security-Policy"]
    assert not re.search(r"https?://", page.get_data(as_text=True))


@pytest.mark.parametrize("name", _TYPES)
def test_each_asset_is_given_out(client, name):
    """With the media type without which a browser refuses to run it."""
    answer = client.get(f"/docs/assets/{name}")

    assert (answer.status_code, answer.content_type) == (200, _TYPES[name])
    assert len(answer.data) > 50
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", [*(f"/docs/assets/{name}" for name in _TYPES), "/style.css"])
def test_an_asset_is_sent_compressed_to_who_takes_that(client, path):
    """The viewer's script has more than a megabyte; a cache between must not mix the two forms up."""
    plain = client.get(path)
    small = client.get(path, headers={"Accept-Encoding": "br, gzip;q=0.5"})

    assert gzip.decompress(small.data) == plain.data
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "gzip;q=0, identity"}).headers
    assert plain.headers["Vary"] == small.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != small.headers["ETag"]
    for answer, encoding in ((plain, "identity"), (small, "gzip")):
        again = client.get(path, headers={"Accept-Encoding": encoding, "If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_the_page_asks_for_a_token_where_callers_are_known(desk, store, client):
    """What the policies are is told to callers alone: their examples are there once the viewer has a token."""
    known = create_app(desk, store, callers=Callers({"0" * 64: Caller("desk", frozenset())})).test_client()

    assert "Give your token to" in known.get("/docs").get_data(as_text=True)
    assert "token" not in client.get("/docs").get_data(as_text=True)
    script = known.get("/docs/assets/viewer.js").get_data(as_text=True)
    assert "request.headers.Authorization = `Bearer ${token}`" in script


def test_the_viewer_is_told_which_document_to_show_and_to_ask_nobody_else(client):
    """Swagger UI would else send the document's address to a validator on the internet."""
    script = client.get("/docs/assets/viewer.js").get_data(as_text=True)

    assert 'url: "v1/openapi.json"' in script
    assert "validatorUrl: null" in script


@pytest.mark.parametrize("name", ["swagger-ui.js", "..%2f..%2fapp.py", "x"])
def test_no_other_file_is_given_out(client, name):
    """The package has more, and the folder lies among sources."""
    assert client.get(f"/docs/assets/{name}").status_code == 404


def test_the_viewer_knows_openapi_3_1():
    """Swagger UI does so since 5.0."""
    version = (files("flask_swagger_ui") / "dist" / "VERSION").read_text(encoding="utf-8")

    assert int(version.strip().lstrip("v").partition(".")[0]) >= 5
