"""The open hours of a week, read from a calendar's `hours`. Holidays and zones play no part here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from service.clock.calendar_problems import CalendarPath, Problems
from service.wording import nearest

__all__ = ["AROUND_THE_CLOCK", "WEEKDAYS", "Opening", "Week", "closed_weekdays", "minutes_of", "read_week"]

Opening = tuple[int, int]  # minutes after midnight, half-open
Week = tuple[tuple[Opening, ...], ...]  # Monday first; the openings of a day in order, apart from each other
Hours = Literal["around_the_clock"] | Mapping[str, str | Sequence[str]]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AROUND_THE_CLOCK: Week = (((0, 1440),),) * 7

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


def read_week(hours: Hours, problems: Problems) -> Week:
    """Return the week that `hours` describes, and add to `problems` whatever is wrong with it.

    hours  "around_the_clock", or openings such as "09:00-17:00" (one or a list) by weekday or range of weekdays. A
           range may pass the end of the week: "saturday to monday".
    """
    if isinstance(hours, str):
        return AROUND_THE_CLOCK
    before = len(problems.found)
    week: list[tuple[Opening, ...]] = [()] * 7
    given: dict[int, str] = {}
    for key, texts in hours.items():
        openings = _read_day(texts, ("hours", key), problems)
        for weekday in _read_weekdays(key, problems):
            if weekday in given:
                message = f"{WEEKDAYS[weekday]} has its hours already, from '{given[weekday]}'"
                problems.add(("hours", key), message)
            given.setdefault(weekday, key)
            week[weekday] = openings
    if len(problems.found) == before and not any(week):
        problems.add(("hours",), "the calendar opens on no day; give at least one weekday its hours")
    return tuple(week)


def closed_weekdays(week: Week) -> frozenset[int]:
    """Return the weekdays without open hours; Monday is 0."""
    return frozenset(weekday for weekday, openings in enumerate(week) if not openings)


def minutes_of(text: str, path: CalendarPath, problems: Problems) -> int | None:
    """Return the minutes after midnight of a time such as "09:30"; None, and a problem more, when it is none.

    "24:00" ends a day.
    """
    if not _TIME.fullmatch(text):
        message = f"'{text}' is no time of day; times run from '00:00' to '24:00', always with two digits each"
        problems.add(path, message, _two_digits(text))
        return None
    return int(text[:2]) * 60 + int(text[3:])


def _two_digits(text: str) -> str | None:
    """Return "09:30" for "9:30" and its like, or None."""
    padded = text.strip().replace(".", ":").zfill(5)
    return padded if _TIME.fullmatch(padded) and padded != text else None


def _read_weekdays(key: str, problems: Problems) -> Iterator[int]:
    ends = key.split(" to ")
    if len(ends) <= 2 and all(end in WEEKDAYS for end in ends):
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        yield from ((first + days) % 7 for days in range((last - first) % 7 + 1))
        return
    wrong = ", ".join(f"'{end}'" for end in ends if end not in WEEKDAYS) or f"'{key}'"
    meant = [nearest(end, WEEKDAYS) for end in ends[:2]]
    message = f"{wrong} is no weekday, nor a range such as 'monday to friday'"
    problems.add(("hours", key), message, None if None in meant else " to ".join(filter(None, meant)))


def _read_day(texts: str | Sequence[str], path: CalendarPath, problems: Problems) -> tuple[Opening, ...]:
    places = [(path, texts)] if isinstance(texts, str) else [((*path, index), text) for index, text in enumerate(texts)]
    openings: list[Opening] = []
    for place, text in places:
        opening = _read_opening(text, place, problems)
        if opening is None:
            continue
        if any(opening[0] < until and since < opening[1] for since, until in openings):
            problems.add(place, f"'{text}' overlaps other hours of the same day")
        openings.append(opening)
    return _joined(sorted(openings))


def _read_opening(text: str, path: CalendarPath, problems: Problems) -> Opening | None:
    since_text, dash, until_text = text.partition("-")
    if not dash:
        meant = text.replace("\N{EN DASH}", "-")
        message = f"'{text}' is no opening; write it like '09:00-17:00'"
        problems.add(path, message, meant if "-" in meant else None)
        return None
    since, until = minutes_of(since_text, path, problems), minutes_of(until_text, path, problems)
    if since is None or until is None:
        return None
    if since >= until:
        message = f"'{text}' closes no later than it opens; hours past midnight are two openings, parted at '24:00'"
        problems.add(path, message)
        return None
    return since, until


def _joined(openings: Sequence[Opening]) -> tuple[Opening, ...]:
    joined: list[Opening] = []
    for since, until in openings:
        if joined and joined[-1][1] >= since:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return tuple(joined)
