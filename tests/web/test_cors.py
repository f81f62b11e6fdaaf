"""Pages of other origins: those that are named may call from a browser, and no others."""

import hashlib

import pytest

from service.web.app import create_app
from service.web.callers import Caller, Callers
from service.web.cors import read_origin
from service.web.problems import PROBLEMS

DESK = "https://desk.example.com"
TOKEN = "a" * 43
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


@pytest.fixture
def client(desk, store):
    """A caller of a service for which two origins are named, and one caller."""
    callers = Callers({hashlib.sha256(TOKEN.encode()).hexdigest(): Caller("desk", frozenset({"decide"}))})
    return create_app(desk, store, callers=callers, origins=[DESK, "http://localhost:5173"]).test_client()


def leave(answer):
    """Return what an answer tells a browser."""
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}


@pytest.mark.parametrize("origin", [DESK, "http://localhost:5173"])
def test_a_preflight_of_a_named_origin_is_answered(client, origin):
    """Without a token, which browsers do not send with it."""
    answer = client.options("/v1/decisions", headers={"Origin": origin, **PREFLIGHT})

    assert answer.status_code == 204
    assert leave(answer) == {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, HEAD, POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Request-Id",
        "Access-Control-Max-Age": "7200",
    }


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/decisions/preview"])
def test_an_answer_to_a_named_origin_can_be_read(client, path):
    """With the headers that belong to it."""
    headers = {"Origin": DESK, "Authorization": f"Bearer {TOKEN}"}
    answer = client.post(path, json={"facts": {}}, headers=headers)

    assert answer.status_code in {200, 201}
    assert answer.headers["Access-Control-Allow-Origin"] == DESK
    assert "Location" in answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(("path", "status"), [("/v1/policies", 401), ("/nowhere", 401), ("/healthz", 200)])
def test_a_refusal_can_be_read_too(client, path, status):
    """Else the page could not say why."""
    answer = client.get(path, headers={"Origin": DESK})

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, DESK)
    assert status < 400 or answer.get_json()["title"] in {title for _, title in PROBLEMS.values()}


@pytest.mark.parametrize(
    "origin",
    [
        "https://desk.example.com.evil.example",
        "http://desk.example.com",
        "https://desk.example.com:8443",
        "https://DESK.example.com",
        "null",
        "*",
        "",
    ],
)
def test_another_origin_gets_no_leave(client, origin):
    """An origin is compared whole: not its end, not without its scheme or port."""
    for answer in (
        client.options("/v1/decisions", headers={"Origin": origin, **PREFLIGHT}),
        client.get("/healthz", headers={"Origin": origin}),
    ):
        assert leave(answer) == {}
        assert "Origin" in answer.headers["Vary"]


def test_whoever_is_no_browser_is_told_nothing_of_it(client):
    """And a cache learns that an origin may be told something else."""
    answer = client.get("/healthz")

    assert leave(answer) == {}
    assert "Origin" in answer.headers["Vary"]


def test_credentials_and_all_origins_are_never_allowed(client):
    """Cookies of the user's browser would let a page call as the user."""
    for method in ("GET", "OPTIONS"):
        answer = client.open("/healthz", method=method, headers={"Origin": DESK, **PREFLIGHT})
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "*" not in leave(answer).values()


def test_a_service_with_no_named_origin_says_nothing(desk, store):
    """As before there was anything to name."""
    client = create_app(desk, store).test_client()
    answer = client.options("/v1/decisions", headers={"Origin": DESK, **PREFLIGHT})

    assert leave(answer) == {}
    assert "Vary" not in answer.headers


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://desk.example.com", DESK),
        ("HTTPS://Desk.Example.com:443", DESK),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://example.com:80", "http://example.com"),
    ],
)
def test_an_origin_is_read_as_browsers_write_it(written, origin):
    """They compare it to the letter."""
    assert read_origin(written) == origin


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("*", "Name each origin"),
        ("null", "Name each origin"),
        ("desk.example.com", "must be like https://desk.example.com"),
        ("https://", "must be like"),
        ("ftp://example.com", "must be like"),
        ("https://example.com/", "an origin has no user, path or query"),
        ("https://example.com?", "an origin has no user, path or query"),
        ("https://me@example.com", "an origin has no user"),
        ("https://*.example.com", "must name one host"),
        ("https://bücher.example", "must name one host"),
        ("https://example.com:port", "has a port that is none"),
        ("", "must be like"),
    ],
)
def test_what_is_no_origin_is_refused(written, says):
    """One that no browser sends would silently allow nobody, a pattern perhaps everybody."""
    with pytest.raises(ValueError, match=r"^(can't|must|has) ") as refused:
        read_origin(written)

    assert says in str(refused.value)
