"""What conditions say of values that are known, unknown and none: Kleene's logic, leaf by leaf."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.conditions import ALWAYS, OPERATORS, All, AnyOf, Not, Ref, Spelling, holds, leaves, reads, supports
from service.model.conditions import Test as Leaf

BOOK = Leaf("loan.kind", "equals", "book")
LATE = Not(Leaf("loan.days", "at_most", 30))
TRUTHS = {True: ALWAYS, False: Not(ALWAYS), None: Leaf("unknown", "equals", 1)}


@pytest.mark.parametrize(
    ("op", "value", "operand", "truth"),
    [
        ("equals", "book", "book", True),
        ("equals", "map", "book", False),
        ("one_of", "map", ("book", "map"), True),
        ("in", "map", frozenset({"book"}), False),
        ("less_than", 3, 3, False),
        ("at_most", 3, 3, True),
        ("at_most", date(2026, 1, 1), date(2025, 1, 1), False),
        ("includes", ("disc", "cover"), ("disc",), True),
        ("starts_with", "EX-7", Spelling(("QF-", "EX-")), True),
        ("starts_with", "ex-7", Spelling(("EX-",)), False),
        ("starts_with", "Straße", Spelling(("stras",), ignoring_case=True), True),
        ("ends_with", "EX-7", Spelling(("7", "8")), True),
        ("ends_with", "7", Spelling(("EX-7",)), False),
        ("contains", "a leaking pipe", Spelling(("leak",)), True),
        ("contains", "a LEAKING pipe", Spelling(("leak",)), False),
        ("contains", "a LEAKING pipe", Spelling(("leak",), ignoring_case=True), True),
        ("spelt", "GOLD", Spelling(("silver", "gold"), ignoring_case=True), True),
        ("spelt", "golden", Spelling(("gold",), ignoring_case=True), False),
        ("includes", ("disc",), ("disc", "cover"), False),
        ("includes_any", ("disc",), ("disc", "cover"), True),
        ("includes_any", (), ("disc",), False),
        ("includes", (True,), (1,), False),
        ("includes", (1, True), (1,), True),
        ("includes", ((True,),), ((1,),), False),
        ("includes", (1, Decimal("2.5")), (Decimal("2.5"),), True),
        ("includes_any", (False, "x"), (0, 2), False),
        ("includes_any", (False, 0), (0, 2), True),
        ("in", 1, (True,), False),
        ("in", True, (True, "x"), True),
        ("in", 1, (True, 1), True),
        ("empty", (), None, True),
        ("empty", ("disc",), None, False),
        ("known", "book", None, True),
    ],
)
def test_a_leaf_compares_its_value_with_its_operand(op, value, operand, truth):
    """One leaf, one relation."""
    assert holds(Leaf("it", op, operand), {"it": value}) is truth


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_of_none_no_comparison_holds(op):
    """None is an answer: there is nothing that could be equal, less or included."""
    operand = ("x",) if op in ("includes", "includes_any", "one_of", "in") else "x"
    assert holds(Leaf("it", op, operand), {"it": None}) is False


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_of_the_unknown_every_comparison_is_open(op):
    """The fact might be anything."""
    assert holds(Leaf("it", op, "x"), {}) is None


def test_a_note_may_ask_whether_the_case_gives_a_fact():
    """`given` is the one leaf that is never open."""
    asked = Leaf("it", "given", None)
    assert [holds(asked, env) for env in ({}, {"it": None}, {"it": 1})] == [False, True, True]


@pytest.mark.parametrize(
    ("env", "truth"),
    [
        ({"a": 1, "b": 2}, True),
        ({"a": 1, "b": None}, False),
        ({"a": 1}, None),
        ({"b": 1}, None),
        ({"a": None}, False),
    ],
)
def test_two_names_are_compared_when_both_are_known(env, truth):
    """None is less than nothing, whatever the other side turns out to be."""
    assert holds(Leaf("a", "less_than", Ref("b")), env) is truth


@pytest.mark.parametrize("first", TRUTHS)
@pytest.mark.parametrize("second", TRUTHS)
def test_all_any_and_not_are_kleene_s(first, second):
    """An open part matters only while it could tip the whole."""
    both = (TRUTHS[first], TRUTHS[second])
    known = {first, second}
    assert holds(All(both), {}) is (False if False in known else None if None in known else True)
    assert holds(AnyOf(both), {}) is (True if True in known else None if None in known else False)
    assert holds(Not(TRUTHS[first]), {}) is (None if first is None else not first)


def test_a_condition_without_parts_always_holds():
    """A rule without `when` is one."""
    assert holds(ALWAYS, {}) is True
    assert holds(AnyOf(()), {}) is False


def test_a_condition_reads_its_names_in_the_order_in_which_they_are_written():
    """Decisions list what they need in that order; a name is read once."""
    condition = All((LATE, AnyOf((BOOK, Leaf("loan.days", "equals", Ref("today"))))))
    assert reads(condition) == ("loan.days", "loan.kind", "today")
    assert [leaf.name for leaf in leaves(condition)] == ["loan.days", "loan.kind", "loan.days"]


def test_the_tests_that_make_a_condition_true_are_its_reasons():
    """Of alternatives only those that hold are a reason."""
    condition = All((AnyOf((BOOK, Leaf("loan.kind", "equals", "map"))), LATE))
    env = {"loan.kind": "book", "loan.days": 31}
    assert list(supports(condition, env)) == [BOOK, LATE.part]


def test_the_tests_that_make_a_condition_false_are_the_reasons_against():
    """The parts that hold have no part in it."""
    env = {"loan.kind": "book", "loan.days": 3}
    assert list(supports(All((BOOK, LATE)), env, truth=False)) == [LATE.part]


LEAVES = st.builds(Leaf, st.sampled_from("abc"), st.just("equals"), st.integers(0, 1))
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
ENVS = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 1))


@given(CONDITIONS, ENVS, st.sampled_from("abc"), st.none() | st.integers(0, 1))
def test_what_is_settled_stays_settled_when_more_is_known(condition, env, name, value):
    """A decision that did not wait for a fact must be right whatever the fact is."""
    before = holds(condition, env)
    after = holds(condition, {name: value, **env})
    assert before is None or after is before


@given(CONDITIONS, ENVS)
def test_the_reasons_say_what_the_condition_says(condition, env):
    """Each of them has a truth of its own in what is known."""
    truth = holds(condition, env)
    if truth is not None:
        assert all(holds(each, env) is not None for each in supports(condition, env, truth))
