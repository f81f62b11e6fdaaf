"""A pack as plain data: names resolved, readings chosen. No YAML here, and no evaluation.

Nothing in it is a function, so that it can be compared, pickled and reasoned about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from service.clock.calendars import Calendar
from service.clock.conventions import Conventions
from service.clock.lifetimes import Warned
from service.facts.schema import FactsSchema
from service.model.conditions import Condition, reads
from service.model.derivations import Chosen, Derived
from service.model.names import Key, Own
from service.model.order import reached
from service.model.outcomes import copied_in
from service.model.values import ABSENT, FrozenMap, Unchanging, freeze, frozen
from service.written.findings import NOWHERE, Finding, Place
from service.written.shape import Written

__all__ = [
    "COLLECTED",
    "LIFE",
    "ZONE_ROLES",
    "Applies",
    "CalendarFile",
    "Clause",
    "Clock",
    "Column",
    "Copy",
    "Decision",
    "Group",
    "Interpretation",
    "Member",
    "NamedSet",
    "NamedValue",
    "Note",
    "Pack",
    "Retired",
    "Rule",
    "WorkedCase",
    "lacks",
]


NOTHING: FrozenMap[Any, Any] = FrozenMap()


def _by_id_and_place(one: Rule | Group | Clock | Decision) -> int:
    """Hash by what tells one from another, quickly."""
    return hash((one.id, one.place))


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered piece of the source, restated.

    section  where it stands in the source
    place    where it stands in the pack
    """

    id: str
    heading: str
    section: str
    text: str
    lines: str | None
    sha256: str | None
    not_decidable: str | None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Interpretation(Unchanging):
    """A choice made where the text is open.

    is_resolved  whether the chosen reading changes what other files say, rather than being only cited
    """

    _kept: ClassVar[tuple[str, ...]] = ("readings",)

    id: str
    question: str
    cites: tuple[str, ...]
    chosen: str
    readings: Mapping[str, Mapping[str, str]]  # reading -> means, effect
    place: Place = NOWHERE
    is_resolved: bool = False

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.id, self.chosen))


@dataclass(frozen=True, slots=True)
class NamedValue(Unchanging):
    """A value of `facts.yaml` that other files use by its name."""

    name: str
    written: object
    place: Place = NOWHERE
    interpretations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedSet(Unchanging):
    """A set of `facts.yaml` that other files use by its name."""

    name: str
    items: tuple[object, ...]
    written: object
    place: Place = NOWHERE
    interpretations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule(Unchanging):
    """A condition and what follows from it; also a row of a table.

    written  the rule as its file has it, the chosen readings in place
    cells    those of a row as they are written, in the order of the table's columns
    """

    _kept: ClassVar[tuple[str, ...]] = ("then", "written", "cells")

    id: str
    says: str
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    when: Condition
    then: Mapping[str, object]  # member path -> constant or Template
    outranks: tuple[int, ...]  # positions in the group
    place: Place
    written: Written = NOTHING
    cells: tuple[object, ...] = ()

    __hash__ = _by_id_and_place


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: a name that its cells ask for, or a member that they give."""

    name: str
    gives: bool
    place: Place = NOWHERE


def _read_or_copied(rules: Iterable[Rule]) -> tuple[Key, ...]:
    found: dict[Key, None] = {}
    for rule in rules:
        found.update(dict.fromkeys(reads(rule.when)))
        for value in rule.then.values():
            found.update(dict.fromkeys(copied_in(value)))
    return tuple(found)


COLLECTED = ("sum", "count", "least", "greatest", "all")
"""What hit policy collect can make of all that rules give; `all`: a list that has what is given twice twice."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rules or rows that answer one question together, under one hit policy.

    columns  of a table: what its rows ask and give, in order
    order_by  where `order` ranks records: the member of each by which it does
    collects  of hit policy collect: member -> how what all rules give of it becomes one, one of COLLECTED
    nothing  the path of the hidden member that its rules give which conclude that there is nothing; None without any
    written  the part as its file has it, but for its rules or rows
    reads    the names that its rules read or copy, each once; members of its own decision as Own
    """

    id: str
    decision: str
    policy: str
    order: tuple[str, Mapping[object, int]] | None  # member and the rank of its values, or of its items under `collect`
    rules: tuple[Rule, ...]
    gives: tuple[str, ...]  # member paths
    lists: frozenset[str]  # those of them that are lists
    interpretations: tuple[str, ...]
    place: Place
    columns: tuple[Column, ...] = ()
    cites: tuple[str, ...] = ()
    nothing: str | None = None
    order_by: str | None = None
    collects: Mapping[str, str] = NOTHING
    written: Written = NOTHING
    reads: tuple[Key, ...] = field(init=False, repr=False, compare=False)

    @property
    def is_table(self) -> bool:
        """Whether its rules are the rows of a table."""
        return bool(self.columns)

    @property
    def called(self) -> str:
        """What messages call it."""
        return self.id

    @property
    def member_paths(self) -> tuple[str, ...]:
        """The paths of the members that it gives."""
        return self.gives

    def __post_init__(self) -> None:
        """Keep mappings that never change, and once for all what the rules read."""
        freeze(self, "written", "collects")
        object.__setattr__(self, "reads", _read_or_copied(self.rules))
        if self.order is not None:
            object.__setattr__(self, "order", (self.order[0], frozen(self.order[1])))

    __hash__ = _by_id_and_place


ZONE_ROLES = ("zone", "written_in")
"""What a clock is given that is a time zone: that of the hours, and that in which instants are written."""

LIFE = ("state", "elapsed_minutes", "remaining_minutes")
"""What a clock gives of the life of its target: nothing else that it gives hangs on `as_of` and `stops`."""


@dataclass(frozen=True, slots=True)
class Clock(Unchanging):
    """A response target counted over a calendar.

    Each of `starts`, `stops`, `amount`, `unit`, `calendar`, `pauses` and the zones is a name to read, or a constant in
    `fixed`; `as_of` is read where something of LIFE is given. Of each of `changes`, in the order in which they are
    written, `change 1 at`, `change 1 amount`, `change 1 unit` and `change 1 calendar` are such roles too.
    gives     starts_at, due_at, segments, one of LIFE, or one of `warning_results` -> member path
    warnings  each with its result among `gives`
    nothing   the path of the hidden member that says, where it is true, that the clock does not concern the case; None
              where it concerns all
    changes   how many there are on the way; `over_at_change` is one of changed_targets.OVER_AT_CHANGE
    """

    _kept: ClassVar[tuple[str, ...]] = ("inputs", "fixed", "gives", "written")

    id: str
    decision: str
    says: str
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    inputs: Mapping[str, Key]  # role -> name
    fixed: Mapping[str, object]  # role -> constant
    gives: Mapping[str, str]
    conventions: Conventions
    place: Place
    warnings: tuple[Warned, ...] = ()
    nothing: str | None = None
    changes: int = 0
    over_at_change: str = "deducted"
    written: Written = NOTHING

    @property
    def called(self) -> str:
        """What messages call it."""
        return self.id

    @property
    def warning_results(self) -> tuple[str, ...]:
        """What its warnings are called among what it gives."""
        return tuple([f"warning {place + 1}" for place in range(len(self.warnings))])

    @property
    def calendar_roles(self) -> tuple[str, ...]:
        """The roles that have the calendars over which it counts."""
        return ("calendar", *(f"change {place + 1} calendar" for place in range(self.changes)))

    @property
    def counts_with(self) -> tuple[Key, ...]:
        """The names that it reads but for what says that it does not concern the case."""
        return tuple(dict.fromkeys(name for role, name in self.inputs.items() if role != "nothing"))

    @property
    def tells_life(self) -> bool:
        """Whether it gives something of LIFE."""
        return not self.gives.keys().isdisjoint(LIFE)

    @property
    def of_life(self) -> frozenset[Key]:
        """The names that it reads on which nothing but LIFE hangs."""
        others = {name for role, name in self.inputs.items() if role not in ("as_of", "stops")}
        return frozenset(self.inputs.values()) - others

    @property
    def member_paths(self) -> tuple[str, ...]:
        """The paths of the members that it gives."""
        return tuple(self.gives.values())

    @property
    def reads(self) -> tuple[Key, ...]:
        """The names that it reads, each once; members of its own decision as Own."""
        return tuple(dict.fromkeys(self.inputs.values()))

    __hash__ = _by_id_and_place


@dataclass(frozen=True, slots=True)
class Copy(Unchanging):
    """A member that repeats another name, translated where `labels` are given, or is always one value."""

    _kept: ClassVar[tuple[str, ...]] = ("labels",)

    member: str
    decision: str
    source: Key | None
    labels: Mapping[object, object] | None
    always: object = ABSENT
    place: Place = NOWHERE

    @property
    def called(self) -> str:
        """What messages call it."""
        return f"member {self.member}"

    @property
    def member_paths(self) -> tuple[str, ...]:
        """The path of the member that it gives."""
        return (self.member,)

    @property
    def reads(self) -> tuple[Key, ...]:
        """The name that it copies, if it copies one."""
        return () if self.source is None else (self.source,)

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.decision, self.member))


@dataclass(frozen=True, slots=True)
class Member(Unchanging):
    """A member of a decision's outcome.

    nothing  of a member that a rule may conclude there is nothing of: the path of the hidden member that then says so
    record   of a list of records: what each has, in order, by paths within the record
    """

    path: str  # within the outcome, dotted
    name: str  # decision and path
    type: str
    choices: tuple[object, ...] | None = None
    items: tuple[object, ...] | None = None
    optional: bool = False
    where_known: bool = False
    hidden: bool = False
    nothing: str | None = None
    record: tuple[Member, ...] = ()
    written: object = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Applies(Unchanging):
    """When a decision concerns a case at all."""

    id: str
    says: str
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    when: Condition
    written: Written = NOTHING
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Note(Unchanging):
    """A sentence said beside an outcome."""

    id: str
    says: str
    cites: tuple[str, ...]
    interpretations: tuple[str, ...]
    when: Condition
    written: Written = NOTHING
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Retired(Unchanging):
    """An id that was given up: it is never used again."""

    id: str
    written: Written = NOTHING
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class CalendarFile(Unchanging):
    """A calendar as its file has it, which means the Calendar of the same id; or a list of holidays that they share."""

    id: str
    written: Written
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Decision:
    """A question put to a case.

    parts  in an order in which each reads only what stands before it, with the derived facts between them
    reads  names from outside that its parts, notes and applicability read, derived facts included: those that rest on
           its own members as Own
    facts  the facts and subjects that all of this rests on in the end
    needs_before  decisions whose members it reads, directly or through derived facts
    hidden  whether documents leave it out unless it is asked for: others read its members
    """

    id: str
    asks: str
    applies: Applies | None
    members: tuple[Member, ...]
    parts: tuple[Group | Clock | Copy, ...]
    notes: tuple[Note, ...]
    place: Place
    retired: tuple[Retired, ...] = ()
    reads: tuple[Key, ...] = ()
    facts: tuple[str, ...] = ()
    needs_before: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    hidden: bool = False

    __hash__ = _by_id_and_place

    @property
    def named(self) -> tuple[Key, ...]:
        """The names that its applicability, parts and notes read, each once; its own members among them, as Own."""
        found = dict.fromkeys(() if self.applies is None else reads(self.applies.when))
        for part in self.parts:
            found.update(dict.fromkeys(part.reads))
        for note in self.notes:
            found.update(dict.fromkeys(reads(note.when)))
        return tuple(found)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those of its parts that are rules or rows."""
        return tuple([part for part in self.parts if isinstance(part, Group)])

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """Those of its parts that count."""
        return tuple([part for part in self.parts if isinstance(part, Clock)])

    @property
    def answered(self) -> tuple[Member, ...]:
        """The members that an outcome is compared by: shown, and not merely told where known."""
        return tuple(member for member in self.members if not member.hidden and not member.where_known)

    @property
    def deciding(self) -> tuple[str, ...]:
        """The paths of the members by which there is an outcome: those answered, and those that say nothing of them."""
        saying = (member.nothing for member in self.required if member.nothing is not None)
        return (*(member.path for member in self.answered), *dict.fromkeys(saying))

    @property
    def required(self) -> tuple[Member, ...]:
        """The members without which there is no outcome."""
        return tuple(member for member in self.answered if not member.optional)

    @property
    def requirements(self) -> tuple[tuple[Own, ...], ...]:
        """For each required member the keys of which one at least must have a value, for there to be an outcome."""
        return tuple(
            tuple(Own(f"{self.id}.{path}") for path in (member.path, member.nothing) if path is not None)
            for member in self.required
        )


def lacks(requirements: Iterable[Iterable[Key]], env: Mapping[Key, object]) -> bool:
    """Say whether a decision is without an outcome, by its requirements and all of its members' values."""
    for keys in requirements:
        for key in keys:
            if env[key] is not None:
                break
        else:
            return True
    return False


@dataclass(frozen=True, slots=True)
class WorkedCase(Unchanging):
    """A worked example beside the rules."""

    _kept: ClassVar[tuple[str, ...]] = ("facts", "expect", "status", "needs")

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

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.title, self.place))


@dataclass(frozen=True, slots=True)
class Pack:
    """One policy, whole.

    decisions  in the pack's own order
    schedule   the same ids in an order in which each reads only what stands before it
    derived    in such an order too
    between    derived facts as the parts of a decision see them that rest on its own members
    values     the named values, and
    sets       the named sets, in the order of their file
    warnings   what is told of it and is no reason to refuse it, by place
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
    cases: tuple[WorkedCase, ...]
    types: Mapping[str, str]  # of every name
    nullable: frozenset[str]  # the names that can be none
    personal: frozenset[str]  # the personal facts, and the derived facts that rest on one
    written_alike: frozenset[str]  # the names whose equal values are always written the same way
    between: Mapping[Own, Derived] = NOTHING
    values: Mapping[str, NamedValue] = NOTHING
    sets: Mapping[str, NamedSet] = NOTHING
    calendar_files: Mapping[str, CalendarFile] = NOTHING
    holiday_files: Mapping[str, CalendarFile] = NOTHING  # the lists that calendars share
    warnings: tuple[Finding, ...] = ()
    files: Mapping[str, bytes] = field(repr=False, default_factory=dict)  # by path within the pack's folder

    def __post_init__(self) -> None:
        """Keep mappings that never change."""
        freeze(self, "source", "clauses", "interpretations", "derived", "calendars", "decisions", "types", "files")
        freeze(self, "between", "values", "sets", "calendar_files", "holiday_files")

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly."""
        return hash((self.id, self.version, self.digest))

    @property
    def answers(self) -> tuple[str, ...]:
        """The decisions that a document lists when nobody asks for others: those that are not hidden, in order."""
        return tuple(name for name, decision in self.decisions.items() if not decision.hidden)

    def beneath(self, names: Iterable[Key]) -> tuple[Key, ...]:
        """Return names with, for derived facts, all that they are derived from; each once, the nearest first."""
        return reached(names, lambda name: () if (found := self.derivation(name)) is None else found.inputs)

    def told_beneath(self, names: Iterable[Key]) -> tuple[Key, ...]:
        """Return what a reason shows of names: as `beneath`, but of a list of records only chosen items."""

        def shown(name: Key) -> tuple[Key, ...]:
            found = self.derivation(name)
            if found is None:
                return ()
            return found.inputs[1:] if isinstance(found.how, Chosen) else found.inputs

        return reached(names, shown)

    def derivation(self, name: Key) -> Derived | None:
        """Return how a name is derived; None for one that is not."""
        if isinstance(name, str):
            return self.derived.get(name)
        return self.between.get(name) if isinstance(name, Own) else None
