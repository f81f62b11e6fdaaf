"""Calendars that name others: one `as` another, and one that is made of several. What they open is not known here."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.clock.calendar_problems import CalendarPath
from service.clock.calendars import COMBINATIONS

__all__ = ["others_of", "whole"]


def others_of(data: Mapping[str, Any]) -> Iterator[tuple[CalendarPath, str]]:
    """Yield the calendars that a calendar's data name, each with its path there."""
    if "as" in data:
        yield ("as",), data["as"]
    for key in COMBINATIONS:
        yield from (((key, place), name) for place, name in enumerate(data.get(key, ())))


def whole(data: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a calendar that is `as` another: what it says itself stands in place of what the other says.

    other  the other's data, whole as well
    """
    return {**other, **{key: value for key, value in data.items() if key != "as"}}
