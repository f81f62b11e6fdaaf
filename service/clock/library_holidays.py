"""Named holidays of countries as the `holidays` library has them. Neither calendars nor shifts of our own here."""

import warnings
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from holidays import HolidayBase, country_holidays, list_supported_countries
from holidays.constants import HOLIDAY_NAME_DELIMITER

__all__ = ["country_codes", "dates_by_name", "holiday_names", "subdivision_codes"]

_TYPICAL_YEARS = range(2020, 2031)


def country_codes() -> frozenset[str]:
    """Return the codes of all countries that the library knows: ISO 3166-1 alpha-2, and its aliases."""
    return frozenset(list_supported_countries())


def subdivision_codes(country: str) -> frozenset[str]:
    """Return the subdivisions of a country that the library tells apart: ISO 3166-2 without the country, and names."""
    entity = _entity(country, None, None, None)
    return frozenset(entity.subdivisions) | frozenset(entity.subdivisions_aliases)


def holiday_names(country: str, subdivision: str | None, *, every_year: bool = False) -> frozenset[str]:
    """Return the names of a country's holidays, native and English: in recent years, or in all that the library has."""
    entity = _entity(country, subdivision, None, None)
    years = range(entity.start_year, entity.end_year + 1) if every_year else _TYPICAL_YEARS
    return frozenset(name for year in years for name in dates_by_name(country, subdivision, year))


@lru_cache(maxsize=1024)
def dates_by_name(country: str, subdivision: str | None, year: int) -> dict[str, tuple[date, ...]]:
    """Return the holidays of one year in every category, by native and by English name, each with its dates in order.

    Literal dates, not the observed ones. A holiday that the library calls estimated goes by its plain name. Empty in
    years that the library does not cover.
    """
    languages = _languages(_entity(country, subdivision, None, None))
    found: dict[str, set[date]] = {}
    for language in languages:
        for name, day in _named_days(_entity(country, subdivision, year, language)):
            found.setdefault(name, set()).add(day)
    return {name: tuple(sorted(days)) for name, days in found.items()}


def _languages(entity: HolidayBase) -> list[str]:
    """Return the country's own language, then English. Left to itself the library asks the environment."""
    english = [language for language in entity.supported_languages if language.startswith("en")]
    return list(dict.fromkeys([entity.default_language or "en_US", *english]))


def _named_days(entity: HolidayBase) -> Iterator[tuple[str, date]]:
    before, _, after = entity.tr(getattr(entity, "estimated_label", None) or "%s").partition("%s")
    for day, names in entity.items():
        for name in names.split(HOLIDAY_NAME_DELIMITER):
            yield (name.removeprefix(before).removesuffix(after) if name.endswith(after) else name), day


def _entity(country: str, subdivision: str | None, year: int | None, language: str | None) -> HolidayBase:
    with warnings.catch_warnings():
        # The library warns of categories without data in a year; here that is no more than a year without the holiday.
        warnings.simplefilter("ignore")
        plain = country_holidays(country, subdiv=subdivision, expand=False, language=language or "en_US")
        if year is None:
            return plain
        return country_holidays(
            country,
            subdiv=subdivision,
            years=year,
            expand=False,
            observed=False,
            language=language,
            categories=plain.supported_categories,
        )
