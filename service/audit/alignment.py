"""Two rows of hashes laid side by side: those that entries had, and those that they have. What differs gets a name.

Nothing is read and nothing is hashed here. Only what lies around a difference is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

__all__ = ["Alignment", "Difference", "Kind"]

Kind: TypeAlias = Literal["changed", "removed", "inserted", "moved"]

_WINDOW = 1024  # hashes that are looked at together around a difference
_MOST_NAMED = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is not what it was.

    sequence  where it was appended; of one that was inserted, where it stands now
    now       where one that was moved stands now
    """

    kind: Kind
    sequence: int
    now: int | None = None


class Alignment:
    """Takes expected hashes, and found ones with the places that they claim, in order; tells what is different.

    count  differences so far, also those beyond the ten thousand that are named
    """

    def __init__(self) -> None:
        self.count = 0
        self._expected: list[bytes] = []
        self._found: list[bytes] = []
        self._places: list[int] = []
        self._next = 1  # the sequence of the first expected hash that is held
        self._missing: dict[bytes, tuple[Kind, int]] = {}
        self._surplus: dict[bytes, tuple[Kind, int]] = {}

    @property
    def is_even(self) -> bool:
        """Whether no difference was seen, and nothing is held back."""
        return not (self.count or self._expected or self._found)

    def skip(self, count: int) -> None:
        """Pass over hashes of which the caller knows that both sides are equal; only while all is even."""
        self._next += count

    def add(self, expected: Iterable[bytes], found: Iterable[bytes], places: Iterable[int]) -> None:
        """Take further hashes of both sides; one may be longer than the other."""
        self._expected.extend(expected)
        self._found.extend(found)
        self._places.extend(places)
        while self._settle():
            pass

    @property
    def held(self) -> int:
        """How many of the found hashes wait for what they are to be compared with."""
        return len(self._found)

    def finish(self) -> list[Difference]:
        """Return all differences, by sequence. Nothing can be added any more.

        Found hashes behind the last expected one are no differences: nothing is known of what should be there. So many
        are held then.
        """
        while self._settle():
            pass
        self._match(len(self._expected), len(self._found), is_last=True)
        for place, hash_ in enumerate(self._expected, start=self._next):
            self._note_missing("removed", place, hash_)
        return sorted(self._named(), key=lambda each: each.sequence)

    def _settle(self) -> bool:
        """Drop what is equal at the front; name what differs once enough is seen around it. False: wait for more."""
        both = min(len(self._expected), len(self._found))
        if self._expected[:both] == self._found[:both]:
            self._drop(both, both)
            return False
        if both < _WINDOW:
            return False
        self._match(_WINDOW, _WINDOW, is_last=False)
        return True

    def _match(self, expected: int, found: int, *, is_last: bool) -> None:
        """Name the differences among the first hashes of each side, up to where both sides meet again."""
        left, right = self._expected[:expected], self._found[:found]
        steps = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
        if not is_last and len(steps) > 1 and steps[-1][0] != "equal":
            steps.pop()  # what follows may show it to be something else
        if is_last and steps and steps[-1][0] != "equal":
            step, i, i_end, j, j_end = steps[-1]
            steps[-1] = step, i, i_end, j, min(j_end, j + i_end - i)
        for step, i, i_end, j, j_end in steps:
            if step != "equal":
                self._name(left[i:i_end], self._next + i, right[j:j_end], self._places[j:j_end])
        if steps:
            self._drop(steps[-1][2], steps[-1][4])

    def _name(self, expected: Sequence[bytes], first: int, found: Sequence[bytes], places: Sequence[int]) -> None:
        pairs = min(len(expected), len(found))
        for at in range(pairs):
            self._note_missing("changed", first + at, expected[at])
            self._note_surplus("changed", first + at, found[at])
        for at in range(pairs, len(expected)):
            self._note_missing("removed", first + at, expected[at])
        for at in range(pairs, len(found)):
            self._note_surplus("inserted", places[at], found[at])

    def _note_missing(self, kind: Kind, sequence: int, hash_: bytes) -> None:
        self.count += 1
        if len(self._missing) < _MOST_NAMED:
            self._missing[hash_] = kind, sequence

    def _note_surplus(self, kind: Kind, sequence: int, hash_: bytes) -> None:
        self.count += kind == "inserted"
        if len(self._surplus) < _MOST_NAMED:
            self._surplus[hash_] = kind, sequence

    def _named(self) -> Iterable[Difference]:
        """Yield what is known at the end: an entry that lacks in one place and turns up in another was moved."""
        for hash_, (kind, sequence) in self._missing.items():
            if hash_ in self._surplus:
                yield Difference("moved", sequence, self._surplus[hash_][1])
            else:
                yield Difference(kind, sequence)
        for hash_, (kind, sequence) in self._surplus.items():
            if kind == "inserted" and hash_ not in self._missing:
                yield Difference(kind, sequence)

    def _drop(self, expected: int, found: int) -> None:
        self._next += expected
        del self._expected[:expected], self._found[:found], self._places[:found]
