"""One unknown instant that is moved by months, in each of the offsets with which it can be written.

Months are moved on the clock of the offset as written, so that one and the same instant can be moved to several. For
each offset the claims change at few places, which are looked at one by one. Days that meet days are in `sweeps.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.analysis.lines import DAY, OFFSETS, Line, ahead, day_changes, first_day, is_date
from service.analysis.sweeps import CannotSweep, Swept, moved_days
from service.analysis.terms import Below, DayOf, Moved, Term, Unknown
from service.model.derivations import Duration

__all__ = ["sweep_writings"]

_MOST_CLAIMS = 10
_MOST_VALUES = 8
_CLIPS_FROM = 36_000 * DAY
_UNIX = date(1970, 1, 1).toordinal()
_FIRST = (date(1900, 1, 1).toordinal() - _UNIX) * DAY
_LAST = (date(9900, 1, 1).toordinal() - _UNIX) * DAY - 1
_MOST = 2**60  # after all instants
_SHIFTS = np.array([each.utcoffset(None) // timedelta(microseconds=1) for each in OFFSETS], dtype=np.int64)

_Ints: TypeAlias = NDArray[np.int64]


@lru_cache(maxsize=256)
def sweep_writings(_: Line, claims: tuple[Below, ...]) -> Swept:
    """Return which claims are true together of an instant in some writing, and instants so written.

    Raises CannotSweep for claims on more than one function of it at once, and where there are too many.
    """
    if len(claims) > _MOST_CLAIMS:
        raise CannotSweep
    asked = [_asked(claim) for claim in claims]
    places, offsets = _candidates(asked)
    codes = np.zeros(len(places), dtype=np.int64)
    for i, (moves, changes) in enumerate(asked):
        moved = _moved(places + offsets, moves) - offsets
        # Below until the first of the places at which that changes, not below until the second, and so on.
        codes |= (np.searchsorted(changes, moved, side="right") % 2 == 0).astype(np.int64) << i
    return {
        tuple(bool(code >> i & 1) for i in range(len(claims))): _some(places, offsets, np.flatnonzero(codes == code))
        for code in np.unique(codes).tolist()
    }


_Asked: TypeAlias = tuple[tuple[Duration, ...], Sequence[int]]
"""How the instant is moved, and from where on what comes of it is not below what it is compared with, is again, …"""


def _asked(claim: Below) -> _Asked:
    (term, times), *others = claim.sum.parts
    if others or times != 1 or claim.or_zero:
        raise CannotSweep
    place = max(-_MOST, min(-int(claim.sum.constant // 1), _MOST))
    while isinstance(term, Moved) and is_date(term):
        place = first_day(term.by, place)
        term = term.of
    if isinstance(term, DayOf):
        return _moves(term.of), day_changes(term.zone, place)
    return _moves(term), (place,)


def _moves(term: Term) -> tuple[Duration, ...]:
    """Return how an instant is moved, the first move first."""
    least, most = ahead(term)
    if not -_CLIPS_FROM < least <= most < _CLIPS_FROM:
        raise CannotSweep
    if isinstance(term, Moved):
        return (*_moves(term.of), term.by)
    if isinstance(term, Unknown) and term.type == "instant":
        return ()
    raise CannotSweep


def _candidates(asked: Sequence[_Asked]) -> tuple[_Ints, _Ints]:
    """Return every instant at which a claim may change, and the first and last, in every offset; and the offsets."""
    found: list[_Ints] = []
    widths: list[int] = []
    for offset in _SHIFTS.tolist():
        local = {_FIRST, _LAST}
        for moves, changes in asked:
            for change in changes:
                local.update(_back(moves, change + offset))
        places = np.array([each for each in local if _FIRST <= each <= _LAST], dtype=np.int64) - offset
        found += [places, places[places + offset > _FIRST] - 1]
        widths.append(len(found[-1]) + len(found[-2]))
    return np.concatenate(found), np.repeat(_SHIFTS, widths)


def _back(moves: Sequence[Duration], place: int) -> Sequence[int]:
    """Return where on a clock the answer to "is it moved to before this place?" may change."""
    places = [place]
    for by in reversed(moves):
        places = [before for each in places for before in _before(by, each)]
    return places


def _before(by: Duration, place: int) -> Iterator[int]:
    """Yield where one move's answer may change: several times where days clip to the same last day of a month."""
    place -= (7 * by.weeks + by.days) * DAY + (60 * by.hours + by.minutes) * 60_000_000
    months = 12 * by.years + by.months
    if not months:
        yield place
        return
    day, time = divmod(place, DAY)
    first, next_ = (first_day(Duration(months=months), each + _UNIX) - _UNIX for each in (day, day + 1))
    yield first * DAY
    for each in range(first, next_):
        yield each * DAY + time
        yield (each + 1) * DAY


def _moved(local: _Ints, moves: Sequence[Duration]) -> _Ints:
    """Return readings of a clock moved as `working.shifted` moves an instant in its own offset."""
    for by in moves:
        days = moved_days(local // DAY + _UNIX, Duration(years=by.years, months=by.months)) - _UNIX
        further = (7 * by.weeks + by.days) * DAY + (60 * by.hours + by.minutes) * 60_000_000
        local = days * DAY + local % DAY + further
    return local


def _some(places: _Ints, offsets: _Ints, where: _Ints) -> list[object]:
    """Return some of the instants at positions, the earliest and the latest among them."""
    where = where[np.argsort(places[where], kind="stable")]
    if len(where) > _MOST_VALUES:
        where = where[np.linspace(0, len(where) - 1, _MOST_VALUES).astype(np.int64)]
    return [_written(int(places[i]), int(offsets[i])) for i in where]


def _written(place: int, offset: int) -> datetime:
    zone = UTC if offset == 0 else timezone(timedelta(microseconds=offset))
    return datetime(1970, 1, 1, tzinfo=zone) + timedelta(microseconds=place + offset)
