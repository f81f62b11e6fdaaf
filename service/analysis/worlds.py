"""A case with unknown facts as all that it could still be: every name a diagram over the unknown facts.

A *world* has settled every ordered fact (dates, instants, numbers); what is left unknown are closed choices, so each
name's value is a diagram, worked out once and shared between worlds that do not differ in what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from functools import partial

from service.analysis.diagrams import Diagram, Diagrams
from service.analysis.domains import Ordered
from service.analysis.reach import Reach
from service.clock.business_time import format_instant
from service.decision.program import Program
from service.model.conditions import All, AnyOf, Condition, Env, Not, Ref, Test, holds
from service.model.derivations import Derived
from service.model.hits import fill
from service.model.names import Applying, Key, Own
from service.model.outcomes import copied_in
from service.model.pack import Clock, Copy, Decision, Group, Rule
from service.model.parts import part_gives, part_reads
from service.model.values import ABSENT, CONFLICT, Pairs
from service.model.working import day_in, run_clock, run_copy, worked_out

__all__ = ["INCOMPLETE", "NOT_APPLICABLE", "World", "outcome_of"]


class _Mark:
    """A result that is no outcome."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


NOT_APPLICABLE = _Mark("NOT_APPLICABLE")
INCOMPLETE = _Mark("INCOMPLETE")


class World:
    """What is known of a case, every ordered fact settled.

    env    values by name: facts, and members of decisions that are settled
    """

    def __init__(self, program: Program, space: Diagrams, env: Env, parent: World | None = None) -> None:
        self.program = program
        self.pack = program.pack
        self.reach = program.reach
        self.space = space
        self.env = env
        self._parent = parent
        self._fresh = "" if parent is None else next(iter(env.keys() - parent.env.keys()))
        self._memo: dict[object, Diagram] = {}
        self._children: dict[tuple[str, object], World] = {}

    def settle(self, fact: str, value: object) -> World:
        """Return this world with one more fact settled."""
        found = self._children.get((fact, value))
        if found is None:
            found = self._children[fact, value] = World(self.program, self.space, {**self.env, fact: value}, self)
        return found

    def value(self, name: Key) -> Diagram:
        """Return the values that a name could have."""
        found = self._remembered(name, self.reach.facts_under(name))
        if found is None:
            found = self._memo[name] = self._value(name)
        return found

    def _remembered(self, key: object, facts: frozenset[str]) -> Diagram | None:
        """Return what this world, or one that differs in none of `facts`, has worked out already."""
        found = self._memo.get(key)
        if found is None and self._parent is not None and self._fresh not in facts:
            return self._parent._remembered(key, facts)  # noqa: SLF001 - another world of the same class
        return found

    def _shared(self, key: Hashable, function: Callable[..., Hashable], *operands: Diagram) -> Diagram:
        """Apply a function once for the same operands, in whatever world: equal diagrams are the same object."""
        whole = (key, *operands)
        found = self.space.applied.get(whole)
        if found is None:
            found = self.space.applied[whole] = self.space.apply(function, *operands)
        return found

    def _value(self, name: Key) -> Diagram:
        if name in self.env:
            return self.space.leaf(self.env[name])
        if name == "today":
            return self.space.apply(self._today, self.value("as_of"))
        if name == "as_of" and self.pack.as_of_fact is not None:
            return self.value(self.pack.as_of_fact)
        derived = self.pack.derivation(name)
        if derived is not None:
            return self._derived(derived)
        if isinstance(name, str) and name in self.reach.domains:
            return self._variable(name)
        return self._member(name)

    def _variable(self, fact: str) -> Diagram:
        domain = self.reach.domains[fact]
        if isinstance(domain, Ordered):
            raise LookupError(fact)  # noqa: TRY004 - of a fact that is to be settled first
        return self.space.node(self.reach.ranks[fact], [self.space.leaf(value) for value in domain.values])

    def _derived(self, derived: Derived) -> Diagram:
        if derived.condition is not None:
            return self.truth(derived.condition)
        return self.space.apply(partial(worked_out, derived.how), *[self.value(name) for name in derived.inputs])

    def _today(self, moment: datetime | None) -> Hashable:
        return None if moment is None else day_in(str(self.pack.dates_in), moment)

    def _member(self, name: Key) -> Diagram:
        if isinstance(name, Applying):
            applies = self.pack.decisions[name.name].applies
            return self.space.true if applies is None else self.truth(applies.when)
        if isinstance(name, Own):
            return self._given(name)
        decision = self.reach.decision_of(name)
        own = self.value(Own(name))
        return self.space.choose(self.value(Applying(decision.id)), own, self.space.leaf(None))

    def _given(self, key: Own) -> Diagram:
        """Return an own member of a decision from the part that gives it."""
        decision = self.reach.decision_of(key.name)
        path = key.name[len(decision.id) + 1 :]
        part = next(part for part in decision.parts if path in part_gives(part))
        if isinstance(part, Copy):
            return self._copied(part)
        position = part_gives(part).index(path)
        return self.space.apply(lambda given: given[position], self._part(part))

    def _copied(self, part: Copy) -> Diagram:
        if part.source is None:
            return self.space.leaf(part.always)
        source = part.source
        return self.space.apply(lambda value: _none_if_absent(run_copy(part, {source: value})), self.value(source))

    def _part(self, part: Group | Clock) -> Diagram:
        """Return what a part gives, as tuples of its members' values."""
        found = self._remembered(part, self.reach.facts_under_part(part))
        if found is None:
            found = self._memo[part] = self._group(part) if isinstance(part, Group) else self._clock(part)
        return found

    def _group(self, group: Group) -> Diagram:
        asked = self.program.asked[group.id]
        copied = sorted({name for rule in group.rules for value in rule.then.values() for name in copied_in(value)})

        def outcome(hits: int, *values: object) -> Hashable:
            given = fill(group, asked.resolution(_positions(hits)), dict(zip(copied, values, strict=True)))
            return tuple(_none_if_absent(given.get(member, ABSENT)) for member in group.gives)

        return self._shared(group, outcome, self.hits(group), *[self.value(name) for name in copied])

    def hits(self, group: Group) -> Diagram:
        """Return which rules of a group could hold together, as bit sets of their positions."""
        key = ("hits", group)
        found = self._remembered(key, self.reach.facts_under_part(group))
        if found is None:
            found = self.space.leaf(0)
            for i, rule in enumerate(group.rules):
                truth = self._rule_truth(rule)
                if truth is not self.space.false:
                    found = self._shared(i, lambda hits, holds, bit=1 << i: hits | bit if holds else hits, found, truth)
            self._memo[key] = found
        return found

    def _rule_truth(self, rule: Rule) -> Diagram:
        found = self._remembered(rule, self.reach.facts_under_condition(rule.when))
        if found is None:
            found = self._memo[rule] = self.truth(rule.when)
        return found

    def _clock(self, clock: Clock) -> Diagram:
        names = part_reads(clock)

        def counted(*values: object) -> Hashable:
            given = run_clock(clock, self.pack, dict(zip(names, values, strict=True)))
            return tuple(given.get(member) for member in clock.gives.values())

        return self._shared(clock, counted, *[self.value(name) for name in names])

    def truth(self, condition: Condition) -> Diagram:
        """Return where a condition holds."""
        space = self.space
        settled = holds(condition, self.env)
        if settled is not None:
            return space.true if settled else space.false
        if isinstance(condition, Not):
            return space.negate(self.truth(condition.part))
        if isinstance(condition, AnyOf):
            return self._joined(space.either, condition.parts, space.false)
        if isinstance(condition, All):
            return self._joined(space.both, condition.parts, space.true)
        return self.judged(condition)

    def _joined(
        self, join: Callable[[Diagram, Diagram], Diagram], parts: tuple[Condition, ...], found: Diagram
    ) -> Diagram:
        for part in parts:
            found = join(found, self.truth(part))
        return found

    def judged(self, test: Test) -> Diagram:
        """Return where one test holds."""
        value = self.value(test.name)
        if isinstance(test.operand, Ref):
            return self.space.apply(test.judge, value, self.value(test.operand.name))
        return self.space.apply(lambda one: test.judge(one, test.operand), value)

    def result(self, decision: Decision) -> Diagram:
        """Return what a decision could come to: NOT_APPLICABLE, INCOMPLETE or an outcome's members as a tuple."""
        members = self.reach.answered(decision)

        def outcome(applies: bool, *values: object) -> Hashable:
            return outcome_of(self.reach, decision, values) if applies else NOT_APPLICABLE

        applies = self.value(Applying(decision.id))
        if applies is self.space.false:
            return self.space.leaf(NOT_APPLICABLE)
        return self._shared(decision, outcome, applies, *[self.value(Own(member.name)) for member in members])


def outcome_of(reach: Reach, decision: Decision, values: tuple[object, ...]) -> Hashable:
    """Return the answered members' values as one comparable outcome, INCOMPLETE when a required one is none."""
    for member, value in zip(reach.answered(decision), values, strict=True):
        if value is None and not member.optional:
            return INCOMPLETE
    return tuple(map(_comparable, values))


def _comparable(value: object) -> Hashable:
    """Tell instants apart by how they are written: the same moment in another zone is another answer."""
    if isinstance(value, tuple):
        if len(value) == 2 and isinstance(value[0], datetime):
            return Pairs((("from", format_instant(value[0])), ("to", format_instant(value[1]))))
        return value.__class__(map(_comparable, value))
    return format_instant(value) if isinstance(value, datetime) else value


def _none_if_absent(value: object) -> Hashable:
    return None if value is ABSENT or value is CONFLICT else value


def _positions(bits: int) -> tuple[int, ...]:
    return tuple(i for i in range(bits.bit_length()) if bits >> i & 1)
