"""What the pack language's page says of sets of countries is so: its examples are read."""

import re
from pathlib import Path

import pytest
import yaml

from service.facts.countries import countries_of, known_countries
from service.pack.country_sets import WHICH, country_set
from service.written.findings import InvalidPack, Place, Reporter

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = [
    each
    for text in re.findall(r"^```yaml\n(- {set: .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for each in yaml.safe_load(text)
]


class _Nowhere:
    """Places of what stands in no file."""

    def place(self, path):
        return Place(".".join(map(str, path)), 1, 1)

    key_place = place


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_set_has_what_the_page_says(example):
    """Or is refused with these words."""
    findings = []
    found = country_set(example["set"], countries_of(known_countries()), Reporter(_Nowhere(), findings), ())
    if "refused" in example:
        assert example["refused"] in str(InvalidPack(findings))
        return
    assert findings == []
    assert set(example["has"]) <= set(found)
    assert set(example["lacks"]).isdisjoint(found)


def test_the_page_has_its_examples():
    """And names each key."""
    assert len(EXAMPLES) == 6
    assert all(f"{key}:" in PAGE for key in WHICH)
