"""The files of decisions: what each gives, when it applies, its notes; listed, and read with one another's names."""

from __future__ import annotations

import pytest

from service.model.conditions import ALWAYS
from service.pack.loader import load_pack


def test_a_decision_without_parts_is_one_group(read_decision, findings):
    """The group has the decision's own id."""
    decision = read_decision("""\
        decision: fine
        asks: What does it cost?
        gives: {level: [low, high]}
        rules:
          - {rule: fine.high, says: High., cites: [a, b], when: {loan.days: 3}, then: {level: high}, outranks: all}
          - {rule: fine.low, says: Low., cites: a, then: {level: low}}
        """)
    (group,) = decision.parts
    assert (group.id, group.policy, group.gives) == ("fine", "unique", ("level",))
    high, low = group.rules
    assert (high.cites, high.then, high.outranks) == (("a", "b"), {"level": "high"}, (1,))
    assert (low.when, low.outranks) == (ALWAYS, ())
    assert str(low.place) == "fine.yaml:6:6"
    assert findings == []


def test_applicability_and_notes_cite_and_ask(read_decision, findings):
    """A note may ask what the case left out; its decision's members it reads from inside."""
    decision = read_decision("""\
        decision: fine
        asks: What?
        applies_when: {says: If., cites: a, when: {loan.returned: true}}
        gives: {level: [low, high]}
        rules: [{rule: fine.low, says: Low., cites: a, then: {level: low}}]
        notes:
          - {note: fine.ask, says: Ask., cites: b, when: {loan.kind: {known: false}, fine.level: low}}
        retired:
          - {rule: fine.old, on: '2026-03-01', why: Merged.}
        """)
    assert findings == []
    assert decision.applies.id == "fine.applies"
    assert [(note.id, note.cites) for note in decision.notes] == [("fine.ask", ("b",))]
    assert [each.id for each in decision.retired] == ["fine.old"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rules: [{rule: fine.a, then: {level: low}}]", ("member_not_given", None)),
        (
            """\
            parts:
              - {part: fine.a, rules: [{rule: fine.x, then: {level: low, cost: 1}}]}
              - {part: fine.b, rules: [{rule: fine.y, then: {cost: 1}}]}
            """,
            ("given_twice", None),
        ),
    ],
)
def test_each_member_is_given_by_one_part(told, text, found):
    """Else it would be missing, or there would be two answers."""
    assert found in told(text)


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
        ("pack.yaml", "[fine, reply]", "[fine, rply]", {("unknown_decision", "reply")}),
        ("pack.yaml", "[fine, reply]", "[fine]", {("unlisted_decision", None)}),
        (FINE, "decision: fine", "decision: Fine", {("bad_form", None), ("misnamed_file", "fine")}),
    ],
)
def test_files_and_the_list_of_decisions_agree(refusal, file, old, new, found):
    """One without the other is a slip."""
    assert found <= {(each.code, each.nearest) for each in refusal(file, old, new)}


def test_names_of_a_decision_that_cannot_be_read_are_taken_on_trust(refusal):
    """The one finding is about the file itself."""
    assert [each.code for each in refusal(FINE, "decision: fine", "decision: [")] == ["syntax"]
