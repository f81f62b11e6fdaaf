"""A service that is killed under load, again and again: `python -m benchmarks.crash [ROUNDS] [DATABASE]`.

In each round `clausewise serve` starts on the same log, several connections post decisions, half of them with an
idempotency key, somebody takes checkpoints away, and after a moment, once some were answered, all processes of the
service are killed (SIGKILL).
At the end the log is asked:

lost      answers that were acknowledged and are not in the log, or not with the same bytes: must be none
twice     idempotency keys that were answered with two different documents: must be none
findings  of the check of the whole log, which must continue every checkpoint that was taken: must be none

DATABASE is a path or a `postgresql://` URL, empty before; a new SQLite file without it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Protocol

from service.audit.checking.given import Given
from service.audit.checking.verification import verify
from service.audit.log.store import Store
from service.audit.storage.databases import open_database

__all__ = ["Report", "crash"]

ROOT = Path(__file__).resolve().parents[1]
PACK = ROOT / "rules" / "code42-enterprise-support"
CONNECTIONS = 6
LONGEST = 120  # seconds for a start or an answer, on a machine that does much else
LEAST = 25  # answers and one checkpoint are waited for in each round, however slow the machine is
FACTS = {
    "request": {"reported_at": "2026-03-06T16:30:00-06:00"},
    "customer": {"segment": "enterprise", "plan": "gold", "country": "DE", "subscription": {"current": True}},
    "issue": {"category": "other", "affected": "majority", "service_loss": "minor", "can_continue": True},
    "escalation": {"contact": "Ann Example"},
}


@dataclass(slots=True)
class Report:
    """What was asked of the service, and what became of it."""

    rounds: int = 0
    asked: int = 0
    acknowledged: dict[str, bytes] = field(default_factory=dict)  # by id
    by_key: dict[str, bytes | None] = field(default_factory=dict)  # None: the answer never came
    checkpoints: list[str] = field(default_factory=list)
    entries: int = 0
    lost: int = 0
    twice: int = 0
    findings: list[str] = field(default_factory=list)
    slowest_start: float = 0.0  # seconds, with whatever there is to recover
    lock: Lock = field(default_factory=Lock)

    def lines(self) -> list[str]:
        """Return the report as text."""
        return [
            f"rounds       {self.rounds}, each ended by SIGKILL of every process of the service",
            f"requests     {self.asked}, of which {len(self.acknowledged)} were acknowledged before a kill",
            f"entries      {self.entries}",
            f"checkpoints  {len(self.checkpoints)} taken away under load",
            f"starts       the slowest took {self.slowest_start:.1f} s",
            f"lost         {self.lost}",
            f"twice        {self.twice}",
            f"findings     {len(self.findings)}{''.join(f'{chr(10)}  {each}' for each in self.findings[:5])}",
        ]


class Process(Protocol):
    """What is asked of a process of the service, as of a `subprocess.Popen` that leads a session."""

    pid: int

    def poll(self) -> int | None:
        """Return how it has ended, or None as long as it goes on."""

    def wait(self, timeout: float | None = None) -> int:
        """Return how it has ended."""


def start_service(options: Sequence[str]) -> tuple[Process, int]:
    """Start `clausewise serve` with options, in a session of its own; returns it and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--port", str(port), *options],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return process, port


def crash(  # noqa: PLR0913 - what is crashed, how often and when, and what is asked of it then
    url: str,
    rounds: int,
    *,
    key: Path,
    seed: int = 1,
    load: tuple[float, float] = (0.3, 1.3),
    again: int = 2000,
    start: Callable[[Sequence[str]], tuple[Process, int]] = start_service,
) -> Report:
    """Run so many rounds on the log at `url`, signed with the key in a file, and return what was found.

    load   seconds under load before a kill, from and to
    again  requests with a key that are sent once more at the end, at most; those first whose answer was cut off
    start  starts the service with options; returns it and its port
    """
    report, chance = Report(), random.Random(seed)
    for _ in range(rounds):
        with _service(start, url, key, report) as (process, port):
            _load(port, report, lambda process=process: _kill(process), chance.uniform(*load))
        report.rounds += 1
    with _service(start, url, key, report) as (_, port):
        _ask_again(port, report, again)
    _look(url, report)
    return report


@contextmanager
def _service(
    start: Callable[[Sequence[str]], tuple[Process, int]], url: str, key: Path, report: Report
) -> Iterator[tuple[Process, int]]:
    began = monotonic()
    process, port = start(
        ["--database", url, "--pack", str(PACK), "--workers", "2", "--signing-key", str(key)],
    )
    try:
        while _status(port, "/readyz") != 200:
            if process.poll() is not None or monotonic() - began > LONGEST:
                raise RuntimeError("the service does not start")
            sleep(0.02)
        report.slowest_start = max(report.slowest_start, monotonic() - began)
        yield process, port
    finally:
        _kill(process)
        process.wait(30)


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def _load(port: int, report: Report, kill: object, seconds: float) -> None:
    over = Event()
    threads = [Thread(target=_post_until, args=(port, report, over, number)) for number in range(CONNECTIONS)]
    threads.append(Thread(target=_take_checkpoints, args=(port, report, over)))
    answers, notes = len(report.acknowledged) + LEAST, len(report.checkpoints) + 1
    for thread in threads:
        thread.start()
    sleep(seconds)
    until = monotonic() + LONGEST
    while (len(report.acknowledged) < answers or len(report.checkpoints) < notes) and monotonic() < until:
        sleep(0.01)
    kill()  # type: ignore[operator]
    over.set()
    for thread in threads:
        thread.join()


def _post_until(port: int, report: Report, over: Event, number: int) -> None:
    count = 0
    with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=LONGEST)) as connection:
        while not over.is_set():
            count += 1
            key = f"{report.rounds}-{number}-{count}" if count % 2 else None
            with report.lock:
                report.asked += 1
                if key is not None:
                    report.by_key[key] = None
            status, text = _post(connection, key)
            if status == 201:
                with report.lock:
                    report.acknowledged[json.loads(text)["id"]] = text
                    if key is not None:
                        report.by_key[key] = text


def _post(connection: HTTPConnection, key: str | None) -> tuple[int, bytes]:
    headers: Mapping[str, str] = {} if key is None else {"Idempotency-Key": key}
    body = json.dumps({"facts": FACTS, "decisions": ["severity"]})
    connection.request("POST", "/v1/decisions", body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _take_checkpoints(port: int, report: Report, over: Event) -> None:
    with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=LONGEST)) as connection:
        while not over.wait(0.1):
            connection.request("GET", "/v1/checkpoint")
            answer = connection.getresponse()
            note = answer.read().decode()
            if answer.status == 200:
                report.checkpoints.append(note)


def _ask_again(port: int, report: Report, most: int) -> None:
    """Send every request that had a key once more, those first whose answer was cut off."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=LONGEST)) as connection:
        for name, before in sorted(report.by_key.items(), key=lambda each: each[1] is not None)[:most]:
            _, text = _post(connection, name)
            _, again = _post(connection, name)
            report.twice += again != text or before not in (None, text)


def _look(url: str, report: Report) -> None:
    store = Store(open_database(url))
    for id_, text in report.acknowledged.items():
        kept = store.entry(id_)
        report.lost += kept is None or kept.document != text
    found = verify(store, given=[Given(note) for note in report.checkpoints])
    report.entries = found.entries
    report.findings = [finding.says for finding in found.findings]
    store.close()


def main() -> None:
    """Run, and print the report; the exit status is 1 when anything was lost, twice or found."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[2] if len(sys.argv) > 2 else str(Path(folder) / "audit.db")
        report = crash(url, rounds, key=Path(folder) / "log.key")
    sys.stdout.write("\n".join(report.lines()) + "\n")
    sys.exit(bool(report.lost or report.twice or report.findings))


if __name__ == "__main__":
    main()
