"""A case with unknown facts as all that it could still be: every name a diagram over what is unknown.

A fact with few values is a variable of its own. Dates, instants, numbers and lists are terms; what is asked of them is
gathered first, and which claims can be true together (`regions.py`) makes a variable for each cluster of claims.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product
from math import prod

from service.analysis.diagrams import Diagram, Diagrams
from service.analysis.domains import Choice, Domain, Items, domains, texts_among
from service.analysis.lines import Line, line_of, valued
from service.analysis.reach import Reach
from service.analysis.regions import Cluster, clusters, constant_along
from service.analysis.terms import (
    Atom,
    CountOf,
    DayOf,
    Doubt,
    Has,
    Moved,
    Opaque,
    Sum,
    TotalOf,
    Unknown,
    below,
    evaluated,
    facts_in,
    is_symbolic,
    summed,
    terms_in,
)
from service.model.conditions import OPERATORS, All, AnyOf, Condition, Not, Ref, Test, holds
from service.model.derivations import (
    Counted,
    DayIn,
    DaysBetween,
    Derived,
    Extreme,
    Holds,
    Shifted,
    Summed,
    SummedList,
)
from service.model.hits import Resolution, fill, resolve
from service.model.names import Applying, Key, Own
from service.model.outcomes import Template, copied_in
from service.model.pack import Clock, Copy, Decision, Group, Pack
from service.model.parts import part_gives, part_reads
from service.model.values import ABSENT, CONFLICT
from service.model.working import run_clock, run_copy, worked_out

__all__ = ["Free", "Given", "Ground", "Variable", "World"]

_MOST_COMBINATIONS = 4096
_MOST_REMEMBERED = 65536
_CLOCK_STEPS = 20
_MOST_TRIED = 27
_ALL = line_of("instant")


class Ground:
    """What stands ready for a pack: what rests on what, what each fact might be, what hits come to.

    domains  of every fact
    ranks    of the variables that facts are, in the order in which they are first read
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.reach = Reach(pack)
        self.domains: Mapping[str, Domain] = domains(pack)
        self.ranks = {fact: 2 * i + 1 for i, fact in enumerate(self.reach.first_read)}
        self.whole = {
            spec.path: spec.type == "integer" or spec.item_type == "integer" for spec in pack.facts.facts.values()
        }
        self._resolutions: dict[tuple[Group, int], Resolution] = {}

    def resolution(self, group: Group, bits: int) -> Resolution:
        """Return what rules that hold, by their positions as bits, come to."""
        key = (group, bits)
        found = self._resolutions.get(key)
        if found is None:
            if len(self._resolutions) >= _MOST_REMEMBERED:
                self._resolutions.clear()
            found = self._resolutions[key] = resolve(group, _positions(bits))
        return found


@dataclass(frozen=True, slots=True)
class Given:
    """The variable that says whether a case has a fact or subject at all."""

    name: str


@dataclass(frozen=True, slots=True)
class Free:
    """The variable of a claim about which nothing is known."""

    atom: Atom


Variable = Choice | Cluster | Given | Free


class World:
    """What is known of a case, and what of it could be, as far as one decision asks.

    Each decision has a world of its own: what it comes to must not hang on what else somebody asks.
    env       values by name: facts (None for none), `as_of` and `today`, members of decisions that are settled
    anything  whether facts that can be none are variables too, as where a pack is checked for all cases
    part      the one part that is asked for, where that is not the whole decision: which of its rules hold, and
    compared  whether what they give is compared as well
    """

    def __init__(
        self,
        ground: Ground,
        decision: Decision,
        env: Mapping[Key, object],
        *,
        bound: int,
        anything: bool = False,
        part: Group | None = None,
        compared: bool = False,
    ) -> None:
        self.ground = ground
        self.pack = ground.pack
        self.reach = ground.reach
        self.env = env
        self.anything = anything
        self.space = Diagrams(bound)
        self.variables: dict[int, Variable] = {}
        self._domains: dict[str, Choice] = {}
        self._by_atom: dict[Atom, tuple[int, int]] = {}  # atom -> rank of its cluster, and its place in that
        self._by_fact: dict[str, list[int]] = {}  # fact -> ranks of the clusters that it is in
        self._memo: dict[Hashable, Diagram] = {}
        self._free = 2 * len(ground.ranks) + 2
        self._texts = [
            value
            for fact, domain in ground.domains.items()
            if isinstance(domain, Choice) and domain.meets and isinstance(value := env.get(fact), str)
        ]
        self._prepare(decision, part, compared=compared)

    # what is asked of terms, before any diagram is made

    def _prepare(self, decision: Decision, part: Group | None, *, compared: bool) -> None:
        """Find what a decision, or one part of it, asks of terms, and which of it can be true together."""
        atoms: dict[Atom, None] = {}
        gathering = _Gathering(self, atoms)
        if part is None:
            gathering.decision(decision)
        else:
            gathering.part(part, compared=compared)
        lines = {fact: each for fact, each in self.ground.domains.items() if isinstance(each, Line)}
        lists = {fact: each.spec for fact, each in self.ground.domains.items() if isinstance(each, Items)}
        for cluster in clusters(atoms, lines, lists):
            rank = self._rank_of(cluster)
            self.variables[rank] = cluster
            for place, atom in enumerate(cluster.atoms):
                self._by_atom[atom] = (rank, place)
            for fact in cluster.facts:
                self._by_fact.setdefault(fact, []).append(rank)

    def _rank_of(self, cluster: Cluster) -> int:
        # Whether a case has the facts at all is asked before what is so of them.
        order = max if self.anything else min
        rank = order(self.ground.ranks[fact] for fact in cluster.facts)
        if rank in self.variables:
            self._free += 1
            return self._free
        return rank

    # what is worked out once

    def _once(self, key: Hashable, make: Callable[[], Diagram]) -> Diagram:
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = make()
        return found

    def value(self, name: Key) -> Diagram:
        """Return the values that a name could have."""
        if name in self.env:
            return self.space.leaf(self.env[name])  # type: ignore[arg-type]
        return self._once(name, lambda: self._value(name))

    def _value(self, name: Key) -> Diagram:
        if isinstance(name, Applying):
            applies = self.pack.decisions[name.name].applies
            return self.space.true if applies is None else self.truth(applies.when)
        if isinstance(name, Own):
            return self._given(name)
        if name == "today":
            return self.space.apply(lambda value: _day(value, str(self.pack.dates_in)), self.value("as_of"))
        if name == "as_of" and self.pack.as_of_fact is not None:
            return self.value(self.pack.as_of_fact)
        if name in self.pack.derived:
            return self._derived(self.pack.derived[name])
        if self.reach.is_member(name):
            return self._member(name)
        return self._fact(name)

    def _fact(self, name: str) -> Diagram:
        if name in self.pack.facts.subjects:
            there = self._variable(self.ground.ranks[name], Given(name), (True, None))
            return self._within(self.pack.facts.subjects[name], there)
        domain = self._domain(name)
        value = self._known_kind(name, domain)
        spec = self.pack.facts.facts.get(name)
        if not self.anything or spec is None:
            return value
        if spec.absent_is_none:
            there = self._variable(self.ground.ranks[name] - 1, Given(name), (True, None))
            value = self.space.choose(self.space.apply(bool, there), value, self.space.leaf(None))
        return self._within(spec.subject, value)

    def _known_kind(self, name: str, domain: Domain) -> Diagram:
        if isinstance(domain, Choice):
            return self._variable(self.ground.ranks[name], domain, domain.values)
        return self.space.leaf(Unknown(name, domain.type if isinstance(domain, Line) else domain.spec.type))

    def _within(self, subject: str | None, value: Diagram) -> Diagram:
        if subject is None:
            return value
        return self.space.choose(self.space.apply(bool, self.value(subject)), value, self.space.leaf(None))

    def _domain(self, fact: str) -> Domain:
        domain = self.ground.domains[fact]
        if isinstance(domain, Choice) and domain.meets and self._texts:
            if fact not in self._domains:
                self._domains[fact] = texts_among(domain, self.pack.facts.facts[fact], self._texts)
            return self._domains[fact]
        return domain

    def _variable(self, rank: int, variable: Variable, values: Sequence[object]) -> Diagram:
        self.variables[rank] = variable
        return self.space.node(rank, [self.space.leaf(value) for value in values])  # type: ignore[arg-type]

    # claims

    def _atom(self, atom: Atom) -> Diagram:
        """Return where a claim is true: in some regions of its cluster, or nobody knows."""
        found = self._by_atom.get(atom)
        if found is None:
            self._free += 1
            found = self._by_atom[atom] = (self._free, 0)
            self.variables[self._free] = Free(atom)
        rank, place = found
        variable = self.variables[rank]
        if isinstance(variable, Cluster):
            return self.space.node(rank, [self.space.truth(region.truths[place]) for region in variable.regions])
        return self.space.node(rank, [self.space.true, self.space.false])

    def truth(self, condition: Condition) -> Diagram:
        """Return where a condition holds."""
        space = self.space
        settled = holds(condition, self.env)
        if settled is not None:
            return space.truth(settled)
        if isinstance(condition, Not):
            return space.negate(self.truth(condition.part))
        if isinstance(condition, Test):
            return self._judged(condition)
        join, found = (space.either, space.false) if isinstance(condition, AnyOf) else (space.both, space.true)
        for part in condition.parts:
            found = join(found, self.truth(part))
        return found

    def same(self, one: object, other: object) -> Diagram:
        """Return where two results, terms among them, are the same."""
        return self._all_same([one, other])

    def _judged(self, test: Test) -> Diagram:
        value = self.value(test.name)
        if isinstance(test.operand, Ref):
            return self.space.bind(
                lambda one, other: self._claim(test.op, one, other), value, self.value(test.operand.name)
            )
        return self.space.bind(lambda one: self._claim(test.op, one, test.operand), value)

    def _claim(self, op: str, value: object, other: object) -> Diagram:
        """Return where a relation holds of two results."""
        if not is_symbolic(value) and not is_symbolic(other):
            return self.space.truth(OPERATORS[op](value, other))
        return _relation(op, value, other, _Diagrammed(self))

    # derived facts

    def _derived(self, derived: Derived) -> Diagram:
        how = derived.how
        if isinstance(how, Holds):
            return self.truth(how.condition)
        if isinstance(how, Extreme):
            return self._extreme(how)
        return self.space.apply(lambda *values: _followed(how, values), *[self.value(name) for name in derived.inputs])

    def _extreme(self, how: Extreme) -> Diagram:
        found = self.space.leaf(None)
        for name in how.inputs:
            found = self.space.bind(
                lambda best, one: self._better(best, one, latest=how.latest), found, self.value(name)
            )
        return found

    def _better(self, best: object, one: object, *, latest: bool) -> Diagram:
        space = self.space
        if best is None or one is None:
            return space.leaf(one if best is None else best)  # type: ignore[arg-type]
        if not is_symbolic(best) and not is_symbolic(one):
            return space.leaf(max(best, one) if latest else min(best, one))  # type: ignore[type-var]
        worse = self._claim("less_than", best, one) if latest else self._claim("less_than", one, best)
        return space.choose(worse, space.leaf(one), space.leaf(best))  # type: ignore[arg-type]

    # members

    def _member(self, name: str) -> Diagram:
        """Return a member as others read it: none where its decision does not apply or has no outcome."""
        decision = self.reach.decision_of(name)
        space, none = self.space, self.space.leaf(None)
        found = self.value(Own(name))
        for required in self.reach.required(decision):
            if required.name != name:
                there = space.apply(lambda value: value is not None, self.value(Own(required.name)))
                found = space.choose(there, found, none)
        return space.choose(self.value(Applying(decision.id)), found, none)

    def _given(self, own: Own) -> Diagram:
        """Return an own member of a decision from the part that gives it."""
        part = self.reach.part_of(own)
        decision = self.reach.decision_of(own.name)
        if isinstance(part, Copy):
            return self._copied(part)
        position = part_gives(part).index(own.name[len(decision.id) + 1 :])
        return self.space.apply(lambda given: given[position], self._part(part))

    def _copied(self, part: Copy) -> Diagram:
        if part.source is None:
            return self.space.leaf(part.always)  # type: ignore[arg-type]
        source = part.source
        return self.space.bind(lambda value: self._translated(part, source, value), self.value(source))

    def _translated(self, part: Copy, source: Key, value: object) -> Diagram:
        space = self.space
        if not is_symbolic(value) or part.labels is None:
            return space.leaf(_none_if_absent(run_copy(part, {source: value})))
        found: Diagram = space.leaf(None)
        for key, label in part.labels.items():
            if isinstance(key, int | float | Fraction | date) and not isinstance(key, bool):
                found = space.choose(self._claim("equals", value, key), space.leaf(label), found)  # type: ignore[arg-type]
        return found

    def _part(self, part: Group | Clock) -> Diagram:
        """Return what a part gives, as tuples of its members' values."""
        return self._once(part, lambda: self._group(part) if isinstance(part, Group) else self._clock(part))

    def _group(self, group: Group) -> Diagram:
        copied = tuple(
            sorted({name for rule in group.rules for value in rule.then.values() for name in copied_in(value)})
        )

        def outcome(hits: int, *values: object) -> Diagram:
            resolution = self.ground.resolution(group, hits)
            known = dict(zip(copied, values, strict=True))
            if any(map(is_symbolic, values)):
                resolution, agreed = self._agreed(group, resolution, known)
                given = fill(group, resolution, known)
                told = self.space.leaf(tuple(_none_if_absent(given.get(member, ABSENT)) for member in group.gives))
                return self._where_agreed(group, told, agreed)
            given = fill(group, resolution, known)
            return self.space.leaf(tuple(_none_if_absent(given.get(member, ABSENT)) for member in group.gives))

        return self.space.bind(outcome, self.hits(group), *[self.value(name) for name in copied])

    def _agreed(
        self, group: Group, resolution: Resolution, known: Mapping[Key, object]
    ) -> tuple[Resolution, dict[str, Diagram]]:
        """Return a resolution with one value a member, and where those that rules give for it are the same."""
        if resolution.settled is not None or group.policy == "unique":
            return resolution, {}
        offered = dict(resolution.offered)
        agreed: dict[str, Diagram] = {}
        for member, values in resolution.offered.items():
            if member in group.lists and group.policy == "collect":
                continue
            filled_in = [
                fill(group, Resolution((0,), (), {member: (value,)}, None), known).get(member) for value in values
            ]
            distinct = list(dict.fromkeys(filled_in))
            if len(distinct) > 1 and any(map(is_symbolic, distinct)):
                agreed[member] = self._all_same(distinct)
                offered[member] = values[:1]
        return Resolution(resolution.winners, resolution.overruled, offered, None), agreed

    def _all_same(self, values: Sequence[object]) -> Diagram:
        found: Diagram = self.space.true
        for value in values[1:]:
            same = self.space.truth(False) if ABSENT in (value, values[0]) else self._claim("equals", values[0], value)
            found = self.space.both(found, same)
        return found

    def _where_agreed(self, group: Group, told: Diagram, agreed: Mapping[str, Diagram]) -> Diagram:
        for member, where in agreed.items():
            place = group.gives.index(member)
            without = self.space.apply(lambda given, i=place: (*given[:i], None, *given[i + 1 :]), told)  # type: ignore[misc]
            told = self.space.choose(where, told, without)
        return told

    def hits(self, group: Group) -> Diagram:
        """Return which rules of a group could hold together, as bit sets of their positions."""
        return self._once(("hits", group), lambda: self._hits(group))

    def _hits(self, group: Group) -> Diagram:
        return self.space.together([self.truth(rule.when) for rule in group.rules])

    def _clock(self, clock: Clock) -> Diagram:
        names = part_reads(clock)

        def counted(*values: object) -> Hashable:
            if any(map(is_symbolic, values)):
                return self._to_come(clock, names, values)
            self.space.work += _CLOCK_STEPS
            given = run_clock(clock, self.pack, dict(zip(names, values, strict=True)))
            return tuple(given.get(member) for member in clock.gives.values())

        return self.space.apply(counted, *[self.value(name) for name in names])

    @staticmethod
    def _to_come(clock: Clock, names: Sequence[Key], values: tuple[object, ...]) -> tuple[object, ...]:
        roles = {**clock.fixed, **{role: values[names.index(name)] for role, name in clock.inputs.items()}}
        if any(roles.get(each) is None for each in ("starts", "amount", "unit", "calendar")):
            return (None,) * len(clock.gives)
        return tuple(Opaque((clock, result), values) for result in clock.gives)

    def work_out(self, term: Opaque, values: tuple[object, ...]) -> object:
        """Return what a clock's result comes to from the values of its inputs."""
        clock, result = term.of
        if not isinstance(clock, Clock):
            raise LookupError(term)
        given = run_clock(clock, self.pack, dict(zip(part_reads(clock), values, strict=True)))
        return given.get(clock.gives[str(result)])

    # what a decision comes to

    def settled_where_constant(self, value: Diagram) -> Diagram:
        """Return a diagram with terms replaced by the one value that they have in a region, where they have one."""
        return self.space.bind(self._settled, value)

    def _settled(self, value: object) -> Diagram:
        found: Diagram = self.space.leaf(value)  # type: ignore[arg-type]
        if not is_symbolic(value):
            return found
        for rank in sorted({rank for fact in facts_in(value) for rank in self._by_fact.get(fact, ())}):
            cluster = self.variables[rank]
            if isinstance(cluster, Cluster) and len(cluster.facts) == 1 and set(cluster.facts) == facts_in(value):
                children = [self._in_region(cluster, i, value) for i in range(len(cluster.regions))]
                return self.space.node(rank, children)
        return found

    def _in_region(self, cluster: Cluster, region: int, value: object) -> Diagram:
        is_constant, constant = cluster.constant_in(region, value, self.work_out)
        return self.space.leaf(constant if is_constant else value)  # type: ignore[arg-type]

    def doubts(self, value: object) -> bool:
        """Say whether it was not found out if a term in a result has several values."""
        return any(self._doubts(term) for term in terms_in(value))

    def _doubts(self, term: object) -> bool:
        facts = facts_in(term)
        if isinstance(term, Opaque) and (len(facts) > 1 or isinstance(self.ground.domains[next(iter(facts))], Items)):
            return not self._differs(term, sorted(facts))
        if len(facts) != 1:
            return not isinstance(term, Sum)
        (fact,) = facts
        domain = self.ground.domains[fact]
        if not isinstance(domain, Line):
            return False
        ranks = self._by_fact.get(fact, [])
        if not ranks:
            return constant_along(domain, fact, term, self.work_out) is not False
        checked = [
            each.constant_in(i, term, self.work_out)[0]
            for rank in ranks
            if isinstance(each := self.variables[rank], Cluster)
            for i in range(len(each.regions))
        ]
        return None in checked and not isinstance(term, Unknown)

    def _differs(self, term: Opaque, facts: Sequence[str]) -> bool:
        """Say whether some values were found between which each of several facts changes a term by itself."""
        ways = {fact: self._few_of(fact) for fact in facts}
        points = [dict(zip(facts, values, strict=True)) for values in product(*ways.values())][:_MOST_TRIED]
        found = {tuple(point.items()): evaluated(term, point, self.work_out) for point in points}
        return all(
            any(
                found.get(tuple({**point, fact: other}.items()), found[tuple(point.items())])
                != found[tuple(point.items())]
                for point in points
                for other in ways[fact]
            )
            for fact in facts
        )

    def _few_of(self, fact: str) -> list[object]:
        domain = self.ground.domains[fact]
        if isinstance(domain, Line):
            cluster = next(
                (c for r in self._by_fact.get(fact, ()) if isinstance(c := self.variables[r], Cluster)), None
            )
            points = (
                [] if cluster is None else [p[fact] for region in cluster.regions for p in region.points if fact in p]
            )
            return points[:3] or [valued(domain.type, place) for place in (domain.least, domain.most)]
        if isinstance(domain, Items) and domain.spec.type == "periods":
            return [(), ((valued("instant", _ALL.least), valued("instant", _ALL.most)),)]
        return [(), (1,)]


def _day(value: object, zone: str) -> Hashable:
    if value is None:
        return None
    return DayOf(value, zone) if is_symbolic(value) else worked_out(DayIn("as_of", zone), value)  # type: ignore[arg-type, return-value]


def _followed(how: object, values: tuple[object, ...]) -> Hashable:  # noqa: PLR0911 - one for each way of deriving
    """Return what a way of deriving makes of values, terms among them."""
    if not any(map(is_symbolic, values)):
        return worked_out(how, *values)  # type: ignore[arg-type, return-value]
    if None in values:
        return None
    match how, values:
        case Shifted(by=by), (value,):
            return Moved(value, by)  # type: ignore[arg-type]
        case DayIn(zone=zone), (value,):
            return DayOf(value, zone)  # type: ignore[arg-type]
        case Counted(of=wanted), (value,):
            return CountOf(value, wanted)  # type: ignore[arg-type]
        case SummedList(), (value,):
            return TotalOf(value)  # type: ignore[arg-type]
        case Summed(constant=constant), _:
            return summed([(value, 1) for value in values], constant)  # type: ignore[arg-type]
        case DaysBetween(), (first, last):
            return summed([(last, 1), (first, -1)])
    raise TypeError(how)


class _Diagrammed:
    """Claims as diagrams."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.space = world.space
        self.whole = world.ground.whole

    def atom(self, atom: Atom) -> Diagram:
        return self._world._atom(atom)  # noqa: SLF001 - a part of the world

    def truth(self, value: bool) -> Diagram:
        return self.space.truth(value)

    def negate(self, one: Diagram) -> Diagram:
        return self.space.negate(one)

    def both(self, one: Diagram, other: Diagram) -> Diagram:
        return self.space.both(one, other)

    def either(self, one: Diagram, other: Diagram) -> Diagram:
        return self.space.either(one, other)


class _Listed:
    """Claims as nothing but a list of what was asked."""

    def __init__(self, atoms: dict[Atom, None], whole: Mapping[str, bool]) -> None:
        self._atoms = atoms
        self.whole = whole

    def atom(self, atom: Atom) -> None:
        self._atoms[atom] = None

    def truth(self, value: bool) -> None:
        pass

    def negate(self, one: None) -> None:
        pass

    def both(self, one: None, other: None) -> None:
        pass

    def either(self, one: None, other: None) -> None:
        pass


def _relation(op: str, value: object, other: object, claims):  # noqa: ANN001, ANN202, PLR0911, C901
    """Return what a relation says of two results of which one at least is a term, made of claims."""
    if value is None:
        return claims.truth(False)
    if op == "known":
        return claims.truth(True)
    if op == "empty":
        return claims.negate(_less(0, CountOf(value), claims))  # type: ignore[arg-type]
    if other is None:
        return claims.truth(False)
    if op == "less_than":
        return _less(value, other, claims)
    if op == "at_most":
        return claims.negate(_less(other, value, claims))
    if op == "equals":
        return _same(value, other, claims)
    if op in ("one_of", "in"):
        return _among(value, other, claims)
    if isinstance(value, Unknown) and not is_symbolic(other):
        join, found = (claims.both, claims.truth(True)) if op == "includes" else (claims.either, claims.truth(False))
        for item in other:  # type: ignore[attr-defined]
            found = join(found, claims.atom(Has(value, item)))
        return found
    return claims.atom(Doubt(op, (value, other)))


def _less(first: object, second: object, claims):  # noqa: ANN001, ANN202
    claim, straight = below(first, second, whole=claims.whole)
    if isinstance(claim, bool):
        return claims.truth(claim)
    return claims.atom(claim) if straight else claims.negate(claims.atom(claim))


def _same(value: object, other: object, claims):  # noqa: ANN001, ANN202
    if value == other:
        return claims.truth(True)
    if _is_ordered(value) and _is_ordered(other):
        return claims.both(claims.negate(_less(value, other, claims)), claims.negate(_less(other, value, claims)))
    return claims.atom(Doubt("equals", tuple(sorted((value, other), key=repr))))


def _among(value: object, other: object, claims):  # noqa: ANN001, ANN202
    if isinstance(other, Unknown) and not is_symbolic(value):
        return claims.atom(Has(other, value))
    if is_symbolic(other) or not isinstance(other, tuple | frozenset):
        return claims.atom(Doubt("in", (value, other)))
    found = claims.truth(False)
    for item in sorted(other, key=repr):
        if _is_ordered(item):
            found = claims.either(found, _same(value, item, claims))
    return found


def _is_ordered(value: object) -> bool:
    if isinstance(value, Unknown):
        return value.type in ("date", "instant", "integer", "number")
    if isinstance(value, Moved | DayOf | CountOf | TotalOf | Sum):
        return True
    return isinstance(value, int | float | Fraction | date) and not isinstance(value, bool)


class _Gathering:
    """Goes through what decisions read and notes every claim about terms; the values of a name are all that it can have."""

    def __init__(self, world: World, atoms: dict[Atom, None]) -> None:
        self.world = world
        self.atoms = atoms
        self._claims = _Listed(atoms, world.ground.whole)
        self._values: dict[Key, tuple[object, ...]] = {}
        self._asked: set[int] = set()

    def decision(self, decision: Decision) -> None:
        """Go through a decision and all that it reads."""
        self.values(Applying(decision.id))
        for part in decision.parts:
            for path in part_gives(part):
                self.values(Own(f"{decision.id}.{path}"))
        for note in decision.notes:
            self.condition(note.when)

    def part(self, part: Group, *, compared: bool) -> None:
        """Go through one part of a decision, when that applies, and all that it reads."""
        self.values(Applying(part.decision))
        for rule in part.rules:
            self.condition(rule.when)
        if compared:
            for path in part.gives:
                self.values(Own(f"{part.decision}.{path}"))
            return
        for name in {name for rule in part.rules for value in rule.then.values() for name in copied_in(value)}:
            derived = self.world.pack.derivation(name)
            # Which is the latest says nothing of whether there is one.
            for each in derived.inputs if derived is not None and isinstance(derived.how, Extreme) else (name,):
                self.values(each)

    def values(self, name: Key) -> tuple[object, ...]:
        """Return what a name could be, as far as there are not too many."""
        if name in self.world.env:
            return (self.world.env[name],)
        if name not in self._values:
            self._values[name] = ()  # of a name in a circle, which no pack has
            self._values[name] = self._new(name)
        return self._values[name]

    def _new(self, name: Key) -> tuple[object, ...]:  # noqa: PLR0911 - one for each kind of name
        world = self.world
        if isinstance(name, Applying):
            applies = world.pack.decisions[name.name].applies
            if applies is not None:
                self.condition(applies.when)
            return (True, False)
        if isinstance(name, Own):
            return self._own(name)
        if name == "today":
            return _distinct(_day(value, str(world.pack.dates_in)) for value in self.values("as_of"))
        if name == "as_of" and world.pack.as_of_fact is not None:
            return self.values(world.pack.as_of_fact)
        if name in world.pack.derived:
            return self._derived(world.pack.derived[name])
        if world.reach.is_member(name):
            decision = world.reach.decision_of(name)
            self.values(Applying(decision.id))
            for required in world.reach.required(decision):
                self.values(Own(required.name))
            return _distinct((*self.values(Own(name)), None))
        return self._fact(name)

    def _fact(self, name: str) -> tuple[object, ...]:
        world = self.world
        if name in world.pack.facts.subjects:
            return (True, None)
        domain = world._domain(name)  # noqa: SLF001 - a part of the world
        none = (None,) if world.anything else ()
        if isinstance(domain, Choice):
            return (*domain.values, *none)
        return (Unknown(name, domain.type if isinstance(domain, Line) else domain.spec.type), *none)

    def _derived(self, derived: Derived) -> tuple[object, ...]:
        how = derived.how
        if isinstance(how, Holds):
            self.condition(how.condition)
            return (True, False)
        if isinstance(how, Extreme):
            found = _distinct(value for name in how.inputs for value in self.values(name))
            terms = [value for value in found if value is not None]
            if len(terms) ** 2 <= _MOST_COMBINATIONS:
                for one, other in product(terms, terms):
                    if is_symbolic(one) or is_symbolic(other):
                        _less(one, other, self._claims)
            return found
        return _distinct(_followed(how, values) for values in self._combined(derived.inputs))

    def _combined(self, names: Sequence[Key]) -> Iterator[tuple[object, ...]]:
        """Yield what some names could be together, in a circle of none where there is too much of it."""
        each = [self.values(name) for name in names]
        if prod(map(len, each)) <= _MOST_COMBINATIONS:
            yield from product(*each)

    def _own(self, own: Own) -> tuple[object, ...]:
        part = self.world.reach.part_of(own)
        if isinstance(part, Copy):
            return self._copy(part)
        if isinstance(part, Clock):
            for name in part_reads(part):
                self.values(name)
            result = next(result for result, member in part.gives.items() if own.name.endswith(f".{member}"))
            names = part_reads(part)
            return _distinct(
                (
                    None,
                    *(
                        Opaque((part, result), values)
                        for values in self._combined(names)
                        if any(map(is_symbolic, values))
                    ),
                )
            )
        return self._of_group(part, own)

    def _copy(self, part: Copy) -> tuple[object, ...]:
        if part.source is None:
            return (part.always,)
        values = self.values(part.source)
        if part.labels is None:
            return values
        for value in values:
            if is_symbolic(value):
                for key in part.labels:
                    if _is_ordered(key):
                        _same(value, key, self._claims)
        return _distinct((*part.labels.values(), None))

    def _of_group(self, group: Group, own: Own) -> tuple[object, ...]:
        if id(group) not in self._asked:
            self._asked.add(id(group))
            for rule in group.rules:
                self.condition(rule.when)
        path = own.name[len(group.decision) + 1 :]
        found: dict[object, None] = {None: None}
        for rule in group.rules:
            value = rule.then.get(path)
            if isinstance(value, Template):
                for values in self._combined(value.inputs):
                    known = dict(zip(value.inputs, values, strict=True))
                    filled_in = fill(group, Resolution((0,), (), {path: (value,)}, None), known).get(path)
                    found[_none_if_absent(filled_in)] = None
            elif value is not None:
                found[value] = None
        if group.policy in ("any", "first", "priority") and len(found) <= 64:  # noqa: PLR2004
            for one, other in product(found, found):
                if one is not None and other is not None and (is_symbolic(one) or is_symbolic(other)):
                    _same(one, other, self._claims)
        return tuple(found)

    def condition(self, condition: Condition) -> None:
        """Note what a condition asks, but for what is settled anyway."""
        if holds(condition, self.world.env) is not None:
            return
        if isinstance(condition, Not):
            self.condition(condition.part)
        elif isinstance(condition, All | AnyOf):
            for part in condition.parts:
                self.condition(part)
        else:
            self._test(condition)

    def _test(self, test: Test) -> None:
        others: Iterable[object] = self.values(test.operand.name) if isinstance(test.operand, Ref) else (test.operand,)
        for value in self.values(test.name):
            for other in others:
                if is_symbolic(value) or is_symbolic(other):
                    _relation(test.op, value, other, self._claims)


def _distinct(values: Iterable[object]) -> tuple[object, ...]:
    return tuple(dict.fromkeys(values))


def _none_if_absent(value: object) -> Hashable:
    return None if value is ABSENT or value is CONFLICT else value  # type: ignore[return-value]


def _positions(bits: int) -> tuple[int, ...]:
    return tuple(i for i in range(bits.bit_length()) if bits >> i & 1)
