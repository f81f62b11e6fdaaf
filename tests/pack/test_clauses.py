"""`clauses.yaml`: the source, clause by clause in its own order."""

from __future__ import annotations

from service.model.pack import Clause
from service.pack.clauses import read_clauses
from service.pack.readings import resolve
from service.written.findings import Place, Reporter
from service.written.yaml_source import yaml_source

TEXT = """\
clauses:
  - {clause: fines, heading: Fines, place: paragraph 1, text: Late., source: {lines: '14-15', sha256: abc}}
  - {clause: quiet, heading: Manners, text: Be quiet., not_decidable: No case says how loud.}
"""


def read(text, findings):
    """Read the text of the file."""
    tree, _ = resolve(yaml_source(text.encode(), "f"), {})
    return read_clauses(tree, Reporter(tree, findings))


def test_a_clause_has_its_place_and_the_fingerprint_of_its_passage(findings):
    """What it lacks is empty, or none."""
    assert list(read(TEXT, findings).values()) == [
        Clause("fines", "Fines", "paragraph 1", "Late.", "14-15", "abc", None, Place("f", 2, 5)),
        Clause("quiet", "Manners", "", "Be quiet.", None, None, "No case says how loud.", Place("f", 3, 5)),
    ]
    assert findings == []


def test_a_clause_that_stands_twice_is_found_at_the_second(findings):
    """Rules could not say which they mean."""
    read(TEXT.replace("quiet,", "fines,"), findings)
    assert [(str(each.place), each.code) for each in findings] == [("f:3:14", "duplicate_id")]
