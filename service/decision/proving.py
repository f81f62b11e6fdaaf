"""What is proved of a pack: what its analysis finds, each case of it decided again. Nothing is analysed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from service.analysis.exactness import Unsettled, unsettled
from service.analysis.gaps import (
    MOST_STEPS,
    MOST_TOLD,
    NO_RULE,
    Assertion,
    CaseRegion,
    Examined,
    IdleRule,
    examine,
    shown_by,
)
from service.analysis.ground import Ground
from service.analysis.telling import listed
from service.analysis.witness import Witness
from service.decision.policy import Policy
from service.errors import InvalidFacts
from service.instants import read_instant
from service.jsontext import Json, canonical
from service.model.names import Applying, Key
from service.model.pack import Group, Pack, Rule
from service.written.findings import Finding

__all__ = ["PartProof", "Proof", "find_gaps", "prove"]

_MOST_RULES = 6


@dataclass(frozen=True, slots=True)
class PartProof:
    """What is known of a part.

    unproved  why not all is; None where it is
    """

    part: str
    unproved: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proved of a pack.

    findings   warnings, in the order of their places
    parts      all parts that have rules or rows, in order; of others those of which not all is proved
    unsettled  the decisions that may be open although they need not be
    """

    findings: tuple[Finding, ...]
    parts: tuple[PartProof, ...]
    unsettled: tuple[Unsettled, ...]

    @property
    def unproved(self) -> tuple[PartProof, ...]:
        """The parts of which not all is proved."""
        return tuple(part for part in self.parts if part.unproved is not None)


def prove(pack: Pack, most_steps: int = MOST_STEPS) -> Proof:
    """Look for gaps, overlaps, disagreements and idle rules in every part of a pack.

    most_steps  that may be taken for one part; what needs more is not proved
    """
    again, ground = _Again(pack), Ground(pack)
    parts = [_Part(each, again) for each in examine(ground, most_steps)]
    findings = sorted(finding for part in parts for finding in part.findings())
    proofs = tuple(part.proof for part in parts if part.has_rules or part.proof.unproved is not None)
    return Proof(tuple(findings), proofs, tuple(unsettled(ground)))


def find_gaps(pack: Pack) -> list[Finding]:
    """Return the findings of `prove` alone: a warning for each gap, overlap, disagreement and idle rule."""
    again = _Again(pack)
    return sorted(finding for each in examine(Ground(pack)) for finding in _Part(each, again).findings())


class _Again:
    """Decides cases again, by the engine."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    @cached_property
    def policy(self) -> Policy:
        """The pack ready to decide: made when a case is to be."""
        return Policy(self.pack)

    def seen(self, assertion: Assertion, region: CaseRegion) -> CaseRegion:
        """Return a region with the first of its cases that shows what is asserted, if any does."""
        return replace(region, witness=next((each for each in region.tried if self._shows(assertion, each)), None))

    def _shows(self, assertion: Assertion, witness: Witness) -> bool:
        """Say whether a case shows what is asserted."""
        try:
            env = self._env(witness)
        except InvalidFacts:
            return False
        decision = assertion.group.decision
        needed = self._needed(decision)
        given = {fact for name in needed for fact in self.pack.decisions[name].facts}
        if not given <= env.keys():
            return False
        hits = self.policy.program.run(needed, env)
        return env.get(Applying(decision)) is not False and shown_by(assertion, hits.get(assertion.group.id, (0,)), env)

    def _env(self, witness: Witness) -> dict[Key, object]:
        case = self.pack.facts.read(witness.facts)
        env: dict[Key, object] = dict(case.values.items())
        moment = self.policy.moment(case, None if witness.as_of is None else read_instant(witness.as_of))
        if moment is not None:
            env["as_of"], env["today"] = moment, self.policy.day(moment)
        elif self.pack.as_of_fact is not None and self.pack.as_of_fact in env:
            env["as_of"] = env["today"] = None
        return env

    def _needed(self, decision: str) -> frozenset[str]:
        """Return a decision and all that it reads."""
        found: dict[str, None] = {}
        waiting = [decision]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting.extend(self.pack.decisions[name].needs_before)
        return frozenset(found)


class _Part:
    """One part: what was found of it, and what of that was shown."""

    def __init__(self, examined: Examined, again: _Again) -> None:
        self.examined = examined
        self.group = examined.group
        self._again = again
        self.shown = {id(each): self._shown(each) for each in examined.assertions}
        self.proof = PartProof(self.group.id, self._why())

    def _shown(self, assertion: Assertion) -> list[CaseRegion]:
        """Return the regions in which it is so; none where no case was found that shows it."""
        seen = [self._again.seen(assertion, each) for each in assertion.regions]
        found = [each for each in seen if each.witness is not None]
        # Where all is settled all of them are so, though no case could be made up for some.
        return seen if found and self.examined.unproved is None else found

    def _why(self) -> str | None:
        """Return why not all is proved; None where it is."""
        examined, why = self.examined, self.examined.unproved
        if not examined.is_complete:
            return f"{why}; divide its rules into parts that ask for fewer facts each"
        lacking = [each for each in examined.assertions if not self.shown[id(each)]]
        if lacking:
            what = "; ".join(_what(each) for each in lacking[:_MOST_RULES])
            return f"no case was found that shows whether {what}{'' if why is None else f': {why}'}"
        losing = [self.group.rules[each.rules[0]].id for each in examined.wins if not self._wins(each)]
        if losing:
            return f"no case was found in which {listed(losing[:_MOST_RULES])} would win: {why}"
        return None

    def _wins(self, assertion: Assertion) -> bool:
        return any(self._again.seen(assertion, each).witness is not None for each in assertion.regions)

    @property
    def has_rules(self) -> bool:
        """Whether it is a part with rules or rows."""
        return _has_rules(self.group)

    # as findings

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the part, and that not all is proved where it is not."""
        decision, group = self.examined.decision, self.group
        if not self.examined.applies:
            if group is next(iter(decision.groups), None):
                told = f"{decision.id} never applies: no case is such as its applies_when says"
                yield Finding(decision.place, "never_applies", told, severity="warning")
            return
        for assertion in self.examined.assertions:
            if self.shown[id(assertion)]:
                yield self._finding(assertion, self.shown[id(assertion)])
        if self.examined.further:
            told = f"{group.id}: {self.examined.further} more combinations of rules overlap or disagree"
            yield Finding(group.place, "overlap", told, severity="warning")
        yield from (_idle(group, each) for each in self.examined.idle)
        if self.proof.unproved is not None:
            yield Finding(
                group.place, "not_proved", f"{group.id}: not proved: {self.proof.unproved}", severity="warning"
            )

    def _finding(self, assertion: Assertion, regions: Sequence[CaseRegion]) -> Finding:
        told = regions[:MOST_TOLD]
        count = assertion.count if self.examined.unproved is None else len(regions)
        example = next((each.witness for each in told if each.witness is not None), None)
        message = f"{_what(assertion)}{_where(told, count)}{_example(example)}"
        if self.examined.unproved is not None:
            message += f"; there may be more such cases, as {self.examined.unproved}"
        further: dict[str, Json] = {
            "part": self.group.id,
            "rules": [self.group.rules[i].id for i in assertion.rules],
            "members": list(assertion.members),
            "regions_count": count,
            "regions": [_region_json(each) for each in told],
        }
        return Finding(self.group.place, assertion.kind, message, severity="warning", further=further)


def _what(assertion: Assertion) -> str:
    group = assertion.group
    rules = listed([group.rules[i].id for i in assertion.rules[:_MOST_RULES]]) if assertion.rules else ""
    if len(assertion.rules) > _MOST_RULES:
        rules += f" and {len(assertion.rules) - _MOST_RULES} more"
    if assertion.kind == "overlap":
        return f"{group.id} is unique, but {rules} hold together"
    if assertion.kind == "conflict":
        return f"{group.id}: {rules} win together and disagree about {listed(assertion.members)}"
    return f"{group.id}: {'no rule' if _has_rules(group) else 'nothing'} gives {listed(assertion.members)}"


def _has_rules(group: Group) -> bool:
    return not any(rule.id == NO_RULE for rule in group.rules)


def _where(regions: Sequence[CaseRegion], count: int) -> str:
    told = [_said(region) for region in regions]
    if count == 1:
        return f" where {told[0]}" if regions[0].sayings else " in any case"
    listed_ = " ".join(f"({i}) {each}" for i, each in enumerate(told, start=1))
    more = f" and {count - len(told)} more" if count > len(told) else ""
    return f" in {count} regions: {listed_}{more}"


def _said(region: CaseRegion) -> str:
    told = "; ".join(saying.says for saying in region.sayings)
    return told if region.witness is not None else f"{told} [no case was found that shows it]"


def _example(witness: Witness | None) -> str:
    if witness is None:
        return ""
    as_of = "" if witness.as_of is None else f" as of {witness.as_of}"
    return f", for example with {canonical(witness.facts).decode()}{as_of}"


def _region_json(region: CaseRegion) -> Json:
    where: Mapping[str, Json] = {
        "where": [saying.says for saying in region.sayings],
        "case": None if region.witness is None else region.witness.facts,
    }
    condition = _condition(region)
    as_of = {} if region.witness is None or region.witness.as_of is None else {"as_of": region.witness.as_of}
    return {**where, **({} if condition is None else {"when": condition}), **as_of}


def _condition(region: CaseRegion) -> dict[str, Json] | None:
    """Return a region as a condition that a rule could have; None where the language has none that says it."""
    found: dict[str, Json] = {}
    for saying in region.sayings:
        if saying.name is None:
            return None
        if saying.name in found:
            together = _together(found[saying.name], saying.matcher)
            if together is None:
                return None
            found[saying.name] = together
        else:
            found[saying.name] = saying.matcher
    return found


def _together(one: Json, other: Json) -> Json:
    """Return a matcher of one name that says what two say; None where there is none."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return None
    twice = one.keys() & other.keys()
    if not twice <= {"includes", "lacks", "not"}:
        return None
    both: dict[str, Json] = {op: [*_as_list(one[op]), *_as_list(other[op])] for op in twice - {"not"}}
    if "not" in twice:
        both["not"] = {"either": [*_alternatives(one["not"]), *_alternatives(other["not"])]}
    return {**one, **other, **both}


def _alternatives(matcher: Json) -> Sequence[Json]:
    """Return the matchers of which one at least is to hold where a matcher is."""
    among = matcher.get("either") if isinstance(matcher, Mapping) and len(matcher) == 1 else None
    return among if isinstance(among, list) else [matcher]


def _as_list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else [value]


def _idle(group: Group, idle: IdleRule) -> Finding:
    rule = idle.rule
    kind = "row" if group.is_table else "rule"
    if not idle.by:
        applying = "" if group.decision == "" else f" that {group.decision} applies to"
        told = f"{kind} {rule.id} never holds: no case{applying} is such as it says. Mend its condition, or remove it."
        return Finding(rule.place, "never_holds", told, severity="warning", further={"rule": rule.id})
    return Finding(
        rule.place,
        "never_wins",
        f"{kind} {rule.id} never wins: wherever it holds, {_masked(group, idle.rule, idle.by)}. Mend it, or remove it.",
        severity="warning",
        further={"rule": rule.id, "by": [each.id for each in idle.by]},
    )


def _masked(group: Group, rule: Rule, by: Sequence[Rule]) -> str:
    names = listed([each.id for each in by[:_MOST_RULES]], "or")
    position = group.rules.index(rule)
    if all(position in each.outranks for each in by):
        return f"{names} outranks it"
    if group.policy == "first":
        return f"{names} stands before it and holds too"
    return f"{names} holds too and comes before it"
