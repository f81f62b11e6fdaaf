"""How much of a bare echo's throughput a kept decision has; Granian beside gunicorn: `python -m benchmarks.serving`.

The same two Flask applications are served by Granian, as `clausewise serve` does, and by gunicorn's threads:

echo      answers a POST with its body
decide    `POST /v1/decisions` of the Code42 pack: the audit entry is on the disk before the answer leaves

Both get the same bodies, cases that differ from one another, and are asked for one decision (severity) and for six
(severity, response and what these rest on). All servers run from the beginning; in a round each is loaded once, one
after the other, in an order that rotates from round to round. Then each of Granian's that decide is loaded at half the
rate that it reached.

The load generator (`http_load.py`) is a process of its own on the same machine: it takes its share of the same cores,
which costs the quick echo more than the slower decision. gunicorn is left out, and said so, where it is not installed.
Timings are printed, never judged.
"""

import argparse
import importlib.util
import json
import multiprocessing
import os
import platform
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from importlib.metadata import version
from itertools import product
from pathlib import Path
from statistics import median
from time import monotonic, sleep

from flask import Flask, request
from flask import Response as Answer

from benchmarks.cases import DECISIONS, make_cases
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.pack.loader import load_pack
from service.web.app import create_app
from service.web.front import WAITING_ROOM
from service.web.server import Address, Renewal, serve_app

__all__ = ["main"]

ROOT = Path(__file__).parent.parent
PACK = ROOT / "rules" / "code42-enterprise-support"
THREADS = 4
ASKED = {"one": ["severity"], "six": list(DECISIONS)}


@dataclass(frozen=True, slots=True)
class Side:
    """A server that runs, of one kind, application and number of workers."""

    server: str
    application: str
    workers: int
    port: int


def echo() -> Flask:
    """Return the application that answers with what it gets."""
    app = Flask("echo")

    @app.post("/v1/decisions")
    def answer() -> Answer:
        return Answer(request.get_data(), mimetype="application/json")

    return app


def decide(desk: Desk, database: str) -> Flask:
    """Return the application of `clausewise serve`."""
    return create_app(desk, Store(open_database(database)), most_at_once=THREADS, patience=10)


def serve(server: str, application: str, workers: int, port: int, folder: Path) -> None:
    """Serve until killed; runs in a process of its own."""
    make_app: Callable[[], Flask] = echo
    if application == "decide":
        database = str(folder / f"{server}-{workers}.db")
        store = Store(open_database(database))
        store.prepare()
        store.close()
        make_app = partial(decide, Desk([load_pack(PACK)]), database)
    if server == "granian":
        serve_app(
            lambda: lambda _: make_app(),
            None,
            Address("127.0.0.1", port),
            workers=workers,
            threads=THREADS,
            on_start=lambda: None,
            renewal=Renewal(lambda: None, lambda _: None),
        )
    else:
        _serve_by_gunicorn(make_app, workers, port)


def _serve_by_gunicorn(make_app: Callable[[], Flask], workers: int, port: int) -> None:
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # noqa: PLC0415 - it need not be there

    class Served(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            named = {"bind": f"127.0.0.1:{port}", "workers": workers, "worker_class": "gthread", "loglevel": "error"}
            for name, value in {**named, "threads": THREADS + WAITING_ROOM, "keepalive": 60}.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return make_app()

    Served().run()


def _start(side: Side, folder: Path, stack: ExitStack) -> None:
    started = multiprocessing.get_context("spawn").Process(
        target=serve, args=(side.server, side.application, side.workers, side.port, folder)
    )
    started.start()
    stack.callback(started.join, 20)
    stack.callback(started.terminate)
    until = monotonic() + 30
    while monotonic() < until:
        try:
            connection = HTTPConnection("127.0.0.1", side.port, timeout=5)
            connection.request("POST", "/v1/decisions", b'{"facts":{},"decisions":["severity"]}',
                               {"Content-Type": "application/json"})  # fmt: skip
            connection.getresponse().read()
            connection.close()
        except OSError:
            sleep(0.05)
        else:
            return
    raise RuntimeError(f"{side} does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _load(requests: Path, side: Side, connections: int, seconds: float, *rate: float) -> Mapping[str, float]:
    given = [str(each) for each in (requests, side.port, connections, seconds, *rate)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.http_load", *given], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{side}: {done.stderr[-600:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _write_requests(folder: Path, count: int) -> dict[str, Path]:
    files = {}
    for name, decisions in ASKED.items():
        bodies = [
            json.dumps({"facts": json.loads(case), "decisions": decisions}) for case in make_cases(count, clock=True)
        ]
        files[name] = folder / f"{name}.json"
        files[name].write_text(json.dumps(["/v1/decisions", bodies]), encoding="utf-8")
    return files


def _measure(options: argparse.Namespace) -> dict[str, object]:
    servers = ["granian"] + (["gunicorn"] if importlib.util.find_spec("gunicorn") else [])
    sides = [Side(*each, _free_port()) for each in product(servers, ("echo", "decide"), (1, 2))]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.folder)))
        files = _write_requests(folder, options.cases)
        for side in sides:
            _start(side, folder, stack)
        turns = [(side, asked) for side in sides for asked in ASKED]
        rates: dict[tuple[Side, str], list[float]] = {turn: [] for turn in turns}
        for place in range(options.rounds + 1):
            first = place % len(turns)
            for side, asked in [*turns[first:], *turns[:first]]:
                found = _load(files[asked], side, options.connections, options.seconds)
                if place:  # the first round fills caches
                    rates[side, asked].append(found["rate"])
        at_half = {
            (side, asked): _load(files[asked], side, options.connections, 2 * options.seconds, median(taken) / 2)
            for (side, asked), taken in rates.items()
            if side.server == "granian" and side.application == "decide"
        }
    return {"rates": rates, "at_half": at_half, "servers": servers}


def _as_text(found: Mapping[str, object], options: argparse.Namespace) -> str:
    rates: dict[tuple[Side, str], list[float]] = found["rates"]  # type: ignore[assignment]
    at_half: dict[tuple[Side, str], Mapping[str, float]] = found["at_half"]  # type: ignore[assignment]
    named = {(s.server, s.application, s.workers, asked): taken for (s, asked), taken in rates.items()}
    machine = f"Python {platform.python_version()}, granian {version('granian')}"
    times = f"{options.connections} connections, {options.rounds} rounds of {options.seconds} s"
    lines = [
        f"{machine}; {os.cpu_count()} CPUs shared with the load generator",
        f"{times}: answers a second, median (least to most)",
        "",
    ]
    for (server, application, workers, asked), taken in named.items():
        shown = f"{median(taken):8.0f} ({min(taken):.0f} to {max(taken):.0f})"
        lines.append(f"{server:9}{application:7} {workers} worker{'s' if workers > 1 else ' '} {asked:4}{shown}")
    lines += ["", "ratios, each within its round: median (least to most)"]
    for workers, asked in product((1, 2), ASKED):
        for server in found["servers"]:  # type: ignore[attr-defined]
            kept, bare = named[server, "decide", workers, asked], named[server, "echo", workers, asked]
            lines.append(f"{server} decide / echo, {workers} workers, {asked}: {_ratio(kept, bare)}")
        for application in ("echo", "decide") if "gunicorn" in found["servers"] else ():  # type: ignore[operator]
            ours, theirs = (named[server, application, workers, asked] for server in ("granian", "gunicorn"))
            lines.append(f"granian / gunicorn, {application}, {workers} workers, {asked}: {_ratio(ours, theirs)}")
    if "gunicorn" not in found["servers"]:  # type: ignore[operator]
        lines.append("gunicorn is not installed: left out")
    lines += ["", "at half of its own rate: milliseconds at the median and the 99th percentile"]
    for (side, asked), half in at_half.items():
        ratio = half["p99"] / half["median"]
        lines.append(
            f"decide, {side.workers} workers, {asked}: {half['median']:.1f} and {half['p99']:.1f}, ratio {ratio:.1f}"
        )
    return "\n".join(lines)


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    each = [one / other for one, other in zip(ours, theirs, strict=True)]
    return f"{median(each):.2f} ({min(each):.2f} to {max(each):.2f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=2_000, metavar="N", help="different cases (default: 2000)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds (default: 5)")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="N", help="of each load (default: 2)")
    parser.add_argument("--connections", type=int, default=8, metavar="N", help="kept alive (default: 8)")
    parser.add_argument(
        "--folder", metavar="DIR", help="where the databases are made (default: that for temporary files)"
    )
    options = parser.parse_args(arguments)
    print(_as_text(_measure(options), options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
