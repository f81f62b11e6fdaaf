"""The one function that every door calls: a request becomes decisions. Packs in force are held here.

Bytes and storage are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.decision.policy import Policy
from service.decision.requests import DecisionRequest, read_request, unknown_decisions
from service.errors import InvalidFacts, InvalidRequest, PolicyNotInForce, ProblemsFound, UnknownPolicy
from service.facts.values import Case
from service.instants import read_instant
from service.jsontext import Json, canonical
from service.model.pack import Pack
from service.wording import nearest

__all__ = ["Decided", "Desk"]


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer, before it has a number, a time and a place in the log.

    decisions  name -> canonical JSON of its decision
    as_of      as it was given
    given      the facts, as they came
    reference  what the caller calls the case, where it has told
    """

    policy: Policy
    as_of: str | None
    assumed: Mapping[str, Json]
    decisions: Mapping[str, bytes]
    given: Mapping[str, Json]
    reference: str | None = None

    @property
    def decisions_json(self) -> bytes:
        """The member `decisions` as canonical JSON (RFC 8785)."""
        found, label = self.decisions, self.policy.label
        return b"{%b}" % b",".join([label[name] + found[name] for name in sorted(found)])

    @property
    def reference_member(self) -> bytes:
        """The member `reference` behind a comma, as canonical JSON; nothing where there is none."""
        return b"" if self.reference is None else b',"reference":' + canonical(self.reference)

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
                self.reference_member,
                b"}",
            )
        )  # fmt: skip


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
        asked = policy.everything if request.decisions is None else request.decisions
        found = policy.straight.decide(request.facts, asked, request.as_of_instant)
        if found is not None:
            assumed, decisions = found
            return Decided(policy, self._as_of(policy, request), assumed, decisions, request.facts, request.reference)
        unknown = unknown_decisions(request.decisions or (), policy.pack.decisions)
        case = self._case(policy, request.facts, unknown)
        decisions = policy.decide(case, request.decisions, request.as_of_instant)
        as_of, assumed = self._as_of(policy, request), self._assumed(policy, case, decisions)
        return Decided(policy, as_of, assumed, decisions, case.given, request.reference)

    def versions(self, name: str | None) -> list[Policy]:
        """Return the versions of a policy, oldest first. Raises UnknownPolicy."""
        wanted = self.default if name is None else name
        if wanted not in self.policies:
            raise UnknownPolicy(wanted, nearest(wanted, self.policies), sorted(self.policies))
        return self.policies[wanted]

    def _in_force(self, versions: Sequence[Policy], request: DecisionRequest) -> Policy:
        """Return the newest version that is in force at `as_of`; its facts schema is the one for the case."""
        for policy in reversed(versions):
            if policy.is_evidently_in_force(self._as_of(policy, request)):
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
        for step in policy.as_of_steps:
            found = found.get(step) if isinstance(found, dict) else None
        return found if isinstance(found, str) else None

    @staticmethod
    def _assumed(policy: Policy, case: Case, decisions: Iterable[str]) -> dict[str, Json]:
        if not case.assumed:
            return {}
        read = policy.facts_read(tuple(decisions))
        return {fact: value for fact, value in case.assumed.items() if fact in read}
