"""Where along a fact's values the answer to a question changes: dates, instants and numbers as places on a line.

Places are whole numbers (a date's day number, an instant's microseconds since 1970) or fractions. Months clip, zones
change their offset: each function of one fact is turned round here, exactly. Nothing is known of cases or rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from service.analysis.terms import (
    Below,
    DayOf,
    Moved,
    MovedBy,
    Rational,
    Term,
    TimeOf,
    Unknown,
    facts_in,
    is_symbolic,
    number,
)
from service.clock.zones import Zone, zone_named
from service.facts.numbers import plain
from service.model.derivations import Duration
from service.model.working import shifted

__all__ = [
    "DAY",
    "OFFSETS",
    "Line",
    "Offset",
    "ahead",
    "change_between",
    "day_changes",
    "first_at",
    "first_day",
    "is_date",
    "last_below",
    "line_of",
    "offset_at",
    "shift_of",
    "turned",
    "valued",
]

DAY = 86_400_000_000
"""A day in microseconds."""

_HOUR = 3_600_000_000
_SECOND = 1_000_000
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9899, 12, 31)
_WIDEST = timedelta(hours=23, minutes=59)
_FIRST_INSTANT = datetime(1900, 1, 1, tzinfo=timezone(_WIDEST))
_LAST_INSTANT = datetime(9899, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(-_WIDEST))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**1024 - 2**970 - 1  # the next integer is infinite as a double, and refused as a JSON number
_CLIPS_FROM = 36_000 * DAY  # moves by less never meet the calendar's end, which is a century after the last fact
_LAST_OF_ALL = date.max.toordinal()
_UNIX_DAY = _EPOCH.toordinal()
_ROOM_AFTER = (_LAST_OF_ALL - _LAST_DAY.toordinal() - 2) * DAY  # by which the calendar goes on after the last fact
_ROOM_BEFORE = (_FIRST_DAY.toordinal() - 3) * DAY  # by which it goes back before the first

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
    least: Rational
    most: Rational

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


def valued(type_: str, place: Rational) -> object:
    """Return the value at a place: a date, an instant in UTC where it can be so written, a time of day, a number."""
    if type_ == "date":
        return date.fromordinal(int(place))
    if type_ == "instant":
        return _instant_at(int(place))
    if type_ == "time":
        return (_EPOCH + timedelta(microseconds=int(place))).time()
    return plain(Fraction(place))


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
    offset = before + (_days_of(term.by) if is_date(term) else _days_of(term.by) * DAY + _time_of(term.by))
    return offset if abs(offset) < (_CLIPS_FROM // DAY if is_date(term) else _CLIPS_FROM) else None


def _days_of(by: Duration) -> int:
    return by.weeks * 7 + by.days


def _time_of(by: Duration) -> int:
    return (by.hours * 60 + by.minutes) * 60_000_000


def ahead(term: Term) -> tuple[int, int]:
    """Return how far a term is at least and at most ahead of its fact, in microseconds.

    A date counts as its midnight in UTC. What is moved beyond the calendar stops at its ends, and is ahead by less.
    """
    if isinstance(term, DayOf):
        least, most = ahead(term.of)
        return least - 2 * DAY, most + DAY
    if not isinstance(term, Moved):
        return 0, 0
    least, most = ahead(term.of)
    months = 12 * term.by.years + term.by.months
    # A month has 30.436875 days on average; what clips, leap days and months of other lengths are worth five at most.
    slack = 5 * DAY if months else 0
    fixed = (months * 146_097 // 4800 + _days_of(term.by)) * DAY + (0 if is_date(term) else _time_of(term.by))
    return min(least + fixed - slack, _ROOM_AFTER), max(most + fixed + slack, -_ROOM_BEFORE)


def is_date(term: Term) -> bool:
    """Say whether a term is a date; else it is an instant."""
    if isinstance(term, MovedBy):
        return is_date(term.of) if is_symbolic(term.of) else not isinstance(term.of, datetime)  # type: ignore[arg-type]
    if isinstance(term, Moved):
        return is_date(term.of)
    return isinstance(term, DayOf) or (isinstance(term, Unknown) and term.type == "date")


def turned(term: Term, place: Rational) -> list[Rational] | None:
    """Return where along the term's fact the answer to "is the term below this place?" may change, in order.

    Each place is the first of the values after the change; where the answer never changes it is one below or above all
    values. None where that can't be told: an instant moved by months depends on the offset with which it was written.
    """
    if isinstance(term, Unknown):
        return [place]
    if isinstance(term, DayOf):
        return _through(term.of, day_changes(term.zone, int(place)))
    if not isinstance(term, Moved):
        return None
    if is_date(term):
        return turned(term.of, first_day(term.by, int(place)))
    offset = shift_of(term)
    return None if offset is None else [place - offset]


def _through(term: Term, places: Sequence[Rational]) -> list[Rational] | None:
    found: set[Rational] = set()
    for each in places:
        here = turned(term, each)
        if here is None:
            return None
        found.update(here)
    return sorted(found)


def first_at(term: Term, place: Rational) -> Rational | None:
    """Return the first value of the term's fact at which the term can have reached a place; None where unknown."""
    changes = turned(term, place)
    return None if changes is None else changes[0]


def last_below(term: Term, place: Rational) -> Rational | None:
    """Return the last value (of whole ones) at which the term can still be below a place; None where unknown."""
    changes = turned(term, place)
    return None if changes is None else changes[-1] - 1


@lru_cache(maxsize=4096)
def first_day(by: Duration, place: int) -> int:
    """Return the first day of the calendar that a move takes to a day or later; the one after the last if none.

    Clipping to the month's last day keeps the order of days, and so do moving by days and stopping at the calendar's
    ends: there is one such day, and its month is at most one off when the move is taken back.
    """
    if place > _LAST_OF_ALL:
        return _LAST_OF_ALL + 1
    back, first = _taken_back(by)
    if first >= place:
        return 0  # every day is taken there: none is below
    guess = _moved_day(place, back)
    while guess > 1 and _moved_day(guess - 1, by) >= place:
        guess -= 1
    while guess <= _LAST_OF_ALL and _moved_day(guess, by) < place:
        guess += 1
    return guess


@lru_cache(maxsize=256)
def _taken_back(by: Duration) -> tuple[Duration, int]:
    """Return the move that takes another one back, and the day to which that one takes the calendar's first."""
    return -by, _moved_day(1, by)


def _moved_day(place: int, by: Duration) -> int:
    return shifted(date.fromordinal(place), by).toordinal()


@lru_cache(maxsize=16384)
def day_changes(zone: str, day: int) -> Sequence[int]:
    """Return the instants, as places, from which on it is a day or later in a zone, or is so no longer, in order.

    Mostly that is one, the day's beginning; more where clocks are set back over midnight. A zone's offset is below a
    day and changes at most once within an hour (a test reads so from the zones themselves).
    """
    tz = zone_named(zone)
    midnight = (day - _UNIX_DAY) * DAY
    hours = [midnight + hour * _HOUR for hour in range(-25, 26)]
    offsets = [offset_at(tz, hour) for hour in hours]
    changed = [hours[i : i + 2] for i, (one, other) in enumerate(pairwise(offsets)) if one != other]
    starts = [hours[0], *(change_between(tz, *pair) for pair in changed)]
    found: set[int] = set()
    for start, end in pairwise([*starts, hours[-1]]):
        begins = midnight - offset_at(tz, start)
        found.update(each for each in (start, begins) if start <= each < end)
    return tuple(at for at in sorted(found) if _is_from(tz, at, day) != _is_from(tz, at - 1, day))


def _is_from(tz: Zone, place: int, day: int) -> bool:
    return (place + offset_at(tz, place)) // DAY >= day - _UNIX_DAY


def offset_at(tz: Zone, place: int) -> int:
    """Return a zone's offset from UTC at a place, in microseconds; beyond the calendar none."""
    try:
        offset = (_EPOCH + timedelta(microseconds=place)).astimezone(tz).utcoffset()
    except OverflowError:
        return 0
    return 0 if offset is None else offset // timedelta(microseconds=1)


def change_between(tz: Zone, low: int, high: int) -> int:
    """Return the first place from which on a zone has another offset, between two whole seconds with one change.

    Clocks change at whole seconds (RFC 9636, 3.2).
    """
    at_low = offset_at(tz, low)
    before, after = low // _SECOND, high // _SECOND
    while after - before > 1:
        middle = (before + after) // 2
        if offset_at(tz, middle * _SECOND) == at_low:
            before = middle
        else:
            after = middle
    return after * _SECOND


def always(claim: Below) -> bool | None:
    """Say whether a claim about two functions of one date or instant is always true, or never; None if neither.

    The way from a day to six months later is never less than some days, and never more. So is one about a time of day
    and what is no time of a day.
    """
    if [type(term) for term, _ in claim.sum.parts] == [TimeOf] and claim.sum.parts[0][1] == 1:
        return True if -claim.sum.constant >= DAY else False if claim.sum.constant >= 0 else None
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
    """Say whether a term is a date or instant near enough to its fact never to meet the calendar's end."""
    while isinstance(term, Moved | DayOf):
        if isinstance(term, Moved) and max(map(abs, ahead(term))) > _CLIPS_FROM:
            return False
        term = term.of
    return isinstance(term, Unknown) and term.type in ("date", "instant")
