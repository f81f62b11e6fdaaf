"""What conditions ask of terms, as claims: to list them, or to make diagrams of them. No fact's domain is known."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import partial, reduce
from itertools import product, repeat
from math import ceil, floor, prod
from typing import Any, Protocol, TypeAlias, TypeVar

from service.analysis.lines import Line, always, is_date, valued
from service.analysis.moves import Turned, Ways, added_up, by_counts, further, stays_within, turned_to_numbers, ways
from service.analysis.ongoing import ONGOING
from service.analysis.open_time import turn
from service.analysis.terms import (
    Atom,
    Below,
    Bent,
    ChosenOf,
    CountOf,
    DayOf,
    Doubt,
    Gathered,
    Has,
    MostOf,
    Moved,
    MovedBy,
    Opaque,
    OpenTime,
    Product,
    Ratio,
    Rational,
    RoundedTo,
    Stated,
    Sum,
    TimeOf,
    TotalOf,
    Unknown,
    WeekdayIn,
    below,
    is_symbolic,
    number,
    summed,
)
from service.clock.counting import HORIZON
from service.clock.pauses import MOST_PAUSES
from service.facts.numbers import ROUNDINGS
from service.facts.values import Record
from service.model.conditions import All, Condition, Not, Ref, Test, fold
from service.model.derivations import (
    Arithmetic,
    Chosen,
    Counted,
    DayIn,
    DaysBetween,
    Divided,
    Elapsed,
    How,
    Measured,
    Multiplied,
    Rounded,
    Shifted,
    ShiftedBy,
    Summed,
    SummedList,
    SummedOf,
    TimeIn,
)
from service.model.names import Key, OfItem
from service.model.records import members_read
from service.model.values import ABSENT
from service.model.working import reach_of_moves, worked_out

__all__ = [
    "Case",
    "Cases",
    "Claims",
    "Listed",
    "as_read",
    "day_of",
    "followed",
    "has_some",
    "is_chosen",
    "is_comparable",
    "is_measurable",
    "is_ordered",
    "is_reached",
    "kinds_of",
    "less",
    "relation",
    "same",
    "seen",
    "steps_of",
]

_Claim = TypeVar("_Claim")


class Claims(Protocol[_Claim]):
    """What claims are made of."""

    @property
    def whole(self) -> Mapping[str, bool]:
        """Fact -> whether its values, or its items, are whole numbers."""

    @property
    def lines(self) -> Mapping[str, Line]:
        """Fact -> the values that it can have, of those that have an order."""

    def atom(self, atom: Atom, /) -> _Claim:
        """Return an atom as a claim."""

    def truth(self, value: bool, /) -> _Claim:
        """Return what is always true, or always false."""

    def negate(self, one: _Claim, /) -> _Claim:
        """Return the negation of a claim."""

    def both(self, one: _Claim, other: _Claim, /) -> _Claim:
        """Return the conjunction of two claims."""

    def either(self, one: _Claim, other: _Claim, /) -> _Claim:
        """Return the disjunction of two claims."""


Case: TypeAlias = frozenset[Stated]
"""Atoms, each stated to be true or not, all of which are so."""


class Cases:
    """Claims as the cases in which they are true, none of them within another."""

    def __init__(self, whole: Mapping[str, bool], lines: Mapping[str, Line]) -> None:
        self.whole = whole
        self.lines = lines

    def atom(self, atom: Atom, /) -> Sequence[Case]:
        """Return the one case of an atom."""
        return [frozenset(((atom, True),))]

    def truth(self, value: bool, /) -> Sequence[Case]:
        """Return the case in which nothing need be so; none of what is never true."""
        return [frozenset()] if value else []

    def negate(self, one: Sequence[Case], /) -> Sequence[Case]:
        """Return the cases in which of each of these some atom is not as stated."""
        others = ([frozenset(((atom, not truth),)) for atom, truth in sorted(case, key=repr)] for case in one)
        return reduce(self.both, others, self.truth(True))

    def both(self, one: Sequence[Case], other: Sequence[Case], /) -> Sequence[Case]:
        """Return each case of the one with each of the other, but for those that contradict each other."""
        joined = [first | second for first, second in product(one, other)]
        return _widest(case for case in joined if not any((atom, not truth) in case for atom, truth in case))

    def either(self, one: Sequence[Case], other: Sequence[Case], /) -> Sequence[Case]:
        """Return the cases of both."""
        return _widest((*one, *other))


def _widest(cases: Iterable[Case]) -> Sequence[Case]:
    """Return cases without those that others take in."""
    found = sorted(dict.fromkeys(cases), key=len)
    return [case for i, case in enumerate(found) if not any(other <= case for other in found[:i])]


class Listed:
    """Claims as nothing but a list of what was asked."""

    def __init__(self, atoms: dict[Atom, None], whole: Mapping[str, bool], lines: Mapping[str, Line]) -> None:
        self._atoms = atoms
        self.whole = whole
        self.lines = lines

    def atom(self, atom: Atom, /) -> None:
        """Note an atom."""
        self._atoms[atom] = None

    def truth(self, value: bool, /) -> None:
        """Note nothing."""

    def negate(self, one: None, /) -> None:
        """Note nothing."""

    def both(self, one: None, other: None, /) -> None:
        """Note nothing."""

    def either(self, one: None, other: None, /) -> None:
        """Note nothing."""


def relation(op: str, value: object, other: object, claims: Claims[_Claim]) -> _Claim:  # noqa: PLR0911, C901 - one for each relation
    """Return what a relation says of two results of which one at least is a term, made of claims."""
    if value is None:
        return claims.truth(False)
    if op == "known":
        return claims.truth(True)
    if op == "empty":
        return _is_empty(value, claims)
    if op == "ongoing":  # what a clock has counted is over
        return _has(value, ONGOING, claims) if isinstance(value, Unknown) else claims.truth(False)
    if other is None:
        return claims.truth(False)
    if op == "less_than":
        return less(value, other, claims)
    if op == "at_most":
        return claims.negate(less(other, value, claims))
    if op == "equals":
        return same(value, other, claims)
    if op in ("one_of", "in"):
        return _among(value, other, claims)
    if isinstance(value, Unknown | Gathered | tuple) and not is_symbolic(other):
        join, found = (claims.both, claims.truth(True)) if op == "includes" else (claims.either, claims.truth(False))
        for item in other:  # type: ignore[attr-defined]
            found = join(found, _has(value, item, claims))
        return found
    return claims.atom(Doubt(op, (value, other)))


def _is_empty(value: object, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that a list, with terms in it or a term itself, has no items."""
    if isinstance(value, tuple):
        return claims.truth(not value)
    if not isinstance(value, Gathered):
        return claims.negate(less(0, CountOf(value), claims))  # type: ignore[arg-type]
    found = claims.truth(True)
    for each in _lists_of(value):
        found = claims.both(found, _is_empty(each, claims))
    return found


def _lists_of(gathered: Gathered) -> Sequence[object]:
    return [each for each in gathered.args if each is not ABSENT]


def _has(value: object, item: object, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that a list, with terms in it or a term itself, has an item."""
    if isinstance(value, Unknown):
        return claims.atom(Has(value, item))
    if not isinstance(value, Gathered | tuple):
        return claims.atom(Doubt("includes", (value, (item,))))
    found = claims.truth(False)
    if isinstance(value, Gathered):
        for each in _lists_of(value):
            found = claims.either(found, _has(each, item, claims))
        return found
    for each in value:
        found = claims.either(found, _is_item(each, item, claims) if is_symbolic(each) else claims.truth(each == item))
    return found


def _is_item(value: object, item: object, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that a term is an item: a text, a number, a date or an instant."""
    kind = _kind_of(value)
    if kind is None or isinstance(item, bool):
        return claims.atom(Doubt("equals", (value, item)))
    return same(value, item, claims) if _kind(item) == kind else claims.truth(False)


def _kind_of(term: object) -> str | None:
    """Return what a term is, number, date or instant; None where that is not told by its form."""
    if isinstance(term, CountOf | TotalOf | Sum | Bent | OpenTime):
        return "number"
    if isinstance(term, Unknown | MostOf) and term.type in ("integer", "number", "date", "instant"):
        return "number" if term.type == "integer" else term.type
    return "date" if isinstance(term, DayOf) else None


def _kind(value: object) -> str:
    if isinstance(value, date):
        return "instant" if isinstance(value, datetime) else "date"
    return "number" if isinstance(value, int | Decimal | Fraction) else "text"


def less(first: object, second: object, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that one value is below another; of what is no sum of facts, as claims about sums."""
    written = summed(((first, 1), (second, -1)))
    sum_ = added_up(written)
    turned = _turned(sum_, claims) if isinstance(sum_, Sum) else None
    if turned is not None:
        return turned()
    pair = (first, second) if sum_ is written else (sum_, 0)
    claim, straight = below(*pair, whole=claims.whole)
    if not isinstance(claim, bool) and isinstance(claim, Below) and (settled := always(claim)) is not None:
        claim = settled if straight else not settled
    if isinstance(claim, bool):
        return claims.truth(claim)
    return claims.atom(claim) if straight else claims.negate(claims.atom(claim))


def _turned(sum_: Sum, claims: Claims[_Claim]) -> Callable[[], _Claim] | None:
    """Return what makes the claim that a sum is below zero of claims about other sums; None where it is one itself."""
    found = _turned_term(sum_, claims) if len(sum_.parts) == 1 else None
    if found is None and (cases := ways(sum_, claims.lines)) is not None:
        return partial(_is_in_ways, cases, claims)
    return found


def _turned_term(sum_: Sum, claims: Claims[_Claim]) -> Callable[[], _Claim] | None:
    """Return the same of a sum of one term."""
    ((term, times),) = sum_.parts
    edge, above = Fraction(-sum_.constant) / times, times < 0
    match term:
        case Ratio():
            return partial(_is_ratio_off, term, edge, claims, above=above)
        case MostOf():
            return partial(_is_extreme_off, term, edge, claims, above=above)
        case RoundedTo():
            return partial(_is_rounded_off, term, edge, claims, above=above)
        case OpenTime():
            turned = turn(term, edge, above=above)
            return None if turned is None else partial(_is_from, turned, claims)
    by_numbers = turned_to_numbers(term, floor(edge) + 1 if above else ceil(edge))
    return None if by_numbers is None else partial(_is_turned, by_numbers, claims, negated=above)


def _is_from(turned: tuple[object, Rational | bool, bool], claims: Claims[_Claim]) -> _Claim:
    """Return the claim that an instant is one from which on something is so, or one before that."""
    end, place, is_after = turned
    if isinstance(place, bool):
        return claims.truth(place is is_after)
    before = less(end, valued("instant", place), claims)
    return claims.negate(before) if is_after else before


def _is_turned(turned: Turned, claims: Claims[_Claim], *, negated: bool) -> _Claim:
    """Return the claim that a term is below the first of some places, or from the second to the third, or that not."""
    found = less(turned.term, turned.places[0], claims)
    for begins, ends in zip(turned.places[1::2], turned.places[2::2], strict=True):
        again = claims.both(claims.negate(less(turned.term, begins, claims)), less(turned.term, ends, claims))
        found = claims.either(found, again)
    return claims.negate(found) if negated else found


def _is_in_ways(cases: Ways, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that in the case of the value that a number has a sum is below zero."""
    count, sums = cases
    found = claims.truth(False)
    for value, sum_ in sums:
        found = claims.either(found, claims.both(same(count, value, claims), less(sum_, 0, claims)))
    return found


def is_reached(term: Moved | MovedBy, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that what is moved by numbers of the case is not led too far."""
    if stays_within(term, claims.lines):
        return claims.truth(True)
    first, end = reach_of_moves(of_dates=is_date(term))
    return claims.both(claims.negate(less(term, first, claims)), less(term, end, claims))


def is_measurable(term: OpenTime, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that the instants of a measure are near enough, and its pauses few enough."""
    apart = summed([(term.last, 1), (term.first, -1)])
    near = claims.both(claims.negate(less(apart, -HORIZON, claims)), claims.negate(less(HORIZON, apart, claims)))
    if not is_symbolic(term.pauses):
        return near
    return claims.both(near, claims.negate(less(MOST_PAUSES, CountOf(term.pauses), claims)))  # type: ignore[arg-type]


def _is_ratio_off(ratio: Ratio, edge: Fraction, claims: Claims[_Claim], *, above: bool) -> _Claim:
    """Return the claim that a ratio is below an edge, or above it: both are multiplied by what it is divided by."""
    at_edge = summed(((ratio.under, edge),))
    low, high = (at_edge, ratio.over) if above else (ratio.over, at_edge)
    positive = claims.both(less(0, ratio.under, claims), less(low, high, claims))
    negative = claims.both(less(ratio.under, 0, claims), less(high, low, claims))
    return claims.either(positive, negative)


def _is_extreme_off(most: MostOf, edge: Fraction, claims: Claims[_Claim], *, above: bool) -> _Claim:
    """Return the claim that the greatest or least of a list's items is below an edge, or above it.

    The greatest is above where one item is, and below where none reaches the edge.
    """
    test = Test(of_item(most.of, most.member), "at_most" if above else "less_than", valued(most.type, edge))
    beyond: Condition = All((Test(test.name, "known", None), Not(test))) if most.greatest else test
    is_some = less(0, CountOf(narrowed(most.of, beyond)), claims)
    return is_some if most.greatest is above else claims.negate(is_some)


def of_item(of: Unknown | ChosenOf, member: str) -> OfItem:
    """Return the key of a member of the items of a list, or of those that are picked of it."""
    return OfItem(f"{(of.of if isinstance(of, ChosenOf) else of).fact}[].{member}")


def narrowed(of: Unknown | ChosenOf, where: Condition) -> ChosenOf:
    """Return those items of a list, or of those that are picked of it, for which a condition holds as well."""
    return ChosenOf(of.of, All((of.where, where)), of.beside) if isinstance(of, ChosenOf) else ChosenOf(of, where)


def has_some(of: Unknown | ChosenOf, member: str, claims: Claims[_Claim], *, may_lack: bool) -> _Claim:
    """Return the claim that a list has items, or chosen ones, that have a member; `may_lack` where not each has it."""
    those = narrowed(of, Test(of_item(of, member), "known", None)) if may_lack else of
    return less(0, CountOf(those), claims)


_MOST_KINDS = 60
_STEPS_OF_AN_ITEM = 2


def steps_of(items: object) -> int:
    """Return how many steps of work it is to choose among the items of a list; none where it is unknown."""
    return _STEPS_OF_AN_ITEM * len(items) if isinstance(items, tuple) else 0


def as_read(how: Chosen, item: Record) -> tuple[object, ...]:
    """Return the members of an item that the condition reads by which items are chosen."""
    values = dict(item)
    return tuple([values[key.member] for key in members_read(how.where)])


def kinds_of(how: Chosen, items: Iterable[Record]) -> Sequence[tuple[object, ...]] | None:
    """Return the different ways in which items are read by the condition; None where these are too many."""
    found = dict.fromkeys(as_read(how, item) for item in items)
    return tuple(found) if len(found) <= _MOST_KINDS else None


def seen(how: Chosen, kind: tuple[object, ...], beside: Sequence[object]) -> Mapping[Key, object]:
    """Return the values that the condition by which items are chosen reads, of items of one kind.

    beside  of the names beside the item, in the order of the inputs
    """
    members: dict[Key, object] = dict(zip(members_read(how.where), kind, strict=True))
    return {**dict(zip(how.inputs[1:], beside, strict=True)), **members}


def is_chosen(where: Condition, values: Mapping[Key, object], claims: Claims[_Claim]) -> _Claim:
    """Return the claim that a condition holds for an item.

    values  of the item's members, and of all else that the condition reads: constants and terms
    """

    def asked(test: Test) -> _Claim:
        value, other = values[test.name], test.operand
        if isinstance(other, Ref):
            other = values[other.name]
        if is_symbolic(value) or is_symbolic(other):
            return relation(test.op, value, other, claims)
        return claims.truth(test.judge(value, other))

    def joined(join: Callable[[_Claim, _Claim], _Claim], found: _Claim, parts: list[_Claim]) -> _Claim:
        return reduce(join, parts, found)

    return fold(
        where,
        test=asked,
        all_of=lambda parts: joined(claims.both, claims.truth(True), parts),
        any_of=lambda parts: joined(claims.either, claims.truth(False), parts),
        negation=claims.negate,
    )


def _is_rounded_off(term: RoundedTo, edge: Fraction, claims: Claims[_Claim], *, above: bool) -> _Claim:
    """Return the claim that what is rounded is below an edge, or above it: rounding keeps the order of numbers."""
    scale = 10**term.places
    whole = floor(edge * scale) + 1 if above else ceil(edge * scale)
    reached = _reaches(term, whole, claims)
    return reached if above else claims.negate(reached)


def _reaches(term: RoundedTo, whole: int, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that a term is rounded to so many of its last places, or to more."""
    scale, rounding = 10**term.places, ROUNDINGS[term.how]
    for start in (Fraction(whole - 1), whole - Fraction(1, 2), Fraction(whole)):
        if rounding(start) >= whole:
            return claims.negate(less(term.of, start / scale, claims))
        if rounding(start + Fraction(1, 4)) >= whole:  # as all between two halves is
            return less(start / scale, term.of, claims)
    raise ValueError(term.how)


def same(value: object, other: object, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that two values are the same."""
    if value == other:
        return claims.truth(True)
    if is_ordered(value) and is_ordered(other):
        return claims.both(claims.negate(less(value, other, claims)), claims.negate(less(other, value, claims)))
    return claims.atom(Doubt("equals", tuple(sorted((value, other), key=repr))))


def _among(value: object, other: object, claims: Claims[_Claim]) -> _Claim:
    if isinstance(other, Unknown | Gathered | tuple) and is_symbolic(other) and not is_symbolic(value):
        return _has(other, value, claims)
    if is_symbolic(other) or not isinstance(other, tuple | frozenset):
        return claims.atom(Doubt("in", (value, other)))
    found = claims.truth(False)
    for item in sorted(other, key=repr):
        if is_comparable(value, item):
            found = claims.either(found, same(value, item, claims))
    return found


def is_comparable(term: object, constant: object) -> bool:
    """Say whether a term can be the same as a constant: what is not looked into may be a text, other terms are none."""
    return is_ordered(constant) or isinstance(term, Opaque)


_WITH_ORDER = Moved | MovedBy | DayOf | TimeOf | WeekdayIn | CountOf | TotalOf | MostOf | Sum | Bent | OpenTime


def is_ordered(value: object) -> bool:
    """Say whether a value has an order: a date, an instant, a number, or a term that is one."""
    if isinstance(value, Unknown):
        return value.type in ("date", "instant", "integer", "number")
    if isinstance(value, _WITH_ORDER):
        return True
    return isinstance(value, int | Decimal | Fraction | date | time) and not isinstance(value, bool)


def day_of(value: Any, zone: str) -> Hashable:
    """Return the calendar day of an instant in a zone; none has none."""
    if value is None:
        return None
    return DayOf(value, zone) if is_symbolic(value) else worked_out(DayIn("as_of", zone), value)


def followed(how: How, values: tuple[object, ...]) -> Hashable:  # noqa: C901, PLR0911, PLR0912 - one for each way of deriving
    """Return what a way of deriving makes of values, terms among them."""
    if not any(map(is_symbolic, values)):
        return worked_out(how, *values)
    if values[0] is None or (None in values and not isinstance(how, Chosen)):
        return None
    if isinstance(how, Chosen):
        return ChosenOf(values[0], how.where, tuple(zip(how.inputs[1:], values[1:], strict=True)))  # type: ignore[arg-type]
    if isinstance(how, Arithmetic):
        return _reckoned(how, values)
    match how, values:
        case Shifted(by=by), (value,):
            return further(value, by)  # type: ignore[arg-type]
        case ShiftedBy(), _:
            return by_counts(how, values)
        case DayIn(), (value, *named) if not is_symbolic(tuple(named)):
            zone = str(how.zone or named[0])
            return TimeOf(value, zone) if isinstance(how, TimeIn) else DayOf(value, zone)  # type: ignore[arg-type]
        case Counted(of=None), (tuple() as value,):
            return len(value)
        case Counted(of=wanted), (value,):
            return CountOf(value, wanted)  # type: ignore[arg-type]
        case SummedList(), (value,):
            return TotalOf(value)  # type: ignore[arg-type]
        case SummedOf(member=member), (value,):
            return TotalOf(value, member)  # type: ignore[arg-type]
        case DaysBetween(), (first, last):
            return summed([(last, 1), (first, -1)])
        case Measured(), (first, last, *more) if not is_symbolic(how.roles(more)[0]):
            calendar, pauses = how.roles(more)
            return OpenTime(first, last, pauses, str(calendar), how)
        case Elapsed(unit=unit), (first, last):
            return summed([(last, Fraction(1, unit)), (first, Fraction(-1, unit))])
    raise TypeError(how)


def _reckoned(how: Arithmetic, values: tuple[object, ...]) -> Hashable:
    match how, values:
        case Summed(constant=constant, times=times), _:
            counted = zip(values, map(number, times or repeat(1, len(values))), strict=True)
            return summed(counted, number(constant))
        case Multiplied(constant=constant), _:
            return _multiplied(values, number(constant))
        case Divided(times=times), _:
            return _ratio(summed([(values[0] if len(values) > 1 else 1, number(times))]), values[-1])
        case Rounded(places=places, how=rounding), (value,):
            return RoundedTo(value, places, rounding)  # type: ignore[arg-type]
    raise TypeError(how)


def _multiplied(values: tuple[object, ...], constant: Rational) -> Sum | Rational:
    terms = [value for value in values if is_symbolic(value)]
    factor = prod((number(value) for value in values if not is_symbolic(value)), start=constant)
    of = terms[0] if len(terms) == 1 else Product(tuple(sorted(terms, key=repr)))  # type: ignore[arg-type]
    return summed([(of, factor)])


def _ratio(over: Sum | Rational, under: object) -> Hashable:
    """Return a number divided by another; where that is a term it is known not to be zero."""
    if is_symbolic(under):
        return Ratio(over, under)  # type: ignore[arg-type]
    divisor = number(under)
    return summed([(over, Fraction(1) / divisor)]) if divisor else None
