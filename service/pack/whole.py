"""What only the whole pack can show: ids used twice, rules that cite nothing, clauses that nothing carries. No deciding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.nearest import nearest
from service.pack.findings import Finding, Place
from service.pack.model import Decision, Group, Interpretation, Pack
from service.pack.readings import Tree

__all__ = ["check_whole"]


@dataclass(frozen=True, slots=True)
class _Cited:
    """Something that has an id and says where it is written."""

    id: str
    what: str
    decision: str | None
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    place: Place
    must_cite: bool = True


def check_whole(pack: Pack, trees: Mapping[str, Tree]) -> list[Finding]:
    """Return the findings that take the whole pack to see."""
    cited = list(_cited(pack, trees))
    return [
        *_ids(pack, cited),
        *_citations(pack, cited),
        *_clauses(pack, trees, cited),
        *_unused_interpretations(pack, trees, cited),
    ]


def _cited(pack: Pack, trees: Mapping[str, Tree]) -> Iterator[_Cited]:
    for decision in pack.decisions.values():
        yield from _cited_in(decision, trees)
    facts = trees.get("facts.yaml")
    for derived in pack.derived.values():
        place = facts.place(("derived",)) if facts is not None else Place("facts.yaml", 1, 1)
        yield _Cited(derived.name, "derived fact", None, derived.cites, (), place, must_cite=False)
    for each in pack.interpretations.values():
        yield _Cited(each.id, "interpretation", None, each.cites, (), _place_of(trees, each))


def _cited_in(decision: Decision, trees: Mapping[str, Tree]) -> Iterator[_Cited]:
    here = decision.place
    if decision.applies is not None:
        each = decision.applies
        yield _Cited(each.id, "applies_when", decision.id, each.cites, each.interpretations, here)
    for part in decision.parts:
        if isinstance(part, Group):
            for rule in part.rules:
                names = (*rule.interpretations, *part.interpretations)
                yield _Cited(rule.id, "row" if part.is_table else "rule", decision.id, rule.cites, names, rule.place)
        elif hasattr(part, "cites"):
            yield _Cited(part.id, "clock", decision.id, part.cites, part.interpretations, part.place)
    tree = trees.get(f"decisions/{decision.id}.yaml")
    for i, note in enumerate(decision.notes):
        place = tree.place(("notes", i)) if tree is not None else here
        yield _Cited(note.id, "note", decision.id, note.cites, note.interpretations, place)


def _place_of(trees: Mapping[str, Tree], wanted: Interpretation) -> Place:
    tree = trees.get("interpretations.yaml")
    if tree is None or not isinstance(tree.data, dict):
        return Place("interpretations.yaml", 1, 1)
    listed = tree.data.get("interpretations") or []
    index = next((i for i, each in enumerate(listed) if each and each.get("interpretation") == wanted.id), 0)
    return tree.place(("interpretations", index))


def _ids(pack: Pack, cited: list[_Cited]) -> Iterator[Finding]:
    own = [each for each in cited if each.decision is not None]
    groups = [part for d in pack.decisions.values() for part in d.parts if isinstance(part, Group) and part.id != d.id]
    counts = Counter([*(each.id for each in own), *(group.id for group in groups)])
    retired = {name for decision in pack.decisions.values() for name in decision.retired}
    for each in own:
        if counts[each.id] > 1:
            yield Finding(each.place, "duplicate_id", f"{each.what} {each.id} stands {counts[each.id]} times")
        if each.id in retired:
            yield Finding(each.place, "retired_id", f"{each.what} {each.id}: the id was retired, and an id is for ever")
        if not each.id.startswith((f"{each.decision}.", f"{each.decision}(")):
            yield Finding(
                each.place,
                "misplaced_id",
                f"{each.what} {each.id} stands in decision {each.decision}: its id begins with '{each.decision}.'",
            )
    for group in groups:
        if not group.id.startswith(f"{group.decision}."):
            yield Finding(group.place, "misplaced_id", f"part {group.id}: its id begins with '{group.decision}.'")


def _citations(pack: Pack, cited: list[_Cited]) -> Iterator[Finding]:
    for each in cited:
        if each.must_cite and not each.cites:
            yield Finding(each.place, "no_citation", f"{each.what} {each.id} cites no clause")
        for clause in each.cites:
            if clause not in pack.clauses:
                yield _unknown(each, "clause", clause, nearest(clause, pack.clauses))
        for name in each.interpretations:
            if name not in pack.interpretations:
                yield _unknown(each, "interpretation", name, nearest(name, pack.interpretations))


def _unknown(each: _Cited, what: str, name: str, close: str | None) -> Finding:
    return Finding(
        each.place, f"unknown_{what}", f"{each.what} {each.id} cites {what} '{name}', which is not there", close
    )


def _clauses(pack: Pack, trees: Mapping[str, Tree], cited: list[_Cited]) -> Iterator[Finding]:
    carried = {clause for each in cited for clause in each.cites}
    carried |= {clause for name in trees for clause in _mentioned(trees[name]) if name != "clauses.yaml"}
    tree = trees.get("clauses.yaml")
    for i, clause in enumerate(pack.clauses.values()):
        place = tree.place(("clauses", i)) if tree is not None else Place("clauses.yaml", 1, 1)
        if clause.not_decidable is None and clause.id not in carried:
            yield Finding(
                place,
                "uncarried_clause",
                f"clause {clause.id}: nothing cites it; implement it, or say 'not_decidable' and why",
            )
        elif clause.not_decidable is not None and clause.id in carried:
            yield Finding(place, "carried_clause", f"clause {clause.id} is cited, so it can't be 'not_decidable'")


def _mentioned(tree: Tree) -> set[str]:
    """Return the clauses that are cited anywhere in a file, such as on a table that cites for all of its rows."""
    found: set[str] = set()

    def visit(node: object) -> None:
        if isinstance(node, dict):
            cites = node.get("cites")
            found.update([cites] if isinstance(cites, str) else cites if isinstance(cites, list) else [])
            for value in node.values():
                visit(value)
        elif isinstance(node, list):
            for value in node:
                visit(value)

    visit(tree.data)
    return found


def _unused_interpretations(pack: Pack, trees: Mapping[str, Tree], cited: list[_Cited]) -> Iterator[Finding]:
    used = {name for each in cited for name in each.interpretations}
    used |= {name for tree in trees.values() for _, name in tree.uses}
    used |= {name for tree in trees.values() for name in _named(tree)}
    for each in pack.interpretations.values():
        if each.id not in used:
            yield Finding(
                _place_of(trees, each),
                "unused_interpretation",
                f"interpretation {each.id}: no rule, table, note or clock cites it",
            )


def _named(tree: Tree) -> set[str]:
    found: set[str] = set()

    def visit(node: object) -> None:
        if isinstance(node, dict):
            named = node.get("interpretation")
            if "readings" not in node:
                found.update([named] if isinstance(named, str) else named if isinstance(named, list) else [])
            for value in node.values():
                visit(value)
        elif isinstance(node, list):
            for value in node:
                visit(value)

    visit(tree.data)
    return found
