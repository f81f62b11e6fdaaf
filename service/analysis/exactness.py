"""Where a decision may be open although it need not be, and why: what the analysis of unknown facts can't settle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.analysis.diagrams import TooMuchWork
from service.analysis.ground import Ground
from service.analysis.possible import analyse
from service.analysis.regions import Cluster
from service.analysis.telling import listed
from service.analysis.terms import facts_in
from service.analysis.worlds import Free, World
from service.model.names import Key
from service.model.pack import Copy, Decision, Pack
from service.model.parts import Part

__all__ = ["Unsettled", "unsettled"]

_MOST_STEPS = 120_000
_MOST_FACTS = 6


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What may be open although it need not be.

    parts  the names of the decision's parts that rest on what is not settled
    why    what that is, as a clause of a sentence
    """

    decision: Decision
    parts: tuple[str, ...]
    why: str


def unsettled(pack: Pack) -> Iterator[Unsettled]:
    """Yield the decisions that may be answered with `"exact": false`: looked at where nothing is known of a case."""
    ground = Ground(pack)
    env: dict[Key, object] = dict.fromkeys(pack.facts.subjects, True)
    for decision in pack.decisions.values():
        if not analyse(ground, decision, env).is_exact:
            facts = _facts(ground, decision, env)
            if facts is None:
                everything = tuple(_name(part) for part in decision.parts)
                yield Unsettled(decision, everything, "there are too many combinations of what it rests on")
            else:
                parts = tuple(_name(part) for part in decision.parts if ground.reach.facts_of_part(part) & facts)
                order = ground.reach.order
                told = sorted(facts, key=lambda fact: order.get(fact, len(order)))
                yield Unsettled(decision, parts, f"not all that is asked of {_told(told)} together is settled")


def _facts(ground: Ground, decision: Decision, env: dict[Key, object]) -> frozenset[str] | None:
    """Return the facts of which not all is settled that is asked of them; None where there is too much of it."""
    try:
        world = World(ground, decision, env, bound=_MOST_STEPS)
    except TooMuchWork:
        return None
    variables = world.variables.values()
    inexact = {fact for each in variables if isinstance(each, Cluster) and not each.is_exact for fact in each.facts}
    inexact |= {fact for each in variables if isinstance(each, Free) for fact in facts_in(each.atom)}
    together = {fact for each in variables if isinstance(each, Cluster) and len(each.facts) > 1 for fact in each.facts}
    return frozenset(inexact or together or ground.reach.unknown(decision, env))


def _name(part: Part) -> str:
    return f"{part.decision}.{part.member}" if isinstance(part, Copy) else part.id


def _told(facts: list[str]) -> str:
    shown = facts[:_MOST_FACTS]
    return listed([*shown, f"{len(facts) - _MOST_FACTS} more"] if len(facts) > _MOST_FACTS else shown)
