"""Counts of open time over a calendar, and how their instants are written. What is open when is in `openings.py`."""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from math import ceil, isfinite, log10
from typing import NamedTuple

from service.clock.calendars import Calendar
from service.clock.holiday_rules import Holiday, Library, estimated_in, library_of
from service.clock.openings import Openings, openings_of
from service.clock.walls import at_instant, instant_of
from service.clock.year_hours import Span
from service.clock.zones import Zone

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
    "unpaused",
]

MOST_YEARS = 50
"""How long after the start of its counting a target is due at the latest, in years of 366 days; and how far is looked
for that start."""

MOST_SEGMENTS = 1000
"""How many periods a count lists."""

MOST_PAUSES = 2000
"""How many pauses a count takes."""

_MICROSECONDS = {
    "minute": 60_000_000,
    "business_minute": 60_000_000,
    "hour": 3_600_000_000,
    "business_hour": 3_600_000_000,
    "day": 86_400_000_000,
}
UNITS = (*_MICROSECONDS, "business_day")
_SHOWN_DAYS = 4
_DAYS_OFF = 2  # by which an estimate may be wrong, or a date of another zone differ
_WEEK = 7 * _MICROSECONDS["day"]
_HORIZON = MOST_YEARS * 366 * _MICROSECONDS["day"]


@dataclass(frozen=True, slots=True)
class Target:
    """How much open time is promised: so many of a unit."""

    amount: int | float | Decimal | Fraction
    unit: str  # minute, hour, business_minute, business_hour, business_day or day (24 hours of open time)

    def __str__(self) -> str:
        name = self.unit.replace("_", " ")
        return f"{_shown(self.amount)} {name}{'' if self.amount == 1 else 's'}"


class Segment(NamedTuple):
    """A period that was counted, half-open, in the zone of the count."""

    from_: datetime
    to: datetime


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A holiday of a count whose years the `holidays` library does not all cover; in the others its day was open."""

    holiday: str
    first_year: int  # that the library covers
    last_year: int

    def __str__(self) -> str:
        return f"'{self.holiday}' (known from {self.first_year} to {self.last_year})"


@dataclass(frozen=True, slots=True)
class Estimated:
    """A holiday of a count of which the `holidays` library has no more than estimates of the days that it meets."""

    holiday: str
    days: tuple[date, ...]  # in order

    def __str__(self) -> str:
        listed = ", ".join(day.isoformat() for day in self.days[:_SHOWN_DAYS])
        return f"'{self.holiday}' ({listed}{', …' if len(self.days) > _SHOWN_DAYS else ''})"


@dataclass(frozen=True, slots=True)
class Count:
    """When the counting starts, when the target is due, and the open periods in between; all in one zone."""

    starts_at: datetime
    due_at: datetime
    segments: tuple[Segment, ...]  # in order, none touching the next; none where they were not asked for
    uncovered: tuple[Uncovered, ...] = ()  # in the calendar's order
    estimated: tuple[Estimated, ...] = ()  # likewise

    def written_in(self, zone: Zone) -> "Count":
        """Return the count with the same instants in another zone. Raises ValueError outside the years 1 to 9999."""
        try:
            segments = tuple([Segment(each.from_.astimezone(zone), each.to.astimezone(zone)) for each in self.segments])
            starts_at, due_at = self.starts_at.astimezone(zone), self.due_at.astimezone(zone)
        except OverflowError:
            raise ValueError(f"in {zone} its instants are not all in the years 1 to 9999.") from None
        return replace(self, starts_at=starts_at, due_at=due_at, segments=segments)


class NeverDue(Exception):
    """A target has no due instant.

    `.calendar` its id, `.target` and `.start` as they were given, `.reason` why, a clause without its full stop.
    """

    def __init__(self, calendar: str, target: Target, start: datetime, reason: str) -> None:
        super().__init__(calendar, target, start, reason)
        self.calendar, self.target, self.start, self.reason = calendar, target, start, reason

    def __str__(self) -> str:
        return f"{self.target} from {format_instant(self.start)} on over calendar {self.calendar}: {self.reason}."


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
        found = _in_one_year(openings, start, open_time, lists_segments=lists_segments)
        if found is not None:
            return found
    if counts == "backward":
        if pauses or (business_day_ends, at_closing) != ("same_time", "due"):
            raise ValueError("What is counted backward takes no pauses and no other conventions.")
        back = _Backward(calendar, target, start, openings)
        return back.result(back.due_before(_open_time(target, calendar)), lists_segments=lists_segments)
    counting = _Forward(calendar, target, start, openings, pauses)
    if by_closings:
        due = counting.due_at_closing(ceil(target.amount))
    else:
        due = counting.due_after(_open_time(target, calendar))
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


def microseconds_in(unit: str, calendar: Calendar) -> int:
    """Return the open time in one of a unit."""
    return _MICROSECONDS.get(unit) or calendar.business_day // timedelta(microseconds=1)


def longest_open_time(calendar: Calendar, *, segments: int | None = None) -> int:
    """Return more microseconds than any count over a calendar has, or than so many of its segments have.

    Holidays are passed over: with them there is less. What is open on special days, in seasons or by other calendars is
    taken as more than it is.
    """
    if calendar.seasons or calendar.special_days or calendar.made_of:
        return _HORIZON
    week = [(day * 1440 + opens, day * 1440 + closes) for day in range(14) for opens, closes in calendar.hours[day % 7]]
    minute, hour = _MICROSECONDS["minute"], _MICROSECONDS["hour"]
    longest = max((closes - opens for opens, closes in _joined(week)), default=0)
    if segments is not None and longest < 7 * 1440:
        # The clocks can be put back within an opening.
        return segments * (longest * minute + 2 * hour)
    of_week = sum(closes - opens for opens, closes in week) // 2
    return min(_HORIZON, (_HORIZON // _WEEK + 2) * of_week * minute + 2 * MOST_YEARS * hour)


def format_instant(moment: datetime) -> str:
    """Return an aware datetime in RFC 3339 with its own offset, and with microseconds only when there are some.

    RFC 3339 has no seconds in an offset, and local mean time does: the same instant is then written at the nearest
    whole minute's offset.
    """
    offset = moment.utcoffset()
    if offset is not None and offset.seconds % 60:
        moment = moment.astimezone(timezone(timedelta(minutes=round(offset.total_seconds() / 60))))
    return moment.isoformat()


def _in_one_year(openings: Openings, start: datetime, open_time: int, *, lists_segments: bool) -> Count | None:
    """Return a count without pauses that is over in the local year of its start; None where it is not, or not simple.

    It is what `_Forward` finds: most counts are such, and this takes a quarter of the time.
    """
    since, zone = instant_of(start), openings.zone
    if openings.library or since >= openings.end - 2 * _HORIZON:
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


@dataclass(slots=True)
class _Counting(ABC):
    """One count under way.

    begins  where the counting could start
    starts  where it does: where there is open time next
    """

    calendar: Calendar
    target: Target
    start: datetime
    openings: Openings
    begins: int = field(init=False)
    starts: int = field(init=False)

    def result(self, due: int, *, lists_segments: bool) -> Count:
        """Return the count that is due at an instant. Raises NeverDue where it has too many segments to list."""
        listed = list(islice(_joined(self._counted(due)), MOST_SEGMENTS + 1)) if lists_segments else []
        if len(listed) > MOST_SEGMENTS:
            raise self._never(f"it counts more than {MOST_SEGMENTS} open periods, too many to list as segments")
        segments = tuple([Segment(self._shown(since), self._shown(until)) for since, until in listed])
        rests_on = self._uncovered(due), self._estimated(due)
        return Count(self._shown(self.starts), self._shown(due), segments, *rests_on)

    @abstractmethod
    def _counted(self, due: int) -> Iterator[Span]:
        """Yield the open periods of a count that is due at an instant, in order of time."""

    @abstractmethod
    def _left_from(self, begins: int) -> str:
        """Return the end of a clause on what there is too little of, seen from an instant."""

    def _check_amount(self) -> None:
        amount = self.target.amount
        if not _is_length(amount):
            raise self._never(f"an amount of {_shown(amount)} is no length of time")

    def _uncovered(self, due: int) -> tuple[Uncovered, ...]:
        """Return the library's holidays whose years the counting leaves."""
        listed = [(each, library_of(each)) for each in self.openings.library]
        if not listed:
            return ()
        first, last = sorted((self.starts, due))
        years = self.openings.year_of(first), self.openings.year_of(max(last - 1, first))
        return tuple(
            Uncovered(each.name, library.first_year, library.last_year)
            for each, library in listed
            if library is not None and _leaves(each, library, *years)
        )

    def _estimated(self, due: int) -> tuple[Estimated, ...]:
        """Return the library's holidays of which an estimated day lies within the counting, or next to it."""
        first, last = [self._shown(each).date() for each in sorted((self.begins, due))]
        beside = first.toordinal() - _DAYS_OFF, last.toordinal() + _DAYS_OFF
        found = ((each.name, estimated_in(each, *beside)) for each in self.openings.library)
        return tuple([Estimated(name, days) for name, days in found if days])

    def _shown(self, instant: int) -> datetime:
        return at_instant(instant, self.openings.zone)

    def _closed(self) -> NeverDue:
        return self._never(f"calendar {self.calendar.id} has no open time{self._left_from(self.begins)}")

    def _too_long(self) -> NeverDue:
        return self._never(
            f"calendar {self.calendar.id} has no {self.target} of open time{self._left_from(self.starts)}"
        )

    def _never(self, reason: str) -> NeverDue:
        return NeverDue(self.calendar.id, self.target, self.start, reason)


@dataclass(slots=True)
class _Forward(_Counting):
    """A count of the time after its start; `working` are the periods from there on that are not paused."""

    pauses: Sequence[tuple[datetime, datetime | None]]
    working: list[Span] = field(init=False)

    def __post_init__(self) -> None:
        """Find out when the counting starts. Raises NeverDue where it does not."""
        self._check_amount()
        if len(self.pauses) > MOST_PAUSES:
            raise self._never(f"there are {len(self.pauses)} pauses, and a count takes at most {MOST_PAUSES}")
        self.working = list(unpaused(instant_of(self.start), self.openings.end, self.pauses))
        self.begins = self.starts = self.working[0][0] if self.working else self.openings.end
        opens = next(self._counted(self.begins + _HORIZON), None)
        if opens is None:
            raise self._closed()
        self.starts = opens[0]

    def due_after(self, open_time: int) -> int:
        """Return when so much open time is over. Raises NeverDue."""
        if not open_time:
            return self.starts
        for since, until in self._working_until(self.starts + _HORIZON):
            due, open_time = self.openings.passed(since, until, open_time)
            if due is not None:
                return due
        raise self._too_long()

    def due_at_closing(self, days: int) -> int:
        """Return when the contact day closes with which so many business days are over. Raises NeverDue."""
        last_closing = None
        for since, until in self._working_until(self.starts + _HORIZON):
            for year in self.openings.years(since, until):
                places = year.contact_days(since, until)
                if places and last_closing is None and year.contact_day(places[0]).opens <= self.begins:
                    days += 1
                # A day that a pause parts in two is one.
                if places and year.contact_day(places[0]).closes == last_closing:
                    places = places[1:]
                if days <= len(places):
                    return year.contact_day(places[days - 1]).closes
                days -= len(places)
                last_closing = year.contact_day(places[-1]).closes if places else last_closing
        raise self._too_long()

    def open_from(self, due: int) -> int:
        """Return an instant, or where it is closed then the next that is open and not paused. Raises NeverDue."""
        if any(self.openings.between(due, due + 1)):
            return due
        working = ((max(since, due), until) for since, until in self._working_until(self.starts + _HORIZON))
        periods = (period for each in working if each[0] < each[1] for period in self.openings.between(*each))
        for opens, _ in periods:
            return opens
        raise self._too_long()

    def _working_until(self, limit: int) -> Iterator[Span]:
        """Yield the periods that are not paused from the start of the counting until an instant."""
        for since, until in self.working:
            if since >= limit:
                return
            if until > self.starts:
                yield max(since, self.starts), min(until, limit)

    def _counted(self, due: int) -> Iterator[Span]:
        working = self._working_until(due)
        return (period for since, until in working for period in self.openings.between(since, until))

    def _closed(self) -> NeverDue:
        return self._goes_on() or super(_Forward, self)._closed()

    def _too_long(self) -> NeverDue:
        return self._goes_on() or super(_Forward, self)._too_long()

    def _goes_on(self) -> NeverDue | None:
        """Return that a pause goes on, where that is what keeps the target from being due."""
        ongoing = min((instant_of(since) for since, until in self.pauses if until is None), default=self.openings.end)
        if ongoing >= min(self.starts + _HORIZON, self.openings.end):
            return None
        return self._never(f"the pause since {format_instant(self._shown(ongoing))} goes on")

    def _left_from(self, begins: int) -> str:
        if begins + _HORIZON > self.openings.end:
            return " left before the year 10000"
        return f" in the {MOST_YEARS} years after {format_instant(self._shown(begins))}"


@dataclass(slots=True)
class _Backward(_Counting):
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
        return max(begins - _HORIZON, self.openings.begin)

    def _counted(self, due: int) -> Iterator[Span]:
        return self.openings.between(due, self.starts)

    def _left_from(self, begins: int) -> str:
        if begins - _HORIZON < self.openings.begin:
            return " since the year 1"
        return f" in the {MOST_YEARS} years before {format_instant(self._shown(begins))}"


def _check(target: Target, business_day_ends: str, counts: str, at_closing: str) -> None:
    if target.unit not in UNITS:
        raise ValueError(f"'{target.unit}' is no unit of time; there are {', '.join(UNITS)}.")
    if counts not in ("forward", "backward"):
        raise ValueError(f"A clock counts 'forward' or 'backward', not '{counts}'.")
    if at_closing not in ("due", "next_opening"):
        raise ValueError(f"At closing a target is 'due', or it is at the 'next_opening', not '{at_closing}'.")
    if business_day_ends not in ("same_time", "closing"):
        raise ValueError(f"Business days end at 'same_time' or at 'closing', not '{business_day_ends}'.")


def _open_time(target: Target, calendar: Calendar) -> int:
    """Return a target in microseconds, to the nearest whole one; decimals count as they are written."""
    amount = Fraction(repr(target.amount) if isinstance(target.amount, float) else target.amount)
    return round(amount * microseconds_in(target.unit, calendar))


def _leaves(holiday: Holiday, library: Library, first: int, last: int) -> bool:
    """Tell whether a holiday is asked for in a year, from one to another, that its library does not cover."""
    first, last = max(first, holiday.first_year), min(last, holiday.end_year - 1)
    return first <= last and (first < library.first_year or last > library.last_year)


def _is_length(amount: float | Decimal | Fraction) -> bool:
    is_finite = amount.is_finite() if isinstance(amount, Decimal) else isinstance(amount, int) or isfinite(amount)
    return is_finite and amount >= 0


def _shown(amount: float | Decimal | Fraction) -> str:
    """Return an amount in the fewest digits that tell it from others, and never in very many."""
    if isinstance(amount, int) and abs(amount) < 10**15:
        return str(amount)
    try:
        return f"{float(amount):.15g}"
    except OverflowError:
        return f"{'-' if amount < 0 else ''}10^{int(round(abs(Fraction(amount))).bit_length() * log10(2))}"


def unpaused(begin: int, end: int, pauses: Iterable[tuple[datetime, datetime | None]]) -> Iterator[Span]:
    """Yield the periods from `begin` to `end` outside the pauses, in order."""
    spans = ((instant_of(since), end if until is None else instant_of(until)) for since, until in pauses)
    for since, until in sorted(spans):
        if until > since:
            if begin < min(since, end):
                yield begin, min(since, end)
            begin = max(begin, until)
    if begin < end:
        yield begin, end


def _joined(periods: Iterable[Span]) -> Iterator[Span]:
    """Yield the periods, those that touch as one."""
    last: Span | None = None
    for since, until in periods:
        if last is not None and last[1] == since:
            last = (last[0], until)
            continue
        if last is not None:
            yield last
        last = (since, until)
    if last is not None:
        yield last
