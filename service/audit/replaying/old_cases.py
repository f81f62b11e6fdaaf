"""Old cases: what an entry says was asked, put together again, and the pack that decided it, as the log keeps both.

Why a case can't be decided again, by code:

=================  ==================================================================================================
damaged_entry      the entry, or its personal facts, no longer have the hash or seal that they were stored with
missing_entry      the log has no entry of that sequence, though its tree has
malformed_entry    the entry lacks what every entry of a decision has
broken_commitment  a personal fact is not the one that the entry commits to
missing_pack       the log holds no files of the pack
altered_pack       the files in the log are not those whose digest the entry names
refused_pack       this version refuses the pack
refused_facts      this version refuses the facts
unknown_decision   the pack has no such decision
=================  ==================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from service.audit.log.entries import Kept
from service.audit.log.store import Store
from service.audit.storage.unavailable import EntryDamaged
from service.decision.policy import Policy
from service.errors import InvalidFacts, MalformedJson
from service.facts.personal import join_personal
from service.instants import read_instant
from service.jsontext import Json, parse_kept
from service.model.pack import Decision, Pack
from service.pack.loader import load_pack_files
from service.pack.pack_folder import digest_of
from service.written.findings import InvalidPack

__all__ = [
    "Engine",
    "EntryMissing",
    "Lost",
    "OldCase",
    "StoredPolicies",
    "lost_entry",
    "old_entries",
    "read_case",
    "refused_facts",
    "rests_on",
]

_MOST_POLICIES = 32

Engine = tuple[tuple[str, str], ...]
"""What decided, each part by name and version, in the order of names."""


class Lost(Exception):
    """A case can't be decided again.

    code  see above
    says  the reason, in a sentence without its end; no value of a fact is in it
    """

    def __init__(self, code: str, says: str) -> None:
        super().__init__(code, says)
        self.code = code
        self.says = says


class EntryMissing(EntryDamaged):
    """The log has no entry `sequence`, though its tree has."""

    def __str__(self) -> str:
        return f"Entry {self.sequence} is missing from the audit log."


@dataclass(frozen=True, slots=True)
class OldCase:
    """A case that was decided once.

    entry   the whole entry, parsed
    body    its bytes
    facts   with the personal ones that can still be opened
    erased  the dotted names of the others
    """

    sequence: int
    id: str
    body: bytes
    entry: Mapping[str, Any]
    facts: Mapping[str, Json]
    erased: frozenset[str]
    as_of: datetime | None

    @property
    def policy(self) -> str:
        """The id of the policy that decided."""
        return self.entry["policy"]["id"]  # type: ignore[no-any-return]

    @property
    def digest(self) -> str:
        """The digest of the pack that decided."""
        return self.entry["policy"]["digest"]  # type: ignore[no-any-return]

    @property
    def reference(self) -> str | None:
        """What the caller called the case."""
        return self.entry.get("reference")

    @property
    def decisions(self) -> Mapping[str, Mapping[str, Any]]:
        """What was decided, by the names that were asked."""
        return self.entry["decisions"]  # type: ignore[no-any-return]

    @property
    def engine(self) -> Engine:
        """What decided, by name and version."""
        return tuple(sorted(self.entry["engine"].items()))


def old_entries(store: Store, after: int, until: int | None) -> Iterator[Kept | EntryDamaged]:
    """Yield the decisions behind a sequence up to another, in order; in place of a damaged entry what is wrong with it.

    An EntryMissing stands for each that is gone. Raises StoreUnavailable.
    """
    size = store.size()
    end = size if until is None else min(until, size)
    while True:
        try:
            for kept in store.entries(after, end):
                yield from map(EntryMissing, range(after + 1, kept.sequence))
                after = kept.sequence
                if kept.entry.kind == "decision":
                    yield kept
        except EntryDamaged as damaged:
            yield from map(EntryMissing, range(after + 1, damaged.sequence))
            after = damaged.sequence
            yield damaged
        else:
            yield from map(EntryMissing, range(after + 1, end + 1))
            return


def read_case(store: Store, kept: Kept) -> OldCase:
    """Return the case of an entry of a decision. Raises Lost, StoreUnavailable."""
    entry = _entry(kept)
    committed = entry.get("personal", {})
    try:
        opened = store.personal(kept) if committed else {}
    except EntryDamaged as damaged:
        raise Lost("damaged_entry", f"the personal facts of entry {damaged.sequence} can't be opened") from None
    for name, each in opened.items():
        if committed.get(name) != each.commitment:
            raise Lost("broken_commitment", f"'{name}' is not the value that the entry commits to")
    try:
        facts = join_personal(entry["facts"], {name: each.value for name, each in opened.items()})
    except (AttributeError, TypeError, ValueError):
        raise _malformed() from None
    return OldCase(
        sequence=kept.sequence,
        id=kept.entry.id,
        body=kept.entry.body,
        entry=entry,
        facts=facts,
        erased=frozenset(committed).difference(opened),
        as_of=None if entry["as_of"] is None else read_instant(entry["as_of"]),
    )


def rests_on(decisions: Iterable[Decision], erased: frozenset[str]) -> frozenset[str]:
    """Return the names of those decisions that rest on a fact that is erased, be it through other decisions."""
    return frozenset(each.id for each in decisions if not erased.isdisjoint(each.facts))


class StoredPolicies:
    """The packs that a log keeps, each made ready when it is first asked for; the disk is not asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read = lru_cache(_MOST_POLICIES)(self._read_anew)
        self._made = lru_cache(_MOST_POLICIES)(Policy)

    def pack(self, digest: str) -> Pack:
        """Return the pack of a digest. Raises Lost, StoreUnavailable."""
        found = self._read(digest)
        if isinstance(found, Lost):
            raise found
        return found

    def policy(self, digest: str) -> Policy:
        """Return the pack of a digest, ready to decide. Raises Lost, StoreUnavailable."""
        return self._made(self.pack(digest))

    def _read_anew(self, digest: str) -> Pack | Lost:
        files = self._store.pack_files(digest)
        if not files:
            return Lost("missing_pack", f"the log holds no files of the pack {digest}")
        # SQLite keeps whatever it was given last.
        if not all(isinstance(path, str) and isinstance(content, bytes) for path, content in files.items()):
            return Lost("altered_pack", f"the files of the pack {digest} in the log are no longer all bytes")
        found = digest_of(files, {})
        if found != digest:
            return Lost("altered_pack", f"the files of the pack {digest} in the log have the digest {found}")
        try:
            return load_pack_files(files, digest)
        except InvalidPack as wrong:
            first = f"the first of {len(wrong.findings)} findings is {wrong.findings[0]}"
            return Lost("refused_pack", f"this version refuses the pack {digest}: {first}")


def lost_entry(damaged: EntryDamaged) -> Lost:
    """Return why an entry that is damaged or missing can't be decided again."""
    if isinstance(damaged, EntryMissing):
        return Lost("missing_entry", "the log has no entry of this sequence, though its tree has")
    return Lost("damaged_entry", "the entry no longer has the hash that it was stored with")


def refused_facts(wrong: InvalidFacts) -> Lost:
    """Return what says that a case's facts are refused: where and why, but not the values."""
    told = ", ".join(f"{problem.code} at {problem.pointer}" for problem in wrong.problems)
    return Lost("refused_facts", f"this version refuses the facts: {told}")


def _entry(kept: Kept) -> Mapping[str, Any]:
    try:
        entry: Any = parse_kept(kept.entry.body)
        if _is_whole(entry):
            return entry  # type: ignore[no-any-return]
    except (AttributeError, KeyError, MalformedJson, TypeError, ValueError):
        pass
    raise _malformed()


def _malformed() -> Lost:
    return Lost("malformed_entry", "the entry lacks what every entry of a decision has")


def _is_whole(entry: Any) -> bool:
    if entry["as_of"] is not None:
        read_instant(entry["as_of"])
    return (
        all(isinstance(entry.get(name, {}), dict) for name in ("assumed", "decisions", "engine", "facts", "personal"))
        and all(isinstance(each, dict) for each in entry["decisions"].values())
        and all(isinstance(entry["policy"][name], str) for name in ("digest", "id", "version"))
        and all(isinstance(version, str) for version in entry["engine"].values())
        and isinstance(entry.get("reference", ""), str)
        and isinstance(entry.get("searchable", []), list)
        and {"assumed", "facts", "personal"} <= entry.keys()
    )
