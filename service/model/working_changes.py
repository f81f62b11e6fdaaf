"""The course of a clock's target that changes on the way, from settled values. It is counted in `service/clock/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from service.clock.business_time import NeverDue, Target
from service.clock.calendars import Calendar
from service.clock.changed_targets import Course, Stage, count_changed, course_of
from service.clock.pauses import ended
from service.clock.targets import OPEN_TIME_UNITS
from service.clock.walls import instant_of
from service.model.pack import Clock

__all__ = ["changed_course", "lived_over"]


def changed_course(clock: Clock, calendars: Mapping[str, Calendar], roles: Mapping[str, Any]) -> Course | None:
    """Return the course of a target, None where nothing of it changes.

    roles  what the clock counts with; a change without an instant does not take place, and what a change lacks stays
    Raises ValueError, which says why, where a change makes no sense.
    """
    changes = sorted(_changes(clock, roles), key=lambda each: instant_of(each["at"]))
    if not changes:
        return None
    held = {role: roles[role] for role in ("amount", "unit", "calendar")}
    stages = [_stage(roles["starts"], held, calendars)]
    for each in changes:
        held |= {role: value for role, value in each.items() if role in held and value is not None}
        stages.append(_stage(each["at"], held, calendars))
    return course_of(stages[0], stages[1:], pauses=roles.get("pauses") or ())


def lived_over(clock: Clock, calendars: Mapping[str, Calendar], roles: Mapping[str, Any]) -> Calendar | Course:
    """Return over what a clock's target goes on that is counted: its calendar, or its course without later changes."""
    course = changed_course(clock, calendars, roles)
    if course is None:
        return calendars[str(roles["calendar"])]
    pauses = roles.get("pauses") or ()
    for taken in (pauses, ended(pauses)):
        try:
            _, counted = count_changed(
                course,
                over_at_change=clock.over_at_change,
                zone=roles.get("zone"),
                pauses=taken,
                lists_segments=False,
            )
        except NeverDue:
            continue
        return counted
    return course


def _changes(clock: Clock, roles: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the changes that take place, in the order in which they are written."""
    for place in range(1, clock.changes + 1):
        change = {role: roles.get(f"change {place} {role}") for role in ("at", "amount", "unit", "calendar")}
        if change["at"] is not None:
            yield change


def _stage(since: Any, held: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> Stage:
    amount, unit, calendar = held["amount"], str(held["unit"]), calendars.get(str(held["calendar"]))
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal | Fraction):
        raise ValueError(f"an amount of '{amount}' is no number.")  # noqa: TRY004 - told like other values
    if calendar is None:
        raise ValueError(f"there is no calendar '{held['calendar']}'.")
    if unit not in OPEN_TIME_UNITS:
        raise ValueError(f"a target that changes is so much open time, and '{unit}' is none.")
    return Stage(since, calendar, Target(amount, unit))
