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
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Alignment", "Edit", "Placed", "condensed"]

_Kind: TypeAlias = Literal["changed", "removed", "inserted", "moved"]
_Chain: TypeAlias = "tuple[tuple[int, int], _Chain | None]"

_WINDOW = 1024  # hashes of the longer side that are looked at together around a difference
_WIDEST = 65_536  # where that many show nothing in common, they are taken for changed
_MOST_NAMED = 10_000


class Placed(NamedTuple):
    """A hash in its place: that which was stored for an entry, or that of the entry as it stands."""

    place: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Edit:
    """Entries that follow one another, and that are not what they were.

    first, last  where they were appended; of those that were inserted, where they stand now
    now          where the first of those that were moved stands now; the others follow it
    """

    kind: _Kind
    first: int
    last: int
    now: int | None = None


class _Named(NamedTuple):
    kind: _Kind
    hash: bytes


class Alignment:
    """Takes stored hashes and entries as they stand, both in order, and tells what is different.

    What stands in its own place is settled first. Between such places entries that kept their order are found again by
    their hashes: when a gap is closed behind an entry that was removed, those that moved up are not told of.
    """

    def __init__(self) -> None:
        self._missing: list[Placed] = []
        self._surplus: list[Placed] = []
        self._enough = _WINDOW  # hashes of one side, before what they have in common is looked for again
        self._offset = 0  # how many places the entries that were found last stand behind those where they were appended
        # What happened, by sequence and by place, with the hash: what lacks here may turn up there.
        self._gone: dict[int, _Named] = {}
        self._come: dict[int, _Named] = {}
        self._beyond: list[Edit] = []  # those for which there was no room
        self._shifts: list[Edit] = []
        # How far entries may have moved up or down since the last offset that was explained.
        self._explained = 0
        self._removed = self._inserted = 0

    @property
    def is_even(self) -> bool:
        """Whether every entry so far stands in its place, or its loss is told, and nothing is held back."""
        return not (self._missing or self._surplus or self._offset)

    def skip(self) -> None:
        """Pass over entries that stand in their places; only while all is even."""
        self._explained = self._removed = self._inserted = 0

    def add(self, expected: Sequence[Placed], found: Sequence[Placed]) -> None:
        """Take further hashes of both sides, of the same range of places; either may be empty."""
        standing = dict(found)
        settled = [number for number, hash_ in expected if standing.get(number) == hash_]
        left, right = 0, 0
        for number in settled:
            i, j = _index(expected, number, left), _index(found, number, right)
            if i > left or j > right or self._missing or self._surplus:
                self._hold(expected[left:i], found[right:j])
                self._close()
            if self._offset or self._removed or self._inserted:
                self._match(number, number)
            left, right = i + 1, j + 1
        self._hold(expected[left:], found[right:])
        self._advance()

    def lose(self, first: int, last: int) -> None:
        """Take note that entries are gone of which no hash is known."""
        self._beyond.append(Edit("removed", first, last))

    def finish(self) -> list[Edit]:
        """Settle what is held, and return all differences by sequence, those that follow one another as one."""
        self._close()
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

    def _hold(self, expected: Sequence[Placed], found: Sequence[Placed]) -> None:
        self._missing.extend(expected)
        self._surplus.extend(found)

    def _close(self) -> None:
        """Name all that is held: what follows stands in its own place, or nothing does."""
        self._settle(self._pairs())
        self._name(self._missing, self._surplus)
        self._drop(len(self._missing), len(self._surplus))

    def _advance(self) -> None:
        """Settle what is equal at the front, and name what differs once enough is seen; else wait for more."""
        same = _alike(self._missing, self._surplus)
        if same:
            self._settle([(at, at) for at in range(same)])
        seen = max(len(self._missing), len(self._surplus))
        if seen < self._enough:
            return
        pairs = self._pairs()
        if pairs:
            self._settle(pairs)
        elif seen >= _WIDEST:
            self._close()
        else:
            self._enough = 2 * seen

    def _pairs(self) -> Sequence[tuple[int, int]]:
        """Return which stored hashes and which entries of those held belong together, in the order of both."""
        missing, surplus = self._missing, self._surplus
        if not missing or not surplus:
            return ()
        pairs = _paired(missing, surplus)
        if [each.place for each in missing] == [each.place for each in surplus]:
            same = [(at, at) for at in range(len(missing)) if missing[at].hash == surplus[at].hash]
            # Entries that changed places with their neighbours: each is named.
            if len(missing) <= 2 * (len(missing) - len(pairs)) + 1:
                return same
        return pairs

    def _settle(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Name what lies between pairs, and hold only what lies behind the last one."""
        i = j = 0
        for i_next, j_next in pairs:
            if i_next > i or j_next > j:
                self._name(self._missing[i:i_next], self._surplus[j:j_next])
            self._match(self._missing[i_next].place, self._surplus[j_next].place)
            i, j = i_next + 1, j_next + 1
        self._drop(i, j)

    def _drop(self, missing: int, surplus: int) -> None:
        del self._missing[:missing], self._surplus[:surplus]
        self._enough = _WINDOW

    def _name(self, expected: Sequence[Placed], found: Sequence[Placed]) -> None:
        """Name what is left over in one place: pairs that stand in it were changed, others are gone, or have come."""
        places = {each.place: each for each in found}
        pairs = {number: places[number + self._offset] for number, _ in expected if number + self._offset in places}
        if not pairs and len(expected) == len(found):
            pairs = {number: each for (number, _), each in zip(expected, found, strict=True)}
        taken = {each.place for each in pairs.values()}
        self._removed += len(expected) - len(pairs)
        self._inserted += len(found) - len(pairs)
        for number, hash_ in expected:
            self._note(self._gone, "changed" if number in pairs else "removed", number, hash_)
        for place, hash_ in found:
            self._note(self._come, "changed" if place in taken else "inserted", place, hash_)

    def _match(self, number: int, place: int) -> None:
        """Note where an entry was found: a shift that no removal or insertion explains is told, as one of its run."""
        self._offset = place - number
        if not self._offset or -self._removed <= self._offset - self._explained <= self._inserted:
            self._explained = self._offset
            self._removed = self._inserted = 0
            return
        _add(self._shifts, Edit("moved", number, number, place))
        del self._shifts[_MOST_NAMED:]

    def _note(self, noted: dict[int, _Named], kind: _Kind, number: int, hash_: bytes) -> None:
        if len(noted) < _MOST_NAMED:
            noted[number] = _Named(kind, hash_)
        elif noted is self._gone or kind == "inserted":
            last = self._beyond[-1] if self._beyond else None
            if last is not None and last.kind == kind and len(self._beyond) > _MOST_NAMED:
                self._beyond[-1] = Edit(kind, last.first, max(last.last, number))
            else:
                _add(self._beyond, Edit(kind, number, number))


def condensed(differences: Iterable[Edit]) -> list[Edit]:
    """Return differences by sequence, with runs of one kind, and one shift, made one."""
    runs: list[Edit] = []
    for each in sorted(differences, key=lambda each: (each.first, each.kind)):
        _add(runs, each)
    return runs


def _add(runs: list[Edit], each: Edit) -> None:
    """Add a difference to others; one that continues the last of them is one with it."""
    if runs and _continues(runs[-1], each):
        runs[-1] = Edit(each.kind, runs[-1].first, each.last, runs[-1].now)
    else:
        runs.append(each)


def _continues(last: Edit, each: Edit) -> bool:
    if last.kind != each.kind or last.last + 1 != each.first:
        return False
    return last.now is None or each.now is None or each.now - last.now == each.first - last.first


def _index(rows: Sequence[Placed], number: int, start: int) -> int:
    """Return where a sequence stands in rows that are sorted by it."""
    return bisect_left(rows, number, lo=start, key=lambda row: row.place)


def _alike(one: Sequence[Placed], other: Sequence[Placed]) -> int:
    """Return how many hashes, from the first on, two rows have in common."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at].hash != other[at].hash), shorter)


def _paired(missing: Sequence[Placed], surplus: Sequence[Placed]) -> list[tuple[int, int]]:
    """Return the pairs that both beginnings have in common, both ends, and what keeps its order between them."""
    head = _alike(missing, surplus)
    tail = _alike(missing[head:][::-1], surplus[head:][::-1])
    i_end, j_end = len(missing) - tail, len(surplus) - tail
    return [
        *((at, at) for at in range(head)),
        *((head + i, head + j) for i, j in _in_order(missing[head:i_end], surplus[head:j_end])),
        *((i_end + at, j_end + at) for at in range(tail)),
    ]


def _in_order(missing: Sequence[Placed], surplus: Sequence[Placed]) -> Iterator[tuple[int, int]]:
    """Yield the longest row of pairs that keep their order, of hashes that each side has once."""
    once_left, once_right = Counter(each.hash for each in missing), Counter(each.hash for each in surplus)
    at = {each.hash: j for j, each in enumerate(surplus)}
    pairs = [(i, at[hash_]) for i, (_, hash_) in enumerate(missing) if once_left[hash_] == 1 == once_right[hash_]]
    ends: list[int] = []  # of the best chain of each length: where its last pair stands in the surplus
    chains: list[_Chain] = []
    for pair in pairs:
        length = bisect_left(ends, pair[1])
        ends[length : length + 1] = [pair[1]]
        chains[length : length + 1] = [(pair, chains[length - 1] if length else None)]
    kept: list[tuple[int, int]] = []
    chain = chains[-1] if chains else None
    while chain is not None:
        pair, chain = chain
        kept.append(pair)
    kept.reverse()
    for (i, j), (i_next, j_next) in pairwise([*kept, (len(missing), len(surplus))]):
        yield i, j
        # Equal hashes that stand more than once follow the one before them.
        while (i := i + 1) < i_next and (j := j + 1) < j_next and missing[i].hash == surplus[j].hash:
            yield i, j
