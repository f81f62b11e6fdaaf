"""Walks over a pack as the tree that it is: one place that knows what each kind of node is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, TypeVar

from service.model.conditions import Condition, Test, parts_of
from service.model.derivations import Chosen, Derived, Holds
from service.model.outcomes import Template
from service.model.pack import Applies, Clock, Copy, Decision, Group, Interpretation, Note, Pack, Rule

__all__ = [
    "Citing",
    "PackNode",
    "children",
    "chosen_in",
    "citing",
    "conditions_in",
    "every",
    "leaves_in",
    "templates_in",
    "walk",
]

Citing: TypeAlias = Derived | Applies | Rule | Clock | Note | Interpretation
"""What has an id of its own, says something and cites clauses; a derived fact's id is its name."""

PackNode: TypeAlias = Pack | Decision | Citing | Group | Copy | Condition | Template

_Kind = TypeVar("_Kind")


def children(node: PackNode) -> tuple[PackNode, ...]:  # noqa: PLR0911 - one for each kind of node
    """Return the nodes that a node is made of, in the order in which they are written or worked out."""
    match node:
        case Pack():
            return (*node.decisions.values(), *node.derived.values(), *node.interpretations.values())
        case Decision():
            applies = () if node.applies is None else (node.applies,)
            return (*applies, *node.parts, *node.notes)
        case Group():
            return node.rules
        case Rule():
            return (node.when, *(value for value in node.then.values() if isinstance(value, Template)))
        case Applies() | Note():
            return (node.when,)
        case Derived(how=Chosen(where=condition) | Holds(condition=condition)):
            return (condition,)
        case Derived() | Clock() | Copy() | Template() | Interpretation():
            return ()
        case _:
            return parts_of(node)


def walk(node: PackNode) -> Iterator[PackNode]:
    """Yield a node and all that it is made of, each before its own pieces."""
    yield node
    for child in children(node):
        yield from walk(child)


def every(kind: type[_Kind], *nodes: PackNode) -> Iterator[_Kind]:
    """Yield the nodes of one kind among these and all that they are made of.

    >>> from service.model.conditions import All, Test
    >>> [test.name for test in every(Test, All((Test("loan.kind", "known", None),)))]
    ['loan.kind']
    """
    return (each for node in nodes for each in walk(node) if isinstance(each, kind))


def leaves_in(*nodes: PackNode) -> Iterator[Test]:
    """Yield the tests of all conditions in nodes."""
    return every(Test, *nodes)


def templates_in(*nodes: PackNode) -> Iterator[Template]:
    """Yield the values in nodes that copy other names."""
    return every(Template, *nodes)


def chosen_in(*nodes: PackNode) -> Iterator[Derived]:
    """Yield what nodes choose of lists, which has no place of its own, each after what its own condition chooses."""
    for node in nodes:
        for each in walk(node):
            inner = each.derived if isinstance(each, Test) else each.chosen if isinstance(each, Derived) else None
            if inner is not None:
                yield from chosen_in(inner)
                yield inner


def conditions_in(*nodes: PackNode) -> Iterator[tuple[Derived | Applies | Rule | Note, Condition]]:
    """Yield each whole condition in nodes, with what it is the condition of."""
    for node in nodes:
        for each in walk(node):
            if isinstance(each, Applies | Rule | Note):
                yield each, each.when
            elif isinstance(each, Derived) and each.condition is not None:
                yield each, each.condition


def citing(*nodes: PackNode) -> Iterator[Citing]:
    """Yield all in nodes that has an id of its own and cites clauses."""
    for node in nodes:
        for each in walk(node):
            if isinstance(each, Derived | Applies | Rule | Clock | Note | Interpretation):
                yield each
