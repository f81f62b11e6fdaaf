"""Named holidays of countries as the `holidays` library has them. Neither calendars nor shifts of our own here.

The library is imported when the first calendar asks for one of its holidays.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holidays import HolidayBase

__all__ = ["country_codes", "covered_years", "dates_by_name", "estimated_dates", "library_end", "subdivision_codes"]

_LONGEST_GAP = 12  # years: a leap day that is a Sunday comes again after so many, but for the turn of some centuries


@cache
def _library() -> Any:
    return import_module("holidays")


def library_end() -> int:
    """Return the last year of the library as a whole; the data of some countries end before it."""
    end: int = _library().HolidayBase.end_year
    return end


def country_codes() -> frozenset[str]:
    """Return the codes of all countries that the library knows: ISO 3166-1 alpha-2, and its aliases."""
    return frozenset(_library().list_supported_countries())


def subdivision_codes(country: str) -> frozenset[str]:
    """Return the subdivisions of a country that the library tells apart: ISO 3166-2 without the country, and names."""
    entity = _entity(country, None)
    return frozenset(entity.subdivisions) | frozenset(entity.subdivisions_aliases)


def covered_years(country: str, subdivision: str | None, name: str) -> tuple[int, int]:
    """Return the first and the last year for which the library's data tell whether there is such a holiday.

    The last is the last of the country's data, or of the holiday where it has none in the years before that: then the
    dates of the one holiday, such as those of a lunar calendar, end earlier, or it was abolished.
    """
    entity = _entity(country, subdivision)
    last = max(day.year for day in dates_by_name(country, subdivision)[name])
    return entity.start_year, entity.end_year if last > entity.end_year - _LONGEST_GAP else last


@lru_cache(maxsize=64)
def dates_by_name(country: str, subdivision: str | None) -> Mapping[str, tuple[date, ...]]:
    """Return the holidays of every category, by native and by English name, each with its dates of all years in order.

    Literal dates, not the observed ones. A holiday that the library calls estimated goes by its plain name.
    """
    found: dict[str, set[date]] = {}
    for name, day, _ in _named(country, subdivision):
        found.setdefault(name, set()).add(day)
    return {name: tuple(sorted(days)) for name, days in found.items()}


def estimated_dates(country: str, subdivision: str | None, name: str) -> tuple[date, ...]:
    """Return the dates of a holiday that the library calls estimated, in order: they may yet turn out otherwise."""
    days = {day for each, day, is_estimated in _named(country, subdivision) if each == name and is_estimated}
    return tuple(sorted(days))


@lru_cache(maxsize=64)
def _named(country: str, subdivision: str | None) -> Sequence[tuple[str, date, bool]]:
    """Return the holidays of every category by their names, each with a date, and whether that is estimated."""
    plain = _entity(country, subdivision)
    return [
        found
        for language in _languages(plain)
        for found in _named_days(_in_all_years(plain, country, subdivision, language))
    ]


def _languages(entity: HolidayBase) -> list[str]:
    """Return the country's own language, then English. Left to itself the library asks the environment."""
    english = [language for language in entity.supported_languages if language.startswith("en")]
    return list(dict.fromkeys([entity.default_language or "en_US", *english]))


def _named_days(entity: HolidayBase) -> Iterator[tuple[str, date, bool]]:
    delimiter = import_module("holidays.constants").HOLIDAY_NAME_DELIMITER
    label = getattr(entity, "estimated_label", None)
    before, _, after = entity.tr(label or "%s").partition("%s")
    for day, names in entity.items():
        for name in names.split(delimiter):
            if label and name.startswith(before) and name.endswith(after):
                yield name.removeprefix(before).removesuffix(after), day, True
            else:
                yield name, day, False


def _entity(country: str, subdivision: str | None) -> HolidayBase:
    """Return the library's object for a country, without any year's holidays."""
    with warnings.catch_warnings():
        # The library warns of aliases; here they are as good as the codes that they stand for.
        warnings.simplefilter("ignore")
        entity: HolidayBase = _library().country_holidays(country, subdiv=subdivision, expand=False, language="en_US")
        return entity


def _in_all_years(plain: HolidayBase, country: str, subdivision: str | None, language: str) -> HolidayBase:
    with warnings.catch_warnings():
        # The library warns of categories without data in a year; here that is no more than a year without the holiday.
        warnings.simplefilter("ignore")
        entity: HolidayBase = _library().country_holidays(
            country,
            subdiv=subdivision,
            years=range(plain.start_year, plain.end_year + 1),
            expand=False,
            observed=False,
            language=language,
            categories=plain.supported_categories,
        )
        return entity
