"""The open periods of one year, added up so that a count finds its way in them at once. What is open is not known here.

A period is half-open, in microseconds; those of a year count from its first instant, so that years whose clocks and
holidays lie alike can share them.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

__all__ = ["ContactDay", "OpenYear", "Piece", "Span", "YearHours"]

Span = tuple[int, int]
Piece = tuple[int, int, int]
"""An open period of a day, with the day's number; several of one day stand one after the other."""


class YearHours:
    """The open periods of a year whose first instant is 0. Not to be changed."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        """Take in the open periods of all days, in order; a day without any is no contact day."""
        opening = [opens for opens, _, _ in pieces]
        closing = [closes for _, closes, _ in pieces]
        days = [day for _, _, day in pieces]
        # Where the periods of each contact day begin, and end, among all.
        begins = [place for place, (day, before) in enumerate(zip(days, [-1, *days], strict=False)) if day != before]
        ends = [*begins[1:], len(days)] if days else []
        joined = _joined(opening, closing)
        lengths = accumulate([closes - opens for opens, closes in joined], initial=0)
        # Of each open period; those that touch at midnight are one.
        self.opens = array("q", [opens for opens, _ in joined])
        self.closes = array("q", [closes for _, closes in joined])
        self.before = array("q", lengths)  # the open time before each, and at last that of the year
        self.total = self.before.pop()
        # Of each contact day.
        self.days = array("l", [days[place] for place in begins])
        self.first_opens = array("q", [opening[place] for place in begins])
        self.last_closes = array("q", [closing[place - 1] for place in ends])
        # Of each period of a day, touching or not; with the place of its contact day.
        self._piece_opens = array("q", opening)
        self._piece_closes = array("q", closing)
        spans = enumerate(zip(begins, ends, strict=True))
        self._piece_days = array("l", [place for place, (begin, end) in spans for _ in range(begin, end)])

    def days_within(self, since: int, until: int) -> range:
        """Return the places of the contact days of which some open time lies from `since` to `until`."""
        first = bisect_right(self._piece_closes, since)
        last = bisect_left(self._piece_opens, until) - 1
        return range(self._piece_days[first], self._piece_days[last] + 1) if first <= last else range(0)


@dataclass(frozen=True, slots=True)
class ContactDay:
    """The first opening and the last closing of a day, as instants; and the day that it is."""

    opens: int
    closes: int
    ordinal: int  # of the proleptic Gregorian calendar


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A year that begins at an instant, with its open periods; what goes in and comes out are instants.

    first_day  the ordinal of its first day
    """

    begins: int
    hours: YearHours
    first_day: int

    @property
    def total(self) -> int:
        """Return the open time of the whole year."""
        return self.hours.total

    @property
    def ends(self) -> int:
        """Return the last closing of the year's days, which may lie in the next; its first instant where none opens."""
        return self.begins + (self.hours.closes[-1] if self.hours.closes else 0)

    def before(self, instant: int) -> int:
        """Return the open time of the year before an instant, which may lie outside the year."""
        hours, instant = self.hours, instant - self.begins
        index = bisect_right(hours.opens, instant) - 1
        if index < 0:
            return 0
        return hours.before[index] + min(instant, hours.closes[index]) - hours.opens[index]

    def reached(self, open_time: int) -> int:
        """Return the instant at which so much of the year's open time is over, at the earliest; 0 < it <= total."""
        index = bisect_left(self.hours.before, open_time) - 1
        return self.begins + self.hours.opens[index] + open_time - self.hours.before[index]

    def left(self, open_time: int) -> int:
        """Return the latest instant before which there is so much of the year's open time; 0 <= it < total."""
        index = bisect_right(self.hours.before, open_time) - 1
        return self.begins + self.hours.opens[index] + open_time - self.hours.before[index]

    def between(self, since: int, until: int) -> Iterator[Span]:
        """Yield the year's open periods from `since` to `until`, in order."""
        begins, hours = self.begins, self.hours
        for index in range(bisect_right(hours.closes, since - begins), len(hours.opens)):
            opens, closes = hours.opens[index] + begins, hours.closes[index] + begins
            if opens >= until:
                return
            yield max(opens, since), min(closes, until)

    def back(self, since: int, until: int) -> Iterator[Span]:
        """Yield the same periods, the last first."""
        return reversed([*self.between(since, until)])

    def contact_days(self, since: int, until: int) -> range:
        """Return the places in the year of the contact days of which some open time lies between two instants."""
        return self.hours.days_within(since - self.begins, until - self.begins)

    def days_begun(self, instant: int) -> int:
        """Return how many of the year's contact days open no later than an instant, which may lie outside the year."""
        return bisect_right(self.hours.first_opens, instant - self.begins)

    def contact_day(self, place: int) -> ContactDay:
        """Return the contact day at a place: 0 is the first of the year."""
        opens, closes = self.begins + self.hours.first_opens[place], self.begins + self.hours.last_closes[place]
        return ContactDay(opens, closes, self.first_day + self.hours.days[place])


def _joined(opening: Sequence[int], closing: Sequence[int]) -> list[Span]:
    """Return periods with those that touch made one."""
    begins = [opens for opens, before in zip(opening, [None, *closing], strict=False) if opens != before]
    ends = [closes for closes, after in zip(closing, [*opening[1:], None], strict=False) if closes != after]
    return list(zip(begins, ends, strict=True))
