"""Conditions: the `when` of a rule as a tree, and what it says of known, unknown and none. No YAML here.

Truth is Kleene's strong three-valued logic: True, False, or None for *open*, where an unknown fact could still tip it.
A value of None is *none*, which is an answer; an unknown fact has no entry in the environment at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from service.model.names import Key
from service.model.values import equivalence
from service.written.findings import NOWHERE, Place

__all__ = [
    "ALWAYS",
    "All",
    "AnyOf",
    "Condition",
    "Env",
    "Not",
    "Ref",
    "Spelling",
    "Test",
    "fold",
    "holds",
    "leaves",
    "parts_of",
    "reads",
    "renamed",
    "supports",
]

Env = Mapping[Key, object]

_Relation = Callable[[Any, Any], bool]
"""Of a value and the operand, of types that the loader has found to fit each other."""

_Folded = TypeVar("_Folded")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Ref:
    """The operand of a comparison that is another name's value."""

    name: Key


@dataclass(frozen=True, slots=True)
class Spelling:
    """The operand of a test that looks inside a text: texts of which one at least is to be found.

    texts  folded where case is ignored, by Unicode's full case folding (3.13), as the text is that they are sought in
    """

    texts: tuple[str, ...]
    ignoring_case: bool = False

    def of(self, value: str) -> str:
        """Return a text as it is compared."""
        return value.casefold() if self.ignoring_case else value


@dataclass(frozen=True, slots=True)
class Test:
    """A leaf: one matcher on one name.

    op       one of `OPERATORS`
    operand  a constant, a frozenset or tuple of constants, a `Spelling`, or a `Ref`
    place    where it is written; tests that ask the same are equal wherever they stand
    """

    name: Key
    op: str
    operand: object
    place: Place = field(default=NOWHERE, compare=False, repr=False)

    @property
    def reads(self) -> tuple[Key, ...]:
        """The names that decide the test: one, or two when the operand is a name."""
        return (self.name, self.operand.name) if isinstance(self.operand, Ref) else (self.name,)

    def judge(self, value: object, other: object) -> bool:
        """Say whether the test holds of two settled values (None is none)."""
        return OPERATORS[self.op](value, other)


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds; with no parts, always."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when at least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when its part does not."""

    part: Condition


Condition = Test | All | AnyOf | Not
ALWAYS = All(())


def _compare(relation: _Relation) -> _Relation:
    """Make a comparison that is false when either side is none."""
    return lambda value, other: value is not None and other is not None and relation(value, other)


def _within(value: Any, other: Any) -> bool:
    if value is None or other is None or value not in other:
        return False
    # The constants of a pack are of the kind of what they are compared with.
    return isinstance(other, frozenset) or not _are_mixed((value,), other) or equivalence(value) in _kinded(other)


def _has_all(value: Any, other: Any) -> bool:
    if value is None or not set(other) <= set(value):
        return False
    return not _are_mixed(value, other) or _kinded(other) <= _kinded(value)


def _has_some(value: Any, other: Any) -> bool:
    if value is None or set(other).isdisjoint(value):
        return False
    return not _are_mixed(value, other) or not _kinded(other).isdisjoint(_kinded(value))


def _are_mixed(some: Iterable[object], others: Iterable[object]) -> bool:
    """Say whether items may be equal in Python and yet of two kinds: true is equal to 1, also within lists."""
    kinds = {*map(type, some), *map(type, others)}
    return (bool in kinds and len(kinds) > 1) or any(issubclass(kind, tuple) for kind in kinds)


def _kinded(items: Iterable[object]) -> set[Hashable]:
    return set(map(equivalence, items))


OPERATORS: Mapping[str, _Relation] = {
    "equals": lambda value, other: value is not None and value == other,
    "one_of": _within,
    "known": lambda value, _: value is not None,
    "less_than": _compare(lambda value, other: value < other),
    "at_most": _compare(lambda value, other: value <= other),
    "in": _within,
    "includes": _has_all,
    "includes_any": _has_some,
    "empty": lambda value, _: value is not None and not value,
    "ongoing": lambda value, _: value is not None and any(period.to is None for period in value),
    "starts_with": _compare(lambda value, other: other.of(value).startswith(other.texts)),
    "ends_with": _compare(lambda value, other: other.of(value).endswith(other.texts)),
    "contains": _compare(lambda value, other: any(text in other.of(value) for text in other.texts)),
    "spelt": _compare(lambda value, other: other.of(value) in other.texts),
}
"""Every leaf relation but `given`, which asks whether the case gave a fact at all, in notes.

The language's other matchers are these under `Not` (`more_than` is known and not `at_most`).
"""


def holds(condition: Condition, env: Env) -> bool | None:
    """Say whether a condition holds in what is known: True, False, or None when it is open.

    Kleene's logic looks at each leaf alone: `any: [a, none of a]` is open while `a` is unknown.
    """
    if isinstance(condition, Test):
        return _test_holds(condition, env)
    if isinstance(condition, Not):
        truth = holds(condition.part, env)
        return None if truth is None else not truth
    deciding = isinstance(condition, AnyOf)
    is_open = False
    for part in condition.parts:
        truth = holds(part, env)
        if truth is deciding:
            return deciding
        is_open = is_open or truth is None
    return None if is_open else not deciding


def _test_holds(test: Test, env: Env) -> bool | None:
    value = env.get(test.name, _MISSING)
    if test.op == "given":
        return value is not _MISSING
    if value is _MISSING:
        return None
    other = test.operand
    if isinstance(other, Ref):
        other = env.get(other.name, _MISSING)
        if other is _MISSING:
            # none is never less, more, equal or within, whatever the other side turns out to be
            return False if value is None else None
    return OPERATORS[test.op](value, other)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions that a condition is made of; none for a test."""
    if isinstance(condition, Test):
        return ()
    return (condition.part,) if isinstance(condition, Not) else condition.parts


def leaves(condition: Condition) -> Iterator[Test]:
    """Yield the tests of a condition, in the order in which they are written."""
    if isinstance(condition, Test):
        yield condition
    for part in parts_of(condition):
        yield from leaves(part)


def fold(
    condition: Condition,
    *,
    test: Callable[[Test], _Folded],
    all_of: Callable[[list[_Folded]], _Folded],
    any_of: Callable[[list[_Folded]], _Folded],
    negation: Callable[[_Folded], _Folded],
) -> _Folded:
    """Return what a condition comes to when each kind of it is worked out from what its parts came to."""

    def folded(one: Condition) -> _Folded:
        if isinstance(one, Test):
            return test(one)
        if isinstance(one, Not):
            return negation(folded(one.part))
        return (all_of if isinstance(one, All) else any_of)([folded(part) for part in one.parts])

    return folded(condition)


def reads(condition: Condition) -> tuple[Key, ...]:
    """Return the names that a condition reads, each once, in the order in which they are written."""
    return tuple(dict.fromkeys(name for test in leaves(condition) for name in test.reads))


def renamed(condition: Condition, key: Callable[[Key], Key]) -> Condition:
    """Return a condition that reads other names: what `key` makes of each."""

    def test(one: Test) -> Condition:
        operand = Ref(key(one.operand.name)) if isinstance(one.operand, Ref) else one.operand
        return replace(one, name=key(one.name), operand=operand)

    return fold(
        condition,
        test=test,
        all_of=lambda parts: All(tuple(parts)),
        any_of=lambda parts: AnyOf(tuple(parts)),
        negation=Not,
    )


def supports(condition: Condition, env: Env, truth: bool = True) -> Iterator[Test]:
    """Yield the tests that make a condition true (or false): all of a conjunction, the true ones of an alternative.

    Meant for a condition whose truth in `env` is `truth`; tests that are open or say the opposite are left out.
    """
    if isinstance(condition, Test):
        if _test_holds(condition, env) is truth:
            yield condition
    elif isinstance(condition, Not):
        yield from supports(condition.part, env, not truth)
    else:
        for part in condition.parts:
            if holds(part, env) is truth:
                yield from supports(part, env, truth)
