"""The end of a log: what became of each entry behind the last tile, as far as that can be told.

How it may have stood there is tried in `tail.py`. Here it is compared with what is known: the frontier of the tree, the
hashes before it, and what was signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.audit.checking.alignment import Alignment, Edit, Found, condensed
from service.audit.checking.extent import Extent
from service.audit.checking.findings import LogReport, Runs
from service.audit.checking.judging import Judge, Side
from service.audit.checking.tail import Arrangement, TailPart, arranged, parts_of
from service.audit.proof.merkle import HASH_BYTES, Frontier

__all__ = ["Ending", "Trees"]


@dataclass(slots=True)
class Trees:
    """What was read of a log.

    entries   the tree of the entries as they stand
    stored    that of the hashes which were stored for them
    tiled     that of the entries before the last tile's end, where it is known
    furthest  place of the last entry
    """

    entries: Side
    stored: Side
    tiled: Frontier | None = None
    furthest: int = 0


class Ending:
    """What became of the entries at the end, once all are read.

    size         entries that there should be
    frontier     what the tree remembers of them; None where nothing is to be believed of it
    is_bounded   whether it tells what stood behind the last tile
    differences  of the whole log, by sequence
    """

    def __init__(  # noqa: PLR0913, PLR0917 - all that was read, and where it is told
        self, extent: Extent, trees: Trees, alignment: Alignment, judge: Judge, report: LogReport, runs: Runs
    ) -> None:
        self._trees, self._alignment, self._judge, self._report, self._runs = trees, alignment, judge, report, runs
        self._begin = begin = extent.tiled
        self.frontier = extent.frontier
        self.is_bounded = False
        missing, rest = alignment.finish(max((extent.size or 0) - begin, 0))
        self.size = size = self._settled_size(extent.size, rest)
        parts = self._parts()
        self._unled = list(self._parts_before()) if self.is_bounded else []
        lacking = alignment.lacking() | {hash_ for _, hash_ in missing}
        come = [each for each in rest if each.own in lacking]
        kept = [each for each in rest if each.own not in lacking]
        self._tail = tail = arranged(
            begin=begin, size=size, parts=parts, rows=kept, offset=alignment.offset, strays=alignment.unknown()
        )
        before = kept[: tail.before]
        # Where nothing tells which were inserted, none of them is named.
        self._spare = spare = before[len(missing) :] if tail.lost else []
        alignment.name(missing, [*before[: len(before) - len(spare)], *come])
        alignment.count(inserted=len(spare))
        self._judge_tail()
        told = self._told({each.place for each in come})
        self.differences = condensed([*alignment.differences(), *told])

    def tell_ranges(self) -> None:
        """Tell what can't be told of single entries."""
        tail, tell = self._tail, self._report.add
        for first, last in sorted({*self._judge.bounds(), *self._unled}):
            says = f"Entries {first} to {last} don't lead to what was signed, nor do their stored hashes."
            tell("rewritten", says, first, last)
        if tail.one_of is not None:
            first, last = tail.one_of.begin + 1, tail.one_of.end
            tell("removed", f"One of the entries {first} to {last} was removed.", first, last)
        for part in tail.lost if self.is_bounded else ():
            first, last = part.begin + 1, part.end
            if part != tail.one_of and not _numbers([part]).isdisjoint(tail.standing):
                says = f"Entries {first} to {last} don't lead to the tree, nor do the hashes beside them."
                tell("rewritten", says, first, last)
        near = [each.place for each in (*self._spare, *tail.excess) if 0 < each.place <= self.size + len(tail.excess)]
        if near and tail.lost:
            first, last = min(*near, self._begin + 1), max(*near, self.size)
            says = f"The tree has {self.size} entries: among those in places {first} to {last} some were inserted."
            tell("inserted", says, first, last)

    def _settled_size(self, said: int | None, rest: Sequence[Found]) -> int:
        """Return how many entries there should be; what is signed knows better than the row of the tree."""
        there = self._trees.entries.frontier.size
        if said is not None:
            sizes = self._judge.sizes(said, there)
            known = [each for each in sizes if self._judge.signed(each) == self._trees.entries.roots.get(each)]
            if not known:
                return said
            says = f"The tree is said to have {said} entries, but the log was signed with {known[-1]}."
            self._report.add("hash", says)
            self.frontier = None
        behind = sum(1 for each in rest if each.place - self._alignment.offset > self._begin)
        return max(there, self._begin + behind)

    def _parts(self) -> Sequence[TailPart]:
        """Return what is known of the entries behind the last tile: by the frontier of the tree, or by what is signed.

        The frontier counts when it leads to what is signed, or else when it agrees with the tiles.
        """
        begin, size = self._begin, self.size
        signed = self._judge.signed(size)
        base = self._base()
        if self.frontier is not None:
            tiled = begin.bit_count()
            agrees = base is not None and base.hashes == self.frontier.hashes[:tiled]
            self.is_bounded = agrees if signed is None else signed == self.frontier.root()
            if self.is_bounded:
                return parts_of(begin, size, self.frontier.hashes[tiled:])
        if signed is None or base is None or size == begin:
            return ()
        return [TailPart(begin, size, lambda hashes: base.extended(hashes).root() == signed)]

    def _parts_before(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges before the tail that the frontier knows, and that neither entries nor stored hashes lead to.

        The frontier is what was signed then, or agrees with the tiles: they can't both be wrong unseen.
        """
        assert self.frontier is not None  # noqa: S101 - it bounds the tail
        trees = self._trees.entries.frontier, self._trees.stored.frontier
        at = 0
        for number, hash_ in enumerate(self.frontier.hashes[: self._begin.bit_count()]):
            end = at + (1 << (self._begin - at).bit_length() - 1)
            # A tree that reaches so far begins with the same perfect subtrees, whatever follows.
            if not any(tree.size >= end and tree.hashes[number] == hash_ for tree in trees):
                yield at + 1, end
            at = end

    def _base(self) -> Frontier | None:
        """Return the tree of the stored hashes before the tail, where all are known."""
        stored = self._trees.stored
        return stored.frontier if stored.is_alive and stored.frontier.size == self._begin else self._trees.tiled

    def _judge_tail(self) -> None:
        """Compare what was signed over entries behind the last tile, each way in which they may have stood there."""
        size, tail = self.size, self._tail
        sizes = self._judge.sizes(self._begin, size)
        roots: dict[int, set[bytes]] = {each: set() for each in sizes}
        base = self._base()
        if base is not None:
            for hashes in _rows_of_hashes(self._begin, tail):
                side = Side(base)
                side.grow(hashes, sizes)
                for at in sizes:
                    if at in side.roots:
                        roots[at].add(side.roots[at])
        if self.is_bounded and not self._unled and self.frontier is not None and size in roots:
            roots[size].add(self.frontier.root())
        agreeing = {at: signed for at in sizes if (signed := self._judge.signed(at)) in roots[at] and signed}
        self._judge.judge(size, self._trees.entries.roots, agreeing)
        if self.is_bounded:
            # What is told of the parts before the tail, or of those in it, is why these don't lead to what was signed.
            lost = self._begin if self._unled else min((part.begin for part in tail.lost), default=size)
            self._judge.unproven = [each for each in self._judge.unproven if each <= max(self._begin, lost)]

    def _told(self, taken: set[int]) -> list[Edit]:
        """Return what happened to entries behind the last tile, as far as each can be named.

        taken  places where an entry stands that was appended before the tail
        """
        size, tail, alignment = self.size, self._tail, self._alignment
        told: list[Edit] = []
        sound, lost = _numbers(tail.own), _numbers(tail.lost)
        # Where entries can have moved up or down, nobody knows which of them stand in these parts.
        parts = [part for part in tail.lost if not _numbers([part]).isdisjoint(tail.standing)]
        if self._is_certain():
            parts = [] if tail.one_of is None else [tail.one_of]
        vague = _numbers(parts)
        excess = sorted((each.place for each in tail.excess), reverse=True)
        before = self._begin
        for number, each in sorted(tail.standing.items()):
            told += _gap(before, number, taken)
            alignment.count(removed=number - before - 1)
            while excess and excess[-1] < each.place:
                alignment.count(inserted=1)
                excess.pop()
            before = number
            if number in tail.filled:
                told.append(Edit("moved", number, number, each.place))
                alignment.placed(each.place)
            elif number not in lost:
                alignment.matched(number, each.place)
            if each.own != each.leaf and number in sound:
                self._runs.add("hash", "the hash in its row is not that of the entry.", number)
            elif each.own != each.leaf and number not in vague:
                told.append(Edit("changed", number, number))
        told += _gap(before, size + 1, taken)
        far = [each.place for each in tail.excess if not tail.lost or not 0 < each.place <= size + len(tail.excess)]
        return [
            *_outside(told, parts, self._trees.furthest),
            *(Edit("inserted", place, place) for place in far),
        ]

    def _is_certain(self) -> bool:
        """Tell whether entries behind the last tile stand where they were appended, but for those that are named."""
        last = max(self._tail.standing, default=self._begin)
        is_short = last < self.size and len(self._tail.standing) == last - self._begin
        return not (self._alignment.offset or self._tail.excess or is_short)


def _numbers(parts: Sequence[TailPart]) -> set[int]:
    return {number for part in parts for number in range(part.begin + 1, part.end + 1)}


def _outside(told: Sequence[Edit], parts: Sequence[TailPart], furthest: int) -> Iterator[Edit]:
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
                yield Edit("removed", first, part.begin)
            first = part.end + 1
        if first <= each.last:
            yield Edit("removed", first, each.last)


def _gap(before: int, number: int, taken: set[int]) -> list[Edit]:
    """Return what became of the entries between two: where another one stands, the row was changed."""
    if number - before < 2:
        return []
    changed = sorted(place for place in taken if before < place < number)
    edges = [before, *changed, number]
    gone = [Edit("removed", low + 1, high - 1) for low, high in pairwise(edges) if high - low > 1]
    return [*gone, *(Edit("changed", place, place) for place in changed)]


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
