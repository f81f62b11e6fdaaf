"""The conventions of a clock as they are written, and which of them mean nothing beside the others."""

from __future__ import annotations

from collections.abc import Iterator

from service.clock.conventions import CHOICES, ONLY_FORWARD, Conventions, is_time_of_day
from service.pack.surroundings import Surroundings
from service.written.findings import Steps
from service.written.shape import Written

__all__ = ["CONVENTIONS", "read_conventions"]

CONVENTIONS = tuple(CHOICES)
"""The keys of a clock that say how it counts."""

_ENDS_ONCE = ("opening", "closing")
_ONLY_FORWARD = ("pauses", "stops", "warnings")


def read_conventions(around: Surroundings, written: Written, path: Steps, unit: object) -> Conventions:
    """Return how one clock counts; the usual way where what is written can't be had together, which is reported.

    unit  the clock's, where it is written there; None where it is a name
    """
    clock = written["clock"]
    is_backward = written.get("counts") == "backward"
    only_forward = [key for key in (*_ONLY_FORWARD, *ONLY_FORWARD) if is_backward and key in written]
    for key in only_forward:
        message = f"clock {clock} counts backward, where '{key}' has no meaning: leave it out"
        around.report.at((*path, key), "only_forward", message)
    unfit = [(key, why) for key, why in _unfit(written, unit) if key in written and key not in only_forward]
    for key, why in unfit:
        around.report.at((*path, key), "unfit_convention", f"clock {clock}: '{key}' is {why}")
    if only_forward or unfit:
        return Conventions()
    return Conventions(**{key: str(written[key]) for key in CHOICES if key in written})


def _unfit(written: Written, unit: object) -> Iterator[tuple[str, str]]:
    """Yield the conventions that mean nothing beside the others, whether or not they are written, and what to do."""
    ends = str(written.get("business_day_ends", "same_time"))
    counts_days = unit in (None, "business_day")
    if not counts_days and ends not in ("same_time", "closing"):
        yield "business_day_ends", f"for business days, and its unit is {unit}: leave it out, or count business days"
    if ends not in _ENDS_ONCE and not is_time_of_day(ends):
        yield (
            "first_day",
            (
                "for business days that end at opening, at closing or at a time of day: "
                "leave it out, or say so with 'business_day_ends'"
            ),
        )
    if ends != "same_clock_time" and not is_time_of_day(ends):
        yield (
            "after_closing",
            (
                "for business days that end at the same clock time or at a time of day: "
                "leave it out, or say so with 'business_day_ends'"
            ),
        )
    if unit not in (None, "opening"):
        yield "opening_at_start", f"for openings, and its unit is {unit}: leave it out, or count openings"
    if "pauses" not in written:
        yield "pauses_take", "for clocks with 'pauses', and it has none: leave it out, or name them"
    elif ends == "same_time" or not counts_days:
        yield (
            "pauses_take",
            (
                "for business days that are counted one by one, and no paused time counts here anyway: "
                "leave it out, or say with 'business_day_ends' when they end"
            ),
        )
