"""`X-Request-Id`, and the service's own log, whose lines carry it."""

import json
import os
import pty
import re

import pytest

from service.web.app import create_app
from service.web.log_lines import log

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/v1/policies", 200), ("/healthz", 200), ("/nowhere", 404), ("/v1/policies?x=1", 400)],
)
def test_every_answer_has_the_id_of_its_request(client, path, status):
    """Also one that says no."""
    given = client.get(path, headers={"X-Request-Id": "ticket-4711/a.b:c=d+e@f_0".replace("_", "-")})
    made = [client.get(path).headers["X-Request-Id"] for _ in range(2)]

    assert (given.status_code, given.headers["X-Request-Id"]) == (status, "ticket-4711/a.b:c=d+e@f-0")
    assert all(map(MADE.fullmatch, made))
    assert made[0] != made[1]


@pytest.mark.parametrize("given", ["", " ", "a b", "a" * 129, "{}", "<script>", "é", "a,b", '"a"', "a\tb"])
def test_an_id_that_is_not_short_and_plain_is_replaced(client, given):
    """It would go into logs, which others read."""
    answer = client.get("/v1/policies", environ_overrides={"HTTP_X_REQUEST_ID": given})

    assert MADE.fullmatch(answer.headers["X-Request-Id"])


def test_the_longest_id_is_taken(client):
    """128 characters."""
    assert client.get("/", headers={"X-Request-Id": "a" * 128}).headers["X-Request-Id"] == "a" * 128


def test_a_line_of_the_log_has_the_id_that_the_answer_has(desk, store, capsys):
    """One line of JSON, with the instance too."""
    app = create_app(desk, store)

    @app.get("/broken")
    def broken():
        raise RuntimeError("secret of a member")

    answer = app.test_client().get("/broken", headers={"X-Request-Id": "ticket-4711"})
    line = json.loads(capsys.readouterr().err)

    assert answer.headers["X-Request-Id"] == line["request_id"] == "ticket-4711"
    assert answer.get_json()["instance"] == line["instance"]
    assert (line["level"], line["problem"], line["path"]) == ("error", "internal-error", "/broken")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line["timestamp"])


def test_on_a_terminal_a_line_is_in_words(monkeypatch):
    """JSON is for programs."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        log().error("request failed", problem="overloaded")
        shown = os.read(ours, 10_000).decode()
    os.close(ours)

    assert "request failed" in shown
    assert "problem" in shown
    assert not shown.lstrip().startswith("{")
