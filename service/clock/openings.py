"""The open periods of a calendar, year by year, as instants. How long a count takes is in `business_time.py`.

What is open in a year is worked out in `day_openings.py` and `combined_openings.py`.
"""

from collections.abc import Iterator
from functools import lru_cache

from service.clock.calendars import Calendar
from service.clock.combined_openings import CombinedOpenings
from service.clock.day_openings import DayOpenings
from service.clock.holiday_rules import Holiday, library_of
from service.clock.walls import FIRST_DAY, FIRST_YEAR, LAST_DAY, at_instant, wall
from service.clock.year_hours import ContactDay, OpenYear, Span
from service.clock.zones import Zone, zone_named

__all__ = ["Openings", "library_holidays_of", "openings_of"]

_MOST_YEARS = 1024  # remembered for each calendar and zone


class Openings:
    """The open periods of one calendar, its hours kept in one zone.

    begin, end  the instants from which and up to which its zone has dates
    has_nights  whether a year's last day may go on in the next
    library     its holidays that are known for some years alone, and those of the calendars that it is made of
    """

    def __init__(self, calendar: Calendar, zone: str) -> None:
        self.zone = zone_named(zone)
        self.begin = max(wall(self.zone, FIRST_DAY, 0), wall(zone_named("UTC"), FIRST_DAY, 0))
        self.end = min(wall(self.zone, LAST_DAY, 1440), wall(zone_named("UTC"), LAST_DAY, 1440)) - 1
        self.library = library_holidays_of(calendar)
        self.has_nights = calendar.has_nights
        self._source = _source_of(calendar, self.zone)
        self._years: dict[int, OpenYear] = {}

    def year_of(self, instant: int) -> int:
        """Return the local year of an instant; for a night's that goes on in the new year the one before."""
        year = at_instant(instant, self.zone).year
        if self.has_nights and year > FIRST_YEAR and instant < self.year(year - 1).ends:
            return year - 1
        return year

    def year(self, year: int) -> OpenYear:
        """Return the open periods of a local year."""
        found = self._years.get(year)
        if found is None:
            # Emptied, not trimmed: threads share the dictionaries, and a year lost is a year worked out again.
            if len(self._years) >= _MOST_YEARS:
                self._years.clear()
                self._source.forget()
            found = self._years[year] = self._source.year(year)
        return found

    def years(self, since: int, until: int) -> Iterator[OpenYear]:
        """Yield the local years from one instant to another that is later, in order."""
        return (self.year(year) for year in self._years_from(since, until))

    def years_back(self, since: int, until: int) -> Iterator[OpenYear]:
        """Yield the same years, the last first."""
        return (self.year(year) for year in reversed(self._years_from(since, until)))

    def passed(self, since: int, until: int, open_time: int) -> tuple[int | None, int]:
        """Return the instant at which so much open time, more than none, is over since `since`, and 0.

        Where there is less until `until`, None and how much is lacking.
        """
        for year in self.years(since, until):
            before, after = year.before(since), year.before(until)
            if open_time <= after - before:
                return year.reached(before + open_time), 0
            open_time -= after - before
        return None, open_time

    def passed_back(self, since: int, until: int, open_time: int) -> int | None:
        """Return the last instant from which so much open time, more than none, is left until `until`.

        None where there is less from `since` on.
        """
        for year in self.years_back(since, until):
            before, after = year.before(since), year.before(until)
            if open_time <= after - before:
                return year.left(after - open_time)
            open_time -= after - before
        return None

    def open_time(self, since: int, until: int) -> int:
        """Return how much open time lies from one instant to another that is no earlier."""
        return sum(year.before(until) - year.before(since) for year in self.years(since, until)) if since < until else 0

    def between(self, since: int, until: int) -> Iterator[Span]:
        """Yield the open periods from `since` to `until`, at most to `end`, in order; some touch at New Year."""
        until = min(until, self.end)
        return (period for year in self.years(since, until) for period in year.between(since, until))

    def last_between(self, since: int, until: int) -> Span | None:
        """Return the last open period from `since` to `until`, or None."""
        return next((period for year in self.years_back(since, until) for period in year.back(since, until)), None)

    def first_day(self, since: int, until: int) -> ContactDay | None:
        """Return the first contact day of which some open time lies from `since` to `until`, or None."""
        return next((year.contact_day(places[0]) for year, places in self._days(since, until)), None)

    def last_day(self, since: int, until: int) -> ContactDay | None:
        """Return the last such contact day, or None."""
        return next((year.contact_day(places[-1]) for year, places in self._days(since, until, back=True)), None)

    def _days(self, since: int, until: int, *, back: bool = False) -> Iterator[tuple[OpenYear, range]]:
        years = self.years_back(since, until) if back else self.years(since, until)
        return ((year, places) for year in years if (places := year.contact_days(since, until)))

    def _years_from(self, since: int, until: int) -> range:
        return range(self.year_of(since), self.year_of(min(until, self.end) - 1) + 1)


@lru_cache(maxsize=128)
def openings_of(calendar: Calendar, zone: str) -> Openings:
    """Return the openings of a calendar whose hours are kept in `zone`. Raises UnknownZone.

    Those of which it is made keep the zones of their own.
    """
    return Openings(calendar, zone)


def library_holidays_of(calendar: Calendar) -> tuple[Holiday, ...]:
    """Return the holidays of the library that a calendar rests on, its own first."""
    own = () if calendar.holidays is None else calendar.holidays.days
    others = () if calendar.made_of is None else calendar.made_of.calendars
    of_others = [day for each in others for day in library_holidays_of(each)]
    return tuple(dict.fromkeys([*(each for each in own if library_of(each)), *of_others]))


def _source_of(calendar: Calendar, zone: Zone) -> DayOpenings | CombinedOpenings:
    if calendar.made_of is None:
        return DayOpenings(calendar, zone)
    others = [openings_of(each, each.zone) for each in calendar.made_of.calendars]
    return CombinedOpenings(calendar, calendar.made_of, zone, others)
