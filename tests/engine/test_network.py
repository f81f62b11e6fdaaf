"""What durable-rules builds is counted as it is: what the count lets through is taken, and what it refuses can fail."""

import operator
from random import Random

import pytest

from service.engine.durable import MOST_FOLLOWING, MOST_WAITING, EngineFailure, Ruleset
from service.engine.formulas import Literal, both, either, written
from service.engine.network import Network


def network(formulas):
    """Return the network of formulas that are all within bounds."""
    found = Network()
    assert [found.add(formula) for formula in formulas] == [True] * len(formulas)
    return found


def below(place, bound):
    """Return a comparison of which many can hold at once."""
    return Literal(place, "<", bound)


def equal(place, operand):
    """Return a comparison of which one holds at once."""
    return Literal(place, "==", operand)


def test_formulas_that_begin_alike_share_a_branch():
    """Only what differs counts."""
    found = network([both((equal(1, 1), equal(2, i))) for i in range(100)])
    assert (found.following, found.breadth) == (1, 1)


def test_of_equalities_of_one_answer_one_holds():
    """Of all others each may."""
    found = network([*(equal(1, i) for i in range(100)), equal(2, 1), below(1, 5), below(1, 6)])
    assert (found.following, found.breadth) == (103, 4)


def test_what_waits_adds_up_along_a_branch():
    """All but the last of those that hold, at each step down."""
    found = network([*(below(1, i) for i in range(10)), *(both((below(1, 0), below(2, i))) for i in range(5))])
    assert (found.breadth, found.deepest) == (10, 5)


def test_the_first_formula_beyond_a_bound_is_refused():
    """No sooner."""
    waiting = Network()
    assert [waiting.add(below(1, i)) for i in range(MOST_WAITING + 1)] == [True] * MOST_WAITING + [False]
    following = Network()
    assert [following.add(equal(1, i)) for i in range(MOST_FOLLOWING + 1)] == [True] * MOST_FOLLOWING + [False]


def test_the_branches_of_an_alternative_lead_on():
    """What follows them waits as well."""
    alternative = either((equal(1, 1), equal(2, 1)))
    found = network([both((alternative, below(3, i))) for i in range(20)])
    assert found.breadth == 2  # of the two branches
    assert found.deepest == 20  # of the nodes where each pair meets


def drawn(random, depth=2):
    """Return a formula drawn at random: few comparisons, which many formulas share."""
    kind = random.random() if depth else 1
    if kind < 0.6:
        join = both if kind < 0.35 else either
        return join([drawn(random, depth - 1) for _ in range(random.randint(2, 3))])
    return Literal(random.randint(1, 4), random.choice(("==", "<", ">=", "!=")), random.randint(0, 20))


@pytest.mark.parametrize("seed", range(25))
def test_what_is_counted_as_within_bounds_is_answered(seed):
    """As many formulas as are let through, whatever the answers are."""
    random = Random(seed)
    found, taken = Network(), []
    while found.add(formula := drawn(random)):
        taken.append(formula)
    names = {place: f"m{place}" for place in range(1, 5)}
    ruleset = Ruleset("network", [written(formula, names) for formula in taken])
    for _ in range(20):
        answers = [random.randint(-1, 21) for _ in range(4)]
        fact = {names[place]: answer for place, answer in zip(range(1, 5), answers, strict=True)}
        assert ruleset.hits(fact) == {i for i, formula in enumerate(taken) if is_held(formula, answers)}


OPERATORS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">=": operator.ge}


def is_held(formula, answers):
    """Judge a formula in the plainest way."""
    if isinstance(formula, Literal):
        answer = answers[formula.place - 1]
        return OPERATORS[formula.op](answer, formula.operand)
    parts = [is_held(part, answers) for part in formula.parts]
    return all(parts) if type(formula).__name__ == "Both" else any(parts)


def test_what_is_refused_as_too_much_fails():
    """The count is no guess: one formula more, and durable-rules gives up on the case in which all of them hold."""
    formulas = [below(1, i) for i in range(MOST_WAITING + 1)]
    ruleset = Ruleset("beyond", [written(formula, {1: "m1"}) for formula in formulas])
    with pytest.raises(EngineFailure, match="303"):
        ruleset.hits({"m1": -1})
