"""When a clock is due, counted plainly: open periods day by day, less holidays and pauses. For small amounts only.

Knows the calendars that random packs draw: weekly hours, fixed, single and nth-weekday holidays; nothing is imported
from the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["due"]

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_UNITS = {
    "minute": 60_000_000,
    "business_minute": 60_000_000,
    "hour": 3_600_000_000,
    "business_hour": 3_600_000_000,
    "day": _DAY,
}
_MOST_DAYS = 400
_LAST = date(9999, 12, 29)
_LONGEST = 50 * 366 * _DAY

Span = tuple[int, int]


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _shown(ticks: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=ticks)).astimezone(zone)


def _wall(day: date, minutes: int, zone: ZoneInfo) -> int:
    """Return the first instant at which clocks show a time, or as much later as they skip it."""
    local = datetime.combine(day, time(), tzinfo=zone) + timedelta(minutes=minutes)
    return _ticks(local.replace(fold=0).astimezone(UTC))


def _hours(calendar: Mapping[str, Any], day: date) -> list[tuple[int, int]]:
    if calendar["hours"] == "around_the_clock":
        return [(0, 1440)]
    for key, written in calendar["hours"].items():
        first, _, last = key.partition(" to ")
        if _WEEK.index(first) <= day.weekday() <= _WEEK.index(last or first):
            return [_minutes(each) for each in ([written] if isinstance(written, str) else written)]
    return []


def _minutes(written: str) -> tuple[int, int]:
    opens, closes = (int(each[:2]) * 60 + int(each[3:]) for each in written.split("-"))
    return opens, closes


def _is_holiday(calendar: Mapping[str, Any], day: date) -> bool:
    return any(_falls(each, day) for each in calendar.get("holidays", {}).get("days", ()))


def _falls(holiday: Mapping[str, Any], day: date) -> bool:
    if "date" in holiday:
        return holiday["date"] in (f"{day:%m-%d}", day.isoformat())
    nth = (day.day - 1) // 7 + 1
    return (holiday["month"], _WEEK.index(holiday["weekday"]), holiday["nth"]) == (day.month, day.weekday(), nth)


def _open_on(calendar: Mapping[str, Any], day: date, zone: ZoneInfo) -> list[Span]:
    """Return a day's open periods, holidays of their own zone taken out."""
    spans = [(_wall(day, opens, zone), _wall(day, closes, zone)) for opens, closes in _hours(calendar, day)]
    kept = ZoneInfo(calendar.get("holidays", {}).get("zone", calendar["zone"]))
    for near in (day + timedelta(days=step) for step in (-2, -1, 0, 1, 2)):
        if _is_holiday(calendar, near):
            spans = _less(spans, (_wall(near, 0, kept), _wall(near, 1440, kept)))
    return spans


def _less(spans: list[Span], gap: Span) -> list[Span]:
    found = []
    for since, until in spans:
        found += [each for each in ((since, min(until, gap[0])), (max(since, gap[1]), until)) if each[0] < each[1]]
    return found


def _open_from(calendar: Mapping[str, Any], start: int, zone: ZoneInfo, pauses: list[Span]) -> Iterator[Span]:
    """Yield the open periods from a start on."""
    now = start
    for _ in range(_MOST_DAYS):
        # A pause may take thousands of years: it is jumped over, not walked through.
        now = max([now, *(until for since, until in pauses if since <= now < until)])
        day = _shown(now, zone).date()
        if day > _LAST:
            return
        spans = _open_on(calendar, day, zone)
        for pause in pauses:
            spans = _less(spans, pause)
        for since, until in spans:
            if until > now:
                yield max(since, now), until
        now = max(now, _wall(day, 1440, zone))


def due(calendar: Mapping[str, Any], role: Mapping[str, Any], ends: str) -> dict[str, Any]:
    """Return what a clock gives; nothing where it never gets due."""
    zone = ZoneInfo(role.get("zone") or calendar["zone"])
    start = _ticks(role["starts"])
    pauses = [(_ticks(a), _ticks(b)) for a, b in role.get("pauses") or () if b > a]
    if ends == "closing" and role["unit"] == "business_day" and role["amount"]:
        length = _until_closing(calendar, start, zone, int(role["amount"]))
    else:
        length = round(Fraction(role["amount"]) * (_UNITS.get(role["unit"]) or _business_day(calendar)))
    taken = _taken(_open_from(calendar, start, zone, pauses), length)
    if not taken or _is_too_late(start, pauses, taken):
        return {}
    shown = tuple((_shown(since, zone), _shown(until, zone)) for since, until in taken)
    return {"starts_at": shown[0][0], "due_at": shown[-1][1], "segments": shown if length else ()}


def _is_too_late(start: int, pauses: list[Span], taken: list[Span]) -> bool:
    """Say whether it opens, or is due, more than fifty years of 366 days after it could have."""
    for since, until in sorted(pauses):
        start = until if since <= start < until else start
    return taken[0][0] > start + _LONGEST or taken[-1][1] > taken[0][0] + _LONGEST


def _business_day(calendar: Mapping[str, Any]) -> int:
    if "business_day" in calendar:
        return round(Fraction(str(calendar["business_day"])) * _UNITS["hour"])
    if calendar["hours"] == "around_the_clock":
        return _DAY
    written = next(iter(calendar["hours"].values()))
    return sum(b - a for a, b in map(_minutes, [written] if isinstance(written, str) else written)) * _UNITS["minute"]


def _taken(spans: Iterator[Span], length: int) -> list[Span]:
    taken: list[Span] = []
    for since, until in spans:
        to = min(until, since + length)
        length -= to - since
        if taken and taken[-1][1] == since:
            taken[-1] = (taken[-1][0], to)
        else:
            taken.append((since, to))
        if not length:
            return taken
    return []


def _until_closing(calendar: Mapping[str, Any], start: int, zone: ZoneInfo, days: int) -> int:
    """Return the open time from a start until the closing of the day that ends a count of business days."""
    day = _shown(start, zone).date()
    today = _open_on(calendar, day, zone)
    length = 0
    counted = 1 if today and start < today[0][0] else 0
    length += sum(until - max(since, start) for since, until in today if until > start)
    while counted < days:
        day += timedelta(days=1)
        spans = _open_on(calendar, day, zone)
        counted += bool(spans)
        length += sum(until - since for since, until in spans)
    return length
