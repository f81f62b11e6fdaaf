"""How facts follow from other names, as data. What comes out is worked out in `working.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, TypeAlias

from service.clock.calendars import Calendar
from service.facts.numbers import Number
from service.model.conditions import Condition, reads, renamed
from service.model.names import Key, Own
from service.model.records import names_beside
from service.model.values import FrozenMap, freeze
from service.written.findings import Place
from service.written.shape import Written

__all__ = [
    "WEEKDAYS",
    "Arithmetic",
    "Begun",
    "Chosen",
    "Counted",
    "Dated",
    "DayIn",
    "DaysBetween",
    "Derived",
    "Divided",
    "Duration",
    "Elapsed",
    "Extreme",
    "ExtremeOf",
    "Holds",
    "How",
    "Limited",
    "Measured",
    "Multiplied",
    "OngoingSince",
    "Rounded",
    "Shifted",
    "ShiftedBy",
    "Summed",
    "SummedList",
    "SummedOf",
    "TimeIn",
    "WeekdayOf",
    "inputs_of",
    "reading",
]


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of calendar time, each of its pieces with a sign of its own.

    Years and months are taken first and clip to the month's last day; what is left is counted in days and time.
    """

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0

    def __neg__(self) -> Duration:
        """Return the span back."""
        return self * -1

    def __add__(self, other: Duration) -> Duration:
        """Return both spans as one: their years and months are then taken first."""
        return Duration(*(getattr(self, piece.name) + getattr(other, piece.name) for piece in fields(self)))

    def __mul__(self, times: int) -> Duration:
        """Return the span so many times."""
        return Duration(*(getattr(self, piece.name) * times for piece in fields(self)))


@dataclass(frozen=True, slots=True)
class Shifted:
    """A date or instant moved by a span."""

    input: Key
    by: Duration


@dataclass(frozen=True, slots=True)
class ShiftedBy:
    """A date or instant moved by a span whose numbers are, in part, the values of names; none where that leads too far.

    by      what is always so of the span
    counts  whole numbers, of each of which the span has so many
    units   more: Durations of one, which say of what and in which direction, in the order of the counts
    """

    input: Key
    by: Duration
    counts: tuple[Key, ...]
    units: tuple[Duration, ...]

    @property
    def inputs(self) -> tuple[Key, ...]:
        """What is moved, and the names of the numbers."""
        return (self.input, *self.counts)

    def span(self, counts: Sequence[int]) -> Duration:
        """Return the span by which it is moved, from the values of the counts."""
        span = self.by
        for count, unit in zip(counts, self.units, strict=True):
            span += unit * count
        return span


@dataclass(frozen=True, slots=True)
class DayIn:
    """The calendar day of an instant in a zone.

    zone     its IANA name, or None where it is the value of
    zone_of  a name
    """

    input: Key
    zone: str | None
    zone_of: Key | None = None

    @property
    def inputs(self) -> tuple[Key, ...]:
        """The instant, and the name whose value is the zone, if there is one."""
        return (self.input,) if self.zone_of is None else (self.input, self.zone_of)


@dataclass(frozen=True, slots=True)
class TimeIn(DayIn):
    """The time of day that clocks show at an instant in a zone."""


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class WeekdayOf:
    """The weekday of a date, one of WEEKDAYS."""

    input: Key


@dataclass(frozen=True, slots=True)
class OngoingSince:
    """The instant since which a list of periods has one that goes on; none where none does."""

    input: Key


@dataclass(frozen=True, slots=True)
class Begun:
    """Since when something counts: the last of some days, in order, that is not after a date; none before the first."""

    input: Key
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """The value that counts since a day; that beside None where there is no such day, if there is one."""

    input: Key
    values: tuple[tuple[date | None, object], ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """Whether a condition holds."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Extreme:
    """The latest or earliest, greatest or least, of those that are not none.

    known_only  pass over the unknown as well, instead of waiting for it
    """

    inputs: tuple[Key, ...]
    latest: bool
    known_only: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How many items a list has: all of them, or those that are in a set."""

    input: Key
    of: frozenset[object] | None = None


@dataclass(frozen=True, slots=True)
class Summed:
    """The sum of numbers, each so many times, and a constant: also a difference, a multiple, a fixed share.

    times  how many times each of the inputs counts, in order; empty where each counts once
    """

    inputs: tuple[Key, ...]
    constant: Number = 0
    times: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True)
class Multiplied:
    """The product of numbers and a constant."""

    inputs: tuple[Key, ...]
    constant: Number = 1


@dataclass(frozen=True, slots=True)
class Divided:
    """One number divided by another, so many times; none where it would be divided by zero.

    dividend  None for one
    """

    dividend: Key | None
    divisor: Key
    times: Number = 1

    @property
    def inputs(self) -> tuple[Key, ...]:
        """What is divided, unless it is constant, and by what."""
        return (self.divisor,) if self.dividend is None else (self.dividend, self.divisor)


@dataclass(frozen=True, slots=True)
class Limited:
    """The largest or smallest of numbers and a limit; none where one of them is none.

    limit  None for none
    """

    inputs: tuple[Key, ...]
    largest: bool
    limit: Number | None = None


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number rounded to so many decimal places; `how` is one of `numbers.ROUNDINGS`."""

    input: Key
    places: int
    how: str


@dataclass(frozen=True, slots=True)
class SummedList:
    """The sum of a list of numbers."""

    input: Key


@dataclass(frozen=True, slots=True)
class Chosen:
    """The items of a list of records for which a condition on an item holds."""

    input: Key
    where: Condition

    @property
    def inputs(self) -> tuple[Key, ...]:
        """The list, and the names of the case that its items are compared with."""
        return (self.input, *names_beside(self.where))


@dataclass(frozen=True, slots=True)
class SummedOf:
    """The sum of what a member of a list's items is, of those that have it."""

    input: Key
    member: str


@dataclass(frozen=True, slots=True)
class ExtremeOf:
    """The greatest or least of what a member of a list's items is; none where none has it."""

    input: Key
    member: str
    greatest: bool


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """The whole days from one date to another, negative when the second is earlier."""

    first: Key
    last: Key


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The time from one instant to another in hours or minutes, exactly; negative when the second is earlier.

    unit  microseconds
    """

    first: Key
    last: Key
    unit: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The open time, or the business days, from one instant to another; negative when the second is earlier.

    None where they are too far apart to be measured.
    unit         microseconds of open time that count as one; None for business days, which are whole
    calendars    those that there are
    calendar     the id of the one that measures, or None where it is the value of
    calendar_of  a name
    pauses       a list of periods that do not count, if there is one
    """

    first: Key
    last: Key
    unit: int | None
    calendars: tuple[Calendar, ...] = field(repr=False)
    calendar: str | None
    calendar_of: Key | None = None
    pauses: Key | None = None

    @property
    def inputs(self) -> tuple[Key, ...]:
        """The two instants, the name of the calendar and that of the pauses, where there are such."""
        return (self.first, self.last, *(each for each in (self.calendar_of, self.pauses) if each is not None))

    def roles(self, more: Sequence[object]) -> tuple[object, object]:
        """Return the id of the calendar and the pauses, from the values of the inputs after the instants."""
        calendar = self.calendar if self.calendar_of is None else more[0]
        return calendar, () if self.pauses is None else more[-1]


Arithmetic: TypeAlias = Summed | Multiplied | Divided | Limited | Rounded
"""How a number follows from numbers."""

OfList: TypeAlias = Counted | SummedList | Chosen | SummedOf | ExtremeOf
"""What is made of a list."""

How: TypeAlias = (
    Shifted
    | ShiftedBy
    | DayIn
    | TimeIn
    | WeekdayOf
    | OngoingSince
    | Begun
    | Dated
    | Holds
    | Extreme
    | Arithmetic
    | OfList
    | DaysBetween
    | Elapsed
    | Measured
)

_INPUTS: dict[type, Callable[..., tuple[Key, ...]]] = {
    Shifted: lambda how: (how.input,),
    ShiftedBy: lambda how: how.inputs,
    DayIn: lambda how: how.inputs,
    TimeIn: lambda how: how.inputs,
    WeekdayOf: lambda how: (how.input,),
    OngoingSince: lambda how: (how.input,),
    Begun: lambda how: (how.input,),
    Dated: lambda how: (how.input,),
    Holds: lambda how: reads(how.condition),
    Extreme: lambda how: how.inputs,
    Counted: lambda how: (how.input,),
    Summed: lambda how: how.inputs,
    Multiplied: lambda how: how.inputs,
    Divided: lambda how: how.inputs,
    Limited: lambda how: how.inputs,
    Rounded: lambda how: (how.input,),
    SummedList: lambda how: (how.input,),
    Chosen: lambda how: how.inputs,
    SummedOf: lambda how: (how.input,),
    ExtremeOf: lambda how: (how.input,),
    DaysBetween: lambda how: (how.first, how.last),
    Elapsed: lambda how: (how.first, how.last),
    Measured: lambda how: how.inputs,
}


def inputs_of(how: How) -> tuple[Key, ...]:
    """Return the names that a way of deriving reads, in order."""
    return _INPUTS[type(how)](how)


_KEPT_AS: dict[str, Callable[[Any, Callable[[Key], Key]], object]] = {
    "Key": lambda value, key: key(value),
    "Key | None": lambda value, key: None if value is None else key(value),
    "tuple[Key, ...]": lambda value, key: tuple(map(key, value)),
    "Condition": renamed,
}
"""How the names are replaced that a field of a way of deriving holds, by the field's type."""


def reading(how: How, key: Callable[[Key], Key]) -> How:
    """Return a way of deriving that reads other names: what `key` makes of each."""
    held = {each.name: _KEPT_AS[str(each.type)] for each in fields(how) if each.type in _KEPT_AS}
    changed: dict[str, Any] = {name: change(getattr(how, name), key) for name, change in held.items()}
    return replace(how, **changed)


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact that follows from other names.

    is_between  whether it is as the parts of a decision see it on whose members it rests
    chosen  the items of a list that it is made of, where these are written in it
    """

    name: str
    says: str
    cites: tuple[str, ...]
    type: str
    how: How
    place: Place
    interpretations: tuple[str, ...] = ()
    written: Written = field(default_factory=FrozenMap)
    is_between: bool = False
    chosen: Derived | None = None

    def __post_init__(self) -> None:
        """Keep a form that never changes."""
        freeze(self, "written")

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly: derived facts are keys."""
        return hash((self.name, self.is_between, self.place))

    @property
    def key(self) -> Key:
        """What its value goes by in an environment."""
        return Own(self.name) if self.is_between else self.name

    @property
    def inputs(self) -> tuple[Key, ...]:
        """The names that it is derived from, in order."""
        return inputs_of(self.how)

    @property
    def lenient(self) -> bool:
        """Whether what is unknown is passed over (`latest_known`, `earliest_known`)."""
        return isinstance(self.how, Extreme) and self.how.known_only

    @property
    def condition(self) -> Condition | None:
        """The condition, when it is a named one."""
        return self.how.condition if isinstance(self.how, Holds) else None
