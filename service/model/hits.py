"""Hit policies: how the rules that hold make one outcome (DMN 1.5, 8.2.8, with its names).

What holds is found elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from service.facts.numbers import number_text, total
from service.model.names import Key
from service.model.outcomes import Template, filled
from service.model.pack import Group
from service.model.values import ABSENT, CONFLICT, Pairs, distinct, equivalence, is_equal, none_if_absent

__all__ = [
    "Overruled",
    "Resolution",
    "always_given",
    "disputed",
    "fill",
    "fill_one",
    "filled_in",
    "gathers",
    "is_reduced",
    "joined",
    "resolve",
    "settler",
]


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
    constants  member -> its value, where no Template is among them; else None
    """

    winners: tuple[int, ...]
    overruled: tuple[Overruled, ...]
    offered: Mapping[str, tuple[object, ...]]
    constants: Mapping[str, object] | None


def resolve(group: Group, hits: Iterable[int]) -> Resolution:
    """Apply a group's `outranks` and hit policy to the rules that hold (their positions, in any order)."""
    held = sorted(hits)
    outranked = list(_outranked(group, held))
    left = _without_outranked(held, outranked)
    winners = _WINNERS[group.policy](group, left)
    offered = _offered(group, winners)
    constants = _constants(group, offered)
    overruled = [*outranked, *(_overruled(group, left, winners) if len(winners) < len(left) else ())]
    return Resolution(tuple(winners), tuple(sorted(overruled, key=_by_rule)), offered, constants)


def settler(group: Group) -> Callable[[Sequence[int]], tuple[object, ...]]:
    """Return what says what rules that hold give, of a group none of whose rules copies anything.

    It takes their positions in order and returns members' values in the group's order, None for none: what `resolve`
    comes to, without telling why the others do not count. Worth its while where very many sets of rules are settled.
    """
    rules = group.rules
    winners = _WINNERS[group.policy]
    ranking = any(rule.outranks for rule in rules)
    places = {member: place for place, member in enumerate(group.gives)}
    given = [[(places[member], value) for member, value in rule.then.items()] for rule in rules]
    is_collected = [gathers(group, member) for member in group.gives]
    is_one = [is_reduced(group, member) for member in group.gives]
    alone = group.policy == "unique"
    nothing = [() if collected or one else None for collected, one in zip(is_collected, is_one, strict=True)]

    def settle(held: Sequence[int]) -> tuple[object, ...]:
        held = list(held)
        values: list[Any] = list(nothing)
        seen: set[int] = set()
        for i in winners(group, _without_outranked(held, _outranked(group, held)) if ranking else held):
            for place, value in given[i]:
                if is_one[place]:
                    values[place] += (value,)
                elif is_collected[place]:
                    values[place] += value if isinstance(value, tuple) else ()
                elif place not in seen:
                    values[place] = value
                elif alone or not is_equal(values[place], value):
                    values[place] = CONFLICT
                seen.add(place)
        return tuple(
            [
                none_if_absent(_reduced(group, member, value))
                if one
                else _listed(group, member, value)
                if collected
                else none_if_absent(value)
                for value, member, collected, one in zip(values, group.gives, is_collected, is_one, strict=True)
            ]
        )

    return settle


def fill(group: Group, resolution: Resolution, values: Mapping[Key, object]) -> Mapping[str, object]:
    """Return the members' values; `values` has what Templates copy, and one that it lacks makes the member ABSENT.

    A member that rules disagree about is CONFLICT.
    """
    if resolution.constants is not None:
        return resolution.constants
    return {member: fill_one(group, member, offered, values) for member, offered in resolution.offered.items()}


def fill_one(group: Group, member: str, offered: Iterable[object], values: Mapping[Key, object]) -> object:
    """Return a member's value from what rules offer it: constants or Templates; `values` as for `fill`."""
    return joined(group, member, filled_in(offered, values))


def filled_in(offered: Iterable[object], values: Mapping[Key, object]) -> tuple[object, ...]:
    """Return what rules offer a member, each filled in, ABSENT for what copies none; `values` as for `fill`."""
    return tuple([_filled(value, values) for value in offered])


def disputed(group: Group, resolution: Resolution, values: Mapping[Key, object]) -> tuple[str, ...]:
    """Return the members about which the rules that win disagree; `values` are those for `fill`."""
    found = fill(group, resolution, values).items()
    return tuple(member for member, value in found if value is CONFLICT and member != group.nothing)


def _filled(value: object, values: Mapping[Key, object]) -> object:
    if not isinstance(value, Template):
        return value
    return filled(value, values) if all(name in values for name in value.inputs) else ABSENT


def _by_rule(overruled: Overruled) -> int:
    return overruled.rule


def _outranked(group: Group, held: Sequence[int]) -> Iterator[Overruled]:
    rules = group.rules
    ranking = [j for j in held if rules[j].outranks]
    for i in held if ranking else ():
        by = next((j for j in ranking if i in rules[j].outranks), None)
        if by is not None:
            yield Overruled(i, by, f"{rules[by].id} outranks it.")


def _without_outranked(held: list[int], outranked: Iterable[Overruled]) -> list[int]:
    beaten = {each.rule for each in outranked}
    return [i for i in held if i not in beaten] if beaten else held


def _first(_: Group, held: list[int]) -> list[int]:
    return held[:1]


def _priority(group: Group, held: list[int]) -> list[int]:
    if len(held) < 2 or group.order is None:
        return held
    member, ranks = group.order
    given = [group.rules[i].then.get(member) for i in held]
    placed = [ranks.get(value, len(ranks)) for value in given]
    best = given[placed.index(min(placed))]
    return [i for i, value in zip(held, given, strict=True) if value == best]


def _together(_: Group, held: list[int]) -> list[int]:
    return held


# What else a policy does, `joined` and `settler` know: the same, one by one and in one go.
_WINNERS: Mapping[str, Callable[[Group, list[int]], list[int]]] = {
    "any": _together,
    "collect": _together,
    "first": _first,
    "priority": _priority,
    "unique": _together,
}


def _overruled(group: Group, held: Sequence[int], winners: Sequence[int]) -> Iterator[Overruled]:
    """Yield the rules that the hit policy does not let count, with the first winner, and why."""
    by = winners[0]
    others = [i for i in held if i not in winners]
    if group.policy == "first" or group.order is None:
        yield from (Overruled(i, by, f"{group.rules[by].id} stands before it.") for i in others)
        return
    member, _ = group.order
    why = f"{member} {_shown(group.rules[by].then.get(member))} comes before {{}}."
    yield from (Overruled(i, by, why.format(_shown(group.rules[i].then.get(member)))) for i in others)


def _constants(group: Group, offered: Mapping[str, tuple[object, ...]]) -> Mapping[str, object] | None:
    if any(value.__class__ is Template for values in offered.values() for value in values):
        return None
    return {member: joined(group, member, values) for member, values in offered.items()}


def _offered(group: Group, winners: Iterable[int]) -> dict[str, tuple[object, ...]]:
    offered: dict[str, tuple[object, ...]] = {}
    for i in winners:
        for member, value in group.rules[i].then.items():
            offered[member] = (*offered[member], value) if member in offered else (value,)
    if group.policy == "collect":
        for member in (*group.lists, *group.collects):
            offered.setdefault(member, ())
    return offered


def gathers(group: Group, member: str) -> bool:
    """Say whether a member is a list of the items that all rules give."""
    return group.policy == "collect" and member in group.lists


def is_reduced(group: Group, member: str) -> bool:
    """Say whether a member is one value of all that rules give: their sum, count, least or greatest."""
    return group.collects.get(member, "all") != "all"


def always_given(group: Group, member: str) -> bool:
    """Say whether a member has a value whatever rules hold: a list that gathers, a sum, a count."""
    return gathers(group, member) or group.collects.get(member) in ("sum", "count")


def _reduced(group: Group, member: str, values: tuple[Any, ...]) -> object:
    """Return the one value that comes of those that rules give, without those that copy none."""
    given = [value for value in values if value is not ABSENT and value is not None]
    how = group.collects[member]
    if how == "count":
        return len(given)
    if how == "sum":
        return total(given)
    if not given:
        return ABSENT
    return min(given) if how == "least" else max(given)


def _listed(group: Group, member: str, items: Iterable[object]) -> tuple[object, ...]:
    """Return the items that rules give of a list: each once unless all are kept, in the order that ranks them."""
    kept = list(items) if group.collects.get(member) == "all" else distinct(items, equivalence)
    if group.order is not None and group.order[0] == member:
        ranks, by = group.order[1], group.order_by
        kept.sort(key=lambda item: ranks.get(item if by is None else _in_record(item, by), len(ranks)))
    return tuple(kept)


def _in_record(item: object, name: str) -> object:
    """Return what an item has under a name; None for one that is no record with it."""
    return dict(item).get(name) if isinstance(item, Pairs) else None


def joined(group: Group, member: str, values: tuple[object, ...]) -> object:
    """Return a member's value from those that rules give it: ABSENT without any, CONFLICT where they disagree."""
    if is_reduced(group, member):
        return _reduced(group, member, values)
    if gathers(group, member):
        return _listed(group, member, (item for value in values if isinstance(value, tuple) for item in value))
    if not values:
        return ABSENT
    first, *others = values
    if others and (group.policy == "unique" or not all(is_equal(first, other) for other in others)):
        return CONFLICT
    return first


def _shown(value: object) -> str:
    if value is ABSENT:
        return "nothing"
    if isinstance(value, Decimal | Fraction):
        return number_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
