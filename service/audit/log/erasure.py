"""Erasing the personal facts of an entry: they and their key are removed, and an entry tells who did so, and why.

The entry itself stays as it is, with its commitments: every proof over it holds, and what doesn't rest on the erased
facts can still be decided again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select

from service.audit.log.entries import Kept, write_erasure
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.tables import personal_facts, personal_keys
from service.errors import ClausewiseError
from service.jsontext import parse_kept

__all__ = ["Erased", "NothingToErase", "erase"]

_HAS_KEY = select(personal_keys.c.sequence).where(personal_keys.c.sequence == bindparam("wanted"))
_FORGET = tuple(delete(each).where(each.c.sequence == bindparam("wanted")) for each in (personal_keys, personal_facts))


class NothingToErase(ClausewiseError):
    """The entry has no personal facts, or they are erased already; the text says which."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What came of an erasure.

    kept     the entry that tells of it
    is_gone  whether the database's files are cleared of the key's bytes as well; else they stay for a while
    """

    kept: Kept
    is_gone: bool


def erase(store: Store, kept: Kept, reason: str, caller: str | None) -> Erased:
    """Erase the personal facts of an entry for ever, and append the entry that tells so. Both are done, or neither.

    Raises NothingToErase, StoreUnavailable.
    """
    told: Any = parse_kept(kept.entry.body)
    if not isinstance(told, Mapping) or not told.get("personal"):
        raise NothingToErase(f"Entry {kept.sequence} has no personal facts.")
    with store.deed(write_erasure(kept, Stamp(), reason, caller)) as deed:
        if deed.connection.execute(_HAS_KEY, {"wanted": kept.sequence}).first() is None:
            raise NothingToErase(f"The personal facts of entry {kept.sequence} are erased already.")
        for statement in _FORGET:
            deed.connection.execute(statement, {"wanted": kept.sequence})
    is_gone = store.database.forget(personal_keys.name)
    return Erased(deed.kept, is_gone=is_gone)
