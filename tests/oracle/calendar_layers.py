"""Whether a calendar of many layers is open at a moment, worked out from its data alone.

Nothing of the program is imported: a layer is read off the data for one day, or one moment, at a time.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["Desks", "around", "begins", "desks_of", "instant", "minutes_of", "special_hours"]

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class Desks:
    """Calendars that may name each other, and the shared lists that they name, as their files have them."""

    def __init__(self, calendars: Mapping[str, Mapping[str, Any]], lists: Mapping[str, Mapping[str, Any]]) -> None:
        self.calendars = {name: _whole(calendars, name) for name in calendars}
        self.lists = lists
        self.day_of = cache(self._day_of)
        self.spans = cache(self._spans_anew)
        self.closed = cache(self._closed_anew)
        # Of each day, not of each of its minutes.
        self.special = cache(lambda name, day: special_hours(self.calendars[name], day))
        self.begins = cache(lambda name, day, zone: begins(self.calendars[name], day, zone))

    def _day_of(self, name: str, zone: str | None, moment: datetime) -> date | None:
        """Return the business day that is open at a moment, or None where none is."""
        kept = ZoneInfo(zone or self.calendars[name]["zone"])
        days = _up_to(moment.astimezone(kept).date())
        for place, day in enumerate(days):
            if self._is_open(name, kept, day, moment):
                # A day begins no sooner than the one before it has ended.
                return None if any(self._goes_on(name, kept, each, moment) for each in days[:place]) else day
        return None

    def _is_open(self, name: str, zone: ZoneInfo, day: date, moment: datetime) -> bool:
        """Say whether a moment is open that belongs to a business day."""
        data = self.calendars[name]
        made_of = data.get("open_when_all") or data.get("open_when_any")
        if not made_of or self.special(name, day) is not None:
            if not _holds(self.spans(name, zone, day), moment):
                return False
            return self.special(name, day) is not None or not self._is_closed(name, day, moment)
        if not self.begins(name, day, zone) <= moment < self.begins(name, day + _DAY, zone):
            return False
        of_each = [self.day_of(each, None, moment) is not None for each in made_of]
        is_open = all(of_each) if "open_when_all" in data else any(of_each)
        return is_open and not self._is_closed(name, day, moment)

    def _goes_on(self, name: str, zone: ZoneInfo, day: date, moment: datetime) -> bool:
        """Say whether a business day is open at a moment or later, as far as it can reach."""
        ends = [until for _, until in self.spans(name, zone, day) if until > moment]
        while ends and moment < max(ends):
            if self._is_open(name, zone, day, moment):
                return True
            moment += _MINUTE
        return False

    def _spans_anew(self, name: str, zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime]]:
        """Return when the hours of a day begin and end."""
        data = self.calendars[name]
        special = self.special(name, day)
        if special is None and "hours" not in data:
            return []
        texts = special if special is not None else _hours_of_week(data, day)
        begins = minutes_of(data.get("day_begins", "00:00"))
        return [tuple(instant(day, minutes, zone) for minutes in _within_day(text, begins)) for text in texts]

    def _is_closed(self, name: str, day: date, moment: datetime) -> bool:
        """Say whether a holiday closes a moment that belongs to a business day."""
        data = self.calendars[name]
        if "holidays" not in data:
            return False
        there = moment.astimezone(ZoneInfo(self.holiday_zone(data)))
        clock = f"{there.hour:02}:{there.minute:02}"
        if any(closes == "business_day" for closes in self.closed(name, day)):
            return True
        parts = [closes for closes in self.closed(name, there.date()) if closes != "business_day"]
        return any(each.get("from", "00:00") <= clock < each.get("until", "24:00") for each in parts)

    def holiday_zone(self, data: Mapping[str, Any]) -> str:
        """Return the zone of the midnight of a calendar's holidays."""
        own, lists = self._holidays(data)
        zones = [each["zone"] for each in (own, *lists) if "zone" in each]
        return zones[0] if zones else data["zone"]

    def _holidays(self, data: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
        written = data["holidays"]
        own = written if isinstance(written, dict) else {"lists": written}
        names = own.get("lists", [])
        return own, [self.lists[each] for each in ([names] if isinstance(names, str) else names)]

    def _closed_anew(self, name: str, day: date) -> list[Any]:
        """Return what holidays close of a day."""
        own, lists = self._holidays(self.calendars[name])
        found = []
        for each in (own, *lists):
            listed = each.get("days", ())
            for holiday in listed:
                closes = holiday.get("closes", each.get("closes", own.get("closes", {})))
                moves = (
                    {} if "dates" in holiday else holiday.get("observed", each.get("observed", own.get("observed", {})))
                )
                known = [*listed, *(day for more in lists for day in more["days"])]
                if _falls(holiday, day, known):
                    found.append(closes)
                for near in around(day, (-3, -2, -1, 1, 2, 3)):
                    to = moves.get(_WEEK[near.weekday()])
                    if to == _WEEK[day.weekday()] and _falls(holiday, near, known):
                        found.append(closes)
        return found


def desks_of(calendars: Mapping[str, Any], lists: Mapping[str, Any]) -> Desks:
    """Return calendars and lists, one for all that is asked of them, so that each day is worked out once."""
    return _desks(json.dumps([calendars, lists]))


@lru_cache(maxsize=8)
def _desks(written: str) -> Desks:
    return Desks(*json.loads(written))


def around(day: date, steps: Iterable[int]) -> Iterator[date]:
    """Yield days so many before and after one, but none of which the end is beyond the calendar."""
    return (day + step * _DAY for step in steps if day.toordinal() + step < date.max.toordinal())


def _whole(calendars: Mapping[str, Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    data = calendars[name]
    return {**_whole(calendars, data["as"]), **data} if "as" in data else data


@cache
def _up_to(day: date) -> tuple[date, date, date]:
    return day - 2 * _DAY, day - _DAY, day


def _holds(spans: Sequence[tuple[datetime, datetime]], moment: datetime) -> bool:
    for since, until in spans:  # noqa: SIM110 - asked of each minute, and twice as fast
        if since <= moment < until:
            return True
    return False


def minutes_of(text: str) -> int:
    """Return the minutes after midnight of a time such as "09:30"."""
    return int(text[:2]) * 60 + int(text[3:])


def _within_day(text: str, begins: int) -> tuple[int, int]:
    """Return an opening in minutes after the midnight of the day that it counts for."""
    since, until = map(minutes_of, text.split("-"))
    since += 1440 if since < begins else 0
    while until <= since:
        until += 1440
    return since, until


def instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return when the clocks of a zone first show a time; as much later where they skip it."""
    shown = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    return shown.astimezone(UTC)


def begins(data: Mapping[str, Any], day: date, zone: ZoneInfo) -> datetime:
    """Return when a day of a calendar begins."""
    return instant(day, minutes_of(data.get("day_begins", "00:00")), zone)


def _hours_of_week(data: Mapping[str, Any], day: date) -> Sequence[str]:
    hours = next((each["hours"] for each in data.get("seasons", ()) if _falls(each, day, ())), data["hours"])
    if hours == "around_the_clock":
        begins = data.get("day_begins", "00:00")
        return [f"{begins}-{begins}"]
    for key, texts in hours.items():
        first, _, last = key.partition(" to ")
        if day.weekday() in _from_to(_WEEK.index(first), _WEEK.index(last or first)):
            return [texts] if isinstance(texts, str) else texts
    return []


def _from_to(first: int, last: int) -> Iterator[int]:
    yield first
    while first != last:
        first = (first + 1) % 7
        yield first


def special_hours(data: Mapping[str, Any], day: date) -> Sequence[str] | None:
    """Return the hours of a special day, or None where a day is none."""
    for each in data.get("special_days", ()):
        if _falls(each, day, ()):
            return [each["hours"]] if isinstance(each["hours"], str) else each["hours"]
    return None


def _falls(entry: Mapping[str, Any], day: date, others: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a holiday, special day or season falls on a day, moves aside."""
    if not entry.get("from", 1) <= day.year < entry.get("until", 10_000):
        return False
    if "date" in entry:
        return entry["date"] in (day.isoformat()[5:], day.isoformat())
    if "dates" in entry:
        return _is_within(entry["dates"], day)
    if "after" in entry:
        anchor = next(each for each in others if each["holiday"] == entry["after"])
        return _falls(anchor, day - entry["days"] * _DAY, others)
    if day.month != entry["month"] or _WEEK[day.weekday()] != entry["weekday"]:
        return False
    nth = (day.day - 1) // 7 + 1
    left = (monthrange(day.year, day.month)[1] - day.day) // 7 + 1
    return entry["nth"] in (nth, -left)


def _is_within(dates: str, day: date) -> bool:
    first, _, last = dates.partition(" to ")
    if first in _MONTHS:
        since, until, now = _MONTHS.index(first), _MONTHS.index(last or first), day.month - 1
    elif len(first) == len("12-24"):
        since, until, now = first, last, day.isoformat()[5:]
    else:
        return first <= day.isoformat() <= last
    return since <= now <= until if since <= until else now >= since or now <= until
