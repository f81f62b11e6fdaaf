"""`pack.yaml`: what a pack is, when it is in force, and what `as_of` and `today` are in it."""

from __future__ import annotations

from datetime import date

import pytest

from service.pack.head import declare_moments, read_head
from service.pack.readings import resolve
from service.pack.vocabulary import Vocabulary, Word
from service.written.findings import Reporter
from service.written.yaml_source import yaml_source

WHOLE = """\
pack: small
version: '1.0.0'
title: A small pack
source: {document: House rules, date: '2026-01-01'}
facts_schema: ../facts.json
as_of: loan.asked_at
dates_in: Europe/Lisbon
in_force: {from: '2026-01-01', until: '2027-01-01'}
decisions: [fine, reply]
"""


@pytest.fixture
def read(findings):
    """Read the text of a `pack.yaml`; returns what it says and what notes findings about it."""

    def head(text):
        tree, _ = resolve(yaml_source(text.encode(), "pack.yaml"), {})
        notes = Reporter(tree, findings)
        return read_head(tree, notes), notes

    return head


def test_a_facts_schema_that_is_not_named_lies_beside_the_head(read, findings):
    """So a pack is one folder, whole."""
    head, _ = read(WHOLE.replace("facts_schema: ../facts.json\n", ""))
    assert head.facts_schema == "facts.schema.json"
    assert findings == []


def test_the_head_says_what_the_pack_is(read, findings):
    """Days are days, the first in force and the first no longer."""
    head, _ = read(WHOLE)
    assert (head.id, head.version, head.decisions) == ("small", "1.0.0", ("fine", "reply"))
    assert head.source == {"document": "House rules", "date": "2026-01-01"}
    assert (head.in_force_from, head.in_force_until) == (date(2026, 1, 1), date(2027, 1, 1))
    assert findings == []


def test_a_pack_may_be_in_force_without_end(read, findings):
    """And say nothing of dates at all."""
    head, _ = read("pack: small\nversion: '1.0.0'\ndecisions: [fine]\n")
    assert (head.in_force_from, head.in_force_until, head.as_of_fact, head.dates_in) == (None, None, None, None)
    assert findings == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("'2026-01-01', until", "'2026-02-30', until", "pack.yaml:8:18"),
        ("'2027-01-01'", "'2026-01-01'", "pack.yaml:8:39"),
    ],
)
def test_an_end_of_force_is_a_day_after_the_beginning(read, findings, old, new, place):
    """Else the pack would never decide anything."""
    read(WHOLE.replace(old, new))
    assert [(str(each.place), each.code) for each in findings] == [(place, "bad_date")]


def test_today_is_a_word_where_dates_have_a_zone(read, words, findings):
    """Without one, no day could be told."""
    head, notes = read(WHOLE)
    declare_moments(head, words, notes)
    assert (words.word("as_of").type, words.word("today").type) == ("instant", "date")
    assert findings == []
    without = Vocabulary()
    head, notes = read("pack: small\n")
    declare_moments(head, without, notes)
    assert (without.word("as_of").type, without.word("today")) == ("instant", None)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("loan.asked_at", "loan.asked_on"), ("unknown_name", "loan.asked_at")),
        (("loan.asked_at", "loan.lent_on"), ("unknown_name", "loan.lent_on")),
        (("loan.asked_at", "member.born_at"), ("personal_as_of", None)),
        (("Europe/Lisbon", "Europe/Lisbn"), ("unknown_zone", "Europe/Lisbon")),
    ],
)
def test_as_of_is_an_instant_fact_and_dates_are_in_a_zone(read, words, findings, change, found):
    """Both with the nearest name that would be right."""
    head, notes = read(WHOLE.replace(*change))
    declare_moments(head, words, notes)
    assert [(each.code, each.nearest) for each in findings] == [found]


@pytest.mark.parametrize("nullable", [False, True])
def test_as_of_can_be_none_where_the_fact_can_that_it_defaults_to(read, nullable):
    """And so can the day that it is on."""
    head, notes = read(WHOLE)
    vocabulary = Vocabulary()
    vocabulary.words["loan.asked_at"] = Word("loan.asked_at", "instant", nullable=nullable)
    declare_moments(head, vocabulary, notes)
    assert [vocabulary.words[name].nullable for name in ("as_of", "today")] == [nullable, nullable]
