"""The rows of a decision table: each is a rule with an id made of its cells."""

from __future__ import annotations

from datetime import date

import pytest

from service.model.conditions import All
from service.model.conditions import Test as Leaf
from service.model.outcomes import Template
from service.model.pack import Group
from service.pack.tables import cell_text


def test_a_row_is_a_rule_with_an_id_made_of_its_cells(read_decision, findings):
    """A cell is a matcher or a value; `-` asks for nothing, and gives nothing."""
    decision = read_decision("""\
        decision: fine
        asks: What?
        gives: {level: [low, high], day: date}
        parts:
          - table: fine.level
            says: A {loan.kind} costs {level} or {fine.level}.
            cites: a
            hit_policy: first
            columns: {when: [loan.kind, loan.days], then: [level, day]}
            rows:
              - [book, {more_than: 3, not: 5}, high, '2026-01-01']
              - [[map, film], '-', low, {from: loan.lent_on}]
              - {cells: ['-', '-', low, '-'], says: Whatever., cites: b, interpretation: order}
        """)
    assert findings == []
    group = decision.parts[0]
    assert isinstance(group, Group)
    assert group.is_table
    first, second, third = group.rules
    assert [rule.id for rule in group.rules] == [
        "fine.level(book, more than 3 and not 5)",
        "fine.level(map or film, -)",
        "fine.level(-, -)",
    ]
    assert first.says == "A book costs high or high."
    assert first.then == {"level": "high", "day": date(2026, 1, 1)}
    assert second.when == Leaf("loan.kind", "one_of", ("map", "film"))
    assert isinstance(second.then["day"], Template)
    assert (third.says, third.cites, third.interpretations) == ("Whatever.", ("b",), ("order",))
    assert (third.when, third.then) == (All(()), {"level": "low"})


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("book", "book"),
        (True, "true"),
        (3, "3"),
        ([1, [2, 3]], "1 or 2 or 3"),
        ({"on_or_before": "today"}, "on or before today"),
        ({"known": False}, "known false"),
    ],
)
def test_a_cell_reads_as_a_person_would_say_it(cell, text):
    """Row ids stand in reasons and in cases."""
    assert cell_text(cell) == text


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("columns: {when: loan.kind, then: [level, cost]}\nrows: [[book, low]]", ("wrong_width", None)),
        ("columns: {when: loan.kind, then: [level, cost]}\nrows: [{cells: [book]}]", ("wrong_width", None)),
        ("columns: {when: loan.kid, then: [level, cost]}\nrows: [[book, low, 1]]", ("unknown_name", "loan.kind")),
        ("columns: {when: loan.kind, then: [levl, cost]}\nrows: [[book, low, 1]]", ("unknown_member", "level")),
        ("columns: {when: loan.kind, then: [level, cost]}\nrows: [[bok, low, 1]]", ("impossible_value", "book")),
        ("columns: {when: loan.kind, then: [level, cost]}\nrows: [[map, loww, 1]]", ("impossible_value", "low")),
        (
            "columns: {when: loan.known_on, then: [level, cost]}\nrows: [['2026-01-01', low, 1]]",
            ("lenient_in_condition", None),
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_found(told, table, found):
    """In its cell, with the nearest name or value that would be right."""
    assert found in told(table)
