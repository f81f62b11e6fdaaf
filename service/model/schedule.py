"""What decisions rest on, and in which order they are worked out. The order within one is in `parts.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.model.conditions import reads
from service.model.order import in_order, reached
from service.model.pack import Decision, Derived
from service.model.parts import part_gives, part_reads
from service.model.values import inner

__all__ = ["scheduled"]


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


def _outside_reads(decision: Decision) -> list[str]:
    """Return the names that a decision reads and does not itself give."""
    found: dict[str, None] = {}
    if decision.applies is not None:
        found.update(dict.fromkeys(reads(decision.applies.when)))
    for part in decision.parts:
        found.update(dict.fromkeys(part_reads(part)))
    for note in decision.notes:
        found.update(dict.fromkeys(reads(note.when)))
    return [name for name in found if not name.startswith("@")]


def _decisions_read(
    names: Iterable[str], derived: Mapping[str, Derived], decisions: Mapping[str, Decision]
) -> list[str]:
    givers = {member.name: name for name, decision in decisions.items() for member in decision.members}
    below = {name: each.inputs for name, each in derived.items()}
    return list(
        dict.fromkeys(givers[name] for name in reached(names, lambda name: below.get(name, ())) if name in givers)
    )


def _below(decisions: Mapping[str, Decision], derived: Mapping[str, Derived]) -> Mapping[str, tuple[str, ...]]:
    """Return for each name that is worked out what it is worked out from, member by member."""
    found: dict[str, tuple[str, ...]] = {name: each.inputs for name, each in derived.items()}
    for decision in decisions.values():
        applying = () if decision.applies is None else reads(decision.applies.when)
        for part in decision.parts:
            for path in part_gives(part):
                name = f"{decision.id}.{path}"
                found[inner(name)] = part_reads(part)
                found[name] = (inner(name), *applying)
    return found


def _grounds(names: Iterable[str], below: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the facts, subjects, `as_of` and `today` that names rest on in the end."""
    return tuple(name for name in reached(names, lambda name: below.get(name, ())) if name not in below)
