"""The countries of ISO 3166-1 and the geographic regions of UN M49, from `countries.json`, where their source stands.

Which of them a pack means is read in `pack/country_sets.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from service.errors import MalformedJson
from service.jsontext import Json, parse

__all__ = ["COUNTRIES_FILE", "Countries", "countries_of", "known_countries"]

COUNTRIES_FILE = "countries.json"
"""The name of the table, here and among the files of a pack that makes use of it."""


@dataclass(frozen=True, slots=True)
class Countries:
    """One edition of the table.

    places   alpha-2 code of a country -> the code of the smallest region that it is in
    regions  code of a region, three digits -> its name in English and the code of the region that it is part of
    """

    places: Mapping[str, str]
    regions: Mapping[str, tuple[str, str]]

    @property
    def region_names(self) -> tuple[str, ...]:
        """The names of the regions, in the order of their codes."""
        return tuple(name for name, _ in self.regions.values())

    def region(self, word: str) -> str | None:
        """Return the code of a region by its name or code; None when there is none."""
        return next((code for code, (name, _) in self.regions.items() if word in (code, name)), None)

    def within(self, regions: Iterable[str]) -> frozenset[str]:
        """Return the countries in some regions, given by their codes."""
        wanted = frozenset(regions)
        return frozenset(country for country, place in self.places.items() if wanted.intersection(self._around(place)))

    def _around(self, region: str) -> Iterable[str]:
        while region:
            yield region
            region = self.regions[region][1]


def known_countries() -> bytes:
    """Return the table that comes along with this version, as its bytes."""
    return files("service.facts").joinpath(COUNTRIES_FILE).read_bytes()


@cache
def countries_of(content: bytes) -> Countries:
    """Return a table from its bytes. Raises ValueError when they are none."""
    try:
        document = parse(content)
        places = {code: _text(entry[2]) for code, entry in _rows(document, "countries").items()}
        regions = {code: (_text(entry[0]), _text(entry[1])) for code, entry in _rows(document, "regions").items()}
    except (AttributeError, IndexError, KeyError, MalformedJson, TypeError):
        raise ValueError("it is no table of countries") from None
    return Countries(places, regions)


def _rows(document: Json, key: str) -> Mapping[str, list[Json]]:
    return document[key]  # type: ignore[index, call-overload, return-value]


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
