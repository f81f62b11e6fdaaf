"""How much open time, and how many contact days, there are from one instant to another. Nothing is due here.

Both measures say, for a calendar and two instants:

    open_time_between(calendar, since, until, zone=None, pauses=())  -> timedelta, exact to the microsecond
    contact_days_between(calendar, since, until, zone=None)          -> whole days

They agree with the counts of `business_time.py`: from a start to its `due_at` there is as much open time as the target
has, and to just before the due instant of a count to a `closing` as many contact days. They add up: from a to c there
is what there is from a to b and from b to c. From a later instant to an earlier one there is as much less than nothing.
"""

from datetime import datetime, timedelta

from service.clock.calendars import Calendar
from service.clock.counting import HORIZON, MOST_YEARS
from service.clock.openings import Openings, openings_of
from service.clock.pauses import MOST_PAUSES, Pauses, unpaused
from service.clock.walls import instant_of

__all__ = ["Unmeasured", "contact_days_between", "open_time_between"]


class Unmeasured(Exception):
    """Too much to be measured: the instants are more than MOST_YEARS apart, or there are more than MOST_PAUSES pauses.

    `.reason` says which, a clause without its full stop.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def open_time_between(
    calendar: Calendar,
    since: datetime,
    until: datetime,
    *,
    zone: str | None = None,
    pauses: Pauses = (),
) -> timedelta:
    """Return the open time from one instant to another that no pause takes.

    since, until  aware; where `until` is the earlier, the time between them is negative
    zone          in which the weekly hours are kept in place of the calendar's own, as for a count
    pauses        periods, half-open, in any order; they may overlap, and one that ends no later than it begins is
                  empty; one without an end goes on

    Open time is real time: a minute is 60 seconds, whatever the clocks show.
    Raises Unmeasured, with its reason; UnknownZone; and TypeError for a naive datetime.

    >>> from service.clock.calendars import build_calendar
    >>> desk = build_calendar({"calendar": "desk", "zone": "UTC", "hours": {"monday to friday": "09:00-17:00"}})
    >>> friday, monday = (datetime.fromisoformat(f"2026-03-{day}T10:00:00Z") for day in ("06", "09"))
    >>> str(open_time_between(desk, friday, monday)), str(-open_time_between(desk, monday, friday))
    ('8:00:00', '8:00:00')
    """
    if len(pauses) > MOST_PAUSES:
        raise Unmeasured(f"there are {len(pauses)} pauses, and at most {MOST_PAUSES} are taken")
    openings, first, last = _measured(calendar, zone, since, until)
    if last < first:
        return -_open_time(openings, last, first, pauses)
    return _open_time(openings, first, last, pauses)


def contact_days_between(calendar: Calendar, since: datetime, until: datetime, *, zone: str | None = None) -> int:
    """Return how many contact days open after one instant and no later than another.

    It is how a count to a `closing` counts them: from the contact day after the day of `since`, or that day itself
    where `since` is before its first opening, to the day of `until`, unless `until` is before its first opening.
    Where `until` is the earlier, the number is negative. `zone` and what is raised are as for open time.

    >>> from service.clock.calendars import build_calendar
    >>> desk = build_calendar({"calendar": "desk", "zone": "UTC", "hours": {"monday to friday": "09:00-17:00"}})
    >>> friday, monday = (datetime.fromisoformat(f"2026-03-{day}T10:00:00Z") for day in ("06", "09"))
    >>> contact_days_between(desk, friday, monday), contact_days_between(desk, monday, friday)
    (1, -1)
    """
    openings, first, last = _measured(calendar, zone, since, until)
    if last < first:
        return -_opened(openings, last, first)
    return _opened(openings, first, last)


def _measured(calendar: Calendar, zone: str | None, since: datetime, until: datetime) -> tuple[Openings, int, int]:
    """Return what is measured over, and from which instant to which. Raises Unmeasured."""
    openings = openings_of(calendar, zone or calendar.zone)
    # The first and last hours of the years 1 and 9999 are dates in some zones alone, and count nowhere.
    first, last = (min(max(instant_of(each), openings.begin), openings.end) for each in (since, until))
    if abs(last - first) > HORIZON:
        raise Unmeasured(f"its instants are more than {MOST_YEARS} years apart")
    return openings, first, last


def _open_time(openings: Openings, since: int, until: int, pauses: Pauses) -> timedelta:
    total = sum(
        year.before(end) - year.before(begin)
        for begin, end in unpaused(since, until, pauses)
        for year in openings.years(begin, end)
    )
    return timedelta(microseconds=total)


def _opened(openings: Openings, since: int, until: int) -> int:
    """Return how many contact days open after `since` and no later than `until`."""
    return sum(year.days_begun(until) - year.days_begun(since) for year in openings.years(since, until + 1))
