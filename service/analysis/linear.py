"""Whether claims about unknown numbers, days apart and lists in sums can all be true at once. Settled by z3.

A list counts by what is asked of it: how often each item that is asked for is in it, how many others, and their sum.
z3 is bounded by its own count of steps, never by time: the same question has the same answer everywhere. No moves by
months and no days of zones: those are in `differences.py`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from importlib import import_module
from itertools import chain, islice
from threading import RLock
from typing import TYPE_CHECKING, Any

from service.analysis.domains import can_have, few_items, room_of
from service.analysis.lines import Line, shift_of, valued
from service.analysis.terms import Atom, Below, CountOf, Has, Rational, Stated, Term, TotalOf, Unknown, facts_in, number
from service.facts.values import Period

if TYPE_CHECKING:
    from service.facts.declaration import FactSpec

__all__ = ["NotLinear", "Question"]

_MOST_STEPS = 200_000
_AT_WORK = RLock()  # z3 keeps all that it knows in one place, which threads may not share

_MOST_ITEMS = 1000
_FINE_STEPS: tuple[Rational, ...] = (0, *(Fraction(1, 10**places) for places in (0, 1, 2, 3, 6, 9)))
_A_PERIOD = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))

_ONE_ONGOING = Period(datetime(2026, 1, 1, tzinfo=UTC), None)

_Named = tuple[Hashable, str]
"""The name under which a fact's value is meant, and the fact: (fact,) stands for the other value of one."""


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


Solution = tuple[dict[str, object], bool]
"""Values of facts, none where they were too many to be written down, and whether they were shown to be possible."""


@dataclass(slots=True)
class Question:
    """What is known of some facts, to be asked of one set of claims after another.

    lines     of the facts that have an order
    lists     declarations of the facts that are lists
    asked     all claims that may be asked: they tell which items of lists matter
    is_exact  whether all is told: else some of what z3 takes for possible may not be
    What z3 finds of several solutions, and whether it finds one in time, hangs on all that it was told before in its
    context. So each question has a context of its own, and whoever asks further begins with a fresh one.
    """

    lines: Mapping[str, Line]
    lists: Mapping[str, FactSpec]
    asked: Sequence[Atom]
    is_exact: bool = True
    _always: dict[_Named, list[Any]] = field(default_factory=dict)
    _known: dict[_Named, Any] = field(default_factory=dict)
    _claims: dict[tuple[Atom, frozenset[str]], Any] = field(default_factory=dict)
    _context: Any = None

    def fresh(self) -> Question:
        """Return the question as it was before anything was asked."""
        return Question(self.lines, self.lists, self.asked)

    @property
    def _here(self) -> Any:
        if self._context is None:
            self._context = _z3().Context()
        return self._context

    def solve(
        self, claims: Sequence[Stated], changed: Sequence[Stated] = (), others: frozenset[str] = frozenset()
    ) -> Solution | None:
        """Return values of the facts with which all claims are true, or None where there are none.

        changed  further claims, in which the `others` among the facts have other values
        Raises NotLinear.
        """
        with _AT_WORK:
            wanted = [self._said(claim, frozenset()) for claim in claims]
            wanted += [self._said(claim, others) for claim in changed]
            named: list[_Named] = [(fact, fact) for atom, _ in claims for fact in sorted(facts_in(atom))]
            named += [
                ((fact,) if fact in others else fact, fact) for atom, _ in changed for fact in sorted(facts_in(atom))
            ]
            solver = self._new_solver(named)
            solver.add(*wanted)
            return self._answered(solver, named)

    def regions(self, most: int) -> list[tuple[tuple[bool, ...], Solution]] | None:
        """Return each combination of truths of the claims that can be; None where there are too many, or z3 gives up.

        most  combinations at most
        Raises NotLinear.
        """
        with _AT_WORK:
            claims = [self._said((atom, True), frozenset()) for atom in self.asked]
            named = [(fact, fact) for atom in self.asked for fact in sorted(facts_in(atom))]
            solver = self._new_solver(named)
            marks = [_z3().Bool(f"claim {i}", self._here) for i in range(len(claims))]
            solver.add(*(mark == claim for mark, claim in zip(marks, claims, strict=True)))
            found: list[tuple[tuple[bool, ...], Solution]] = []
            while (result := solver.check()) != _z3().unsat:
                if result == _z3().unknown or len(found) == most:
                    return None
                model = solver.model()
                truths = tuple(_z3().is_true(model.eval(mark, model_completion=True)) for mark in marks)
                found.append((truths, self._values(model, named)))
                pairs = zip(marks, truths, strict=True)
                solver.add(_z3().Or([_z3().Not(mark) if truth else mark for mark, truth in pairs]))
            return found

    def _new_solver(self, named: Iterable[_Named]) -> Any:
        """Return a solver that knows what is always so of some facts.

        What it answers must not hang on what another solver was asked.
        """
        solver = _z3().SolverFor("QF_LIRA", ctx=self._here)
        solver.set("random_seed", 7)
        solver.set("rlimit", _MOST_STEPS)
        for key in dict.fromkeys(named):
            solver.add(*self._always[key])
        return solver

    def _answered(self, solver: Any, named: Iterable[_Named]) -> Solution | None:
        found = solver.check()
        if found == _z3().unsat:
            return None
        if found == _z3().unknown:
            return {}, False
        return self._values(solver.model(), named)

    def _values(self, model: Any, named: Iterable[_Named]) -> Solution:
        values = {fact: self._value(model, fact) for name, fact in dict.fromkeys(named) if name == fact}
        return ({} if None in values.values() else values), self.is_exact

    def _said(self, claim: Stated, others: frozenset[str]) -> Any:
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
        return self._often(self._list(atom.list.fact, names), atom.item)

    @staticmethod
    def _often(items: _List, item: object) -> Any:
        if item not in items.times:
            raise NotLinear
        return items.times[item]

    def _term(self, term: Term, names: Mapping[str, Hashable]) -> Any:
        if isinstance(term, CountOf) and isinstance(term.of, Unknown):
            items = self._list(term.of.fact, names)
            if term.wanted is None:
                return _z3().Sum([*items.times.values(), items.others])
            often = [self._often(items, each) for each in sorted(term.wanted, key=repr)]
            return _z3().Sum(often or [self._number(0)])
        if isinstance(term, TotalOf) and isinstance(term.of, Unknown):
            items = self._list(term.of.fact, names)
            if items.others_sum is None:
                raise NotLinear
            spec = self.lists[term.of.fact]
            summed = [(times, each) for each, times in items.times.items() if can_have(spec, each)]
            shares = [times * self._number(number(each)) for times, each in summed]
            return _z3().Sum([*shares, items.others_sum])
        offset = shift_of(term)
        if offset is None:
            raise NotLinear
        (fact,) = facts_in(term)
        return self._place(fact, names) + offset

    def _number(self, value: Rational) -> Any:
        if isinstance(value, int):
            return _z3().IntVal(value, self._here)
        return _z3().RealVal(f"{value.numerator}/{value.denominator}", self._here)

    def _place(self, fact: str, names: Mapping[str, Hashable]) -> Any:
        key = (names.get(fact, fact), fact)
        if key not in self._known:
            line = self.lines[fact]
            made = (_z3().Int if line.is_whole else _z3().Real)(repr(key), self._here)
            self._known[key] = made
            self._always[key] = [made >= self._number(line.least), made <= self._number(line.most)]
        return self._known[key]

    def _list(self, fact: str, names: Mapping[str, Hashable]) -> _List:
        key = (names.get(fact, fact), fact)
        if key not in self._known:
            self._always[key] = []
            self._known[key] = self._new_list(fact, repr(key), self._always[key])
        return self._known[key]  # type: ignore[no-any-return]

    def _items_asked(self, fact: str) -> list[object]:
        found: dict[object, None] = {}
        for atom in self.asked:
            for claim in _about(atom, fact):
                found.update(dict.fromkeys(claim))
        return sorted(found, key=repr)

    def _new_list(self, fact: str, name: str, always: list[Any]) -> _List:
        """Return what stands for a list; add what is always so of it."""
        z3, spec = _z3(), self.lists[fact]
        has_total = any(
            isinstance(term, TotalOf) and fact in facts_in(term) for each in self.asked for term in _terms(each)
        )
        few = few_items(spec) if has_total else None
        asked = sorted({*self._items_asked(fact), *(few or ())}, key=repr)
        times = {each: z3.Int(f"{name}[{each!r}]", self._here) for each in asked}
        possible = [each for each in asked if can_have(spec, each)]
        others = z3.Int(f"{name}[others]", self._here)
        total = z3.Sum([*times.values(), others])
        always += [others >= 0, *(each >= 0 for each in times.values()), total >= spec.min_items]
        always += [times[each] == 0 for each in asked if each not in possible]
        if spec.max_items is not None:
            always += [total <= spec.max_items]
        room = room_of(spec)
        left = None if room is None else room - len(possible)
        if left == 0:
            always += [others == 0]
        if spec.unique:
            always += [*(each <= 1 for each in times.values()), *([] if left is None else [others <= left])]
        if not has_total:
            return _List(times, others, None)
        return _List(
            times, others, self._number(0) if left == 0 else self._sum_of_others(spec, name, others, possible, always)
        )

    def _sum_of_others(self, spec: FactSpec, name: str, others: Any, taken: Sequence[object], always: list[Any]) -> Any:
        """Return what stands for the sum of the items that nobody asks for; tell if it may be more than can be."""
        z3, whole = _z3(), spec.item_type == "integer"
        total = (z3.Int if whole else z3.Real)(f"{name}[sum]", self._here)
        always += [z3.Implies(others == 0, total == 0)]
        # One other item is none of those that are asked for.
        always += [z3.Implies(others == 1, total != self._number(number(each))) for each in taken]
        for bound, sign in ((spec.minimum, 1), (spec.maximum, -1)):
            if bound is not None:
                edge = self._number(number(bound))
                always += [sign * total >= sign * edge * others]
                if not whole and (spec.unique or bound in taken):
                    # Two or more numbers of any fineness have any sum, but for that of none but the bound itself.
                    always += [z3.Implies(others > 1, sign * total > sign * edge * others)]
        if whole and (spec.minimum is not None or spec.maximum is not None) and (taken or spec.unique):
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
            return (*(_ONE_ONGOING,) * sum(times.values()), *(_A_PERIOD,) * count)
        total = None if known.others_sum is None else _plain(model.eval(known.others_sum, model_completion=True))
        items = [each for each, often in times.items() for _ in range(often)]
        further = _made_up(spec, count, total, set(times))
        return None if further is None else _in_order(spec, [*items, *further])


def _in_order(spec: FactSpec, items: Sequence[object]) -> tuple[object, ...]:
    """Return items as a case has them: those of a set in the order of its choices."""
    if spec.unique and spec.choices is not None:
        return tuple(sorted(items, key=list[object](spec.choices).index))
    return tuple(items)


def _made_up(spec: FactSpec, count: int, total: Rational | None, taken: set[object]) -> Sequence[object] | None:
    """Return so many other items, with a sum where one is wanted; None where none were found."""
    if total is None or not count:
        found = list(islice((each for each in _samples(spec) if can_have(spec, each) and each not in taken), count))
        return found if len(found) == count or spec.unique or not found else [found[0]] * count
    whole = spec.item_type == "integer"
    steps: Sequence[Rational] = (0, 1, 2, 3, 7, 20) if whole else _FINE_STEPS
    for step in steps:
        made = _spread(total, count, step, whole=whole)
        is_allowed = not spec.unique or len(set(made)) == count
        if is_allowed and all(can_have(spec, each) and each not in taken for each in made):
            return made
    return None


def _samples(spec: FactSpec) -> Iterable[object]:
    """Yield a few thousand items that a list can have; some of what comes with them it can't."""
    if spec.choices is not None:
        return spec.choices
    if spec.item_type == "string":
        return chain(("",), (chr(point) * max(1, spec.min_length) for point in range(0x4E00, 0x9FA5)))
    if spec.minimum is None:
        start = number(spec.maximum) if spec.maximum is not None else 10**6
        return (start // 1 - i for i in range(2 * _MOST_ITEMS))
    low, high = number(spec.minimum), None if spec.maximum is None else number(spec.maximum)
    step = Fraction(high - low, 3 * _MOST_ITEMS) if high is not None and spec.item_type == "number" else 1
    first = -(-low // 1) if spec.item_type == "integer" else low
    return (_shortest(first + i * step) for i in range(3 * _MOST_ITEMS + 1))


def _spread(total: Rational, count: int, step: Rational, *, whole: bool) -> list[object]:
    """Return so many numbers with a sum, nearly equal or each `step` from the next."""
    share, left = divmod(total, count) if whole else (Fraction(total) / count, 0)
    found = [share + (1 if i < left else 0) for i in range(count)]
    for i in range(count // 2):
        found[i] += (i + 1) * step
        found[-1 - i] -= (i + 1) * step
    return [_shortest(each) for each in found]


def _shortest(value: Rational) -> Rational:
    return int(value) if value.denominator == 1 else value


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


def _plain(value: Any) -> Rational:
    if value.is_int():
        return int(value.as_long())
    return _shortest(Fraction(value.numerator_as_long(), value.denominator_as_long()))
