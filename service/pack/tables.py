"""The rows of a decision table as they are written: each becomes a rule with an id made of its cells."""

from __future__ import annotations

from dataclasses import dataclass

from service.model.conditions import All, Condition
from service.model.pack import Rule
from service.pack.scope import Scope
from service.written.reporter import Steps
from service.written.shape import Written, items, mapping, texts

__all__ = ["cell_text", "read_rows"]

_WHATEVER = "-"


def read_rows(scope: Scope, table: Written, path: Steps, name: str) -> tuple[Rule, ...]:
    """Return the rows of a table as rules; a row of another width than the columns is left out."""
    columns = mapping(table.get("columns"))
    reader = _RowReader(scope, name, table, texts(columns.get("when")), texts(columns.get("then")))
    rows = (reader.row(row, (*path, "rows", i)) for i, row in enumerate(items(table.get("rows"))))
    return tuple(row for row in rows if row is not None)


@dataclass(frozen=True)
class _RowReader:
    """Reads the rows of one table, whose columns are `whens`, then `thens`."""

    scope: Scope
    name: str
    table: Written
    whens: tuple[str, ...]
    thens: tuple[str, ...]

    def row(self, row: object, path: Steps) -> Rule | None:
        """Return one row, a list of cells or a mapping with more to say; None when cells lack or are too many."""
        extra = mapping(row)
        cells_path = (*path, "cells") if extra else path
        cells = extra.get("cells") if extra else row
        width = len(self.whens) + len(self.thens)
        if not isinstance(cells, list) or len(cells) != width:
            if row is not None:
                message = f"table {self.name}: a row has a cell for each of its {width} columns"
                self.scope.report.at(path, "wrong_width", message)
            return None
        row_id = f"{self.name}({', '.join(cell_text(cell) for cell in cells[: len(self.whens)])})"
        return Rule(
            id=row_id,
            says=self._says(str(extra.get("says") or self.table.get("says") or self.table.get("asks") or ""), cells),
            cites=texts(extra.get("cites")) or texts(self.table.get("cites")),
            interpretations=self.scope.interpretations(extra, path),
            then=self._then(cells, cells_path, f"row {row_id}"),
            when=self._when(cells, cells_path, f"row {row_id}"),
            outranks=(),
            place=self.scope.tree.place(path),
            written=extra,
            cells=tuple(cells),
        )

    def _when(self, cells: list[object], path: Steps, about: str) -> Condition:
        reader = self.scope.conditions()
        asked = [(column, cells[i], (*path, i)) for i, column in enumerate(self.whens) if cells[i] != _WHATEVER]
        parts = [reader.named(column, cell, where, about) for column, cell, where in asked]
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _then(self, cells: list[object], path: Steps, about: str) -> dict[str, object]:
        values: dict[str, object] = {}
        for i, key in enumerate(self.thens, start=len(self.whens)):
            member = self.scope.member(key, (*path, i), about)
            if member is not None and cells[i] != _WHATEVER:
                values[member.path] = self.scope.value(member, cells[i], (*path, i), about)
        return values

    def _says(self, template: str, cells: list[object]) -> str:
        """Fill the columns that a table's sentence names in braces with the row's own cells."""
        names = [*self.whens, *(f"{self.scope.decision}.{then}" for then in self.thens)]
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
