"""Counts of the open time before a start. What all counts share is in `counting.py`."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.clock.counting import HORIZON, MOST_YEARS, Counting
from service.clock.counts import format_instant
from service.clock.walls import instant_of
from service.clock.year_hours import Span

__all__ = ["Backward"]


@dataclass(slots=True)
class Backward(Counting):
    """A count of the time before its start."""

    def __post_init__(self) -> None:
        """Find out where the counting starts. Raises NeverDue where it does not."""
        self._check_amount()
        self.begins = min(instant_of(self.start), self.openings.end)
        period = self.openings.last_between(self._limit(self.begins), self.begins)
        if period is None:
            raise self._closed()
        self.starts = period[1]

    def due_before(self, open_time: int) -> int:
        """Return the last instant from which so much open time is left. Raises NeverDue."""
        if not open_time:
            return self.starts
        due = self.openings.passed_back(self._limit(self.starts), self.starts, open_time)
        if due is None:
            raise self._too_long()
        return due

    def _limit(self, begins: int) -> int:
        return max(begins - HORIZON, self.openings.begin)

    def _counted(self, due: int) -> Iterator[Span]:
        return self.openings.between(due, self.starts)

    def _left_from(self, begins: int) -> str:
        if begins - HORIZON < self.openings.begin:
            return " since the year 1"
        return f" in the {MOST_YEARS} years before {format_instant(self._shown(begins))}"
