"""What stands between Granian and the application: who waits for whom, and what becomes of slow callers."""

import asyncio
import json
from threading import Event

import pytest
from flask import Flask, Response, request

from service.web import front as front_module
from service.web.app import create_app
from service.web.bodies import LARGEST_BODY
from service.web.front import WAITING_ROOM, Front
from service.web.incoming import Patience, pass_on_refusal
from service.web.problems import problem_of


class Caller:
    """A request as Granian hands it over: each part comes when `send` has sent it."""

    def __init__(self, front, method="POST", path="/v1/decisions", **headers):
        named = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", "8042"),
            "client": ("127.0.0.1", "4711"),
            "headers": [(name.encode(), text.encode()) for name, text in named.items()],
        }
        self.parts = asyncio.Queue()
        self.status, self.headers, self.body = None, {}, b""
        self.reads = asyncio.Event()
        self.reads.set()
        self.answered = asyncio.create_task(front(scope, self.receive, self.take))

    def send(self, part, *, more=False):
        """Send a part of the body."""
        self.parts.put_nowait({"type": "http.request", "body": part, "more_body": more})
        return self

    def leave(self):
        """Close the connection."""
        self.parts.put_nowait({"type": "http.disconnect"})

    async def receive(self):
        """Give the service what was sent."""
        return await self.parts.get()

    async def take(self, message):
        """Take what is answered: the head at once, as Granian does, and the body when the caller reads."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            await self.reads.wait()
            self.body += message["body"]

    async def done(self):
        """Return what was answered."""
        await asyncio.wait_for(self.answered, 60)
        return self.status, self.body


@pytest.fixture
def app(desk, store):
    """Return the service with an empty store."""
    return create_app(desk, store)


@pytest.fixture
def blocked():
    """Return an application of which every call but those of health waits for an event, and this event."""
    app, go = Flask("blocked"), Event()
    for path, answer in (
        ("/wait", lambda: str(go.wait(60))),
        ("/healthz", lambda: "live"),
        ("/readyz", lambda: "ready"),
    ):
        app.add_url_rule(path, path, answer)
    app.before_request(pass_on_refusal)
    app.register_error_handler(Exception, problem_of)
    yield app, go
    go.set()


def play(scene):
    """Run a scene in an event loop of its own."""
    asyncio.run(scene())


def test_a_body_that_stops_halfway_is_refused_and_the_connection_closed(app):
    """Whoever never sends the rest keeps no place."""

    async def scene():
        caller = Caller(Front(app, 1, patience=0.05), content_length="100").send(b'{"fac', more=True)
        status, body = await caller.done()
        assert (status, json.loads(body)["type"]) == (408, "/docs/problems/request-timeout")
        assert caller.headers["connection"] == "close"

    play(scene)


def test_the_time_between_the_parts_of_a_body_adds_up(app):
    """A byte now and then buys no time."""

    async def scene():
        caller = Caller(Front(app, 1, patience=0.2), transfer_encoding="chunked")
        while not caller.answered.done():
            caller.send(b" ", more=True)
            await asyncio.sleep(0.01)
        assert (await caller.done())[0] == 408

    play(scene)


def test_others_are_answered_while_bodies_are_half_sent(app):
    """More of them than there are threads, by far."""

    async def scene():
        front = Front(app, 1, patience=600)
        halves = [Caller(front, content_length="13").send(b'{"fac', more=True) for _ in range(100)]
        await asyncio.sleep(0)
        assert (await Caller(front, "GET", "/healthz").done())[0] == 200
        assert (await Caller(front, content_length="13").send(b'{"facts": {}}').done())[0] == 201
        assert (await halves[0].send(b'ts": {}}').done())[0] == 201
        for half in halves[1:]:
            half.leave()
            await half.answered
            assert half.status is None

    play(scene)


def test_health_is_told_while_every_thread_is_busy(blocked):
    """A supervisor must not restart what is merely busy; one that is asked for is told as well."""
    app, go = blocked

    async def scene():
        front = Front(app, 1)
        busy = [Caller(front, "GET", "/wait") for _ in range(1 + WAITING_ROOM + 5)]
        await asyncio.sleep(0)
        assert await Caller(front, "GET", "/healthz").done() == (200, b"live")
        assert await Caller(front, "GET", "/readyz").done() == (200, b"ready")
        go.set()
        assert [await each.done() for each in busy] == [(200, b"True")] * len(busy)

    play(scene)


def test_more_calls_than_can_wait_are_sent_away(blocked, monkeypatch):
    """With when to come again; whoever waits already is answered."""
    app, go = blocked
    monkeypatch.setattr(front_module, "_MOST_WAITING", 2)

    async def scene():
        front = Front(app, 1)
        busy = [Caller(front, "GET", "/wait") for _ in range(1 + WAITING_ROOM + 2)]
        await asyncio.sleep(0)
        sent_away = Caller(front, "GET", "/wait")
        status, body = await sent_away.done()
        assert (status, json.loads(body)["type"]) == (503, "/docs/problems/overloaded")
        assert sent_away.headers["retry-after"] == "1"
        go.set()
        assert [(await each.done())[0] for each in busy] == [200] * len(busy)

    play(scene)


def test_more_bodies_than_can_be_held_are_sent_away(app, monkeypatch):
    """What a process holds for callers that have not decided to go on is bounded."""
    monkeypatch.setattr(front_module, "_MOST_HELD", 100)

    async def scene():
        front = Front(app, 1, patience=600)
        half = Caller(front, content_length="90").send(b'{"fac', more=True)
        await asyncio.sleep(0)
        assert (await Caller(front, content_length="13").send(b'{"facts": {}}').done())[0] == 503
        half.leave()
        await half.answered
        assert (await Caller(front, content_length="13").send(b'{"facts": {}}').done())[0] == 201

    play(scene)


def test_nothing_is_decided_for_a_body_whose_sender_has_gone(app, store):
    """What came of it might be read as another case."""

    async def scene():
        caller = Caller(Front(app, 1), transfer_encoding="chunked").send(b'{"facts": {}}', more=True)
        caller.leave()
        await caller.answered
        assert caller.status is None

    play(scene)
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM entries").scalar() == 0


def test_a_body_that_is_too_large_is_read_to_its_end_and_not_kept(app):
    """A connection that is closed on bytes not yet read is reset: the caller would never see why."""

    async def scene():
        caller = Caller(Front(app, 1), transfer_encoding="chunked")
        for _ in range(40):
            caller.send(b" " * (LARGEST_BODY // 10), more=True)
        assert (await caller.send(b"").done())[0] == 413
        assert caller.parts.empty()

    play(scene)


def test_whoever_asks_first_whether_to_send_what_is_too_large_need_not(app):
    """`Expect: 100-continue` (RFC 9110, 10.1.1): what is read is asked for."""

    async def scene():
        front = Front(app, 1, patience=600)
        assert (await Caller(front, expect="100-continue", content_length="2000000").done())[0] == 413

    play(scene)


@pytest.fixture
def lines():
    """Return an application that answers a stream of lines, line by line; and what it has answered so far."""
    app, seen = Flask("lines"), []

    @app.post("/v1/decisions/batch")
    def batch():
        source = request.environ["wsgi.input"]

        def each():
            try:
                for line in source:
                    seen.append(line)
                    yield b"got " + line
            finally:
                seen.append("end")

        return Response(each(), mimetype="application/x-ndjson")

    app.register_error_handler(Exception, problem_of)
    return app, seen


def test_a_stream_is_answered_while_it_comes(lines):
    """Neither it nor its answer is ever whole in memory."""
    app, seen = lines

    async def scene():
        caller = Caller(Front(app, 1), path="/v1/decisions/batch", transfer_encoding="chunked")
        caller.send(b"1\n2", more=True)
        while caller.body != b"got 1\n":  # noqa: ASYNC110 - as a caller polls
            await asyncio.sleep(0.001)
        assert await caller.send(b"\n3\n").done() == (200, b"got 1\ngot 2\ngot 3\n")
        assert seen[-1] == "end"

    play(scene)


def test_a_stream_whose_reader_is_slow_waits_without_a_thread(lines):
    """Another stream goes on in the only thread that there is."""
    app, seen = lines

    async def scene():
        front = Front(app, 1)
        slow = Caller(front, path="/v1/decisions/batch", transfer_encoding="chunked").send(b"1\n2\n3\n")
        slow.reads.clear()
        other = Caller(front, path="/v1/decisions/batch", transfer_encoding="chunked").send(b"4\n")
        assert await other.done() == (200, b"got 4\n")
        assert b"3\n" not in seen
        slow.reads.set()
        assert await slow.done() == (200, b"got 1\ngot 2\ngot 3\n")

    play(scene)


def test_a_stream_whose_reader_takes_nothing_is_ended(lines):
    """Not whole, so that nobody takes it for all that there was; what it held is free."""
    app, seen = lines

    async def scene():
        caller = Caller(Front(app, 1, patience=0.05), path="/v1/decisions/batch", transfer_encoding="chunked")
        caller.reads.clear()
        caller.send(b"1\n2\n", more=True)
        await asyncio.wait_for(caller.answered, 60)
        assert caller.body == b""
        assert seen == [b"1\n", "end"]

    play(scene)


def test_patience_comes_back_up_to_what_it_was():
    """Whoever has sent much has not bought an hour of silence."""

    async def scene():
        patience = Patience(0.05)
        patience.renew(moved=10**9, seconds=1000)
        with pytest.raises(TimeoutError):
            await patience.wait(asyncio.Event().wait())
        with pytest.raises(TimeoutError):
            await patience.wait(asyncio.Event().wait())
        patience.renew(seconds=600)
        assert await patience.wait(asyncio.sleep(0, "in time")) == "in time"

    play(scene)


def test_a_stream_is_given_up_when_its_reader_has_gone(lines):
    """Nobody decides a thousand cases for nobody."""
    app, seen = lines

    async def scene():
        caller = Caller(Front(app, 1), path="/v1/decisions/batch", transfer_encoding="chunked")
        caller.reads.clear()
        caller.send(b"%d\n" * 1000 % tuple(range(1000)))
        caller.leave()
        await asyncio.sleep(0)
        caller.reads.set()
        await caller.answered

    play(scene)
    assert len(seen) < 100
    assert seen[-1] == "end"


def test_a_stream_that_stops_before_its_first_line_is_refused(lines):
    """Its thread is free again."""
    app, _ = lines

    app.view_functions["batch"] = lambda: Response(request.environ["wsgi.input"].readline())

    async def scene():
        caller = Caller(Front(app, 1, patience=0.05), path="/v1/decisions/batch", transfer_encoding="chunked")
        status, body = await caller.send(b"half a li", more=True).done()
        assert (status, json.loads(body)["type"]) == (408, "/docs/problems/request-timeout")

    play(scene)
