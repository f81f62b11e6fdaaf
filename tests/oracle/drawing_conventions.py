"""Conventions of clocks in random packs: every one that can be said of what a clock counts."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

__all__ = ["with_conventions"]

_TIMES = ("00:00", "09:30", "12:00", "17:30", "24:00")
_FIRST_DAYS = ("same_day_before_opening", "same_day", "next_day")
_TAKEN = ("whole_days", "closings", "open_time")


def with_conventions(rng: Random, clock: dict[str, Any], calendars: Mapping[str, Any]) -> dict[str, Any]:
    """Return a clock that counts business days one by one, or openings; its direction, start and pauses stay.

    calendars  of the pack: where one is always open but for a day now and then, openings are too rare to be walked to
    """
    kept = {key: value for key, value in clock.items() if key not in ("unit", "business_day_ends")}
    is_forward = clock.get("counts") != "backward"
    if rng.random() < 0.25 and "around_the_clock" not in str(calendars):
        counted = {**kept, "unit": "opening"}
        return {**counted, "opening_at_start": "counted"} if is_forward and rng.random() < 0.4 else counted
    ends = rng.choice(("same_clock_time", "same_clock_time", "opening", "closing", *_TIMES))
    found = {**kept, "unit": "business_day", "business_day_ends": ends}
    if is_forward and ends != "same_clock_time" and rng.random() < 0.7:
        found["first_day"] = rng.choice(_FIRST_DAYS)
    if is_forward and ends not in ("opening", "closing") and rng.random() < 0.4:
        found["after_closing"] = rng.choice(("next_opening", "closing"))
    if "pauses" in clock and rng.random() < 0.7:
        found["pauses_take"] = rng.choice(_TAKEN)
    return found
