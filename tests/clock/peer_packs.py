"""Cases of other projects' business time, written as packs: a calendar, and a clock that counts by their convention."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CASES = Path(__file__).parents[1] / "fixtures" / "peer-clock-cases" / "cases.jsonl"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_INSTANT = {"type": "string", "format": "date-time"}
_PERIOD = {"type": "object", "additionalProperties": False, "properties": {"from": _INSTANT, "to": _INSTANT}}
_FACTS = {
    "start": _INSTANT,
    "amount": {"type": "number", "minimum": -1000, "maximum": 2_000_000},
    "pauses": {"type": "array", "default": [], "items": _PERIOD},
}
_SAID_IN_NOTES: Mapping[str, Mapping[str, Any]] = {
    "active?: break 05:30-11:00 on one date, shift on another": {"breaks": {"2006-01-03": ["05:30-11:00"]}},
    "holiday as a span of days 8 Jul to 1 Sep (60 days)": {"spans": ["2019-07-08 to 2019-09-01"]},
}


def peer_cases() -> list[dict[str, Any]]:
    """Return the cases, each as its line has it."""
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def clock_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a clock says of itself that counts as the case's project does."""
    source, op, unit = case["source"], case["op"], case["unit"]
    clock: dict[str, Any] = {"unit": "minute" if unit in ("second", "periods") else unit}
    if op == "next_opening":
        return {**clock, "opening_at_start": "counted"}  # pandas: an opening is its own next one
    if op == "backward":
        clock["counts"] = "backward"
    if case.get("pauses"):
        clock["pauses"] = "case.pauses"
    if unit == "business_day":
        clock["business_day_ends"] = _day_ends(case)
        if case.get("pauses"):
            clock["pauses_take"] = "open_time"  # GLPI
        if op == "due" and clock["business_day_ends"] == "closing":
            clock["first_day"] = "next_day"  # GLPI
    rolls = source == "pandas-dev/pandas" or "old version" in case["note"]
    return {**clock, "at_closing": "next_opening"} if rolls and op == "due" else clock


def _day_ends(case: Mapping[str, Any]) -> str:
    """Return how business days end; GLPI's cases backward do not say it, but for the time that they come to."""
    if case["op"] == "backward" and case["start"][11:] != case["expected"][11:] and case["source"].startswith("glpi"):
        return "closing"
    return "closing" if case.get("ends") == "closing" else "same_clock_time"


def calendar_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the calendar of a case; openings that meet at midnight are nights."""
    case = {**case, **_SAID_IN_NOTES.get(case["note"], {})}
    calendar: dict[str, Any] = {"calendar": "desk", "zone": case["zone"], "hours": _with_nights(case["hours"])}
    days: list[dict[str, Any]] = [{"holiday": f"Holiday {day}", "date": day} for day in case["holidays"]]
    days += [{"holiday": f"Span {span}", "dates": span} for span in case.get("spans", ())]
    days += [
        {
            "holiday": f"Break {day} {span}",
            "date": day,
            "closes": dict(zip(("from", "until"), span.split("-"), strict=True)),
        }
        for day, spans in case.get("breaks", {}).items()
        for span in spans
    ]
    if days:
        calendar["holidays"] = {"days": days}
    if "special" in case:
        calendar["special_days"] = [
            {"special_day": f"Special {day}", "date": day, "hours": hours} for day, hours in case["special"].items()
        ]
    return {**calendar, "business_day": 8}


def _with_nights(hours: Mapping[str, Any]) -> dict[str, Any]:
    found = {day: [spans] if isinstance(spans, str) else list(spans) for day, spans in hours.items()}
    for day in [each for each in WEEK if each in found]:
        following = found.get(WEEK[(WEEK.index(day) + 1) % 7], [])
        last = found[day][-1] if found[day] else ""
        if last.endswith("-24:00") and not last.startswith("00:00") and following and following[0].startswith("00:00-"):
            found[day][-1] = f"{last[:5]}-{following.pop(0)[6:]}"
    return {day: spans for day, spans in found.items() if spans}


def files_of(calendar: Mapping[str, Any], clock: Mapping[str, Any]) -> dict[str, Any]:
    """Return the files of a pack that counts `case.amount` from `case.start`, by path."""
    roles = {"starts": "case.start", "amount": "case.amount", "calendar": "desk"}
    gives = {"starts_at": "instant", "due_at": "instant", "segments": "periods"}
    counted = {"clock": "call.clock", "says": "It is due.", "cites": "c", **roles, **clock}
    case = {"type": "object", "additionalProperties": False, "properties": _FACTS}
    return {
        "pack.yaml": {
            "pack": "calls", "version": "1.0.0", "title": "Calls", "source": {"document": "None"},
            "decisions": ["call"],
        },
        "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
        "facts.schema.json": {"type": "object", "additionalProperties": False, "properties": {"case": case}},
        "calendars/desk.yaml": calendar,
        "decisions/call.yaml": {
            "decision": "call", "asks": "When?",
            "gives": {name: {"type": kind, "optional": True} for name, kind in gives.items()},
            "parts": [{**counted, "gives": {name: name for name in gives}}],
        },
    }  # fmt: skip


def measuring_files_of(calendar: Mapping[str, Any]) -> dict[str, Any]:
    """Return the files of a pack that measures open minutes from `case.start` to `case.until`: no fewer than 0."""
    said = {"says": "It is measured.", "cites": "c"}
    between = {"open_minutes_from": "case.start", "to": "case.until", "calendar": "desk"}
    case = {"type": "object", "additionalProperties": False, "properties": {"start": _INSTANT, "until": _INSTANT}}
    minutes = {"type": "number", "optional": True, "from": "open.told"}
    return {
        **files_of(calendar, {}),
        "facts.schema.json": {"type": "object", "additionalProperties": False, "properties": {"case": case}},
        "facts.yaml": {
            "derived": [
                {"fact": "open.minutes", **said, **between},
                {"fact": "open.ahead", **said, "larger_of": ["open.minutes", 0]},
                {"fact": "open.told", **said, "round": "open.ahead", "places": 6, "how": "half_even"},
            ]
        },
        "decisions/call.yaml": {"decision": "call", "asks": "How long?", "gives": {"minutes": minutes}},
    }


def facts_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a case."""
    start = case["expected"] if case["op"] == "open_at" else case["start"]
    pauses = [{"from": instant(case, since), "to": instant(case, to)} for since, to in case.get("pauses") or ()]
    return {"start": instant(case, start), "amount": _amount(case), "pauses": pauses}


def instant(case: Mapping[str, Any], local: str) -> str:
    """Return an instant of local time as the facts have it."""
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(case["zone"])).isoformat()


def _amount(case: Mapping[str, Any]) -> float:
    if case["op"] == "periods":
        return sum((to - since for since, to in _periods(case)), timedelta()) / timedelta(minutes=1)
    if case["op"] == "must_refuse":
        return float(case["amount"])
    return abs(case["amount"]) / (60 if case["unit"] == "second" else 1)


def _periods(case: Mapping[str, Any]) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(case["zone"])
    for since, to in case["expected"]:
        yield datetime.fromisoformat(since).replace(tzinfo=zone), datetime.fromisoformat(to).replace(tzinfo=zone)
