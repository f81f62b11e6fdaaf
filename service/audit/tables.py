"""The tables of the audit log. How they came to be is in `migrations`, and what keeps their rows from changing."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

__all__ = ["entries", "keys", "metadata", "pack_files", "packs"]

metadata = MetaData()

packs = Table(
    "packs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("version", Text, nullable=False),
)
"""Every pack that has ever decided, once."""

pack_files = Table(
    "pack_files",
    metadata,
    Column("digest", Text, ForeignKey("packs.digest"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""The files of each pack, as bytes: what decided can be run again."""

entries = Table(
    "entries",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("pack", Text, ForeignKey("packs.digest"), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""The entries. `digest` repeats what the body implies: a body that has changed on the disk is noticed when read."""

keys = Table(
    "keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("sequence", Integer, ForeignKey("entries.sequence"), nullable=False),
)
"""Idempotency keys: the SHA-256 of the canonical request that each came with, and the entry that answered it."""
