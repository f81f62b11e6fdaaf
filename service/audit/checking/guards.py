"""The triggers that keep rows of the log from being changed or removed: whether they stand. `migrations` makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.audit.checking.raw_rows import RawRow, RawRows

__all__ = ["missing_guards"]

_REMOVED = ("leaves", "personal_facts", "personal_keys")  # whose rows may be removed
_KEPT = ("packs", "pack_files", "entries", "keys", "tiles", "checkpoints", "signers")

_IN_SQLITE = {
    **{f"{table}_{deed}": table for table in _KEPT for deed in ("no_update", "no_delete", "once")},
    **{f"{table}_{deed}": table for table in _REMOVED for deed in ("no_update", "once")},
    "entries_follow": "entries",
    "leaves_stay": "leaves",
    **{f"tree_{deed}": "tree" for deed in ("grows", "no_delete", "once")},
}
_IN_POSTGRESQL = {
    **{f"{table}_{deed}": table for table in (*_KEPT, *_REMOVED) for deed in ("keep", "no_truncate")},
    "entries_follow": "entries",
    "leaves_stay": "leaves",
    **{f"tree_{deed}": "tree" for deed in ("grows", "once", "no_truncate")},
}
_FROM_SQLITE = (
    "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '% BEFORE %RAISE(ABORT, %' LIMIT ?"
)
_FROM_POSTGRESQL = (
    "SELECT g.tgname::text, c.relname::text FROM pg_catalog.pg_trigger g "
    "JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A') LIMIT ?"
)
_MOST = 10_000


def missing_guards(rows: RawRows) -> Sequence[tuple[str, str]]:
    """Return the triggers that are not there, or switched off: names and tables. Raises Unreadable."""
    expected: Mapping[str, str] = _IN_SQLITE if rows.is_sqlite else _IN_POSTGRESQL
    found: list[RawRow] = rows.fetch(_FROM_SQLITE if rows.is_sqlite else _FROM_POSTGRESQL, _MOST)
    return sorted(set(expected.items()) - set(map(tuple, found)))
