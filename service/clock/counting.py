"""A count of open time under way, whichever way it goes. Forward and backward are modules of their own."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from service.clock.business_days import BusinessDays
from service.clock.calendars import Calendar
from service.clock.conventions import Conventions
from service.clock.counts import MOST_SEGMENTS, Count, Estimated, NeverDue, Segment, Uncovered
from service.clock.holiday_rules import Holiday, Library, estimated_in, library_of
from service.clock.openings import Openings
from service.clock.targets import DAY, Target, is_length, shown_amount
from service.clock.walls import at_instant
from service.clock.year_hours import Span

__all__ = ["HORIZON", "MOST_YEARS", "Counting", "joined"]

MOST_YEARS = 50
"""How long after the start of its counting a target is due at the latest, in years of 366 days; and how far is looked
for that start."""

HORIZON = MOST_YEARS * 366 * DAY
"""The same in microseconds, and how far apart two instants are at most, for what is between them to be measured."""

_DAYS_OFF = 2  # by which an estimate may be wrong, or a date of another zone differ


@dataclass(slots=True)
class Counting(ABC):
    """One count under way.

    begins  where the counting could start
    starts  where it does: where there is open time next
    days    the business days
    """

    calendar: Calendar
    target: Target
    start: datetime
    openings: Openings
    conventions: Conventions
    begins: int = field(init=False)
    starts: int = field(init=False)
    days: BusinessDays = field(init=False)

    @abstractmethod
    def due(self) -> int:
        """Return when the target is due. Raises NeverDue."""

    def result(self, due: int, *, lists_segments: bool) -> Count:
        """Return the count that is due at an instant. Raises NeverDue where it has too many segments to list."""
        listed = list(islice(joined(self._counted(due)), MOST_SEGMENTS + 1)) if lists_segments else []
        if len(listed) > MOST_SEGMENTS:
            raise self._never(f"it counts more than {MOST_SEGMENTS} open periods, too many to list as segments")
        segments = tuple([Segment(self._shown(since), self._shown(until)) for since, until in listed])
        rests_on = self._uncovered(due), self._estimated(due)
        return Count(self._shown(self.starts), self._shown(due), segments, *rests_on)

    @abstractmethod
    def _counted(self, due: int) -> Iterator[Span]:
        """Yield the open periods of a count that is due at an instant, in order of time."""

    @abstractmethod
    def _left_from(self, begins: int) -> str:
        """Return the end of a clause on what there is too little of, seen from an instant."""

    @property
    def _goes_by_days(self) -> bool:
        return self.target.unit == "business_day" and self.conventions.goes_by_days

    def _prepare(self) -> None:
        self.days = BusinessDays(self.openings, self.calendar.day_begins)
        amount = self.target.amount
        if not is_length(amount):
            raise self._never(f"an amount of {shown_amount(amount)} is no length of time")

    def _uncovered(self, due: int) -> tuple[Uncovered, ...]:
        """Return the library's holidays whose years the counting leaves."""
        listed = [(each, library_of(each)) for each in self.openings.library]
        if not listed:
            return ()
        first, last = sorted((self.starts, due))
        years = self.openings.year_of(first), self.openings.year_of(max(last - 1, first))
        return tuple(
            Uncovered(each.name, library.first_year, library.last_year)
            for each, library in listed
            if library is not None and _leaves(each, library, *years)
        )

    def _estimated(self, due: int) -> tuple[Estimated, ...]:
        """Return the library's holidays of which an estimated day lies within the counting, or next to it."""
        first, last = [self._shown(each).date() for each in sorted((self.begins, due))]
        beside = first.toordinal() - _DAYS_OFF, last.toordinal() + _DAYS_OFF
        found = ((each.name, estimated_in(each, *beside)) for each in self.openings.library)
        return tuple([Estimated(name, days) for name, days in found if days])

    def _shown(self, instant: int) -> datetime:
        return at_instant(instant, self.openings.zone)

    def _closed(self) -> NeverDue:
        return self._never(f"calendar {self.calendar.id} has no open time{self._left_from(self.begins)}")

    def _too_long(self) -> NeverDue:
        what = str(self.target) if self.target.unit == "opening" else f"{self.target} of open time"
        return self._never(f"calendar {self.calendar.id} has no {what}{self._left_from(self.starts)}")

    def _never(self, reason: str) -> NeverDue:
        return NeverDue(self.calendar.id, self.target, self.start, reason)


def joined(periods: Iterable[Span]) -> Iterator[Span]:
    """Yield the periods, those that touch as one."""
    last: Span | None = None
    for since, until in periods:
        if last is not None and last[1] == since:
            last = (last[0], until)
            continue
        if last is not None:
            yield last
        last = (since, until)
    if last is not None:
        yield last


def _leaves(holiday: Holiday, library: Library, first: int, last: int) -> bool:
    """Tell whether a holiday is asked for in a year, from one to another, that its library does not cover."""
    first, last = max(first, holiday.first_year), min(last, holiday.end_year - 1)
    return first <= last and (first < library.first_year or last > library.last_year)
