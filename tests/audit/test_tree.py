"""The tree in the database: whatever the way in which it grew, its hashes are those of RFC 9162 over the entries."""

import pytest
from sqlalchemy import select

from service.audit.log.store import Append
from service.audit.proof.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_from_inclusion,
    verify_consistency,
)
from service.audit.storage.tables import entries, tiles
from service.audit.storage.tree import WIDTH, grow, node_reader, read_frontier


@pytest.fixture
def grown(store, pack, new_entry):
    """Append entries in batches of such sizes; returns the leaves."""

    def run(*sizes):
        for size in sizes:
            store.append_all([Append(new_entry(), pack, None) for _ in range(size)])
        with store.database.reading() as connection:
            return list(connection.execute(select(entries.c.leaf).order_by(entries.c.sequence)).scalars())

    return run


@pytest.mark.parametrize("sizes", [(1,), (255, 1, 1), (256,), (100, 400, 12), (1, 1, 700)])
def test_the_tree_is_that_of_the_leaves(store, grown, sizes):
    """One by one or many at once, across the ends of tiles."""
    leaves = grown(*sizes)

    with store.database.reading() as connection:
        assert read_frontier(connection) == Frontier().extended(leaves)
        assert connection.execute(select(tiles.c.number)).scalars().all() == list(range(len(leaves) // WIDTH))


def test_every_proof_can_be_made_from_what_is_stored(store, grown):
    """Over whole tiles and the last, incomplete one."""
    leaves = grown(600)
    for size in (1, 2, 255, 256, 257, 511, 512, 599, 600):
        root = Frontier().extended(leaves[:size]).root()
        with store.database.reading() as connection:
            node = node_reader(connection)
            for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
                proof = inclusion_proof(index, size, node)
                assert root_from_inclusion(leaves[index], index, size, proof) == root
            proof = consistency_proof(size, 600, node)
        verify_consistency(size, 600, root, Frontier().extended(leaves).root(), proof)


def test_a_tree_of_many_tiles_has_tiles_of_tiles(sqlite_store, pack):
    """A proof over millions reads few rows: the roots of 256 tiles stand in one."""
    store, count = sqlite_store, WIDTH * WIDTH + 300
    with store.database.writing() as connection:
        # Entries of one byte, straight into the tables: what is tried here is what stands above them.
        bodies = [b"%d" % number for number in range(count)]
        rows = [
            {"sequence": at, "id": str(at), "kind": "decision", "pack": None, "leaf": leaf_hash(body), "body": body}
            for at, body in enumerate(bodies, start=1)
        ]
        connection.execute(entries.insert(), rows)
        grow(connection, read_frontier(connection), [row["leaf"] for row in rows])
    leaves = [row["leaf"] for row in rows]
    root = Frontier().extended(leaves).root()

    with store.database.reading() as connection:
        assert connection.execute(select(tiles.c.level).where(tiles.c.level > 0)).scalars().all() == [1]
        for index in (0, 65_535, 65_536, count - 1):
            proof = inclusion_proof(index, count, node_reader(connection))
            assert root_from_inclusion(leaves[index], index, count, proof) == root
