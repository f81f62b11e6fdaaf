"""A pack made ready to run: steps in stages, one durable-rules ruleset a stage.

Settled cases run here, open ones in `possible.py`. A step works out one thing: a derived fact, whether a decision
applies, what a group of rules comes to, a clock, a copy, or the members of a decision as others see them. Steps whose
rules can be asked together make a stage. Programs are shared; what durable-rules holds belongs to the thread that asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias, TypeVar

from service.analysis.reach import Reach
from service.engine.durable import MOST_MEMBERS, EngineFailure, Ruleset
from service.engine.encoding import Encoding, Expression, Vector
from service.model.conditions import Env, holds, reads
from service.model.derivations import Derived
from service.model.hits import Resolution, fill, resolve
from service.model.names import Applying, Key, Own
from service.model.outcomes import copied_in
from service.model.pack import Applies, Clock, Copy, Decision, Group, Pack, Rule
from service.model.parts import part_gives, part_reads
from service.model.values import ABSENT, CONFLICT
from service.model.working import derive, run_clock, run_copy, worked_out
from service.written.findings import NOWHERE

__all__ = [
    "UNKNOWN",
    "Asked",
    "Program",
    "Step",
    "known_value",
    "names_read",
    "notes_key",
    "picker",
]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
UNKNOWN = object()
_MOST_REMEMBERED = 8192
_MOST_PLANS = 256


@dataclass(slots=True, eq=False)
class Asked:
    """A group of rules as durable-rules is asked about it; a decision's applicability is a group of one rule.

    first      position of its first rule in its stage's ruleset
    names      what its rules read
    pick       takes their values from an environment
    keys       under which the members that it gives stand, in the group's order
    known      values of `names` seen before with the hits that they had, bounded
    by_vector  the same by vector: many values come to one vector; bounded
    came_to    what hits have come to before, bounded
    sure       values with something unknown -> whether every rule holds or fails whatever that is, bounded
    """

    group: Group
    stage: int
    first: int
    encoding: Encoding
    names: tuple[Key, ...]
    pick: Callable[[Env], tuple[object, ...]]
    keys: tuple[Key, ...]
    known: dict[tuple[object, ...], tuple[int, ...]] = field(default_factory=dict)
    by_vector: dict[Vector, tuple[int, ...]] = field(default_factory=dict)
    came_to: dict[tuple[int, ...], Resolution] = field(default_factory=dict)
    sure: dict[tuple[object, ...], bool] = field(default_factory=dict)

    def resolution(self, hits: tuple[int, ...]) -> Resolution:
        """Return what hits come to."""
        found = self.came_to.get(hits)
        if found is None:
            found = resolve(self.group, hits)
            if len(self.came_to) < _MOST_REMEMBERED:
                self.came_to[hits] = found
        return found


@dataclass(frozen=True, slots=True)
class _Published:
    """The members of a decision as others see them: (name, key within the decision) of each."""

    decision: Decision
    members: tuple[tuple[str, Key], ...]
    applies: Key | None  # the key under which it stands whether the decision applies


_Work: TypeAlias = Derived | Applies | Group | Clock | Copy | _Published


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to work out, and the names that it reads. `asked` is set where durable-rules is asked."""

    work: _Work
    decision: str | None
    stage: int
    reads: tuple[Key, ...]
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class _Stage:
    asked: tuple[Asked, ...]
    then: tuple[Step, ...]


def picker(names: tuple[Key, ...]) -> Callable[[Env], tuple[object, ...]]:
    """Return what takes the values of names from an environment, UNKNOWN where one is not there."""

    def slowly(env: Env) -> tuple[object, ...]:
        return tuple([env.get(name, UNKNOWN) for name in names])

    if len(names) < 2:
        return slowly
    take = itemgetter(*names)

    def pick(env: Env) -> tuple[object, ...]:
        try:
            return take(env)  # type: ignore[no-any-return]
        except KeyError:
            return slowly(env)

    return pick


def known_value(pack: Pack, name: Key, env: Env) -> object:
    """Return a name's value as far as what is given settles it, None otherwise.

    Lenient derived facts pass over the unknown.
    """
    if name in env:
        return env[name]
    derived = pack.derivation(name)
    if derived is None:
        return None
    values = [known_value(pack, each, env) for each in derived.inputs]
    if not derived.lenient and any(
        value is None and not _is_settled(pack, each, env) for each, value in zip(derived.inputs, values, strict=True)
    ):
        return None
    return derive(derived, env) if derived.condition is not None else worked_out(derived.how, *values)


def _is_settled(pack: Pack, name: Key, env: Env) -> bool:
    derived = pack.derivation(name)
    return name in env or (derived is not None and all(_is_settled(pack, each, env) for each in derived.inputs))


def names_read(work: _Work) -> tuple[Key, ...]:
    """Return the names that a step reads."""
    if isinstance(work, Derived):
        return work.inputs
    if isinstance(work, Applies):
        return reads(work.when)
    if isinstance(work, _Published):
        return (*(key for _, key in work.members), *([work.applies] if work.applies is not None else []))
    return part_reads(work)


class Program:
    """A pack ready to run. Safe to share between threads."""

    def __init__(self, pack: Pack) -> None:
        """Compile a pack. Raises EngineFailure when durable-rules can't take it."""
        self.pack = pack
        self.reach = Reach(pack)
        self.asked: dict[str, Asked] = {}
        self._rulesets: list[list[Expression]] = []
        self.steps = self._compile()
        self._plans: dict[frozenset[str], tuple[_Stage, ...]] = {}
        self._sessions = threading.local()

    # making it ready

    def _compile(self) -> tuple[Step, ...]:
        levels: dict[Key, int] = {}
        steps: list[Step] = []
        for work, decision in self._work():
            names = names_read(work)
            level = max((levels.get(name, 0) for name in names), default=0)
            asked = None
            if isinstance(work, Group | Applies):
                level += 1
                asked = self._ask(work, decision, level)
            for name in self._given(work):
                levels[name] = max(level, levels.get(name, 0))
            steps.append(Step(work, decision, level, names, asked))
        return tuple(steps)

    def _work(self) -> Iterable[tuple[_Work, str | None]]:
        """Yield everything to work out, each after what it reads."""
        done: set[Key] = set()

        def derived_under(names: Iterable[Key]) -> Iterable[tuple[_Work, None]]:
            for name in names:
                derived = self.pack.derivation(name)
                if derived is not None and name not in done:
                    yield from derived_under(derived.inputs)
                    done.add(name)
                    yield derived, None

        for name in self.pack.schedule:
            decision = self.pack.decisions[name]
            yield from derived_under(decision.reads)
            if decision.applies is not None:
                yield decision.applies, name
            for part in decision.parts:
                yield part, name
            members = tuple((member.name, Own(member.name)) for member in decision.members)
            yield _Published(decision, members, None if decision.applies is None else Applying(name)), name
            if decision.notes:
                yield _notes_of(decision), name

    @staticmethod
    def _given(work: _Work) -> tuple[Key, ...]:
        if isinstance(work, Derived):
            return (work.name,)
        if isinstance(work, Applies):
            return (Applying(work.id.removesuffix(".applies")),)
        if isinstance(work, _Published):
            return tuple(name for name, _ in work.members)
        return tuple(Own(f"{work.decision}.{member}") for member in part_gives(work))

    def _ask(self, work: Group | Applies, decision: str | None, level: int) -> Asked:
        group = work if isinstance(work, Group) else _as_group(work, str(decision))
        while len(self._rulesets) <= level:
            self._rulesets.append([])
        ruleset = self._rulesets[level]
        encoding = Encoding(f"g{len(self.asked)}_", self.pack.types, self.pack.nullable)
        expressions = [encoding.expression(rule.when) for rule in group.rules]
        if len(encoding.members) > MOST_MEMBERS - 2:
            raise EngineFailure(
                f"{group.id} asks {len(encoding.members)} things of a case; durable-rules takes {MOST_MEMBERS - 2}"
            )
        names = tuple(dict.fromkeys(name for rule in group.rules for name in reads(rule.when)))
        keys: tuple[Key, ...] = tuple(Own(f"{group.decision}.{member}") for member in group.gives)
        if isinstance(work, Applies):
            keys = (Applying(group.decision),)
        asked = Asked(group, level, len(ruleset), encoding, names, picker(names), keys)
        ruleset.extend(expressions)
        self.asked[work.id if isinstance(work, Applies) else group.id] = asked
        return asked

    def plan(self, decisions: frozenset[str]) -> tuple[_Stage, ...]:
        """Return the stages that work out these decisions and nothing else; they must hold what they read."""
        found = self._plans.get(decisions)
        if found is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            found = self._plans[decisions] = tuple(self._staged(decisions))
        return found

    def _staged(self, decisions: frozenset[str]) -> Iterable[_Stage]:
        beneath = set(self.pack.beneath(name for each in decisions for name in self.pack.decisions[each].reads))
        steps = [
            step
            for step in self.steps
            if step.decision in decisions or (isinstance(step.work, Derived) and step.work.name in beneath)
        ]
        for level in sorted({step.stage for step in steps}):
            here = [step for step in steps if step.stage == level]
            yield _Stage(
                tuple(step.asked for step in here if step.asked is not None),
                tuple(step for step in here if step.asked is None),
            )

    # running it

    def run(self, decisions: frozenset[str], env: dict[Key, object]) -> dict[str, tuple[int, ...]]:
        """Work out decisions whose facts are all settled; fill `env` and return the hits of each group by id.

        decisions  with all that they read; none may rest on an unknown fact
        env        facts by name; members, inner members and derived facts are added
        """
        hits: dict[str, tuple[int, ...]] = {}
        for stage in self.plan(decisions):
            found = self.hits(stage.asked, env)
            for asked, held in zip(stage.asked, found, strict=True):
                hits[asked.group.id] = held
                self._give(asked, held, env)
            for step in stage.then:
                self._work_out(step.work, env)
        return hits

    def run_settled(self, name: str, env: dict[Key, object]) -> dict[str, tuple[int, ...]] | None:
        """Work out one decision although it reads something unknown; None where that might matter.

        It evidently can't where each rule holds or fails in Kleene's logic and nothing unknown is copied or counted.
        What is not so evident is left to `possible.py`. Hits and `env` are as for `run`; after None `env` is of no use.
        """
        decision = self.pack.decisions[name]
        hits: dict[str, tuple[int, ...]] = {}
        for stage in self.plan(frozenset((name,))):
            for asked, held in zip(stage.asked, self.hits(stage.asked, env), strict=True):
                if not _is_sure(asked, held, env):
                    return None
                hits[asked.group.id] = held
                self._give(asked, held, env)
                if not held and decision.applies is not None and asked.group.id == decision.applies.id:
                    env.update(dict.fromkeys([member.name for member in decision.members]))
                    return hits
            for step in stage.then:
                if all(each in env for each in step.reads):
                    self._work_out(step.work, env)
                elif not isinstance(step.work, Derived):
                    return None
                elif step.work.condition is not None and (truth := holds(step.work.condition, env)) is not None:
                    env[step.work.name] = truth
        return hits

    def _give(self, asked: Asked, held: tuple[int, ...], env: dict[Key, object]) -> None:
        group = asked.group
        if not group.gives:
            for key in asked.keys:
                env[key] = bool(held)
            return
        values = fill(group, asked.resolution(held), env)
        for member, key in zip(group.gives, asked.keys, strict=True):
            value = values.get(member, ABSENT)
            env[key] = None if value is ABSENT or value is CONFLICT else value

    def _work_out(self, work: _Work, env: dict[Key, object]) -> None:
        if isinstance(work, _Published):
            applies = work.applies is None or env[work.applies]
            for name, key in work.members:
                env[name] = env[key] if applies else None
        elif isinstance(work, Derived):
            env[work.name] = derive(work, env)
        elif isinstance(work, Copy):
            value = run_copy(work, env)
            env[Own(f"{work.decision}.{work.member}")] = None if value is ABSENT else value
        elif isinstance(work, Clock):
            values = run_clock(work, self.pack, env)
            for member in work.gives.values():
                env[Own(f"{work.decision}.{member}")] = values.get(member)

    def hits(self, asked: Sequence[Asked], env: Env) -> list[tuple[int, ...]]:
        """Ask durable-rules which rules of these groups, all of one stage, hold of what is known.

        An unknown fact is left out, so that only rules that hold whatever it is are found.
        """
        found = []
        missing = []
        for i, each in enumerate(asked):
            values = each.pick(env)
            hits = each.known.get(values)
            if hits is None:
                missing.append((i, each, values))
            found.append(hits)
        if missing:
            self._find(missing, env, found)
        return found  # type: ignore[return-value]

    def _find(
        self,
        missing: Sequence[tuple[int, Asked, tuple[object, ...]]],
        env: Env,
        found: list[tuple[int, ...] | None],
    ) -> None:
        vectors = {i: each.encoding.vector(env) for i, each, _ in missing}
        strange = [(i, each) for i, each, _ in missing if vectors[i] not in each.by_vector]
        fresh = {}
        for batch in _batches(strange):
            for (i, _), hits in zip(batch, self._ask_engine(batch, vectors), strict=True):
                fresh[i] = hits
        for i, each, values in missing:
            held = fresh[i] if i in fresh else each.by_vector.get(vectors[i])
            if held is None:  # forgotten by another thread just now
                (held,) = self._ask_engine([(i, each)], vectors)
            found[i] = _kept(each.known, values, held)

    def _ask_engine(self, asked: Sequence[tuple[int, Asked]], vectors: Mapping[int, Vector]) -> list[tuple[int, ...]]:
        fact: dict[str, int | bool] = {}
        for i, each in asked:
            fact.update(each.encoding.fact(vectors[i]))
        held = sorted(self._ruleset(asked[0][1].stage).hits(fact))
        found = []
        for i, each in asked:
            last = each.first + len(each.group.rules)
            hits = tuple([position - each.first for position in held if each.first <= position < last])
            found.append(_kept(each.by_vector, vectors[i], hits))
        return found

    def _ruleset(self, stage: int) -> Ruleset:
        """Return this thread's ruleset of a stage."""
        rulesets: dict[int, Ruleset] | None = getattr(self._sessions, "rulesets", None)
        if rulesets is None:
            rulesets = self._sessions.rulesets = {}
        if stage not in rulesets:
            rulesets[stage] = Ruleset(f"{self.pack.digest[-16:]}/{stage}", self._rulesets[stage])
        return rulesets[stage]


def _is_sure(asked: Asked, held: tuple[int, ...], env: Env) -> bool:
    """Say whether the rules that do not hold fail whatever is unknown, and those that hold copy nothing unknown."""
    values = asked.pick(env)
    sure = UNKNOWN not in values or asked.sure.get(values)
    if sure is None:
        rules = enumerate(asked.group.rules)
        sure = all(i in held or holds(rule.when, env) is not None for i, rule in rules)
        _kept(asked.sure, values, sure)
    if not sure or not asked.group.gives:
        return sure
    resolution = asked.resolution(held)
    return resolution.settled is not None or all(
        name in env for offered in resolution.offered.values() for value in offered for name in copied_in(value)
    )


def _kept(known: dict[_Key, _Value], key: _Key, hits: _Value) -> _Value:
    """Remember something within a bound, and return it."""
    if len(known) >= _MOST_REMEMBERED:
        known.clear()
    known[key] = hits
    return hits


def _batches(asked: Sequence[tuple[int, Asked]]) -> Iterable[list[tuple[int, Asked]]]:
    """Yield what is asked in batches whose members fit into one fact."""
    batch: list[tuple[int, Asked]] = []
    room = MOST_MEMBERS - 2
    for each in asked:
        members = len(each[1].encoding.members)
        if members > room and batch:
            yield batch
            batch, room = [], MOST_MEMBERS - 2
        batch.append(each)
        room -= members
    if batch:
        yield batch


def notes_key(decision: str) -> str:
    """Return the id of the group that a decision's notes are asked as."""
    return f"{decision}.notes"


def _notes_of(decision: Decision) -> Group:
    """Return a decision's notes as a group of rules that give nothing: durable-rules says which hold."""
    rules = tuple(
        Rule(note.id, note.says, note.cites, note.interpretations, note.when, {}, (), NOWHERE)
        for note in decision.notes
    )
    return Group(notes_key(decision.id), decision.id, "collect", None, rules, (), frozenset(), (), NOWHERE)


def _as_group(applies: Applies, decision: str) -> Group:
    rule = Rule(applies.id, applies.says, applies.cites, applies.interpretations, applies.when, {}, (), NOWHERE)
    return Group(applies.id, decision, "any", None, (rule,), (), frozenset(), (), NOWHERE)
