"""What a clock comes to, from settled values: a count, or why there is none. It is counted in `service/clock/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from service.clock.business_time import Count, NeverDue, Target, count, format_instant
from service.clock.calendars import Calendar
from service.clock.changed_targets import Course, count_changed
from service.clock.lifetimes import Held
from service.clock.openings import library_holidays_of
from service.clock.pauses import Pauses, ended
from service.clock.zones import UnknownZone, zone_named
from service.facts.values import Period
from service.model.conditions import Env
from service.model.names import Own
from service.model.pack import Clock
from service.model.working_changes import changed_course, lived_over
from service.model.working_life import life_of, unmeasured

__all__ = ["ClockTold", "Uncounted", "lacking_in", "members_of", "roles_of", "tell_clock", "work_clock"]


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A clock that gives nothing.

    reason   why, a clause without its full stop
    lacking  the role that has no value in the case, such as `amount`; `nothing` where a rule says why there is none;
             or None where that is not why
    held     what a pause holds that goes on, where that is why
    """

    reason: str
    lacking: str | None = None
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class ClockTold:
    """What a decision document says of a clock: whether it is a reason, and sentences to be noted."""

    is_reason: bool
    says: tuple[str, ...] = ()


def work_clock(clock: Clock, calendars: Mapping[str, Calendar], values: Env) -> Count | Uncounted:
    """Return what a clock counts, its inputs taken from an environment; one that is not there is none.

    calendars  the pack's, by id
    Nothing that a case can give is an error.
    """
    roles = roles_of(clock, values)
    if (lacking := lacking_in(roles)) is not None:
        return lacking
    amount, calendar = roles["amount"], calendars.get(str(roles["calendar"]))
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal | Fraction):
        return Uncounted(f"an amount of '{amount}' is no number")
    if calendar is None:
        return Uncounted(f"there is no calendar '{roles['calendar']}'")
    pauses, written_in = roles.get("pauses") or (), roles.get("written_in")
    try:
        counting = _counting(clock, calendars, roles)
        found = counting(pauses=pauses)
        return found if written_in is None else found.written_in(zone_named(str(written_in)))
    except NeverDue as never:
        return Uncounted(never.reason, held=_held(counting, pauses, never.held_since))
    except (UnknownZone, ValueError) as wrong:
        return Uncounted(str(wrong).rstrip("."))


def _counting(clock: Clock, calendars: Mapping[str, Calendar], roles: Mapping[str, Any]) -> Callable[..., Count]:
    """Return what counts a clock's target with pauses. Raises ValueError for a change that makes no sense."""
    calendar, lists = calendars[str(roles["calendar"])], "segments" in clock.gives
    course = changed_course(clock, calendars, roles)
    if course is not None:
        return partial(_count_changed, course, clock.over_at_change, roles.get("zone"), lists)
    target = Target(roles["amount"], str(roles["unit"]))
    ways: dict[str, Any] = {"zone": roles.get("zone"), "lists_segments": lists, "conventions": clock.conventions}
    return partial(count, calendar, target, roles["starts"], **ways)


def _count_changed(
    course: Course, over_at_change: str, zone: str | None, lists_segments: bool, *, pauses: Pauses
) -> Count:
    counted, _ = count_changed(
        course, over_at_change=over_at_change, zone=zone, pauses=pauses, lists_segments=lists_segments
    )
    return counted


def _held(counted: Callable[..., Count], pauses: Pauses, since: datetime | None) -> Held | None:
    """Return a target that a pause holds, counted without it; None where none does, or it is never due anyway."""
    if since is None:
        return None
    try:
        return Held(counted(pauses=ended(pauses)), since)
    except NeverDue:
        return None


def lacking_in(roles: Mapping[str, Any]) -> Uncounted | None:
    """Return that a clock gives nothing as it lacks what it counts with; None where it has all of it."""
    if roles.get("nothing"):
        return Uncounted("it does not concern the case", "nothing")
    lacking = next((role for role in ("starts", "amount", "unit", "calendar") if roles.get(role) is None), None)
    return None if lacking is None else Uncounted(f"it has no '{lacking}'", lacking)


def members_of(clock: Clock, calendars: Mapping[str, Calendar], values: Env) -> Mapping[str, object]:
    """Return the members that a clock gives, by path; none where nothing was counted."""
    counted = work_clock(clock, calendars, values)
    target = counted.held if isinstance(counted, Uncounted) else counted
    if target is None:
        return {}
    results: dict[str, object] = {}
    if isinstance(counted, Count):
        results["starts_at"], results["due_at"] = counted.starts_at, counted.due_at
        results["segments"] = tuple(map(Period._make, counted.segments))
    if clock.tells_life or clock.warnings:
        roles = roles_of(clock, values)
        results |= life_of(clock, lived_over(clock, calendars, roles), roles, target)
    return {member: results.get(result) for result, member in clock.gives.items()}


def tell_clock(clock: Clock, calendars: Mapping[str, Calendar], values: Env, *, is_gap: bool = False) -> ClockTold:
    """Return what a decision document says of a clock in a case.

    values  what is known, with the members that the clock's decision has
    is_gap  whether the decision has no outcome; only then it is told that the case lacks something to count
    A clock is counted again only where it gave nothing, or where its calendar has holidays of the library.
    """
    given = [values.get(key) is not None for key in _keys_of(clock)]
    gave = any(given)
    is_open = any(name not in values for name in clock.inputs.values())
    counts_over = [calendars.get(str(_role(clock, role, values))) for role in clock.calendar_roles]
    if is_open or (gave and not any(map(_has_library, counts_over)) and (all(given) or not clock.tells_life)):
        return ClockTold(is_reason=gave)
    counted = work_clock(clock, calendars, values)
    if isinstance(counted, Count):
        beyond = [f"{_BEYOND}: {each}." for each in counted.uncovered]
        estimated = [f"{_ESTIMATED}: {each}." for each in counted.estimated]
        return ClockTold(is_reason=True, says=(*beyond, *estimated, *_unmeasured(clock, calendars, values, counted)))
    if gave:
        return ClockTold(is_reason=True, says=(f"It is not due: {counted.reason}.",))
    says = f"Nothing is counted: {counted.reason}."
    is_told = counted.lacking is None or (is_gap and counted.lacking != "nothing")
    return ClockTold(is_reason=False, says=(says,) if is_told else ())


_BEYOND = "The count leaves the years for which the dates of a holiday are known, and takes its day as open there"
_ESTIMATED = "The count meets a holiday whose date is an estimate and may yet be another day"


def _unmeasured(clock: Clock, calendars: Mapping[str, Calendar], values: Env, counted: Count) -> Iterator[str]:
    """Yield a sentence where there is no telling how much of a target is over and left."""
    roles = roles_of(clock, values)
    why = unmeasured(clock, lived_over(clock, calendars, roles), roles, counted)
    if why is not None:
        yield f"What is over and left of it at {format_instant(roles['as_of'])} is not measured: {why}."


def roles_of(clock: Clock, values: Env) -> dict[str, Any]:
    """Return what a clock counts with, by role; an input that is not in the environment is none."""
    return {**clock.fixed, **{role: values.get(name) for role, name in clock.inputs.items()}}


@lru_cache(maxsize=256)
def _keys_of(clock: Clock) -> tuple[Own, ...]:
    return tuple(Own(f"{clock.decision}.{member}") for member in clock.gives.values())


def _role(clock: Clock, role: str, values: Env) -> object:
    name = clock.inputs.get(role)
    return clock.fixed.get(role) if name is None else values.get(name)


@lru_cache(maxsize=256)
def _has_library(calendar: Calendar | None) -> bool:
    return calendar is not None and bool(library_holidays_of(calendar))
