"""Values that rest on facts of which nothing is known: dates, instants, numbers and lists as terms, and their order.

A *term* stands for the value of a fact that could be any of very many, and for what is worked out from such values.
What conditions ask of terms becomes *atoms*: claims that a sum of terms is below zero, or that a list has an item.
Whatever else is asked becomes a claim about which nothing is known (`Doubt`). No fact's domain is known here, no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias

from service.analysis.ongoing import ONGOING
from service.facts.numbers import as_fraction, plain, product, rounded
from service.model.conditions import Condition
from service.model.derivations import Duration, Measured
from service.model.measuring import measured
from service.model.names import Key
from service.model.outcomes import Woven, woven
from service.model.records import chosen, taken_by
from service.model.values import identity
from service.model.working import day_in, shifted, time_in

__all__ = [
    "NEVER_DUE",
    "Atom",
    "Below",
    "Bent",
    "ChosenOf",
    "CountOf",
    "DayOf",
    "Doubt",
    "Gathered",
    "Has",
    "MostOf",
    "Moved",
    "MovedBy",
    "Opaque",
    "OpenTime",
    "Product",
    "Ratio",
    "Rational",
    "RoundedTo",
    "Stated",
    "Sum",
    "Term",
    "TimeOf",
    "TotalOf",
    "Unknown",
    "WeekdayIn",
    "WorkOut",
    "below",
    "evaluated",
    "facts_in",
    "holds_at",
    "is_symbolic",
    "number",
    "summed",
    "terms_in",
]

Rational: TypeAlias = int | Fraction


@dataclass(frozen=True, slots=True)
class Unknown:
    """The value of a fact; `type` is its type in the facts schema."""

    fact: str
    type: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A date or instant moved by a duration; months clip to the month's last day."""

    of: Term
    by: Duration


@dataclass(frozen=True, slots=True)
class MovedBy:
    """A date or instant moved by as much as numbers say that are unknown in part; months first, as of a duration.

    It is known that it leads no further than moves do (`working.reach_of_moves`).
    of      a constant or a term
    months  whole numbers, or sums of terms that are whole; one of them at least is such a sum
    clock   that on which it is moved: two instants that are the same moment have one each
    """

    of: object
    months: Sum | Rational
    days: Sum | Rational
    minutes: Sum | Rational
    clock: object = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Tell a known instant from the same moment on another clock."""
        object.__setattr__(self, "clock", identity(self.of) if isinstance(self.of, datetime) else None)


@dataclass(frozen=True, slots=True)
class DayOf:
    """The calendar day of an instant in a zone."""

    of: Term
    zone: str


@dataclass(frozen=True, slots=True)
class TimeOf:
    """The time of day at an instant in a zone; as a number its microseconds."""

    of: Term
    zone: str


@dataclass(frozen=True, slots=True)
class WeekdayIn:
    """The place of a date in its week, 0 for Monday to 6 for Sunday."""

    of: Term


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many items a list has; of those that are wanted, or of all."""

    of: Term
    wanted: frozenset[object] | None = None


@dataclass(frozen=True, slots=True)
class TotalOf:
    """The sum of a list of numbers; of a list of records, of what one member of the items is."""

    of: Term
    member: str | None = None


@dataclass(frozen=True, slots=True)
class ChosenOf:
    """The items of a list of records for which a condition holds.

    beside  the values of the names of the case that the condition reads beside the item's members
    """

    of: Unknown
    where: Condition
    beside: tuple[tuple[Key, object], ...] = ()


@dataclass(frozen=True, slots=True)
class MostOf:
    """The greatest or least of what a member of a list's items is, of which it is known that some have it.

    type  of the member
    """

    of: Unknown | ChosenOf
    member: str
    greatest: bool
    type: str


@dataclass(frozen=True, slots=True)
class Sum:
    """A number: terms, each so many times, and a constant.

    parts  sorted, each term once, no coefficient zero; a date counts as its day number, an instant as its microseconds
    """

    parts: tuple[tuple[Term, Rational], ...]
    constant: Rational = 0


@dataclass(frozen=True, slots=True)
class Product:
    """The product of terms, sorted."""

    of: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A number or term divided by a term, of which it is known that it is not zero."""

    over: Term | Rational
    under: Term


@dataclass(frozen=True, slots=True)
class RoundedTo:
    """A term rounded to so many decimal places; `how` is one of `numbers.ROUNDINGS`."""

    of: Term
    places: int
    how: str


@dataclass(frozen=True, slots=True)
class OpenTime:
    """What a calendar measures from one instant to another, of which it is known that they are near enough."""

    first: object
    last: object
    pauses: object
    calendar: str
    how: Measured


@dataclass(frozen=True, slots=True)
class Opaque:
    """What is worked out in a way that is not looked into, such as by a clock; the same of equal inputs.

    of    what works it out, and which of its results it is
    args  its inputs, constants and terms
    """

    of: tuple[object, ...]
    args: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Gathered(Opaque):
    """The items of several lists, each once; `args` are the lists, constants and terms, and ABSENT for what is none."""


Bent: TypeAlias = Product | Ratio | RoundedTo
"""A number that is no sum of terms; what is asked of some is turned into claims about sums (`claims.less`)."""

Term: TypeAlias = (
    Unknown
    | Moved
    | MovedBy
    | DayOf
    | TimeOf
    | WeekdayIn
    | CountOf
    | TotalOf
    | ChosenOf
    | MostOf
    | Sum
    | Bent
    | OpenTime
    | Opaque
)
_TERMS = (
    Unknown,
    Moved,
    MovedBy,
    DayOf,
    TimeOf,
    WeekdayIn,
    CountOf,
    TotalOf,
    ChosenOf,
    MostOf,
    Sum,
    Product,
    Ratio,
    RoundedTo,
    OpenTime,
    Opaque,
)


@dataclass(frozen=True, slots=True)
class Below:
    """The claim that a sum is below zero, or with `or_zero` not above it."""

    sum: Sum
    or_zero: bool = False


@dataclass(frozen=True, slots=True)
class Has:
    """The claim that a list has an item."""

    list: Term
    item: object


@dataclass(frozen=True, slots=True)
class Doubt:
    """A claim about which nothing is known but that it is the same of the same terms."""

    relation: str
    args: tuple[object, ...]


NEVER_DUE = "never due"
"""The relation of a clock's inputs of which it is never due: of unknown pauses, which may last for ever, it can be."""

Atom: TypeAlias = Below | Has | Doubt

Stated: TypeAlias = tuple[Atom, bool]
"""A claim, and whether it is to be true."""


def is_symbolic(value: object) -> bool:
    """Say whether a value is a term or has one inside."""
    return isinstance(value, _TERMS) or (isinstance(value, tuple) and any(map(is_symbolic, value)))


def terms_in(value: object) -> Iterator[Term]:
    """Yield the outermost terms of a value."""
    if isinstance(value, _TERMS):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from terms_in(each)


def facts_in(value: object) -> frozenset[str]:  # noqa: PLR0911 - one for each form
    """Return the facts on which a value or an atom rests."""
    match value:
        case Unknown(fact=fact):
            return frozenset((fact,))
        case Moved() | DayOf() | TimeOf() | WeekdayIn() | CountOf() | TotalOf() | MostOf() | RoundedTo() | Product():
            return facts_in(value.of)
        case ChosenOf(of=of, beside=beside):
            return facts_in((of, *(each for _, each in beside)))
        case Has(list=of):
            return facts_in(of)
        case Ratio() | OpenTime() | MovedBy():
            return facts_in(_beneath(value))
        case Sum(parts=parts) | Below(sum=Sum(parts=parts)):
            return frozenset().union(*(facts_in(term) for term, _ in parts))
        case Opaque(args=args) | Doubt(args=args):
            return frozenset().union(*map(facts_in, args))
        case tuple():
            return frozenset().union(*map(facts_in, value))
        case _:
            return frozenset()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def number(value: object) -> Rational:
    """Return a constant as a place on its line: a date's day number, an instant's or a time's microseconds, a number.

    Raises TypeError for what has no order.
    """
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MICROSECOND
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, time):
        return (value.hour * 60 + value.minute) * 60_000_000 + value.second * 1_000_000 + value.microsecond
    if isinstance(value, bool):
        raise TypeError(value)
    if isinstance(value, int | Fraction):
        return value
    if isinstance(value, float | Decimal):
        return Fraction(str(value))
    raise TypeError(value)


def summed(values: Iterable[tuple[object, Rational]], constant: Rational = 0) -> Sum | Rational:
    """Return the sum of constants and terms, each with a coefficient; a plain number where no term is left."""
    found: dict[Term, Rational] = {}
    constant = number(constant)
    for value, times in values:
        if isinstance(value, Sum):
            constant += value.constant * times
            for term, coefficient in value.parts:
                found[term] = found.get(term, 0) + coefficient * times
        elif isinstance(value, _TERMS):
            found[value] = found.get(value, 0) + times
        else:
            constant += number(value) * times
    parts = tuple(sorted(((term, each) for term, each in found.items() if each), key=repr))
    return Sum(parts, constant) if parts else constant


def below(first: object, second: object, *, whole: Mapping[str, bool] | None = None) -> tuple[Atom | bool, bool]:
    """Return the claim that one value is below another, and whether it is meant straight or negated.

    first, second  constants and terms of one order: dates, instants or numbers
    whole          fact -> whether its values are whole numbers, for facts that are numbers
    Raises TypeError for constants without an order.
    """
    sum_ = summed(((first, 1), (second, -1)))
    if not isinstance(sum_, Sum):
        return sum_ < 0, True
    if any(_rests_on_opaque(term) for term, _ in sum_.parts):
        return Doubt("below", (first, second)), True
    if all(_is_whole(term, whole or {}) for term, _ in sum_.parts):
        return _whole_claim(_of_whole(sum_))
    return _dense_claim(sum_)


def _rests_on_opaque(term: Term) -> bool:
    """Say whether a term is worked out from one that is not looked into, or is no sum."""
    while isinstance(term, Moved | DayOf | TimeOf | WeekdayIn | CountOf | TotalOf):
        term = term.of
    if isinstance(term, ChosenOf):
        return any(is_symbolic(each) for _, each in term.beside)
    return isinstance(term, Product | Ratio | RoundedTo | OpenTime | MostOf | MovedBy | Opaque)


def _is_whole(term: Term, whole: Mapping[str, bool]) -> bool:
    if isinstance(term, Unknown):
        return term.type != "number" or whole.get(term.fact, False)
    if not isinstance(term, TotalOf):
        return True
    (fact,) = facts_in(term)
    return whole.get(fact if term.member is None else f"{fact}[].{term.member}", False)


def _of_whole(sum_: Sum) -> Sum:
    """Return a sum that is below zero where this one is, in which each term counts a whole number of times."""
    scale = lcm(*(each.denominator for _, each in sum_.parts))
    if scale == 1:
        return sum_
    return Sum(tuple((term, int(each * scale)) for term, each in sum_.parts), sum_.constant * scale)


def _whole_claim(sum_: Sum) -> tuple[Below, bool]:
    """Return the one form of a claim on whole numbers: no divisor common to all, the first coefficient positive."""
    constant = sum_.constant // 1  # s + c < 0 iff s + floor(c) < 0, as s is whole
    sign = 1 if sum_.parts[0][1] > 0 else -1
    if sign < 0:
        constant = -constant - 1  # s < 0 iff not (-s - 1 < 0)
    divisor = gcd(*(int(each) for _, each in sum_.parts))
    parts = tuple((term, sign * int(each) // divisor) for term, each in sum_.parts)
    # d*t + c < 0  iff  t < -c/d  iff  t + floor(c/d) < 0, as t is whole.
    return Below(Sum(parts, constant // divisor)), sign > 0


def _dense_claim(sum_: Sum) -> tuple[Below, bool]:
    """Return the one form of a claim on numbers of any fineness: the first coefficient is one."""
    first = sum_.parts[0][1]
    parts = tuple((term, _shortest(Fraction(each) / first)) for term, each in sum_.parts)
    scaled = Sum(parts, _shortest(Fraction(sum_.constant) / first))
    # s < 0 with a negative first coefficient is -s > 0: not (-s <= 0).
    return (Below(scaled), True) if first > 0 else (Below(scaled, or_zero=True), False)


def _shortest(value: Fraction) -> Rational:
    return int(value) if value.denominator == 1 else value


WorkOut: TypeAlias = Callable[[Opaque, tuple[object, ...]], object]
"""What works out an opaque term from the values of its inputs."""


_OF_ONE = (Moved, DayOf, TimeOf, WeekdayIn, CountOf, TotalOf, MostOf, RoundedTo)


def _unheard(term: Opaque, _: tuple[object, ...]) -> object:
    raise LookupError(term)


def evaluated(  # noqa: PLR0911 - one for each kind of term
    value: object, facts: Mapping[str, object], work_out: WorkOut = _unheard
) -> object:
    """Return what a value comes to where its facts have these values; what follows from none is none.

    Raises LookupError for what is not looked into, and for a fact without a value.
    """
    if isinstance(value, Unknown):
        return facts[value.fact]
    if isinstance(value, _OF_ONE):
        before = evaluated(value.of, facts, work_out)
        return None if before is None else _followed(value, before)
    if isinstance(value, Opaque):
        return work_out(value, tuple(evaluated(each, facts, work_out) for each in value.args))
    if isinstance(value, Sum):
        added = _added([(evaluated(term, facts, work_out), times) for term, times in value.parts], value.constant)
        return None if added is None else plain(Fraction(added))
    if isinstance(value, Product):
        factors: Any = [evaluated(each, facts, work_out) for each in value.of]
        return None if None in factors else product(factors)
    if isinstance(value, Ratio | OpenTime | MovedBy):
        return _made_of(value, *(evaluated(each, facts, work_out) for each in _beneath(value)))
    if isinstance(value, ChosenOf):
        items: Any = evaluated(value.of, facts, work_out)
        beside = {name: evaluated(each, facts, work_out) for name, each in value.beside}
        return None if items is None else chosen(value.where, items, beside)
    if is_symbolic(value) and isinstance(value, tuple):
        inner = (evaluated(each, facts, work_out) for each in value)
        return woven(inner) if isinstance(value, Woven) else value.__class__(inner)
    return value


def _beneath(term: Ratio | OpenTime | MovedBy) -> tuple[object, ...]:
    """Return what a term is made of that has several parts, each with a meaning of its own."""
    match term:
        case Ratio(over=over, under=under):
            return over, under
        case OpenTime(first=first, last=last, pauses=pauses):
            return first, last, pauses
        case MovedBy(of=of, months=months, days=days, minutes=minutes):
            return of, months, days, minutes


def _made_of(term: Ratio | OpenTime | MovedBy, *parts: Any) -> object:
    """Return what a term comes to from the values of what it is made of."""
    if None in parts:
        return None
    match term, parts:
        case Ratio(), (over, under):
            return plain(as_fraction(over) / as_fraction(under)) if under else None
        case OpenTime(how=how, calendar=calendar), (first, last, pauses):
            return measured(how, calendar, first, last, pauses)
        case MovedBy(), (of, months, days, minutes):
            return shifted(of, Duration(months=months, days=days, minutes=minutes))
    raise TypeError(term)


def _followed(  # noqa: PLR0911 - one for each kind of term
    term: Moved | DayOf | TimeOf | WeekdayIn | CountOf | TotalOf | MostOf | RoundedTo, before: Any
) -> object:
    """Return what a term comes to from the value of what it is a term of."""
    match term:
        case Moved(by=by):
            return shifted(before, by)
        case DayOf(zone=zone):
            return day_in(zone, before)
        case TimeOf(zone=zone):
            return time_in(zone, before)
        case WeekdayIn():
            return before.weekday()
        case CountOf(wanted=wanted):
            return sum(wanted is None or each in wanted for each in before)
        case TotalOf(member=member):
            return summed((each, 1) for each in (before if member is None else taken_by(before, member)))
        case MostOf(member=member, greatest=greatest):
            return (max if greatest else min)(taken_by(before, member), default=None)  # type: ignore[type-var]
        case RoundedTo(places=places, how=how):
            return rounded(before, places, how)


def _added(values: Sequence[tuple[object, Rational]], constant: Rational) -> Rational | None:
    total = constant
    for value, times in values:
        if value is None:
            return None
        total += number(value) * times
    return total


def holds_at(atom: Atom, values: Mapping[str, object]) -> bool:
    """Say whether a claim is true where its facts have these values. Raises LookupError as `evaluated` does."""
    if isinstance(atom, Below):
        value = _added([(evaluated(term, values), times) for term, times in atom.sum.parts], atom.sum.constant)
        return value is not None and (value < 0 or (atom.or_zero and value == 0))
    if isinstance(atom, Has):
        items: Any = evaluated(atom.list, values)
        if atom.item is ONGOING:
            return any(period.to is None for period in items)
        return evaluated(atom.item, values) in items
    raise LookupError(atom)
