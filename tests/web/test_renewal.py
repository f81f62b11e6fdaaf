"""SIGHUP: the packs of a server that runs change, and nobody who calls meanwhile notices more than that."""

import hashlib
import json
import os
import re
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest

from tests.web.test_served import LOANS, START, Sender, Served, decided_so_far

BODY = {"facts": {}, "decisions": ["fine"]}


class Loans:
    """A folder with the library's pack, whose owner changes it."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(LOANS, folder)
        self._lending = folder / "decisions" / "lending.yaml"
        self._right = self._lending.read_text()

    def be(self, version):
        """Become another version."""
        head = self.folder / "pack.yaml"
        head.write_text(re.sub(r"(?m)^version: .*$", f"version: '{version}'", head.read_text()))

    def spoil(self):
        """Get two mistakes."""
        self._lending.write_text(self._right.replace("loan.pages", "loan.page").replace("says:", "say:", 1))

    def mend(self):
        """Lose them."""
        self._lending.write_text(self._right)


@pytest.fixture
def loans(tmp_path):
    """A pack whose owner changes it."""
    return Loans(tmp_path / "loans")


@pytest.fixture
def serve(nursery, empty_log_at, tmp_path, loans):
    """Start a server of the pack; whatever happens, nothing of it is left behind."""
    started = []
    log = empty_log_at(tmp_path / "audit.db")

    def start(*options, **given):
        started.append(Served(nursery, log, *options, pack=loans.folder, **given))
        return started[-1]

    yield start
    for served in started:
        served.kill()


def hang_up(served):
    """Send the signal."""
    served.process.send_signal(signal.SIGHUP)


def versions(served, times=12):
    """Return the versions that are in force, as whichever worker tells."""
    answers = [json.loads(served.ask("GET", "/readyz")[1]) for _ in range(times)]
    return {each["policies"][0]["version"] for each in answers}


def in_force(told):
    """Return the versions that a line of the log tells of."""
    return [re.fullmatch(r"library-loans (\S+) \(sha256:[0-9a-f]{12}\)", each)[1] for each in told["packs"]]


class Callers:
    """Four who ask one thing after the other, each over one connection, until they are told to stop."""

    def __init__(self, served):
        self._served = served
        self._stop = Event()
        self._pool = ThreadPoolExecutor(4)
        self._asking = [self._pool.submit(self._ask) for _ in range(4)]

    def _ask(self):
        """Return when each request was begun, and the version that answered; whatever is lost is raised."""
        answered = []
        with closing(HTTPConnection("127.0.0.1", self._served.port, timeout=60)) as connection:
            connection.connect()
            connected = connection.sock
            while not self._stop.is_set():
                begun = time.monotonic()
                connection.request("POST", "/v1/decisions", json.dumps(BODY), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                document = json.loads(answer.read())
                assert answer.status == 201, document
                assert connection.sock is connected
                answered.append((begun, document["policy"]["version"]))
        return answered

    def stop(self):
        """Return all that was answered."""
        self._stop.set()
        self._pool.shutdown()
        return [each for asking in self._asking for each in asking.result()]


def test_packs_change_and_no_request_is_lost(serve, loans):
    """Connections go on; who asks after the log has said what is in force is answered by that and by nothing else."""
    served = serve("--workers", "2")
    workers = served.workers()
    callers = Callers(served)
    changed = [(0.0, "1.0.0")]
    served.wait_until(lambda: decided_so_far(served) > 20)
    for version in ("1.1.0", "1.2.0", "2.0.0", "1.1.0"):
        loans.be(version)
        hang_up(served)
        assert in_force(served.told("in force")) == [version]
        changed.append((time.monotonic(), version))
        so_far = decided_so_far(served)
        served.wait_until(lambda so_far=so_far: decided_so_far(served) > so_far + 20)
    answered = callers.stop()

    assert len(answered) > 80
    assert served.workers() == workers
    for begun, version in answered:
        # Between the one line and the next one it is either of both.
        at = max(number for number, (since, _) in enumerate(changed) if since <= begun)
        assert version in {each for _, each in changed[at : at + 2]}
    assert {version for _, version in answered} == {version for _, version in changed}
    assert served.rows("SELECT count(*) FROM entries") == [(len(answered),)]
    served.wait_until(lambda: decided_so_far(served) == len(answered))


def test_a_pack_that_is_wrong_is_refused_with_its_findings_and_the_old_one_goes_on(serve, loans):
    """Callers are none the wiser; the next signal takes what is mended."""
    served = serve("--workers", "2")
    callers = Callers(served)
    loans.be("2.0.0")
    loans.spoil()
    hang_up(served)
    refused = [served.told("refused") for _ in range(2)]
    assert in_force(served.told("in force as before")) == ["1.0.0"]
    assert all(Path(each["at"].split(":")[0]).name == "lending.yaml" for each in refused)
    assert {each["level"] for each in refused} == {"error"}
    assert "Did you mean" in refused[0]["message"] + refused[1]["message"]
    assert versions(served) == {"1.0.0"}

    away = loans.folder.rename(loans.folder.with_name("away"))
    hang_up(served)
    assert "pack.yaml" in served.told("refused")["at"]
    assert in_force(served.told("in force as before")) == ["1.0.0"]

    away.rename(loans.folder)
    loans.mend()
    hang_up(served)
    assert in_force(served.told("in force")) == ["2.0.0"]
    assert {version for _, version in callers.stop()} <= {"1.0.0", "2.0.0"}
    assert versions(served) == {"2.0.0"}


def test_what_a_start_refuses_is_refused(serve, loans, tmp_path):
    """Two packs of one policy between which nothing decides, and a file of callers with a mistake."""
    other = Loans(tmp_path / "other")
    other.be("2.0.0")
    head = other.folder / "pack.yaml"
    head.write_text(head.read_text() + "in_force: {from: '2026-01-01'}\n")
    file = tmp_path / "callers.yaml"
    digest = hashlib.sha256(b"t0ken").hexdigest()
    file.write_text(f"callers: [{{caller: desk, token_sha256: '{digest}', may: decide}}]")
    served = serve("--pack", str(other.folder), "--callers", str(file))

    other.be("1.0.0")
    hang_up(served)
    assert "are both version 1.0.0 of library-loans" in served.told("refused")["message"]
    assert in_force(served.told("in force as before")) == ["1.0.0", "2.0.0"]

    other.be("2.0.0")
    file.write_text(file.read_text().replace("decide", "decied"))
    hang_up(served)
    assert "--callers: " in served.told("refused")["message"]
    assert "Did you mean 'decide'?" in served.told("refused")["message"]
    served.told("in force as before")
    assert served.ask("POST", "/v1/decisions", BODY, Authorization="Bearer t0ken")[0] == 201

    file.write_text(file.read_text().replace("decied", "decide").replace(digest, digest[::-1]))
    hang_up(served)
    served.told("in force")
    assert {served.ask("POST", "/v1/decisions", BODY, Authorization="Bearer t0ken")[0] for _ in range(8)} == {401}


def test_many_signals_at_once_are_as_good_as_one(serve, loans):
    """The last of them is not overlooked, whatever the server is at."""
    served = serve("--workers", "2")
    for number in range(60):
        loans.be(f"2.0.{number}")
        hang_up(served)
    served.wait_until(lambda: versions(served) == {"2.0.59"})

    hang_up(served)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(120) == 0


def test_a_signal_that_comes_while_the_server_starts_is_heeded(serve, loans):
    """The pack may have been read already; and nobody who sends it can know."""
    served = serve("--workers", "1", wait=False)
    status = Path(f"/proc/{served.process.pid}/status")
    served.wait_until(lambda: int(re.search(r"SigBlk:\s*(\w+)", status.read_text())[1], 16) & 1)
    loans.be("2.0.0")
    hang_up(served)
    served.told("in force")
    served.wait_until(lambda: served.ask("GET", "/readyz")[0] == 200)
    assert versions(served) == {"2.0.0"}


def test_a_signal_to_a_worker_does_nothing(serve, loans):
    """It is for the server to say; one that a supervisor sends to all of them is heeded once."""
    served = serve("--workers", "2")
    workers = served.workers()
    loans.be("2.0.0")
    for worker in workers:
        os.kill(worker, signal.SIGHUP)
    assert versions(served) == {"1.0.0"}

    os.killpg(served.process.pid, signal.SIGHUP)
    served.told("in force")
    assert versions(served) == {"2.0.0"}
    assert served.workers() == workers


def test_a_worker_that_is_killed_meanwhile_comes_back_with_what_is_new(serve, loans):
    """It is forked of the server, which has it."""
    served = serve("--workers", "2")
    for number in range(5):
        loans.be(f"2.0.{number}")
        victim = served.workers()[0]
        hang_up(served)
        os.kill(victim, signal.SIGKILL)
        served.told("in force")
        served.wait_until(lambda victim=victim: len(served.workers()) == 2 and victim not in served.workers())
        served.wait_until(lambda number=number: versions(served) == {f"2.0.{number}"})


# The first worker that is to make an application beside the one that it has begun with can't.
CLUMSY = """
from service.web.app import Office
make = Office.app
def app(office, *given):
    if hasattr(office, "has_made"):
        try:
            open({mark!r}, "x").close()
        except FileExistsError:  # another worker was the first
            pass
        else:
            raise MemoryError
    office.has_made = True
    return make(office, *given)
Office.app = app
"""


def test_a_worker_that_cannot_take_it_is_replaced(serve, loans, tmp_path):
    """Nobody is answered by what is no longer in force, nor told that it isn't while somebody is."""
    mark = tmp_path / "failed"
    served = serve("--workers", "2", code=CLUMSY.format(mark=str(mark)) + START)
    before = set(served.workers())
    loans.be("2.0.0")
    hang_up(served)
    assert "MemoryError" in served.told("worker can't serve what is in force")["error"]
    served.told("in force")

    assert mark.exists()
    assert versions(served) == {"2.0.0"}
    assert len(before & set(served.workers())) == 1


def test_a_worker_that_hangs_is_replaced(serve, loans):
    """The others serve what is new meanwhile."""
    code = f"from service.web import server; server._LONGEST_TURN = 0.5; server._LONGEST_GOODBYE = 1; {START}"
    served = serve("--workers", "2", code=code)
    hanging, _ = served.workers()
    os.kill(hanging, signal.SIGSTOP)
    loans.be("2.0.0")
    hang_up(served)
    served.told("in force")

    assert hanging not in served.workers()
    assert versions(served) == {"2.0.0"}


def test_a_request_that_is_sent_again_gets_the_first_answer(serve, loans):
    """A key is for ever: what is in force by then has no part in it."""
    served = serve("--workers", "2")
    first = served.ask("POST", "/v1/decisions", BODY, Idempotency_Key="order-4711")
    loans.be("2.0.0")
    hang_up(served)
    served.told("in force")

    assert served.ask("POST", "/v1/decisions", BODY, Idempotency_Key="order-4711") == (200, first[1])
    assert json.loads(served.ask("POST", "/v1/decisions", BODY)[1])["policy"]["version"] == "2.0.0"


def test_a_batch_goes_on_with_what_it_began_with(serve, loans):
    """The lines of one call are decided alike."""
    served = serve("--workers", "1")
    line = json.dumps(BODY).encode() + b"\n"
    with closing(Sender(served)) as begun:
        begun.send(line)
        documents = [json.loads(begun.line())]
        loans.be("2.0.0")
        hang_up(served)
        served.told("in force")
        with closing(Sender(served)) as other:
            other.send(line)
            assert json.loads(other.line())["policy"]["version"] == "2.0.0"
        begun.send(line)
        documents.append(json.loads(begun.line()))
        begun.send(b"")
        assert begun.line() == b""
    assert [each["policy"]["version"] for each in documents] == ["1.0.0", "1.0.0"]


def test_counters_never_go_back(serve, loans):
    """Those of what was in force before are still told, and the log's own are the log's."""
    served = serve("--workers", "2")
    counts = []
    for number in range(4):
        for _ in range(10):
            assert served.ask("POST", "/v1/decisions", BODY)[0] == 201
        served.wait_until(lambda number=number: decided_so_far(served) == 10 * (number + 1))
        loans.be(f"2.0.{number}")
        hang_up(served)
        served.told("in force")
        counts.extend(decided_so_far(served) for _ in range(6))

    assert all(earlier <= later for earlier, later in pairwise(counts))
    assert counts[-1] == 40
