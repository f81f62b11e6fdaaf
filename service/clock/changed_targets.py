"""Targets that change on the way: from an instant on another length, another calendar, or both.

What is over before a change counts, by one of two conventions. Each minute is counted in the calendar that holds then,
so that none is counted twice or lost. Open time alone is counted, forward: no days one by one, no openings.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from service.clock.business_time import MOST_SEGMENTS, MOST_YEARS, Count, NeverDue, Segment, Target, count
from service.clock.calendars import Calendar
from service.clock.counting import HORIZON
from service.clock.measures import Unmeasured, open_time_between
from service.clock.pauses import Pauses
from service.clock.targets import MINUTE, is_length, open_time_of
from service.clock.walls import instant_of
from service.clock.zones import zone_named

__all__ = ["OVER_AT_CHANGE", "Course", "Stage", "count_changed", "course_of", "due_over", "open_time_over"]

OVER_AT_CHANGE = ("deducted", "share_kept")
"""What becomes of the open time that is over at a change: it is taken off the new target, or its share is kept."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """What holds of a target from an instant on, until the next stage begins."""

    since: datetime
    calendar: Calendar
    target: Target


@dataclass(frozen=True, slots=True)
class Course:
    """The stages of a target in order of time, the first of which begins where it starts."""

    stages: tuple[Stage, ...]

    @property
    def last(self) -> Stage:
        """What holds in the end."""
        return self.stages[-1]

    def spans(self) -> Iterator[tuple[Stage, datetime | None]]:
        """Yield each stage with where the next begins, None after the last."""
        yield from zip(self.stages, [*(each.since for each in self.stages[1:]), None], strict=True)


def course_of(first: Stage, changes: Iterable[Stage], *, pauses: Pauses = ()) -> Course:
    """Return the course of a target, from its changes in order of time; of those at one instant the last one holds.

    A change no later than the start replaces what holds there. Nothing counts in a pause that goes on: a change in it
    takes place where it begins.
    """
    held = min((since for since, until in pauses if until is None), key=instant_of, default=None)
    stages = [first]
    for change in changes:
        since = change.since if held is None else min(change.since, held, key=instant_of)
        since = max(since, first.since, key=instant_of)
        if instant_of(stages[-1].since) == instant_of(since):
            stages.pop()
        stages.append(replace(change, since=since))
    return Course(tuple(stages))


def count_changed(
    course: Course,
    *,
    over_at_change: str = "deducted",
    zone: str | None = None,
    pauses: Pauses = (),
    lists_segments: bool = True,
) -> tuple[Count, Course]:
    """Return when a target is due that changes on its course, and the part of the course that it took.

    zone, pauses, lists_segments  as for a count; the zone is that of the first calendar where none is given

    A change when it is due, or later, changes nothing. A change that leaves nothing of it makes it due where it takes
    place, or at the next opening when that is closed. Raises what `count` does.
    """

    def left(stage: Stage, passed: Sequence[int]) -> int:
        if not is_length(stage.target.amount):
            count(stage.calendar, stage.target, stage.since, zone=zone)  # which says why that is never due
        length = open_time_of(stage.target, stage.calendar)
        if over_at_change == "deducted":
            return max(length - sum(passed), 0)
        whole = [open_time_of(each.target, each.calendar) for each in course.stages]
        shares = sum((Fraction(each, of) for each, of in zip(passed, whole, strict=False) if of), Fraction(0))
        return round(length * (1 - shares))

    return _walked(course, left, zone=zone, pauses=pauses, lists_segments=lists_segments)


def due_over(course: Course, length: int, *, zone: str | None = None, pauses: Pauses = ()) -> Count:
    """Return the count to the first instant at which so many microseconds of a course are over. Raises NeverDue."""

    def left(_: Stage, passed: Sequence[int]) -> int:
        return length - sum(passed)

    return _walked(course, left, zone=zone, pauses=pauses, lists_segments=False)[0]


def open_time_over(
    course: Course, since: datetime, until: datetime, *, zone: str | None = None, pauses: Pauses = ()
) -> timedelta:
    """Return the open time of a course from one instant to a later one, each minute in the calendar that holds then.

    Before its first stage that one holds. Raises Unmeasured.
    """
    total = timedelta(0)
    for stage, ends in course.spans():
        begin = since if stage is course.stages[0] else max(since, stage.since, key=instant_of)
        end = until if ends is None else min(until, ends, key=instant_of)
        if instant_of(begin) < instant_of(end):
            total += open_time_between(stage.calendar, begin, end, zone=zone, pauses=pauses)
    return total


def _walked(
    course: Course,
    left: Callable[[Stage, Sequence[int]], int],
    *,
    zone: str | None,
    pauses: Pauses,
    lists_segments: bool,
) -> tuple[Count, Course]:
    """Return a count along a course, and the part of it until then.

    left  what is left to be counted where a stage begins, in microseconds, from what passed in each one before
    """
    parts: list[Count] = []
    passed: list[int] = []
    for place, (stage, ends) in enumerate(course.spans()):

        def counted(length: int, stage: Stage = stage) -> Count:
            target = Target(Fraction(length, MINUTE), "minute")
            calendar, since = stage.calendar, stage.since
            return count(calendar, target, since, zone=zone, pauses=pauses, lists_segments=lists_segments)

        length = left(stage, passed)
        found = _unless_never(counted, length, is_last=ends is None)
        if found is not None and (ends is None or instant_of(found.due_at) <= instant_of(ends)):
            return _joined([*parts, found], course, zone), Course(course.stages[: place + 1])
        passed.append(_passed(stage, ends, zone, pauses))  # type: ignore[arg-type]
        if passed[-1]:
            parts.append(counted(passed[-1]))
    raise AssertionError("The last stage has no end.")


def _unless_never(counted: Callable[[int], Count], length: int, *, is_last: bool) -> Count | None:
    """Return a count; None where it is never due and something is still to change."""
    try:
        return counted(length)
    except NeverDue:
        if is_last:
            raise
        return None


def _passed(stage: Stage, ends: datetime, zone: str | None, pauses: Pauses) -> int:
    try:
        length = open_time_between(stage.calendar, stage.since, ends, zone=zone, pauses=pauses)
    except Unmeasured as wrong:
        raise NeverDue(stage.calendar.id, stage.target, stage.since, wrong.reason) from None
    return length // _MICROSECOND


def _joined(parts: Sequence[Count], course: Course, zone: str | None) -> Count:
    """Return the counts of stages that follow each other as one, in one zone. Raises NeverDue where it is too long."""
    first = course.stages[0]
    shown = [each.written_in(zone_named(zone or first.calendar.zone)) for each in parts]
    segments: list[Segment] = []
    for each in (segment for part in shown for segment in part.segments):
        if segments and instant_of(segments[-1].to) == instant_of(each.from_):
            segments[-1] = Segment(segments[-1].from_, each.to)
        else:
            segments.append(each)
    starts_at, due_at = shown[0].starts_at, shown[-1].due_at
    why = None
    if instant_of(due_at) - instant_of(starts_at) > HORIZON:
        why = f"it would be due more than {MOST_YEARS} years after it starts"
    elif len(segments) > MOST_SEGMENTS:
        why = f"it counts more than {MOST_SEGMENTS} open periods, too many to list as segments"
    if why is not None:
        raise NeverDue(course.last.calendar.id, course.last.target, first.since, why)
    uncovered = dict.fromkeys(one for each in shown for one in each.uncovered)
    estimated = dict.fromkeys(one for each in shown for one in each.estimated)
    return Count(starts_at, due_at, tuple(segments), tuple(uncovered), tuple(estimated))
