"""When a clock is due, counted plainly: open periods day by day, less holidays and pauses. For small amounts only.

Knows the calendars that random packs draw, whose layers `calendar_layers.py` reads; nothing is imported from the
program.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.calendar_layers import Desks, around, begins, desks_of, instant, minutes_of, special_hours

__all__ = ["days_between", "due", "due_before", "life", "measured", "paused_in", "time_between", "written_in"]

_ONE_DAY = timedelta(days=1)
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
_FOREVER = (date(9999, 12, 31) - date(1970, 1, 1)).days * _DAY

Span = tuple[int, int]


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _shown(ticks: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=ticks)).astimezone(zone)


@lru_cache(maxsize=16384)
def _open_on(desks: Desks, name: str, day: date, zone: ZoneInfo) -> list[Span]:
    """Return the open periods of a business day, which begin when those of the days before have ended."""
    before = [_open_alone(desks, name, day - back * _ONE_DAY, zone) for back in (2, 1)]
    ended = [until for spans in before for _, until in spans]
    spans = [(max([since, *ended]), until) for since, until in _open_alone(desks, name, day, zone)]
    return [each for each in spans if each[0] < each[1]]


@lru_cache(maxsize=16384)
def _open_alone(desks: Desks, name: str, day: date, zone: ZoneInfo) -> list[Span]:
    """Return the open periods of a business day as if it were the only one, holidays taken out."""
    data = desks.calendars[name]
    if special_hours(data, day) is not None or "hours" in data:
        spans = [(_ticks(since), _ticks(until)) for since, until in desks.spans(name, zone, day)]
    else:
        spans = _of_others(desks, data, day, zone)
    if "holidays" not in data or special_hours(data, day) is not None:
        return spans
    if "business_day" in desks.closed(name, day):
        return []
    kept = ZoneInfo(desks.holiday_zone(data))
    for near in around(day, (-2, -1, 0, 1, 2, 3)):
        for part in desks.closed(name, near):
            if part != "business_day":
                ends = (minutes_of(part.get("from", "00:00")), minutes_of(part.get("until", "24:00")))
                spans = _less(spans, tuple(_ticks(instant(near, each, kept)) for each in ends))
    return spans


def _of_others(desks: Desks, data: Mapping[str, Any], day: date, zone: ZoneInfo) -> list[Span]:
    """Return what other calendars leave open of a day, from where it begins to where the next does."""
    since, until = (_ticks(begins(data, each, zone)) for each in (day, day + _ONE_DAY))
    near = [*around(day, range(-4, 4))]
    names = data.get("open_when_all") or data["open_when_any"]
    of_each = [
        [span for each in near for span in _open_on(desks, name, each, ZoneInfo(desks.calendars[name]["zone"]))]
        for name in names
    ]
    edges = sorted({since, until, *(edge for spans in of_each for span in spans for edge in span)})
    wanted = all if "open_when_all" in data else any
    return [
        (a, b)
        for a, b in itertools.pairwise(edges)
        if since <= a and b <= until and wanted(any(s <= a and b <= u for s, u in spans) for spans in of_each)
    ]


def _less(spans: list[Span], gap: Span) -> list[Span]:
    found = []
    for since, until in spans:
        found += [each for each in ((since, min(until, gap[0])), (max(since, gap[1]), until)) if each[0] < each[1]]
    return found


def _open_from(desks: Desks, name: str, start: int, zone: ZoneInfo, pauses: list[Span]) -> Iterator[Span]:
    """Yield the open periods from a start on."""
    day = _shown(start, zone).date() - 2 * _ONE_DAY
    for _ in range(_MOST_DAYS):
        # A pause may take thousands of years: it is jumped over, not walked through.
        start = max([start, *(until for since, until in pauses if since <= start < until)])
        day = max(day, _shown(start, zone).date() - 2 * _ONE_DAY)
        if day > _LAST or start >= _FOREVER:
            return
        spans = _open_on(desks, name, day, zone)
        for pause in pauses:
            spans = _less(spans, pause)
        for since, until in spans:
            if until > start:
                yield max(since, start), until
        start = max(start, _ticks(instant(day, 0, zone)))
        day += _ONE_DAY


def due(
    calendars: Mapping[str, Any],
    lists: Mapping[str, Any],
    role: Mapping[str, Any],
    ends: str,
    *,
    opens_next: bool = False,
) -> dict[str, Any]:
    """Return what a clock gives; nothing where it never gets due.

    calendars   those of the pack by name; `role` has the name of one
    lists       the shared lists of holidays
    opens_next  whether one that comes out at closing time is due at the next opening
    """
    desks, name = desks_of(calendars, lists), role["calendar"]
    calendar = desks.calendars[name]
    zone = ZoneInfo(role.get("zone") or calendar["zone"])
    start = _ticks(role["starts"])
    pauses = paused_in(role)
    if ends == "closing" and role["unit"] == "business_day" and role["amount"]:
        length = _until_closing(desks, name, start, zone, int(role["amount"]))
    else:
        length = round(Fraction(role["amount"]) * (_UNITS.get(role["unit"]) or _business_day(calendar)))
    taken = [] if length is None else _taken(_open_from(desks, name, start, zone, pauses), length)
    if not taken or _is_too_late(start, pauses, taken):
        return {}
    shown = tuple((_shown(since, zone), _shown(until, zone)) for since, until in taken)
    ended = taken[-1][1]
    if opens_next and not _is_open(desks, name, ended, zone):
        ended = next((since for since, _ in _open_from(desks, name, ended, zone, pauses)), _LONGEST * 1000)
        if ended > taken[0][0] + _LONGEST:
            return {}
    return {"starts_at": shown[0][0], "due_at": _shown(ended, zone), "segments": shown if length else ()}


def due_before(calendars: Mapping[str, Any], lists: Mapping[str, Any], role: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a clock gives that counts backward; nothing where it never gets due."""
    desks, name = desks_of(calendars, lists), role["calendar"]
    zone = ZoneInfo(role.get("zone") or desks.calendars[name]["zone"])
    start = _ticks(role["starts"])
    length = round(Fraction(role["amount"]) * (_UNITS.get(role["unit"]) or _business_day(desks.calendars[name])))
    taken: list[Span] = []
    day = _shown(start, zone).date() + 2 * _ONE_DAY
    for _ in range(_MOST_DAYS):
        for since, closes in reversed(_open_on(desks, name, day, zone)):
            until = min(closes, start)
            if since >= until:
                continue
            begin = max(since, until - length)
            length -= until - begin
            taken.append((begin, until))
            if not length:
                return _told_back(taken, zone)
        day -= _ONE_DAY
    return {}


def time_between(calendars: Mapping[str, Any], lists: Mapping[str, Any], role: Mapping[str, Any]) -> timedelta:
    """Return the open time from `since` to `until`, which is no earlier, outside the pauses."""
    desks, name, zone, since, until = _between(calendars, lists, role)
    total = _total(desks, name, zone, since, until)
    for begin, end in _merged(paused_in(role), since, until):
        total -= _total(desks, name, zone, begin, end)
    return timedelta(microseconds=total)


def paused_in(role: Mapping[str, Any]) -> list[Span]:
    """Return the pauses that take any time; one without an end goes on for ever."""
    pauses = role.get("pauses") or ()
    return [(_ticks(a), _FOREVER if b is None else _ticks(b)) for a, b in pauses if b is None or b > a]


def days_between(calendars: Mapping[str, Any], lists: Mapping[str, Any], role: Mapping[str, Any]) -> int:
    """Return how many business days open after `since` and no later than `until`, which is no earlier."""
    desks, name, zone, since, until = _between(calendars, lists, role)
    day, last = (_shown(each, zone).date() for each in (since, until))
    days = [day + step * _ONE_DAY for step in range(-2, (last - day).days + 2)]
    opened = [spans[0][0] for each in days if (spans := _open_on(desks, name, each, zone))]
    return sum(since < opens <= until for opens in opened)


def life(
    calendars: Mapping[str, Any],
    lists: Mapping[str, Any],
    role: Mapping[str, Any],
    given: Mapping[str, Any],
    warnings: Sequence[Mapping[str, Any]],
    *,
    is_held: bool = False,
    held: Sequence[tuple[int, str]] = (),
) -> dict[str, Any]:
    """Return what becomes of a target: its state, open minutes and warnings.

    role     has `as_of`, and `stops` where there is one
    given    when it starts and is due; where it `is_held` by a pause that goes on, it would without that pause
    held     where it changes on the way, which calendar held from when on until it is due
    """
    if not given:
        return {}
    starts, ended = _ticks(given["starts_at"]), _ticks(given["due_at"])
    pauses = paused_in(role)
    ending = [each for each in role.get("pauses") or () if not is_held or each[1] is not None]

    def opened(since: int, until: int, pauses: Any) -> int | None:
        if until - since > _LONGEST:
            return None
        total = timedelta(0)
        for begin, end, name in _held_between(held, since, until, role["calendar"]):
            span = {"since": _EPOCH + timedelta(microseconds=begin), "until": _EPOCH + timedelta(microseconds=end)}
            total += time_between(calendars, lists, {**role, **span, "pauses": pauses, "calendar": name})
        return total // timedelta(microseconds=1)

    def when_over(length: Fraction) -> Any:
        if held:
            return _when_over(desks_of(calendars, lists), role, held, starts, round(length))
        target = {**role, "starts": given["starts_at"], "unit": "minute", "amount": length / _UNITS["minute"]}
        return due(calendars, lists, target, "same_time").get("due_at")

    found: dict[str, Any] = {}
    whole = opened(starts, ended, ending) or 0
    for place, each in enumerate(warnings, start=1):
        counts = "elapsed" if "elapsed" in each else "remaining"
        unit = _UNITS.get(each["unit"]) or _business_day(
            desks_of(calendars, lists).calendars[held[-1][1] if held else role["calendar"]]
        )
        length = Fraction(str(each[counts])) * (Fraction(whole, 100) if each["unit"] == "percent" else unit)
        found[f"warning {place}"] = when_over(length if counts == "elapsed" else max(whole - length, Fraction(0)))
    if role.get("as_of") is None:
        return found
    now, stop = _ticks(role["as_of"]), role.get("stops") and _ticks(role["stops"])
    is_stopped = stop is not None and stop <= now
    ends = stop if is_stopped else now
    is_paused = any(a <= now < b for a, b in pauses)
    is_held_at_start = is_held and any(until == _FOREVER and since <= starts for since, until in pauses)
    open_states = "not_started" if now < starts or is_held_at_start else "paused" if is_paused else "running"
    found["state"] = "missed" if ends > ended and not is_held else "met" if is_stopped else open_states
    over = opened(starts, max(ends, starts), role.get("pauses"))
    minute = _UNITS["minute"]
    found["elapsed_minutes"] = None if over is None else over // minute
    found["remaining_minutes"] = None if over is None else (whole - over) // minute
    return found


def _held_between(held: Sequence[tuple[int, str]], since: int, until: int, name: str) -> Iterator[tuple[int, int, str]]:
    """Yield the parts of a span with the calendar that held in each; `name` where none changed."""
    later = [*(each[0] for each in held[1:]), max(until, since)]
    for place, (begin, calendar) in enumerate(held or [(since, name)]):
        first, last = since if not place else max(since, begin), min(until, later[place])
        if first < last:
            yield first, last, calendar


def _when_over(
    desks: Desks, role: Mapping[str, Any], held: Sequence[tuple[int, str]], starts: int, length: int
) -> datetime | None:
    """Return the first instant at which so much is over of a target that changes on the way."""
    shown_in = ZoneInfo(role.get("zone") or desks.calendars[held[0][1]]["zone"])
    for begin, end, name in _held_between(held, held[0][0], _FOREVER, ""):
        zone = ZoneInfo(role.get("zone") or desks.calendars[name]["zone"])
        for since, closes in _open_from(desks, name, begin, zone, paused_in(role)):
            if since > end:
                break
            to = min(closes, end, since + length)
            length -= to - since
            if not length:
                return _shown(to, shown_in) if to <= starts + _LONGEST else None
    return None


def _between(
    calendars: Mapping[str, Any], lists: Mapping[str, Any], role: Mapping[str, Any]
) -> tuple[Desks, str, ZoneInfo, int, int]:
    desks, name = desks_of(calendars, lists), role["calendar"]
    zone = ZoneInfo(role.get("zone") or desks.calendars[name]["zone"])
    return desks, name, zone, _ticks(role["since"]), _ticks(role["until"])


def _total(desks: Desks, name: str, zone: ZoneInfo, since: int, until: int) -> int:
    """Return the open time between two instants: day by day at its ends, by whole years in between."""
    day, last = _shown(since, zone).date() - 2 * _ONE_DAY, _shown(until, zone).date() + _ONE_DAY
    total = 0
    while day <= last:
        if (day.month, day.day) == (1, 1) and _shown(since, zone).year < day.year < last.year:
            total += _of_year(desks, name, zone, day.year)
            day = date(day.year + 1, 1, 1)
            continue
        clipped = [(max(opens, since), min(closes, until)) for opens, closes in _open_on(desks, name, day, zone)]
        total += sum(closes - opens for opens, closes in clipped if opens < closes)
        day += _ONE_DAY
    return total


@lru_cache(maxsize=4096)
def _of_year(desks: Desks, name: str, zone: ZoneInfo, year: int) -> int:
    days = [date(year, 1, 1) + step * _ONE_DAY for step in range(366)]
    return sum(b - a for each in days if each.year == year for a, b in _open_on(desks, name, each, zone))


def _merged(pauses: Sequence[Span], since: int, until: int) -> Iterator[Span]:
    """Yield the parts of pauses between two instants, none of them twice."""
    for begin, end in sorted(pauses):
        begin, end = max(begin, since), min(end, until)  # noqa: PLW2901 - clipped
        if begin < end:
            yield begin, end
            since = end


def measured(
    calendars: Mapping[str, Any], lists: Mapping[str, Any], role: Mapping[str, Any], unit: int | None
) -> Fraction | int | None:
    """Return the open time from one instant to another, or how many days open on the way, day by day.

    role  `calendar`, `first`, `last` and `pauses`
    unit  microseconds; None for days
    """
    first, last = sorted((role["first"], role["last"]), key=_ticks)
    if _ticks(last) - _ticks(first) > _LONGEST:
        return None
    sign = 1 if _ticks(role["first"]) == _ticks(first) else -1
    asked = calendars, lists, {**role, "since": first, "until": last}
    if unit is None:
        return sign * days_between(*asked)
    return sign * Fraction(time_between(*asked) // timedelta(microseconds=1), unit)


def written_in(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a clock gives, its instants written in a zone; nothing where one has no date there."""
    zone = ZoneInfo(name)
    try:
        plain = {key: each for key, each in given.items() if key != "segments"}
        told = {key: each.astimezone(zone) if isinstance(each, datetime) else each for key, each in plain.items()}
        periods = tuple((since.astimezone(zone), until.astimezone(zone)) for since, until in given.get("segments", ()))
    except OverflowError:
        return {}
    return {**told, "segments": periods} if given else {}


def _told_back(taken: list[Span], zone: ZoneInfo) -> dict[str, Any]:
    """Return what a clock gives of the periods that it counted, the last first."""
    periods: list[Span] = []
    for since, until in reversed(taken):
        if periods and periods[-1][1] == since:
            periods[-1] = (periods[-1][0], until)
        elif since < until:
            periods.append((since, until))
    shown = tuple((_shown(since, zone), _shown(until, zone)) for since, until in periods)
    return {"starts_at": _shown(taken[0][1], zone), "due_at": _shown(taken[-1][0], zone), "segments": shown}


def _is_open(desks: Desks, name: str, moment: int, zone: ZoneInfo) -> bool:
    days = [_shown(moment, zone).date() + step * _ONE_DAY for step in range(-2, 3)]
    return any(since <= moment < until for day in days for since, until in _open_on(desks, name, day, zone))


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
    opens = [each.split("-") for each in ([written] if isinstance(written, str) else written)]
    return sum((minutes_of(until) - minutes_of(since)) % 1440 or 1440 for since, until in opens) * _UNITS["minute"]


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


def _until_closing(desks: Desks, name: str, start: int, zone: ZoneInfo, days: int) -> int | None:
    """Return the open time from a start until the closing of the day that ends a count of business days, or None."""
    day = _shown(start, zone).date() - 2 * _ONE_DAY
    length = counted = 0
    for _ in range(_MOST_DAYS):
        spans = _open_on(desks, name, day, zone)
        length += sum(until - max(since, start) for since, until in spans if until > start)
        counted += bool(spans) and start < spans[0][0]
        if counted == days:
            return length
        day += _ONE_DAY
    return None
