"""What an unknown fact might be: one of some values, a place on a line, or a list of which only what is asked counts.

Values that no condition of the pack tells apart are one *class*, of which one value stands for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, islice, permutations, product
from typing import TYPE_CHECKING, TypeAlias

from service.analysis.lines import Line, line_of
from service.analysis.ongoing import ONGOING, since_of
from service.analysis.spellings import TooManyKinds, looks_inside, texts_of_each_kind
from service.analysis.terms import number
from service.model.conditions import Condition, Ref, Test, leaves
from service.model.names import Key, shown_name
from service.model.outcomes import copied_in
from service.model.pack import Clock, Copy, Group, Pack

if TYPE_CHECKING:
    from service.facts.declaration import FactSpec

__all__ = [
    "Choice",
    "Domain",
    "Items",
    "can_have",
    "conditions_of",
    "domains",
    "few_items",
    "room_of",
    "some_items",
    "texts_among",
]

_MOST_RANGE = 64
_MOST_TOLD = 8
_MOST_SET_ITEMS = 10
_MOST_LISTS = 256
_STRANGERS = 2  # at least: two texts that no condition knows show whether it matters which


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact with so few values that each can be looked at, in classes.

    values   one value of each class
    weights  how many values each class has
    meets    whether it is a text that is compared with other texts: those of a case then count among its values
    classes  all values of each class; empty where each value stands for itself
    strange  the texts among the values that stand for all those that no condition knows
    truths   tests of the fact against constants -> of which values they hold; not all of them need be there
    is_complete  whether these are all; else it is a text of which more is asked than can be gone through
    """

    fact: str
    values: tuple[object, ...]
    weights: tuple[int, ...]
    meets: bool = False
    classes: tuple[tuple[object, ...], ...] = ()
    strange: frozenset[str] = frozenset()
    truths: Mapping[Test, tuple[bool, ...]] = field(default_factory=dict, compare=False, repr=False)
    is_complete: bool = True

    def class_of(self, i: int) -> tuple[object, ...]:
        """Return all values of the class of the i-th value."""
        return self.classes[i] if self.classes else (self.values[i],)


@dataclass(frozen=True, slots=True)
class Items:
    """A list of any items, or of periods: it matters by what it has, how many, and what they sum up to."""

    spec: FactSpec


Domain: TypeAlias = Choice | Line | Items


def conditions_of(pack: Pack) -> Iterator[Condition]:
    """Yield every condition that an outcome can rest on."""
    for derived in pack.derived.values():
        if derived.condition is not None:
            yield derived.condition
    for decision in pack.decisions.values():
        if decision.applies is not None:
            yield decision.applies.when
        for group in decision.groups:
            yield from (rule.when for rule in group.rules)
        yield from (note.when for note in decision.notes)


def domains(pack: Pack) -> dict[str, Domain]:
    """Return the domain of every fact, in the schema's order; of `as_of` too, where it is no fact's.

    Beside them, since when lists of periods go on (`ongoing.py`).
    """
    tests = _tests_by_name(pack)
    whole = _used_whole(pack)
    texts = _Texts(pack, tests, whole)
    found = {
        spec.path: _domain(spec, tests.get(spec.path, []), spec.path in whole, texts)
        for spec in pack.facts.facts.values()
    }
    found.update({since_of(spec.path): line_of("instant") for spec in pack.facts.facts.values() if spec.open_ended})
    if pack.as_of_fact is None:
        found["as_of"] = line_of("instant")
    return found


def _tests_by_name(pack: Pack) -> dict[str, list[Test]]:
    found: dict[str, list[Test]] = {}
    for condition in conditions_of(pack):
        for test in leaves(condition):
            found.setdefault(shown_name(test.name), []).append(test)
    return found


def _used_whole(pack: Pack) -> frozenset[str]:
    """Return the names whose very value matters: compared with other names, copied, counted or given to a clock."""
    found: set[Key] = set()
    for condition in conditions_of(pack):
        for test in leaves(condition):
            if isinstance(test.operand, Ref):
                found.update(test.reads)
    for derived in pack.derived.values():
        if derived.condition is None:
            found.update(derived.inputs)
    for decision in pack.decisions.values():
        for part in decision.parts:
            if isinstance(part, Clock | Copy):
                found.update(part.reads)
            else:
                found.update(name for rule in part.rules for value in rule.then.values() for name in copied_in(value))
    return frozenset(map(shown_name, found))


def _domain(  # noqa: PLR0911 - one for each kind of fact
    spec: FactSpec, tests: Sequence[Test], whole: bool, texts: _Texts
) -> Domain:
    if spec.type == "boolean":
        return _classes(spec.path, (True, False), tests, whole)
    if spec.choices is not None and spec.type != "list":
        return _classes(spec.path, spec.choices, tests, whole)
    if spec.type == "string":
        return texts.domain(spec, tests)
    if spec.type == "list" and spec.unique and spec.choices is not None and len(spec.choices) <= _MOST_SET_ITEMS:
        return _classes(spec.path, _subsets(spec, spec.choices), tests, whole)
    if spec.type == "list" and (few := _few_lists(spec)) is not None:
        return _classes(spec.path, few, tests, whole)
    if spec.type in ("list", "periods"):
        return Items(spec)
    if spec.type in ("date", "instant"):
        return line_of(spec.type)
    line = line_of(spec.type, spec.minimum, spec.maximum)
    if spec.type == "integer" and line.most - line.least < _MOST_RANGE:
        return _classes(spec.path, range(int(line.least), int(line.most) + 1), tests, whole)
    return line


def _subsets(spec: FactSpec, items: Sequence[object]) -> Sequence[object]:
    """Return every set that a list can be, in the order of the choices."""
    most = len(items) if spec.max_items is None else min(spec.max_items, len(items))
    return [subset for size in range(spec.min_items, most + 1) for subset in combinations(items, size)]


def _few_lists(spec: FactSpec) -> Sequence[object] | None:
    """Return every list that there can be, where these are few: short ones of few items; None where there are many."""
    items = few_items(spec)
    # A set of a closed choice is read in the order of its choices, whatever order it came in: `_subsets` lists it.
    if items is None or spec.max_items is None or (spec.unique and spec.choices is not None):
        return None
    found: list[object] = []
    for size in range(spec.min_items, spec.max_items + 1):
        if len(items) ** size > _MOST_LISTS:
            return None
        found += permutations(items, size) if spec.unique else product(items, repeat=size)
    return found if 0 < len(found) <= _MOST_LISTS else None


def few_items(spec: FactSpec) -> Sequence[object] | None:
    """Return every item that a list can have: a closed choice, or few whole numbers; None where there are more."""
    if spec.choices is not None:
        return spec.choices
    room = room_of(spec)
    if spec.item_type != "integer" or room is None or room > _MOST_RANGE or spec.minimum is None:
        return None
    least = int(-(-number(spec.minimum) // 1))
    return range(least, least + room)


def some_items(spec: FactSpec) -> Sequence[object]:
    """Return a few items that a list can have, not all."""
    ends = (each for each in (spec.minimum, spec.maximum) if each is not None)
    some = few_items(spec) or (*(each for each in (1, 2, -1, *ends, "a", "b") if can_have(spec, each)),)
    return some[:_MOST_TOLD]


def room_of(spec: FactSpec) -> int | None:
    """Return how many different items a list can have; None where they are more than lists are long."""
    if spec.choices is not None:
        return len(spec.choices)
    if spec.item_type == "string":
        return 1 if spec.max_length == 0 else None
    if spec.type == "periods" or spec.minimum is None or spec.maximum is None:
        return None
    if spec.item_type == "number":
        return 1 if spec.minimum == spec.maximum else None
    return int(number(spec.maximum) // 1 + number(-spec.minimum) // 1) + 1


def can_have(spec: FactSpec, item: object) -> bool:
    """Say whether a value can be an item of a list."""
    if spec.type == "periods":
        return item is ONGOING and spec.open_ended
    if spec.choices is not None:
        return item in spec.choices
    if isinstance(item, str):
        return spec.item_type == "string" and _fits(spec, item)
    if spec.item_type == "string" or not isinstance(item, int | float | Decimal | Fraction):
        return False
    if spec.item_type == "integer" and number(item).denominator != 1:
        return False
    place = number(item)
    above = spec.minimum is None or place >= number(spec.minimum)
    return above and (spec.maximum is None or place <= number(spec.maximum))


def _classes(fact: str, values: Sequence[object], tests: Sequence[Test], whole: bool) -> Choice:
    if whole:
        inside = [test for test in dict.fromkeys(tests) if looks_inside(test)]
        truths = {test: tuple([test.judge(value, test.operand) for value in values]) for test in inside}
        return Choice(fact, tuple(values), (1,) * len(values), truths=truths)
    found: dict[tuple[bool, ...], list[object]] = {}
    asked = list(dict.fromkeys(test for test in tests if test.op != "given"))
    for value in values:
        signature = tuple([test.judge(value, test.operand) for test in asked])
        found.setdefault(signature, []).append(value)
    classes = tuple(map(tuple, found.values()))
    return Choice(
        fact,
        tuple(each[0] for each in classes),
        tuple(len(each) for each in classes),
        classes=classes,
        truths=dict(zip(asked, zip(*found, strict=True), strict=True)) if asked and found else {},
    )


class _Texts:
    """The texts that free texts can meet: constants, and as many that no condition knows as can differ from another.

    Where texts are read through equality alone, these stand for all others; where conditions look inside them, there
    are as many of each kind that these tell apart.
    known  the texts of a case, which are met as constants are
    """

    def __init__(
        self,
        pack: Pack,
        tests: Mapping[str, Sequence[Test]],
        whole: frozenset[str],
        known: Iterable[str] = (),
    ) -> None:
        self._whole = whole
        self._free = [
            spec
            for spec in pack.facts.facts.values()
            if spec.type == "string" and spec.choices is None and spec.path in whole
        ]
        self._meets = any(
            isinstance(test.operand, Ref) for each in tests.values() for test in each if test.op in ("equals", "in")
        )
        self._inside = _looking_inside(test for each in tests.values() for test in each)
        self._constants = _constants(test for each in tests.values() for test in each)
        self._constants.update(dict.fromkeys((*_texts_given(pack), *known)))
        for spec in pack.facts.facts.values():
            if spec.path in whole and spec.choices is not None:
                self._constants.update(dict.fromkeys(each for each in spec.choices if isinstance(each, str)))

    def domain(self, spec: FactSpec, tests: Sequence[Test]) -> Choice:
        is_used = spec.path in self._whole
        taken = self._constants if is_used else _constants(tests)
        try:
            strangers = tuple(self._strangers(spec, taken, self._inside if is_used else _looking_inside(tests)))
        except TooManyKinds:
            some = tuple(self._strangers(spec, (), ()))
            return Choice(spec.path, some, (1,) * len(some), is_complete=False)
        values = (*(each for each in taken if _fits(spec, each)), *strangers)
        found = _classes(spec.path, values, tests, is_used)
        return replace(found, meets=is_used and self._meets, strange=frozenset(strangers))

    def _strangers(self, spec: FactSpec, taken: Iterable[object], inside: Sequence[Test]) -> Iterator[str]:
        """Yield texts that no condition knows, enough in each range of lengths in which facts can meet.

        inside  the tests that look inside them
        """
        others = self._free if spec.path in self._whole else []
        edges = sorted({0, *(each.min_length for each in others), *(_most_length(each) + 1 for each in others)})
        wanted = max(_STRANGERS, len(others))
        known = {each for each in taken if isinstance(each, str)}
        for low, high in zip(edges, [*edges[1:], None], strict=True):
            length = max(low, spec.min_length)
            longest = _most_length(spec) if high is None else min(high - 1, _most_length(spec))
            if length <= longest and inside:
                yield from texts_of_each_kind(inside, known, (length, longest), wanted)
            elif length <= longest:
                yield from islice(_texts_of(length, high, known, _most_length(spec)), wanted)


def _texts_given(pack: Pack) -> Iterator[str]:
    """Yield the texts that members can have by rules and labels, or are translated from."""
    for decision in pack.decisions.values():
        for part in decision.parts:
            if isinstance(part, Copy):
                yield from (
                    each for each in (*(part.labels or {}), *(part.labels or {}).values()) if isinstance(each, str)
                )
                yield from (each for each in (part.always,) if isinstance(each, str))
            elif isinstance(part, Group):
                yield from (each for rule in part.rules for each in rule.then.values() if isinstance(each, str))


_LONGEST = 1_000_000


def _most_length(spec: FactSpec) -> int:
    return _LONGEST if spec.max_length is None else spec.max_length


def _texts_of(length: int, high: int | None, known: set[str], longest: int) -> Iterator[str]:
    """Yield texts of a length, or for an empty one of the next; the same ones whoever asks."""
    if length == 0:
        if "" not in known:
            yield ""
        length = 1
        if longest < 1 or (high is not None and high <= 1):
            return
    for point in (*range(ord("x"), ord("z") + 1), *range(0x4E00, 0x9FA5)):
        text = chr(point) * length
        if text not in known:
            yield text


def _fits(spec: FactSpec, text: object) -> bool:
    return isinstance(text, str) and spec.min_length <= len(text) <= _most_length(spec)


def _looking_inside(tests: Iterable[Test]) -> Sequence[Test]:
    """Return the tests that look inside texts, each once, whatever name they are of."""
    found = {(test.op, test.operand): test for test in tests if looks_inside(test)}
    return tuple(found.values())


def _constants(tests: Iterable[Test]) -> dict[object, None]:
    found: dict[object, None] = {}
    for test in tests:
        operand = test.operand
        if isinstance(operand, tuple | frozenset):
            found.update(dict.fromkeys(sorted(each for each in operand if isinstance(each, str))))
        elif isinstance(operand, str):
            found[operand] = None
    return found


def texts_among(pack: Pack, domain: Choice, known: Iterable[str]) -> Choice:
    """Return the domain of a text that meets others, with the texts that a case gives among its values."""
    spec = pack.facts.facts[domain.fact]
    known = tuple(dict.fromkeys(known))
    if not domain.strange.isdisjoint(known):
        # What was to stand for all that nobody knows is known here: others have to.
        tests = _tests_by_name(pack)
        domain = _Texts(pack, tests, _used_whole(pack), known).domain(spec, tests.get(spec.path, []))
    further = [each for each in known if _fits(spec, each) and each not in domain.values]
    if not further:
        return domain
    values = (*further, *domain.values)
    return Choice(domain.fact, values, (1,) * len(values), meets=True, is_complete=domain.is_complete)
