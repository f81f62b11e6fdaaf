"""Decision diagrams over facts with many values: exact answers about what could still happen.

No pack and no rules here.

A diagram is a function from the values of some variables to a result, kept reduced and shared, so that two equal
functions are the same object (Bryant, "Graph-based algorithms for Boolean function manipulation", 1986; with
many-valued variables: Srinivasan et al., "Algorithms for discrete function manipulation", 1990). A variable stands in
a diagram exactly when it can change the result: that makes `support` the exact answer to "which facts matter".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import datetime

__all__ = ["Diagram", "Diagrams", "Leaf", "Node", "TooManyNodes", "narrowed", "nodes", "results", "support"]


class TooManyNodes(Exception):
    """A function needs more diagram nodes than its space allows."""


class Leaf:
    """A diagram that is one result whatever the variables are."""

    __slots__ = ("value",)

    def __init__(self, value: Hashable) -> None:
        self.value = value


class Node:
    """A diagram that asks for one variable and goes on with the child of its value.

    rank      position of the variable in the order of its space
    cuts      for a variable with infinitely many values: the least value of each child but the first; else empty
    children  one for each value (or stretch of values), not all the same
    """

    __slots__ = ("children", "cuts", "rank")

    def __init__(self, rank: int, cuts: tuple[Hashable, ...], children: tuple[Diagram, ...]) -> None:
        self.rank = rank
        self.cuts = cuts
        self.children = children


Diagram = Leaf | Node


class Diagrams:
    """A space of shared diagrams. Belongs to one thread and one question.

    limit    nodes that may be made before TooManyNodes is raised
    applied  room for its users to keep what a named function came to on given operands
    """

    def __init__(self, limit: int = 2_000_000) -> None:
        self._leaves: dict[Hashable, Leaf] = {}
        self._nodes: dict[Hashable, Node] = {}
        self._limit = limit
        self.applied: dict[Hashable, Diagram] = {}
        self.true = self.leaf(True)
        self.false = self.leaf(False)

    def leaf(self, value: Hashable) -> Leaf:
        """Return the one diagram that is always `value`."""
        key = _identity(value)
        found = self._leaves.get(key)
        if found is None:
            found = self._leaves[key] = Leaf(value)
        return found

    def node(self, rank: int, children: Sequence[Diagram], cuts: tuple[Hashable, ...] = ()) -> Diagram:
        """Return the one diagram that chooses among `children` by the variable at `rank`."""
        first = children[0]
        if all(child is first for child in children):
            return first
        key = (rank, cuts, *map(id, children))
        found = self._nodes.get(key)
        if found is None:
            if len(self._nodes) >= self._limit:
                raise TooManyNodes
            found = self._nodes[key] = Node(rank, cuts, tuple(children))
        return found

    def stretches(self, rank: int, pieces: Sequence[tuple[Hashable, Diagram]]) -> Diagram:
        """Return the diagram of a variable with infinitely many values, from (least value, diagram) in rising order."""
        kept = [pieces[0]]
        for piece in pieces[1:]:
            if piece[1] is not kept[-1][1]:
                kept.append(piece)
        if len(kept) == 1:
            return kept[0][1]
        return self.node(rank, [child for _, child in kept], tuple(least for least, _ in kept[1:]))

    def apply(self, function: Callable[..., Hashable], *operands: Diagram) -> Diagram:
        """Return the diagram of `function` of the operands' results. Operands may not have cuts."""
        memo: dict[tuple[Diagram, ...], Diagram] = {}

        def visit(current: tuple[Diagram, ...]) -> Diagram:
            found = memo.get(current)
            if found is None:
                ranks = [one.rank for one in current if one.__class__ is Node]
                if ranks:
                    found = self._split(min(ranks), current, visit)
                else:
                    found = self.leaf(function(*[one.value for one in current]))  # type: ignore[union-attr]
                memo[current] = found
            return found

        return visit(operands)

    def _split(
        self, rank: int, current: tuple[Diagram, ...], visit: Callable[[tuple[Diagram, ...]], Diagram]
    ) -> Diagram:
        split = [one.__class__ is Node and one.rank == rank for one in current]
        width = next(len(one.children) for one, here in zip(current, split, strict=True) if here)  # type: ignore[union-attr]
        return self.node(
            rank,
            [
                visit(tuple(one.children[i] if here else one for one, here in zip(current, split, strict=True)))  # type: ignore[union-attr]
                for i in range(width)
            ],
        )

    def choose(self, condition: Diagram, yes: Diagram, no: Diagram) -> Diagram:
        """Return the diagram that is `yes` where the condition is True and `no` elsewhere."""
        if condition is self.true:
            return yes
        if condition is self.false:
            return no
        if yes is no:
            return yes
        memo: dict[tuple[Diagram, Diagram, Diagram], Diagram] = {}

        def visit(test: Diagram, then: Diagram, other: Diagram) -> Diagram:
            if test is self.true or then is other:
                return then
            if test is self.false:
                return other
            key = (test, then, other)
            found = memo.get(key)
            if found is None:
                rank = min(one.rank for one in key if one.__class__ is Node)
                found = memo[key] = self._split(rank, key, lambda split: visit(*split))
            return found

        return visit(condition, yes, no)

    def both(self, first: Diagram, second: Diagram) -> Diagram:
        """Return the conjunction of two boolean diagrams."""
        return self.choose(first, second, self.false)

    def either(self, first: Diagram, second: Diagram) -> Diagram:
        """Return the disjunction of two boolean diagrams."""
        return self.choose(first, self.true, second)

    def negate(self, condition: Diagram) -> Diagram:
        """Return the negation of a boolean diagram."""
        return self.choose(condition, self.false, self.true)


def _identity(value: object) -> Hashable:
    """Return what tells results apart that Python holds equal: True from 1, one instant at two offsets."""
    if isinstance(value, tuple):
        return (value.__class__, *map(_identity, value))
    if isinstance(value, datetime):
        return (value, value.utcoffset())
    return (value.__class__, value)


def nodes(diagram: Diagram) -> Iterator[Diagram]:
    """Yield every distinct node and leaf below and including a diagram."""
    seen: set[int] = set()
    waiting = [diagram]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            if isinstance(one, Node):
                waiting.extend(one.children)


def support(diagram: Diagram) -> set[int]:
    """Return the ranks of the variables that can change the result: exactly those."""
    return {one.rank for one in nodes(diagram) if isinstance(one, Node)}


def results(diagram: Diagram) -> list[Hashable]:
    """Return the distinct results that a diagram can have."""
    return [one.value for one in nodes(diagram) if isinstance(one, Leaf)]


def narrowed(diagram: Diagram, rank: int, pick: Callable[[Node], Diagram]) -> set[Hashable]:
    """Return the results still possible once the variable at `rank` is settled.

    `pick` tells which child its value takes.
    """
    seen: set[int] = set()
    found: set[Hashable] = set()
    waiting = [diagram]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Leaf):
            found.add(one.value)
        else:
            waiting.extend([pick(one)] if one.rank == rank else one.children)
    return found
