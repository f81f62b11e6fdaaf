"""Texts of each kind that some tests tell apart: how they begin and end, what they contain, in whatever case.

A text is read letter by letter, and of what was read only so much is kept as the tests can still ask for. All that can
be kept is gone through, the shortest texts first, so that a kind of which nothing is found has no text at all.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from typing import TypeAlias

from service.model.conditions import Spelling, Test

__all__ = ["TooManyKinds", "looks_inside", "texts_of_each_kind"]

_MOST_KINDS = 1024
_MOST_STEPS = 100_000
_SURROGATES = range(0xD800, 0xE000)
_OTHERS = (*range(ord("x"), ord("z") + 1), *range(0x4E00, 0x9FA5))

Kind: TypeAlias = tuple[bool, ...]
"""Which tests hold of a text."""


class TooManyKinds(Exception):
    """There is more to go through than is worth its while."""


def looks_inside(test: Test) -> bool:
    """Say whether a test asks for more of a text than whether it is the same as another."""
    return isinstance(test.operand, Spelling)


def texts_of_each_kind(
    tests: Sequence[Test], known: Collection[str], length: tuple[int, int], wanted: int
) -> Iterator[str]:
    """Yield texts of each kind that there is: so many, or all where a kind has fewer; none of the known ones.

    length  of the shortest text that counts, and of the longest
    Raises TooManyKinds.
    """
    reader = _Reader(tests, known, wanted)
    least, most = length
    # A text of this length has letters to spare: there are others of its kind, and of every greater length.
    ample = reader.ample
    found: dict[Kind, dict[str, None]] = {}
    for text in reader.texts(min(least, ample), min(most, ample)):
        kind = _kind(tests, text)
        of_kind = found.setdefault(kind, {})
        if len(found) > _MOST_KINDS:
            raise TooManyKinds
        if text not in known and len(of_kind) < wanted:
            longer = _lengthened(text, least, reader.others)
            of_kind.update(dict.fromkeys(each for each in longer if _kind(tests, each) == kind))
    for of_kind in found.values():
        yield from islice(of_kind, wanted)


def _kind(tests: Sequence[Test], text: str) -> Kind:
    return tuple([test.judge(text, test.operand) for test in tests])


def _lengthened(text: str, least: int, others: Iterable[str]) -> Iterator[str]:
    """Yield a text; where it is too short in its place longer ones, with other letters wherever there may be room."""
    more = least - len(text)
    if more <= 0:
        yield text
        return
    for other in others:
        yield from (text[:place] + other * more + text[place:] for place in range(len(text) + 1))


_Kept: TypeAlias = tuple[str | None, str, frozenset[tuple[str, str]]]
"""What was read, as long as a wanted text begins so; the end of it with which one may begin; and what was met."""

_NOTHING: _Kept = ("", "", frozenset())


@dataclass(frozen=True, slots=True)
class _Memory:
    """What is kept of a text that is read, with its case or without.

    heads   all with which texts begin that are told apart as a whole, or by how they begin
    tails   all with which texts begin that are found at the end, or anywhere
    begins  texts with which others begin
    within  texts that are found anywhere
    """

    heads: frozenset[str]
    tails: frozenset[str]
    begins: frozenset[str]
    within: frozenset[str]

    @classmethod
    def of(cls, tests: Iterable[Test], known: Iterable[str] = ()) -> _Memory:
        """Return what is to be kept for tests, and to know some texts again."""
        asked: dict[str, set[str]] = {"starts_with": set(), "ends_with": set(), "contains": set(), "spelt": set(known)}
        for test in tests:
            if isinstance(test.operand, Spelling):
                asked[test.op].update(test.operand.texts)
        heads = asked["starts_with"] | asked["spelt"]
        return cls(
            heads=frozenset(_beginnings(heads)),
            tails=frozenset(_beginnings(asked["ends_with"] | asked["contains"])),
            begins=frozenset(asked["starts_with"]),
            within=frozenset(asked["contains"]),
        )

    @property
    def letters(self) -> frozenset[str]:
        """The letters that matter."""
        return frozenset("".join((*self.heads, *self.tails)))

    def after(self, kept: _Kept, letters: str) -> _Kept:
        """Return what is kept once further letters were read."""
        head, tail, met = kept
        for letter in letters:
            head = head + letter if head is not None and head + letter in self.heads else None
            tail += letter
            while tail not in self.tails:
                tail = tail[1:]
            if head in self.begins:
                met |= {("begins", str(head))}
            found = {("within", each) for each in self.within if tail.endswith(each)}
            if not found <= met:
                met |= found
        return head, tail, met


def _beginnings(texts: Iterable[str]) -> set[str]:
    return {"", *(begun for text in texts for begun in accumulate(text))}


class _Reader:
    """Goes through all that can be kept of texts.

    others  letters that no test knows, as many as texts of a kind are wanted
    ample   a length at which a text has letters to spare, whatever is asked of it
    """

    def __init__(self, tests: Sequence[Test], known: Iterable[str], wanted: int) -> None:
        folding = [test for test in tests if isinstance(test.operand, Spelling) and test.operand.ignoring_case]
        self._plain = _Memory.of([test for test in tests if test not in folding], known)
        self._folded = _Memory.of(folding)
        self._wanted = wanted
        memories = (self._plain, self._folded)
        within = [each for memory in memories for each in memory.within]
        heads = max(len(each) for memory in memories for each in memory.heads)
        tails = max(len(each) for memory in memories for each in memory.tails)
        # One beginning, one end and all that is contained lie in at most so many stretches, with a gap around each.
        self.ample = heads + tails + sum(map(len, within)) + len(within) + 4
        self.others = tuple(islice(filter(self._is_other, map(chr, _OTHERS)), wanted))
        self._letters = (*self._known_letters(), *self.others)

    def _is_other(self, letter: str) -> bool:
        return letter not in self._plain.letters and self._folded.letters.isdisjoint(letter.casefold())

    def _known_letters(self) -> Iterator[str]:
        """Yield the letters that matter, of those that are all one to the tests no more than are wanted."""
        plain, folded = self._plain.letters, self._folded.letters
        some = [*sorted(plain), *(each for letter in sorted(folded) for each in _folding_to(letter))]
        alike: dict[object, int] = {}
        for letter in dict.fromkeys(some):
            told = letter if letter in plain else None, tuple(c if c in folded else None for c in letter.casefold())
            alike[told] = alike.get(told, 0) + 1
            if alike[told] <= self._wanted:
                yield letter

    def texts(self, least: int, most: int) -> Iterator[str]:
        """Yield texts between two lengths of all that can be kept: as many of each as are wanted, or all there are."""
        kept: dict[tuple[_Kept, _Kept, int], int] = {}
        begun: list[tuple[str, _Kept, _Kept]] = [("", _NOTHING, _NOTHING)]
        steps = 0
        for length in range(most + 1):
            if length >= least:
                yield from (text for text, _, _ in begun)
            steps += len(begun) * len(self._letters)
            if steps > _MOST_STEPS:
                raise TooManyKinds
            further: list[tuple[str, _Kept, _Kept]] = []
            for text, plain, folded in begun if length < most else ():
                for letter in self._letters:
                    after = self._plain.after(plain, letter), self._folded.after(folded, letter.casefold())
                    key = (*after, min(length + 1, least))
                    kept[key] = kept.get(key, 0) + 1
                    if kept[key] <= self._wanted:
                        further.append((text + letter, *after))
            begun = further


def _folding_to(letter: str) -> Iterable[str]:
    """Return the letters that have another in them once their case is ignored, itself first."""
    return _foldings().get(letter, (letter,))


@lru_cache(maxsize=1)
def _foldings() -> dict[str, tuple[str, ...]]:
    """Return for letters into which others are folded all of these (Unicode 3.13, full case folding)."""
    found: dict[str, list[str]] = {}
    for point in range(sys.maxunicode + 1):
        letter = chr(point)
        folded = letter.casefold()
        if folded != letter and point not in _SURROGATES:
            for each in folded:
                found.setdefault(each, [each] if each.casefold() == each else []).append(letter)
    return {letter: tuple(dict.fromkeys(each)) for letter, each in found.items()}
