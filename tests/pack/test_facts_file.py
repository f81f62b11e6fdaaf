"""`facts.yaml`: named values and sets, and the derived facts in an order in which they can be worked out."""

from __future__ import annotations

import textwrap

import orjson
import pytest

from service.decision.policy import Policy
from service.facts.countries import countries_of, known_countries
from service.pack.facts_file import FactsFile, add_values, named_sets
from service.pack.readings import resolve
from service.written.findings import Reporter
from service.written.yaml_source import yaml_source
from tests.analysis.small_packs import load, rules


@pytest.fixture
def read(words, findings):
    """Read the text of a `facts.yaml` beside the words that there are."""

    def facts(text):
        tree, _ = resolve(yaml_source(textwrap.dedent(text).encode(), "f"), {})
        report = Reporter(tree, findings)
        add_values(tree, words, named_sets(tree, report, lambda: countries_of(known_countries())))
        file = FactsFile(tree, Reporter(tree, findings), words, frozenset(words.words) - {"today", "fine.level"})
        file.declare()
        return file.read({}, lambda: None)

    return facts


def test_values_and_sets_are_words_of_their_own(read, words):
    """A set of one is written as the one; what can be in no set is left to the structure's findings."""
    read("values: {short: {days: 7}}\nsets: {quiet: [map, film], one: map, odd: [map, {a: 1}, [2]]}\n")
    assert words.values["short"] == {"days": 7}
    assert (words.sets["quiet"], words.sets["one"], words.sets["odd"]) == (("map", "film"), ("map",), ("map",))


def test_derived_facts_stand_after_those_that_they_read(read, findings):
    """Whatever order they are written in, also where a condition reads."""
    found = read("""\
        derived:
          - {fact: loan.is_late, when: {loan.due_on: {before: today}}}
          - {fact: loan.due_on, date: loan.first_on, plus: {days: 7}}
          - {fact: loan.first_on, earliest: [loan.lent_on, today]}
        """)
    assert list(found) == ["loan.first_on", "loan.due_on", "loan.is_late"]
    assert findings == []


@pytest.mark.parametrize("name", ["loan.kind", "fine.level", "today", "as_of", "loan.twice"])
def test_a_name_means_one_thing(read, findings, name):
    """A fact, a member, a moment, and another derived fact have it first."""
    read(f"derived:\n  - {{fact: loan.twice, count: loan.parts}}\n  - {{fact: {name}, count: loan.parts}}\n")
    assert [(str(each.place), each.code) for each in findings] == [("f:3:12", "duplicate_id")]


def test_derived_facts_that_read_each_other_are_a_circle(read, findings):
    """Nothing can be worked out then."""
    found = read("derived:\n  - {fact: a, date: b, plus: period}\n  - {fact: b, date: a, plus: period}\n")
    assert found == {}
    assert [each.code for each in findings] == ["circle"]
    assert "a → b → a" in findings[0].message


def test_a_misspelt_key_within_a_list_of_numbers_is_one_finding(refusal):
    """What stood there is taken out; nobody wrote a name 'None'."""
    (found,) = refusal("facts.yaml", "quotient: [loan.days_late, 7]", "sum: [{of: loan.days_late, time: 3}]")
    assert (found.code, found.nearest) == ("unknown_key", "times")


def copying(name, source):
    """Return a decision whose one member copies a name."""
    return {"decision": name, "gives": {"on": {"from": source}}}


def test_what_rests_on_copies_of_copies_has_their_type(tmp_path):
    """However long the way, over derived facts and decisions in any order: a text compared with it is a date."""
    is_early = {
        "decision": "early",
        "gives": {"it": "boolean"},
        "rules": rules(
            "early",
            ({"a": {"before": "2026-03-20"}}, {"it": True}),
            ({"a": {"on_or_after": "2026-03-20"}}, {"it": False}),
        ),
    }
    copies = [copying("d1", "d2.on"), copying("d2", "d3.on"), copying("d3", "d4.on"), copying("d4", "b")]
    derived = [{"fact": "a", "date": "d1.on", "plus": {"weeks": 1}}, {"fact": "b", "date": "on", "plus": {"days": 1}}]
    pack = load(tmp_path, {"on": {"type": "string", "format": "date"}}, is_early, *copies, derived=derived)
    said = [
        orjson.loads(Policy(pack).decide(pack.facts.read({"on": day}), ("early",))["early"])["outcome"]
        for day in ("2026-03-11", "2026-03-12")
    ]
    assert (pack.types["a"], said) == ("date", [{"it": True}, {"it": False}])
