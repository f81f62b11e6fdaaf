"""A worker ends when its parent has, however that ended: SIGKILL leaves nobody time to tell its workers."""

from __future__ import annotations

import os
import signal
from threading import Thread

__all__ = ["Lifeline"]


class Lifeline:
    """A pipe of which the parent alone holds the end to write to, and never writes.

    It is at its end when the parent is gone; no signal, no process id that may be another's by then is needed.
    """

    def __init__(self) -> None:
        self._watched, self._held = os.pipe()

    def let_go(self) -> None:
        """Close the parent's end. For a worker, as soon as it is forked: held by it, no end would ever come."""
        os.close(self._held)

    def watch(self) -> None:
        """Let this worker end at once when its parent is gone. What it has not answered yet, its caller asks again."""
        Thread(target=self._wait, name="lifeline", daemon=True).start()

    def _wait(self) -> None:
        os.read(self._watched, 1)
        os.kill(os.getpid(), signal.SIGKILL)
