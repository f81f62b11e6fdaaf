"""What a pack works out, in which order: steps, and the stages in which durable-rules can be asked of many at once.

A step works out one thing: a derived fact, whether a decision applies, what a group of rules comes to, a clock, a copy,
or the members of a decision as others see them. Nothing is worked out here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

from service.decision.asking import Asked, Asker
from service.decision.fillers import Fill, Fillable, Published, filler
from service.model.conditions import reads
from service.model.derivations import Derived
from service.model.names import Applying, Key, Own
from service.model.pack import Applies, Decision, Group, Pack, Rule
from service.remembering import keep
from service.written.findings import Place

__all__ = ["Stage", "Stages", "Step", "Work", "names_given", "notes_key"]

_MOST_PLANS = 256
_NOWHERE = Place("", 0, 0)


def _nothing(_: dict[Key, object]) -> None:
    """Put nothing into an environment."""


Work: TypeAlias = Fillable | Applies | Group


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to work out, and the names that it reads.

    number  its place among all steps; each stands after what it reads
    asked   set where durable-rules is asked
    fill    set where it is not: works it out
    """

    number: int
    work: Work
    stage: int
    reads: frozenset[Key]
    asked: Asked | None = None
    fill: Fill = _nothing


@dataclass(frozen=True, slots=True)
class Stage:
    """The groups that are asked together, and what is worked out afterwards, in this order."""

    asked: tuple[Asked, ...]
    then: tuple[Step, ...]


class Stages:
    """The steps of a pack, and for each set of decisions the stages that work them out.

    asked  by the id of the group, the applicability or the notes
    """

    def __init__(self, pack: Pack, asker: Asker) -> None:
        self._pack = pack
        self._asker = asker
        self.asked: dict[str, Asked] = {}
        self._steps: dict[Key, list[Step]] = {}  # by decision, or by derived fact
        self._plans: dict[tuple[frozenset[str], frozenset[str]], tuple[Stage, ...]] = {}
        self._read = frozenset(pack.beneath(name for each in pack.decisions.values() for name in each.reads))
        self._compile()

    def plan(self, decisions: frozenset[str], in_part: frozenset[str] = frozenset()) -> tuple[Stage, ...]:
        """Return the stages that work out these decisions and nothing else; they must hold what they read.

        in_part  those of which nothing is wanted but the members that other decisions read
        """
        key = (decisions, in_part)
        found = self._plans.get(key)
        if found is None:
            found = keep(self._plans, key, tuple(self._staged(decisions, in_part)), _MOST_PLANS)
        return found

    def _compile(self) -> None:
        levels: dict[Key, int] = {}
        for number, (work, decision) in enumerate(self._work()):
            names = _names_read(work)
            level = max((levels.get(name, 0) for name in names), default=0)
            asked = None
            if isinstance(work, Group | Applies):
                level += 1
                asked = self._seated(work, decision, level)
            for name in names_given(work):
                levels[name] = max(level, levels.get(name, 0))
            under = work.name if isinstance(work, Derived) and not work.is_between else decision
            fill = _nothing if isinstance(work, Group | Applies) else filler(work, self._pack)
            step = Step(number, work, level, frozenset(names), asked, fill)
            self._steps.setdefault(under, []).append(step)

    def _seated(self, work: Group | Applies, decision: str, level: int) -> Asked:
        if isinstance(work, Applies):
            asked = self._asker.seated(_as_group(work, decision), (Applying(decision),), level)
        else:
            keys: tuple[Key, ...] = tuple(Own(f"{work.decision}.{member}") for member in work.gives)
            asked = self._asker.seated(work, keys, level)
        self.asked[work.id] = asked
        return asked

    def _work(self) -> Iterable[tuple[Work, str]]:
        """Yield everything to work out, each after what it reads, with the decision that it is worked out for."""
        done: set[Key] = set()

        def derived_under(names: Iterable[Key], decision: str) -> Iterable[tuple[Derived, str]]:
            for name in names:
                derived = self._pack.derivation(name)
                if derived is not None and name not in done:
                    yield from derived_under(derived.inputs, decision)
                    done.add(name)
                    yield derived, decision

        for name in self._pack.schedule:
            decision = self._pack.decisions[name]
            yield from derived_under([each for each in decision.reads if isinstance(each, str)], name)
            if decision.applies is not None:
                yield decision.applies, name
            for part in decision.parts:
                yield from derived_under(part.reads, name)
                yield part, name
            for note in decision.notes:
                yield from derived_under(reads(note.when), name)
            members = tuple((member.name, Own(member.name)) for member in decision.members)
            yield Published(members, decision.requirements, None if decision.applies is None else Applying(name)), name
            if decision.notes:
                yield _notes_of(decision), name

    def _staged(self, decisions: frozenset[str], in_part: frozenset[str]) -> Iterable[Stage]:
        steps = [step for name in decisions for step in (self._part_of(name) if name in in_part else self._steps[name])]
        read = {name for step in steps for name in step.reads}
        beneath = [name for name in self._pack.beneath(read) if name in self._pack.derived]
        steps += [step for name in beneath for step in self._steps[name]]
        steps.sort(key=lambda step: step.number)
        for level in sorted({step.stage for step in steps}):
            here = [step for step in steps if step.stage == level]
            yield Stage(
                tuple(step.asked for step in here if step.asked is not None),
                tuple(step for step in here if step.asked is None),
            )

    def _part_of(self, name: str) -> list[Step]:
        """Return those steps of a decision that lead to the members that other decisions read."""
        decision = self._pack.decisions[name]
        read = [member for member in decision.members if member.name in self._read]
        wanted: set[Key] = {member.name for member in read}
        found: list[Step] = []
        for step in reversed(self._steps[name]):
            if not wanted.isdisjoint(names_given(step.work)):
                work = step.work
                if isinstance(work, Published):
                    work = replace(work, members=tuple((member.name, Own(member.name)) for member in read))
                    names = frozenset((*_names_read(work), *chain.from_iterable(work.requirements)))
                    found.append(replace(step, work=work, reads=names, fill=filler(work, self._pack)))
                else:
                    found.append(step)
                wanted.update(found[-1].reads)
        return found


def notes_key(decision: str) -> str:
    """Return the id of the group that a decision's notes are asked as."""
    return f"{decision}.notes"


def _names_read(work: Work) -> tuple[Key, ...]:
    """Return the names that a step reads."""
    if isinstance(work, Derived):
        return work.inputs
    if isinstance(work, Applies):
        return reads(work.when)
    if isinstance(work, Published):
        return (*(key for _, key in work.members), *([work.applies] if work.applies is not None else []))
    return work.reads


def names_given(work: Work) -> tuple[Key, ...]:
    """Return the names under which stands what a step works out."""
    if isinstance(work, Derived):
        return (work.key,)
    if isinstance(work, Applies):
        return (Applying(work.id.removesuffix(".applies")),)
    if isinstance(work, Published):
        return tuple(name for name, _ in work.members)
    return tuple(Own(f"{work.decision}.{member}") for member in work.member_paths)


def _notes_of(decision: Decision) -> Group:
    """Return a decision's notes as a group of rules that give nothing: durable-rules says which hold."""
    rules = tuple(
        Rule(note.id, note.says, note.cites, note.interpretations, note.when, {}, (), _NOWHERE)
        for note in decision.notes
    )
    return Group(notes_key(decision.id), decision.id, "collect", None, rules, (), frozenset(), (), _NOWHERE)


def _as_group(applies: Applies, decision: str) -> Group:
    rule = Rule(applies.id, applies.says, applies.cites, applies.interpretations, applies.when, {}, (), _NOWHERE)
    return Group(applies.id, decision, "any", None, (rule,), (), frozenset(), (), _NOWHERE)
