"""Findings noted while a file is read, each at its value's place or its key's."""

from __future__ import annotations

from service.written.findings import Finding, Place
from service.written.reporter import Reporter
from service.written.yaml_source import yaml_source


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
