"""What a count of open time comes to: its instants and periods, and what it rests on; or why it has none."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from service.clock.targets import Target
from service.clock.zones import Zone

__all__ = ["MOST_SEGMENTS", "Count", "Estimated", "NeverDue", "Segment", "Uncovered", "format_instant"]

MOST_SEGMENTS = 1000
"""How many periods a count lists."""

_SHOWN_DAYS = 4


class Segment(NamedTuple):
    """A period that was counted, half-open, in the zone of the count."""

    from_: datetime
    to: datetime


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A holiday of a count whose years the `holidays` library does not all cover; in the others its day was open."""

    holiday: str
    first_year: int  # that the library covers
    last_year: int

    def __str__(self) -> str:
        return f"'{self.holiday}' (known from {self.first_year} to {self.last_year})"


@dataclass(frozen=True, slots=True)
class Estimated:
    """A holiday of a count of which the `holidays` library has no more than estimates of the days that it meets."""

    holiday: str
    days: tuple[date, ...]  # in order

    def __str__(self) -> str:
        listed = ", ".join(day.isoformat() for day in self.days[:_SHOWN_DAYS])
        return f"'{self.holiday}' ({listed}{', …' if len(self.days) > _SHOWN_DAYS else ''})"


@dataclass(frozen=True, slots=True)
class Count:
    """When the counting starts, when the target is due, and the open periods in between; all in one zone."""

    starts_at: datetime
    due_at: datetime
    segments: tuple[Segment, ...]  # in order, none touching the next; none where they were not asked for
    uncovered: tuple[Uncovered, ...] = ()  # in the calendar's order
    estimated: tuple[Estimated, ...] = ()  # likewise

    def written_in(self, zone: Zone) -> "Count":
        """Return the count with the same instants in another zone. Raises ValueError outside the years 1 to 9999."""
        try:
            segments = tuple([Segment(each.from_.astimezone(zone), each.to.astimezone(zone)) for each in self.segments])
            starts_at, due_at = self.starts_at.astimezone(zone), self.due_at.astimezone(zone)
        except OverflowError:
            raise ValueError(f"in {zone} its instants are not all in the years 1 to 9999.") from None
        return replace(self, starts_at=starts_at, due_at=due_at, segments=segments)


class NeverDue(Exception):
    """A target has no due instant.

    `.calendar` its id, `.target` and `.start` as they were given, `.reason` why, a clause without its full stop.
    `.held_since` is when the pause begins that keeps it from being due for as long as it goes on, else None.
    """

    def __init__(
        self, calendar: str, target: Target, start: datetime, reason: str, held_since: datetime | None = None
    ) -> None:
        super().__init__(calendar, target, start, reason, held_since)
        self.calendar, self.target, self.start, self.reason = calendar, target, start, reason
        self.held_since = held_since

    def __str__(self) -> str:
        return f"{self.target} from {format_instant(self.start)} on over calendar {self.calendar}: {self.reason}."


def format_instant(moment: datetime) -> str:
    """Return an aware datetime in RFC 3339 with its own offset, and with microseconds only when there are some.

    RFC 3339 has no seconds in an offset, and local mean time does: the same instant is then written at the nearest
    whole minute's offset.
    """
    offset = moment.utcoffset()
    if offset is not None and offset.seconds % 60:
        moment = moment.astimezone(timezone(timedelta(minutes=round(offset.total_seconds() / 60))))
    return moment.isoformat()
