"""How much open time, or how many business days, are between two instants. It is measured in `service/clock/`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from service.clock.measures import Unmeasured, contact_days_between, open_time_between
from service.facts.numbers import Number, plain
from service.facts.values import Period
from service.model.derivations import Measured

__all__ = ["measured"]


def measured(
    how: Measured, calendar: str, first: datetime, last: datetime, pauses: Sequence[Period] = ()
) -> Number | None:
    """Return what a calendar measures from one instant to another, exactly; None where there is no such measure.

    calendar  the id of one of `how.calendars`; with another nothing is measured
    """
    found = next((each for each in how.calendars if each.id == calendar), None)
    if found is None:
        return None
    try:
        if how.unit is None:
            return contact_days_between(found, first, last)
        open_time = open_time_between(found, first, last, pauses=pauses)
    except Unmeasured:
        return None
    return plain(Fraction(open_time // timedelta(microseconds=1), how.unit))
