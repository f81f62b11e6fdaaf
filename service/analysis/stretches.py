"""One unknown fact that has an order, in stretches along which some claims about it stay as they are.

Where claims change is turned round exactly (`lines.py`) or looked up value by value (`sweeps.py`, `writings.py`). No
other fact and no list here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from service.analysis.lines import Line, shift_of, turned, valued
from service.analysis.terms import Atom, Below, Rational, Unknown, holds_at

__all__ = ["Along", "Cut", "along", "is_turned"]

_MOST_CELLS = 8192

Truths: TypeAlias = tuple[bool, ...]


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """A place at which something changes: just before the value there, or just after it."""

    place: Rational
    after: bool = False


@dataclass(frozen=True, slots=True)
class Along:
    """Which of some claims are true together along a fact's values.

    points  truths of the claims -> values with which they are so: the ends of stretches, of the first and last at least
    cells   position in `points` of each stretch, in order; empty where they were not told one by one
    edges   where each of these stretches begins and ends
    """

    points: Mapping[Truths, Sequence[object]]
    cells: tuple[int, ...] = ()
    edges: tuple[tuple[Cut, Cut], ...] = ()


def along(fact: str, atoms: Sequence[Atom], line: Line) -> Along | None:
    """Return which claims about one fact can be true together: exactly those; None where that can't be told."""
    claims = [atom for atom in atoms if isinstance(atom, Below)]
    if len(claims) < len(atoms):
        return None
    found: set[Cut] = set()
    for claim in claims:
        cuts = _cuts(claim, line)
        if cuts is None:
            return _swept(tuple(claims), line)
        found.update(cuts)
    inner = sorted(cut for cut in found if Cut(line.least) < cut < Cut(line.most, after=True))
    if len(inner) > _MOST_CELLS:
        return None
    edges = [Cut(line.least), *inner, Cut(line.most, after=True)]
    ends = {between: stretch for between in pairwise(edges) if (stretch := _ends(line, *between)) is not None}
    return _by_cells(fact, claims, line, ends)


def _ends(line: Line, low: Cut, high: Cut) -> tuple[Rational, Rational] | None:
    """Return two values of a stretch, the least and the greatest where it has such; None where it is empty."""
    if line.is_whole:
        first = low.place + 1 if low.after else low.place
        last = high.place if high.after else high.place - 1
        return (first, last) if first <= last else None
    first = _inside(low.place, high.place) if low.after else low.place
    last = high.place if high.after else _inside(high.place, first)
    return first, last


def _inside(edge: Rational, other: Rational) -> Rational:
    """Return a value between two, near the first and round where it can be."""
    step = 1 if other > edge else -1
    near = edge // 1 + step if (edge + step - other) * step < 0 else None
    if near is not None and (near - edge) * step > 0 and (other - near) * step > 0:
        return near
    middle = (Fraction(edge) + other) / 2
    return int(middle) if middle.denominator == 1 else middle


def _by_cells(
    fact: str, claims: Sequence[Below], line: Line, ends: Mapping[tuple[Cut, Cut], tuple[Rational, Rational]]
) -> Along:
    columns = [_truths_along(claim, fact, line, list(ends.values())) for claim in claims]
    order = [tuple(column[i] for column in columns) for i in range(len(ends))]
    points: dict[Truths, list[object]] = {}
    for truths, stretch in zip(order, ends.values(), strict=True):
        points.setdefault(truths, []).extend(valued(line.type, place) for place in dict.fromkeys(stretch))
    position = {truths: i for i, truths in enumerate(points)}
    return Along(points, tuple(position[truths] for truths in order), tuple(ends))


def _truths_along(claim: Below, fact: str, line: Line, ends: Sequence[tuple[Rational, Rational]]) -> list[bool]:
    """Return whether a claim is true in each stretch; looked at once between any two places where it may change."""
    (term, times), *others = claim.sum.parts
    if not others and times == 1 and isinstance(term, Unknown):
        edge = -claim.sum.constant
        return [first <= edge if claim.or_zero else first < edge for first, _ in ends]
    cuts = sorted(_cuts(claim, line) or ())
    found: list[bool] = []
    passed = -1
    for first, _ in ends:
        before = passed
        while passed + 1 < len(cuts) and cuts[passed + 1] <= Cut(first):
            passed += 1
        is_new = not found or passed > before
        found.append(holds_at(claim, {fact: valued(line.type, first)}) if is_new else found[-1])
    return found


def is_turned(claim: Below, line: Line) -> bool:
    """Say whether it can be told from a claim where along its one fact it may change, without looking at each value."""
    return _cuts(claim, line) is not None


def _cuts(claim: Below, line: Line) -> Sequence[Cut] | None:
    """Return where along its one fact a claim may change; None where that can't be turned round."""
    parts = claim.sum.parts
    if len(parts) == 1 and not isinstance(parts[0][0], Unknown):
        places = turned(parts[0][0], -(claim.sum.constant // 1)) if parts[0][1] == 1 else None
        return None if places is None else [Cut(place) for place in places]
    ahead: Rational = 0
    times: Rational = 0
    for term, each in parts:
        offset = shift_of(term)
        if offset is None:
            return None
        ahead += offset * each
        times += each
    return [] if times == 0 else _around(Fraction(-(claim.sum.constant + ahead)) / times, line)


def _around(edge: Fraction, line: Line) -> Sequence[Cut]:
    """Return the cuts around the place at which a sum is zero, whichever way it goes."""
    if line.is_whole:
        return [Cut(edge // 1), Cut(edge // 1 + 1)]
    place = int(edge) if edge.denominator == 1 else edge
    return [Cut(place), Cut(place, after=True)]


def _swept(claims: tuple[Below, ...], line: Line) -> Along | None:
    """Look at each value of a fact of which several functions meet; None where that can't be done."""
    # numpy takes longer to import than most cases to decide, and few packs have such a fact.
    from service.analysis.sweeps import CannotSweep, sweep_days, sweep_instants  # noqa: PLC0415
    from service.analysis.writings import sweep_writings  # noqa: PLC0415

    sweeps: Mapping[str, Sequence[Callable[[Line, tuple[Below, ...]], Mapping[Truths, Sequence[object]]]]] = {
        "date": (sweep_days,),
        "instant": (sweep_instants, sweep_writings),
    }
    for sweep in sweeps.get(line.type, ()):
        try:
            return Along(sweep(line, claims))
        except CannotSweep:
            continue
    return None
