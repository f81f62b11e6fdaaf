"""The parts of a decision, in the order in which they are worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from service.model.names import Key, Own, shown_name
from service.model.order import Circle, circles, in_order
from service.model.pack import Clock, Copy, Group

__all__ = ["Part", "in_reading_order", "ways_round_parts"]

Part: TypeAlias = Group | Clock | Copy


def in_reading_order(decision: str, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return a decision's parts, each after those whose members it reads. Raises Circle, of part names."""
    try:
        order = in_order(_indices(parts), _read_by(decision, parts))
    except Circle as circle:
        raise Circle(tuple(parts[int(index)].called for index in circle.names)) from None
    return tuple(parts[int(index)] for index in order)


def ways_round_parts(decision: str, parts: Sequence[Part]) -> list[str]:
    """Return for each circle of parts the whole way round in words, with the members that are read."""
    givers = _givers(decision, parts)

    def step(one: str, other: str) -> str:
        key = next(key for key in parts[int(one)].reads if givers.get(key) == int(other))
        reader = parts[int(one)]
        says_so = isinstance(reader, Clock) and key == reader.inputs.get("nothing")
        return f"{reader.called} reads {'its applies_when' if says_so else shown_name(key)}"

    found = circles(_indices(parts), _read_by(decision, parts))
    return ["; ".join(step(one, other) for one, other in pairwise(circle)) for circle in found]


def _givers(decision: str, parts: Sequence[Part]) -> Mapping[Key, int]:
    return {Own(f"{decision}.{path}"): i for i, part in enumerate(parts) for path in part.member_paths}


def _indices(parts: Sequence[Part]) -> list[str]:
    return [str(i) for i in range(len(parts))]


def _read_by(decision: str, parts: Sequence[Part]) -> Callable[[str], list[str]]:
    givers = _givers(decision, parts)
    return lambda index: [str(givers[key]) for key in parts[int(index)].reads if key in givers]
