"""A fact is asked for in words that its schema has."""

import json
from pathlib import Path

import pytest

from service.facts.in_words import allowed, question
from service.facts.schema import FactsSchema

FIXTURES = Path(__file__).parents[1] / "fixtures"
LOANS = FactsSchema.from_document(json.loads((FIXTURES / "packs" / "library-loans" / "facts.schema.json").read_bytes()))


def spec_of(document):
    """Return the declaration of a fact `x`."""
    return FactsSchema.from_document({"type": "object", "properties": {"x": document}}).facts["x"]


@pytest.mark.parametrize(
    ("fact", "asked"),
    [
        ("loan.kind", "What is loan.kind? What is lent. One of book, map, film."),
        ("loan.returned", "Is it so: loan.returned? Whether the item has come back. True or false."),
        ("loan.lent_on", "On which day is loan.lent_on? The first day of the loan. A date such as 2026-01-31."),
        (
            "loan.returned_on",
            (
                "On which day is loan.returned_on? The day on which the item came back; none while it is out. "
                "A date such as 2026-01-31. Leave it out where there is none."
            ),
        ),
        (
            "loan.overdue",
            (
                "Is it so: loan.overdue? Whether a reminder has been sent. True or false. "
                "Left out, it is taken to be false."
            ),
        ),
        (
            "loan.parts",
            "Which are loan.parts? The parts that came back. A list of any of cover, booklet, disc, insert.",
        ),
        (
            "loan.pauses",
            (
                "When are loan.pauses? Periods in which the loan did not run. "
                "A list of periods, each from an instant to another."
            ),
        ),
        (
            "member.fees",
            (
                "Which are member.fees? Fees that are still to be paid, the oldest first. "
                "A list of numbers, at least 0. Left out, it is taken to be empty."
            ),
        ),
    ],
)
def test_a_person_can_be_asked_for_a_fact(fact, asked):
    """In whole sentences, of what the schema says of it."""
    assert question(LOANS.facts[fact]) == asked


def test_every_fact_can_be_asked_for():
    """Each in one line that names it and ends."""
    for path, spec in LOANS.facts.items():
        told = question(spec)
        assert path in told.split("?")[0]
        assert told.endswith(".")
        assert "\n" not in told


def test_a_title_is_what_people_call_a_fact():
    """The dotted name stays, for whoever writes the case down."""
    spec = spec_of({"type": "number", "title": "Weight of the item", "minimum": 0.5})

    assert question(spec) == "What is Weight of the item (x)? A number, at least 0.5."


def test_a_default_is_told_as_it_is_written():
    """An intake clerk sees what silence would mean."""
    spec = spec_of({"type": "array", "items": {"type": "string"}, "default": ["a", "b"]})

    assert question(spec).endswith("Left out, it is taken to be a, b.")
    assert question(spec_of({"type": "integer", "default": 2})).endswith("Left out, it is taken to be 2.")


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"type": "number", "enum": [0.5, 2.0]}, "one of 0.5, 2"),
        ({"type": "array", "items": {"type": "integer"}}, "a list of whole numbers"),
        ({"type": "array", "items": {"type": "number", "maximum": 2.5}}, "a list of numbers, at most 2.5"),
        ({"type": "string", "minLength": 3}, "text of at least 3 characters"),
        ({"type": "string", "maxLength": 1}, "text of at most 1 character"),
        ({"type": "string", "enum": ["a"]}, "a"),
    ],
)
def test_what_a_fact_may_be_is_told_as_it_is_written(document, told):
    """Numbers as in JSON, and no bound that there is not."""
    assert allowed(spec_of(document)) == told
