"""A decision's rule groups and tables as they are written: rules or rows under one hit policy.

A row becomes a rule with an id made of its cells. How hits make one outcome is not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from service.model.conditions import ALWAYS, All, Condition
from service.model.order import circles
from service.model.pack import Column, Group, Rule
from service.model.values import hashable
from service.pack.surroundings import Surroundings
from service.pack.vocabulary import it_is
from service.wording import nearest
from service.written.findings import Steps
from service.written.shape import Written, elements, items, mapping, texts

__all__ = ["cell_text", "read_group"]

_OWN_KEYS = ("part", "table", "asks", "says", "cites", "interpretation", "hit_policy", "order", "columns")
"""What a part says of itself; in a decision without parts, other keys stand beside them."""


def read_group(around: Surroundings, written: Written, path: Steps, name: str) -> Group:
    """Return a rule group or table; a decision without parts is one itself, at the empty path."""
    is_table = "rows" in written
    rules = read_rows(around, written, path, name) if is_table else read_rules(around, written, path)
    gives = tuple(dict.fromkeys(member for rule in rules for member in rule.then))
    _check_policy(around, written, path, name, gives)
    return Group(
        id=name,
        decision=around.decision,
        policy=str(written.get("hit_policy", "unique")),
        order=_order(around, written, path, name, rules) if written.get("hit_policy") == "priority" else None,
        rules=rules,
        gives=gives,
        lists=frozenset(member for member in gives if around.members[member].type == "list"),
        interpretations=_interpretations(around, written, path),
        place=around.tree.place(path),
        columns=_columns(around, written, path) if is_table else (),
        cites=texts(written.get("cites")),
        written={key: written[key] for key in _OWN_KEYS if key in written},
    )


def _check_policy(around: Surroundings, written: Written, path: Steps, name: str, gives: Sequence[str]) -> None:
    """Report an order that has no effect, and periods that nothing gathers."""
    policy = str(written.get("hit_policy", "unique"))
    is_chosen = around.tree.interpretations((*path, "hit_policy"))  # another reading may be the one that ranks
    if "order" in written and policy != "priority" and not is_chosen:
        message = f"{name}: only hit policy priority ranks by 'order', and this one is {policy}: leave it out"
        around.report.at_key((*path, "order"), "idle_order", message)
    for member in gives if policy == "collect" else ():
        if around.members[member].type == "periods":
            message = f"{name}: hit policy collect gathers the items of lists, and member {member} is a list of periods"
            around.report.at_key((*path, "hit_policy"), "collected_periods", message)


def _columns(around: Surroundings, written: Written, path: Steps) -> tuple[Column, ...]:
    columns = mapping(written.get("columns"))
    return tuple(
        Column(name, key == "then", around.tree.place((*path, "columns", key, i)))
        for key in ("when", "then")
        for i, name in enumerate(texts(columns.get(key)))
    )


def _interpretations(around: Surroundings, written: Written, path: Steps) -> tuple[str, ...]:
    """Return what shaped the part as a whole; what shaped one rule is that rule's own."""
    shaped = [around.tree.interpretations((*path, key)) for key in ("hit_policy", "order", "columns")]
    named = texts(written.get("interpretation"))
    return tuple(dict.fromkeys((*named, *(name for names in shaped for name in names))))


def _order(
    around: Surroundings, written: Written, path: Steps, name: str, rules: Sequence[Rule]
) -> tuple[str, Mapping[object, int]] | None:
    order = mapping(written.get("order"))
    if len(order) != 1:
        message = f"{name}: hit policy priority needs 'order', such as {{level: [high, low]}}"
        around.report.at(path, "missing_key", message)
        return None
    ((member, values),) = order.items()
    gives = {each for rule in rules for each in rule.then}
    if member not in gives:
        close = nearest(str(member), gives)
        around.report.at((*path, "order"), "unknown_name", f"{name}: no rule gives the member '{member}'", close)
    if not isinstance(values, list):
        around.report.at((*path, "order"), "wrong_type", f"{name}: the order of '{member}' is a list of its values")
        return None
    given = (rule.then[str(member)] for rule in rules if str(member) in rule.then)
    _check_ranks(around, str(member), values, given, (*path, "order", member))
    return str(member), {hashable(value): rank for rank, value in enumerate(values)}


def _check_ranks(around: Surroundings, member: str, values: list[object], given: Iterable[object], path: Steps) -> None:
    """Report an order that has a value which the member never is, or lacks one that a rule gives."""
    found = around.members.get(member)
    choices = found.choices if found is not None else None
    if choices is None:
        return
    ranked = [hashable(value) for value in values]
    for i, value in enumerate(ranked):
        if value not in choices:
            close = nearest(str(value), map(str, choices))
            around.report.at(
                (*path, i), "impossible_value", f"member {member} is never '{value}'{it_is(choices)}", close
            )
    for value in dict.fromkeys(given):
        if value in choices and value not in ranked:
            around.report.at(path, "unranked_value", f"the order of member {member} lacks its value '{value}'")


def read_rules(around: Surroundings, part: Written, path: Steps) -> tuple[Rule, ...]:
    """Return the rules under a part's `rules`, in their own order."""
    written = elements(part, "rules")
    reader = _RuleReader(
        around,
        names=[str(each.get("rule")) for _, each in written],
        topmost=frozenset(str(each.get("rule")) for _, each in written if each.get("outranks") == "all"),
    )
    rules = tuple(reader.rule(each, (*path, "rules", i)) for i, each in written)
    _check_outranks(around, rules, path)
    return rules


def _check_outranks(around: Surroundings, rules: Sequence[Rule], path: Steps) -> None:
    below = {rule.id: [rules[i].id for i in rule.outranks] for rule in rules}
    for names in circles(below, lambda name: below[name]):
        message = f"rules outrank each other in a circle: {' → '.join(names)}"
        around.report.at((*path, "rules"), "circle", message)


@dataclass(frozen=True)
class _RuleReader:
    """Reads the rules of one part.

    names    the ids of all of its rules
    topmost  those of the rules that outrank all others
    """

    around: Surroundings
    names: Sequence[str]
    topmost: frozenset[str]

    def rule(self, written: Written, path: Steps) -> Rule:
        """Return one rule; what is wrong with it becomes findings."""
        name = str(written.get("rule"))
        about = f"rule {name}"
        asked = "when" in written
        return Rule(
            id=name,
            says=str(written.get("says", "")),
            cites=texts(written.get("cites")),
            interpretations=self.around.interpretations(written, path),
            when=self.around.condition(written["when"], (*path, "when"), about) if asked else ALWAYS,
            then=self._then(mapping(written.get("then")), (*path, "then"), about),
            outranks=self._outranks(name, written.get("outranks"), (*path, "outranks")),
            place=self.around.tree.key_place((*path, "rule")),
            written=written,
        )

    def _then(self, given: Written, path: Steps, about: str) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, written in given.items():
            member = self.around.member(str(key), (*path, key), about)
            if member is not None:
                values[member.path] = self.around.value(member, written, (*path, key), about)
        return values

    def _outranks(self, own: str, written: object, path: Steps) -> tuple[int, ...]:
        """Return the positions of the rules outranked; `all` is all but those that outrank all too."""
        if written == "all":
            return tuple(i for i, name in enumerate(self.names) if name not in self.topmost)
        found = []
        for name in texts(written):
            if name in self.names and name != own:
                found.append(self.names.index(name))
            else:
                close = nearest(name, self.names)
                message = f"rule {own} outranks '{name}', which is no other rule of its part"
                self.around.report.at(path, "unknown_rule", message, close)
        return tuple(found)


_WHATEVER = "-"
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def read_rows(around: Surroundings, table: Written, path: Steps, name: str) -> tuple[Rule, ...]:
    """Return the rows of a table as rules; a row of another width than the columns is left out."""
    columns = mapping(table.get("columns"))
    reader = _RowReader(around, name, table, texts(columns.get("when")), texts(columns.get("then")))
    reader.check_columns((*path, "columns"))
    reader.check_says(table, path)
    rows = (reader.row(row, (*path, "rows", i)) for i, row in enumerate(items(table.get("rows"))))
    return tuple(row for row in rows if row is not None)


@dataclass(frozen=True)
class _RowReader:
    """Reads the rows of one table, whose columns are `whens`, then `thens`."""

    around: Surroundings
    name: str
    table: Written
    whens: tuple[str, ...]
    thens: tuple[str, ...]
    unknown: set[str] = field(default_factory=set)  # columns that name nothing: told once, not at each row

    def check_columns(self, path: Steps) -> None:
        """Report the columns that name nothing, and let the rows pass over them."""
        for i, name in enumerate(self.whens):
            if self.around.vocabulary.word(name) is None:
                self.unknown.add(name)
                self.around.conditions().operands.unknown(name, (*path, "when", i), f"table {self.name}")
        for i, key in enumerate(self.thens):
            if self.around.member(key, (*path, "then", i), f"table {self.name}") is None:
                self.unknown.add(key)

    def row(self, row: object, path: Steps) -> Rule | None:
        """Return one row, a list of cells or a mapping with more to say; None when cells lack or are too many."""
        extra = mapping(row)
        self.check_says(extra, path)
        cells_path = (*path, "cells") if extra else path
        cells = extra.get("cells") if extra else row
        width = len(self.whens) + len(self.thens)
        if not isinstance(cells, list) or len(cells) != width:
            if row is not None:
                message = f"table {self.name}: a row has a cell for each of its {width} columns"
                self.around.report.at(path, "wrong_width", message)
            return None
        row_id = f"{self.name}({', '.join(cell_text(cell) for cell in cells[: len(self.whens)])})"
        return Rule(
            id=row_id,
            says=self._says(str(extra.get("says") or self.table.get("says") or self.table.get("asks") or ""), cells),
            cites=texts(extra.get("cites")) or texts(self.table.get("cites")),
            interpretations=self.around.interpretations(extra, path),
            then=self._then(cells, cells_path, f"row {row_id}"),
            when=self._when(cells, cells_path, f"row {row_id}"),
            outranks=(),
            place=self.around.tree.place(path),
            written=extra,
            cells=tuple(cells),
        )

    def _when(self, cells: list[object], path: Steps, about: str) -> Condition:
        reader = self.around.conditions()
        asked = [
            (column, cells[i], (*path, i))
            for i, column in enumerate(self.whens)
            if cells[i] != _WHATEVER and column not in self.unknown
        ]
        parts = [reader.named(column, cell, where, about) for column, cell, where in asked]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _then(self, cells: list[object], path: Steps, about: str) -> dict[str, object]:
        values: dict[str, object] = {}
        for i, key in enumerate(self.thens, start=len(self.whens)):
            if key in self.unknown or cells[i] == _WHATEVER:
                continue
            member = self.around.member(key, (*path, i), about)
            if member is not None:
                values[member.path] = self.around.value(member, cells[i], (*path, i), about)
        return values

    def check_says(self, holder: Written, path: Steps) -> None:
        """Report what stands in braces in a sentence and names no column."""
        names = [*self.whens, *(f"{self.around.decision}.{then}" for then in self.thens), *self.thens]
        for found in _PLACEHOLDER.findall(str(holder.get("says", ""))):
            if found not in names and nearest(found, self.unknown) is None:
                message = f"table {self.name}: its sentence has {{{found}}}, which names no column"
                self.around.report.at((*path, "says"), "unknown_placeholder", message, nearest(found, names))

    def _says(self, template: str, cells: list[object]) -> str:
        """Fill the columns that a table's sentence names in braces with the row's own cells."""
        names = [*self.whens, *(f"{self.around.decision}.{then}" for then in self.thens)]
        for name, alias, cell in zip(names, (*self.whens, *self.thens), cells, strict=True):
            template = template.replace(f"{{{name}}}", cell_text(cell)).replace(f"{{{alias}}}", cell_text(cell))
        return template


def cell_text(cell: object) -> str:
    """Return a cell as the row's id and sentences show it.

    >>> cell_text(["adult", "child"]), cell_text({"at_most": 3, "not": 0})
    ('adult or child', 'at most 3 and not 0')
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list):
        return " or ".join(cell_text(each) for each in cell)
    if isinstance(cell, dict):
        return " and ".join(f"{str(key).replace('_', ' ')} {cell_text(value)}" for key, value in cell.items())
    return str(cell)
