"""Unknown numbers, days apart and lists in sums: can all of some claims be true at once? Settled by z3.

A list counts by what is asked of it: how often each item that is asked for is in it, how many others, and their sum. z3 is
bounded by its own count of steps, never by time, so that the same question has the same answer everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from threading import RLock
from typing import TYPE_CHECKING, Any

from service.analysis.lines import Line, shift_of, valued
from service.analysis.terms import Atom, Below, CountOf, Has, Number, Term, TotalOf, Unknown, facts_in, number

if TYPE_CHECKING:
    from service.facts.schema import FactSpec

__all__ = ["NotLinear", "Question"]

_MOST_STEPS = 200_000
_AT_WORK = RLock()  # z3 keeps all that it knows in one place, which threads may not share

Claim = tuple[Atom, bool]


class NotLinear(Exception):
    """A claim is about more than sums of what z3 is told of."""


@dataclass(slots=True)
class _List:
    """What stands for a list: how often it has each item that is asked for, how many others, and their sum."""

    times: dict[object, Any]
    others: Any
    others_sum: Any | None


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
    _solver: Any = None
    _z3: Any = None
    _known: dict[tuple[Hashable, str], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import z3  # noqa: PLC0415 - a large library, for the few packs whose facts meet in sums

        self._z3 = z3
        with _AT_WORK:
            self._solver = z3.SolverFor("QF_LIRA")
            self._solver.set("random_seed", 7)
            self._solver.set("rlimit", _MOST_STEPS)

    def solve(
        self, claims: Sequence[Claim], changed: Sequence[Claim] = (), others: frozenset[str] = frozenset()
    ) -> dict[str, object] | None:
        """Return values of the facts with which all claims are true, or None where there are none.

        changed  further claims, in which the `others` among the facts have other values
        returns  no values where z3 gave up: then nothing was shown, and `is_exact` is False from then on
        Raises NotLinear.
        """
        with _AT_WORK:
            names: dict[str, Hashable] = {fact: (fact,) for fact in others}
            return self._solved(
                [*(self._claim(claim, {}) for claim in claims), *(self._claim(claim, names) for claim in changed)]
            )

    def _solved(self, wanted: Sequence[Any]) -> dict[str, object] | None:
        z3 = self._z3
        self._solver.push()
        try:
            self._solver.add(*wanted)
            found = self._solver.check()
            if found == z3.unsat:
                return None
            if found == z3.unknown:
                self.is_exact = False
                return {}
            model = self._solver.model()
            return {
                fact: self._value(model, fact) for fact in (*self.lines, *self.lists) if (fact, fact) in self._known
            }
        finally:
            self._solver.pop()

    def _claim(self, claim: Claim, names: Mapping[str, Hashable]) -> Any:
        atom, truth = claim
        if isinstance(atom, Has):
            found = self._times(atom, names) >= 1
        elif isinstance(atom, Below):
            total = self._number(atom.sum.constant)
            for term, times in atom.sum.parts:
                total = total + self._term(term, names) * self._number(times)
            found = total <= 0 if atom.or_zero else total < 0
        else:
            raise NotLinear
        return found if truth else self._z3.Not(found)

    def _times(self, atom: Has, names: Mapping[str, Hashable]) -> Any:
        if not isinstance(atom.list, Unknown) or facts_in(atom.item):
            raise NotLinear
        return self._list(atom.list.fact, names).times[atom.item]

    def _term(self, term: Term, names: Mapping[str, Hashable]) -> Any:
        if isinstance(term, CountOf) and isinstance(term.of, Unknown):
            items = self._list(term.of.fact, names)
            if term.wanted is None:
                return self._z3.Sum([*items.times.values(), items.others])
            return self._z3.Sum([items.times[each] for each in sorted(term.wanted, key=repr)] or [self._z3.IntVal(0)])
        if isinstance(term, TotalOf) and isinstance(term.of, Unknown):
            items = self._list(term.of.fact, names)
            return self._z3.Sum(
                [times * self._number(number(each)) for each, times in items.times.items()] + [items.others_sum]
            )
        offset = shift_of(term)
        if offset is None:
            raise NotLinear
        (fact,) = facts_in(term)
        return self._place(fact, names) + offset

    def _number(self, value: Number) -> Any:
        if isinstance(value, int):
            return self._z3.IntVal(value)
        return self._z3.RealVal(f"{value.numerator}/{value.denominator}")

    def _place(self, fact: str, names: Mapping[str, Hashable]) -> Any:
        key = (names.get(fact, fact), fact)
        if key not in self._known:
            line = self.lines[fact]
            made = (self._z3.Int if line.is_whole else self._z3.Real)(repr(key))
            self._known[key] = made
            self._always(made >= self._number(line.least), made <= self._number(line.most))
        return self._known[key]

    def _always(self, *claims: Any) -> None:
        """Say what a fact can be: outside of any one set of claims, so that it stays said."""
        self._solver.add(*claims)

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
        z3, spec = self._z3, self.lists[fact]
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
        self._always(others >= 0, *(each >= 0 for each in times.values()))
        self._always(*(times[each] == 0 for each in asked if each not in possible))
        self._always(total >= spec.min_items, *([] if spec.max_items is None else [total <= spec.max_items]))
        left = None if closed is None else len(set(closed) - set(asked))
        if left == 0:
            self._always(others == 0)
        if spec.unique:
            self._always(*(each <= 1 for each in times.values()), *([] if left is None else [others <= left]))
        return _List(times, others, self._sum_of_others(spec, name, others, asked, left) if totals else None)

    def _sum_of_others(self, spec: FactSpec, name: str, others: Any, asked: list[object], left: int | None) -> Any:
        z3 = self._z3
        total = (z3.Int if spec.item_type == "integer" else z3.Real)(f"{name}[sum]")
        self._always(z3.Implies(others == 0, total == 0))
        if left is not None:
            return total
        for bound, is_least in ((spec.minimum, True), (spec.maximum, False)):
            if bound is not None:
                edge = others * self._number(number(bound))
                self._always(total >= edge if is_least else total <= edge)
        # One other item is none of those that are asked for; where there is no bound, two or more can have any sum.
        for each in asked:
            if isinstance(each, int | float | Fraction):
                self._always(z3.Implies(others == 1, total != self._number(number(each))))
        if (spec.minimum is not None or spec.maximum is not None) and (asked or spec.unique):
            self.is_exact = False
        return total

    def _value(self, model: Any, fact: str) -> object:
        if fact in self.lines:
            line = self.lines[fact]
            return valued(line.type, _plain(model.eval(self._known[fact, fact], model_completion=True)))
        return self._items(model, fact, self._known[fact, fact])

    def _items(self, model: Any, fact: str, known: _List) -> object:
        """Return a list as z3 has it; other items are made up, and make up their sum."""
        spec = self.lists[fact]
        items = [
            each
            for each, times in known.times.items()
            for _ in range(int(_plain(model.eval(times, model_completion=True))))
        ]
        count = int(_plain(model.eval(known.others, model_completion=True)))
        total = None if known.others_sum is None else _plain(model.eval(known.others_sum, model_completion=True))
        return (*items, *_made_up(spec, count, total, set(known.times)))


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
