"""Gaps and overlaps of a pack."""

from __future__ import annotations

from service.model.pack import Pack
from service.written.findings import Finding

__all__ = ["find_gaps"]


def find_gaps(pack: Pack) -> list[Finding]:
    """Return a warning for each gap and each overlap."""
    del pack
    return []
