"""The files of `decisions/` as Decisions: all declared, then all read. Each kind of part has a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from service.model.conditions import reads
from service.model.names import Own
from service.model.pack import Applies, Clock, Copy, Decision, Group, Member, Note, Retired
from service.pack.clocks import may_lack, read_clock
from service.pack.groups import may_be_filled, may_be_nothing, read_group
from service.pack.members import MemberReader
from service.pack.pack_folder import PackFolder
from service.pack.readings import Tree
from service.pack.surroundings import Surroundings
from service.pack.vocabulary import ANY, Vocabulary
from service.wording import nearest
from service.written.findings import Finding, Reporter, Steps
from service.written.shape import Written, elements, mapping, texts

__all__ = ["DecisionFolder", "DecisionReader"]


@dataclass
class DecisionReader:
    """Reads one decision's tree, in two steps: `declare`, then `read` once every name of the pack is declared."""

    tree: Tree
    vocabulary: Vocabulary
    findings: list[Finding]
    calendars: frozenset[str] = frozenset()
    members: dict[str, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data = mapping(self.tree.data)
        self.id = str(self.data["decision"])
        self.report = Reporter(self.tree, self.findings)
        self._member_reader = MemberReader(
            self.id, self.vocabulary, self.report, has_applies="applies_when" in self.data
        )

    def declare(self) -> None:
        """Put the decision's members into the vocabulary."""
        parts = [self.data, *(part for _, part in elements(self.data, "parts"))]
        lacking = frozenset(path for part in parts for path in (*may_be_nothing(part), *may_lack(part)))
        filled = frozenset(path for part in parts for path in may_be_filled(part))
        for member in self._member_reader.members(self._gives()):
            self.members[member.path] = member
            paths = {member.path, *(f"{member.path}.{each.path}" for each in member.record)}
            self._member_reader.declare(
                member, may_lack=not paths.isdisjoint(lacking), filled=not paths.isdisjoint(filled)
            )
        self.vocabulary.members[self.id] = frozenset(member.name for member in self.members.values())

    def copied(self) -> Iterator[tuple[str, str]]:
        """Yield the members that copy a name, by their paths, with that name."""
        for path, form in self._gives().items():
            if isinstance(form, dict) and "from" in form:
                yield str(path), str(form["from"])

    def settle_copies(self) -> bool:
        """Give members that copy a name that name's type, where they declare none of their own; say if that is news."""
        is_news = False
        for path, name in self.copied():
            member, source = self.members[path], self.vocabulary.word(name)
            before = self.vocabulary.words[member.name]
            if member.type == ANY:
                self.members[path] = self._member_reader.with_copied_type(member, mapping(self._gives()[path]))
            self._member_reader.declare(self.members[path], filled=source is not None and source.filled)
            after = self.vocabulary.words[member.name]
            is_news = is_news or (before.type, before.filled) != (after.type, after.filled)
        return is_news

    def read(self) -> Decision:
        """Return the decision; its `reads`, `facts` and `needs_before` are the loader's to fill."""
        copies = tuple(self._member_reader.copies(self._gives()))
        copied = frozenset(copy.member for copy in copies)
        around = Surroundings(self.id, self.tree, self.vocabulary, self.report, self.members, copied)
        parts = [*self._parts(around), *copies]
        self._check_given(parts)
        return Decision(
            id=self.id,
            asks=str(self.data.get("asks", "")),
            applies=self._applies(around),
            members=tuple(self._with_nothing(parts)),
            parts=tuple(parts),
            notes=tuple(_note(around, note, ("notes", i)) for i, note in elements(self.data, "notes")),
            place=self.tree.place(()),
            retired=tuple(
                Retired(str(each.get("rule")), each, self.tree.place(("retired", i)))
                for i, each in elements(self.data, "retired")
            ),
            cites=texts(self.data.get("cites")),
            hidden=self.data.get("hidden") is True,
        )

    def _with_nothing(self, parts: Iterable[Group | Clock | Copy]) -> Iterator[Member]:
        """Yield the members, and a hidden one for each part of which a rule may conclude that there is nothing."""
        saying = {path: part.nothing for part in parts if not isinstance(part, Copy) for path in part.member_paths}
        for path, member in self.members.items():
            yield member if saying.get(path) is None else replace(member, nothing=saying.get(path))
        for nothing in dict.fromkeys(saying.values()):
            if nothing is not None:
                yield Member(nothing, f"{self.id}.{nothing}", "boolean", optional=True, hidden=True)

    def _gives(self) -> Written:
        return mapping(self.data.get("gives"))

    def _applies(self, around: Surroundings) -> Applies | None:
        written = self.data.get("applies_when")
        if not isinstance(written, dict):
            return None
        path: Steps = ("applies_when",)
        when = around.condition(written.get("when"), (*path, "when"), f"decision {self.id}")
        own = [name.name for name in reads(when) if isinstance(name, Own)]
        if own:
            why = f"rests on what the decision itself gives, by '{own[0]}', and whether it applies comes before"
            message = (
                f"decision {self.id}: 'applies_when' {why}: let a decision of its own give that, or parts ask for it"
            )
            self.report.at((*path, "when"), "own_applies", message)
        return Applies(
            id=f"{self.id}.applies",
            says=str(written.get("says", "")),
            cites=texts(written.get("cites")),
            interpretations=around.interpretations(written, path),
            when=when,
            written=written,
            place=self.tree.place(path),
        )

    def _parts(self, around: Surroundings) -> list[Group | Clock]:
        if "parts" in self.data:
            written = elements(self.data, "parts")
            return [each for i, part in written for each in self._part(around, part, ("parts", i))]
        is_group = "rules" in self.data or "rows" in self.data
        return [read_group(around, self.data, (), self.id)] if is_group else []

    def _part(self, around: Surroundings, part: Written, path: Steps) -> tuple[Group | Clock, ...]:
        if "clock" in part:
            return read_clock(around, self.calendars, part, path)
        return (read_group(around, part, path, str(part.get("part") or part.get("table"))),)

    def _check_given(self, parts: Sequence[Group | Clock | Copy]) -> None:
        """Report members that nothing gives, or that two parts give."""
        givers: dict[str, list[str]] = {path: [] for path in self.members}
        for part in parts:
            for path in part.member_paths:
                givers.setdefault(path, []).append(part.called)
        # What was taken out, or is given under a name that is not declared, may have been meant for one.
        misnamed = (each for each in self.findings if each.code == "unknown_member")
        is_sure = not self.tree.is_broken and all(each.place.file != self.tree.file for each in misnamed)
        for path, names in givers.items():
            if not names and is_sure:
                message = f"member {path}: no rule, table or clock gives it"
                self.report.at_key(("gives", path), "member_not_given", message)
            elif len(names) > 1:
                message = f"member {path}: given by {' and by '.join(names)}; one part gives a member"
                self.report.at_key(("gives", path), "given_twice", message)


def _note(around: Surroundings, written: Written, path: Steps) -> Note:
    name = str(written["note"])
    return Note(
        id=name,
        says=str(written.get("says", "")),
        cites=texts(written.get("cites")),
        interpretations=around.interpretations(written, path),
        when=around.conditions(in_notes=True).condition(written.get("when"), (*path, "when"), f"note {name}"),
        written=written,
        place=around.tree.place(path),
    )


class DecisionFolder:
    """Reads every decision of a pack: `declare`, then `settle_copies` as more names are known, then `read`.

    calendars  the ids of the pack's calendars, for clocks
    """

    def __init__(self, folder: PackFolder, vocabulary: Vocabulary, calendars: frozenset[str]) -> None:
        self._folder = folder
        self._vocabulary = vocabulary
        self._calendars = calendars
        self._readers: dict[str, DecisionReader] = {}
        for stem, tree in folder.sub_folder("decisions", "decision"):
            if tree is None or not isinstance(mapping(tree.data).get("decision"), str):
                vocabulary.broken.add(stem)
                continue
            folder.check_name(tree, "decision", stem)
            if tree.is_broken:
                vocabulary.incomplete.add(stem)
            self._readers[stem] = DecisionReader(tree, vocabulary, folder.findings, calendars)

    def declare(self, taken: frozenset[str]) -> None:
        """Put all members into the vocabulary; `taken` are facts and subjects, which no member may be called like."""
        for reader in self._readers.values():
            reader.declare()
            for member in reader.members.values():
                if member.name in taken:
                    message = f"'{member.name}' is a fact already: a name means one thing"
                    reader.report.at_key(("gives", member.path), "ambiguous_name", message)

    @property
    def copied(self) -> dict[str, str]:
        """The members that copy a name, with that name."""
        readers = self._readers.values()
        return {reader.members[path].name: name for reader in readers for path, name in reader.copied()}

    def settle_copies(self) -> None:
        """Give members that copy a name that name's type."""
        # A copy may copy a copy.
        while any([reader.settle_copies() for reader in self._readers.values()]):  # noqa: C419 - each of them
            pass

    def read(self, listed: Sequence[str], head: Tree) -> dict[str, Decision]:
        """Return the decisions that `pack.yaml` lists, in that order; report others, and those without a file."""
        meant = self._check_files(listed, self._folder.report(head))
        found: dict[str, Decision] = {}
        beside = f"{self._vocabulary.shown()} {sorted(self._calendars)}"
        for stem, reader in self._readers.items():
            if stem not in listed:
                if stem not in meant:
                    reader.report.at(("decision",), "unlisted_decision", f"decision {stem} is not listed in pack.yaml")
                self._vocabulary.broken.add(stem)  # what else misses it is told by this alone
            decision = self._folder.once(reader.tree, partial(self._read, reader), beside)
            if decision is not None:
                found[stem] = decision
        return {name: found[name] for name in listed if name in found}

    def _check_files(self, listed: Sequence[str], report: Reporter) -> set[str | None]:
        """Report decisions without a file, and return those that they were probably meant to be."""
        meant: set[str | None] = set()
        for i, name in enumerate(listed):
            if name not in self._readers and name not in self._vocabulary.broken:
                message = f"decision {name} has no file decisions/{name}.yaml"
                close = nearest(name, self._readers.keys() - set(listed)) or nearest(name, self._readers)
                report.at(("decisions", i), "unknown_decision", message, close)
                meant.add(close)
        return meant

    def _read(self, reader: DecisionReader) -> Decision | None:
        try:
            return reader.read()
        except (AttributeError, KeyError, TypeError, ValueError):
            # What is wrong with the file's structure has been reported; the rest of it can't be judged.
            if not reader.tree.is_broken:
                raise
            self._vocabulary.broken.add(reader.id)
            return None
