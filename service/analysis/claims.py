"""What conditions ask of terms, as claims: to list them, or to make diagrams of them. No fact's domain is known."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from service.analysis.lines import always
from service.analysis.terms import (
    Atom,
    Below,
    CountOf,
    DayOf,
    Doubt,
    Gathered,
    Has,
    Moved,
    Sum,
    TotalOf,
    Unknown,
    below,
    is_symbolic,
    summed,
)
from service.model.derivations import Counted, DayIn, DaysBetween, How, Shifted, Summed, SummedList
from service.model.values import ABSENT
from service.model.working import worked_out

__all__ = ["Claims", "Listed", "day_of", "followed", "is_ordered", "less", "relation", "same"]

_Claim = TypeVar("_Claim")


class Claims(Protocol[_Claim]):
    """What claims are made of."""

    @property
    def whole(self) -> Mapping[str, bool]:
        """Fact -> whether its values, or its items, are whole numbers."""

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


class Listed:
    """Claims as nothing but a list of what was asked."""

    def __init__(self, atoms: dict[Atom, None], whole: Mapping[str, bool]) -> None:
        self._atoms = atoms
        self.whole = whole

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
    if isinstance(term, CountOf | TotalOf | Sum):
        return "number"
    if isinstance(term, Unknown) and term.type in ("integer", "number", "date", "instant"):
        return "number" if term.type == "integer" else term.type
    return "date" if isinstance(term, DayOf) else None


def _kind(value: object) -> str:
    if isinstance(value, date):
        return "instant" if isinstance(value, datetime) else "date"
    return "number" if isinstance(value, int | Decimal | Fraction) else "text"


def less(first: object, second: object, claims: Claims[_Claim]) -> _Claim:
    """Return the claim that one value is below another."""
    claim, straight = below(first, second, whole=claims.whole)
    if not isinstance(claim, bool) and isinstance(claim, Below) and (settled := always(claim)) is not None:
        claim = settled if straight else not settled
    if isinstance(claim, bool):
        return claims.truth(claim)
    return claims.atom(claim) if straight else claims.negate(claims.atom(claim))


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
        if is_ordered(item):
            found = claims.either(found, same(value, item, claims))
    return found


def is_ordered(value: object) -> bool:
    """Say whether a value has an order: a date, an instant, a number, or a term that is one."""
    if isinstance(value, Unknown):
        return value.type in ("date", "instant", "integer", "number")
    if isinstance(value, Moved | DayOf | CountOf | TotalOf | Sum):
        return True
    return isinstance(value, int | Decimal | Fraction | date) and not isinstance(value, bool)


def day_of(value: Any, zone: str) -> Hashable:
    """Return the calendar day of an instant in a zone; none has none."""
    if value is None:
        return None
    return DayOf(value, zone) if is_symbolic(value) else worked_out(DayIn("as_of", zone), value)


def followed(how: How, values: tuple[object, ...]) -> Hashable:  # noqa: PLR0911 - one for each way of deriving
    """Return what a way of deriving makes of values, terms among them."""
    if not any(map(is_symbolic, values)):
        return worked_out(how, *values)
    if None in values:
        return None
    match how, values:
        case Shifted(by=by), (value,):
            return Moved(value, by)  # type: ignore[arg-type]
        case DayIn(zone=zone), (value,):
            return DayOf(value, zone)  # type: ignore[arg-type]
        case Counted(of=None), (tuple() as value,):
            return len(value)
        case Counted(of=wanted), (value,):
            return CountOf(value, wanted)  # type: ignore[arg-type]
        case SummedList(), (value,):
            return TotalOf(value)  # type: ignore[arg-type]
        case Summed(constant=constant), _:
            return summed([(value, 1) for value in values], constant)  # type: ignore[arg-type]
        case DaysBetween(), (first, last):
            return summed([(last, 1), (first, -1)])
    raise TypeError(how)
