"""Hours that hold on some dates alone: seasons and special days. The week's own hours are in `weekly_hours.py`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.clock.calendar_problems import CalendarPath, Problems
from service.clock.day_rules import Data, read_rule, read_span, read_years
from service.clock.holiday_rules import HolidayRule, OnceSpan, YearlySpan
from service.clock.weekly_hours import Opening, Week, read_openings, read_week

__all__ = ["DayHours", "Season", "SpecialDay", "dated_hours", "read_seasons", "read_special_days"]

_DAYS_BEFORE = 2  # a night of the day before a year reaches into it
_LEAP_YEAR = 2000
_YEARS_TO_MEET = 12  # years: two spans that never meet in so many never do


@dataclass(frozen=True, slots=True)
class Season:
    """The hours of the week on some dates of the year, in place of the usual ones."""

    name: str
    rule: YearlySpan | OnceSpan
    hours: Week


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """The hours of single dates, whatever week, season and holidays say."""

    name: str
    rule: HolidayRule
    first_year: int
    end_year: int  # the first year without it
    hours: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of one date, and whether holidays close it."""

    openings: tuple[Opening, ...]
    is_special: bool


def read_seasons(entries: Sequence[Data], day_begins: int, problems: Problems) -> tuple[Season, ...]:
    """Return the seasons of a calendar's data, and add to `problems` whatever is wrong with them."""
    seasons: dict[str, Season] = {}
    for index, entry in enumerate(entries):
        path: CalendarPath = ("seasons", index)
        name = entry["season"]
        if name in seasons:
            problems.add((*path, "season"), f"there is a season '{name}' already; each needs a name of its own")
        rule = read_span(entry["dates"], (*path, "dates"), problems)
        week = read_week(entry["hours"], problems, (*path, "hours"), day_begins, f"season '{name}'")
        if rule is not None:
            for other in seasons.values():
                if (day := _first_common(rule, other.rule)) is not None:
                    message = f"the seasons '{other.name}' and '{name}' both have {_shown(rule, day)}; a day has one"
                    problems.add((*path, "dates"), message)
            seasons[name] = Season(name, rule, week)
    return tuple(seasons.values())


def read_special_days(entries: Sequence[Data], day_begins: int, problems: Problems) -> tuple[SpecialDay, ...]:
    """Return the special days of a calendar's data, and add to `problems` whatever is wrong with them."""
    found: list[SpecialDay] = []
    for index, entry in enumerate(entries):
        path: CalendarPath = ("special_days", index)
        name = entry["special_day"]
        if name in [each.name for each in found]:
            message = f"there is a special day '{name}' already; each needs a name of its own"
            problems.add((*path, "special_day"), message)
        rule = read_rule(entry, path, problems)
        years = read_years(entry, name, path, problems)
        hours = read_openings(entry["hours"], (*path, "hours"), problems, day_begins)
        if rule is not None:
            found.append(SpecialDay(name, rule, *years, hours))
    return tuple(found)


def dated_hours(seasons: Sequence[Season], special_days: Sequence[SpecialDay], year: int) -> Mapping[int, DayHours]:
    """Return the hours of all dates of a year that has them from a season or a special day, in days after its first.

    The last days of the year before are there as well. Of two special days on one date the first holds.
    """
    first = date(year, 1, 1).toordinal()
    days = range(max(first - _DAYS_BEFORE, 1), date(year, 12, 31).toordinal() + 1)
    found = {
        day - first: DayHours(season.hours[(day - 1) % 7], is_special=False)
        for season in seasons
        for day in _days_in(season.rule, days)
    }
    special = {
        day - first: DayHours(each.hours, is_special=True)
        for each in reversed(special_days)
        for day in _days_in(each.rule, days)
        if each.first_year <= date.fromordinal(day).year < each.end_year
    }
    return {**found, **special}


def _days_in(rule: HolidayRule, days: range) -> Iterator[int]:
    """Yield the days of a rule within some days, as proleptic Gregorian ordinals."""
    years = range(date.fromordinal(days[0]).year, date.fromordinal(days[-1]).year + 1)
    return (day.toordinal() for year in years for day in rule.dates(year) if day.toordinal() in days)


def _first_common(one: YearlySpan | OnceSpan, other: YearlySpan | OnceSpan) -> date | None:
    """Return the first day that two spans have both, or None."""
    first = max([each.first.year for each in (one, other) if isinstance(each, OnceSpan)], default=_LEAP_YEAR)
    last = min([each.last.year for each in (one, other) if isinstance(each, OnceSpan)], default=_LEAP_YEAR)
    years = range(first, min(last, first + _YEARS_TO_MEET) + 1)
    return next((day for year in years for day in one.dates(year) if day in other.dates(year)), None)


def _shown(rule: YearlySpan | OnceSpan, day: date) -> str:
    return day.isoformat() if isinstance(rule, OnceSpan) else f"{day:%m-%d}"
