"""A whole case, read by what a facts schema declares: by straight Python, and told what is wrong with it by a tree.

What is refused, by code; the pointer is to the fact, or to the item, period or member within it:

=================  ==================================================================================================
unknown_fact       the schema declares no such member; `nearest` is the dotted name that was perhaps meant
null_value         null stands where a value should; a fact that is not known is left out
wrong_type         a value, object or array of another type than the schema's
not_allowed        none of the values that the fact can have; `nearest` is the one that was perhaps meant
out_of_range       a number below the minimum or above the maximum
too_short          fewer characters or items than the minimum
too_long           more characters or items than the maximum
duplicate_item     an item that stands earlier in the same list
bad_date           no `YYYY-MM-DD` that is a day of the years 1900 to 9899
bad_instant        no RFC 3339 date and time with offset, or not within those years, or finer than nanoseconds
missing_member     a period without `from` or without `to`, or an item of a list of objects without what each has; the
                   pointer is to the period or item
unknown_member     a period, or an item of a list of objects, with another member
backward_period    a period that ends before it begins
=================  ==================================================================================================

A hostile body can hold any number of them. The first hundred are told, the others only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import takewhile
from typing import cast

from service.errors import MOST_PROBLEMS, InvalidFacts, Problem
from service.facts.declaration import FactSpec
from service.facts.readers import WRONG, Flaw, Reader, wrong_type
from service.facts.records import reader_of
from service.facts.straight import FactLines
from service.facts.values import Case, Value
from service.jsontext import Json
from service.paths import pointer_to
from service.python_source import Source
from service.wording import cut, nearest

__all__ = ["CaseReader"]

_MOST_COMPARED = 4096  # names; each search for a nearest name reads them all, and there may be a hundred searches
_MOST_NAMED = 12_000  # characters of members' names in the pointers of one answer


@dataclass(slots=True)
class _Tally:
    """What is wrong with a case: the first of it, and how much there is in all.

    strangers  objects that have members that the schema does not declare, with these names; told last
    """

    told: list[tuple[str, Flaw]] = field(default_factory=list)
    count: int = 0
    strangers: list[tuple[_Branch, Sequence[str]]] = field(default_factory=list)

    @property
    def room(self) -> int:
        return MOST_PROBLEMS - len(self.told)

    def add(self, path: str, flaws: Iterable[Flaw], count: int) -> None:
        self.told += [(path, flaw) for flaw in flaws]
        self.count += count


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A fact in the tree by which is told what is wrong with a case."""

    path: str
    reader: Reader

    def tell(self, value: object, tally: _Tally) -> None:
        """Add what is wrong with the value, if anything is."""
        if self.reader.take(value) is WRONG:
            flaws = self.reader.flaws(value, tally.room)
            tally.add(self.path, flaws.told, flaws.count)


@dataclass(frozen=True, slots=True)
class _Branch:
    """An object in that tree."""

    path: str
    members: dict[str, _Branch | _Leaf] = field(default_factory=dict)

    def tell(self, value: object, tally: _Tally) -> None:
        """Add what is wrong with the object, in the schema's order."""
        if not isinstance(value, dict):
            tally.add(self.path, [wrong_type(value, "an object")][: tally.room], 1)
            return
        strangers = [str(name) for name in value if name not in self.members]
        if strangers:
            tally.strangers.append((self, strangers))
        for name, member in self.members.items():
            if name in value:
                member.tell(value[name], tally)


class CaseReader:
    """Reads cases. Safe to share between threads.

    facts     dotted name to what is declared, in the schema's order
    subjects  dotted name of each object that a case can do without, in the same order
    names     dotted names of all objects and facts, each after the object around it
    lines     how a case is read, as Python
    """

    def __init__(self, facts: Mapping[str, FactSpec], subjects: Mapping[str, str | None], names: Sequence[str]) -> None:
        self._names = dict.fromkeys(names)
        self._readers = {path: reader_of(spec) for path, spec in facts.items()}
        self._root = self._tree()
        takers = {path: reader.take for path, reader in self._readers.items()}
        self.lines = FactLines(facts, subjects, names, takers)
        self._take = self._written()

    def _tree(self) -> _Branch:
        branches = {"": _Branch("")}
        for path in self._names:
            around, _, name = path.rpartition(".")
            if path in self._readers:
                branches[around].members[name] = _Leaf(path, self._readers[path])
            else:
                branches[around].members[name] = branches[path] = _Branch(path)
        return branches[""]

    def read(self, facts: object, pointer: str) -> Case:
        """Return the case that `facts` is. Raises InvalidFacts, whose pointers begin with `pointer`."""
        found = self._take(facts)
        if found is None:
            raise self._refused(facts, pointer)
        values, assumed = found
        return Case(values, assumed, cast("Mapping[str, Json]", facts))

    def _written(self) -> Callable[[object], tuple[dict[str, Value], dict[str, Json]] | None]:
        """Return what reads a case: typed values, and defaults that stand in; None for one that is wrong."""
        source, lines = Source(), self.lines
        return source.function("def read(given)", [*lines.written(source), *_gathered(lines, source)], "a facts schema")

    # what is wrong with a case

    def _refused(self, facts: object, pointer: str) -> InvalidFacts:
        tally = _Tally()
        self._root.tell(facts, tally)
        self._tell_strangers(tally)
        problems: list[Problem] = []
        searches, named = _MOST_COMPARED, _MOST_NAMED
        for path, flaw in tally.told:
            meant, compared = self._meant(path, flaw) if searches > 0 else (None, 0)
            searches -= compared
            named -= sum(len(step) for step in flaw.within if isinstance(step, str))
            problems.append(_problem(pointer + _pointer_of(path, flaw.within, is_named=named >= 0), path, flaw, meant))
        return InvalidFacts(problems, tally.count - len(problems))

    def _tell_strangers(self, tally: _Tally) -> None:
        """Add members that the schema does not declare, by their pointers."""
        room = tally.room
        found = [(branch.path, name) for branch, names in tally.strangers for name in nsmallest(room, names)]
        found.sort(key=lambda each: _natural(pointer_to(*filter(None, each[0].split(".")), each[1])))
        tally.told += [(path, self._strange(path, name)) for path, name in found[:room]]
        tally.count += sum(len(names) for _, names in tally.strangers)

    def _strange(self, path: str, name: str) -> Flaw:
        dotted = f"{path}.{name}".removeprefix(".")
        if dotted not in self._names:
            return Flaw("unknown_fact", "is no fact that the schema declares", (name,), word=name)
        says = "is written with dots, but facts are nested: each part of a name is a member of the part before"
        return Flaw("unknown_fact", says, (name,), meant=(dotted,))

    def _meant(self, path: str, flaw: Flaw) -> tuple[str | None, int]:
        """Return what was perhaps meant, and how many names were compared to find it."""
        if flaw.code != "unknown_fact":
            return (nearest(flaw.word, flaw.meant), len(flaw.meant)) if flaw.word else (None, 0)
        if flaw.meant:
            return flaw.meant[0], 0
        return self._fact_meant(path, flaw.word), len(self._names)

    def _fact_meant(self, path: str, name: str) -> str | None:
        """Return the dotted name that the member `name` of an object was perhaps meant to be, a sibling first."""
        before = f"{path}.".removeprefix(".")
        siblings = [each for each in self._names if each.rpartition(".")[0] == path]
        sibling = nearest(name, [each.rpartition(".")[2] for each in siblings])
        if sibling is not None:
            return before + sibling
        by_end: dict[str, list[str]] = {}
        for each in self._names:
            by_end.setdefault(each.rpartition(".")[2], []).append(each)
        end = name if name in by_end else nearest(name, by_end)
        if end is not None:
            return max(by_end[end], key=lambda each: _shared(each, path))
        return nearest(before + name, self._names)


def _gathered(lines: FactLines, source: Source) -> Iterator[str]:
    """Yield how what was read becomes a dictionary of values and one of defaults that stand in."""
    yield "values = {"
    yield from (f"    {path!r}: {variable}," for path, variable in lines.names.items())
    yield "}"
    yield "for path in [path for path, value in values.items() if value is unknown]:"
    yield "    del values[path]"
    yield "assumed = {}"
    for path, flag in lines.assumed.items():
        yield f"if {flag}:"
        yield f"    assumed[{path!r}] = {source.constant(lines.defaults[path], 'default')}"
    yield "return values, assumed"


def _shared(path: str, other: str) -> int:
    """Return how many first segments two dotted names share."""
    pairs = zip(path.split("."), other.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _natural(pointer: str) -> list[tuple[int, str]]:
    """Return what sorts pointers with item 9 before item 10."""
    return [(int(step), "") if step.isdecimal() and len(step) < 9 else (-1, step) for step in pointer.split("/")]


def _problem(pointer: str, path: str, flaw: Flaw, meant: str | None) -> Problem:
    name = _name(path, flaw.within)
    hint = "" if meant is None or meant == name else f" Did you mean '{meant}'?"
    return Problem(pointer, flaw.code, f"{name} {flaw.says}.{hint}", meant)


def _pointer_of(path: str, within: Iterable[str | int], *, is_named: bool) -> str:
    """Return where a flaw stands; where there is no room for a member's name, the object that has the member."""
    steps = within if is_named else takewhile(lambda step: isinstance(step, int), within)
    return pointer_to(*filter(None, path.split(".")), *steps)


def _name(path: str, within: Iterable[str | int]) -> str:
    """Return what a sentence calls a value: `loan.pauses[2].from`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{cut(step)}" for step in within)
    return (path + steps).removeprefix(".") or "The case"
