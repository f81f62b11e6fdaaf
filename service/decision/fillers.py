"""What a step puts into an environment, made ready once, so that running it looks nothing up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from service.model.conditions import holds
from service.model.derivations import Derived, Holds
from service.model.names import Key, Own
from service.model.pack import Clock, Copy, Pack, lacks
from service.model.values import none_if_absent
from service.model.working import run_clock, run_copy, way_of

__all__ = ["Fill", "Fillable", "Published", "filler"]

Fill: TypeAlias = Callable[[dict[Key, object]], None]
"""Works something out whose inputs are all in an environment, and puts it there."""


@dataclass(frozen=True, slots=True)
class Published:
    """The members of a decision as others see them: (name, key within the decision) of each.

    requirements  as a Decision has them: without them it has no outcome, and so no members
    applies   the key under which it stands whether the decision applies
    """

    members: tuple[tuple[str, Key], ...]
    requirements: tuple[tuple[Key, ...], ...]
    applies: Key | None


Fillable: TypeAlias = Derived | Clock | Copy | Published


def filler(work: Fillable, pack: Pack) -> Fill:
    """Return what works something out."""
    return _FILLERS[type(work)](work, pack)


def _derived(derived: Derived, _: Pack) -> Fill:
    name, how = derived.key, derived.how
    if isinstance(how, Holds):
        condition = how.condition

        def judge(env: dict[Key, object]) -> None:
            env[name] = holds(condition, env)

        return judge
    way, inputs = way_of(how), derived.inputs
    if len(inputs) == 1:
        (only,) = inputs

        def follow(env: dict[Key, object]) -> None:
            env[name] = way(env[only])

        return follow
    take = itemgetter(*inputs)

    def join(env: dict[Key, object]) -> None:
        env[name] = way(*take(env))

    return join


def _copy(copy: Copy, _: Pack) -> Fill:
    key = Own(f"{copy.decision}.{copy.member}")

    def repeat(env: dict[Key, object]) -> None:
        env[key] = none_if_absent(run_copy(copy, env))

    return repeat


def _clock(clock: Clock, pack: Pack) -> Fill:
    keys = tuple((member, Own(f"{clock.decision}.{member}")) for member in clock.gives.values())

    def count(env: dict[Key, object]) -> None:
        values = run_clock(clock, pack, env)
        for member, key in keys:
            env[key] = values.get(member)

    return count


def _published(published: Published, _: Pack) -> Fill:
    members, applies, requirements = published.members, published.applies, published.requirements
    nothing = dict.fromkeys([name for name, _ in members])

    def publish(env: dict[Key, object]) -> None:
        if (applies is None or env[applies]) and not lacks(requirements, env):
            env.update([(name, env[key]) for name, key in members])
        else:
            env.update(nothing)

    return publish


_FILLERS: Mapping[type, Callable[[Any, Pack], Fill]] = {
    Derived: _derived,
    Copy: _copy,
    Clock: _clock,
    Published: _published,
}
