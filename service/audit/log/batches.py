"""Batches: work that many threads ask for at once, done together by one of them. What the work is, its maker says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from service.audit.storage.unavailable import StoreUnavailable

__all__ = ["Batches"]

_Item = TypeVar("_Item")
Result = TypeVar("Result")


class _Waiting(Generic[_Item, Result]):
    """An item that a thread waits for; `results` holds its one result when it is done.

    call  a lock that is held until the item is done, or its thread is to do the next batch
    """

    __slots__ = ("call", "failure", "item", "results")

    def __init__(self, item: _Item) -> None:
        self.item = item
        self.results: tuple[Result, ...] = ()
        self.failure: BaseException | None = None
        self.call = Lock()
        self.call.acquire()

    @property
    def is_done(self) -> bool:
        return bool(self.results) or self.failure is not None

    def result(self) -> Result:
        if self.failure is not None:
            raise self.failure
        return self.results[0]


class Batches(Generic[_Item, Result]):
    """One batch runs at a time; what arrives meanwhile makes the next one. An item never waits for others to come.

    The thread whose item is first in the queue does the batch, and calls the first of the next one before those that it
    served: the disk has work again while they write their answers. A thread can wait for several items, and comes to
    each in turn.

    work  called with one or more items, in the order in which they came; returns a result for each. When it raises
          StoreUnavailable every item of the batch fails so; when it raises anything else, each is tried by itself
    most_at_once  items of one batch
    """

    def __init__(self, work: Callable[[Sequence[_Item]], Sequence[Result]], most_at_once: int = 64) -> None:
        self._work = work
        self._most_at_once = most_at_once
        self._queue: list[_Waiting[_Item, Result]] = []
        self._lock = Lock()  # of the queue, and of who runs
        self._is_running = False

    def submit(self, item: _Item) -> Result:
        """Return the result of one item, or raise what the work raised for it."""
        (waiting,) = self._done([item])
        return waiting.result()

    def submit_all(self, items: Sequence[_Item]) -> list[Result | BaseException]:
        """Return for each item its result, or what the work raised for it.

        They are worked on in their order, together with what others ask for, and in as few batches as may be.
        """
        done = self._done(items) if items else ()
        return [each.results[0] if each.failure is None else each.failure for each in done]

    def _done(self, items: Sequence[_Item]) -> Sequence[_Waiting[_Item, Result]]:
        """Put one or more items into the queue; return them when all are done."""
        waiting: list[_Waiting[_Item, Result]] = [_Waiting(item) for item in items]
        with self._lock:
            self._queue.extend(waiting)
            is_called, self._is_running = not self._is_running, True
        for each in waiting:
            if not is_called:
                each.call.acquire()
            is_called = False
            if not each.is_done:
                self._lead()
        return waiting

    def _lead(self) -> None:
        """Do the first batch of the queue, and call who waits: the next to lead, and those that are served."""
        with self._lock:
            batch, self._queue = self._queue[: self._most_at_once], self._queue[self._most_at_once :]
        try:
            self._run(batch)
        except BaseException as failure:
            for waiting in batch:
                waiting.failure = None if waiting.is_done else failure
            raise
        finally:
            with self._lock:
                following = self._queue[:1]
                self._is_running = bool(following)
            for waiting in (*following, *batch[1:]):
                waiting.call.release()

    def _run(self, batch: Sequence[_Waiting[_Item, Result]]) -> None:
        try:
            results = self._work([waiting.item for waiting in batch])
        except Exception as failure:  # noqa: BLE001 - handed to the threads that wait
            self._fail(batch, failure)
            return
        for waiting, result in zip(batch, results, strict=True):
            waiting.results = (result,)

    def _fail(self, batch: Sequence[_Waiting[_Item, Result]], failure: Exception) -> None:
        if len(batch) > 1 and not isinstance(failure, StoreUnavailable):
            for waiting in batch:
                self._run([waiting])
            return
        for waiting in batch:
            waiting.failure = failure
