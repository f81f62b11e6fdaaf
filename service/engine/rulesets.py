"""The rulesets of a program: blocks of rules seated together, made for each thread when it first asks.

What durable-rules holds belongs to the thread that asks; everything else is shared.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from service.engine.cutting import Block
from service.engine.durable import MOST_FOLLOWING, MOST_MEMBERS, MOST_RULES, MOST_WAITING, EngineFailure, Ruleset
from service.engine.formulas import written

__all__ = ["Answers", "Rulesets", "Seat"]

Answers = tuple[int | bool | None, ...]
"""Of a block's questions, in the order of its places."""

_MOST_LOOKED_AT = 8
_BEYOND = 2**31  # no code and no rank lies beyond: every comparison of one kind holds
_of_thread = threading.local()


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """A block and where it is asked.

    ruleset  number of its ruleset
    first    position of its first formula there
    members  name of each answer in the fact
    """

    block: Block
    ruleset: int
    first: int
    members: tuple[str, ...]

    def fact(self, answers: Answers) -> dict[str, int | bool]:
        """Return answers as members of a fact; those that are open are left out."""
        return {name: answer for name, answer in zip(self.members, answers, strict=True) if answer is not None}


@dataclass(slots=True, eq=False)
class _Sheet:
    """What is to become a ruleset. Blocks share no member, so that what each brings adds up."""

    seats: list[Seat] = field(default_factory=list)
    members: int = 0
    rules: int = 0
    following: int = 0
    breadth: int = 0
    deepest: int = 0

    def has_room(self, block: Block) -> bool:
        """Say whether a block can be seated here within durable-rules' bounds."""
        return (
            self.members + len(block.places) <= MOST_MEMBERS
            and self.rules + len(block.formulas) <= MOST_RULES
            and self.following + block.following <= MOST_FOLLOWING
            and self.breadth + block.breadth - 1 + max(self.deepest, block.deepest) <= MOST_WAITING
        )

    def seat(self, block: Block, ruleset: int) -> Seat:
        """Seat a block."""
        members = tuple([f"m{self.members + i}" for i in range(len(block.places))])
        seat = Seat(block, ruleset, self.rules, members)
        self.seats.append(seat)
        self.members += len(members)
        self.rules += len(block.formulas)
        self.following += block.following
        self.breadth += block.breadth
        self.deepest = max(self.deepest, block.deepest)
        return seat

    def expressions(self) -> list[dict[str, object]]:
        """Return the formulas of all seats, in their order."""
        found = []
        for seat in self.seats:
            names = dict(zip(seat.block.places, seat.members, strict=True))
            found.extend([written(formula, names) for formula in seat.block.formulas])
        return found


class Rulesets:
    """All rulesets of a program, by number. Safe to share between threads once every block has its seat."""

    def __init__(self, name: str) -> None:
        """Begin without any; `name` is told in errors."""
        self._name = name
        self._sheets: list[_Sheet] = []
        self._by_stage: dict[tuple[int, int], list[int]] = {}
        self._own = threading.local()

    def __len__(self) -> int:
        return len(self._sheets)

    def seat(self, block: Block, stage: int) -> Seat:
        """Seat a block with others that are asked in the same stage, where there is room."""
        numbers = self._by_stage.setdefault((stage, block.level), [])
        for number in reversed(numbers[-_MOST_LOOKED_AT:]):
            if self._sheets[number].has_room(block):
                return self._sheets[number].seat(block, number)
        numbers.append(len(self._sheets))
        self._sheets.append(_Sheet())
        return self._sheets[-1].seat(block, numbers[-1])

    def ask(self, asked: Sequence[tuple[Seat, Answers]]) -> list[tuple[int, ...]]:
        """Return what holds of these answers, seat by seat: rules by position, and intermediate questions below 0.

        Raises EngineFailure, which is a defect of ours or of durable-rules, never of the case.
        """
        facts: dict[int, dict[str, int | bool]] = {}
        for seat, answers in asked:
            facts.setdefault(seat.ruleset, {}).update(seat.fact(answers))
        held = {number: sorted(self._ruleset(number).hits(fact)) for number, fact in facts.items()}
        return [_settled(seat, held[seat.ruleset]) for seat, _ in asked]

    def refused(self) -> Iterator[tuple[Seat, str]]:
        """Make every ruleset and ask it; yield the seats of those that durable-rules does not take, with its words.

        Each is asked of nothing, and of as much as can hold at once. It is made anew and given back: no ruleset that
        a decision asks has been tried.
        """
        for number, sheet in enumerate(self._sheets):
            try:
                _try(f"{self._name}/{number}", sheet)
            except EngineFailure as failure:
                yield from ((seat, str(failure)) for seat in sheet.seats)

    def _ruleset(self, number: int) -> Ruleset:
        """Return this thread's own."""
        made: dict[int, Ruleset] | None = getattr(self._own, "made", None)
        if made is None:
            made = self._own.made = {}
        if number not in made:
            made[number] = _shared(f"{self._name}/{number}", self._sheets[number].expressions())
        return made[number]


def _shared(name: str, expressions: Sequence[dict[str, object]]) -> Ruleset:
    """Return this thread's ruleset of these rules, made by whichever program has asked for it first.

    Kept for good: durable-rules 2.0.28 gives back little of a ruleset that was asked, 100 kB and more are lost of each.
    A service that takes a new version of a pack has most of its rules already.
    """
    made: dict[bytes, Ruleset] | None = getattr(_of_thread, "made", None)
    if made is None:
        made = _of_thread.made = {}
    rules = orjson.dumps(expressions)
    if rules not in made:
        made[rules] = Ruleset(name, expressions)
    return made[rules]


def _settled(seat: Seat, held: Iterable[int]) -> tuple[int, ...]:
    settles = seat.block.settles
    last = seat.first + len(settles)
    return tuple({what: None for i in held if seat.first <= i < last for what in settles[i - seat.first]})


def _try(name: str, sheet: _Sheet) -> None:
    ruleset = Ruleset(name, sheet.expressions())
    members = [member for seat in sheet.seats for member in seat.members]
    ruleset.hits({})
    for answer in (-_BEYOND, _BEYOND):
        ruleset.hits(dict.fromkeys(members, answer))
    ruleset.close()
