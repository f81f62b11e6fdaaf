"""The one function that every door calls: a request becomes decisions. Packs in force are held here.

Bytes and storage are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import cast

from service.analysis.ground import Ground
from service.analysis.handed import Handed
from service.analysis.possible import analyse
from service.clock.zones import zone_named
from service.decision.asking import UNKNOWN, picker
from service.decision.certain import Certain
from service.decision.few import Few
from service.decision.objects import holds_instant
from service.decision.requests import DecisionRequest, read_request, unknown_decisions
from service.decision.running import Program
from service.decision.trace import Narrator
from service.errors import InvalidFacts, InvalidRequest, PolicyNotInForce, ProblemsFound, UnknownPolicy
from service.facts.values import Case
from service.instants import read_instant
from service.jsontext import Json, canonical
from service.model.conditions import Env
from service.model.names import Key, Own
from service.model.pack import Decision, Pack
from service.remembering import keep
from service.wording import nearest

__all__ = ["Decided", "Desk", "Policy"]

_MOST_REMEMBERED = 4096
_MOST_ASKED = 256


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer, before it has a number, a time and a place in the log.

    decisions  name -> canonical JSON of its decision
    as_of      as it was given
    """

    policy: Policy
    as_of: str | None
    assumed: Mapping[str, Json]
    decisions: Mapping[str, bytes]
    case: Case

    @property
    def decisions_json(self) -> bytes:
        """The member `decisions` as canonical JSON (RFC 8785)."""
        return b"{" + b",".join(b'"%b":%b' % (n.encode(), self.decisions[n]) for n in sorted(self.decisions)) + b"}"

    def document(self, id_: str | None = None, decided_at: str | None = None, audit: Json = None) -> bytes:
        """Return the decision document as canonical JSON."""
        return b"".join(
            (
                b'{"as_of":', canonical(self.as_of),
                b',"assumed":', canonical(self.assumed),
                b',"audit":', canonical(audit),
                b',"decided_at":', canonical(decided_at),
                b',"decisions":', self.decisions_json,
                b',"id":', canonical(id_),
                b',"policy":', self.policy.reference,
                b"}",
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Known:
    """A decision as it came out before: its canonical JSON, and its members as other decisions read them."""

    document: bytes
    members: Mapping[str, object]


class Policy:
    """One pack, ready to decide. Safe to share between threads.

    reference  canonical JSON of its id, version and digest
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.program = Program(pack)
        self.ground = Ground(pack)
        self._few = Few(self.program, self.ground)
        self._certain = Certain(self.program, self.ground)
        self.reference = canonical({"id": pack.id, "version": pack.version, "digest": pack.digest})
        self._narrator = Narrator(self.program)
        self._zone = zone_named(pack.dates_in) if pack.dates_in is not None else None
        self._everything = tuple(pack.decisions)
        self._remembered: dict[str, dict[tuple[object, ...], _Known]] = {name: {} for name in pack.decisions}
        self._remembered_open: dict[str, dict[tuple[object, ...], _Known]] = {name: {} for name in pack.decisions}
        self._grounds = {name: picker(self.ground.reach.grounds(decision)) for name, decision in pack.decisions.items()}
        self._passed_on: tuple[Key, ...] = (
            "as_of",
            "today",
            *(m.name for each in pack.decisions.values() for m in each.members),
        )
        self._keys = {name: picker(self._key_names(decision)) for name, decision in pack.decisions.items()}
        # A caller may ask for decisions in any of very many orders.
        self._levels = lru_cache(_MOST_ASKED)(self._levels_of)
        self.facts_read = lru_cache(_MOST_ASKED)(self._facts_read)

    def _key_names(self, decision: Decision) -> tuple[Key, ...]:
        """Return the names that settle a decision: what it reads, derived facts by what they rest on."""
        return tuple(name for name in self.pack.beneath(decision.reads) if name not in self.pack.derived)

    def _facts_read(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return the facts and subjects that some decisions rest on."""
        return frozenset(fact for name in names for fact in self.pack.decisions[name].facts)

    def _levels_of(self, asked: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """Return the asked decisions and all that they read, those that can be worked out together side by side."""
        level: dict[str, int] = {}
        wanted = self._with_needed(asked)
        for name in self.pack.schedule:
            if name in wanted:
                level[name] = max((level[each] + 1 for each in self.pack.decisions[name].needs_before), default=0)
        return tuple(
            tuple(name for name in level if level[name] == depth) for depth in range(max(level.values(), default=0) + 1)
        )

    def _with_needed(self, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for name in names:
            found |= {name, *self._with_needed(self.pack.decisions[name].needs_before)}
        return found

    @property
    def is_always_in_force(self) -> bool:
        """Whether the pack has neither a first nor a last day."""
        return self.pack.in_force_from is None and self.pack.in_force_until is None

    def is_in_force(self, day: date | None) -> bool:
        """Say whether the pack is in force on a day; None stands for no day in particular."""
        if day is None:
            return True
        begins, ends = self.pack.in_force_from, self.pack.in_force_until
        return (begins is None or begins <= day) and (ends is None or day < ends)

    def day(self, instant: datetime) -> date:
        """Return the calendar day of an instant where the pack judges dates, in its own offset without `dates_in`."""
        return (instant.astimezone(self._zone) if self._zone is not None else instant).date()

    def moment(self, case: Case, as_of: datetime | None) -> datetime | None:
        """Return when dates are judged: as asked, or the instant fact that it defaults to."""
        if as_of is None and self.pack.as_of_fact is not None:
            return case.values.get(self.pack.as_of_fact)  # type: ignore[return-value]
        return as_of

    def decide(self, case: Case, names: Sequence[str] | None = None, as_of: datetime | None = None) -> dict[str, bytes]:
        """Return each asked decision as canonical JSON.

        Deterministic: no clock, no order of members, nothing from outside.

        names  decisions of the pack; None for all of them
        as_of  None: the pack's `as_of` fact, where the case has it
        """
        asked = self._everything if names is None else tuple(names)
        env: dict[Key, object] = dict(_env(case))
        moment = self.moment(case, as_of)
        if moment is not None:
            env["as_of"] = moment
            env["today"] = self.day(moment)
        found: dict[str, bytes] = {}
        handed: Handed | None = None
        for level in self._levels(asked):
            unknown = self._settle(level, case, env, found)
            if unknown and handed is None:
                handed = Handed()
            for name in unknown:
                self._analyse(name, case, env, found, handed)
        return {name: found[name] for name in asked}

    def _settle(self, level: tuple[str, ...], case: Case, env: dict[Key, object], found: dict[str, bytes]) -> list[str]:
        """Work out the decisions of a level whose facts are all known; return the others."""
        unknown: list[str] = []
        missing: dict[str, tuple[object, ...]] = {}
        for name in level:
            key = self._keys[name](env)
            known = self._remembered[name].get(key)
            if known is not None:
                found[name] = known.document
                env.update(known.members)
            elif UNKNOWN in key:
                if not self._settle_alone(name, key, case, env, found):
                    unknown.append(name)
            else:
                missing[name] = key
        if missing:
            hits = self.program.run(frozenset(missing), env)
            for name, key in missing.items():
                members = {each.name: env[each.name] for each in self.pack.decisions[name].members}
                found[name] = self._told(name, key, hits, env, members).document
        return unknown

    def _settle_alone(
        self, name: str, key: tuple[object, ...], case: Case, env: dict[Key, object], found: dict[str, bytes]
    ) -> bool:
        """Work out a decision that evidently does not rest on what is unknown; False where it might."""
        decision = self.pack.decisions[name]
        tried = dict(env)
        ran = self._certain.run(decision, tried)
        if ran is None:
            return False
        members = {each.name: tried[each.name] for each in decision.members}
        if not ran.is_all_sure:
            # As the analysis tells it: with the facts that are given and what the decision reads, and no more.
            own = [Own(each.name) for each in decision.members]
            tried = {
                **self._given(case, env),
                **{each: tried[each] for each in (*decision.reads, *own) if each in tried},
            }
            sure = {each.name for each in decision.members if not each.where_known}
            members = {each: value for each, value in members.items() if each in sure and value is not None}
        known = self._told(name, key, ran.hits, tried, members)
        found[name] = known.document
        env.update(known.members)
        return True

    def _told(
        self,
        name: str,
        key: tuple[object, ...],
        hits: Mapping[str, tuple[int, ...]],
        env: Env,
        members: Mapping[str, object],
    ) -> _Known:
        """Return a decision that was worked out, and remember it."""
        known = _Known(self._narrator.settled(self.pack.decisions[name], hits, env), members)
        _keep(self._remembered[name], key, known)
        return known

    def _given(self, case: Case, env: Env) -> dict[Key, object]:
        """Return what a case gives to all decisions: facts, the day, and settled members."""
        return {**_env(case), **{each: env[each] for each in self._passed_on if each in env}}

    def _analyse(
        self, name: str, case: Case, env: dict[Key, object], found: dict[str, bytes], handed: Handed | None
    ) -> None:
        """Work out a decision that rests on unknown facts, exactly, and pass on those of its members that do not."""
        key = tuple([_written(value) for value in self._grounds[name](env)])
        known = self._remembered_open[name].get(key)
        if known is None:
            given = self._given(case, env)
            decision = self.pack.decisions[name]
            opened = self._few.settle(decision, given) or analyse(self.ground, decision, given, handed)
            known = _Known(self._narrator.open(decision, opened), opened.passed_on)
            keep(self._remembered_open[name], key, known, _MOST_REMEMBERED)
        found[name] = known.document
        env.update(known.members)


def _env(case: Case) -> Env:
    """Return the values of a case by the names that the model knows them by."""
    return cast("Env", case.values)


def _keep(remembered: dict[tuple[object, ...], _Known], key: tuple[object, ...], known: _Known) -> None:
    """Remember what came out, within a bound."""
    # Equal instants can be written differently and seldom come again: what reads one is worked out each time.
    if not any(map(holds_instant, key)):
        keep(remembered, key, known, _MOST_REMEMBERED)


def _written(value: object) -> object:
    """Return what tells values apart that are equal and yet are written differently: instants by their offset."""
    if isinstance(value, datetime):
        return value, value.utcoffset()
    return tuple([_written(each) for each in value]) if isinstance(value, tuple) else value


class Desk:
    """The policies in force, and the one way to ask them."""

    def __init__(self, packs: Sequence[Pack], default: str | None = None) -> None:
        """Take packs; several versions of one policy are told apart by when they are in force.

        default  the policy that is asked when a request names none; None: that of the first pack
        """
        self.policies: dict[str, list[Policy]] = {}
        for pack in packs:
            self.policies.setdefault(pack.id, []).append(Policy(pack))
        for versions in self.policies.values():
            versions.sort(key=lambda policy: policy.pack.in_force_from or date.min)
        self.default = default if default is not None else packs[0].id

    def read(self, body: Json) -> DecisionRequest:
        """Return the request that a parsed body makes.

        Raises InvalidRequest with every problem: where something around the facts is wrong, with those of the facts
        too.
        """
        try:
            return read_request(body)
        except InvalidRequest as wrong:
            raise InvalidRequest.joining(wrong, *self._further_problems(body)) from None

    def decide(self, request: DecisionRequest) -> Decided:
        """Decide a request.

        Raises UnknownPolicy, PolicyNotInForce, InvalidFacts, or InvalidRequest when a decision is unknown; both of
        these hold all that is wrong.
        """
        policy = self._in_force(self.versions(request.policy), request)
        unknown = unknown_decisions(request.decisions or (), policy.pack.decisions)
        case = self._case(policy, request.facts, unknown)
        decisions = policy.decide(case, request.decisions, request.as_of_instant)
        return Decided(policy, self._as_of(policy, request), self._assumed(policy, case, decisions), decisions, case)

    def versions(self, name: str | None) -> list[Policy]:
        """Return the versions of a policy, oldest first. Raises UnknownPolicy."""
        wanted = self.default if name is None else name
        if wanted not in self.policies:
            raise UnknownPolicy(wanted, nearest(wanted, self.policies), sorted(self.policies))
        return self.policies[wanted]

    def _in_force(self, versions: Sequence[Policy], request: DecisionRequest) -> Policy:
        """Return the newest version that is in force at `as_of`; its facts schema is the one for the case."""
        for policy in reversed(versions):
            if policy.is_always_in_force:
                return policy
            day = self._day(policy, request)
            if policy.is_in_force(day):
                return policy
        raise PolicyNotInForce(versions[0].pack.id, str(day))

    def _day(self, policy: Policy, request: DecisionRequest) -> date | None:
        """Return the day on which a version must be in force; None where the request does not say, or wrongly."""
        if request.as_of_instant is not None:
            return policy.day(request.as_of_instant)
        try:
            return policy.day(read_instant(self._as_of(policy, request) or ""))
        except ValueError:
            return None

    @staticmethod
    def _case(policy: Policy, facts: Mapping[str, Json], unknown: InvalidRequest | None) -> Case:
        """Return the checked case. Raises InvalidFacts, or InvalidRequest when there are unknown decisions as well."""
        try:
            case = policy.pack.facts.read(facts)
        except InvalidFacts as wrong:
            if unknown is not None:
                raise InvalidRequest.joining(unknown, wrong) from None
            raise
        if unknown is not None:
            raise unknown
        return case

    def _further_problems(self, body: Json) -> Sequence[ProblemsFound]:
        """Return what is wrong with a body's facts and names of decisions, as far as they can be judged."""
        facts, names, policy = (
            (body.get("facts"), body.get("decisions"), body.get("policy", self.default))
            if isinstance(body, Mapping)
            else (None, None, None)
        )
        if not isinstance(policy, str) or policy not in self.policies:
            return ()
        pack = self.policies[policy][-1].pack
        are_names = isinstance(names, list) and all(isinstance(name, str) for name in names)
        unknown = unknown_decisions(names, pack.decisions) if are_names else None  # type: ignore[arg-type]
        found: list[ProblemsFound] = [] if unknown is None else [unknown]
        try:
            pack.facts.read(facts if isinstance(facts, Mapping) else {})
        except InvalidFacts as wrong:
            found.append(wrong)
        return found

    @staticmethod
    def _as_of(policy: Policy, request: DecisionRequest) -> str | None:
        if request.as_of is not None or policy.pack.as_of_fact is None:
            return request.as_of
        found: object = request.facts
        for step in policy.pack.as_of_fact.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        return found if isinstance(found, str) else None

    @staticmethod
    def _assumed(policy: Policy, case: Case, decisions: Iterable[str]) -> dict[str, Json]:
        if not case.assumed:
            return {}
        read = policy.facts_read(tuple(decisions))
        return {fact: value for fact, value in case.assumed.items() if fact in read}
