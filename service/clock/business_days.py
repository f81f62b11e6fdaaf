"""To which business day an instant belongs, and when on a contact day a count ends. Nothing is counted here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.clock.conventions import Conventions, is_time_of_day
from service.clock.openings import Openings
from service.clock.targets import DAY, MINUTE
from service.clock.walls import at_instant, wall
from service.clock.year_hours import ContactDay

__all__ = ["BusinessDays"]

_DAY = DAY // MINUTE
_LONGEST = 3 * DAY  # from a day's first opening to its last closing, at the most


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """The business days over some openings.

    day_begins  minutes after midnight at which days begin
    """

    openings: Openings
    day_begins: int

    def day_of(self, instant: int, *, is_end: bool = False) -> int:
        """Return the ordinal of the day to which an instant belongs.

        That of the openings that it lies in or between, a night's after midnight too; else the one that has begun.

        is_end  whether it is the end of what comes before it, and not the begin of what comes after: at a closing it
                is then of the day that closes
        """
        if is_end:
            day = self.openings.last_day(instant - _LONGEST, instant)
            is_within = day is not None and day.closes >= instant
        else:
            day = self.openings.first_day(instant, instant + _LONGEST)
            is_within = day is not None and day.opens <= instant
        return day.ordinal if day is not None and is_within else self._begun(instant)

    def time_of(self, instant: int, day: int) -> int:
        """Return what clocks show at an instant, in microseconds after the midnight of the day to which it belongs."""
        shown = at_instant(instant, self.openings.zone).replace(tzinfo=None) - datetime.fromordinal(day)
        # Where clocks went back over midnight it may show a time of the day before once more.
        return max(shown // timedelta(microseconds=1), 0)

    def ends_on(self, day: ContactDay, conventions: Conventions, time: int) -> int:
        """Return when a count ends of which this is the last day, whether or not it is open then.

        time  the start's, for what ends at the `same_clock_time`
        """
        ends = conventions.business_day_ends
        if ends in ("opening", "closing"):
            return day.opens if ends == "opening" else day.closes
        instant = self._at(day, ends) if is_time_of_day(ends) else self._shown(day, time)
        return min(instant, day.closes) if conventions.after_closing == "closing" else instant

    def _at(self, day: ContactDay, time: str) -> int:
        """Return when it is a time of day on a day; in its night, where it is open then after midnight."""
        minutes = int(time[:2]) * 60 + int(time[3:])
        today, next_date = (self._shown(day, each * MINUTE) for each in (minutes, minutes + _DAY))
        is_of_night = not day.opens <= today <= day.closes and day.opens <= next_date <= day.closes
        return next_date if is_of_night or minutes < self.day_begins else today

    def _shown(self, day: ContactDay, time: int) -> int:
        minutes, rest = divmod(time, MINUTE)
        return wall(self.openings.zone, day.ordinal, minutes) + rest

    def _begun(self, instant: int) -> int:
        """Return the last day that has begun at an instant."""
        day = at_instant(instant, self.openings.zone).toordinal() + 1
        while wall(self.openings.zone, day, self.day_begins) > instant:
            day -= 1
        return day
