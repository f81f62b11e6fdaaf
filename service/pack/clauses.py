"""`clauses.yaml` as Clauses. Which of them the rules carry is in `whole.py`, their source in `fingerprints.py`."""

from __future__ import annotations

from service.model.pack import Clause
from service.pack.readings import Tree
from service.written.findings import Place, Reporter
from service.written.shape import Written, elements, mapping

__all__ = ["read_clauses"]


def read_clauses(tree: Tree, report: Reporter) -> dict[str, Clause]:
    """Return the clauses by id, in the order of the source."""
    found: dict[str, Clause] = {}
    for i, written in elements(tree.data, "clauses"):
        clause = _clause(written, tree.place(("clauses", i)))
        if clause.id in found:
            report.at(("clauses", i, "clause"), "duplicate_id", f"clause {clause.id} stands twice")
        found[clause.id] = clause
    return found


def _clause(written: Written, place: Place) -> Clause:
    source = mapping(written.get("source"))
    return Clause(
        id=str(written.get("clause")),
        heading=str(written.get("heading", "")),
        section=str(written.get("place", "")),
        text=str(written.get("text", "")),
        lines=_text(source, "lines"),
        sha256=_text(source, "sha256"),
        not_decidable=_text(written, "not_decidable"),
        place=place,
    )


def _text(written: Written, key: str) -> str | None:
    value = written.get(key)
    return None if value is None else str(value)
