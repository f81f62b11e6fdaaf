"""Open decisions, exactly: what is certain, what could still change the outcome, and which fact to ask for first.

Every valid completion of a case is considered, by diagrams rather than one by one. A decision with one result in all
of them is decided; the facts that stand in the reduced diagram of its results are exactly those that matter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from service.analysis.diagrams import Diagram, Node, narrowed, nodes, results, support
from service.analysis.domains import Choice, Ordered, cuts, stretches
from service.analysis.worlds import INCOMPLETE, NOT_APPLICABLE, World, outcome_of
from service.decision.program import known_value
from service.model.conditions import Condition, Env, holds, reads
from service.model.hits import Resolution, fill, resolve
from service.model.names import Applying, Key, Own
from service.model.pack import Clock, Copy, Decision, Group, Note
from service.model.parts import part_reads
from service.model.values import ABSENT, CONFLICT
from service.model.working import run_clock, run_copy

__all__ = ["Open", "analyse"]

_SKIPPED = -1  # all bits set: a completion in which the decision does not apply rules nothing out
_UNKNOWN = object()


@dataclass(slots=True)
class _Seen:
    """What was found over all completions: those in which the decision applies, unless it says otherwise.

    certain   group -> rules that hold in every one, as bits
    together  group -> sets of rules that hold together in one
    values    names from outside -> their values
    values_without  names that the applicability reads -> their values where the decision does not apply
    silent    notes whose condition does not hold in one
    """

    certain: dict[str, int] = field(default_factory=dict)
    together: dict[str, set[int]] = field(default_factory=dict)
    values: dict[Key, set[Hashable]] = field(default_factory=dict)
    values_without: dict[Key, set[Hashable]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Open:
    """An analysed decision.

    status       decided, provisional, undecided or not_applicable
    members      member path -> value, for the document and for copies; empty without an outcome
    resolutions  group -> what its reasons are
    needs        facts that matter, the most useful question first
    notes        notes that certainly hold
    env          what can be shown: known facts and names that are the same in every completion
    """

    status: str
    members: Mapping[str, object]
    resolutions: Mapping[str, Resolution]
    needs: tuple[str, ...]
    notes: tuple[Note, ...]
    env: Env


def analyse(decision: Decision, world: World) -> Open:
    """Say what is certain of a decision, given what is known.

    world  in which only what the case gives is settled: facts (None for none), `as_of` and `today`. Decisions of
           one case share it, so that what one of them rests on is worked out once
    """
    return _Analysis(decision, world).open()


class _Analysis:
    def __init__(self, decision: Decision, world: World) -> None:
        self.world = world
        self.program = world.program
        self.reach = world.reach
        self.decision = decision
        self.env = world.env
        self.space = world.space
        self.seen = _Seen()
        self.groups = [part for part in decision.parts if isinstance(part, Group)]
        self.outside = [name for name in decision.reads if name not in self.env]

    def open(self) -> Open:
        """Analyse the decision."""
        ordered = tuple(fact for fact in self.reach.unknown(self.decision, self.env) if self._is_ordered(fact))
        diagram = self._walk(self.world, list(self.reach.settling_order(self.decision, ordered)))
        found = results(diagram)
        needs = tuple(self._needs(diagram))
        shown = self._shown()
        if len(found) == 1:
            return self._closed(found[0], shown)
        members, resolutions = self._certain(shown)
        outcome = outcome_of(
            self.reach, self.decision, tuple(members.get(each.path) for each in self.reach.answered(self.decision))
        )
        if outcome is not INCOMPLETE and outcome in found:
            return Open("provisional", members, resolutions, needs, self._notes(), shown)
        return Open("undecided", {}, {}, needs, self._notes(), shown)

    def _is_ordered(self, fact: str) -> bool:
        return isinstance(self.reach.domains[fact], Ordered)

    # all completions

    def _walk(self, world: World, waiting: list[str]) -> Diagram:
        """Return the decision's results, settling the ordered facts one after the other."""
        if not waiting:
            self._look(world)
            return world.result(self.decision)
        fact, *rest = waiting
        domain = cast("Ordered", self.reach.domains[fact])
        matters = self.reach.is_entangled(self.decision, fact, tuple(rest))
        pieces = [
            (value, self._walk(world.settle(fact, value), rest))
            for value in self._samples(world, domain, rest, dense=matters)
        ]
        return self.space.stretches(self.reach.ranks[fact], pieces)

    def _samples(self, world: World, domain: Ordered, rest: list[str], *, dense: bool) -> Iterator[object]:
        """Yield values of an ordered fact, in order.

        One of each stretch that tests tell apart, or three where it may matter more.
        """
        tests = self.reach.tests_on(self.decision, domain.fact, tuple(rest))

        def signature(value: object) -> tuple[int, ...]:
            there = world.settle(domain.fact, value)
            return tuple(id(there.judged(test)) for test in tests)

        for least, within, most in stretches(domain, cuts(domain, signature)):
            # The least stands for its stretch in the diagram, so it comes first where only one is looked at.
            yield least
            if dense and within != least:
                yield within
            if dense and most not in (least, within):
                yield most

    def _look(self, world: World) -> None:
        """Note what holds in this world wherever the decision applies."""
        space, seen = self.space, self.seen
        applies = world.value(Applying(self.decision.id))
        if applies is space.false:
            self._look_why_not(world)
            return
        skipped = space.leaf(_SKIPPED)
        for group in self.groups:
            together = results(space.choose(applies, world.hits(group), skipped))
            certain = seen.certain.get(group.id, _SKIPPED)
            for bits in together:
                certain &= bits  # type: ignore[operator]
            seen.certain[group.id] = certain
            seen.together.setdefault(group.id, set()).update(bits for bits in together if bits != _SKIPPED)  # type: ignore[misc]
        for name in self.outside:
            if not self.reach.is_lenient(name):
                values = results(space.choose(applies, world.value(name), space.leaf(_UNKNOWN)))
                seen.values.setdefault(name, set()).update(value for value in values if value is not _UNKNOWN)
        for note in self.decision.notes:
            if (
                note.id not in seen.silent
                and space.choose(applies, self._truth(world, note.when), space.true) is not space.true
            ):
                seen.silent.add(note.id)

    def _look_why_not(self, world: World) -> None:
        """Note the values of what the decision's applicability reads, where it does not apply."""
        if self.decision.applies is not None:
            for name in reads(self.decision.applies.when):
                if name not in self.env and not self.reach.is_lenient(name):
                    self.seen.values_without.setdefault(name, set()).update(results(world.value(name)))

    def _truth(self, world: World, condition: Condition) -> Diagram:
        # `given` asks what the case gave, not what a completion gives.
        settled = holds(condition, self.env)
        return world.truth(condition) if settled is None else self.space.leaf(settled)

    # what is certain

    def _shown(self) -> dict[Key, object]:
        """Return what is known, with the names that have one value in all completions."""
        known = dict(self.env)
        for name in self.outside:
            values = self.seen.values.get(name, set())
            if len(values) == 1:
                (known[name],) = values
            elif self.reach.is_lenient(name):
                value = known_value(self.program.pack, name, self.env)
                if value is not None:
                    known[name] = value
        return known

    def _certain(self, shown: dict[Key, object]) -> tuple[dict[str, object], dict[str, Resolution]]:
        """Return the members that the rules give which certainly hold, and what those rules come to."""
        members: dict[str, object] = {}
        resolutions: dict[str, Resolution] = {}
        for part in self.decision.parts:
            given = self._part(part, shown, resolutions)
            for member, value in given.items():
                if value is not ABSENT and value is not CONFLICT and value is not None:
                    members[member] = value
                    shown[Own(f"{self.decision.id}.{member}")] = value
        return members, resolutions

    def _part(self, part: Group | Clock | Copy, shown: Env, resolutions: dict[str, Resolution]) -> Mapping[str, object]:
        if isinstance(part, Group):
            bits = max(self.seen.certain.get(part.id, 0), 0)
            resolution = resolutions[part.id] = resolve(part, _positions(bits))
            given = fill(part, resolution, shown)
            unsure = self._unsure(part, bits)
            return {member: value for member, value in given.items() if member not in unsure}
        if any(name not in shown for name in part_reads(part)):
            return {}
        if isinstance(part, Copy):
            return {part.member: run_copy(part, shown)}
        return run_clock(part, self.program.pack, shown)

    def _unsure(self, group: Group, certain: int) -> frozenset[str]:
        """Return the where-known members that a rule might still give which does not certainly hold."""
        open_bits = 0
        for bits in self.seen.together.get(group.id, ()):
            open_bits |= bits & ~certain
        where_known = {member.path for member in self.decision.members if member.where_known}
        return frozenset(
            member for i in _positions(open_bits) for member in group.rules[i].then if member in where_known
        )

    def _closed(self, result: Hashable, shown: dict[Key, object]) -> Open:
        """Return a decision that has the same result in every completion."""
        if result is NOT_APPLICABLE:
            settled = {name: values for name, values in self.seen.values_without.items() if len(values) == 1}
            why_not = {**shown, **{name: value for name, (value,) in settled.items()}}
            return Open("not_applicable", {}, {}, (), (), why_not)
        if result is INCOMPLETE:
            return Open("undecided", {}, self._certain(shown)[1], (), self._notes(), shown)
        members, resolutions = self._certain(shown)
        answered = self.reach.answered(self.decision)
        if outcome_of(self.reach, self.decision, tuple(members.get(each.path) for each in answered)) != result:
            resolutions = {group.id: self._whichever(group) for group in self.groups}
        values = dict(zip((each.path for each in answered), result, strict=True))  # type: ignore[call-overload]
        members = {**members, **{path: value for path, value in values.items() if value is not None}}
        return Open("decided", members, resolutions, (), self._notes(), shown)

    def _whichever(self, group: Group) -> Resolution:
        """Return the rules that give the outcome in one completion or another, where no one rule gives it in all."""
        winners: set[int] = set()
        for bits in self.seen.together.get(group.id, ()):
            winners.update(resolve(group, _positions(bits)).winners)
        return Resolution(tuple(sorted(winners)), (), {}, None)

    def _notes(self) -> tuple[Note, ...]:
        return (
            tuple(note for note in self.decision.notes if note.id not in self.seen.silent)
            if self.seen.certain or not self.groups
            else ()
        )

    # what to ask

    def _needs(self, diagram: Diagram) -> list[str]:
        """Return the facts that matter; first the one that leaves the fewest results open on average."""
        facts = {rank: self.reach.fact_at(rank) for rank in support(diagram)}
        weighed = {fact: self._left_open(diagram, rank, fact) for rank, fact in facts.items()}
        order = self.reach.order
        return sorted(weighed, key=lambda fact: (weighed[fact], order[fact]))

    def _left_open(self, diagram: Diagram, rank: int, fact: str) -> float:
        domain = self.reach.domains[fact]
        if isinstance(domain, Choice):
            counts = [len(narrowed(diagram, rank, partial(_nth_child, i))) for i in range(len(domain.values))]
            return sum(w * n for w, n in zip(domain.weights, counts, strict=True)) / sum(domain.weights)
        here = [node for node in nodes(diagram) if isinstance(node, Node) and node.rank == rank]
        at = sorted(cast("set[int]", {cut for node in here for cut in node.cuts}))
        values = [domain.least, *at]
        counts = [len(narrowed(diagram, rank, partial(_child, value))) for value in values]
        return sum(counts) / len(counts)


def _nth_child(i: int, node: Node) -> Diagram:
    return node.children[i]


def _child(value: object, node: Node) -> Diagram:
    return node.children[bisect_right(cast("tuple[int, ...]", node.cuts), cast("int", value))]


def _positions(bits: int) -> tuple[int, ...]:
    return tuple(i for i in range(bits.bit_length()) if bits >> i & 1)
