"""Counts that are gathered for a moment and handed on together: to count each by itself costs what deciding costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock, Thread
from typing import Generic, TypeVar

__all__ = ["Gathered"]

_Key = TypeVar("_Key", bound=Hashable)

_MOMENT = 0.5  # seconds
_MOST = 4096


class Gathered(Generic[_Key]):
    """Counts by key. Safe between threads; a forked process makes its own.

    hand_on  takes the counts that have come together: after a moment, in a thread that lives as long as there are any,
             or when somebody asks
    """

    def __init__(self, hand_on: Callable[[Mapping[_Key, int]], None]) -> None:
        self._take = hand_on
        self._lock = Lock()  # of the counts, and of whether a thread waits
        self._handing = Lock()  # whoever asks returns only when what another one has taken is handed on
        self._counts: dict[_Key, int] = {}
        self._is_awaited = False

    def add(self, keys: Iterable[_Key]) -> None:
        """Count each of some keys once more."""
        with self._lock:
            counts = self._counts
            for key in keys:
                counts[key] = counts.get(key, 0) + 1
            is_first, self._is_awaited = not self._is_awaited, True
            is_full = len(counts) >= _MOST
        if is_first:
            Thread(target=self._wait, name="clausewise-metrics", daemon=True).start()
        if is_full:
            self.hand_on()

    def hand_on(self) -> None:
        """Hand on what is there."""
        with self._handing:
            with self._lock:
                counts, self._counts = self._counts, {}
            if counts:
                self._take(counts)

    def _wait(self) -> None:
        time.sleep(_MOMENT)
        with self._lock:
            self._is_awaited = False
        self.hand_on()
