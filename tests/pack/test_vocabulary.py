"""The words of a pack: what is known of a name, and what a literal is as a value of a type."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from service.facts.schema import FactsSchema
from service.pack.vocabulary import ANY, Vocabulary, Word, it_is, literal, type_name

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "loan": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "kind": {"type": "string", "enum": ["book", "map"]},
                "returned": {"type": "boolean"},
                "returned_on": {"type": "string", "format": "date", "x-absent": "none"},
                "parts": {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": ["disc"]}},
            },
        },
        "reservation": {
            "type": "object",
            "x-subject": True,
            "additionalProperties": False,
            "properties": {"urgency": {"type": "integer"}},
        },
    },
}


@pytest.fixture
def words():
    """Declare the facts of a loan and, where there is one, its reservation."""
    vocabulary = Vocabulary()
    vocabulary.add_facts(FactsSchema.from_document(SCHEMA))
    return vocabulary


def test_a_fact_is_known_with_its_choices(words):
    """A list has choices for its items, a boolean has two."""
    assert words.word("loan.kind") == Word("loan.kind", "string", choices=("book", "map"))
    assert words.word("loan.parts") == Word("loan.parts", "list", items=("disc",))
    assert words.word("loan.returned").choices == (True, False)


def test_a_subject_and_what_lies_below_it_can_be_none(words):
    """A case may do without the whole of it; a fact may be marked alone."""
    nullable = {name for name, word in words.words.items() if word.nullable}
    assert nullable == {"reservation", "reservation.urgency", "loan.returned_on"}
    assert words.word("reservation").type == "subject"


def test_a_name_that_nothing_declares_is_no_word_but_has_a_nearest(words):
    """Sets and values may be meant too, where they fit."""
    assert words.word("loan.kid") is None
    assert words.closest("loan.kid") == "loan.kind"
    assert words.closest("flt", also=["flat"]) == "flat"
    assert words.closest("nothing like it") is None


def test_a_name_below_what_could_not_be_read_is_taken_on_trust(words):
    """One broken file must not make findings in all that read it."""
    words.broken.add("fine")
    assert words.word("fine.level") == Word("fine.level", ANY, nullable=True)
    assert words.word("fee.level") is None
    words.lacks_facts = True
    assert words.word("fee.level").type == ANY


@pytest.mark.parametrize(
    ("written", "type_", "value"),
    [
        ("2026-01-31", "date", date(2026, 1, 31)),
        ("2026-01-31T09:00:00Z", "instant", datetime(2026, 1, 31, 9, tzinfo=UTC)),
        (3, "integer", 3),
        (3, "number", 3),
        (0.5, "number", 0.5),
        (True, "boolean", True),
        ("book", "string", "book"),
        ([1], "list", [1]),
        ("whatever", ANY, "whatever"),
    ],
)
def test_a_literal_is_a_value_of_its_type(written, type_, value):
    """Dates and instants stop being text here."""
    assert literal(written, type_) == value


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("2026-02-30", "date"),
        (20260131, "date"),
        ("2026-01-31T09:00:00", "instant"),
        (0.5, "integer"),
        (True, "integer"),
        (True, "number"),
        (1, "boolean"),
        ("1", "integer"),
        (1, "string"),
    ],
)
def test_a_literal_of_another_type_is_refused(written, type_):
    """True is no 1, and text is no number."""
    with pytest.raises(ValueError, match="is n"):
        literal(written, type_)


def test_types_have_the_language_s_names():
    """A policy owner has never heard of str and dict."""
    values = [True, 1, 0.5, "x", [], {}]
    assert [type_name(each) for each in values] == ["boolean", "integer", "number", "string", "list", "mapping"]


def test_of_many_choices_those_are_told_that_begin_like_what_stands_there():
    """All of hundreds would be read by nobody."""
    choices = [f"{one}{other}" for one in "ab" for other in "cdefgh"]
    assert it_is(choices[:2], written="x") == "; it is one of ac, ad"
    assert it_is(choices, written="ax") == "; those that begin like it are 'ac', 'ad', 'ae', 'af', 'ag', 'ah'"
    assert it_is(choices, written="acc") == "; 'ac' begins like it"
    assert [it_is(choices, written=each) for each in ("x", "AC", 3)] == ["", "", ""]
