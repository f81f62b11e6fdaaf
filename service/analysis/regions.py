"""What claims about unknown dates, numbers and lists can be true together, each combination with values that show it.

Claims that share facts make a *cluster*; a combination of truths that some values of its facts have is a *region*. A
cluster whose regions can't all be shown within fixed bounds has too many: it is then not exact, and nothing is lost.
How claims of one fact are settled is in `stretches.py`, of several in `differences.py` and `linear.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from service.analysis.claims import Case, Cases, less
from service.analysis.differences import NotComparable
from service.analysis.differences import solve as solve_differences
from service.analysis.domains import can_have, room_of
from service.analysis.linear import NotLinear, Question
from service.analysis.lines import Line, line_of, shift_of, valued
from service.analysis.moves import goes_one_way, is_of_known
from service.analysis.stretches import Cut, along, is_turned
from service.analysis.terms import (
    NEVER_DUE,
    Atom,
    Below,
    ChosenOf,
    CountOf,
    DayOf,
    Doubt,
    Has,
    MostOf,
    Moved,
    MovedBy,
    Opaque,
    OpenTime,
    Product,
    Ratio,
    RoundedTo,
    Stated,
    Sum,
    TimeOf,
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

__all__ = ["Cluster", "Region", "clusters", "constant_along", "keeps_order"]

_MOST_REGIONS = 256
_MOST_LENGTH = 2**40  # more items than any list has
_MOST_QUESTIONS = 1200
_MOST_CHOSEN = 16
_MOST_SWEPT = 24
# Where to look first for two values that tell a term's values apart: in one year, whose openings are worked out once.
_NEAR = {
    "date": (date(2026, 1, 5), date(2026, 7, 7)),
    "instant": (datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 7, 7, 12, tzinfo=UTC)),
}
_STEPS = {"date": (100, 1), "instant": (100 * 86_400_000_000, 3_600_000_000), "integer": (1000, 1)}

Values: TypeAlias = Mapping[str, object]
_NOWHERE: Values = {}


@dataclass(frozen=True, slots=True)
class Region:
    """A combination of truths that can be.

    truths  of the cluster's atoms, in order
    points  values of the cluster's facts that have these truths, the ends of each stretch; none where nothing was shown
    """

    truths: tuple[bool, ...]
    points: tuple[Values, ...]


_Solve = Callable[..., "tuple[Values, bool] | None"]
"""Finds values with which claims are true, and further claims in which some facts have other values.

Where fewer claims were solved by comparisons, it goes on from the values that these have: they are the least.
"""


@dataclass(slots=True)
class Cluster:
    """Atoms that share facts, and which of them can be true together.

    cells     position in `regions` of each stretch of the one fact's values, in order; empty where they are not told
    edges     where each of these stretches begins and ends
    is_exact  whether every region is shown to be possible
    Two are equal that ask the same, whatever was found out by asking.
    """

    facts: tuple[str, ...]
    atoms: tuple[Atom, ...]
    regions: tuple[Region, ...]
    is_exact: bool = field(compare=False)
    cells: tuple[int, ...] = ()
    edges: tuple[tuple[Cut, Cut], ...] = ()
    _solve: _Solve | None = field(default=None, compare=False)
    _solve_anew: Callable[[], _Solve] | None = field(default=None, compare=False)
    _line: Line | None = field(default=None, compare=False)
    _lines: Mapping[str, Line] = field(default_factory=dict, compare=False)
    _meetings: dict[tuple[frozenset[str], int, int], bool] = field(default_factory=dict, compare=False)
    _constants: dict[tuple[int, object], tuple[bool | None, object]] = field(default_factory=dict, compare=False)
    _further: dict[tuple[int, str], Sequence[Values]] = field(default_factory=dict, compare=False)
    _nears: dict[int, Sequence[Values]] = field(default_factory=dict, compare=False)
    _questions: int = field(default=0, compare=False)

    def fresh(self) -> Cluster:
        """Return the cluster as it was before anything was asked of it."""
        solve = self._solve if self._solve_anew is None else self._solve_anew()
        return replace(self, _solve=solve, _meetings={}, _constants={}, _further={}, _nears={}, _questions=0)

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

    def _claims(self, region: int) -> list[Stated]:
        return list(zip(self.atoms, self.regions[region].truths, strict=True))

    def _asked(self, claims: Sequence[Stated], changed: Sequence[Stated], facts: frozenset[str]) -> bool:
        if self._solve is None or not self._may_ask():
            self.is_exact = False
            return True
        found = self._solve(claims, changed, facts)
        if found is not None and not found[1]:
            self.is_exact = False
        return found is not None

    def _may_ask(self) -> bool:
        """Count one more question; say whether it is not one too many."""
        self._questions += 1
        return self._questions <= _MOST_QUESTIONS

    def further_points(self, region: int, fact: str) -> Sequence[Values]:
        """Return further values that are in a region, where one fact of several is later or greater."""
        key = (region, fact)
        if key not in self._further:
            self._further[key] = list(self._later(region, fact))
        return self._further[key]

    def _later(self, region: int, fact: str) -> Iterator[Values]:
        point = next(iter(self.regions[region].points), None)
        if self._solve is None or point is None or not isinstance(point.get(fact), _PLACED):
            return
        kind = (
            "instant" if isinstance(point[fact], datetime) else "date" if isinstance(point[fact], date) else "integer"
        )
        for step in _STEPS[kind]:
            place = number(point[fact]) + step
            # Often it can be later by itself.
            if kind != "integer" and fact in self._lines and place <= self._lines[fact].most:
                moved = {**point, fact: valued(kind, place)}
                if self._has(region, moved):
                    yield moved
                    continue
            later = Below(Sum(((Unknown(fact, kind), 1),), -place))
            found = self._solve([*self._claims(region), (later, False)], (), frozenset())
            if found is not None and found[1]:
                yield found[0]

    def constant_in(self, region: int, term: object, work_out: WorkOut) -> tuple[bool | None, object]:
        """Say whether a term has one value in a region, and which; None where that was not found out.

        work_out  what works out opaque terms; what it said is remembered
        """
        key = (region, term)
        if key not in self._constants:
            self._constants[key] = self._constant(region, term, work_out)
        return self._constants[key]

    def _constant(self, region: int, term: object, work_out: WorkOut) -> tuple[bool | None, object]:
        if _constant(self._near(region), term, work_out, is_stretch=False)[0] is False:
            return False, None
        points = self.regions[region].points
        is_constant, value = _constant(points, term, work_out, is_stretch=len(self.cells) > 0)
        if is_constant is not None:
            return is_constant, value
        if not isinstance(term, _ORDERED):
            return self._varies_further(region, term, work_out), None
        others = [self._other_value(region, case) for case in _apart(term, points, work_out, self._lines)]
        if not others or None in others:
            return (False if True in others else None), None
        return (False, None) if True in others else (True, evaluated(term, points[0], work_out))

    def _near(self, region: int) -> Sequence[Values]:
        """Return two points of a region within the year that is looked at first; none where they were not found."""
        if region not in self._nears:
            self._nears[region] = self._found_near(region)
        return self._nears[region]

    def _found_near(self, region: int) -> Sequence[Values]:
        point = next(iter(self.regions[region].points), {})
        days = {fact: value.toordinal() for fact, value in point.items() if isinstance(value, date)}
        if not days or len(days) < len(point):
            return ()
        ahead = [timedelta(days=day.toordinal() - min(days.values())) for day in _NEAR["date"]]
        if max(days.values()) + ahead[-1].days > line_of("date").most:
            return ()
        found = [{fact: value + by for fact, value in point.items()} for by in ahead]  # type: ignore[operator]
        return found if all(self._has(region, each) for each in found) else ()

    def _has(self, region: int, point: Values) -> bool:
        """Say whether values are those of a case in a region; not where there are lists among them."""
        are_valid = point.keys() <= self._lines.keys() and all(
            self._lines[fact].least <= number(value) <= self._lines[fact].most for fact, value in point.items()
        )
        return are_valid and all(holds_at(atom, point) is truth for atom, truth in self._claims(region))

    def _varies_further(self, region: int, term: object, work_out: WorkOut) -> bool | None:
        """Say whether a term has another value at further points of a region: False where it has; None where not."""
        points = [*self.regions[region].points]
        if len(self.facts) > 1:
            points += [point for fact in sorted(facts_in(term)) for point in self.further_points(region, fact)]
        return _constant(points, term, work_out, is_stretch=False)[0]

    def _other_value(self, region: int, case: Case) -> bool | None:
        """Say whether a further case can be in a region; None where that was not found out."""
        claims = sorted(case, key=repr)
        if self._line is not None:
            found = along(self.facts[0], (*self.atoms, *(atom for atom, _ in claims)), self._line)
            wanted = (*self.regions[region].truths, *(truth for _, truth in claims))
            return None if found is None else wanted in found.points
        if self._solve is None or not self._may_ask():
            return None
        try:
            answer = self._solve([*self._claims(region), *claims], (), frozenset())
        except (NotComparable, NotLinear):
            return None
        return False if answer is None else answer[1] or None


_PLACED = (date, int, Decimal, Fraction)
_ORDERED = (Unknown, Moved, MovedBy, DayOf, TimeOf, CountOf, TotalOf, MostOf, Sum, Product, Ratio, RoundedTo, OpenTime)


def _apart(term: object, points: Sequence[Values], work_out: WorkOut, lines: Mapping[str, Line]) -> Sequence[Case]:
    """Return the cases in which a term is below, or above, what it comes to at a point; none if they can't be told."""
    cases = Cases({}, lines)
    try:
        value = evaluated(term, points[0], work_out)
        return [*less(term, value, cases), *less(value, term, cases)]
    except (LookupError, TypeError):
        return ()


def constant_along(line: Line, fact: str, term: object, work_out: WorkOut) -> bool | None:
    """Say whether a term has one value along the whole line of its one fact; None where that was not found out."""
    near = [{fact: value} for value in _NEAR.get(line.type, ()) if line.least <= number(value) <= line.most]
    if _constant(near, term, work_out, is_stretch=False)[0] is False:
        return False
    points = [{fact: valued(line.type, place)} for place in (line.least, line.most)]
    return _constant(points, term, work_out, is_stretch=True)[0]


def _constant(
    points: Sequence[Values], term: object, work_out: WorkOut, *, is_stretch: bool
) -> tuple[bool | None, object]:
    if not points:
        return None, None
    first: object = None
    for i, point in enumerate(points):
        try:
            value = evaluated(term, point, work_out)
        except LookupError:
            return None, None
        if i == 0:
            first = value
        elif value != first:
            return False, None
    if isinstance(first, datetime) and not isinstance(term, Opaque) and not is_of_known(term):
        return False, None  # the same moment can be written with another offset
    return (True, first) if is_stretch and keeps_order(term) else (None, None)


def keeps_order(term: object) -> bool:
    """Say whether a term goes one way along its fact, so that equal ends of a stretch leave nothing between.

    An instant moved by months does not: a month after 30 January at 18:00 is later than one after the 31st at 10:00.
    """
    if is_of_known(term):
        return goes_one_way(term)
    is_clipped = False
    while isinstance(term, Moved):
        is_clipped = is_clipped or bool(term.by.months or term.by.years)
        term = term.of
    return isinstance(term, Unknown) and not (is_clipped and term.type == "instant")


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
        yield _free(doubt, exact=len(atoms) == 1 and doubt.relation == NEVER_DUE)
    rest = [atom for atom in atoms if not isinstance(atom, Doubt)]
    for group in _joined(rest) if doubts else [rest] if rest else []:
        yield from _settled(tuple(group), lines, lists, exact=not doubts)


def _free(atom: Atom, *, exact: bool = False) -> Cluster:
    """Return a cluster of one atom that may be true or not, for all that is known; or, `exact`, as it can be."""
    return Cluster(tuple(sorted(facts_in(atom))), (atom,), _EITHER, exact)


def _settled(
    atoms: tuple[Atom, ...], lines: Mapping[str, Line], lists: Mapping[str, FactSpec], *, exact: bool
) -> Iterator[Cluster]:
    facts = tuple(sorted(frozenset().union(*map(facts_in, atoms))))
    if _chooses_too_much(atoms):
        yield from map(_free, atoms)
        return
    if len(facts) == 1 and facts[0] in lists and _is_loose(atoms, lists[facts[0]]):
        yield from (Cluster(facts, (atom,), _EITHER, exact) for atom in atoms)
        return
    made = _together(facts, atoms, lines, lists)
    if made is None:
        # Each for itself, as if it had nothing to do with the others: more is then possible than there is.
        swept = [atom for atom in atoms if _is_swept(atom, lines)]
        too_many = frozenset(swept if len(swept) > _MOST_SWEPT else ())
        yield from (_free(atom) if atom in too_many else _alone(atom, lines, lists) for atom in atoms)
        return
    made.is_exact = made.is_exact and exact
    yield made


def _is_swept(atom: Atom, lines: Mapping[str, Line]) -> bool:
    """Say whether a claim is about a date or an instant of which each value has to be looked at."""
    facts = facts_in(atom)
    line = lines.get(next(iter(facts))) if len(facts) == 1 else None
    return line is not None and isinstance(atom, Below) and not is_turned(atom, line)


def _chooses_too_much(atoms: Sequence[Atom]) -> bool:
    """Say whether more is chosen of lists of records than is gone through."""
    terms = (term for atom in atoms if isinstance(atom, Below) for term, _ in atom.sum.parts)
    chosen = {term.of for term in terms if isinstance(term, CountOf | TotalOf) and isinstance(term.of, ChosenOf)}
    return len(chosen) > _MOST_CHOSEN


def _together(
    facts: tuple[str, ...], atoms: tuple[Atom, ...], lines: Mapping[str, Line], lists: Mapping[str, FactSpec]
) -> Cluster | None:
    """Return the regions of atoms that share facts; None where they weren't found, or where no value is valid."""
    made = None
    if len(facts) == 1:
        (fact,) = facts
        made = _of_one(fact, atoms, lines[fact]) if fact in lines else _of_lengths(fact, atoms, lists[fact])
    made = made or _by_differences(facts, atoms, lines) or _by_sums(facts, atoms, lines, lists)
    return made if made is not None and made.regions else None


def _alone(atom: Atom, lines: Mapping[str, Line], lists: Mapping[str, FactSpec]) -> Cluster:
    made = _together(tuple(sorted(facts_in(atom))), (atom,), lines, lists) or _free(atom)
    made.is_exact = False
    return made


# lists of which nothing is asked but whether they have items


def _is_loose(atoms: Sequence[Atom], spec: FactSpec) -> bool:
    """Say whether a list can have any of the items that it is asked for, each whatever the others."""
    claims = [atom for atom in atoms if isinstance(atom, Has) and not facts_in(atom.item)]
    items = {atom.item for atom in claims}
    if len(claims) < len(atoms) or not all(can_have(spec, each) for each in items):
        return False
    room = room_of(spec)
    has_room = spec.max_items is None or spec.max_items >= len(items)
    # Without any of the items, so many others are needed; one of these may come again where it is no set.
    others = None if room is None else room - len(items)
    return has_room and (others is None or others >= (spec.min_items if spec.unique else min(spec.min_items, 1)))


_EITHER = (Region((True,), ()), Region((False,), ()))


def _of_lengths(fact: str, atoms: tuple[Atom, ...], spec: FactSpec) -> Cluster | None:
    """Return the regions of a list of which nothing is asked but how many items it has; None where more is."""
    count = CountOf(Unknown(fact, spec.type))
    if not all(isinstance(atom, Below) and [term for term, _ in atom.sum.parts] == [count] for atom in atoms):
        return None
    room = room_of(spec) if spec.unique else None
    most = min((each for each in (spec.max_items, room) if each is not None), default=_MOST_LENGTH)
    length = Unknown(fact, "integer")
    claims = [
        Below(Sum(((length, atom.sum.parts[0][1]),), atom.sum.constant), atom.or_zero)
        for atom in atoms
        if isinstance(atom, Below)
    ]
    found = along(fact, claims, line_of("integer", spec.min_items, most)) if spec.min_items <= most else None
    if found is None:
        return None
    return Cluster(
        (fact,), atoms, tuple(Region(truths, ()) for truths in found.points), is_exact=True, cells=found.cells
    )


# one fact


def _of_one(fact: str, atoms: tuple[Atom, ...], line: Line) -> Cluster | None:
    found = along(fact, atoms, line)
    if found is None:
        return None
    regions = tuple(Region(truths, tuple({fact: value} for value in values)) for truths, values in found.points.items())
    return Cluster(
        (fact,), atoms, regions, is_exact=True, cells=found.cells, edges=found.edges, _line=line, _lines={fact: line}
    )


# several facts


def _by_differences(facts: tuple[str, ...], atoms: tuple[Atom, ...], lines: Mapping[str, Line]) -> Cluster | None:
    if not all(fact in lines and lines[fact].type in ("date", "instant") for fact in facts):
        return None
    if not all(isinstance(atom, Below) for atom in atoms):
        return None

    def solve(
        claims: Sequence[Stated], changed: Sequence[Stated], others: frozenset[str], start: Values = _NOWHERE
    ) -> tuple[Values, bool] | None:
        places = {fact: number(value) for fact, value in start.items()}
        found = solve_differences(lines, _comparisons(claims), _comparisons(changed), others, places)
        if found is None:
            return None
        least, is_shown = found
        return {fact: valued(lines[fact].type, least.get(fact, lines[fact].least)) for fact in facts}, is_shown

    try:
        return _searched(facts, atoms, solve, lines)
    except NotComparable:
        return None


def _comparisons(claims: Sequence[Stated]) -> list[tuple[Below, bool]]:
    found = [(atom, truth) for atom, truth in claims if isinstance(atom, Below)]
    if len(found) < len(claims):
        raise NotComparable
    return found


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
    return Cluster(
        facts,
        atoms,
        regions,
        question.is_exact,
        _solve=question.fresh().solve,
        _solve_anew=lambda: question.fresh().solve,
        _lines=lines,
    )


def _is_sum(atom: Atom) -> bool:
    if isinstance(atom, Has):
        return isinstance(atom.list, Unknown) and not facts_in(atom.item)
    return isinstance(atom, Below) and all(
        isinstance(term, CountOf | TotalOf) or shift_of(term) is not None for term, _ in atom.sum.parts
    )


def _searched(
    facts: tuple[str, ...], atoms: tuple[Atom, ...], solve: _Solve, lines: Mapping[str, Line]
) -> Cluster | None:
    """Return the regions that a solver finds, one atom after the other; None where there are too many."""
    found: list[Region] = []
    exact = True
    asked = 0

    def visit(claims: list[Stated], shown: Values | None, values: Values) -> bool:
        nonlocal exact, asked
        if len(claims) == len(atoms):
            found.append(Region(tuple([truth for _, truth in claims]), (values,) if values else ()))
            return len(found) <= _MOST_REGIONS
        asked += 2
        if asked > _MOST_QUESTIONS:
            return False
        atom = atoms[len(claims)]
        # What the values that were found so far make of the next claim needs no search.
        already = None if shown is None else holds_at(atom, shown)
        for truth in (True, False):
            further = [*claims, (atom, truth)]
            answer = (values, True) if truth is already else solve(further, (), frozenset(), values)
            if answer is not None:
                exact = exact and answer[1]
                if not visit(further, answer[0] if answer[1] else None, answer[0]):
                    return False
        return True

    if not visit([], None, {}):
        return None
    return Cluster(facts, atoms, tuple(found), exact, _solve=solve, _lines=lines)
