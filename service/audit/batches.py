"""Batches: work that many threads ask for at once, done together by one of them. What the work is, its maker says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from service.audit.unavailable import StoreUnavailable

__all__ = ["Batches"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_AT_ONCE = 64


class _Waiting(Generic[Item, Result]):
    """An item that a thread waits for; `results` holds its one result when it is done."""

    __slots__ = ("failure", "item", "results")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.results: tuple[Result, ...] = ()
        self.failure: Exception | None = None

    @property
    def is_done(self) -> bool:
        return bool(self.results) or self.failure is not None

    def result(self) -> Result:
        if self.failure is not None:
            raise self.failure
        return self.results[0]


class Batches(Generic[Item, Result]):
    """One batch runs at a time; what arrives meanwhile makes the next one. An item never waits for others to come.

    work  called with one or more items, in the order in which they came; returns a result for each. When it raises
          StoreUnavailable every item of the batch fails so; when it raises anything else, each is tried by itself
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._work = work
        self._queue: list[_Waiting[Item, Result]] = []
        self._queue_lock = Lock()
        self._turn = Lock()

    def submit(self, item: Item) -> Result:
        """Return the result of one item, or raise what the work raised for it."""
        waiting: _Waiting[Item, Result] = _Waiting(item)
        with self._queue_lock:
            self._queue.append(waiting)
        with self._turn:
            while not waiting.is_done:
                self._run(self._next())
        return waiting.result()

    def _next(self) -> list[_Waiting[Item, Result]]:
        with self._queue_lock:
            batch, self._queue = self._queue[:_MOST_AT_ONCE], self._queue[_MOST_AT_ONCE:]
        return batch

    def _run(self, batch: Sequence[_Waiting[Item, Result]]) -> None:
        try:
            results = self._work([waiting.item for waiting in batch])
        except Exception as failure:  # noqa: BLE001 - handed to the threads that wait
            self._fail(batch, failure)
            return
        for waiting, result in zip(batch, results, strict=True):
            waiting.results = (result,)

    def _fail(self, batch: Sequence[_Waiting[Item, Result]], failure: Exception) -> None:
        if len(batch) > 1 and not isinstance(failure, StoreUnavailable):
            for waiting in batch:
                self._run([waiting])
            return
        for waiting in batch:
            waiting.failure = failure
