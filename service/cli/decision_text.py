"""A decision as text for people: what was decided and why, and what is still needed. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.cli.filling import Filled, OneLine
from service.cli.values import described, flat, in_short, member_lines, named_values, printable, record_lines
from service.facts.in_words import allowed
from service.model.pack import Decision, Pack
from service.wording import counted

__all__ = ["decision_text"]

_Document = Mapping[str, Any]  # one decision of a decision document
_LABEL_WIDTH = 9  # of the longest label, 'overruled'
_STATUS_STYLES = {"decided": "green", "provisional": "yellow", "undecided": "magenta", "not_applicable": "blue"}


def decision_text(
    pack: Pack, document: Mapping[str, Any], stored: str | None = None, mattering: Collection[str] | None = None
) -> Group:
    """Return the text of an answer: all decisions in short, each in the pack's order, and what is still needed.

    pack       that decided
    document   the decision document
    stored     what to say of its place in the audit log
    mattering  of the assumed facts those that what was decided rests on, where that is known: the others are counted
    """
    decisions = document["decisions"]
    found = {name: _in_order(pack, name, decisions[name]) for name in pack.decisions if name in decisions}
    short = [Group(Text("In short", "bold"), _indented(_overview(pack, found)))] if len(found) > 1 else []
    sections = [_Section(pack, name, document).text() for name, document in found.items()]
    closing = _closing(pack, _assumed(pack, document["assumed"], mattering), found, stored)
    return Group(*_apart([_heading(pack, document["as_of"]), *short, *sections, *closing]))


def _in_order(pack: Pack, name: str, document: Any) -> _Document:
    """Return a decision with the members of its outcome flat, in the pack's order: canonical JSON sorts them."""
    if document["outcome"] is None:
        return document  # type: ignore[no-any-return]
    members = flat(document["outcome"])
    order = [member.path for member in pack.decisions[name].members]
    declared = {path: members[path] for path in order if path in members}
    return {**document, "outcome": {**declared, **members}}


def _apart(parts: Iterable[RenderableType]) -> Iterator[RenderableType]:
    """Put an empty line between parts."""
    for place, part in enumerate(parts):
        if place:
            yield Text()
        yield part


def _heading(pack: Pack, as_of: str | None) -> RenderableType:
    when = f"as of {as_of}" if as_of is not None else "on no date in particular"
    return Text.assemble((pack.title or pack.id, "bold"), f" {pack.version}, {when}")


def _assumed(pack: Pack, assumed: Mapping[str, Any], mattering: Collection[str] | None) -> list[RenderableType]:
    """Return the lines on what was assumed: by name what matters, by number what doesn't."""
    in_order = {fact: assumed[fact] for fact in pack.facts.facts if fact in assumed}
    told = {fact: value for fact, value in {**in_order, **assumed}.items() if mattering is None or fact in mattering}
    lines: list[RenderableType] = [Filled([Text(each) for each in named_values(told)], ";")] if told else []
    others = len(assumed) - len(told)
    if others:
        which = counted(others, "other fact" if told else "fact")
        lines.append(Text(f"{which}, of which no other value would change what is decided", "dim"))
    return lines


def _closing(
    pack: Pack, assumed: list[RenderableType], found: Mapping[str, _Document], stored: str | None
) -> Iterator[RenderableType]:
    if assumed:
        yield Group(Text("Assumed, as the case leaves them out", "bold"), *map(_indented, assumed))
    if any(document["needs"] for document in found.values()):
        yield _needs(pack, found)
    if stored is not None:
        yield Text.assemble(("Stored", "bold"), f" as {stored}")


def _indented(text: RenderableType) -> Padding:
    return Padding(text, (0, 0, 0, 2))


def _grid(*columns: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(**column)
    return table


def _overview(pack: Pack, found: Mapping[str, _Document]) -> Group:
    """Return a line for each decision, with as much of its outcome as it has room for."""
    statuses = [_status(document) for document in found.values()]
    widths = max(map(len, found)), max(map(len, statuses))
    lines = []
    for (name, document), status in zip(found.items(), statuses, strict=True):
        head = Text.assemble((name, "cyan"), " " * (widths[0] - len(name) + 2), status)
        head.append(" " * (widths[1] - len(status) + 2))
        lines.append(OneLine(head, [Text(each, "bold") for each in _shortly(pack.decisions[name], document)]))
    return Group(*lines)


def _shortly(decision: Decision, document: _Document) -> list[str]:
    """Return the members of an outcome for the summary; where there is none and will be none, that."""
    if document["outcome"] is not None:
        return in_short(document["outcome"]) or [_NO_MEMBERS[document["status"]]]
    return [_no_answer(decision, document)[0]] if _is_stuck(document) else []


def _is_stuck(document: _Document) -> bool:
    """Say whether the pack itself leaves a decision open: no rule gives an outcome, or rules disagree."""
    return document["status"] == "undecided" and not document["needs"]


def _no_answer(decision: Decision, document: _Document) -> tuple[str, str]:
    """Return that there is no outcome and will be none, and how the sentence goes on.

    A note that goes by a part's id says that the rules of that part disagree.
    """
    parts = {group.id for group in decision.groups}
    disagree = any(note["note"] in parts for note in document["notes"])
    if disagree:
        return "none: rules of the pack disagree", ", and no answer would change that"
    return "none, and no answer would change that", ": the pack gives none"


_NO_MEMBERS = {"decided": "none of its members", "provisional": "none of its members so far"}


def _status(document: _Document) -> Text:
    return Text(document["status"].replace("_", " "), _STATUS_STYLES[document["status"]])


def _needs(pack: Pack, found: Mapping[str, _Document]) -> RenderableType:
    """Return what to ask, once for all decisions: first what most of them need, then in their own order."""
    wanted_by: dict[str, list[str]] = {}
    for name, document in found.items():
        for fact in document["needs"]:
            wanted_by.setdefault(fact, []).append(name)
    table = _grid({"justify": "right", "style": "yellow", "no_wrap": True}, {"overflow": "fold"})
    facts = sorted(wanted_by, key=lambda fact: -len(wanted_by[fact]))
    for place, fact in enumerate(facts, start=1):
        table.add_row(str(place), _question(pack, fact, wanted_by[fact] if len(found) > 1 else []))
    return Group(Text("Still needed, the most useful first", "bold"), _indented(table))


def _question(pack: Pack, fact: str, wanted_by: list[str]) -> RenderableType:
    spec = pack.facts.facts.get(fact)
    lines: list[RenderableType] = [Text.assemble((fact, "yellow"), "  ", described(pack.facts, fact))]
    if spec is not None:
        lines.append(_indented(Text(printable(allowed(spec)))))
    if wanted_by:
        lines.append(_indented(Text(f"for {', '.join(wanted_by)}", "dim")))
    return Group(*lines)


class _Section:
    """One decision's text: labels beside text that wraps. A clause is restated where it is first cited."""

    def __init__(self, pack: Pack, name: str, document: _Document) -> None:
        self._pack = pack
        self._decision = pack.decisions[name]
        self._document = document
        self._restated: set[str] = set()
        self._last_label = ""
        self._table = _grid({"width": _LABEL_WIDTH, "no_wrap": True, "style": "bold"}, {"overflow": "fold"})

    def text(self) -> RenderableType:
        """Return the section."""
        document = self._document
        if document["outcome"] is not None:
            self._add("outcome", _outcome(document))
        elif _is_stuck(document):
            self._add("outcome", Text("".join(_no_answer(self._decision, document)), "yellow"))
        for entry in document["because"]:
            self._add("because", *self._rule(entry, ""))
        for entry in document["overruled"]:
            self._add("overruled", *self._rule(entry, _why(entry)))
        if document["needs"]:
            self._add("needs", Filled([Text(each, "yellow") for each in document["needs"]], ","))
        for note in document["notes"]:
            self._add("notes", Text(note["says"]), _indented(Text(note["note"], "dim")), *self._clauses(note["cites"]))
        for name in document["interpretations"]:
            self._add("read as", *self._reading(name))
        return Group(self._title(), self._table) if self._table.row_count else self._title()

    def _title(self) -> Text:
        return Text.assemble((self._decision.id, "bold cyan"), "  ", _status(self._document), "  ", self._decision.asks)

    def _add(self, label: str, *lines: RenderableType) -> None:
        """Add a row; its label stands only before the first of several alike."""
        self._table.add_row("" if label == self._last_label else label, Group(*lines))
        self._last_label = label

    def _rule(self, entry: _Document, why: str) -> Iterator[RenderableType]:
        yield Text(entry["says"])
        if why:
            yield Text(why, "yellow")
        listed = {name: each for name, each in entry["facts"].items() if self._is_list_of_records(name, each)}
        plain = {name: each for name, each in entry["facts"].items() if name not in listed}
        facts = [Text(each, "green") for each in named_values(plain)]
        yield _indented(Filled(facts, ";", head=Text(entry["rule"], "dim")))
        for name, items in listed.items():
            lines = [Text(each, "green") for each in record_lines(items, self._members(name))]
            yield _indented(Group(Text(f"{name}:", "green"), *map(_indented, lines)))
        yield from self._clauses(entry["cites"])

    def _is_list_of_records(self, name: str, value: object) -> bool:
        return self._pack.types.get(name) == "records" and isinstance(value, list) and bool(value)

    def _members(self, name: str) -> list[str]:
        """Return the members of the items that a fact has, or that are chosen of one, in the schema's order."""
        chosen = self._pack.derivation(name)
        spec = self._pack.facts.facts.get(name if chosen is None else str(chosen.inputs[0]))
        return [] if spec is None else [member.name for member in spec.members]

    def _clauses(self, cites: Iterable[_Document]) -> Iterator[RenderableType]:
        for cited in cites:
            if cited["clause"] not in self._restated:
                self._restated.add(cited["clause"])
                yield _indented(Text.assemble((cited["clause"], "dim"), "  ", (cited["text"], "italic")))

    def _reading(self, name: str) -> Iterator[RenderableType]:
        each = self._pack.interpretations[name]
        yield Text(each.question)
        means = each.readings[each.chosen].get("means", "")
        yield _indented(Text.assemble((name, "dim"), "  ", (each.chosen, "bold"), f": {means}"))


def _why(entry: _Document) -> str:
    """Return by which rule another was overruled, and why."""
    why, by = str(entry["why"]), str(entry["by"])
    return why if by in why else f"by {by}: {why}"


def _outcome(document: _Document) -> RenderableType:
    """Return an outcome: in one line where it is short and plain, else member by member."""
    if not document["outcome"]:
        return Text(_NO_MEMBERS[document["status"]])
    members = member_lines(document["outcome"])
    if isinstance(members, str):
        return Text(members, "bold")
    table = _grid({"no_wrap": True}, {"overflow": "fold", "style": "bold"})
    for name, lines in members:
        table.add_row(name, Group(*map(Text, lines)))
    return table
