"""What only the whole pack can show: ids used twice, rules that cite nothing, clauses that nothing carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from service.model.pack import Applies, Clock, Decision, NamedSet, NamedValue, Note, Pack, Rule
from service.model.walk import citing
from service.pack.readings import Tree
from service.wording import nearest
from service.written.findings import Finding, Place

__all__ = ["check_citations", "has_id_twice", "uncited_readings"]


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


def check_citations(pack: Pack, trees: Mapping[str, Tree], broken: Collection[str] = ()) -> list[Finding]:
    """Return the findings that take the whole pack to see.

    broken  the files that could not be read as a whole: what is missing of them may cite anything, or be what is cited
    """
    cited = list(_cited(pack))
    unknown = [] if "clauses.yaml" in broken else _unknown_clauses(pack, trees, cited)
    findings = [*_ids(pack, cited), *_citations(pack, cited, broken), *_without_clause(pack, unknown)]
    if any(name.startswith("decisions/") or name in ("facts.yaml", "interpretations.yaml") for name in broken):
        return findings
    return [
        *findings,
        *_clauses(pack, trees, cited, frozenset(each.renamed for each in unknown)),
        *_unused_interpretations(pack, trees, cited),
        *_unread_hidden(pack),
    ]


def _unread_hidden(pack: Pack) -> Iterator[Finding]:
    """Yield hidden decisions that no other reads."""
    read = {each.id: frozenset(pack.beneath(each.named)) for each in pack.decisions.values()}
    for each in pack.decisions.values():
        members = {member.name for member in each.members}
        if each.hidden and all(members.isdisjoint(names) for name, names in read.items() if name != each.id):
            message = (
                f"decision {each.id} is hidden, and no other decision reads it: leave out 'hidden', or the decision"
            )
            yield Finding(each.place, "unread_hidden", message)


def has_id_twice(decision: Decision) -> bool:
    """Say whether two elements of a decision have one id: one of them was to have another."""
    ids = [each.id for each in _cited_in(decision)]
    return len(set(ids)) < len(ids)


def _cited(pack: Pack) -> Iterator[_Cited]:
    for decision in pack.decisions.values():
        yield from _cited_in(decision)
    for derived in pack.derived.values():
        yield _Cited(derived.name, "derived fact", None, derived.cites, (), derived.place, must_cite=False)
    for each in pack.interpretations.values():
        yield _Cited(each.id, "interpretation", None, each.cites, (), each.place)


def _cited_in(decision: Decision) -> Iterator[_Cited]:
    if decision.applies is not None:
        each = decision.applies
        yield _Cited(each.id, "applies_when", decision.id, each.cites, each.interpretations, each.place)
    for group in decision.groups:
        for rule in group.rules:
            names = (*rule.interpretations, *group.interpretations)
            yield _Cited(rule.id, "row" if group.is_table else "rule", decision.id, rule.cites, names, rule.place)
    for clock in decision.clocks:
        yield _Cited(clock.id, "clock", decision.id, clock.cites, clock.interpretations, clock.place)
    for note in decision.notes:
        yield _Cited(note.id, "note", decision.id, note.cites, note.interpretations, note.place)


def _ids(pack: Pack, cited: list[_Cited]) -> Iterator[Finding]:
    own = [each for each in cited if each.decision is not None]
    groups = [group for d in pack.decisions.values() for group in d.groups if group.id != d.id]
    counts = Counter([*(each.id for each in own), *(group.id for group in groups)])
    retired = {each.id for decision in pack.decisions.values() for each in decision.retired}
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


def _citations(pack: Pack, cited: list[_Cited], broken: Collection[str]) -> Iterator[Finding]:
    for each in cited:
        if each.must_cite and not each.cites:
            yield Finding(each.place, "no_citation", f"{each.what} {each.id} cites no clause")
        for name in each.interpretations:
            if name not in pack.interpretations and "interpretations.yaml" not in broken:
                message = f"{each.what} {each.id} cites interpretation '{name}', which is not there"
                yield Finding(each.place, "unknown_interpretation", message, nearest(name, pack.interpretations))


def _uncarried(pack: Pack, trees: Mapping[str, Tree], cited: list[_Cited]) -> list[str]:
    """Return the clauses that should be cited, and that nothing cites."""
    carried = _carried(trees, cited)
    return [each.id for each in pack.clauses.values() if each.not_decidable is None and each.id not in carried]


def _carried(trees: Mapping[str, Tree], cited: list[_Cited]) -> frozenset[str]:
    """Return what is cited; a table or part cites for all of its rows, wherever it stands in a file."""
    written = (tree.ids_under("cites") for name, tree in trees.items() if name != "clauses.yaml")
    return frozenset(clause for each in cited for clause in each.cites).union(
        clause for ids in written for clause, _ in ids
    )


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A clause that is cited and is not there: by what, at which places, and the clause that it may be now."""

    id: str
    cited_by: tuple[_Cited, ...]
    places: tuple[Place, ...]
    renamed: str | None


def _unknown_clauses(pack: Pack, trees: Mapping[str, Tree], cited: list[_Cited]) -> list[_Unknown]:
    """Return the clauses that are not there: one that several cite may be one now that nothing cites."""
    by: dict[str, list[_Cited]] = {}
    for each in cited:
        for clause in each.cites:
            if clause not in pack.clauses:
                by.setdefault(clause, []).append(each)
    places: dict[str, list[Place]] = {}
    for name, tree in trees.items():
        for clause, place in tree.ids_under("cites") if name != "clauses.yaml" else ():
            if clause not in pack.clauses:
                places.setdefault(clause, []).append(place)
    free = _uncarried(pack, trees, cited)
    often = [clause for clause, found in places.items() if len(found) > 1]
    only = free[0] if len(free) == len(often) == 1 else None
    return [
        _Unknown(
            clause,
            tuple(by.get(clause, ())),
            tuple(found),
            (nearest(clause, free) or only) if clause in often else None,
        )
        for clause, found in places.items()
    ]


def _without_clause(pack: Pack, unknown: Iterable[_Unknown]) -> Iterator[Finding]:
    """Yield each clause that is cited and not there, once: at the clause that it was, if it was renamed."""
    for each in unknown:
        count = len(each.places)
        if each.renamed is not None:
            message = (
                f"clause {each.renamed}: nothing cites it, and {count} places cite '{each.id}', which is not there"
            )
            mend = "let both have one id, and an id is for ever"
            yield Finding(pack.clauses[each.renamed].place, "unknown_clause", f"{message}: {mend}", each.id)
            continue
        others = "" if count == 1 else f", as do {count - 1} others"
        first = min(each.cited_by, key=lambda by: by.place, default=None)
        message = (
            f"clause '{each.id}' is cited, which is not there"
            if first is None
            else (f"{first.what} {first.id} cites clause '{each.id}', which is not there{others}")
        )
        place = min(each.places) if first is None else first.place
        yield Finding(place, "unknown_clause", message, nearest(each.id, pack.clauses))


def uncited_readings(pack: Pack) -> Iterator[Finding]:
    """Yield a warning for each rule, row, clock or note that uses a value or set by a reading, and cites it not."""
    named: tuple[NamedValue | NamedSet, ...] = (*pack.values.values(), *pack.sets.values())
    shaped = {each.name: each.interpretations for each in named if each.interpretations}
    for each in citing(*pack.decisions.values()) if shaped else ():
        if isinstance(each, Rule | Clock | Note | Applies):
            yield from _uncited(each, shaped)


def _uncited(each: Rule | Clock | Note | Applies, shaped: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    cells = each.cells if isinstance(each, Rule) else ()
    for word in dict.fromkeys(_texts((each.written, cells))):
        for name in shaped.get(word, ()):
            if name not in each.interpretations:
                message = (
                    f"{each.id} uses '{word}', which interpretation {name} decides: "
                    "name it under 'interpretation', so that its answers say so"
                )
                yield Finding(each.place, "uncited_reading", message, severity="warning")


def _texts(node: object) -> Iterator[str]:
    """Yield every text that is a value somewhere in what is written."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, tuple):
        for value in node:
            yield from _texts(value)


def _clauses(
    pack: Pack, trees: Mapping[str, Tree], cited: list[_Cited], renamed: frozenset[str | None]
) -> Iterator[Finding]:
    """Yield clauses that nothing cites, unless that is told already, and cited ones that say why nothing does."""
    carried, uncarried = _carried(trees, cited), frozenset(_uncarried(pack, trees, cited)) - renamed
    for clause in pack.clauses.values():
        if clause.id in uncarried:
            yield Finding(
                clause.place,
                "uncarried_clause",
                f"clause {clause.id}: nothing cites it; implement it, or say 'not_decidable' and why",
            )
        elif clause.not_decidable is not None and clause.id in carried:
            message = f"clause {clause.id} is cited, so it can't be 'not_decidable'"
            yield Finding(clause.place, "carried_clause", message)


def _unused_interpretations(pack: Pack, trees: Mapping[str, Tree], cited: list[_Cited]) -> Iterator[Finding]:
    used = {name for each in cited for name in each.interpretations}
    used |= {name for tree in trees.values() for _, name in tree.uses}
    used |= {
        name
        for file, tree in trees.items()
        if file != "interpretations.yaml"  # where each stands under that key itself
        for name, _ in tree.ids_under("interpretation")
    }
    for each in pack.interpretations.values():
        if each.id not in used:
            yield Finding(
                each.place,
                "unused_interpretation",
                f"interpretation {each.id}: no rule, table, note or clock cites it",
            )
