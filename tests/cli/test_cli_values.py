"""Values in words."""

import doctest
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cli import values
from service.cli.values import described, in_words, member_lines, printable
from service.facts.in_words import allowed
from service.facts.schema import FactsSchema

SCALARS = st.none() | st.booleans() | st.integers() | st.text(min_size=1)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner, max_size=3)
)


def test_the_examples_in_the_docstrings_hold():
    """They are the reference."""
    failed, run = doctest.testmod(values)
    assert (failed, run > 0) == (0, True)


@given(JSON)
def test_a_value_is_one_line(value):
    """It stands in a line of its own, whatever it is."""
    assert in_words(value)
    assert len(in_words(value).splitlines()) == 1


@given(st.text())
def test_a_terminal_obeys_nothing_that_is_shown(text):
    """A fact comes from anywhere; no part of it may clear the screen or turn the writing direction."""
    assert not any(unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for each in printable(text))


@given(st.dictionaries(st.text("ab", min_size=1), JSON, max_size=4))
def test_no_text_of_an_outcome_is_lost(outcome):
    """Every scalar in it is shown."""
    shown = json.dumps(member_lines(outcome))

    def scalars(value):
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return [value] if inside is None else [each for inner in inside for each in scalars(inner)]

    assert all(json.dumps(in_words(each))[1:-1] in shown for each in scalars(outcome))


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "boolean"}, "true or false"),
        ({"type": "string", "enum": ["book", "map"]}, "one of book, map"),
        (
            {"type": "string", "enum": [f"k{n}" for n in range(40)]},
            "one of k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11 and 28 more",
        ),
        ({"type": "string", "format": "date"}, "a date such as 2026-01-31"),
        ({"type": "string", "format": "date-time"}, "an instant such as 2026-01-31T09:00:00Z"),
        ({"type": "string"}, "text"),
        ({"type": "string", "minLength": 1, "maxLength": 64}, "text of 1 to 64 characters"),
        ({"type": "integer", "minimum": 0}, "a whole number, at least 0"),
        ({"type": "integer", "minimum": 1, "maximum": 4}, "a whole number from 1 to 4"),
        ({"type": "number", "maximum": 50}, "a number, at most 50"),
        ({"type": "number"}, "a number"),
        ({"type": "integer", "enum": [1, 2]}, "one of 1, 2"),
        ({"type": "array", "items": {"type": "string"}}, "a list of strings"),
        (
            {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": ["a", "b"]}},
            "a list of any of a, b",
        ),
    ],
)
def test_what_a_fact_can_be_is_said_in_words(schema, told):
    """For each kind of fact."""
    facts = FactsSchema.from_document(
        {"type": "object", "additionalProperties": False, "properties": {"x": {**schema, "description": "An x."}}}
    )
    assert allowed(facts.facts["x"]) == told
    assert described(facts, "x") == "An x."
    assert described(facts, "y") == ""
