"""The table of countries: whole, and of one piece."""

import json

import pytest

from service.facts.countries import countries_of, known_countries

TABLE = countries_of(known_countries())


def test_the_table_has_every_country_and_the_regions_that_there_are():
    """As ISO 3166-1 and UN M49 count them."""
    assert len(TABLE.places) == 249
    assert len(TABLE.regions) == 30
    assert TABLE.within(["001"]) == set(TABLE.places)
    assert set(TABLE.places.values()) <= set(TABLE.regions)


def test_each_region_is_part_of_one_that_there_is():
    """Up to the world, which is part of none."""
    assert {code for code, (_, above) in TABLE.regions.items() if not above} == {"001"}
    assert {above for _, above in TABLE.regions.values()} - {""} <= set(TABLE.regions)


def test_the_five_regions_part_the_world_but_for_two():
    """M49 puts these nowhere."""
    parts = [TABLE.within([code]) for code, (_, above) in TABLE.regions.items() if above == "001"]
    assert len(parts) == 5
    assert sum(map(len, parts)) == len(frozenset().union(*parts))
    assert set(TABLE.places) - frozenset().union(*parts) == {"AQ", "TW"}


@pytest.mark.parametrize(
    ("region", "some", "others"),
    [
        ("150", {"PT", "RU", "GI", "AX"}, {"CY", "TR", "GL"}),
        ("154", {"GB", "IE", "EE"}, {"DE", "GI"}),
        ("202", {"NG", "ZA", "SH"}, {"EG", "SD"}),
        ("419", {"MX", "BR", "PR"}, {"US"}),
    ],
)
def test_countries_are_where_the_united_nations_put_them(region, some, others):
    """Some that are often put elsewhere."""
    assert some <= TABLE.within([region])
    assert others.isdisjoint(TABLE.within([region]))


def test_a_region_is_found_by_its_name_and_its_code():
    """And by no other word."""
    assert TABLE.region("Southern Europe") == TABLE.region("039") == "039"
    assert TABLE.region("southern europe") is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"countries": {"GB": []}, "regions": {}}'])
def test_what_is_no_table_is_refused(content):
    """Not read as one without countries."""
    with pytest.raises(ValueError, match="no table of countries"):
        countries_of(content)


def test_the_file_says_where_it_is_from():
    """And when."""
    assert "Public Domain" in json.loads(known_countries())["about"]
    assert "2026-05-15" in json.loads(known_countries())["about"]
