"""One unknown date or instant, swept whole: whatever functions of it meet, each of its values is looked at.

Of a date that is every day, of an instant of which days in zones meet it is every moment at which some day begins or
clocks change, until all has come again: the calendar and the rules for clocks repeat every 400 years.
Instants that are moved by months are in `writings.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.analysis.lines import (
    DAY,
    Line,
    ahead,
    change_between,
    is_date,
    offset_at,
    shift_of,
    turned,
    valued,
)
from service.analysis.terms import Below, DayOf, Moved, Sum, Term, TimeOf, Unknown, WeekdayIn
from service.clock.zones import zone_named
from service.model.derivations import Duration

__all__ = ["CannotSweep", "Swept", "moved_days", "sweep_days", "sweep_instants"]

_MOST_CLAIMS = 60  # whose truths are the bits of one number
_MOST_STRETCHES = 8
_CHUNK = 16_000  # days at a time: what is worked out of them stays in the fast memory of a processor
_UNIX = 719_163  # the day number of 1970-01-01
_LAST = 3_652_059  # of 9999-12-31
_MOST_TIMES = 4  # so that no sum of microseconds is too large for 64 bits,
_MOST = 2**62  # and all are smaller than this
_CYCLE_DAYS, _CYCLE_MONTHS = 146_097, 4_800
_CYCLE = _CYCLE_DAYS * DAY
_NEAR = 3 * DAY
_WEEK = 7 * DAY
_HOUR = DAY // 24
_CLIPS_FROM = 36_000 * DAY
_LONG_AGO = -22_000 * 32 * DAY  # in the first century

_Ints: TypeAlias = NDArray[np.int64]
_Bools: TypeAlias = NDArray[np.bool_]

Swept: TypeAlias = Mapping[tuple[bool, ...], Sequence[object]]
"""Truths of claims -> values with which they are so: the ends of the first few stretches, and of the last."""


class CannotSweep(Exception):
    """A claim is about something else than what is swept."""


# dates


@lru_cache(maxsize=256)
def sweep_days(line: Line, claims: tuple[Below, ...]) -> Swept:
    """Return which claims are true together on some day of a line, and days that show it.

    Raises CannotSweep for claims on what does not follow from one date.
    """
    if len(claims) > _MOST_CLAIMS:
        raise CannotSweep
    edges = sorted({place for claim in claims for place in _edges(claim, line)})
    found: dict[int, list[tuple[int, int]]] = {}
    for low, high in _spans(line, edges, 0, DAY) if all(map(_stays_within, claims)) else [(line.least, line.most)]:
        for start in range(int(low), int(high) + 1, _CHUNK):
            days = np.arange(start, min(start + _CHUNK, int(high) + 1), dtype=np.int64)
            _note(found, days, days, _codes([_judged(claim, _of_days, days) for claim in claims]))
    return _valued(line, found, len(claims))


def _stays_within(claim: Below) -> bool:
    """Say whether nothing in a claim is moved as far as the calendar's ends, where it would stop."""
    bounds = [ahead(_dated(term)) for term, _ in claim.sum.parts]
    return all(least > -_CLIPS_FROM and most < _CLIPS_FROM for least, most in bounds)


def _dated(term: Term) -> Term:
    """Return the date or instant of which a term is one, or the weekday, or the time of day."""
    return term.of if isinstance(term, WeekdayIn | TimeOf) else term


def _of_days(term: Term, days: _Ints) -> _Ints:
    """Return what a term comes to on each of some days, as day numbers."""
    if isinstance(term, Unknown) and term.type == "date":
        return days
    if isinstance(term, Moved):
        return moved_days(_of_days(term.of, days), term.by)
    if isinstance(term, WeekdayIn):
        return _in_weeks(_of_days(term.of, days))
    raise CannotSweep


def _in_weeks(days: _Ints) -> _Ints:
    """Return the places of days in their weeks; the first day of the calendar was a Monday."""
    return (days - 1) % 7


def moved_days(days: _Ints, by: Duration) -> _Ints:
    """Return day numbers moved as `working.shifted` moves a date."""
    months, further = 12 * by.years + by.months, 7 * by.weeks + by.days
    if abs(months) > _LAST or abs(further) > 100 * _LAST:
        raise CannotSweep
    clipped: _Ints = np.clip((_in_months(days, months) if months else days) + further, 1, _LAST)
    return clipped


def _in_months(days: _Ints, months: int) -> _Ints:
    """Return day numbers so many months on, clipped to the last day of a month; also beyond the calendar."""
    month_of, place_of, first_of, last_of = _months()
    cycles = (days - 1) // _CYCLE_DAYS
    day = days - 1 - cycles * _CYCLE_DAYS
    month = month_of[day] + months
    further = month // _CYCLE_MONTHS
    month -= further * _CYCLE_MONTHS
    found: _Ints = (cycles + further) * _CYCLE_DAYS + first_of[month] + np.minimum(place_of[day], last_of[month]) + 1
    return found


@cache
def _months() -> tuple[_Ints, _Ints, _Ints, _Ints]:
    """Return the month of each day of 400 years and its place in it; the first day of each month and its last place.

    All are counted from 0. After so many years all comes again.
    """
    firsts = np.arange("0001-01", "0401-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
    firsts -= firsts[0]
    lengths = np.diff(firsts)
    months = np.repeat(np.arange(_CYCLE_MONTHS), lengths)
    return months, np.arange(_CYCLE_DAYS) - firsts[months], firsts[:-1], lengths - 1


# claims, on many values at once


def _judged(claim: Below, evaluate: Any, places: _Ints) -> _Bools:
    """Return whether a claim is true at each place; `evaluate` gives what a term comes to at them."""
    total = _sum(claim.sum, evaluate, places)
    judged: _Bools = total <= 0 if claim.or_zero else total < 0
    return judged


def _sum(sum_: Sum, evaluate: Any, places: _Ints) -> _Ints:
    if not isinstance(sum_.constant, int) or sum(abs(int(times)) for _, times in sum_.parts) > _MOST_TIMES:
        raise CannotSweep
    total = np.full(len(places), max(-_MOST, min(sum_.constant, _MOST)), dtype=np.int64)
    for term, times in sum_.parts:
        total = total + evaluate(term, places) * int(times)
    return total


def _codes(judged: Sequence[_Bools]) -> _Ints:
    """Return truths as the bits of a number for each place."""
    codes = np.zeros(len(judged[0]), dtype=np.int64)
    for i, truths in enumerate(judged):
        codes |= truths.astype(np.int64) << i
    return codes


def _note(found: dict[int, list[tuple[int, int]]], starts: _Ints, lasts: _Ints, codes: _Ints) -> None:
    """Note stretches, each from one of `starts` to one of `lasts`, under their codes; neighbours that agree as one."""
    edges = np.flatnonzero(np.diff(codes)) + 1
    firsts = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [len(codes)])) - 1
    for code in np.unique(codes[firsts]).tolist():
        where = np.flatnonzero(codes[firsts] == code)
        where = where if len(where) <= _MOST_STRETCHES else np.concatenate((where[: _MOST_STRETCHES - 1], where[-1:]))
        for first, last in zip(starts[firsts[where]].tolist(), lasts[ends[where]].tolist(), strict=True):
            _add(found.setdefault(code, []), (first, last))


def _add(stretches: list[tuple[int, int]], stretch: tuple[int, int]) -> None:
    if stretches and stretches[-1][1] == stretch[0] - 1:
        stretches[-1] = (stretches[-1][0], stretch[1])
    elif len(stretches) < _MOST_STRETCHES:
        stretches.append(stretch)
    else:
        stretches[-1] = stretch


def _valued(line: Line, found: Mapping[int, Sequence[tuple[int, int]]], width: int) -> Swept:
    return {
        tuple(bool(code >> i & 1) for i in range(width)): [
            valued(line.type, place) for ends in stretches for place in dict.fromkeys(ends)
        ]
        for code, stretches in found.items()
    }


# instants of which days in zones meet


@lru_cache(maxsize=256)
def sweep_instants(line: Line, claims: tuple[Below, ...]) -> Swept:
    """Return which claims are true together at some instant of a line, and instants that show it.

    Raises CannotSweep for claims on what does not follow from one instant, however that is written.
    """
    if len(claims) > _MOST_CLAIMS:
        raise CannotSweep
    if not all(map(_stays_within, claims)):
        raise CannotSweep
    days = sorted({day for claim in claims for term, _ in claim.sum.parts for day in _days_within(term)}, key=repr)
    edges = sorted({place for claim in claims for place in _edges(claim, line)})
    if not days:
        raise CannotSweep
    ruled = max(_clock(day.zone).ruled + abs(shift_of(day.of) or 0) for day in days)
    turns = {day: sorted({0, *_times_asked(claims, day)}) for day in days}
    found: dict[int, list[tuple[int, int]]] = {}
    for low, high in _spans(line, edges, ruled, 1):
        starts = _starts(turns, edges, low, high)
        lasts = np.concatenate((starts[1:] - 1, [high]))
        _note(found, starts, lasts, _codes([_judged(claim, _of_instants, starts) for claim in claims]))
    return _valued(line, found, len(claims))


def _days_within(term: Term) -> Iterator[DayOf]:
    """Yield the days of instants in a term, also of those of which it is the time of day.

    Raises CannotSweep where it has another function of an instant.
    """
    if isinstance(term, TimeOf):
        term = DayOf(term.of, term.zone)
    term = _dated(term)
    if is_date(term):
        while isinstance(term, Moved):
            term = term.of
        if not isinstance(term, DayOf) or shift_of(term.of) is None:
            raise CannotSweep
        yield term
    elif shift_of(term) is None:
        raise CannotSweep


def _times_asked(claims: Sequence[Below], day: DayOf) -> Iterator[int]:
    """Yield the times of day, in microseconds, with which claims compare that of a day's instant."""
    asked = TimeOf(day.of, day.zone)
    for claim in claims:
        if [term for term, _ in claim.sum.parts] == [asked]:
            yield -int(claim.sum.constant) // int(claim.sum.parts[0][1]) % DAY


def _edges(claim: Below, line: Line) -> Sequence[int]:
    """Return the places at which a claim changes that compares one term with a constant."""
    (term, times), *others = claim.sum.parts
    if not others and times == 1:
        places = turned(term, -(claim.sum.constant // 1)) or ()
        return [int(place) for place in places if line.least < place <= line.most]
    if line.type == "instant" and not is_date(term) and sum(int(each) for _, each in claim.sum.parts) != 0:
        raise CannotSweep
    return ()


def _spans(line: Line, edges: Sequence[int], ruled: int, unit: int) -> Sequence[tuple[int, int]]:
    """Return spans of a line after which nothing new comes, both ends included.

    ruled  from when on all clocks follow their rules: up to there, and from each edge on, for 400 years
    unit   of the line's places, in microseconds
    """
    least, most = int(line.least), int(line.most)
    cycle, near = _CYCLE // unit, _NEAR // unit
    found: list[tuple[int, int]] = []
    for edge in sorted({least, *edges}):
        end = (max(edge, ruled) if edge == least else edge) + cycle + near
        span = (max(least, edge - near), min(most, end))
        if found and span[0] <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], span[1]))
        else:
            found.append(span)
    if found[-1][1] < most:
        found.append((max(found[-1][1] + 1, most - near), most))
    return found


def _starts(turns: Mapping[DayOf, Sequence[int]], edges: Sequence[int], low: int, high: int) -> _Ints:
    """Return where in a span any claim may change, its beginning included, in order.

    turns  days of instants -> the times of day at which a claim may change, in microseconds
    """
    found = [np.array([low, *edges], dtype=np.int64)]
    for day, times in turns.items():
        shift = shift_of(day.of) or 0
        found += [each - shift for at in times for each in _beginnings(day.zone, low + shift, high + shift, at)]
    places = np.sort(np.concatenate(found), kind="stable")  # which is fast where much of it is in order
    places = places[np.diff(places, prepend=low - 1) > 0]
    return places[(places >= low) & (places <= high)]


def _beginnings(zone: str, low: int, high: int, at: int) -> Iterator[_Ints]:
    """Yield the instants within a span at which a time of day may begin in a zone, or its clocks change.

    at  the time, in microseconds: nought where a day begins
    It begins by the offset of the day before, but for those near a change of clocks.
    """
    midnights = np.arange(low // DAY - 1, high // DAY + 2, dtype=np.int64) * DAY + at
    yield midnights - _offsets(zone, midnights - 26 * _HOUR)
    changes = _changes_within(zone, low - _NEAR, high + _NEAR)
    yield changes
    for offset in (_offsets(zone, changes), _offsets(zone, changes - 1)):
        for near in (-1, 0, 1, 2):
            yield ((changes + offset) // DAY + near) * DAY + at - offset


def _of_instants(term: Term, places: _Ints) -> _Ints:
    """Return what a term comes to at each of some instants: days as day numbers, instants as microseconds."""
    if is_date(term) and isinstance(term, Moved):
        return moved_days(_of_instants(term.of, places), term.by)
    if isinstance(term, DayOf):
        instants = _of_instants(term.of, places)
        return (instants + _offsets(term.zone, instants)) // DAY + _UNIX
    if isinstance(term, TimeOf):
        instants = _of_instants(term.of, places)
        return (instants + _offsets(term.zone, instants)) % DAY
    if isinstance(term, WeekdayIn):
        return _in_weeks(_of_instants(term.of, places))
    return places + (shift_of(term) or 0)


# the clocks of a zone


@dataclass(frozen=True, slots=True)
class _Clock:
    """When a zone's clocks change, the first time long ago, and the offsets from UTC from then on, in microseconds.

    ruled  from when on all changes follow a rule, which repeats every 400 years
    end    up to where the changes are listed, more than 400 years later
    """

    changes: _Ints
    offsets: _Ints
    ruled: int
    end: int


def _offsets(zone: str, places: _Ints) -> _Ints:
    """Return a zone's offsets from UTC at some instants, in microseconds."""
    clock = _clock(zone)
    cycles = -(-np.maximum(places - clock.end, 0) // _CYCLE)
    found: _Ints = clock.offsets[np.searchsorted(clock.changes, places - cycles * _CYCLE, side="right") - 1]
    return found


def _changes_within(zone: str, low: int, high: int) -> _Ints:
    """Return when a zone's clocks change within a span."""
    clock = _clock(zone)
    ruled = clock.changes[clock.changes > clock.end - _CYCLE]
    cycles = range(1, max(0, high - clock.end) // _CYCLE + 2)
    every = np.concatenate([clock.changes, *(ruled + cycle * _CYCLE for cycle in cycles)])
    found: _Ints = every[(every >= low) & (every <= high)]
    return found


@lru_cache(maxsize=64)
def _clock(zone: str) -> _Clock:
    """Return the clock of a zone: what its file lists, and more than 400 years of the rule with which the file ends."""
    listed = _listed_changes(zone)
    tz = zone_named(zone)
    ruled = max([*listed, 0])
    end = ruled + _CYCLE + 800 * DAY
    starts = range(ruled, end, _WEEK)
    offsets = [offset_at(tz, start) for start in starts]
    for start, (before, after) in zip(starts, pairwise(offsets), strict=False):
        if before != after:
            listed.append(change_between(tz, start, start + _WEEK))
    changes = [_LONG_AGO, *sorted(set(listed))]
    return _Clock(np.array(changes), np.array([offset_at(tz, at) for at in changes]), ruled, end)


def _listed_changes(zone: str) -> list[int]:
    """Return the changes that a zone's file lists, in microseconds (RFC 9636, 3.2: its block of 64-bit times)."""
    data = files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()
    utc, standard, leaps, times, types, letters = struct.unpack_from(">6l", data, 20)
    second = 44 + times * 5 + types * 6 + letters + leaps * 8 + standard + utc
    count = struct.unpack_from(">6l", data, second + 20)[3]
    seconds = struct.unpack_from(f">{count}q", data, second + 44)
    return [each * 1_000_000 for each in seconds if each * 1_000_000 > _LONG_AGO]
