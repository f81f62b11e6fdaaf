"""Tallies: how often each of many things came, and the first cases in which it did, in bounded memory."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

__all__ = ["Tally"]

Thing = TypeVar("Thing", bound=Hashable)
_Sample = TypeVar("_Sample")

_MOST_THINGS = 1000


class Tally(Generic[Thing, _Sample]):
    """Counts things, and keeps the first samples of each.

    samples  how many are kept of each
    further  how often something came when there were a thousand others already: it is counted, but not told apart
    """

    def __init__(self, samples: int) -> None:
        self.further = 0
        self._most_samples = samples
        self._found: dict[Thing, tuple[int, list[_Sample]]] = {}

    def add(self, thing: Thing, sample: _Sample) -> None:
        """Count a thing once more."""
        count, samples = self._found.get(thing, (0, []))
        if not count and len(self._found) >= _MOST_THINGS:
            self.further += 1
            return
        if count < self._most_samples:
            samples.append(sample)
        self._found[thing] = count + 1, samples

    def count(self, thing: Thing) -> int:
        """Return how often a thing came."""
        return self._found.get(thing, (0, []))[0]

    @property
    def total(self) -> int:
        """How often anything came."""
        return self.further + sum(count for count, _ in self._found.values())

    def __bool__(self) -> bool:
        return bool(self._found)

    def __iter__(self) -> Iterator[tuple[Thing, int, list[_Sample]]]:
        """Yield each thing with its count and samples: the most frequent first, then in the order of coming."""
        for thing, (count, samples) in sorted(self._found.items(), key=lambda each: -each[1][0]):
            yield thing, count, samples
