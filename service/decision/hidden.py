"""Hidden decisions: documents do not list them, and what reads one tells its reasons before its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from service.jsontext import canonical, parse
from service.model.names import Key, shown_name
from service.model.outcomes import copied_in
from service.model.pack import Decision, Group, Pack
from service.remembering import Weighed

__all__ = ["HiddenReasons"]

_MOST_REMEMBERED = 1024
_HEAVIEST = 4 * 2**20
_TOLD = {"because": "rule", "overruled": "rule", "notes": "note"}
"""The lists of a document in which reasons are told, and what tells one entry from another."""


class HiddenReasons:
    """The reasons of the hidden decisions of one pack in the documents of those that read them. Safe to share."""

    def __init__(self, pack: Pack) -> None:
        decisions = pack.decisions
        self._read: dict[str, tuple[str, ...]] = {}  # of each decision: the hidden ones that it reads, in reading order
        self._beneath: dict[str, frozenset[str]] = {}
        for name in pack.schedule:
            read = tuple(each for each in decisions[name].needs_before if decisions[each].hidden)
            self._read[name] = read
            self._beneath[name] = frozenset(read).union(*(self._beneath[each] for each in read))
        self._pack = pack
        self._members = {name: frozenset(member.name for member in each.members) for name, each in decisions.items()}
        self._given = {name: frozenset(_given(pack, decisions[name])) for name, read in self._read.items() if read}
        self._known: Weighed[tuple[object, ...], bytes] = Weighed(_HEAVIEST)

    def beneath(self, names: Iterable[str]) -> frozenset[str]:
        """Return the hidden decisions that decisions read, over hidden ones alone."""
        return frozenset[str]().union(*(self._beneath[name] for name in names))

    def told(self, name: str, documents: Mapping[str, bytes]) -> bytes:
        """Return the document of a decision with the reasons of the hidden decisions that it rests on.

        documents  canonical JSON of the decision and all hidden ones beneath it
        """
        if not self._read[name]:
            return documents[name]
        key = (name, *(documents[each] for each in (name, *sorted(self._beneath[name]))))
        found = self._known.get(key)
        if found is None:
            found = self._known.keep(key, canonical(self._joined(name, documents)), _MOST_REMEMBERED)
        return found

    def _joined(self, name: str, documents: Mapping[str, bytes]) -> Any:
        document: dict[str, Any] = cast("dict[str, Any]", parse(documents[name]))
        shown = {fact for told in ("because", "overruled") for entry in document[told] for fact in entry["facts"]}
        if document["outcome"] is not None:
            shown |= self._given.get(name, frozenset())
        for each in reversed(self._read[name]):
            if not shown.isdisjoint(self._members[each]):
                _put_before(document, self._certain(self._joined(each, documents)))
        return document

    def _certain(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a document without the reasons that hold only where its decision applies, which is open.

        They rest on what it needs; what reads it may be decided all the same, as nothing of it rests on that.
        """
        if document["status"] != "provisional":
            return document
        needs = frozenset(document["needs"])

        def is_certain(entry: Mapping[str, Any]) -> bool:
            return needs.isdisjoint(map(shown_name, self._pack.beneath(entry["facts"])))

        told = {each: [*filter(is_certain, document[each])] for each in ("because", "overruled")}
        return {**document, **told}


def _put_before(document: dict[str, Any], reasons: Mapping[str, Any]) -> None:
    """Put the reasons, notes and interpretations of one document before those of another, each once."""
    for told, id_ in _TOLD.items():
        entries = {(entry[id_], entry["says"]): entry for entry in (*reasons[told], *document[told])}
        document[told] = list(entries.values())
    document["interpretations"] = list(dict.fromkeys((*reasons["interpretations"], *document["interpretations"])))


def _given(pack: Pack, decision: Decision) -> Sequence[str]:
    """Return the names from which a decision gives values: copied, counted with, filled in."""
    found: list[Key] = []
    for part in decision.parts:
        if isinstance(part, Group):
            found += [name for rule in part.rules for value in rule.then.values() for name in copied_in(value)]
        else:
            found += part.reads
    return tuple(map(shown_name, pack.beneath(found)))
