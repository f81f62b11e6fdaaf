"""Judges decision documents against the meaning of the pack: for complete cases, for all completions, or for many.

A disagreement is certain: a completion, or all of them, shows it. What was only not found is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.oracle.filling import AS_OF, Case, Filler
from tests.oracle.meaning import (
    CONFLICT,
    NOTHING,
    UNKNOWN,
    Came,
    Decision,
    Meaning,
    Run,
    as_json,
    instant,
    plain,
    typed,
)

__all__ = ["Disagreement", "Judge"]

_RANDOM, _CHANGED, _TRIES = 80, 120, 300

_OF_PAUSES = ("Nothing is counted: the pause since ", "It is not due: the pause since ")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where a document is not right.

    kind        what is wrong, in a few words
    says        what the document says of it
    right       what is right
    completion  unknown facts filled in so that it shows, where one is enough
    """

    kind: str
    decision: str
    says: Any
    right: Any
    case: Case
    completion: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        filled = f" with {dict(self.completion)}" if self.completion else ""
        case = {**self.case.facts, **{path: {} for path in self.case.subjects}, "as_of": self.case.as_of}
        return f"{self.kind}: {self.decision} says {self.says}, right is {self.right}; case {case}{filled}"


@dataclass(slots=True)
class _Seen:
    """What one decision came to in one completion."""

    came: Came
    doubts: set[str]
    look: Callable[[str], Any]


class Judge:
    """Judges the documents of one pack.

    passed     what was judged or skipped, counted
    not_found  what the documents say and the completions that were tried do not show: no fault, unless values are few
    """

    def __init__(self, meaning: Meaning, filler: Filler, rng: Random) -> None:
        self.meaning, self.filler, self.rng = meaning, filler, rng
        self.passed: Counter[str] = Counter()
        self.not_found: list[str] = []
        self._copied = {name: sorted(meaning.copied(each)) for name, each in meaning.decisions.items()}

    # complete cases

    def complete(self, case: Case, documents: Mapping[str, Any]) -> Iterator[Disagreement]:
        """Yield where the documents of a complete case are not what the pack means."""
        run = self._run(case, self.filler.read(case))
        came = {name: run.decision(name) for name in documents}
        for name, document in documents.items():
            if self._is_doubtful(run.doubts(name)):
                continue
            self.passed["complete"] += 1
            yield from self._complete(name, document, came[name], case)

    def _complete(self, name: str, document: Any, came: Came, case: Case) -> Iterator[Disagreement]:
        decision = self.meaning.decisions[name]
        if document["status"] != came.status:
            yield Disagreement("status of a complete case", name, document["status"], came.status, case)
            return
        if document["needs"] or "exact" in document:
            yield Disagreement("needs of a complete case", name, document["needs"], [], case)
        if came.outcome is None:
            return
        told = shown(document["outcome"], [*decision.answered, *came.extra])
        if told != {**came.outcome, **came.extra}:
            yield Disagreement("outcome of a complete case", name, told, {**came.outcome, **came.extra}, case)
        # Those of hidden decisions that it rests on are told as well, and why a clock gives nothing is no note of the
        # pack's: that it gives nothing is compared.
        told = [note for note in document["notes"] if not note["says"].startswith(_OF_PAUSES)]
        notes = tuple(note["note"] for note in told if note["note"].startswith(f"{name}."))
        if notes != came.notes:
            yield Disagreement("notes of a complete case", name, notes, came.notes, case)

    def _is_doubtful(self, doubts: Iterable[str]) -> bool:
        self.passed.update(f"skipped: {why}" for why in doubts)
        return bool(doubts)

    def _run(self, case: Case, facts: Mapping[str, Any]) -> Run:
        return self.meaning.run(facts, None if case.as_of is None else instant(case.as_of))

    # completions

    def _completed(self, case: Case, base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, _Seen]:
        """Return what each decision comes to in a completion."""
        facts = dict(base)
        for path, value in values.items():
            if path != AS_OF:
                facts[path] = typed(self.meaning.specs[path][0], value)
        run = self._run(case.filled({AS_OF: values[AS_OF]}) if AS_OF in values else case, facts)
        found = {name: run.decision(name) for name in self.meaning.decisions}
        return {name: _Seen(came, run.doubts(name), came.look or run.look) for name, came in found.items()}

    # all completions, where they are few

    def every(self, case: Case, documents: Mapping[str, Any]) -> Iterator[Disagreement]:
        """Yield where documents are not exactly right; the unknown facts have few values."""
        unknown = self.filler.unknown(case)
        base = self.filler.read(case)
        completions = list(self.filler.every(unknown))
        seen = [self._completed(case, base, values) for values in completions]
        for name, document in documents.items():
            ofs = [each[name] for each in seen]
            if self._is_doubtful(set().union(*(each.doubts for each in ofs))):
                continue
            self.passed["every completion"] += 1
            yield from self._exactly(name, document, case, completions, ofs)

    def _exactly(
        self, name: str, document: Any, case: Case, completions: Sequence[Mapping[str, Any]], seen: Sequence[_Seen]
    ) -> Iterator[Disagreement]:
        decision = self.meaning.decisions[name]
        if "exact" in document and any(map(self._is_of_records, completions[0])):
            # Lists of records are told by their kinds of items, however few such lists there are.
            self.passed["told as not exact"] += 1
            return
        if "exact" in document:
            yield Disagreement("not exact over few values", name, document["exact"], "left out", case)
            return
        statuses, outcome, expected_kind = self._expected(decision, seen)
        if document["status"] not in statuses:
            yield Disagreement(f"status ({expected_kind})", name, document["status"], sorted(statuses), case)
        elif outcome is not None and document["outcome"] is not None:
            told = shown(document["outcome"], decision.answered)
            if told != outcome:
                yield Disagreement(f"outcome ({expected_kind})", name, told, outcome, case)
        results = [each.came.result for each in seen]
        needs = matters(completions, results)
        if set(document["needs"]) != needs:
            yield Disagreement("needs", name, sorted(document["needs"]), sorted(needs), case)
        yield from self._extra(name, document, case, completions, seen)
        yield from self._reasons(name, document, case, completions, seen)

    def _expected(self, decision: Decision, seen: Sequence[_Seen]) -> tuple[set[str], dict[str, Any] | None, str]:
        """Return the statuses that are right (one, but where the contract leaves it open) and the outcome."""
        results = {each.came.result for each in seen}
        if len(results) == 1:
            came = seen[0].came
            return {came.status}, came.outcome, "the same in every completion"
        applying = [each for each in seen if each.came.status != "not_applicable"]
        outcome, is_certain = self._certain(decision, applying)
        if outcome is not None and tuple(sorted(outcome.items())) in results:
            if not is_certain and not decision.required:
                return self._optional(applying)
            return {"provisional"}, outcome, "the certain rules give it"
        if len({each.came.result for each in applying}) == 1 and applying[0].came.outcome is not None:
            if not is_certain and not decision.required:
                return self._optional(applying)
            return {"provisional"}, applying[0].came.outcome, "the same wherever it applies"
        return {"undecided"}, None, "open"

    @staticmethod
    def _optional(applying: Sequence[_Seen]) -> tuple[set[str], dict[str, Any] | None, str]:
        """No rule is certain and no member required: no outcome; that or the one that all have, where all agree."""
        if len({each.came.result for each in applying}) == 1 and applying[0].came.outcome:
            return {"undecided", "provisional"}, applying[0].came.outcome, "only optional members"
        return {"undecided"}, None, "only optional members, no certain rule"

    def _certain(self, decision: Decision, applying: Sequence[_Seen]) -> tuple[dict[str, Any] | None, bool]:
        """Return the outcome of the rules that hold wherever the decision applies, and whether there are any."""
        hits = {
            name: frozenset.intersection(*(each.came.hits[name] for each in applying))
            for name in (*(group.id for group in decision.groups), *decision.concerns)
        }
        is_certain = any(each - {"concerned"} for each in hits.values())
        told: dict[str, Any] = {}
        for name in self._copied[decision.id]:
            is_own = name.startswith(f"{decision.id}.")
            copied = [None if is_own else each.look(name) for each in applying]
            values = {plain(as_json(value)): value for value in copied}
            if len(values) == 1:
                (told[name],) = values.values()
        values, _ = self.meaning.members(decision, hits, lambda name: told.get(name, UNKNOWN), set())
        known = {m: v for m, v in values.items() if v is not None and v is not CONFLICT and v is not UNKNOWN}
        if any(member not in known for member in decision.required):
            return None, is_certain
        shown = [m for m in decision.answered if m in known and known[m] is not NOTHING]
        return {m: plain(as_json(known[m])) for m in shown}, is_certain

    def _extra(
        self,
        name: str,
        document: Any,
        case: Case,
        completions: Sequence[Mapping[str, Any]],
        seen: Sequence[_Seen],
    ) -> Iterator[Disagreement]:
        """Yield the where-known members that are shown although a completion has another value."""
        decision = self.meaning.decisions[name]
        members = [m for m, form in decision.gives.items() if form.get("where_known") and not self._is_lenient(name, m)]
        told = shown(document["outcome"], members) if document["outcome"] is not None else {}
        for member, value in told.items():
            for completion, each in zip(completions, seen, strict=True):
                # Beside another outcome than the one that is told, other members may stand too.
                same = each.came.outcome == shown(document["outcome"], decision.answered)
                if same and each.came.extra.get(member) != value:
                    right = each.came.extra.get(member)
                    yield Disagreement("where-known member", f"{name}.{member}", value, right, case, completion)
                    break

    def _reasons(
        self,
        name: str,
        document: Any,
        case: Case,
        completions: Sequence[Mapping[str, Any]],
        seen: Sequence[_Seen],
    ) -> Iterator[Disagreement]:
        """Yield the unknown and derived facts that a reason shows although a completion has another value."""
        refuses = document["status"] == "not_applicable"
        there = [
            (completion, each)
            for completion, each in zip(completions, seen, strict=True)
            if (each.came.status == "not_applicable") is refuses
        ]
        entries = (*document.get("because", ()), *document.get("overruled", ()))
        shown_facts = ((fact, value) for entry in entries for fact, value in entry.get("facts", {}).items())
        told = {(fact, plain(value)) for fact, value in shown_facts if value != "[personal]"}
        lenient = any("_known'" in str(each) for each in self.meaning.derived.values())
        for fact, value in sorted(told, key=str):
            if fact in completions[0] or (fact in self.meaning.derive and not lenient):
                for completion, each in there:
                    given = fact in completion and not self._is_of_records(fact)
                    right = completion[fact] if given else as_json(each.look(fact))
                    if plain(right) != value:
                        yield Disagreement(
                            "a reason shows what is unknown", f"{name}: {fact}", value, right, case, completion
                        )
                        break

    def _is_of_records(self, fact: str) -> bool:
        """Say whether a fact is a list of records, of which a reason shows the defaults of members too."""
        spec = self.meaning.specs[fact][0] if fact in self.meaning.specs else {}
        return isinstance(spec.get("items"), dict) and "properties" in spec["items"]

    def _is_lenient(self, decision: str, member: str) -> bool:
        """Say whether a member may pass over unknown facts: by `latest_known` and what rests on it."""
        text = str(self.meaning.pack["decisions"][decision]) + str(list(self.meaning.derived.values()))
        return "_known'" in text

    # many completions

    def some(self, case: Case, documents: Mapping[str, Any]) -> Iterator[Disagreement]:
        """Yield what drawn completions show to be wrong."""
        unknown = self.filler.unknown(case)
        found = _Sample(self, case, unknown)
        found.fill()
        for name, document in documents.items():
            if self._is_doubtful(set().union(*(seen[name].doubts for _, seen in found.tried))):
                continue
            self.passed["many completions"] += 1
            yield from self._soundly(name, document, found)

    def _soundly(self, name: str, document: Any, sample: _Sample) -> Iterator[Disagreement]:
        decision, case = self.meaning.decisions[name], sample.case
        if "exact" in document:
            self.passed["told as not exact"] += 1
        if document["status"] in ("decided", "not_applicable"):
            right = self._result(decision, document)
            yield from self._never_otherwise(name, document, right, sample)
        elif not document["needs"]:
            yield from self._never_otherwise(name, document, "undecided", sample)
        else:
            yield from self._open(name, document, sample)
        strange = sorted(set(document["needs"]) - set(sample.unknown))
        if strange:
            yield Disagreement("needs what is known", name, strange, sample.unknown, case)
        completions, seen = [each for each, _ in sample.tried], [each[name] for _, each in sample.tried]
        yield from self._extra(name, document, case, completions, seen)
        yield from self._reasons(name, document, case, completions, seen)

    @staticmethod
    def _result(decision: Decision, document: Any) -> Any:
        if document["outcome"] is None:
            return document["status"]
        return tuple(sorted(shown(document["outcome"], decision.answered).items()))

    def _never_otherwise(self, name: str, document: Any, right: Any, sample: _Sample) -> Iterator[Disagreement]:
        for completion, seen in sample.tried:
            if seen[name].came.result != right:
                kind = f"{document['status']}, but not in every completion"
                yield Disagreement(kind, name, right, seen[name].came.result, sample.case, completion)
                return

    def _open(self, name: str, document: Any, sample: _Sample) -> Iterator[Disagreement]:
        case = sample.case
        results = {each[name].came.result for _, each in sample.tried}
        is_exact = "exact" not in document
        for fact in document["needs"]:
            if is_exact and fact in sample.unknown and not sample.search(name, fact):
                few = all(self.filler.few(path) is not None for path in sample.unknown)
                why = "needs without a witness" + (" (few values)" if few else "")
                self._note(why, f"{name} needs {fact}", sample.case)
        for (where, fact), completion in sample.witnesses.items():
            if where == name and fact not in document["needs"]:
                yield Disagreement("needs lacks", name, sorted(document["needs"]), fact, sample.case, completion)
        if document["status"] == "provisional":
            results |= {each[name].came.result for _, each in sample.tried}
            if self._result(self.meaning.decisions[name], document) not in results:
                self._note("provisional outcome not met", name, case)
        elif self._agrees_where_it_applies(name, sample):
            self._note("undecided, though all tried that apply agree", name, case)

    def _note(self, what: str, about: str, case: Case) -> None:
        self.passed[what] += 1
        self.not_found.append(f"{what}: {about} in {case.nested()} as of {case.as_of}")

    def _agrees_where_it_applies(self, name: str, sample: _Sample) -> bool:
        results = {each[name].came.result for _, each in sample.tried} - {"not_applicable"}
        return len(results) == 1 and results != {"undecided"}


class _Sample:
    """Completions of one case that were tried: at random, and one fact changed at a time.

    witnesses  (decision, fact) -> a completion from which a change of that fact alone changes the decision
    """

    def __init__(self, judge: Judge, case: Case, unknown: Sequence[str]) -> None:
        self.judge, self.case, self.unknown = judge, case, unknown
        self.base = judge.filler.read(case)
        self.tried: list[tuple[Mapping[str, Any], Mapping[str, _Seen]]] = []
        self.witnesses: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._found: dict[str, Mapping[str, _Seen]] = {}

    def fill(self) -> None:
        """Try completions."""
        for _ in range(_RANDOM):
            self._try(self.judge.filler.some(self.case, self.unknown))
        for _ in range(_CHANGED):
            self._change(self.judge.rng.choice(self.unknown))

    def _try(self, values: Mapping[str, Any]) -> Mapping[str, _Seen]:
        key = repr(sorted(values.items()))  # a fact of few values is often changed to what it was before
        if key not in self._found:
            self._found[key] = self.judge._completed(self.case, self.base, values)
        self.tried.append((values, self._found[key]))
        return self._found[key]

    def _change(self, fact: str, among: int = 0) -> None:
        """Change one fact of a completion that was tried: of the last so many, or of any."""
        values, before = self.judge.rng.choice(self.tried[-among:])
        others = {**self.case.facts, AS_OF: self.case.as_of, **values}
        changed = {**values, fact: self.judge.filler.draw(fact, others)}
        after = self._try(changed)
        for name in after:
            if after[name].came.result != before[name].came.result and not after[name].doubts:
                self.witnesses.setdefault((name, fact), changed)

    def search(self, name: str, fact: str) -> bool:
        """Say whether a change of a fact alone was found to change a decision."""
        for place in range(_TRIES):
            if (name, fact) in self.witnesses:
                break
            if place > _TRIES // 5 and place % 5 == 0:  # what was tried so far may lie far from where it matters
                self._try(self.judge.filler.some(self.case, self.unknown))
            self._change(fact, among=5 if place > _TRIES // 5 else 0)
        return (name, fact) in self.witnesses


def shown(outcome: Mapping[str, Any], members: Iterable[str]) -> dict[str, Any]:
    """Return the members that an outcome shows, comparable."""
    found: dict[str, Any] = {}
    for member in members:
        value: Any = outcome
        for step in member.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            found[member] = plain(value)
    return found


def matters(completions: Sequence[Mapping[str, Any]], results: Sequence[Any]) -> set[str]:
    """Return the facts of which a change alone changes the result somewhere."""
    found = set()
    for fact in completions[0] if completions else ():
        groups: dict[Any, Any] = {}
        for completion, result in zip(completions, results, strict=True):
            rest = tuple(repr(value) for path, value in completion.items() if path != fact)
            if groups.setdefault(rest, result) != result:
                found.add(fact)
                break
    return found
