"""What things read, in the end and in order. Nothing here knows what the things are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from service.model.names import Key

__all__ = ["Circle", "in_order", "reached"]


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
