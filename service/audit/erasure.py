"""Erasing the personal facts of an entry: their key is forgotten, and an entry of its own tells who did so, and why.

The entry itself stays as it is, with its commitments: every proof over it holds, and what doesn't rest on the erased
facts can still be decided again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, select

from service.audit.entries import Kept, write_erasure
from service.audit.stamps import Stamp
from service.audit.store import Store
from service.audit.tables import personal_keys
from service.errors import ClausewiseError
from service.jsontext import parse

__all__ = ["NothingToErase", "erase"]

_HAS_KEY = select(personal_keys.c.sequence).where(personal_keys.c.sequence == bindparam("wanted"))
_FORGET = delete(personal_keys).where(personal_keys.c.sequence == bindparam("wanted"))


class NothingToErase(ClausewiseError):
    """The entry has no personal facts, or they are erased already; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def erase(store: Store, kept: Kept, reason: str, caller: str | None) -> Kept:
    """Erase the personal facts of an entry for ever, and return the entry that tells so. Both are done, or neither.

    Raises NothingToErase, StoreUnavailable.
    """
    told: Any = parse(kept.entry.body)
    if not isinstance(told, Mapping) or not told.get("personal"):
        raise NothingToErase(f"Entry {kept.sequence} has no personal facts.")
    with store.deed(write_erasure(kept, Stamp(), reason, caller)) as deed:
        if deed.connection.execute(_HAS_KEY, {"wanted": kept.sequence}).first() is None:
            raise NothingToErase(f"The personal facts of entry {kept.sequence} are erased already.")
        deed.connection.execute(_FORGET, {"wanted": kept.sequence})
    store.database.forget(personal_keys.name)
    return deed.kept
