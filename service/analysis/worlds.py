"""A case with unknown facts as all that it could still be: every name a diagram over what is unknown.

A fact with few values is a variable of its own. Dates, instants, numbers and lists are terms; what is asked of them is
gathered first, and which claims can be true together (`regions.py`) makes a variable for each cluster of claims.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import UTC
from functools import partial
from itertools import chain, product
from operator import itemgetter
from typing import Any

from service.analysis.cells import a_record
from service.analysis.claims import (
    Claims,
    as_read,
    day_of,
    followed,
    has_some,
    is_chosen,
    is_comparable,
    is_measurable,
    is_reached,
    kinds_of,
    relation,
    seen,
    steps_of,
)
from service.analysis.diagrams import Diagram, TooMuchWork, results
from service.analysis.domains import Choice, Domain, Items, some_items, texts_among
from service.analysis.gathering import Gathering
from service.analysis.ground import Ground, given_by
from service.analysis.handed import Handed, Made
from service.analysis.lines import Line, line_of, valued
from service.analysis.lives import ENDS_IN, at_hand, is_at_hand, never_due, states, to_come
from service.analysis.ongoing import since_of
from service.analysis.regions import Cluster, constant_along, keeps_order
from service.analysis.terms import (
    Atom,
    ChosenOf,
    DayOf,
    Gathered,
    MostOf,
    Moved,
    MovedBy,
    Opaque,
    OpenTime,
    Product,
    Ratio,
    RoundedTo,
    Sum,
    Term,
    TimeOf,
    Unknown,
    WeekdayIn,
    evaluated,
    facts_in,
    is_symbolic,
    summed,
    terms_in,
)
from service.analysis.variables import Free, Given, Variable
from service.clock.business_time import Count, turning_starts
from service.facts.values import Period, Record
from service.model.conditions import OPERATORS, AnyOf, Condition, Not, Ref, Test, holds
from service.model.derivations import (
    WEEKDAYS,
    Begun,
    Chosen,
    Derived,
    Divided,
    Extreme,
    ExtremeOf,
    Holds,
    Limited,
    Measured,
    OngoingSince,
    ShiftedBy,
    WeekdayOf,
)
from service.model.hits import Resolution, fill_one, filled_in, gathers, is_reduced, joined
from service.model.names import Applying, Key, Own
from service.model.pack import LIFE, Clock, Copy, Decision, Group
from service.model.values import ABSENT, distinct, none_if_absent
from service.model.working import run_clock, run_copy
from service.model.working_clock import roles_of, work_clock

__all__ = ["World"]

_MOST_COMBINATIONS = 4096
_MOST_REMEMBERED = 65536
_MOST_FREE = 1024  # claims of which nothing was told before
_OF_COUNT = ("starts_at", "due_at", "segments")  # what a clock gives only of what comes due
_CLOCK_STEPS = 20
_MOST_TEXTS = 256
_MOST_TRIED = 27
_NO_VALUES = (ABSENT, None)
_ALL = line_of("instant")


class World:
    """What is known of a case, and what of it could be, as far as one decision, or a part of one, asks.

    Each has a world of its own: what it comes to must not hang on what else somebody asks. What it makes is handed on
    all the same (`handed.py`).
    has_terms  whether a term has come up
    env       values by name: facts (None for none), `as_of` and `today`, members of decisions that are settled
    anything  whether facts that can be none are variables too, as where a pack is checked for all cases
    part      the one part that is asked for, where that is not the whole decision: which of its rules hold, and
    compared  whether what they give is compared as well
    handed    what other worlds of the same case have made
    """

    def __init__(  # noqa: PLR0913 - what it is about, and how far it goes
        self,
        ground: Ground,
        decision: Decision,
        env: Mapping[Key, object],
        *,
        bound: int,
        anything: bool = False,
        part: Group | None = None,
        compared: bool = False,
        handed: Handed | None = None,
    ) -> None:
        self.ground = ground
        self.pack = ground.pack
        self.reach = ground.reach
        self.env = env
        self.anything = anything
        self._handed = Handed() if handed is None else handed
        self.space = self._handed.space
        self.space.work, self.space.bound = 0, bound
        self.variables: dict[int, Variable] = {}
        self.has_terms = False
        self._domains: dict[str, Choice] = {}
        self._by_atom: dict[Atom, tuple[int, int]] = {}  # atom -> rank of its cluster, and its place in that
        self._by_fact: dict[str, list[int]] = {}  # fact -> ranks of the clusters that it is in
        self._memo: dict[Hashable, Made] = {}
        self._making = Made(self.space.false)
        self._inner_steps = 0  # of what is made within what is being made
        self._doubted: dict[Term, bool] = {}
        self._counted: dict[tuple[Clock, tuple[object, ...]], Mapping[str, object]] = {}
        self._free = 2 * len(ground.ranks) + 2
        self._texts = list(_texts_met(ground, env))
        self._prepare(decision, part, compared=compared)
        self._most_free = self._free + _MOST_FREE

    # what is asked of terms, before any diagram is made

    def _prepare(self, decision: Decision, part: Group | None, *, compared: bool) -> None:
        """Find what a decision, or one part of it, asks of terms, and which of it can be true together."""
        atoms: dict[Atom, None] = {}
        gathering = Gathering(self, atoms)
        if part is None:
            gathering.decision(decision)
        else:
            gathering.part(part, compared=compared)
        for cluster in self.ground.clusters(tuple(atoms)):
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
            found = self._memo[key] = self._taken_over(key) or self._made(key, make)
        self._making.use(key, found)
        return found.diagram

    def _taken_over(self, key: Hashable) -> Made | None:
        """Return what another world has made under a key, its steps counted as if it were made here."""
        found = self._handed.get(key, self.variables)
        if found is not None:
            self.variables.update({rank: each for rank, each in found.variables.items() if rank not in self.variables})
            self.has_terms = self.has_terms or found.has_terms
            begun = self.space.work
            self._count(key, found)
            self._inner_steps += self.space.work - begun
        return found

    def _count(self, key: Hashable, made: Made) -> None:
        """Take a diagram, and all that it was made from, for made here, and count the steps of each once."""
        if key not in self._memo:
            self._memo[key] = made
            self.space.step(made.steps)
            for inner, each in made.inner.items():
                self._count(inner, each)

    def _made(self, key: Hashable, make: Callable[[], Diagram]) -> Made:
        around, inner_steps, begun = self._making, self._inner_steps, self.space.work
        here = self._making = Made(self.space.false)
        self._inner_steps = 0
        try:
            here.diagram = make()
        finally:
            self._making = around
            taken = self.space.work - begun
            here.steps = taken - self._inner_steps
            self._inner_steps = inner_steps + taken
        self._handed.keep(key, here)
        return here

    def _meet(self, rank: int, variable: Variable) -> None:
        """Note that a variable is asked for."""
        self.variables[rank] = self._making.variables[rank] = variable

    def value(self, name: Key) -> Diagram:
        """Return the values that a name could have."""
        if name in self.env:
            return self.space.leaf(self.env[name])
        return self._once(name, lambda: self._value(name))

    def _value(self, name: Key) -> Diagram:  # noqa: PLR0911 - one for each kind of name
        if isinstance(name, Applying):
            applies = self.pack.decisions[name.name].applies
            return self.space.true if applies is None else self.truth(applies.when)
        derived = self.pack.derivation(name)
        if derived is not None:
            return self._derived(derived)
        if isinstance(name, Own):
            return self._given(name)
        if name == "today":
            return self.space.apply(lambda value: day_of(value, str(self.pack.dates_in)), self.value("as_of"))
        if name == "as_of" and self.pack.as_of_fact is not None:
            return self.value(self.pack.as_of_fact)
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
        self.has_terms = self._making.has_terms = True
        return self.space.leaf(Unknown(name, domain.type if isinstance(domain, Line) else domain.spec.type))

    def _within(self, subject: str | None, value: Diagram) -> Diagram:
        if subject is None:
            return value
        return self.space.choose(self.space.apply(bool, self.value(subject)), value, self.space.leaf(None))

    def _domain(self, fact: str) -> Domain:
        domain = self.ground.domains[fact]
        if isinstance(domain, Choice) and domain.meets and self._texts:
            if fact not in self._domains:
                self._domains[fact] = texts_among(self.pack, domain, self._texts)
            domain = self._domains[fact]
        if isinstance(domain, Choice) and not domain.is_complete:
            raise TooMuchWork
        return domain

    def _variable(self, rank: int, variable: Variable, values: Sequence[object]) -> Diagram:
        self._meet(rank, variable)
        return self.space.node(rank, [self.space.leaf(value) for value in values])

    # claims

    def _atom(self, atom: Atom) -> Diagram:
        """Return where a claim is true: in some regions of its cluster, or nobody knows."""
        found = self._by_atom.get(atom)
        if found is None:
            if self._free > self._most_free:
                raise TooMuchWork
            self._free += 1
            found = self._by_atom[atom] = (self._free, 0)
            self.variables[self._free] = Free(atom)
        rank, place = found
        variable = self.variables[rank]
        self._meet(rank, variable)
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
        join = space.either if isinstance(condition, AnyOf) else space.both
        found: Diagram = space.truth(not isinstance(condition, AnyOf))
        for part in condition.parts:
            found = join(found, self.truth(part))
        return found

    def same(self, one: object, other: object) -> Diagram:
        """Return where two results, terms among them, are the same."""
        return self._all_same([one, other])

    def _judged(self, test: Test) -> Diagram:
        if not self.anything and not isinstance(test.operand, Ref):
            domain = self.ground.domains.get(test.name)  # type: ignore[arg-type]
            if isinstance(domain, Choice) and domain.is_complete and not (domain.meets and self._texts):
                rank = self.ground.ranks[domain.fact]
                self._meet(rank, domain)
                true, false = self.space.true, self.space.false
                return self.space.node(rank, [true if each else false for each in self.ground.truths(test, domain)])
        value = self.value(test.name)
        if isinstance(test.operand, Ref):
            return self.space.bind(
                lambda one, other: self._claim(test.op, one, other), value, self.value(test.operand.name)
            )
        if not self.has_terms or not any(map(is_symbolic, results(value))):
            relation_of, operand = OPERATORS[test.op], test.operand
            return self.space.apply(lambda one: relation_of(one, operand), value)
        return self.space.bind(lambda one: self._claim(test.op, one, test.operand), value)

    def _claim(self, op: str, value: object, other: object) -> Diagram:
        """Return where a relation holds of two results."""
        if not self.has_terms or (not is_symbolic(value) and not is_symbolic(other)):
            return self.space.truth(OPERATORS[op](value, other))
        claims: Claims[Diagram] = _Diagrammed(self)
        return relation(op, value, other, claims)

    # derived facts

    def _derived(self, derived: Derived) -> Diagram:  # noqa: PLR0911 - one for each way of deriving
        how = derived.how
        if isinstance(how, Holds):
            return self.truth(how.condition)
        if isinstance(how, Extreme):
            return self._extreme(how)
        if isinstance(how, Chosen):
            return self.space.bind(lambda *values: self._chosen(how, values), *[self.value(n) for n in how.inputs])
        if isinstance(how, ExtremeOf):
            return self.space.bind(lambda items: self._extreme_of(how, derived.type, items), self.value(how.input))
        if isinstance(how, Limited):
            return self._limited(how)
        values = [self.value(name) for name in derived.inputs]
        by_cases: Mapping[type, Callable[..., Diagram]] = {
            WeekdayOf: self._of_day,
            Begun: self._of_day,
            OngoingSince: self._ongoing_since,
            Divided: self._divided,
            Measured: self._measured,
            ShiftedBy: self._shifted_by,
        }
        if type(how) in by_cases:
            return self.space.bind(partial(by_cases[type(how)], how), *values)
        return self.space.apply(lambda *values: followed(how, values), *values)

    def _extreme(self, how: Extreme) -> Diagram:
        found: Diagram = self.space.leaf(None)
        for name in how.inputs:
            found = self.space.bind(
                lambda best, one: self._better(best, one, latest=how.latest), found, self.value(name)
            )
        return found

    def _chosen(self, how: Chosen, values: tuple[object, ...]) -> Diagram:
        """Return the items that can be chosen of a list, with what they are compared with."""
        items, *beside = values
        self.space.step(steps_of(items))
        if not any(map(is_symbolic, beside)):
            return self.space.leaf(self.ground.chosen(how, values))
        if items is None or is_symbolic(items):
            return self.space.leaf(followed(how, values))
        listed: Any = items
        kinds = kinds_of(how, listed)
        if kinds is None:
            raise TooMuchWork
        claims: Claims[Diagram] = _Diagrammed(self)
        truths = [is_chosen(how.where, seen(how, kind, beside), claims) for kind in kinds]
        places = {kind: i for i, kind in enumerate(kinds)}

        def those(bits: int) -> Hashable:
            return tuple([item for item in listed if bits >> places[as_read(how, item)] & 1])

        return self.space.apply(those, self.space.together(truths))

    def _extreme_of(self, how: ExtremeOf, type_: str, items: object) -> Diagram:
        if not isinstance(items, Unknown | ChosenOf):
            return self.space.leaf(followed(how, (items,)))
        claims: Claims[Diagram] = _Diagrammed(self)
        there = has_some(items, how.member, claims, may_lack=self.ground.may_lack(items, how.member))
        most = MostOf(items, how.member, how.greatest, type_)
        return self.space.choose(there, self.space.leaf(most), self.space.leaf(None))

    def _of_day(self, how: WeekdayOf | Begun, value: object) -> Diagram:
        """Return the weekdays that a date can have, or since when something can count on it."""
        if not is_symbolic(value):
            return self.space.leaf(followed(how, (value,)))
        if isinstance(how, Begun):
            since: Diagram = self.space.leaf(None)
            for begins in how.days:
                since = self.space.choose(self._claim("less_than", value, begins), since, self.space.leaf(begins))
            return since
        first, *others = WEEKDAYS
        found: Diagram = self.space.leaf(first)
        for place, day in enumerate(others, start=1):
            earlier = self._claim("less_than", WeekdayIn(value), place)  # type: ignore[arg-type]
            found = self.space.choose(earlier, found, self.space.leaf(day))
        return found

    def _ongoing_since(self, how: OngoingSince, value: object) -> Diagram:
        if not is_symbolic(value):
            return self.space.leaf(followed(how, (value,)))
        since = Unknown(since_of(value.fact), "instant") if isinstance(value, Unknown) else None
        return self.space.choose(self._claim("ongoing", value, None), self.space.leaf(since), self.space.leaf(None))

    def _measured(self, how: Measured, *values: object) -> Diagram:
        found = self.space.leaf(followed(how, values))
        if not isinstance(found.value, OpenTime):
            return found
        return self.space.choose(is_measurable(found.value, _Diagrammed(self)), found, self.space.leaf(None))

    def _shifted_by(self, how: ShiftedBy, *values: object) -> Diagram:
        found = self.space.leaf(followed(how, values))
        if not isinstance(found.value, Moved | MovedBy):
            return found
        return self.space.choose(is_reached(found.value, _Diagrammed(self)), found, self.space.leaf(None))

    def _limited(self, how: Limited) -> Diagram:
        ends = [self.value(name) for name in how.inputs]
        first, *others = ends if how.limit is None else [*ends, self.space.leaf(how.limit)]
        for other in others:
            first = self.space.bind(
                lambda best, one: (
                    self.space.leaf(None)
                    if best is None or one is None
                    else self._better(best, one, latest=how.largest)
                ),
                first,
                other,
            )
        return first

    def _divided(self, how: Divided, *values: object) -> Diagram:
        divided, divisor = self.space.leaf, values[-1]
        if not is_symbolic(divisor):
            return divided(followed(how, values))
        return self.space.choose(
            self._claim("equals", divisor, 0), self.space.leaf(None), divided(followed(how, values))
        )

    def _better(self, best: object, one: object, *, latest: bool) -> Diagram:
        space = self.space
        if best is None or one is None:
            return space.leaf(one if best is None else best)
        if not is_symbolic(best) and not is_symbolic(one):
            chosen: Any = max if latest else min
            return space.leaf(chosen(best, one))
        worse = self._claim("less_than", best, one) if latest else self._claim("less_than", one, best)
        return space.choose(worse, space.leaf(one), space.leaf(best))

    # members

    def _member(self, name: str) -> Diagram:
        """Return a member as others read it: none where its decision does not apply or has no outcome."""
        decision = self.reach.decision_of(name)
        space, none = self.space, self.space.leaf(None)
        found = self.value(Own(name))
        for keys in self.reach.requirements(decision):
            if keys != (Own(name),):
                there = space.apply(lambda *given: given != (None,) * len(given), *map(self.value, keys))
                found = space.choose(there, found, none)
        return space.choose(self.value(Applying(decision.id)), found, none)

    def sources(self, members: Sequence[Own]) -> tuple[list[Diagram], list[tuple[int, int | None]]]:
        """Return what own members of a decision come from, each part once, and of each member the source and its place.

        A place is None where the source is the member's value itself.
        """
        found: dict[Hashable, Diagram] = {}
        places: list[tuple[Hashable, int | None]] = []
        for own in members:
            part = self.reach.part_of(own)
            if own in self.env or isinstance(part, Copy):
                found[own] = self.value(own)
                places.append((own, None))
            else:
                found[part] = self._part(part)
                places.append((part, self._place(own, part)))
        order = {key: i for i, key in enumerate(found)}
        return list(found.values()), [(order[key], place) for key, place in places]

    def _given(self, own: Own) -> Diagram:
        """Return an own member of a decision from the part that gives it."""
        part = self.reach.part_of(own)
        if isinstance(part, Copy):
            return self._copied(part)
        place = self._place(own, part)
        return self.space.mapped(("at", place), itemgetter(place), self._part(part))

    def _place(self, own: Own, part: Group | Clock) -> int:
        """Return the place of a member among those that a part gives."""
        decision = self.reach.decision_of(own.name)
        return part.member_paths.index(own.name[len(decision.id) + 1 :])

    def _copied(self, part: Copy) -> Diagram:
        if part.source is None:
            return self.space.leaf(part.always)
        source = part.source
        return self.space.bind(lambda value: self._translated(part, source, value), self.value(source))

    def _translated(self, part: Copy, source: Key, value: object) -> Diagram:
        space = self.space
        if not is_symbolic(value) or part.labels is None:
            return space.leaf(none_if_absent(run_copy(part, {source: value})))
        found: Diagram = space.leaf(None)
        for key, label in part.labels.items():
            if is_comparable(value, key):
                found = space.choose(self._claim("equals", value, key), space.leaf(label), found)
        return found

    def _part(self, part: Group | Clock) -> Diagram:
        """Return what a part gives, as tuples of its members' values."""
        return self._once(part, lambda: self._group(part) if isinstance(part, Group) else self._clock(part))

    def _group(self, group: Group) -> Diagram:
        copied = self.ground.copied(group)
        if not copied:
            return self.space.mapped(("given", group.id), self.ground.given(group), self.hits(group))

        def outcome(hits: int, *values: object) -> Diagram:
            resolution = self.ground.resolution(group, hits)
            known = dict(zip(copied, values, strict=True))
            if any(map(is_symbolic, values)):
                alone, agreed = self._agreed(group, resolution, known)
                told = self._where_agreed(group, self.space.leaf(given_by(group, alone, known)), agreed)
                return self._with_gathered(group, told, resolution, known)
            return self.space.leaf(given_by(group, resolution, known))

        return self.space.bind(outcome, self.hits(group), *[self.value(name) for name in copied])

    def _agreed(
        self, group: Group, resolution: Resolution, known: Mapping[Key, object]
    ) -> tuple[Resolution, dict[str, Diagram]]:
        """Return a resolution with one value a member, and where those that rules give for it are the same."""
        if resolution.constants is not None or group.policy == "unique":
            return resolution, {}
        offered = dict(resolution.offered)
        agreed: dict[str, Diagram] = {}
        for member, values in resolution.offered.items():
            if is_reduced(group, member) and any(map(is_symbolic, filled_in(values, known))):
                offered[member] = ()  # what it comes to is a term, or several
            if gathers(group, member) or is_reduced(group, member):
                continue
            given = distinct(fill_one(group, member, (value,), known) for value in values)
            if len(given) > 1 and any(map(is_symbolic, given)):
                agreed[member] = self._all_same(given)
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
            told = self.space.choose(where, told, self._with(told, place, None))
        return told

    def _with_gathered(
        self, group: Group, told: Diagram, resolution: Resolution, known: Mapping[Key, object]
    ) -> Diagram:
        """Return what a group gives: a list to which rules add what is unknown is a term where that has items."""
        for place, member in enumerate(group.gives):
            offered = filled_in(resolution.offered.get(member, ()), known)
            if not any(map(is_symbolic, offered)):
                continue
            if is_reduced(group, member):
                told = self.space.bind(
                    lambda given, one, place=place: self._with(self.space.leaf(given), place, one),
                    told,
                    self._reduced(group.collects[member], [each for each in offered if each not in _NO_VALUES]),
                )
            if not gathers(group, member):
                continue
            gathered = Gathered((group, member), offered)
            told = self.space.choose(self._adds(offered), self._with(told, place, gathered), told)
        return told

    def _reduced(self, how: str, values: Sequence[object]) -> Diagram:
        """Return the one value that is made of those that rules give, terms among them."""
        if how == "count":
            return self.space.leaf(len(values))
        if how == "sum":
            return self.space.leaf(summed((value, 1) for value in values))
        found: Diagram = self.space.leaf(None)
        for each in values:
            found = self.space.bind(lambda best, each=each: self._better(best, each, latest=how == "greatest"), found)
        return found

    def _with(self, told: Diagram, place: int, value: Hashable) -> Diagram:
        """Return what a group gives with another value for the member at a place."""
        return self.space.apply(lambda given: _put(place, given, value), told)

    def _adds(self, offered: Sequence[object]) -> Diagram:
        """Return where one at least of what is unknown of the lists that rules offer has items."""
        found: Diagram = self.space.truth(False)
        for each in filter(is_symbolic, offered):
            some = self.space.true if isinstance(each, tuple) else self.space.negate(self._claim("empty", each, None))
            found = self.space.either(found, some)
        return found

    def hits(self, group: Group) -> Diagram:
        """Return which rules of a group could hold together, as bit sets of their positions."""
        return self._once(("hits", group), lambda: self._hits(group))

    def _hits(self, group: Group) -> Diagram:
        return self.space.together([self.truth(rule.when) for rule in group.rules])

    def _clock(self, clock: Clock) -> Diagram:
        names = clock.reads
        return self.space.bind(
            lambda *values: self._come(clock, dict(zip(names, values, strict=True))), *map(self.value, names)
        )

    def _come(self, clock: Clock, values: Mapping[Key, object]) -> Diagram:
        """Return what a clock comes to with values of its inputs, terms among them."""
        if any(map(is_symbolic, values.values())) and not is_at_hand(clock, values):
            return self._unless_paused(clock, values, to_come(clock, values))
        self.space.step(_CLOCK_STEPS)
        if any(map(is_symbolic, values.values())):
            return self._lived(clock, values)
        given = run_clock(clock, self.pack, values)
        return self.space.leaf(tuple(given.get(member) for member in clock.gives.values()))

    def _unless_paused(self, clock: Clock, values: Mapping[Key, object], given: tuple[object, ...]) -> Diagram:
        """Return what a clock gives, which may never be due where its pauses are unknown, or one of them goes on."""
        ended = self.space.leaf(given)
        claim = never_due(clock, self.pack, values, anything=self.anything)
        if claim is None:
            return ended
        not_due = (None if result in _OF_COUNT else each for result, each in zip(clock.gives, given, strict=True))
        return self.space.choose(self._atom(claim), self.space.leaf(tuple(not_due)), ended)

    def _lived(self, clock: Clock, values: Mapping[Key, object]) -> Diagram:
        """Return what a clock comes to of which no more is unknown than `as_of` and the stop."""
        here, roles, leaf = at_hand(clock, self.pack, values), roles_of(clock, values), self.space.leaf
        found: Diagram = leaf(here.given)
        if here.counted is None:
            return found
        claims: Claims[Diagram] = _Diagrammed(self)
        if here.at_stop is not None:
            found = self.space.choose(self._claim("at_most", roles["stops"], roles["as_of"]), leaf(here.at_stop), found)
        told = states(here.counted, roles, claims) if "state" in clock.gives else None
        if told is None:
            return found
        state: Diagram = leaf(ENDS_IN)
        for claim, each in reversed(told):
            state = self.space.choose(claim, leaf(each), state)
        return self.space.apply(partial(_put, list(clock.gives).index("state")), found, state)

    def work_out(self, term: Opaque, values: tuple[object, ...]) -> object:
        """Return what a clock's result, or a gathered list, comes to from the values of its inputs."""
        clock, result = term.of
        if isinstance(clock, Group):
            return joined(clock, str(result), values)
        if not isinstance(clock, Clock):
            raise LookupError(term)  # noqa: TRY004 - as for any term that is not looked into
        given = self._counted.get((clock, values))
        if given is None:
            given = run_clock(clock, self.pack, dict(zip(clock.reads, values, strict=True)))
            self._counted[clock, values] = given
        return given.get(clock.gives[str(result)])

    # what a decision comes to

    def settled_where_constant(self, value: Diagram) -> Diagram:
        """Return a diagram with terms replaced by the one value that they have in a region, where they have one."""
        return self.space.bind(self._settled, value)

    def _settled(self, value: object) -> Diagram:
        found: Diagram = self.space.leaf(value)
        if not is_symbolic(value):
            return found
        for rank in sorted({rank for fact in facts_in(value) for rank in self._by_fact.get(fact, ())}):
            cluster = self.variables[rank]
            if isinstance(cluster, Cluster) and _is_settled_by(cluster, value):
                children = [self._in_region(cluster, i, value) for i in range(len(cluster.regions))]
                return self.space.node(rank, children)
        return found

    def _in_region(self, cluster: Cluster, region: int, value: object) -> Diagram:
        is_constant, constant = self._constant_in(cluster, region, value)
        return self.space.leaf(constant if is_constant else self._with_constants(cluster, region, value))

    def _with_constants(self, cluster: Cluster, region: int, value: object) -> Any:
        """Return a value in which numbers that are no sums stand as the one value that they have in a region, if so."""
        if isinstance(value, Product | Ratio | RoundedTo):
            is_constant, constant = self._constant_in(cluster, region, value)
            return constant if is_constant else value
        if isinstance(value, tuple) and is_symbolic(value):
            return value.__class__(self._with_constants(cluster, region, each) for each in value)
        return value

    def _constant_in(self, cluster: Cluster, region: int, value: object) -> tuple[bool | None, Any]:
        """Say whether a value has one result in a region, and which; None where that was not found out."""
        is_constant, constant = cluster.constant_in(region, value, self.work_out)
        if is_constant is not None or region not in cluster.cells or not cluster.regions[region].points:
            return is_constant, constant
        first, *others = cluster.regions[region].points
        ends = [evaluated(value, point, self.work_out) for point in (first, *others)]
        steady = all(each == ends[0] for each in ends) and all(
            self._is_steady(t, [first, *others]) for t in terms_in(value)
        )
        return (True, ends[0]) if steady else (None, None)

    def _is_steady(self, term: Term, points: Sequence[Mapping[str, object]]) -> bool:
        """Say whether a clock counts the same from all starts between some points.

        Without pauses neither its `starts_at` nor its `due_at` goes back while its start goes on, but at
        `turning_starts`: equal at the ends of each stretch they are equal within, and so are the periods between them.
        """
        if not isinstance(term, Opaque) or not isinstance(term.of[0], Clock):
            return False
        clock, result = term.of[0], term.of[1]
        roles = roles_of(clock, dict(zip(clock.reads, term.args, strict=True)))
        if result in LIFE:
            return _goes_one_way(str(result), roles)
        starts = roles.pop("starts", None)
        if any(map(is_symbolic, roles.values())) or roles.get("pauses") or not keeps_order(starts):
            return False
        inputs = [self._inputs(clock, term, point) for point in points]
        if not self._count_alike(clock, inputs):
            return False
        began = sorted(each[clock.inputs["starts"]] for each in inputs)
        ways = self.pack.calendars[str(roles["calendar"])], str(roles["unit"]), clock.conventions
        turning = turning_starts(*ways, (began[0], began[-1]), zone=roles.get("zone"))
        further = [{**inputs[0], clock.inputs["starts"]: each} for each in turning or ()]
        return turning is not None and self._count_alike(clock, [inputs[0], *further])

    def _count_alike(self, clock: Clock, inputs: Sequence[Mapping[Key, Any]]) -> bool:
        """Say whether a clock counts from one instant to one other, whichever of some inputs it has."""
        counts = [work_clock(clock, self.pack.calendars, each) for each in inputs]
        # In UTC: where clocks go back two instants of a zone show the same time, and Python holds them equal.
        told = {
            (each.starts_at.astimezone(UTC), each.due_at.astimezone(UTC)) if isinstance(each, Count) else None
            for each in counts
        }
        return len(told) == 1 and None not in told

    def _inputs(self, clock: Clock, term: Opaque, point: Mapping[str, object]) -> Mapping[Key, Any]:
        values = (evaluated(each, point, self.work_out) for each in term.args)
        return dict(zip(clock.reads, values, strict=True))

    def doubts(self, value: object) -> bool:
        """Say whether it was not found out if a term in a result has several values."""
        return any(self._once_doubted(term) for term in terms_in(value))

    def _once_doubted(self, term: Term) -> bool:
        found = self._doubted.get(term)
        if found is None:
            is_bent = isinstance(term, Product | Ratio | RoundedTo) and len(facts_in(term)) > 1
            found = self._doubted[term] = self._doubts_bent(term) if is_bent else self._doubts(term)
        return found

    def _doubts(self, term: object) -> bool:
        facts = facts_in(term)
        if isinstance(term, Gathered):
            return not all(map(self._may_be_empty, filter(is_symbolic, term.args))) or not self._differs(
                term, sorted(facts)
            )
        if isinstance(term, Opaque | OpenTime) and (
            len(facts) > 1 or isinstance(self.ground.domains[next(iter(facts))], Items)
        ):
            return not self._differs(term, sorted(facts))
        if len(facts) != 1:
            return not isinstance(term, Sum) and not (isinstance(term, MovedBy) and self._differs(term, sorted(facts)))
        (fact,) = facts
        domain = self.ground.domains[fact]
        if not isinstance(domain, Line):
            return any(map(_is_within_most, terms_in(term))) and not self._differs(term, [fact])  # type: ignore[arg-type]
        ranks = self._by_fact.get(fact, [])
        if not ranks:
            return constant_along(domain, fact, term, self.work_out) is not False
        # One region in which it varies is enough: where it has one value in a region that is told there already.
        return not isinstance(term, Unknown) and not any(
            self._constant_in(each, i, term)[0] is False
            for rank in ranks
            if isinstance(each := self.variables[rank], Cluster)
            for i in range(len(each.regions))
        )

    def _doubts_bent(self, term: Term) -> bool:
        """Say whether it was not found out if a number that is no sum, of several facts, has several values."""
        facts = facts_in(term)
        clusters = [self.variables[rank] for rank in sorted({r for fact in facts for r in self._by_fact.get(fact, ())})]
        if not clusters:
            return not self._differs(term, sorted(facts))
        return not any(
            isinstance(each, Cluster)
            and facts <= set(each.facts)
            and all(self._constant_in(each, i, term)[0] is not None for i in range(len(each.regions)))
            for each in clusters
        )

    def _may_be_empty(self, value: object) -> bool:
        """Say whether a value is an unknown list that may have no items."""
        domain = self.ground.domains.get(value.fact) if isinstance(value, Unknown) else None
        return isinstance(domain, Items) and domain.spec.min_items == 0

    def _differs(self, term: Term, facts: Sequence[str]) -> bool:
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
        if isinstance(domain, Items) and domain.spec.type == "records":
            first, last = (a_record(domain.spec, last=each) for each in (False, True))
            return [(), (first,), (last,), (first, last)]
        if isinstance(domain, Items) and domain.spec.type == "periods":
            since, until = (valued("instant", place) for place in (_ALL.least, _ALL.most))
            return [(), (Period(since, until),)]  # type: ignore[arg-type]
        return [(), *((item,) for item in some_items(domain.spec))] if isinstance(domain, Items) else [(), (1,)]


def _put(place: int, values: tuple[object, ...], value: object) -> tuple[object, ...]:
    """Return values with another at a place."""
    return (*values[:place], value, *values[place + 1 :])


def _goes_one_way(result: str, roles: Mapping[str, object]) -> bool:
    """Say whether what is over or left of a target goes one way along its one unknown, `as_of` or the stop."""
    unknown = [role for role, value in roles.items() if is_symbolic(value)]
    return result != "state" and unknown in (["as_of"], ["stops"]) and keeps_order(roles[unknown[0]])


def _is_within_most(term: Term) -> bool:
    """Say whether a term is worked out of the greatest or least of a list's items."""
    while isinstance(term, Moved | DayOf | TimeOf | WeekdayIn):
        term = term.of
        if isinstance(term, MostOf):
            return True
    return False


def _is_settled_by(cluster: Cluster, value: object) -> bool:
    """Say whether it can be told in each region of a cluster if a value varies there: sums of several facts do."""
    facts = facts_in(value)
    if len(facts) == 1 and set(cluster.facts) == facts:
        return True
    return facts <= set(cluster.facts) and any(isinstance(t, Product | Ratio | RoundedTo) for t in terms_in(value))


def _texts_met(ground: Ground, env: Mapping[Key, object]) -> Iterator[str]:
    """Yield the texts of a case that an unknown text can meet: those of facts, and the items of lists.

    Raises TooMuchWork where a list has too many.
    """
    if not any(isinstance(domain, Choice) and domain.meets for domain in ground.domains.values()):
        return
    for fact in ground.domains:
        value = env.get(fact)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            met = ground.members_met.get(fact, frozenset())
            members = (each for item in value if isinstance(item, Record) for name, each in item if name in met)
            texts = dict.fromkeys(each for each in chain(value, members) if isinstance(each, str))
            if len(texts) > _MOST_TEXTS:
                raise TooMuchWork
            yield from texts


class _Diagrammed:
    """Claims as diagrams."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.space = world.space
        self.whole = world.ground.whole
        self.lines = world.ground.lines

    def atom(self, atom: Atom, /) -> Diagram:
        return self._world._atom(atom)  # noqa: SLF001 - a part of the world

    def truth(self, value: bool, /) -> Diagram:
        return self.space.truth(value)

    def negate(self, one: Diagram, /) -> Diagram:
        return self.space.negate(one)

    def both(self, one: Diagram, other: Diagram, /) -> Diagram:
        return self.space.both(one, other)

    def either(self, one: Diagram, other: Diagram, /) -> Diagram:
        return self.space.either(one, other)
