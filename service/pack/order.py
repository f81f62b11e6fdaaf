"""Orders in which each thing comes after what it reads. Nothing here knows what the things are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["Circle", "in_order"]


class Circle(Exception):
    """Things read each other in a circle: `.names` in reading order, the first one again at the end."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(" reads ".join(names))
        self.names = names


def in_order(names: Iterable[str], read_by: Callable[[str], Iterable[str]]) -> list[str]:
    """Return `names` and all that they read, each after what it reads and otherwise as given. Raises Circle."""
    done: dict[str, bool] = {}
    trail: list[str] = []
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            if not done[name]:
                raise Circle((*trail[trail.index(name) :], name))
            return
        done[name] = False
        trail.append(name)
        for read in read_by(name):
            visit(read)
        trail.pop()
        done[name] = True
        ordered.append(name)

    for name in names:
        visit(name)
    return ordered
