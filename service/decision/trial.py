"""Trials: the worked cases of a pack, decided and compared with what they expect. How they are shown is not here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from service.decision.policy import Policy
from service.instants import read_instant
from service.jsontext import Json, parse
from service.model.pack import Note, Pack, Rule, WorkedCase
from service.model.values import ABSENT, thawed
from service.written.findings import Place

__all__ = ["Coverage", "Mismatch", "Trial", "cover", "run_case", "run_cases"]

_OF_ID = re.compile(r"[.(]")  # what stands before it is the decision: fine.late, fine(high, adult)
_Decisions = Mapping[str, Mapping[str, Json]]
_LEFT_OUT = object()
_Kind = Literal["outcome", "status", "needs", "because", "overruled", "notes", "silent"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One point in which a case came out otherwise than it expects.

    kind      the key of the case that expects it; `outcome` for `expect`
    name      dotted member, decision, rule or note
    expected  what the case says, as JSON; None where `name` says it all
    got       what was decided, as JSON; None where there is nothing
    """

    kind: _Kind
    name: str
    expected: Json
    got: Json

    def as_json(self) -> dict[str, Json]:
        """Return the difference as a JSON object."""
        return {"kind": self.kind, "name": self.name, "expected": self.expected, "got": self.got}


@dataclass(frozen=True)
class Trial:
    """A case that was run.

    decisions  the decisions that the case is about, as in a decision document
    """

    case: WorkedCase
    decisions: _Decisions
    differences: tuple[Mismatch, ...]

    @property
    def is_passed(self) -> bool:
        """Whether everything came out as the case expects."""
        return not self.differences

    @cached_property
    def won(self) -> tuple[str, ...]:
        """The rules, rows, clocks and applicabilities that are among the reasons, each once."""
        return tuple(dict.fromkeys(_rules(self.decisions, "because")))

    @cached_property
    def overruled(self) -> tuple[str, ...]:
        """The rules and rows that held and did not win, each once."""
        return tuple(dict.fromkeys(_rules(self.decisions, "overruled")))

    @cached_property
    def held(self) -> tuple[str, ...]:
        """All that won or was overruled, each once."""
        return tuple(dict.fromkeys((*self.won, *self.overruled)))

    @cached_property
    def said(self) -> tuple[str, ...]:
        """The notes that were said."""
        return tuple(dict.fromkeys(_entries(self.decisions, "notes", "note")))


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of a pack its cases exercise.

    unheld     the rules and rows that hold in no case that is about their decision, in the pack's order
    overruled  those that hold in some, and win in none
    unsaid     the notes that no such case says, each with the place of its decision
    rules      how many rules and rows there are
    notes      how many notes there are
    """

    unheld: tuple[Rule, ...]
    overruled: tuple[Rule, ...]
    unsaid: tuple[tuple[Note, Place], ...]
    rules: int
    notes: int

    @property
    def won(self) -> int:
        """How many rules and rows win in some case."""
        return self.rules - len(self.unheld) - len(self.overruled)


def run_cases(policy: Policy, title: str = "") -> list[Trial]:
    """Run the cases whose title contains `title`, whatever its capitals; in the order in which they are written."""
    wanted = title.casefold()
    return [run_case(policy, case) for case in policy.pack.cases if wanted in case.title.casefold()]


def run_case(policy: Policy, case: WorkedCase) -> Trial:
    """Decide a case as any door would, and compare.

    Only the decisions that the case is about are asked: those that it names and those of the rules and notes that it
    names; all of them when it names nothing.
    """
    facts = policy.pack.facts.read(thawed(case.facts))
    as_of = None if case.as_of is None else read_instant(case.as_of)
    asked = _asked(policy.pack, case)
    decisions: _Decisions = {
        name: parse(text)  # type: ignore[misc]
        for name, text in policy.decide(facts, asked, as_of).items()
    }
    return Trial(case, decisions, tuple(_differences(policy.pack, case, decisions)))


def cover(pack: Pack, trials: Iterable[Trial]) -> Coverage:
    """Return what the trials exercise, counting passed and failed ones alike."""
    held, won, said = set[str](), set[str](), set[str]()
    for trial in trials:
        held.update(trial.held)
        won.update(trial.won)
        said.update(trial.said)
    rules = list(_all_rules(pack))
    notes = [(note, decision.place) for decision in pack.decisions.values() for note in decision.notes]
    return Coverage(
        unheld=tuple(rule for rule in rules if rule.id not in held),
        overruled=tuple(rule for rule in rules if rule.id in held - won),
        unsaid=tuple((note, place) for note, place in notes if note.id not in said),
        rules=len(rules),
        notes=len(notes),
    )


def _all_rules(pack: Pack) -> Iterator[Rule]:
    for decision in pack.decisions.values():
        for group in decision.groups:
            yield from group.rules


def _asked(pack: Pack, case: WorkedCase) -> tuple[str, ...]:
    ids = (*case.because, *case.overruled, *case.notes, *case.silent)
    named = {*case.expect, *case.status, *case.needs, *(_OF_ID.split(name, maxsplit=1)[0] for name in ids)}
    return tuple(name for name in pack.decisions if name in named) or tuple(pack.decisions)


def _entries(decisions: _Decisions, list_: str, key: str) -> Iterator[str]:
    for decision in decisions.values():
        for entry in decision[list_]:  # type: ignore[union-attr]
            yield entry[key]  # type: ignore[index, misc, call-overload]


def _rules(decisions: _Decisions, list_: str) -> Iterator[str]:
    return _entries(decisions, list_, "rule")


def _differences(pack: Pack, case: WorkedCase, decisions: _Decisions) -> Iterator[Mismatch]:
    for name, status in case.status.items():
        if decisions[name]["status"] != status:
            yield Mismatch("status", name, status, decisions[name]["status"])
    for name, members in case.expect.items():
        yield from _outcome_differences(pack, name, members, decisions[name])
    for name, facts in case.needs.items():
        if set(facts) != set(decisions[name]["needs"]):  # type: ignore[arg-type]
            yield Mismatch("needs", name, list(facts), decisions[name]["needs"])
    yield from _trace_differences(case, decisions)


def _trace_differences(case: WorkedCase, decisions: _Decisions) -> Iterator[Mismatch]:
    because, overruled = set(_rules(decisions, "because")), set(_rules(decisions, "overruled"))
    said = set(_entries(decisions, "notes", "note"))
    yield from (Mismatch("because", each, None, None) for each in _lacking(case.because, because))
    yield from (Mismatch("overruled", each, None, None) for each in _lacking(case.overruled, overruled))
    yield from (Mismatch("notes", each, None, None) for each in _lacking(case.notes, said))
    yield from (Mismatch("silent", each, None, None) for each in case.silent if each in said)


def _lacking(names: Sequence[str], found: Collection[str]) -> Iterator[str]:
    return (name for name in names if name not in found)


def _outcome_differences(pack: Pack, name: str, expected: object, decision: Mapping[str, Json]) -> Iterator[Mismatch]:
    outcome = decision["outcome"]
    if outcome is None:
        if name not in pack.decisions or expected:
            yield Mismatch("outcome", name, _plain(expected), decision["status"])
        return
    lists = {member.name for member in pack.decisions[name].members if member.type == "list"}
    yield from _member_differences(name, expected, outcome, lists)


def _member_differences(name: str, expected: object, got: object, lists: Collection[str]) -> Iterator[Mismatch]:
    """Compare member by member: those that the case leaves out are free, also inside an object."""
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key, value in expected.items():
            yield from _member_differences(f"{name}.{key}", value, _member(got, key), lists)
    elif expected is ABSENT:
        if got is not _LEFT_OUT:
            yield Mismatch("outcome", name, _plain(expected), got)  # type: ignore[arg-type]
    elif not _are_same(_as_list(expected) if name in lists else expected, got):
        yield Mismatch("outcome", name, _plain(expected), None if got is _LEFT_OUT else got)  # type: ignore[arg-type]


def _member(outcome: Mapping[str, object], path: str) -> object:
    found: object = outcome
    for step in path.split("."):
        found = found.get(step, _LEFT_OUT) if isinstance(found, Mapping) else _LEFT_OUT
    return found


def _as_list(value: object) -> object:
    """Return a list of one for its one item: so a pack may write it."""
    return value if isinstance(value, (list, tuple)) else [value]


def _are_same(expected: object, got: object) -> bool:
    """Compare as JSON: 1 is 1.0, but true is not 1."""
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, (list, tuple)) and isinstance(got, list):
        return len(expected) == len(got) and all(map(_are_same, expected, got))
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        return expected.keys() == got.keys() and all(_are_same(expected[key], got[key]) for key in expected)
    return expected == got


def _plain(value: object) -> Json:
    """Return a case's value as JSON."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value  # type: ignore[return-value]
