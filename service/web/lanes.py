"""Lanes: threads that do one job after another, and tell the event loop. What the jobs are is not known here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

__all__ = ["Lane", "LaneFull"]

_Done = TypeVar("_Done")


class LaneFull(Exception):
    """More jobs wait than may."""


@dataclass(frozen=True, slots=True)
class _Job:
    do: Callable[[], Any]
    done: asyncio.Future[Any]

    def run(self) -> None:
        """Do it, and tell the loop of whoever waits, if it still runs."""
        try:
            outcome: Any = self.do()
            settle: Callable[[Any], None] = self._succeed
        except BaseException as failure:  # noqa: BLE001 - it is raised where the job is waited for
            outcome, settle = failure, self._fail
        with suppress(RuntimeError):
            self.done.get_loop().call_soon_threadsafe(settle, outcome)

    def _succeed(self, outcome: Any) -> None:
        if not self.done.done():
            self.done.set_result(outcome)

    def _fail(self, failure: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(failure)


class Lane:
    """So many threads at most, made when they are needed and kept from then on.

    threads       that work at the same time
    most_waiting  jobs that wait for a thread
    """

    def __init__(self, name: str, threads: int, most_waiting: int) -> None:
        self._name = name
        self._threads = threads
        self._most_waiting = most_waiting
        self._lock = Lock()
        self._started = 0
        # Who was busy last is taken first: its rulesets are made, and what it reads lies near the processor.
        self._idle: list[SimpleQueue[_Job]] = []
        self._waiting: deque[_Job] = deque()

    async def run(self, do: Callable[[], _Done], *, is_new: bool = True) -> _Done:
        """Return what a function returns that a thread of the lane calls, or raise what it raises.

        A function that is waited for no longer is called all the same.

        is_new  False: it goes on with what was let in before
        Raises LaneFull for what is new.
        """
        job = _Job(do, asyncio.get_running_loop().create_future())
        self._hand(job, is_new)
        done: _Done = await job.done
        return done

    def _hand(self, job: _Job, is_new: bool) -> None:
        with self._lock:
            if self._idle:
                self._idle.pop().put(job)
            elif self._started < self._threads:
                self._started += 1
                Thread(target=self._work, args=(job,), name=f"{self._name}-{self._started}", daemon=True).start()
            elif not is_new or len(self._waiting) < self._most_waiting:
                self._waiting.append(job)
            else:
                raise LaneFull(self._name)

    def _work(self, job: _Job) -> None:
        own: SimpleQueue[_Job] = SimpleQueue()
        while True:
            job.run()
            with self._lock:
                following = self._waiting.popleft() if self._waiting else None
                if following is None:
                    self._idle.append(own)
            del job  # It holds a request and an answer, which an idle thread need not keep.
            job = following or own.get()
