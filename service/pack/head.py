"""`pack.yaml`: what a pack is, when it is in force, which files it has. Those files are not read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from service.clock.zones import UnknownZone, zone_names
from service.instants import read_date
from service.pack.readings import Tree
from service.pack.sources import FACTS_SCHEMA
from service.pack.vocabulary import ANY, Vocabulary, Word
from service.written.findings import Reporter
from service.written.shape import Written, items, mapping

__all__ = ["Head", "declare_moments", "read_head"]


@dataclass(frozen=True)
class Head:
    """What `pack.yaml` says; ids of decisions are as they are listed, in their own order."""

    id: str
    version: str
    title: str
    source: dict[str, str]
    facts_schema: str
    as_of_fact: str | None
    dates_in: str | None
    in_force_from: date | None
    in_force_until: date | None
    decisions: tuple[str, ...]


def read_head(tree: Tree, report: Reporter) -> Head:
    """Return what the file says, as far as it can be read."""
    data = mapping(tree.data)
    in_force = mapping(data.get("in_force"))
    first, end = _day(in_force, "from", report), _day(in_force, "until", report)
    if first is not None and end is not None and end <= first:
        report.at(("in_force", "until"), "bad_date", f"in_force until: '{end}' is not after '{first}'")
    return Head(
        id=str(data.get("pack")),
        version=str(data.get("version")),
        title=str(data.get("title", "")),
        source={str(key): str(value) for key, value in mapping(data.get("source")).items()},
        facts_schema=str(data.get("facts_schema", FACTS_SCHEMA)),
        as_of_fact=_text(data, "as_of"),
        dates_in=_text(data, "dates_in"),
        in_force_from=first,
        in_force_until=end,
        decisions=tuple(str(name) for name in items(data.get("decisions"))),
    )


def _text(data: Written, key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) else None


def _day(in_force: Written, end: str, report: Reporter) -> date | None:
    if in_force.get(end) is None:  # left out, or already found unreadable
        return None
    try:
        return read_date(str(in_force[end]))
    except ValueError:
        message = f"in_force {end}: '{in_force[end]}' is no date YYYY-MM-DD"
        report.at(("in_force", end), "bad_date", message)
        return None


def declare_moments(head: Head, vocabulary: Vocabulary, report: Reporter) -> None:
    """Put `as_of` and `today` into the vocabulary; the facts are there already."""
    fact = None if head.as_of_fact is None else vocabulary.words.get(head.as_of_fact)
    nullable = fact is not None and fact.nullable
    vocabulary.words["as_of"] = Word("as_of", "instant", nullable=nullable)
    if head.dates_in is not None:
        vocabulary.words["today"] = Word("today", "date", nullable=nullable)
        if head.dates_in not in zone_names():
            wrong = UnknownZone(head.dates_in)
            report.at(("dates_in",), "unknown_zone", f"dates_in: {wrong}", wrong.nearest)
    if head.as_of_fact is not None:
        word = vocabulary.word(head.as_of_fact)
        if word is None or word.type not in ("instant", ANY):
            close = vocabulary.closest(head.as_of_fact)
            report.at(("as_of",), "unknown_name", f"as_of: '{head.as_of_fact}' is no instant fact", close)
        elif word.personal is not None:
            message = f"as_of: '{head.as_of_fact}' is personal, but every document shows 'as_of': take another fact"
            report.at(("as_of",), "personal_as_of", message)
