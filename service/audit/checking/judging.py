"""Checkpoints compared with the trees that the entries, and the hashes stored for them, make."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.audit.checking.findings import LogReport
from service.audit.checking.given import Given
from service.audit.checking.raw_rows import FIRST, LAST, RawRows
from service.audit.proof.checkpoints import BadCheckpoint, Checkpoint
from service.audit.proof.merkle import EMPTY_ROOT, Frontier
from service.audit.proof.notes import BadNote, note_signers
from service.audit.proof.successions import Succession
from service.audit.storage.tree import LEVELS, WIDTH

__all__ = ["Judge", "Side"]

_MOST_NOTES = 10_000  # checkpoints in one block of entries

_NOTES = "SELECT size, key, note FROM checkpoints WHERE size >= ? AND size <= ? ORDER BY size LIMIT 10000"
_NOWHERE = "SELECT size FROM checkpoints WHERE size IS NULL OR size > ? LIMIT 1000"


@dataclass(slots=True)
class Side:
    """A tree that is built from one row of hashes; `roots` has what it was at each size that was signed.

    It ends where a hash is not known.
    """

    frontier: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=lambda: {0: EMPTY_ROOT})
    is_alive: bool = True

    def grow(self, hashes: Sequence[bytes], sizes: Iterable[int], root: bytes | None = None) -> None:
        """Take further hashes, and note the root at each of the sizes that they pass.

        root  over these hashes, where they are those of a whole tile
        """
        if not self.is_alive:
            return
        start = self.frontier.size
        passed = sorted(size for size in sizes if start < size <= start + len(hashes))
        if root is not None and start % WIDTH == 0 and passed in ([], [start + WIDTH]):
            self.frontier = self.frontier.with_subtree(LEVELS, root)
        else:
            for size in passed:
                self.frontier = self.frontier.extended(hashes[self.frontier.size - start : size - start])
                self.roots[size] = self.frontier.root()
            self.frontier = self.frontier.extended(hashes[self.frontier.size - start :])
        if self.frontier.size in passed:
            self.roots[self.frontier.size] = self.frontier.root()

    def take(self, hashes: Mapping[int, bytes], sizes: Iterable[int]) -> None:
        """Take hashes by their places, as far as these are the next ones; a gap ends the side."""
        numbered = enumerate(hashes.items(), self.frontier.size + 1)
        fitting = [hash_ for number, (place, hash_) in numbered if place == number]
        self.grow(fitting, sizes)
        self.is_alive = self.is_alive and len(fitting) == len(hashes)


@dataclass(frozen=True, slots=True)
class _Note:
    """A checkpoint that is to be judged.

    key    that it is filed under in the log
    given  where somebody has kept it
    """

    note: object
    key: object = None
    given: Given | None = None

    def name(self, size: int) -> str:
        return f"The checkpoint of {size} entries" if self.given is None else self.given.name


class Judge:
    """Takes checkpoints in step with the entries, those that somebody kept among them.

    standing  the tree of the entries as they stand
    known     that of the hashes that were stored for them
    unproven  sizes at which neither the entries nor their stored hashes lead to what was signed
    last      largest size at which the log has a checkpoint, whoever has signed it
    signed    what was signed for the largest size so far
    """

    def __init__(self, rows: RawRows, keys: Succession, report: LogReport, standing: Side, known: Side) -> None:
        self.unproven: list[int] = []
        self.last = 0
        self.signed: Checkpoint | None = None
        self._rows, self._keys, self._report = rows, keys, report
        self._standing, self._known = standing, known
        self._waiting: dict[int, list[_Note]] = {}
        for each in report.given:  # a later key of the log may have signed one, which is not known yet
            self._waiting.setdefault(each.size, []).append(_Note(each.note, given=each))
        self._taken = FIRST - 1  # those up to this size were read
        self._held: list[int] = []  # sizes at which the entries, or their stored hashes, lead to what was signed

    def sizes(self, last: int) -> Sequence[int]:
        """Return the sizes up to a last one of which there are checkpoints to be judged, in order."""
        self._take(last)
        return sorted(size for size in self._waiting if size <= last)

    def judge(self, last: int) -> None:
        """Compare what was signed for sizes up to a last one with the roots at these sizes on both sides."""
        holding: set[object] = set()  # one that somebody kept may stand in the log as well
        for note, signed in self._due(last):
            self.signed = signed
            standing, known = self._standing.roots.get(signed.size), self._known.roots.get(signed.size)
            # Where only the stored hashes lead to it, the alignment names the entries that were touched since.
            sizes = self._held if signed.root in {standing, known} else self.unproven
            sizes.append(signed.size)
            is_continued = signed.root == standing
            if is_continued:
                self._report.signed = signed.size
                holding.add(note.note)
            if note.given is not None:
                note.given.state = "continued" if is_continued else "contradicted"
        self._report.checkpoints += len(holding)

    def bounds(self) -> Sequence[tuple[int, int]]:
        """Return the ranges of entries that lead to nothing that was signed."""
        found: dict[int, int] = {}
        for size in self.unproven:
            before = bisect_left(self._held, size)
            first = self._held[before - 1] + 1 if before else 1
            found[first] = max(size, found.get(first, 0))
        return sorted(found.items())

    def beyond(self, count: int) -> None:
        """Tell of checkpoints over more entries than there are, and of those that are for no size."""
        is_cut = False
        for note, signed in self._due(LAST):
            what, is_cut = "a checkpoint has", True
            if note.given is not None:
                note.given.state, what = "contradicted", "a checkpoint that was kept has"
            cut = "1 is" if signed.size - count == 1 else f"{signed.size - count} are"
            says = f"The log ends after {count} entries, but {what} {signed.size}: {cut} cut off at the end."
            self._report.add("truncated", says, count + 1, signed.size)
        last = max([0, *self._held, *self.unproven])
        if is_cut and last < count:
            which = f"Entry {count} is" if last + 1 == count else f"Entries {last + 1} to {count} are"
            says = f"{which} proven by nothing: what was signed over them covers entries that are cut off, too."
            self._report.add("unsigned", says, last + 1, count)
        with self._rows.reading("checkpoints"):
            for (size,) in self._rows.fetch(_NOWHERE, LAST):
                self._tell_nowhere(size)

    def _take(self, last: int) -> None:
        """Read checkpoints up to a size."""
        last = min(last, LAST)
        if last <= self._taken:
            return
        first, self._taken = self._taken + 1, last
        with self._rows.reading("checkpoints"):
            rows = self._rows.fetch(_NOTES, first, last)
            if len(rows) == _MOST_NOTES:
                says = f"There are too many checkpoints of up to {last} entries to read them all."
                self._report.add("checkpoint", says)
            for size, key, note in rows:
                if type(size) is int:
                    self.last = max(self.last, size)
                    self._waiting.setdefault(size, []).append(_Note(note, key))
                else:
                    self._tell_nowhere(size)

    def _tell_nowhere(self, size: object) -> None:
        self._report.add("checkpoint", f"A checkpoint is filed under what is no size: {size!r:.40}.")

    def _due(self, last: int) -> Iterator[tuple[_Note, Checkpoint]]:
        """Yield what was signed for sizes up to a last one, in order, and once; tell of what can't be believed."""
        for size in self.sizes(last):
            for note in self._waiting.pop(size):
                signed = self._believed(size, note)
                if signed is not None:
                    yield note, signed

    def _believed(self, size: int, note: _Note) -> Checkpoint | None:
        """Return what a key that speaks has signed for this size; a key that the log introduces is known by then."""
        try:
            checkpoint = self._keys.believed(note.note) if note.given is None else note.given.believed(self._keys)
        except (BadNote, BadCheckpoint) as refused:
            self._report.add("checkpoint", f"{note.name(size)} can't be believed: {refused}")
            return None
        if checkpoint.size != size:
            self._report.add("checkpoint", f"{note.name(size)} was signed for {checkpoint.size}.")
            return None
        if note.given is None and note.key not in [id_ for _, id_ in note_signers(str(note.note))]:
            self._report.add("checkpoint", f"{note.name(size)} is filed under a key that did not sign it.")
        return checkpoint
