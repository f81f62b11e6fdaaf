"""Counts of open time over a calendar. What is open when is in `openings.py`."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil

from service.clock.calendars import Calendar
from service.clock.counting import HORIZON, MOST_YEARS, joined
from service.clock.counting_backward import Backward
from service.clock.counting_forward import MOST_PAUSES, Forward
from service.clock.counts import MOST_SEGMENTS, Count, Estimated, NeverDue, Segment, Uncovered, format_instant
from service.clock.openings import openings_of
from service.clock.short_counts import in_one_year
from service.clock.targets import DAY, HOUR, MINUTE, UNITS, Target, microseconds_in, open_time_of

__all__ = [
    "MOST_PAUSES",
    "MOST_SEGMENTS",
    "MOST_YEARS",
    "UNITS",
    "Count",
    "Estimated",
    "NeverDue",
    "Segment",
    "Target",
    "Uncovered",
    "count",
    "depends_only_on_opening",
    "format_instant",
    "longest_open_time",
    "microseconds_in",
]

_WEEK = 7 * DAY


def count(  # noqa: PLR0913 - what a pack says of a target
    calendar: Calendar,
    target: Target,
    start: datetime,
    *,
    zone: str | None = None,
    pauses: Sequence[tuple[datetime, datetime | None]] = (),
    business_day_ends: str = "same_time",
    counts: str = "forward",
    at_closing: str = "due",
    lists_segments: bool = True,
) -> Count:
    """Return when a target is due that is counted from `start` over the open time of a calendar.

    start              aware, in the years 2 to 9999; counting starts then, or at the next opening when that is closed
    zone               in which the weekly hours are kept and the result is written, in place of the calendar's own; the
                       holidays keep theirs
    pauses             periods, half-open, that do not count, in any order; empty when it ends no later than it begins;
                       one without an end goes on: what would come due after it began is never due
    business_day_ends  "same_time": a business day is `calendar.business_day` of open time, wherever it ends.
                       "closing": N business days are due at the closing of the Nth contact day after the day of the
                       start, which is itself the first of the N when the start lies before its first opening. A begun
                       business day counts whole: one that a pause takes a part of is a day like any other, due at its
                       closing, and one that pauses take up is none.
    counts             "forward": due when so much open time is over since the start. "backward": due at the last
                       instant from which so much is left until the start, from which or from the closing before it
                       the count goes back: that is `starts_at`. Pauses and other conventions are not taken then
    at_closing         "due": a count that ends exactly at closing time is due then. "next_opening": when it opens next
                       and no pause is; a pause that begins during open hours is no closing
    lists_segments     whether the periods that were counted are wanted; without them a count may have any number

    An amount of nothing is due where it starts, and has no segments. Open time is real time: there is more or less of
    it when the clocks change during open hours. An opening or closing time that they skip is as much later; of one
    shown twice, the first counts (RFC 5545, 3.3.5).

    `starts_at` and `due_at` are never earlier for a later start without pauses, nor with a pause than without it, and
    `due_at` is never earlier for a larger amount, or backward never later. What a count takes is bounded, whatever it
    is given: a target that is due more than MOST_YEARS from where its counting starts is never due, and so is one with
    more than MOST_PAUSES pauses or, where they are listed, MOST_SEGMENTS segments.
    Raises NeverDue with its reason, also for an amount that is negative or not finite; ValueError for a unit or a
    convention that is none, and for what can't be counted backward; UnknownZone; and TypeError for a naive datetime.
    """
    _check(target, business_day_ends, counts, at_closing)
    openings = openings_of(calendar, zone or calendar.zone)
    by_closings = target.unit == "business_day" and bool(target.amount) and business_day_ends == "closing"
    lists_segments = lists_segments and bool(target.amount)
    is_plain = counts == "forward" and at_closing == "due" and not pauses and not by_closings
    if is_plain and type(target.amount) is int and target.amount >= 0:
        open_time = target.amount * microseconds_in(target.unit, calendar)
        found = in_one_year(openings, start, open_time, lists_segments=lists_segments)
        if found is not None:
            return found
    if counts == "backward":
        if pauses or (business_day_ends, at_closing) != ("same_time", "due"):
            raise ValueError("What is counted backward takes no pauses and no other conventions.")
        back = Backward(calendar, target, start, openings)
        return back.result(back.due_before(open_time_of(target, calendar)), lists_segments=lists_segments)
    counting = Forward(calendar, target, start, openings, pauses)
    if by_closings:
        due = counting.due_at_closing(ceil(target.amount))
    else:
        due = counting.due_after(open_time_of(target, calendar))
    if at_closing == "next_opening":
        due = counting.open_from(due)
    return counting.result(due, lists_segments=lists_segments)


def depends_only_on_opening(unit: str, business_day_ends: str = "same_time") -> bool:
    """Tell whether a count without pauses depends on its start only through `starts_at`.

    So it does, segments and all, and being never due included, for every unit that is counted as open time: `minute`
    and `hour` with their business forms, `day`, and `business_day` that ends at the same time. The exception is
    `business_day` that ends at closing: of two starts with one `starts_at`, the one that lies before it can be due a
    business day sooner than the one that is it, as the first comes before the opening and the other does not; all
    starts before it are due alike.
    """
    return not (unit == "business_day" and business_day_ends == "closing")


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


def _check(target: Target, business_day_ends: str, counts: str, at_closing: str) -> None:
    if target.unit not in UNITS:
        raise ValueError(f"'{target.unit}' is no unit of time; there are {', '.join(UNITS)}.")
    if counts not in ("forward", "backward"):
        raise ValueError(f"A clock counts 'forward' or 'backward', not '{counts}'.")
    if at_closing not in ("due", "next_opening"):
        raise ValueError(f"At closing a target is 'due', or it is at the 'next_opening', not '{at_closing}'.")
    if business_day_ends not in ("same_time", "closing"):
        raise ValueError(f"Business days end at 'same_time' or at 'closing', not '{business_day_ends}'.")
