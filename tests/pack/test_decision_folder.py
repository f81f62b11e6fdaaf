"""The files of `decisions/` together: listed, named after what is in them, and read with one another's names."""

from __future__ import annotations

import pytest

from service.pack.loader import load_pack

FINE = "decisions/fine.yaml"


def test_a_copy_of_a_copy_has_the_type_of_what_was_copied_first(write):
    """In whatever order the files are read."""
    folder = write(FINE, "gives: {level: [low, high]}", "gives: {level: [low, high], late: {from: reply.late}}")
    path = folder / "decisions" / "reply.yaml"
    path.write_text(path.read_text().replace("gives: {amount", "gives: {late: {from: loan.days_late}, amount"))
    path.write_text(path.read_text().replace("[loan.kind, fine.level]", "[loan.kind, loan.days_late]"))
    path.write_text(path.read_text().replace("book, low, 1", "book, 1, 1").replace("book, high, 2", "book, 2, 2"))
    assert load_pack(folder).types["fine.late"] == "integer"


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("pack.yaml", "[fine, reply]", "[fine, rply]", {("unknown_decision", "reply"), ("unlisted_decision", None)}),
        (FINE, "decision: fine", "decision: Fine", {("bad_form", None), ("misnamed_file", "fine")}),
    ],
)
def test_files_and_the_list_of_decisions_agree(refusal, file, old, new, found):
    """One without the other is a slip."""
    assert found <= {(each.code, each.nearest) for each in refusal(file, old, new)}


def test_names_of_a_decision_that_cannot_be_read_are_taken_on_trust(refusal):
    """The one finding is about the file itself."""
    assert [each.code for each in refusal(FINE, "decision: fine", "decision: [")] == ["syntax"]
