"""What an unknown fact might be: its values, or for a fact with very many, where along them anything changes.

Values that no condition of the pack tells apart are one *class*. Dates, instants and numbers are *ordered*: they are
cut into stretches by the comparisons that read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

from service.facts.schema import FactSpec
from service.model.conditions import Condition, Ref, Test, leaves
from service.model.names import Key, shown_name
from service.model.outcomes import copied_in
from service.model.pack import Clock, Copy, Pack
from service.model.parts import part_reads
from service.model.walk import conditions_in

__all__ = ["Choice", "Ordered", "conditions_of", "cuts", "domains"]

_MOST_VALUES = 4096
_MOST_SET_ITEMS = 10
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9899, 12, 31)
_FIRST_INSTANT = datetime(1900, 1, 2, tzinfo=UTC)
_LAST_INSTANT = datetime(9899, 12, 30, tzinfo=UTC)
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact with a closed choice of values, in classes.

    values   one value of each class
    weights  how many values each class has
    """

    fact: str
    values: tuple[object, ...]
    weights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """A fact whose values have an order and are too many to list; both ends are values of it."""

    fact: str
    least: object
    most: object
    between: Callable[[Any, Any], Any]  # a value strictly between two, None when there is none


def conditions_of(pack: Pack) -> Iterator[Condition]:
    """Yield every condition that an outcome can rest on."""
    return (condition for _, condition in conditions_in(*pack.derived.values(), *pack.decisions.values()))


def domains(pack: Pack) -> dict[str, Choice | Ordered]:
    """Return the domain of every fact, ordered facts first, each kind in the schema's order."""
    tests = _tests_by_fact(pack)
    whole = _used_whole(pack)
    found = {
        spec.path: _domain(spec, tests.get(spec.path, []), spec.path in whole) for spec in pack.facts.facts.values()
    }
    if pack.as_of_fact is None:
        found["as_of"] = Ordered("as_of", _FIRST_INSTANT, _LAST_INSTANT, _instant_between)
    ordered = {fact: domain for fact, domain in found.items() if isinstance(domain, Ordered)}
    return {**ordered, **{fact: domain for fact, domain in found.items() if fact not in ordered}}


def _tests_by_fact(pack: Pack) -> dict[Key, list[Test]]:
    found: dict[Key, list[Test]] = {}
    for condition in conditions_of(pack):
        for test in leaves(condition):
            found.setdefault(test.name, []).append(test)
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
                found.update(part_reads(part))
            else:
                found.update(name for rule in part.rules for value in rule.then.values() for name in copied_in(value))
    return frozenset(shown_name(name) for name in found)


def _domain(spec: FactSpec, tests: Sequence[Test], whole: bool) -> Choice | Ordered:
    listed = _listed(spec, tests)
    if listed is None:
        return _ordered(spec)
    return _classes(spec.path, listed, () if whole else tests, whole)


def _listed(spec: FactSpec, tests: Sequence[Test]) -> Sequence[object] | None:  # noqa: PLR0911 - one for each type
    """Return the values of a fact that can be listed; None when it is ordered."""
    if spec.type == "boolean":
        return (True, False)
    if spec.choices is not None and spec.type != "list":
        return spec.choices
    if spec.type == "string":
        return (*_constants(tests), *_strangers(spec, _constants(tests)))
    if spec.type == "list":
        return _lists(spec, tests)
    if spec.type == "periods":
        return _PERIODS
    least, most = spec.minimum, spec.maximum
    if spec.type == "integer" and least is not None and most is not None and most - least < 64:
        return range(int(least), int(most) + 1)
    return None


def _constants(tests: Iterable[Test]) -> tuple[object, ...]:
    found: dict[object, None] = {}
    for test in tests:
        operand = test.operand
        if isinstance(operand, tuple | frozenset):
            found.update(dict.fromkeys(sorted(operand, key=str)))
        elif operand is not None and not isinstance(operand, Ref):
            found[operand] = None
    return tuple(found)


def _strangers(spec: FactSpec, taken: Sequence[object]) -> Iterator[str]:
    """Yield two texts that no condition knows, of a length that the fact allows."""
    for letter in "xy":
        text = letter * max(1, spec.min_length)
        while text in taken:
            text += letter
        yield text


def _lists(spec: FactSpec, tests: Sequence[Test]) -> Sequence[object]:
    """Return lists that conditions can tell apart: every subset of a small set, else subsets of what they mention."""
    items: Sequence[object] = spec.choices or ()
    if not items or len(items) > _MOST_SET_ITEMS:
        mentioned = [item for item in _constants(tests) if not items or item in items][: _MOST_SET_ITEMS - 2]
        others = [item for item in items if item not in mentioned][:2]
        items = (*mentioned, *(others or _stranger_items(spec)))
    subsets = [subset for size in range(len(items) + 1) for subset in combinations(items, size)]
    most = spec.max_items if spec.max_items is not None else len(items)
    allowed = [subset for subset in subsets if spec.min_items <= len(subset) <= most]
    return allowed if spec.unique else [*allowed, *((item,) * 2 for item in items if most >= 2)]


def _stranger_items(spec: FactSpec) -> tuple[object, ...]:
    return (0, 1, 1000) if spec.item_type in ("integer", "number") else ("x", "y")


_PERIODS: Sequence[object] = (
    (),
    ((datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC)),),
    ((_FIRST_INSTANT, _LAST_INSTANT - timedelta(days=3660)),),
)


def _classes(fact: str, values: Sequence[object], tests: Sequence[Test], whole: bool) -> Choice:
    if whole or len(values) > _MOST_VALUES:
        return Choice(fact, tuple(values), (1,) * len(values))
    found: dict[tuple[bool, ...], list[object]] = {}
    for value in values:
        signature = tuple(test.judge(value, test.operand) for test in tests if test.op != "given")
        found.setdefault(signature, []).append(value)
    classes = found.values()
    return Choice(fact, tuple(each[0] for each in classes), tuple(len(each) for each in classes))


def _ordered(spec: FactSpec) -> Ordered:
    if spec.type == "date":
        return Ordered(spec.path, _FIRST_DAY, _LAST_DAY, _day_between)
    if spec.type == "instant":
        return Ordered(spec.path, _FIRST_INSTANT, _LAST_INSTANT, _instant_between)
    least = spec.minimum if spec.minimum is not None else -_LARGEST
    most = spec.maximum if spec.maximum is not None else _LARGEST
    return Ordered(spec.path, least, most, _whole_between if spec.type == "integer" else _number_between)


def _day_between(first: date, last: date) -> date | None:
    low, high = first.toordinal(), last.toordinal()
    return date.fromordinal((low + high) // 2) if high - low > 1 else None


def _instant_between(first: datetime, last: datetime) -> datetime | None:
    gap = (last - first) // timedelta(microseconds=1)
    return first + timedelta(microseconds=gap // 2) if gap > 1 else None


def _whole_between(first: int, last: int) -> int | None:
    return (first + last) // 2 if last - first > 1 else None


def _number_between(first: float, last: float) -> float | None:
    middle = (first + last) / 2
    return middle if first < middle < last else None


def cuts(domain: Ordered, signature: Callable[[object], object]) -> list[object]:
    """Return the values at which a signature changes along a domain, in order.

    signature  must change one way: two values with the same signature have none other between them
    """
    found: list[object] = []

    def halve(low: object, at_low: object, high: object, at_high: object) -> None:
        if at_low == at_high:
            return
        middle = domain.between(low, high)
        if middle is None:
            found.append(high)
            return
        here = signature(middle)
        halve(low, at_low, middle, here)
        halve(middle, here, high, at_high)

    halve(domain.least, signature(domain.least), domain.most, signature(domain.most))
    return found


def stretches(domain: Ordered, at: Sequence[object]) -> Iterator[tuple[object, object, object]]:
    """Yield the stretches between cuts as (least, one within, most)."""
    edges = [domain.least, *at]
    for i, least in enumerate(edges):
        most = _before(domain, least, edges[i + 1]) if i + 1 < len(edges) else domain.most
        yield least, domain.between(least, most) or least, most


def _before(domain: Ordered, least: object, cut: object) -> object:
    """Return the greatest value before a cut, found by halving."""
    low, high = least, cut
    while (middle := domain.between(low, high)) is not None:
        low = middle
    return low


Domains = Mapping[str, Choice | Ordered]
