"""Gaps and overlaps of a pack: cases for which no rule gives a required member, or rules that hold together disagree.

Every case is considered, by diagrams. What rests on more than one date, instant or unbounded number is passed over:
what is told is so, but not all that is so is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from service.analysis.diagrams import Diagram, Diagrams, Leaf, Node, TooManyNodes
from service.analysis.domains import Choice, Ordered, cuts, stretches
from service.analysis.worlds import World
from service.decision.running import Program
from service.model.hits import Resolution, resolve
from service.model.names import Applying, Key, shown_name
from service.model.outcomes import Template
from service.model.pack import Decision, Group, Pack
from service.model.values import CONFLICT
from service.written.findings import Finding

__all__ = ["find_gaps"]

_SKIPPED = -1
_MOST_NODES = 200_000


def find_gaps(pack: Pack) -> list[Finding]:
    """Return a warning for each gap and each overlap, with a case that shows it."""
    program = Program(pack)
    found: list[Finding] = []
    for decision in pack.decisions.values():
        for part in decision.parts:
            if isinstance(part, Group):
                try:
                    found.extend(_Search(program, decision, part).findings())
                except TooManyNodes:
                    continue
    return sorted(found)


class _Anything(World):
    """A world in which nothing is known: every fact may have any value, or none where it can be none."""

    def _value(self, name: Key) -> Diagram:
        if name in self.env:
            return self.space.leaf(self.env[name])
        if not isinstance(name, str):
            return super()._value(name)
        spec = self.pack.facts.facts.get(name)
        if name in self.pack.facts.subjects:
            return self._within(self.pack.facts.subjects[name], self._free(name, (True,)))
        if spec is not None:
            domain = cast("Choice", self.reach.domains[name])
            return self._within(spec.subject, self._free(name, domain.values, nullable=spec.absent_is_none))
        choices = _stand_in(self.program, name)
        return super()._value(name) if choices is None else self._free(name, choices)

    def _free(self, name: str, values: tuple[object, ...], *, nullable: bool = True) -> Diagram:
        leaves = [self.space.leaf(value) for value in ((*values, None) if nullable else values)]
        return self.space.node(_rank(self.program, name), leaves)

    def _within(self, subject: str | None, value: Diagram) -> Diagram:
        if subject is None:
            return value
        return self.space.apply(lambda there, one: one if there else None, self.value(subject), value)

    def settle(self, fact: str, value: object) -> World:
        return _Anything(self.program, self.space, {**self.env, fact: value}, self)


def _rank(program: Program, name: str) -> int:
    """Return a position in the order of variables for a fact, a subject or a member that stands for itself."""
    names = [*program.reach.domains, *program.pack.facts.subjects, *program.pack.types]
    return names.index(name)


def _stand_in(program: Program, name: str) -> tuple[object, ...] | None:
    """Return the values of a member that is not followed to the facts under it."""
    member = program.reach.member(name)
    if member is None or member.choices is None:
        return None
    ordered = [f for f in program.reach.facts_under(name) if isinstance(program.reach.domains.get(f), Ordered)]
    return member.choices if len(ordered) > 1 else None


def _ordered_under(program: Program, name: Key) -> set[str]:
    """Return the ordered facts that a name is followed to."""
    if isinstance(name, str) and _stand_in(program, name) is not None:
        return set()
    below = program.reach.read_by(name)
    if below is None:
        fact = shown_name(name)
        return {fact} if isinstance(program.reach.domains.get(fact), Ordered) else set()
    return set().union(*(_ordered_under(program, each) for each in below))


class _Search:
    def __init__(self, program: Program, decision: Decision, group: Group) -> None:
        self.program = program
        self.decision = decision
        self.group = group
        self.world = _Anything(program, Diagrams(_MOST_NODES), {})
        self.required = [member.path for member in program.reach.required(decision) if member.path in group.gives]

    def findings(self) -> Iterator[Finding]:
        told: set[str] = set()
        for world in self._worlds():
            applies = world.value(Applying(self.decision.id))
            diagram = world.space.choose(applies, world.hits(self.group), world.space.leaf(_SKIPPED))
            for leaf, case in _paths(diagram):
                # A member that stands in for itself may have values together that no case gives it.
                if leaf.value == _SKIPPED or self._has_stand_in(case):
                    continue
                code, message = self._judge(leaf.value) or ("", "")  # type: ignore[arg-type]
                if message and message not in told:
                    told.add(message)
                    yield Finding(self.group.place, code, f"{message}{self._example(case, world)}", severity="warning")

    def _worlds(self) -> Iterator[World]:
        """Yield a world for each stretch of the one ordered fact; none when there are more."""
        ordered = self._own_ordered()
        if not ordered:
            yield self.world
        if len(ordered) != 1:
            return
        (fact,) = ordered
        domain = cast("Ordered", self.program.reach.domains[fact])
        tests = [
            test
            for test in self.program.reach.tests_on(self.decision, fact, ())
            if set().union(*(_ordered_under(self.program, name) for name in test.reads)) == {fact}
        ]

        def signature(value: object) -> tuple[int, ...]:
            there = self.world.settle(fact, value)
            return tuple(id(there.judged(test)) for test in tests)

        for least, _, _ in stretches(domain, cuts(domain, signature)):
            yield self.world.settle(fact, least)
        if fact in self.program.pack.nullable:
            yield self.world.settle(fact, None)

    def _own_ordered(self) -> set[str]:
        names = set(self.program.asked[self.group.id].names)
        if self.decision.applies is not None:
            names.add(Applying(self.decision.id))
        return set().union(*(_ordered_under(self.program, name) for name in names))

    def _has_stand_in(self, case: dict[int, int]) -> bool:
        facts = len(self.program.reach.domains) + len(self.program.pack.facts.subjects)
        return any(rank >= facts for rank in case)

    def _judge(self, bits: int) -> tuple[str, str] | None:
        positions = [i for i in range(bits.bit_length()) if bits >> i & 1]
        resolution = resolve(self.group, positions)
        if self.group.policy == "unique" and len(resolution.winners) > 1:
            return "overlap", f"{self.group.id} is unique, but {self._names(resolution.winners)} hold together"
        clash = self._clash(resolution)
        if clash:
            return (
                "conflict",
                f"{self.group.id}: {self._names(resolution.winners)} hold together and disagree about {clash}",
            )
        missing = [path for path in self.required if path not in resolution.offered]
        if missing:
            return "gap", f"{self.group.id}: no rule gives {' and '.join(missing)}"
        return None

    def _clash(self, resolution: Resolution) -> str | None:
        if resolution.settled is not None:
            return next((member for member, value in resolution.settled.items() if value is CONFLICT), None)
        plain = {
            member: {value for value in values if not isinstance(value, Template)}
            for member, values in resolution.offered.items()
            if member not in self.group.lists
        }
        return next((member for member, values in plain.items() if len(values) > 1), None)

    def _names(self, positions: tuple[int, ...]) -> str:
        return " and ".join(self.group.rules[i].id for i in positions)

    def _example(self, case: dict[int, int], world: World) -> str:
        names = [*self.program.reach.domains, *self.program.pack.facts.subjects, *self.program.pack.types]
        told = [f"{fact} {_shown(value)}" for fact, value in world.env.items()]
        for rank, child in sorted(case.items()):
            told.append(f"{names[rank]} {_shown(self._chosen(names[rank], child))}")
        return f", for example with {', '.join(told)}" if told else ""

    def _chosen(self, name: str, child: int) -> object:
        domain = self.program.reach.domains.get(name)
        if name in self.program.pack.facts.subjects:
            values: tuple[object, ...] = (True,)
        else:
            values = domain.values if isinstance(domain, Choice) else _stand_in(self.program, name) or ()
        return values[child] if child < len(values) else None


def _paths(diagram: Diagram) -> Iterator[tuple[Leaf, dict[int, int]]]:
    """Yield each result once, with the choices that lead to it."""
    seen: set[int] = set()
    waiting: list[tuple[Diagram, dict[int, int]]] = [(diagram, {})]
    while waiting:
        one, path = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Node):
            waiting.extend((child, {**path, one.rank: i}) for i, child in enumerate(one.children))
        else:
            yield one, path


def _shown(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
