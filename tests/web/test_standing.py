"""The server stands: slow callers, killed workers and a killed parent leave it answering."""

import os
import signal
import socket
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.web.test_served import LOANS, START, Served

# How long a half-sent body is waited for, in seconds. In the one server for longer than any test takes, so that what is
# asked meanwhile is asked meanwhile on the slowest machine too.
PATIENT = f"from service.web import front; front.PATIENCE = 600.0; {START}"
HASTY = f"from service.web import front; front.PATIENCE = 0.5; {START}"
# Decided in a worker that can't make its application: it never comes up.
STILLBORN = f"from service.cli import serving; serving.Office = None; {START}"

HALF = b'POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"fac'
LONG_ANSWERS = b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 8


@pytest.fixture
def serve(nursery, empty_log_at, tmp_path):
    """Start a server; whatever happens, nothing of it is left behind."""
    log = empty_log_at(tmp_path / "audit.db")
    with ExitStack() as stack:

        def start(code=START, *, workers=2):
            served = Served(nursery, log, "--workers", str(workers), code=code)
            stack.callback(served.kill)
            return served

        yield start


def slow_callers(served, sent, count=40):
    """Return so many connections that have sent something and do nothing further; they take in next to nothing."""
    connections = []
    for _ in range(count):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", served.port))
        connection.sendall(sent)
        connections.append(connection)
    return connections


def goes_on(pid):
    """Tell whether a process goes on; one that has ended may still be listed until somebody asks how."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return told.rpartition(")")[2].split()[0] != "Z"


def check_that_it_answers(served):
    """It lives, is ready, decides, and tells what was decided."""
    assert served.ask("GET", "/healthz")[0] == 200
    assert served.ask("GET", "/readyz")[0] == 200
    assert served.ask("POST", "/v1/decisions", {"facts": {}})[0] == 201
    assert served.ask("GET", "/v1/decisions")[0] == 200


def test_it_answers_whoever_is_slow_and_however_often_a_worker_is_killed(serve):
    """40 half-sent bodies and 40 who don't read, each time anew, and a worker killed ten times."""
    served = serve(PATIENT)
    slow = [*slow_callers(served, HALF), *slow_callers(served, LONG_ANSWERS)]
    check_that_it_answers(served)
    for _ in range(10):
        victim = served.workers()[0]
        os.kill(victim, signal.SIGKILL)
        served.wait_until(lambda victim=victim: victim not in served.workers() and len(served.workers()) == 2)
        served.wait_until(lambda: served.ask("GET", "/healthz")[0] == 200)
    slow += [*slow_callers(served, HALF), *slow_callers(served, LONG_ANSWERS)]
    served.wait_until(lambda: served.ask("POST", "/v1/decisions", {"facts": {}})[0] == 201)
    check_that_it_answers(served)
    for connection in slow:
        connection.close()


def test_half_sent_bodies_are_ended_with_a_problem(serve):
    """Their connections are closed."""
    served = serve(HASTY, workers=1)

    for connection in slow_callers(served, HALF):
        with closing(connection):
            answer = b"".join(iter(lambda connection=connection: connection.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"/docs/problems/request-timeout" in answer


def connections_to(served):
    """Return how many connections the server has."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return len([line for line in lines if line[1].endswith(f":{served.port:04X}") and line[3] == "01"])


def test_connections_whose_callers_take_nothing_are_ended(serve):
    """What is left of their answers is no burden to the service for ever; whoever reads meanwhile gets all of it."""
    served = serve(f"from service.web import server; server._LONGEST_UNREAD = 1; {START}", workers=1)
    slow = slow_callers(served, LONG_ANSWERS)
    served.wait_until(lambda: connections_to(served) == 0)
    for connection in slow:
        connection.close()
    check_that_it_answers(served)


def test_workers_end_with_their_parent_and_the_next_start_just_works(serve):
    """A parent that is killed has no time to tell them; they would hold the port and answer for nobody."""
    served = serve()
    orphans = served.workers()
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait()
    served.process.stderr.close()
    served.start()

    check_that_it_answers(served)
    assert [pid for pid in orphans if goes_on(pid)] == []


def test_workers_that_never_come_up_end_the_service(nursery, tmp_path):
    """A supervisor should hear of it; the status is that of what can't be done."""
    options = ("--port", str(free_port()), "--database", str(tmp_path / "audit.db"), "--pack", str(LOANS))
    ended = nursery.run(*options, code=STILLBORN)

    assert ended.returncode == 2
    assert "The workers end as soon as they are started" in ended.stderr.decode()
