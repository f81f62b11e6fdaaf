"""The whole log checked: each entry against the tree, the tree against what was signed. Nothing is mended here.

Three things must agree: the entries as they stand; the hashes that were stored when they were appended; and the roots
in signed checkpoints. Where the entries don't, the stored hashes name those that were touched, as long as they lead to
what was signed; where these were rewritten as well, the checkpoints still bound what was touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any

from sqlalchemy import Connection

from service.audit.checking.alignment import Alignment, Edit
from service.audit.checking.entry_rows import COLUMNS, EntryRows, leaves_of
from service.audit.checking.findings import LogReport, Runs
from service.audit.checking.given import Given
from service.audit.checking.guards import missing_guards
from service.audit.checking.judging import Judge, Side
from service.audit.checking.personal_rows import PersonalRows
from service.audit.checking.raw_rows import LAST, RawRow, RawRows
from service.audit.checking.stored_hashes import StoredHashes
from service.audit.log.entries import introduction_in
from service.audit.log.store import Store
from service.audit.proof.merkle import HASH_BYTES
from service.audit.proof.notes import BadKey, BadNote, Verifier
from service.audit.proof.successions import Succession
from service.audit.storage.tree import WIDTH
from service.pack.pack_folder import digest_of

__all__ = ["verify"]

_MOST_UNSIGNED = 4 * WIDTH - 1  # entries that the service leaves so

_ENTRIES = f"SELECT {COLUMNS} FROM entries "  # noqa: S608 - names from another module
_FROM = _ENTRIES + "WHERE sequence >= ? ORDER BY sequence LIMIT ?"
_BEFORE = _ENTRIES + "WHERE sequence >= ? AND sequence < 1 ORDER BY sequence LIMIT ?"
_SIGNERS = "SELECT key, verifier FROM signers ORDER BY number LIMIT 10000"
_PACKS = "SELECT digest FROM packs ORDER BY digest"
_PACK_FILES = "SELECT path, content FROM pack_files WHERE digest = ?"


def verify(
    store: Store,
    trusted: Sequence[Verifier] = (),
    given: Sequence[Given] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> LogReport:
    """Check all of a log, in one state of it, and return what was found. Memory stays flat, however long it is.

    trusted   public keys that the caller knows to be the log's; none: those that the log itself names
    given     checkpoints that somebody kept; one that the log doesn't continue tells that its past was changed
    progress  called now and then with the number of entries so far
    Raises StoreUnavailable.
    """
    with store.database.reading() as connection:
        return _Check(connection, trusted, given, progress).run()


class _Check:
    def __init__(
        self,
        connection: Connection,
        trusted: Sequence[Verifier],
        given: Sequence[Given],
        progress: Callable[[int], None],
    ) -> None:
        self.progress = progress
        self.report = LogReport(vouched=bool(trusted), given=given)
        self.runs = Runs(self.report)
        self.rows = RawRows(connection, lambda says: self.report.add("guard", says))
        self._check_guards()
        self.keys = Succession(list(trusted) or self._first_signer(), vouched=bool(trusted))
        self.standing, self.known = Side(), Side()
        self.judge = Judge(self.rows, self.keys, self.report, self.standing, self.known)
        self.stored = StoredHashes(self.rows, self.report)
        self.alignment = Alignment()
        self.following = 0  # the first block that was not looked at yet
        self.furthest = 0  # place of the last entry
        self.entry_rows = EntryRows()
        self.personal = PersonalRows(self.rows, self.runs)

    def run(self) -> LogReport:
        self.judge.judge(0)
        with self.rows.reading("entries"):  # what stands before the first place
            for rows in self.rows.keyed(_BEFORE, WIDTH):
                self._look(rows)
                self.alignment.add({}, _standing(rows))
        for number, rows in self._blocks():
            self._pass(number)
            self._block(number, rows)
            if (number + 1) * WIDTH <= self.stored.size:
                self.judge.judge((number + 1) * WIDTH)
            self.progress(self.report.entries)
        self._pass(LAST)
        self._end()
        self.report.believe(self.keys)
        self.report.root = self.standing.frontier.root()
        return self.report

    # what stands beside the entries

    def _check_guards(self) -> None:
        with self.rows.reading("triggers"):
            names = ", ".join(name for name, _ in missing_guards(self.rows))
            if names:
                self.report.add("guard", f"Rows could have been changed: these triggers are missing, or off: {names}.")

    def _first_signer(self) -> list[Verifier]:
        """Return the first key that the log names; what is no key is told."""
        found: list[Verifier] = []
        with self.rows.reading("signers"):
            for key, text in self.rows.fetch(_SIGNERS):
                try:
                    found.append(Verifier.parse(text))
                    is_right = key == found[-1].key_id.hex()
                except (BadKey, TypeError, ValueError):
                    is_right = False
                if not is_right:
                    says = f"The log names a signing key that is none, or not under its id: {text!r:.80}."
                    self.report.add("key", says)
        return found[:1]

    # entries

    def _blocks(self) -> Iterator[tuple[int, Sequence[RawRow]]]:
        """Yield the blocks of places in which entries stand, or for which hashes are stored."""
        with self.rows.reading("entries"):
            rows = chain.from_iterable(self.rows.keyed(_FROM, WIDTH, 1))
            for number, standing in groupby(rows, lambda row: (row[0] - 1) // WIDTH):
                yield from ((empty, ()) for empty in self.stored.blocks(self.following, number))
                yield number, list(standing)
        yield from ((empty, ()) for empty in self.stored.blocks(self.following, LAST))

    def _pass(self, number: int) -> None:
        """Go on to a block; tell of the entries that should stand in those before it, of which nothing is there."""
        first, last = self.following * WIDTH + 1, min(self.stored.size, number * WIDTH)
        if first <= last:
            self.alignment.lose(first, last)
            self.known.is_alive = self.standing.is_alive = False
        self.following = number + 1

    def _block(self, number: int, rows: Sequence[RawRow]) -> None:
        """Take the entries that stand in 256 places, beside the hashes that were stored for these."""
        self._look(rows)
        hashes, root = self._expected(number, rows)
        stored, standing = dict(enumerate(hashes, number * WIDTH + 1)), _standing(rows)
        self.furthest = max([self.furthest, *standing])
        sizes = self.judge.sizes((number + 1) * WIDTH)
        if standing == stored and self.alignment.is_even:
            self.alignment.skip()
            self.standing.grow(hashes, sizes, root)
            self.known.grow(hashes, sizes, root)
        else:
            self.standing.take(standing, sizes)
            self.known.take({place: hash_ for place, hash_ in stored.items() if hash_}, sizes)
            self.alignment.add(stored, standing)
        for place, _, _, _, leaf, _ in rows:
            if leaf != standing[place] and standing[place] == stored.get(place):
                self.runs.add("hash", "the hash in its row is not that of the entry.", place)

    def _expected(self, number: int, rows: Sequence[RawRow]) -> tuple[Sequence[bytes], bytes | None]:
        """Return the hashes that were stored for a block, empty where none was, and the root over them."""
        hashes, root = self.stored.of_block(number)
        if all(hashes):
            return hashes, root
        # Those beside the entries are as good as any others; whether they lead to what was signed is to be seen.
        leaves = {row[0]: row[4] for row in rows if isinstance(row[4], bytes) and len(row[4]) == HASH_BYTES}
        found = []
        for sequence, hash_ in enumerate(hashes, number * WIDTH + 1):
            if not hash_:
                self.runs.add("hash", "the hash that was stored for it is missing.", sequence)
            found.append(hash_ or leaves.get(sequence, b""))
        return found, None

    def _look(self, rows: Sequence[RawRow]) -> None:
        """Compare the columns beside entries with what they say, and take note of deeds and personal facts."""
        self.report.entries += len(rows)
        committed: dict[int, Mapping[str, Any]] = {}
        for sequence, told, wrong in self.entry_rows.told(rows):
            if wrong is not None:
                self.runs.add("row", wrong, sequence)
            kind = told.get("kind")
            if kind == "decision" and told.get("personal"):
                committed[sequence] = told
            elif kind in ("rotation", "erasure"):
                self._deed(sequence, kind, told)
        if rows:
            self.personal.block(rows[-1][0], committed)

    def _deed(self, sequence: int, kind: str, told: Mapping[str, Any]) -> None:
        try:
            if kind == "erasure":
                self.personal.erasure(told["erased"]["sequence"], sequence)
                return
            is_vouched = self.keys.introduce(introduction_in(told, sequence))
        except (BadNote, LookupError, TypeError, ValueError):
            self.runs.add("row", f"it tells of no {kind} that could have been done.", sequence)
            return
        if not is_vouched:
            self.report.add("key", f"Entry {sequence} changes the signing key without the old key's word.", sequence)

    # the end

    def _end(self) -> None:
        self.judge.judge(self.stored.size)
        lost = self._lost()
        for difference in self.alignment.finish():
            self._tell(difference)
        if lost:
            # They are why what was signed later is not led to.
            self.judge.unproven = [size for size in self.judge.unproven if size < lost[0][1]]
        for first, last in sorted({*self.judge.bounds(), *lost}):
            says = f"Entries {first} to {last} don't lead to what was signed, nor do their stored hashes."
            self.report.add("rewritten", says, first, last)
        self._check_packs()
        if not lost and self.stored.frontier not in {None, self.standing.frontier, self.known.frontier}:
            self.report.add("hash", "The stored frontier of the tree is not that of the entries.")
        self.judge.beyond(self.stored.size)
        self._check_unsigned()
        for name in dict.fromkeys(key.name for key in self.keys.known):
            for key in self.keys.rivals(name):
                says = f"No entry of the log leads to {key.label} from another key, or from it to another."
                self.report.add("key", says)
        self.stored.end()
        self.personal.end()
        self.runs.close()
        self.report.put_last("row", "personal", "erased")  # what mostly comes of entries that moved

    def _lost(self) -> list[tuple[int, int]]:
        """Return the ranges that the tree remembers, and that neither entries nor stored hashes lead to.

        Only where what it remembers is what was signed, or nothing of this size was and it agrees with the tiles.
        """
        frontier, size = self.stored.frontier, self.stored.size
        if frontier is None or frontier.root() in {self.standing.roots.get(size), self.known.roots.get(size)}:
            return []
        signed, tiled = self.judge.signed, (size // WIDTH * WIDTH).bit_count()
        agrees = self.known.is_alive and frontier.hashes[:tiled] == self.known.frontier.hashes[:tiled]
        if signed is not None and signed.size == size:
            agrees = signed.root == frontier.root()
        if not agrees:
            return []
        lost, at = [], 0
        for number, hash_ in enumerate(frontier.hashes):
            end = at + (1 << (size - at).bit_length() - 1)
            # A tree that reaches so far begins with the same perfect subtrees, whatever follows.
            sides = (self.standing.frontier, self.known.frontier)
            if not any(tree.size >= end and tree.hashes[number : number + 1] == (hash_,) for tree in sides):
                lost.append((at + 1, end))
            at = end
        return lost

    def _tell(self, difference: Edit) -> None:
        """Tell a difference; where the entries lead to what was signed, it is the stored hashes that are wrong."""
        first, last, now = difference.first, difference.last, difference.now
        proven = self.report.signed
        if 0 < first <= proven:
            upto = min(last, proven)
            for_ = _which(first, upto)
            self.report.add("hash", f"The stored hash of {for_} was changed; what stands is as signed.", first, upto)
            if last <= proven:
                return
            now = None if now is None else now + upto + 1 - first
            first = upto + 1
        if difference.kind == "removed" and first > self.furthest:
            cut = "1 is" if first == last else f"{last + 1 - first} are"
            says = f"The log ends after {first - 1} entries, but the tree has {self.stored.size}"
            self.report.add("truncated", f"{says}: {cut} cut off at the end.", first, last)
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

    def _check_packs(self) -> None:
        """Compare the packs that the log keeps with the digests by which entries name them."""
        with self.rows.reading("packs"):
            kept = [digest for (digest,) in self.rows.fetch(_PACKS)]
            for digest in kept:
                files = self.rows.fetch(_PACK_FILES, digest)
                are_files = all(isinstance(path, str) and isinstance(content, bytes) for path, content in files)
                if not are_files or digest_of(dict(files), {}) != digest:
                    self.report.add("pack", f"The files of the pack {digest!s:.80} are not those that decided.")
            for digest in sorted({pack.digest for pack in self.entry_rows.ends.packs}.difference(kept)):
                self.report.add("pack", f"The log does not have the pack {digest}, though entries say that it decided.")

    def _check_unsigned(self) -> None:
        """Tell of entries behind the last checkpoint when they are more than the service leaves there."""
        last = self.judge.last
        if self.keys.known and self.report.entries - last > _MOST_UNSIGNED:
            says = f"Entries behind {last} are under no checkpoint: some were removed, or the key could not be used."
            self.report.add("unsigned", says, last + 1, self.report.entries)


def _standing(rows: Sequence[RawRow]) -> dict[int, bytes]:
    """Return the leaf hashes of entries as they stand, by their places."""
    return dict(zip([row[0] for row in rows], leaves_of(rows), strict=True))


def _which(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"
