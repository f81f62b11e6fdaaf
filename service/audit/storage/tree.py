"""The Merkle tree as it stands in the database: it grows with the entries, and gives the nodes that proofs are made of.

Its hashes lie in tiles of 256, as C2SP's tlog-tiles has them: a proof reads one tile for each eight levels, however
large the log is. The arithmetic is in `merkle.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from service.audit.proof.merkle import HASH_BYTES, Frontier, NodeHash, split_hashes, subtree_root
from service.audit.storage.statements import Prepared
from service.audit.storage.tables import leaves, tiles, tree
from service.audit.storage.unavailable import DamagedTree, StoreUnavailable

__all__ = ["LEVELS", "WIDTH", "grow", "node_reader", "read_frontier"]

WIDTH = 256
"""Hashes in a tile, and entries in a block."""

LEVELS = 8
"""Of the tree in one tile."""

_FRONTIER = Prepared(select(tree.c.size, tree.c.frontier))
_SET_FRONTIER = Prepared(update(tree).values(size=bindparam("new_size"), frontier=bindparam("new_frontier")))
_ADD_TILE = insert(tiles)
_TILE = select(tiles.c.hashes).where(tiles.c.level == bindparam("at"), tiles.c.number == bindparam("which"))
_ADD_LEAVES = Prepared(insert(leaves).values(sequence=bindparam("sequence"), hash=bindparam("hash")))
_DROP_LEAVES = delete(leaves).where(leaves.c.sequence <= bindparam("last"))
_LEAVES = (
    select(leaves.c.hash)
    .where(leaves.c.sequence > bindparam("after"), leaves.c.sequence <= bindparam("last"))
    .order_by(leaves.c.sequence)
)
_ROOTS = (
    select(tiles.c.root)
    .where(tiles.c.level == bindparam("at"), tiles.c.number >= bindparam("first"), tiles.c.number < bindparam("end"))
    .order_by(tiles.c.number)
)


def read_frontier(connection: Connection) -> Frontier:
    """Return what the next entry builds on; its size is the number of entries."""
    row = _FRONTIER.first(connection)
    if row is None:
        raise StoreUnavailable("the tree of the audit log is missing")
    try:
        return Frontier.from_bytes(*row)
    except (AttributeError, TypeError, ValueError):
        raise DamagedTree from None


def grow(connection: Connection, frontier: Frontier, added: Sequence[bytes]) -> Frontier:
    """Take the leaves of entries that this transaction has added into the tree, and return its new frontier.

    Raises DamagedTree where leaves from before are missing.
    """
    grown = frontier.extended(added)
    _SET_FRONTIER.run(connection, {"new_size": grown.size, "new_frontier": grown.to_bytes()})
    numbered = enumerate(added, frontier.size + 1)
    _ADD_LEAVES.run(connection, [{"sequence": sequence, "hash": leaf} for sequence, leaf in numbered])
    level, before, now = 0, frontier.size // WIDTH, grown.size // WIDTH
    while now > before:
        for number in range(before, now):
            hashes = _sound(_row(connection, level, number * WIDTH, (number + 1) * WIDTH), WIDTH)
            row = {"level": level, "number": number, "root": subtree_root(hashes), "hashes": b"".join(hashes)}
            connection.execute(_ADD_TILE, row)
        if level == 0:
            connection.execute(_DROP_LEAVES, {"last": now * WIDTH})
        level, before, now = level + 1, before // WIDTH, now // WIDTH
    return grown


def node_reader(connection: Connection) -> NodeHash:
    """Return what reads the root of a perfect subtree; it remembers what it has read, and is for a proof or two.

    It raises DamagedTree where the hashes below are missing, or can't be right.
    """
    read: dict[tuple[int, int], Sequence[bytes]] = {}

    def node(level: int, number: int) -> bytes:
        at, height = divmod(level, LEVELS)
        begin, count = number << height, 1 << height
        tile = at, begin // WIDTH
        if tile not in read:
            read[tile] = _tile(connection, *tile)
        start = begin % WIDTH
        return subtree_root(_sound(read[tile][start : start + count], count))

    return node


def _tile(connection: Connection, level: int, number: int) -> Sequence[bytes]:
    """Return the hashes of a tile: all 256, or those that there are of the last one of its level."""
    blob = connection.execute(_TILE, {"at": level, "which": number}).scalar()
    if blob is None:
        return _row(connection, level, number * WIDTH, (number + 1) * WIDTH)
    return split_hashes(blob) if isinstance(blob, bytes) else ()


def _sound(hashes: Sequence[bytes], count: int) -> Sequence[bytes]:
    """Return hashes when they are so many, and can be hashes. Raises DamagedTree."""
    if len(hashes) != count or not all(isinstance(each, bytes) and len(each) == HASH_BYTES for each in hashes):
        raise DamagedTree
    return hashes


def _row(connection: Connection, level: int, begin: int, end: int) -> Sequence[bytes]:
    if level == 0:
        return connection.execute(_LEAVES, {"after": begin, "last": end}).scalars().all()
    return connection.execute(_ROOTS, {"at": level - 1, "first": begin, "end": end}).scalars().all()
