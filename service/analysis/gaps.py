"""What is proved of the parts of a pack: gaps, overlaps, disagreements, and rules that never hold or never win.

Every case is considered, by diagrams, also across decisions that read each other. What can't be settled takes more to
be possible than is: what is not found does not exist then either, and what is found is to be shown by a case that is
decided again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, TypeAlias

from service.analysis.diagrams import Diagram, TooMuchWork, results, support
from service.analysis.ground import Ground, positions
from service.analysis.handed import Handed
from service.analysis.ongoing import declared
from service.analysis.paths import Ways
from service.analysis.regions import Cluster
from service.analysis.telling import Saying, Teller, named
from service.analysis.terms import facts_in, is_symbolic
from service.analysis.variables import Free
from service.analysis.witness import Witness, witnesses
from service.analysis.worlds import World
from service.model.conditions import ALWAYS
from service.model.hits import Resolution, always_given, fill, fill_one, resolve
from service.model.names import Applying, Key, Own
from service.model.outcomes import Copied, Template, copied_in
from service.model.pack import Clock, Copy, Decision, Group, Rule
from service.model.parts import Part
from service.model.values import ABSENT

__all__ = [
    "MOST_STEPS",
    "MOST_TOLD",
    "NO_RULE",
    "Assertion",
    "CaseRegion",
    "Examined",
    "IdleRule",
    "examine",
    "shown_by",
]

MOST_TOLD = 8
"""Regions that are told of one assertion; of the others it is said how many there are."""

NO_RULE = ""
"""The id of what stands for a rule in a part that has none."""

_MOST_TRIED = 64
"""Regions for which a case is made up where not all that was taken to be possible is."""

_MOST_ASSERTED = 24
MOST_STEPS = 500_000
"""Steps that may be taken for one part; the most that a part costs is some ten seconds."""

_Mark: TypeAlias = tuple[str, tuple[str, ...], tuple[int, ...]]
"""What is wrong where certain rules hold: its kind, the members and the rules that it is about."""


@dataclass(frozen=True, slots=True)
class CaseRegion:
    """A set of cases.

    sayings   what is so of the facts in all of them; none where it is all cases
    tried     cases that are, or may be, among them
    witness   one that was decided again and shows what is asserted
    """

    sayings: tuple[Saying, ...]
    tried: tuple[Witness, ...]
    witness: Witness | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    """Something that is wrong in some cases.

    kind     gap: no rule gives the members; overlap: the rules, of which one at most may, hold together;
             conflict: the rules win together and give the member different values; wins: nothing, the rule wins
    regions  the first of the sets of cases in which it is so
    count    how many sets there are
    """

    kind: Literal["gap", "overlap", "conflict", "wins"]
    group: Group
    members: tuple[str, ...]
    rules: tuple[int, ...]
    regions: tuple[CaseRegion, ...]
    count: int


@dataclass(frozen=True, slots=True)
class IdleRule:
    """A rule that never holds, or that never wins.

    by  positions of the rules that it is always overruled by; none where it never holds
    """

    rule: Rule
    by: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found of one part.

    applies   whether there is any case that its decision applies to
    further   how many combinations of rules are wrong in the same way and are not among the assertions
    wins      for each other rule that it wins, where only cases can show it
    unproved  why something may have been taken to be possible that is not; None where all is settled
    is_complete  whether all was looked at
    """

    group: Group
    decision: Decision
    applies: bool = True
    assertions: tuple[Assertion, ...] = ()
    further: int = 0
    idle: tuple[IdleRule, ...] = ()
    wins: tuple[Assertion, ...] = ()
    unproved: str | None = None
    is_complete: bool = True


def examine(ground: Ground, most_steps: int = MOST_STEPS) -> Iterator[Examined]:
    """Yield what is found of each part of a pack, in order: of its rules or rows, of what it copies or counts.

    most_steps  that may be taken for one part; what needs more is not proved
    """
    handed = Handed()
    for decision in ground.pack.decisions.values():
        required = ground.reach.required_paths(decision)
        for part in decision.parts:
            if isinstance(part, Group) or (part.reads and not required.isdisjoint(part.member_paths)):
                handed = Handed() if handed.space.is_large else handed
                yield _examined(ground, decision, part, most_steps, handed)


def _as_rule(part: Copy | Clock) -> Group:
    """Return a part that has no rules as one that gives what it gives, where that is something."""
    name = part.id if isinstance(part, Clock) else f"{part.decision}.{part.member}"
    own = {path: Own(f"{part.decision}.{path}") for path in part.member_paths}
    then = {path: Template((key,), Copied(key)) for path, key in own.items()}
    rule = Rule(NO_RULE, "", (), (), ALWAYS, then, (), part.place)
    return Group(name, part.decision, "any", None, (rule,), tuple(own), frozenset(), (), part.place)


def _examined(ground: Ground, decision: Decision, part: Part, most_steps: int, handed: Handed) -> Examined:
    group, reads = (part, ()) if isinstance(part, Group) else (_as_rule(part), part.reads)
    withheld = Own(f"{part.decision}.{part.nothing}") if isinstance(part, Clock) and part.nothing else None

    def world(*, compared: bool = False) -> World:
        return World(
            ground, decision, {}, bound=most_steps, anything=True, part=group, compared=compared, handed=handed
        )

    try:
        search = _Search(world(), decision, group, reads, withheld)
        if search.compares():
            search = _Search(world(compared=True), decision, group, reads, withheld, compared=True)
        return search.examined()
    except TooMuchWork:
        order = ground.reach.order
        facts = sorted(ground.reach.facts_of_part(group), key=lambda fact: (order.get(fact, len(order)), fact))
        return Examined(
            group,
            decision,
            unproved=f"there are too many combinations of {named(facts)} to look at them all",
            is_complete=False,
        )


def shown_by(assertion: Assertion, hits: Sequence[int], values: Mapping[Key, object]) -> bool:
    """Say whether a case shows what is asserted, by the rules that hold in it and the values of all names."""
    group, rules = assertion.group, set(assertion.rules)
    resolution = resolve(group, hits)
    if assertion.kind == "overlap":
        return resolution.winners == assertion.rules
    if not rules.issubset(resolution.winners):
        return False
    if assertion.kind == "wins":
        return True
    given = fill(group, resolution, values)
    if assertion.kind == "gap":
        return all(given.get(member, ABSENT) in (ABSENT, None) for member in assertion.members)
    (member,) = assertion.members
    first, second = (_filled_in(group, member, group.rules[i].then[member], values) for i in assertion.rules)
    return first != second


def _filled_in(group: Group, member: str, value: object, values: Mapping[Key, object]) -> object:
    found = fill_one(group, member, (value,), values)
    return ABSENT if found is None else found


@dataclass(slots=True)
class _Search:
    """The search through one part.

    reads     what it copies or counts from: a member that its own decision does not give is told where that is
    withheld  that of them that says, where it is there, that a clock does not concern the case
    compared  whether the values that rules copy are compared
    """

    world: World
    decision: Decision
    group: Group
    reads: Sequence[Key] = ()
    withheld: Key | None = None
    compared: bool = False
    ways: Ways = field(init=False)
    teller: Teller = field(init=False)
    to_give: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.ways = Ways(self.world)
        self.teller = Teller(self.world)
        self.to_give = self._to_give()

    def compares(self) -> bool:
        """Say whether rules win together that copy other names for one member."""
        if self.group.policy == "unique":
            return False
        return any(
            len(set(values)) > 1 and any(isinstance(value, Template) for value in values)
            for bits in results(self.world.hits(self.group))
            for member, values in self.world.ground.resolution(self.group, bits).offered.items()  # type: ignore[arg-type]
            if member not in self._gathering()
        )

    def _gathering(self) -> frozenset[str]:
        """Return the members that are made of what all rules give: no two of these disagree."""
        return self.group.lists.union(self.group.collects) if self.group.policy == "collect" else frozenset()

    def examined(self) -> Examined:
        """Return what is found."""
        world, group = self.world, self.group
        applies = world.value(Applying(self.decision.id))
        if applies is world.space.false:
            return Examined(group, self.decision, applies=False)
        for name in world.pack.beneath(self.reads):
            if isinstance(name, Own) and name not in world.pack.between:
                there = self._is_there(name)
                applies = world.space.both(applies, world.space.negate(there) if name == self.withheld else there)
        # The results of rules that hold where the decision does not apply count for nothing.
        hits = world.space.choose(applies, world.hits(group), world.space.leaf(None))
        marks = world.space.choose(applies, self._marks(), world.space.leaf(()))
        wrong = list(dict.fromkeys(mark for each in results(marks) for mark in each))  # type: ignore[attr-defined]
        why = self._in_doubt(support(hits) | support(marks))
        most = MOST_TOLD if why is None else _MOST_TRIED
        idle = tuple(self._idle([bits for bits in results(hits) if bits is not None]))  # type: ignore[misc]
        return Examined(
            group,
            self.decision,
            assertions=tuple(self._asserted(marks, mark, most) for mark in wrong[:_MOST_ASSERTED]),
            further=max(0, len(wrong) - _MOST_ASSERTED),
            idle=idle,
            wins=() if why is None else tuple(self._wins(hits, {each.rule.id for each in idle})),
            unproved=why,
        )

    def _is_there(self, name: Own) -> Diagram:
        """Return where a member of the decision is there, or it is told nowhere else that it is not."""
        world = self.world
        there = world.space.apply(lambda value: value is not None, world.value(name))
        member = next((each for each in self.decision.members if each.name == name.name), None)
        if member is None or member.name == getattr(self.withheld, "name", None):
            return there
        if member.path not in world.reach.required_paths(self.decision):
            return world.space.true
        if member.nothing is None:
            return there
        concluded = world.value(Own(f"{self.decision.id}.{member.nothing}"))
        return world.space.either(there, world.space.apply(bool, concluded))

    def _wins(self, hits: Diagram, idle: Collection[str]) -> Iterator[Assertion]:
        """Yield for each rule where it wins."""
        winners = self.world.space.apply(
            lambda bits: () if bits is None else self.world.ground.resolution(self.group, bits).winners, hits
        )
        for i, rule in enumerate(self.group.rules):
            if rule.id not in idle:
                where = self.world.space.apply(lambda won, i=i: i in won, winners)
                yield Assertion("wins", self.group, (), (i,), self._regions(where, _MOST_TRIED), 0)

    # what is wrong where certain rules hold

    def _marks(self) -> Diagram:
        """Return what is wrong, as tuples of marks."""
        world, group = self.world, self.group
        names = sorted({name for rule in group.rules for value in rule.then.values() for name in copied_in(value)})
        return world.space.bind(
            lambda bits, *values: self._marked(bits, dict(zip(names, values, strict=True))),
            world.hits(group),
            *[self._copied(name) for name in names],
        )

    def _copied(self, name: Key) -> Diagram:
        """Return the values that a name could have; where they are not compared, only whether there is one."""
        value = self.world.value(name)
        return value if self.compared else self.world.space.apply(lambda each: None if each is None else True, value)

    def _marked(self, bits: int, known: Mapping[Key, object]) -> Diagram:
        resolution = self.world.ground.resolution(self.group, bits)
        if self.group.policy == "unique" and len(resolution.winners) > 1:
            return self.world.space.leaf((("overlap", (), resolution.winners),))
        gathering = self._gathering()
        found: Diagram = self.world.space.leaf(())
        for member in self.group.gives:
            if member not in gathering and member != self.group.nothing:
                found = self._disagreement(found, member, self._offers(resolution, member, known))
        required = () if True in resolution.offered.get(self.group.nothing or "", ()) else self._required()
        missing = tuple(member for member in required if self._is_missing(resolution, member, known))
        return self._and(found, ("gap", missing, ())) if missing else found

    def _offers(self, resolution: Resolution, member: str, known: Mapping[Key, object]) -> list[tuple[int, object]]:
        rules = self.group.rules
        return [
            (i, _filled_in(self.group, member, rules[i].then[member], known))
            for i in resolution.winners
            if member in rules[i].then
        ]

    def _disagreement(self, found: Diagram, member: str, offers: Sequence[tuple[int, object]]) -> Diagram:
        """Add where the first of the rules that give a member and another give it different values."""
        for i, value in offers[1:]:
            first, other = offers[0]
            if value == other:
                continue
            mark = ("conflict", (member,), (first, i))
            if ABSENT in (value, other) or not (is_symbolic(value) or is_symbolic(other)):
                return self._and(found, mark)
            found = self.world.space.choose(self.world.same(other, value), found, self._and(found, mark))
        return found

    def _and(self, marks: Diagram, mark: _Mark) -> Diagram:
        return self.world.space.apply(lambda each: (*each, mark), marks)

    def _required(self) -> Iterator[str]:
        required = self.world.reach.required_paths(self.decision)
        return (m for m in self.group.gives if m in required and not always_given(self.group, m))

    def _is_missing(self, resolution: Resolution, member: str, known: Mapping[Key, object]) -> bool:
        return all(value is ABSENT for _, value in self._offers(resolution, member, known))

    def _asserted(self, marks: Diagram, mark: _Mark, most: int) -> Assertion:
        kind, members, rules = mark
        where = self.world.space.apply(lambda each: mark in each, marks)
        return Assertion(kind, self.group, members, rules, self._regions(where, most), self.ways.count(where))  # type: ignore[arg-type]

    def _regions(self, where: Diagram, most: int) -> tuple[CaseRegion, ...]:
        return tuple(
            CaseRegion(tuple(self.teller.sayings(path)), tuple(witnesses(self.world, path, self.to_give)))
            for path in islice(self.ways.to_true(where), most)
        )

    def _to_give(self) -> frozenset[str]:
        """Return the facts and subjects that a case is to have: what the decision rests on, and those that it reads."""
        pack, found = self.world.pack, set[str]()
        waiting = [self.decision.id]
        while waiting:
            decision = pack.decisions[waiting.pop()]
            found.update(decision.facts)
            waiting.extend(decision.needs_before)
        if found & {"as_of", "today"}:
            found.add(pack.as_of_fact or "as_of")
        return frozenset(found)

    # rules that are of no use

    def _idle(self, together: Sequence[int]) -> Iterator[IdleRule]:
        rules, resolution = self.group.rules, self.world.ground.resolution
        held, won = 0, 0
        common: dict[int, int] = {}
        for bits in together:
            held |= bits
            for i in resolution(self.group, bits).winners:
                won |= 1 << i
        beaten = held & ~won
        for bits in together:
            for i in positions(bits & beaten):
                common[i] = common.get(i, -1) & bits
        for i, rule in enumerate(rules):
            if not held >> i & 1:
                yield IdleRule(rule)
            elif i in common:
                yield IdleRule(rule, tuple(rules[by] for by in self._beaten_by(i, common[i], together)))

    def _beaten_by(self, i: int, common: int, together: Sequence[int]) -> list[int]:
        """Return a rule that overrules another wherever that holds; or else all those that do somewhere."""
        for other in positions(common):
            if other != i and resolve(self.group, (i, other)).winners == (other,):
                return [other]
        overruled = (
            each
            for bits in together
            if bits >> i & 1
            for each in self.world.ground.resolution(self.group, bits).overruled
        )
        return sorted({each.by for each in overruled if each.rule == i})

    # what was not settled

    def _in_doubt(self, ranks: set[int]) -> str | None:
        """Return why something that was taken to be possible may not be; None where all of it is."""
        told: dict[str, None] = {}
        for rank in sorted(ranks):
            variable = self.world.variables[rank]
            if isinstance(variable, Free):
                told[self._doubt(facts_in(variable.atom), variable.atom)] = None
            elif isinstance(variable, Cluster) and not variable.is_exact:
                told[self._doubt(variable.facts, variable.atoms[0])] = None
        return "; ".join(told) or None

    def _doubt(self, facts: Sequence[str] | frozenset[str], atom: object) -> str:
        claim = self.teller.claim(atom, truth=True).says  # type: ignore[arg-type]
        asked = named(sorted(set(map(declared, facts))))
        return f"it was not settled when {claim}, with all else that is asked of {asked}"
