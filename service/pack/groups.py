"""A decision's rule groups and tables as they are written: rules or rows under one hit policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from service.model.pack import Column, Group, Rule
from service.model.values import settled
from service.pack.rules import read_rules
from service.pack.scope import Scope
from service.pack.tables import read_rows
from service.wording import nearest
from service.written.reporter import Steps
from service.written.shape import Written, mapping, texts

__all__ = ["read_group"]

_OWN_KEYS = ("part", "table", "asks", "says", "cites", "interpretation", "hit_policy", "order", "columns")
"""What a part says of itself; in a decision without parts, other keys stand beside them."""


def read_group(scope: Scope, written: Written, path: Steps, name: str) -> Group:
    """Return a rule group or table; a decision without parts is one itself, at the empty path."""
    is_table = "rows" in written
    rules = read_rows(scope, written, path, name) if is_table else read_rules(scope, written, path)
    gives = tuple(dict.fromkeys(member for rule in rules for member in rule.then))
    return Group(
        id=name,
        decision=scope.decision,
        policy=str(written.get("hit_policy", "unique")),
        order=_order(scope, written, path, name, rules) if written.get("hit_policy") == "priority" else None,
        rules=rules,
        gives=gives,
        lists=frozenset(member for member in gives if scope.members[member].type == "list"),
        interpretations=_interpretations(scope, written, path),
        place=scope.tree.place(path),
        columns=_columns(scope, written, path) if is_table else (),
        cites=texts(written.get("cites")),
        written={key: written[key] for key in _OWN_KEYS if key in written},
    )


def _columns(scope: Scope, written: Written, path: Steps) -> tuple[Column, ...]:
    columns = mapping(written.get("columns"))
    return tuple(
        Column(name, key == "then", scope.tree.place((*path, "columns", key, i)))
        for key in ("when", "then")
        for i, name in enumerate(texts(columns.get(key)))
    )


def _interpretations(scope: Scope, written: Written, path: Steps) -> tuple[str, ...]:
    """Return what shaped the part as a whole; what shaped one rule is that rule's own."""
    shaped = [scope.tree.interpretations((*path, key)) for key in ("hit_policy", "order", "columns")]
    named = texts(written.get("interpretation"))
    return tuple(dict.fromkeys((*named, *(name for names in shaped for name in names))))


def _order(
    scope: Scope, written: Written, path: Steps, name: str, rules: Sequence[Rule]
) -> tuple[str, Mapping[object, int]] | None:
    order = mapping(written.get("order"))
    if len(order) != 1:
        message = f"{name}: hit policy priority needs 'order', such as {{level: [high, low]}}"
        scope.report.at(path, "missing_key", message)
        return None
    ((member, values),) = order.items()
    gives = {each for rule in rules for each in rule.then}
    if member not in gives:
        close = nearest(str(member), gives)
        scope.report.at((*path, "order"), "unknown_name", f"{name}: no rule gives the member '{member}'", close)
    if not isinstance(values, list):
        scope.report.at((*path, "order"), "wrong_type", f"{name}: the order of '{member}' is a list of its values")
        return None
    given = (rule.then[str(member)] for rule in rules if str(member) in rule.then)
    _check_ranks(scope, str(member), values, given, (*path, "order", member))
    return str(member), {settled(value): rank for rank, value in enumerate(values)}


def _check_ranks(scope: Scope, member: str, values: list[object], given: Iterable[object], path: Steps) -> None:
    """Report an order that has a value which the member never is, or lacks one that a rule gives."""
    found = scope.members.get(member)
    choices = found.choices if found is not None else None
    if choices is None:
        return
    for i, value in enumerate(values):
        if value not in choices:
            close = nearest(str(value), map(str, choices))
            scope.report.at((*path, i), "impossible_value", f"member {member} is never '{value}'", close)
    for value in dict.fromkeys(given):
        if value in choices and value not in values:
            scope.report.at(path, "unranked_value", f"the order of member {member} lacks its value '{value}'")
