"""Dates and instants moved by as much as unknown numbers say: what is asked of them, asked of the numbers.

Days, hours and minutes add up: what is moved by them is a sum. Months clip: of a known date the number is looked for
from which on it is moved so far, and of an unknown one each number of months is a case of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from fractions import Fraction
from functools import lru_cache
from math import gcd, prod
from typing import Any, TypeAlias

from service.analysis.lines import DAY, Line, ahead, day_changes, first_day, is_date, line_of
from service.analysis.terms import (
    DayOf,
    Moved,
    MovedBy,
    Rational,
    Sum,
    Term,
    TimeOf,
    Unknown,
    WeekdayIn,
    evaluated,
    is_symbolic,
    number,
    summed,
)
from service.model.derivations import Duration, ShiftedBy
from service.model.working import reach_of_moves, shifted

__all__ = [
    "Turned",
    "Ways",
    "added_up",
    "by_counts",
    "further",
    "goes_one_way",
    "is_of_known",
    "stays_within",
    "turned_to_numbers",
    "ways",
]

_MINUTE = 60_000_000
_MOST_OF = {"months": 120_000, "days": 3_660_000}  # from one end of the calendar to the other
_MOST_WAYS = 128
_MONTHS_OF_A_CYCLE, _DAYS_OF_A_CYCLE = 4800, 146_097
_SET_BACK = 1560  # minutes, by more than which no clock is set back or forward
_CLIPPED = 8  # days by which months can be longer or shorter than they are on average, and zones apart, and more
_NEAR = 360  # days, from the ends of what moves reach to those of the calendar


def by_counts(how: ShiftedBy, values: Sequence[object]) -> Hashable:
    """Return a date or instant moved by numbers, in the order of the inputs; constants and terms, none of them none."""
    value, *counts = values
    if not any(map(is_symbolic, counts)):
        return further(value, how.span(counts))  # type: ignore[arg-type]
    fixed = how.by
    pairs = list(zip(counts, how.units, strict=True))
    return MovedBy(
        value,
        summed([(count, 12 * unit.years + unit.months) for count, unit in pairs], 12 * fixed.years + fixed.months),
        summed([(count, 7 * unit.weeks + unit.days) for count, unit in pairs], 7 * fixed.weeks + fixed.days),
        summed([(count, 60 * unit.hours + unit.minutes) for count, unit in pairs], 60 * fixed.hours + fixed.minutes),
    )


def further(term: Term, by: Duration) -> Term:
    """Return a term that is moved by a duration: as one that is moved by numbers where it comes to the same."""
    days, minutes = 7 * by.weeks + by.days, 60 * by.hours + by.minutes
    if not isinstance(term, MovedBy) or by.years or by.months or abs(days) + abs(minutes) / 1440 > _NEAR:
        return Moved(term, by)
    return replace(term, days=summed([(term.days, 1)], days), minutes=summed([(term.minutes, 1)], minutes))


# what adds up


def added_up(value: Sum | Rational) -> Sum | Rational:
    """Return a sum in which what is moved by a number of days, hours or minutes stands as a sum of these.

    The same one where there is nothing to add up.
    """
    if not isinstance(value, Sum):
        return value
    lines = [_on_its_line(term) if isinstance(term, MovedBy) else term for term, _ in value.parts]
    if all(line is term for line, (term, _) in zip(lines, value.parts, strict=True)):
        return value
    return summed([(line, times) for line, (_, times) in zip(lines, value.parts, strict=True)], value.constant)


def _on_its_line(term: MovedBy) -> object:
    """Return what is moved by days, hours and minutes as a place on its line; a term as it is where it is no sum."""
    start = None if is_symbolic(term.months) else _start(term.of, Duration(months=int(term.months)))  # type: ignore[arg-type]
    if start is None:
        return term
    of_a_day, of_a_minute = (1, 0) if is_date(term) else (DAY, _MINUTE)
    return summed([(start, 1), (term.days, of_a_day), (term.minutes, of_a_minute)])


def _start(of: Any, by: Duration) -> object | None:
    """Return what is moved by months, constant or term, from where on it adds up; None where it may not.

    On the clock of a zone days have other lengths where clocks change.
    """
    if is_symbolic(of):
        return None if by.months else added_up(summed([(of, 1)]))
    if _is_on_clock_of_zone(of):
        return None
    moved = shifted(of, by)
    first, end = reach_of_moves(of_dates=not isinstance(moved, datetime))
    return moved if first <= moved < end else None


def _is_on_clock_of_zone(of: object) -> bool:
    return isinstance(of, datetime) and not isinstance(of.tzinfo, timezone)


def _is_of_fact(term: object) -> bool:
    while isinstance(term, Moved | DayOf):
        term = term.of
    return isinstance(term, Unknown)


# what is turned to the numbers


@dataclass(frozen=True, slots=True)
class Turned:
    """That a term is before a place, told of another: that is below the first of some places, or from the second on.

    In the latter case it is below the third, or from the fourth on, and so on: the places are in order, an odd number.
    """

    term: Sum | Term
    places: Sequence[Rational]


def turned_to_numbers(term: Term, place: int) -> Turned | None:
    """Return what it says of numbers that something moved by such is before a place; None where that can't be told."""
    if not _within(term):
        return None
    match term:
        case MovedBy():
            return _of_known(term, place)
        case DayOf(of=of, zone=zone):
            return Turned(of, day_changes(zone, place))
        case Moved(of=of, by=by) if is_date(term):
            return Turned(of, (first_day(by, place),))
        case _:
            return None


@lru_cache(maxsize=1024)
def _of_known(term: MovedBy, place: int) -> Turned | None:
    """Return from how many months, days or minutes on a known date or instant is moved to a place or beyond."""
    spans: dict[str, Any] = {"months": term.months, "days": term.days, "minutes": term.minutes}
    unknown = [name for name, each in spans.items() if is_symbolic(each)]
    if is_symbolic(term.of) or len(unknown) > 1:
        return None
    start: Any = term.of
    (name,) = unknown

    def moved(count: int) -> int:
        return int(number(shifted(start, Duration(**{**spans, name: count}))))

    if name != "minutes":
        counts = range(-_MOST_OF[name], _MOST_OF[name])
        return Turned(spans[name], (bisect_left(counts, place, key=moved) - _MOST_OF[name],))
    # On the clock of a zone, which is set back and forward, the answer may change and change back within a day.
    about = (place - moved(0)) // _MINUTE
    near = range(about - _SET_BACK, about + _SET_BACK)
    places = tuple(at for at in near if (moved(at - 1) < place) is not (moved(at) < place))
    return Turned(spans[name], places or (about,))  # beyond the calendar, where nothing leads


def _within(term: object) -> MovedBy | None:
    """Return the date or instant that is moved by numbers and within a term, if there is one."""
    while isinstance(term, Moved | DayOf | TimeOf | WeekdayIn):
        term = term.of
    return term if isinstance(term, MovedBy) else None


def is_of_known(term: object) -> bool:
    """Say whether a term is a known date or instant that is moved by numbers, and maybe further."""
    while isinstance(term, Moved):
        term = term.of
    return isinstance(term, MovedBy) and not is_symbolic(term.of)


def goes_one_way(term: object) -> bool:
    """Say whether what is moved from a known date or instant goes one way along the one number by which it is moved.

    Not on the clock of a zone, which is set back.
    """
    if not isinstance(term, MovedBy) or _is_on_clock_of_zone(term.of):
        return False
    parts = [part for each in (term.months, term.days, term.minutes) if isinstance(each, Sum) for part in each.parts]
    return (
        all(isinstance(of, Unknown) for of, _ in parts)
        and len({of for of, _ in parts}) == 1
        and len({times > 0 for _, times in parts}) == 1
    )


# cases


Ways: TypeAlias = tuple[Sum | Term, Sequence[tuple[int, Sum | Rational]]]
"""A number, and for each value that it can have what a sum is then."""


def ways(value: Sum, lines: Mapping[str, Line]) -> Ways | None:
    """Return a sum, by how many months or days something in it is moved; None where these are too many, or unknown."""
    found = next((inner for term, _ in value.parts if (inner := _within(term)) is not None), None)
    if found is None:
        return None
    name = next(each for each in ("months", "days", "minutes") if is_symbolic(getattr(found, each)))
    if name == "months" and is_symbolic(found.of) and not is_date(found):
        return None  # what is asked of it hangs on the offset too, in which each number is looked at by itself
    count = getattr(found, name)
    counts = _values_of(count, lines)
    if counts is None or len(counts) * _ways_left(value, count, lines) > _MOST_WAYS:
        return None
    return count, [(each, _where(value, count, each)) for each in counts]


def _ways_left(value: Sum, count: Sum, lines: Mapping[str, Line]) -> int:
    """Return in how many ways a sum is told once a number is: by those of which each value is looked at as well."""
    others: dict[Sum, None] = {}
    for inner in filter(None, (_within(term) for term, _ in value.parts)):
        looked_at = (inner.months, inner.days, inner.minutes) if is_symbolic(inner.of) else (inner.months,)
        others.update(dict.fromkeys(each for each in looked_at if isinstance(each, Sum) and each != count))
    return prod(len(_values_of(each, lines) or (each,)) for each in others)


def _values_of(count: Sum, lines: Mapping[str, Line]) -> Sequence[int] | None:
    """Return every number that a sum of whole facts can be, and maybe more; None where these are too many."""
    least, most = _bounds(count, lines)
    if least is None or most is None:
        return None
    step = gcd(*(int(times) for _, times in count.parts))
    return range(int(least), int(most) + 1, step) if most - least < _MOST_WAYS * step else None


def _where(value: Sum, count: Sum, number_: int) -> Sum | Rational:
    """Return a sum where a number has a value, by which several terms may be moved."""
    return summed([(_put(term, count, number_), times) for term, times in value.parts], value.constant)


def _put(term: Any, count: Sum, number_: int) -> object:
    """Return a term where a number has a value."""
    if isinstance(term, MovedBy):
        return _settled(
            replace(
                term,
                of=_put(term.of, count, number_),
                months=number_ if term.months == count else term.months,
                days=number_ if term.days == count else term.days,
                minutes=number_ if term.minutes == count else term.minutes,
            )
        )
    if _within(term) is None:
        return term
    made = replace(term, of=_put(term.of, count, number_))
    return made if is_symbolic(made.of) else evaluated(made, {})


def _settled(term: MovedBy) -> object:
    """Return what is moved by a number as one that is moved by a duration, where all of it is known."""
    if is_symbolic((term.months, term.days, term.minutes)):
        return term
    by = Duration(months=int(term.months), days=int(term.days), minutes=int(term.minutes))  # type: ignore[arg-type]
    return Moved(term.of, by) if is_symbolic(term.of) else shifted(term.of, by)  # type: ignore[arg-type,type-var]


# how far it can lead


def stays_within(term: Term, lines: Mapping[str, Line]) -> bool:
    """Say whether what is moved never leads further than moves do, by the bounds of facts; if not, it may."""
    if isinstance(term, Moved):
        by = term.by
        term = MovedBy(term.of, 12 * by.years + by.months, 7 * by.weeks + by.days, 60 * by.hours + by.minutes)
    if not isinstance(term, MovedBy):
        return False
    bounds = [_days(term.of), *(_bounds(each, lines) for each in (term.months, term.days, term.minutes))]
    if any(None in each for each in bounds):
        return False
    least, most = (_sum_of_days(*each) for each in zip(*bounds, strict=True))
    first, end = (each.toordinal() for each in reach_of_moves(of_dates=True))
    return first + _CLIPPED <= least and most < end - _CLIPPED


def _sum_of_days(day: Rational, months: Rational, days: Rational, minutes: Rational) -> Rational:
    """Return about what day of the calendar that is, moved by so much."""
    return day + months * Fraction(_DAYS_OF_A_CYCLE, _MONTHS_OF_A_CYCLE) + days + Fraction(minutes, 1440)


def _days(of: object) -> tuple[Rational | None, Rational | None]:
    """Return between what days of the calendar a date or instant lies; None where that is not known."""
    if isinstance(of, date):
        return of.toordinal(), of.toordinal()
    if not _is_of_fact(of):
        return None, None
    dates = line_of("date")
    least, most = ahead(of)  # type: ignore[arg-type]
    return dates.least + Fraction(least, DAY), dates.most + Fraction(most, DAY)


def _bounds(value: Sum | Rational, lines: Mapping[str, Line]) -> tuple[Rational | None, Rational | None]:
    """Return the least and the greatest that a number can be, by the bounds of its facts; None where it has none."""
    if not isinstance(value, Sum):
        return value, value
    least = most = value.constant
    for term, times in value.parts:
        line = lines.get(term.fact) if isinstance(term, Unknown) else None
        if line is None:
            return None, None
        ends = sorted((line.least * times, line.most * times))
        least, most = least + ends[0], most + ends[1]
    return least, most
