"""Hit policies: how the rules that hold make one outcome (DMN 1.5, 8.2.8, with its names).

What holds is found elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from service.facts.numbers import number_text
from service.model.names import Key
from service.model.outcomes import Template, filled
from service.model.pack import Group
from service.model.values import ABSENT, CONFLICT

__all__ = ["Overruled", "Resolution", "disputed", "fill", "fill_one", "resolve"]


@dataclass(frozen=True, slots=True)
class Overruled:
    """A rule that holds and does not count."""

    rule: int  # position in its group
    by: int
    why: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a group's hits come to.

    winners  positions of the rules that make the outcome, in rule order
    offered  member -> the values that the winners give it, in rule order: constants or Templates
    settled  member -> its value, where no Template is among them; else None
    """

    winners: tuple[int, ...]
    overruled: tuple[Overruled, ...]
    offered: Mapping[str, tuple[object, ...]]
    settled: Mapping[str, object] | None


def resolve(group: Group, hits: Iterable[int]) -> Resolution:
    """Apply a group's `outranks` and hit policy to the rules that hold (their positions, in any order)."""
    held = sorted(hits)
    outranked = list(_outranked(group, held))
    beaten = {each.rule for each in outranked}
    winners, overruled = _POLICIES[group.policy](group, [i for i in held if i not in beaten])
    offered = _offered(group, winners)
    plain = not any(isinstance(value, Template) for values in offered.values() for value in values)
    everything = tuple(sorted((*outranked, *overruled), key=lambda each: each.rule))
    settled = {member: _joined(group, member, values) for member, values in offered.items()} if plain else None
    return Resolution(tuple(winners), everything, offered, settled)


def fill(group: Group, resolution: Resolution, values: Mapping[Key, object]) -> Mapping[str, object]:
    """Return the members' values; `values` has what Templates copy, and one that it lacks makes the member ABSENT.

    A member that rules disagree about is CONFLICT.
    """
    if resolution.settled is not None:
        return resolution.settled
    return {
        member: _joined(group, member, tuple(_filled(value, values) for value in offered))
        for member, offered in resolution.offered.items()
    }


def fill_one(group: Group, member: str, value: object, values: Mapping[Key, object]) -> object:
    """Return a member's value where one rule alone gives it: a constant or a Template; `values` as for `fill`."""
    return _joined(group, member, (_filled(value, values),))


def disputed(group: Group, resolution: Resolution, values: Mapping[Key, object]) -> tuple[str, ...]:
    """Return the members about which the rules that win disagree; `values` are those for `fill`."""
    return tuple(member for member, value in fill(group, resolution, values).items() if value is CONFLICT)


def _filled(value: object, values: Mapping[Key, object]) -> object:
    if not isinstance(value, Template):
        return value
    return filled(value, values) if all(name in values for name in value.inputs) else ABSENT


def _outranked(group: Group, held: list[int]) -> Iterable[Overruled]:
    ranking = [j for j in held if group.rules[j].outranks]
    for i in held:
        by = next((j for j in ranking if i in group.rules[j].outranks), None)
        if by is not None:
            yield Overruled(i, by, f"{group.rules[by].id} outranks it.")


_Decided = tuple[list[int], list[Overruled]]


def _first(group: Group, held: list[int]) -> _Decided:
    return held[:1], [Overruled(i, held[0], f"{group.rules[held[0]].id} stands before it.") for i in held[1:]]


def _priority(group: Group, held: list[int]) -> _Decided:
    if not held or group.order is None:
        return held, []
    member, ranks = group.order
    given = {i: group.rules[i].then.get(member) for i in held}
    best = min(held, key=lambda i: (ranks.get(given[i], len(ranks)), i))
    winners = [i for i in held if given[i] == given[best]]
    why = f"{member} {_shown(given[best])} comes before {{}}."
    overruled = [Overruled(i, best, why.format(_shown(given[i]))) for i in held if given[i] != given[best]]
    return winners, overruled


def _together(_: Group, held: list[int]) -> _Decided:
    return held, []


_POLICIES: Mapping[str, Callable[[Group, list[int]], _Decided]] = {
    "any": _together,
    "collect": _together,
    "first": _first,
    "priority": _priority,
    "unique": _together,
}


def _offered(group: Group, winners: Iterable[int]) -> dict[str, tuple[object, ...]]:
    offered: dict[str, tuple[object, ...]] = {}
    for i in winners:
        for member, value in group.rules[i].then.items():
            offered[member] = (*offered.get(member, ()), value)
    if group.policy == "collect":
        for member in group.lists:
            offered.setdefault(member, ())
    return offered


def _joined(group: Group, member: str, values: tuple[object, ...]) -> object:
    if group.policy == "collect" and member in group.lists:
        return tuple(dict.fromkeys(item for value in values if isinstance(value, tuple) for item in value))
    distinct = dict.fromkeys(values)
    if len(distinct) > 1 or (group.policy == "unique" and len(values) > 1):
        return CONFLICT
    return next(iter(distinct), ABSENT)


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
