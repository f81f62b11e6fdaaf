"""What `clausewise check` warns of in a calendar or a list of holidays that nothing is wrong with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from service.clock.calendars import COMBINATIONS, Calendar
from service.clock.coverage import ending_holidays, last_open_year
from service.clock.holiday_rules import Holiday
from service.clock.oddities import (
    estimated_holidays,
    long_nights,
    meeting_special_days,
    never_falling,
    twice_listed,
)
from service.pack.readings import Tree
from service.written.findings import Finding, Steps
from service.written.shape import items, mapping

__all__ = ["tell_calendar", "tell_holidays", "tell_unnamed"]


def tell_calendar(calendar: Calendar, tree: Tree) -> Iterator[Finding]:
    """Yield what is to be told of a calendar at what its own file says; other files are told of for themselves."""
    whose, written = f"calendar {calendar.id}", mapping(tree.data)
    yield from _never_open(calendar, whose, tree)
    own = items(mapping(written.get("holidays")).get("days"))
    holidays = () if calendar.holidays is None else calendar.holidays.days[: len(own)]
    yield from tell_holidays(holidays, whose, ("holidays", "days"), tree)
    if "hours" in written:
        for weekday, minutes in long_nights(calendar):
            message = f"{whose}: {weekday} opens for {minutes / 60:g} hours, until the next date: is that meant?"
            yield Finding(tree.key_place(("hours",)), "long_night", message, severity="warning")
    if "special_days" in written:
        path: Steps = ("special_days",)
        for index, name in never_falling(calendar.special_days):
            yield _never_falls(f"special day '{name}'", whose, (*path, index), tree)
        for index, name, other, day in meeting_special_days(calendar.special_days):
            message = f"{whose}: the special days '{other}' and '{name}' both fall on {day}; '{other}' holds"
            place = tree.place((*path, index))
            yield Finding(place, "special_days_meet", f"{message}, as it stands first", severity="warning")


def tell_holidays(holidays: Sequence[Holiday], whose: str, path: Steps, tree: Tree) -> Iterator[Finding]:
    """Yield what is to be told of a list of holidays, which stands at a path of a file."""
    for index, name, year in ending_holidays(holidays):
        message = (
            f"{whose}: the `holidays` library has dates for '{name}' until {year}; from {year + 1} on "
            f"its day counts as open: list its dates with `date`, or say `until: {year + 1}` if it was abolished"
        )
        yield Finding(tree.place((*path, index, "library")), "holidays_end", message, severity="warning")
    for index, name, day in estimated_holidays(holidays):
        message = (
            f"{whose}: from {day} on the dates of '{name}' are estimates of the `holidays` library, and a decision "
            "that counts over one says so; list those that are announced with `date`"
        )
        yield Finding(tree.place((*path, index, "library")), "holidays_estimated", message, severity="warning")
    for index, name in never_falling(holidays):
        yield _never_falls(f"holiday '{name}'", whose, (*path, index), tree)
    for index, name, other in twice_listed(holidays):
        message = f"{whose}: the holiday '{name}' has the days of '{other}': one of them is too many"
        yield Finding(tree.place((*path, index)), "listed_twice", message, severity="warning")


def tell_unnamed(lists: Mapping[str, Tree | None], named: Collection[str]) -> Iterator[Finding]:
    """Yield the shared lists of holidays that no calendar names, by their ids."""
    for name, tree in lists.items():
        if tree is not None and name not in named:
            message = (
                f"holidays {name}: no calendar names this list, so its days are open: say `holidays: {name}` in one"
            )
            yield Finding(tree.key_place(("holidays",)), "unnamed_holidays", message, severity="warning")


def _never_open(calendar: Calendar, whose: str, tree: Tree) -> Iterator[Finding]:
    last = last_open_year(calendar)
    if last == date.max.year:
        return
    when = "on no day of any year" if last is None else f"on no day after the year {last}"
    if calendar.made_of is None:
        key, why = "holidays", "all its hours fall on holidays"
    else:
        key = next(key for key in COMBINATIONS if COMBINATIONS[key] == calendar.made_of.how)
        why = "its calendars are never open at once" if calendar.made_of.how == "all" else "nor do its calendars"
    key = key if key in mapping(tree.data) else "as"
    message = f"{whose} opens {when}: {why}; no count over it is ever due"
    yield Finding(tree.key_place((key,)), "never_open", message, severity="warning")


def _never_falls(what: str, whose: str, path: Steps, tree: Tree) -> Finding:
    message = f"{whose}: the {what} falls on no day of any year that it has; see to its date, `from` and `until`"
    return Finding(tree.place(path), "never_falls", message, severity="warning")
