"""Where a decision may be open although it need not be, and why: what the analysis of unknown facts can't settle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.analysis.domains import Choice, Domain
from service.analysis.ground import Ground
from service.analysis.handed import Handed
from service.analysis.possible import analyse
from service.analysis.telling import named
from service.model.names import Key
from service.model.pack import Copy, Decision
from service.model.parts import Part

__all__ = ["Unsettled", "unsettled"]


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What may be open although it need not be.

    parts  the names of the decision's parts that rest on what is not settled
    why    what that is, as a clause of a sentence
    """

    decision: Decision
    parts: tuple[str, ...]
    why: str


def unsettled(ground: Ground) -> Iterator[Unsettled]:
    """Yield the decisions that may be answered with `"exact": false`: looked at where nothing is known of a case."""
    handed = Handed()
    env: dict[Key, object] = dict.fromkeys(ground.pack.facts.subjects, True)
    for decision in ground.pack.decisions.values():
        handed = Handed() if handed.space.is_large else handed
        found = analyse(ground, decision, env, handed)
        if not found.is_exact:
            # What has few values is looked at value by value: that is settled.
            many = [fact for fact in found.needs if not _is_gone_through(ground.domains.get(fact))]
            order = ground.reach.order
            facts = sorted(many or found.needs, key=lambda fact: (order.get(fact, len(order)), fact))
            parts = tuple(
                _name(part) for part in decision.parts if not ground.reach.facts_of_part(part).isdisjoint(facts)
            )
            yield Unsettled(decision, parts, f"not all that is asked of {named(facts)} is settled")


def _is_gone_through(domain: Domain | None) -> bool:
    return isinstance(domain, Choice) and domain.is_complete


def _name(part: Part) -> str:
    return f"{part.decision}.{part.member}" if isinstance(part, Copy) else part.id
