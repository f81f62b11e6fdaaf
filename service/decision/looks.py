"""What the rules of a decision can tell of a case, as lines of straight Python.

Rules that read different names lie apart: which of them hold is found part by part, from a *look* of the case. In it
stands the value of a name of few values, the class of one of whose values the rules tell but some apart, and for any
other name whether it is unknown or none, and the answers of the tests that read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from service.decision.asking import UNKNOWN, Asked
from service.decision.stages import Step, names_given
from service.model.conditions import OPERATORS, Condition, Ref, Test, fold, holds, leaves, reads
from service.model.derivations import Derived
from service.model.names import Key
from service.model.order import reached
from service.model.outcomes import copied_in
from service.model.pack import Pack
from service.model.working import way_of
from service.python_source import Source, in_a_tuple

__all__ = ["Look", "NoShapes", "derived_line", "parts_of_group", "sources_of"]

_FEW = 2
_SMALL = ("boolean", "integer", "number", "date", "time")
_SCALARS = ("string", "integer")
_SIGNS = {"less_than": "<", "at_most": "<=", "equals": "=="}


class NoShapes(Exception):
    """A decision whose cases can't be told apart by what its rules ask of them."""


class Look:
    """What some rules can tell of a case. Every name from outside is among the few, the classed or the many.

    asked     their group, and
    rules     their positions in it
    few       the names that have few values
    classed   those of whose values the rules tell but some apart: name -> value, or UNKNOWN -> its class
    many      all others
    tests     those that read one of these, each once
    """

    def __init__(self, pack: Pack, asked: Asked, rules: frozenset[int], sources: Mapping[Key, Sequence[Key]]) -> None:
        """Take rules with the names from which those that a decision gives itself come.

        Raises NoShapes where a test reads a member of its own that comes from a name of whose values none is kept.
        """
        self.asked = asked
        self.rules = rules
        conditions = [asked.group.rules[place].when for place in sorted(rules)]
        tests = dict.fromkeys(test for condition in conditions for test in leaves(condition))
        read = {name for test in tests for name in test.reads}
        # A test that reads a member of its own is answered before there is one: by all that this comes from.
        mixed = {name for test in tests if not all(map(is_outside, test.reads)) for name in test.reads}
        by_value = {name for name in reached(mixed, lambda name: sources.get(name, ())) if is_outside(name)}
        if not all(_has_value_to_keep(pack, cast("str", name)) for name in by_value):
            raise NoShapes
        told_apart = {name for test in tests if len(test.reads) > 1 or test.op == "given" for name in test.reads}
        names = sorted({*filter(is_outside, read), *by_value})
        choices = {name: choices_of(pack, cast("str", name)) for name in names}
        self.classed = {
            name: _classes([test for test in tests if test.name == name], name, values)
            for name, values in choices.items()
            if values is not None and len(values) > _FEW and name not in told_apart | by_value
        }
        self.few = [
            name
            for name, values in choices.items()
            if name not in self.classed and (values is not None or name in by_value)
        ]
        self.many = [name for name in names if name not in self.classed and name not in self.few]
        self.tests = [test for test in tests if not {*self.many}.isdisjoint(test.reads)]

    def line(self, variables: Mapping[Key, str], source: Source) -> str:
        """Return the expression of the look of a case.

        variables  name from outside -> what has its value, or UNKNOWN, which is the variable `unknown`
        """
        parts = [variables[name] for name in self.few]
        parts += [
            f"{source.constant(classes.get, 'class')}({variables[name]}, {variables[name]})"
            for name, classes in self.classed.items()
        ]
        many = [variables[name] for name in self.many]
        parts += [f"{variable} is None or ({variable} is unknown and unknown)" for variable in many]
        parts += [_answer(test, variables, source) for test in self.tests]
        return in_a_tuple(parts)


def is_outside(name: Key) -> bool:
    """Say whether a name is one that a decision reads from outside."""
    return isinstance(name, str)


def parts_of_group(asked: Asked, sources: Mapping[Key, Sequence[Key]]) -> list[frozenset[int]]:
    """Return the positions of the rules of a group, those together that read a name in common, in the end."""
    parts: list[tuple[set[Key], set[int]]] = []
    for place, rule in enumerate(asked.group.rules):
        names, places = set(reached(reads(rule.when), lambda name: sources.get(name, ()))), {place}
        for other in [each for each in parts if not each[0].isdisjoint(names)]:
            names |= other[0]
            places |= other[1]
            parts.remove(other)
        parts.append((names, places))
    return [frozenset(places) for _, places in parts]


def sources_of(steps: Iterable[Step], asked: Iterable[Asked]) -> dict[Key, tuple[Key, ...]]:
    """Return the names that a decision gives, each with those from which its value may come."""
    found = {name: tuple(step.reads) for step in steps for name in names_given(step.work) if not is_outside(name)}
    for each in asked:
        copied = {name for rule in each.group.rules for value in rule.then.values() for name in copied_in(value)}
        found |= dict.fromkeys(each.keys, tuple(each.reads | copied))
    return found


def _has_value_to_keep(pack: Pack, name: str) -> bool:
    """Say whether a look may hold the values of a name: equal ones are written alike, none is large or personal."""
    is_small = pack.types.get(name) in _SMALL or choices_of(pack, name) is not None
    return is_small and name in pack.written_alike and name not in pack.personal


def choices_of(pack: Pack, name: str) -> Sequence[object] | None:
    """Return the values of a name from outside; None where they are not few, or equal ones are not written alike."""
    spec = pack.facts.facts.get(name)
    if spec is not None:
        return (True, False) if spec.type == "boolean" else spec.choices if spec.type in _SCALARS else None
    if name in pack.facts.subjects or pack.types.get(name) == "boolean":
        return (True, False)
    decision = pack.decisions.get(name.partition(".")[0])
    members = () if decision is None else decision.members
    member = next((each for each in members if each.name == name), None)
    if member is None or member.type not in _SCALARS:
        return () if member is not None and member.type == "list" and member.items is not None else None
    return member.choices


def _classes(tests: Sequence[Test], name: Key, values: Iterable[object]) -> Mapping[object, object]:
    """Return for each value of a name what tells its class: by the answers of the tests that read it."""
    found: dict[object, object] = {UNKNOWN: UNKNOWN, None: None}
    found.update((value, tuple([holds(test, {name: value}) for test in tests])) for value in values)
    return found


def derived_line(step: Step, variables: Mapping[Key, str], source: Source) -> str:
    """Return the line that works out a derived fact as far as what is known settles it.

    variables  as for `Look.line`
    """
    derived = cast("Derived", step.work)
    inputs = [variables[name] for name in derived.inputs]
    is_open = " or ".join(f"{each} is unknown" for each in inputs) or "False"
    variable = variables[derived.name]
    if derived.condition is None:
        way = source.constant(way_of(derived.how), "derived_by")
        return f"{variable} = unknown if {is_open} else {way}({', '.join(inputs)})"
    judge = source.constant(_judge(derived.condition, derived.inputs), "judged")
    truth = fold(
        derived.condition,
        test=lambda test: _truth(test, variables, source),
        all_of=lambda parts: f"({' and '.join(parts)})" if parts else "True",
        any_of=lambda parts: f"({' or '.join(parts)})" if parts else "False",
        negation=lambda part: f"(not {part})",
    )
    return f"{variable} = {judge}({', '.join(inputs)}) if {is_open} else {truth}"


def _judge(condition: Condition, inputs: Sequence[Key]) -> Callable[..., object]:
    """Return what says whether a condition holds, from the values of its inputs, UNKNOWN where that is open."""

    def judge(*values: object) -> object:
        truth = holds(
            condition, {name: value for name, value in zip(inputs, values, strict=True) if value is not UNKNOWN}
        )
        return UNKNOWN if truth is None else truth

    return judge


def _answer(test: Test, variables: Mapping[Key, str], source: Source) -> str:
    """Return the source of a test's answer: True, False, or None where it is open."""
    value = variables[test.name]
    if test.op == "given":
        return f"{value} is not unknown"
    is_open = f"{value} is unknown"
    if isinstance(test.operand, Ref):
        # None is never less, more, equal or within, whatever the other side turns out to be.
        is_open = f"{is_open} or ({value} is not None and {variables[test.operand.name]} is unknown)"
    return f"None if {is_open} else {_truth(test, variables, source)}"


def _truth(test: Test, variables: Mapping[Key, str], source: Source) -> str:
    """Return the source of whether a test holds of values that are known."""
    value = variables[test.name]
    is_none, other = f"{value} is None", None
    if isinstance(test.operand, Ref):
        other = variables[test.operand.name]
        is_none = f"{is_none} or {other} is None"
    else:
        other = source.constant(test.operand, "operand")
    if test.op == "given":
        return "True"
    if test.op in _SIGNS:
        return f"(not ({is_none}) and {value} {_SIGNS[test.op]} {other})"
    return f"{source.constant(OPERATORS[test.op], test.op)}({value}, {other})"
