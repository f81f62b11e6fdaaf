"""The whole log checked: each entry against the tree, the tree against what was signed. Nothing is mended here.

Three things must agree: the entries as they stand; the hashes that were stored when they were appended; and the roots
in signed checkpoints. Where the entries don't, the stored hashes name those that were touched, as long as they lead to
what was signed; where these were rewritten as well, the checkpoints still bound what was touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection

from service.audit.alignment import Alignment, Difference, Found, condensed
from service.audit.columns_beside import Beside, leaves_of
from service.audit.findings import Finding, Report, Runs
from service.audit.guards import missing_guards
from service.audit.judging import Judge, Side
from service.audit.keyring import Keyring
from service.audit.merkle import HASH_BYTES, Frontier
from service.audit.notes import BadKey, Verifier
from service.audit.pack_rows import altered_packs
from service.audit.personal_rows import PersonalRows
from service.audit.raw_rows import LAST, RawRow, RawRows, Unreadable, require_growing
from service.audit.store import Store
from service.audit.tail import Arrangement, Part, arranged, parts_of
from service.audit.tiles_check import TileCheck
from service.audit.tree import WIDTH

__all__ = ["Finding", "Report", "verify"]

_MOST_UNSIGNED = 2048  # entries; the service signs twice as often

_COLUMNS = "SELECT sequence, id, kind, pack, leaf, body FROM entries "
_BLOCK = _COLUMNS + "WHERE sequence >= ? AND sequence <= ? ORDER BY sequence LIMIT 257"
_BEFORE = _COLUMNS + "WHERE sequence >= ? AND sequence < 1 ORDER BY sequence LIMIT ?"
_NEXT = "SELECT sequence FROM entries WHERE sequence >= ? ORDER BY sequence LIMIT 1"
_COUNT = "SELECT count(*) FROM entries"
_FURTHEST = "SELECT max(sequence) FROM entries"
_SIGNED_BEYOND = "SELECT size FROM checkpoints WHERE size > ? AND size <= ? LIMIT 1"
_TREE = "SELECT id, size, frontier FROM tree LIMIT 2"
_LAST_SIZE = "SELECT max(size) FROM checkpoints"
_SIGNERS = "SELECT key, verifier FROM signers ORDER BY number LIMIT 10000"


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
        return _Check(connection, trusted, progress).run(earlier)


class _Check:
    def __init__(self, connection: Connection, trusted: Sequence[Verifier], progress: Callable[[int], None]) -> None:
        self.rows = RawRows(connection)
        self.progress = progress
        self.report = Report(vouched=bool(trusted))
        self.runs = Runs(self.report)
        self._guards()
        first = self._first_signer()
        self.keys = Keyring(list(trusted) or first, vouched=bool(trusted))
        self.judge = Judge(self.rows, self.keys, self.report, lambda why: self._broken("checkpoints", why))
        self.alignment = Alignment()
        self.entries = Side()
        self.stored = self.entries  # the same tree, until a difference is seen
        self.beside = Beside()
        self.tiles = TileCheck(self.rows, lambda says: self.report.add("hash", says))
        self.personal = PersonalRows(self.rows, self.runs.add, lambda why: self._broken("personal facts", why))
        self.size, self.frontier = self._tree()
        self.full = self._full()
        self.furthest = 0  # place of the last entry
        self.is_bounded = False  # whether the frontier tells what stood behind the last tile
        self.tiled: Frontier | None = Frontier() if not self.full else None  # of the entries before the last tile

    def run(self, earlier: Sequence[str]) -> Report:
        for note in earlier:
            self.judge.give(note)
        self.judge.judge(0, self.entries.roots, self.stored.roots)
        self._before()
        for number, rows in self._blocks():
            self._block(number, rows)
            self.judge.judge(min(number + 1, self.full) * WIDTH, self.entries.roots, self.stored.roots)
            if number == self.full - 1 and self.entries.is_alive:
                self.tiled = self.entries.frontier
            self.progress(self.report.entries)
        self._end()
        self.report.keys = [key.text for key in self.keys.known]
        self.report.root = self.entries.frontier.root()
        return self.report

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

    def _tree(self) -> tuple[int | None, Frontier | None]:
        """Return how many entries there should be, and what the tree remembers; None where its row can't be right."""
        try:
            rows = self.rows.fetch(_TREE)
        except Unreadable as failure:
            self._broken("the tree", str(failure))
            return None, None
        if [row[0] for row in rows] != [1]:
            self.report.add("hash", "The tree has no row, or another than its own.")
        for _, size, blob in (row for row in rows if row[0] == 1):
            try:
                frontier = Frontier.from_bytes(size, blob)
            except (TypeError, ValueError, AttributeError):
                self.report.add("hash", f"The row of the tree can't be right: its size and hashes are {size!r:.40}.")
                return None, None
            return size, frontier
        return None, None

    def _full(self) -> int:
        """Return how many complete tiles there should be."""
        try:
            count = self.tiles.count()
        except Unreadable as failure:
            self._broken("tiles", str(failure))
            count = 0
        self.tile_count = count
        if self.size is not None and self.size // WIDTH < count:
            self.report.add("hash", f"The tree is said to have {self.size} entries, but has {count} tiles of 256.")
            self.size = self.frontier = None
        elif self.size is not None and self._is_outgrown(self.size):
            self.report.add("hash", f"The tree is said to have {self.size} entries, but more stand, and were signed.")
            self.size = self.frontier = None
        return max(count, self._count() // WIDTH) if self.size is None else self.size // WIDTH

    def _is_outgrown(self, size: int) -> bool:
        """Tell whether checkpoints and entries speak against the number of entries that the tree is said to have."""
        try:
            furthest = self.rows.fetch(_FURTHEST)[0][0]
            if not isinstance(furthest, int) or furthest <= size + WIDTH:
                return False
            return bool(self.rows.fetch(_SIGNED_BEYOND, size + WIDTH, self._count()))
        except Unreadable:
            return False  # told when it is read

    def _count(self) -> int:
        """Return how many entries stand in the log."""
        try:
            return int(self.rows.fetch(_COUNT)[0][0])
        except Unreadable as failure:
            self._broken("entries", str(failure))
            return 0

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
                if not rows and number >= self.tile_count:
                    number = self._jump(first)
                    if number < 0:
                        return
                    continue
            except Unreadable as failure:
                self._broken("entries", str(failure))
                rows = []
                if number >= self.tile_count:
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
        first = number * WIDTH + 1
        places = [row[0] for row in rows]
        own = leaves_of(rows)
        self._look(rows)
        if rows:
            self.furthest = places[-1]
        if number >= self.full:
            self.entries.take(places, own, self.judge.sizes(first - 1, first + WIDTH - 1))
            self.alignment.add((), _found(rows, own))
            return
        expected, root = self._expected(number, rows)
        sizes = self.judge.sizes(first - 1, first + WIDTH - 1)
        if own == expected and len(own) == WIDTH == places[-1] - first + 1 and self.alignment.is_even:
            self.alignment.skip()
            self.entries.grow(own, sizes, root)
            if self.stored is not self.entries:
                self.stored.grow(own, sizes, root)
            self._check_leaves(own, rows)
            return
        if self.stored is self.entries:
            self.stored = Side(self.entries.frontier, dict(self.entries.roots), self.entries.is_alive)
        self.entries.take(places, own, sizes)
        self.stored.take([at for at, each in enumerate(expected, first) if each], expected, sizes)
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
            is_vouched = self.keys.introduce(sequence, Verifier.parse(told["next"]), told["introduction"])
        except (AttributeError, BadKey, KeyError, TypeError, ValueError):
            self.runs.add("row", f"it tells of no {kind} that could have been done.", sequence)
            return
        if not is_vouched:
            self.report.add("key", f"Entry {sequence} changes the signing key without the old key's word.", sequence)

    # the end

    def _end(self) -> None:
        begin = self.full * WIDTH
        missing, rest = self.alignment.finish(max((self.size or 0) - begin, 0))
        size = self._settled_size(begin, rest)
        parts = self._parts(begin, size)
        lacking = self.alignment.lacking() | {hash_ for _, hash_ in missing}
        come = [each for each in rest if each.own in lacking]
        kept = [each for each in rest if each.own not in lacking]
        tail = arranged(
            begin=begin,
            size=size,
            parts=parts,
            rows=kept,
            offset=self.alignment.offset,
            strays=self.alignment.unknown(),
        )
        before = kept[: tail.before]
        # Where nothing tells which were inserted, none of them is named.
        spare = before[len(missing) :] if tail.lost else []
        self.alignment.name(missing, [*before[: len(before) - len(spare)], *come])
        self.alignment.count(inserted=len(spare))
        self._judge_tail(begin, size, tail)
        told = self._tail_told(begin, size, tail, {each.place for each in come})
        for difference in condensed([*self.alignment.differences(), *told]):
            self._name(difference, size)
        self._tell_ranges(begin, size, tail, spare)
        self._beside_the_end(size)

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
        except Unreadable as failure:
            self._broken("packs", str(failure))

    def _settled_size(self, begin: int, rest: Sequence[Found]) -> int:
        """Return how many entries there should be; what is signed knows better than the row of the tree."""
        there = self.entries.frontier.size
        if self.size is not None:
            sizes = self.judge.sizes(self.size, there)
            known = [each for each in sizes if self.judge.signed(each) == self.entries.roots.get(each)]
            if not known:
                return self.size
            says = f"The tree is said to have {self.size} entries, but the log was signed with {known[-1]}."
            self.report.add("hash", says)
            self.frontier = None
        return max(there, begin + sum(1 for each in rest if each.place - self.alignment.offset > begin))

    def _parts(self, begin: int, size: int) -> Sequence[Part]:
        """Return what is known of the entries behind the last tile: by the frontier of the tree, or by what is signed.

        The frontier counts when it leads to what is signed, or else when it agrees with the tiles.
        """
        signed = self.judge.signed(size)
        base = self._base(begin)
        if self.frontier is not None:
            tiled = begin.bit_count()
            agrees = base is not None and base.hashes == self.frontier.hashes[:tiled]
            self.is_bounded = agrees if signed is None else signed == self.frontier.root()
            if self.is_bounded:
                return parts_of(begin, size, self.frontier.hashes[tiled:])
        if signed is None or base is None or size == begin:
            return ()
        return [Part(begin, size, lambda hashes: base.extended(hashes).root() == signed)]

    def _base(self, begin: int) -> Frontier | None:
        """Return the tree of the stored hashes before the tail, where all are known."""
        return self.stored.frontier if self.stored.is_alive and self.stored.frontier.size == begin else self.tiled

    def _judge_tail(self, begin: int, size: int, tail: Arrangement) -> None:
        """Compare what was signed over entries behind the last tile, each way in which they may have stood there."""
        sizes = self.judge.sizes(begin, size)
        roots: dict[int, set[bytes]] = {each: set() for each in sizes}
        base = self._base(begin)
        if base is not None:
            own, stored = _rows_of_hashes(begin, tail)
            for hashes in (own, stored):
                side = Side(base)
                side.grow(hashes, sizes)
                for at in sizes:
                    if at in side.roots:
                        roots[at].add(side.roots[at])
        if self.is_bounded and self.frontier is not None and size in roots:
            roots[size].add(self.frontier.root())
        agreeing = {at: signed for at in sizes if (signed := self.judge.signed(at)) in roots[at] and signed}
        self.judge.judge(size, self.entries.roots, agreeing)
        if self.is_bounded:
            lost = min((part.begin for part in tail.lost), default=size)
            self.judge.unproven = [each for each in self.judge.unproven if each <= max(begin, lost)]

    def _tail_told(self, begin: int, size: int, tail: Arrangement, taken: set[int]) -> list[Difference]:
        """Return what happened to entries behind the last tile, as far as each can be named."""
        told: list[Difference] = []
        sound, lost = _numbers(tail.own), _numbers(tail.lost)
        # Where entries can have moved up or down, nobody knows which of them stand in these parts.
        parts = [part for part in tail.lost if not _numbers([part]).isdisjoint(tail.standing)]
        if self._is_certain(begin, size, tail):
            parts = [] if tail.one_of is None else [tail.one_of]
        vague = _numbers(parts)
        excess = sorted((each.place for each in tail.excess), reverse=True)
        before = begin
        for number, each in sorted(tail.standing.items()):
            told += _gap(before, number, taken)
            self.alignment.count(removed=number - before - 1)
            while excess and excess[-1] < each.place:
                self.alignment.count(inserted=1)
                excess.pop()
            before = number
            if number in tail.filled:
                told.append(Difference("moved", number, number, each.place))
                self.alignment.placed(each.place)
            elif number not in lost:
                self.alignment.matched(number, each.place)
            if each.own != each.leaf and number in sound:
                self.runs.add("hash", "the hash in its row is not that of the entry.", number)
            elif each.own != each.leaf and number not in vague:
                told.append(Difference("changed", number, number))
        told += _gap(before, size + 1, taken)
        far = [each.place for each in tail.excess if not tail.lost or not 0 < each.place <= size + len(tail.excess)]
        return [
            *_outside(told, parts, self.furthest),
            *(Difference("inserted", place, place) for place in far),
        ]

    def _is_certain(self, begin: int, size: int, tail: Arrangement) -> bool:
        """Tell whether entries behind the last tile stand where they were appended, but for those that are named."""
        last = max(tail.standing, default=begin)
        is_short = last < size and len(tail.standing) == last - begin
        return not (self.alignment.offset or tail.excess or is_short)

    def _name(self, difference: Difference, size: int) -> None:
        """Tell a difference; where the entries lead to what was signed, it is the stored hashes that are wrong."""
        first, last, now = difference.first, difference.last, difference.now
        proven = self.judge.proven
        if self.frontier is not None and self.entries.frontier == self.frontier and not self.judge.unproven:
            proven = max(proven, size)
        if first <= proven and first > 0:
            upto = min(last, proven)
            for_ = _which(first, upto)
            self.report.add("hash", f"The stored hash of {for_} was changed; what stands is as signed.", first, upto)
            if last <= proven:
                return
            now = None if now is None else now + upto + 1 - first
            first = upto + 1
        if difference.kind == "removed" and first > self.furthest:
            says = f"The log ends after {first - 1} entries, but the tree has {size}: {last + 1 - first} are cut off"
            self.report.add("truncated", f"{says} at the end.", first, last)
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

    def _tell_ranges(self, begin: int, size: int, tail: Arrangement, spare: Sequence[Found]) -> None:
        """Tell what can't be told of single entries."""
        for first, last in self.judge.bounds():
            says = f"Entries {first} to {last} don't lead to what was signed, nor do their stored hashes."
            self.report.add("rewritten", says, first, last)
        if tail.one_of is not None:
            first, last = tail.one_of.begin + 1, tail.one_of.end
            self.report.add("removed", f"One of the entries {first} to {last} was removed.", first, last)
        if self.is_bounded:
            for part in tail.lost:
                numbers = range(part.begin + 1, part.end + 1)
                if part != tail.one_of and any(number in tail.standing for number in numbers):
                    says = (
                        f"Entries {numbers[0]} to {numbers[-1]} don't lead to the tree, nor do the hashes beside them."
                    )
                    self.report.add("rewritten", says, numbers[0], numbers[-1])
        near = [each.place for each in (*spare, *tail.excess) if 0 < each.place <= size + len(tail.excess)]
        if near and tail.lost:
            first, last = min(*near, begin + 1), max(*near, size)
            says = f"The tree has {size} entries: among those in places {first} to {last} some were inserted."
            self.report.add("inserted", says, first, last)

    def _beside_the_end(self, size: int) -> None:
        self._packs()
        self._unsigned()
        if self.frontier is not None and not self.is_bounded and self.entries.frontier != self.frontier:
            self.report.add("hash", "The stored frontier of the tree is not that of the entries.")
        self.judge.beyond(size)
        for key in self.keys.unconnected():
            says = f"No entry of the log leads to {key.label} from another key that was given, or from it to another."
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


def _found(rows: Sequence[RawRow], own: Sequence[bytes]) -> list[Found]:
    return [Found(row[0], hash_, row[4]) for row, hash_ in zip(rows, own, strict=True)]


def _which(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def _numbers(parts: Sequence[Part]) -> set[int]:
    return {number for part in parts for number in range(part.begin + 1, part.end + 1)}


def _outside(told: Sequence[Difference], parts: Sequence[Part], furthest: int) -> Iterator[Difference]:
    """Yield differences without what is said to be removed in some parts, but for what lacks at the end."""
    for each in told:
        if each.kind != "removed" or each.first > furthest:
            yield each
            continue
        first = each.first
        for part in parts:
            if part.end < first or part.begin >= each.last:
                continue
            if first <= part.begin:
                yield Difference("removed", first, part.begin)
            first = part.end + 1
        if first <= each.last:
            yield Difference("removed", first, each.last)


def _gap(before: int, number: int, taken: set[int]) -> list[Difference]:
    """Return what became of the entries between two: where another one stands, the row was changed."""
    if number - before < 2:
        return []
    changed = sorted(place for place in taken if before < place < number)
    edges = [before, *changed, number]
    gone = [Difference("removed", low + 1, high - 1) for low, high in pairwise(edges) if high - low > 1]
    return [*gone, *(Difference("changed", place, place) for place in changed)]


def _rows_of_hashes(begin: int, tail: Arrangement) -> tuple[list[bytes], list[bytes]]:
    """Return the hashes of entries, and the best that is known of those that were stored, up to the first gap."""
    sound = _numbers(tail.own)
    own: list[bytes] = []
    stored: list[bytes] = []
    number = begin + 1
    while number in tail.standing:
        each = tail.standing[number]
        own.append(each.own)
        is_hash = isinstance(each.leaf, bytes) and len(each.leaf) == HASH_BYTES and number not in sound
        stored.append(each.leaf if is_hash else each.own)  # type: ignore[arg-type]
        number += 1
    return own, stored
