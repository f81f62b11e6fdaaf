"""The production server: Granian with processes, each with threads. What it answers is the application's business.

Measured against gunicorn's threads on two cores, in turns, Granian answers more than twice as many requests of a bare
Flask echo, and a few more decisions; `docs/operations.md` has the figures.
"""

from __future__ import annotations

import errno
import multiprocessing
import socket
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

__all__ = ["WAITING_ROOM", "Address", "AddressTaken", "serve_app"]

import os

WAITING_ROOM = int(os.environ.get("WR", "8"))
"""Threads of each worker beyond those that decide: for other calls, and to say no to who would wait too long."""

_LONGEST_IDLE = 600  # seconds; the most that Granian allows
_LONGEST_GOODBYE = 30  # seconds


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
    on_start  called when the address is taken and the workers are about to start
    Raises AddressTaken.
    """
    host = _free_host(address)
    multiprocessing.set_start_method("fork", force=True)
    server = Server(
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
    server.on_startup(on_start)
    server.serve(target_loader=make_app, wrap_loader=False)


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
