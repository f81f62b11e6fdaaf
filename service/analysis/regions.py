"""What claims about unknown dates, numbers and lists can be true together, each combination with a case that shows it.

Claims that share facts make a *cluster*; a combination of truths that some values of its facts have is a *region*. A cluster
whose regions can't all be shown within fixed bounds has too many: it is then not exact, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from service.analysis.differences import NotComparable
from service.analysis.differences import solve as solve_differences
from service.analysis.linear import NotLinear, Question
from service.analysis.lines import Line, line_of, shift_of, turned, valued
from service.analysis.sweeps import CannotSweep, sweep
from service.analysis.terms import (
    Atom,
    Below,
    CountOf,
    Doubt,
    Has,
    Moved,
    Number,
    Opaque,
    Sum,
    TotalOf,
    Unknown,
    WorkOut,
    evaluated,
    facts_in,
    holds_at,
    number,
)

if TYPE_CHECKING:
    from service.facts.declaration import FactSpec

__all__ = ["Cluster", "Cut", "Region", "clusters", "constant_along", "keeps_order"]

_MOST_REGIONS = 256
_MOST_CELLS = 8192
_MOST_LENGTH = 2**40  # more items than any list has
_MOST_QUESTIONS = 1200
_STEPS = {"date": (100, 1), "instant": (100 * 86_400_000_000, 3_600_000_000), "integer": (1000, 1)}

Values: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Region:
    """A combination of truths that can be.

    truths  of the cluster's atoms, in order
    points  values of the cluster's facts that have these truths, the ends of each stretch; none where nothing was shown
    """

    truths: tuple[bool, ...]
    points: tuple[Values, ...]


Claim: TypeAlias = tuple[Atom, bool]
"""An atom, and whether it is to be true."""

_Solve = Callable[[Sequence[Claim], Sequence[Claim], frozenset[str]], "tuple[Values, bool] | None"]
"""Finds values with which claims are true, and further claims in which some facts have other values."""


@dataclass(slots=True)
class Cluster:
    """Atoms that share facts, and which of them can be true together.

    cells     position in `regions` of each stretch of the one fact's values, in order; empty where there are several
    edges     where each of these stretches begins and ends
    is_exact  whether every region is shown to be possible
    """

    facts: tuple[str, ...]
    atoms: tuple[Atom, ...]
    regions: tuple[Region, ...]
    is_exact: bool
    cells: tuple[int, ...] = ()
    edges: tuple[tuple[Cut, Cut], ...] = ()
    _solve: _Solve | None = None
    _meetings: dict[tuple[frozenset[str], int, int], bool] = field(default_factory=dict)
    _questions: int = 0

    def meet(self, facts: frozenset[str], first: int, second: int) -> bool:
        """Say whether a case in one region comes into another when these of its facts change and no others."""
        if len(self.facts) == 1 or self._solve is None:
            return True
        key = (facts, first, second)
        if key not in self._meetings and self._is_kept(facts, first, second):
            self._meetings[key] = False
        if key not in self._meetings:
            before, after = self._claims(first), self._claims(second)
            kept = [claim for claim in after if facts.isdisjoint(facts_in(claim[0]))]
            changed = [claim for claim in after if not facts.isdisjoint(facts_in(claim[0]))]
            self._meetings[key] = self._asked([*before, *kept], changed, facts)
        return self._meetings[key]

    def _is_kept(self, facts: frozenset[str], first: int, second: int) -> bool:
        """Say whether two regions differ in a claim about none of these facts, which changing them can't change."""
        pairs = zip(self.atoms, self.regions[first].truths, self.regions[second].truths, strict=True)
        return any(one is not other and facts.isdisjoint(facts_in(atom)) for atom, one, other in pairs)

    def _claims(self, region: int) -> list[Claim]:
        return list(zip(self.atoms, self.regions[region].truths, strict=True))

    def _asked(self, claims: Sequence[Claim], changed: Sequence[Claim], facts: frozenset[str]) -> bool:
        self._questions += 1
        if self._questions > _MOST_QUESTIONS or self._solve is None:
            self.is_exact = False
            return True
        found = self._solve(claims, changed, facts)
        if found is not None and not found[1]:
            self.is_exact = False
        return found is not None

    def further_points(self, region: int, fact: str) -> Iterator[Values]:
        """Yield further values that are in a region, where one of several facts that has an order is later or greater."""
        point = next(iter(self.regions[region].points), None)
        if self._solve is None or point is None or not isinstance(point.get(fact), date | int | Fraction):
            return
        kind = (
            "instant" if isinstance(point[fact], datetime) else "date" if isinstance(point[fact], date) else "integer"
        )
        for step in _STEPS[kind]:
            later = Below(Sum(((Unknown(fact, kind), 1),), -(number(point[fact]) + step)))
            found = self._solve([*self._claims(region), (later, False)], (), frozenset())
            if found is not None and found[1]:
                yield found[0]

    def constant_in(self, region: int, term: object, work_out: WorkOut) -> tuple[bool | None, object]:
        """Say whether a term has one value in a region, and which; None where that was not found out."""
        points = list(self.regions[region].points)
        if len(self.facts) > 1:
            points += [point for fact in sorted(facts_in(term)) for point in self.further_points(region, fact)]
        return _constant(points, term, work_out, is_stretch=len(self.cells) > 0)


def constant_along(line: Line, fact: str, term: object, work_out: WorkOut) -> bool | None:
    """Say whether a term has one value along the whole line of its one fact; None where that was not found out."""
    points = [{fact: valued(line.type, place)} for place in (line.least, line.most)]
    return _constant(points, term, work_out, is_stretch=True)[0]


def _constant(
    points: Sequence[Values], term: object, work_out: WorkOut, *, is_stretch: bool
) -> tuple[bool | None, object]:
    values: list[object] = []
    for point in points:
        try:
            values.append(evaluated(term, point, work_out))
        except LookupError:
            return None, None
    if not values:
        return None, None
    if any(value != values[0] for value in values):
        return False, None
    if isinstance(values[0], datetime) and not isinstance(term, Opaque):
        return False, None  # the same moment can be written with another offset
    return (True, values[0]) if is_stretch and keeps_order(term) else (None, None)


def keeps_order(term: object) -> bool:
    """Say whether a term goes one way along its fact, so that equal ends of a stretch leave nothing between."""
    while isinstance(term, Moved):
        term = term.of
    return isinstance(term, Unknown)


def clusters(atoms: Iterable[Atom], lines: Mapping[str, Line], lists: Mapping[str, FactSpec]) -> list[Cluster]:
    """Return atoms in clusters, in the order in which they first share a fact.

    lines  of the facts that have an order
    lists  declarations of the facts that are lists or periods
    """
    found: list[Cluster] = []
    for group in _joined(list(dict.fromkeys(atoms))):
        found.extend(_clustered(group, lines, lists))
    return found


def _joined(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Return atoms in groups that share no fact."""
    groups: list[tuple[set[str], list[Atom]]] = []
    for atom in atoms:
        facts = set(facts_in(atom))
        together = [group for group in groups if group[0] & facts]
        groups = [group for group in groups if not group[0] & facts]
        merged = [each for group in together for each in group[1]]
        groups.append((facts.union(*(group[0] for group in together)), [*merged, atom]))
    return [group for _, group in groups]


def _clustered(atoms: list[Atom], lines: Mapping[str, Line], lists: Mapping[str, FactSpec]) -> Iterator[Cluster]:
    doubts = [atom for atom in atoms if isinstance(atom, Doubt)]
    for doubt in doubts:
        yield _free(doubt)
    rest = [atom for atom in atoms if not isinstance(atom, Doubt)]
    for group in _joined(rest) if doubts else [rest] if rest else []:
        yield from _settled(tuple(group), lines, lists, exact=not doubts)


def _free(atom: Atom, *, exact: bool = False) -> Cluster:
    """Return a cluster of one atom that may be true or not."""
    facts = tuple(sorted(facts_in(atom)))
    return Cluster(facts, (atom,), (Region((True,), ()), Region((False,), ())), exact)


def _settled(
    atoms: tuple[Atom, ...], lines: Mapping[str, Line], lists: Mapping[str, FactSpec], *, exact: bool
) -> Iterator[Cluster]:
    facts = tuple(sorted(frozenset().union(*map(facts_in, atoms))))
    if len(facts) == 1 and facts[0] in lists and _is_loose(atoms, lists[facts[0]]):
        for atom in atoms:
            yield Cluster(facts, (atom,), _loose(atom), exact)
        return
    made = _of_one(facts[0], atoms, lines) if len(facts) == 1 and facts[0] in lines else None
    if made is None and len(facts) == 1 and facts[0] in lists:
        made = _of_lengths(facts[0], atoms, lists[facts[0]])
    if made is None:
        made = _by_differences(facts, atoms, lines) or _by_sums(facts, atoms, lines, lists)
    if made is None:
        # Each for itself, as if it had nothing to do with the others: more is then possible than there is.
        yield from (_alone(atom, lines, lists) for atom in atoms)
        return
    made.is_exact = made.is_exact and exact
    yield made


def _alone(atom: Atom, lines: Mapping[str, Line], lists: Mapping[str, FactSpec]) -> Cluster:
    facts = tuple(sorted(facts_in(atom)))
    made = _of_one(facts[0], (atom,), lines) if len(facts) == 1 and facts[0] in lines else None
    made = made or _by_differences(facts, (atom,), lines) or _by_sums(facts, (atom,), lines, lists) or _free(atom)
    made.is_exact = False
    return made


# lists of which nothing is asked but whether they have items


def _is_loose(atoms: Sequence[Atom], spec: FactSpec) -> bool:
    """Say whether a list can have any of the items that it is asked for, each whatever the others."""
    if spec.type != "list" or not all(isinstance(atom, Has) and not facts_in(atom.item) for atom in atoms):
        return False
    items = {atom.item for atom in atoms if isinstance(atom, Has)}
    if any(not _can_have(spec, each) for each in items):
        return False
    has_room = spec.max_items is None or spec.max_items >= len(items)
    others = spec.choices is None or (bool(set(spec.choices) - items) and not spec.unique)
    return has_room and (spec.min_items == 0 or others)


def _can_have(spec: FactSpec, item: object) -> bool:
    if spec.choices is not None:
        return item in spec.choices
    if isinstance(item, str):
        return (
            spec.item_type == "string"
            and spec.min_length <= len(item)
            and (spec.max_length is None or len(item) <= spec.max_length)
        )
    if spec.item_type == "string" or (spec.item_type == "integer" and Fraction(item).denominator != 1):  # type: ignore[arg-type]
        return False
    return (spec.minimum is None or item >= spec.minimum) and (spec.maximum is None or item <= spec.maximum)  # type: ignore[operator]


def _loose(atom: Atom) -> tuple[Region, Region]:
    return Region((True,), ()), Region((False,), ())


def _of_lengths(fact: str, atoms: tuple[Atom, ...], spec: FactSpec) -> Cluster | None:
    """Return the regions of a list of which nothing is asked but how many items it has; None where more is."""
    count = CountOf(Unknown(fact, spec.type))
    if not all(isinstance(atom, Below) and [term for term, _ in atom.sum.parts] == [count] for atom in atoms):
        return None
    room = len(spec.choices) if spec.unique and spec.choices is not None else None
    most = min((each for each in (spec.max_items, room) if each is not None), default=_MOST_LENGTH)
    length = Unknown(fact, "integer")
    claims = tuple(
        Below(Sum(((length, atom.sum.parts[0][1]),), atom.sum.constant), atom.or_zero)
        for atom in atoms
        if isinstance(atom, Below)
    )
    line = line_of("integer", spec.min_items, most)
    found = _of_one(fact, claims, {fact: line}) if spec.min_items <= most else None
    if found is None:
        return None
    return Cluster(
        found.facts, atoms, tuple(Region(each.truths, ()) for each in found.regions), found.is_exact, found.cells
    )


# one fact


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """A place at which something changes: just before the value there, or just after it."""

    place: Number
    after: bool = False


def _of_one(fact: str, atoms: tuple[Atom, ...], lines: Mapping[str, Line]) -> Cluster | None:
    line = lines[fact]
    cuts: set[Cut] = set()
    for atom in atoms:
        found = _cuts(atom, line)
        if found is None:
            return _swept(fact, atoms, line)
        cuts.update(found)
    inner = sorted(cut for cut in cuts if Cut(line.least) < cut < Cut(line.most, after=True))
    if len(inner) > _MOST_CELLS:
        return None
    edges = [Cut(line.least), *inner, Cut(line.most, after=True)]
    stretches = {
        between: ends for between in zip(edges, edges[1:], strict=False) if (ends := _ends(line, *between)) is not None
    }
    return replace(_along(fact, atoms, line, list(stretches.values())), edges=tuple(stretches))


def _ends(line: Line, low: Cut, high: Cut) -> tuple[Number, Number] | None:
    """Return two values of a stretch, the least and the greatest where it has such; None where it is empty."""
    if line.is_whole:
        first = low.place + 1 if low.after else low.place
        last = high.place if high.after else high.place - 1
        return (first, last) if first <= last else None
    first = _inside(low.place, high.place) if low.after else low.place
    last = high.place if high.after else _inside(high.place, first)
    return first, last


def _inside(edge: Number, other: Number) -> Number:
    """Return a value between two, near the first and round where it can be."""
    step = 1 if other > edge else -1
    near = edge // 1 + step if (edge + step - other) * step < 0 else None
    if near is not None and (near - edge) * step > 0 and (other - near) * step > 0:
        return near
    middle = (Fraction(edge) + other) / 2
    return int(middle) if middle.denominator == 1 else middle


def _along(fact: str, atoms: tuple[Atom, ...], line: Line, stretches: Sequence[tuple[Number, Number]]) -> Cluster:
    regions: dict[tuple[bool, ...], list[Values]] = {}
    order: list[tuple[bool, ...]] = []
    columns = [_truths_along(atom, fact, line, stretches) for atom in atoms]
    for i, (first, last) in enumerate(stretches):
        truths = tuple([column[i] for column in columns])
        points = regions.setdefault(truths, [])
        points.extend({fact: valued(line.type, place)} for place in dict.fromkeys((first, last)))
        order.append(truths)
    position = {truths: i for i, truths in enumerate(regions)}
    found = tuple(Region(truths, tuple(points)) for truths, points in regions.items())
    return Cluster((fact,), atoms, found, is_exact=True, cells=tuple(position[truths] for truths in order))


def _truths_along(atom: Atom, fact: str, line: Line, stretches: Sequence[tuple[Number, Number]]) -> list[bool]:
    """Return whether an atom is true in each stretch; of a plain comparison by its place alone."""
    if isinstance(atom, Below) and len(atom.sum.parts) == 1 and isinstance(atom.sum.parts[0][0], Unknown):
        edge, times = -atom.sum.constant, atom.sum.parts[0][1]
        if times == 1:
            return [first <= edge if atom.or_zero else first < edge for first, _ in stretches]
    found: list[bool] = []
    cuts = [cut.place for cut in _cuts(atom, line) or ()]
    for first, _ in stretches:
        within = sum(place <= first for place in cuts)
        if found and within == before:  # noqa: F821 - set below
            found.append(found[-1])
        else:
            found.append(holds_at(atom, {fact: valued(line.type, first)}))
        before = within  # noqa: F841 - read above
    return found


def _cuts(atom: Atom, line: Line) -> list[Cut] | None:
    """Return where along its one fact an atom may change; None where that can't be turned round."""
    if not isinstance(atom, Below):
        return None
    parts = atom.sum.parts
    if len(parts) == 1 and parts[0][1] == 1 and not isinstance(parts[0][0], Unknown):
        places = turned(parts[0][0], -(atom.sum.constant // 1))
        return None if places is None else [Cut(place) for place in places]
    ahead = 0
    times: Number = 0
    for term, each in parts:
        offset = shift_of(term)
        if offset is None:
            return None
        ahead += offset * each  # type: ignore[assignment]
        times += each
    if times == 0:
        return []
    edge = Fraction(-(atom.sum.constant + ahead)) / times
    if line.is_whole:
        # Claims of whole numbers change between two: below or not above the edge, whichever way they go.
        return [Cut(edge // 1), Cut(edge // 1 + 1)]
    place = int(edge) if edge.denominator == 1 else edge
    return [Cut(place), Cut(place, after=True)]


def _swept(fact: str, atoms: tuple[Atom, ...], line: Line) -> Cluster | None:
    """Return the regions of a fact of which several functions meet: by looking at each of its values."""
    if not all(isinstance(atom, Below) for atom in atoms):
        return None
    if line.type == "date":
        try:
            found = sweep(line, atoms)  # type: ignore[arg-type]
        except CannotSweep:
            return None
        return _of_stretches(fact, atoms, line, found)
    return _by_offsets(fact, atoms, line) if line.type == "instant" else None


def _of_stretches(
    fact: str, atoms: tuple[Atom, ...], line: Line, found: Mapping[tuple[bool, ...], Sequence[tuple[int, int]]]
) -> Cluster:
    regions = tuple(
        Region(truths, tuple({fact: valued(line.type, place)} for ends in stretches for place in dict.fromkeys(ends)))
        for truths, stretches in found.items()
    )
    return Cluster((fact,), atoms, regions, is_exact=True)


def _by_offsets(fact: str, atoms: tuple[Atom, ...], line: Line) -> Cluster | None:
    """Return the regions of an instant that is moved by months: the clock that moves is that of its offset."""
    return None


# several facts


def _by_differences(facts: tuple[str, ...], atoms: tuple[Atom, ...], lines: Mapping[str, Line]) -> Cluster | None:
    if not all(fact in lines and lines[fact].type in ("date", "instant") for fact in facts):
        return None
    if not all(isinstance(atom, Below) for atom in atoms):
        return None

    def solve(claims: Sequence[Claim], changed: Sequence[Claim], others: frozenset[str]) -> tuple[Values, bool] | None:
        found = solve_differences(lines, claims, changed, others)  # type: ignore[arg-type]
        if found is None:
            return None
        places, is_shown = found
        return {fact: valued(lines[fact].type, places.get(fact, lines[fact].least)) for fact in facts}, is_shown

    try:
        return _searched(facts, atoms, solve)
    except NotComparable:
        return None


def _by_sums(
    facts: tuple[str, ...], atoms: tuple[Atom, ...], lines: Mapping[str, Line], lists: Mapping[str, FactSpec]
) -> Cluster | None:
    if not all(_is_sum(atom) for atom in atoms):
        return None
    question = Question(
        {fact: lines[fact] for fact in facts if fact in lines},
        {fact: lists[fact] for fact in facts if fact in lists},
        atoms,
    )

    try:
        found = question.regions(_MOST_REGIONS)
    except NotLinear:
        return None
    if found is None:
        return None
    regions = tuple(Region(truths, (values,) if values else ()) for truths, (values, _) in found)
    return Cluster(facts, atoms, regions, question.is_exact, _solve=question.solve)


def _is_sum(atom: Atom) -> bool:
    if isinstance(atom, Has):
        return isinstance(atom.list, Unknown) and not facts_in(atom.item)
    return isinstance(atom, Below) and all(
        isinstance(term, CountOf | TotalOf) or shift_of(term) is not None for term, _ in atom.sum.parts
    )


def _searched(facts: tuple[str, ...], atoms: tuple[Atom, ...], solve: _Solve) -> Cluster | None:
    """Return the regions that a solver finds, one atom after the other; None where there are too many."""
    found: list[Region] = []
    exact = True
    asked = 0

    def visit(claims: list[Claim], values: Values) -> bool:
        nonlocal exact, asked
        if len(claims) == len(atoms):
            found.append(Region(tuple(truth for _, truth in claims), (values,) if values else ()))
            return len(found) <= _MOST_REGIONS
        asked += 2
        if asked > _MOST_QUESTIONS:
            return False
        for truth in (True, False):
            answer = solve([*claims, (atoms[len(claims)], truth)], (), frozenset())
            if answer is not None:
                exact = exact and answer[1]
                if not visit([*claims, (atoms[len(claims)], truth)], answer[0]):
                    return False
        return True

    if not visit([], {}):
        return None
    return Cluster(facts, atoms, tuple(found), exact, _solve=solve)
