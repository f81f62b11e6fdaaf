"""The production server: Granian with processes, each with threads. What it answers is the application's business.

Measured against gunicorn's threads on two cores, in turns, Granian answers two to three times as many requests of a
bare Flask echo, and a fifth to a half more decisions; `docs/operations.md` has the figures.
"""

from __future__ import annotations

import errno
import gc
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

__all__ = ["WAITING_ROOM", "Address", "AddressTaken", "serve_app"]

WAITING_ROOM = 8
"""Threads of each worker beyond those that decide: for other calls, and to say no to who would wait too long."""

_LONGEST_IDLE = 600  # seconds; the most that Granian allows
_LONGEST_GOODBYE = 10  # seconds
_SHORTEST_LIFE = 1.0  # seconds


class AddressTaken(Exception):
    """The address can't be listened at; its text says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a name or number, and a port."""

    host: str
    port: int


def serve_app(
    make_app: Callable[[], Flask], address: Address, *, workers: int, threads: int, on_start: Callable[[], None]
) -> None:
    """Serve until SIGTERM or SIGINT; what is being answered then is still answered.

    make_app  called once in each worker, a fork of this process: what it closes over is the same in all of them
    threads   of each worker, that decide at the same time
    on_start  called once, in a thread of its own, when the first worker takes connections
    Raises AddressTaken.
    """
    host = _free_host(address)
    multiprocessing.set_start_method("fork", force=True)
    os.register_at_fork(after_in_child=_leave_signals_to_parent)
    server = _Server(
        "clausewise",
        address=host,
        port=address.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=threads + WAITING_ROOM,
        # Rulesets belong to the thread that made them, so threads are kept while they have nothing to do.
        blocking_threads_idle_timeout=_LONGEST_IDLE,
        workers_kill_timeout=_LONGEST_GOODBYE,
        respawn_failed_workers=True,
        log_level=LogLevels.error,
    )
    server.on_startup(server.note_start)
    server.on_startup(Thread(target=_greet, args=(on_start, host, address.port), daemon=True).start)
    server.serve(target_loader=lambda: _settled(make_app), wrap_loader=False)


def _settled(make_app: Callable[[], Flask]) -> Flask:
    """Make the application, and let the garbage collector pass over all that there is by then.

    Packs stay as long as the process does. To go through them again and again stops every thread for 50 ms and more.
    """
    app = make_app()
    gc.collect()
    gc.freeze()
    return app


class _Server(Server):  # type: ignore[misc, valid-type]
    """Granian's server, which lets its workers come up before it ends them.

    Between a worker's handlers and its listening lies a moment in which Granian 2.8 loses the word to end.
    """

    _started = 0.0

    def note_start(self) -> None:
        """Note when the workers are about to start."""
        self._started = time.monotonic()

    def shutdown(self, exit_code: int = 0) -> None:
        """End the workers, but not while they start."""
        time.sleep(max(0.0, self._started + _SHORTEST_LIFE - time.monotonic()))
        super().shutdown(exit_code)


def _leave_signals_to_parent() -> None:
    """Let a worker end when its parent says so, and only then.

    Ctrl-C at a terminal reaches every process; a worker that is told to end twice hangs in Granian 2.8 until it is
    killed. One that is told so before it has handlers of its own has its parent's, which would swallow it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _greet(on_start: Callable[[], None], host: str, port: int) -> None:
    """Call `on_start` when somebody listens; give up when nobody has within half a minute."""
    for _ in range(30 * 50):
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            on_start()
            return
        time.sleep(0.02)


def _free_host(address: Address) -> str:
    """Return the number of the host. Workers share their port, which would let a second server in unnoticed."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as failure:
        why = "another process listens there" if failure.errno == errno.EADDRINUSE else failure.strerror
        raise AddressTaken(f"can't listen at {address.host}, port {address.port}: {why}") from failure
    return str(where[0])
