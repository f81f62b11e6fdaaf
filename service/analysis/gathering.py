"""What a decision asks of terms, gathered before any diagram is made: the values of a name are all that it can have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from math import prod
from typing import TYPE_CHECKING, Any

from service.analysis.claims import (
    Listed,
    day_of,
    followed,
    has_some,
    is_chosen,
    is_comparable,
    is_measurable,
    is_reached,
    kinds_of,
    less,
    relation,
    same,
    seen,
    steps_of,
)
from service.analysis.domains import Choice
from service.analysis.lines import Line
from service.analysis.lives import at_hand, is_at_hand, never_due, states, to_come
from service.analysis.ongoing import since_of
from service.analysis.terms import (
    Atom,
    ChosenOf,
    Gathered,
    MostOf,
    Moved,
    MovedBy,
    OpenTime,
    Unknown,
    WeekdayIn,
    is_symbolic,
    summed,
)
from service.clock.lifetimes import STATES
from service.model.conditions import All, AnyOf, Condition, Not, Ref, Test, holds
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
from service.model.hits import filled_in, gathers, is_reduced, joined
from service.model.names import Applying, Key, Own
from service.model.outcomes import Template, copied_in
from service.model.pack import Clock, Copy, Decision, Group
from service.model.values import none_if_absent
from service.model.working_clock import roles_of

if TYPE_CHECKING:
    from service.analysis.worlds import World

__all__ = ["Gathering"]

_MOST_COMBINATIONS = 4096
_MOST_PAIRS = 1024  # of terms that are compared
_MOST_SUMS = 256
_MOST_CHOSEN = 6
_AGREEING = frozenset({"any", "collect", "priority"})  # hit policies under which rules that win together must agree


class Gathering:
    """Goes through what a decision reads and notes each claim about terms; a name's values are all that it can have."""

    def __init__(self, world: World, atoms: dict[Atom, None]) -> None:
        self.world = world
        self.atoms = atoms
        self._claims = Listed(atoms, world.ground.whole, world.ground.lines)
        self._values: dict[Key, tuple[object, ...]] = {}
        self._symbolic: dict[Key, tuple[object, ...]] = {}
        self._asked: set[int] = set()
        self._given_by: dict[str, Sequence[Sequence[tuple[object, ...]]]] = {}

    def decision(self, decision: Decision) -> None:
        """Go through a decision and all that it reads."""
        self.values(Applying(decision.id))
        for part in decision.parts:
            for path in part.member_paths:
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
        derived = world.pack.derivation(name)
        if derived is not None:
            return self._derived(derived)
        if isinstance(name, Own):
            return self._own(name)
        if name == "today":
            return _distinct(day_of(value, str(world.pack.dates_in)) for value in self.values("as_of"))
        if name == "as_of" and world.pack.as_of_fact is not None:
            return self.values(world.pack.as_of_fact)
        if world.reach.is_member(name):
            decision = world.reach.decision_of(name)
            self.values(Applying(decision.id))
            for key in chain.from_iterable(world.reach.requirements(decision)):
                self.values(key)
            return _distinct((*self.values(Own(name)), None))
        return self._fact(name)

    def _fact(self, name: str) -> tuple[object, ...]:
        world = self.world
        if name in world.pack.facts.subjects:
            return (True, None)
        domain = world._domain(name)  # noqa: SLF001 - a part of the world
        none = (None,) if world.anything else ()
        if isinstance(domain, Choice):
            self._symbolic[name] = ()
            return (*domain.values, *none)
        return (Unknown(name, domain.type if isinstance(domain, Line) else domain.spec.type), *none)

    def _derived(self, derived: Derived) -> tuple[object, ...]:
        how = derived.how
        if isinstance(how, Holds):
            self.condition(how.condition)
            return (True, False)
        by_cases: Mapping[type, Callable[..., tuple[object, ...]]] = {
            WeekdayOf: self._of_day,
            Begun: self._of_day,
            OngoingSince: self._ongoing_since,
            Divided: self._divided,
            Measured: self._measured,
            ShiftedBy: self._shifted_by,
            Extreme: self._compared,
            Limited: self._compared,
        }
        if isinstance(how, Chosen):
            return _distinct(items for values in self._combined(how.inputs) for items in self._chosen(how, values))
        if isinstance(how, ExtremeOf):
            return _distinct(
                most for items in self.values(how.input) for most in self._extreme_of(how, derived.type, items)
            )
        if type(how) in by_cases:
            return by_cases[type(how)](how)
        return _distinct(followed(how, values) for values in self._combined(derived.inputs))

    def _divided(self, how: Divided) -> tuple[object, ...]:
        for divisor in filter(is_symbolic, self.values(how.divisor)):
            same(divisor, 0, self._claims)
        return _distinct((*(followed(how, values) for values in self._combined(how.inputs)), None))

    def _measured(self, how: Measured) -> tuple[object, ...]:
        found = _distinct(followed(how, values) for values in self._combined(how.inputs))
        for term in found:
            if isinstance(term, OpenTime):
                is_measurable(term, self._claims)
        return _distinct((*found, None))

    def _shifted_by(self, how: ShiftedBy) -> tuple[object, ...]:
        found = _distinct(followed(how, values) for values in self._combined(how.inputs))
        for term in found:
            if isinstance(term, Moved | MovedBy):
                is_reached(term, self._claims)
        return _distinct((*found, None))

    def _of_day(self, how: WeekdayOf | Begun) -> tuple[object, ...]:
        """Return what a date's weekday could be, or since when something counts on it."""
        days = self.values(how.input)
        for value in filter(is_symbolic, days):
            if isinstance(how, Begun):
                for day in how.days:
                    less(value, day, self._claims)
            else:
                for place in range(1, len(WEEKDAYS)):
                    less(WeekdayIn(value), place, self._claims)  # type: ignore[arg-type]
        if isinstance(how, Begun):
            return (*how.days, None)
        return (*WEEKDAYS, *(() if None not in days else (None,)))

    def _compared(self, how: Extreme | Limited) -> tuple[object, ...]:
        limit = (how.limit,) if isinstance(how, Limited) and how.limit is not None else ()
        found = _distinct((*(value for name in how.inputs for value in self.values(name)), *limit))
        terms = [value for value in found if value is not None]
        if len(terms) ** 2 <= _MOST_COMBINATIONS:
            for one, other in product(terms, terms):
                if is_symbolic(one) or is_symbolic(other):
                    less(one, other, self._claims)
        return found

    def _ongoing_since(self, how: OngoingSince) -> tuple[object, ...]:
        found: list[object] = [None]
        for value in self.values(how.input):
            if isinstance(value, Unknown):
                relation("ongoing", value, None, self._claims)
                found.append(Unknown(since_of(value.fact), "instant"))
            elif not is_symbolic(value):
                found.append(followed(how, (value,)))
        return _distinct(found)

    def _chosen(self, how: Chosen, values: tuple[object, ...]) -> Iterable[object]:
        """Return what can be chosen of a list; of one that is known no more than a few of what it can be."""
        items, *beside = values
        self.world.space.step(steps_of(items))
        if not any(map(is_symbolic, beside)):
            return [self.world.ground.chosen(how, values)]
        if items is None or is_symbolic(items):
            return [followed(how, values)]
        listed: Any = items
        for kind in kinds_of(how, listed) or ():
            is_chosen(how.where, seen(how, kind, beside), self._claims)
        few: Sequence[object] = listed[:_MOST_CHOSEN]
        return [
            tuple([each for each, is_in in zip(few, ins, strict=True) if is_in])
            for ins in product((True, False), repeat=len(few))
        ]

    def _extreme_of(self, how: ExtremeOf, type_: str, items: object) -> Iterable[object]:
        if not isinstance(items, Unknown | ChosenOf):
            return [followed(how, (items,))]
        has_some(items, how.member, self._claims, may_lack=self.world.ground.may_lack(items, how.member))
        return [MostOf(items, how.member, how.greatest, type_), None]

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
            place = next(i for i, member in enumerate(part.gives.values()) if own.name.endswith(f".{member}"))
            return _distinct((None, *chain.from_iterable(given[place] for given in self._of_clock(part))))
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
                    if is_comparable(value, key):
                        same(value, key, self._claims)
        return _distinct((*part.labels.values(), None))

    def _of_clock(self, clock: Clock) -> Sequence[Sequence[tuple[object, ...]]]:
        """Return what a clock could give where something is unknown that it reads: of each result its values."""
        if clock.id not in self._given_by:
            combined = [dict(zip(clock.reads, each, strict=True)) for each in self._combined(clock.reads)]
            unknown = [each for each in combined if any(map(is_symbolic, each.values()))]
            self._given_by[clock.id] = [self._counted(clock, each) for each in unknown]
        return self._given_by[clock.id]

    def _counted(self, clock: Clock, values: Mapping[Key, object]) -> Sequence[tuple[object, ...]]:
        if not is_at_hand(clock, values):
            never = never_due(clock, self.world.pack, values, anything=self.world.anything)
            if never is not None:
                self._claims.atom(never)
            return [(each,) for each in to_come(clock, values)]
        here, told = at_hand(clock, self.world.pack, values), None
        if here.counted is not None:
            told = states(here.counted, roles_of(clock, values), self._claims)
        pairs = zip(here.given, here.at_stop or here.given, strict=True)
        is_told = [result == "state" and told is not None for result in clock.gives]
        return [STATES if each else pair for each, pair in zip(is_told, pairs, strict=True)]

    def _of_group(self, group: Group, own: Own) -> tuple[object, ...]:
        if id(group) not in self._asked:
            self._asked.add(id(group))
            for rule in group.rules:
                self.condition(rule.when)
        path = own.name[len(group.decision) + 1 :]
        by_rules = [self._given(group, path, rule.then.get(path)) for rule in group.rules]
        found = dict.fromkeys((None, *chain.from_iterable(by_rules)))
        if is_reduced(group, path):
            return self._reduced(group.collects[path], by_rules)
        if group.policy in _AGREEING and not gathers(group, path) and len(found) <= 64:
            for one, other in product(found, found):
                if one is not None and other is not None and (is_symbolic(one) or is_symbolic(other)):
                    same(one, other, self._claims)
        return tuple(found)

    def _given(self, group: Group, path: str, value: object) -> Sequence[object]:
        """Return the values that a rule can give a member by what it says of it."""
        if isinstance(value, Template):
            return [each for each in self._filled(group, path, value) if each is not None]
        return [] if none_if_absent(value) is None else [value]

    def _reduced(self, how: str, by_rules: Sequence[Sequence[object]]) -> tuple[object, ...]:
        """Return what the one value can be that is made of all that rules give; no more where these are too many.

        by_rules  what each rule can give
        """
        if how == "count":
            return tuple(range(len(by_rules) + 1))
        found = _distinct(value for values in by_rules for value in values)
        if how == "sum":
            sums: dict[object, None] = {0: None}
            for values in by_rules:
                sums |= dict.fromkeys([summed(((each, 1), (value, 1))) for each in sums for value in values])
                if len(sums) > _MOST_SUMS:
                    return found
            return tuple(sums)
        for one, other in product(found, found) if len(found) ** 2 <= _MOST_COMBINATIONS else ():
            if is_symbolic(one) or is_symbolic(other):
                less(one, other, self._claims)
        return (*found, None)

    def _filled(self, group: Group, member: str, template: Template) -> Iterator[object]:
        """Yield what a rule that copies could give a member, by itself."""
        for values in self._combined(template.inputs):
            offered = filled_in((template,), dict(zip(template.inputs, values, strict=True)))
            if is_reduced(group, member):
                yield none_if_absent(offered[0])
                continue
            if not gathers(group, member) or not is_symbolic(offered):
                yield none_if_absent(joined(group, member, offered))
                continue
            if not isinstance(offered[0], tuple):
                relation("empty", offered[0], None, self._claims)
            yield Gathered((group, member), offered)

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
        values = self.values(test.name)
        if not isinstance(test.operand, Ref):
            for value in self._terms(test.name):
                relation(test.op, value, test.operand, self._claims)
            return
        others = self.values(test.operand.name)
        terms, other_terms = self._terms(test.name), self._terms(test.operand.name)
        if len(terms) * len(other_terms) > _MOST_PAIRS:
            return
        for value, other in chain(product(terms, others), product(values, other_terms)):
            relation(test.op, value, other, self._claims)

    def _terms(self, name: Key) -> tuple[object, ...]:
        """Return those values of a name that are terms."""
        if name not in self._symbolic:
            self._symbolic[name] = tuple(value for value in self.values(name) if is_symbolic(value))
        return self._symbolic[name]


def _distinct(values: Iterable[object]) -> tuple[object, ...]:
    return tuple(dict.fromkeys(values))
