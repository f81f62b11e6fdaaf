"""Entries of the audit log: what is kept of one answer, and its document made from it again. No database here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.decision.desk import Decided
from service.jsontext import canonical, parse

__all__ = ["Entry", "Kept", "audit_of", "write_entry"]

_MEMBERS_OF_DOCUMENT = ("as_of", "assumed", "decided_at", "decisions", "id", "policy")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of one answer.

    id      the document's, a UUIDv7 in lower case
    body    canonical JSON (RFC 8785) of an object: the facts as received, `as_of`, `assumed`, `caller`, `decided_at`,
            `decisions` with their traces, `id`, and the `policy` with its digest
    digest  SHA-256 of the body, 32 bytes
    """

    id: str
    body: bytes
    digest: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.sha256(self.body).digest())


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
        told: Any = parse(self.entry.body)
        document = {name: told[name] for name in _MEMBERS_OF_DOCUMENT}
        return canonical({**document, "audit": audit_of(self.sequence, self.entry)})


def audit_of(sequence: int, entry: Entry) -> Mapping[str, int | str]:
    """Return the member `audit` of a decision document."""
    return {"sequence": sequence, "entry": "sha256:" + entry.digest.hex()}


def write_entry(decided: Decided, id_: str, decided_at: str) -> Entry:
    """Return the entry of an answer. Nobody is known by name yet: its `caller` is null.

    id_         a UUIDv7
    decided_at  RFC 3339, in UTC with `Z`
    """
    body = b"".join(
        (
            b'{"as_of":', canonical(decided.as_of),
            b',"assumed":', canonical(decided.assumed),
            b',"caller":null,"decided_at":', canonical(decided_at),
            b',"decisions":', decided.decisions_json,
            b',"facts":', canonical(decided.case.given),
            b',"id":', canonical(id_),
            b',"policy":', decided.policy.reference,
            b"}",
        )
    )  # fmt: skip
    return Entry(id_, body)
