"""A pack as JSON for whoever asks what is in force: its head, clauses, rules and facts schema. Nothing is decided here.

Conditions and outcomes are shown as their owner wrote them, with the chosen reading of an interpretation in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from service.decision.desk import Policy
from service.jsontext import Json, canonical, parse
from service.model.derivations import Derived
from service.model.pack import Clock, Copy, Decision, Group, Pack, Rule
from service.model.walk import citing
from service.pack.readings import resolve
from service.written.yaml_source import yaml_source

__all__ = ["PackPages", "version_json"]

_Written = Mapping[str, Any]
_OF_CLOCK = ("starts", "amount", "unit", "calendar", "zone", "pauses", "business_day_ends", "gives")


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
            "decisions": [{"decision": each.id, "asks": each.asks} for each in pack.decisions.values()],
        }

    @cached_property
    def facts_schema(self) -> bytes:
        """The JSON Schema of a case."""
        return canonical(parse(self._pack.files["facts.schema.json"]))

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
                "place": clause.place,
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
        written = _as_written(self._pack)
        facts = written.get("facts.yaml", {})
        page: dict[str, Json] = {
            "policy": self._policy,
            "decisions": [
                _decision(decision, written[_file_of(name, written)]) for name, decision in self._pack.decisions.items()
            ],
            "derived": facts.get("derived", []),
            "values": facts.get("values", {}),
            "sets": facts.get("sets", {}),
            "calendars": [written[path] for path in sorted(written) if path.startswith("calendars/")],
            "interpretations": [
                {
                    "interpretation": each.id,
                    "question": each.question,
                    "cites": each.cites,
                    "chosen": each.chosen,
                    "readings": each.readings,
                }
                for each in self._pack.interpretations.values()
            ],
        }
        return canonical(page)


def _as_written(pack: Pack) -> dict[str, _Written]:
    """Return the pack's YAML files as plain data, by path, with the chosen readings in place."""
    choices = {each.id: (each.chosen, tuple(each.readings)) for each in pack.interpretations.values()}
    found: dict[str, _Written] = {}
    for path, content in pack.files.items():
        if path.startswith(("decisions/", "calendars/")) or path == "facts.yaml":
            tree, _ = resolve(yaml_source(content, path), choices)
            found[path] = _with_text_keys(tree.data)
    return found


def _with_text_keys(node: Any) -> Any:
    """Return plain data as JSON: YAML has keys that are numbers or booleans, too."""
    if isinstance(node, dict):
        pairs = ((key if isinstance(key, str) else canonical(key).decode(), value) for key, value in node.items())
        return {key: _with_text_keys(value) for key, value in pairs}
    return [_with_text_keys(each) for each in node] if isinstance(node, list) else node


def _file_of(decision: str, written: Mapping[str, _Written]) -> str:
    return next(path for path in written if path.startswith(f"decisions/{decision}."))


def _decision(decision: Decision, written: _Written) -> Json:
    applies = decision.applies
    return {
        "decision": decision.id,
        "asks": decision.asks,
        "applies_when": None
        if applies is None
        else {**_said(applies), "rule": applies.id, "when": written["applies_when"].get("when", {})},
        "gives": written.get("gives", {}),
        "parts": list(_parts(decision, written)),
        "notes": [
            {**_said(note), "note": note.id, "when": each.get("when", {})}
            for note, each in zip(decision.notes, written.get("notes", ()), strict=True)
        ],
        "retired": written.get("retired", []),
    }


def _said(each: Any) -> dict[str, Json]:
    return {"says": each.says, "cites": each.cites, "interpretations": each.interpretations}


def _parts(decision: Decision, written: _Written) -> Iterator[Json]:
    """Yield the parts in the order in which they were written."""
    parts = {part.id: part for part in decision.parts if not isinstance(part, Copy)}
    for each in written.get("parts", (written,)):
        part = parts.get(each.get("clock") or each.get("part") or each.get("table") or decision.id)
        if isinstance(part, Clock):
            counted = {name: each[name] for name in _OF_CLOCK if name in each}
            yield {**_said(part), "clock": part.id, **counted}
        elif part is not None:
            yield _group(part, each)


def _group(group: Group, written: _Written) -> Json:
    shown: dict[str, Json] = {
        "table" if group.is_table else "part": group.id,
        "hit_policy": group.policy,
        "order": written.get("order"),
        "interpretations": group.interpretations,
    }
    if group.is_table:
        columns = written["columns"]
        rows = [_row(rule, row, columns) for rule, row in zip(group.rules, written["rows"], strict=True)]
        return {**shown, "columns": columns, "rows": rows}
    rules = zip(group.rules, written["rules"], strict=True)
    return {**shown, "rules": [_rule(group, rule, each) for rule, each in rules]}


def _rule(group: Group, rule: Rule, written: _Written) -> Json:
    return {
        **_said(rule),
        "rule": rule.id,
        "when": written.get("when", {}),
        "then": written.get("then", {}),
        "outranks": [group.rules[place].id for place in rule.outranks],
    }


def _row(rule: Rule, row: Any, columns: _Written) -> Json:
    cells = row["cells"] if isinstance(row, dict) else row
    whens, thens = _listed(columns.get("when")), _listed(columns.get("then"))
    return {
        **_said(rule),
        "rule": rule.id,
        "when": {name: cell for name, cell in zip(whens, cells, strict=False) if cell != "-"},
        "then": {name: cell for name, cell in zip(thens, cells[len(whens) :], strict=True) if cell != "-"},
    }


def _listed(written: Any) -> list[str]:
    return [] if written is None else [written] if isinstance(written, str) else list(written)
