"""The entries behind the last complete tile: which of them are which. Of these no tile has the hashes.

Only the frontier of the tree, or a signed root, tells what they were: hashes over 128 entries, 64, 32 and so on. So
what may have happened is tried, and what explains most is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.audit.checking.alignment import Found
from service.audit.proof.merkle import HASH_BYTES, subtree_root

__all__ = ["Arrangement", "TailPart", "arranged", "parts_of"]

_MOST_TRIED = 512  # entries, beyond which they are taken to stand in their places
_MOST_STRAYS = 16


@dataclass(frozen=True, slots=True)
class TailPart:
    """Leaves [begin, end) of which something is known; `holds` tells whether these are their hashes."""

    begin: int
    end: int
    holds: Callable[[Sequence[bytes]], bool]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What stands for what.

    standing  sequence -> the entry that was appended there
    before    how many of the first entries belong before the tail
    excess    entries that were not appended there
    filled    sequences whose entries were found elsewhere
    own       parts that the entries lead to
    stored    parts that the hashes in their rows lead to
    lost      parts that neither does
    """

    standing: Mapping[int, Found]
    before: int
    excess: Sequence[Found]
    filled: frozenset[int] = frozenset()
    own: Sequence[TailPart] = ()
    stored: Sequence[TailPart] = ()
    lost: Sequence[TailPart] = ()
    one_of: TailPart | None = field(default=None)  # one of these entries is gone, and those behind have moved up

    @property
    def score(self) -> int:
        """How many entries are explained."""
        return sum(part.end - part.begin for part in (*self.own, *self.stored))


def parts_of(begin: int, size: int, hashes: Sequence[bytes]) -> list[TailPart]:
    """Return the parts of a tail that the frontier of a tree knows.

    begin   leaves before the tail, a multiple of the largest part
    hashes  of the frontier, those of the tail
    """
    parts: list[TailPart] = []
    for root in hashes:
        width = 1 << (size - begin).bit_length() - 1
        parts.append(TailPart(begin, begin + width, _leads_to(root)))
        begin += width
    return parts


def _leads_to(root: bytes) -> Callable[[Sequence[bytes]], bool]:
    return lambda hashes: subtree_root(hashes) == root


def arranged(  # noqa: PLR0913 - all of it is one question
    *,
    begin: int,
    size: int,
    parts: Sequence[TailPart],
    rows: Sequence[Found],
    offset: int,
    strays: Sequence[Found],
) -> Arrangement:
    """Return what explains most of a tail.

    begin   leaves before it
    size    of the tree
    rows    entries as they stand, in order
    offset  how far the entries before them have moved
    strays  entries that stand elsewhere, and of which nobody knows where they belong
    """
    best: Arrangement | None = None
    for each in _tries(begin, size, parts, rows, offset):
        judged = _judged(each, parts)
        if best is None or judged.score > best.score:
            best = judged
        if not best.lost:
            return best
    assert best is not None  # noqa: S101 - the first try is always made
    return _filled(best, begin, size, parts, [*strays, *rows[: best.before], *best.excess][:_MOST_STRAYS])


def _tries(
    begin: int, size: int, parts: Sequence[TailPart], rows: Sequence[Found], offset: int
) -> Iterator[Arrangement]:
    yield _by_place(begin, size, rows, offset)
    if offset:
        yield _by_place(begin, size, rows, 0)
    wanted = size - begin
    if not parts or len(rows) > _MOST_TRIED or wanted <= 0:
        return
    numbers = range(begin + 1, size + 1)
    if len(rows) >= wanted:
        before = len(rows) - wanted
        yield Arrangement(dict(zip(numbers, rows[before:], strict=True)), before, ())
        yield Arrangement(dict(zip(numbers, rows, strict=False)), 0, rows[wanted:])
    for before in range(2):
        tail = rows[before:]
        if len(tail) == wanted + 1:
            for at, each in enumerate(tail):
                kept = [*tail[:at], *tail[at + 1 :]]
                yield Arrangement(dict(zip(numbers, kept, strict=True)), before, (each,))
        if len(tail) == wanted - 1:
            for part in parts:
                gap = part.begin + 1
                there = [number for number in numbers if number != gap]
                yield Arrangement(dict(zip(there, tail, strict=True)), before, (), one_of=part)


def _by_place(begin: int, size: int, rows: Sequence[Found], offset: int) -> Arrangement:
    before = sum(1 for each in rows if 0 < each.place - offset <= begin)
    standing = {each.place - offset: each for each in rows if begin < each.place - offset <= size}
    excess = [each for each in rows if not 0 < each.place - offset <= size]
    return Arrangement(standing, before, excess)


def _judged(tried: Arrangement, parts: Sequence[TailPart]) -> Arrangement:
    own: list[TailPart] = []
    stored: list[TailPart] = []
    lost: list[TailPart] = []
    for part in parts:
        found = [tried.standing.get(number) for number in range(part.begin + 1, part.end + 1)]
        there = [each for each in found if each is not None]
        leaves = [each.leaf for each in there if isinstance(each.leaf, bytes) and len(each.leaf) == HASH_BYTES]
        if len(there) == len(found) and part.holds([each.own for each in there]):
            own.append(part)
        elif len(leaves) == len(found) and part.holds(leaves):
            stored.append(part)
        else:
            lost.append(part)
    return replace(tried, own=own, stored=stored, lost=lost)


def _filled(
    best: Arrangement, begin: int, size: int, parts: Sequence[TailPart], strays: Sequence[Found]
) -> Arrangement:
    """Return the arrangement with entries from elsewhere where they lead to what is known."""
    empty = [number for number in range(begin + 1, min(size, begin + _MOST_TRIED) + 1) if number not in best.standing]
    if best.one_of is not None:
        return _filled_one(best, parts, strays)
    if not (0 < len(empty) <= _MOST_STRAYS):
        return best
    for stray in strays:
        for number in empty:
            tried = _judged(
                replace(
                    best,
                    standing={**best.standing, number: stray},
                    excess=[each for each in best.excess if each != stray],
                    filled=best.filled | {number},
                ),
                parts,
            )
            if tried.score > best.score:
                best = tried
                empty.remove(number)
                break
    return best


def _filled_one(best: Arrangement, parts: Sequence[TailPart], strays: Sequence[Found]) -> Arrangement:
    """Try every place of the gap that is left when those behind have moved up, and entries from elsewhere in it."""
    assert best.one_of is not None  # noqa: S101 - the caller has looked
    rows = [best.standing[number] for number in sorted(best.standing)]
    numbers = sorted({*best.standing, best.one_of.begin + 1})
    for stray in strays:
        for at in range(best.one_of.begin, best.one_of.end):
            place = at - numbers[0] + 1
            standing = dict(zip(numbers, [*rows[:place], stray, *rows[place:]], strict=True))
            excess = [each for each in best.excess if each != stray]
            tried = _judged(
                replace(best, standing=standing, excess=excess, filled=frozenset({at + 1}), one_of=None), parts
            )
            if tried.score > best.score:
                return tried
    return best
