"""Of what kinds the items of an unknown list of records can be, as far as what is asked of the list tells them apart.

A *cell* is such a kind: which of the conditions on an item hold, and between what the members lie that are summed up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import chain, pairwise, product
from math import prod

from service.analysis.domains import texts_of_kinds
from service.analysis.lines import line_of, valued
from service.analysis.spellings import TooManyKinds
from service.analysis.terms import ChosenOf, Rational, number
from service.facts.declaration import FactSpec
from service.facts.values import Record
from service.model.conditions import Ref, Test, leaves
from service.model.names import OfItem
from service.model.records import chosen, members_read

__all__ = ["Cell", "NotTold", "Span", "a_record", "cells_of"]

_MOST_COMBINATIONS = 4096
_MOST_CELLS = 128


class NotTold(Exception):
    """Items are told apart by more than is gone through."""


@dataclass(frozen=True, slots=True)
class Span:
    """Between what numbers a member lies: at `low` or `high` too, unless it is above the one, below the other."""

    low: Rational
    high: Rational
    above: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """Items of one kind.

    truths  of the conditions, in order
    spans   of the summed members, in order
    record  one of them
    """

    truths: tuple[bool, ...]
    spans: tuple[Span, ...]
    record: Record


@dataclass(frozen=True, slots=True)
class _Piece:
    """Values of a member that are not told apart: one of them, and between what they lie where they have an order.

    type  of the member, where it has an order
    """

    value: object
    span: Span = Span(0, 0)
    type: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing between a place and the next whole one."""
        return self.type != "number"

    def at(self, place: Rational) -> _Piece:
        """Return the piece with the value at another of its places."""
        return _Piece(valued(self.type, place), self.span, self.type)


def cells_of(spec: FactSpec, picks: Sequence[ChosenOf], summed: Sequence[str]) -> Sequence[Cell]:
    """Return the cells of a list's items.

    picks   the conditions, whose names beside the item are constants
    summed  members whose sum is asked for
    Raises NotTold.
    """
    ways = list(_ways(spec, picks, summed))
    if prod(map(len, ways)) > _MOST_COMBINATIONS:
        raise NotTold
    found: dict[tuple[tuple[bool, ...], tuple[Span, ...]], Cell] = {}
    for combined in product(*ways):
        pieces = {name: piece for way in combined for name, piece in way.items()}
        record = Record((each.name, pieces[each.name].value) for each in spec.members)  # type: ignore[misc]
        truths = tuple([bool(chosen(pick.where, (record,), dict(pick.beside))) for pick in picks])
        spans = tuple([pieces[name].span for name in summed])
        found.setdefault((truths, spans), Cell(truths, spans, record))
        if len(found) > _MOST_CELLS:
            raise NotTold
    return list(found.values())


def _ways(spec: FactSpec, picks: Sequence[ChosenOf], summed: Sequence[str]) -> Iterator[Sequence[Mapping[str, _Piece]]]:
    """Yield what each member can be, whatever the others are; of two that are compared what they can be together."""
    specs = {each.name: each for each in spec.members}
    read = {key.member for pick in picks for key in members_read(pick.where)} | {*summed}
    told: set[str] = set()
    pairs = _pairs(picks)
    for first, second in pairs:
        one, other = specs[first], specs[second]
        if not _has_order(one) and not _has_order(other):
            continue  # each of their values is gone through
        is_bound = {first, second} & {*summed} or _is_again(pairs, first, second)
        if not _has_order(one) or not _has_order(other) or one.type != other.type or is_bound:
            raise NotTold
        yield [{first: a, second: b} for a, b in _together(_pieces(one, picks), _pieces(other, picks))]
        told |= {first, second}
    for name, each in specs.items():
        if name not in told:
            pieces = _pieces(each, picks, is_summed=name in summed) if name in read else [_usual(each)]
            yield [{name: piece} for piece in pieces]


def _pairs(picks: Sequence[ChosenOf]) -> Sequence[tuple[str, str]]:
    """Return the members of an item that are compared with each other, two by two."""
    found: dict[tuple[str, str], None] = {}
    for pick in picks:
        for test in leaves(pick.where):
            other = test.operand.name if isinstance(test.operand, Ref) else None
            if isinstance(test.name, OfItem) and isinstance(other, OfItem) and test.name != other:
                first, second = sorted((test.name.member, other.member))
                found[first, second] = None
    return tuple(found)


def _has_order(spec: FactSpec) -> bool:
    return spec.choices is None and spec.type not in ("boolean", "string")


def _is_again(pairs: Sequence[tuple[str, str]], first: str, second: str) -> bool:
    """Say whether one of two members is compared with a third."""
    return any(pair != (first, second) and not {first, second}.isdisjoint(pair) for pair in pairs)


def _together(ones: Sequence[_Piece], others: Sequence[_Piece]) -> Iterator[tuple[_Piece, _Piece]]:
    """Yield two ordered members in each piece of theirs, once for each order in which they can stand there."""
    for one, other in product(ones, others):
        if one.value is None or other.value is None:
            yield one, other
            continue
        for low, high in ((one, other), (other, one)):
            apart = _apart(low, high)
            if apart is not None:
                yield apart if low is one else apart[::-1]
        same = _same(one, other)
        if same is not None:
            yield same, same


def _apart(low: _Piece, high: _Piece) -> tuple[_Piece, _Piece] | None:
    """Return values of two pieces of which the first is below the second; None where there are none."""
    least, most = low.span, high.span
    if not least.low < most.high:
        return None
    if low.is_whole:
        return low.at(least.low), high.at(most.high)
    step = Fraction(most.high - least.low) / 3
    first = least.low + (min(step, Fraction(least.high - least.low) / 2) if least.above else 0)
    last = most.high - (min(step, Fraction(most.high - most.low) / 2) if most.below else 0)
    return low.at(first), high.at(last)


def _same(one: _Piece, other: _Piece) -> _Piece | None:
    """Return a value that is in two pieces; None where there is none."""
    low, high = max(one.span.low, other.span.low), min(one.span.high, other.span.high)
    if low < high:
        return one.at(low if one.is_whole else Fraction(low + high) / 2)
    is_edge = any(
        (each.above and each.low == low) or (each.below and each.high == high) for each in (one.span, other.span)
    )
    return None if low > high or is_edge else one.at(low)


def a_record(spec: FactSpec, *, last: bool = False) -> Record:
    """Return an item that a list can have: with the first, or with the last, value of each member."""
    return Record((each.name, _end_of(each, last=last)) for each in spec.members)  # type: ignore[misc]


def _usual(spec: FactSpec) -> _Piece:
    return _Piece(None if spec.absent_is_none else _end_of(spec, last=False))


def _end_of(spec: FactSpec, *, last: bool) -> object:
    pieces = _pieces_of(spec, (), is_summed=False)
    return pieces[-1 if last else 0].value


def _pieces(spec: FactSpec, picks: Sequence[ChosenOf], *, is_summed: bool = False) -> Sequence[_Piece]:
    tests = list(dict.fromkeys(chain.from_iterable(_tests_of(spec, pick) for pick in picks)))
    pieces = _pieces_of(spec, tests, is_summed=is_summed)
    return [*pieces, _Piece(None)] if spec.absent_is_none else pieces


def _pieces_of(spec: FactSpec, tests: Sequence[Test], *, is_summed: bool) -> Sequence[_Piece]:
    is_met = any(isinstance(test.operand, Ref) for test in tests)
    if spec.type == "boolean" or spec.choices is not None:
        values = (True, False) if spec.choices is None else spec.choices
        if is_met or is_summed:
            return [_Piece(each, _point(each)) for each in values]
        return [_Piece(each) for each in {_signature(each, tests): each for each in reversed(values)}.values()][::-1]
    if spec.type == "string":
        if is_met:
            raise NotTold
        try:
            return [_Piece(each) for each in texts_of_kinds(spec, tests)]
        except TooManyKinds:
            raise NotTold from None
    return list(_stretches(spec, tests))


def _point(value: object) -> Span:
    return Span(0, 0) if isinstance(value, str | bool) else Span(number(value), number(value))


def _signature(value: object, tests: Sequence[Test]) -> tuple[bool, ...]:
    return tuple([test.judge(value, test.operand) for test in tests])


def _tests_of(spec: FactSpec, pick: ChosenOf) -> Iterator[Test]:
    """Yield what a condition asks of a member, its names of the case replaced by their values.

    Of one that is compared with another member the other stays.
    """
    beside = dict(pick.beside)
    for test in leaves(pick.where):
        other = test.operand
        if isinstance(other, Ref) and not isinstance(other.name, OfItem):
            other = beside[other.name]
        if test.name == OfItem(spec.path):
            yield Test(test.name, test.op, other)
        elif isinstance(other, Ref) and other.name == OfItem(spec.path):
            is_constant = not isinstance(test.name, OfItem)
            yield (
                Test(other.name, "equals", beside[test.name])
                if is_constant
                else Test(other.name, test.op, Ref(test.name))
            )


def _stretches(spec: FactSpec, tests: Sequence[Test]) -> Iterator[_Piece]:
    """Yield the constants that a member is compared with, and what lies between them, in order."""
    line = line_of(spec.type, spec.minimum, spec.maximum)
    edges = {number(each) for test in tests for each in _constants(test.operand)}
    inside = sorted({each for each in edges if line.least <= each <= line.most})
    points = [each for each in inside if not line.is_whole or Fraction(each).denominator == 1]
    ends = [line.least, *inside, line.most]
    for i, (low, high) in enumerate(pairwise(ends)):
        begins_after, ends_before = i > 0, i < len(inside)
        if i > 0 and low in points:
            yield _Piece(valued(line.type, low), Span(low, low), line.type)
        if line.is_whole:
            first = int(low // 1) + 1 if begins_after else int(low)
            last = -int(-high // 1) - 1 if ends_before else int(high)
            if first <= last:
                yield _Piece(valued(line.type, _usual_in(line.type, first, last)), Span(first, last), line.type)
        elif low < high or not (begins_after or ends_before):
            yield _between(line.type, Span(low, high, begins_after, ends_before))


def _between(type_: str, span: Span) -> _Piece:
    if span.low < 0 < span.high:
        at: Rational = 0
    else:
        at = span.low if not span.above else span.high if not span.below else Fraction(span.low + span.high) / 2
    return _Piece(valued(type_, at), span, type_)


_USUAL = {"date": number(date(2026, 1, 1)), "instant": number(datetime(2026, 1, 1, 12, tzinfo=UTC))}


def _usual_in(type_: str, first: Rational, last: Rational) -> Rational:
    """Return a place, such as people would think of first, from one to another."""
    return min(max(_USUAL.get(type_, 0), first), last)


def _constants(operand: object) -> Iterator[object]:
    items = operand if isinstance(operand, tuple | frozenset) else (operand,)
    for each in items:
        if isinstance(each, int | Decimal | Fraction | date | datetime) and not isinstance(each, bool):
            yield each
