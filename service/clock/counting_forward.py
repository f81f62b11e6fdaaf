"""Counts of the open time after a start, less pauses. What all counts share is in `counting.py`."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import ceil

from service.clock.counting import HORIZON, MOST_YEARS, Counting, joined
from service.clock.counts import NeverDue, format_instant
from service.clock.pauses import MOST_PAUSES, Pauses, ongoing_since, unpaused
from service.clock.targets import open_time_of
from service.clock.walls import instant_of
from service.clock.year_hours import ContactDay, OpenYear, Span

__all__ = ["Forward"]


@dataclass(slots=True)
class Forward(Counting):
    """A count of the time after its start.

    unpaused  the periods from there on that are not paused
    """

    pauses: Pauses
    unpaused: list[Span] = field(init=False)

    def __post_init__(self) -> None:
        """Find out when the counting starts. Raises NeverDue where it does not."""
        self._prepare()
        if len(self.pauses) > MOST_PAUSES:
            raise self._never(f"there are {len(self.pauses)} pauses, and a count takes at most {MOST_PAUSES}")
        self.unpaused = list(unpaused(instant_of(self.start), self.openings.end, self.pauses))
        self.begins = self.starts = self.unpaused[0][0] if self.unpaused else self.openings.end
        opens = next(self._counted(self.begins + HORIZON), None)
        if opens is None:
            raise self._closed()
        self.starts = opens[0]

    def due(self) -> int:
        """Return when the target is due. Raises NeverDue."""
        due = self._due()
        return due if self.conventions.at_closing == "due" or self._is_open(due) else self._next_open(due)

    def _due(self) -> int:
        if not self.target.amount:
            return self.starts
        if self.target.unit == "opening":
            return self._opening(ceil(self.target.amount))
        if self._goes_by_days:
            return self.due_by_days(ceil(self.target.amount))
        return self._after(open_time_of(self.target, self.calendar))

    def _after(self, open_time: int) -> int:
        """Return when so much open time is over. Raises NeverDue."""
        if not open_time:
            return self.starts
        for since, until in self._working():
            due, open_time = self.openings.passed(since, until, open_time)
            if due is not None:
                return due
        raise self._too_long()

    def due_by_days(self, number: int) -> int:
        """Return when so many business days are over that are counted one by one. Raises NeverDue."""
        if self.conventions.pauses_take == "open_time" and self.pauses:
            plain = replace(self, pauses=())
            due = plain.due_by_days(number)
            return max(due, self._after(self.openings.open_time(plain.starts, due)))
        due = self._end_of(self._day(number))
        return due if self.conventions.business_day_ends == "closing" else self._within_hours(due)

    def _end_of(self, day: ContactDay) -> int:
        start = min(instant_of(self.start), self.openings.end)
        return self.days.ends_on(day, self.conventions, self.days.time_of(start, self.days.day_of(start)))

    def _day(self, number: int) -> ContactDay:
        """Return the last of so many contact days that count. Raises NeverDue."""
        today = self.days.day_of(self.begins)
        has_begun = False
        for year, places in self._days_left():
            first = next(
                (each for each in places if has_begun or self._may_be_first(year.contact_day(each), today)), None
            )
            has_begun = first is not None
            if first is not None:
                if number <= places.stop - first:
                    return year.contact_day(first + number - 1)
                number -= places.stop - first
        raise self._too_long()

    def _may_be_first(self, day: ContactDay, today: int) -> bool:
        """Tell whether counting may begin with a day; with all after it, too, then."""
        if self.conventions.first_day == "next_day" or self.conventions.business_day_ends == "same_clock_time":
            return day.ordinal > today
        return (self._end_of(day) if self.conventions.first_day == "same_day" else day.opens) > self.begins

    def _days_left(self) -> Iterator[tuple[OpenYear, range]]:
        """Yield by year the places of the contact days that pauses leave, each once, from the start of the counting."""
        takes_closings = self.conventions.pauses_take == "closings"
        last_closing = None
        for since, until in self._working():
            for year in self.openings.years(since, until):
                places = year.contact_days(since, until)
                if places and takes_closings and year.contact_day(places[-1]).closes > until:
                    places = places[:-1]
                # A day that a pause parts in two is one.
                if places and year.contact_day(places[0]).closes == last_closing:
                    places = places[1:]
                if places:
                    last_closing = year.contact_day(places[-1]).closes
                    yield year, places

    def _opening(self, number: int) -> int:
        """Return the last of so many openings that no pause holds. Raises NeverDue."""
        counts_start = self.conventions.opening_at_start == "counted"
        for since, until in self._working():
            for opens, _ in joined(self.openings.between(since, until)):
                is_opening = opens > since or not self._is_open(since - 1)
                number -= is_opening and (counts_start or opens > self.begins)
                if not number:
                    return opens
        raise self._too_long()

    def _within_hours(self, instant: int) -> int:
        """Return an instant within the hours, their ends included; else where it is open next and not paused."""
        instant = max(instant, self.starts)
        closes_then = self._is_open(instant - 1) and not self._is_open(instant)
        return instant if closes_then else self._next_open(instant)

    def _is_open(self, instant: int) -> bool:
        return any(self.openings.between(instant, instant + 1))

    def _next_open(self, instant: int) -> int:
        """Return the first instant from one on that is open and not paused. Raises NeverDue."""
        working = ((max(since, instant), until) for since, until in self._working())
        periods = (period for each in working if each[0] < each[1] for period in self.openings.between(*each))
        for opens, _ in periods:
            return opens
        raise self._too_long()

    def _working(self) -> Iterator[Span]:
        """Yield the periods that are not paused for as long as a count may take."""
        return self._working_until(self.starts + HORIZON)

    def _working_until(self, limit: int) -> Iterator[Span]:
        """Yield the periods that are not paused from the start of the counting until an instant."""
        for since, until in self.unpaused:
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
        ongoing = ongoing_since(self.pauses)
        if ongoing is None or ongoing >= min(self.starts + HORIZON, self.openings.end):
            return None
        since = self._shown(ongoing)
        return NeverDue(
            self.calendar.id, self.target, self.start, f"the pause since {format_instant(since)} goes on", since
        )

    def _left_from(self, begins: int) -> str:
        if begins + HORIZON > self.openings.end:
            return " left before the year 10000"
        return f" in the {MOST_YEARS} years after {format_instant(self._shown(begins))}"
