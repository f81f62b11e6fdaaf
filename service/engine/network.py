"""What durable-rules builds of formulas, so far as it has bounds: counted beforehand, for it does not always notice.

durable-rules keeps a tree of comparisons: formulas that begin alike share a branch, and each comparison leads to those
that come after it. A fact walks down from the root, and where several comparisons hold, all but one of them wait on
a stack. `$or` adds a node of its own to which each of its branches leads; as all of these can wait at once, the bound
of how many end in one comparison (`MOST_MEETINGS`) is never met before that of the stack. Rules of one condition are
asked once (`cutting.py`), so that none ends where another does. The true bounds are in `durable.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.engine.durable import MOST_FOLLOWING, MOST_WAITING
from service.engine.formulas import Both, Either, Formula, Literal

__all__ = ["Network"]


@dataclass(slots=True, eq=False)
class _Node:
    """A comparison, or where the branches of an *or* meet.

    equal     the answers that are compared for equality in what follows: of each only one comparison holds at once
    others    how many further ones follow; all of them could hold at once
    deepest   the most that wait below one of them
    """

    following: dict[Literal, _Node] = field(default_factory=dict)
    equal: set[int] = field(default_factory=set)
    others: int = 0
    meetings: int = 0
    deepest: int = 0

    @property
    def breadth(self) -> int:
        """How many of those that follow can hold at once."""
        return len(self.equal) + self.others + self.meetings

    @property
    def waiting(self) -> int:
        """The most that can wait at once, from when this node is reached until all below it is done."""
        return max(1, self.breadth - 1 + self.deepest)

    def after(self, literal: Literal) -> _Node:
        """Return the node of a comparison that follows."""
        found = self.following.get(literal)
        if found is None:
            found = self.following[literal] = _Node()
            if literal.op == "==":
                self.equal.add(literal.place)
            else:
                self.others += 1
        return found


class Network:
    """The formulas of one ruleset, as durable-rules keeps them."""

    def __init__(self) -> None:
        self._root = _Node()
        self._is_within = True

    @property
    def following(self) -> int:
        """How many different comparisons formulas begin with."""
        return len(self._root.following)

    @property
    def breadth(self) -> int:
        """How many of these can hold at once."""
        return self._root.breadth

    @property
    def deepest(self) -> int:
        """The most that waits below one of them."""
        return self._root.deepest

    def add(self, formula: Formula) -> bool:
        """Add a formula; False where the network is then beyond a bound, and of no more use."""
        edges: list[tuple[_Node, _Node]] = []
        self._chain(self._root, formula.parts if isinstance(formula, Both) else (formula,), edges)
        for node, following in reversed(edges):  # each node is settled before those that lead to it
            node.deepest = max(node.deepest, following.waiting)
        return self._is_within and self._root.waiting <= MOST_WAITING

    def _chain(self, node: _Node, parts: Sequence[Formula], edges: list[tuple[_Node, _Node]]) -> _Node:
        """Follow parts that must all hold, and return where that is known."""
        for part in parts:
            node = self._after(node, part, edges)
        return node

    def _after(self, node: _Node, part: Formula, edges: list[tuple[_Node, _Node]]) -> _Node:
        if isinstance(part, Literal):
            following = node.after(part)
            edges.append((node, following))
            self._is_within = self._is_within and len(node.following) <= MOST_FOLLOWING
            return following
        if isinstance(part, Either):
            return self._meeting(node, part, edges)
        return self._chain(node, part.parts, edges)

    def _meeting(self, node: _Node, part: Either, edges: list[tuple[_Node, _Node]]) -> _Node:
        meeting = _Node()
        for branch in part.parts:
            end = self._after(node, branch, edges)
            end.meetings += 1
            edges.append((end, meeting))
        return meeting
