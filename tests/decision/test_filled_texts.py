"""Texts with names in braces: filled from the case, and open while what fills them is."""

import json

import pytest

from service.decision.policy import Policy
from service.decision.proving import prove
from service.written.findings import InvalidPack
from tests.analysis.small_packs import load, rules

FACTS = {
    "name": {"type": "string"},
    "days": {"type": "integer", "minimum": 0, "maximum": 9},
    "due_on": {"type": "string", "format": "date"},
}
AMOUNT = {
    "part": "letter.amount",
    "rules": rules("letter", ({"days": {"less_than": 5}}, {"amount": 1}), ({"days": {"at_least": 5}}, {"amount": 4})),
}
TEXT = {
    "part": "letter.text",
    "rules": [
        {"rule": "letter.written", "says": "So.", "cites": "c", "then": {"text": "{name} pays {amount} by {due_on}."}}
    ],
}
LETTER = {"decision": "letter", "cites": "c", "gives": {"amount": "integer", "text": "string"}, "parts": [AMOUNT, TEXT]}


@pytest.fixture
def told(tmp_path):
    """Return what is decided of facts: the status, the outcome and what it needs."""
    pack = load(tmp_path, FACTS, LETTER)
    assert (prove(pack).findings, prove(pack).unsettled) == ((), ())

    def of(**facts):
        letter = json.loads(Policy(pack).decide(pack.facts.read(facts))["letter"])
        assert "exact" not in letter
        return letter["status"], letter["outcome"], letter["needs"]

    return of


def test_a_text_is_filled_from_facts_and_members(told):
    """Members of its own decision go by their path alone."""
    outcome = {"amount": 4, "text": "Ada pays 4 by 2026-01-31."}
    assert told(name="Ada", days=7, due_on="2026-01-31") == ("decided", outcome, [])


@pytest.mark.parametrize(
    ("facts", "needs"),
    [
        ({"name": "Ada", "days": 7}, ["due_on"]),
        ({"days": 7, "due_on": "2026-01-31"}, ["name"]),
        ({"name": "Ada", "due_on": "2026-01-31"}, ["days"]),
        ({}, ["name", "days", "due_on"]),
    ],
)
def test_what_fills_a_text_is_asked_for(told, facts, needs):
    """Each fact that could make another text of it, and no other."""
    status, outcome, asked = told(**facts)
    assert (status, outcome, sorted(asked)) == ("undecided", None, sorted(needs))


def test_a_text_that_is_filled_is_read_by_no_condition(tmp_path):
    """Nor is what copies it."""
    copying = {**LETTER, "gives": {**LETTER["gives"], "again": {"from": "letter.text"}}}
    reading = {"decision": "late", "cites": "c", "gives": {"so": "boolean"}}
    reading["rules"] = rules("late", ({"letter.again": "x"}, {"so": True}))
    with pytest.raises(InvalidPack) as refused:
        load(tmp_path, FACTS, copying, reading)
    assert [each.code for each in refused.value.findings] == ["filled_text"]
