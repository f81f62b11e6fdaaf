"""What becomes of a clock's target, from settled values: its state and open time at `as_of`, and its warnings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from service.clock.business_time import Count, NeverDue
from service.clock.calendars import Calendar
from service.clock.changed_targets import Course
from service.clock.lifetimes import Held, elapsed, remaining, state_at, warned_at
from service.clock.measures import Unmeasured
from service.clock.zones import zone_named
from service.model.pack import LIFE, Clock

__all__ = ["life_of", "unmeasured"]

_Over: TypeAlias = Calendar | Course

_MINUTE = timedelta(minutes=1)
_MEASURES = {"elapsed_minutes": elapsed, "remaining_minutes": remaining}


def life_of(clock: Clock, calendar: _Over, roles: Mapping[str, Any], counted: Count | Held) -> dict[str, object]:
    """Return what a clock gives beside its count, by result; what can't be told is None.

    calendar  over which it was counted, or the course of a target that changes; `roles` with which
    Minutes are whole ones: a begun minute is neither over nor left.
    """
    return {
        **{result: _at_as_of(result, calendar, roles, counted) for result in LIFE if result in clock.gives},
        **{each: _warning(clock, place, calendar, roles, counted) for place, each in enumerate(clock.warning_results)},
    }


def unmeasured(clock: Clock, calendar: _Over, roles: Mapping[str, Any], counted: Count | Held) -> str | None:
    """Return why a clock's target has no open time at `as_of`, a clause; None where it has, or is asked for none."""
    for result, measure in _MEASURES.items():
        if result in clock.gives and roles.get("as_of") is not None:
            try:
                _measured(measure, calendar, roles, counted)
            except Unmeasured as wrong:
                return wrong.reason
    return None


def _at_as_of(result: str, calendar: _Over, roles: Mapping[str, Any], counted: Count | Held) -> object:
    if roles.get("as_of") is None:
        return None
    if result == "state":
        stopped_at, pauses = roles.get("stops"), roles.get("pauses") or ()
        return state_at(counted, roles["as_of"], stopped_at=stopped_at, pauses=pauses)
    try:
        return _measured(_MEASURES[result], calendar, roles, counted) // _MINUTE
    except Unmeasured:
        return None


def _measured(measure: Any, calendar: _Over, roles: Mapping[str, Any], counted: Count | Held) -> timedelta:
    further = {"stopped_at": roles.get("stops"), "zone": roles.get("zone"), "pauses": roles.get("pauses") or ()}
    length: timedelta = measure(calendar, counted, roles["as_of"], **further)
    return length


def _warning(clock: Clock, place: int, calendar: _Over, roles: Mapping[str, Any], counted: Count | Held) -> object:
    try:
        zone, pauses = roles.get("zone"), roles.get("pauses") or ()
        at = warned_at(calendar, counted, clock.warnings[place], zone=zone, pauses=pauses)
        written_in = roles.get("written_in")
        return at.due_at if written_in is None else at.written_in(zone_named(str(written_in))).due_at
    except (NeverDue, ValueError):
        return None
