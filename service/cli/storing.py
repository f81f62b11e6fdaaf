"""What `clausewise decide --database` does beside: one decision put into an audit log. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass

from service.audit.log.entries import Kept, write_entry
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.cli.logs import database_at
from service.decision.desk import Decided

__all__ = ["DecisionLog", "Stored", "place_of"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision that is in the log.

    document  the decision document with the number of its entry, canonical JSON
    place     what to say of the entry
    """

    document: bytes
    place: str


class DecisionLog:
    """The log that takes one decision. Raises Refused for a URL that names no database; no file is made yet."""

    def __init__(self, url: str) -> None:
        self._store = Store(database_at(url))

    def keep(self, decided: Decided) -> Stored:
        """Append a decision, and close the log."""
        try:
            self._store.prepare()  # only now: a call that is refused makes no file
            kept = self._store.append(write_entry(decided, Stamp()), decided.policy.pack)
        finally:
            self._store.close()
        return Stored(kept.document, place_of(kept))


def place_of(kept: Kept) -> str:
    """Return what is said of an answer's place in the audit log."""
    return f"{kept.entry.id}, entry {kept.sequence} of the audit log"
