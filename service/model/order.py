"""What things read, in the end and in order. Nothing here knows what the things are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from service.model.names import Key

__all__ = ["Circle", "circles", "in_order", "reached", "way"]

_MOST_CIRCLES = 20


class Circle(Exception):
    """Things read each other in a circle: `.names` in reading order, the first one again at the end."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(" reads ".join(names))
        self.names = names


def in_order(names: Iterable[str], read_by: Callable[[str], Iterable[str]]) -> list[str]:
    """Return `names` and all that they read, each after what it reads and otherwise as given. Raises Circle."""
    ordered: dict[str, None] = {}
    for name in names:
        _visit(name, read_by, ordered)
    return list(ordered)


def circles(names: Iterable[str], read_by: Callable[[str], Iterable[str]]) -> list[tuple[str, ...]]:
    """Return the circles in which things read each other, each as Circle has it; at most twenty.

    One that is left when the last step of each circle before it is taken away counts as another.
    """
    listed = list(names)
    found: list[tuple[str, ...]] = []
    cut: set[tuple[str, ...]] = set()
    while len(found) < _MOST_CIRCLES:
        try:
            in_order(listed, lambda name: [read for read in read_by(name) if (name, read) not in cut])
        except Circle as circle:
            found.append(circle.names)
            cut.add(circle.names[-2:])
        else:
            break
    return found


def way(starts: Iterable[Key], goals: Collection[Key], read_by: Callable[[Key], Iterable[Key]]) -> tuple[Key, ...]:
    """Return the shortest way from one of `starts` to one of `goals`, both ends included; empty when there is none."""
    came_from: dict[Key, Key | None] = dict.fromkeys(starts)
    waiting = deque(came_from)
    while waiting:
        name = waiting.popleft()
        if name in goals:
            return _back(name, came_from)
        for read in read_by(name):
            if read not in came_from:
                came_from[read] = name
                waiting.append(read)
    return ()


def _back(name: Key, came_from: Mapping[Key, Key | None]) -> tuple[Key, ...]:
    trail: list[Key] = []
    step: Key | None = name
    while step is not None:
        trail.append(step)
        step = came_from[step]
    return tuple(reversed(trail))


def reached(names: Iterable[Key], read_by: Callable[[Key], Iterable[Key]]) -> tuple[Key, ...]:
    """Return `names` and all that they read, in the end; each once, the nearest first."""
    found: dict[Key, None] = {}
    waiting = deque(names)
    while waiting:
        name = waiting.popleft()
        if name not in found:
            found[name] = None
            waiting.extend(read_by(name))
    return tuple(found)


def _visit(start: str, read_by: Callable[[str], Iterable[str]], ordered: dict[str, None]) -> None:
    # No recursion: a chain of readers may be longer than the stack is deep.
    if start in ordered:
        return
    trail: dict[str, Iterator[str]] = {start: iter(read_by(start))}
    while trail:
        name, waiting = next(reversed(trail.items()))
        read = next(waiting, None)
        if read is None:
            del trail[name]
            ordered[name] = None
        elif read in trail:
            names = list(trail)
            raise Circle((*names[names.index(read) :], read))
        elif read not in ordered:
            trail[read] = iter(read_by(read))
