"""Dates and instants as texts of RFC 3339, read. No calendar and no rules of zones are here."""

from __future__ import annotations

import re
from datetime import date, datetime

from service.wording import shown

__all__ = ["MOST_DIGITS", "read_date", "read_instant"]

MOST_DIGITS = 9
"""Digits after the point of a second: nanoseconds."""

_DATE = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}[Tt]([0-9]{2}):[0-9]{2}:([0-9]{2})(?:\.([0-9]+))?([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
_FIRST_YEAR, _LAST_YEAR = "1900", "9899"


def read_date(text: str) -> date:
    """Return the day that `YYYY-MM-DD` names (RFC 3339 full-date), of the years 1900 to 9899.

    Raises ValueError whose text ends a sentence that begins with the name of the fact.
    """
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError(f"is {shown(text)}, which is not written as a date such as '2026-01-31'")
    _check_year(text, match[1])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {shown(text)}, a day that the calendar does not have") from None


def read_instant(text: str) -> datetime:
    """Return the aware instant that an RFC 3339 date-time names, of the years 1900 to 9899 as written.

    The offset is kept as written; `-00:00` counts as UTC. `t` and `z` may be lower case. A fraction of up to nine
    digits is cut, not rounded, to microseconds: so it never moves an instant into another second.
    Raises ValueError as `read_date` does, also without offset, for a longer fraction, and for leap seconds, which no
    calendar can foresee.
    """
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError(f"is {shown(text)}, which is not written as an instant such as '2026-01-31T09:00:00Z'")
    year, hour, second, fraction, offset = match.groups()
    _check_year(text, year)
    if not offset:
        raise ValueError(f"is {shown(text)}, which lacks an offset: end it with 'Z' or one such as '+01:00'")
    if second == "60":
        raise ValueError(f"is {shown(text)}, a leap second, which is not taken: write second 59 or the next minute")
    if hour == "24":
        raise ValueError(f"is {shown(text)}, but the hours are 00 to 23: write hour 00 of the next day")
    if fraction and len(fraction) > MOST_DIGITS:
        says = f"has {len(fraction)} digits after the point of its seconds, and can have {MOST_DIGITS}: cut the rest"
        raise ValueError(f"is {shown(text)}, which {says}")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError(f"is {shown(text)}, a day or time that does not exist") from None


def _check_year(text: str, year: str) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"is {shown(text)}, but its year must be from {_FIRST_YEAR} to {_LAST_YEAR}")
