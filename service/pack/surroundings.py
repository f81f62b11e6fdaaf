"""What the parts of one decision's file are read against: its own members, the pack's words, and where findings go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.model.conditions import Condition
from service.model.pack import Member
from service.pack.matchers import ConditionReader
from service.pack.outcomes import ValueReader
from service.pack.readings import Tree
from service.pack.vocabulary import Vocabulary
from service.wording import nearest
from service.written.findings import Reporter, Steps
from service.written.shape import Written, texts

__all__ = ["Surroundings"]


@dataclass(frozen=True)
class Surroundings:
    """The surroundings of a rule, row, clock or note.

    decision  the id of the decision whose file it is
    members   its members, by their paths
    copied    the paths of those that a copy gives, so that no rule can
    """

    decision: str
    tree: Tree
    vocabulary: Vocabulary
    report: Reporter
    members: Mapping[str, Member]
    copied: frozenset[str] = frozenset()

    def conditions(self, *, in_notes: bool = False) -> ConditionReader:
        """Return what reads the conditions of this file."""
        return ConditionReader(self.vocabulary, self.report, own=self.decision, in_notes=in_notes)

    def condition(self, written: object, path: Steps, about: str) -> Condition:
        """Read a condition of a rule or of `applies_when`."""
        return self.conditions().condition(written, path, about)

    def member(self, path: str, where: Steps, about: str) -> Member | None:
        """Return the member that a rule, row or clock may give, or report at the key why it may not."""
        found = self.members.get(path)
        if found is not None and path not in self.copied:
            return found
        close = nearest(path, self.members.keys() - self.copied)
        why = "is copied, so no rule can give it" if found else "is not declared in 'gives'"
        self.report.at_key(where, "unknown_member", f"{about} gives '{path}', which {why}", close)
        return None

    def recorded(self, column: str) -> tuple[str, str] | None:
        """Return the list and the member of its records that a column gives; None for one that gives a member."""
        path, _, name = column.rpartition(".")
        found = self.members.get(path)
        in_record = found is not None and any(each.path == name for each in found.record)
        return (path, name) if in_record and column not in self.members else None

    def value(self, member: Member, written: object, where: Steps, about: str) -> object:
        """Read what a rule or row gives to a member: a constant or a Template."""
        return ValueReader(self.decision, self.vocabulary, self.report).value(member, written, where, about)

    def interpretations(self, written: Written, path: Steps) -> tuple[str, ...]:
        """Return the interpretations that an element names, then those that shaped it, each once."""
        return tuple(dict.fromkeys((*texts(written.get("interpretation")), *self.tree.interpretations(path))))
