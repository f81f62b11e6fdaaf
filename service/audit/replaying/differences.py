"""Differences between what was kept and what is decided now: where the first one is. Why there is one is not asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.facts.declaration import MISSING, Missing
from service.jsontext import Json, canonical
from service.paths import pointer_to

__all__ = ["Divergence", "first_difference"]


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first point in which two JSON values differ, members taken by name.

    pointer  JSON pointer (RFC 6901) from the entry's root
    kept     what the entry has there; MISSING where it has nothing
    now      what was decided now, the same
    """

    pointer: str
    kept: Json | Missing
    now: Json | Missing

    def as_json(self) -> dict[str, Json]:
        """Return the difference as a JSON object; what is missing is left out."""
        values = {"kept": self.kept, "now": self.now}
        there = {name: value for name, value in values.items() if not isinstance(value, Missing)}
        return {"pointer": self.pointer, **there}


def first_difference(steps: tuple[str | int, ...], kept: Any, now: Any) -> Divergence:
    """Return the first point in which two values differ that are not written alike, each with all below it.

    steps  lead from the root to these values
    """
    if isinstance(kept, dict) and isinstance(now, dict):
        for name in sorted({*kept, *now}):
            if name not in kept or name not in now:
                return Divergence(pointer_to(*steps, name), kept.get(name, MISSING), now.get(name, MISSING))
            if canonical(kept[name]) != canonical(now[name]):
                return first_difference((*steps, name), kept[name], now[name])
    if isinstance(kept, list) and isinstance(now, list):
        return _first_in_lists(steps, kept, now)
    return Divergence(pointer_to(*steps), kept, now)


def _first_in_lists(steps: tuple[str | int, ...], kept: Sequence[Any], now: Sequence[Any]) -> Divergence:
    for place, (one, other) in enumerate(zip(kept, now, strict=False)):
        if canonical(one) != canonical(other):
            return first_difference((*steps, place), one, other)
    place = min(len(kept), len(now))
    one, other = ((each[place] if place < len(each) else MISSING) for each in (kept, now))
    return Divergence(pointer_to(*steps, place), one, other)
