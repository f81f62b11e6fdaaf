"""What decisions rest on, and in which order they are worked out. The order within one is in `parts.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

from service.model.conditions import reads
from service.model.derivations import Derived
from service.model.names import Key, Own
from service.model.order import circles, in_order, reached, way
from service.model.pack import Decision

__all__ = ["scheduled", "ways_round"]

_ALONE = 2
"""Names in the circle of a decision that reads itself: it stands at both ends."""


def scheduled(
    decisions: Mapping[str, Decision], derived: Mapping[str, Derived]
) -> tuple[tuple[str, ...], dict[str, Decision]]:
    """Return the decisions' ids in reading order, and the decisions with all that each rests on. Raises Circle."""
    outside = {name: _outside_reads(decision) for name, decision in decisions.items()}
    before = {name: _decisions_read(names, derived, decisions) for name, names in outside.items()}
    order = in_order(decisions, lambda name: before[name])
    below = _below(decisions, derived)
    filled = {
        name: replace(
            decision,
            reads=tuple(outside[name]),
            facts=_grounds(outside[name], below),
            needs_before=tuple(other for other in order if other in before[name]),
        )
        for name, decision in decisions.items()
    }
    return tuple(order), filled


def ways_round(decisions: Mapping[str, Decision], derived: Mapping[str, Derived]) -> list[tuple[str, str]]:
    """Return for each circle of decisions the first of them, and a sentence with the whole way round.

    The way goes from that decision over all that is read to one of its own members: fine → loan.d → fine.level
    """
    outside = {name: _outside_reads(decision) for name, decision in decisions.items()}
    before = {name: _decisions_read(names, derived, decisions) for name, names in outside.items()}
    below: dict[Key, tuple[Key, ...]] = {name: each.inputs for name, each in derived.items()}

    def step(one: str, other: str) -> tuple[Key, ...]:
        members = {member.name for member in decisions[other].members}
        return way(outside[one], members, lambda name: below.get(name, ()))

    def told(circle: tuple[str, ...]) -> str:
        names = (circle[0], *(str(name) for one, other in pairwise(circle) for name in step(one, other)))
        whose = "decisions read each other" if len(circle) > _ALONE else f"decision {circle[0]} reads itself"
        return f"{whose} in a circle: {' → '.join(names)}"

    return [(circle[0], told(circle)) for circle in circles(decisions, lambda name: before[name])]


def _outside_reads(decision: Decision) -> list[str]:
    """Return the names that a decision reads and does not itself give."""
    found: dict[Key, None] = {}
    if decision.applies is not None:
        found.update(dict.fromkeys(reads(decision.applies.when)))
    for part in decision.parts:
        found.update(dict.fromkeys(part.reads))
    for note in decision.notes:
        found.update(dict.fromkeys(reads(note.when)))
    return [name for name in found if isinstance(name, str)]


def _decisions_read(
    names: Iterable[str], derived: Mapping[str, Derived], decisions: Mapping[str, Decision]
) -> list[str]:
    givers: dict[Key, str] = {member.name: name for name, decision in decisions.items() for member in decision.members}
    below: dict[Key, tuple[Key, ...]] = {name: each.inputs for name, each in derived.items()}
    return list(
        dict.fromkeys(givers[name] for name in reached(names, lambda name: below.get(name, ())) if name in givers)
    )


def _below(decisions: Mapping[str, Decision], derived: Mapping[str, Derived]) -> Mapping[Key, tuple[Key, ...]]:
    """Return for each name that is worked out what it is worked out from, member by member."""
    found: dict[Key, tuple[Key, ...]] = {name: each.inputs for name, each in derived.items()}
    for decision in decisions.values():
        applying = () if decision.applies is None else reads(decision.applies.when)
        for part in decision.parts:
            for path in part.member_paths:
                name = f"{decision.id}.{path}"
                found[Own(name)] = part.reads
                found[name] = (Own(name), *applying)
    return found


def _grounds(names: Iterable[Key], below: Mapping[Key, tuple[Key, ...]]) -> tuple[str, ...]:
    """Return the facts, subjects, `as_of` and `today` that names rest on in the end."""
    found = reached(names, lambda name: below.get(name, ()))
    return tuple(name for name in found if isinstance(name, str) and name not in below)
