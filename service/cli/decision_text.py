"""A decision as text for people: what was decided and why, what is assumed, what is still needed. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.cli.values import allowed, described, named_values, outcome_lines
from service.decision.desk import Decided
from service.jsontext import parse
from service.pack.model import Pack

__all__ = ["decision_text"]

_Document = Mapping[str, Any]  # one decision of a decision document
_LABEL_WIDTH = 14  # of the longest label, 'not applicable'
_STATUS_STYLES = {
    "decided": "bold green",
    "provisional": "bold yellow",
    "undecided": "bold magenta",
    "not_applicable": "bold blue",
}


def decision_text(decided: Decided, stored: str | None = None) -> Group:
    """Return the text of an answer, in the order of the pack's decisions.

    stored  what to say of its place in the audit log
    """
    pack = decided.policy.pack
    found: dict[str, Any] = {
        name: parse(decided.decisions[name]) for name in pack.decisions if name in decided.decisions
    }
    parts = [_heading(decided)]
    parts += [_Section(pack, name, document).text() for name, document in found.items()]
    parts += _closing(decided, found, stored)
    return Group(*_apart(parts))


def _apart(parts: Iterable[RenderableType]) -> Iterator[RenderableType]:
    """Put an empty line between parts."""
    for place, part in enumerate(parts):
        if place:
            yield Text()
        yield part


def _heading(decided: Decided) -> RenderableType:
    pack = decided.policy.pack
    when = f"as of {decided.as_of}" if decided.as_of is not None else "as of no date in particular"
    return Text.assemble((pack.title or pack.id, "bold"), f" {pack.version}, {when}")


def _closing(decided: Decided, found: Mapping[str, _Document], stored: str | None) -> Iterator[RenderableType]:
    if any(document["needs"] for document in found.values()):
        yield _needs(decided.policy.pack, found)
    rows = _Rows()
    if decided.assumed:
        rows.add("assumed", Text(named_values(decided.assumed)))
    if stored is not None:
        rows.add("stored", Text(stored))
    if rows.count:
        yield rows.table


def _needs(pack: Pack, found: Mapping[str, _Document]) -> RenderableType:
    """Return what to ask, once for all decisions: first what most of them need, then in their own order."""
    wanted_by: dict[str, list[str]] = {}
    for name, document in found.items():
        for fact in document["needs"]:
            wanted_by.setdefault(fact, []).append(name)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold yellow", no_wrap=True)
    table.add_column(overflow="fold")
    facts = sorted(wanted_by, key=lambda fact: -len(wanted_by[fact]))
    for place, fact in enumerate(facts, start=1):
        table.add_row(str(place), _question(pack, fact, wanted_by[fact] if len(found) > 1 else []))
    return Group(Text("Still needed, the most useful first", "bold"), Padding(table, (0, 0, 0, 2)))


def _question(pack: Pack, fact: str, wanted_by: list[str]) -> RenderableType:
    spec = pack.facts.facts.get(fact)
    lines = [Text.assemble((fact, "bold"), "  ", described(pack.facts, fact))]
    if spec is not None:
        lines.append(Text(allowed(spec)))
    if wanted_by:
        lines.append(Text(f"for {', '.join(wanted_by)}", "dim"))
    return Group(*lines)


@dataclass
class _Rows:
    """Labels beside text that wraps; a label stands only before the first of its rows."""

    table: Table = field(default_factory=lambda: Table.grid(padding=(0, 2, 0, 0)))
    count: int = 0
    _last: str = ""

    def __post_init__(self) -> None:
        self.table.add_column(width=_LABEL_WIDTH, no_wrap=True)
        self.table.add_column(overflow="fold")

    def add(self, label: str, *lines: RenderableType, style: str = "bold") -> None:
        """Add a row."""
        self.table.add_row(Text("" if label == self._last else label, style), Group(*lines))
        self._last = label
        self.count += 1


class _Section:
    """One decision's text. A clause is restated where it is first cited."""

    def __init__(self, pack: Pack, name: str, document: _Document) -> None:
        self._pack = pack
        self._decision = pack.decisions[name]
        self._document = document
        self._restated: set[str] = set()
        self._rows = _Rows()

    def text(self) -> RenderableType:
        """Return the section."""
        self._add_status()
        for entry in self._document["because"]:
            self._rows.add("because", *self._rule(entry, entry["rule"]))
        for entry in self._document["overruled"]:
            self._rows.add("overruled", *self._rule(entry, f"{entry['rule']}: {entry['why']}"), style="dim")
        if self._document["needs"]:
            self._rows.add("needs", Text(", ".join(self._document["needs"])), style="yellow")
        for note in self._document["notes"]:
            self._rows.add("notes", self._said(note["says"], note["note"]), *self._clauses(note["cites"]))
        for name in self._document["interpretations"]:
            self._rows.add("read as", self._reading(name))
        return Group(Text.assemble((self._decision.id, "bold cyan"), "  ", self._decision.asks), self._rows.table)

    def _add_status(self) -> None:
        status = self._document["status"]
        outcome = self._document["outcome"]
        lines = _no_outcome(status) if outcome is None else outcome_lines(outcome)
        style = "" if outcome is None else "bold"
        self._rows.add(status.replace("_", " "), *(Text(line, style) for line in lines), style=_STATUS_STYLES[status])

    def _rule(self, entry: _Document, id_: str) -> Iterator[RenderableType]:
        yield self._said(entry["says"], id_)
        if entry["facts"]:
            yield _indented(Text(named_values(entry["facts"]), "green"))
        yield from self._clauses(entry["cites"])

    @staticmethod
    def _said(says: str, id_: str) -> Text:
        return Text.assemble(says, "  ", (f"[{id_}]", "dim"))

    def _clauses(self, cites: Iterable[_Document]) -> Iterator[RenderableType]:
        for cited in cites:
            if cited["clause"] not in self._restated:
                self._restated.add(cited["clause"])
                yield _indented(Text.assemble((cited["clause"], "italic"), ("  " + cited["text"], "dim")))

    def _reading(self, name: str) -> RenderableType:
        each = self._pack.interpretations[name]
        means = each.readings[each.chosen].get("means", "")
        return Group(
            Text.assemble(each.question, "  ", (f"[{name}]", "dim")),
            _indented(Text.assemble((each.chosen, "bold"), f": {means}")),
        )


def _no_outcome(status: str) -> list[str]:
    return ["It does not concern this case." if status == "not_applicable" else "It depends on what is still needed."]


def _indented(line: Text) -> Padding:
    return Padding(line, (0, 0, 0, 2))


