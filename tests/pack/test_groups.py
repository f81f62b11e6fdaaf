"""Rule groups and tables: their hit policy and its order, what each rule gives and outranks, and rows made of cells."""

from __future__ import annotations

from datetime import date

import pytest

from service.model.conditions import All, AnyOf, Not
from service.model.conditions import Test as Leaf
from service.model.outcomes import Template
from service.model.pack import Group
from service.model.values import ABSENT
from service.pack.condition_texts import cell_text


def test_what_shaped_a_part_is_told_of_the_part_and_what_shaped_a_rule_of_the_rule(read_decision):
    """An order is the whole part's; a condition is one rule's."""
    decision = read_decision("""\
        decision: fine
        asks: What?
        gives: {level: [low, high]}
        hit_policy: priority
        order: {level: {by_interpretation: order, worst: [high, low], mildest: [low, high]}}
        rules:
          - rule: fine.high
            says: High.
            cites: a
            interpretation: order
            when: {loan.days: {by_interpretation: age, old: 3, young: 2}}
            then: {level: high}
          - {rule: fine.low, says: Low., cites: a, then: {level: low}}
        """)
    (group,) = decision.parts
    assert group.interpretations == ("order",)
    assert group.order == ("level", {"high": 0, "low": 1})
    assert [rule.interpretations for rule in group.rules] == [("order", "age"), ()]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("{levl: [low]}", ("unknown_name", "level")),
        ("{level: low}", ("wrong_type", None)),
        ("{level: [low], cost: [1]}", ("missing_key", None)),
        ("{level: [low, hihg]}", ("impossible_value", "high")),
        ("{level: [high]}", ("unranked_value", None)),
    ],
)
def test_an_order_ranks_every_value_that_a_rule_gives_and_no_other(told, order, found):
    """A value without a rank could not be compared when it comes to it."""
    rules = "rules: [{rule: fine.a, then: {level: low, cost: 1}}]"
    assert found in told(f"hit_policy: priority\norder: {order}\n{rules}")


def test_an_order_may_leave_out_what_no_rule_gives(told):
    """A choice that only a later version of the policy has."""
    assert (
        told("hit_policy: priority\norder: {level: [low]}\nrules: [{rule: fine.a, then: {level: low, cost: 1}}]") == []
    )


def test_a_rule_that_outranks_all_outranks_all_but_its_equals(read_decision):
    """Two that outrank all do not outrank each other."""
    (group,) = read_decision("""\
        decision: fine
        asks: What?
        gives: {level: [low, high]}
        hit_policy: any
        rules:
          - {rule: fine.a, says: A., cites: a, then: {level: low}, outranks: all}
          - {rule: fine.b, says: B., cites: a, then: {level: low}, outranks: all}
          - {rule: fine.c, says: C., cites: a, then: {level: high}, outranks: [fine.d]}
          - {rule: fine.d, says: D., cites: a, then: {level: high}}
        """).parts
    assert [rule.outranks for rule in group.rules] == [(2, 3), (2, 3), (3,), ()]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("[{rule: fine.a, then: {level: low, cots: 1}}]", ("unknown_member", "cost")),
        ("[{rule: fine.a, then: {level: low, cost: 1, day: '2026-01-01'}}]", ("unknown_member", None)),
        ("[{rule: fine.a, then: {level: low, cost: 1}, outranks: fine.a}]", ("unknown_rule", "fine.a")),
        ("[{rule: fine.a, then: {cost: 1}, outranks: fine.bb}, {rule: fine.b}]", ("unknown_rule", "fine.b")),
        ("[{rule: fine.a, outranks: fine.b}, {rule: fine.b, outranks: fine.a}]", ("circle", None)),
        ("[{rule: fine.a, outranks: fine.b}, {rule: fine.b, outranks: all}]", ("circle", None)),
    ],
)
def test_what_is_wrong_with_a_rule_is_found(told, rules, found):
    """With the nearest name that would be right."""
    assert found in told(f"rules: {rules}")


def test_nothing_is_said_of_all_that_a_part_gives(read_decision, findings):
    """By a hidden member, which the rules that give a value leave out: what says both disagrees."""
    decision = read_decision("""\
        decision: fine
        asks: What?
        gives: {level: [low, high], cost: integer}
        hit_policy: any
        rules:
          - {rule: fine.a, says: A., cites: a, then: {level: low}}
          - {rule: fine.b, says: B., cites: a, then: nothing}
          - {rule: fine.c, says: C., cites: a, then: {cost: 1}}
        """)
    assert findings == []
    (group,) = decision.parts
    assert group.nothing == "fine: nothing"
    assert [rule.then for rule in group.rules] == [
        {"fine: nothing": ABSENT, "level": "low"},
        {"level": ABSENT, "cost": ABSENT, "fine: nothing": True},
        {"fine: nothing": ABSENT, "cost": 1},
    ]
    *shown, hidden = decision.members
    assert [member.nothing for member in shown] == ["fine: nothing"] * 2
    assert (hidden.path, hidden.hidden, hidden.optional) == ("fine: nothing", True, True)
    assert [member.path for member in decision.answered] == ["level", "cost"]


def test_a_row_says_nothing_unless_its_member_can_be_that_text(read_decision):
    """All of its cells do, or none."""
    table = """\
        decision: fine
        asks: What?
        gives: {{level: {level}, cost: integer}}
        says: So.
        cites: a
        columns: {{when: loan.kind, then: [level, cost]}}
        rows:
          - [book, low, 1]
          - [map, nothing, nothing]
        """
    (group,) = read_decision(table.format(level="[low, high]")).parts
    assert group.rules[1].then["fine: nothing"] is True
    (group,) = read_decision(table.format(level="string").replace("nothing, nothing", "nothing, 2")).parts
    assert group.nothing is None
    assert group.rules[1].then["level"] == "nothing"


def test_otherwise_holds_where_nothing_before_it_does(read_decision, findings):
    """Of rules and of rows alike; a row that takes the rest has cells for what it gives alone."""
    (group,) = read_decision("""\
        decision: fine
        asks: What?
        gives: {level: [low, high]}
        rules:
          - {rule: fine.a, says: A., cites: a, when: {loan.days: 3}, then: {level: low}}
          - {rule: fine.b, says: B., cites: a, when: {loan.kind: map}, then: {level: low}}
          - {rule: fine.c, says: C., cites: a, when: otherwise, then: {level: high}}
        """).parts
    first, second, last = group.rules
    assert last.when == Not(AnyOf((first.when, second.when)))
    (table,) = read_decision("""\
        decision: fine
        asks: What?
        gives: {level: [low, high]}
        says: It is {level}.
        cites: a
        columns: {when: [loan.days, loan.kind], then: level}
        rows:
          - [3, map, low]
          - {otherwise: [high], cites: b}
        """).parts
    first, last = table.rules
    assert (last.id, last.says, last.cites, last.then) == ("fine(otherwise)", "It is high.", ("b",), {"level": "high"})
    assert (last.when, last.cells) == (Not(AnyOf((first.when,))), ("otherwise", "otherwise", "high"))
    assert findings == []


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("rules: [{rule: fine.a, when: otherwise, then: {cost: 1}}]", ("misplaced_otherwise", None)),
        (
            "rules: [{rule: fine.a, when: otherwise, then: {cost: 1}}, {rule: fine.b, then: {cost: 2}}]",
            ("misplaced_otherwise", None),
        ),
        ("columns: {when: loan.days, then: cost}\nrows: [{otherwise: [1]}, [1, 2]]", ("misplaced_otherwise", None)),
        ("columns: {when: loan.days, then: cost}\nrows: [[1, 2], {otherwise: [1, 2]}]", ("wrong_width", None)),
        (
            "says: '{loan.days}.'\ncolumns: {when: loan.days, then: cost}\nrows: [[1, 2], {otherwise: [1]}]",
            ("unknown_placeholder", None),
        ),
        ("columns: {when: loan.days, then: cost}\nrows: [[1, 2], {otherwise: [x]}]", ("wrong_type", None)),
    ],
)
def test_what_is_wrong_with_otherwise_is_found(told, part, found):
    """It stands last, after others, and its sentence speaks of what it has."""
    assert found in told(part)


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


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("collect: {level: sum}", ("wrong_type", None)),
        ("collect: {level: all}", ("wrong_type", None)),
        ("collect: {cots: sum}", ("unknown_name", "cost")),
        ("order: {level: [low, hihg]}", ("impossible_value", "high")),
    ],
)
def test_what_is_wrong_with_what_is_collected_is_found(told, part, found):
    """A sum is made of numbers, a list keeps items."""
    rules = "rules: [{rule: fine.a, then: {level: low, cost: 1}}]"
    assert found in told(f"hit_policy: collect\n{part}\n{rules}")
