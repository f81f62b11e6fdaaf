"""How many entries a log should have: by the row of its tree, by its tiles, by what stands and was signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.audit.checking.findings import LogReport
from service.audit.checking.raw_rows import RawRows, Unreadable
from service.audit.checking.tiles_check import TileCheck
from service.audit.proof.merkle import Frontier
from service.audit.storage.tree import WIDTH

__all__ = ["Extent", "read_extent"]

_COUNT = "SELECT count(*) FROM entries"
_FURTHEST = "SELECT max(sequence) FROM entries"
_SIGNED_BEYOND = "SELECT size FROM checkpoints WHERE size > ? AND size <= ? LIMIT 1"
_TREE = "SELECT id, size, frontier FROM tree LIMIT 2"


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a log should reach.

    size      entries that its tree has; None where the row of the tree can't be right
    frontier  what the tree remembers of them; None as the size
    tiles     complete tiles that stand
    full      complete tiles that there should be
    """

    size: int | None
    frontier: Frontier | None
    tiles: int
    full: int

    @property
    def tiled(self) -> int:
        """Entries of which tiles should have the hashes."""
        return self.full * WIDTH


def read_extent(rows: RawRows, tiles: TileCheck, report: LogReport, broken: Callable[[str, str], None]) -> Extent:
    """Return how far a log should reach. What can't be right is told.

    broken  takes the name of a table that can't be read, and why
    """
    size, frontier = _tree(rows, report, broken)
    try:
        count = tiles.count()
    except Unreadable as failure:
        broken("tiles", str(failure))
        count = 0
    wrong: str | None = None
    if size is not None and size // WIDTH < count:
        wrong = f"has {count} tiles of 256"
    elif size is not None and _is_outgrown(rows, size, broken):
        wrong = "more stand, and were signed"
    if wrong is not None:
        report.add("hash", f"The tree is said to have {size} entries, but {wrong}.")
        size = frontier = None
    full = max(count, _count(rows, broken) // WIDTH) if size is None else size // WIDTH
    return Extent(size, frontier, count, full)


def _tree(
    rows: RawRows, report: LogReport, broken: Callable[[str, str], None]
) -> tuple[int, Frontier] | tuple[None, None]:
    """Return how many entries the row of the tree says there are, and what it remembers of them."""
    try:
        found = rows.fetch(_TREE)
    except Unreadable as failure:
        broken("the tree", str(failure))
        return None, None
    if [row[0] for row in found] != [1]:
        report.add("hash", "The tree has no row, or another than its own.")
    for _, size, blob in (row for row in found if row[0] == 1):
        try:
            return size, Frontier.from_bytes(size, blob)
        except (TypeError, ValueError, AttributeError):
            report.add("hash", f"The row of the tree can't be right: its size and hashes are {size!r:.40}.")
            break
    return None, None


def _is_outgrown(rows: RawRows, size: int, broken: Callable[[str, str], None]) -> bool:
    """Tell whether checkpoints and entries speak against the number of entries that the tree is said to have."""
    try:
        furthest = rows.fetch(_FURTHEST)[0][0]
        if not isinstance(furthest, int) or furthest <= size + WIDTH:
            return False
        return bool(rows.fetch(_SIGNED_BEYOND, size + WIDTH, _count(rows, broken)))
    except Unreadable:
        return False  # told when it is read


def _count(rows: RawRows, broken: Callable[[str, str], None]) -> int:
    """Return how many entries stand in the log."""
    try:
        return int(rows.fetch(_COUNT)[0][0])
    except Unreadable as failure:
        broken("entries", str(failure))
        return 0
