"""When a clock is due by any convention: business days and openings counted one by one, plainly.

What is open when is walked through in `open_time.py`, which counts open time; nothing is imported from the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle import open_time as plain
from tests.oracle.calendar_layers import Desks, begins, desks_of, minutes_of

__all__ = ["counted"]

_ONE_DAY = timedelta(days=1)
_MOST_DAYS = 400
_NEAR = 3 * 86_400_000_000  # what opens so long before an instant does not reach it

Span = tuple[int, int]


def counted(
    calendars: Mapping[str, Any], lists: Mapping[str, Any], role: Mapping[str, Any], clock: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a clock gives; nothing where it never gets due.

    calendars  those of the pack by name; `role` has the name of one
    lists      the shared lists of holidays
    clock      as it is written, with its conventions
    """
    by_days = role["unit"] == "business_day" and clock.get("business_day_ends", "same_time") != "same_time"
    is_backward = clock.get("counts") == "backward"
    if not role["amount"] or not (by_days or role["unit"] == "opening"):
        if is_backward:
            return plain.due_before(calendars, lists, role)
        return plain.due(calendars, lists, role, "same_time", opens_next=clock.get("at_closing") == "next_opening")
    walk = _Walk(desks_of(calendars, lists), role, clock)
    return walk.back() if is_backward else walk.forward()


class _Walk:
    """One count, day by day."""

    def __init__(self, desks: Desks, role: Mapping[str, Any], clock: Mapping[str, Any]) -> None:
        self.desks, self.name, self.clock = desks, role["calendar"], clock
        self.role = role
        self.data = desks.calendars[self.name]
        self.zone = ZoneInfo(role.get("zone") or self.data["zone"])
        self.start = plain._ticks(role["starts"])
        self.pauses = plain.paused_in(role)
        self.number = ceil(role["amount"])
        self.ends = clock.get("business_day_ends", "same_time")

    # forward

    def forward(self) -> dict[str, Any]:
        """Return what is given by a count of what comes after the start."""
        begin = self.start
        for since, until in sorted(self.pauses):
            begin = until if since <= begin < until else begin
        first = next(self._open_from(begin), None)
        if first is None or first[0] > begin + plain._LONGEST:
            return {}
        due = self._opening(begin) if self.role["unit"] == "opening" else self._day_end(begin, first[0])
        if due is not None and self.clock.get("at_closing") == "next_opening" and not self._is_open(due):
            due = self._next_open(due)
        if due is None or due > first[0] + plain._LONGEST:
            return {}
        return self._told(first[0], due, self._open_from(begin))

    def _day_end(self, begin: int, first: int) -> int | None:
        if self.clock.get("pauses_take") == "open_time" and self.pauses:
            without = _Walk(self.desks, {**self.role, "pauses": ()}, self.clock)
            opens = next(without._open_from(self.start))[0]
            due = without._day_end(self.start, opens)
            return None if due is None else self._after_as_much(due, _length(without._open_from(self.start), due))
        today, left = self._day_of(begin), self.number
        for day, spans in self._days(begin):
            left -= self._may_be_first(day, spans, begin, today) and self._is_left(spans, begin)
            if not left:
                end = self._end_on(day, spans)
                return end if self.ends == "closing" else self._within_hours(max(end, first))
        return None

    def _after_as_much(self, due: int, length: int) -> int | None:
        """Return when so much unpaused open time is over, but no sooner than another instant."""
        for since, until in self._open_from(self.start):
            if length <= until - since:
                return max(due, since + length)
            length -= until - since
        return None

    def _may_be_first(self, day: date, spans: list[Span], begin: int, today: date) -> bool:
        first_day = self.clock.get("first_day", "same_day_before_opening")
        if first_day == "next_day" or self.ends == "same_clock_time":
            return day > today
        return (self._end_on(day, spans) if first_day == "same_day" else spans[0][0]) > begin

    def _is_left(self, spans: list[Span], begin: int) -> bool:
        """Say whether a day counts in spite of pauses."""
        if self.clock.get("pauses_take") == "closings":
            closes = spans[-1][1]
            return not any(since < closes <= until for since, until in self.pauses)
        left = [(max(since, begin), until) for since, until in spans if until > begin]
        for pause in self.pauses:
            left = plain._less(left, pause)
        return bool(left)

    def _opening(self, begin: int) -> int | None:
        left = self.number
        for _, spans in self._days(begin):
            for opens, _ in spans:
                counts = opens > begin or (opens == begin and self.clock.get("opening_at_start") == "counted")
                is_paused = any(since <= opens < until for since, until in self.pauses)
                left -= counts and not is_paused and not self._is_open(opens - 1)
                if not left:
                    return opens
        return None

    def _within_hours(self, moment: int) -> int | None:
        closes_then = self._is_open(moment - 1) and not self._is_open(moment)
        return moment if closes_then else self._next_open(moment)

    def _next_open(self, moment: int) -> int | None:
        return next((since for since, _ in self._open_from(moment)), None)

    # backward

    def back(self) -> dict[str, Any]:
        """Return what is given by a count of what came before the start."""
        starts = self._last_open_before(self.start)
        if starts is None:
            return {}
        due = self._opening_before() if self.role["unit"] == "opening" else self._day_end_before()
        if due is None:
            return {}
        days = takewhile(lambda each: not each or each[0][0] > due - _NEAR, self._days_back())
        spans = [span for day in days for span in reversed(day)]
        clipped = [(max(opens, due), min(closes, starts)) for opens, closes in reversed(spans)]
        return self._told(starts, due, iter([each for each in clipped if each[0] < each[1]]))

    def _opening_before(self) -> int | None:
        openings = (opens for spans in self._days_back() for opens, _ in reversed(spans) if opens < self.start)
        real = (opens for opens in openings if not self._is_open(opens - 1))
        return next((opens for place, opens in enumerate(real, 1) if place == self.number), None)

    def _day_end_before(self) -> int | None:
        today, left = self._day_of(self.start, is_end=True), self.number
        day = today
        for _ in range(_MOST_DAYS):
            day -= _ONE_DAY
            spans = plain._open_on(self.desks, self.name, day, self.zone)
            left -= bool(spans)
            if not left:
                end = self._end_on(day, spans)
                if self.ends in ("opening", "closing"):
                    return end
                closing = self._last_open_before(end + 1)
                return None if closing is None else min(closing, end)
        return None

    def _last_open_before(self, moment: int) -> int | None:
        """Return the last instant up to one at which something closes, or that one itself where it is open before."""
        days = ([span for span in spans if span[0] < moment] for spans in self._days_back())
        # Hours of the days before may go on beyond those of the last one.
        found = [min(closes, moment) for spans in islice(filter(None, days), 4) for _, closes in spans]
        return max(found, default=None)

    def _days_back(self) -> Iterator[list[Span]]:
        day = plain._shown(self.start, self.zone).date() + 2 * _ONE_DAY
        for _ in range(_MOST_DAYS):
            yield plain._open_on(self.desks, self.name, day, self.zone)
            day -= _ONE_DAY

    # both

    def _end_on(self, day: date, spans: list[Span]) -> int:
        """Return when a count ends whose last business day is this one, open then or not."""
        opens, closes = spans[0][0], spans[-1][1]
        if self.ends in ("opening", "closing"):
            return opens if self.ends == "opening" else closes
        if self.ends == "same_clock_time":
            is_end = self.clock.get("counts") == "backward"
            midnight = datetime.combine(self._day_of(self.start, is_end=is_end), datetime.min.time())
            end = self._at(day, plain._shown(self.start, self.zone).replace(tzinfo=None) - midnight)
        else:
            time = timedelta(minutes=minutes_of(self.ends))
            end, next_date = self._at(day, time), self._at(day, time + _ONE_DAY)
            is_of_night = not opens <= end <= closes and opens <= next_date <= closes
            if is_of_night or time < timedelta(minutes=minutes_of(self.data.get("day_begins", "00:00"))):
                end = next_date
        return min(end, closes) if self.clock.get("after_closing") == "closing" else end

    def _at(self, day: date, time: timedelta) -> int:
        shown = datetime(day.year, day.month, day.day, tzinfo=self.zone) + max(time, timedelta())
        return plain._ticks(shown.astimezone(UTC))

    def _day_of(self, moment: int, *, is_end: bool = False) -> date:
        """Return the business day of a moment: the one whose hours it lies between, else the one that has begun."""
        near = [plain._shown(moment, self.zone).date() + step * _ONE_DAY for step in range(-3, 3)]
        for day in near:
            spans = plain._open_on(self.desks, self.name, day, self.zone)
            if spans and (spans[0][0] < moment <= spans[-1][1] if is_end else spans[0][0] <= moment < spans[-1][1]):
                return day
        return max(day for day in near if plain._ticks(begins(self.data, day, self.zone)) <= moment)

    def _days(self, begin: int) -> Iterator[tuple[date, list[Span]]]:
        """Yield the contact days that end after an instant; a pause of years is jumped over by where it begins."""
        day = plain._shown(begin, self.zone).date() - 2 * _ONE_DAY
        walked = 0
        while walked < _MOST_DAYS and day < plain._LAST:
            spans = plain._open_on(self.desks, self.name, day, self.zone)
            if spans and spans[-1][1] > begin:
                yield day, spans
            walked += 1
            day += _ONE_DAY
            noon = plain._ticks(datetime(day.year, day.month, day.day, 12, tzinfo=self.zone).astimezone(UTC))
            for ended in [until for since, until in self.pauses if since <= noon < until]:
                day = max(day, plain._shown(min(ended, plain._ticks(_END)), self.zone).date() - 3 * _ONE_DAY)

    def _is_open(self, moment: int) -> bool:
        return plain._is_open(self.desks, self.name, moment, self.zone)

    def _open_from(self, moment: int) -> Iterator[Span]:
        return plain._open_from(self.desks, self.name, moment, self.zone, self.pauses)

    def _told(self, starts: int, due: int, periods: Iterator[Span]) -> dict[str, Any]:
        found: list[Span] = []
        for since, closes in periods:
            if since >= max(due, starts):
                break
            until = min(closes, max(due, starts))
            if found and found[-1][1] == since:
                found[-1] = (found[-1][0], until)
            else:
                found.append((since, until))
        shown = tuple((plain._shown(since, self.zone), plain._shown(until, self.zone)) for since, until in found)
        return {
            "starts_at": plain._shown(starts, self.zone),
            "due_at": plain._shown(due, self.zone),
            "segments": shown,
        }


def _length(periods: Iterator[Span], until: int) -> int:
    total = 0
    for since, closes in periods:
        if since >= until:
            break
        total += min(closes, until) - since
    return total


_END = datetime(9999, 12, 28, tzinfo=UTC)
