"""One unknown date, swept whole: whatever functions of it meet each other, every day of 1900 to 9899 is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from service.analysis.lines import Line
from service.analysis.terms import Below, DayOf, Moved, Sum, Term, Unknown
from service.model.derivations import Duration

__all__ = ["CannotSweep", "sweep"]

_CHUNK = 200_000
_UNIX = 719_163  # the day number of 1970-01-01
_LAST = 3_652_059  # of 9999-12-31
_Days = Any  # an array of day numbers, int64


class CannotSweep(Exception):
    """A claim is about something else than days that follow from one date."""


def sweep(line: Line, atoms: Sequence[Below]) -> dict[tuple[bool, ...], list[tuple[int, int]]]:
    """Return for each combination of truths that some day has the stretches of such days: first and last, in order.

    At most the first and the last few stretches of each are kept. Raises CannotSweep.
    """
    if len(atoms) > 60:
        raise CannotSweep
    found: dict[tuple[bool, ...], list[tuple[int, int]]] = {}
    for start in range(int(line.least), int(line.most) + 1, _CHUNK):
        days = np.arange(start, min(start + _CHUNK, int(line.most) + 1), dtype=np.int64)
        codes = np.zeros(len(days), dtype=np.int64)
        for i, atom in enumerate(atoms):
            codes |= _truths(atom, days).astype(np.int64) << i
        edges = np.flatnonzero(np.diff(codes)) + 1
        firsts = np.concatenate(([0], edges))
        lasts = np.concatenate((edges, [len(days)])) - 1
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
            code = int(codes[first])
            truths = tuple(bool(code >> i & 1) for i in range(len(atoms)))
            _add(found.setdefault(truths, []), (start + first, start + last))
    return found


def _add(stretches: list[tuple[int, int]], stretch: tuple[int, int]) -> None:
    if stretches and stretches[-1][1] == stretch[0] - 1:
        stretches[-1] = (stretches[-1][0], stretch[1])
    elif len(stretches) < 8:
        stretches.append(stretch)
    else:
        stretches[-1] = stretch


def _truths(atom: Below, days: _Days) -> Any:
    value = _sum(atom.sum, days)
    return value <= 0 if atom.or_zero else value < 0


def _sum(sum_: Sum, days: _Days) -> Any:
    total = np.full(len(days), sum_.constant, dtype=np.int64 if isinstance(sum_.constant, int) else object)
    for term, times in sum_.parts:
        if not isinstance(times, int):
            raise CannotSweep
        total = total + _days(term, days) * times
    return total


def _days(term: Term, days: _Days) -> _Days:
    if isinstance(term, Unknown) and term.type == "date":
        return days
    if isinstance(term, Moved) and not isinstance(term.of, DayOf):
        return _moved(_days(term.of, days), term.by)
    raise CannotSweep


def _moved(days: _Days, by: Duration) -> _Days:
    """Return days moved as `working.shifted` moves one."""
    dates = (days - _UNIX).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    moved = months + (12 * by.years + by.months)
    length = ((moved + 1).astype("datetime64[D]") - moved.astype("datetime64[D]")).astype(np.int64)
    day = np.minimum((dates - months.astype("datetime64[D]")).astype(np.int64), length - 1)
    ordinals = moved.astype("datetime64[D]").astype(np.int64) + _UNIX + day + 7 * by.weeks + by.days
    return np.clip(ordinals, 1, _LAST)
