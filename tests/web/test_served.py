"""The server as it is run: processes, signals, ports. What it answers is tested without it."""

import hashlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from threading import Event, Lock

import pytest
from click.testing import CliRunner

from service.audit.storage.databases import open_database
from service.cli.serving import serve as serve_command
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
LOANS = ROOT / "tests" / "fixtures" / "packs" / "library-loans"
START = "from service.cli.serving import serve; serve()"
# The same, but workers that hang are killed after ten minutes, not seconds, and the log is waited for as long: what a
# busy machine takes is then told from what hangs.
PATIENT = (
    "from service.audit.storage.databases import open_database; open_database.__defaults__ = (600.0,); "
    f"from service.web import server; server._LONGEST_GOODBYE = 600; {START}"
)
# The same, but neither workers that hang nor whoever has the port are waited for longer than a second.
HURRIED = f"from service.web import server; server._LONGEST_GOODBYE = 1; server._LONGEST_GRACE = 1.0; {START}"


class Served:
    """A server in processes of its own, on a free port of the loopback address."""

    def __init__(self, nursery, database, *options, code=START, pack=LOANS, wait=True):
        self.nursery = nursery
        self.code = code
        self.port = free_port()
        self.database = database
        self.options = ("--port", str(self.port), "--database", str(database), "--pack", str(pack), *options)
        self.start(wait=wait)

    def start(self, *, wait=True):
        """Start it in a session of its own, so that all of it can be killed at once, and wait until it is ready."""
        self.process = self.nursery.start(*self.options, code=self.code, stderr=subprocess.PIPE)
        if wait:
            self.greeting = self.told("listening")
            self.wait_until(lambda: self.ask("GET", "/readyz")[0] == 200)

    def told(self, event):
        """Return the next line of the log that tells of an event; before it nothing may have gone wrong."""
        for line in self.process.stderr:
            found = json.loads(line)
            if found["event"] == event:
                return found
            assert found["level"] == "info", found
        raise AssertionError(f"the server has ended without {event!r}")

    def wait_until(self, holds):
        """Wait until something holds; whatever fails meanwhile does not hold yet."""
        until = time.monotonic() + 120  # for a machine that does much else; what is waited for comes in a moment
        while time.monotonic() < until:
            assert self.process.poll() is None, self.process.stderr.read()
            try:
                if holds():
                    return
            except (OSError, HTTPException):
                pass
            Event().wait(0.01)
        raise AssertionError("what was waited for has not come within two minutes")

    def ask(self, method, path, body=None, **headers):
        """Return status and bytes of an answer, over a connection of its own."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            named = {
                "Content-Type": "application/json",
                **{name.replace("_", "-"): text for name, text in headers.items()},
            }
            connection.request(method, path, None if body is None else json.dumps(body), named)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def is_listening(self):
        """Tell whether the port takes a new connection."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=60).close()
        except OSError:
            return False
        return True

    def workers(self):
        """Return the ids of the processes that answer."""
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill(self):
        """Pull the plug: the server and its workers are gone at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        self.process.stderr.close()

    def rows(self, query):
        """Return what stands in the database."""
        with closing(open_database(str(self.database))) as database, database.reading() as connection:
            return connection.exec_driver_sql(query).all()


@pytest.fixture(scope="module")
def lasting(nursery, tmp_path_factory):
    """A server of two workers for all tests that neither end it nor take its log away."""
    served = Served(nursery, tmp_path_factory.mktemp("lasting") / "audit.db", "--workers", "2")
    yield served
    served.kill()


@pytest.fixture
def serve(nursery, empty_log_at, tmp_path):
    """Start a server with options; whatever happens, nothing of it is left behind."""
    started = []
    log = empty_log_at(tmp_path / "audit.db")

    def start(*options, database=log, **how):
        started.append(Served(nursery, database, "--signing-key", str(tmp_path / "served.key"), *options, **how))
        return started[-1]

    yield start
    for served in started:
        served.kill()


def acknowledged_under_load(served, strike_after, strike, total=160):
    """Ask from four threads, strike after so many answers; return the documents that were acknowledged."""
    documents = []
    once = Lock()

    def ask(number):
        try:
            status, body = served.ask("POST", "/v1/decisions", {"facts": {"loan": {"pages": number + 1}}})
        except (OSError, HTTPException):
            return
        if status == 201:
            documents.append(body)
        if len(documents) >= strike_after and once.acquire(blocking=False):
            strike()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(total)))
    return documents


def check_that_nothing_is_lost(served, documents):
    """Every acknowledged document is given back as it was, and the sequence has no gap."""
    for body in documents:
        assert served.ask("GET", f"/v1/decisions/{json.loads(body)['id']}") == (200, body)
    sequences = [sequence for (sequence,) in served.rows("SELECT sequence FROM entries ORDER BY sequence")]
    assert sequences == list(range(1, len(sequences) + 1))
    assert len(sequences) >= len(documents)


def test_every_worker_gives_the_same_bytes_whatever_the_order_of_members(lasting, late_map):
    """Each connection may meet another process."""
    assert len(lasting.workers()) == 2
    turned = {name: dict(reversed(members.items())) for name, members in reversed(late_map.items())}

    def decisions(number):
        facts = turned if number % 2 else late_map
        body = lasting.ask("POST", "/v1/decisions", {"facts": facts})[1]
        return body[body.index(b'"decisions":') : body.index(b',"id":')]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(decisions, range(48)))) == 1


def test_a_worker_that_is_killed_under_load_loses_nothing_and_is_replaced(serve):
    """The other one goes on meanwhile."""
    served = serve("--workers", "2")
    victim, survivor = served.workers()
    documents = acknowledged_under_load(served, 30, lambda: os.kill(victim, signal.SIGKILL))
    served.wait_until(lambda: len(served.workers()) == 2 and victim not in served.workers())

    assert survivor in served.workers()
    assert len(documents) > 30
    check_that_nothing_is_lost(served, documents)


def test_a_server_that_is_killed_under_load_loses_nothing_that_it_acknowledged(serve):
    """Started again, it goes on where it was."""
    served = serve("--workers", "2")
    documents = acknowledged_under_load(served, 30, served.kill)
    served.start()

    assert len(documents) >= 30
    check_that_nothing_is_lost(served, documents)
    before = served.rows("SELECT max(sequence) FROM entries")[0][0]
    status, body = served.ask("POST", "/v1/decisions", {"facts": {}})
    assert (status, json.loads(body)["audit"]["sequence"]) == (201, before + 1)


def test_a_request_in_flight_is_answered_when_the_server_is_told_to_end(serve):
    """A rolling update costs nobody an answer."""
    served = serve("--workers", "1", "--threads", "1", code=PATIENT)
    with closing(sqlite3.connect(served.database, isolation_level=None)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        answer = pool.submit(served.ask, "POST", "/v1/decisions", {"facts": {}})
        # The one place to decide is taken when a preview finds none: then the request is in flight.
        served.wait_until(lambda: served.ask("POST", "/v1/decisions/preview", {"facts": {}})[0] == 503)
        served.process.send_signal(signal.SIGTERM)
        served.wait_until(lambda: not served.is_listening())
        other.execute("ROLLBACK")
        assert answer.result()[0] == 201

    assert served.process.wait(60) == 0


@pytest.mark.parametrize(
    ("word", "say"),
    [(signal.SIGTERM, os.kill), (signal.SIGINT, os.killpg)],  # a supervisor to the server, a terminal to all of it
)
def test_an_orderly_end_leaves_one_file_that_is_whole_and_signed(serve, word, say):
    """Whoever copies it then has the log; nothing is left to be signed by a start that may never come."""
    served = serve("--workers", "2")
    documents = [served.ask("POST", "/v1/decisions", {"facts": {}})[1] for _ in range(5)]
    say(served.process.pid, word)

    assert served.process.wait(60) == 0
    assert sorted(served.database.parent.glob(f"{served.database.name}*")) == [served.database]
    with closing(sqlite3.connect(f"{served.database.as_uri()}?immutable=1", uri=True)) as copy:
        assert copy.execute("SELECT count(*) FROM entries").fetchone() == (len(documents),)
        assert copy.execute("SELECT max(size) FROM checkpoints").fetchone() == (len(documents),)


def test_the_greeting_says_where_what_and_with_which_log(lasting):
    """The first line that an operator looks for."""
    assert lasting.greeting["address"] == f"http://127.0.0.1:{lasting.port}"
    assert [each.rpartition(" ")[0] for each in lasting.greeting["packs"]] == ["library-loans 1.0.0"]
    assert lasting.greeting["audit_log"] == str(lasting.database)


def test_a_body_that_is_too_large_is_refused_with_and_without_a_length(lasting):
    """The caller gets the problem, not a broken connection."""

    def send(body, **options):
        with closing(HTTPConnection("127.0.0.1", lasting.port, timeout=60)) as connection:
            connection.request("POST", "/v1/decisions", body, {"Content-Type": "application/json"}, **options)
            return connection.getresponse().status

    assert send(b" " * 1_100_000) == 413
    assert send(iter([b" " * 50_000] * 22), encode_chunked=True) == 413
    assert send(iter([b'{"fac', b'ts": {}}']), encode_chunked=True) == 201


def raw(served, request):
    """Return the answer to bytes that are sent as they are."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_what_could_smuggle_a_header_in_is_refused_before_it_is_read(lasting):
    """A key stands in no answer; a line end or NUL in it is no HTTP."""
    before = lasting.rows("SELECT count(*) FROM entries")
    head = b"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    body = b'Content-Length: 13\r\n\r\n{"facts": {}}'

    for key in (b"a\x00b", b"a\r\n b", b"a\rX-Evil: 1", b"\xe9"):
        answer = raw(lasting, head + b"Idempotency-Key: " + key + b"\r\n" + body)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"Evil" not in answer
    assert raw(lasting, head + b"Idempotency-Key: a\r\nContent-Length: 3\r\n" + body).startswith(b"HTTP/1.1 400 ")
    assert lasting.rows("SELECT count(*) FROM entries") == before


def test_a_log_that_is_gone_and_back_needs_no_hands(serve):
    """Every worker notices both."""
    served = serve("--workers", "2")
    first = served.ask("POST", "/v1/decisions", {"facts": {}})
    away = served.database.with_suffix(".away")
    served.database.rename(away)
    for _ in range(8):
        status, body = served.ask("POST", "/v1/decisions", {"facts": {}})
        assert (status, json.loads(body)["type"]) == (503, "/docs/problems/store-unavailable")
    assert served.ask("GET", "/readyz")[0] == 503
    assert not served.database.exists()

    away.rename(served.database)
    sequences = [
        json.loads(served.ask("POST", "/v1/decisions", {"facts": {}})[1])["audit"]["sequence"] for _ in range(8)
    ]
    assert (first[0], sequences) == (201, list(range(2, 10)))


def test_two_workers_decide_a_request_with_one_key_once(lasting):
    """Each connection may meet another process."""
    ((before,),) = lasting.rows("SELECT count(*) FROM entries")
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: lasting.ask("POST", "/v1/decisions", {"facts": {}}, Idempotency_Key="order-4711"), range(32)
            )
        )

    assert sorted(status for status, _ in answers) == [200] * 31 + [201]
    assert len({body for _, body in answers}) == 1
    assert lasting.rows("SELECT count(*) FROM entries") == [(before + 1,)]


def call(*options):
    """Call `serve` where it is to be refused, within this process: whatever else escapes it fails the test."""
    done = CliRunner().invoke(serve_command, [*map(str, options)], catch_exceptions=False)
    return done.exit_code, done.stderr


def test_a_second_server_on_the_same_port_is_refused(nursery, lasting, tmp_path):
    """Workers share their port; a second server would get half of the requests, for another log."""
    options = ["--port", lasting.port, "--pack", LOANS, "--database", tmp_path / "other.db"]
    second = nursery.run(*options, code=HURRIED)
    told = second.stderr.decode()

    assert second.returncode == 2
    assert f"can't listen at 127.0.0.1, port {lasting.port}: another process listens there" in told
    assert "Traceback" not in told


def test_a_wrong_pack_is_told_with_every_finding_before_anything_listens(broken, tmp_path):
    """Exit status 1, as `clausewise check` has it."""
    status, told = call("--pack", broken, "--database", tmp_path / "audit.db")

    assert status == 1
    assert "lending.yaml" in told
    assert "fine.yaml" in told
    assert "listening" not in told
    assert not (tmp_path / "audit.db").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--policy", "library-loan"], "Did you mean 'library-loans'?"),
        (["--database", "mysql://host/log"], "Give the path of a file"),
        (["--database", "/nowhere/at/all/audit.db"], "No such file or directory"),
        (["--port", "0"], "--port"),
        (["--host", "256.1.1.1"], "can't listen at 256.1.1.1"),
        (["--host", "0.0.0.0"], "Give --callers FILE with those who may call, or --open to let everybody call."),
        (["--host", "::"], "Give --callers FILE"),
    ],
)
def test_a_wrong_call_is_refused(options, says, tmp_path):
    """Exit status 2, with a sentence and without a traceback."""
    status, told = call("--pack", LOANS, "--database", tmp_path / "audit.db", *options)

    assert status == 2
    assert says in told
    assert "Traceback" not in told


def test_everybody_may_call_from_elsewhere_where_that_is_said(tmp_path):
    """The call is refused for its port then, not for its host."""
    told = call("--pack", LOANS, "--database", tmp_path / "audit.db", "--host", "0.0.0.0", "--open", "--policy", "x")

    assert "There is no policy 'x'" in told[1]


def test_those_who_are_known_may_call_from_elsewhere(tmp_path):
    """The file of callers is what is asked for."""
    file = tmp_path / "callers.yaml"
    file.write_text("callers: []")
    told = call("--pack", LOANS, "--host", "0.0.0.0", "--callers", file, "--policy", "x")

    assert "There is no policy 'x'" in told[1]


@pytest.mark.parametrize(
    ("version", "says"), [("1.0.0", "are both version 1.0.0 of library-loans"), ("1.0.1", "have no first day")]
)
def test_two_packs_between_which_nothing_decides_are_refused(version, says, tmp_path):
    """As `clausewise decide` refuses them: one of the two would never be asked, and nobody could say which."""
    other = tmp_path / "other"
    shutil.copytree(LOANS, other)
    head = other / "pack.yaml"
    head.write_text(head.read_text().replace("version: '1.0.0'", f"version: '{version}'"))
    status, told = call("--pack", LOANS, "--pack", other, "--database", tmp_path / "audit.db")

    assert (status, says in told) == (2, True)
    assert not (tmp_path / "audit.db").exists()


@pytest.mark.parametrize("when", ["ready", "starting"])
def test_ctrl_c_ends_it_at_once(serve, when):
    """A terminal sends SIGINT to every process of the group: the workers must not wait to be killed."""
    served = serve(code=PATIENT, wait=False)
    if when == "ready":
        served.told("listening")
    else:
        while not served.workers():  # the first is there before it answers
            assert served.process.poll() is None
            Event().wait(0.001)
    os.killpg(served.process.pid, signal.SIGINT)

    assert served.process.wait(120) in (0, -signal.SIGINT)  # a worker that hangs is not killed before


def test_the_greeting_comes_when_it_answers(serve):
    """A script that waits for the line may ask at once."""
    served = serve(wait=False)
    served.told("listening")

    assert served.ask("GET", "/healthz")[0] == 200


def test_known_callers_alone_are_answered(serve, tmp_path):
    """Each worker knows them; the header reaches it as it was sent."""
    file = tmp_path / "callers.yaml"
    digest = hashlib.sha256(b"t0ken").hexdigest()
    file.write_text(f"callers: [{{caller: desk, token_sha256: '{digest}', may: decide}}]")
    served = serve("--callers", str(file))

    tokens = ("Bearer t0ken", "bearer t0ken", "Bearer token", "Basic t0ken")
    asked = [served.ask("POST", "/v1/decisions", {"facts": {}}, Authorization=each)[0] for each in tokens]
    assert asked == [201, 201, 401, 401]
    assert served.ask("GET", "/v1/policies")[0] == 401


def test_a_postgresql_that_crashes_under_load_loses_nothing_that_was_acknowledged(serve, postgresql, postgresql_url):
    """Nor must anything be started anew but the database."""
    served = serve("--workers", "2", database=postgresql_url)

    def crash():
        postgresql.stop(signal.SIGQUIT)
        postgresql.start()

    # Not many more: nobody reads standard error here, and a pipe holds some forty failures.
    documents = acknowledged_under_load(served, 30, crash, total=50)

    assert len(documents) >= 30
    check_that_nothing_is_lost(served, documents)
    assert [served.ask("POST", "/v1/decisions", {"facts": {}})[0] for _ in range(8)] == [201] * 8


def test_every_worker_has_connections_of_its_own(serve, postgresql, postgresql_url):
    """Two processes that speak over one connection would read each other's answers."""
    served = serve("--workers", "2", database=postgresql_url)
    # Whichever worker is asked opens its first connection.
    served.wait_until(
        lambda: served.ask("GET", "/readyz")[0] and all(sockets_to(pid, postgresql.port) for pid in served.workers())
    )
    first, second = (sockets_to(pid, postgresql.port) for pid in served.workers())

    assert first.isdisjoint(second)
    assert sockets_to(served.process.pid, postgresql.port) == set()


def sockets_to(pid, port):
    """Return the sockets that a process has to a port of this machine."""
    lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    there = {line.split()[9] for line in lines if line.split()[2].endswith(f":{port:04X}")}
    opened = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}
    return {name for name in there if f"socket:[{name}]" in opened}


def test_the_password_of_the_database_is_told_to_nobody(serve, postgresql, postgresql_url):
    """What is greeted and refused goes into logs."""
    served = serve("--workers", "1", database=postgresql_url)
    _, refused = call("--pack", LOANS, "--database", postgresql_url.replace("/log", "/logs"))

    assert served.greeting["audit_log"] == f"postgresql://clausewise@127.0.0.1:{postgresql.port}/log"
    assert "has no database of that name" in refused
    assert "word" not in str(served.greeting) + refused


LARGE = """
import gc, sys
from flask import Flask
from service.web.server import Address, Renewal, serve_app

def make():
    app = Flask("large")
    app.rules = [[number] for number in range(100_000)]
    app.get("/")(lambda: str(len(gc.get_objects())))
    return app

serve_app(
    lambda: lambda _: make(),
    None,
    Address("127.0.0.1", {port}),
    workers=1,
    threads=1,
    on_start=lambda: print("ready", file=sys.stderr, flush=True),
    renewal=Renewal(lambda: None, print),
)
"""


def test_the_garbage_collector_passes_over_what_the_application_was_made_of(nursery):
    """Packs are large, and stay: to look at them again and again would stop every thread each time."""
    port = free_port()
    process = nursery.start(code=LARGE.format(port=port), stderr=subprocess.PIPE)
    try:
        assert process.stderr.readline() == "ready\n"
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("GET", "/")
            assert int(connection.getresponse().read()) < 50_000
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        process.stderr.close()


def decided_so_far(served):
    """Return how many cases were decided, by what a worker tells of all."""
    status, text, *_ = served.ask("GET", "/metrics")
    assert status == 200
    lines = (line for line in text.decode().splitlines() if line.startswith("clausewise_decisions_total{"))
    return sum(float(line.split()[-1]) for line in lines)


def test_metrics_are_those_of_all_workers_and_of_one_that_has_died(serve):
    """Whichever worker Prometheus meets, and a counter never goes back."""
    served = serve("--workers", "2")
    body = {"facts": {}, "decisions": ["fine"]}
    for _ in range(20):
        assert served.ask("POST", "/v1/decisions", body)[0] == 201
    served.wait_until(lambda: {decided_so_far(served) for _ in range(10)} == {20})

    first, *_ = served.workers()
    os.kill(first, signal.SIGKILL)
    served.wait_until(lambda: len(served.workers()) == 2 and first not in served.workers())
    served.wait_until(lambda: served.ask("GET", "/readyz")[0] == 200)
    assert {decided_so_far(served) for _ in range(10)} == {20}
    for _ in range(10):
        served.wait_until(lambda: served.ask("POST", "/v1/decisions", body)[0] == 201)
    served.wait_until(lambda: {decided_so_far(served) for _ in range(10)} == {30})


def test_origins_are_those_of_the_options(serve):
    """Each that is named, as it was meant."""
    served = serve("--allow-origin", "https://Desk.example.com:443", "--allow-origin", "http://localhost:5173")
    for origin, is_named in (("https://desk.example.com", True), ("http://localhost:5173", True), ("http://x", False)):
        with closing(HTTPConnection("127.0.0.1", served.port, timeout=60)) as connection:
            connection.request("GET", "/healthz", headers={"Origin": origin})
            answer = connection.getresponse()
            answer.read()
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if is_named else None)


def test_an_origin_that_is_none_ends_the_start(tmp_path):
    """With exit status 2, and what would be right."""
    done = CliRunner().invoke(serve_command, ["--allow-origin", "*", "--database", str(tmp_path / "audit.db")])

    assert done.exit_code == 2
    assert "'*': it can't be '*': anybody could have it. Name each origin." in done.stderr
    assert not (tmp_path / "audit.db").exists()


class Sender:
    """A caller of the batch call over a connection of its own, which reads and sends as it likes."""

    HEAD = b"POST /v1/decisions/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"

    def __init__(self, served, **headers):
        self.socket = socket.create_connection(("127.0.0.1", served.port), timeout=120)
        named = b"".join(f"{name.replace('_', '-')}: {text}\r\n".encode() for name, text in headers.items())
        self.socket.sendall(self.HEAD + named + b"Transfer-Encoding: chunked\r\n\r\n")
        self.answer = HTTPResponse(self.socket)

    def send(self, text):
        """Send a part of the body; none ends it."""
        self.socket.sendall(b"%x\r\n%b\r\n" % (len(text), text))

    def line(self):
        """Return the next line of the answer, or nothing at its end."""
        if self.answer.closed or self.answer.status == "UNKNOWN":
            self.answer.begin()
            assert self.answer.status == 200
        return self.answer.readline()

    def close(self):
        """Cut the connection."""
        self.answer.close()
        self.socket.close()


def line_of(number):
    """Return a line of a batch that no other is like."""
    return b'{"facts": {"loan": {"pages": %d}}}\n' % (number + 1)


def test_a_line_of_a_batch_is_answered_before_the_next_one_is_sent(lasting):
    """Whoever waits for an answer gets it, also when several lines came at once, or one in two parts."""
    with closing(Sender(lasting)) as sender:
        sender.send(line_of(1))
        first = sender.line()
        sender.send(b"wrong\n" + line_of(2))
        problem, second = json.loads(sender.line()), sender.line()
        sender.send(line_of(3)[:10])
        sender.send(line_of(3)[10:] + b"\n" + line_of(4)[:-1])
        third = sender.line()
        sender.send(b"")
        fourth = sender.line()

        assert sender.line() == b""
    assert problem["line"] == 2
    for body in (first, second, third, fourth):
        assert lasting.ask("GET", f"/v1/decisions/{json.loads(body)['id']}") == (200, body[:-1])


def test_a_caller_that_stops_reading_stops_the_work_and_finds_all_of_it_when_it_reads_on(serve):
    """What waits for it is bounded, here and in the kernel."""
    served = serve("--workers", "1", code=f"from service.web import front; front.PATIENCE = 600.0; {START}")
    total = 4_000
    done = "SELECT count(*) FROM entries"
    with closing(Sender(served)) as sender, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(lambda: [sender.send(text) for text in (*([line_of(1)] * total), b"")])
        counts = [-1, 0]
        while counts[-1] == 0 or counts[-1] != counts[-2]:  # a busy machine may not have begun
            Event().wait(2)
            counts.append(served.rows(done)[0][0])
        assert 0 < counts[-1] < total

        documents = [json.loads(sender.line())["audit"]["sequence"] for _ in range(total)]
        assert sender.line() == b""
        sending.result()
    assert documents == list(range(1, total + 1))
    assert served.rows(done) == [(total,)]


def test_a_caller_that_leaves_takes_no_place_along(serve):
    """Whether it was to send on or to read on; what it had read is kept."""
    served = serve("--workers", "1")
    lines = []
    for number in range(8):  # twice as many as there are places
        sender = Sender(served)
        sender.send(line_of(number))
        lines.append(sender.line())
        sender.close()
        served.wait_until(lambda: batch_of_one(served) == 200)

    for body in lines:
        assert served.ask("GET", f"/v1/decisions/{json.loads(body)['id']}") == (200, body[:-1])


def test_callers_that_send_nothing_or_take_nothing_keep_no_place(serve):
    """Twice as many of either as there are places; each is told why, or has its connection closed."""
    served = serve("--workers", "1", code=f"from service.web import front; front.PATIENCE = 0.5; {START}")
    with ExitStack() as connected:
        idle = [connected.enter_context(closing(Sender(served))) for _ in range(4)]
        for number, sender in enumerate(idle):
            sender.send(line_of(number) + b'{"fac')
        for sender in idle:
            document, problem = json.loads(sender.line()), json.loads(sender.line())
            assert document["audit"] is not None
            assert (problem["line"], problem["type"]) == (2, "/docs/problems/request-timeout")
            with pytest.raises(IncompleteRead):
                sender.answer.read()
        served.wait_until(lambda: batch_of_one(served) == 200)

        greedy = [connected.enter_context(closing(Sender(served))) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            ended = [pool.submit(send_for_ever, sender) for sender in greedy]
            served.wait_until(lambda: batch_of_one(served) == 200)
            for sender in greedy:
                sender.socket.shutdown(socket.SHUT_RDWR)  # what they have sent already would be waited for
            assert all(isinstance(each.result(), OSError) for each in ended)


def send_for_ever(sender):
    """Send lines and take no answer until the connection is closed; return how it shows."""
    while True:
        try:
            sender.send(line_of(1) * 100)
        except OSError as closed:
            return closed


def batch_of_one(served):
    """Return the status of a batch of one line."""
    return served.ask("POST", "/v1/decisions/batch", {"facts": {}}, Content_Type="application/x-ndjson")[0]


def test_a_server_that_is_killed_in_the_midst_of_a_batch_has_kept_all_that_it_answered(serve):
    """The rest is decided when the same lines are sent again with the same key, and nothing is kept twice."""
    served = serve("--workers", "1")
    with closing(Sender(served, Idempotency_Key="night")) as sender:
        for number in range(300):
            sender.send(line_of(number))
        documents = [sender.line() for _ in range(100)]
        served.kill()
    served.start()

    with closing(Sender(served, Idempotency_Key="night")) as sender:
        for number in range(300):
            sender.send(line_of(number))
        sender.send(b"")
        again = [sender.line() for _ in range(300)]
    assert again[:100] == documents
    assert served.rows("SELECT count(*) FROM entries") == [(300,)]


def test_a_batch_in_flight_ends_when_the_server_is_told_to(serve):
    """A caller that sends nothing more can't keep it for ever; what it has read is in the log."""
    served = serve("--workers", "1", code=HURRIED)
    with closing(Sender(served)) as sender:
        sender.send(line_of(1))
        document = json.loads(sender.line())
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(120) is not None
    assert served.rows("SELECT id FROM entries") == [(document["id"],)]
