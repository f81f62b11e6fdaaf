"""The worked cases beside the rules: read and checked against the pack. They are run in `service/decision/trial.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.errors import InvalidFacts
from service.facts import read_instant
from service.nearest import nearest
from service.pack.decision_files import texts
from service.pack.findings import Finding
from service.pack.model import Case, Decision, Group, Pack
from service.pack.readings import Path, Tree

__all__ = ["STATUSES", "nested", "read_cases"]

STATUSES = ("decided", "provisional", "undecided", "not_applicable")
_WITHOUT_OUTCOME = ("undecided", "not_applicable")

_Written = Mapping[str, object]


def nested(facts: Mapping[str, object]) -> dict[str, object]:
    """Return facts with dotted names as the nested object that a case is; nested members stay as they are."""
    found: dict[str, object] = {}
    for name, value in facts.items():
        holder = found
        *path, last = name.split(".")
        for step in path:
            holder = holder.setdefault(step, {})  # type: ignore[assignment]
        inside = holder.get(last)
        if isinstance(value, Mapping) and isinstance(inside, dict):
            inside.update(nested(value))
        else:
            holder[last] = nested(value) if isinstance(value, Mapping) else value
    return found


def read_cases(tree: Tree, pack: Pack, findings: list[Finding]) -> list[Case]:
    """Return the cases of one file; what is wrong with them becomes findings."""
    listed = tree.data.get("cases") if isinstance(tree.data, dict) else None
    reader = _CaseReader(tree, pack, findings)
    return [
        reader.read(each, ("cases", i))
        for i, each in enumerate(listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    ]


class _CaseReader:
    def __init__(self, tree: Tree, pack: Pack, findings: list[Finding]) -> None:
        self.tree = tree
        self.pack = pack
        self.findings = findings
        decisions = pack.decisions.values()
        self.rules = {rule.id for d in decisions for part in d.parts if isinstance(part, Group) for rule in part.rules}
        self.rules |= {part.id for d in decisions for part in d.parts if hasattr(part, "id")}
        self.rules |= {d.applies.id for d in decisions if d.applies is not None}
        self.notes = {note.id for d in decisions for note in d.notes}

    def read(self, written: _Written, path: Path) -> Case:
        """Return one case."""
        facts = written.get("facts")
        given = nested(facts) if isinstance(facts, Mapping) else {}
        self._check_facts(given, path)
        as_of = written.get("as_of")
        if as_of is not None:
            self._check_instant(str(as_of), (*path, "as_of"))
        expect, status = self._expectations(written, path)
        return Case(
            title=str(written.get("case", "")),
            facts=given,
            as_of=None if as_of is None else str(as_of),
            expect=expect,
            status=status,
            needs=self._needs(written, path),
            because=self._ids(written, "because", self.rules, path),
            overruled=self._ids(written, "overruled", self.rules, path),
            notes=self._ids(written, "notes", self.notes, path),
            silent=self._ids(written, "silent", self.notes, path),
            place=self.tree.place(path),
        )

    def _check_facts(self, given: Mapping[str, object], path: Path) -> None:
        try:
            self.pack.facts.read(given)
        except InvalidFacts as wrong:
            for problem in wrong.problems:
                name = problem.pointer.removeprefix("/facts/").replace("/", ".")
                self._report(
                    (*path, "facts", name), "invalid_facts", f"fact {name}: {problem.message}", problem.nearest
                )

    def _check_instant(self, text: str, path: Path) -> None:
        try:
            read_instant(text)
        except ValueError as wrong:
            self._report(path, "bad_instant", f"as_of: {wrong}")

    def _expectations(self, written: _Written, path: Path) -> tuple[dict[str, object], dict[str, str]]:
        expect: dict[str, object] = {}
        statuses = written.get("status")
        status = {str(name): str(value) for name, value in statuses.items()} if isinstance(statuses, Mapping) else {}
        expected = written.get("expect")
        for name, value in (expected if isinstance(expected, Mapping) else {}).items():
            where = (*path, "expect", name)
            if value in _WITHOUT_OUTCOME:
                status.setdefault(str(name), str(value))
            elif isinstance(value, Mapping):
                self._check_members(self.pack.decisions.get(str(name)), value, where)
                expect[str(name)] = value
            else:
                self._report(where, "wrong_type", f"expect {name}: members, or one of {', '.join(_WITHOUT_OUTCOME)}")
        for name, value in status.items():
            self._decision(name, (*path, "expect" if name not in (statuses or {}) else "status", name))  # type: ignore[operator]
            if value not in STATUSES:
                self._report(
                    (*path, "status", name), "impossible_value", f"status {name}: one of {', '.join(STATUSES)}"
                )
        for name in expect:
            self._decision(name, (*path, "expect", name))
        return expect, status

    def _check_members(self, decision: Decision | None, members: Mapping[str, object], path: Path) -> None:
        if decision is None:
            return
        valid = {member.path for member in decision.members if not member.hidden}
        heads = {member.split(".")[0] for member in valid}
        for member in members:
            if member not in valid | heads:
                close = nearest(member, valid)
                self._report((*path, member), "unknown_member", f"{decision.id} has no member '{member}'", close)

    def _decision(self, name: str, path: Path) -> None:
        if name not in self.pack.decisions:
            close = nearest(name, self.pack.decisions)
            self._report(path, "unknown_decision", f"there is no decision '{name}'", close)

    def _needs(self, written: _Written, path: Path) -> dict[str, tuple[str, ...]]:
        needs = written.get("needs")
        found: dict[str, tuple[str, ...]] = {}
        for name, facts in (needs if isinstance(needs, Mapping) else {}).items():
            where = (*path, "needs", name)
            self._decision(str(name), where)
            found[str(name)] = texts(facts)
            for fact in found[str(name)]:
                if fact not in self.pack.facts.facts:
                    close = nearest(fact, self.pack.facts.facts)
                    self._report(where, "unknown_name", f"needs {name}: there is no fact '{fact}'", close)
        return found

    def _ids(self, written: _Written, key: str, valid: Iterable[str], path: Path) -> tuple[str, ...]:
        ids = texts(written.get(key))
        for each in ids:
            if each not in valid:  # type: ignore[operator]
                close = nearest(each, valid)
                what = "note" if key in ("notes", "silent") else "rule or row"
                self._report((*path, key), "unknown_rule", f"{key}: there is no {what} '{each}'", close)
        return ids

    def _report(self, path: Path, code: str, message: str, close: str | None = None) -> None:
        self.findings.append(Finding(self.tree.place(path), code, message, close))
