"""Dates, times of day and instants as texts of RFC 3339, read. No calendar and no rules of zones are here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from service.wording import shown

__all__ = ["MOST_DIGITS", "counted_since_1970", "read_date", "read_instant", "read_time", "time_text"]

MOST_DIGITS = 9
"""Digits after the point of a second: nanoseconds."""

_DATE = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}[Tt]([0-9]{2}):[0-9]{2}:([0-9]{2})(?:\.([0-9]+))?([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
# What other programs write for an instant: all that differs from the above has one meaning.
_ALIKE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})([Tt]| +)([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:([.,])([0-9]+))?)?"
    r"( *)([Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
# What needs no second look but whether the calendar has its day: years 1900 to 9899, an offset, no leap second.
_PLAIN_INSTANT = re.compile(
    r"(?:19|[2-8][0-9]|9[0-8])[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_MOST_DAYS = 4096
_UNITS = {10: ("seconds", 1), 13: ("milliseconds", 1_000), 16: ("microseconds", 1_000_000)}
"""Digits of a number that counts since 1970 to an instant of these years -> what it counts, how many make a second."""
_FIRST_YEAR, _LAST_YEAR = "1900", "9899"


@lru_cache(_MOST_DAYS)
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


def read_time(text: str) -> time:
    """Return the time of day that `HH:MM` names, or `HH:MM:SS` with a fraction or without.

    Raises ValueError as `read_date` does.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(f"is {shown(text)}, which is not written as a time of day such as '08:00'")
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {shown(text)}, a time that no clock shows") from None


def time_text(value: time) -> str:
    """Return a time of day, without seconds where there are none.

    >>> time_text(time(8)), time_text(time(8, 0, 30))
    ('08:00', '08:00:30')
    """
    return value.isoformat("minutes" if value.second == value.microsecond == 0 else "auto")


def read_instant(text: str) -> datetime:
    """Return the aware instant that an RFC 3339 date-time names, of the years 1900 to 9899 as written.

    The offset is kept as written; `-00:00` counts as UTC. `t` and `z` may be lower case. A fraction of up to nine
    digits is cut, not rounded, to microseconds: so it never moves an instant into another second.
    Raises ValueError as `read_date` does, also without offset, for a longer fraction, and for leap seconds, which no
    calendar can foresee.
    """
    if _PLAIN_INSTANT.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError(f"is {shown(text)}, which is not written as {_mend(text)}")
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


def counted_since_1970(number: float) -> tuple[str, str] | None:
    """Return what a number seems to count since 1970, and the instant that it comes to; None for any other number.

    >>> counted_since_1970(1772814600000)
    ('milliseconds', '2026-03-06T16:30:00Z')
    """
    if number != number // 1 or number < 0 or len(str(int(number))) not in _UNITS:
        return None
    unit, of_a_second = _UNITS[len(str(int(number)))]
    seconds, rest = divmod(int(number), of_a_second)
    instant = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest * 1_000_000 // of_a_second)
    return unit, instant.isoformat(timespec=unit if rest else "seconds").replace("+00:00", "Z")


def _mend(text: str) -> str:
    """Return how an instant is written, with what is wrong about a text that is nearly one."""
    since = counted_since_1970(int(text)) if text.isascii() and text.isdigit() else None
    if since is not None:
        return f"an instant but as {since[0]} since 1970: write {shown(since[1])}"
    match = _ALIKE.fullmatch(text)
    if match is not None:
        better, offset = _as_rfc_3339(match), "" if match[8] else " and then 'Z' or an offset such as '+01:00'"
        with suppress(ValueError):
            if better != text and _INSTANT.fullmatch(better):
                read_instant(better + "Z" * (offset != ""))
                return f"RFC 3339 says: {', '.join(_slips(match))}; write {shown(better)}{offset}"
    return "an instant such as '2026-01-31T09:00:00Z'"


def _as_rfc_3339(alike: re.Match[str]) -> str:
    day, _, minute, second, _, fraction, _, offset = alike.groups()
    if offset in {"UTC", "GMT"}:
        offset = "Z"
    elif offset and offset.upper() != "Z":
        offset = f"{offset[:3]}:{offset[3:].removeprefix(':') or '00'}"
    return f"{day}T{minute}:{second or '00'}{'.' + fraction if fraction else ''}{offset or ''}"


def _slips(alike: re.Match[str]) -> Iterator[str]:
    """Yield what differs from RFC 3339, from left to right."""
    _, between, _, second, point, _, gap, offset = alike.groups()
    if between.startswith(" "):
        yield "a space stands for its 'T'"
    if second is None:
        yield "its seconds are missing"
    if point == ",":
        yield "a comma stands for the point of its seconds"
    if gap:
        yield "a space stands before its offset"
    if not offset:
        yield "it lacks an offset"
    elif offset in {"UTC", "GMT"}:
        yield "its offset is a name"
    elif len(offset) == len("+01"):
        yield "its offset lacks the minutes"
    elif len(offset) == len("+0100"):
        yield "its offset lacks the colon"


def _check_year(text: str, year: str) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"is {shown(text)}, but its year must be from {_FIRST_YEAR} to {_LAST_YEAR}")
