"""What becomes of a clock that changes on the way, walked through open period by open period.

Knows what is open from `open_time.py`; nothing is imported from the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle import open_time as plain
from tests.oracle.calendar_layers import Desks, desks_of

__all__ = ["changed", "course"]

_NEVER = 1 << 62


def course(role: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what holds of a target from which instant on, the first from its start.

    role     has `starts`, `amount`, `unit`, `calendar` and, where there are some, `pauses`
    changes  as they are written, their names looked up
    """
    held = {key: role[key] for key in ("amount", "unit", "calendar")}
    start = plain._ticks(role["starts"])
    forever = min((plain._ticks(a) for a, b in role.get("pauses") or () if b is None), default=_NEVER)
    found = [{**held, "since": start}]
    for change in sorted(
        (each for each in changes if each["at"] is not None), key=lambda each: plain._ticks(each["at"])
    ):
        held |= {key: each for key, each in change.items() if key in held and each is not None}
        found.append({**held, "since": max(start, min(forever, plain._ticks(change["at"])))})
    later = [*(each["since"] for each in found[1:]), None]
    return [each for each, after in zip(found, later, strict=True) if each["since"] != after]


def changed(
    calendars: Mapping[str, Any],
    lists: Mapping[str, Any],
    role: Mapping[str, Any],
    stages: Sequence[Mapping[str, Any]],
    over_at_change: str,
) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """Return what a clock gives, nothing where it never gets due, and which calendar held from when on until then."""
    desks = desks_of(calendars, lists)
    zone = ZoneInfo(role.get("zone") or desks.calendars[stages[0]["calendar"]]["zone"])
    pauses = plain.paused_in(role)
    taken: list[tuple[int, int]] = []
    over, share = 0, Fraction(0)
    starts: int | None = None
    for place, stage in enumerate(stages):
        ends = stages[place + 1]["since"] if place + 1 < len(stages) else _NEVER
        of_one = plain._UNITS.get(stage["unit"]) or plain._business_day(desks.calendars[stage["calendar"]])
        whole = round(Fraction(stage["amount"]) * of_one)
        left = max(0, whole - over) if over_at_change == "deducted" else round(whole * (1 - share))
        passed = 0
        for since, closes in _opened(desks, role, stage, ends, pauses):
            to = min(closes, since + left - passed)
            if since < to:
                taken.append((since, to))
            if starts is None and (since < to or not left):
                starts = since
            passed += to - since
            if passed == left and starts is not None:
                held = [(each["since"], each["calendar"]) for each in stages[: place + 1]]
                return _told(taken, starts, to, zone), held
        over += passed
        share += Fraction(passed, whole) if whole else 0
    return {}, [(each["since"], each["calendar"]) for each in stages]


def _opened(
    desks: Desks, role: Mapping[str, Any], stage: Mapping[str, Any], ends: int, pauses: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield the open periods of a stage; one that begins as it ends is empty, as what is due at a change is due."""
    name = stage["calendar"]
    zone = ZoneInfo(role.get("zone") or desks.calendars[name]["zone"])
    for since, until in plain._open_from(desks, name, stage["since"], zone, pauses):
        if since > ends:
            return
        yield since, min(until, ends)


def _told(taken: list[tuple[int, int]], starts: int, due: int, zone: ZoneInfo) -> dict[str, Any]:
    joined: list[tuple[int, int]] = []
    for since, until in taken:
        if joined and joined[-1][1] == since:
            joined[-1] = (joined[-1][0], until)
        else:
            joined.append((since, until))
    if due - starts > plain._LONGEST:
        return {}

    def shown(ticks: int) -> datetime:
        return plain._shown(ticks, zone)

    return {
        "starts_at": shown(starts),
        "due_at": shown(due),
        "segments": tuple((shown(since), shown(until)) for since, until in joined),
    }
