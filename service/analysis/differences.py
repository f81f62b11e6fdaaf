"""Whether claims that compare several unknown dates and instants with each other can all be true at once.

Each claim says that one function of one fact is at least, or below, a function of another, or a constant. From the
least values on, each fact is raised to the first value at which a claim about it can be true: what is reached makes all
of them true, or none can be. That nothing does is so by these steps; that something does is shown by trying it. No sums
of more than two, and no numbers: those are in `linear.py`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from service.analysis.lines import DAY, Line, ahead, day_changes, first_at, is_date, last_below, shift_of, valued
from service.analysis.terms import Below, DayOf, Moved, Rational, Term, Unknown, facts_in, holds_at, number
from service.model.working import day_in, shifted
from service.remembering import keep

__all__ = ["Comparison", "NotComparable", "solve"]

_MOST_STEPS = 150
_MOST_BOUNDS = 2048
_MOST_REMEMBERED = 32
_NOBODY: frozenset[str] = frozenset()
_ANYWHERE: Mapping[str, Rational] = {}

Comparison: TypeAlias = tuple[Below, bool]
"""A claim, and whether it is to be true."""

_Function: TypeAlias = tuple[Hashable, Term]
"""A fact, by the name that it has among the claims, and a term that follows from it."""

_Places: TypeAlias = dict[Hashable, Rational]


class NotComparable(Exception):
    """A claim is none of one function of a fact against another."""


def solve(
    lines: Mapping[str, Line],
    claims: Sequence[Comparison],
    changed: Sequence[Comparison] = (),
    others: frozenset[str] = frozenset(),
    start: Mapping[str, Rational] = _ANYWHERE,
) -> tuple[dict[Hashable, Rational], bool] | None:
    """Return places at which all claims are true, and whether that was shown; None where there are none.

    lines    of the facts
    changed  further claims, in which the `others` among the facts have other values
    start    places of facts below which it is known that there are none, as fewer claims had none there
    returns  places by fact, and by (fact,) for the other value of one that has such
    Raises NotComparable.
    """
    asked = [_bound(atom, truth, _NOBODY) for atom, truth in claims]
    asked += [_bound(atom, truth, others) for atom, truth in changed]
    facts = {key: fact for each in asked for key, fact in each.keyed}
    places: _Places = {key: start.get(fact, lines[fact].least) for key, fact in facts.items()}
    most = {key: lines[fact].most for key, fact in facts.items()}
    for turn in range(_MOST_STEPS):
        if turn == len(places) + 1 and _go_round(asked):
            return None
        before = dict(places)
        if not all(_raise(places, each, most) for each in asked):
            return None
        if places == before:
            return places, all(each.is_true(places, lines) for each in asked)
    return places, False


@lru_cache(maxsize=_MOST_BOUNDS)
def _bound(atom: Below, truth: bool, others: frozenset[str]) -> _Bound:
    return _Bound((atom, truth), {fact: (fact,) for fact in others})


def _raise(places: _Places, claim: _Bound, most: Mapping[Hashable, Rational]) -> bool:
    """Raise the place of the fact that a claim holds up; say whether the claim can be true at all from there on."""
    least, last = claim.least(places), claim.greatest()
    if least is not None:
        key, place = least
        places[key] = max(places[key], place)
        return places[key] <= most[key]
    return last is None or places[last[0]] <= last[1]


def _go_round(asked: Sequence[_Bound]) -> bool:
    """Say whether functions would each have to be later than another in a circle, and so for ever (Bellman, Ford)."""
    places: dict[_Function | Hashable, int] = {}
    gaps: list[tuple[int, int, int]] = []
    for gap in filter(None, [each.gap() for each in asked]):
        earlier, later, by = gap
        gaps.append((_place_of(earlier, places, gaps), _place_of(later, places, gaps), by))
    reached = [0] * len(places)
    for _ in reached:
        moved = False
        for one, other, by in gaps:
            if reached[other] < reached[one] + by:
                reached[other], moved = reached[one] + by, True
        if not moved:
            return False
    return any(reached[other] < reached[one] + by for one, other, by in gaps)


def _place_of(function: _Function, places: dict[_Function | Hashable, int], gaps: list[tuple[int, int, int]]) -> int:
    """Return the place of a function among the nodes; a new one is at least and at most so far ahead of its fact.

    So two functions of one fact are never further apart than that.
    """
    found = places.get(function)
    if found is None:
        found, fact = places.setdefault(function, len(places)), places.setdefault((function[0],), len(places))
        least, most = ahead(function[1])
        gaps += [(found, fact, -most), (fact, found, least)]
    return found


class _Bound:
    """A claim that one term is below another plus a constant, or a term below a constant, or that it is not.

    renames  fact -> the name under which its place is meant
    keyed    the names under which the places of its facts are meant, each with its fact
    Raises NotComparable for a claim of another form.
    """

    def __init__(self, claim: Comparison, renames: Mapping[str, Hashable]) -> None:
        self.atom, self.truth = claim
        parts, constant = self.atom.sum.parts, self.atom.sum.constant
        times = [each for _, each in parts]
        if self.atom.or_zero or times not in ([1], [1, -1]) or not isinstance(constant, int):
            raise NotComparable
        facts = [_fact(term) for term, _ in parts]
        if len(set(facts)) < len(parts) or not all(_is_comparable(term) for term, _ in parts):
            raise NotComparable
        self.constant = constant
        names: dict[str, Hashable] = {fact: renames.get(fact, fact) for fact in facts}
        self.keyed = [(key, fact) for fact, key in names.items()]
        self._keys = [names[fact] for fact in facts]
        self.first = parts[0][0]
        self.second = parts[1][0] if len(parts) > 1 else None
        # Places that a search comes to again and again.
        self._least: dict[Rational | None, tuple[tuple[Hashable, Rational] | None]] = {}
        self._is_true: dict[tuple[Rational, ...], bool] = {}

    def least(self, places: Mapping[Hashable, Rational]) -> tuple[Hashable, Rational] | None:
        """Return the least place that the claim leaves to a fact, given the least of the other; None for any."""
        other = None if self.second is None else places[self._keys[0 if self.truth else 1]]
        found = self._least.get(other)
        if found is None:
            found = keep(self._least, other, (self._least_beside(other),), _MOST_REMEMBERED)
        return found[0]

    def _least_beside(self, other: Rational | None) -> tuple[Hashable, Rational] | None:
        if self.second is None or other is None:
            return None if self.truth else (self._keys[0], _first(self.first, -self.constant))
        # first < second - c, or first >= second - c
        if self.truth:
            return self._keys[1], _first(self.second, _at(self.first, other) + self.constant + 1)
        return self._keys[0], _first(self.first, _at(self.second, other) - self.constant)

    def greatest(self) -> tuple[Hashable, Rational] | None:
        """Return the greatest place that the claim leaves to its one fact; None where it is any."""
        if self.second is not None or not self.truth:
            return None
        last = last_below(self.first, -self.constant)
        if last is None:
            raise NotComparable
        return self._keys[0], last

    def gap(self) -> tuple[_Function, _Function, int] | None:
        """Return two functions, and by how much the second is at least after the first, in microseconds; else None."""
        if self.second is None:
            return None
        first, second = (self._keys[0], self.first), (self._keys[1], self.second)
        later, earlier = (second, first) if self.truth else (first, second)
        wanted = self.constant + 1 if self.truth else -self.constant
        return earlier, later, wanted * (DAY if is_date(later[1]) else 1)

    def is_true(self, places: Mapping[Hashable, Rational], lines: Mapping[str, Line]) -> bool:
        """Say whether the claim is as it should be with facts at these places."""
        at = tuple([places[key] for key, _ in self.keyed])
        found = self._is_true.get(at)
        if found is None:
            values = {fact: valued(lines[fact].type, places[key]) for key, fact in self.keyed}
            found = keep(self._is_true, at, holds_at(self.atom, values) is self.truth, _MOST_REMEMBERED)
        return found


def _first(term: Term, place: Rational) -> Rational:
    found = first_at(term, place)
    if found is None:
        raise NotComparable
    return found


def _is_comparable(term: Term) -> bool:
    """Say whether a term follows from its fact's moment alone; an instant moved by months hangs on its offset too."""
    while isinstance(term, Moved | DayOf):
        if not is_date(term) and shift_of(term) is None:
            return False
        term = term.of
    return isinstance(term, Unknown) and term.type in ("date", "instant")


def _at(term: Term, place: Rational) -> Rational:
    """Return the least that a term comes to from a place of its fact on."""
    if isinstance(term, Moved):
        moved: Any = valued("date" if is_date(term.of) else "instant", _at(term.of, place))
        return number(shifted(moved, term.by))
    if isinstance(term, DayOf):
        instant: Any = valued("instant", _at(term.of, place))
        day = day_in(term.zone, instant).toordinal()
        # Where clocks are set back over midnight a day ends twice.
        return day - 1 if any(change > number(instant) for change in day_changes(term.zone, day)) else day
    return place


def _fact(term: Term) -> str:
    found = facts_in(term)
    if len(found) != 1:
        raise NotComparable
    return next(iter(found))
