"""An open decision from what was seen in all of its completions: what is certain, what is provisional, and why.

How the completions are gone through is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from service.analysis.domains import Choice
from service.analysis.ground import Ground
from service.analysis.terms import is_symbolic
from service.clock.business_time import format_instant
from service.facts.numbers import exact, number_json
from service.facts.values import Period
from service.model.conditions import Env
from service.model.hits import Resolution, fill
from service.model.names import Key, Own
from service.model.pack import LIFE, Clock, Copy, Decision, Group, Note
from service.model.values import ABSENT, CONFLICT, Pairs, is_same
from service.model.working import known_value, run_clock, run_copy

__all__ = ["NOT_APPLICABLE", "Members", "Open", "Seen", "agreed", "opened", "outcome_of"]


_PLAIN = frozenset({str, bool, type(None)})


class _Mark:
    """A result that is no outcome."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


NOT_APPLICABLE = _Mark("NOT_APPLICABLE")
INCOMPLETE = _Mark("INCOMPLETE")


@dataclass(frozen=True, slots=True)
class Open:
    """An analysed decision.

    status       decided, provisional, undecided or not_applicable
    members      member path -> value, for the document and for copies; empty without an outcome
    resolutions  group -> what its reasons are
    needs        facts that matter, the most useful question first
    notes        notes that certainly hold
    env          what can be shown: known facts and names that are the same in every completion
    passed_on    members, as others read them, that have one value in every completion
    is_exact     whether all was settled; else `needs` may have more than matters
    """

    status: str
    members: Mapping[str, object]
    resolutions: Mapping[str, Resolution]
    needs: tuple[str, ...]
    notes: tuple[Note, ...]
    env: Env
    passed_on: Mapping[str, object]
    is_exact: bool = True


Members: TypeAlias = Mapping[str, Sequence[Hashable]]


@dataclass(slots=True)
class Seen:
    """What was found over all completions: those in which the decision applies, unless it says otherwise.

    found     what the decision comes to, each once: NOT_APPLICABLE, INCOMPLETE or an outcome's members as a tuple
    certain   group -> rules that hold in every one, as bits
    together  group -> sets of rules that hold together in one
    values    names from outside -> their values; a name of many may be left out
    values_without  names that the applicability reads -> their values where the decision does not apply
    members   members that others read -> their values, whether the decision applies or not
    silent    notes whose condition does not hold in one
    """

    found: list[Hashable] = field(default_factory=list)
    certain: dict[str, int] = field(default_factory=dict)
    together: dict[str, set[int]] = field(default_factory=dict)
    values: dict[Key, Sequence[Hashable]] = field(default_factory=dict)
    values_without: dict[Key, Sequence[Hashable]] = field(default_factory=dict)
    members: Members = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)


Questions: TypeAlias = Callable[[], tuple[tuple[str, ...], bool]]
"""Says which facts matter, the most useful question first, and whether all was settled."""


def opened(ground: Ground, decision: Decision, env: Env, seen: Seen, questions: Questions) -> Open:
    """Return a decision of which all completions were seen.

    env        what the case gives
    questions  asked only where the completions differ
    """
    return _Opening(ground, decision, env, seen).opened(questions)


class _Opening:
    def __init__(self, ground: Ground, decision: Decision, env: Env, seen: Seen) -> None:
        self.ground = ground
        self.reach = ground.reach
        self.decision = decision
        self.env = env
        self.seen = seen
        self.groups = decision.groups

    def opened(self, questions: Questions) -> Open:
        found = self.seen.found
        shown = self._shown()
        passed_on = agreed(self.seen.members)
        if len(found) == 1 and not is_symbolic(found[0]):
            return self._closed(found[0], shown, passed_on)
        asked, is_exact = questions()
        applying = [each for each in found if each is not NOT_APPLICABLE]
        members, certain = self._certain(dict(shown))
        outcome = self._outcome(members)
        if not self._has_certain_rule(certain):
            return Open("undecided", {}, {}, asked, self._notes(), shown, passed_on, is_exact)
        if outcome is not INCOMPLETE and any(is_same(outcome, each) for each in found):
            known = {**shown, **self._own(members)}
            return Open("provisional", members, certain, asked, self._notes(), known, passed_on, is_exact)
        if len(applying) == 1 and applying[0] is not INCOMPLETE and not is_symbolic(applying[0]):
            members, resolutions = self._agreed(applying[0], shown)
            return Open("provisional", members, resolutions, asked, self._notes(), shown, passed_on, is_exact)
        return Open("undecided", {}, {}, asked, self._notes(), shown, passed_on, is_exact)

    # what is certain

    def _shown(self) -> dict[Key, object]:
        """Return what is known, with the names that have one value in all completions."""
        known = dict(self.env)
        for name in self.decision.reads:
            if name in self.env:
                continue
            values = self.seen.values.get(name, ())
            if len(values) == 1 and self._is_told(name, *values):
                (known[name],) = values
            elif self.reach.is_lenient(name):
                value = known_value(self.ground.pack, name, self.env)
                if value is not None:
                    known[name] = value
        return known

    def _is_told(self, name: Key, value: Hashable) -> bool:
        """Say whether a name has this one value indeed: that of an unknown fact may stand for all of its class."""
        domain = self.ground.domains.get(str(name))
        if isinstance(domain, Choice) and value in domain.values:
            return len(domain.class_of(domain.values.index(value))) == 1
        return not is_symbolic(value)

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
            resolution = resolutions[part.id] = self.ground.resolution(part, bits)
            given = fill(part, resolution, shown)
            unsure = self._unsure(part, resolution)
            return {member: value for member, value in given.items() if member not in unsure}
        lacking = [name for name in part.reads if name not in shown and not self._says_nothing_never(name)]
        if isinstance(part, Copy):
            return {} if lacking else {part.member: run_copy(part, shown)}
        if not part.of_life.issuperset(lacking):
            return {}
        given = run_clock(part, self.ground.pack, shown)
        unknown = {member for result, member in part.gives.items() if lacking and result in LIFE}
        return {member: value for member, value in given.items() if member not in unknown}

    def _says_nothing_never(self, name: Key) -> bool:
        """Say whether a name is what says that a clock does not concern the case, and it says so in no completion."""
        for group in self.groups:
            if group.nothing is not None and name == Own(f"{self.decision.id}.{group.nothing}"):
                return not any(self.seen.together.get(group.id, ()))
        return False

    def _unsure(self, group: Group, resolution: Resolution) -> frozenset[str]:
        """Return the where-known members that other rules give in a completion, or none, than the certain ones."""
        where_known = {member.path for member in self.decision.members if member.where_known}
        if not where_known:
            return frozenset()
        found: set[str] = set()
        for bits in self.seen.together.get(group.id, ()):
            offered = self.ground.resolution(group, bits).offered
            found |= {each for each in where_known if offered.get(each) != resolution.offered.get(each)}
        return frozenset(found)

    def _outcome(self, members: Mapping[str, object]) -> Hashable:
        deciding = self.reach.deciding(self.decision)
        return outcome_of(self.ground, self.decision, tuple(members.get(path) for path in deciding))

    def _has_certain_rule(self, resolutions: Mapping[str, Resolution]) -> bool:
        """Say whether an outcome of optional members alone rests on a rule: without one it is none."""
        return bool(self.reach.required(self.decision)) or any(each.winners for each in resolutions.values())

    def _own(self, members: Mapping[str, object]) -> dict[Key, object]:
        return {Own(f"{self.decision.id}.{path}"): value for path, value in members.items()}

    def _closed(self, result: Hashable, shown: dict[Key, object], passed_on: Mapping[str, object]) -> Open:
        """Return a decision that has the same result in every completion."""
        if result is NOT_APPLICABLE:
            settled = {name: values for name, values in self.seen.values_without.items() if len(values) == 1}
            why_not = {name: value for name, (value,) in settled.items() if self._is_told(name, value)}
            return Open("not_applicable", {}, {}, (), (), {**shown, **why_not}, passed_on)
        if result is INCOMPLETE:
            return Open("undecided", {}, self._certain(shown)[1], (), self._notes(), shown, passed_on)
        members, resolutions = self._agreed(result, shown)
        return Open("decided", members, resolutions, (), self._notes(), shown, passed_on)

    def _agreed(self, result: Hashable, shown: dict[Key, object]) -> tuple[dict[str, object], Mapping[str, Resolution]]:
        """Return the members and reasons of an outcome that every completion gives in which the decision applies."""
        members, resolutions = self._certain(shown)
        if not is_same(self._outcome(members), result):
            resolutions = {group.id: self._whichever(group) for group in self.groups}
        values = dict(zip((each.path for each in self.reach.answered(self.decision)), result, strict=True))  # type: ignore[call-overload]
        return {**members, **{path: value for path, value in values.items() if value is not None}}, resolutions

    def _whichever(self, group: Group) -> Resolution:
        """Return the rules that give the outcome in one completion or another, where no one rule gives it in all."""
        winners: set[int] = set()
        for bits in self.seen.together.get(group.id, ()):
            winners.update(self.ground.resolution(group, bits).winners)
        return Resolution(tuple(sorted(winners)), (), {}, None)

    def _notes(self) -> tuple[Note, ...]:
        return (
            tuple(note for note in self.decision.notes if note.id not in self.seen.silent)
            if self.seen.certain or not self.groups
            else ()
        )


def agreed(members: Members) -> dict[str, object]:
    """Return the members, of those with all the values that they could have, that have one value in every completion.

    That a member is always none is not passed on: who reads it finds that out from what it rests on.
    """
    return {
        name: values[0]
        for name, values in members.items()
        if len(values) == 1 and values[0] is not None and not is_symbolic(values[0])
    }


def outcome_of(ground: Ground, decision: Decision, values: tuple[object, ...]) -> Hashable:
    """Return the answered members' values as one comparable outcome, INCOMPLETE when a required one is none.

    values  of the members by which there is an outcome, in the order of `deciding`
    """
    given = dict(zip(ground.reach.deciding(decision), values, strict=True))
    for member in ground.reach.required(decision):
        if given[member.path] is None and (member.nothing is None or given[member.nothing] is None):
            return INCOMPLETE
    return tuple([_comparable(given[member.path]) for member in ground.reach.answered(decision)])


def _comparable(value: object) -> Hashable:
    """Tell instants apart by how they are written: the same moment in another zone is another answer."""
    kind = value.__class__
    if kind is str or kind is bool or value is None:
        return value
    if kind is tuple and _PLAIN.issuperset(map(type, value)):  # type: ignore[call-overload]
        return value
    if isinstance(value, tuple):
        if isinstance(value, Period):
            ends = () if value.to is None else (("to", format_instant(value.to)),)
            return Pairs((("from", format_instant(value.from_)), *ends))
        return value.__class__(map(_comparable, value))
    if isinstance(value, Decimal | Fraction):
        return exact(number_json(value))  # two that are shown as one number are one answer
    return format_instant(value) if isinstance(value, datetime) else value
