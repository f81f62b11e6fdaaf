"""Two rows of hashes laid side by side: those that entries had, and those that they have. What differs gets a name.

Nothing is read and nothing is hashed here. Only what lies around a difference is held in memory, and no input takes
longer than sorting it would.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeAlias

__all__ = ["Alignment", "Edit", "EditKind", "Found", "condensed"]

EditKind: TypeAlias = Literal["changed", "removed", "inserted", "moved"]

_WINDOW = 1024  # hashes of each side that are looked at together around a difference
_WIDEST = 65_536  # where that many show nothing in common, they are taken for changed
_MOST_NAMED = 10_000

_Expected: TypeAlias = tuple[int, bytes]
"""A sequence, and the hash that was stored for it."""


class Found(NamedTuple):
    """An entry as it stands: its place, the hash of its bytes, and what the row itself says that this is."""

    place: int
    own: bytes
    leaf: object


@dataclass(frozen=True, slots=True)
class Edit:
    """Entries that follow one another, and that are not what they were.

    first, last  where they were appended; of those that were inserted, where they stand now
    now          where the first of those that were moved stands now; the others follow it
    """

    kind: EditKind
    first: int
    last: int
    now: int | None = None


class _Gone(NamedTuple):
    kind: EditKind
    hash: bytes


class Alignment:
    """Takes stored hashes and entries as they stand, both in order, and tells what is different.

    What stands in its own place is settled first. Between such places entries that kept their order are found again by
    their hashes: when a gap is closed behind an entry that was removed, those that moved up are not told of.

    offset  of the entries that were found last: how many places they stand behind those where they were appended
    """

    def __init__(self) -> None:
        self.offset = 0
        self._missing: list[_Expected] = []
        self._surplus: list[Found] = []
        self._tried = 0  # hashes of each side in which nothing in common was found
        # What happened, by sequence and by place, with the hash: what lacks here may turn up there.
        self._gone: dict[int, _Gone] = {}
        self._come: dict[int, _Gone] = {}
        self._beyond: list[Edit] = []  # those for which there was no room
        self._shifts: list[Edit] = []
        # How far entries may have moved up or down since the last offset that was explained.
        self._explained = 0
        self._removed = self._inserted = 0

    @property
    def is_even(self) -> bool:
        """Whether every entry so far stands in its place, or its loss is told, and nothing is held back."""
        return not (self._missing or self._surplus or self.offset)

    def skip(self) -> None:
        """Pass over entries that stand in their places; only while all is even."""
        self._explained = self._removed = self._inserted = 0

    def add(self, expected: Sequence[_Expected], found: Sequence[Found]) -> None:
        """Take further hashes of both sides, of the same range of places; either may be empty."""
        standing = {each.place: each.own for each in found}
        settled = [number for number, hash_ in expected if standing.get(number) == hash_]
        left, right = 0, 0
        for number in settled:
            i, j = _index(expected, number, left), _index(found, number, right)
            if i > left or j > right or self._missing or self._surplus:
                self._hold(expected[left:i], found[right:j])
                self._close()
            if self.offset or self._removed or self._inserted:
                self.matched(number, number)
            left, right = i + 1, j + 1
        self._hold(expected[left:], found[right:])
        while self._advance():
            pass

    def finish(self, behind: int) -> tuple[list[_Expected], list[Found]]:
        """Settle what can be settled, and return what is left at the end: hashes, and entries behind the last match.

        behind  how many entries there should be of which no hash was given
        """
        while len(self._missing) > _WIDEST or (self._missing and len(self._surplus) > _WIDEST):
            if not self._advance():
                break
        pairs = list(self._pairs(self._missing, self._surplus, is_open=True))
        more = len(self._surplus) - len(self._missing) - behind
        # An entry far behind its place has moved alone, unless as many have come as that explains.
        while pairs and pairs[-1][1] - pairs[-1][0] != more and 2 * abs(pairs[-1][1] - pairs[-1][0]) > len(pairs) + 3:
            pairs.pop()
        i, j = self._settle(pairs)
        rest = self._missing[i:], self._surplus[j:]
        self._missing, self._surplus = [], []
        return rest

    def unknown(self) -> list[Found]:
        """Return entries that stand where other ones were appended, and that nothing is known of."""
        gone = Counter(each.hash for each in self._gone.values())
        return [Found(place, each.hash, each.hash) for place, each in self._come.items() if not gone[each.hash]]

    def placed(self, place: int) -> None:
        """Take note that the caller knows what stands in a place."""
        self._come.pop(place, None)

    def lacking(self) -> set[bytes]:
        """Return the hashes of entries that are not where they were appended."""
        return {each.hash for each in self._gone.values()}

    def name(self, expected: Sequence[_Expected], found: Sequence[Found]) -> None:
        """Name what is left over in one place: pairs that stand in it were changed, others are gone, or have come."""
        places = {each.place: each for each in found}
        pairs = {number: places[number + self.offset] for number, _ in expected if number + self.offset in places}
        if not pairs and len(expected) == len(found):
            pairs = {number: each for (number, _), each in zip(expected, found, strict=True)}
        taken = {each.place for each in pairs.values()}
        for number, hash_ in expected:
            self._lose("changed" if number in pairs else "removed", number, hash_)
        for each in found:
            self._gain("changed" if each.place in taken else "inserted", each.place, each.own)

    def differences(self) -> list[Edit]:
        """Return all differences by sequence, those that follow one another as one."""
        come: dict[bytes, list[int]] = defaultdict(list)
        for place, each in sorted(self._come.items(), reverse=True):
            come[each.hash].append(place)
        singles: list[Edit] = []
        arrived: set[int] = set()
        for number, each in sorted(self._gone.items()):
            places = come.get(each.hash, [])
            if places:
                arrived.add(places[-1])
                singles.append(Edit("moved", number, number, places.pop()))
            else:
                singles.append(Edit(each.kind, number, number))
        singles += [
            Edit("inserted", place, place)
            for place, each in self._come.items()
            if each.kind == "inserted" and place not in arrived
        ]
        return condensed([*singles, *self._beyond, *self._shifts])

    def _hold(self, expected: Sequence[_Expected], found: Sequence[Found]) -> None:
        self._missing.extend(expected)
        self._surplus.extend(found)

    def _close(self) -> None:
        """Name all that is held: what follows stands in its own place."""
        i, j = self._settle(self._pairs(self._missing, self._surplus))
        self.name(self._missing[i:], self._surplus[j:])
        self._missing, self._surplus, self._tried = [], [], 0

    def _advance(self) -> bool:
        """Settle what is equal at the front, and name what differs once enough is seen. False: wait for more."""
        missing, surplus = self._missing, self._surplus
        both = min(len(missing), len(surplus))
        same = next((at for at in range(both) if missing[at][1] != surplus[at].own), both)
        if same:
            self._settle([(at, at) for at in range(same)])
            del missing[:same], surplus[:same]
            self._tried = 0
            return True
        if both >= max(_WINDOW, 2 * self._tried):
            return self._look(both)
        if len(surplus) > 2 * _WIDEST >= len(missing):
            # What is at the front may still belong to stored hashes, or behind them.
            self.name((), surplus[_WIDEST:])
            del surplus[_WIDEST:]
            return False
        if len(missing) > 2 * _WIDEST:
            self.name(missing[:_WIDEST], surplus[: min(both, _WIDEST)])
            del missing[:_WIDEST], surplus[: min(both, _WIDEST)]
            return bool(missing)
        return False

    def _look(self, both: int) -> bool:
        pairs = self._pairs(self._missing[:both], self._surplus[:both])
        if pairs:
            i, j = self._settle(pairs)
            del self._missing[:i], self._surplus[:j]
            self._tried = 0
            return True
        self._tried = both
        if both < _WIDEST:
            return False
        self.name(self._missing[:both], self._surplus[:both])
        del self._missing[:both], self._surplus[:both]
        self._tried = 0
        return True

    def _pairs(
        self, missing: Sequence[_Expected], surplus: Sequence[Found], *, is_open: bool = False
    ) -> Sequence[tuple[int, int]]:
        """Return which stored hashes and which entries belong together, in the order of both.

        is_open  further entries follow, of which no hash is known
        """
        both = min(len(missing), len(surplus))
        if not both:
            return ()
        same = [(at, at) for at in range(both) if missing[at][1] == surplus[at].own]
        pairs = _paired(missing, surplus, is_open=is_open)
        stays = [number for number, _ in missing] == [each.place for each in surplus[: len(missing)]]
        if not stays or same == pairs:
            return pairs
        if is_open:
            swapped = {hash_ for _, hash_ in missing} == {each.own for each in surplus[: len(missing)]}
            return same if swapped and len(missing) <= 2 * (len(missing) - len(pairs)) + 1 else pairs
        # Entries that changed places with their neighbours: each is named.
        is_small = len(missing) == len(surplus) <= 2 * (len(missing) - len(pairs)) + 1
        return same if is_small else pairs

    def _settle(self, pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """Name what lies between pairs; return where the part behind the last one begins on each side."""
        i = j = 0
        for i_next, j_next in pairs:
            if i_next > i or j_next > j:
                self.name(self._missing[i:i_next], self._surplus[j:j_next])
            self.matched(self._missing[i_next][0], self._surplus[j_next].place)
            i, j = i_next + 1, j_next + 1
        return i, j

    def count(self, *, removed: int = 0, inserted: int = 0) -> None:
        """Count entries that are told of elsewhere: those behind them may have moved so far up or down."""
        self._removed += removed
        self._inserted += inserted

    def matched(self, number: int, place: int) -> None:
        """Note where an entry was found: a shift that no removal or insertion explains is told, as one of its run."""
        self.offset = place - number
        if not self.offset or -self._removed <= self.offset - self._explained <= self._inserted:
            self._explained = self.offset
            self._removed = self._inserted = 0
            return
        last = self._shifts[-1] if self._shifts else None
        if last and last.last == number - 1 and last.now is not None and last.now - last.first == self.offset:
            self._shifts[-1] = Edit("moved", last.first, number, last.now)
        elif len(self._shifts) < _MOST_NAMED:
            self._shifts.append(Edit("moved", number, number, place))

    def _lose(self, kind: EditKind, number: int, hash_: bytes) -> None:
        self._removed += kind == "removed"
        if len(self._gone) < _MOST_NAMED:
            self._gone[number] = _Gone(kind, hash_)
        else:
            self._overflow(kind, number)

    def _gain(self, kind: EditKind, place: int, hash_: bytes) -> None:
        self._inserted += kind == "inserted"
        if len(self._come) < _MOST_NAMED:
            self._come[place] = _Gone(kind, hash_)
        elif kind == "inserted":
            self._overflow(kind, place)

    def _overflow(self, kind: EditKind, number: int) -> None:
        last = self._beyond[-1] if self._beyond else None
        if last is not None and last.kind == kind and (last.last + 1 == number or len(self._beyond) > _MOST_NAMED):
            self._beyond[-1] = Edit(kind, last.first, max(last.last, number))
        else:
            self._beyond.append(Edit(kind, number, number))


def condensed(differences: Iterable[Edit]) -> list[Edit]:
    """Return differences by sequence, with runs of one kind, and one shift, made one."""
    runs: list[Edit] = []
    for each in sorted(differences, key=lambda each: (each.first, each.kind)):
        last = runs[-1] if runs else None
        if last is not None and _continues(last, each):
            runs[-1] = Edit(last.kind, last.first, each.last, last.now)
        else:
            runs.append(each)
    return runs


def _continues(last: Edit, each: Edit) -> bool:
    if last.kind != each.kind or last.last + 1 != each.first:
        return False
    return last.now is None or each.now is None or each.now - last.now == each.first - last.first


def _index(rows: Sequence[Sequence[Any]], number: int, start: int) -> int:
    """Return where a sequence stands in rows that are sorted by it."""
    return int(bisect_left(rows, number, lo=start, key=lambda row: row[0]))


def _paired(missing: Sequence[_Expected], surplus: Sequence[Found], *, is_open: bool) -> list[tuple[int, int]]:
    """Return the pairs that both beginnings have in common, both ends, and what keeps its order between them."""
    both = min(len(missing), len(surplus))
    head = next((at for at in range(both) if missing[at][1] != surplus[at].own), both)
    rest = 0 if is_open else both - head
    tail = next((at for at in range(rest) if missing[-1 - at][1] != surplus[-1 - at].own), rest)
    i_end, j_end = len(missing) - tail, len(surplus) - tail
    return [
        *((at, at) for at in range(head)),
        *((head + i, head + j) for i, j in _in_order(missing[head:i_end], surplus[head:j_end])),
        *((i_end + at, j_end + at) for at in range(tail)),
    ]


def _in_order(missing: Sequence[_Expected], surplus: Sequence[Found]) -> Iterator[tuple[int, int]]:
    """Yield the longest row of pairs that keep their order, of hashes that each side has once."""
    once_left, once_right = Counter(hash_ for _, hash_ in missing), Counter(each.own for each in surplus)
    at = {each.own: j for j, each in enumerate(surplus)}
    pairs = [(i, at[hash_]) for i, (_, hash_) in enumerate(missing) if once_left[hash_] == 1 and once_right[hash_] == 1]
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(j)
            piles.append(index)
        else:
            tops[pile], piles[pile] = j, index
    chain: list[int] = []
    index = piles[-1] if piles else -1
    while index >= 0:
        chain.append(index)
        index = before[index]
    kept = [pairs[index] for index in reversed(chain)]
    for (i, j), (i_next, j_next) in pairwise([*kept, (len(missing), len(surplus))]):
        yield i, j
        # Equal hashes that stand more than once follow the one before them.
        while (i := i + 1) < i_next and (j := j + 1) < j_next and missing[i][1] == surplus[j].own:
            yield i, j
