"""Formulas: conditions over the answers of a case, as durable-rules takes them. No names and no texts here.

A formula is in negation normal form: tests of answers, joined by *and* and *or*. Its sizes are those that durable-rules
has bounds for.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "FALSE",
    "TRUE",
    "Both",
    "Either",
    "Formula",
    "Literal",
    "both",
    "connectives",
    "either",
    "firings",
    "literals",
    "written",
]


@dataclass(frozen=True, slots=True)
class Literal:
    """A comparison of one answer with a constant.

    place  of the answer in the group's vector; below 0: `~place` is an intermediate question, which holds or has no
           answer
    op     "==", "!=", "<", "<=", ">" or ">="
    """

    place: int
    op: str
    operand: int | bool

    @property
    def rank(self) -> tuple[bool, int, str, int]:
        """Its position among others: equalities first, so that rules share the beginnings of their conditions."""
        return self.op != "==", self.place, self.op, self.operand


@dataclass(frozen=True, slots=True)
class Both:
    """Holds when every part does; two or more parts, none of them a Both."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Holds when one part does; two or more parts, none of them an Either."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Literal | Both | Either
TRUE = Literal(0, "==", True)
FALSE = Literal(0, "==", False)
"""The answer at place 0 is always true."""

_WRITTEN = {"!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


def both(parts: Iterable[Formula]) -> Formula:
    """Return the conjunction of parts, flat and without what says nothing; of one part, the part."""
    return _joined(Both, TRUE, FALSE, parts)


def either(parts: Iterable[Formula]) -> Formula:
    """Return the disjunction of parts, flat and without what says nothing; of one part, the part."""
    return _joined(Either, FALSE, TRUE, parts)


def _joined(kind: type[Both | Either], neutral: Literal, deciding: Literal, parts: Iterable[Formula]) -> Formula:
    flat: dict[Formula, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    if deciding in flat:
        return deciding
    flat.pop(neutral, None)
    if len(flat) > 1:
        return kind(tuple(flat))
    return next(iter(flat), neutral)


def literals(formula: Formula) -> Iterator[Literal]:
    """Yield the comparisons of a formula."""
    if isinstance(formula, Literal):
        yield formula
    else:
        for part in formula.parts:
            yield from literals(part)


def connectives(formula: Formula) -> int:
    """Return how often a formula says *and* or *or*: each is two expressions of durable-rules' sequence."""
    return 0 if isinstance(formula, Literal) else 1 + sum(map(connectives, formula.parts))


def firings(formula: Formula) -> int:
    """Return how often durable-rules may fire for a formula: once for each way in which it can hold."""
    if isinstance(formula, Literal):
        return 1
    counts = [firings(part) for part in formula.parts]
    if isinstance(formula, Both):
        return _product(counts)
    return max(counts) if _exclude_each_other(formula) else sum(counts)


def _exclude_each_other(formula: Either) -> bool:
    places = {part.place if isinstance(part, Literal) and part.op == "==" else None for part in formula.parts}
    return len(places) == 1 and None not in places


def _product(counts: Sequence[int]) -> int:
    found = 1
    for count in counts:
        found = operator.mul(found, count)
    return found


def written(formula: Formula, names: Mapping[int, str]) -> dict[str, object]:
    """Return a formula as durable-rules' JSON form; `names` has the member for each place."""
    if isinstance(formula, Literal):
        compared: dict[str, object] = {names[formula.place]: formula.operand}
        return compared if formula.op == "==" else {_WRITTEN[formula.op]: compared}
    parts = [written(part, names) for part in formula.parts]
    return {"$and" if isinstance(formula, Both) else "$or": parts}
