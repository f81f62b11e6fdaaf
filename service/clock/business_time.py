"""Counts of open time over a calendar. What is open when is in `openings.py`."""

from collections.abc import Sequence
from datetime import datetime

from service.clock.business_days import BusinessDays
from service.clock.calendars import Calendar
from service.clock.conventions import Conventions
from service.clock.counting import HORIZON, MOST_YEARS, joined
from service.clock.counting_backward import Backward
from service.clock.counting_forward import Forward
from service.clock.counts import MOST_SEGMENTS, Count, Estimated, NeverDue, Segment, Uncovered, format_instant
from service.clock.openings import openings_of
from service.clock.pauses import MOST_PAUSES, Pauses
from service.clock.short_counts import in_one_year
from service.clock.targets import DAY, HOUR, MINUTE, UNITS, Target, microseconds_in
from service.clock.walls import at_instant, changed_between, instant_of

__all__ = [
    "MOST_PAUSES",
    "MOST_SEGMENTS",
    "MOST_YEARS",
    "UNITS",
    "Conventions",
    "Count",
    "Estimated",
    "NeverDue",
    "Segment",
    "Target",
    "Uncovered",
    "count",
    "format_instant",
    "longest_open_time",
    "microseconds_in",
    "most_contact_days",
    "most_openings",
    "turning_starts",
]

_WEEK = 7 * DAY
_USUAL = Conventions()


def count(  # noqa: PLR0913 - what a pack says of a target
    calendar: Calendar,
    target: Target,
    start: datetime,
    *,
    zone: str | None = None,
    pauses: Pauses = (),
    lists_segments: bool = True,
    conventions: Conventions = _USUAL,
) -> Count:
    """Return when a target is due that is counted from `start` over the open time of a calendar.

    start           aware, in the years 2 to 9999; counting starts then, or at the next opening when that is closed
    zone            in which the weekly hours are kept and the result is written, in place of the calendar's own; the
                    holidays keep theirs
    pauses          periods, half-open, that do not count, in any order; empty when it ends no later than it begins; one
                    without an end goes on: what would come due after it began is never due
    lists_segments  whether the periods that were counted are wanted; without them a count may have any number
    conventions     what is counted how; a count backward takes no pauses

    An amount of nothing is due where it starts, and has no segments; a begun business day counts whole where days are
    counted one by one, and so does a begun opening. Open time is real time: there is more or less of it when the clocks
    change during open hours. An opening or closing time that they skip is as much later, as is a time of day at which
    business days end; of one shown twice, the first counts (RFC 5545, 3.3.5).

    `starts_at` and `due_at` are never earlier for a later start without pauses (but see `turning_starts`), nor
    with a pause than without it, and `due_at` is never earlier for a larger amount, or backward never later. What a
    count takes is bounded, whatever it is given: a target that is due more than MOST_YEARS from where its counting
    starts is never due, and so is one with more than MOST_PAUSES pauses or, where they are listed, MOST_SEGMENTS
    segments.
    Raises NeverDue with its reason, also for an amount that is negative or not finite; ValueError for a unit that is
    none, and for pauses backward; UnknownZone; and TypeError for a naive datetime.
    """
    if target.unit not in UNITS:
        raise ValueError(f"'{target.unit}' is no unit of time; there are {', '.join(UNITS)}.")
    openings = openings_of(calendar, zone or calendar.zone)
    lists_segments = lists_segments and bool(target.amount)
    if conventions == _USUAL and not pauses and target.unit != "opening" and type(target.amount) is int:
        open_time = target.amount * microseconds_in(target.unit, calendar)
        found = in_one_year(openings, start, open_time, lists_segments=lists_segments) if open_time >= 0 else None
        if found is not None:
            return found
    if conventions.counts == "backward" and pauses:
        raise ValueError("What is counted backward takes no pauses.")
    counting = (
        Backward(calendar, target, start, openings, conventions)
        if conventions.counts == "backward"
        else Forward(calendar, target, start, openings, conventions, pauses)
    )
    return counting.result(counting.due(), lists_segments=lists_segments)


def turning_starts(
    calendar: Calendar, unit: str, conventions: Conventions, ends: tuple[datetime, datetime], *, zone: str | None = None
) -> Sequence[datetime] | None:
    """Return the starts between two around which a later one may be due sooner, without pauses; None if they are many.

    There is none for whatever is counted but at the same clock time: that goes back where clocks do. Between starts of
    two days it may at any time: Saturday at 18:00 and Sunday at 10:00 are both one business day before Monday.
    """
    if unit != "business_day" or conventions.business_day_ends != "same_clock_time":
        return ()
    openings = openings_of(calendar, zone or calendar.zone)
    days = BusinessDays(openings, calendar.day_begins)
    first, last = (min(instant_of(each), openings.end) for each in ends)
    is_end = conventions.counts == "backward"
    if days.day_of(first, is_end=is_end) != days.day_of(last, is_end=is_end):
        return None
    changed = changed_between(openings.zone, first, last)
    return () if changed is None else [at_instant(each, openings.zone) for each in (changed - 1, changed)]


def longest_open_time(calendar: Calendar, *, segments: int | None = None) -> int:
    """Return more microseconds than any count over a calendar has, or than so many of its segments have.

    Holidays are passed over: with them there is less. What is open on special days, in seasons or by other calendars is
    taken as more than it is.
    """
    if calendar.seasons or calendar.special_days or calendar.made_of:
        return HORIZON
    week = [(day * 1440 + opens, day * 1440 + closes) for day in range(14) for opens, closes in calendar.hours[day % 7]]
    longest = max((closes - opens for opens, closes in joined(week)), default=0)
    if segments is not None and longest < 7 * 1440:
        # The clocks can be put back within an opening.
        return segments * (longest * MINUTE + 2 * HOUR)
    of_week = sum(closes - opens for opens, closes in week) // 2
    return min(HORIZON, (HORIZON // _WEEK + 2) * of_week * MINUTE + 2 * MOST_YEARS * HOUR)


def most_contact_days(calendar: Calendar) -> int:
    """Return as many contact days as any count over a calendar has, or more: holidays are passed over."""
    is_uneven = bool(calendar.seasons or calendar.special_days or calendar.made_of)
    return (HORIZON // _WEEK + 2) * (7 if is_uneven else sum(map(bool, calendar.hours)))


def most_openings(calendar: Calendar) -> int:
    """Return as many openings as any count over a calendar has, or more."""
    if calendar.seasons or calendar.special_days or calendar.made_of or calendar.holidays:
        return HORIZON // MINUTE
    return (HORIZON // _WEEK + 2) * sum(map(len, calendar.hours))
