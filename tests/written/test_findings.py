"""Findings: sorted by place, told as text and JSON, and noted each at its value's place or its key's."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.written.findings import Finding, InvalidPack, Place, Reporter
from service.written.yaml_source import yaml_source

PLACE = Place("decisions/fine.yaml", 12, 5)
MISSPELT = Finding(PLACE, "unknown_key", "rule fine.overdue: unknown key 'whne'. Did you mean 'when'?", "when")


def test_a_finding_reads_as_editors_and_terminals_jump_to_it():
    """file:line:column at the start of the line is what they look for."""
    assert str(MISSPELT) == f"decisions/fine.yaml:12:5: {MISSPELT.message}"


def test_a_finding_as_json_has_its_place_in_members():
    """Programs should not take a text apart."""
    assert MISSPELT.as_json() == {
        "file": "decisions/fine.yaml",
        "line": 12,
        "column": 5,
        "severity": "error",
        "code": "unknown_key",
        "message": MISSPELT.message,
        "nearest": "when",
    }


def test_json_has_no_nearest_name_where_there_is_none():
    """A member that is left out says so more clearly than null."""
    warning = Finding(PLACE, "unused", "clause fines: nothing cites it", severity="warning")
    assert "nearest" not in warning.as_json()
    assert warning.as_json()["severity"] == "warning"


def test_findings_sort_by_file_then_line_then_column_as_numbers():
    """Line 9 comes before line 10."""
    places = [Place("b", 1, 1), Place("a", 10, 1), Place("a", 9, 20), Place("a", 9, 3)]
    findings = [Finding(place, "code", "message") for place in places]
    assert [str(each.place) for each in sorted(findings)] == ["a:9:3", "a:9:20", "a:10:1", "b:1:1"]


findings = st.builds(
    Finding,
    st.builds(Place, st.sampled_from("ab"), st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["this", "that"]),
    st.none() | st.sampled_from(["here", "there"]),
)


@given(st.lists(findings, max_size=6))
def test_a_refused_pack_tells_every_finding_in_order_and_survives_pickling(found):
    """Nothing is told by halves, and bulk work sends the exception from one process to another."""
    refused = pickle.loads(pickle.dumps(InvalidPack(found)))
    assert list(refused.findings) == sorted(found)
    assert str(refused).splitlines() == [str(each) for each in refused.findings]


def test_a_finding_cannot_be_changed():
    """It is handed to whoever asks."""
    with pytest.raises(AttributeError):
        MISSPELT.message = "all is well"  # type: ignore[misc]


def test_a_finding_is_placed_at_the_value_or_at_the_key():
    """An editor jumps to what has to be changed."""
    findings: list[Finding] = []
    report = Reporter(yaml_source(b"rules:\n  - {wen: 1}\n", "f"), findings)
    report.at(("rules", 0, "wen"), "wrong_type", "no")
    report.at_key(("rules", 0, "wen"), "unknown_key", "unknown", "when")
    report.at(("rules", 0, "then", "level"), "missing_key", "needs it")
    assert [(each.code, each.place) for each in findings] == [
        ("wrong_type", Place("f", 2, 11)),
        ("unknown_key", Place("f", 2, 6)),
        ("missing_key", Place("f", 2, 5)),
    ]
    assert findings[1].message == "unknown. Did you mean 'when'?"


def test_the_files_of_a_pack_share_one_list():
    """All that is wrong is told at once."""
    findings: list[Finding] = []
    for file in ("a", "b"):
        Reporter(yaml_source(b"x: 1", file), findings).at(("x",), "wrong_type", "no")
    assert [each.place.file for each in findings] == ["a", "b"]
