"""The ways through a diagram: sets of cases that it does not tell apart, fact by fact. No words here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from service.analysis.diagrams import Diagram, Leaf, Node
from service.analysis.domains import Choice
from service.analysis.regions import Cluster
from service.analysis.spellings import looks_inside
from service.analysis.terms import Atom
from service.analysis.variables import Free, Given
from service.analysis.worlds import World
from service.model.conditions import Test

__all__ = ["Claimed", "OneOf", "Picked", "Stretch", "There", "Way", "Ways"]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Some values of a fact that has few, whole classes of them.

    is_run  whether they are whole numbers that follow each other
    has     of sets: the items that all of them have (True), and those that none has
    tests   of texts that conditions look inside: the tests that hold of all of them (True), and those that of none
    """

    choice: Choice
    values: tuple[object, ...]
    is_run: bool = False
    has: tuple[tuple[object, bool], ...] | None = None
    tests: tuple[tuple[Test, bool], ...] | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring stretches of a fact that has an order: from one position in its cluster's `cells` to another."""

    cluster: Cluster
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class There:
    """Whether a case has a fact or subject at all."""

    name: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is claimed of some facts, where that says all.

    regions  positions in the cluster's `regions`, all of which are meant
    """

    claims: tuple[tuple[Atom, bool], ...]
    variable: Cluster | Free
    regions: tuple[int, ...] = ()


Picked: TypeAlias = OneOf | Stretch | There | Claimed
"""Values of one variable that lead the same way."""

Way: TypeAlias = tuple[Picked, ...]
"""What is picked on the way to a result: one of each variable on it."""


class Ways:
    """The ways through the boolean diagrams of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._of_node: dict[Node, list[tuple[Picked, Diagram]]] = {}

    def count(self, diagram: Diagram) -> int:
        """Return how many ways lead to True."""
        known: dict[Diagram, int] = {}

        def visit(one: Diagram) -> int:
            if isinstance(one, Leaf):
                return int(one.value is True)
            if one not in known:
                known[one] = sum(visit(child) for _, child in self.from_(one))
            return known[one]

        return visit(diagram)

    def to_true(self, diagram: Diagram) -> Iterator[Way]:
        """Yield the ways that lead to True, each set of cases in one of them alone."""
        if isinstance(diagram, Leaf):
            if diagram.value is True:
                yield ()
            return
        for picked, child in self.from_(diagram):
            for rest in self.to_true(child):
                yield (picked, *rest)

    def from_(self, node: Node) -> list[tuple[Picked, Diagram]]:
        """Return the ways from a node on, in the order of its variable's values."""
        if node not in self._of_node:
            self._of_node[node] = list(self._new(node))
        return self._of_node[node]

    def _new(self, node: Node) -> Iterator[tuple[Picked, Diagram]]:
        variable = self._world.variables[node.rank]
        if isinstance(variable, Choice):
            yield from self._of_choice(variable, node.children)
        elif isinstance(variable, Cluster) and variable.edges:
            yield from _along(variable, node.children)
        elif isinstance(variable, Cluster):
            yield from _by_claims(variable, node.children)
        elif isinstance(variable, Given):
            for is_there, child in zip((True, False), node.children, strict=True):
                yield There(variable.name, is_there), child
        else:
            for truth, child in zip((True, False), node.children, strict=True):
                yield Claimed(((variable.atom, truth),), variable), child

    def _of_choice(self, choice: Choice, children: Sequence[Diagram]) -> Iterator[tuple[Picked, Diagram]]:
        spec = self._world.pack.facts.facts.get(choice.fact)
        # Of lists that may repeat an item, what they have says not all.
        if spec is not None and spec.type == "list" and spec.unique and spec.choices is not None:
            yield from _of_sets(choice, spec.choices, children)
        elif spec is not None and spec.type == "integer" and spec.choices is None:
            yield from _runs(choice, children)
        elif any(map(looks_inside, choice.truths)):
            yield from _of_texts(choice, children)
        else:
            for child, places in _by_child(children).items():
                yield OneOf(choice, tuple(each for i in places for each in choice.class_of(i))), child


def _by_child(children: Sequence[Diagram]) -> Mapping[Diagram, list[int]]:
    found: dict[Diagram, list[int]] = {}
    for i, child in enumerate(children):
        found.setdefault(child, []).append(i)
    return found


def _runs(choice: Choice, children: Sequence[Diagram]) -> Iterator[tuple[Picked, Diagram]]:
    """Yield whole numbers that follow each other and lead the same way."""
    leading = {value: child for i, child in enumerate(children) for value in choice.class_of(i)}
    for child, values in groupby(sorted(leading), key=leading.__getitem__):  # type: ignore[type-var]
        yield OneOf(choice, tuple(values), is_run=True), child


def _along(cluster: Cluster, children: Sequence[Diagram]) -> Iterator[tuple[Picked, Diagram]]:
    places = range(len(cluster.cells))
    for child, together in groupby(places, key=lambda place: children[cluster.cells[place]]):
        run = tuple(together)
        yield Stretch(cluster, run[0], run[-1]), child


def _by_claims(cluster: Cluster, children: Sequence[Diagram]) -> Iterator[tuple[Picked, Diagram]]:
    all_of_them = [_bits(region.truths) for region in cluster.regions]
    position = {bits: i for i, bits in enumerate(all_of_them)}
    for child, places in _by_child(children).items():
        for cube, found in _cubes(all_of_them, [all_of_them[i] for i in places], len(cluster.atoms)):
            claims = tuple((cluster.atoms[i], truth) for i, truth in cube)
            yield Claimed(claims, cluster, tuple(position[bits] for bits in found)), child


def _of_sets(choice: Choice, items: Sequence[object], children: Sequence[Diagram]) -> Iterator[tuple[Picked, Diagram]]:
    """Yield the sets that lead the same way, those together that are told by what they have and lack."""
    sets = {_bits([item in each for item in items]): each for i in range(len(children)) for each in choice.class_of(i)}  # type: ignore[operator]
    for child, places in _by_child(children).items():
        wanted = [_bits([item in each for item in items]) for i in places for each in choice.class_of(i)]  # type: ignore[operator]
        for cube, found in _cubes(list(sets), wanted, len(items)):
            has = tuple((items[i], truth) for i, truth in cube)
            yield OneOf(choice, tuple(sets[bits] for bits in found), has=has), child


def _of_texts(choice: Choice, children: Sequence[Diagram]) -> Iterator[tuple[Picked, Diagram]]:
    """Yield the texts that lead the same way, those together that are told by what is asked of them, where they are."""
    tests = list(choice.truths)
    kinds = [_bits(truths) for truths in zip(*choice.truths.values(), strict=True)]
    for child, places in _by_child(children).items():
        wanted = list(dict.fromkeys(kinds[i] for i in places))
        if any(kinds[i] in wanted for i in range(len(kinds)) if children[i] is not child):
            yield OneOf(choice, tuple(each for i in places for each in choice.class_of(i))), child
            continue
        for cube, found in _cubes(list(dict.fromkeys(kinds)), wanted, len(tests)):
            told = tuple((tests[i], truth) for i, truth in cube)
            values = tuple(each for i in places if kinds[i] in found for each in choice.class_of(i))
            yield OneOf(choice, values, tests=told), child


def _bits(truths: Sequence[bool]) -> int:
    return sum(1 << i for i, truth in enumerate(truths) if truth)


Cube: TypeAlias = list[tuple[int, bool]]
"""Which of some claims are to be true, and which false; whether the others are does not matter."""


def _cubes(all_of_them: Sequence[int], wanted: Sequence[int], width: int) -> Iterator[tuple[Cube, list[int]]]:
    """Yield combinations of truths, as bits, in sets that some claims tell from all the others, and these claims."""
    always, never = (1 << width) - 1, (1 << width) - 1
    for bits in wanted:
        always &= bits
        never &= ~bits
    fixed = always | never
    if sum(bits & fixed == always for bits in all_of_them) == len(wanted):
        yield _fewest(all_of_them, fixed, always, len(wanted), width), list(wanted)
        return
    split = next(1 << i for i in range(width) if not fixed >> i & 1)
    for there in (split, 0):
        yield from _cubes(all_of_them, [bits for bits in wanted if bits & split == there], width)


def _fewest(all_of_them: Sequence[int], fixed: int, always: int, size: int, width: int) -> Cube:
    """Return as few claims as tell as many combinations from the others."""
    for i in reversed(range(width)):
        fewer = fixed & ~(1 << i)
        if fewer != fixed and sum(bits & fewer == always & fewer for bits in all_of_them) == size:
            fixed = fewer
    return [(i, bool(always >> i & 1)) for i in range(width) if fixed >> i & 1]
