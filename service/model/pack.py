"""A pack as plain data: names resolved, readings chosen. No YAML here, and no evaluation.

Nothing in it is a function, so that it can be compared, pickled and reasoned about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from service.clock.calendars import Calendar
from service.facts.schema import FactsSchema
from service.model.conditions import Condition
from service.model.derivations import Derived
from service.model.names import Key
from service.model.order import reached
from service.model.values import ABSENT, freeze, frozen
from service.written.findings import Place

__all__ = [
    "Applies",
    "Case",
    "Clause",
    "Clock",
    "Copy",
    "Decision",
    "Group",
    "Interpretation",
    "Member",
    "Note",
    "Pack",
    "Rule",
]


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered piece of the source, restated."""

    id: str
    heading: str
    place: str
    text: str
    lines: str | None
    sha256: str | None
    not_decidable: str | None


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A choice made where the text is open."""

    id: str
    question: str
    cites: tuple[str, ...]
    chosen: str
    readings: Mapping[str, Mapping[str, str]]  # reading -> means, effect

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        freeze(self, "readings")

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.id, self.chosen))


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and what follows from it; also a row of a table."""

    id: str
    says: str
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    when: Condition
    then: Mapping[str, object]  # member path -> constant or Template
    outranks: tuple[int, ...]  # positions in the group
    place: Place

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        freeze(self, "then")

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.id, self.place))


@dataclass(frozen=True, slots=True)
class Group:
    """Rules or rows that answer one question together, under one hit policy."""

    id: str
    decision: str
    policy: str
    order: tuple[str, Mapping[object, int]] | None  # member and the rank of its values, for `priority`
    rules: tuple[Rule, ...]
    gives: tuple[str, ...]  # member paths
    lists: frozenset[str]  # those of them that are lists
    interpretations: tuple[str, ...]
    place: Place
    is_table: bool = False

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        if self.order is not None:
            object.__setattr__(self, "order", (self.order[0], frozen(self.order[1])))

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.id, self.place))


@dataclass(frozen=True, slots=True)
class Clock:
    """A response target counted over a calendar.

    Each of `starts`, `amount`, `unit`, `calendar`, `zone` and `pauses` is a name to read, or a constant in `fixed`.
    """

    id: str
    decision: str
    says: str
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    inputs: Mapping[str, Key]  # role -> name
    fixed: Mapping[str, object]  # role -> constant
    gives: Mapping[str, str]  # starts_at, due_at, segments -> member path
    ends: str  # same_time or closing
    place: Place

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        freeze(self, "inputs", "fixed", "gives")

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.id, self.place))


@dataclass(frozen=True, slots=True)
class Copy:
    """A member that repeats another name, translated where `labels` are given, or is always one value."""

    member: str
    decision: str
    source: Key | None
    labels: Mapping[object, object] | None
    always: object = ABSENT

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        freeze(self, "labels")

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.decision, self.member))


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a decision's outcome."""

    path: str  # within the outcome, dotted
    name: str  # decision and path
    type: str
    choices: tuple[object, ...] | None = None
    items: tuple[object, ...] | None = None
    optional: bool = False
    where_known: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Applies:
    """When a decision concerns a case at all."""

    id: str
    says: str
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    when: Condition


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence said beside an outcome."""

    id: str
    says: str
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    when: Condition


@dataclass(frozen=True, slots=True)
class Decision:
    """A question put to a case.

    parts  in an order in which each reads only what stands before it
    reads  names from outside that its parts, notes and applicability read, derived facts included
    facts  the facts and subjects that all of this rests on in the end
    needs_before  decisions whose members it reads, directly or through derived facts
    """

    id: str
    asks: str
    applies: Applies | None
    members: tuple[Member, ...]
    parts: tuple[Group | Clock | Copy, ...]
    notes: tuple[Note, ...]
    place: Place
    retired: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    needs_before: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.id, self.place))


@dataclass(frozen=True, slots=True)
class Case:
    """A worked example beside the rules."""

    title: str
    facts: Mapping[str, object]  # nested
    as_of: str | None
    expect: Mapping[str, object]
    status: Mapping[str, str]
    needs: Mapping[str, tuple[str, ...]]
    because: tuple[str, ...]
    overruled: tuple[str, ...]
    notes: tuple[str, ...]
    silent: tuple[str, ...]
    place: Place

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        freeze(self, "facts", "expect", "status", "needs")

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.title, self.place))


@dataclass(frozen=True, slots=True)
class Pack:
    """One policy, whole.

    decisions  in the pack's own order
    schedule   the same ids in an order in which each reads only what stands before it
    derived    in such an order too
    digest     sha256 of the files that the pack was read from, as `sha256:<hex>`
    """

    id: str
    version: str
    title: str
    source: Mapping[str, str]
    digest: str
    folder: Path
    facts: FactsSchema
    as_of_fact: str | None
    dates_in: str | None
    in_force_from: date | None
    in_force_until: date | None
    clauses: Mapping[str, Clause]
    interpretations: Mapping[str, Interpretation]
    derived: Mapping[str, Derived]
    calendars: Mapping[str, Calendar]
    decisions: Mapping[str, Decision]
    schedule: tuple[str, ...]
    cases: tuple[Case, ...]
    types: Mapping[str, str]  # of every name
    nullable: frozenset[str]  # the names that can be none
    personal: frozenset[str]  # the personal facts, and the derived facts that rest on one
    files: Mapping[str, bytes] = field(repr=False, default_factory=dict)  # by path within the pack's folder

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        freeze(self, "source", "clauses", "interpretations", "derived", "calendars", "decisions", "types", "files")

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.id, self.version, self.digest))

    def beneath(self, names: Iterable[Key]) -> tuple[Key, ...]:
        """Return names with, for derived facts, all that they are derived from; each once, the nearest first."""
        return reached(names, lambda name: () if (found := self.derivation(name)) is None else found.inputs)

    def derivation(self, name: Key) -> Derived | None:
        """Return how a name is derived; None for one that is not."""
        return self.derived.get(name) if isinstance(name, str) else None
