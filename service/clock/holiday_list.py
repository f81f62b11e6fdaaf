"""A calendar's `holidays`, read and checked. What the rules mean is in `holiday_rules.py` and `closures.py`."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.clock import library_holidays
from service.clock.calendar_problems import CalendarPath, Problems
from service.clock.closures import Holidays
from service.clock.holiday_rules import After, Easter, Holiday, HolidayRule, Library, NthWeekday, Once, Yearly
from service.clock.weekly_hours import WEEKDAYS, minutes_of
from service.clock.zones import no_zone, zone_names

__all__ = ["read_holidays"]

_Data = Mapping[str, Any]
_Moves = tuple[int | None, ...]

_NEXT_OPEN_DAY = "next_open_day"
_YEARLY = re.compile(r"([0-9]{2})-([0-9]{2})")
_ONCE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A holiday of the list before the one that it is relative to is at hand."""

    entry: _Data
    rule: HolidayRule | None  # None: relative to another holiday, or wrong
    first_year: int
    end_year: int
    moves: _Moves


def read_holidays(data: _Data, zone: str, weekly_closed: frozenset[int], problems: Problems) -> Holidays:
    """Return the holidays that `data` describes, and add to `problems` whatever is wrong with them.

    zone           the calendar's zone, in which the holidays' midnight is unless they name another
    weekly_closed  weekdays without open hours, for holidays that move to the next open day
    """
    if "zone" in data:
        zone = data["zone"]
        problems.knows(zone, zone_names(), ("holidays", "zone"), no_zone(zone))
    closes = _read_closes(data.get("closes", {}), problems)
    moves = _read_moves(data.get("observed", {}), ("holidays", "observed"), problems)
    return Holidays(zone, _read_days(data.get("days", ()), moves, problems), closes, weekly_closed)


def _read_closes(data: _Data, problems: Problems) -> tuple[int, int]:
    path = ("holidays", "closes")
    since = minutes_of(data.get("from", "00:00"), (*path, "from"), problems)
    until = minutes_of(data.get("until", "24:00"), (*path, "until"), problems)
    if since is None or until is None:
        return 0, 1440
    if since >= until:
        problems.add(path, "holidays end no later than they begin; `until` must be later than `from`")
    return since, until


def _read_moves(data: Mapping[str, str], path: CalendarPath, problems: Problems) -> _Moves:
    moves: list[int | None] = [0] * 7
    for since, to in data.items():
        known = problems.knows(since, WEEKDAYS, (*path, since), "no weekday")
        what = f"neither a weekday nor {_NEXT_OPEN_DAY}"
        if problems.knows(to, (*WEEKDAYS, _NEXT_OPEN_DAY), (*path, since), what) and known:
            moves[WEEKDAYS.index(since)] = None if to == _NEXT_OPEN_DAY else _days_between(since, to)
    return tuple(moves)


def _days_between(since: str, to: str) -> int:
    """Return the days from one weekday to the nearest other, -3 to 3: from saturday to friday is -1."""
    return (WEEKDAYS.index(to) - WEEKDAYS.index(since) + 3) % 7 - 3


def _read_days(entries: Sequence[_Data], moves: _Moves, problems: Problems) -> tuple[Holiday, ...]:
    drafts: dict[str, _Draft] = {}
    for index, entry in enumerate(entries):
        path: CalendarPath = ("holidays", "days", index)
        if entry["holiday"] in drafts:
            message = f"there is a holiday '{entry['holiday']}' already; each needs a name of its own"
            problems.add((*path, "holiday"), message)
        drafts[entry["holiday"]] = _read_day(entry, path, moves, problems)
    _check_anchors(entries, problems)
    return () if problems.found else _built(drafts)


def _read_day(entry: _Data, path: CalendarPath, moves: _Moves, problems: Problems) -> _Draft:
    rule = next((read(entry, path, problems) for key, read in _READERS.items() if key in entry), None)
    first_year, end_year = entry.get("from", 1), entry.get("until", 10_000)
    if first_year >= end_year:
        message = f"'{entry['holiday']}' has no year; `until`, the first without it, must be later than `from`"
        problems.add((*path, "until"), message)
    if "observed" in entry:
        moves = _read_moves(entry["observed"], (*path, "observed"), problems)
    return _Draft(entry, rule, first_year, end_year, moves)


def _built(drafts: Mapping[str, _Draft]) -> tuple[Holiday, ...]:
    """Return the holidays in order, each built after the one that it is relative to."""
    built: dict[str, Holiday] = {}
    for name in drafts:
        chain = [name]
        while drafts[chain[-1]].rule is None and drafts[chain[-1]].entry["after"] not in built:
            chain.append(drafts[chain[-1]].entry["after"])
        for each in reversed(chain):
            draft = drafts[each]
            rule = draft.rule or _after(built[draft.entry["after"]], draft.entry["days"])
            built[each] = Holiday(each, rule, draft.first_year, draft.end_year, draft.moves)
    return tuple(built[name] for name in drafts)


def _after(anchor: Holiday, days: int) -> After:
    """Return the rule of a holiday so many days after another, which must fall in a year that has it."""
    since, until = _first_day(anchor.first_year), _first_day(anchor.end_year)
    rule = anchor.rule
    if not isinstance(rule, After):
        return After(rule, days, since, until)
    return After(rule.anchor, rule.days + days, max(rule.since, since - rule.days), min(rule.until, until - rule.days))


def _first_day(year: int) -> int:
    """Return the ordinal of 1 January, or that of the day after the last of all for a year after all."""
    return date(max(year, 1), 1, 1).toordinal() if year <= date.max.year else date.max.toordinal() + 1


def _check_anchors(entries: Sequence[_Data], problems: Problems) -> None:
    names = {entry["holiday"]: index for index, entry in reversed(list(enumerate(entries)))}
    anchors = {entry["holiday"]: entry["after"] for entry in entries if "after" in entry}
    for index, entry in enumerate(entries):
        path: CalendarPath = ("holidays", "days", index, "after")
        if "after" in entry and problems.knows(entry["after"], names, path, "no holiday of this calendar"):
            circle = _circle(entry["holiday"], anchors)
            # Once for each circle, at its first holiday.
            if circle and index == min(names[name] for name in circle):
                chain = " after ".join(f"'{name}'" for name in (*circle, circle[0]))
                problems.add(path, f"holidays relative to each other in a circle have no date: {chain}")


def _circle(name: str, anchors: Mapping[str, str]) -> list[str]:
    """Return the holidays from `name` back to itself, or none when its anchors end or run into a circle without it."""
    chain = {name: None}
    last = name
    while (anchor := anchors.get(last)) is not None:
        if anchor == name:
            return list(chain)
        if anchor in chain:
            break
        chain[anchor] = None
        last = anchor
    return []


def _read_date(entry: _Data, path: CalendarPath, problems: Problems) -> HolidayRule | None:
    text = entry["date"]
    try:
        if yearly := _YEARLY.fullmatch(text):
            # A leap year has every day that any year has.
            on = date.fromisoformat(f"2000-{text}")
            return Yearly(int(yearly[1]), on.day)
        if _ONCE.fullmatch(text):
            return Once(date.fromisoformat(text))
    except ValueError:
        problems.add((*path, "date"), f"there is no day '{text}'", _last_of_month(text))
        return None
    message = f"'{text}' is no date; write a day of each year like '12-31', and a single day like '2026-12-31'"
    problems.add((*path, "date"), message)
    return None


def _last_of_month(text: str) -> str | None:
    """Return the last day of the month of "02-30" or "2026-02-30", or None when there is no such month either."""
    year, month = int(text[:-6] or 2000), int(text[-5:-3])
    return f"{text[:-2]}{monthrange(year, month)[1]}" if year and 1 <= month <= 12 else None


def _read_nth(entry: _Data, path: CalendarPath, problems: Problems) -> HolidayRule | None:
    before = len(problems.found)
    problems.knows(entry["weekday"], WEEKDAYS, (*path, "weekday"), "no weekday")
    if not 1 <= abs(entry["nth"]) <= 5:
        message = f"no month has a weekday number {entry['nth']}; count from 1 to 5, or from -1, the last, to -5"
        problems.add((*path, "nth"), message)
    if not 1 <= entry["month"] <= 12:
        problems.add((*path, "month"), f"no year has a month {entry['month']}; months run from 1 to 12")
    if len(problems.found) > before:
        return None
    return NthWeekday(entry["nth"], WEEKDAYS.index(entry["weekday"]), entry["month"])


def _read_library(entry: _Data, path: CalendarPath, problems: Problems) -> HolidayRule | None:
    picked, path = entry["library"], (*path, "library")
    country, subdivision, name = picked["country"], picked.get("subdivision"), picked["name"]
    countries = library_holidays.country_codes()
    if not problems.knows(country, countries, (*path, "country"), "no country of the `holidays` library"):
        return None
    if subdivision is not None:
        what = f"no subdivision of {country} in the `holidays` library"
        known = library_holidays.subdivision_codes(country)
        if not problems.knows(subdivision, known, (*path, "subdivision"), what):
            return None
    dates = library_holidays.dates_by_name(country, subdivision)
    if not problems.knows(name, dates, (*path, "name"), f"no holiday of {country} in the `holidays` library"):
        return None
    first_year, last_year = library_holidays.covered_years(country, subdivision, name)
    return Library(country, subdivision, name, first_year, last_year, dates[name])


_READERS: Mapping[str, Callable[[_Data, CalendarPath, Problems], HolidayRule | None]] = {
    "date": _read_date,
    "nth": _read_nth,
    "easter": lambda entry, _path, _problems: Easter(entry["easter"]),
    "library": _read_library,
}
