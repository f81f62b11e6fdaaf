"""What only the whole pack can show: ids used twice, rules that cite nothing, clauses that nothing carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
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
    findings = [*_ids(pack, cited), *_citations(pack, cited, broken), *_further_citations(pack, trees, cited, broken)]
    if any(name.startswith("decisions/") or name in ("facts.yaml", "interpretations.yaml") for name in broken):
        return findings
    return [
        *findings,
        *_clauses(pack, trees, cited),
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
        for clause in each.cites:
            if clause not in pack.clauses and "clauses.yaml" not in broken:
                message = f"{each.what} {each.id} cites clause '{clause}', which is not there"
                yield Finding(each.place, "unknown_clause", message, nearest(clause, pack.clauses))
        for name in each.interpretations:
            if name not in pack.interpretations and "interpretations.yaml" not in broken:
                message = f"{each.what} {each.id} cites interpretation '{name}', which is not there"
                yield Finding(each.place, "unknown_interpretation", message, nearest(name, pack.interpretations))


def _further_citations(
    pack: Pack, trees: Mapping[str, Tree], cited: list[_Cited], broken: Collection[str]
) -> Iterator[Finding]:
    """Yield citations of no clause at what has no id of its own: a decision, a part, a table, a holiday."""
    if "clauses.yaml" in broken:
        return
    told = {clause for each in cited for clause in each.cites}
    for tree in trees.values():
        for clause, place in tree.ids_under("cites"):
            if clause not in pack.clauses and clause not in told:
                message = f"clause '{clause}' is cited, which is not there"
                yield Finding(place, "unknown_clause", message, nearest(clause, pack.clauses))


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


def _clauses(pack: Pack, trees: Mapping[str, Tree], cited: list[_Cited]) -> Iterator[Finding]:
    carried = {clause for each in cited for clause in each.cites}
    # A table or part cites for all of its rows, wherever it stands in a file.
    carried |= {
        clause for name, tree in trees.items() for clause, _ in tree.ids_under("cites") if name != "clauses.yaml"
    }
    for clause in pack.clauses.values():
        if clause.not_decidable is None and clause.id not in carried:
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
