"""The whole log checked: each entry against the tree, the tree against what was signed. Nothing is mended here.

Three things must agree: the entries as they stand; the hashes that were stored when they were appended; and the roots
in signed checkpoints. Where the entries don't, the stored hashes name those that were touched, as long as they lead to
what was signed; where these were rewritten as well, the checkpoints still bound what was touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from service.audit.checking.alignment import Alignment, Edit, Found
from service.audit.checking.columns_beside import Beside, leaves_of
from service.audit.checking.ending import Ending, Trees
from service.audit.checking.extent import read_extent
from service.audit.checking.findings import LogFinding, LogReport, Runs
from service.audit.checking.guards import missing_guards
from service.audit.checking.judging import Judge, Side
from service.audit.checking.pack_rows import altered_packs, missing_packs
from service.audit.checking.personal_rows import PersonalRows
from service.audit.checking.raw_rows import LAST, RawRow, RawRows, Unreadable, require_growing
from service.audit.checking.tiles_check import TileCheck
from service.audit.log.entries import introduction_in
from service.audit.log.store import Store
from service.audit.proof.merkle import HASH_BYTES, Frontier
from service.audit.proof.notes import BadKey, BadNote, Verifier
from service.audit.proof.successions import Succession
from service.audit.storage.tree import WIDTH

__all__ = ["LogFinding", "LogReport", "verify"]

_MOST_UNSIGNED = 4 * WIDTH - 1  # entries that the service leaves so

_CONSEQUENCES = frozenset({"row", "personal", "erased"})  # codes of what mostly comes of entries that moved

_COLUMNS = "SELECT sequence, id, kind, pack, leaf, body FROM entries "
_BLOCK = _COLUMNS + "WHERE sequence >= ? AND sequence <= ? ORDER BY sequence LIMIT 257"
_BEFORE = _COLUMNS + "WHERE sequence >= ? AND sequence < 1 ORDER BY sequence LIMIT ?"
_NEXT = "SELECT sequence FROM entries WHERE sequence >= ? ORDER BY sequence LIMIT 1"
_LAST_SIZE = "SELECT max(size) FROM checkpoints"
_SIGNERS = "SELECT key, verifier FROM signers ORDER BY number LIMIT 10000"


def verify(
    store: Store,
    trusted: Sequence[Verifier] = (),
    earlier: Sequence[str] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> LogReport:
    """Check all of a log, in one state of it, and return what was found. Memory stays flat, however long it is.

    trusted   public keys that the caller knows to be the log's; none: those that the log itself names
    earlier   signed checkpoints that somebody kept; one that the log can't continue tells that its past was changed
    progress  called now and then with the number of entries so far
    Raises StoreUnavailable.
    """
    with store.database.reading() as connection:
        return _Check(connection, trusted, progress).run(earlier)


class _Check:
    def __init__(self, connection: Connection, trusted: Sequence[Verifier], progress: Callable[[int], None]) -> None:
        self.rows = RawRows(connection)
        self.progress = progress
        self.report = LogReport(vouched=bool(trusted))
        self.runs = Runs(self.report)
        self._guards()
        first = self._first_signer()
        self.keys = Succession(list(trusted) or first, vouched=bool(trusted))
        self.judge = Judge(self.rows, self.keys, self.report, lambda why: self._broken("checkpoints", why))
        self.alignment = Alignment()
        side = Side()
        self.trees = Trees(side, side)  # the same tree, until a difference is seen
        self.beside = Beside()
        self.tiles = TileCheck(self.rows, lambda says: self.report.add("hash", says))
        self.personal = PersonalRows(self.rows, self.runs.add, lambda why: self._broken("personal facts", why))
        self.extent = read_extent(self.rows, self.tiles, self.report, self._broken)
        if not self.extent.full:
            self.trees.tiled = Frontier()

    def run(self, earlier: Sequence[str]) -> LogReport:
        for note in earlier:
            self.judge.give(note)
        self._judge(0)
        self._before()
        for number, rows in self._blocks():
            self._block(number, rows)
            self._judge(min((number + 1) * WIDTH, self.extent.tiled))
            if number == self.extent.full - 1 and self.trees.entries.is_alive:
                self.trees.tiled = self.trees.entries.frontier
            self.progress(self.report.entries)
        self._end()
        self.report.keys = [key.text for key in self.keys.known]
        self.report.replaced = self.keys.replaced()
        self.report.root = self.trees.entries.frontier.root()
        return self.report

    def _judge(self, size: int) -> None:
        self.judge.judge(size, self.trees.entries.roots, self.trees.stored.roots)

    def _broken(self, what: str, why: str) -> None:
        self.report.add("guard", f"The table of {what} can't be read, or not to its end: {why}.")

    # what stands beside the entries

    def _guards(self) -> None:
        try:
            missing = missing_guards(self.rows)
        except Unreadable as failure:
            self._broken("triggers", str(failure))
            return
        if missing:
            names = ", ".join(name for name, _ in missing)
            self.report.add("guard", f"Rows could have been changed: these triggers are missing, or off: {names}.")

    def _first_signer(self) -> list[Verifier]:
        """Return the first key that the log names; what is no key is told."""
        found: list[Verifier] = []
        try:
            rows = self.rows.fetch(_SIGNERS)
        except Unreadable as failure:
            self._broken("signers", str(failure))
            return []
        for key, text in rows:
            try:
                verifier = Verifier.parse(text) if isinstance(text, str) else None
            except (BadKey, ValueError):
                verifier = None
            if verifier is None or key != verifier.key_id.hex():
                self.report.add("key", f"The log names a signing key that is none, or not under its id: {text!r:.80}.")
            if verifier is not None:
                found.append(verifier)
        return found[:1]

    # entries

    def _before(self) -> None:
        """Take what stands before the first place."""
        try:
            for rows in self.rows.keyed(_BEFORE, WIDTH):
                self._look(rows)
                self.alignment.add((), _found(rows, leaves_of(rows)))
        except Unreadable as failure:
            self._broken("entries", str(failure))

    def _blocks(self) -> Iterator[tuple[int, Sequence[RawRow]]]:
        """Yield the blocks of places in which entries stand, or for which there are tiles."""
        number = 0
        while number * WIDTH < LAST:
            first = number * WIDTH + 1
            try:
                rows = self.rows.fetch(_BLOCK, first, min(first + WIDTH - 1, LAST))
                require_growing([row[0] for row in rows], first)
                if not rows and number >= self.extent.tiles:
                    number = self._jump(first)
                    if number < 0:
                        return
                    continue
            except Unreadable as failure:
                self._broken("entries", str(failure))
                rows = []
                if number >= self.extent.tiles:
                    return
            yield number, rows
            number += 1

    def _jump(self, first: int) -> int:
        """Return the block of the next entry; -1 when there is none."""
        found = self.rows.fetch(_NEXT, first)
        if not found:
            return -1
        require_growing([found[0][0]], first)
        return int(found[0][0] - 1) // WIDTH

    def _block(self, number: int, rows: Sequence[RawRow]) -> None:
        """Take the entries that stand in 256 places, beside the hashes that were stored for these."""
        trees, first = self.trees, number * WIDTH + 1
        places = [row[0] for row in rows]
        own = leaves_of(rows)
        self._look(rows)
        if rows:
            trees.furthest = places[-1]
        if number >= self.extent.full:
            trees.entries.take(places, own, self.judge.sizes(first - 1, first + WIDTH - 1))
            self.alignment.add((), _found(rows, own))
            return
        expected, root = self._expected(number, rows)
        sizes = self.judge.sizes(first - 1, first + WIDTH - 1)
        if own == expected and len(own) == WIDTH == places[-1] - first + 1 and self.alignment.is_even:
            self.alignment.skip()
            trees.entries.grow(own, sizes, root)
            if trees.stored is not trees.entries:
                trees.stored.grow(own, sizes, root)
            self._check_leaves(own, rows)
            return
        if trees.stored is trees.entries:
            trees.stored = Side(trees.entries.frontier, dict(trees.entries.roots), trees.entries.is_alive)
        trees.entries.take(places, own, sizes)
        trees.stored.take([at for at, each in enumerate(expected, first) if each], expected, sizes)
        self.alignment.add(list(enumerate(expected, first)), _found(rows, own))
        stored = dict(enumerate(expected, first))
        agreeing = [(leaf, row) for leaf, row in zip(own, rows, strict=True) if stored.get(row[0]) == leaf]
        self._check_leaves([leaf for leaf, _ in agreeing], [row for _, row in agreeing])

    def _expected(self, number: int, rows: Sequence[RawRow]) -> tuple[Sequence[bytes], bytes | None]:
        """Return the hashes that were stored for a block, empty where none was, and the root over them."""
        try:
            tile = self.tiles.read(number)
        except Unreadable:
            tile = None
        if tile is not None:
            self._took(tile[1])
            return tile
        first = number * WIDTH + 1
        self.runs.add("hash", "the hash that was stored for it is missing.", first, first + WIDTH - 1)
        self._took(None)
        leaves = {row[0]: row[4] for row in rows if isinstance(row[4], bytes) and len(row[4]) == HASH_BYTES}
        return [leaves.get(at, b"") for at in range(first, first + WIDTH)], None

    def _took(self, root: bytes | None) -> None:
        try:
            self.tiles.took(root)
        except Unreadable as failure:
            self._broken("tiles", str(failure))

    def _check_leaves(self, own: Sequence[bytes], rows: Sequence[RawRow]) -> None:
        """Compare the hashes in rows with those of entries that are as they were appended."""
        if own == [row[4] for row in rows]:
            return
        for leaf, row in zip(own, rows, strict=True):
            if leaf != row[4]:
                self.runs.add("hash", "the hash in its row is not that of the entry.", row[0])

    def _look(self, rows: Sequence[RawRow]) -> None:
        """Compare the columns beside entries with what they say, and take note of deeds and personal facts."""
        self.report.entries += len(rows)
        committed: dict[int, Mapping[str, Any]] = {}
        for row in self.beside.others(rows):
            told, wrong = self.beside.told(row)
            if wrong is not None:
                self.runs.add("row", wrong, row.sequence)
            kind = told.get("kind", "decision")
            if kind == "decision" and told.get("personal"):
                committed[row.sequence] = told
            elif kind in {"rotation", "erasure"}:
                self._deed(row.sequence, kind, told)
        if rows:
            self.personal.block(rows[-1][0], committed)

    def _deed(self, sequence: int, kind: str, told: Mapping[str, Any]) -> None:
        try:
            if kind == "erasure":
                self.personal.erasure(int(told["erased"]["sequence"]))
                return
            is_vouched = self.keys.introduce(introduction_in(told, sequence))
        except (AttributeError, BadNote, KeyError, OverflowError, TypeError, ValueError):
            self.runs.add("row", f"it tells of no {kind} that could have been done.", sequence)
            return
        if not is_vouched:
            self.report.add("key", f"Entry {sequence} changes the signing key without the old key's word.", sequence)

    # the end

    def _end(self) -> None:
        ending = Ending(self.extent, self.trees, self.alignment, self.judge, self.report, self.runs)
        for difference in ending.differences:
            self._name(difference, ending.size)
        ending.tell_ranges()
        self._packs()
        self._unsigned()
        self._beside_the_end(ending)

    def _unsigned(self) -> None:
        """Tell of entries behind the last checkpoint when they are more than the service leaves there."""
        try:
            found = self.rows.fetch(_LAST_SIZE)[0][0]
        except Unreadable:
            return  # it is told already
        last = found if isinstance(found, int) else 0
        if self.keys.known and self.report.entries - last > _MOST_UNSIGNED:
            says = (
                f"The entries behind {last} are under no checkpoint: some were removed, or the key could not be used."
            )
            self.report.add("unsigned", says, last + 1, self.report.entries)

    def _packs(self) -> None:
        try:
            for digest in altered_packs(self.rows):
                self.report.add("pack", f"The files of the pack {digest!s:.80} are not those that decided.")
            for digest in missing_packs(self.rows, self.beside.packs):
                self.report.add("pack", f"The log does not have the pack {digest}, though entries say that it decided.")
        except Unreadable as failure:
            self._broken("packs", str(failure))

    def _name(self, difference: Edit, size: int) -> None:
        """Tell a difference; where the entries lead to what was signed, it is the stored hashes that are wrong."""
        first, last, now = difference.first, difference.last, difference.now
        proven = self.judge.proven
        if first <= proven and first > 0:
            upto = min(last, proven)
            for_ = _which(first, upto)
            self.report.add("hash", f"The stored hash of {for_} was changed; what stands is as signed.", first, upto)
            if last <= proven:
                return
            now = None if now is None else now + upto + 1 - first
            first = upto + 1
        if difference.kind == "removed" and first > self.trees.furthest:
            cut = "1 is" if first == last else f"{last + 1 - first} are"
            says = f"The log ends after {first - 1} entries, but the tree has {size}: {cut} cut off at the end."
            self.report.add("truncated", says, first, last)
            return
        were = "was" if first == last else "were"
        onwards = "" if first == last else " and onwards"
        told = {
            "changed": f"{were} changed after being appended.",
            "removed": f"{were} removed.",
            "inserted": f"{were} inserted: nothing was appended there like it.",
            "moved": f"{were} moved to place {now}{onwards}.",
        }
        which = _which(first, last)
        self.report.add(difference.kind, f"{which[0].upper()}{which[1:]} {told[difference.kind]}", first, last)

    def _beside_the_end(self, ending: Ending) -> None:
        if not ending.is_bounded and ending.frontier not in {None, self.trees.entries.frontier}:
            self.report.add("hash", "The stored frontier of the tree is not that of the entries.")
        self.judge.beyond(ending.size)
        for name in dict.fromkeys(key.name for key in self.keys.known):
            for key in self.keys.rivals(name):
                says = f"No entry of the log leads to {key.label} from another key, or from it to another."
                self.report.add("key", says)
        try:
            self.tiles.end()
        except Unreadable as failure:
            self._broken("tiles", str(failure))
        try:
            self.personal.end()
        except Unreadable as failure:
            self._broken("personal facts", str(failure))
        self.runs.close()
        self.report.put_last(_CONSEQUENCES)


def _found(rows: Sequence[RawRow], own: Sequence[bytes]) -> list[Found]:
    return [Found(row[0], hash_, row[4]) for row, hash_ in zip(rows, own, strict=True)]


def _which(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"
