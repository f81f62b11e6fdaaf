"""A gate: so many decide at once, the rest wait a little, and who would wait too long is sent away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from time import perf_counter

from service.web.problems import refuse

__all__ = ["Gate"]


class Gate:
    """A context manager around work of which `most` may go on at once.

    patience  seconds that one waits at most. Entering then raises Refusal: `overloaded`
    note      takes the seconds that who enters has waited
    """

    def __init__(self, most: int, patience: float, note: Callable[[float], None]) -> None:
        self._note = note
        self._places = BoundedSemaphore(most)
        self._patience = patience

    def __enter__(self) -> None:
        began = perf_counter()
        if not self._places.acquire(timeout=self._patience):
            refuse("overloaded", "More is asked than can be decided at present. Nothing was kept; try again.")
        self._note(perf_counter() - began)

    def __exit__(self, *_: object) -> None:
        self._places.release()

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Wait for a place as long as it takes: for work that is better slowed down than sent away half done."""
        with self._places:
            yield
