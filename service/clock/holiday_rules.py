"""On which days of a year a holiday falls, by its rule. What it closes, and where it moves, is in `closures.py`."""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from dateutil.easter import easter

__all__ = [
    "BUSINESS_DAY",
    "WHOLE_DAY",
    "After",
    "Closing",
    "Easter",
    "Holiday",
    "HolidayRule",
    "Library",
    "NthWeekday",
    "Once",
    "OnceSpan",
    "Yearly",
    "YearlySpan",
    "dates_in",
    "estimated_in",
    "library_of",
]


Closing = tuple[int, int] | None
"""Which part of its day a holiday closes: minutes after midnight in the holidays' zone, half-open."""

WHOLE_DAY: Closing = (0, 1440)
BUSINESS_DAY: Closing = None
"""Closes the business day of its date, all of its openings, whatever the zone of the holidays."""


@dataclass(frozen=True, slots=True)
class Yearly:
    """The same month and day in each year; 29 February in leap years only."""

    month: int
    day: int

    def dates(self, year: int) -> tuple[date, ...]:
        """Return the day in `year`, if the year has it."""
        return (date(year, self.month, self.day),) if self.day <= monthrange(year, self.month)[1] else ()


@dataclass(frozen=True, slots=True)
class Once:
    """One day of one year."""

    on: date

    def dates(self, year: int) -> tuple[date, ...]:
        """Return the day, if it lies in `year`."""
        return (self.on,) if self.on.year == year else ()


@dataclass(frozen=True, slots=True)
class YearlySpan:
    """The same days of each year from one to another, both of them included; a span may pass New Year."""

    first: tuple[int, int]  # month and day
    last: tuple[int, int]

    def dates(self, year: int) -> tuple[date, ...]:
        """Return the days in `year`, in order; where it passes New Year those of both ends."""
        if self.first <= self.last:
            return _days_from(_first_on(year, *self.first), _last_on(year, *self.last))
        before, after = _last_on(year, *self.last), _first_on(year, *self.first)
        return _days_from(date(year, 1, 1), before) + _days_from(after, date(year, 12, 31))


@dataclass(frozen=True, slots=True)
class OnceSpan:
    """Days of which each comes once, from one to another, both of them included."""

    first: date
    last: date

    def dates(self, year: int) -> tuple[date, ...]:
        """Return the days in `year`, in order."""
        return _days_from(max(self.first, date(year, 1, 1)), min(self.last, date(year, 12, 31)))


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """The nth such weekday of a month: 1 is the first and -1 the last; no day where the month has no fifth."""

    nth: int  # 1 to 5, or -1 to -5
    weekday: int  # Monday is 0
    month: int

    def dates(self, year: int) -> tuple[date, ...]:
        """Return the day in `year`, if the month has it."""
        first_weekday, length = monthrange(year, self.month)
        days = range(1 + (self.weekday - first_weekday) % 7, length + 1, 7)
        index = self.nth - 1 if self.nth > 0 else len(days) + self.nth
        return (date(year, self.month, days[index]),) if 0 <= index < len(days) else ()


@dataclass(frozen=True, slots=True)
class Easter:
    """So many days after Easter Sunday of the Gregorian calendar; negative: before it."""

    days: int

    def dates(self, year: int) -> tuple[date, ...]:
        """Return the day that falls in `year`, if one does."""
        sundays = (easter(around) for around in _years_before(year, self.days))
        return tuple(_moved(sundays, self.days, year))


@dataclass(frozen=True, slots=True)
class Library:
    """The days that the `holidays` library has under a name; none in years that it does not cover."""

    country: str
    subdivision: str | None
    name: str
    first_year: int  # the first and
    last_year: int  # the last year for which the library tells whether there is one
    days: tuple[date, ...] = field(repr=False, hash=False)  # of all years, in order
    estimated: tuple[date, ...] = field(default=(), repr=False, hash=False)  # those of them that may yet be other days

    def dates(self, year: int) -> tuple[date, ...]:
        """Return the days in `year`, in order."""
        since = bisect_left(self.days, date(year, 1, 1))
        until = len(self.days) if year == date.max.year else bisect_left(self.days, date(year + 1, 1, 1))
        return self.days[since:until]


@dataclass(frozen=True, slots=True)
class After:
    """So many days after each day of another rule that lies between two days; negative: before it.

    A holiday after one that is itself after another counts from the first of them all, so that no rule lies deep.
    """

    anchor: "Yearly | Once | NthWeekday | Easter | Library"
    days: int
    since: int = 1  # the first day of the anchor from which it counts, as a proleptic Gregorian ordinal,
    until: int = date.max.toordinal() + 1  # and the first one from which it does so no longer

    def dates(self, year: int) -> tuple[date, ...]:
        """Return the days that fall in `year`, whichever year the other holiday fell in."""
        anchors = (
            day
            for around in _years_before(year, self.days)
            for day in self.anchor.dates(around)
            if self.since <= day.toordinal() < self.until
        )
        return tuple(_moved(anchors, self.days, year))


HolidayRule = Yearly | Once | YearlySpan | OnceSpan | NthWeekday | After | Easter | Library


@dataclass(frozen=True, slots=True)
class Holiday:
    """A named day of closure, or span of days, before any move from a weekend."""

    name: str
    rule: HolidayRule
    first_year: int = 1
    end_year: int = 10_000  # the first year without it
    moves: tuple[int | None, ...] = (0,) * 7  # by weekday, Monday first: days to move by; None: to the next open day
    closes: Closing = WHOLE_DAY

    def __hash__(self) -> int:
        """Hash by what tells one from another, quickly: it is a key of what was worked out before."""
        return hash((self.name, self.first_year, self.end_year))


def dates_in(holiday: Holiday, year: int) -> tuple[date, ...]:
    """Return the days on which the holiday falls in `year` (1 to 9999), not moved, in order."""
    return holiday.rule.dates(year) if holiday.first_year <= year < holiday.end_year else ()


def estimated_in(holiday: Holiday, since: int, until: int) -> tuple[date, ...]:
    """Return the days from one proleptic Gregorian ordinal to another on which a holiday falls by an estimate."""
    library = library_of(holiday)
    after = holiday.rule.days if isinstance(holiday.rule, After) else 0
    days = [day.toordinal() + after for day in (library.estimated if library else ())]
    found = [date.fromordinal(day) for day in days if since <= day <= until]
    return tuple([day for day in found if holiday.first_year <= day.year < holiday.end_year])


def library_of(holiday: Holiday) -> Library | None:
    """Return the library's holiday that this one is, or is relative to."""
    rule = holiday.rule.anchor if isinstance(holiday.rule, After) else holiday.rule
    return rule if isinstance(rule, Library) else None


def _first_on(year: int, month: int, day: int) -> date:
    """Return a day of a year; 1 March for 29 February where there is none."""
    return date(year, month, day) if day <= monthrange(year, month)[1] else date(year, month + 1, 1)


def _last_on(year: int, month: int, day: int) -> date:
    """Return a day of a year; 28 February for 29 February where there is none."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def _days_from(first: date, last: date) -> tuple[date, ...]:
    return tuple([first + timedelta(days=each) for each in range((last - first).days + 1)])


def _years_before(year: int, days: int) -> range:
    """Return the years that hold a day which, `days` later, lies in `year`."""
    first, last = date(year, 1, 1).toordinal() - days, date(year, 12, 31).toordinal() - days
    low, high = date.min.toordinal(), date.max.toordinal()
    if last < low or first > high:
        return range(0)
    return range(date.fromordinal(max(first, low)).year, date.fromordinal(min(last, high)).year + 1)


def _moved(days: Iterator[date], by: int, year: int) -> Iterator[date]:
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    return (date.fromordinal(day.toordinal() + by) for day in days if first <= day.toordinal() + by <= last)
