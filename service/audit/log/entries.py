"""Entries of the audit log: what is kept of an answer or a deed, and the document made of it again. No database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from service import __version__
from service.audit.index.terms import value_at
from service.audit.log.personal import Sealed, seal
from service.audit.log.stamps import Stamp
from service.audit.proof.merkle import leaf_hash
from service.audit.proof.notes import BadNote
from service.audit.proof.successions import Introduction
from service.decision.desk import Decided
from service.facts.personal import split_personal
from service.jsontext import Json, canonical, parse_kept, skim

__all__ = [
    "ENGINE",
    "Ends",
    "Entry",
    "Kept",
    "PackNamed",
    "audit_of",
    "introduction_in",
    "told_by",
    "write_entry",
    "write_erasure",
    "write_rotation",
]

ENGINE: Mapping[str, str] = {
    "clausewise": __version__,
    "durable_rules": version("durable-rules"),
    "holidays": version("holidays"),
    "tzdata": version("tzdata"),
}
"""What decides here, by name and version; calendars rest on the last two."""

_ENGINE = canonical(ENGINE)
_PLAIN = b'","kind":"decision","personal":{}'  # behind the id of a decision of a case without personal facts
_POLICY = b',"policy":'
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
# In a log that is genuine there are a few.
_MOST_PACKS = 10_000
_MOST_ENDS = 64  # that are known without being read
_MEMBERS_OF_DOCUMENT = ("as_of", "assumed", "decided_at", "decisions", "id", "policy")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of one answer, or of one deed that concerns the log itself.

    id      a UUIDv7 in lower case; of a decision the document's
    body    canonical JSON (RFC 8785) of an object. Of a decision: the facts as received but for personal ones, which
            `personal` commits to, `as_of`, `assumed`, `caller`, `decided_at`, `decisions` with their traces, the
            `engine` that decided, `id`, `kind`, the `policy` with its digest; where there are any, the `reference`
            and the names of the facts that are `searchable`
    kind    `decision`, `erasure` or `rotation`
    sealed  the personal facts, where there are any
    leaf    hash of the body in the Merkle tree (RFC 9162, 2.1.1), 32 bytes
    """

    id: str
    body: bytes
    kind: str = "decision"
    sealed: Sealed | None = field(default=None, compare=False)
    leaf: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "leaf", leaf_hash(self.body))


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry in its place.

    sequence  its place in the log, from 1 without gaps
    is_new    False when an earlier answer to the same idempotency key is meant
    """

    sequence: int
    entry: Entry
    is_new: bool = False

    @property
    def document(self) -> bytes:
        """The decision document, the same bytes as when it was first answered.

        Canonical JSON is a fixed point: what is parsed from it is written as the same bytes. So only the entry is kept.
        """
        told: Any = parse_kept(self.entry.body)
        document = {name: told[name] for name in _MEMBERS_OF_DOCUMENT}
        if "reference" in told:
            document["reference"] = told["reference"]
        return canonical({**document, "audit": audit_of(self.sequence, self.entry)})


def audit_of(sequence: int, entry: Entry) -> Mapping[str, int | str]:
    """Return the member `audit` of a decision document; `entry` is the SHA-256 of the body, as `sha256sum` tells it."""
    return {"sequence": sequence, "entry": "sha256:" + hashlib.sha256(entry.body).hexdigest()}


def write_entry(decided: Decided, stamp: Stamp, caller: str | None = None) -> Entry:
    """Return the entry of an answer, its personal facts sealed.

    caller  who asked, where callers are known by name
    """
    facts, personal = split_personal(decided.given, decided.policy.pack.facts.personal)
    sealed = seal(personal, stamp.id) if personal else None
    body = b"".join(
        (
            b'{"as_of":', canonical(decided.as_of),
            b',"assumed":', canonical(decided.assumed),
            b',"caller":', canonical(caller),
            b',"decided_at":', canonical(stamp.at),
            b',"decisions":', decided.decisions_json,
            b',"engine":', _ENGINE,
            b',"facts":', canonical(facts),
            b',"id":', canonical(stamp.id),
            b',"kind":"decision","personal":', b"{}" if sealed is None else canonical(sealed.commitments),
            _POLICY, decided.policy.reference,
            decided.reference_member,
            _searchable_member(facts, decided.policy.pack.facts.searchable),
            b"}",
        )
    )  # fmt: skip
    return Entry(stamp.id, body, "decision", sealed)


def _searchable_member(facts: Mapping[str, Json], names: Sequence[str]) -> bytes:
    """Return the member `searchable` behind a comma: which of the searchable facts are given; nothing where none is."""
    given = [name for name in names if value_at(facts, name) is not None]
    return b',"searchable":' + canonical(given) if given else b""


def write_erasure(kept: Kept, stamp: Stamp, reason: str, caller: str | None) -> Entry:
    """Return the entry that tells of the erasure of an entry's personal facts."""
    told: Any = parse_kept(kept.entry.body)
    body: Mapping[str, Any] = {
        "at": stamp.at,
        "caller": caller,
        "erased": {"facts": sorted(told.get("personal", {})), "id": kept.entry.id, "sequence": kept.sequence},
        "id": stamp.id,
        "kind": "erasure",
        "reason": reason,
    }
    return Entry(stamp.id, canonical(body), "erasure")


def write_rotation(note: str, stamp: Stamp, reason: str, caller: str | None) -> Entry:
    """Return the entry that tells of another signing key. Raises BadNote for what is no introduction.

    note  its introduction, signed by the old key where that is at hand, and by the new one
    """
    body = {
        "at": stamp.at,
        "caller": caller,
        "id": stamp.id,
        "introduction": note,
        "kind": "rotation",
        "next": Introduction.parse(note).verifier.text,
        "reason": reason,
    }
    return Entry(stamp.id, canonical(body), "rotation")


def introduction_in(told: Mapping[str, Any], sequence: int) -> str:
    """Return the introduction in an entry that tells of another signing key, parsed, at a place of the log.

    Raises BadNote where there is none, or one of another key or for another place.
    """
    note = told.get("introduction")
    if not isinstance(note, str):
        raise BadNote("The entry has no introduction of a key.")
    introduced = Introduction.parse(note)
    if told.get("next") != introduced.verifier.text or introduced.size != sequence:
        raise BadNote("The entry is not the one that its introduction of a key tells of.")
    return note


def told_by(body: bytes) -> Mapping[str, Any]:
    """Return what an entry says, whoever has written it: what is right is for the tree to tell.

    Raises ValueError when it is no JSON object.
    """
    told: Any = skim(body)
    if not isinstance(told, dict):
        raise ValueError("an entry is a JSON object")  # noqa: TRY004 - the bytes are wrong, no type is
    return told


@dataclass(frozen=True, slots=True)
class PackNamed:
    """A pack as entries name it."""

    policy: str
    version: str
    digest: str

    def __str__(self) -> str:
        return f"{self.policy} {self.version} ({self.digest})"

    @classmethod
    def by(cls, told: Mapping[str, Any]) -> PackNamed | None:
        """Return the pack that decided an entry, as it says; None of what is no decision."""
        policy = told.get("policy")
        if told.get("kind") != "decision" or not isinstance(policy, dict):
            return None
        named: list[Any] = [policy.get(name) for name in ("id", "version", "digest")]
        are_texts = all(isinstance(each, str) for each in named)
        return cls(*named) if are_texts and _DIGEST.fullmatch(named[-1]) else None


class Ends:
    """Knows entries by how they end, with the pack that decided: nearly all end alike, and only the others are read.

    That the entries are canonical is relied on, not looked at. Behind the policy stands at most what the caller called
    the case; a quote within a text is written with a backslash before it, so that no text looks like the policy.
    Reading all of each entry would take twenty times as long.

    packs  that decided, some thousands at most
    """

    def __init__(self) -> None:
        self.packs: set[PackNamed] = set()
        self._known: tuple[bytes, ...] = ()
        self._of_pack: dict[object, bytes] = {}  # by the digest

    def others(self, bodies: Sequence[bytes]) -> Sequence[tuple[int, bytes]]:
        """Return the entries that no pack has decided, each with its place among these."""
        return [
            (place, body) for place, body in enumerate(bodies) if not (body.endswith(self._known) or self._reads(body))
        ]

    def note(self, told: Mapping[str, Any], body: bytes) -> None:
        """Take note of the pack of an entry that was read."""
        named = PackNamed.by(told)
        if named is not None and not self._reads(body):
            self._take(named)

    def is_plain(self, id_: str, digest: object, body: bytes) -> bool:
        """Tell whether an entry is known to be the decision of this id, by this pack, without personal facts."""
        end = self._of_pack.get(digest)
        return end is not None and body.endswith(b'"id":"%b%b%b' % (id_.encode(), _PLAIN, end))

    def _reads(self, body: bytes) -> bool:
        """Take note of the pack with which an entry ends; tell whether it ends so."""
        end = body[body.rfind(_POLICY) :]
        try:
            told = told_by(b'{"kind":"decision"' + end) if end.startswith(_POLICY) else {}
        except ValueError:
            return False
        named = PackNamed.by(told)
        if named is None:
            return False
        self._take(named)
        if len(told) == 2 and len(self._known) < _MOST_ENDS:  # others end with what is theirs alone
            self._known = tuple({*self._known, end})
            self._of_pack.setdefault(named.digest, end)
        return True

    def _take(self, named: PackNamed) -> None:
        if len(self.packs) < _MOST_PACKS:
            self.packs.add(named)
