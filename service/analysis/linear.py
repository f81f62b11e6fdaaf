"""Unknown numbers, days apart and lists in sums: can all of some claims be true at once? Settled by z3.

A list counts by what is asked of it: how often each item that is asked for is in it, how many others, and their sum. z3 is
bounded by its own count of steps, never by time, so that the same question has the same answer everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import import_module
from threading import RLock
from typing import TYPE_CHECKING, Any

from service.analysis.lines import Line, shift_of, valued
from service.analysis.terms import Atom, Below, CountOf, Has, Number, Term, TotalOf, Unknown, facts_in, number

if TYPE_CHECKING:
    from service.facts.declaration import FactSpec

__all__ = ["NotLinear", "Question"]

_MOST_STEPS = 200_000
_AT_WORK = RLock()  # z3 keeps all that it knows in one place, which threads may not share

_MOST_ITEMS = 1000
_A_PERIOD = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))

Claim = tuple[Atom, bool]


@cache
def _z3() -> Any:
    """Return the library: a large one, read when the first pack needs it whose facts meet in sums."""
    return import_module("z3")


class NotLinear(Exception):
    """A claim is about more than sums of what z3 is told of."""


@dataclass(slots=True)
class _List:
    """What stands for a list: how often it has each item that is asked for, how many others, and their sum."""

    times: dict[object, Any]
    others: Any
    others_sum: Any | None


Answer = tuple[dict[str, object], bool]
"""Values of facts, none where they were too many to be written down, and whether they were shown to be possible."""


@dataclass(slots=True)
class Question:
    """What is known of some facts, to be asked of one set of claims after another.

    lines     of the facts that have an order
    lists     declarations of the facts that are lists
    asked     all claims that may be asked: they tell which items of lists matter
    is_exact  whether all is told: else some of what z3 takes for possible may not be
    """

    lines: Mapping[str, Line]
    lists: Mapping[str, FactSpec]
    asked: Sequence[Atom]
    is_exact: bool = True
    _always: list[Any] = field(default_factory=list)
    _known: dict[tuple[Hashable, str], Any] = field(default_factory=dict)
    _claims: dict[tuple[Atom, frozenset[str]], Any] = field(default_factory=dict)

    def solve(
        self, claims: Sequence[Claim], changed: Sequence[Claim] = (), others: frozenset[str] = frozenset()
    ) -> Answer | None:
        """Return values of the facts with which all claims are true, or None where there are none.

        changed  further claims, in which the `others` among the facts have other values
        Raises NotLinear.
        """
        with _AT_WORK:
            wanted = [self._said(claim, frozenset()) for claim in claims]
            wanted += [self._said(claim, others) for claim in changed]
            # A solver of its own for each question: what it answers must not hang on what was asked before.
            solver = self._new_solver()
            solver.add(*self._always, *wanted)
            return self._answered(solver)

    def regions(self, most: int) -> list[tuple[tuple[bool, ...], Answer]] | None:
        """Return each combination of truths of the claims that is possible; None where there are too many, or z3 gives up.

        Raises NotLinear.
        """
        with _AT_WORK:
            claims = [self._said((atom, True), frozenset()) for atom in self.asked]
            solver = self._new_solver()
            solver.add(*self._always)
            marks = [_z3().Bool(f"claim {i}") for i in range(len(claims))]
            solver.add(*(mark == claim for mark, claim in zip(marks, claims, strict=True)))
            found: list[tuple[tuple[bool, ...], Answer]] = []
            while (result := solver.check()) != _z3().unsat:
                if result == _z3().unknown or len(found) == most:
                    return None
                model = solver.model()
                truths = tuple(_z3().is_true(model.eval(mark, model_completion=True)) for mark in marks)
                found.append((truths, self._values(model)))
                pairs = zip(marks, truths, strict=True)
                solver.add(_z3().Or([_z3().Not(mark) if truth else mark for mark, truth in pairs]))
            return found

    @staticmethod
    def _new_solver() -> Any:
        solver = _z3().SolverFor("QF_LIRA")
        solver.set("random_seed", 7)
        solver.set("rlimit", _MOST_STEPS)
        return solver

    def _answered(self, solver: Any) -> Answer | None:
        found = solver.check()
        if found == _z3().unsat:
            return None
        if found == _z3().unknown:
            return {}, False
        return self._values(solver.model())

    def _values(self, model: Any) -> Answer:
        values = {fact: self._value(model, fact) for fact in (*self.lines, *self.lists) if (fact, fact) in self._known}
        return ({} if None in values.values() else values), self.is_exact

    def _said(self, claim: Claim, others: frozenset[str]) -> Any:
        atom, truth = claim
        key = (atom, others)
        if key not in self._claims:
            self._claims[key] = self._claim(atom, {fact: (fact,) for fact in others})
        return self._claims[key] if truth else _z3().Not(self._claims[key])

    def _claim(self, atom: Atom, names: Mapping[str, Hashable]) -> Any:
        if isinstance(atom, Has):
            return self._times(atom, names) >= 1
        if not isinstance(atom, Below):
            raise NotLinear
        total = self._number(atom.sum.constant)
        for term, times in atom.sum.parts:
            total += self._term(term, names) * self._number(times)
        return total <= 0 if atom.or_zero else total < 0

    def _times(self, atom: Has, names: Mapping[str, Hashable]) -> Any:
        if not isinstance(atom.list, Unknown) or facts_in(atom.item):
            raise NotLinear
        return self._list(atom.list.fact, names).times[atom.item]

    def _term(self, term: Term, names: Mapping[str, Hashable]) -> Any:
        if isinstance(term, CountOf) and isinstance(term.of, Unknown):
            items = self._list(term.of.fact, names)
            if term.wanted is None:
                return _z3().Sum([*items.times.values(), items.others])
            return _z3().Sum([items.times[each] for each in sorted(term.wanted, key=repr)] or [_z3().IntVal(0)])
        if isinstance(term, TotalOf) and isinstance(term.of, Unknown):
            items = self._list(term.of.fact, names)
            return _z3().Sum(
                [times * self._number(number(each)) for each, times in items.times.items()] + [items.others_sum]
            )
        offset = shift_of(term)
        if offset is None:
            raise NotLinear
        (fact,) = facts_in(term)
        return self._place(fact, names) + offset

    def _number(self, value: Number) -> Any:
        if isinstance(value, int):
            return _z3().IntVal(value)
        return _z3().RealVal(f"{value.numerator}/{value.denominator}")

    def _place(self, fact: str, names: Mapping[str, Hashable]) -> Any:
        key = (names.get(fact, fact), fact)
        if key not in self._known:
            line = self.lines[fact]
            made = (_z3().Int if line.is_whole else _z3().Real)(repr(key))
            self._known[key] = made
            self._always += [made >= self._number(line.least), made <= self._number(line.most)]
        return self._known[key]

    def _list(self, fact: str, names: Mapping[str, Hashable]) -> _List:
        key = (names.get(fact, fact), fact)
        if key not in self._known:
            self._known[key] = self._new_list(fact, repr(key))
        return self._known[key]  # type: ignore[no-any-return]

    def _items_asked(self, fact: str) -> list[object]:
        found: dict[object, None] = {}
        for atom in self.asked:
            for claim in _about(atom, fact):
                found.update(dict.fromkeys(claim))
        return sorted(found, key=repr)

    def _new_list(self, fact: str, name: str) -> _List:
        z3, spec = _z3(), self.lists[fact]
        asked = self._items_asked(fact)
        closed = spec.choices
        totals = any(
            isinstance(term, TotalOf) for atom in self.asked for term in _terms(atom) if fact in facts_in(term)
        )
        if closed is not None and totals:
            asked = sorted({*asked, *closed}, key=repr)
        times = {each: z3.Int(f"{name}[{each!r}]") for each in asked}
        possible = {each for each in asked if closed is None or each in closed}
        others, total = z3.Int(f"{name}[others]"), z3.Sum([*times.values(), z3.Int(f"{name}[others]")])
        self._always += [others >= 0, *(each >= 0 for each in times.values())]
        self._always += [*(times[each] == 0 for each in asked if each not in possible)]
        self._always += [total >= spec.min_items, *([] if spec.max_items is None else [total <= spec.max_items])]
        left = None if closed is None else len(set(closed) - set(asked))
        if left == 0:
            self._always += [others == 0]
        if spec.unique:
            self._always += [*(each <= 1 for each in times.values()), *([] if left is None else [others <= left])]
        return _List(times, others, self._sum_of_others(spec, name, others, asked, left) if totals else None)

    def _sum_of_others(self, spec: FactSpec, name: str, others: Any, asked: list[object], left: int | None) -> Any:
        z3 = _z3()
        total = (z3.Int if spec.item_type == "integer" else z3.Real)(f"{name}[sum]")
        self._always += [z3.Implies(others == 0, total == 0)]
        if left is not None:
            return total
        for bound, is_least in ((spec.minimum, True), (spec.maximum, False)):
            if bound is not None:
                edge = others * self._number(number(bound))
                self._always += [total >= edge if is_least else total <= edge]
        # One other item is none of those that are asked for; where there is no bound, two or more can have any sum.
        for each in asked:
            if isinstance(each, int | Decimal | Fraction):
                self._always += [z3.Implies(others == 1, total != self._number(number(each)))]
        if (spec.minimum is not None or spec.maximum is not None) and (asked or spec.unique):
            self.is_exact = False
        return total

    def _value(self, model: Any, fact: str) -> object:
        if fact in self.lines:
            line = self.lines[fact]
            return valued(line.type, _plain(model.eval(self._known[fact, fact], model_completion=True)))
        return self._items(model, fact, self._known[fact, fact])

    def _items(self, model: Any, fact: str, known: _List) -> object:
        """Return a list as z3 has it; other items are made up, and make up their sum. None where it is too long."""
        spec = self.lists[fact]
        times = {each: int(_plain(model.eval(count, model_completion=True))) for each, count in known.times.items()}
        count = int(_plain(model.eval(known.others, model_completion=True)))
        if sum(times.values()) + count > _MOST_ITEMS:
            return None
        if spec.type == "periods":
            return (_A_PERIOD,) * count
        total = None if known.others_sum is None else _plain(model.eval(known.others_sum, model_completion=True))
        items = [each for each, often in times.items() for _ in range(often)]
        return (*items, *_made_up(spec, count, total, set(times)))


def _made_up(spec: FactSpec, count: int, total: Number | None, taken: set[object]) -> list[object]:
    """Return other items, so many, with a sum where one is wanted; as well as can be."""
    if spec.choices is not None:
        free: list[object] = [each for each in spec.choices if each not in taken]
        return [free[i % len(free)] for i in range(count)] if free else []
    if spec.item_type == "string":
        names = (letter * max(1, spec.min_length) + str(i) for i in range(count + len(taken)) for letter in "x")
        return [name for name in names if name not in taken][:count]
    if total is None:
        numbers = (i for i in range(10**6, 10**6 + count + len(taken)) if i not in taken)
        return [each for each, _ in zip(numbers, range(count), strict=False)]
    share = total // count if count else 0
    return [share] * (count - 1) + [total - share * (count - 1)] if count else []


def _about(atom: Atom, fact: str) -> list[list[object]]:
    if isinstance(atom, Has):
        return [[atom.item]] if fact in facts_in(atom.list) else []
    return [
        sorted(term.wanted, key=repr)
        for term in _terms(atom)
        if isinstance(term, CountOf) and term.wanted is not None and fact in facts_in(term)
    ]


def _terms(atom: Atom) -> list[Term]:
    return [term for term, _ in atom.sum.parts] if isinstance(atom, Below) else []


def _plain(value: Any) -> Number:
    if value.is_int():
        return int(value.as_long())
    found = Fraction(value.numerator_as_long(), value.denominator_as_long())
    return int(found) if found.denominator == 1 else found
