"""Conditions as durable-rules takes them: small whole numbers and booleans, nothing that it could coerce.

A group of rules asks a few questions of a case: the code of a text, a whole number, whether a name is none, whether a
comparison holds. Their answers are the group's *vector*; an answer that is still open is left out, which makes every
comparison with it false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from service.model.conditions import All, Condition, Env, Not, Test, holds
from service.model.names import Key, shown_name

__all__ = ["Encoding", "Expression", "Vector"]

Vector = tuple[int | bool | None, ...]
Expression = dict[str, object]

_MISSING = object()
_MOST_ALTERNATIVES = 12
_LARGEST = 2**53
_COMPARISONS = {
    ("less_than", True): "$lt",
    ("at_most", True): "$lte",
    ("less_than", False): "$gte",
    ("at_most", False): "$gt",
}


class Encoding:
    """The questions of one group of rules, and its rules as durable-rules expressions over their answers.

    prefix    set before each member's name, so that groups can share a fact
    types     type of every name; only texts, booleans and whole numbers are sent as they are
    nullable  names that can be none
    """

    def __init__(self, prefix: str, types: Mapping[str, str], nullable: frozenset[str]) -> None:
        self._prefix = prefix
        self._types = types
        self._nullable = nullable
        self._codes: dict[Key, dict[object, int]] = {}
        self._places: dict[object, int] = {}
        self._questions: list[Callable[[Env], int | bool | None]] = [lambda _: True]
        self.members: list[str] = [f"{prefix}0"]

    def expression(self, condition: Condition, *, straight: bool = True) -> Expression:
        """Return a condition, or its negation, in negation normal form."""
        if isinstance(condition, Not):
            return self.expression(condition.part, straight=not straight)
        if isinstance(condition, Test):
            return self._test(condition, straight)
        if not condition.parts:
            return {self.members[0]: straight is isinstance(condition, All)}
        parts = [self.expression(part, straight=straight) for part in condition.parts]
        if len(parts) == 1:
            return parts[0]
        return {"$and" if straight is isinstance(condition, All) else "$or": parts}

    def vector(self, env: Env) -> Vector:
        """Return the answers of a case in the order of `members`; None where one is open."""
        return tuple([question(env) for question in self._questions])

    def fact(self, vector: Vector) -> dict[str, int | bool]:
        """Return a vector as the members of a durable-rules fact."""
        return {name: answer for name, answer in zip(self.members, vector, strict=True) if answer is not None}

    def _test(self, test: Test, straight: bool) -> Expression:
        if test.op == "known":
            return {self._known(test.name): straight}
        if test.op == "equals" and self._is_plain(test.name, (test.operand,)):
            return self._alternatives(test.name, (test.operand,), straight)
        if test.op == "one_of" and self._is_plain(test.name, test.operand):  # type: ignore[arg-type]
            return self._alternatives(test.name, test.operand, straight)  # type: ignore[arg-type]
        if (test.op, straight) in _COMPARISONS and self._is_whole(test.name, test.operand):
            return self._or_none(
                test.name, {_COMPARISONS[test.op, straight]: {self._value(test.name): test.operand}}, straight
            )
        return {self._judged(test): straight}

    def _is_plain(self, name: Key, operands: Sequence[object]) -> bool:
        type_ = self._types.get(shown_name(name))
        if type_ not in ("string", "boolean", "integer") or len(operands) > _MOST_ALTERNATIVES:
            return False
        wanted = {"string": str, "boolean": bool, "integer": int}[type_]
        return all(type(each) is wanted and (wanted is not int or abs(each) < _LARGEST) for each in operands)  # type: ignore[arg-type]

    def _is_whole(self, name: Key, operand: object) -> bool:
        return self._types.get(shown_name(name)) == "integer" and type(operand) is int and abs(operand) < _LARGEST

    def _alternatives(self, name: Key, operands: Sequence[object], straight: bool) -> Expression:
        member = self._value(name)
        codes = [self._code(name, operand) for operand in operands]
        if straight:
            found: Expression = {"$or": [{member: code} for code in codes]} if len(codes) > 1 else {member: codes[0]}
            return found
        differs: list[Expression] = [{"$neq": {member: code}} for code in codes]
        return self._or_none(name, {"$and": differs} if len(differs) > 1 else differs[0], straight)

    def _or_none(self, name: Key, expression: Expression, straight: bool) -> Expression:
        """Let a negated comparison hold of none as well: a name that is none is unequal to everything."""
        if straight or shown_name(name) not in self._nullable:
            return expression
        return {"$or": [{self._known(name): False}, expression]}

    def _code(self, name: Key, operand: object) -> object:
        if not isinstance(operand, str):
            return operand
        codes = self._codes.setdefault(name, {})
        return codes.setdefault(operand, len(codes) + 1)

    def _value(self, name: Key) -> str:
        type_ = self._types.get(shown_name(name))
        if type_ == "string":
            codes = self._codes.setdefault(name, {})
            return self._ask(("value", name), lambda env: _coded(env.get(name, _MISSING), codes))
        if type_ == "integer":
            return self._ask(("value", name), lambda env: _clamped(env.get(name, _MISSING)))
        return self._ask(("value", name), lambda env: env.get(name))  # type: ignore[arg-type, return-value]

    def _known(self, name: Key) -> str:
        return self._ask(("known", name), lambda env: _is_known(env.get(name, _MISSING)))

    def _judged(self, test: Test) -> str:
        return self._ask(test, lambda env: holds(test, env))

    def _ask(self, key: object, question: Callable[[Env], int | bool | None]) -> str:
        if key not in self._places:
            self._places[key] = len(self._questions)
            self._questions.append(question)
            self.members.append(f"{self._prefix}{self._places[key]}")
        return self.members[self._places[key]]


def _coded(value: object, codes: Mapping[object, int]) -> int | None:
    return None if value is _MISSING or value is None else codes.get(value, 0)


def _clamped(value: object) -> int | None:
    """Keep a whole number of any size within what durable-rules takes; no bound of a pack lies beyond."""
    if value is _MISSING or value is None:
        return None
    return max(-_LARGEST, min(_LARGEST, cast("int", value)))


def _is_known(value: object) -> bool | None:
    return None if value is _MISSING else value is not None
