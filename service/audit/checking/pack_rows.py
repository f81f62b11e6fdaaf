"""The packs that the log keeps, compared with the digests by which entries name them. Nothing is decided with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.audit.checking.raw_rows import RawRows
from service.pack.pack_folder import digest_of

__all__ = ["altered_packs", "missing_packs"]

_PACKS = "SELECT digest FROM packs ORDER BY digest"
_PACK = "SELECT digest FROM packs WHERE digest = ?"
_FILES = "SELECT path, content FROM pack_files WHERE digest = ?"


def altered_packs(rows: RawRows) -> Iterator[object]:
    """Yield the digests of packs whose files are not those that the digest is of. Raises Unreadable."""
    for (digest,) in rows.fetch(_PACKS):
        files = rows.fetch(_FILES, digest)
        are_files = all(isinstance(path, str) and isinstance(content, bytes) for path, content in files)
        if not are_files or digest_of(dict(files), {}) != digest:
            yield digest


def missing_packs(rows: RawRows, named: Iterable[str]) -> Iterator[str]:
    """Yield the digests, of those that entries name, that the log keeps no pack under. Raises Unreadable."""
    for digest in sorted(named):
        if not rows.fetch(_PACK, digest):
            yield digest
