"""Which facts matter to an open decision, and which of them to ask for first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import prod

from service.analysis.diagrams import Diagram, Outlook
from service.analysis.domains import Choice, Items
from service.analysis.ground import Ground, positions
from service.analysis.ongoing import declared
from service.analysis.regions import Cluster
from service.analysis.terms import facts_in, is_symbolic
from service.analysis.variables import Free, Variable

__all__ = ["needs"]

_MOST_PAIRS = 1000
_MOST_WAYS = 12
# For the order of questions, a result that rests on a value of very many counts as a few.
_OF_A_LINE = 3
_OF_A_LIST = 2
_NONE: frozenset[str] = frozenset()


def needs(
    ground: Ground, variables: Mapping[int, Variable], diagram: Diagram, *, has_terms: bool = False
) -> tuple[str, ...]:
    """Return the facts that matter to a decision; first the one that leaves the fewest results open on average.

    variables  by rank
    diagram    what the decision could come to; `has_terms` where a result may have a term
    A cluster that the order of so many regions could not be found out for is no longer exact.
    """
    questions = _Needs(ground, variables, diagram, has_terms=has_terms)
    order = ground.reach.order
    return tuple(sorted(questions.facts(), key=lambda fact: (questions.left_open(fact), order[fact])))


class _Needs:
    def __init__(self, ground: Ground, variables: Mapping[int, Variable], diagram: Diagram, *, has_terms: bool) -> None:
        self._ground = ground
        self._variables = variables
        self._outlook = Outlook(diagram)
        self._ranks = sorted(self._outlook.at)
        self._columns = {rank: self._outlook.columns(rank) for rank in self._ranks}
        self._left: dict[tuple[int, tuple[Diagram, ...]], int] = {}
        self._facts = [
            facts_in(leaf.value) if has_terms and is_symbolic(leaf.value) else _NONE for leaf in self._outlook.leaves
        ]
        self._has_terms = any(self._facts)

    def facts(self) -> set[str]:
        """Return the facts of which a result hangs, by itself or by what it copies."""
        found = {fact for rank in self._ranks for fact in self._mattering(rank)}
        return set(map(declared, found.union(*self._facts)))

    def _mattering(self, rank: int) -> Iterator[str]:
        """Yield the facts of a variable of which one alone can change the result."""
        variable = self._variables[rank]
        if not isinstance(variable, Cluster) or len(variable.facts) == 1:
            yield from _facts_of(variable)
            return
        columns = self._columns[rank]
        apart = [pair for pair in combinations(range(len(columns)), 2) if columns[pair[0]] != columns[pair[1]]]
        for fact in dict.fromkeys(map(declared, variable.facts)):
            meant = _meant_by(fact, variable)
            if len(apart) > _MOST_PAIRS:
                variable.is_exact = variable.is_exact and any(
                    variable.meet(meant, *pair) for pair in apart[:_MOST_PAIRS]
                )
                yield fact
            elif any(variable.meet(meant, *pair) for pair in apart):
                yield fact

    def left_open(self, fact: str) -> float:
        """Return how many results are left on average once a fact is known."""
        counts: list[float] = []
        for rank in self._ranks:
            variable = self._variables[rank]
            if isinstance(variable, Choice):
                if variable.fact == fact:
                    left = [self._count(self._left_by(rank, i), fact) for i in range(len(variable.values))]
                    return sum(w * n for w, n in zip(variable.weights, left, strict=True)) / sum(variable.weights)
            elif fact in map(declared, _facts_of(variable)):
                ways = self._stretches(rank, variable)
                left = [self._count(self._left_with(rank, i, fact, ways), fact) for i in ways]
                counts.append(sum(left) / len(left))
        return min(counts, default=float(self._count(self._outlook.all, fact)))

    def _stretches(self, rank: int, variable: Variable) -> list[int]:
        """Return one value of a variable for each stretch of them, or each set, that the results do not tell apart."""
        columns = self._columns[rank]
        if isinstance(variable, Cluster) and variable.cells:
            cells = variable.cells
            return [at for i, at in enumerate(cells) if i == 0 or columns[at] != columns[cells[i - 1]]]
        return list({column: i for i, column in enumerate(columns)}.values())

    def _left_by(self, rank: int, i: int) -> int:
        """Return the results, as bits, that are possible once a variable has its i-th value."""
        key = (rank, self._columns[rank][i])
        found = self._left.get(key)
        if found is None:
            found = self._left[key] = self._outlook.left(*key)
        return found

    def _left_with(self, rank: int, region: int, fact: str, ways: Sequence[int]) -> int:
        """Return the results that are possible with the value that a fact can have in a region."""
        variable = self._variables[rank]
        if not isinstance(variable, Cluster) or len(variable.facts) == 1:
            return self._left_by(rank, region)
        if len(ways) > _MOST_WAYS:
            return self._outlook.all  # the others of so many are taken to leave all of it open
        others = frozenset(variable.facts) - _meant_by(fact, variable)
        found = 0
        for each in ways:
            if each == region or variable.meet(others, region, each):
                found |= self._left_by(rank, each)
        return found

    def _count(self, left: int, known: str) -> int:
        """Return how many results there are; one with terms counts as several, for each fact but the known."""
        if not self._has_terms:
            return left.bit_count()
        facts = ((fact for fact in self._facts[i] if declared(fact) != known) for i in positions(left))
        return sum(prod(map(self._several, each)) for each in facts)

    def _several(self, fact: str) -> int:
        return _OF_A_LIST if isinstance(self._ground.domains[fact], Items) else _OF_A_LINE


def _meant_by(fact: str, cluster: Cluster) -> frozenset[str]:
    """Return what a cluster has of a fact: since when it goes on may be there by itself."""
    return frozenset(each for each in cluster.facts if declared(each) == fact)


def _facts_of(variable: Variable) -> Iterable[str]:
    if isinstance(variable, Cluster):
        return variable.facts
    if isinstance(variable, Free):
        return facts_in(variable.atom)
    return (variable.fact if isinstance(variable, Choice) else variable.name,)
