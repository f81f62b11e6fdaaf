"""Two rows of hashes laid side by side: those that entries had, and those that they have. What differs gets a name.

Nothing is read and nothing is hashed here. Only what lies around a difference is held in memory, and no input takes
longer than sorting it would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Alignment", "Edit", "condensed"]

_Kind: TypeAlias = Literal["changed", "removed", "inserted", "moved"]
_Named: TypeAlias = dict[int, tuple[_Kind, bytes]]

_WINDOW = 1024  # hashes of the longer side that are looked at together around a difference
_WIDEST = 65_536  # where that many show nothing in common, they are taken for changed
_MOST_NAMED = 10_000


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


class _Placed(NamedTuple):
    """A hash in its place: that which was stored for an entry, or that of the entry as it stands."""

    place: int
    hash: bytes


class Alignment:
    """Takes stored hashes and entries as they stand, both in order, and tells what is different.

    What stands in its own place is settled first. Between such places entries that kept their order are found again by
    their hashes: when a gap is closed behind an entry that was removed, those that moved up are not told of.
    """

    def __init__(self) -> None:
        self._missing: list[_Placed] = []
        self._surplus: list[_Placed] = []
        self._enough = _WINDOW  # hashes of one side, before what they have in common is looked for
        self._offset = 0  # how many places the entry that was found last stands behind that where it was appended
        # The last offset that was explained, and how many have come since: so much further down others may stand.
        self._explained = self._inserted = 0
        # What happened, by sequence and by place, with the hash: what lacks here may turn up there.
        self._gone: _Named = {}
        self._come: _Named = {}
        # What turns up nowhere: shifts, what was lost, and that for which there was no room.
        self._runs: defaultdict[_Kind, list[Edit]] = defaultdict(list)

    @property
    def is_even(self) -> bool:
        """Whether every entry so far stands in its place, or its loss is told, and nothing is held back."""
        return not (self._missing or self._surplus or self._offset)

    def skip(self) -> None:
        """Pass over entries that stand in their places; only while all is even."""
        self._explained = self._inserted = 0

    def add(self, expected: Mapping[int, bytes], found: Mapping[int, bytes]) -> None:
        """Take further hashes of both sides by their places, all of the same range; either may be empty."""
        for place in sorted(expected.keys() | found.keys()):
            stored, standing = expected.get(place), found.get(place)
            if stored == standing:
                if self._missing or self._surplus:
                    self._close()
                self._match(place, place)
                continue
            if stored is not None:
                self._missing.append(_Placed(place, stored))
            if standing is not None:
                self._surplus.append(_Placed(place, standing))
        self._advance()

    def lose(self, first: int, last: int) -> None:
        """Take note that entries are gone of which no hash is known."""
        _add(self._runs["removed"], Edit("removed", first, last))

    def finish(self) -> list[Edit]:
        """Settle what is held, and return all differences by sequence, those that follow one another as one."""
        self._close()
        come = {hash_: place for place, (_, hash_) in reversed(self._come.items())}
        gone: list[Edit] = []
        for number, (kind, hash_) in self._gone.items():
            place = come.pop(hash_, None)
            gone.append(Edit(kind if place is None else "moved", number, number, place))
        moved = {each.now for each in gone}
        inserted = (at for at, (kind, _) in self._come.items() if kind == "inserted" and at not in moved)
        return condensed([*gone, *(Edit("inserted", at, at) for at in inserted), *chain(*self._runs.values())])

    def _close(self) -> None:
        """Name all that is held: what follows stands in its own place, or nothing does."""
        self._settle(_paired(self._missing, self._surplus))
        self._name(self._missing, self._surplus)
        self._missing, self._surplus = [], []

    def _advance(self) -> None:
        """Name what differs once enough is seen; else wait for more."""
        seen = max(len(self._missing), len(self._surplus))
        if seen < self._enough:
            return
        pairs = list(_paired(self._missing, self._surplus))
        if pairs:
            self._settle(pairs)
        elif seen >= _WIDEST:
            self._close()
        else:
            self._enough = 2 * seen

    def _settle(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Name what lies between pairs, and hold only what lies behind the last one."""
        i = j = 0
        for i_next, j_next in pairs:
            self._name(self._missing[i:i_next], self._surplus[j:j_next])
            self._match(self._missing[i_next].place, self._surplus[j_next].place)
            i, j = i_next + 1, j_next + 1
        del self._missing[:i], self._surplus[:j]
        self._enough = _WINDOW

    def _name(self, expected: Sequence[_Placed], found: Sequence[_Placed]) -> None:
        """Name what is left over in one place: pairs that stand in it were changed, others are gone, or have come."""
        places = {place for place, _ in found}
        pairs = {number: number + self._offset for number, _ in expected if number + self._offset in places}
        if not pairs and len(expected) == len(found):
            pairs = {number: place for (number, _), (place, _) in zip(expected, found, strict=True)}
        self._inserted += len(found) - len(pairs)
        for number, hash_ in expected:
            self._note(self._gone, "changed" if number in pairs else "removed", number, hash_)
        taken = set(pairs.values())
        for place, hash_ in found:
            self._note(self._come, "changed" if place in taken else "inserted", place, hash_)

    def _match(self, number: int, place: int) -> None:
        """Note where an entry was found: a shift that no insertion explains is told, as one of its run."""
        self._offset = place - number
        if not self._offset or (place > 0 and self._offset - self._explained <= self._inserted):
            self._explained, self._inserted = self._offset, 0
        else:
            _add(self._runs["moved"], Edit("moved", number, number, place))

    def _note(self, noted: _Named, kind: _Kind, number: int, hash_: bytes) -> None:
        if len(noted) < _MOST_NAMED:
            noted[number] = kind, hash_
        elif noted is self._gone or kind == "inserted":
            _add(self._runs[kind], Edit(kind, number, number))


def condensed(differences: Iterable[Edit]) -> list[Edit]:
    """Return differences by sequence, with runs of one kind, and one shift, made one."""
    runs: list[Edit] = []
    for each in sorted(differences, key=lambda each: (each.first, each.kind)):
        _add(runs, each)
    return runs


def _add(runs: list[Edit], each: Edit) -> None:
    """Add a difference to others: as one with the last, where it continues that or there is no room for more."""
    if runs and (_continues(runs[-1], each) or (len(runs) >= _MOST_NAMED and runs[-1].kind == each.kind)):
        runs[-1] = Edit(each.kind, runs[-1].first, max(runs[-1].last, each.last), runs[-1].now)
    else:
        runs.append(each)


def _continues(last: Edit, each: Edit) -> bool:
    if last.kind != each.kind or last.last + 1 != each.first:
        return False
    return last.now is None or each.now is None or each.now - last.now == each.first - last.first


def _paired(missing: Sequence[_Placed], surplus: Sequence[_Placed]) -> Iterator[tuple[int, int]]:
    """Yield which hashes of both rows belong together, in the order of both.

    Where two differ, that is left over whose like is the further off: it was moved, and others made room or closed a
    gap. Two that are as far off as each other have changed places.
    """
    in_missing = {each.hash: i for i, each in enumerate(missing)}
    in_surplus = {each.hash: j for j, each in enumerate(surplus)}
    i = j = 0
    while i < len(missing) and j < len(surplus):
        if missing[i].hash == surplus[j].hash:
            yield i, j
            i, j = i + 1, j + 1
            continue
        down, up = in_surplus.get(missing[i].hash, -1) - j, in_missing.get(surplus[j].hash, -1) - i
        is_left, is_right = down < 0 or 0 <= up <= down, up < 0 or 0 <= down <= up
        i, j = i + is_left, j + is_right
