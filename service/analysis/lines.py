"""Where along a fact's values the answer to a question changes: dates, instants and numbers as places on a line.

Places are whole numbers (a date's day number, an instant's microseconds since 1970) or fractions. Months clip, zones
change their offset: each function of one fact is turned round here, exactly. Nothing is known of cases or rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from sys import float_info
from typing import TypeAlias

from service.analysis.terms import Below, DayOf, Moved, Number, Term, Unknown, facts_in, number
from service.clock.zones import zone_named
from service.model.derivations import Duration
from service.model.working import shifted

__all__ = [
    "OFFSETS",
    "Line",
    "Offset",
    "day_changes",
    "first_at",
    "is_date",
    "last_below",
    "line_of",
    "shift_of",
    "turned",
    "valued",
]

DAY = 86_400_000_000
"""A day in microseconds."""

_HOUR = 3_600_000_000
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9899, 12, 31)
_WIDEST = timedelta(hours=23, minutes=59)
_FIRST_INSTANT = datetime(1900, 1, 1, tzinfo=timezone(_WIDEST))
_LAST_INSTANT = datetime(9899, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(-_WIDEST))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = int(float_info.max)
_EVERY_DIGIT = Context(prec=10_000)
_CLIPS_FROM = 36_000 * DAY  # a move by less never meets the end of the calendar, which is a century after the last fact

OFFSETS = tuple(timezone(timedelta(minutes=minutes)) for minutes in range(-1439, 1440))
"""Every offset that an instant can be written with (RFC 3339, 5.6)."""


@dataclass(frozen=True, slots=True)
class Line:
    """The values of a fact that has an order, both ends included.

    type   date, instant, integer or number
    least  place of the least value, and
    most   of the greatest
    """

    type: str
    least: Number
    most: Number

    @property
    def is_whole(self) -> bool:
        """Whether every place is a whole number."""
        return self.type != "number"


def line_of(
    type_: str, least: Decimal | Fraction | float | None = None, most: Decimal | Fraction | float | None = None
) -> Line:
    """Return the line of a type, for numbers between bounds; without one it goes as far as JSON numbers are taken."""
    if type_ == "date":
        return Line(type_, number(_FIRST_DAY), number(_LAST_DAY))
    if type_ == "instant":
        return Line(type_, number(_FIRST_INSTANT), number(_LAST_INSTANT))
    low = -_LARGEST if least is None else number(least)
    high = _LARGEST if most is None else number(most)
    return Line(type_, -(-low // 1), high // 1) if type_ == "integer" else Line(type_, low, high)


def valued(type_: str, place: Number) -> object:
    """Return the value at a place: a date, an instant in UTC where it can be so written, a number."""
    if type_ == "date":
        return date.fromordinal(int(place))
    if type_ == "instant":
        return _instant_at(int(place))
    fraction = Fraction(place)
    return int(fraction) if fraction.denominator == 1 else _decimal(fraction)


def _decimal(value: Fraction) -> Decimal | Fraction:
    """Return a fraction as the decimal that it is; as it is where it is none."""
    places = 0
    left = value.denominator
    for factor in (2, 5):
        power = 0
        while left % factor == 0:
            left //= factor
            power += 1
        places = max(places, power)
    if left > 1:
        return value
    return Decimal(value.numerator * 10**places // value.denominator).scaleb(-places, _EVERY_DIGIT)


def _instant_at(place: int) -> datetime:
    """Return an instant, with the offset with which its year can be written where UTC's can't."""
    instant = _EPOCH + timedelta(microseconds=place)
    if instant.year < _FIRST_DAY.year:
        return instant.astimezone(timezone(_WIDEST))
    return instant.astimezone(timezone(-_WIDEST)) if instant.year > _LAST_DAY.year else instant


Offset: TypeAlias = int
"""How far a term is always ahead of its fact: days for dates, microseconds for instants."""


def shift_of(term: Term) -> Offset | None:
    """Return how far a term is always ahead of its fact; None where that differs."""
    if isinstance(term, Unknown):
        return 0
    if not isinstance(term, Moved) or term.by.years or term.by.months:
        return None
    before = shift_of(term.of)
    if before is None:
        return None
    by = term.by
    days = by.weeks * 7 + by.days
    offset = before + days if is_date(term) else before + days * DAY + (by.hours * 60 + by.minutes) * 60_000_000
    return offset if abs(offset) < (_CLIPS_FROM // DAY if is_date(term) else _CLIPS_FROM) else None


def ahead(term: Term) -> tuple[int, int]:
    """Return how far a term is at least and at most ahead of its fact, in microseconds; a date counts as its midnight UTC."""
    if isinstance(term, DayOf):
        least, most = ahead(term.of)
        return least - 2 * DAY, most + DAY
    if not isinstance(term, Moved):
        return 0, 0
    least, most = ahead(term.of)
    by = term.by
    months = 12 * by.years + by.months
    # A month has 30.436875 days on average, and clipping and leap days are worth four days at most.
    days = months * 146_097 // 4800
    slack = 4 if months else 0
    fixed = (days + 7 * by.weeks + by.days) * DAY + (by.hours * 60 + by.minutes) * 60_000_000
    return least + fixed - slack * DAY, most + fixed + slack * DAY


def is_date(term: Term) -> bool:
    """Say whether a term is a date; else it is an instant."""
    if isinstance(term, Moved):
        return is_date(term.of)
    return isinstance(term, DayOf) or (isinstance(term, Unknown) and term.type == "date")


def turned(term: Term, place: Number) -> list[Number] | None:
    """Return where along the term's fact the answer to "is the term below this place?" may change, in order.

    Each place is the first of the values after the change. None where that can't be told: an instant moved by months
    depends on the offset with which it was written.
    """
    if isinstance(term, Unknown):
        return [place]
    if isinstance(term, DayOf):
        return _through(term.of, day_changes(term.zone, int(place)))
    if not isinstance(term, Moved):
        return None
    offset = shift_of(Moved(_root(term.of), term.by))
    if offset is not None:
        return turned(term.of, place - offset)
    return _through(term.of, [_first_day(term.by, int(place))]) if is_date(term) else None


def _root(term: Term) -> Term:
    """Return a term that is a date or an instant as another one is, and nothing else."""
    return Unknown("", "date" if is_date(term) else "instant")


def _through(term: Term, places: list[int]) -> list[Number] | None:
    found: set[Number] = set()
    for each in places:
        here = turned(term, each)
        if here is None:
            return None
        found.update(here)
    return sorted(found)


def first_at(term: Term, place: Number) -> Number | None:
    """Return the first value of the term's fact at which the term can have reached a place; None where unknown."""
    changes = turned(term, place)
    return None if changes is None else changes[0]


def last_below(term: Term, place: Number) -> Number | None:
    """Return the last value (of whole ones) at which the term can still be below a place; None where unknown."""
    changes = turned(term, place)
    return None if changes is None else changes[-1] - 1


@lru_cache(maxsize=4096)
def _first_day(by: Duration, place: int) -> int:
    """Return the first day that a move takes to a day or later.

    Clipping to the month's last day keeps the order of days, and so does moving by days: there is one such day, and the
    month of it is at most one off when the move is taken back.
    """
    last = date.max.toordinal()
    if place > last:
        return last + 1
    guess = _moved_day(max(place, 1), -by)
    while guess > 1 and _moved_day(guess - 1, by) >= place:
        guess -= 1
    while guess <= last and _moved_day(guess, by) < place:
        guess += 1
    return guess


def _moved_day(place: int, by: Duration) -> int:
    return number(shifted(date.fromordinal(place), by))  # type: ignore[return-value]


@lru_cache(maxsize=16384)
def day_changes(zone: str, day: int) -> list[int]:
    """Return the instants, as places, from which on it is a day (or later) in a zone, or is so no longer.

    Mostly that is one, the day's beginning; more where clocks are set back over midnight. A zone's offset is below a day
    and changes at most once within an hour (a test reads so from the zones themselves).
    """
    tz = zone_named(zone)
    midnight = (day - number(_EPOCH.date())) * DAY  # type: ignore[operator]
    hours = [midnight + hour * _HOUR for hour in range(-25, 26)]
    starts = [hours[0]]
    for before, after in zip(hours, hours[1:], strict=False):
        if _offset(tz, before) != _offset(tz, after):
            starts.append(_change(tz, before, after))
    found = []
    for start, end in zip(starts, [*starts[1:], hours[-1]], strict=True):
        begins = midnight - _offset(tz, start)
        found.extend(each for each in (start, begins) if start <= each < end)
    there = sorted(set(found))
    return [at for at in there[0:] if _is_from(tz, at, day) != _is_from(tz, at - 1, day)]


def _is_from(tz: object, place: int, day: int) -> bool:
    return (place + _offset(tz, place)) // DAY >= day - _EPOCH.toordinal()


@lru_cache(maxsize=65536)
def _offset(tz: object, place: int) -> int:
    """Return a zone's offset from UTC at a place, in microseconds."""
    try:
        instant = _EPOCH + timedelta(microseconds=place)
    except OverflowError:
        return 0
    return instant.astimezone(tz).utcoffset() // timedelta(microseconds=1)  # type: ignore[arg-type, operator]


def _change(tz: object, low: int, high: int) -> int:
    """Return the first place from which on a zone has another offset, between two of an hour."""
    at_low = _offset(tz, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(tz, middle) == at_low:
            low = middle
        else:
            high = middle
    return high


def always(claim: Below) -> bool | None:
    """Say whether a claim about two functions of one date or instant is true of all its values, or false; None if neither.

    The way from a day to six months later is never less than some days, and never more.
    """
    if len(claim.sum.parts) != 2 or claim.or_zero or not isinstance(claim.sum.constant, int):
        return None
    (first, times), (second, back) = claim.sum.parts
    if (times, back) != (1, -1) or facts_in(first) != facts_in(second) or len(facts_in(first)) != 1:
        return None
    if not (_follows(first) and _follows(second)) or is_date(first) != is_date(second):
        return None
    unit = DAY if is_date(first) else 1
    least = ahead(first)[0] - ahead(second)[1] + claim.sum.constant * unit
    most = ahead(first)[1] - ahead(second)[0] + claim.sum.constant * unit
    return True if most < 0 else False if least >= 0 else None


def _follows(term: Term) -> bool:
    """Say whether a term is a date or instant that follows from one fact, near enough never to meet the calendar's end."""
    while isinstance(term, Moved | DayOf):
        if isinstance(term, Moved) and max(map(abs, ahead(term))) > _CLIPS_FROM:
            return False
        term = term.of
    return isinstance(term, Unknown) and term.type in ("date", "instant")
