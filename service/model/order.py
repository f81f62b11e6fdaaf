"""What things read, in the end and in order. Nothing here knows what the things are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar, cast

from service.model.names import Key, shown_name

__all__ = ["Circle", "circles", "in_order", "reached"]

_MOST_CIRCLES = 20

_Name = TypeVar("_Name", bound=Key)


class Circle(Exception):
    """Things read each other in a circle: `.names` in reading order, the first one again at the end."""

    def __init__(self, names: tuple[Key, ...]) -> None:
        super().__init__(" reads ".join(map(shown_name, names)))
        self.names = names


def in_order(names: Iterable[_Name], read_by: Callable[[_Name], Iterable[_Name]]) -> list[_Name]:
    """Return `names` and all that they read, each after what it reads and otherwise as given. Raises Circle."""
    ordered: dict[_Name, None] = {}
    for name in names:
        _visit(name, read_by, ordered)
    return list(ordered)


def circles(names: Iterable[_Name], read_by: Callable[[_Name], Iterable[_Name]]) -> list[tuple[_Name, ...]]:
    """Return the circles in which things read each other, each as Circle has it; at most twenty.

    One that is left when the last step of each circle before it is taken away counts as another.
    """
    listed = list(names)
    found: list[tuple[_Name, ...]] = []
    cut: set[tuple[_Name, ...]] = set()
    while len(found) < _MOST_CIRCLES:
        try:
            in_order(listed, lambda name: [read for read in read_by(name) if (name, read) not in cut])
        except Circle as circle:
            way = cast("tuple[_Name, ...]", circle.names)
            found.append(way)
            cut.add(way[-2:])
        else:
            break
    return found


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


def _visit(start: _Name, read_by: Callable[[_Name], Iterable[_Name]], ordered: dict[_Name, None]) -> None:
    # No recursion: a chain of readers may be longer than the stack is deep.
    if start in ordered:
        return
    trail: dict[_Name, Iterator[_Name]] = {start: iter(read_by(start))}
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
