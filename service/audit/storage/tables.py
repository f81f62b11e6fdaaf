"""The tables of the audit log. How they came to be is in `migrations`, and what keeps their rows from changing."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

__all__ = [
    "blocks",
    "checkpoints",
    "entries",
    "keys",
    "leaves",
    "metadata",
    "pack_files",
    "packs",
    "personal_facts",
    "personal_keys",
    "postings",
    "signers",
    "terms",
    "tiles",
    "tree",
]

metadata = MetaData()

_Count = BigInteger().with_variant(Integer, "sqlite")  # there only INTEGER can be the table's own order

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
    Column("sequence", _Count, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("pack", Text, ForeignKey("packs.digest")),
    Column("leaf", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""The entries: decisions, erasures, changes of the signing key. `leaf` is the hash of the body in the Merkle tree."""

keys = Table(
    "keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("sequence", _Count, ForeignKey("entries.sequence"), nullable=False),
)
"""Idempotency keys: a digest of the request that each came with, and the entry that answered it."""

tree = Table(
    "tree",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", _Count, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
"""One row: how many entries there are, and the hashes that the next one builds on.

Whoever appends locks it first; it is changed in the transaction that adds the entries.
"""

tiles = Table(
    "tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", _Count, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
)
"""The hashes of the tree, 256 in a row: at level 0 of entries, above it the roots of 256 tiles of the level below."""

leaves = Table(
    "leaves",
    metadata,
    Column("sequence", _Count, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
"""The hashes in the tree of the entries behind the last tile; when a tile is full it has them instead."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", _Count, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("note", Text, nullable=False),
)
"""Signed checkpoints, by the size of the tree and the id of the key."""

signers = Table(
    "signers",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("verifier", Text, nullable=False),
    Column("introduction", Text),
)
"""The public keys that have signed checkpoints, in their order, each but the first with how it was introduced.

The last one signs now.
"""

personal_facts = Table(
    "personal_facts",
    metadata,
    Column("sequence", _Count, ForeignKey("entries.sequence"), primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)
"""The personal facts of an entry, encrypted."""

personal_keys = Table(
    "personal_keys",
    metadata,
    Column("sequence", _Count, ForeignKey("entries.sequence"), primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)
"""The key of each entry's personal facts. Only here and in `personal_facts` are rows removed: when they are erased."""

blocks = Table(
    "blocks",
    metadata,
    Column("block", _Count, primary_key=True, autoincrement=False),
    Column("first_at", Text, nullable=False),
    Column("last_at", Text, nullable=False, index=True),
)
"""Which blocks of 256 entries can be searched by term, and the earliest and latest time in each, in UTC."""

terms = Table(
    "terms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("term", Text, nullable=False, unique=True),
)
"""What entries can be found by."""

postings = Table(
    "postings",
    metadata,
    Column("term", Integer, ForeignKey("terms.id"), primary_key=True, autoincrement=False),
    Column("block", _Count, primary_key=True, autoincrement=False),
    Column("bits", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""For each term and block the entries that have it, a bit each: bit 0 of byte 0 is the first of the block."""
