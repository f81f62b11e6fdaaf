"""Personal facts taken out of a case's facts, and put back. Which facts are personal, the facts schema says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from service.jsontext import Json

__all__ = ["join_personal", "split_personal"]


def split_personal(facts: Mapping[str, Json], names: Collection[str]) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
    """Return facts without the personal ones, and the values of those by dotted name.

    facts    nested, as they came; they stay as they are, and are themselves returned when no personal fact is given
    names    dotted names of the personal facts
    returns  an object that held a personal fact stays, also without any member; values are in the order of their names

    >>> split_personal({"loan": {"kind": "map"}, "member": {"name": "Zoe"}}, {"member.name"})
    ({'loan': {'kind': 'map'}, 'member': {}}, {'member.name': 'Zoe'})
    """
    kept: Mapping[str, Json] = facts
    values: dict[str, Json] = {}
    for name in sorted(names):
        *way, last = name.split(".")
        holder: Json = kept
        for step in way:
            holder = holder.get(step) if isinstance(holder, Mapping) else None
        if isinstance(holder, Mapping) and last in holder:
            values[name] = holder[last]
            kept = _without(kept, way, last)
    return kept, values


def _without(facts: Mapping[str, Json], way: Sequence[str], last: str) -> Mapping[str, Json]:
    if not way:
        return {name: value for name, value in facts.items() if name != last}
    step, *rest = way
    return {**facts, step: _without(cast("Mapping[str, Json]", facts[step]), rest, last)}


def join_personal(facts: Mapping[str, Json], values: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return facts with the personal ones in their places again, whatever of them there still is.

    It undoes `split_personal`, but for the order of members; the same facts are returned when there are no values.

    >>> join_personal({"loan": {"kind": "map"}, "member": {}}, {"member.name": "Zoe"})
    {'loan': {'kind': 'map'}, 'member': {'name': 'Zoe'}}
    """
    for name, value in values.items():
        facts = _with(facts, name.split("."), value)
    return facts


def _with(facts: Mapping[str, Json], steps: Sequence[str], value: Json) -> Mapping[str, Json]:
    step, *rest = steps
    return {**facts, step: _with(cast("Mapping[str, Json]", facts.get(step, {})), rest, value) if rest else value}
