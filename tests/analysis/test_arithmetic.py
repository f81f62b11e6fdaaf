"""Shares, products, limits and rounding of unknown numbers: what is asked of them, and what is decided all the same."""

from fractions import Fraction

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.claims import Cases, less, same
from service.analysis.exactness import unsettled
from service.analysis.ground import Ground
from service.analysis.terms import Product, Ratio, RoundedTo, Sum, Unknown, evaluated, holds_at, summed
from service.decision.policy import Policy
from service.facts.numbers import ROUNDINGS
from tests.analysis.small_packs import load, rules

N, M = Unknown("n", "number"), Unknown("m", "number")
SMALL = st.fractions(-4, 4, max_denominator=12)
ROUNDED = st.builds(RoundedTo, st.just(N), st.integers(0, 1), st.sampled_from(sorted(ROUNDINGS)))
TERMS = st.one_of(
    ROUNDED,
    st.builds(lambda over: Ratio(over, M), st.sampled_from([N, 1, -2])),
    st.builds(
        lambda times, more: RoundedTo(summed([(Ratio(N, M), times)], more), 1, "half_up"),
        st.sampled_from([-3, 100]),
        SMALL,
    ),
)


def is_so(cases, values):
    """Say whether some case is true where facts have these values."""
    return any(all(holds_at(atom, values) is truth for atom, truth in case) for case in cases)


@given(TERMS, st.sampled_from([1, -2, Fraction(1, 3)]), SMALL, SMALL, SMALL.filter(bool))
def test_what_is_asked_of_a_share_or_of_what_is_rounded_is_asked_of_sums(term, times, edge, n, m):
    """The claims are true just where the comparison is, for either sign of what it is divided by."""
    asked = summed([(term, times)])
    values = {"n": n, "m": m}
    came = evaluated(asked, values)
    assert is_so(less(asked, edge, Cases({}, {})), values) is (came < edge)
    assert is_so(less(edge, asked, Cases({}, {})), values) is (came > edge)
    assert is_so(same(asked, edge, Cases({}, {})), values) is (came == edge)


def test_what_is_asked_of_a_product_of_unknown_numbers_is_not_settled():
    """No claim about sums says it."""
    (case,) = less(summed([(Product((M, N)), 1)]), 3, Cases({}, {}))
    assert [type(atom).__name__ for atom, _ in case] == ["Doubt"]


def test_shares_and_products_of_facts_come_to_what_they_are():
    """What is divided by 0 is none, and so is what follows from it."""
    assert evaluated(Ratio(N, M), {"n": 1, "m": 3}) == Fraction(1, 3)
    assert evaluated(Sum(((Ratio(N, M), 2),), 1), {"n": 1, "m": 0}) is None
    assert evaluated(Product((M, N)), {"n": 4, "m": Fraction(1, 2)}) == 2


MINUTES = {"up": {"type": "integer", "minimum": 0, "maximum": 50_000}, "all": {"type": "integer", "maximum": 50_000}}
UPTIME = {"fact": "uptime", "percent": "up", "of": "all"}


@pytest.fixture
def decide(tmp_path):
    """Decide cases of a pack with these facts and derived facts, whose decision `d` gives the member `k`."""

    def made(properties, derived, *written, gives="boolean", policy="first"):
        decision = {"decision": "d", "gives": {"k": gives}, "hit_policy": policy, "rules": rules("d", *written)}
        pack = load(tmp_path, properties, decision, derived=derived)
        policy = Policy(pack)

        def decided(facts):
            found = orjson.loads(policy.decide(pack.facts.read(facts))["d"])
            return found["status"], found["outcome"], found["needs"], found.get("exact", True)

        decided.pack = pack
        return decided

    return made


def test_an_uptime_is_compared_exactly(decide):
    """1999 of 2000 minutes are 99.95 percent, neither more nor less."""
    all_ = {**MINUTES, "all": {**MINUTES["all"], "minimum": 1}}
    below = decide(all_, [UPTIME], ({"uptime": {"less_than": 99.95}}, {"k": True}), (None, {"k": False}))
    assert below({"up": 1999, "all": 2000}) == ("decided", {"k": False}, [], True)
    assert below({"up": 1998, "all": 2000}) == ("decided", {"k": True}, [], True)
    assert below({"up": 49_999}) == ("decided", {"k": False}, [], True)
    assert below({"all": 2000})[2:] == (["up"], True)
    assert list(unsettled(Ground(below.pack))) == []


def test_what_may_be_divided_by_zero_may_be_none(decide):
    """And then no comparison holds, whichever way."""
    zero = {**MINUTES, "all": {**MINUTES["all"], "minimum": 0}}
    known = decide(zero, [UPTIME], ({"uptime": {"at_least": 0}}, {"k": True}), (None, {"k": False}))
    assert known({"up": 1, "all": 0}) == ("decided", {"k": False}, [], True)
    assert known({"up": 1})[2:] == (["all"], True)
    assert known({"up": 1, "all": 7}) == ("decided", {"k": True}, [], True)


def test_a_limit_settles_what_is_beyond_it(decide):
    """Never above 50: a rule that asks for more never holds, whatever is unknown."""
    derived = [{"fact": "credit", "smaller_of": ["one", 50]}]
    above = decide(
        {"one": {"type": "number"}}, derived, ({"credit": {"more_than": 50}}, {"k": True}), (None, {"k": False})
    )
    assert above({}) == ("decided", {"k": False}, [], True)


def test_what_is_rounded_is_decided_where_it_can_be_one_value_only(decide):
    """From 0.95 to 1.04 all is rounded to 1, and that is proved; beyond it is not said to be."""
    derived = [{"fact": "told", "round": "one", "places": 1, "how": "half_up"}]
    facts = {"one": {"type": "number", "minimum": 0.95, "maximum": 1.2}}
    copied = ({"one": {"at_most": 1.04}}, {"k": {"from": "told"}})
    same = decide(facts, derived, copied, (None, {"k": 1}), gives="number")
    assert same({}) == ("decided", {"k": 1}, [], True)
    other = decide(facts, derived, copied, (None, {"k": 2}), gives="number")
    assert other({})[2:] == (["one"], True)
    assert other({"one": 1.04}) == ("decided", {"k": 1}, [], True)


def test_a_product_of_unknown_numbers_is_said_not_to_be_settled(decide):
    """It may be open although it need not be."""
    facts = {"one": {"type": "number", "minimum": 1}, "two": {"type": "number", "minimum": 1}}
    derived = [{"fact": "both", "product": ["one", "two"]}]
    some = decide(facts, derived, ({"both": {"less_than": 1}}, {"k": True}), (None, {"k": False}))
    assert some({})[2:] == (["one", "two"], False)
    assert some({"one": 2})[:3] == ("decided", {"k": False}, [])
    assert [each.decision.id for each in unsettled(Ground(some.pack))] == ["d"]
