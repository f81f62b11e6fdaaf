"""The rules of one part: what each gives, and which it outranks."""

from __future__ import annotations

import pytest


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
