"""The one function that every door calls: a request becomes decisions. Packs in force are held here; bytes and storage are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.clock.zones import zone_named
from service.decision.possible import analyse
from service.decision.program import Program
from service.decision.trace import Narrator
from service.errors import InvalidRequest, PolicyNotInForce, UnknownPolicy
from service.facts import Case
from service.jsontext import canonical
from service.nearest import nearest
from service.pack.model import Decision, Pack
from service.requests import DecisionRequest, unknown_decisions

__all__ = ["Decided", "Desk", "Policy"]

Json = object
_MISSING = object()
_MOST_REMEMBERED = 4096


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


class Policy:
    """One pack, ready to decide. Safe to share between threads.

    reference  canonical JSON of its id, version and digest
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.program = Program(pack)
        self.reference = canonical({"id": pack.id, "version": pack.version, "digest": pack.digest})
        self._narrator = Narrator(self.program)
        self._zone = zone_named(pack.dates_in) if pack.dates_in is not None else None
        self._everything = tuple(pack.decisions)
        self._remembered: dict[str, dict[tuple[object, ...], bytes]] = {name: {} for name in pack.decisions}
        self._keys = {name: self._key_names(decision) for name, decision in pack.decisions.items()}
        self._needed = {name: frozenset(self._needed_for(name)) for name in pack.decisions}

    def _key_names(self, decision: Decision) -> tuple[str, ...] | None:
        """Return the facts that settle a decision's document; None when it is not worth remembering.

        Equal instants can be written differently, and seldom come again: what reads one is worked out each time.
        """
        types = {self.pack.types.get(fact) for fact in decision.facts}
        return None if types & {"instant", "periods"} else decision.facts

    def _needed_for(self, name: str) -> Iterable[str]:
        yield name
        for other in self.pack.decisions[name].needs_before:
            yield from self._needed_for(other)

    def is_in_force(self, day: date | None) -> bool:
        """Say whether the pack is in force on a day; None stands for no day in particular."""
        if day is None:
            return True
        begins, ends = self.pack.in_force_from, self.pack.in_force_until
        return (begins is None or begins <= day) and (ends is None or day < ends)

    def day(self, instant: datetime) -> date:
        """Return the calendar day of an instant where the pack judges dates; in the instant's own offset without `dates_in`."""
        return (instant.astimezone(self._zone) if self._zone is not None else instant).date()

    def moment(self, case: Case, as_of: datetime | None) -> datetime | None:
        """Return when dates are judged: as asked, or the instant fact that it defaults to."""
        if as_of is None and self.pack.as_of_fact is not None:
            return case.values.get(self.pack.as_of_fact)  # type: ignore[return-value]
        return as_of

    def decide(self, case: Case, names: Sequence[str] | None = None, as_of: datetime | None = None) -> dict[str, bytes]:
        """Return each asked decision as canonical JSON. Deterministic: no clock, no order of members, nothing from outside.

        names  decisions of the pack; None for all of them
        as_of  None: the pack's `as_of` fact, where the case has it
        """
        asked = self._everything if names is None else tuple(names)
        env: dict[str, object] = dict(case.values)
        moment = self.moment(case, as_of)
        if moment is not None:
            env["as_of"] = moment
            env["today"] = self.day(moment)
        return self._answers(asked, env)

    def _answers(self, asked: tuple[str, ...], env: dict[str, object]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        keys: dict[str, tuple[object, ...]] = {}
        for name in asked:
            names = self._keys[name]
            if names is not None:
                keys[name] = key = tuple([env.get(each, _MISSING) for each in names])
                known = self._remembered[name].get(key)
                if known is not None:
                    found[name] = known
        rest = [name for name in asked if name not in found]
        if rest:
            for name, document in self._work_out(rest, env).items():
                found[name] = self._remember(name, keys.get(name), canonical(document))
        return {name: found[name] for name in asked}

    def _remember(self, name: str, key: tuple[object, ...] | None, document: bytes) -> bytes:
        if key is None:
            return document
        remembered = self._remembered[name]
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        remembered[key] = document
        return document

    def _work_out(self, names: Sequence[str], env: dict[str, object]) -> dict[str, Json]:
        unknown = {name for name in names if self.program.reach.unknown(self.pack.decisions[name], env)}
        given = dict(env) if unknown else env
        settled = [name for name in names if name not in unknown]
        hits = self.program.run(frozenset().union(*(self._needed[name] for name in settled)), env) if settled else {}
        found: dict[str, Json] = {}
        for name in names:
            decision = self.pack.decisions[name]
            if name in unknown:
                found[name] = self._narrator.open(decision, analyse(self.program, decision, given))
            else:
                found[name] = self._narrator.settled(decision, hits, env)
        return found


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

    def decide(self, request: DecisionRequest) -> Decided:
        """Decide a request.

        Raises UnknownPolicy, PolicyNotInForce, InvalidFacts, InvalidRequest (an unknown decision), each with all that is wrong.
        """
        versions = self.versions(request.policy)
        policy, case = self._in_force(versions, request)
        names = request.decisions
        if names is not None:
            problems = unknown_decisions(names, policy.pack.decisions)
            if problems:
                raise InvalidRequest(problems)
        decisions = policy.decide(case, names, request.as_of_instant)
        return Decided(policy, self._as_of(policy, request), self._assumed(policy, case, decisions), decisions, case)

    def versions(self, name: str | None) -> list[Policy]:
        """Return the versions of a policy, oldest first. Raises UnknownPolicy."""
        wanted = self.default if name is None else name
        if wanted not in self.policies:
            raise UnknownPolicy(wanted, nearest(wanted, self.policies))
        return self.policies[wanted]

    @staticmethod
    def _in_force(versions: Sequence[Policy], request: DecisionRequest) -> tuple[Policy, Case]:
        """Return the newest version that is in force at `as_of`, with the case read by its own facts schema."""
        for policy in reversed(versions):
            case = policy.pack.facts.read(request.facts)
            moment = policy.moment(case, request.as_of_instant)
            if policy.is_in_force(None if moment is None else policy.day(moment)):
                return policy, case
        raise PolicyNotInForce(versions[0].pack.id, str(request.as_of or ""))

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
        read = {fact for name in decisions for fact in policy.pack.decisions[name].facts}
        return {fact: value for fact, value in case.assumed.items() if fact in read}
