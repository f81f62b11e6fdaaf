"""What diagrams ask for: a fact with few values, which claims are true together, whether there is a subject at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from service.analysis.domains import Choice
from service.analysis.regions import Cluster
from service.analysis.terms import Atom

__all__ = ["Free", "Given", "Variable"]


@dataclass(frozen=True, slots=True)
class Given:
    """The variable that says whether a case has a fact or subject at all."""

    name: str


@dataclass(frozen=True, slots=True)
class Free:
    """The variable of a claim about which nothing is known."""

    atom: Atom


Variable: TypeAlias = Choice | Cluster | Given | Free
