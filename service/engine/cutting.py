"""A group of rules cut into blocks that durable-rules takes: none of its bounds is ever met.

Rules that share no answer are apart: what they come to is remembered apart, so that their cases add up and don't
multiply. What durable-rules can't take in one piece becomes an *intermediate question*: a formula that an earlier block
settles, and whose truth later blocks read as one more answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.engine.durable import MOST_CONNECTIVES, MOST_MEMBERS
from service.engine.formulas import (
    FALSE,
    Both,
    Either,
    Formula,
    Literal,
    both,
    connectives,
    either,
    firings,
    literals,
)
from service.engine.network import Network

__all__ = ["Block", "cut"]


@dataclass(frozen=True, slots=True)
class Block:
    """Formulas that are asked together.

    level     blocks of a lower level settle the intermediate questions that it reads
    places    the answers that it reads; below 0, `~place` is an intermediate question
    formulas  each is a way in which what stands at its position in `settles` holds
    settles   rules by position in their group; below 0, `~position` is an intermediate question
    following, breadth, deepest: what it brings to a ruleset, see `Network`
    """

    level: int
    places: tuple[int, ...]
    formulas: tuple[Formula, ...]
    settles: tuple[tuple[int, ...], ...]
    following: int
    breadth: int
    deepest: int


@dataclass(frozen=True, slots=True)
class _Way:
    """A formula that durable-rules takes as one rule of its own, and what holds when it does."""

    level: int
    formula: Formula
    settles: int

    @property
    def key(self) -> tuple[object, ...]:
        """Orders ways so that those that begin alike stand side by side."""
        first = self.formula.parts[0] if isinstance(self.formula, Either) else self.formula
        parts = first.parts if isinstance(first, Both) else (first,)
        return tuple([part.rank if isinstance(part, Literal) else (True, _LAST) for part in parts])


_LAST = 2**31
_MOST_FIRINGS = 16  # each costs as much as a further rule that holds, and `all` of `any`s multiplies them
_MOST_BRANCHES = 64
_ENOUGH_RULES = 1000  # durable-rules looks through all of a ruleset's rules for each that holds


def cut(formulas: Sequence[Formula]) -> tuple[Block, ...]:
    """Return blocks for the formulas of a group's rules, in an order in which they can be asked."""
    cutter = _Cutter()
    for position, formula in enumerate(formulas):
        cutter.settle(position, formula)
    found = [block for ways in _apart(cutter.ways) for block in _blocks(ways)]
    return tuple(sorted(found, key=lambda block: block.level))


class _Cutter:
    """Makes ways of formulas, with intermediate questions where durable-rules would not take a formula whole."""

    def __init__(self) -> None:
        self.ways: list[_Way] = []
        self._questions: dict[Formula, int] = {}  # formula -> its place
        self._levels: dict[int, int] = {}  # place -> level of what reads it

    def settle(self, what: int, formula: Formula) -> int:
        """Add the ways in which a formula holds; return their highest level."""
        branches = formula.parts if isinstance(formula, Either) else (formula,)
        taken = [self._taken(branch) for branch in branches if branch != FALSE]
        return max([self._way(what, portion) for portion in _portions(taken)], default=0)

    def _taken(self, formula: Formula) -> Formula:
        """Return a formula, which is no Either, as durable-rules takes it."""
        return _in_order(self._shortened(self._simplified(formula)) if isinstance(formula, Both) else formula)

    def _way(self, what: int, formula: Formula) -> int:
        level = max(self._levels.get(literal.place, 0) for literal in literals(formula))
        self.ways.append(_Way(level, formula, what))
        return level

    def _simplified(self, formula: Both) -> Formula:
        """Take out alternatives, those that can hold in most ways first, until durable-rules takes the formula."""
        parts = list(formula.parts)
        alternatives = sorted(
            (i for i, part in enumerate(parts) if isinstance(part, Either)),
            key=lambda i: (firings(parts[i]), connectives(parts[i])),
        )
        while alternatives and not _is_taken(parts):
            i = alternatives.pop()
            parts[i] = self._intermediate(parts[i])
        return both(parts)

    def _shortened(self, formula: Formula) -> Formula:
        """Take out comparisons in portions where a conjunction has too many."""
        while isinstance(formula, Both) and len(formula.parts) > MOST_MEMBERS:
            formula = both([self._intermediate(both(parts)) for parts in _split(formula.parts)])
        return formula

    def _intermediate(self, formula: Formula) -> Formula:
        if isinstance(formula, Literal):
            return formula
        place = self._questions.get(formula)
        if place is None:
            place = self._questions[formula] = ~len(self._questions)
            self._levels[place] = 1 + self.settle(place, formula)
        return Literal(place, "==", True)


def _split(parts: Sequence[Formula]) -> Iterator[Sequence[Formula]]:
    return (parts[i : i + MOST_MEMBERS] for i in range(0, len(parts), MOST_MEMBERS))


def _portions(branches: Iterable[Formula]) -> Iterator[Formula]:
    """Join alternatives that read the same answers, as far as durable-rules takes them; the others stay apart."""
    lots: dict[frozenset[int], list[Formula]] = {}
    for branch in branches:
        lots.setdefault(frozenset(literal.place for literal in literals(branch)), []).append(branch)
    for lot in lots.values():
        portion: list[Formula] = []
        for branch in lot:
            if portion and not _is_portion(Either((*portion, branch))):
                yield either(portion)
                portion = []
            portion.append(branch)
        yield either(portion)


def _is_portion(formula: Either) -> bool:
    return (
        len(formula.parts) <= _MOST_BRANCHES
        and connectives(formula) <= MOST_CONNECTIVES
        and firings(formula) <= _MOST_FIRINGS
    )


def _is_taken(parts: Sequence[Formula]) -> bool:
    formula = Both(tuple(parts))
    if connectives(formula) > MOST_CONNECTIVES or firings(formula) > _MOST_FIRINGS:
        return False
    return len(set(literals(formula))) <= MOST_MEMBERS and Network().add(_in_order(formula))


def _in_order(formula: Formula) -> Formula:
    """Put a conjunction's comparisons before its alternatives, in one order for all."""
    if not isinstance(formula, Both):
        return formula
    plain = sorted((part for part in formula.parts if isinstance(part, Literal)), key=lambda part: part.rank)
    return Both((*plain, *(part for part in formula.parts if not isinstance(part, Literal))))


def _apart(ways: Iterable[_Way]) -> Iterator[list[_Way]]:
    """Yield the ways of each level that are linked by the answers that they read."""
    levels: dict[int, list[_Way]] = {}
    for way in ways:
        levels.setdefault(way.level, []).append(way)
    for level in sorted(levels):
        yield from _linked(levels[level])


def _linked(ways: Sequence[_Way]) -> Iterable[list[_Way]]:
    """Return ways in lots, of which no two read an answer in common."""
    leader: dict[int, int] = {}

    def lead(place: int) -> int:
        while leader[place] != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for way in ways:
        first, *others = {literal.place for literal in literals(way.formula)}
        leader.setdefault(first, first)
        for place in others:
            leader.setdefault(place, place)
            leader[lead(place)] = lead(first)
    lots: dict[int, list[_Way]] = {}
    for way in ways:
        lots.setdefault(lead(next(literals(way.formula)).place), []).append(way)
    return lots.values()


def _blocks(ways: Iterable[_Way]) -> Iterator[Block]:
    """Yield linked ways of one level in blocks within durable-rules' bounds."""
    block = _Growing()
    for way in sorted(ways, key=lambda way: way.key):
        if not block.takes(way):
            yield block.done()
            block = _Growing()
            block.takes(way)
    yield block.done()


class _Growing:
    """A block to which ways are added until one does not fit."""

    def __init__(self) -> None:
        self._level = 0
        self._settles: dict[Formula, tuple[int, ...]] = {}
        self._places: set[int] = set()
        self._network = Network()
        self._size = (0, 0, 0)

    def takes(self, way: _Way) -> bool:
        """Add a way, or say that it does not fit; nothing can then be added any more."""
        places = self._places.union(literal.place for literal in literals(way.formula))
        is_new = way.formula not in self._settles
        if is_new and (len(places) > MOST_MEMBERS or len(self._settles) >= _ENOUGH_RULES):
            return False
        if is_new and not self._network.add(way.formula):
            return False
        self._level, self._places = way.level, places
        self._settles[way.formula] = (*self._settles.get(way.formula, ()), way.settles)
        self._size = (self._network.following, self._network.breadth, self._network.deepest)
        return True

    def done(self) -> Block:
        """Return the block."""
        places = tuple(sorted(self._places))
        return Block(self._level, places, tuple(self._settles), tuple(self._settles.values()), *self._size)
