"""Fingerprints written into a text: where they lack, in the way that the file is written, and nothing else."""

from __future__ import annotations

import pytest

from service.pack.fingerprint_filling import with_fingerprints
from service.pack.fingerprints import fingerprint

SOURCE = "Late items cost a fine.\nQuestions are answered.\n"
FIRST, BOTH = fingerprint("Late items cost a fine."), fingerprint(SOURCE)


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("source: {lines: '1'}", f"source: {{lines: '1', sha256: {FIRST}}}"),
        ('source: { lines: "1-2" }  # all', f'source: {{ lines: "1-2", sha256: {BOTH} }}  # all'),
        (
            "source:\n      lines: '1-2'\n    text: A.",
            f"source:\n      lines: '1-2'\n      sha256: {BOTH}\n    text: A.",
        ),
        ("source:\r\n      lines: '1'\r\n", f"source:\r\n      lines: '1'\r\n      sha256: {FIRST}\r\n"),
    ],
)
def test_a_fingerprint_stands_behind_the_lines(written, filled):
    """Comments, quotes and line ends are the author's."""
    before = "clauses:\n  - clause: a\n    "
    assert with_fingerprints(before + written, SOURCE) == (before + filled, 1)
    assert with_fingerprints(before + filled, SOURCE) == (before + filled, 0)


@pytest.mark.parametrize("written", ["clauses: 3", "clauses: [", "clauses: [{clause: a}]", "- 1", ""])
def test_a_file_without_lines_stays_as_it_is(written):
    """Whatever else is wrong with it: a check tells that."""
    assert with_fingerprints(written, SOURCE) == (written, 0)


def test_lines_that_the_document_lacks_are_told():
    """With the clause that names them."""
    with pytest.raises(ValueError, match="clause a: there are no lines 2 to 3 in a text of 2 lines"):
        with_fingerprints("clauses: [{clause: a, source: {lines: '2-3'}}]", SOURCE)
