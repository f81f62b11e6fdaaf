"""A gate: so many decide at once, the rest wait a little, and who would wait too long is sent away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from service.web.problems import refuse

__all__ = ["Gate"]


class Gate:
    """A context manager around work of which `most` may go on at once.

    patience  seconds that one waits at most. Entering then raises Refusal: `overloaded`
    """

    def __init__(self, most: int, patience: float) -> None:
        self._places = BoundedSemaphore(most)
        self._patience = patience

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=self._patience):
            refuse("overloaded", "More is asked than can be decided at present. Nothing was kept; try again.")

    def __exit__(self, *_: object) -> None:
        self._places.release()

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Wait for a place as long as it takes: for work that is better slowed down than sent away half done."""
        with self._places:
            yield
