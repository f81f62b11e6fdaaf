"""Sets of countries by the regions that they are in, as facts schemas and `facts.yaml` write them.

`{countries_of: Europe, also: [TR], without: [RU]}` are the countries of a region, or of several, and one more, but
for another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.facts.countries import Countries
from service.jsontext import Json
from service.wording import nearest
from service.written.findings import Reporter, Steps

__all__ = ["VALUES", "WHICH", "country_set", "with_countries"]

WHICH = ("countries_of", "also", "without")
"""The keys with which a set of countries is written; the first of them there must be."""

VALUES = "x-values"
"""The keyword of a facts schema under which a set of countries stands, in place of an `enum`."""


def country_set(written: Mapping[str, Any], countries: Countries, report: Reporter, path: Steps) -> tuple[str, ...]:
    """Return the codes of a set of countries, sorted; what is wrong with it becomes findings."""
    found: dict[str, set[str]] = {key: set() for key in WHICH}
    for key in WHICH:
        for word, where in _words(written.get(key), (*path, key)):
            code = countries.region(word) if key == "countries_of" else word
            if code is None or (key != "countries_of" and code not in countries.places):
                _refuse(word, key, countries, report, where)
            else:
                found[key].add(code)
    among = countries.within(found["countries_of"])
    for word, where in _words(written.get("without"), (*path, "without")):
        if word in found["without"] and word not in among:
            report.at(where, "impossible_value", f"'{word}' is not among these countries without being taken out")
    return tuple(sorted((among | found["also"]) - found["without"]))


def _words(written: object, path: Steps) -> Iterator[tuple[str, Steps]]:
    """Yield what is written, one text or a list of texts, each with its path."""
    if isinstance(written, list):
        yield from ((str(each), (*path, i)) for i, each in enumerate(written))
    elif written is not None:
        yield str(written), path


def _refuse(word: str, key: str, countries: Countries, report: Reporter, path: Steps) -> None:
    if key == "countries_of":
        names = countries.region_names
        message = f"'{word}' is no region of UN M49; there are {', '.join(names)}"
        report.at(path, "unknown_name", message, nearest(word, names))
    else:
        report.at(path, "unknown_name", f"'{word}' is no country of ISO 3166-1", nearest(word, countries.places))


def with_countries(document: Json, countries: Countries, report: Reporter, path: Steps = ()) -> Json:
    """Return a facts schema in which each set of countries stands under `enum`, beside what names it."""
    if isinstance(document, list):
        return [with_countries(each, countries, report, (*path, i)) for i, each in enumerate(document)]
    if not isinstance(document, dict):
        return document
    # Under `properties` a keyword is the name of a fact.
    inner: dict[str, Json] = {
        key: with_countries(each, countries, report, (*path, key)) for key, each in document.items()
    }
    if VALUES not in document or path[-1:] == ("properties",):
        return inner
    written = document[VALUES]
    if not isinstance(written, dict) or "countries_of" not in written or not written.keys() <= set(WHICH):
        message = f"""'{VALUES}' must be such as {{"countries_of": "Europe", "also": ["TR"], "without": ["RU"]}}"""
        report.at((*path, VALUES), "wrong_type", message)
        return inner
    if document.get("type") != "string" or "enum" in document or "format" in document:
        message = f"'{VALUES}' is for a string without an 'enum' or a 'format': it says which values that has"
        report.at((*path, VALUES), "wrong_type", message)
        return inner
    codes = country_set(written, countries, report, (*path, VALUES))
    if not codes:
        report.at((*path, VALUES), "impossible_value", f"'{VALUES}' leaves no country")
    return {**inner, "enum": list(codes)} if codes else inner
