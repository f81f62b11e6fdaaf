"""Values of names and outcomes: hashable, and known by an inner and an outer key."""

from __future__ import annotations

from service.model.values import ABSENT, Pairs, inner, outer, settled


def test_plain_data_becomes_hashable_and_keeps_its_order():
    """Outcomes are compared and kept in sets."""
    value = settled({"b": [1, {"a": []}], 2: "x"})
    assert value == Pairs([("b", (1, Pairs([("a", ())]))), ("2", "x")])
    assert hash(value) == hash(settled({"b": [1, {"a": []}], 2: "x"}))
    assert value != settled({"2": "x", "b": [1, {"a": []}]})


def test_a_member_has_an_inner_key_for_its_own_decision():
    """From inside it is read whether the decision applies or not."""
    assert outer(inner("fine.level")) == outer("fine.level") == "fine.level"
    assert inner("fine.level") != "fine.level"


def test_what_no_rule_has_given_is_told_by_its_name():
    """None is a value of its own."""
    assert repr(ABSENT) == "ABSENT"
    assert ABSENT is not None
