"""The chosen readings put into effect, with every place still that of the written line."""

from __future__ import annotations

import textwrap

from service.pack.readings import resolve
from service.written.yaml_source import yaml_source

CHOICES = {"day-of-return": ("free", ("free", "counted")), "worst": ("worst", ("worst", "mildest"))}


def tree(text, choices=CHOICES):
    """Return the resolved tree of a file and what is wrong with its constructs."""
    resolved, findings = resolve(yaml_source(textwrap.dedent(text).encode(), "f"), choices)
    return resolved, [(str(each.place), each.code, each.nearest) for each in findings]


def test_a_value_is_that_of_the_chosen_reading():
    """Wherever it stands: in a mapping, a list, or within another choice."""
    found, wrong = tree("""\
        fine: {by_interpretation: day-of-return, free: 0, counted: 1}
        order:
          - by_interpretation: worst
            worst: {by_interpretation: day-of-return, free: low, counted: high}
            mildest: none
        """)
    assert found.data == {"fine": 0, "order": ["low"]}
    assert wrong == []


def test_an_element_is_there_only_under_its_reading():
    """The elements after it move up; their places do not."""
    found, wrong = tree("""\
        rules:
          - {rule: a, only_under: {day-of-return: counted}}
          - {rule: b, only_under: {day-of-return: [free, counted], worst: worst}}
          - {rule: c}
        """)
    assert found.data == {"rules": [{"rule": "b"}, {"rule": "c"}]}
    assert wrong == []
    assert str(found.place(("rules", 1, "rule"))) == "f:4:12"
    assert str(found.key_place(("rules", 0, "rule"))) == "f:3:6"


def test_a_place_in_a_chosen_branch_is_that_of_the_branch():
    """A finding about it leads to the line to change."""
    found, _ = tree("""\
        then:
          by_interpretation: day-of-return
          free: {level: low}
          counted: {level: high}
        """)
    assert str(found.place(("then", "level"))) == "f:3:17"
    assert str(found.place(("then", "nothing", "there"))) == "f:3:9"


def test_what_shaped_a_piece_is_remembered():
    """Its reasons name the interpretation, also where it dropped an element."""
    found, _ = tree("""\
        rules:
          - {rule: a, then: {by_interpretation: worst, worst: x, mildest: y}}
          - {rule: b, only_under: {day-of-return: counted}}
        """)
    assert found.interpretations(("rules", 0)) == ("worst",)
    assert found.interpretations(()) == ("worst", "day-of-return")
    assert found.interpretations(("notes",)) == ()


def test_a_reading_without_a_branch_is_found_whether_it_is_chosen_or_not():
    """Who chooses another reading later must not find a hole."""
    for reading, branch in (("counted", "free: 0"), ("free", "counted: 1")):
        found, wrong = tree(f"fine: {{by_interpretation: day-of-return, {branch}}}")
        assert wrong == [("f:1:7", "missing_reading", None)]
        assert found.data == {"fine": 0 if reading == "counted" else None}


def test_misspelt_interpretations_and_readings_are_found_with_their_nearest():
    """In a branch, in `only_under`, as a list."""
    _, wrong = tree("""\
        a: {by_interpretation: day-of-retrun, free: 0, counted: 1}
        b: {by_interpretation: worst, worst: 0, mildest: 1, mildst: 2}
        c:
          - {rule: a, only_under: {worst: [worst, mildset]}}
          - {rule: b, only_under: {wrost: worst}}
          - {rule: c, only_under: worst}
        """)
    assert wrong == [
        ("f:1:24", "unknown_interpretation", "day-of-return"),
        ("f:2:61", "unknown_reading", "mildest"),
        ("f:4:35", "unknown_reading", "mildest"),
        ("f:5:27", "unknown_interpretation", "worst"),
        ("f:6:27", "wrong_type", None),
    ]


def test_a_broken_element_is_taken_out_and_the_others_stay():
    """They can still be judged."""
    found, _ = tree("""\
        rules:
          - {rule: a, wen: 1}
          - {rule: b, when: {all: [{c: 1}, {d: 2}]}}
        """)
    found.take_out({found.key_place(("rules", 0, "wen")), found.place(("rules", 1, "when", "all", 1, "d"))})
    assert found.is_broken
    assert found.data == {"rules": [None, {"rule": "b", "when": {"all": [{"c": 1}, None]}}]}


def test_a_broken_place_outside_of_any_list_takes_nothing_out():
    """There is no element to leave out: readers then take the file as far as it goes."""
    found, _ = tree("decision: fine\nask: What?\nrules: [{rule: a}]")
    found.take_out({found.key_place(("ask",))})
    assert found.is_broken
    assert found.data == {"decision": "fine", "ask": "What?", "rules": [{"rule": "a"}]}
