"""A pack as JSON for whoever asks what is in force: its head, clauses, rules and facts schema. Nothing is decided here.

Conditions and outcomes are shown as their owner wrote them, with the chosen reading of an interpretation in its place:
the model keeps them so, and no file is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeVar, cast

from service.decision.policy import Policy
from service.jsontext import Json, canonical, parse
from service.model.derivations import Derived
from service.model.pack import Applies, Clock, Copy, Decision, Group, Note, Pack, Rule
from service.model.walk import citing
from service.pack.clock_conventions import CONVENTIONS
from service.pack.rows import NOTHING, OTHERWISE
from service.written.naming import with_text_keys

__all__ = ["PackPages", "version_json"]

_Placed = TypeVar("_Placed", Derived, Group | Clock | Copy)
_OF_CLOCK = (
    "starts", "stops", "amount", "unit", "calendar", "zone", "written_in", "pauses", *CONVENTIONS, "changes",
    "over_at_change", "warnings", "gives",
)  # fmt: skip


def version_json(pack: Pack) -> dict[str, Json]:
    """Return what tells one version of a policy from another."""
    begins, ends = pack.in_force_from, pack.in_force_until
    return {
        "version": pack.version,
        "digest": pack.digest,
        "in_force": {
            "from": None if begins is None else begins.isoformat(),
            "until": None if ends is None else ends.isoformat(),
        },
    }


class PackPages:
    """The pages of one pack as canonical JSON, each made when it is first asked for."""

    def __init__(self, policy: Policy) -> None:
        self._pack = policy.pack
        self._policy: Json = parse(policy.reference)

    @cached_property
    def head(self) -> Mapping[str, Json]:
        """What the pack is, and which decisions it takes."""
        pack = self._pack
        return {
            "id": pack.id,
            "title": pack.title,
            **version_json(pack),
            "source": dict(pack.source),
            "as_of": pack.as_of_fact,
            "dates_in": pack.dates_in,
            "decisions": [
                {"decision": each.id, "asks": each.asks, **_hiding(each)} for each in pack.decisions.values()
            ],
        }

    @cached_property
    def facts_schema(self) -> bytes:
        """The JSON Schema of a case."""
        return canonical(self._pack.facts.document)

    @cached_property
    def clauses(self) -> bytes:
        """The clauses in the order of the text, each with the ids of all that cites it."""
        cited_by: dict[str, list[str]] = {clause: [] for clause in self._pack.clauses}
        for each in citing(self._pack):
            name = each.name if isinstance(each, Derived) else each.id
            for clause in each.cites:
                if name not in cited_by[clause]:
                    cited_by[clause].append(name)
        clauses: list[Json] = [
            {
                "clause": clause.id,
                "heading": clause.heading,
                "place": clause.section,
                "text": clause.text,
                "source": None if clause.sha256 is None else {"lines": clause.lines, "sha256": clause.sha256},
                "not_decidable": clause.not_decidable,
                "cited_by": cited_by[clause.id],
            }
            for clause in self._pack.clauses.values()
        ]
        return canonical({"policy": self._policy, "clauses": clauses})

    @cached_property
    def rules(self) -> bytes:
        """The decisions with their parts and notes, what they rest on, and the interpretations."""
        pack = self._pack
        page = {
            "policy": self._policy,
            "decisions": [_decision(decision) for decision in pack.decisions.values()],
            "derived": [each.written for each in _in_written_order(pack.derived.values()) if each.written],
            "values": {each.name: each.written for each in pack.values.values()},
            "sets": {each.name: each.written for each in pack.sets.values()},
            "calendars": [each.written for each in pack.calendar_files.values()],
            "interpretations": [
                {
                    "interpretation": each.id,
                    "question": each.question,
                    "cites": each.cites,
                    "chosen": each.chosen,
                    "readings": each.readings,
                }
                for each in pack.interpretations.values()
            ],
        }
        if pack.holiday_files:
            page["holidays"] = [each.written for each in pack.holiday_files.values()]
        return canonical(cast("Json", with_text_keys(page)))


def _in_written_order(elements: Iterable[_Placed]) -> list[_Placed]:
    return sorted(elements, key=lambda each: each.place)


def _decision(decision: Decision) -> dict[str, object]:
    applies = decision.applies
    return {
        "decision": decision.id,
        "asks": decision.asks,
        **_hiding(decision),
        "applies_when": None
        if applies is None
        else {**_said(applies), "rule": applies.id, "when": applies.written.get("when", {})},
        "gives": {member.path: member.written for member in decision.members if member.written is not None},
        "parts": [_part(part, decision) for part in _written_parts(decision)],
        "notes": [{**_said(note), "note": note.id, "when": note.written.get("when", {})} for note in decision.notes],
        "retired": [each.written for each in decision.retired],
    }


def _hiding(decision: Decision) -> dict[str, Json]:
    return {"hidden": True} if decision.hidden else {}


def _said(each: Applies | Rule | Clock | Note) -> dict[str, object]:
    return {"says": each.says, "cites": each.cites, "interpretations": each.interpretations}


def _written_parts(decision: Decision) -> list[Group | Clock]:
    """Return the parts as they are written: what says which cases a clock concerns is a part of the clock's."""
    of_clocks = {clock.nothing for clock in decision.clocks}
    groups = [group for group in decision.groups if group.nothing is None or group.nothing not in of_clocks]
    return sorted([*groups, *decision.clocks], key=lambda each: each.place)


def _part(part: Group | Clock, decision: Decision) -> dict[str, object]:
    if isinstance(part, Clock):
        counted = {name: part.written[name] for name in _OF_CLOCK if name in part.written}
        concerns = [rule for group in decision.groups if group.nothing == part.nothing for rule in group.rules]
        concern = {"applies_when": _concern(concerns[0])} if part.nothing is not None else {}
        return {**_said(part), "clock": part.id, **counted, **concern}
    shown: dict[str, object] = {
        "table" if part.is_table else "part": part.id,
        "hit_policy": part.policy,
        "order": part.written.get("order"),
        "interpretations": part.interpretations,
        **({"collect": part.written["collect"]} if "collect" in part.written else {}),
    }
    rules = part.rules
    if "applies_when" in part.written:
        applies, rules = rules[-1], rules[:-1]
        shown["applies_when"] = _concern(applies)
    if part.is_table:
        return {**shown, "columns": part.written["columns"], "rows": [_row(part, rule) for rule in rules]}
    return {**shown, "rules": [_rule(part, rule) for rule in rules]}


def _concern(rule: Rule) -> dict[str, object]:
    """Return `applies_when` of a part, by the rule that holds where the part does not apply."""
    return {**_said(rule), "rule": rule.id, "when": rule.written["when"]}


def _rule(group: Group, rule: Rule) -> dict[str, object]:
    return {
        **_said(rule),
        "rule": rule.id,
        "when": rule.written.get("when", {}),
        "then": rule.written.get("then", {}),
        "outranks": [group.rules[place].id for place in rule.outranks],
    }


def _row(table: Group, row: Rule) -> dict[str, object]:
    filled = [(column, cell) for column, cell in zip(table.columns, row.cells, strict=True) if cell != "-"]
    return {
        **_said(row),
        "rule": row.id,
        "when": OTHERWISE
        if OTHERWISE in row.written
        else {column.name: cell for column, cell in filled if not column.gives},
        "then": NOTHING
        if table.nothing is not None and row.then[table.nothing] is True
        else {column.name: cell for column, cell in filled if column.gives},
    }
