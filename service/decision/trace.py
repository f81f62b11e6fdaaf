"""Traces: what a decision shows of why. Plain JSON values go out; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from service.clock.business_time import format_instant
from service.decision.hits import Resolution
from service.decision.possible import Open
from service.decision.program import Program
from service.facts import as_json
from service.pack.conditions import All, Condition, Test, holds, reads, supports
from service.pack.model import Clock, Decision, Group, Note, Pairs, Rule, inner, outer

__all__ = ["Narrator", "member_json"]

Json = object
_Env = Mapping[str, object]


def member_json(value: object) -> Json:
    """Return an outcome member's value as JSON; instants in their own zone, periods as `from` and `to`."""
    if isinstance(value, Pairs):
        return {key: member_json(each) for key, each in value}
    if isinstance(value, tuple):
        if len(value) == 2 and isinstance(value[0], datetime):
            return {"from": member_json(value[0]), "to": member_json(value[1])}
        return [member_json(each) for each in value]
    if isinstance(value, datetime):
        return format_instant(value)
    return value.isoformat() if isinstance(value, date) else value


class Narrator:
    """Writes the decisions of one program as JSON."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._pack = program.pack
        self._cites: dict[tuple[str, ...], list[Json]] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def settled(self, decision: Decision, hits: Mapping[str, tuple[int, ...]], env: _Env) -> dict[str, Json]:
        """Return a decision whose facts were all settled.

        hits  of each group of the decision
        env   facts and members, inner ones included
        """
        if decision.applies is not None and not hits[decision.applies.id]:
            return self._not_applicable(decision, env)
        members = {member.path: env.get(inner(member.name)) for member in decision.members}
        groups = [part for part in decision.parts if isinstance(part, Group)]
        resolutions = {group.id: self._program.asked[group.id].resolution(hits[group.id]) for group in groups}
        complete = all(
            members[member.path] is not None or member.optional or member.where_known or member.hidden
            for member in decision.members
        )
        notes = tuple(note for note in decision.notes if _holds_in(note, env))
        if not complete:
            return self._document("undecided", None, [], [], (), self._interpretations(decision, {}), notes, env)
        return self._told("decided", decision, members, resolutions, (), notes, env)

    def open(self, decision: Decision, found: Open) -> dict[str, Json]:
        """Return a decision that was analysed."""
        if found.status == "not_applicable":
            return self._not_applicable(decision, found.env)
        if found.status == "undecided":
            names = self._interpretations(decision, {})
            return self._document("undecided", None, [], [], found.needs, names, found.notes, found.env)
        return self._told(
            found.status, decision, found.members, found.resolutions, found.needs, found.notes, found.env
        )

    def _told(
        self,
        status: str,
        decision: Decision,
        members: Mapping[str, object],
        resolutions: Mapping[str, Resolution],
        needs: tuple[str, ...],
        notes: tuple[Note, ...],
        env: _Env,
    ) -> dict[str, Json]:
        because = list(self._because(decision, resolutions, env))
        overruled = list(self._overruled(decision, resolutions, env))
        names = self._interpretations(decision, resolutions)
        return self._document(
            status, self._outcome(decision, members), because, overruled, needs, names, notes, env
        )

    def _document(
        self,
        status: str,
        outcome: Json,
        because: list[Json],
        overruled: list[Json],
        needs: tuple[str, ...],
        interpretations: list[str],
        notes: tuple[Note, ...],
        env: _Env,
    ) -> dict[str, Json]:
        return {
            "status": status,
            "outcome": outcome,
            "because": because,
            "overruled": overruled,
            "needs": list(needs),
            "interpretations": interpretations,
            "notes": [{"note": note.id, "says": note.says, "cites": self._cited(note.cites)} for note in notes],
        }

    def _not_applicable(self, decision: Decision, env: _Env) -> dict[str, Json]:
        applies = decision.applies
        assert applies is not None
        entry = self._entry(applies.id, applies.says, applies.cites, self._tested(applies.when, env, truth=False))
        return self._document("not_applicable", None, [entry], [], (), list(applies.interpretations), (), env)

    @staticmethod
    def _outcome(decision: Decision, members: Mapping[str, object]) -> Json:
        outcome: dict[str, Json] = {}
        for member in decision.members:
            value = members.get(member.path)
            if value is None or member.hidden:
                continue
            holder = outcome
            *path, last = member.path.split(".")
            for step in path:
                holder = holder.setdefault(step, {})  # type: ignore[assignment]
            holder[last] = member_json(value)
        return outcome

    def _because(self, decision: Decision, resolutions: Mapping[str, Resolution], env: _Env) -> Iterator[Json]:
        for part in decision.parts:
            if isinstance(part, Group) and part.id in resolutions:
                for i in resolutions[part.id].winners:
                    yield self._rule(part.rules[i], env)
            elif isinstance(part, Clock):
                yield self._entry(part.id, part.says, part.cites, self._values(map(outer, part.inputs.values()), env))

    def _overruled(self, decision: Decision, resolutions: Mapping[str, Resolution], env: _Env) -> Iterator[Json]:
        for part in decision.parts:
            if isinstance(part, Group) and part.id in resolutions:
                for each in resolutions[part.id].overruled:
                    rule = part.rules[each.rule]
                    entry: dict[str, Json] = dict(self._rule(rule, env))
                    yield {**entry, "by": part.rules[each.by].id, "why": each.why}

    def _rule(self, rule: Rule, env: _Env) -> dict[str, Json]:
        return self._entry(rule.id, rule.says, rule.cites, self._tested(rule.when, env, truth=True))

    def _entry(self, name: str, says: str, cites: tuple[str, ...], facts: Mapping[str, Json]) -> dict[str, Json]:
        return {"rule": name, "says": says, "cites": self._cited(cites), "facts": facts}

    def _cited(self, clauses: tuple[str, ...]) -> list[Json]:
        found = self._cites.get(clauses)
        if found is None:
            found = self._cites[clauses] = [
                {"clause": name, "text": self._pack.clauses[name].text} for name in clauses
            ]
        return found

    def _tested(self, condition: Condition, env: _Env, *, truth: bool) -> dict[str, Json]:
        """Return the values that made a condition true, or false, derived facts with what they rest on."""
        if truth and _is_plain(condition):
            return self._values(reads(condition), env)
        names = dict.fromkeys(name for test in supports(condition, env, truth) for name in test.reads)
        return self._values(names, env)

    def _values(self, names: Iterable[str], env: _Env) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for name in names:
            for each in self._beneath(name):
                if each in env:
                    found.setdefault(outer(each), _shown(env[each]))
        return found

    def _beneath(self, name: str) -> tuple[str, ...]:
        """Return a name with, for a derived fact, all that it is derived from."""
        found = self._names.get(name)
        if found is None:
            derived = self._pack.derived.get(name)
            below = () if derived is None else [each for n in derived.inputs for each in self._beneath(n)]
            found = self._names[name] = tuple(dict.fromkeys((name, *below)))
        return found

    @staticmethod
    def _interpretations(decision: Decision, resolutions: Mapping[str, Resolution]) -> list[str]:
        found: dict[str, None] = {}
        if decision.applies is not None:
            found.update(dict.fromkeys(decision.applies.interpretations))
        for part in decision.parts:
            if isinstance(part, Group) and part.id in resolutions:
                resolution = resolutions[part.id]
                used = [*resolution.winners, *(each.rule for each in resolution.overruled)]
                found.update(dict.fromkeys(part.interpretations if used else ()))
                for i in sorted(used):
                    found.update(dict.fromkeys(part.rules[i].interpretations))
            elif isinstance(part, Clock) and resolutions:
                found.update(dict.fromkeys(part.interpretations))
        return list(found)


def _is_plain(condition: Condition) -> bool:
    return isinstance(condition, Test) or (
        isinstance(condition, All) and all(isinstance(part, Test) for part in condition.parts)
    )


def _holds_in(note: Note, env: _Env) -> bool:
    return holds(note.when, env) is True


def _shown(value: object) -> Json:
    return member_json(value) if isinstance(value, Pairs) else as_json(value)  # type: ignore[arg-type]
