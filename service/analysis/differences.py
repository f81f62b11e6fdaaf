"""Several unknown dates and instants that are compared with each other: can all of some claims be true at once?

Each claim says that one function of one fact is at least, or below, a function of another, or a constant. From the least
values on, each fact is raised to the first value at which a claim about it can be true: what is reached makes all of them
true, or none can be. That nothing does is so by these steps; that something does is shown by trying it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from service.analysis.lines import DAY, Line, ahead, day_changes, first_at, is_date, last_below, valued
from service.analysis.terms import Below, DayOf, Moved, Number, Term, Unknown, facts_in, holds_at, number
from service.model.working import day_in, shifted

__all__ = ["Claim", "NotComparable", "solve"]

_MOST_STEPS = 150

Claim = tuple[Below, bool]
"""A claim, and whether it is to be true."""

_Function = tuple[Hashable, Term]
"""A fact, by the name that it has among the claims, and a term that follows from it."""


class NotComparable(Exception):
    """A claim is none of one function of a fact against another."""


def solve(
    lines: Mapping[str, Line],
    claims: Sequence[Claim],
    changed: Sequence[Claim] = (),
    others: frozenset[str] = frozenset(),
) -> tuple[dict[Hashable, Number], bool] | None:
    """Return places at which all claims are true, and whether that was shown; None where there are none.

    lines    of the facts
    changed  further claims, in which the `others` among the facts have other values
    returns  places by fact, and by (fact,) for the other value of one that has such
    Raises NotComparable.
    """
    asked = [_Bound(claim, {}) for claim in claims]
    asked += [_Bound(claim, {fact: (fact,) for fact in others}) for claim in changed]
    places: dict[Hashable, Number] = {}
    most: dict[Hashable, Number] = {}
    for each in asked:
        for key, fact in each.keys():
            places[key], most[key] = lines[fact].least, lines[fact].most
    for turn in range(_MOST_STEPS):
        if turn == len(places) + 1 and _go_round(asked):
            return None
        moved = False
        for each in asked:
            for key, place in each.least(places):
                if place > most[key]:
                    return None
                if place > places[key]:
                    places[key], moved = place, True
            for key, place in each.greatest(places):
                if place < places[key]:
                    return None
        if not moved:
            return places, all(each.is_true(places, lines) for each in asked)
    return places, False


def _go_round(asked: Sequence[_Bound]) -> bool:
    """Say whether some functions would each have to be later than another in a circle, and so for ever (Bellman, Ford)."""
    gaps = [gap for each in asked if (gap := each.gap()) is not None]
    nodes = dict.fromkeys(node for earlier, later, _ in gaps for node in (earlier, later))
    # Two functions of one fact are never further apart than this.
    gaps += [
        (one, other, ahead(other[1])[0] - ahead(one[1])[1])
        for one in nodes
        for other in nodes
        if one[0] == other[0] and one != other
    ]
    reached: dict[_Function, int] = dict.fromkeys(nodes, 0)
    for _ in range(len(nodes)):
        moved = False
        for earlier, later, by in gaps:
            if reached[later] < reached[earlier] + by:
                reached[later], moved = reached[earlier] + by, True
        if not moved:
            return False
    return any(reached[later] < reached[earlier] + by for earlier, later, by in gaps)


class _Bound:
    """A claim with the facts that it is about, some of them by another name."""

    def __init__(self, claim: Claim, renames: Mapping[str, Hashable]) -> None:
        atom, self.truth = claim
        self.atom = atom
        self.constant = atom.sum.constant
        self.facts = {fact: fact for fact in facts_in(atom)}
        self._names: dict[str, Hashable] = {fact: renames.get(fact, fact) for fact in self.facts}
        parts = atom.sum.parts
        if atom.or_zero or len(parts) > 2 or parts[0][1] != 1 or not isinstance(self.constant, int):
            raise NotComparable
        if len(parts) == 2 and (parts[1][1] != -1 or _fact(parts[0][0]) == _fact(parts[1][0])):
            raise NotComparable
        self.first = parts[0][0]
        self.second = parts[1][0] if len(parts) == 2 else None

    def keys(self) -> list[tuple[Hashable, str]]:
        return [(self._names[fact], fact) for fact in self.facts]

    def _key(self, term: Term) -> Hashable:
        return self._names[_fact(term)]

    def least(self, places: Mapping[Hashable, Number]) -> list[tuple[Hashable, Number]]:
        """Return the least places that the claim leaves, given the least of the other fact."""
        if self.second is None:
            return [] if self.truth else [(self._key(self.first), _first(self.first, -self.constant))]
        raised, by = (self.second, self.first) if self.truth else (self.first, self.second)
        value = _at(by, places[self._key(by)])
        # first < second - c, or first >= second - c
        wanted = value + self.constant + 1 if self.truth else value - self.constant
        return [(self._key(raised), _first(raised, wanted))]

    def greatest(self, places: Mapping[Hashable, Number]) -> list[tuple[Hashable, Number]]:
        """Return the greatest places that the claim leaves to its one fact."""
        if self.second is not None or not self.truth:
            return []
        last = last_below(self.first, -self.constant)
        if last is None:
            raise NotComparable
        return [(self._key(self.first), last)]

    def gap(self) -> tuple[_Function, _Function, int] | None:
        """Return two functions, and by how much the second is at least after the first, in microseconds; else None."""
        if self.second is None:
            return None
        later, earlier = (self.second, self.first) if self.truth else (self.first, self.second)
        wanted = int(self.constant) + 1 if self.truth else -int(self.constant)
        unit = DAY if is_date(later) else 1
        return (self._key(earlier), earlier), (self._key(later), later), wanted * unit

    def is_true(self, places: Mapping[Hashable, Number], lines: Mapping[str, Line]) -> bool:
        values = {fact: valued(lines[fact].type, places[self._names[fact]]) for fact in self.facts}
        return holds_at(self.atom, values) is self.truth


def _first(term: Term, place: Number) -> Number:
    found = first_at(term, place)
    if found is None:
        raise NotComparable
    return found


def _at(term: Term, place: Number) -> Number:
    """Return the least that a term comes to from a place of its fact on."""
    if isinstance(term, Unknown):
        return place
    if isinstance(term, DayOf):
        instant = _at(term.of, place)
        day = number(day_in(term.zone, valued("instant", instant)))  # type: ignore[arg-type]
        # Where clocks are set back over midnight a day ends twice.
        return day - 1 if any(change > instant for change in day_changes(term.zone, int(day))) else day
    if isinstance(term, Moved):
        kind = "date" if is_date(term.of) else "instant"
        return number(shifted(valued(kind, _at(term.of, place)), term.by))  # type: ignore[type-var]
    raise NotComparable


def _fact(term: Term) -> str:
    found = facts_in(term)
    if len(found) != 1:
        raise NotComparable
    return next(iter(found))
