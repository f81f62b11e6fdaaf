"""One file of `decisions/` as a Decision: members, parts and notes. Each kind of part has a module of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.model.order import Circle
from service.model.pack import Applies, Clock, Copy, Decision, Group, Member, Note, Retired
from service.model.parts import in_reading_order, part_gives, part_name
from service.pack.clocks import read_clock
from service.pack.groups import read_group
from service.pack.members import MemberReader
from service.pack.readings import Tree
from service.pack.scope import Scope
from service.pack.vocabulary import ANY, Vocabulary
from service.written.findings import Finding
from service.written.reporter import Reporter, Steps
from service.written.shape import Written, elements, mapping, texts

__all__ = ["DecisionReader"]


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
        for member in self._member_reader.members(self._gives()):
            self.members[member.path] = member
            self._member_reader.declare(member)
        self.vocabulary.members[self.id] = frozenset(member.name for member in self.members.values())

    def settle_copies(self) -> None:
        """Give members that copy a name that name's type, where they declare none of their own."""
        for path, form in self._gives().items():
            member = self.members[str(path)]
            if isinstance(form, dict) and "from" in form and member.type == ANY:
                settled = self._member_reader.settled(member, form)
                self.members[member.path] = settled
                self._member_reader.declare(settled)

    def read(self) -> Decision:
        """Return the decision; its `reads`, `facts` and `needs_before` are the loader's to fill."""
        own = self.vocabulary.members[self.id]
        copies = tuple(self._member_reader.copies(self._gives(), own))
        copied = frozenset(copy.member for copy in copies)
        scope = Scope(self.id, self.tree, self.vocabulary, self.report, self.members, copied)
        parts = [*self._parts(scope), *copies]
        self._check_given(parts)
        return Decision(
            id=self.id,
            asks=str(self.data.get("asks", "")),
            applies=self._applies(scope),
            members=tuple(self.members.values()),
            parts=self._in_order(parts),
            notes=tuple(_note(scope, note, ("notes", i)) for i, note in elements(self.data, "notes")),
            place=self.tree.place(()),
            retired=tuple(
                Retired(str(each.get("rule")), each, self.tree.place(("retired", i)))
                for i, each in elements(self.data, "retired")
            ),
            cites=texts(self.data.get("cites")),
        )

    def _gives(self) -> Written:
        return mapping(self.data.get("gives"))

    def _applies(self, scope: Scope) -> Applies | None:
        written = self.data.get("applies_when")
        if not isinstance(written, dict):
            return None
        path: Steps = ("applies_when",)
        return Applies(
            id=f"{self.id}.applies",
            says=str(written.get("says", "")),
            cites=texts(written.get("cites")),
            interpretations=scope.interpretations(written, path),
            when=scope.condition(written.get("when"), (*path, "when"), f"decision {self.id}"),
            written=written,
            place=self.tree.place(path),
        )

    def _parts(self, scope: Scope) -> list[Group | Clock]:
        if "parts" in self.data:
            return [self._part(scope, part, ("parts", i)) for i, part in elements(self.data, "parts")]
        is_group = "rules" in self.data or "rows" in self.data
        return [read_group(scope, self.data, (), self.id)] if is_group else []

    def _part(self, scope: Scope, part: Written, path: Steps) -> Group | Clock:
        if "clock" in part:
            return read_clock(scope, self.calendars, part, path)
        return read_group(scope, part, path, str(part.get("part") or part.get("table")))

    def _check_given(self, parts: Sequence[Group | Clock | Copy]) -> None:
        """Report members that nothing gives, or that two parts give."""
        givers: dict[str, list[str]] = {path: [] for path in self.members}
        for part in parts:
            for path in part_gives(part):
                givers.setdefault(path, []).append(part_name(part))
        for path, names in givers.items():
            if not names:
                message = f"member {path}: no rule, table or clock gives it"
                self.report.at_key(("gives", path), "member_not_given", message)
            elif len(names) > 1:
                message = f"member {path}: given by {' and by '.join(names)}; one part gives a member"
                self.report.at_key(("gives", path), "given_twice", message)

    def _in_order(self, parts: Sequence[Group | Clock | Copy]) -> tuple[Group | Clock | Copy, ...]:
        try:
            return in_reading_order(self.id, parts)
        except Circle as circle:
            names = " reads ".join(circle.names)
            self.report.at((), "circle", f"decision {self.id}: its parts read each other in a circle: {names}")
            return tuple(parts)


def _note(scope: Scope, written: Written, path: Steps) -> Note:
    name = str(written["note"])
    return Note(
        id=name,
        says=str(written.get("says", "")),
        cites=texts(written.get("cites")),
        interpretations=scope.interpretations(written, path),
        when=scope.conditions(in_notes=True).condition(written.get("when"), (*path, "when"), f"note {name}"),
        written=written,
        place=scope.tree.place(path),
    )
