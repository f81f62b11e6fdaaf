"""Replays: old cases decided once more by the pack that decided them, and compared byte by byte. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from service.audit.log.entries import Kept
from service.audit.log.store import Store
from service.audit.replaying.differences import Divergence, first_difference
from service.audit.replaying.old_cases import (
    Engine,
    Lost,
    OldCase,
    StoredPolicies,
    lost_entry,
    read_case,
    refused_facts,
    rests_on,
)
from service.audit.replaying.tally import Tally
from service.audit.storage.unavailable import EntryDamaged
from service.decision.policy import Policy
from service.errors import InvalidFacts
from service.facts.declaration import MISSING
from service.jsontext import Json, canonical, parse_kept
from service.paths import pointer_to

__all__ = ["Replay", "ReplayReport", "ReplayState", "Replayed", "Sample"]

ReplayState = Literal["same", "differs", "partly_comparable", "not_comparable", "refused"]
"""What came of an entry: `partly_comparable` where some decisions rest on erased facts and the others are the same,
`not_comparable` where all of them do, `refused` where the case can't be decided again."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one entry.

    differences  by the JSON pointer to what differs: a decision, `/assumed`, `/policy`, or "" for what is around them
    same         decisions that are the same
    erased       names of decisions that rest on erased facts, and were not compared
    engine       what decided; nothing where it can't be decided again
    reference    what the caller called the case, where that is known
    lost         why the case can't be decided again
    """

    sequence: int
    id: str
    differences: Mapping[str, Divergence]
    same: int
    erased: frozenset[str]
    engine: Engine
    reference: str | None = None
    lost: Lost | None = None

    @property
    def state(self) -> ReplayState:
        """What came of the entry, in one word."""
        if self.lost is not None:
            return "refused"
        if self.differences:
            return "differs"
        if not self.erased:
            return "same"
        return "partly_comparable" if self.same else "not_comparable"


class Replay:
    """Decides the entries of one log again. Belongs to the thread that made it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._policies = StoredPolicies(store)

    def replay(self, kept: Kept) -> Replayed:
        """Return what comes of an entry of a decision. Raises StoreUnavailable."""
        reference = None
        try:
            case = read_case(self._store, kept)
            reference = case.reference
            return _replayed(case, self._policies.policy(case.digest))
        except Lost as lost:
            return Replayed(kept.sequence, kept.entry.id, {}, 0, frozenset(), (), reference, lost)


@dataclass(frozen=True, slots=True)
class Sample:
    """An entry that is shown as an example.

    reference   what the caller called the case
    difference  where it is one of a difference
    says        where it can't be decided again: why
    """

    sequence: int
    id: str | None
    reference: str | None = None
    difference: Divergence | None = None
    says: str | None = None

    def as_json(self) -> dict[str, Json]:
        """Return the sample as a JSON object, without what it is no example of."""
        told: dict[str, Json] = {"sequence": self.sequence, "id": self.id}
        if self.reference is not None:
            told["reference"] = self.reference
        if self.difference is not None:
            told.update(self.difference.as_json())
        return told if self.says is None else {**told, "says": self.says}


class ReplayReport:
    """What came of many entries, in bounded memory.

    entries    state -> how many
    decisions  `same`, `differs` or `not_comparable` -> how many
    engines    what decided, of the entries that could be decided again
    differing  by JSON pointer, as `Replayed.differences` has it
    refused    by code
    """

    def __init__(self, samples: int) -> None:
        self.entries: Counter[ReplayState] = Counter()
        self.decisions: Counter[str] = Counter()
        self.engines: Tally[Engine, str] = Tally(0)
        self.differing: Tally[str, Sample] = Tally(samples)
        self.refused: Tally[str, Sample] = Tally(samples)

    @property
    def further(self) -> int:
        """How often something differed or was refused that is not told apart, as too much did."""
        return self.differing.further + self.refused.further

    @property
    def is_same(self) -> bool:
        """Whether all that could be compared is the same, and every case could be decided again."""
        return not self.entries["differs"] and not self.entries["refused"]

    def add(self, replayed: Replayed) -> None:
        """Count what came of one more entry."""
        self.entries[replayed.state] += 1
        if replayed.lost is not None:
            self.refused.add(replayed.lost.code, _sample(replayed, says=replayed.lost.says))
            return
        self.engines.add(replayed.engine, replayed.id)
        self.decisions["same"] += replayed.same
        self.decisions["not_comparable"] += len(replayed.erased)
        self.decisions["differs"] += sum(part.startswith("/decisions/") for part in replayed.differences)
        for part, difference in replayed.differences.items():
            self.differing.add(part, _sample(replayed, difference))

    def add_damaged(self, damaged: EntryDamaged) -> None:
        """Count an entry that is damaged or missing."""
        lost = lost_entry(damaged)
        self.entries["refused"] += 1
        self.refused.add(lost.code, Sample(damaged.sequence, None, says=lost.says))


def _replayed(case: OldCase, policy: Policy) -> Replayed:
    """Decide a case again and compare. Raises Lost."""
    known = policy.pack.decisions
    unknown = sorted(case.decisions.keys() - known.keys())
    if unknown:
        raise Lost("unknown_decision", f"the pack {case.digest} has no decision '{unknown[0]}'")
    asked = [known[name] for name in case.decisions]
    erased = rests_on(asked, case.erased)
    try:
        facts = policy.pack.facts.read(case.facts)
    except InvalidFacts as wrong:
        raise refused_facts(wrong) from None
    now = policy.decide(facts, [each.id for each in asked if each.id not in erased], case.as_of)
    read = {fact for each in asked for fact in each.facts}.difference(case.erased)
    assumed = {fact: value for fact, value in facts.assumed.items() if fact in read}
    parts = _Parts(case, {**now, **{name: canonical(case.decisions[name]) for name in erased}}, assumed, policy)
    differences = {} if parts.written == case.body else dict(parts.differences())
    return Replayed(
        sequence=case.sequence,
        id=case.id,
        differences=differences,
        same=sum(pointer_to("decisions", name) not in differences for name in now),
        erased=erased,
        engine=case.engine,
        reference=case.reference,
    )


def _sample(replayed: Replayed, difference: Divergence | None = None, says: str | None = None) -> Sample:
    return Sample(replayed.sequence, replayed.id, replayed.reference, difference, says)


class _Parts:
    """The parts of an entry that deciding makes, as they are now beside as they were kept."""

    def __init__(
        self, case: OldCase, decisions: Mapping[str, bytes], assumed: Mapping[str, Json], policy: Policy
    ) -> None:
        self._entry = case.entry
        self._decisions = decisions
        self._made = {"assumed": canonical(assumed), "policy": policy.reference}

    @property
    def written(self) -> bytes:
        """The entry written anew: what deciding does not make stays as the entry has it."""
        made = {**self._made, "decisions": _object(self._decisions)}
        return _object({name: made.get(name) or canonical(value) for name, value in self._entry.items()})

    def differences(self) -> Iterator[tuple[str, Divergence]]:
        """Yield where the parts differ, each with its pointer; or the whole, where nothing but its bytes does."""
        found = [each for each in self._compared() if canonical(each[1]) != each[2]]
        for steps, kept, now in found:
            yield pointer_to(*steps), first_difference(steps, kept, parse_kept(now))
        if not found:  # it is no canonical JSON
            yield "", Divergence("", MISSING, MISSING)

    def _compared(self) -> Iterator[tuple[tuple[str, ...], Any, bytes]]:
        """Yield the way to each part, as it was kept and as it is now."""
        for name in sorted(self._decisions):
            yield ("decisions", name), self._entry["decisions"][name], self._decisions[name]
        for name, now in self._made.items():
            yield (name,), self._entry[name], now


def _object(members: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(canonical(name) + b":" + members[name] for name in sorted(members)) + b"}"
