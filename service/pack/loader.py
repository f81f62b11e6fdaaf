"""A folder becomes a Pack, or is refused with every finding at once. Deciding is not done here.

The order: files to trees; readings chosen; structure checked; names declared; conditions, tables and clocks read; then what
only the whole can show: circles, citations, clauses that nothing carries, ids used twice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from service.clock.calendars import Calendar, InvalidCalendar, build_calendar
from service.clock.zones import UnknownZone, zone_names
from service.errors import InvalidFactsSchema, MalformedJson
from service.facts import FactsSchema, read_date
from service.jsontext import parse
from service.nearest import nearest
from service.pack.case_files import read_cases
from service.pack.conditions import reads
from service.pack.decision_files import DecisionReader, part_gives, part_reads, texts
from service.pack.derivations import DerivationReader
from service.pack.findings import Finding, InvalidPack, Place
from service.pack.model import Case, Clause, Decision, Derived, Interpretation, Pack, inner
from service.pack.order import Circle, in_order
from service.pack.readings import Choices, Tree, resolve
from service.pack.structure import check_structure
from service.pack.vocabulary import Vocabulary, Word
from service.pack.whole import check_whole
from service.pack.yaml_source import read_yaml

__all__ = ["load_pack"]

_Data = Mapping[str, object]


def load_pack(folder: Path, readings: Mapping[str, str] | None = None) -> Pack:
    """Read a pack's folder.

    readings  interpretation -> reading: instead of what `interpretations.yaml` chose (its digest then tells so)
    Raises InvalidPack with every finding that is an error, sorted by place.
    """
    return _Loader(folder, readings or {}).load()


class _Loader:
    def __init__(self, folder: Path, readings: Mapping[str, str]) -> None:
        self.folder = folder
        self.readings = readings
        self.findings: list[Finding] = []
        self.files: dict[str, bytes] = {}
        self.vocabulary = Vocabulary()
        self.choices: Choices = {}
        self.trees: dict[str, Tree] = {}
        self.fact_names: frozenset[str] = frozenset()

    def load(self) -> Pack:
        """Do everything in order; raise once, at the end or when nothing more can be read."""
        head = self._tree("pack.yaml", "pack")
        if head is None or not isinstance(head.data, dict):
            raise InvalidPack(self.findings or [Finding(Place(self._shown("pack.yaml"), 1, 1), "empty", "is empty")])
        interpretations = self._interpretations()
        facts = self._facts_schema(head)
        trees = {name: self._folder(name) for name in ("decisions", "calendars", "cases")}
        facts_tree = self._tree("facts.yaml", "facts", optional=True)
        clauses = self._clauses()
        calendars = self._calendars(trees["calendars"])
        self._declare_builtins(head)
        readers = self._decision_readers(trees["decisions"], frozenset(calendars))
        derived = self._derived(facts_tree, readers)
        decisions = self._decisions(head, readers)
        schedule, decisions = self._schedule(decisions, derived)
        pack = self._pack(head, facts, interpretations, clauses, derived, calendars, decisions, schedule)
        pack = replace(pack, cases=self._cases(trees["cases"], pack))
        self.findings.extend(check_whole(pack, self.trees))
        self._refuse_if_wrong()
        return pack

    def _refuse_if_wrong(self) -> None:
        if any(finding.severity == "error" for finding in self.findings):
            raise InvalidPack(self.findings)

    # files

    def _shown(self, name: str) -> str:
        path = os.path.relpath(self.folder / name)
        return str(self.folder / name) if path.startswith("..") else path

    def _tree(self, name: str, schema: str, *, optional: bool = False) -> Tree | None:
        """Read one file: its findings noted, its readings chosen, its broken elements taken out."""
        path = self.folder / name
        if optional and not path.exists():
            return None
        source = read_yaml(path, self._shown(name))
        self._keep(name, path)
        self.findings.extend(source.findings)
        if source.data is None:
            return None
        tree, wrong = resolve(source, self.choices)
        self.findings.extend(wrong)
        broken = check_structure(tree.data, tree.place, tree.key_place, schema)
        self.findings.extend(broken)
        if broken or source.findings:
            tree.take_out({finding.place for finding in (*broken, *source.findings)})
        self.trees[name] = tree
        return tree if isinstance(tree.data, dict) else None

    def _keep(self, name: str, path: Path) -> None:
        try:
            self.files[name] = path.read_bytes()
        except OSError:
            return

    def _folder(self, name: str) -> dict[str, Tree]:
        """Read every YAML file of a sub-folder, by name without suffix."""
        folder = self.folder / name
        schema = {"decisions": "decision", "calendars": "calendar", "cases": "cases"}[name]
        found: dict[str, Tree] = {}
        for path in sorted(folder.glob("*.y*ml")) if folder.is_dir() else []:
            tree = self._tree(f"{name}/{path.name}", schema)
            if tree is not None:
                found[path.stem] = tree
            else:
                self.vocabulary.broken.add(path.stem)
        return found

    def _report(self, place: Place, code: str, message: str, close: str | None = None) -> None:
        self.findings.append(Finding(place, code, message, close))

    # interpretations, facts, clauses, calendars

    def _interpretations(self) -> dict[str, Interpretation]:
        tree = self._tree("interpretations.yaml", "interpretations", optional=True)
        found: dict[str, Interpretation] = {}
        for i, written in _elements(tree, "interpretations"):
            each = Interpretation(
                id=str(written["interpretation"]),
                question=str(written["question"]),
                cites=texts(written.get("cites")),
                chosen=self.readings.get(str(written["interpretation"]), str(written["chosen"])),
                readings=written["readings"],  # type: ignore[arg-type]
            )
            assert tree is not None
            if each.chosen not in each.readings:
                close = nearest(each.chosen, each.readings)
                self._report(
                    tree.place(("interpretations", i, "chosen")),
                    "unknown_reading",
                    f"interpretation {each.id} has no reading '{each.chosen}'",
                    close,
                )
            if each.id in found:
                self._report(
                    tree.place(("interpretations", i, "interpretation")),
                    "duplicate_id",
                    f"interpretation {each.id} stands twice",
                )
            found[each.id] = each
        self.choices = {each.id: (each.chosen, tuple(each.readings)) for each in found.values()}
        return found

    def _facts_schema(self, head: Tree) -> FactsSchema:
        data: _Data = head.data  # type: ignore[assignment]
        place = head.place(("facts_schema",))
        path = (self.folder / str(data.get("facts_schema", ""))).resolve()
        empty = FactsSchema.from_document({"type": "object", "properties": {}, "additionalProperties": False})
        try:
            text = path.read_bytes()
            document = parse(text)
        except OSError as wrong:
            reason = wrong.strerror or type(wrong).__name__
            self._report(place, "unreadable", f"the facts schema '{data.get('facts_schema')}' can't be read: {reason}")
            return empty
        except MalformedJson as wrong:
            self._report(Place(path.name, wrong.line, wrong.column), "malformed_json", wrong.message)
            return empty
        self.files["facts.schema.json"] = text
        where = Place(str(data.get("facts_schema")), 1, 1)
        broken = check_structure(document, lambda _: where, lambda _: where, "facts-schema.meta")
        self.findings.extend(broken)
        if broken:
            return empty
        try:
            schema = FactsSchema.from_document(document)  # type: ignore[arg-type]
        except InvalidFactsSchema as wrong:
            for problem in wrong.problems:
                self._report(where, problem.code, f"{problem.pointer}: {problem.message}", problem.nearest)
            return empty
        self.vocabulary.add_facts(schema)
        self.fact_names = frozenset((*schema.facts, *schema.subjects))
        return schema

    def _clauses(self) -> dict[str, Clause]:
        tree = self._tree("clauses.yaml", "clauses")
        found: dict[str, Clause] = {}
        for i, written in _elements(tree, "clauses"):
            source = written.get("source")
            source = source if isinstance(source, dict) else {}
            each = Clause(
                id=str(written["clause"]),
                heading=str(written.get("heading", "")),
                place=str(written.get("place", "")),
                text=str(written["text"]),
                lines=source.get("lines"),
                sha256=source.get("sha256"),
                not_decidable=written.get("not_decidable"),  # type: ignore[arg-type]
            )
            if each.id in found and tree is not None:
                self._report(tree.place(("clauses", i, "clause")), "duplicate_id", f"clause {each.id} stands twice")
            found[each.id] = each
        return found

    def _calendars(self, trees: Mapping[str, Tree]) -> dict[str, Calendar]:
        found: dict[str, Calendar] = {}
        for stem, tree in trees.items():
            data: _Data = tree.data  # type: ignore[assignment]
            self._named_after(tree, str(data.get("calendar")), stem, "calendar")
            try:
                found[stem] = build_calendar(data)
            except InvalidCalendar as wrong:
                for problem in wrong.problems:
                    self._report(
                        tree.place(problem.path),
                        "invalid_calendar",
                        f"calendar {stem}: {problem.message}",
                        problem.nearest,
                    )
                found[stem] = None  # type: ignore[assignment]
        return found

    def _named_after(self, tree: Tree, name: str, stem: str, key: str) -> None:
        if name != stem:
            self._report(
                tree.place((key,)),
                "misnamed_file",
                f"{key} {name} stands in a file called {stem}: a name leads to its place",
                stem,
            )

    # names

    def _declare_builtins(self, head: Tree) -> None:
        data: _Data = head.data  # type: ignore[assignment]
        words = self.vocabulary.words
        words["as_of"] = Word("as_of", "instant")
        zone = data.get("dates_in")
        if zone is not None:
            words["today"] = Word("today", "date")
            if zone not in zone_names():
                wrong = UnknownZone(str(zone))
                self._report(head.place(("dates_in",)), "unknown_zone", f"dates_in: {wrong}", wrong.nearest)
        fact = data.get("as_of")
        if fact is not None and (words.get(str(fact)) is None or words[str(fact)].type != "instant"):
            close = self.vocabulary.closest(fact)
            self._report(head.place(("as_of",)), "unknown_name", f"as_of: '{fact}' is no instant fact", close)

    def _decision_readers(self, trees: Mapping[str, Tree], calendars: frozenset[str]) -> dict[str, DecisionReader]:
        readers: dict[str, DecisionReader] = {}
        for stem, tree in trees.items():
            if not isinstance(tree.data, dict) or not isinstance(tree.data.get("decision"), str):
                self.vocabulary.broken.add(stem)
                continue
            self._named_after(tree, str(tree.data["decision"]), stem, "decision")
            readers[stem] = DecisionReader(tree, self.vocabulary, self.findings, calendars)
        return readers

    def _derived(self, tree: Tree | None, readers: Mapping[str, DecisionReader]) -> dict[str, Derived]:
        """Read values, sets and derived facts; members are declared on the way, as each side may read the other."""
        data: _Data = tree.data if tree is not None else {}  # type: ignore[assignment]
        values, sets = data.get("values"), data.get("sets")
        self.vocabulary.values.update(values if isinstance(values, dict) else {})
        for name, members in (sets if isinstance(sets, dict) else {}).items():
            self.vocabulary.sets[str(name)] = tuple(members) if isinstance(members, list) else (members,)
        for reader in readers.values():
            reader.declare()
            self._check_shadowing(reader)
        written = {str(each["fact"]): (i, each) for i, each in _elements(tree, "derived")}
        if tree is None:
            self._settle_copies(readers)
            return {}
        derivations = DerivationReader(self.vocabulary, tree, self.findings)
        for i, each in _elements(tree, "derived"):
            self._check_fresh(str(each["fact"]), tree.place(("derived", i, "fact")), written[str(each["fact"])][0] != i)
            derivations.declare(each)
        self._settle_copies(readers)
        found: dict[str, Derived] = {}
        for name in self._derived_order(tree, written):
            i, each = written[name]
            derived = derivations.read(each, ("derived", i))
            if derived is not None:
                found[name] = derived
        self._settle_copies(readers)
        return found

    def _settle_copies(self, readers: Mapping[str, DecisionReader]) -> None:
        for _ in range(2):  # a copy may copy a copy
            for reader in readers.values():
                reader.settle_copies()

    def _check_shadowing(self, reader: DecisionReader) -> None:
        for member in reader.members.values():
            if member.name in self.fact_names:
                self._report(
                    reader.tree.key_place(("gives", member.path)),
                    "ambiguous_name",
                    f"'{member.name}' is a fact already: a name means one thing",
                )

    def _check_fresh(self, name: str, place: Place, twice: bool) -> None:
        is_member = any(name in members for members in self.vocabulary.members.values())
        if twice or is_member or name in self.fact_names or name in ("as_of", "today"):
            whose = ": a decision gives a member of that name" if is_member else ""
            self._report(place, "duplicate_id", f"derived fact {name}: the name is taken{whose}")

    def _derived_order(self, tree: Tree, written: Mapping[str, tuple[int, _Data]]) -> list[str]:
        def read_by(name: str) -> Iterator[str]:
            return (word for word in _words(written[name][1]) if word in written and word != written[name][1]["fact"])

        try:
            return in_order(written, read_by)
        except Circle as circle:
            place = tree.place(("derived", written[circle.names[0]][0]))
            self._report(place, "circle", f"derived facts read each other in a circle: {' reads '.join(circle.names)}")
            return []

    # decisions

    def _decisions(self, head: Tree, readers: Mapping[str, DecisionReader]) -> dict[str, Decision]:
        data: _Data = head.data  # type: ignore[assignment]
        listed = data.get("decisions")
        names = [str(name) for name in listed] if isinstance(listed, list) else []
        for i, name in enumerate(names):
            if name not in readers and name not in self.vocabulary.broken:
                close = nearest(name, readers)
                self._report(
                    head.place(("decisions", i)),
                    "unknown_decision",
                    f"decision {name} has no file decisions/{name}.yaml",
                    close,
                )
        found: dict[str, Decision] = {}
        for stem, reader in readers.items():
            if stem not in names:
                self._report(
                    reader.tree.place(("decision",)), "unlisted_decision", f"decision {stem} is not listed in pack.yaml"
                )
            decision = self._read_decision(reader)
            if decision is not None:
                found[stem] = decision
        return {name: found[name] for name in names if name in found}

    def _read_decision(self, reader: DecisionReader) -> Decision | None:
        if not reader.tree.is_broken:
            return reader.read()
        try:
            return reader.read()
        except (AttributeError, KeyError, TypeError, ValueError):
            # What is wrong with the file's structure has been reported; the rest of it can't be judged.
            self.vocabulary.broken.add(reader.id)
            return None

    def _schedule(
        self, decisions: Mapping[str, Decision], derived: Mapping[str, Derived]
    ) -> tuple[tuple[str, ...], dict[str, Decision]]:
        """Return the decisions in reading order, each with all that it rests on."""
        outside = {name: _outside_reads(decision) for name, decision in decisions.items()}
        before = {name: self._decisions_read(names, derived, decisions) for name, names in outside.items()}
        try:
            order = in_order(decisions, lambda name: before[name])
        except Circle as circle:
            self._report(
                decisions[circle.names[0]].place,
                "circle",
                f"decisions read each other in a circle: {' reads '.join(circle.names)}",
            )
            return tuple(decisions), dict(decisions)
        below = _below(decisions, derived)
        filled = {
            name: replace(
                decisions[name],
                reads=tuple(outside[name]),
                facts=_grounds(outside[name], below),
                needs_before=tuple(other for other in order if other in before[name]),
            )
            for name in decisions
        }
        return tuple(order), filled

    def _decisions_read(
        self, names: list[str], derived: Mapping[str, Derived], decisions: Mapping[str, Decision]
    ) -> list[str]:
        members = {member.name: name for name, decision in decisions.items() for member in decision.members}
        found: dict[str, None] = {}
        for name in _expanded(names, derived):
            if name in members:
                found[members[name]] = None
        return list(found)

    # the whole

    def _pack(
        self,
        head: Tree,
        facts: FactsSchema,
        interpretations: Mapping[str, Interpretation],
        clauses: Mapping[str, Clause],
        derived: Mapping[str, Derived],
        calendars: Mapping[str, Calendar],
        decisions: Mapping[str, Decision],
        schedule: tuple[str, ...],
    ) -> Pack:
        data: _Data = head.data  # type: ignore[assignment]
        in_force = data.get("in_force")
        in_force = in_force if isinstance(in_force, dict) else {}
        words = self.vocabulary.words.values()
        return Pack(
            id=str(data.get("pack")),
            version=str(data.get("version")),
            title=str(data.get("title", "")),
            source=data.get("source") or {},  # type: ignore[arg-type]
            digest=self._digest(),
            folder=self.folder,
            facts=facts,
            as_of_fact=data.get("as_of"),  # type: ignore[arg-type]
            dates_in=data.get("dates_in"),  # type: ignore[arg-type]
            in_force_from=self._day(head, in_force, "from"),
            in_force_until=self._day(head, in_force, "until"),
            clauses=clauses,
            interpretations=interpretations,
            derived=derived,
            calendars=calendars,
            decisions=decisions,
            schedule=schedule,
            cases=(),
            types={word.name: word.type for word in words},
            # A member that no rule gives is none too, though a pack without gaps has no such case.
            nullable=frozenset(word.name for word in words if word.nullable).union(*self.vocabulary.members.values()),
            files=self.files,
        )

    def _day(self, head: Tree, in_force: _Data, end: str) -> date | None:
        if end not in in_force:
            return None
        try:
            return read_date(str(in_force[end]))
        except ValueError:
            self._report(
                head.place(("in_force", end)), "bad_date", f"in_force {end}: '{in_force[end]}' is no date YYYY-MM-DD"
            )
            return None

    def _digest(self) -> str:
        """Return one fingerprint of every file and of the readings chosen from outside."""
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(f"{name}\0{hashlib.sha256(self.files[name]).hexdigest()}\n".encode())
        for name in sorted(self.readings):
            digest.update(f"{name}={self.readings[name]}\n".encode())
        return "sha256:" + digest.hexdigest()

    def _cases(self, trees: Mapping[str, Tree], pack: Pack) -> tuple[Case, ...]:
        return tuple(case for tree in trees.values() for case in read_cases(tree, pack, self.findings))


def _elements(tree: Tree | None, key: str) -> Iterator[tuple[int, _Data]]:
    """Yield the unbroken mappings of a file's list, with their positions."""
    listed = tree.data.get(key) if tree is not None and isinstance(tree.data, dict) else None
    for i, each in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(each, dict):
            yield i, each


def _words(node: object) -> Iterator[str]:
    """Yield every text in plain data, keys included."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _words(value)
    elif isinstance(node, list):
        for value in node:
            yield from _words(value)


def _outside_reads(decision: Decision) -> list[str]:
    """Return the names that a decision reads and does not itself give."""
    found: dict[str, None] = {}
    if decision.applies is not None:
        found.update(dict.fromkeys(reads(decision.applies.when)))
    for part in decision.parts:
        found.update(dict.fromkeys(part_reads(part)))
    for note in decision.notes:
        found.update(dict.fromkeys(reads(note.when)))
    return [name for name in found if not name.startswith("@")]


def _below(decisions: Mapping[str, Decision], derived: Mapping[str, Derived]) -> Mapping[str, tuple[str, ...]]:
    """Return for each name that is worked out what it is worked out from, member by member."""
    found: dict[str, tuple[str, ...]] = {name: each.inputs for name, each in derived.items()}
    for decision in decisions.values():
        applying = () if decision.applies is None else reads(decision.applies.when)
        for part in decision.parts:
            for path in part_gives(part):
                name = f"{decision.id}.{path}"
                found[inner(name)] = part_reads(part)
                found[name] = (inner(name), *applying)
    return found


def _grounds(names: list[str], below: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the facts, subjects, `as_of` and `today` that names rest on in the end."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in below:
            waiting.extend(below[name])
        else:
            found[name] = None
    return tuple(found)


def _expanded(names: list[str], derived: Mapping[str, Derived]) -> list[str]:
    """Return names with all that the derived ones among them rest on."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            if name in derived:
                waiting.extend(derived[name].inputs)
    return list(found)
