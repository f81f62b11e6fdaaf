"""What decisions rest on, and in which order they are worked out. The order within one is in `parts.py`.

There is an order, as a pack with a circle (`circles.py`) is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.model.conditions import reads
from service.model.derivations import Derived
from service.model.names import Key, Own
from service.model.order import in_order, reached
from service.model.pack import Decision
from service.model.parts import in_reading_order

__all__ = ["scheduled"]


def scheduled(
    decisions: Mapping[str, Decision], derived: Mapping[str, Derived], between: Mapping[Own, Derived]
) -> tuple[tuple[str, ...], dict[str, Decision]]:
    """Return the decisions' ids in reading order, and the decisions with all that each rests on, their parts in order.

    Raises Circle.
    """
    derivations: Mapping[Key, Derived] = {each.key: each for each in (*derived.values(), *between.values())}
    below = _below(decisions, derivations)
    outside = {
        name: tuple(read for read in decision.named if not isinstance(read, Own) or read in between)
        for name, decision in decisions.items()
    }
    before = {name: _decisions_read(names, derivations, decisions) for name, names in outside.items()}
    order = in_order(decisions, lambda name: before[name])
    filled = {
        name: replace(
            decision,
            parts=in_reading_order(name, decision.parts, between),
            reads=outside[name],
            facts=_grounds(outside[name], below),
            needs_before=tuple(other for other in order if other in before[name]),
        )
        for name, decision in decisions.items()
    }
    return tuple(order), filled


def _decisions_read(
    names: Iterable[Key], derivations: Mapping[Key, Derived], decisions: Mapping[str, Decision]
) -> list[str]:
    givers: dict[Key, str] = {member.name: name for name, decision in decisions.items() for member in decision.members}
    found = reached(names, lambda name: derivations[name].inputs if name in derivations else ())
    return list(dict.fromkeys(givers[name] for name in found if name in givers))


def _below(decisions: Mapping[str, Decision], derivations: Mapping[Key, Derived]) -> Mapping[Key, tuple[Key, ...]]:
    """Return for each name that is worked out what it is worked out from, member by member."""
    found: dict[Key, tuple[Key, ...]] = {name: each.inputs for name, each in derivations.items()}
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
