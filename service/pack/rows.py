"""A table's rows as they are written: each becomes a rule with an id made of its cells; the last may take the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from service.model.conditions import All, AnyOf, Condition, Not
from service.model.pack import Member, Rule
from service.pack.surroundings import Surroundings
from service.pack.vocabulary import ANY
from service.wording import nearest
from service.written.findings import Steps
from service.written.shape import Written, items, mapping, texts

__all__ = ["NOTHING", "OTHERWISE", "can_be", "cell_text", "path_of_nothing", "read_rows", "with_otherwise"]

NOTHING = "nothing"
OTHERWISE = "otherwise"
_WHATEVER = "-"
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def path_of_nothing(name: str) -> str:
    """Return the path of the hidden member by which rules of a part say that there is nothing: no name is like it."""
    return f"{name}: {NOTHING}"


def with_otherwise(
    around: Surroundings, rules: tuple[Rule, ...], is_otherwise: Sequence[bool], paths: Sequence[Steps]
) -> tuple[Rule, ...]:
    """Return rules or rows whose last one, where it says `otherwise`, holds where none of the others does.

    is_otherwise  of each whether it says so; it is reported of any but the last, and of one that stands alone
    """
    for rule, says_so, path in zip(rules[:-1], is_otherwise, paths, strict=False):
        if says_so:
            message = f"{rule.id}: 'otherwise' stands last, for what all the others leave: move it to the end"
            around.report.at(path, "misplaced_otherwise", message)
    if not rules or not is_otherwise[-1]:
        return rules
    *others, last = rules
    if not others:
        message = f"{last.id}: 'otherwise' needs others before it: leave it out, and it always holds"
        around.report.at(paths[-1], "misplaced_otherwise", message)
    return (*others, replace(last, when=Not(AnyOf(tuple([rule.when for rule in others])))))


def read_rows(around: Surroundings, table: Written, path: Steps, name: str) -> tuple[Rule, ...]:
    """Return the rows of a table as rules; a row of another width than the columns is left out."""
    columns = mapping(table.get("columns"))
    reader = _RowReader(around, name, table, texts(columns.get("when")), texts(columns.get("then")))
    reader.check_columns((*path, "columns"))
    reader.check_says(table, path)
    written = list(enumerate(items(table.get("rows"))))
    read = [(reader.row(row, (*path, "rows", i)), i, row) for i, row in written]
    found = [(rule, OTHERWISE in mapping(row), (*path, "rows", i)) for rule, i, row in read if rule is not None]
    return with_otherwise(
        around, tuple(rule for rule, _, _ in found), [each for _, each, _ in found], [where for _, _, where in found]
    )


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
            if (
                self.around.recorded(key) is None
                and self.around.member(key, (*path, "then", i), f"table {self.name}") is None
            ):
                self.unknown.add(key)

    def row(self, row: object, path: Steps) -> Rule | None:
        """Return one row, a list of cells or a mapping with more to say; None when cells lack or are too many.

        A row that says `otherwise` asks for nothing by itself.
        """
        extra = mapping(row)
        self.check_says(extra, path)
        key = next((each for each in ("cells", OTHERWISE) if each in extra), None)
        asked = () if key == OTHERWISE else self.whens
        cells_path = path if key is None else (*path, key)
        cells = row if key is None else extra[key]
        width = len(asked) + len(self.thens)
        if not isinstance(cells, list) or len(cells) != width:
            if row is not None:
                which = f"its {width} columns" if asked else f"the {width} columns that give"
                message = f"table {self.name}: a row has a cell for each of {which}"
                self.around.report.at(path, "wrong_width", message)
            return None
        whens, thens = cells[: len(asked)], cells[len(asked) :]
        row_id = f"{self.name}({', '.join(map(cell_text, whens)) if asked else OTHERWISE})"
        shown = whens if asked else [OTHERWISE] * len(self.whens)
        return Rule(
            id=row_id,
            says=self._says(extra, [*shown, *thens], path),
            cites=texts(extra.get("cites")) or texts(self.table.get("cites")),
            interpretations=self.around.interpretations(extra, path),
            then=self._then(thens, len(asked), cells_path, f"row {row_id}"),
            when=self._when(whens, cells_path, f"row {row_id}"),
            outranks=(),
            place=self.around.tree.place(path),
            written=extra,
            cells=(*shown, *thens),
        )

    def _when(self, cells: list[object], path: Steps, about: str) -> Condition:
        reader = self.around.conditions()
        asked = [
            (self.whens[i], cell, (*path, i))
            for i, cell in enumerate(cells)
            if cell != _WHATEVER and self.whens[i] not in self.unknown
        ]
        parts = [reader.named(column, cell, where, about) for column, cell, where in asked]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _then(self, cells: list[object], first: int, path: Steps, about: str) -> dict[str, object]:
        """Return what the cells that give come to; the first of them stands at a place of its own in the row."""
        values: dict[str, object] = {}
        if self._is_nothing(cells):
            return {path_of_nothing(self.name): True}
        records: dict[str, dict[str, object]] = {}
        for i, (key, cell) in enumerate(zip(self.thens, cells, strict=True), start=first):
            if key in self.unknown or cell == _WHATEVER:
                continue
            recorded = self.around.recorded(key)
            if recorded is not None:
                records.setdefault(recorded[0], {})[recorded[1]] = cell
                continue
            member = self.around.member(key, (*path, i), about)
            if member is not None:
                values[member.path] = self.around.value(member, cell, (*path, i), about)
        for name, record in records.items():
            member = self.around.member(name, path, about)
            if member is not None:
                values[member.path] = self.around.value(member, record, path, about)
        return values

    def _is_nothing(self, cells: list[object]) -> bool:
        """Say whether the cells that give say `nothing`, each where that is no text that its member can be."""
        members = [self.around.members.get(key) for key in self.thens]
        return all(
            cell == NOTHING and not (member is not None and can_be(member, NOTHING))
            for cell, member in zip(cells, members, strict=True)
        )

    def check_says(self, holder: Written, path: Steps) -> None:
        """Report what stands in braces in a sentence and names no column."""
        names = [*self.whens, *(f"{self.around.decision}.{then}" for then in self.thens), *self.thens]
        for found in _PLACEHOLDER.findall(str(holder.get("says", ""))):
            if found not in names and nearest(found, self.unknown) is None:
                message = f"table {self.name}: its sentence has {{{found}}}, which names no column"
                self.around.report.at((*path, "says"), "unknown_placeholder", message, nearest(found, names))

    def _says(self, extra: Written, cells: list[object], path: Steps) -> str:
        """Fill the columns that a row's or the table's sentence names in braces with the row's own cells."""
        template = str(extra.get("says") or self.table.get("says") or self.table.get("asks") or "")
        lacking = [name for name in self.whens if OTHERWISE in extra and f"{{{name}}}" in template]
        if lacking:
            message = f"table {self.name}: its sentence has {{{lacking[0]}}}, of which the last row has no cell"
            self.around.report.at(path, "unknown_placeholder", f"{message}: give the row a sentence of its own")
        names = [*self.whens, *(f"{self.around.decision}.{then}" for then in self.thens)]
        for name, alias, cell in zip(names, (*self.whens, *self.thens), cells, strict=True):
            template = template.replace(f"{{{name}}}", cell_text(cell)).replace(f"{{{alias}}}", cell_text(cell))
        return template


def can_be(member: Member, text: str) -> bool:
    """Say whether a member can be a text, or a list with it."""
    among = member.items if member.type == "list" else member.choices
    return member.type in (ANY, "list", "object", "string") and (among is None or text in among)


def cell_text(cell: object) -> str:
    """Return a cell as the row's id and sentences show it.

    >>> cell_text(["adult", "child"]), cell_text({"at_most": 3, "not": 0})
    ('adult or child', 'at most 3 and not 0')
    >>> cell_text({"not": {"at_least": 3, "at_most": 5}}), cell_text({"either": [1, {"at_least": 3}]})
    ('not (at least 3 and at most 5)', 'either 1 or at least 3')
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list):
        return " or ".join(_part_text(each) for each in cell)
    if isinstance(cell, dict):
        return " and ".join(f"{str(key).replace('_', ' ')} {_part_text(value)}" for key, value in cell.items())
    return str(cell)


def _part_text(part: object) -> str:
    """Return a part of a cell, in parentheses where it says several things of its own."""
    told = cell_text(part)
    return f"({told})" if isinstance(part, dict) and len(part) > 1 else told
