"""The stored hashes of the tree: those of the entries, 256 in a tile and one by one behind the last tile, and above."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from service.audit.checking.findings import LogReport
from service.audit.checking.raw_rows import LAST, RawRows
from service.audit.proof.merkle import HASH_BYTES, Frontier, split_hashes, subtree_root
from service.audit.storage.tree import WIDTH

__all__ = ["StoredHashes"]

_TREE = "SELECT id, size, frontier FROM tree LIMIT 2"
_TILES = "SELECT count(*) FROM tiles WHERE level = ? AND number >= 0 AND number < ?"
_TILE = "SELECT root, hashes FROM tiles WHERE level = ? AND number = ? LIMIT 1"
_ROOTS = "SELECT root FROM tiles WHERE level = ? AND number >= ? AND number < ? ORDER BY number LIMIT 257"
_OTHER_TILES = "SELECT level, number FROM tiles WHERE NOT ({}) ORDER BY level, number LIMIT 1000"
_LEAVES = "SELECT sequence, hash FROM leaves WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT 257"
_OTHER_LEAVES = "SELECT sequence FROM leaves WHERE NOT (sequence > ? AND sequence <= ?) LIMIT 1000"
_ENTRIES = "SELECT count(*) FROM entries"
_SIGNED = "SELECT max(size) FROM checkpoints WHERE size > ? AND size <= ?"


class StoredHashes:
    """Reads what was stored in order, makes each tile anew from those below, and compares.

    size      entries that there should be: as the tree says, unless more are known
    frontier  what the tree remembers of them; None where that can't be right
    """

    def __init__(self, rows: RawRows, report: LogReport) -> None:
        self._rows, self._report = rows, report
        self._tiles = self._number("tiles", _TILES, 0, LAST)
        self.size, self.frontier = self._extent()
        self._leaves = self._leaves_from(self.size // WIDTH)

    def blocks(self, begin: int, end: int) -> Iterator[int]:
        """Yield the numbers of those blocks of 256 places in a range that have stored hashes."""
        yield from range(begin, min(end, self._tiles))
        if self._leaves and max(begin, self._tiles) <= self.size // WIDTH < end:
            yield self.size // WIDTH

    def of_block(self, number: int) -> tuple[Sequence[bytes], bytes | None]:
        """Return the hashes of a block of places, to be asked for in order; and the root over them, of a tile.

        One that is missing is empty; there are none for places where no entry should be.
        """
        begin, end = number * WIDTH, min((number + 1) * WIDTH, self.size)
        if end - begin < WIDTH:
            found = [self._leaves.get(sequence) for sequence in range(begin + 1, end + 1)]
            return [each if isinstance(each, bytes) and len(each) == HASH_BYTES else b"" for each in found], None
        return self._tile(number) or ([b""] * WIDTH, None)

    def end(self) -> None:
        """Check the tiles above, and tell of what there shouldn't be: tiles, and hashes beside them."""
        usual, level, count = [], 0, self.size // WIDTH
        with self._rows.reading("tiles"):
            while count:
                usual.append(f"(level = {level} AND number >= 0 AND number < {count})")
                level, below, count = level + 1, count, count // WIDTH
                # No more than could be made of those that stand.
                for number in range(min(count, self._number("tiles", _TILES, level - 1, below) // WIDTH)):
                    self._check_above(level, number)
            for level, number in self._rows.fetch(_OTHER_TILES.format(" OR ".join(usual) or "1 = 0")):
                self._tell(f"There is a tile {number!r:.40} of level {level!r:.40}, which the tree has not.")
        with self._rows.reading("leaves"):
            for (sequence,) in self._rows.fetch(_OTHER_LEAVES, self.size // WIDTH * WIDTH, self.size):
                self._tell(f"There is a hash beside the tiles for {sequence!r:.40}, which belongs into none.")

    def _extent(self) -> tuple[int, Frontier | None]:
        said, frontier = self._tree()
        begin, leaves = self._tiles * WIDTH, self._leaves_from(self._tiles)
        known = begin + sum(1 for _ in takewhile(leaves.__contains__, range(begin + 1, begin + WIDTH)))
        count = self._number("entries", _ENTRIES)
        if said is None:
            return max(known, count), None
        known = max(known, self._number("checkpoints", _SIGNED, max(said, known), count))
        if known <= said:
            return said, frontier
        self._tell(f"The tree is said to have {said} entries, but {known} have stored hashes, or were signed.")
        return known, None

    def _leaves_from(self, number: int) -> dict[int, object]:
        """Return the hashes that stand one by one for a block of places."""
        with self._rows.reading("leaves"):
            return dict(self._rows.fetch(_LEAVES, number * WIDTH, (number + 1) * WIDTH - 1))
        return {}

    def _tree(self) -> tuple[int, Frontier] | tuple[None, None]:
        """Return how many entries the row of the tree says there are, and what it remembers of them."""
        with self._rows.reading("the tree"):
            found = self._rows.fetch(_TREE)
            if [row[0] for row in found] != [1]:
                self._tell("The tree has no row, or another than its own.")
            for _, size, blob in (row for row in found if row[0] == 1):
                try:
                    return size, Frontier.from_bytes(size, blob)
                except (TypeError, ValueError, AttributeError):
                    self._tell(f"The row of the tree can't be right: its size and hashes are {size!r:.40}.")
        return None, None

    def _number(self, table: str, query: str, *values: int) -> int:
        """Return the whole number that a query tells; 0 where it tells none."""
        with self._rows.reading(table):
            ((found,),) = self._rows.fetch(query, *values)
            return found if isinstance(found, int) else 0
        return 0

    def _tile(self, number: int) -> tuple[Sequence[bytes], bytes] | None:
        """Return the hashes of 256 entries and the root over them; None where they are missing."""
        with self._rows.reading("tiles"):
            for stored, blob in self._rows.fetch(_TILE, 0, number):
                if not isinstance(blob, bytes) or len(blob) != WIDTH * HASH_BYTES:
                    self._tell(f"Tile {number} does not hold 256 hashes.")
                    break
                hashes = split_hashes(blob)
                root = subtree_root(hashes)
                if root != stored:
                    self._tell(f"The stored root of tile {number} is not that of its hashes.")
                return hashes, root
        return None

    def _check_above(self, level: int, number: int) -> None:
        """Make a tile anew from the roots below it, where all are there."""
        roots = [root for (root,) in self._rows.fetch(_ROOTS, level - 1, number * WIDTH, (number + 1) * WIDTH)]
        are_hashes = len(roots) == WIDTH and all(isinstance(root, bytes) and len(root) == HASH_BYTES for root in roots)
        if are_hashes and self._rows.fetch(_TILE, level, number) != [(subtree_root(roots), b"".join(roots))]:
            self._tell(f"The stored tile {number} of level {level} is missing, or not made of the roots below it.")

    def _tell(self, says: str) -> None:
        self._report.add("hash", says)
