"""The open hours of a week, read from a calendar's `hours`. Holidays and zones play no part here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from service.clock.calendar_problems import CalendarPath, Problems
from service.wording import nearest

__all__ = [
    "DAY",
    "WEEKDAYS",
    "Hours",
    "Opening",
    "Week",
    "around_the_clock",
    "closed_weekdays",
    "minutes_of",
    "read_openings",
    "read_week",
]

DAY = 1440
"""The minutes of a day."""

Opening = tuple[int, int]
"""Minutes after midnight of the day for which an opening counts, half-open; from 1440 on they are the next day's."""

Week = tuple[tuple[Opening, ...], ...]  # Monday first; the openings of a day in order, apart from each other
Hours = Literal["around_the_clock"] | Mapping[str, str | Sequence[str]]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


def around_the_clock(day_begins: int = 0) -> Week:
    """Return the week that is open at all times; each of its days begins so many minutes after midnight."""
    return (((day_begins, day_begins + DAY),),) * 7


def read_week(
    hours: Hours, problems: Problems, path: CalendarPath = ("hours",), day_begins: int = 0, what: str = "calendar"
) -> Week:
    """Return the week that `hours` describes, and add to `problems` whatever is wrong with it.

    hours       "around_the_clock", or openings such as "09:00-17:00" (one or a list) by weekday or range of weekdays. A
                range may pass the end of the week: "saturday to monday".
    day_begins  minutes after midnight at which a day begins
    what        whose hours they are
    """
    if isinstance(hours, str):
        return around_the_clock(day_begins)
    before = len(problems.found)
    week: list[tuple[Opening, ...]] = [()] * 7
    given: dict[int, str] = {}
    for key, texts in hours.items():
        openings = read_openings(texts, (*path, key), problems, day_begins)
        for weekday in _read_weekdays(key, (*path, key), problems):
            if weekday in given:
                message = f"{WEEKDAYS[weekday]} has its hours already, from '{given[weekday]}'"
                problems.add((*path, key), message)
            given.setdefault(weekday, key)
            week[weekday] = openings
    if len(problems.found) == before and not any(week):
        problems.add(path, f"the {what} opens on no day; give at least one weekday its hours")
    for weekday, key in given.items() if len(problems.found) == before else ():
        _check_night(week, weekday, (*path, key), problems)
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


def _read_weekdays(key: str, path: CalendarPath, problems: Problems) -> Iterator[int]:
    ends = key.split(" to ")
    if len(ends) <= 2 and all(end in WEEKDAYS for end in ends):
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        yield from ((first + days) % 7 for days in range((last - first) % 7 + 1))
        return
    wrong = ", ".join(f"'{end}'" for end in ends if end not in WEEKDAYS) or f"'{key}'"
    meant = [nearest(end, WEEKDAYS) for end in ends[:2]]
    message = f"{wrong} is no weekday, nor a range such as 'monday to friday'"
    problems.add(path, message, None if None in meant else " to ".join(filter(None, meant)))


def _check_night(week: Sequence[tuple[Opening, ...]], weekday: int, path: CalendarPath, problems: Problems) -> None:
    """Add a problem where the hours of a weekday reach into those of the next."""
    today, tomorrow = week[weekday], week[(weekday + 1) % 7]
    if today and tomorrow and today[-1][1] - DAY > tomorrow[0][0]:
        names = WEEKDAYS[weekday], WEEKDAYS[(weekday + 1) % 7]
        problems.add(path, f"the hours of {names[0]} go on when those of {names[1]} have begun; let them end before")


def read_openings(
    texts: str | Sequence[str], path: CalendarPath, problems: Problems, day_begins: int = 0
) -> tuple[Opening, ...]:
    """Return the openings of one day, in order, and add to `problems` whatever is wrong with them.

    texts  one or several like "09:00-17:00"; "22:00-06:00" ends on the next day and counts for the day that it opens on
    """
    places = [(path, texts)] if isinstance(texts, str) else [((*path, index), text) for index, text in enumerate(texts)]
    openings: list[Opening] = []
    for place, text in places:
        opening = _read_opening(text, place, problems, day_begins)
        if opening is None:
            continue
        if any(opening[0] < until and since < opening[1] for since, until in openings):
            problems.add(place, f"'{text}' overlaps other hours of the same day")
        openings.append(opening)
    return _joined(sorted(openings))


def _read_opening(text: str, path: CalendarPath, problems: Problems, day_begins: int) -> Opening | None:
    since_text, dash, until_text = text.partition("-")
    if not dash:
        meant = text.replace("\N{EN DASH}", "-")
        message = f"'{text}' is no opening; write it like '09:00-17:00'"
        problems.add(path, message, meant if "-" in meant else None)
        return None
    since, until = minutes_of(since_text, path, problems), minutes_of(until_text, path, problems)
    if since is None or until is None:
        return None
    # What is earlier than the day begins is of the next date.
    since, until = since + DAY * (since < day_begins), until + DAY * (until <= day_begins)
    if not day_begins and until < since < DAY:
        until += DAY
    if until <= since:
        problems.add(path, _why_empty(text, day_begins, is_moment=since_text == until_text))
        return None
    return since, until


def _why_empty(text: str, day_begins: int, *, is_moment: bool) -> str:
    if is_moment:
        return f"'{text}' closes as it opens; a whole day is '00:00-24:00', or `around_the_clock`"
    if not day_begins:
        return f"'{text}' opens as its day ends; an opening of the next day begins at '00:00'"
    time = f"{day_begins // 60:02}:{day_begins % 60:02}"
    return f"'{text}' passes {time}, at which a new day begins (`day_begins`); give each of the two days its part"


def _joined(openings: Sequence[Opening]) -> tuple[Opening, ...]:
    joined: list[Opening] = []
    for since, until in openings:
        if joined and joined[-1][1] >= since:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return tuple(joined)
