"""The files of `decisions/` together: all declared, then all read. One file is read in `decision_files.py`."""

from __future__ import annotations

from collections.abc import Sequence

from service.model.pack import Decision
from service.pack.decision_files import DecisionReader
from service.pack.pack_folder import PackFolder
from service.pack.readings import Tree
from service.pack.vocabulary import Vocabulary
from service.wording import nearest
from service.written.reporter import Reporter
from service.written.shape import mapping

__all__ = ["DecisionFolder"]


class DecisionFolder:
    """Reads every decision of a pack: `declare`, then `settle_copies` as more names are known, then `read`.

    calendars  the ids of the pack's calendars, for clocks
    """

    def __init__(self, folder: PackFolder, vocabulary: Vocabulary, calendars: frozenset[str]) -> None:
        self._folder = folder
        self._vocabulary = vocabulary
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

    def settle_copies(self) -> None:
        """Give members that copy a name that name's type."""
        for _ in range(2):  # a copy may copy a copy
            for reader in self._readers.values():
                reader.settle_copies()

    def read(self, listed: Sequence[str], head: Tree) -> dict[str, Decision]:
        """Return the decisions that `pack.yaml` lists, in that order; report others, and those without a file."""
        self._check_files(listed, self._folder.report(head))
        found: dict[str, Decision] = {}
        for stem, reader in self._readers.items():
            if stem not in listed:
                reader.report.at(("decision",), "unlisted_decision", f"decision {stem} is not listed in pack.yaml")
            decision = self._read(reader)
            if decision is not None:
                found[stem] = decision
        return {name: found[name] for name in listed if name in found}

    def _check_files(self, listed: Sequence[str], report: Reporter) -> None:
        for i, name in enumerate(listed):
            if name not in self._readers and name not in self._vocabulary.broken:
                message = f"decision {name} has no file decisions/{name}.yaml"
                report.at(("decisions", i), "unknown_decision", message, nearest(name, self._readers))

    def _read(self, reader: DecisionReader) -> Decision | None:
        try:
            return reader.read()
        except (AttributeError, KeyError, TypeError, ValueError):
            # What is wrong with the file's structure has been reported; the rest of it can't be judged.
            if not reader.tree.is_broken:
                raise
            self._vocabulary.broken.add(reader.id)
            return None
