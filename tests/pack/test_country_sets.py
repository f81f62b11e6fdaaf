"""Packs that name countries by their regions: in sets and in the facts schema, under a digest that covers the table."""

import json

import pytest

from service.facts.countries import COUNTRIES_FILE, countries_of, known_countries
from service.pack.loader import load_pack, load_pack_files
from service.written.findings import InvalidPack
from tests.analysis.small_packs import load, rules

EUROPE = {"countries_of": "Europe", "without": ["RU"]}
WORLD = {"type": "string", "x-values": {"countries_of": "World"}}


def decision(when):
    """Return a decision of one rule."""
    written = rules("d", (when, {"k": True}), (None, {"k": False}))
    return {"decision": "d", "gives": {"k": "boolean"}, "hit_policy": "first", "rules": written}


@pytest.fixture
def made(tmp_path):
    """Write a pack that asks where a customer is, and load it."""

    def write(sets=None, country=None, when=None):
        (tmp_path / "facts.yaml").write_text(json.dumps({"sets": {"near": EUROPE} if sets is None else sets}))
        return load(tmp_path, {"country": country or WORLD}, decision(when or {"country": {"in": "near"}}))

    return write


def test_a_fact_that_is_a_country_is_a_closed_choice(made):
    """Its codes stand in the schema that is published."""
    pack = made()
    spec = pack.facts.facts["country"]
    assert spec.choices == tuple(sorted(countries_of(known_countries()).places))
    assert pack.facts.document["properties"]["country"]["enum"] == list(spec.choices)


def test_a_named_set_of_countries_is_one_like_any_other(made):
    """Its countries are its items."""
    items = made().sets["near"].items
    assert {"PT", "GB"} <= set(items)
    assert {"RU", "TR"}.isdisjoint(items)


def test_a_list_may_be_of_countries(made):
    """Of some regions."""
    items = {"type": "string", "x-values": {"countries_of": ["Northern America"], "also": "MX"}}
    pack = made(country={"type": "array", "items": items, "uniqueItems": True}, when={"country": {"includes": "MX"}})
    assert pack.facts.facts["country"].choices == ("BM", "CA", "GL", "MX", "PM", "US")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("Europe", "must be such as"),
        ({"also": ["TR"]}, "must be such as"),
        ({"countries_of": "Europa"}, "'Europa' is no region of UN M49"),
        ({"countries_of": "Europe", "without": ["UK"]}, "'UK' is no country of ISO 3166-1. Did you mean 'GB'?"),
        ({"countries_of": "053", "without": ["AU", "NZ", "NF", "CX", "CC", "HM"]}, "leaves no country"),
    ],
)
def test_what_is_wrong_with_the_values_of_a_fact_is_told(made, values, message):
    """In the facts schema, at its place."""
    with pytest.raises(InvalidPack) as refused:
        made(country={"type": "string", "x-values": values})
    assert [each.place.file.endswith("facts.schema.json") for each in refused.value.findings][:1] == [True]
    assert message in str(refused.value)


def test_values_and_an_enum_are_one_too_many(made):
    """Each says which values there are."""
    with pytest.raises(InvalidPack, match="is for a string without an 'enum'"):
        made(country={**WORLD, "enum": ["PT"]})


def test_a_country_that_is_none_is_refused_with_the_one_that_is_meant(made):
    """Where a rule asks for it."""
    with pytest.raises(InvalidPack, match="Did you mean 'GB'"):
        made(when={"country": "UK"})


def test_the_digest_covers_the_table(made, tmp_path):
    """Another table is another pack; its own table is kept to, and so is the one that was in use."""
    pack = made()
    assert pack.files[COUNTRIES_FILE] == known_countries()
    again = load_pack_files(pack.files, "kept")
    assert (again.digest, again.sets["near"].items) == (pack.digest, pack.sets["near"].items)

    table = json.loads(known_countries())
    table["countries"]["GB"][2] = "019"
    (tmp_path / COUNTRIES_FILE).write_text(json.dumps(table))
    moved = load_pack(tmp_path)
    assert moved.digest != pack.digest
    assert "GB" not in moved.sets["near"].items


def test_a_pack_without_countries_has_no_table(made):
    """Its digest is as it was."""
    pack = made({"near": ["PT"]}, {"type": "string"})
    assert COUNTRIES_FILE not in pack.files


def test_a_table_that_is_none_is_told(made, tmp_path):
    """And the other one is not taken in silence."""
    (tmp_path / COUNTRIES_FILE).write_text("[]")
    with pytest.raises(InvalidPack, match="the table of countries can't be read"):
        made()
