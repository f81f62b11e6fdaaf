"""Counts of what is before a start. What all counts share is in `counting.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from service.clock.counting import HORIZON, MOST_YEARS, Counting
from service.clock.counts import format_instant
from service.clock.targets import open_time_of
from service.clock.walls import instant_of
from service.clock.year_hours import ContactDay, Span

__all__ = ["Backward"]


@dataclass(slots=True)
class Backward(Counting):
    """A count of the time before its start."""

    def __post_init__(self) -> None:
        """Find out where the counting starts. Raises NeverDue where it does not."""
        self._prepare()
        self.begins = min(instant_of(self.start), self.openings.end)
        period = self.openings.last_between(self._limit(self.begins), self.begins)
        if period is None:
            raise self._closed()
        self.starts = period[1]

    def due(self) -> int:
        """Return the last instant before which so much is left until the start. Raises NeverDue."""
        if not self.target.amount:
            return self.starts
        if self.target.unit == "opening":
            return self._opening(ceil(self.target.amount))
        if self._goes_by_days:
            return self._by_days(ceil(self.target.amount))
        open_time = open_time_of(self.target, self.calendar)
        due = self.openings.passed_back(self._limit(self.starts), self.starts, open_time) if open_time else self.starts
        if due is None:
            raise self._too_long()
        return due

    def _by_days(self, number: int) -> int:
        """Return when the contact day ends that is so many before the day of the start. Raises NeverDue."""
        today = self.days.day_of(self.begins, is_end=True)
        time = self.days.time_of(self.begins, today)
        due = self.days.ends_on(self._day(number, today), self.conventions, time)
        if self.conventions.business_day_ends in ("opening", "closing"):
            return due
        within = self.openings.last_between(self._limit(self.starts), due + 1)
        if within is None:
            raise self._too_long()
        return min(within[1], due)

    def _day(self, number: int, today: int) -> ContactDay:
        limit = self._limit(self.starts)
        for year in self.openings.years_back(limit, self.starts):
            places = year.contact_days(limit, self.starts)
            while places and year.contact_day(places[-1]).ordinal >= today:
                places = places[:-1]
            if number <= len(places):
                return year.contact_day(places[-number])
            number -= len(places)
        raise self._too_long()

    def _opening(self, number: int) -> int:
        """Return the opening that is so many before the start. Raises NeverDue."""
        limit = self._limit(self.starts)
        for year in self.openings.years_back(limit, self.starts):
            for opens, _ in year.back(limit, self.starts):
                number -= not any(self.openings.between(opens - 1, opens))  # one may go on from the year before
                if not number:
                    return opens
        raise self._too_long()

    def _limit(self, begins: int) -> int:
        return max(begins - HORIZON, self.openings.begin)

    def _counted(self, due: int) -> Iterator[Span]:
        return self.openings.between(due, self.starts)

    def _left_from(self, begins: int) -> str:
        if begins - HORIZON < self.openings.begin:
            return " since the year 1"
        return f" in the {MOST_YEARS} years before {format_instant(self._shown(begins))}"
