"""Counts of the open time after a start, less pauses. What all counts share is in `counting.py`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.clock.counting import HORIZON, MOST_YEARS, Counting
from service.clock.counts import NeverDue, format_instant
from service.clock.walls import instant_of
from service.clock.year_hours import Span

__all__ = ["MOST_PAUSES", "Forward", "unpaused"]

MOST_PAUSES = 2000
"""How many pauses a count takes."""


@dataclass(slots=True)
class Forward(Counting):
    """A count of the time after its start; `working` are the periods from there on that are not paused."""

    pauses: Sequence[tuple[datetime, datetime | None]]
    working: list[Span] = field(init=False)

    def __post_init__(self) -> None:
        """Find out when the counting starts. Raises NeverDue where it does not."""
        self._check_amount()
        if len(self.pauses) > MOST_PAUSES:
            raise self._never(f"there are {len(self.pauses)} pauses, and a count takes at most {MOST_PAUSES}")
        self.working = list(unpaused(instant_of(self.start), self.openings.end, self.pauses))
        self.begins = self.starts = self.working[0][0] if self.working else self.openings.end
        opens = next(self._counted(self.begins + HORIZON), None)
        if opens is None:
            raise self._closed()
        self.starts = opens[0]

    def due_after(self, open_time: int) -> int:
        """Return when so much open time is over. Raises NeverDue."""
        if not open_time:
            return self.starts
        for since, until in self._working_until(self.starts + HORIZON):
            due, open_time = self.openings.passed(since, until, open_time)
            if due is not None:
                return due
        raise self._too_long()

    def due_at_closing(self, days: int) -> int:
        """Return when the contact day closes with which so many business days are over. Raises NeverDue."""
        last_closing = None
        for since, until in self._working_until(self.starts + HORIZON):
            for year in self.openings.years(since, until):
                places = year.contact_days(since, until)
                if places and last_closing is None and year.contact_day(places[0]).opens <= self.begins:
                    days += 1
                # A day that a pause parts in two is one.
                if places and year.contact_day(places[0]).closes == last_closing:
                    places = places[1:]
                if days <= len(places):
                    return year.contact_day(places[days - 1]).closes
                days -= len(places)
                last_closing = year.contact_day(places[-1]).closes if places else last_closing
        raise self._too_long()

    def open_from(self, due: int) -> int:
        """Return an instant, or where it is closed then the next that is open and not paused. Raises NeverDue."""
        if any(self.openings.between(due, due + 1)):
            return due
        working = ((max(since, due), until) for since, until in self._working_until(self.starts + HORIZON))
        periods = (period for each in working if each[0] < each[1] for period in self.openings.between(*each))
        for opens, _ in periods:
            return opens
        raise self._too_long()

    def _working_until(self, limit: int) -> Iterator[Span]:
        """Yield the periods that are not paused from the start of the counting until an instant."""
        for since, until in self.working:
            if since >= limit:
                return
            if until > self.starts:
                yield max(since, self.starts), min(until, limit)

    def _counted(self, due: int) -> Iterator[Span]:
        working = self._working_until(due)
        return (period for since, until in working for period in self.openings.between(since, until))

    def _closed(self) -> NeverDue:
        return self._goes_on() or super(Forward, self)._closed()

    def _too_long(self) -> NeverDue:
        return self._goes_on() or super(Forward, self)._too_long()

    def _goes_on(self) -> NeverDue | None:
        """Return that a pause goes on, where that is what keeps the target from being due."""
        ongoing = min((instant_of(since) for since, until in self.pauses if until is None), default=self.openings.end)
        if ongoing >= min(self.starts + HORIZON, self.openings.end):
            return None
        return self._never(f"the pause since {format_instant(self._shown(ongoing))} goes on")

    def _left_from(self, begins: int) -> str:
        if begins + HORIZON > self.openings.end:
            return " left before the year 10000"
        return f" in the {MOST_YEARS} years after {format_instant(self._shown(begins))}"


def unpaused(begin: int, end: int, pauses: Iterable[tuple[datetime, datetime | None]]) -> Iterator[Span]:
    """Yield the periods from `begin` to `end` outside the pauses, in order."""
    spans = ((instant_of(since), end if until is None else instant_of(until)) for since, until in pauses)
    for since, until in sorted(spans):
        if until > since:
            if begin < min(since, end):
                yield begin, min(since, end)
            begin = max(begin, until)
    if begin < end:
        yield begin, end
