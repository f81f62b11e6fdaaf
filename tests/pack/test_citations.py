"""What only the whole pack can show: ids, citations, and what nothing carries."""

from __future__ import annotations

import pytest

from service.pack.loader import load_pack

FINE = "decisions/fine.yaml"
REPLY = "decisions/reply.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        (FINE, "note: fine.letter", "note: fine.late", [("duplicate_id", 13), ("duplicate_id", 18)]),
        (REPLY, "clock: reply.clock", "clock: reply.target", [("duplicate_id", 13)]),
        (REPLY, "table: reply.target", "table: answer.target", [("misplaced_id", line) for line in (5, 10, 11, 12)]),
        (
            FINE,
            "notes:",
            "retired: [{rule: fine.late, on: '2026-01-01', why: Gone.}]\nnotes:",
            [("retired_id", 13)],
        ),
        (
            REPLY,
            "parts:",
            "retired: [{rule: fine.letter, on: '2026-01-01', why: Gone.}]\nparts:",
            [("retired_id", 18)],
        ),
    ],
)
def test_an_id_is_used_once_and_for_ever_and_leads_to_its_place(refusal, file, old, new, found):
    """Also across files, and across rules, rows, clocks and notes."""
    codes = {code for code, _ in found}
    assert [(each.code, each.place.line) for each in refusal(file, old, new) if each.code in codes] == found


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (REPLY, "    cites: replies\n    hit_policy", "    hit_policy"),
        (FINE, "    cites: fines\n    when: {fine", "    when: {fine"),
    ],
)
def test_what_decides_cites_its_clause(refusal, file, old, new):
    """A table cites for all of its rows; a note too says where it is written."""
    assert {each.code for each in refusal(file, old, new)} & {"no_citation", "missing_key"}


@pytest.mark.parametrize("where", ["rule", "decision", "part", "derived", "interpretation"])
def test_a_clause_is_carried_wherever_it_is_cited(write, refusal, where):
    """Also by the decision or part that carries it as a whole."""
    clause = "  - {clause: quiet, heading: H, place: P, text: Be quiet.}\n"
    assert [each.code for each in refusal("clauses.yaml", "clauses:\n", "clauses:\n" + clause)] == ["uncarried_clause"]
    folder = write(
        *{
            "rule": (FINE, "cites: fines\n    interp", "cites: [fines, quiet]\n    interp"),
            "decision": (FINE, "asks: What", "cites: quiet\nasks: What"),
            "part": (REPLY, "cites: replies\n    hit", "cites: [replies, quiet]\n    hit"),
            "derived": ("facts.yaml", "cites: fines", "cites: [fines, quiet]"),
            "interpretation": ("interpretations.yaml", "cites: fines", "cites: [fines, quiet]"),
        }[where]
    )
    path = folder / "clauses.yaml"
    path.write_text(path.read_text() + clause)
    assert "quiet" in load_pack(folder).clauses


def test_an_interpretation_that_nothing_rests_on_is_found(refusal):
    """A choice without effect misleads; a construct that it shapes is a use."""
    unused = refusal(FINE, "    interpretation: day-of-return\n", "")
    assert [(each.code, each.place.line) for each in unused] == [("unused_interpretation", 2)]
    shaped = "by_interpretation: day-of-return, free: low, counted: high"
    old = "    interpretation: day-of-return\n    when: {loan.days_late: {more_than: most}}\n    then: {level: high}"
    new = f"    when: {{loan.days_late: {{more_than: most}}}}\n    then: {{level: {{{shaped}}}}}"
    assert [each.code for each in refusal(FINE, old, new)] == []


@pytest.mark.parametrize("cites", [True, False])
def test_a_rule_that_uses_a_value_by_a_reading_names_the_interpretation(write, cites):
    """Else its answers rest on a choice that they do not tell."""
    chosen = "most: {by_interpretation: day-of-return, free: 30, counted: 29}"
    folder = write("facts.yaml", "most: 30", chosen)
    if not cites:
        fine = folder / "decisions" / "fine.yaml"
        fine.write_text(fine.read_text().replace("    interpretation: day-of-return\n", ""))
    found = load_pack(folder).warnings
    assert [(each.code, each.severity) for each in found] == ([] if cites else [("uncited_reading", "warning")])
    assert all("fine.long-late uses 'most'" in each.message for each in found)


def test_a_renamed_clause_is_told_once_at_the_clause(refusal):
    """Not at each place that cites it, and not as one that nothing cites."""
    (finding,) = refusal("clauses.yaml", "clause: fines", "clause: fines-for-delay")
    assert finding.place.file.endswith("clauses.yaml")
    assert finding.message == (
        "clause fines-for-delay: nothing cites it, and 7 places cite 'fines', which is not there: "
        "let both have one id, and an id is for ever. Did you mean 'fines'?"
    )


def test_a_clause_that_is_gone_is_told_once_at_the_first_that_cites_it(refusal):
    """With how many more there are."""
    (finding,) = refusal(
        "clauses.yaml", "  - {clause: fines, heading: Fines, place: paragraph 1, text: Late items cost a fine.}\n", ""
    )
    assert finding.message == "rule fine.long-late cites clause 'fines', which is not there, as do 6 others"
