"""What running workers are to serve from now on, handed over by their parent, which has read and checked it.

Every worker gets the very same, whatever has become of the files since.
"""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Callable
from multiprocessing.connection import wait
from tempfile import TemporaryFile
from threading import Thread
from typing import Any, BinaryIO

from service.web.log_lines import log

__all__ = ["Handover", "pickled"]

_HERE, _TAKEN, _FAILED = b"h", b"t", b"f"


def pickled(value: object) -> BinaryIO:
    """Return a nameless file with a value, for `Handover.hand`. Raises OSError where there is no room for one."""
    file = TemporaryFile()  # noqa: SIM115 - it is the caller's to close
    try:
        pickle.dump(value, file)
        file.flush()
    except OSError:
        file.close()
        raise
    return file


class Handover:
    """The way from a parent to one of its workers, which is forked after it was made, and back."""

    def __init__(self) -> None:
        self._parent, self._worker = socket.socketpair()

    def close(self) -> None:
        """Give back what the parent has of it."""
        self._parent.close()
        self._worker.close()

    def hand(self, file: BinaryIO) -> None:
        """Hand a value over, in a file. Only the open file travels: the parent waits for no worker that is busy."""
        socket.send_fds(self._parent, [_HERE], [file.fileno()])

    def is_taken(self, seconds: float) -> bool | None:
        """Tell whether the worker has taken what was handed over; None where it has not said so in time."""
        return self._parent.recv(1) == _TAKEN if wait([self._parent], seconds) else None

    def watch(self, take: Callable[[Any], None]) -> None:
        """Have a thread of this worker take what is handed over, one after the other; whatever it raises is told."""
        self._parent.close()
        Thread(target=self._watch, args=(take,), name="handover", daemon=True).start()

    def _watch(self, take: Callable[[Any], None]) -> None:
        while files := socket.recv_fds(self._worker, 1, 1)[1]:
            try:
                take(pickle.loads(_all_of(files[0])))  # noqa: S301 - by this worker's own parent
                answer = _TAKEN
            except Exception as failure:  # noqa: BLE001 - the parent replaces this worker, whatever it is
                log().error("worker can't serve what is in force", error=repr(failure))
                answer = _FAILED
            self._worker.send(answer)


def _all_of(file: int) -> bytes:
    """Return what is in a file, and close it. Workers share it and its position, which is neither used nor moved."""
    try:
        return os.pread(file, os.fstat(file).st_size, 0)
    finally:
        os.close(file)
