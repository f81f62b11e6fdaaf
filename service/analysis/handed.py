"""Diagrams that one decision of a request has made and the next one needs too: made once, counted for each.

How many steps a decision takes, and so whether it stays within its bound, must not hang on what else was asked: what is
handed on counts as if it were made anew. So it is with the parts of a pack that is proved, one after the other.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from service.analysis.diagrams import Diagram, Diagrams
from service.analysis.regions import Cluster
from service.analysis.variables import Free, Variable

__all__ = ["Handed", "Made"]


@dataclass(slots=True, eq=False)
class Made:
    """A diagram, with what it was made of.

    steps      that it took, without those of `inner`
    inner      what it was made from, by key
    variables  all that it and `inner` ask for, by rank
    has_terms  whether a term has come up
    """

    diagram: Diagram
    steps: int = 0
    inner: dict[Hashable, Made] = field(default_factory=dict)
    variables: dict[int, Variable] = field(default_factory=dict)
    has_terms: bool = False

    def use(self, key: Hashable, other: Made) -> None:
        """Note that this is made from another."""
        if key not in self.inner:
            self.inner[key] = other
            self.variables.update(other.variables)
            self.has_terms = self.has_terms or other.has_terms


class Handed:
    """What the decisions of one request have made so far, all of it in one space. Belongs to one thread.

    A key must mean the same to all of them: it is of one case, and each decision comes after those that it reads.
    """

    def __init__(self, space: Diagrams | None = None) -> None:
        """Take the space of earlier requests, or a new one."""
        self.space = Diagrams(0) if space is None else space
        self._made: dict[Hashable, Made] = {}

    def keep(self, key: Hashable, made: Made) -> None:
        """Keep what another decision may need, unless it rests on what only the decision that made it knows."""
        if not any(isinstance(each, Free) for each in made.variables.values()):
            self._made[key] = made

    def get(self, key: Hashable, variables: Mapping[int, Variable]) -> Made | None:
        """Return what was made under a key, where it asks for nothing that means something else to the decision.

        variables  those that the decision has so far, all of its clusters among them
        """
        made = self._made.get(key)
        if made is None:
            return None
        for rank, variable in made.variables.items():
            mine = variables.get(rank)
            if mine is not variable and (mine != variable if mine is not None else isinstance(variable, Cluster)):
                return None
        return made
