"""The stored hashes of the tree, level above level: each tile made anew from those below, and compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.audit.checking.raw_rows import RawRows
from service.audit.proof.merkle import HASH_BYTES, split_hashes, subtree_root
from service.audit.storage.tree import WIDTH

__all__ = ["TileCheck"]

_TILE = "SELECT root, hashes FROM tiles WHERE level = ? AND number = ? LIMIT 1"
_COUNT = "SELECT count(*) FROM tiles WHERE level = 0 AND number >= 0"
_OTHERS = "SELECT level, number FROM tiles WHERE NOT ({}) ORDER BY level, number LIMIT 1000"


class TileCheck:
    """Reads the tiles of level 0 in order, and compares those above as they become complete."""

    def __init__(self, rows: RawRows, tell: Callable[[str], None]) -> None:
        self._rows, self._tell = rows, tell
        self._pending: list[list[bytes | None]] = [[]]
        self._done = [0]

    def count(self) -> int:
        """Return how many tiles of entries there are. Raises Unreadable."""
        return int(self._rows.fetch(_COUNT)[0][0])

    def read(self, number: int) -> tuple[Sequence[bytes], bytes] | None:
        """Return the hashes of 256 entries and the root over them; None where they are missing. Raises Unreadable."""
        found = self._rows.fetch(_TILE, 0, number)
        if not found:
            return None
        stored, blob = found[0]
        if not isinstance(blob, bytes) or len(blob) != WIDTH * HASH_BYTES:
            self._tell(f"Tile {number} does not hold 256 hashes.")
            return None
        hashes = split_hashes(blob)
        root = subtree_root(hashes)
        if root != stored:
            self._tell(f"The stored root of tile {number} is not that of its hashes.")
        return hashes, root

    def took(self, root: bytes | None) -> None:
        """Take the root of the next tile of level 0; None where it isn't known. Raises Unreadable."""
        self._done[0] += 1
        level = 0
        self._pending[0].append(root)
        while len(self._pending[level]) == WIDTH:
            roots, self._pending[level] = self._pending[level], []
            if len(self._pending) == level + 1:
                self._pending.append([])
                self._done.append(0)
            self._pending[level + 1].append(self._compare(level + 1, self._done[level + 1], roots))
            self._done[level + 1] += 1
            level += 1

    def end(self) -> None:
        """Tell of tiles that there shouldn't be. Raises Unreadable."""
        usual = " OR ".join(
            f"(level = {level} AND number >= 0 AND number < {count})" for level, count in enumerate(self._done)
        )
        for level, number in self._rows.fetch(_OTHERS.format(usual)):
            self._tell(f"There is a tile {number!r:.40} of level {level!r:.40}, which the tree has not.")

    def _compare(self, level: int, number: int, roots: Sequence[bytes | None]) -> bytes | None:
        found = self._rows.fetch(_TILE, level, number)
        known = [each for each in roots if each is not None]
        where = f"tile {number} of level {level}"
        if not found:
            self._tell(f"The stored {where} is missing.")
        if len(known) < WIDTH:
            return None
        root = subtree_root(known)
        if found and tuple(found[0]) != (root, b"".join(known)):
            self._tell(f"The stored {where} is not made of the hashes below it.")
        return root
