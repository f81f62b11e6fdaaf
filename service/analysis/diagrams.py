"""Decision diagrams over variables with several values: exact answers about what could still happen.

No pack and no rules here.

A diagram is a function from the values of some variables to a result, kept reduced and shared, so that two equal
functions are the same object (Bryant, "Graph-based algorithms for Boolean function manipulation", 1986; with
many-valued variables: Srinivasan et al., "Algorithms for discrete function manipulation", 1990). A variable stands in
a diagram exactly when it can change the result: that makes `support` the exact answer to "which variables matter".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import repeat

from service.model.values import is_same
from service.remembering import weight

__all__ = ["Diagram", "Diagrams", "Leaf", "Node", "Outlook", "TooMuchWork", "nodes", "results", "support"]


_CONDITIONS_IN_A_STEP = 8
_BYTES_OF_ONE = 256  # diagram, about
_MANY = 20_000


class TooMuchWork(Exception):
    """A function needs more steps than its space allows."""


class Leaf:
    """A diagram that is one result whatever the variables are.

    twin  the next leaf of its space whose value Python holds equal and yet is another
    """

    __slots__ = ("twin", "value")

    def __init__(self, value: Hashable) -> None:
        self.value = value
        self.twin: Leaf | None = None


class Node:
    """A diagram that asks for one variable and goes on with the child of its value.

    rank      position of the variable in the order of its space
    children  one for each value, not all the same
    below     every distinct node and leaf below it, once somebody has asked
    """

    __slots__ = ("below", "children", "rank")

    def __init__(self, rank: int, children: tuple[Diagram, ...]) -> None:
        self.rank = rank
        self.children = children
        self.below: Sequence[Diagram] | None = None


Diagram = Leaf | Node
_Open = tuple[tuple[int, Node], ...]


class Diagrams:
    """A space of shared diagrams. Belongs to one thread.

    work   steps that were taken so far
    bound  steps that may be taken before TooMuchWork is raised; a user may set it anew at any time
    size   how many diagrams and remembered results it holds by now; a value that is large counts as more

    What `choose`, `together` and `mapped` came to is remembered, and its steps count as if they were taken again.
    """

    def __init__(self, bound: int) -> None:
        self._leaves: dict[Hashable, Leaf] = {}
        self._nodes: dict[Hashable, Node] = {}
        self._known: dict[Hashable, tuple[Diagram, int]] = {}
        self.size = 0
        self.work = 0
        self.bound = bound
        self.true = self.leaf(True)
        self.false = self.leaf(False)

    @property
    def is_large(self) -> bool:
        """Whether it holds so much that whoever goes on should begin another."""
        return self.size > _MANY

    def leaf(self, value: Hashable) -> Leaf:
        """Return the one diagram that is always `value`."""
        found = self._leaves.get(value)
        if found is None:
            found = self._leaves[value] = Leaf(value)
            self.size += 1 + weight(value) // _BYTES_OF_ONE
            return found
        while not (found.value is value or is_same(found.value, value)):
            if found.twin is None:
                found.twin = Leaf(value)
            found = found.twin
        return found

    def truth(self, value: object) -> Leaf:
        """Return the diagram that is always true, or always false."""
        return self.true if value else self.false

    def node(self, rank: int, children: Sequence[Diagram]) -> Diagram:
        """Return the one diagram that chooses among `children` by the variable at `rank`.

        The children's own variables stand after it in the order; `chosen` takes any.
        """
        first = children[0]
        if children.count(first) == len(children):
            return first
        key = (rank, *children)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Node(rank, tuple(children))
            self.size += 1
        return found

    def chosen(self, rank: int, children: Sequence[Diagram]) -> Diagram:
        """Return the one diagram that chooses among `children`, whatever variables these ask for."""
        top = min((child.rank for child in children if isinstance(child, Node)), default=rank + 1)
        if top > rank:
            return self.node(rank, children)
        self.step()
        if top == rank:
            return self.chosen(rank, [_child(child, rank, i) for i, child in enumerate(children)])
        width = next(len(child.children) for child in children if isinstance(child, Node) and child.rank == top)
        return self.node(top, [self.chosen(rank, [_child(child, top, i) for child in children]) for i in range(width)])

    def apply(self, function: Callable[..., Hashable], *operands: Diagram) -> Diagram:
        """Return the diagram of `function` of the operands' results."""
        if len(operands) == 1:
            return self._mapped(function, operands[0])
        memo: dict[tuple[Diagram, ...], Diagram] = {}

        def visit(current: tuple[Diagram, ...]) -> Diagram:
            found = memo.get(current)
            if found is None:
                self.step()
                ranks = [one.rank for one in current if one.__class__ is Node]
                if ranks:
                    rank = min(ranks)
                    found = self.node(rank, [visit(each) for each in _children(current, rank)])
                else:
                    found = self.leaf(function(*_values(current)))
                memo[current] = found
            return found

        return visit(operands)

    def mapped(self, called: Hashable, function: Callable[..., Hashable], operand: Diagram) -> Diagram:
        """Return the diagram of a function of the operand's results, by whose name it is remembered.

        called  what no other function of this space goes by
        """
        return self._recalled((called, operand), lambda: self._mapped(function, operand))

    def _mapped(self, function: Callable[..., Hashable], operand: Diagram) -> Diagram:
        memo: dict[Diagram, Diagram] = {}

        def visit(one: Diagram) -> Diagram:
            self.step()
            if one.__class__ is Node:
                found = self.node(one.rank, [memo.get(child) or visit(child) for child in one.children])
            else:
                found = self.leaf(function(one.value))  # type: ignore[union-attr]
            memo[one] = found
            return found

        return visit(operand)

    def bind(self, function: Callable[..., Diagram], *operands: Diagram) -> Diagram:
        """Return the diagram of what `function` makes of the operands' results: a diagram for each."""
        memo: dict[tuple[Diagram, ...], Diagram] = {}

        def visit(current: tuple[Diagram, ...]) -> Diagram:
            found = memo.get(current)
            if found is None:
                self.step()
                ranks = [one.rank for one in current if one.__class__ is Node]
                found = self._split(min(ranks), current, visit) if ranks else function(*_values(current))
                memo[current] = found
            return found

        return visit(operands)

    def choose(self, condition: Diagram, yes: Diagram, no: Diagram) -> Diagram:
        """Return the diagram that is `yes` where the condition is True and `no` elsewhere."""
        if condition is self.true:
            return yes
        if condition is self.false:
            return no
        if yes is no:
            return yes
        operands = (condition, yes, no)
        return self._recalled(("choose", *operands), lambda: self._choose(operands))

    def _choose(self, operands: tuple[Diagram, ...]) -> Diagram:
        memo: dict[tuple[Diagram, ...], Diagram] = {}
        true, false = self.true, self.false

        def visit(current: tuple[Diagram, ...]) -> Diagram:
            found = memo.get(current)
            if found is None:
                self.step()
                rank = min([one.rank for one in current if one.__class__ is Node])
                children: list[Diagram] = []
                for each in _children(current, rank):
                    test, then, other = each
                    if test is true or then is other:
                        children.append(then)
                    else:
                        children.append(other if test is false else visit(each))
                found = memo[current] = self.node(rank, children)
            return found

        return visit(operands)

    def _recalled(self, key: Hashable, make: Callable[[], Diagram]) -> Diagram:
        """Return what is made of diagrams, made once; it takes as many steps each time."""
        found = self._known.get(key)
        if found is None:
            begun = self.work
            diagram = make()
            self._known[key] = (diagram, self.work - begun)
            self.size += 1
            return diagram
        self.step(found[1])
        return found[0]

    def both(self, first: Diagram, second: Diagram) -> Diagram:
        """Return the conjunction of two boolean diagrams."""
        return self.choose(first, second, self.false)

    def either(self, first: Diagram, second: Diagram) -> Diagram:
        """Return the disjunction of two boolean diagrams."""
        return self.choose(first, self.true, second)

    def negate(self, condition: Diagram) -> Diagram:
        """Return the negation of a boolean diagram."""
        return self.choose(condition, self.false, self.true)

    def together(self, conditions: Sequence[Diagram]) -> Diagram:
        """Return which of some boolean diagrams are true together, as bit sets of their positions.

        All are followed down at once: where each row of a table asks for a value in each column, few are left soon.
        """
        return self._recalled(("together", *conditions), lambda: self._followed(conditions))

    def _followed(self, conditions: Sequence[Diagram]) -> Diagram:
        memo: dict[Hashable, Diagram] = {}
        true = self.true

        def visit(sure: int, open_: _Open) -> Diagram:
            key = (sure, open_)
            found = memo.get(key)
            if found is None:
                self.step(1 + len(open_) // _CONDITIONS_IN_A_STEP)
                found = memo[key] = self._one_further(sure, open_, visit) if open_ else self.leaf(sure)
            return found

        sure = sum(1 << i for i, each in enumerate(conditions) if each is true)
        return visit(sure, tuple([(i, each) for i, each in enumerate(conditions) if isinstance(each, Node)]))

    def _one_further(self, sure: int, open_: _Open, visit: Callable[[int, _Open], Diagram]) -> Diagram:
        rank = min([each.rank for _, each in open_])
        waiting = [(i, each) for i, each in open_ if each.rank != rank]
        places = [i for i, each in open_ if each.rank == rank]
        true = self.true
        # Values that lead all conditions the same way are gone through once.
        ways: dict[tuple[Diagram, ...], Diagram] = {}
        columns = list(zip(*[each.children for _, each in open_ if each.rank == rank], strict=True))
        for column in columns:
            if column not in ways:
                here, left = sure, list(waiting)
                for i, child in zip(places, column, strict=True):
                    if child.__class__ is Node:
                        left.append((i, child))
                    elif child is true:
                        here |= 1 << i
                if len(left) > len(waiting):
                    left.sort()
                ways[column] = visit(here, tuple(left))
        return self.node(rank, [ways[column] for column in columns])

    def _split(
        self, rank: int, current: tuple[Diagram, ...], visit: Callable[[tuple[Diagram, ...]], Diagram]
    ) -> Diagram:
        return self.chosen(rank, [visit(each) for each in _children(current, rank)])

    def step(self, steps: int = 1) -> None:
        """Count steps that are taken. Raises TooMuchWork where they are too many."""
        self.work += steps
        if self.work > self.bound:
            raise TooMuchWork


def _values(diagrams: Sequence[Diagram]) -> list[Hashable]:
    return [one.value for one in diagrams if isinstance(one, Leaf)]


def _children(diagrams: tuple[Diagram, ...], rank: int) -> Iterator[tuple[Diagram, ...]]:
    """Yield what some diagrams come to for each value of the variable at a rank, the first that any asks for."""
    width = next(len(one.children) for one in diagrams if one.__class__ is Node and one.rank == rank)
    return zip(
        *[one.children if one.__class__ is Node and one.rank == rank else repeat(one, width) for one in diagrams],
        strict=True,
    )


def _child(diagram: Diagram, rank: int, i: int) -> Diagram:
    """Return what a diagram comes to once the variable at a rank, the first that it may ask for, has its i-th value."""
    return diagram.children[i] if diagram.__class__ is Node and diagram.rank == rank else diagram


def nodes(diagram: Diagram) -> list[Diagram]:
    """Return every distinct node and leaf below and including a diagram."""
    if not isinstance(diagram, Node):
        return [diagram]
    if diagram.below is None:
        diagram.below = _look_below(diagram)
    return [diagram, *diagram.below]


def _look_below(diagram: Node) -> Sequence[Diagram]:
    seen: set[Diagram] = set()
    found: list[Diagram] = []
    waiting = [*diagram.children]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            found.append(one)
            if one.__class__ is Node:
                waiting.extend(one.children)
    return found


def support(diagram: Diagram) -> set[int]:
    """Return the ranks of the variables that can change the result: exactly those."""
    return {one.rank for one in nodes(diagram) if isinstance(one, Node)}


def results(diagram: Diagram) -> list[Hashable]:
    """Return the distinct results that a diagram can have."""
    return [one.value for one in nodes(diagram) if isinstance(one, Leaf)]


class Outlook:
    """What can still come of a diagram once one of its variables is known.

    leaves  its distinct results, as leaves; a set of them is an int, with a bit for each position in `leaves`
    at      rank -> the nodes of the variable there; on no other variables does a result hang
    """

    def __init__(self, diagram: Diagram) -> None:
        self._top = diagram
        self.leaves: list[Leaf] = []
        self.at: dict[int, list[Node]] = {}
        self._below: dict[Diagram, int] = {}
        self._beside: dict[int, int] = {}
        for one in nodes(diagram):
            if isinstance(one, Leaf):
                self._below[one] = 1 << len(self.leaves)
                self.leaves.append(one)
            else:
                self.at.setdefault(one.rank, []).append(one)
        # Children stand after their node in the order of variables.
        for rank in sorted(self.at, reverse=True):
            for node in self.at[rank]:
                found = 0
                for child in dict.fromkeys(node.children):
                    found |= self._below[child]
                self._below[node] = found
        self.all = self._below[diagram]

    def columns(self, rank: int) -> list[tuple[Diagram, ...]]:
        """Return where each value of a variable leads, from each of its nodes: alike where none tells them apart."""
        return list(zip(*(node.children for node in self.at[rank]), strict=True))

    def left(self, rank: int, column: tuple[Diagram, ...]) -> int:
        """Return the results still possible once the variable at `rank` has a value that leads there."""
        found = self._beside.get(rank)
        if found is None:
            found = self._beside[rank] = self._around(rank)
        for child in column:
            found |= self._below[child]
        return found

    def _around(self, rank: int) -> int:
        """Return the results to which ways lead that do not ask for the variable at `rank`."""
        found, seen, waiting = 0, {self._top}, [self._top]
        while waiting:
            one = waiting.pop()
            if isinstance(one, Leaf) or one.rank > rank:
                found |= self._below[one]
            elif one.rank < rank:
                new = [child for child in dict.fromkeys(one.children) if child not in seen]
                seen.update(new)
                waiting.extend(new)
        return found
