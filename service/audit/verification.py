"""The whole log checked: each entry against the tree, the tree against what was signed. Nothing is mended here.

Three things must agree: the entries as they stand; the hashes that were stored when they were appended; and the roots
in signed checkpoints. Where the entries don't, the stored hashes name those that were touched, as long as they lead to
what was signed; where these were rewritten as well, the checkpoints still bound what was touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection

from service.audit.alignment import Alignment, Difference
from service.audit.checkpoints import BadCheckpoint, Checkpoint, open_checkpoint
from service.audit.merkle import EMPTY_ROOT, Frontier, leaf_hash, subtree_root
from service.audit.notary import verifiers
from service.audit.notes import BadNote, Verifier, open_note
from service.audit.store import Store
from service.audit.successions import introduced
from service.audit.tree import WIDTH
from service.errors import ClausewiseError
from service.jsontext import Json, parse

__all__ = ["Finding", "Report", "verify"]

_MOST_FINDINGS = 1000
_HASH = 32  # bytes
_TAIL = 1024  # bytes, at the end of a body, in which its policy stands
_OF_DECISION = b',"kind":"decision",'
_WITHOUT_PERSONAL = b'"personal":{},'
_MOST_TAILS = 1024
_LEVELS = 8  # of the tree in a tile

_ROWS = "SELECT sequence, id, kind, pack, leaf, body FROM entries WHERE sequence > {} ORDER BY sequence LIMIT {}"
_TILE = "SELECT root, hashes FROM tiles WHERE level = 0 AND number = {}"
_NOTES = "SELECT size, note FROM checkpoints WHERE size > {} AND size <= {} ORDER BY size"
_NOTES_BEYOND = "SELECT size, note FROM checkpoints WHERE size > {} ORDER BY size LIMIT 1000"
_TREE = "SELECT size, frontier FROM tree"
_PLACES = "SELECT sequence FROM entries WHERE sequence >= {} ORDER BY sequence"
_LOST = (
    "SELECT f.sequence FROM personal_facts f LEFT JOIN personal_keys k ON k.sequence = f.sequence "
    "WHERE k.sequence IS NULL ORDER BY f.sequence"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a log.

    code   `changed`, `removed`, `inserted`, `moved`: what happened to an entry; `truncated`: entries are cut off at the
           end; `rewritten`: entries don't lead to what was signed, and no stored hash tells which; `hash`: a stored
           hash was changed, the entry is as it was signed; `row`: the columns beside an entry don't say what the entry
           does; `checkpoint`: a checkpoint is wrong itself; `key`: the signing key changed without the old key's word;
           `erased`: personal facts are gone and no entry tells of it
    says   a sentence
    first  the first entry that is meant, where there is one
    last   the last one
    """

    code: str
    says: str
    first: int | None = None
    last: int | None = None

    def as_json(self) -> Json:
        """Return it as an element of the report."""
        return {"code": self.code, "says": self.says, "first": self.first, "last": self.last}


@dataclass(slots=True)
class Report:
    """What a check of a log found.

    entries      that stand in it
    checkpoints  that were checked and hold
    signed       entries that the largest of these covers
    root         of the log as it stands
    findings     at most a thousand
    more         findings beyond
    keys         public keys whose signatures were believed
    vouched      whether the caller named these keys; else they are what the log itself says
    """

    entries: int = 0
    checkpoints: int = 0
    signed: int = 0
    root: bytes = b""
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    keys: list[str] = field(default_factory=list)
    vouched: bool = False

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def add(self, code: str, says: str, first: int | None = None, last: int | None = None) -> None:
        """Note a finding."""
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(code, says, first, first if last is None else last))
        else:
            self.more += 1


def verify(
    store: Store,
    trusted: Sequence[Verifier] = (),
    earlier: Sequence[str] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Check all of a log, in one state of it, and return what was found. Memory stays flat, however long it is.

    trusted   public keys that the caller knows to be the log's; none: those that the log itself names
    earlier   signed checkpoints that somebody kept; one that the log can't continue tells that its past was changed
    progress  called now and then with the number of entries so far
    Raises StoreUnavailable.
    """
    with store.database.reading() as connection:
        return _Check(connection, trusted, earlier, progress).run()


class _Row(NamedTuple):
    sequence: int
    id: str
    kind: str
    pack: str | None
    leaf: bytes
    body: bytes


@dataclass(slots=True)
class _Side:
    """A tree that is built from one of the two rows of hashes; `roots` has what it was at each size that was signed."""

    frontier: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)

    def grow(self, hashes: Sequence[bytes], sizes: Sequence[int], root: bytes | None = None) -> None:
        """Take further hashes, and note the root at each of the sizes that they pass.

        root  over these hashes, where they are those of a whole tile
        """
        start = self.frontier.size
        if root is not None and start % WIDTH == 0 and not any(start < size < start + WIDTH for size in sizes):
            self.frontier = self.frontier.with_subtree(_LEVELS, root)
            if self.frontier.size in sizes:
                self.roots[self.frontier.size] = self.frontier.root()
            return
        for size in sizes:
            if not start < size <= start + len(hashes):
                continue
            self.frontier = self.frontier.extended(hashes[self.frontier.size - start : size - start])
            self.roots[size] = self.frontier.root()
        self.frontier = self.frontier.extended(hashes[self.frontier.size - start :])


def _leaves(rows: Sequence[_Row]) -> list[bytes]:
    """Return the leaf hashes of the bodies as they stand. `leaf_hash` is written out: a call for each costs a tenth."""
    try:
        return [sha256(b"\x00" + row[5]).digest() for row in rows]
    except TypeError:  # SQLite keeps whatever type it was given last
        return [leaf_hash(row[5] if isinstance(row[5], bytes) else repr(row[5]).encode()) for row in rows]


def _end(rows: Sequence[_Row], tail: bytes) -> bool:
    """Tell whether every body ends with the id in its row and with `tail`."""
    try:
        return all(row[5].endswith(row[1].encode() + tail) for row in rows)
    except (AttributeError, TypeError, ValueError):
        return False


class _Check:
    def __init__(
        self,
        connection: Connection,
        trusted: Sequence[Verifier],
        earlier: Sequence[str],
        progress: Callable[[int], None],
    ) -> None:
        self.cursor: Any = connection.connection.cursor()
        self.progress = progress
        self.report = Report(vouched=bool(trusted))
        self.known = list(trusted) or verifiers(connection)[:1]
        self.earlier = list(earlier)
        self.alignment = Alignment()
        self.entries = _Side()
        self.stored = self.entries  # the same tree, until a difference is seen
        # By size, those that are still to be judged, each with whether somebody kept it.
        self.notes: dict[int, list[tuple[str, bool]]] = {}
        self.waiting: list[_Row] = []  # rows that the alignment holds, and those behind the last tile
        self.tiles = 0
        self.noted = -1  # checkpoints up to this size were taken
        self.erased: set[int] = set()
        self.tails: dict[str | None, bytes] = {}  # by pack, how its entries end behind the id

    def run(self) -> Report:
        self._read_earlier()
        self._notes(-1, 0)
        self._judge()
        for number, rows in enumerate(self._blocks()):
            self._block(number, rows)
            self._judge()
            self.progress(self.report.entries)
        self._end()
        self.report.keys = [key.text for key in self.known]
        self.report.root = self.entries.frontier.root()
        return self.report

    # reading

    def _blocks(self) -> Iterator[Sequence[_Row]]:
        last = 0
        while rows := self._rows(_ROWS, last, WIDTH):
            yield rows
            last = rows[-1][0]

    def _rows(self, query: str, *numbers: int) -> list[Any]:
        """Return the rows of a query, as the driver has them: through SQLAlchemy they cost as much as the hashing."""
        self.cursor.execute(query.format(*numbers))
        return self.cursor.fetchall()  # type: ignore[no-any-return]

    def _read_earlier(self) -> None:
        for note in self.earlier:
            try:
                opened = Checkpoint.parse(open_note(note, self.known).text)
            except (BadNote, BadCheckpoint):
                # It may be signed by a later key of the log, which is not known yet.
                try:
                    opened = Checkpoint.parse(note.partition("\n\n")[0] + "\n")
                except BadCheckpoint as wrong:
                    self.report.add("checkpoint", f"A checkpoint that was given can't be read: {wrong}")
                    continue
            self.notes.setdefault(opened.size, []).append((note, True))

    def _notes(self, after: int, last: int) -> list[int]:
        """Take the checkpoints of sizes in a range, each once, and return the sizes; those that were given included."""
        if last > self.noted:
            for size, note in self._rows(_NOTES, self.noted, last):
                self.notes.setdefault(size, []).append((note, False))
            self.noted = last
        return sorted(size for size in self.notes if after < size <= last)

    # entries

    def _block(self, number: int, rows: Sequence[_Row]) -> None:
        """Take the next 256 entries as they stand, beside the hashes that were stored for this block."""
        places = [row[0] for row in rows]
        found = _leaves(rows)
        start = self.entries.frontier.size
        expected, root = self._expected(number, rows)
        self.report.entries += len(rows)
        self._check_rows(rows)
        sizes = self._notes(start, start + len(rows))
        in_place = places == list(range(start + 1, start + len(rows) + 1))
        if self.alignment.is_even and in_place and found == expected:
            self.alignment.skip(len(rows))
            self.entries.grow(found, sizes, root)
            self._check_leaves(found, rows)
            return
        self._fork()
        self.entries.grow(found, sizes)
        self.waiting.extend(map(_Row._make, rows))
        self._align(expected, found, places)

    def _fork(self) -> None:
        """Let the stored hashes have a tree of their own from here on."""
        if self.stored is self.entries:
            self.stored = _Side(self.entries.frontier, dict(self.entries.roots))

    def _align(self, expected: Sequence[bytes], found: Sequence[bytes], places: Sequence[int]) -> None:
        start = self.stored.frontier.size
        self.stored.grow(expected, self._notes(start, start + len(expected)))
        self.alignment.add(expected, found, places)
        self.waiting = self.waiting[len(self.waiting) - self.alignment.held :]

    def _expected(self, number: int, rows: Sequence[_Row]) -> tuple[Sequence[bytes], bytes | None]:
        """Return the hashes that were stored for a block, none for one that is not complete, and the root over them."""
        tiles = self._rows(_TILE, number)
        if not tiles:
            if not (self.alignment.is_even and len(rows) == WIDTH):
                return (), None
            first = number * WIDTH + 1
            says = f"The stored hashes of entries {first} to {first + WIDTH - 1} are missing."
            self.report.add("hash", says, first, first + WIDTH - 1)
            self.tiles += 1
            return [row[4] for row in rows], None
        stored, blob = tiles[0]
        hashes = [blob[at : at + _HASH] for at in range(0, len(blob), _HASH)]
        self.tiles += 1
        root = subtree_root(hashes) if len(hashes) == WIDTH else None
        if root is None or root != stored:
            self.report.add("hash", f"The stored root of tile {number} is not that of its hashes.")
        return hashes, root

    def _check_leaves(self, found: Sequence[bytes], rows: Sequence[_Row]) -> None:
        """Compare the hashes in rows with those of entries that are as they were appended."""
        if found == [row[4] for row in rows]:
            return
        for leaf, row in zip(found, rows, strict=True):
            if leaf != row[4]:
                self.report.add("hash", f"The hash in the row of entry {row[0]} is not that of the entry.", row[0])

    def _check_rows(self, rows: Sequence[_Row]) -> None:
        """Compare the columns beside each entry with what it says, and take note of deeds."""
        # Nearly all entries of a pack end alike, but for the id: to look for it would cost as much as to hash them.
        kinds, packs = {row[2] for row in rows}, {row[3] for row in rows}
        tail = self.tails.get(next(iter(packs))) if kinds == {"decision"} and len(packs) == 1 else None
        if tail is not None and _end(rows, tail):
            return
        for row in rows:
            self._check_row(_Row._make(row))

    def _check_row(self, row: _Row) -> None:
        try:
            is_told = b'"id":"%b",' % row.id.encode() in row.body
            is_told &= row.pack is None or row.pack.encode() in row.body[-_TAIL:]
        except (AttributeError, TypeError, ValueError):
            is_told = False
        if not is_told:
            says = f"The row of entry {row.sequence} says another id or pack than the entry."
            self.report.add("row", says, row.sequence)
        elif row.kind != "decision":
            self._check_deed(row.sequence, row.kind, row.body)
        elif b'"kind":"' in row.body and _OF_DECISION not in row.body[-_TAIL:]:
            says = f"The row of entry {row.sequence} says another kind than the entry."
            self.report.add("row", says, row.sequence)
        elif row.pack is not None and len(self.tails) < _MOST_TAILS:
            _, end, policy = row.body.rpartition(_OF_DECISION)
            if end and policy.startswith(_WITHOUT_PERSONAL):
                self.tails.setdefault(row.pack, b'"' + end + policy)

    def _check_deed(self, sequence: int, kind: str, body: bytes) -> None:
        """Take note of what an entry other than a decision tells; its row must say the same kind."""
        try:
            told: Any = parse(body)
            if told["kind"] != kind:
                raise ValueError(kind)  # noqa: TRY301 - as any other way to be wrong
            if kind == "rotation":
                self._introduce(sequence, Verifier.parse(told["next"]), str(told["introduction"]))
            elif kind == "erasure":
                self.erased.add(told["erased"]["sequence"])
        except (ClausewiseError, KeyError, TypeError, ValueError):
            self.report.add("row", f"The row of entry {sequence} says another kind than the entry.", sequence)

    # checkpoints

    def _judge(self) -> None:
        """Compare what was signed with both trees, as far as they have grown."""
        done = min(self.entries.frontier.size, self.stored.frontier.size)
        for size in sorted(size for size in self.notes if size <= done):
            roots = [side.roots.pop(size, b"") for side in (self.entries, self.stored)]
            for note, was_kept in self.notes.pop(size):
                self._judge_note(size, note, was_kept, *roots)

    def _judge_note(self, size: int, note: str, was_kept: bool, root: bytes, stored: bytes) -> None:
        checkpoint = self._opened(size, note, was_kept)
        if checkpoint is None:
            return
        root = root if size else EMPTY_ROOT
        if checkpoint.size != size:
            self.report.add("checkpoint", f"The checkpoint of {size} entries was signed for {checkpoint.size}.")
        elif checkpoint.root == root:
            self.report.checkpoints += 1
            self.report.signed = max(self.report.signed, size)
        elif stored != checkpoint.root:
            whose = "a checkpoint that was kept" if was_kept else "the checkpoint"
            first = self.report.signed + 1
            says = f"Entries {first} to {size} don't lead to {whose} of {size} entries, nor do their stored hashes."
            self.report.add("rewritten", says, first, size)
        else:
            self.report.checkpoints += 1  # it holds for what was stored; the alignment names what was touched since

    def _opened(self, size: int, note: str, was_kept: bool) -> Checkpoint | None:
        """Return what a known key has signed; a key that was introduced in the log under an older one is known then."""
        whose = "A checkpoint that was given" if was_kept else f"The checkpoint of {size} entries"
        try:
            return open_checkpoint(note, self.known)
        except (BadNote, BadCheckpoint) as wrong:
            self.report.add("checkpoint", f"{whose} can't be believed: {wrong}")
            return None

    def _introduce(self, sequence: int, verifier: Verifier, note: str) -> None:
        """Know a new key, when the old one signed for it."""
        if verifier in self.known:
            return
        try:
            is_vouched = introduced(note, self.known) == verifier
        except BadNote:
            is_vouched = False
        if not is_vouched:
            self.report.add("key", f"Entry {sequence} changes the signing key without the old key's word.", sequence)
        if is_vouched or not self.report.vouched:
            self.known.append(verifier)

    # the end

    def _end(self) -> None:
        number = self.tiles
        while expected := self._expected(number, ())[0]:
            self._fork()
            self._align(expected, (), ())
            number += 1
        named = [] if self.stored is self.entries else self.alignment.finish()
        if self.stored is not self.entries:
            named += self._tail()
        self._judge()
        for difference in named:
            self._name(difference)
        self._count()
        self._cut_off()
        for (sequence,) in self._rows(_LOST):
            if sequence not in self.erased:
                says = f"The personal facts of entry {sequence} are gone, and no entry tells of an erasure."
                self.report.add("erased", says, sequence)

    def _tail(self) -> list[Difference]:
        """Take the entries behind the last tile: of these only the hashes in their rows were stored."""
        rows = self.waiting[len(self.waiting) - self.alignment.held :]
        start = self.stored.frontier.size
        self.stored.grow([row.leaf for row in rows], self._notes(start, start + len(rows)))
        return [
            Difference("changed", sequence)
            for sequence, row in enumerate(rows, start=start + 1)
            if leaf_hash(row.body) != row.leaf
        ]

    def _name(self, difference: Difference) -> None:
        sequence, now = difference.sequence, difference.now
        if difference.kind == "changed" and sequence <= self.report.signed:
            says = f"The stored hash of entry {sequence} was changed; the entry is as it was signed."
            self.report.add("hash", says, sequence)
            return
        told = {
            "changed": f"Entry {sequence} was changed after it was appended.",
            "removed": f"Entry {sequence} was removed.",
            "inserted": f"Entry {sequence} was inserted: it was not appended there.",
            "moved": f"Entry {sequence} was moved to place {now}.",
        }
        self.report.add(difference.kind, told[difference.kind], sequence)

    def _count(self) -> None:
        """Compare how many entries there should be with how many there are; a gap in the tail has a name."""
        size, hashes = next(iter(self._rows(_TREE)), (0, b""))
        there = self.stored.frontier.size
        gaps = self._gaps(size)
        for sequence in gaps:
            self.report.add("removed", f"Entry {sequence} was removed.", sequence)
        if there + len(gaps) < size:
            self.report.add("truncated", self._missing(there, size, "the tree has"), there + 1, size)
        elif there > size:
            says = f"The tree has {size} entries, but {there} stand in the log: among entries {self.tiles * WIDTH + 1} "
            says += f"to {there} some were inserted."
            self.report.add("inserted", says, self.tiles * WIDTH + 1, there)
        elif there == size and hashes != self.stored.frontier.to_bytes():
            self.report.add("hash", "The stored frontier of the tree is not that of the entries.")

    def _gaps(self, size: int) -> list[int]:
        """Return the places behind the last tile at which no entry stands, though a later one does."""
        first = self.tiles * WIDTH + 1
        found = [sequence for (sequence,) in self._rows(_PLACES, first)]
        if not found or self.stored.frontier.size >= size:
            return []
        return sorted({*range(first, found[-1])} - {*found})

    def _cut_off(self) -> None:
        """Tell of checkpoints over more entries than there are."""
        count = max(self.entries.frontier.size, self.stored.frontier.size)
        for size, note in self._rows(_NOTES_BEYOND, max(count, self.noted)):
            self.notes.setdefault(size, []).append((note, False))
        for size in sorted(self.notes):
            for note, was_kept in self.notes.pop(size):
                if self._opened(size, note, was_kept) is None:
                    continue
                what = "a checkpoint that was kept has" if was_kept else "a checkpoint has"
                self.report.add("truncated", self._missing(count, size, what), count + 1, size)

    @staticmethod
    def _missing(count: int, size: int, what: str) -> str:
        return f"The log ends after {count} entries, but {what} {size}: {size - count} are cut off at the end."
