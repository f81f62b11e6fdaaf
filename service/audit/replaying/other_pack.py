"""Old cases put to another pack: what it says otherwise than was decided, counted. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from service.audit.log.entries import Kept
from service.audit.log.store import Store
from service.audit.replaying.differences import Divergence, first_difference
from service.audit.replaying.old_cases import Engine, Lost, OldCase, StoredPolicies, lost_entry, read_case, rests_on
from service.audit.replaying.tally import Tally
from service.audit.storage.unavailable import EntryDamaged
from service.decision.policy import Policy
from service.errors import InvalidFacts, Problem
from service.facts.values import Case
from service.jsontext import Json, canonical, parse_kept

__all__ = ["CHANGES", "Change", "OtherPack", "OtherPackReport", "OtherSample"]

Change = Literal["same", "wording", "reasons", "outcome", "status", "not_comparable"]
"""What became of one decision. Of several the last counts: other texts, or other facts shown; other rules, clauses,
interpretations, notes or needs; another outcome; another status; it rests on an erased fact."""

CHANGES: tuple[Change, ...] = ("same", "wording", "reasons", "outcome", "status", "not_comparable")

_Document = Mapping[str, Any]  # one decision of a decision document
_Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reasons:
    """Why a decision came out as it did.

    rules    those that hold and count
    clauses  those that they and the notes cite
    rest     whatever else gives a reason
    """

    rules: _Ids
    clauses: frozenset[str]
    rest: object


_Both = tuple[_Reasons, _Reasons]
"""Then and now."""


@dataclass(frozen=True, slots=True)
class _Became:
    """What became of one decision.

    reasons     then and now, where there are any to tell apart
    difference  the first point in which the status or the outcome is another one
    """

    change: Change
    reasons: _Both | None = None
    difference: Divergence | None = None


@dataclass(frozen=True, slots=True)
class OtherSample:
    """An entry that is shown as an example of another outcome or status."""

    id: str
    reference: str | None
    difference: Divergence

    def as_json(self) -> dict[str, Json]:
        """Return the sample as a JSON object; without `reference` where the caller gave none."""
        named = {} if self.reference is None else {"reference": self.reference}
        return {"id": self.id, **named, **self.difference.as_json()}


class OtherPackReport:
    """What another pack says of many entries, in bounded memory; samples are ids of entries.

    entries      `compared`, `refused` by the other pack's facts schema, `lost` for what can't be read any more, and
                 `other_policy`, which are left out -> how many
    policies     the ids of those other policies
    engines      what decided, of the entries that are compared
    decisions    (decision, what became of it)
    differing    (decision, `outcome` or `status`), with the first point in which these are others
    only_before  decisions that were made and that the other pack does not have
    only_now     decisions of the other pack that the entry's own does not have
    rules        (decision, rules that held only then, rules that hold only now); where an outcome is another one by the
                 same rules, these are both
    no_longer    clauses that a decision no longer cites
    newly        clauses that it cites only now
    refused      (problem code, JSON pointer into a request), for each problem once in an entry
    lost         by code, as `old_cases.py` has them
    """

    def __init__(self, samples: int) -> None:
        self.entries: Counter[str] = Counter()
        self.policies: Tally[str, str] = Tally(samples)
        self.engines: Tally[Engine, str] = Tally(0)
        self.decisions: Tally[tuple[str, Change], str] = Tally(samples)
        self.differing: Tally[tuple[str, Change], OtherSample] = Tally(samples)
        self.only_before: Tally[str, str] = Tally(samples)
        self.only_now: Tally[str, str] = Tally(samples)
        self.rules: Tally[tuple[str, _Ids, _Ids], str] = Tally(samples)
        self.no_longer: Tally[str, str] = Tally(samples)
        self.newly: Tally[str, str] = Tally(samples)
        self.refused: Tally[tuple[str, str], str] = Tally(samples)
        self.lost: Tally[str, str] = Tally(samples)

    @property
    def further(self) -> int:
        """How often something was counted that is not told apart, as there was too much of its kind."""
        tallies = (each for name, each in vars(self).items() if name != "differing")  # it is in `decisions` as well
        return sum(each.further for each in tallies if isinstance(each, Tally))

    def add_damaged(self, damaged: EntryDamaged) -> None:
        """Count an entry that is damaged or missing."""
        self.add_lost(lost_entry(damaged).code, f"entry {damaged.sequence}")

    def add_lost(self, code: str, id_: str) -> None:
        """Count an entry that can't be read any more."""
        self.entries["lost"] += 1
        self.lost.add(code, id_)

    def add_refused(self, case: OldCase, problems: tuple[Problem, ...]) -> None:
        """Count an entry whose facts the other pack refuses."""
        self.entries["refused"] += 1
        for each in sorted({(problem.code, problem.pointer) for problem in problems}):
            self.refused.add(each, case.id)

    def add(self, case: OldCase, name: str, became: _Became) -> None:
        """Count what became of one decision."""
        change = became.change
        self.decisions.add((name, change), case.id)
        if became.difference is not None:
            self.differing.add((name, change), OtherSample(case.id, case.reference, became.difference))
        if became.reasons is None or change in {"same", "wording"}:
            return
        then, now = became.reasons
        gone, come = _only(then.rules, now.rules), _only(now.rules, then.rules)
        if gone or come:
            self.rules.add((name, gone, come), case.id)
        elif change in {"outcome", "status"}:
            self.rules.add((name, then.rules, now.rules), case.id)
        for tally, clauses in ((self.no_longer, then.clauses - now.clauses), (self.newly, now.clauses - then.clauses)):
            for clause in sorted(clauses):
                tally.add(clause, case.id)


class OtherPack:
    """Puts old cases of a policy to another pack of it. Belongs to the thread that made it.

    policy  the other pack; whether it is in force at the time of a case is not asked
    """

    def __init__(self, store: Store, policy: Policy, samples: int) -> None:
        self.report = OtherPackReport(samples)
        self._store = store
        self._policy = policy
        self._stored = StoredPolicies(store)

    def add(self, kept: Kept) -> None:
        """Decide the case of an entry by the other pack, and count what became of it. Raises StoreUnavailable."""
        pack = self._policy.pack
        try:
            case = read_case(self._store, kept)
            if case.policy != pack.id:
                self.report.entries["other_policy"] += 1
                self.report.policies.add(case.policy, case.id)
                return
            found = list(self._compared(case, pack.facts.read(case.facts)))
        except Lost as lost:
            self.report.add_lost(lost.code, kept.entry.id)
            return
        except InvalidFacts as wrong:
            self.report.add_refused(case, wrong.problems)
            return
        self.report.entries["compared"] += 1
        self.report.engines.add(case.engine, case.id)
        self._note_only(case)
        for name, became in found:
            self.report.add(case, name, became)

    def _compared(self, case: OldCase, facts: Case) -> Iterator[tuple[str, _Became]]:
        """Yield what became of each decision that both packs have. Raises Lost."""
        decisions = self._policy.pack.decisions
        both = [decisions[name] for name in case.decisions if name in decisions]
        erased = rests_on(both, case.erased)
        for name in sorted(erased):
            yield name, _Became("not_comparable")
        asked = [each.id for each in both if each.id not in erased]
        for name, now in self._policy.decide(facts, asked, case.as_of).items():
            then = case.decisions[name]
            yield name, _Became("same") if canonical(then) == now else _became(name, then, parse_kept(now))

    def _note_only(self, case: OldCase) -> None:
        """Note which decisions only the entry has, and which only the other pack."""
        decisions = self._policy.pack.decisions
        for name in sorted(case.decisions.keys() - decisions.keys()):
            self.report.only_before.add(name, case.id)
        try:
            own = self._stored.pack(case.digest).decisions
        except Lost:
            return  # nobody can tell
        for name in decisions:
            if name not in own:
                self.report.only_now.add(name, case.id)


def _became(name: str, then: _Document, now: Any) -> _Became:
    """Return what became of a decision that is not the same. Raises Lost."""
    reasons = _reasons(then), _reasons(now)
    members: tuple[Change, ...] = ("status", "outcome")
    for member in members:
        if canonical(then[member]) != canonical(now[member]):
            return _Became(member, reasons, first_difference(("decisions", name, member), then[member], now[member]))
    return _Became("wording" if reasons[0] == reasons[1] else "reasons", reasons)


def _reasons(document: _Document) -> _Reasons:
    """Return the reasons of a decision. Raises Lost when it is no decision of a decision document."""
    try:
        because = tuple((each["rule"], _cited(each)) for each in document["because"])
        overruled = tuple((each["rule"], each["by"], _cited(each)) for each in document["overruled"])
        notes = tuple((each["note"], _cited(each)) for each in document["notes"])
        rest = (because, overruled, notes, tuple(document["interpretations"]), tuple(document["needs"]))
        clauses = frozenset(clause for *_, cited in (*because, *notes) for clause in cited)
        hash((rest, document["status"], canonical(document["outcome"])))
    except (KeyError, TypeError, ValueError):
        raise Lost("malformed_entry", "a decision of the entry lacks what every decision has") from None
    return _Reasons(tuple(rule for rule, _ in because), clauses, rest)


def _cited(entry: _Document) -> _Ids:
    return tuple(each["clause"] for each in entry["cites"])


def _only(these: _Ids, others: _Ids) -> _Ids:
    return tuple(name for name in these if name not in others)
