"""Whatever its size, a group of rules is answered: durable-rules and the evaluator agree around each of its bounds."""

from random import Random

import pytest

from service.engine.cutting import cut
from service.engine.durable import (
    MOST_CONNECTIVES,
    MOST_FOLLOWING,
    MOST_MEETINGS,
    MOST_MEMBERS,
    MOST_SAME,
    MOST_WAITING,
)
from service.engine.formulas import FALSE, TRUE, Both, Literal, both, connectives, either, firings, literals
from service.model.conditions import ALWAYS, All, AnyOf, Not, holds
from service.model.conditions import Test as Leaf
from tests.engine.conftest import Holding


def is_true(name):
    """Return the condition that a boolean is true."""
    return Leaf(name, "equals", True)


def pair(i):
    """Return the condition that both of a pair are true."""
    return All((is_true(f"a{i}"), is_true(f"b{i}")))


def choice(i):
    """Return the condition that one of a pair is true."""
    return AnyOf((is_true(f"a{i}"), is_true(f"b{i}")))


def none_of_pairs(count):
    """One rule: none of so many pairs."""
    return [Not(AnyOf(tuple(pair(i) for i in range(count))))]


def any_of_pairs(count):
    """One rule: one of so many pairs."""
    return [AnyOf(tuple(pair(i) for i in range(count)))]


def one_of_each_pair(count):
    """One rule, which holds in 2 to the `count` ways."""
    return [All(tuple(choice(i) for i in range(count)))]


def one_text_of_two_each(count):
    """One rule of so many alternatives that exclude each other."""
    return [All(tuple(Leaf(f"t{i}", "one_of", ("x", "y")) for i in range(count)))]


def long_conjunction(count):
    """One rule that reads so many facts."""
    return [All(tuple(is_true(f"a{i}") for i in range(count)))]


def long_disjunctions_in_a_conjunction(count):
    """One rule: one of so many, and one of so many others."""
    return [
        All(tuple(AnyOf(tuple(is_true(f"{name}{i}") for i in range(count))) for name in "ab")),
        Not(All(tuple(AnyOf(tuple(is_true(f"{name}{i}") for i in range(count))) for name in "ab"))),
    ]


def thresholds(count):
    """So many rules that can hold at once."""
    return [Leaf("n", "less_than", i + 0.5) for i in range(count)]


def equal_beginnings(count):
    """So many rules that begin with different comparisons, then go on."""
    return [All((Leaf("n", "equals", i), is_true("a0"))) for i in range(count)]


def one_condition(count):
    """So many rules of one and the same condition, and one more."""
    return [*[is_true("a0")] * count, All((is_true("a0"), is_true("b0")))]


def one_alternative(count):
    """So many rules that share an alternative."""
    return [
        All((AnyOf((is_true("a0"), Leaf("n", "equals", i))), Not(Leaf("n", "less_than", i - 1)))) for i in range(count)
    ]


def apart(count):
    """So many rules that have no fact in common."""
    return [pair(i) for i in range(count)]


def nested(depth):
    """One rule of so many levels of all, any and none."""
    condition = is_true("a0")
    for i in range(depth):
        further = is_true(f"b{i}")
        condition = (All((further, condition)), AnyOf((condition, further)), Not(AnyOf((condition, pair(i)))))[i % 3]
    return [condition]


def around(bound):
    """Return sizes on either side of a bound, and well beyond it."""
    return [bound - 1, bound, bound + 1, 2 * bound + 1]


SIZES = [
    *((none_of_pairs, n) for n in (5, *around(MOST_CONNECTIVES), *around(32), MOST_MEMBERS)),
    *((any_of_pairs, n) for n in (16, *around(MOST_CONNECTIVES), *around(32), MOST_FOLLOWING + 1)),
    *((one_of_each_pair, n) for n in (4, 5, *around(MOST_CONNECTIVES), 100)),
    *((one_text_of_two_each, n) for n in (*around(MOST_CONNECTIVES), 100)),
    *((long_conjunction, n) for n in (*around(MOST_MEMBERS), 5 * MOST_MEMBERS)),
    *((long_disjunctions_in_a_conjunction, n) for n in (2, 9, 60, *around(MOST_MEMBERS // 2))),
    *((thresholds, n) for n in (*around(MOST_WAITING), 500)),
    *((equal_beginnings, n) for n in around(MOST_FOLLOWING)),
    *((one_condition, n) for n in around(MOST_SAME)),
    *((one_alternative, n) for n in around(MOST_MEETINGS)),
    *((apart, n) for n in (*around(MOST_WAITING), *around(MOST_MEMBERS // 2))),
    *((nested, n) for n in (*around(MOST_CONNECTIVES), 60)),
]
_NAMED = [f"{make.__name__}-{size}" for make, size in SIZES]


def environments(conditions, random):
    """Yield environments in which much holds, little holds, and one thing or another is unknown or tips it."""
    names = sorted({name for condition in conditions for name in read(condition)} - {"n"})
    for share in (1.0, 0.0, 0.5, 0.9):
        env = {name: value(name, random.random() < share) for name in names} | {
            "n": random.choice((-1, 0, 3, 64, 10**6))
        }
        yield env
        for _ in range(3):
            tipped = dict(env)
            for name in random.sample(names, min(len(names), 2)):
                tipped[name] = value(name, random.random() < 0.5)
            tipped["n"] = random.choice((-1, 1, 63.5, 510, 511))
            yield tipped
            tipped.pop(random.choice(["n", *names]))
            yield dict(tipped)


def value(name, is_usual):
    """Return a value of a text or a boolean of these tests."""
    return is_usual if name[0] in "ab" else ("x" if is_usual else "z")


def read(condition):
    """Yield the names that a condition reads."""
    if isinstance(condition, Leaf):
        yield condition.name
    else:
        for part in [condition.part] if isinstance(condition, Not) else condition.parts:
            yield from read(part)


def types(conditions):
    """Return the types of the names in these tests."""
    by_letter = {"n": "number", "t": "string", "a": "boolean", "b": "boolean"}
    return {name: by_letter[name[0]] for condition in conditions for name in read(condition)}


@pytest.mark.parametrize(("make", "size"), SIZES, ids=_NAMED)
def test_a_group_of_any_size_is_answered_as_it_is_judged(make, size):
    """Below, at and above what durable-rules takes in one piece."""
    conditions = make(size)
    held = Holding(types(conditions), frozenset(), conditions)
    for env in environments(conditions, Random(size)):
        assert held(env) == {i for i, condition in enumerate(conditions) if holds(condition, env) is True}


@pytest.mark.parametrize(("make", "size"), SIZES, ids=_NAMED)
def test_every_ruleset_of_a_group_of_any_size_is_taken(make, size):
    """With everything that can hold at once."""
    conditions = make(size)
    assert list(Holding(types(conditions), frozenset(), conditions).rulesets.refused()) == []


NAMES = [f"{kind}{i}" for kind in "ab" for i in range(4)]
TYPES = {"n": "integer", **dict.fromkeys(NAMES, "boolean")}


def wide(random, depth=3):
    """Return a condition drawn at random, with more of everything than durable-rules takes at once."""
    if not depth or random.random() < 0.2:
        if random.random() < 0.5:
            return is_true(random.choice(NAMES))
        return Leaf("n", random.choice(("less_than", "at_most", "equals")), random.randint(0, 60))
    kind = random.choice((All, AnyOf, Not))
    if kind is Not:
        return Not(wide(random, depth))
    return kind(tuple(wide(random, depth - 1) for _ in range(random.randint(0, 7))))


@pytest.mark.parametrize("seed", range(40))
def test_wide_and_deep_conditions_are_answered_as_they_are_judged(seed):
    """None of them is beyond what is taken whole, in connectives or in the ways in which it fires."""
    random = Random(seed)
    conditions = [wide(random) for _ in range(random.choice((1, 5, 40)))]
    held = Holding(TYPES, frozenset(), conditions)
    for _ in range(12):
        env = {name: random.random() < 0.5 for name in NAMES if random.random() < 0.9}
        env |= {"n": random.randint(-1, 61)} if random.random() < 0.9 else {}
        assert held(env) == {i for i, condition in enumerate(conditions) if holds(condition, env) is True}
    for block in held.blocks:
        assert len(block.places) <= MOST_MEMBERS
        assert all(connectives(formula) <= MOST_CONNECTIVES and firings(formula) <= 16 for formula in block.formulas)


# how it is cut


def yes(place):
    """Return the literal that an answer is true."""
    return Literal(place, "==", True)


def test_rules_that_share_no_answer_are_apart():
    """What each comes to is remembered by its own answers."""
    blocks = cut([both((yes(1), yes(2))), both((yes(3), yes(4))), both((yes(2), yes(5)))])
    assert sorted(block.places for block in blocks) == [(1, 2, 5), (3, 4)]


def test_the_alternatives_of_a_rule_are_asked_side_by_side():
    """Each is a rule of durable-rules' own that settles the same, and fires once."""
    (first, second) = cut([either((both((yes(1), yes(2))), yes(3)))])
    assert [(block.formulas, block.settles) for block in (first, second)] == [
        ((both((yes(1), yes(2))),), ((0,),)),
        ((yes(3),), ((0,),)),
    ]


def test_alternatives_that_read_the_same_are_asked_together():
    """A rule of its own for each of a thousand texts would cost a thousand times as much memory."""
    blocks = cut([either([*(Literal(1, "==", code) for code in range(1000)), both((yes(2), yes(3)))])])
    assert sum(len(block.formulas) for block in blocks) == 17  # sixteen times 64 at most, and the one apart
    (ranges,) = cut([either(Literal(1, op, bound) for op in ("<", ">") for bound in range(20))])
    assert [firings(formula) for formula in ranges.formulas] == [16, 16, 8]


def test_rules_of_one_condition_are_asked_once():
    """However they are written."""
    (block,) = cut([both((yes(2), yes(1))), both((yes(1), yes(2)))])
    assert (block.formulas, block.settles) == ((both((yes(1), yes(2))),), ((0, 1),))


def test_what_is_too_much_becomes_a_question_that_is_asked_before():
    """And that rules with the same alternatives share."""
    many = either(yes(i) for i in range(1, 40))
    blocks = cut([both((yes(50), many)), both((yes(51), many))])
    assert {block.level for block in blocks} == {0, 1}
    assert {what for block in blocks if block.level == 0 for settles in block.settles for what in settles} == {-1}
    assert [block.places for block in blocks if block.level == 1] == [(-1, 50, 51)]


def test_what_never_holds_is_not_asked():
    """And what always does is."""
    assert [(block.formulas, block.settles) for block in cut([FALSE, TRUE])] == [((TRUE,), ((1,),))]


def test_a_conjunction_that_is_too_long_is_asked_in_portions():
    """Its comparisons are settled before it is."""
    blocks = cut([both(yes(i) for i in range(1, 2 * MOST_MEMBERS))])
    last = blocks[-1]
    assert (last.level, last.settles) == (1, ((0,),))
    assert isinstance(last.formulas[0], Both)
    assert {literal.place for literal in literals(last.formulas[0])} == {-1, -2}


def test_always_is_asked_as_well():
    """A rule without a condition is durable-rules' to judge, like any other."""
    assert Holding({}, frozenset(), [ALWAYS, Not(ALWAYS)])({}) == {0}
