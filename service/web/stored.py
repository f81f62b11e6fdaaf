"""Decisions that are in the log: found by their id, or refused."""

from __future__ import annotations

from service.audit.log.entries import Kept
from service.audit.log.store import Store
from service.audit.storage.unavailable import StoreUnavailable
from service.web.problems import refuse

__all__ = ["stored_decision", "there"]


def there(store: Store | None) -> Store:
    """Return the log. Raises StoreUnavailable where the service was started without one."""
    if store is None:
        raise StoreUnavailable("the service was started without one")
    return store


def stored_decision(store: Store, id_: str) -> Kept:
    """Return the entry of a decision document. Raises Refusal `unknown-document`, EntryDamaged, StoreUnavailable."""
    kept = store.entry(id_)
    if kept is None or kept.entry.kind != "decision":
        refuse("unknown-document", f"No decision document has the id {id_[:64]!r}.")
    return kept
