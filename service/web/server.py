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
from functools import partial
from threading import Thread

from flask import Flask
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from service.web.front import Front
from service.web.orphans import Lifeline

__all__ = ["Address", "AddressTaken", "WorkersFail", "serve_app"]

_LONGEST_GOODBYE = 10  # seconds
_SHORTEST_LIFE = 1.0  # seconds
_LONGEST_GRACE = 5.0  # seconds, for those who leave the address
_CHILDHOOD = 10.0  # seconds, in which a worker comes up on a slow machine
_MOST_STILLBORN = 3


class AddressTaken(Exception):
    """The address can't be listened at; its text says why."""


class WorkersFail(Exception):
    """The workers end by themselves as soon as they are started; their log says why."""


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
    Raises AddressTaken, or WorkersFail.
    """
    host = _free_host(address)
    multiprocessing.set_start_method("fork", force=True)
    lifeline = Lifeline()
    os.register_at_fork(after_in_child=partial(_become_worker, lifeline))
    server = _Server(
        "clausewise",
        address=host,
        port=address.port,
        interface=Interfaces.ASGINL,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        workers_kill_timeout=_LONGEST_GOODBYE,
        log_level=LogLevels.error,
    )
    server.on_startup(server.note_start)
    server.on_startup(Thread(target=_greet, args=(on_start, host, address.port), daemon=True).start)
    server.serve(target_loader=lambda: _settled(make_app, threads, lifeline), wrap_loader=False)
    if server.has_failed:
        raise WorkersFail


def _settled(make_app: Callable[[], Flask], threads: int, lifeline: Lifeline) -> Front:
    """Make the application, and let the garbage collector pass over all that there is by then.

    Packs stay as long as the process does. To go through them again and again stops every thread for 50 ms and more.
    """
    lifeline.watch()
    front = Front(make_app(), threads)
    gc.collect()
    gc.freeze()
    return front


class _Server(Server):  # type: ignore[misc, valid-type]
    """Granian's server, which lets its workers come up before it ends them, and replaces every one that dies.

    Between a worker's handlers and its listening lies a moment in which Granian 2.8 loses the word to end. It also ends
    them all when one dies twice within a few seconds, and forgets one that dies while another is replaced.
    """

    has_failed = False
    _started = 0.0
    _stillborn = 0

    def note_start(self) -> None:
        """Note when the workers are about to start."""
        self._started = time.monotonic()

    def shutdown(self, exit_code: int = 0) -> None:
        """End the workers, but not while they start."""
        time.sleep(max(0.0, self._started + _SHORTEST_LIFE - time.monotonic()))
        self.interrupt_children.clear()  # Granian would exit with a status of its own for those that nobody replaced.
        super().shutdown(exit_code)

    def _serve_loop(self, spawn_target: Callable[..., None], target_loader: Callable[..., Front]) -> None:
        """Replace who dies, until the server is told to end or its workers can't start."""
        while not (self.interrupt_signal or self.has_failed):
            self.main_loop_interrupt.wait()
            self.main_loop_interrupt.clear()
            while self.interrupt_children and not self.interrupt_signal:
                self._replace(self.interrupt_children.pop(0), spawn_target, target_loader)

    def _replace(self, index: int, spawn_target: Callable[..., None], target_loader: Callable[..., Front]) -> None:
        """Replace a worker. One that has failed by itself, young, and again and again, would do so for ever."""
        dead = self.wrks[index]
        age = time.monotonic() - dead.birth
        self._stillborn = self._stillborn + 1 if age < _CHILDHOOD and dead.inner.exitcode > 0 else 0
        self.has_failed = self.has_failed or self._stillborn >= _MOST_STILLBORN
        if not self.has_failed:
            if age < _SHORTEST_LIFE:
                time.sleep(_SHORTEST_LIFE)
            self._started = time.monotonic()
            self._respawn_workers([index], spawn_target, target_loader)


def _become_worker(lifeline: Lifeline) -> None:
    """Let a worker end when its parent says so or has ended, and only then.

    Ctrl-C at a terminal reaches every process; a worker that is told to end twice hangs in Granian 2.8 until it is
    killed. One that is told so before it has handlers of its own has its parent's, which would swallow it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    lifeline.let_go()


def _greet(on_start: Callable[[], None], host: str, port: int) -> None:
    """Call `on_start` when somebody listens; give up when nobody has within half a minute."""
    for _ in range(30 * 50):
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            on_start()
            return
        time.sleep(0.02)


def _free_host(address: Address) -> str:
    """Return the number of the host. Workers share their port, which would let a second server in unnoticed.

    Those of a server that was killed are ending by themselves: they are waited for.
    """
    until = time.monotonic() + _LONGEST_GRACE
    while True:
        try:
            return _probe(address)
        except OSError as failure:
            is_taken = failure.errno == errno.EADDRINUSE
            if not is_taken or time.monotonic() > until:
                why = "another process listens there" if is_taken else failure.strerror
                raise AddressTaken(f"can't listen at {address.host}, port {address.port}: {why}") from failure
        time.sleep(0.05)


def _probe(address: Address) -> str:
    """Return the number of the host. Raises OSError where nobody can listen there now."""
    family, kind, protocol, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(where)
    return str(where[0])
