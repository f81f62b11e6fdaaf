"""Rule groups and tables: their hit policy, and the order that `priority` asks for."""

from __future__ import annotations

import pytest


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
