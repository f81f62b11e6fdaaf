"""Groups of rules as durable-rules is asked about them: which hold, which may, what those give; what was asked is kept.

Everything here is shared between threads; what durable-rules holds belongs to the thread that asks (`Rulesets`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias

from service.engine.cutting import cut
from service.engine.encoding import Encoding, Vector
from service.engine.rulesets import Answers, Rulesets, Seat
from service.facts.straight import UNKNOWN
from service.model.conditions import Env, holds, reads
from service.model.hits import Resolution, fill_one, joined, resolve
from service.model.names import Key, shown_name
from service.model.outcomes import copied_in
from service.model.pack import Group, Pack
from service.model.values import none_if_absent
from service.remembering import Weighed, keep

__all__ = ["UNKNOWN", "Asked", "Asker", "Form", "Memory", "has_few_values", "picker"]

_OF_MANY = frozenset({"date", "time", "instant", "number", "periods", "records"})
_MOST_REMEMBERED = 8192
_LEAST_REMEMBERED = 64
_HEAVIEST = 2 * 2**20
_MOST_VALUES = 2**22  # in the keys of all that a pack remembers of one kind


Form: TypeAlias = Callable[[Env], object]
"""Works out what a member is given, None for none."""


class Memory:
    """How much the groups of a pack may remember: the more there is of them, the less of each.

    most  entries by values or by answers
    """

    def __init__(self) -> None:
        self.most = _MOST_REMEMBERED
        self._width = 0

    def share(self, width: int) -> None:
        """Let something more remember, by keys of this many values."""
        self._width += width
        self.most = max(_LEAST_REMEMBERED, min(_MOST_REMEMBERED, _MOST_VALUES // max(1, self._width)))


@dataclass(slots=True, eq=False)
class _Sitting:
    """A block of a group's rules, and what it came to before.

    pick  takes its answers from the group's vector and the intermediate questions that hold
    held  answers -> what they settled, bounded
    """

    seat: Seat
    pick: Callable[[Vector, set[int]], Answers]
    held: dict[Answers, tuple[int, ...]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Asked:
    """A group of rules as durable-rules is asked about it; a decision's applicability is a group of one rule.

    pick      takes the values of the names that its rules read from an environment
    keys      under which the members that it gives stand, in the group's order
    reads     the names that its rules read
    copies    whether what its rules give copies other names
    has_few_values  whether its names have so few values that they come again
    levels    its blocks, those that settle what others read first
    memory    shared by all groups of the pack; what follows is bounded by it
    known     values of the names, or vectors where these have many, with the hits that they had
    came_to   what hits have come to before
    given     for hits, what each member is given by its key: values, and what works them out in an environment
    open      values with something unknown -> the rules that may hold or not, whatever that is
    """

    group: Group
    encoding: Encoding
    pick: Callable[[Env], tuple[object, ...]]
    keys: tuple[Key, ...]
    reads: frozenset[Key]
    copies: bool
    has_few_values: bool
    levels: tuple[tuple[_Sitting, ...], ...]
    memory: Memory
    known: Weighed[tuple[object, ...], tuple[int, ...]] = field(default_factory=lambda: Weighed(_HEAVIEST))
    came_to: dict[tuple[int, ...], Resolution] = field(default_factory=dict)
    given: dict[tuple[int, ...], tuple[dict[Key, object], Sequence[tuple[Key, Form]]]] = field(default_factory=dict)
    open: Weighed[tuple[object, ...], tuple[int, ...]] = field(default_factory=lambda: Weighed(_HEAVIEST))

    def resolution(self, hits: tuple[int, ...]) -> Resolution:
        """Return what hits come to."""
        found = self.came_to.get(hits)
        if found is None:
            most = max(_LEAST_REMEMBERED, _MOST_REMEMBERED // (1 + len(self.group.rules) // _LEAST_REMEMBERED))
            found = keep(self.came_to, hits, resolve(self.group, hits), most)
        return found

    def give(self, held: tuple[int, ...], env: dict[Key, object]) -> None:
        """Put what rules that hold give into an environment, in which all that they copy is settled."""
        values, worked_out = self.forms(held)
        env.update(values)
        for key, form in worked_out:
            env[key] = form(env)

    def forms(self, held: tuple[int, ...]) -> tuple[dict[Key, object], Sequence[tuple[Key, Form]]]:
        """Return what rules that hold give, by its keys: values, and what works out those that copy."""
        return self.given.get(held) or keep(self.given, held, self._forms(held), self.memory.most)

    def _forms(self, held: tuple[int, ...]) -> tuple[dict[Key, object], Sequence[tuple[Key, Form]]]:
        group, resolution = self.group, self.resolution(held)
        if not group.gives:
            return dict.fromkeys(self.keys, bool(held)), ()
        values: dict[Key, object] = {}
        worked_out: list[tuple[Key, Form]] = []
        for member, key in zip(group.gives, self.keys, strict=True):
            offered = resolution.offered.get(member, ())
            if any(map(copied_in, offered)):
                worked_out.append((key, _form(group, member, offered)))
            else:
                values[key] = none_if_absent(joined(group, member, offered))
        return values, worked_out

    def opens(self, held: tuple[int, ...], env: Env) -> tuple[int, ...]:
        """Return the rules that may hold or not, whatever else is known, by their positions."""
        if self.reads <= env.keys():
            return ()
        if not self.has_few_values:
            return self._opens(held, env)
        values = self.pick(env)
        found = self.open.get(values)
        if found is None:
            found = self.open.keep(values, self._opens(held, env), self.memory.most)
        return found

    def _opens(self, held: tuple[int, ...], env: Env) -> tuple[int, ...]:
        held_ones = set(held)
        rules = enumerate(self.group.rules)
        return tuple([i for i, rule in rules if i not in held_ones and holds(rule.when, env) is None])

    def copies_known(self, held: tuple[int, ...], env: Env) -> bool:
        """Say whether the rules that hold copy nothing unknown."""
        if not self.copies:
            return True
        resolution = self.resolution(held)
        return resolution.constants is not None or all(
            name in env for offered in resolution.offered.values() for value in offered for name in copied_in(value)
        )


def _form(group: Group, member: str, offered: tuple[object, ...]) -> Form:
    return lambda env: none_if_absent(fill_one(group, member, offered, env))


class Asker:
    """The groups of one pack, seated in rulesets."""

    def __init__(self, pack: Pack) -> None:
        self.rulesets = Rulesets(pack.digest[-16:])
        self._memory = Memory()
        self._types = pack.types
        self._nullable = pack.nullable

    def seated(self, group: Group, keys: tuple[Key, ...], stage: int) -> Asked:
        """Return a group ready to be asked.

        keys   under which its members stand
        stage  groups of one stage are asked together
        """
        conditions = [rule.when for rule in group.rules]
        encoding = Encoding(self._types, self._nullable, conditions)
        levels: dict[int, list[_Sitting]] = {}
        for block in cut([encoding.formula(condition) for condition in conditions]):
            seat = self.rulesets.seat(block, stage)
            levels.setdefault(block.level, []).append(_Sitting(seat, _answers(block.places)))
            self._memory.share(len(block.places))
        names = tuple(dict.fromkeys(name for condition in conditions for name in reads(condition)))
        self._memory.share(len(names))
        in_order = tuple(tuple(levels[level]) for level in sorted(levels))
        copies = any(copied_in(value) for rule in group.rules for value in rule.then.values())
        return Asked(
            group,
            encoding,
            picker(names),
            keys,
            frozenset(names),
            copies,
            has_few_values(self._types, names),
            in_order,
            self._memory,
        )

    def hits(self, asked: Sequence[Asked], env: Env) -> list[tuple[int, ...]]:
        """Ask which rules of these groups, all of one stage, hold of what is known.

        An unknown fact is left out, so that only rules that hold whatever it is are found.
        """
        found = []
        missing = []
        for i, each in enumerate(asked):
            # Dates and numbers seldom come again; what is asked of them does.
            key = each.pick(env) if each.has_few_values else each.encoding.vector(env)
            hits = each.known.get(key)
            if hits is None:
                missing.append((i, each, key))
            found.append(hits)
        if missing:
            vectors = [each.encoding.vector(env) for _, each, _ in missing]
            held = self._held([each for _, each, _ in missing], vectors)
            for (i, each, key), hits in zip(missing, held, strict=True):
                found[i] = each.known.keep(key, hits, self._memory.most)
        return found  # type: ignore[return-value]

    def _held(self, asked: Sequence[Asked], vectors: Sequence[Vector]) -> list[tuple[int, ...]]:
        """Return the rules that hold, of vectors that were not seen before."""
        settled: list[set[int]] = [set() for _ in asked]
        for level in range(max(len(each.levels) for each in asked)):
            new: list[tuple[set[int], _Sitting, Answers]] = []
            for each, vector, found in zip(asked, vectors, settled, strict=True):
                for sitting in each.levels[level] if level < len(each.levels) else ():
                    answers = sitting.pick(vector, found)
                    held = sitting.held.get(answers)
                    if held is None:
                        new.append((found, sitting, answers))
                    else:
                        found.update(held)
            self._ask(new)
        return [tuple(sorted([i for i in found if i >= 0])) for found in settled]

    def _ask(self, new: Sequence[tuple[set[int], _Sitting, Answers]]) -> None:
        """Ask durable-rules what it was not asked before, and add what holds to what each group has."""
        held = self.rulesets.ask([(sitting.seat, answers) for _, sitting, answers in new])
        for (found, sitting, answers), settles in zip(new, held, strict=True):
            found.update(settles)
            keep(sitting.held, answers, settles, self._memory.most)


def has_few_values(types: Mapping[str, str], names: Iterable[Key]) -> bool:
    """Say whether names have so few values together that they come again.

    types  of every name
    """
    return _OF_MANY.isdisjoint(types.get(shown_name(name), "") for name in names)


def picker(names: tuple[Key, ...]) -> Callable[[Env], tuple[object, ...]]:
    """Return what takes the values of names from an environment, UNKNOWN where one is not there."""
    unknown = (UNKNOWN,) * len(names)

    def slowly(env: Env) -> tuple[object, ...]:
        return tuple(map(env.get, names, unknown))

    if not names:
        return lambda _: ()
    if len(names) == 1:
        (name,) = names
        return lambda env: (env.get(name, UNKNOWN),)
    take = itemgetter(*names)

    def pick(env: Env) -> tuple[object, ...]:
        try:
            return take(env)  # type: ignore[no-any-return]
        except KeyError:
            return slowly(env)

    return pick


def _answers(places: Sequence[int]) -> Callable[[Vector, set[int]], Answers]:
    """Return what takes the answers at these places; an intermediate question is answered when it holds."""
    if len(places) > 1 and min(places) >= 0:
        take = itemgetter(*places)
        return lambda vector, _: take(vector)
    return lambda vector, held: tuple([vector[at] if at >= 0 else (True if at in held else None) for at in places])
