"""`clauses.yaml` as Clauses. Which of them the rules carry is in `citations.py`, their source in `fingerprints.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.model.pack import Clause
from service.pack.readings import Tree
from service.wording import counted
from service.written.findings import Finding, Place, Reporter
from service.written.shape import Written, elements, mapping

__all__ = ["read_clauses", "without_fingerprint"]


def read_clauses(tree: Tree, report: Reporter) -> dict[str, Clause]:
    """Return the clauses by id, in the order of the source."""
    found: dict[str, Clause] = {}
    for i, written in elements(tree.data, "clauses"):
        clause = _clause(written, tree.place(("clauses", i)))
        if clause.id in found:
            report.at(("clauses", i, "clause"), "duplicate_id", f"clause {clause.id} stands twice")
        found[clause.id] = clause
    return found


def without_fingerprint(clauses: Iterable[Clause]) -> Iterator[Finding]:
    """Yield one warning for all clauses that name lines and lack their fingerprint, at the first of them."""
    lacking = [each for each in clauses if each.lines is not None and each.sha256 is None]
    if lacking:
        names = (
            f"clause {lacking[0].id} names its lines and lacks"
            if len(lacking) == 1
            else (f"{counted(len(lacking), 'clause')}, from {lacking[0].id} on, name their lines and lack")
        )
        mend = "`clausewise check --source FILE --fill` writes it from the source document"
        message = f"{names} 'sha256', so that no change of the source is noticed there: {mend}"
        yield Finding(lacking[0].place, "missing_fingerprint", message, severity="warning")


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
