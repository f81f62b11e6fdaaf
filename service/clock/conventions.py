"""How a clock counts: what a pack may choose, by name. What each choice comes to is in the modules that count."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

__all__ = ["CHOICES", "ONLY_FORWARD", "Conventions", "is_time_of_day"]

CHOICES: Mapping[str, tuple[str, ...]] = {
    "counts": ("forward", "backward"),
    "business_day_ends": ("same_time", "same_clock_time", "opening", "closing"),
    "first_day": ("same_day_before_opening", "same_day", "next_day"),
    "after_closing": ("next_opening", "closing"),
    "opening_at_start": ("not_counted", "counted"),
    "pauses_take": ("whole_days", "closings", "open_time"),
    "at_closing": ("due", "next_opening"),
}
"""What each convention may be, the first unless it is written; business days may end at a time of day as well."""

ONLY_FORWARD = ("first_day", "after_closing", "opening_at_start", "pauses_take", "at_closing")
"""The conventions that a clock which counts backward does not take."""

_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def is_time_of_day(written: str) -> bool:
    """Tell whether a text is a time of day, such as "09:30"; "24:00" ends the day."""
    return _TIME_OF_DAY.fullmatch(written) is not None


@dataclass(frozen=True, slots=True)
class Conventions:
    """How one clock counts.

    counts             "forward" from the start, or "backward" to what is so much before it
    business_day_ends  "same_time": a business day is so much open time. Else N of them are due on the Nth day
                       that counts: at the "same_clock_time" as the start's, at its "opening" or "closing", or at a time
                       of day such as "12:00"
    first_day          the first day that counts, where they end at opening, closing or a time of day: the contact day
                       of the start if it starts before its opening, else the next ("same_day_before_opening"); the
                       first that ends so after the start ("same_day"); or the contact day after the day of the start
    after_closing      when it is due at a time of day after the day's last closing: at the next opening, or at that
                       "closing"
    opening_at_start   whether an opening at the very start is the first of those that are counted
    pauses_take        which days do not count for pauses: those of which nothing is left ("whole_days"), those whose
                       closing is paused ("closings"), or none, but the paused open time is added ("open_time")
    at_closing         "due": what comes out exactly at closing time is due then. Else at the "next_opening"

    Raises ValueError for what is none of these, and for what a clock that counts backward does not take.
    """

    counts: str = "forward"
    business_day_ends: str = "same_time"
    first_day: str = "same_day_before_opening"
    after_closing: str = "next_opening"
    opening_at_start: str = "not_counted"
    pauses_take: str = "whole_days"
    at_closing: str = "due"

    def __post_init__(self) -> None:
        """Refuse what is none."""
        for field in fields(self):
            chosen, choices = getattr(self, field.name), CHOICES[field.name]
            if chosen not in choices and not (field.name == "business_day_ends" and is_time_of_day(chosen)):
                raise ValueError(f"'{field.name}' is one of {', '.join(choices)}, not '{chosen}'.")
            if self.counts == "backward" and field.name in ONLY_FORWARD and chosen != choices[0]:
                raise ValueError(f"What is counted backward has no '{field.name}'.")

    @property
    def goes_by_days(self) -> bool:
        """Whether business days are counted one by one, and not as so much open time."""
        return self.business_day_ends != "same_time"
