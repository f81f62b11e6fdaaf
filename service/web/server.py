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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from threading import Thread
from typing import Any, Generic, TypeVar

from flask import Flask
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.net import SocketSpec  # type: ignore[attr-defined]
from granian.server import Server

from service.web.front import Front
from service.web.handover import Handover, pickled
from service.web.log_lines import log
from service.web.orphans import Lifeline

__all__ = ["Address", "AddressTaken", "Renewal", "WorkersFail", "hangups_wait", "serve_app"]

_InForce = TypeVar("_InForce")

_LONGEST_GOODBYE = 10  # seconds
_SHORTEST_LIFE = 1.0  # seconds
_LONGEST_GRACE = 5.0  # seconds, for those who leave the address
_CHILDHOOD = 10.0  # seconds, in which a worker comes up on a slow machine
_MOST_STILLBORN = 3
_LONGEST_TURN = 60.0  # seconds, for a worker that takes what it is to serve from now on, on a slow machine
_GLANCE = 0.2  # seconds
_LONGEST_UNREAD = 30  # seconds, in which a caller must take something of its answer


class AddressTaken(Exception):
    """The address can't be listened at; its text says why."""


class WorkersFail(Exception):
    """The workers end by themselves as soon as they are started; their log says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a name or number, and a port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Renewal(Generic[_InForce]):
    """How what is served becomes something else while the server runs, at SIGHUP.

    read  return what is to be served from now on, or None, after it has told why not
    tell  called with it when every worker serves it
    """

    read: Callable[[], _InForce | None]
    tell: Callable[[_InForce], None]


def serve_app(  # noqa: PLR0913 - what is served, where, by how many, and who is told
    open_app: Callable[[], Callable[[_InForce], Flask]],
    in_force: _InForce,
    address: Address,
    *,
    workers: int,
    threads: int,
    on_start: Callable[[], None],
    renewal: Renewal[_InForce],
) -> None:
    """Serve until SIGTERM or SIGINT; what is being answered then is still answered.

    open_app  called once in each worker, a fork of this process: what it closes over is the same in all of them. What
              it returns makes the application, at once and anew at each renewal
    in_force  what it is made of, which can be pickled
    threads   of each worker, that decide at the same time
    on_start  called once, in a thread of its own, when the first worker takes connections
    Raises AddressTaken, or WorkersFail.
    """
    host = _free_host(address)
    multiprocessing.set_start_method("fork", force=True)
    lifeline = Lifeline()
    server = _Server(
        in_force,
        renewal,
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
    os.register_at_fork(after_in_parent=server.let_go, after_in_child=partial(_become_worker, lifeline))
    server.on_startup(server.note_start)
    server.on_startup(Thread(target=_greet, args=(on_start, host, address.port), daemon=True).start)

    def load(handover: Handover) -> Front:
        return _settled(open_app(), server.in_force, threads, lifeline, handover)

    server.serve(target_loader=load, wrap_loader=False)
    if server.has_failed:
        raise WorkersFail


@contextmanager
def hangups_wait() -> Iterator[None]:
    """Let a SIGHUP that comes before the server can take it wait until then: it would end the process."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settled(
    make_app: Callable[[_InForce], Flask], in_force: _InForce, threads: int, lifeline: Lifeline, handover: Handover
) -> Front:
    """Make the application of a worker, now and whenever what is in force is handed over anew."""
    lifeline.watch()
    front = Front(make_app(in_force), threads)
    _pass_over()

    def turn(in_force: _InForce) -> None:
        front.turn_to(make_app(in_force))
        gc.unfreeze()  # What was in force is garbage, by and by.
        _pass_over()

    handover.watch(turn)
    return front


def _pass_over() -> None:
    """Let the garbage collector pass over all that there is by now.

    Packs stay as long as they are in force. To go through them again and again stops every thread for 50 ms and more.
    """
    gc.collect()
    gc.freeze()


class _Bell:
    """Wakes the server: rung by a signal, whichever thread it reaches, and by who watches a worker.

    Instead of a `threading.Event`, which waits for itself where a signal sets it while it is set, and from which a
    signal that reaches another thread wakes nobody.
    """

    def __init__(self) -> None:
        self._heard, self._rope = os.pipe()
        os.set_blocking(self._rope, False)
        signal.set_wakeup_fd(self._rope, warn_on_full_buffer=False)

    def set(self) -> None:
        """Ring."""
        with suppress(BlockingIOError):  # It rings long since.
            os.write(self._rope, b"!")

    def wait(self) -> None:
        """Wait until it rings, or has rung since the last time."""
        os.read(self._heard, 65_536)


class _Server(Server, Generic[_InForce]):  # type: ignore[misc, valid-type]
    """Granian's server, which lets its workers come up before it ends them, and replaces every one that dies.

    Between a worker's handlers and its listening lies a moment in which Granian 2.8 loses the word to end. It also ends
    them all when one dies twice within a few seconds, and forgets one that dies while another is replaced. At SIGHUP it
    would replace them all, and with each the connections that wait for it or are kept alive would be lost.

    in_force  what workers that start serve
    """

    has_failed = False
    reload_signal: bool
    _started = 0.0
    _stillborn = 0

    def __init__(self, in_force: _InForce, renewal: Renewal[_InForce], *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.in_force = in_force
        self.main_loop_interrupt = _Bell()
        self._renewal = renewal
        self._handovers: dict[int, Handover] = {}
        self._listener: socket.socket | None = None

    def note_start(self) -> None:
        """Note when the workers are about to start; signals that have waited for their handlers come now."""
        self._started = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})

    def let_go(self) -> None:
        """Close what listens for the worker that was just forked, and has taken it along."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def shutdown(self, exit_code: int = 0) -> None:
        """End the workers, but not while they start."""
        time.sleep(max(0.0, self._started + _SHORTEST_LIFE - time.monotonic()))
        self.interrupt_children.clear()  # Granian would exit with a status of its own for those that nobody replaced.
        super().shutdown(exit_code)

    def _spawn_worker(self, idx: int, target: Callable[..., None], callback_loader: Callable[..., Front]) -> Any:
        """Return a worker that is not forked yet, with a listener and a handover of its own."""
        holder = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._ssp, self._shd = None, holder
        self._listener = socket.socket(fileno=holder.get_fd())
        # Connections have it from what they were accepted by: a caller that takes nothing of its answer holds one.
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * _LONGEST_UNREAD)
        if idx in self._handovers:
            self._handovers[idx].close()
        handover = self._handovers[idx] = Handover()
        return super()._spawn_worker(idx, target, partial(callback_loader, handover))

    def _serve_loop(self, spawn_target: Callable[..., None], target_loader: Callable[..., Front]) -> None:
        """Replace who dies and renew what is served, until the server is told to end or its workers can't start."""
        while not (self.interrupt_signal or self.has_failed):
            self.main_loop_interrupt.wait()
            while self.interrupt_children and not self.interrupt_signal:
                self._replace(self.interrupt_children.pop(0), spawn_target, target_loader)
            if self.reload_signal and not self.interrupt_signal:
                self.reload_signal = False  # before anything is read: one that comes meanwhile is for what is new then
                self._renew(spawn_target, target_loader)

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

    def _renew(self, spawn_target: Callable[..., None], target_loader: Callable[..., Front]) -> None:
        """Have every worker serve what is in force from now on. One that can't, or hangs, is replaced."""
        found = self._renewal.read()
        if found is None:
            return
        try:
            file = pickled(found)
        except OSError as failure:
            log().error("what was read can't be handed to the workers", error=str(failure))
            return
        with file:
            self.in_force = found
            for index in range(self.workers):
                self._handovers[index].hand(file)
        until = time.monotonic() + _LONGEST_TURN
        for index in range(self.workers):
            if not self._has_turned(index, until):
                self._started = time.monotonic()
                self._respawn_workers([index], spawn_target, target_loader)
        if not self.interrupt_signal:
            self._renewal.tell(found)

    def _has_turned(self, index: int, until: float) -> bool:
        """Tell whether a worker serves what was handed over; also where it need not, since it or the server ends."""
        while not self.interrupt_signal and not wait([self.wrks[index].inner.sentinel], 0):
            is_taken = self._handovers[index].is_taken(_GLANCE)
            if is_taken is not None or time.monotonic() > until:
                return bool(is_taken)
        return True


def _become_worker(lifeline: Lifeline) -> None:
    """Let a worker end when its parent says so or has ended, and only then.

    Ctrl-C at a terminal reaches every process; a worker that is told to end twice hangs in Granian 2.8 until it is
    killed. One that is told so before it has handlers of its own has its parent's, which would swallow it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # What is served is the parent's business.
    signal.set_wakeup_fd(-1)
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
