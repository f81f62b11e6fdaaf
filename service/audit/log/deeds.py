"""What was done with the log itself, in its order: erasures, and changes of the signing key. Nothing is done here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam

from service.audit.log.entries import Kept
from service.audit.log.store import ENTRY, Store, kept_of
from service.audit.storage.tables import entries
from service.audit.storage.unavailable import EntryDamaged
from service.errors import MalformedJson
from service.jsontext import Json, parse_kept

__all__ = ["PastDeed", "past_deeds"]

_AT_ONCE = 256
# `kind` has no index: the rows are gone through once, but not what is in decisions.
_DEEDS = (
    ENTRY.where(entries.c.kind != "decision", entries.c.sequence > bindparam("after"))
    .order_by(entries.c.sequence)
    .limit(_AT_ONCE)
)
_MEMBERS = {"erasure": "erased", "rotation": "next"}


@dataclass(frozen=True, slots=True)
class PastDeed:
    """An entry that tells of a deed.

    what  of an erasure the `facts` that were erased, and the `id` and `sequence` of their entry; of a rotation the key
          that signs since, as text
    """

    sequence: int
    id: str
    kind: str
    at: str
    caller: str | None
    reason: str
    what: Mapping[str, Any] | str

    def as_json(self) -> Json:
        """Return it as an element of the list."""
        what: Any = self.what
        return {
            "sequence": self.sequence,
            "id": self.id,
            "kind": self.kind,
            "at": self.at,
            "caller": self.caller,
            "reason": self.reason,
            _MEMBERS[self.kind]: what,
        }


def past_deeds(store: Store) -> Iterator[PastDeed | EntryDamaged]:
    """Yield the deeds that the log tells of, in order; in place of an entry that can't be read what stands for it.

    Raises StoreUnavailable.
    """
    after = 0
    while rows := _rows(store, after):
        for row in rows:
            after = row.sequence
            try:
                yield _deed(kept_of(row))
            except EntryDamaged as damaged:
                yield damaged


def _rows(store: Store, after: int) -> Sequence[Row[*tuple[Any, ...]]]:
    with store.database.reading() as connection:
        return connection.execute(_DEEDS, {"after": after}).all()


def _deed(kept: Kept) -> PastDeed:
    """Return the deed that an entry tells of. Raises EntryDamaged when it is no such entry."""
    try:
        told: Any = parse_kept(kept.entry.body)
        kind, what = told["kind"], told[_MEMBERS[kept.entry.kind]]
        texts = (told["id"], told["at"], told["reason"], "" if told["caller"] is None else told["caller"])
        is_right = all(isinstance(each, str) for each in texts) and kind == kept.entry.kind and _is_right(kind, what)
    except (KeyError, MalformedJson, TypeError, ValueError):
        is_right = False
    if not is_right:
        raise EntryDamaged(kept.sequence)
    return PastDeed(kept.sequence, told["id"], kind, told["at"], told["caller"], told["reason"], what)


def _is_right(kind: str, what: Any) -> bool:
    if kind == "rotation":
        return isinstance(what, str)
    return (
        isinstance(what["sequence"], int)
        and isinstance(what["id"], str)
        and all(isinstance(fact, str) for fact in what["facts"])
    )
