"""Business time against a second calculation: minute by minute, asking of each whether the desk is open."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.clock.business_time import Conventions, Count, Target, count
from service.clock.calendars import build_calendar
from tests.thorough import tried

MINUTE = timedelta(minutes=1)
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WORKWEEK = WEEKDAYS[:5]

YEAR_END = [
    {"holiday": "New Year's Day", "date": "01-01"},
    {"holiday": "Christmas Eve", "date": "12-24"},
    {"holiday": "Christmas Day", "date": "12-25"},
    {"holiday": "Day after Christmas", "date": "12-26"},
    {"holiday": "Leap Day", "date": "02-29"},
]
RULED = [
    {"holiday": "Last Monday", "nth": -1, "weekday": "monday", "month": 5},
    {"holiday": "Thanks", "nth": 4, "weekday": "thursday", "month": 11},
    {"holiday": "Bridge", "after": "Thanks", "days": 1},
    {"holiday": "Good Friday", "easter": -2},
]
SHIFTS = {"saturday": "friday", "sunday": "monday"}

DESKS: dict[str, dict[str, Any]] = {
    "plain": {"zone": "America/Chicago", "hours": {"monday to friday": "08:00-17:00"}},
    "with holidays": {
        "zone": "America/Chicago",
        "hours": {"monday to friday": "08:00-17:00"},
        "holidays": {"days": YEAR_END + RULED},
    },
    "holidays elsewhere": {
        "zone": "Europe/Lisbon",
        "hours": {"monday to friday": "08:00-17:00"},
        "holidays": {"zone": "America/Chicago", "days": YEAR_END + RULED},
    },
    "holidays that move": {
        "zone": "America/Chicago",
        "hours": {"monday to friday": "08:00-17:00"},
        "holidays": {"days": YEAR_END[:3], "observed": SHIFTS},
    },
    "odd offset and afternoons off": {
        "zone": "Asia/Kathmandu",
        "hours": {"monday to friday": "09:15-17:15", "saturday": ["09:00-12:00", "13:00-15:00"]},
        "business_day": 8,
        "holidays": {"zone": "Europe/Lisbon", "closes": {"from": "03:30", "until": "20:00"}, "days": YEAR_END},
    },
    "nights over the change of clocks": {
        "zone": "America/Chicago",
        "hours": {"saturday to monday": ["00:00-06:00", "20:00-24:00"]},
    },
    "always but holidays": {
        "zone": "Europe/Lisbon",
        "hours": "around_the_clock",
        "holidays": {"zone": "America/Chicago", "days": YEAR_END},
    },
    "always": {"zone": "Europe/Lisbon", "hours": "around_the_clock"},
}


def easter_sunday(year: int) -> date:
    """Return Western Easter, as Meeus, Jones and Butcher reckon it."""
    century, a = year // 100, year % 19
    h = (19 * a + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (year % 100 // 4) - h - year % 4) % 7
    month, day = divmod(h + weekday - 7 * ((a + 11 * h + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


def falls_on(rule: dict[str, Any], day: date, rules: Sequence[dict[str, Any]]) -> bool:
    """Tell whether a holiday's rule names the day itself."""
    if "date" in rule:
        return day.strftime("%m-%d") == str(rule["date"])
    if "easter" in rule:
        return day == easter_sunday(day.year) + timedelta(days=rule["easter"])
    if "after" in rule:
        anchor = next(each for each in rules if each["holiday"] == rule["after"])
        return falls_on(anchor, day - timedelta(days=rule["days"]), rules)
    month = [date(day.year, day.month, 1) + timedelta(days=each) for each in range(31)]
    alike = [each for each in month if each.month == day.month and WEEKDAYS[each.weekday()] == rule["weekday"]]
    index = rule["nth"] - 1 if rule["nth"] > 0 else rule["nth"]
    return day.month == int(rule["month"]) and alike[index] == day


@cache
def is_holiday(desk: str, day: date) -> bool:
    """Tell whether the day is a holiday of the desk, or one that moved there."""
    holidays = DESKS[desk].get("holidays", {"days": []})
    rules = holidays["days"]
    if any(falls_on(rule, day, rules) for rule in rules):
        return True
    aside = [day + timedelta(days=1), day - timedelta(days=1)]
    moves = holidays.get("observed", {})
    return any(
        moves.get(WEEKDAYS[near.weekday()]) == WEEKDAYS[day.weekday()]
        and any(falls_on(rule, near, rules) for rule in rules)
        for near in aside
    )


@cache
def openings(desk: str, weekday: int) -> list[str]:
    """Return the openings of a weekday as the desk's text has them."""
    hours = DESKS[desk]["hours"]
    if hours == "around_the_clock":
        return ["00:00-24:00"]
    for days, texts in hours.items():
        first, _, last = days.partition(" to ")
        each, ended = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        while each not in (weekday, ended):
            each = (each + 1) % 7
        if each == weekday:
            return [texts] if isinstance(texts, str) else list(texts)
    return []


@cache
def is_between(clock: str, period: str) -> bool:
    """Tell whether a time of day such as "09:30" lies in a period such as "09:00-17:00"."""
    since, until = period.split("-")
    return since <= clock < until


def is_open(desk: str, zone: str, moment: datetime) -> bool:
    """Tell whether the desk, its hours kept in the zone, is open at the moment, a whole minute."""
    hour, minute = divmod((moment - FIRST) // MINUTE, 60)
    return open_in(desk, zone, hour)[minute]


@lru_cache(maxsize=200_000)
def open_in(desk: str, zone: str, hour: int) -> list[bool]:
    """Tell of each minute of an hour, counted from FIRST on, whether the desk is open: many counts go over the same."""
    return [is_open_at(desk, zone, FIRST + (60 * hour + minute) * MINUTE) for minute in range(60)]


def is_open_at(desk: str, zone: str, moment: datetime) -> bool:
    """Tell it of one moment."""
    local = moment.astimezone(ZoneInfo(zone))
    clock = f"{local.hour:02}:{local.minute:02}"
    if not any(is_between(clock, period) for period in openings(desk, local.weekday())):
        return False
    holidays = DESKS[desk].get("holidays", {})
    there = moment.astimezone(ZoneInfo(holidays.get("zone", DESKS[desk]["zone"])))
    closes = holidays.get("closes", {"from": "00:00", "until": "24:00"})
    is_closing_time = is_between(f"{there.hour:02}:{there.minute:02}", f"{closes['from']}-{closes['until']}")
    return not (is_closing_time and is_holiday(desk, there.date()))


def is_paused(moment: datetime, pauses: Sequence[tuple[datetime, datetime]]) -> bool:
    """Tell whether a pause holds the moment."""
    return any(since <= moment < until for since, until in pauses)


def minutes_from(start: datetime) -> Iterator[datetime]:
    """Yield the starts of all minutes."""
    moment = start
    while True:
        yield moment
        moment += MINUTE


def joined(minutes: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Return the minutes as periods."""
    periods: list[tuple[datetime, datetime]] = []
    for minute in minutes:
        if periods and periods[-1][1] == minute:
            periods[-1] = (periods[-1][0], minute + MINUTE)
        else:
            periods.append((minute, minute + MINUTE))
    return periods


def minutes_to_closing(
    desk: str, zone: str, start: datetime, pauses: Sequence[tuple[datetime, datetime]], days: int
) -> list[datetime]:
    """Return the minutes counted when business days end at closing: day by day until the last one is over."""
    begin = next(minute for minute in minutes_from(start) if not is_paused(minute, pauses))
    counted: list[datetime] = []
    dates: list[date] = []
    for minute in minutes_from(begin):
        if not is_open(desk, zone, minute) or is_paused(minute, pauses):
            continue
        today = minute.astimezone(ZoneInfo(zone)).date()
        if today not in dates:
            dates.append(today)
            if len(dates) == 1 and has_been_open(desk, zone, begin, today):
                days += 1
            if len(dates) > days:
                return counted
        counted.append(minute)
    raise AssertionError


def has_been_open(desk: str, zone: str, moment: datetime, day: date) -> bool:
    """Tell whether the desk is open at the moment, or was earlier on the day that is then."""
    while moment.astimezone(ZoneInfo(zone)).date() == day:
        if is_open(desk, zone, moment):
            return True
        moment -= MINUTE
    return False


def closing_of(desk: str, zone: str, moment: datetime) -> datetime:
    """Return when the desk closes for the last time on the day of the moment, paused or not."""
    zone_info = ZoneInfo(zone)
    today = moment.astimezone(zone_info).date()
    rest = takewhile(lambda minute: minute.astimezone(zone_info).date() == today, minutes_from(moment))
    return [minute for minute in rest if is_open(desk, zone, minute)][-1] + MINUTE


def in_utc(moment: datetime) -> datetime:
    """Return the same instant in UTC: in an hour that clocks show twice, equal instants compare unequal (PEP 495)."""
    return moment.astimezone(UTC)


def segments(counted: Count) -> list[tuple[datetime, datetime]]:
    """Return the segments of a count in UTC."""
    return [(in_utc(each.from_), in_utc(each.to)) for each in counted.segments]


DAYS_OF_NOTE = [
    datetime(2026, 3, 8, tzinfo=UTC),  # clocks change in America
    datetime(2026, 3, 29, tzinfo=UTC),  # and in Europe
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 11, 26, tzinfo=UTC),
    datetime(2026, 4, 3, tzinfo=UTC),  # Good Friday
    datetime(2026, 5, 25, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=UTC),
    *(datetime(year, 12, 25, tzinfo=UTC) for year in range(2019, 2031)),
    *(datetime(year, 1, 1, tzinfo=UTC) for year in range(2019, 2031)),
]
NEARBY = st.integers(-4 * 1440, 2 * 1440).map(lambda minutes: timedelta(minutes=minutes))
STARTS = st.one_of(
    st.builds(lambda day, aside: day + aside, st.sampled_from(DAYS_OF_NOTE), NEARBY),
    st.integers(0, 60 * 366 * 1440).map(lambda minutes: datetime(1975, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
)
PAUSES = st.lists(st.tuples(st.integers(-600, 6000), st.integers(-100, 3000)), max_size=3)
ZONES = st.sampled_from([None, "America/Chicago", "Europe/Lisbon", "Asia/Kathmandu"])


def placed(start: datetime, pauses: Sequence[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    """Return pauses given by minutes after the start and minutes of length."""
    return [(start + since * MINUTE, start + (since + length) * MINUTE) for since, length in pauses]


@settings(max_examples=tried(150, 3000), deadline=None)
@given(st.sampled_from(sorted(DESKS)), STARTS, st.integers(1, 1700), PAUSES, ZONES)
@example("always", datetime(2026, 10, 24, 22, 0, tzinfo=UTC), 300, [], None)
@example("holidays elsewhere", datetime(2026, 12, 23, 16, 0, tzinfo=UTC), 600, [(10, 20)], None)
def test_open_minutes_add_up_as_if_counted_one_by_one(
    desk: str, start: datetime, minutes: int, pauses: list[tuple[int, int]], zone: str | None
) -> None:
    """Days, holidays and clock changes are short cuts; the minutes are the promise."""
    calendar = build_calendar({"calendar": desk, **DESKS[desk]})
    paused = placed(start, pauses)

    counted = count(calendar, Target(minutes, "minute"), start, zone=zone, pauses=paused)

    hours_zone = zone or DESKS[desk]["zone"]
    stepped: list[datetime] = []
    for minute in minutes_from(start):
        if is_open(desk, hours_zone, minute) and not is_paused(minute, paused):
            stepped.append(minute)
            if len(stepped) == minutes:
                break
    assert segments(counted) == joined(stepped)
    assert (in_utc(counted.starts_at), in_utc(counted.due_at)) == (stepped[0], stepped[-1] + MINUTE)


@settings(max_examples=tried(100, 2000), deadline=None)
@given(st.sampled_from(sorted(DESKS)), STARTS, st.integers(1, 1700), ZONES)
@example("always", datetime(2026, 10, 25, 12, 0, tzinfo=UTC), 900, None)
def test_open_minutes_backward_are_those_met_one_by_one(
    desk: str, start: datetime, minutes: int, zone: str | None
) -> None:
    """The minutes before the start, the last first."""
    calendar = build_calendar({"calendar": desk, **DESKS[desk]})

    counted = count(calendar, Target(minutes, "minute"), start, zone=zone, conventions=Conventions(counts="backward"))

    hours_zone = zone or DESKS[desk]["zone"]
    stepped: list[datetime] = []
    minute = start
    while len(stepped) < minutes:
        minute -= MINUTE
        if is_open(desk, hours_zone, minute):
            stepped.insert(0, minute)
    assert segments(counted) == joined(stepped)
    assert (in_utc(counted.starts_at), in_utc(counted.due_at)) == (stepped[-1] + MINUTE, stepped[0])


@settings(max_examples=tried(100, 2000), deadline=None)
@given(
    st.sampled_from(sorted(DESKS)),
    STARTS,
    st.integers(1, 3),
    st.sampled_from(["hour", "business_day"]),
    PAUSES,
    ZONES,
    st.sampled_from(["same_time", "closing"]),
)
def test_the_next_opening_is_the_one_met_minute_by_minute(
    desk: str,
    start: datetime,
    amount: int,
    unit: str,
    pauses: list[tuple[int, int]],
    zone: str | None,
    ends: str,
) -> None:
    """From where a target is due without the convention; only where it is closed is there one to wait for."""
    calendar = build_calendar({"calendar": desk, **DESKS[desk]})
    paused, hours_zone = placed(start, pauses), zone or DESKS[desk]["zone"]
    due, opens = (
        in_utc(
            count(
                calendar,
                Target(amount, unit),
                start,
                zone=zone,
                pauses=paused,
                conventions=Conventions(business_day_ends=ends, at_closing=at_closing),
            ).due_at
        )
        for at_closing in ("due", "next_opening")
    )

    if not is_open(desk, hours_zone, due):
        due = next(m for m in minutes_from(due) if is_open(desk, hours_zone, m) and not is_paused(m, paused))
    assert opens == due


@settings(max_examples=tried(50, 1000), deadline=None)
@given(st.sampled_from(sorted(DESKS)), STARTS, st.integers(1, 3), PAUSES, ZONES)
def test_closings_are_those_met_minute_by_minute(
    desk: str, start: datetime, days: int, pauses: list[tuple[int, int]], zone: str | None
) -> None:
    """The Nth contact day after the start's own, or its own as the first when it has yet to open."""
    calendar = build_calendar({"calendar": desk, **DESKS[desk]})
    paused = placed(start, pauses)

    counted = count(
        calendar,
        Target(days, "business_day"),
        start,
        zone=zone,
        pauses=paused,
        conventions=Conventions(business_day_ends="closing"),
    )

    hours_zone = zone or DESKS[desk]["zone"]
    stepped = minutes_to_closing(desk, hours_zone, start, paused, days)
    assert segments(counted) == joined(stepped)
    assert in_utc(counted.due_at) == closing_of(desk, hours_zone, stepped[-1])


@given(STARTS, st.integers(0, 5000), st.integers(0, 5000))
def test_a_longer_target_is_due_later(start: datetime, minutes: int, more: int) -> None:
    """And a count that is split in two ends where the whole one does."""
    calendar = build_calendar({"calendar": "desk", **DESKS["with holidays"]})

    first = count(calendar, Target(minutes, "minute"), start)
    rest = count(calendar, Target(more, "minute"), first.due_at)
    whole = count(calendar, Target(minutes + more, "minute"), start)

    assert in_utc(first.due_at) <= in_utc(whole.due_at)
    if more:
        assert in_utc(rest.due_at) == in_utc(whole.due_at)
