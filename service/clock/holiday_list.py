"""A calendar's `holidays`, and lists of them that calendars share, read and checked.

On which days they fall is read in `day_rules.py`; what the rules mean is in `holiday_rules.py` and `closures.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.clock.calendar_problems import CalendarPath, InvalidCalendar, Problems
from service.clock.closures import Holidays
from service.clock.day_rules import Data, read_rule, read_years
from service.clock.holiday_rules import (
    BUSINESS_DAY,
    WHOLE_DAY,
    After,
    Closing,
    Holiday,
    HolidayRule,
    OnceSpan,
    YearlySpan,
)
from service.clock.weekly_hours import WEEKDAYS, minutes_of
from service.clock.zones import no_zone, zone_names

__all__ = ["HolidayLists", "build_holiday_list", "lists_of", "read_holidays"]

HolidayLists = Mapping[str, Data]
"""The files of shared lists by their ids; in all of them `build_holiday_list` finds nothing wrong."""

_Moves = tuple[int | None, ...]

_NEXT_OPEN_DAY = "next_open_day"
_BUSINESS_DAY = "business_day"


@dataclass(frozen=True, slots=True)
class _Habits:
    """What holds for the holidays of a list that say nothing else of their own."""

    moves: _Moves
    closes: Closing


@dataclass(frozen=True, slots=True)
class _Draft:
    """A holiday of the list before the one that it is relative to is at hand."""

    entry: Data
    rule: HolidayRule | None  # None: relative to another holiday, or wrong
    years: tuple[int, int]
    habits: _Habits


def build_holiday_list(data: Data) -> tuple[Holiday, ...]:
    """Return the holidays of the file of a shared list, as a calendar has them that names the list and no more.

    data  the file's mapping, of the structure that the language's schema asks for: `holidays`, its id, `days`, and
          optionally `zone`, `closes` and `observed`
    Raises InvalidCalendar with every problem that the structure can't show.
    """
    problems = Problems()
    if "zone" in data:
        problems.knows(data["zone"], zone_names(), ("zone",), no_zone(data["zone"]))
    days = _read_days(data["days"], (), _read_habits(data, {}, (), problems), {}, problems)
    if problems.found:
        raise InvalidCalendar(data["holidays"], problems.found)
    return days


def lists_of(calendar: Data) -> Sequence[str]:
    """Return the ids of the shared lists that a calendar's data name."""
    return [name for name, _ in _named(calendar)]


def read_holidays(
    calendar: Data, weekly_closed: frozenset[int], lists: HolidayLists, problems: Problems
) -> Holidays | None:
    """Return the holidays of a calendar's data, and add to `problems` whatever is wrong with them.

    calendar       its `zone` is where the holidays' midnight is unless they, or their lists, name another
    weekly_closed  weekdays without open hours, for holidays that move to the next open day
    lists          the shared lists; what they say of all their holidays stands before what the calendar says of all

    Those of the calendar itself come first, each list's after them; a holiday that is the same in two lists is one.
    """
    if "holidays" not in calendar:
        return None
    data: Data = calendar["holidays"] if isinstance(calendar["holidays"], Mapping) else {}
    named = {name: lists[name] for name, path in _named(calendar) if problems.knows(name, lists, path, _NO_LIST)}
    zone = _read_zone(calendar, data, named, problems)
    shared = [day for each in named.values() for day in _days_of(each, data)]
    habits = _read_habits(data, {}, ("holidays",), problems)
    own = _read_days(data.get("days", ()), ("holidays",), habits, {each.name: each for each in shared}, problems)
    return Holidays(zone, tuple(dict.fromkeys((*own, *shared))), weekly_closed)


_NO_LIST = "no list in `holidays/`"


def _named(calendar: Data) -> Iterator[tuple[str, CalendarPath]]:
    """Yield the shared lists that a calendar names, each with where it does."""
    holidays, path = calendar.get("holidays", ()), ("holidays",)
    if isinstance(holidays, Mapping):
        yield from _each(holidays.get("lists", ()), (*path, "lists"))
    else:
        yield from _each(holidays, path)


def _each(names: str | Sequence[str], path: CalendarPath) -> Iterator[tuple[str, CalendarPath]]:
    yield from ((names, path),) if isinstance(names, str) else ((each, (*path, i)) for i, each in enumerate(names))


def _days_of(shared: Data, others: Data) -> tuple[Holiday, ...]:
    """Return the holidays of a shared list; `others` are the calendar's habits where the list has none."""
    nothing_is_wrong = Problems()
    return _read_days(shared["days"], (), _read_habits(shared, others, (), nothing_is_wrong), {}, nothing_is_wrong)


def _read_zone(calendar: Data, data: Data, lists: HolidayLists, problems: Problems) -> str:
    if "zone" in data:
        problems.knows(data["zone"], zone_names(), ("holidays", "zone"), no_zone(data["zone"]))
        return str(data["zone"])
    zones = {str(each["zone"]): name for name, each in lists.items() if "zone" in each}
    if len(zones) > 1:
        listed = ", ".join(f"{name} has {zone}" for zone, name in zones.items())
        message = f"the lists' holidays begin at the midnight of several zones ({listed}); say which with `zone`"
        problems.add(("holidays",), message)
    return next(iter(zones), str(calendar["zone"]))


def _read_habits(data: Data, others: Data, path: CalendarPath, problems: Problems) -> _Habits:
    """Return what a list says of all its holidays, or else `others` of theirs."""
    closes = _read_closes(data.get("closes", others.get("closes", {})), (*path, "closes"), problems)
    moves = _read_moves(data.get("observed", others.get("observed", {})), (*path, "observed"), problems)
    return _Habits(moves, closes)


def _read_closes(data: Data | str, path: CalendarPath, problems: Problems) -> Closing:
    if isinstance(data, str):
        problems.knows(data, (_BUSINESS_DAY,), path, f"neither `{_BUSINESS_DAY}` nor a part of the day")
        return BUSINESS_DAY
    since = minutes_of(data.get("from", "00:00"), (*path, "from"), problems)
    until = minutes_of(data.get("until", "24:00"), (*path, "until"), problems)
    if since is None or until is None:
        return WHOLE_DAY
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


def _read_days(
    entries: Sequence[Data], root: CalendarPath, habits: _Habits, known: Mapping[str, Holiday], problems: Problems
) -> tuple[Holiday, ...]:
    """Return the holidays that stand in a list; one may be relative to another of it, or to one that is known."""
    drafts: dict[str, _Draft] = {}
    for index, entry in enumerate(entries):
        path: CalendarPath = (*root, "days", index)
        if entry["holiday"] in drafts:
            message = f"there is a holiday '{entry['holiday']}' already; each needs a name of its own"
            problems.add((*path, "holiday"), message)
        drafts[entry["holiday"]] = _read_day(entry, path, habits, problems)
    _check_anchors(entries, (*root, "days"), known, problems)
    return () if problems.found else _built(drafts, known)


def _read_day(entry: Data, path: CalendarPath, habits: _Habits, problems: Problems) -> _Draft:
    rule = read_rule(entry, path, problems)
    years = read_years(entry, entry["holiday"], path, problems)
    moves, closes = habits.moves, habits.closes
    if isinstance(rule, OnceSpan | YearlySpan):
        moves = (0,) * 7
        if "observed" in entry:
            problems.add((*path, "observed"), "a span of days moves nowhere; a day that does is a holiday of its own")
    elif "observed" in entry:
        moves = _read_moves(entry["observed"], (*path, "observed"), problems)
    if "closes" in entry:
        closes = _read_closes(entry["closes"], (*path, "closes"), problems)
    return _Draft(entry, rule, years, _Habits(moves, closes))


def _built(drafts: Mapping[str, _Draft], known: Mapping[str, Holiday]) -> tuple[Holiday, ...]:
    """Return the holidays in order, each built after the one that it is relative to."""
    built = {name: each for name, each in known.items() if name not in drafts}
    for name in drafts:
        chain = [name]
        while drafts[chain[-1]].rule is None and drafts[chain[-1]].entry["after"] not in built:
            chain.append(drafts[chain[-1]].entry["after"])
        for each in reversed(chain):
            draft = drafts[each]
            rule = draft.rule or _after(built[draft.entry["after"]], draft.entry["days"])
            built[each] = Holiday(each, rule, *draft.years, draft.habits.moves, draft.habits.closes)
    return tuple(built[name] for name in drafts)


def _after(anchor: Holiday, days: int) -> After:
    """Return the rule of a holiday so many days after another, which must fall in a year that has it."""
    since, until = _first_day(anchor.first_year), _first_day(anchor.end_year)
    rule = anchor.rule
    if isinstance(rule, OnceSpan | YearlySpan):
        raise TypeError(rule)  # refused where it was read
    if not isinstance(rule, After):
        return After(rule, days, since, until)
    return After(rule.anchor, rule.days + days, max(rule.since, since - rule.days), min(rule.until, until - rule.days))


def _first_day(year: int) -> int:
    """Return the ordinal of 1 January, or that of the day after the last of all for a year after all."""
    return date(max(year, 1), 1, 1).toordinal() if year <= date.max.year else date.max.toordinal() + 1


def _check_anchors(
    entries: Sequence[Data], path: CalendarPath, known: Mapping[str, Holiday], problems: Problems
) -> None:
    names = {entry["holiday"]: index for index, entry in reversed(list(enumerate(entries)))}
    anchors = {entry["holiday"]: entry["after"] for entry in entries if "after" in entry}
    spans = {entry["holiday"] for entry in entries if "dates" in entry}
    spans |= {name for name in known.keys() - names.keys() if isinstance(known[name].rule, OnceSpan | YearlySpan)}
    for index, entry in enumerate(entries):
        place: CalendarPath = (*path, index, "after")
        if "after" in entry and problems.knows(
            entry["after"], {**known, **names}, place, "no holiday of this calendar"
        ):
            if entry["after"] in spans:
                problems.add(place, f"'{entry['after']}' is a span of days, and none of them is the one to count from")
            circle = _circle(entry["holiday"], anchors)
            # Once for each circle, at its first holiday.
            if circle and index == min(names[name] for name in circle):
                chain = " after ".join(f"'{name}'" for name in (*circle, circle[0]))
                problems.add(place, f"holidays relative to each other in a circle have no date: {chain}")


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
