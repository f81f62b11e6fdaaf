"""Conditions as formulas over a few answers: small whole numbers and booleans, nothing that durable-rules could coerce.

A group of rules asks a few questions of a case: the code of a text, the rank of a number or a date among those that it
is compared with, whether a name is none, whether some other test holds. Their answers are the group's *vector*; an
answer that is still open is None, and no comparison with it holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

from service.engine.formulas import Formula, Literal, both, either
from service.model.conditions import All, Condition, Env, Not, Test, holds, leaves
from service.model.names import Key, shown_name

__all__ = ["Encoding", "Vector"]

Vector = tuple[int | bool | None, ...]

_MISSING = object()
_MOST_ALTERNATIVES = 12
_NEGATED = {"<": ">=", "<=": ">", "==": "!="}
_ORDERED = {"less_than": "<", "at_most": "<="}


class Encoding:
    """The questions of one group of rules, and its rules as formulas over their answers.

    types     type of every name
    nullable  names that can be none
    rules     the conditions that will be asked for: what they compare a name with decides what its answer is
    """

    def __init__(self, types: Mapping[str, str], nullable: frozenset[str], rules: Iterable[Condition]) -> None:
        self._types = types
        self._nullable = nullable
        self._codes: dict[Key, dict[object, int]] = {}
        self._places: dict[object, int] = {}
        self._questions: list[Callable[[Env], int | bool | None]] = [lambda _: True]
        self._bounds = self._bounds_of(rules)

    def formula(self, condition: Condition, *, straight: bool = True) -> Formula:
        """Return a condition, or its negation; of the group's rules only."""
        if isinstance(condition, Not):
            return self.formula(condition.part, straight=not straight)
        if isinstance(condition, Test):
            return self._test(condition, straight)
        parts = [self.formula(part, straight=straight) for part in condition.parts]
        return both(parts) if straight is isinstance(condition, All) else either(parts)

    def vector(self, env: Env) -> Vector:
        """Return the answers of a case by place; None where one is open."""
        return tuple([question(env) for question in self._questions])

    def _bounds_of(self, rules: Iterable[Condition]) -> dict[Key, list[Any]]:
        """Return for each name the constants that it is ordered by, each once, the least first."""
        bounds: dict[Key, set[Any]] = {}
        for condition in rules:
            for test in leaves(condition):
                bounds.setdefault(test.name, set()).update(self._ordered_operands(test))
        return {name: sorted(each) for name, each in bounds.items() if each}

    def _ordered_operands(self, test: Test) -> Sequence[object]:
        """Return the constants of a test that the rank of its name settles; none where it does not."""
        operands = _operands(test)
        type_ = self._types.get(shown_name(test.name), "")
        equals = test.op in ("equals", "one_of")
        # Equal instants are not always equal in Python: where clocks go back, `==` differs from the order.
        if test.op not in _ORDERED and not (equals and type_ != "instant" and len(operands) <= _MOST_ALTERNATIVES):
            return ()
        return operands if all(_is_ordered(type_, each) for each in operands) else ()

    def _test(self, test: Test, straight: bool) -> Formula:
        if test.op == "known":
            return Literal(self._known(test.name), "==", straight)
        if self._ordered_operands(test):
            return self._ranked(test, straight)
        if test.op in ("equals", "one_of") and self._is_plain(test):
            return self._alternatives(test.name, [self._code(test.name, each) for each in _operands(test)], straight)
        return Literal(self._judged(test), "==", straight)

    def _is_plain(self, test: Test) -> bool:
        operands = _operands(test)
        wanted = {"string": str, "boolean": bool}.get(self._types.get(shown_name(test.name), ""))
        return len(operands) <= _MOST_ALTERNATIVES and all(type(each) is wanted for each in operands)

    def _ranked(self, test: Test, straight: bool) -> Formula:
        bounds = self._bounds[test.name]
        ranks = [2 * bisect_left(bounds, each) + 1 for each in _operands(test)]
        if test.op not in _ORDERED:
            return self._alternatives(test.name, ranks, straight)
        op = _ORDERED[test.op] if straight else _NEGATED[_ORDERED[test.op]]
        return self._or_none(test.name, Literal(self._rank(test.name), op, ranks[0]), straight)

    def _alternatives(self, name: Key, answers: Sequence[int | bool], straight: bool) -> Formula:
        place = self._value(name)
        if straight:
            return either(Literal(place, "==", answer) for answer in answers)
        return self._or_none(name, both(Literal(place, "!=", answer) for answer in answers), straight)

    def _or_none(self, name: Key, formula: Formula, straight: bool) -> Formula:
        """Let a negated comparison hold of none as well: a name that is none is unequal to everything."""
        if straight or shown_name(name) not in self._nullable:
            return formula
        return either((Literal(self._known(name), "==", False), formula))

    # questions

    def _code(self, name: Key, operand: object) -> int | bool:
        if isinstance(operand, bool):
            return operand
        codes = self._codes.setdefault(name, {})
        return codes.setdefault(operand, len(codes) + 1)

    def _value(self, name: Key) -> int:
        if name in self._bounds:
            return self._rank(name)
        if self._types.get(shown_name(name)) == "string":
            codes = self._codes.setdefault(name, {})
            return self._ask(("value", name), lambda env: _coded(env.get(name, _MISSING), codes))
        return self._ask(("value", name), lambda env: env.get(name))  # type: ignore[arg-type, return-value]

    def _rank(self, name: Key) -> int:
        bounds = self._bounds[name]
        return self._ask(("value", name), lambda env: _ranked(env.get(name), bounds))

    def _known(self, name: Key) -> int:
        return self._ask(("known", name), lambda env: _is_known(env.get(name, _MISSING)))

    def _judged(self, test: Test) -> int:
        if test.op == "one_of":  # of thousands of texts: looked up, not compared one by one
            test = Test(test.name, "in", frozenset(_operands(test)))
        return self._ask(test, lambda env: holds(test, env))

    def _ask(self, key: object, question: Callable[[Env], int | bool | None]) -> int:
        place = self._places.setdefault(key, len(self._questions))
        if place == len(self._questions):
            self._questions.append(question)
        return place


def _operands(test: Test) -> tuple[Any, ...]:
    return tuple(test.operand) if test.op == "one_of" else (test.operand,)  # type: ignore[arg-type]


def _is_ordered(type_: str, operand: object) -> bool:
    """Say whether a constant has a rank among others of its type that Python's comparisons agree with."""
    if type_ in ("integer", "number"):
        return isinstance(operand, int | float | Decimal | Fraction) and not isinstance(operand, bool)
    if type_ == "date":
        return type(operand) is date
    if type_ == "time":
        return isinstance(operand, time)
    # Within one zone whose clocks change Python compares the times that are shown, not the instants.
    return type_ == "instant" and isinstance(operand, datetime) and isinstance(operand.tzinfo, timezone)


def _ranked(value: Any, bounds: Sequence[Any]) -> int | None:
    """Return an odd number for a value that is one of the bounds, an even one for a value between them."""
    if value is None:  # unknown or none
        return None
    at = bisect_left(bounds, value)
    is_bound = at < len(bounds) and not value < bounds[at]
    return 2 * at + is_bound


def _coded(value: object, codes: Mapping[object, int]) -> int | None:
    return None if value is _MISSING or value is None else codes.get(value, 0)


def _is_known(value: object) -> bool | None:
    return None if value is _MISSING else value is not None
