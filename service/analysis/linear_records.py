"""An unknown list of records as z3 is told of it: how many items of each kind, and what members sum up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from service.analysis.cells import Cell, Span, cells_of
from service.analysis.lines import valued
from service.analysis.terms import ChosenOf, Rational
from service.facts.values import Record

if TYPE_CHECKING:
    from service.facts.declaration import FactSpec

__all__ = ["Records", "as_rational", "z3"]

_MOST_ITEMS = 1000


@cache
def z3() -> Any:
    """Return the library: a large one, read when the first pack needs it whose facts meet in sums."""
    return import_module("z3")


class Records:
    """What stands for one list.

    always  what is always so of it
    """

    def __init__(
        self, spec: FactSpec, picks: Sequence[ChosenOf], summed: Sequence[str], name: str, context: Any
    ) -> None:
        """Make it. Raises NotTold where its items are told apart by too much."""
        self._spec, self._context = spec, context
        self._picks, self._summed = tuple(picks), tuple(summed)
        self._cells = cells_of(spec, picks, summed)
        self._times = [z3().Int(f"{name}[{i}]", context) for i in range(len(self._cells))]
        self.always: list[Any] = [times >= 0 for times in self._times]
        self._sums = [
            [
                self._sum(span, times, f"{name}[{i}].{member}", member)
                for span, member in zip(cell.spans, summed, strict=True)
            ]
            for i, (cell, times) in enumerate(zip(self._cells, self._times, strict=True))
        ]
        count = z3().Sum([self._number(0), *self._times])
        self.always += [count >= spec.min_items]
        if spec.max_items is not None:
            self.always += [count <= spec.max_items]

    def count(self, of: object) -> Any:
        """Return how many items the list, or what is picked of it, has."""
        return z3().Sum([self._number(0), *(self._times[i] for i in self._within(of))])

    def total(self, of: object, member: str) -> Any:
        """Return what a member of these items sums up to."""
        place = self._summed.index(member)
        return z3().Sum([self._number(0), *(self._sums[i][place] for i in self._within(of))])

    def _within(self, of: object) -> Iterator[int]:
        """Yield the places of the cells whose items are picked."""
        place = self._picks.index(of) if isinstance(of, ChosenOf) else None
        return (i for i, cell in enumerate(self._cells) if place is None or cell.truths[place])

    def _number(self, value: Rational) -> Any:
        if isinstance(value, int):
            return z3().IntVal(value, self._context)
        return z3().RealVal(f"{value.numerator}/{value.denominator}", self._context)

    def _sum(self, span: Span, times: Any, name: str, member: str) -> Any:
        """Return the sum of a member in so many items of a cell: it can be any that lies between so many bounds."""
        if span.low == span.high:
            return times * self._number(span.low)
        made = (z3().Int if self._is_whole(member) else z3().Real)(name, self._context)
        low, high = times * self._number(span.low), times * self._number(span.high)
        self.always += [made >= low, made <= high]
        if span.above:
            self.always += [z3().Implies(times > 0, made > low)]
        if span.below:
            self.always += [z3().Implies(times > 0, made < high)]
        return made

    def _is_whole(self, member: str) -> bool:
        return any(each.name == member and each.type == "integer" for each in self._spec.members)

    # a list that z3 has found

    def items(self, model: Any) -> tuple[Record, ...] | None:
        """Return a list as z3 has it; None where it is too long."""
        often = [as_rational(model.eval(times, model_completion=True)) for times in self._times]
        if sum(often) > _MOST_ITEMS:
            return None
        found: list[Record] = []
        for cell, times, sums in zip(self._cells, often, self._sums, strict=True):
            totals = [as_rational(model.eval(each, model_completion=True)) for each in sums]
            found += [self._item(cell, int(times), totals, i) for i in range(int(times))]
        return tuple(found)

    def _item(self, cell: Cell, times: int, totals: Sequence[Rational], i: int) -> Record:
        """Return the i-th of so many items of a cell whose summed members come to so much."""
        shares: dict[str, object] = {}
        for member, span, total in zip(self._summed, cell.spans, totals, strict=True):
            if dict(cell.record)[member] is not None and span.low != span.high:
                shares[member] = self._share(member, total, times, i)
        return Record((name, shares.get(name, value)) for name, value in cell.record)  # type: ignore[misc]

    def _share(self, member: str, total: Rational, times: int, i: int) -> object:
        """Return what one of so many numbers is that are nearly equal and have a sum."""
        if not self._is_whole(member):
            return valued("number", Fraction(total) / times)
        share, left = divmod(int(total), times)
        return share + (1 if i < left else 0)


def as_rational(value: Any) -> Rational:
    """Return a number of z3's as one of ours."""
    if value.is_int():
        return int(value.as_long())
    fraction = Fraction(value.numerator_as_long(), value.denominator_as_long())
    return int(fraction) if fraction.denominator == 1 else fraction
