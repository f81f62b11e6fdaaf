"""The parts of a decision: what each gives and reads, and in which order they are worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from service.model.conditions import reads
from service.model.names import Key, Own, shown_name
from service.model.order import Circle, circles, in_order
from service.model.outcomes import copied_in
from service.model.pack import Clock, Copy, Group

__all__ = ["Part", "in_reading_order", "part_gives", "part_name", "part_reads", "ways_round_parts"]

Part: TypeAlias = Group | Clock | Copy


def part_gives(part: Part) -> tuple[str, ...]:
    """Return the paths of the members that a part gives."""
    if isinstance(part, Copy):
        return (part.member,)
    return part.gives if isinstance(part, Group) else tuple(part.gives.values())


def part_reads(part: Part) -> tuple[Key, ...]:
    """Return the names that a part reads, each once; members of its own decision as Own."""
    if isinstance(part, Copy):
        return (part.source,) if part.source is not None else ()
    if isinstance(part, Clock):
        return tuple(dict.fromkeys(part.inputs.values()))
    found: dict[Key, None] = {}
    for rule in part.rules:
        found.update(dict.fromkeys(reads(rule.when)))
        for value in rule.then.values():
            found.update(dict.fromkeys(copied_in(value)))
    return tuple(found)


def part_name(part: Part) -> str:
    """Return what messages call a part: its id, or the member that it copies."""
    return f"member {part.member}" if isinstance(part, Copy) else part.id


def in_reading_order(decision: str, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return a decision's parts, each after those whose members it reads. Raises Circle, of part names."""
    try:
        order = in_order(_indices(parts), _read_by(decision, parts))
    except Circle as circle:
        raise Circle(tuple(part_name(parts[int(index)]) for index in circle.names)) from None
    return tuple(parts[int(index)] for index in order)


def ways_round_parts(decision: str, parts: Sequence[Part]) -> list[str]:
    """Return for each circle of parts the whole way round in words, with the members that are read."""
    givers = _givers(decision, parts)

    def step(one: str, other: str) -> str:
        key = next(key for key in part_reads(parts[int(one)]) if givers.get(key) == int(other))
        return f"{part_name(parts[int(one)])} reads {shown_name(key)}"

    found = circles(_indices(parts), _read_by(decision, parts))
    return ["; ".join(step(one, other) for one, other in pairwise(circle)) for circle in found]


def _givers(decision: str, parts: Sequence[Part]) -> Mapping[Key, int]:
    return {Own(f"{decision}.{path}"): i for i, part in enumerate(parts) for path in part_gives(part)}


def _indices(parts: Sequence[Part]) -> list[str]:
    return [str(i) for i in range(len(parts))]


def _read_by(decision: str, parts: Sequence[Part]) -> Callable[[str], list[str]]:
    givers = _givers(decision, parts)
    return lambda index: [str(givers[key]) for key in part_reads(parts[int(index)]) if key in givers]
