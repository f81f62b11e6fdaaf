"""The parts of a decision, in the order in which they are worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from service.model.derivations import Derived
from service.model.names import Key, Own
from service.model.order import in_order, reached
from service.model.pack import Clock, Copy, Group

__all__ = ["Part", "in_reading_order"]

Part: TypeAlias = Group | Clock | Copy


def in_reading_order(decision: str, parts: Sequence[Part], between: Mapping[Own, Derived]) -> tuple[Part, ...]:
    """Return a decision's parts, each after those whose members it reads, also over derived facts between them."""
    givers: dict[Key, str] = {
        Own(f"{decision}.{path}"): str(i) for i, part in enumerate(parts) for path in part.member_paths
    }

    def below(name: Key) -> Iterable[Key]:
        return between[name].inputs if isinstance(name, Own) and name in between else ()

    def read_by(index: str) -> list[str]:
        return [givers[key] for key in reached(parts[int(index)].reads, below) if key in givers]

    return tuple(parts[int(index)] for index in in_order(map(str, range(len(parts))), read_by))
