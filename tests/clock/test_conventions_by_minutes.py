"""Business days and openings counted by every convention against a second calculation: minute by minute."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given, reject, settings
from hypothesis import strategies as st

from service.clock.business_time import Conventions, NeverDue, Target, count
from service.clock.calendars import build_calendar
from service.clock.conventions import CHOICES
from tests.clock.test_business_time_by_minutes import DESKS, MINUTE, PAUSES, STARTS, ZONES, in_utc, is_open, placed
from tests.thorough import tried

_DAYS_SEEN = 14
_WALKED = [name for name in sorted(DESKS) if DESKS[name]["hours"] != "around_the_clock"]
_WAYS = st.builds(
    Conventions,
    business_day_ends=st.sampled_from(["same_clock_time", "same_clock_time", "opening", "closing", "12:00", "18:30"]),
    **{key: st.sampled_from(CHOICES[key]) for key in ("first_day", "after_closing", "pauses_take", "opening_at_start")},
)
_HEAVY = settings(max_examples=tried(20, 400), deadline=None)


class Minutes:
    """The minutes around a start: which are open, which paused, and the date of each in a zone."""

    def __init__(self, desk: str, zone: str, start: datetime, pauses: Sequence[tuple[datetime, datetime]]) -> None:
        self.zone = ZoneInfo(zone)
        self.start, self.pauses = start, pauses
        first = start - timedelta(days=2)
        self.all = [first + step * MINUTE for step in range((_DAYS_SEEN + 2) * 1440)]
        self.open = {each for each in self.all if is_open(desk, zone, each)}
        self.begin = next((each for each in self.all if each >= start and not self.is_paused(each)), None)
        self.days: dict[date, list[datetime]] = {}
        for each in self.all[1440:]:  # the first day may have begun before
            if each in self.open:
                self.days.setdefault(self.date_of(each), []).append(each)

    def is_paused(self, minute: datetime) -> bool:
        """Tell whether a pause holds a minute."""
        return any(since <= minute < until for since, until in self.pauses)

    def date_of(self, minute: datetime) -> date:
        """Return the date that is shown at a minute."""
        return minute.astimezone(self.zone).date()

    def clock_of(self, minute: datetime) -> str:
        """Return the time that is shown at a minute."""
        return f"{minute.astimezone(self.zone):%H:%M}"

    def at(self, day: date, clock: str) -> datetime:
        """Return the first minute of a day that shows a time, or a time as much later as clocks skip."""
        later = f"{int(clock[:2]) + 1:02}{clock[2:]}"
        shown = [each for each in self.all if self.date_of(each) == day]
        return next(each for time in (clock, later) for each in shown if self.clock_of(each) == time)

    def next_open(self, minute: datetime) -> datetime:
        """Return the first minute from one on that is open and not paused."""
        return next(each for each in self.all if each >= minute and each in self.open and not self.is_paused(each))

    def within_hours(self, minute: datetime) -> datetime:
        """Return a minute at which it is open or closes, or the next that is open and not paused."""
        closes = minute - MINUTE in self.open and minute not in self.open
        return minute if closes else self.next_open(minute)


def due_by_minutes(minutes: Minutes, number: int, ways: Conventions) -> datetime:
    """Return when so many business days are over."""
    begin = minutes.begin
    assert begin is not None
    if ways.pauses_take == "open_time":
        plain = Minutes.__new__(Minutes)
        plain.__dict__ = {**minutes.__dict__, "pauses": (), "begin": minutes.start}
        due = _day_end(plain, number, ways, minutes.start)
        as_much = sum(minutes.start <= each < due for each in minutes.open)
        worked = [
            each for each in minutes.all if each >= begin and each in minutes.open and not minutes.is_paused(each)
        ]
        return max(due, worked[as_much - 1] + MINUTE if as_much else worked[0])
    return _day_end(minutes, number, ways, begin)


def _day_end(minutes: Minutes, number: int, ways: Conventions, begin: datetime) -> datetime:
    for day in sorted(minutes.days):
        opened = minutes.days[day]
        number -= _may_be_first(minutes, day, ways, begin) and _is_left(minutes, opened, ways, begin)
        if not number:
            due = _end_on(minutes, day, ways)
            return due if ways.business_day_ends == "closing" else minutes.within_hours(max(due, begin))
    raise StopIteration


def _may_be_first(minutes: Minutes, day: date, ways: Conventions, begin: datetime) -> bool:
    if ways.first_day == "next_day" or ways.business_day_ends == "same_clock_time":
        return day > minutes.date_of(begin)
    if ways.first_day == "same_day":
        return day >= minutes.date_of(begin) and _end_on(minutes, day, ways) > begin
    return minutes.days[day][0] > begin


def _is_left(minutes: Minutes, opened: list[datetime], ways: Conventions, begin: datetime) -> bool:
    if ways.pauses_take == "closings":
        return not minutes.is_paused(opened[-1])
    return any(each >= begin and not minutes.is_paused(each) for each in opened)


def _end_on(minutes: Minutes, day: date, ways: Conventions) -> datetime:
    opened = minutes.days[day]
    if ways.business_day_ends in ("opening", "closing"):
        return opened[0] if ways.business_day_ends == "opening" else opened[-1] + MINUTE
    same = ways.business_day_ends == "same_clock_time"
    due = minutes.at(day, minutes.clock_of(minutes.start) if same else ways.business_day_ends)
    return min(due, opened[-1] + MINUTE) if ways.after_closing == "closing" else due


@_HEAVY
@given(st.sampled_from(_WALKED), STARTS, st.integers(1, 2), PAUSES, ZONES, _WAYS)
@example(
    "plain", datetime.fromisoformat("2026-03-07T08:30:00+00:00"), 1, [], None, Conventions(business_day_ends="12:00")
)
def test_business_days_end_where_the_minutes_say(
    desk: str, start: datetime, days: int, pauses: list[tuple[int, int]], zone: str | None, ways: Conventions
) -> None:
    """By every convention, over changes of the clocks, holidays and pauses."""
    calendar, paused = build_calendar({"calendar": desk, **DESKS[desk]}), placed(start, pauses)
    minutes = Minutes(desk, zone or DESKS[desk]["zone"], start, paused)
    assume(minutes.begin is not None)
    counted = count(calendar, Target(days, "business_day"), start, zone=zone, pauses=paused, conventions=ways)
    assume(in_utc(counted.due_at) < start + timedelta(days=_DAYS_SEEN - 2))

    assert in_utc(counted.due_at) == due_by_minutes(minutes, days, ways)


@_HEAVY
@given(st.sampled_from(_WALKED), STARTS, st.integers(1, 4), PAUSES, ZONES, _WAYS)
def test_openings_are_those_met_minute_by_minute(
    desk: str, start: datetime, number: int, pauses: list[tuple[int, int]], zone: str | None, ways: Conventions
) -> None:
    """An opening is an open minute after one that is not."""
    calendar, paused = build_calendar({"calendar": desk, **DESKS[desk]}), placed(start, pauses)
    minutes = Minutes(desk, zone or DESKS[desk]["zone"], start, paused)
    begin = minutes.begin
    try:
        counted = count(calendar, Target(number, "opening"), start, zone=zone, pauses=paused, conventions=ways)
    except NeverDue:
        reject()
    opened = [each for each in minutes.all[1:] if each in minutes.open and each - MINUTE not in minutes.open]
    left = [each for each in opened if begin is not None and each >= begin and not minutes.is_paused(each)]
    if left and left[0] == begin and ways.opening_at_start == "not_counted":
        left = left[1:]
    assume(number <= len(left))

    assert in_utc(counted.due_at) == left[number - 1]
