"""Counts of open time that are over within a year, as most are: found in a shorter way."""

from bisect import bisect_left, bisect_right
from datetime import datetime

from service.clock.counting import HORIZON
from service.clock.counts import MOST_SEGMENTS, Count, Segment
from service.clock.openings import Openings
from service.clock.walls import at_instant, instant_of

__all__ = ["in_one_year"]


def in_one_year(openings: Openings, start: datetime, open_time: int, *, lists_segments: bool) -> Count | None:
    """Return a count without pauses that is over in the local year of its start; None where it is not, or not simple.

    It is what `Forward` finds: most counts are such, and this takes a quarter of the time.
    """
    since, zone = instant_of(start), openings.zone
    if openings.library or since >= openings.end - 2 * HORIZON:
        return None
    # In the zone itself a start may show a time that its clocks skip.
    local = start.astimezone(zone) if start.tzinfo is not zone else at_instant(since, zone)
    year = openings.year(openings.year_of(since) if openings.has_nights else local.year)
    hours, begins = year.hours, year.begins
    first = bisect_right(hours.closes, since - begins)
    if first == len(hours.opens):
        return None
    starts = max(hours.opens[first] + begins, since)
    before = hours.before[first] + starts - begins - hours.opens[first]
    if before + open_time > hours.total:
        return None
    due = year.reached(before + open_time) if open_time else starts
    segments: tuple[Segment, ...] = ()
    starts_at = local if starts == since else at_instant(starts, zone)
    due_at = at_instant(due, zone)
    if lists_segments:
        last = bisect_left(hours.opens, due - begins, first)
        if last - first > MOST_SEGMENTS:
            return None
        opened = [starts_at, *[at_instant(begins + each, zone) for each in hours.opens[first + 1 : last]]]
        closed = [*[at_instant(begins + each, zone) for each in hours.closes[first : last - 1]], due_at]
        segments = tuple(map(Segment, opened, closed))
    return Count(starts_at, due_at, segments)
