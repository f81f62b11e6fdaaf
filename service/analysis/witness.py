"""A witness: one complete, valid case of a set, made up fact by fact. What it shows is decided elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import count, islice, product

from service.analysis.domains import Choice, Items
from service.analysis.lines import Line, valued
from service.analysis.ongoing import ONGOING, declared, since_of
from service.analysis.paths import Claimed, OneOf, Stretch, There, Way
from service.analysis.regions import Cluster
from service.analysis.stretches import Cut
from service.analysis.telling import json_of
from service.analysis.terms import Atom, Below, Has, Rational, Unknown, facts_in, number
from service.analysis.variables import Free
from service.analysis.worlds import World
from service.facts.declaration import FactSpec, Missing
from service.facts.values import Period
from service.jsontext import Json
from service.model.pack import Pack

__all__ = ["Witness", "witnesses"]

_USUAL = {"date": date(2026, 1, 1), "instant": datetime(2026, 1, 1, 12, tzinfo=UTC), "number": 0, "integer": 0}
_MOST_DIGITS = 17
_MOST_GUESSED = 48
_MOST_VALUES = 6
_LONGEST = 1000
_HOUR = 3_600_000_000
_STEPS = {"date": (1, 40, 400), "instant": (_HOUR, 48 * _HOUR, 9_600 * _HOUR), "integer": (1, 50), "number": (1, 50)}


@dataclass(frozen=True, slots=True)
class Witness:
    """A case.

    facts  nested as in a request
    as_of  RFC 3339, for packs in which that is no fact, where something rests on it
    """

    facts: Mapping[str, Json]
    as_of: str | None = None


def witnesses(world: World, path: Way, names: Collection[str]) -> Iterator[Witness]:
    """Yield cases of a path; where it is not settled which values are on it, some that may be.

    names  the facts and subjects that are to be given, beside those of which the path says something
    """
    made = _Made(world, path)
    made.pick()
    for values in islice(made.guesses(), _MOST_GUESSED):
        yield made.case(names, values)


class _Made:
    """A case in the making.

    values   of facts, as the path has them
    gone     facts and subjects that the case is without
    has      the items that lists have, and lack
    unknown  facts of which the path says something that is not settled
    sizes    numbers that are compared with something of these: lists may have as many items
    """

    def __init__(self, world: World, path: Way) -> None:
        self.world = world
        self.path = path
        self.values: dict[str, object] = {}
        self.gone: set[str] = set()
        self.has: dict[str, dict[object, bool]] = {}
        self.unknown: set[str] = set()
        self.sizes: set[int] = {0, 1, 2}

    # what the path says

    def pick(self) -> None:
        """Take values for all that is picked on the path."""
        for each in self.path:
            self._picked(each)

    def _picked(self, picked: object) -> None:
        match picked:
            case There(name=name, is_there=is_there):
                if not is_there:
                    self.gone.add(name)
            case OneOf(choice=choice, values=values, is_run=is_run):
                self.values[choice.fact] = _of_run(values) if is_run else values[0]
            case Stretch(cluster=cluster, first=first, last=last):
                (fact,) = cluster.facts
                line = self.world.ground.domains[fact]
                place = _place(line, cluster.edges[first][0], cluster.edges[last][1])  # type: ignore[arg-type]
                self.values[fact] = valued(line.type, place)  # type: ignore[union-attr]
            case Claimed(variable=Cluster() as cluster, regions=regions, claims=claims):
                self._claimed(cluster, regions, claims)
            case Claimed(variable=Free() as free):
                self.unknown |= facts_in(free.atom)

    def _claimed(self, cluster: Cluster, regions: Iterable[int], claims: Iterable[tuple[Atom, bool]]) -> None:
        points = [point for i in regions for point in cluster.regions[i].points if point]
        if points:
            point = min(points, key=_strangeness) if len(cluster.facts) == 1 else points[0]
            self.values.update(point)
            return
        for atom, truth in claims:
            if isinstance(atom, Has) and isinstance(atom.list, Unknown):
                self.has.setdefault(atom.list.fact, {})[atom.item] = truth
            else:
                self.unknown |= facts_in(atom)
            if isinstance(atom, Below):
                edge = int(-atom.sum.constant)
                self.sizes.update(size for size in (edge - 1, edge, edge + 1) if 0 <= size <= _LONGEST)

    def guesses(self) -> Iterator[Mapping[str, object]]:
        """Yield values for the facts of which it is not settled which are on the path."""
        facts = sorted(self.unknown - set(self.values))
        for values in product(*[self._some_of(fact) for fact in facts]):
            yield dict(zip(facts, values, strict=True))

    def _some_of(self, fact: str) -> list[object]:
        domain = self.world.ground.domains[fact]
        if isinstance(domain, Choice):
            return list(domain.values[:_MOST_VALUES])
        if isinstance(domain, Line):
            steps = _STEPS[domain.type]
            usual = _place(domain, Cut(domain.least), Cut(domain.most, after=True))
            places = (usual, *(usual + sign * step for step in steps for sign in (1, -1)), domain.least, domain.most)
            return [valued(domain.type, each) for each in places if domain.least <= each <= domain.most]
        spec = self.world.pack.facts.facts[fact]
        most = _LONGEST if spec.max_items is None else spec.max_items
        sizes = [size for size in sorted({*self.sizes, spec.min_items}) if spec.min_items <= size <= most]
        return [self._list(spec, size) for size in sizes]

    def _list(self, spec: FactSpec, size: int) -> object:
        if spec.type == "periods":
            has_ongoing = self.has.get(spec.path, {}).get(ONGOING, False)
            return tuple(_period(i, goes_on=has_ongoing and i == 0) for i in range(max(size, has_ongoing)))
        return tuple(_items(spec, self.has.get(spec.path, {}), size))

    # what else a case has

    def case(self, names: Collection[str], guessed: Mapping[str, object]) -> Witness:
        """Return the case, with what it leaves open filled in."""
        pack = self.world.pack
        self.values = {**self.values, **guessed}
        facts: dict[str, Json] = {}
        for subject in pack.facts.subjects:
            if subject in names and not self._is_gone(subject, pack):
                _put(facts, subject, {})
        for path, spec in pack.facts.facts.items():
            if not self._is_gone(path, pack) and (path in self._told or (path in names and _is_wanted(spec))):
                _put(facts, path, json_of(self._value(spec)))
        as_of = self._value_of("as_of") if pack.as_of_fact is None and "as_of" in names else None
        return Witness(facts, None if as_of is None else str(json_of(as_of)))

    @property
    def _told(self) -> set[str]:
        return {*map(declared, self.values), *self.has}

    def _is_gone(self, name: str, pack: Pack) -> bool:
        around: str | None = name
        while around is not None:
            if around in self.gone:
                return True
            spec = pack.facts.facts.get(around)
            around = spec.subject if spec is not None else pack.facts.subjects.get(around)
        return False

    def _value(self, spec: FactSpec) -> object:
        if isinstance(self.world.ground.domains[spec.path], Items):
            found = self.values[spec.path] if spec.path in self.values else self._list(spec, spec.min_items)
            return _begun(found, self.values.get(since_of(spec.path)))
        return self._value_of(spec.path)

    def _value_of(self, fact: str) -> object:
        if fact in self.values:
            return self.values[fact]
        domain = self.world.ground.domains[fact]
        if isinstance(domain, Choice):
            return domain.values[0]
        if isinstance(domain, Line):
            return valued(domain.type, _place(domain, Cut(domain.least), Cut(domain.most, after=True)))
        return ()


def _is_wanted(spec: FactSpec) -> bool:
    return isinstance(spec.default, Missing)


def _put(facts: dict[str, Json], path: str, value: Json) -> None:
    *around, name = path.split(".")
    here: dict[str, Json] = facts
    for each in around:
        here = here.setdefault(each, {})  # type: ignore[assignment]
    if value == {}:
        here.setdefault(name, {})
    else:
        here[name] = value


def _strangeness(point: Mapping[str, object]) -> Rational:
    """Return how far a fact's one value is from what people would think of first."""
    (value,) = point.values()
    kind = "instant" if isinstance(value, datetime) else "date" if isinstance(value, date) else "number"
    is_ordered = isinstance(value, date | int | float | Fraction) and not isinstance(value, bool)
    return abs(Fraction(number(value)) - Fraction(number(_USUAL[kind]))) if is_ordered else 0


def _of_run(values: tuple[object, ...]) -> object:
    return 0 if 0 in values else values[0]


# a round value between two


def _place(line: Line, low: Cut, high: Cut) -> Rational:
    """Return a place of a stretch, such as people would think of first."""
    usual = number(_USUAL[line.type])
    if _is_within(usual, low, high):
        return usual
    if line.is_whole:
        first, last = int(low.place) + low.after, int(high.place) - (not high.after)
        return last if first == line.least and last < usual else first
    if not low.after and (low.place != line.least or high.place > usual):
        return low.place
    return _round_between(low, high)


def _is_within(place: Rational, low: Cut, high: Cut) -> bool:
    return low <= Cut(place) and Cut(place, after=True) <= high


def _round_between(low: Cut, high: Cut) -> Rational:
    """Return the number with the fewest decimals in a stretch, near the end that is nearer to nought."""
    for digits in range(_MOST_DIGITS):
        scale = 10**digits
        above = Fraction(-(-low.place * scale // 1), scale)
        below = Fraction(high.place * scale // 1, scale)
        tried = (above, above + Fraction(1, scale), below, below - Fraction(1, scale))
        for each in sorted(tried, key=abs):
            if _is_within(each, low, high):
                return int(each) if each.denominator == 1 else each
    return high.place if high.after else Fraction(low.place + high.place) / 2


# lists


def _items(spec: FactSpec, has: Mapping[object, bool], size: int) -> Iterator[object]:
    """Yield the items of a list that has some and lacks others: so many, or more if it has more."""
    wanted = [item for item, truth in has.items() if truth]
    yield from wanted
    lacking = size - len(wanted)
    if lacking > 0:
        yield from islice(_further(spec, has, wanted, lacking), lacking)


def _further(spec: FactSpec, has: Mapping[object, bool], wanted: list[object], most: int) -> Iterator[object]:
    others = (each for each in _all_items(spec) if each not in has)
    found = list(islice(others, most))
    yield from found
    while not spec.unique and (again := [*found, *wanted]):
        yield from again


def _all_items(spec: FactSpec) -> Iterator[object]:
    if spec.choices is not None:
        yield from spec.choices
    elif spec.item_type == "string":
        yield from (f"x{i}".ljust(spec.min_length, "x") for i in count())
    else:
        yield from (_nth(spec, i) for i in count())


def _nth(spec: FactSpec, i: int) -> object:
    if spec.minimum is not None:
        step = number(spec.minimum) + i
        return int(-(-step // 1)) if spec.item_type == "integer" else step
    return i if spec.maximum is None else int(number(spec.maximum) // 1) - i


def _period(i: int, *, goes_on: bool) -> Period:
    begins = datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=i)
    return Period(begins, None if goes_on else begins + timedelta(hours=8))


def _begun(items: object, since: object) -> object:
    """Return a list in which the periods that go on do so since an instant, where one is told."""
    if not isinstance(items, tuple) or not isinstance(since, datetime):
        return items
    return tuple([Period(since, None) if isinstance(each, Period) and each.to is None else each for each in items])
