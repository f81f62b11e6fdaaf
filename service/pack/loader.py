"""Files become a Pack, or are refused with every finding at once. Deciding is not done here.

The order: files to trees; readings chosen; structure checked; names declared; conditions, tables and clocks read; then
what only the whole can show: circles, citations, clauses that nothing carries, ids used twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from service.facts.schema import FactsSchema
from service.model.between import between, resting_on_members
from service.model.circles import check_circles
from service.model.derivations import Derived
from service.model.names import Own
from service.model.pack import Clause, Decision, Interpretation, NamedSet, Pack, WorkedCase
from service.model.schedule import scheduled
from service.model.walk import chosen_in, templates_in
from service.pack.calendar_files import calendar_files, holiday_files, read_calendars
from service.pack.case_files import read_cases
from service.pack.citations import check_citations, has_id_twice, uncited_readings
from service.pack.clauses import read_clauses, without_fingerprint
from service.pack.clock_amounts import check_clock_amounts
from service.pack.clock_inputs import check_clock_inputs, unbounded_clock_inputs
from service.pack.dated_values import DatedValues
from service.pack.decision_files import DecisionFolder
from service.pack.derivations import DerivationReader
from service.pack.divisors import zero_divisors
from service.pack.facts_file import FactsFile, add_values, named_sets, named_values
from service.pack.far_moves import far_moves
from service.pack.head import declare_moments, read_head
from service.pack.interpretations import choices, read_interpretations
from service.pack.names_as_texts import names_as_texts
from service.pack.pack_folder import PackFolder
from service.pack.readings import Tree
from service.pack.schema_file import names_countries, no_facts, read_facts_schema
from service.pack.sources import FolderSource, KeptSource
from service.pack.vocabulary import ANY, Vocabulary, Word
from service.written.findings import Finding, InvalidPack, Place

__all__ = ["load_pack", "load_pack_files", "load_to_check"]


def load_pack(folder: Path, readings: Mapping[str, str] | None = None) -> Pack:
    """Read a pack's folder.

    readings  interpretation -> reading: instead of what `interpretations.yaml` chose (its digest then tells so)
    Raises InvalidPack with every finding that is an error, sorted by place.
    """
    return _loaded(PackFolder(FolderSource(folder)), readings or {})


def load_pack_files(files: Mapping[str, bytes], name: str) -> Pack:
    """Read a pack from what `Pack.files` had of it; nothing is read from the disk.

    name  what findings call its folder
    Its digest is that of the pack whose files they are, unless that one was read under readings from outside.
    Raises InvalidPack as `load_pack` does.
    """
    return _loaded(PackFolder(KeptSource(files, name)), {})


def load_to_check(folder: Path) -> tuple[Pack, Sequence[Finding]]:
    """Read a pack's folder, and say what would be wrong with it under each reading that it did not choose.

    One reading is changed at a time. Its cases are about the chosen readings and are passed over; what nothing cites
    under another may well be cited under this one.
    Raises InvalidPack as `load_pack` does.
    """
    chosen = PackFolder(FolderSource(folder))
    pack = _loaded(chosen, {})
    return pack, list(_other_readings(chosen, pack))


def _other_readings(chosen: PackFolder, pack: Pack) -> Iterator[Finding]:
    told: set[tuple[Place, str]] = set()
    for each in pack.interpretations.values():
        for reading in each.readings if each.is_resolved else ():
            for finding in _under(chosen, each, reading):
                if (finding.place, finding.code) not in told:
                    told.add((finding.place, finding.code))
                    says = f"under the reading {reading} of {each.id}: {finding.message}"
                    yield Finding(finding.place, finding.code, says, finding.nearest)


def _under(chosen: PackFolder, interpretation: Interpretation, reading: str) -> Sequence[Finding]:
    if reading == interpretation.chosen:
        return ()
    files = PackFolder(chosen.source, chosen)
    _read(files, {interpretation.id: reading}, as_other=True)
    return sorted(each for each in files.findings if _is_amiss(each))


def _is_amiss(finding: Finding) -> bool:
    return finding.severity == "error" and finding.code not in ("uncarried_clause", "unused_interpretation")


def _read(files: PackFolder, readings: Mapping[str, str], *, as_other: bool = False) -> Pack | None:
    """Return the pack as far as it could be read; its findings are the folder's."""
    tree = files.tree("pack.yaml", "pack")
    return None if tree is None else _Loader(files, tree, readings, as_other=as_other).load()


def _loaded(files: PackFolder, readings: Mapping[str, str]) -> Pack:
    pack = _read(files, readings)
    if pack is None or any(finding.severity == "error" for finding in files.findings):
        raise InvalidPack(files.findings)
    return pack


class _Loader:
    """Reads the files of a pack in the order in which they build on each other; findings are the folder's.

    head_tree  the file `pack.yaml`
    readings   those that were chosen from outside
    as_other   whether only errors are looked for, as under a reading that is not chosen: neither what is worth no more
               than a warning, nor what is wrong with the worked cases
    """

    def __init__(self, files: PackFolder, head_tree: Tree, readings: Mapping[str, str], *, as_other: bool) -> None:
        self.files = files
        self.head_tree = head_tree
        self.head = read_head(head_tree, files.report(head_tree))
        self.readings = readings
        self.as_other = as_other
        self.vocabulary = Vocabulary()
        self.dated_values: DatedValues | None = None

    def load(self) -> Pack:
        """Return the pack, as far as it could be read."""
        interpretations = self._interpretations()
        clauses = self._clauses()
        facts = self._facts_schema()
        declare_moments(self.head, self.vocabulary, self.files.report(self.head_tree))
        facts_tree = self.files.optional_tree("facts.yaml", "facts")
        calendars = self.vocabulary.calendars = read_calendars(self.files)
        folder = DecisionFolder(self.files, self.vocabulary, frozenset(calendars))
        sets = self._sets(facts_tree)
        derived = self._derived(folder, facts_tree, sets, frozenset((*facts.facts, *facts.subjects)))
        read = folder.read(self.head.decisions, self.head_tree)
        within = {each.id: self._written_within(each) for each in read.values()}
        named = {
            each.id: (*each.named, *(key for one in within[each.id] for key in one.inputs)) for each in read.values()
        }
        between_parts = between(derived, self.vocabulary.members, named)
        for each in chain.from_iterable(within.values()):
            if each.is_between:
                between_parts[Own(each.name)] = each
            else:
                derived[each.name] = each
        schedule, decisions = self._schedule(read, derived, between_parts)
        pack = replace(
            self._pack(facts),
            clauses=clauses,
            interpretations=interpretations,
            derived=derived,
            between=between_parts,
            calendars={name: each for name, each in calendars.items() if each is not None},
            decisions=decisions,
            schedule=schedule,
            values={} if facts_tree is None else named_values(facts_tree),
            sets=sets,
            calendar_files=calendar_files(self.files.trees),
            holiday_files=holiday_files(self.files.trees),
        )
        pack = replace(pack, cases=tuple(self._cases(pack)))
        used = {name for tree in self.files.trees.values() for _, name in tree.uses}
        resolved = {each.id: replace(each, is_resolved=each.id in used) for each in interpretations.values()}
        pack = replace(pack, interpretations=resolved)
        pack = replace(pack, digest=self.files.digest(self.readings), files=self.files.files)
        self.files.findings.extend(check_clock_inputs(pack))
        self.files.findings.extend(() if self.as_other else self._warnings(pack))
        self.files.findings.extend(check_citations(pack, self.files.trees, self.files.broken))
        return replace(pack, warnings=tuple(sorted(each for each in self.files.findings if each.severity == "warning")))

    def _warnings(self, pack: Pack) -> Iterator[Finding]:
        yield from unbounded_clock_inputs(pack)
        yield from uncited_readings(pack)
        yield from without_fingerprint(pack.clauses.values())
        yield from zero_divisors(pack)
        yield from far_moves(pack)
        yield from names_as_texts(pack)
        yield from check_clock_amounts(pack, self.files.trees)
        yield from () if self.dated_values is None else self.dated_values.warnings()

    def _interpretations(self) -> dict[str, Interpretation]:
        tree = self.files.optional_tree("interpretations.yaml", "interpretations")
        found = {} if tree is None else read_interpretations(tree, self.files.report(tree), self.readings)
        self.files.choices = choices(found)
        return found

    def _clauses(self) -> dict[str, Clause]:
        tree = self.files.tree("clauses.yaml", "clauses")
        return {} if tree is None else self.files.once(tree, lambda: read_clauses(tree, self.files.report(tree)))

    def _facts_schema(self) -> FactsSchema:
        named = self.head.facts_schema
        schema: FactsSchema | None = None
        try:
            shown, content = self.files.facts_schema(named)
            countries = self.files.countries() if names_countries(content) else None
            schema = self.files.schemas.get(content)
            if schema is None:
                schema = read_facts_schema(content, shown, self.files.findings, countries)
            if schema is not None:
                self.files.schemas[content] = schema
        except (OSError, ValueError) as wrong:
            reason = getattr(wrong, "strerror", None) or str(wrong)
            message = f"the facts schema '{named}' can't be read: {reason}"
            self.files.report(self.head_tree).at(("facts_schema",), "unreadable", message)
        if schema is None:
            self.vocabulary.lacks_facts = True
            return no_facts()
        self.vocabulary.add_facts(schema)
        return schema

    def _sets(self, tree: Tree | None) -> dict[str, NamedSet]:
        """Return the named sets of `facts.yaml`."""
        return {} if tree is None else named_sets(tree, self.files.report(tree), self.files.countries)

    def _derived(
        self, folder: DecisionFolder, tree: Tree | None, sets: Mapping[str, NamedSet], taken: frozenset[str]
    ) -> dict[str, Derived]:
        """Return the derived facts; members are declared on the way, as each side may read the other."""
        dated: dict[str, Derived] = {}
        if tree is not None:
            add_values(tree, self.vocabulary, sets)
            self.dated_values = DatedValues(tree, self.files.report(tree), self.vocabulary, self.head)
            dated = self.dated_values.read()
        folder.declare(taken.union(dated))
        if tree is None:
            folder.settle_copies()
            return {}
        file = FactsFile(tree, self.files.report(tree), self.vocabulary, taken.union(dated))
        file.declare()
        folder.settle_copies()
        derived = {**dated, **file.read(folder.copied, folder.settle_copies)}
        self.vocabulary.between = resting_on_members(derived, self.vocabulary.members)
        folder.settle_copies()
        return derived

    def _written_within(self, decision: Decision) -> Sequence[Derived]:
        """Return the derived facts that stand in the conditions and values of a decision, and declare them."""
        reader = DerivationReader(self.vocabulary, self.files.report(self.head_tree))
        found = {each.key: each for each in chosen_in(decision)}
        found |= {each.key: each for template in templates_in(decision) for each in template.multiples}
        for each in found.values():
            reader.declare_type(each)
        return list(found.values())

    def _schedule(
        self, decisions: dict[str, Decision], derived: Mapping[str, Derived], between_parts: Mapping[Own, Derived]
    ) -> tuple[tuple[str, ...], dict[str, Decision]]:
        found = check_circles(decisions, derived, between_parts)
        self.files.findings.extend(found)
        return (tuple(decisions), decisions) if found else scheduled(decisions, derived, between_parts)

    def _pack(self, facts: FactsSchema) -> Pack:
        """Return the pack before its files have been put into it."""
        words = self.vocabulary.words.values()
        members = frozenset[str]().union(*self.vocabulary.members.values())
        return Pack(
            id=self.head.id,
            version=self.head.version,
            title=self.head.title,
            source=self.head.source,
            digest="",
            folder=self.files.source.folder,
            facts=facts,
            as_of_fact=self.head.as_of_fact,
            dates_in=self.head.dates_in,
            in_force_from=self.head.in_force_from,
            in_force_until=self.head.in_force_until,
            clauses={},
            interpretations={},
            derived={},
            calendars={},
            decisions={},
            schedule=(),
            cases=(),
            types={word.name: word.type for word in words},
            # A member that no rule gives is none too, though a pack without gaps has no such case.
            nullable=members.union(word.name for word in words if word.nullable or word.lacking),
            personal=frozenset(word.name for word in words if word.personal is not None),
            written_alike=frozenset(word.name for word in words if _is_written_alike(word, members)),
        )

    def _cases(self, pack: Pack) -> Iterator[WorkedCase]:
        wrong = {finding.place.file for finding in self.files.findings if finding.severity == "error"}
        # Where a rule or row is wrong, or stands twice, its id may be: then it is no news that cases name another one.
        self.vocabulary.incomplete |= {
            each.id for each in pack.decisions.values() if each.place.file in wrong or has_id_twice(each)
        }
        trees = () if self.as_other else self.files.sub_folder("cases", "cases")
        files = ((tree, self.files.report(tree)) for _, tree in trees if tree is not None)
        return read_cases(files, pack, self.vocabulary)


def _is_written_alike(word: Word, members: frozenset[str]) -> bool:
    """Say whether equal values of a name are always written the same way.

    Not so of instants, by their offsets, nor of lists and objects of anything: true is equal to 1.
    """
    is_of_anything = word.name in members and word.type in ("list", "object") and word.items is None
    return word.type not in ("instant", "periods", "records", ANY) and not is_of_anything
