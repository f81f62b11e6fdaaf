"""The worked cases beside the rules: read and checked against the pack. They are run in `service/decision/trial.py`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from service.errors import InvalidFacts
from service.instants import read_instant
from service.model.pack import Copy, Decision, Group, Pack, WorkedCase
from service.model.values import ABSENT
from service.pack.condition_texts import cell_text
from service.pack.readings import Tree
from service.pack.rows import NOTHING, can_be
from service.pack.vocabulary import Vocabulary
from service.wording import nearest
from service.written.findings import Reporter, Steps
from service.written.shape import Written, elements, mapping, texts

__all__ = ["STATUSES", "nested", "read_cases"]

STATUSES = ("decided", "provisional", "undecided", "not_applicable")
_WITHOUT_OUTCOME = ("undecided", "not_applicable")


def nested(facts: Mapping[str, object]) -> dict[str, object]:
    """Return facts with dotted names as the nested object that a case is; mappings in them may have dotted names too.

    >>> nested({"loan.kind": "map", "loan": {"days_late": 2}})
    {'loan': {'kind': 'map', 'days_late': 2}}
    """
    found: dict[str, object] = {}
    for name, value in facts.items():
        _put(found, str(name), value)
    return found


def _put(holder: dict[str, object], name: str, value: object) -> None:
    first, dot, rest = name.partition(".")
    if dot:
        _put_all(holder, first, {rest: value})
    elif isinstance(value, Mapping):
        _put_all(holder, first, value)
    else:
        holder[first] = value


def _put_all(holder: dict[str, object], name: str, values: Mapping[str, object]) -> None:
    inside = holder.setdefault(name, {})
    if isinstance(inside, dict):  # else a value stands there already: the facts schema tells that it is no object
        for key, value in values.items():
            _put(inside, str(key), value)


def read_cases(files: Iterable[tuple[Tree, Reporter]], pack: Pack, vocabulary: Vocabulary) -> Iterator[WorkedCase]:
    """Yield the cases of some files; what is wrong with them becomes findings.

    vocabulary  knows which decisions could not be read, or only in part: they may have what a case asks for
    """
    ids = _Ids(pack.decisions.values())
    for tree, report in files:
        reader = _CaseReader(tree, pack, report, vocabulary, ids)
        for i, each in elements(tree.data, "cases"):
            yield reader.read(each, ("cases", i))


class _Ids:
    """What cases can name of decisions: reasons, notes, and the tables whose rows are reasons."""

    def __init__(self, decisions: Collection[Decision]) -> None:
        parts = [part for decision in decisions for part in decision.parts if not isinstance(part, Copy)]
        groups = [part for part in parts if isinstance(part, Group)]
        self.rules = {part.id for part in parts} | {rule.id for group in groups for rule in group.rules}
        self.rules |= {decision.applies.id for decision in decisions if decision.applies is not None}
        self.notes = {note.id for decision in decisions for note in decision.notes}
        self.tables = {group.id: group for group in groups if group.is_table}


class _CaseReader:
    def __init__(self, tree: Tree, pack: Pack, report: Reporter, vocabulary: Vocabulary, ids: _Ids) -> None:
        self.unread = vocabulary.broken
        self.incomplete = vocabulary.broken | vocabulary.incomplete
        self.lacks_facts = vocabulary.lacks_facts
        self.tree = tree
        self.pack = pack
        self.report = report
        self.rules, self.notes, self.tables = ids.rules, ids.notes, ids.tables

    def read(self, written: Written, path: Steps) -> WorkedCase:
        """Return one case."""
        given = nested({str(name): value for name, value in mapping(written.get("facts")).items()})
        self._check_facts(given, path)
        as_of = written.get("as_of")
        if as_of is not None:
            self._check_instant(str(as_of), (*path, "as_of"))
        expect, status = self._expectations(written, path)
        return WorkedCase(
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

    def _check_facts(self, given: Mapping[str, object], path: Steps) -> None:
        if self.lacks_facts:
            return
        try:
            self.pack.facts.read(given)
        except InvalidFacts as wrong:
            for problem in wrong.problems:
                name = problem.pointer.removeprefix("/facts/").replace("/", ".")
                message = f"fact {name}: {problem.message}"
                self.report.at((*path, "facts", name), "invalid_facts", message, problem.nearest)

    def _check_instant(self, text: str, path: Steps) -> None:
        try:
            read_instant(text)
        except ValueError as wrong:
            self.report.at(path, "bad_instant", f"as_of: {wrong}")

    def _expectations(self, written: Written, path: Steps) -> tuple[dict[str, object], dict[str, str]]:
        statuses = mapping(written.get("status"))
        status = {str(name): str(value) for name, value in statuses.items()}
        for name, value in status.items():
            self._check_status(name, value, (*path, "status", name))
        expect: dict[str, object] = {}
        for key, expected in mapping(written.get("expect")).items():
            where = (*path, "expect", key)
            self._decision(str(key), where)
            if isinstance(expected, str) and expected in _WITHOUT_OUTCOME:
                status.setdefault(str(key), expected)
            elif expected == NOTHING:
                status.setdefault(str(key), "decided")
                expect[str(key)] = dict.fromkeys(self._shown(self.pack.decisions.get(str(key))), ABSENT)
            elif isinstance(expected, Mapping):
                self._check_members(self.pack.decisions.get(str(key)), expected, where)
                expect[str(key)] = self._told(str(key), expected)
            else:
                message = f"expect {key}: members, or one of {', '.join((NOTHING, *_WITHOUT_OUTCOME))}"
                self.report.at(where, "wrong_type", message)
        return expect, status

    def _check_status(self, name: str, value: str, path: Steps) -> None:
        self._decision(name, path)
        if value not in STATUSES:
            message = f"status {name}: one of {', '.join(STATUSES)}"
            self.report.at(path, "impossible_value", message, nearest(value, STATUSES))

    def _check_members(self, decision: Decision | None, members: Mapping[str, object], path: Steps) -> None:
        if decision is None or decision.id in self.incomplete:
            return
        valid = self._shown(decision)
        heads = {member.split(".")[0] for member in valid}
        for member in map(str, members):
            if member not in {*valid, *heads}:
                close = nearest(member, valid)
                self.report.at((*path, member), "unknown_member", f"{decision.id} has no member '{member}'", close)

    def _told(self, name: str, expected: object) -> object:
        """Return what is expected of a decision or member, `nothing` as ABSENT unless it can be that text."""
        if isinstance(expected, Mapping):
            return {key: self._told(f"{name}.{key}", each) for key, each in expected.items()}
        decision = self.pack.decisions.get(name.split(".", maxsplit=1)[0])
        member = None if decision is None else next((m for m in decision.members if m.name == name), None)
        is_text = expected != NOTHING or (member is not None and can_be(member, NOTHING))
        return expected if is_text else ABSENT

    @staticmethod
    def _shown(decision: Decision | None) -> list[str]:
        """Return the paths of the members that a document shows."""
        return [] if decision is None else [member.path for member in decision.members if not member.hidden]

    def _decision(self, name: str, path: Steps) -> None:
        if name not in self.pack.decisions and name not in self.unread:
            close = nearest(name, self.pack.decisions)
            self.report.at(path, "unknown_decision", f"there is no decision '{name}'", close)

    def _needs(self, written: Written, path: Steps) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, facts in mapping(written.get("needs")).items():
            where = (*path, "needs", name)
            self._decision(str(name), where)
            found[str(name)] = texts(facts)
            for fact in found[str(name)]:
                if fact not in self.pack.facts.facts and not self.lacks_facts:
                    close = nearest(fact, self.pack.facts.facts)
                    self.report.at(where, "unknown_name", f"needs {name}: there is no fact '{fact}'", close)
        return found

    def _ids(self, written: Written, key: str, valid: Collection[str], path: Steps) -> tuple[str, ...]:
        ids = texts(written.get(key))
        for each in ids:
            if each not in valid and re.split("[.(]", each)[0] not in self.incomplete:
                self._unknown_id(each, key, valid, (*path, key))
        return ids

    def _unknown_id(self, name: str, key: str, valid: Collection[str], path: Steps) -> None:
        """Report an id that nothing has: at the table where a row lacks there, else at the case."""
        table = self.tables.get(name.partition("(")[0])
        if table is not None and _could_be_row(name, table):
            message = f"table {table.id} has no row {name}, but a case names it: write the row, or correct the case"
            self.report.elsewhere(table.place, "missing_row", message)
            return
        what = "note" if key in ("notes", "silent") else "rule or row"
        self.report.at(path, "unknown_rule", f"{key}: there is no {what} '{name}'", nearest(name, valid))


def _could_be_row(name: str, table: Group) -> bool:
    """Say whether every cell in a row's id is in its column of some other row: then none of them is misspelt."""
    cells = name.removeprefix(f"{table.id}(").removesuffix(")").split(", ")
    asked = sum(not column.gives for column in table.columns)
    columns = [{cell_text(rule.cells[i]) for rule in table.rules} for i in range(asked)]
    return len(cells) == len(columns) and all(cell in column for cell, column in zip(cells, columns, strict=True))
