"""Terms and claims against the values that they stand for."""

from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.terms import (
    Below,
    CountOf,
    DayOf,
    Doubt,
    Has,
    Moved,
    Opaque,
    Sum,
    TotalOf,
    Unknown,
    below,
    evaluated,
    facts_in,
    holds_at,
    is_symbolic,
    number,
    summed,
    terms_in,
)
from service.model.derivations import Duration

A, B, C = (Unknown(name, "integer") for name in "abc")
N, M = (Unknown(name, "number") for name in "nm")
SMALL = range(-4, 5)


@given(
    st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(-6, 6)), max_size=4), st.integers(-9, 9), st.booleans()
)
def test_a_claim_on_whole_numbers_is_what_it_was_made_of(parts, constant, turned):
    """In whole numbers the one form of a claim is true exactly where the first sum is below the second."""
    first, second = summed(parts, constant), 0
    claim, straight = below(second, first) if turned else below(first, second)
    for a, b, c in product(SMALL, repeat=3):
        values = {"a": a, "b": b, "c": c}
        total = constant + sum(times * values[term.fact] for term, times in parts)
        expected = total > 0 if turned else total < 0
        assert (claim if isinstance(claim, bool) else holds_at(claim, values) is straight) == expected


@given(
    st.lists(st.tuples(st.sampled_from([N, M]), st.fractions(-3, 3, max_denominator=4)), max_size=3),
    st.fractions(-5, 5, max_denominator=4),
)
def test_a_claim_on_numbers_of_any_fineness_is_what_it_was_made_of(parts, constant):
    """Numbers between two whole ones are told apart: nothing is rounded, and zero itself is not below zero."""
    claim, straight = below(summed(parts, constant), 0)
    for n, m in product([Fraction(i, 4) for i in range(-6, 7)], repeat=2):
        values = {"n": n, "m": m}
        total = constant + sum(times * values[term.fact] for term, times in parts)
        assert (claim if isinstance(claim, bool) else holds_at(claim, values) is straight) == (total < 0)


@given(st.integers(-20, 20), st.integers(1, 5), st.booleans())
def test_a_claim_and_its_opposite_are_one_atom(constant, times, dense):
    """Whichever way a comparison is written, and however often it counts its term, one atom answers it."""
    term = N if dense else A
    one, straight = below(summed([(term, times)], constant), 0)
    other, turned = below(0, summed([(term, -times)], -constant))
    assert one == other
    assert straight is turned


def test_equal_claims_of_whole_numbers_have_one_form():
    """Twice a whole number is below five exactly where it is below three."""
    assert below(summed([(A, 2)]), 5) == below(A, 3)
    assert below(summed([(N, 2)]), 5) != below(N, 3)
    assert below(N, 3, whole={"n": True}) == (Below(Sum(((N, 1),), -3)), True)


def test_a_number_counts_as_it_is_written():
    """A decimal is what its digits say, not the binary fraction nearest to it."""
    assert number(0.1) + number(0.2) == number(0.3)
    assert number(date(1970, 1, 1)) == date(1970, 1, 1).toordinal()
    assert number(datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == 0
    assert number(datetime(1970, 1, 1, microsecond=1, tzinfo=UTC)) == 1
    for unordered in (True, "1", None):
        with pytest.raises(TypeError):
            number(unordered)


def test_a_sum_without_terms_is_a_number():
    """Terms that cancel each other leave the constant."""
    assert summed([(A, 1), (A, -1), (2, 3)], 4) == 10
    assert summed([(Sum(((A, 2),), 5), -1), (A, 2)]) == -5


def test_what_follows_from_facts_is_worked_out_as_the_engine_does():
    """Terms give what the derived facts give of the same values."""
    at = datetime(2026, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    instant = Unknown("i", "instant")
    assert evaluated(Moved(instant, Duration(months=1)), {"i": at}) == at.replace(month=2, day=28)
    assert evaluated(DayOf(instant, "Asia/Tokyo"), {"i": at}) == date(2026, 2, 1)
    items = Unknown("l", "list")
    assert evaluated(CountOf(items), {"l": (1, 2, 2)}) == 3
    assert evaluated(CountOf(items, frozenset({2, 7})), {"l": (1, 2, 2)}) == 2
    assert evaluated(TotalOf(items), {"l": (0.1, 0.2)}) == Fraction(3, 10)
    assert evaluated(("as", A, 1), {"a": 7}) == ("as", 7, 1)
    with pytest.raises(LookupError):
        evaluated(A, {})


def test_what_is_not_looked_into_is_asked_for():
    """A clock's result is worked out by whoever knows clocks, under what follows from it too; none leads to none."""
    due = Opaque(("clock",), (A, "fixed"))
    given_ = []

    def work_out(term, values):
        given_.append((term, values))
        return None if values[0] == 0 else datetime(2026, 1, 1, tzinfo=UTC)

    assert evaluated(DayOf(Moved(due, Duration(days=1)), "UTC"), {"a": 1}, work_out) == date(2026, 1, 2)
    assert given_ == [(due, (1, "fixed"))]
    assert evaluated(DayOf(Moved(due, Duration(days=1)), "UTC"), {"a": 0}, work_out) is None
    assert evaluated(Sum(((DayOf(due, "UTC"), 1),), 3), {"a": 0}, work_out) is None
    with pytest.raises(LookupError):
        evaluated(due, {"a": 1})


def test_a_claim_about_what_is_not_looked_into_is_a_doubt():
    """Nothing is known of it, but that it is the same of the same inputs."""
    due = Opaque(("clock",), (A,))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for term in (due, Moved(due, Duration(days=1)), DayOf(due, "UTC")):
        second = at.date() if isinstance(term, DayOf) else at
        assert below(term, second) == (Doubt("below", (term, second)), True)
    with pytest.raises(LookupError):
        holds_at(Doubt("below", (due, at)), {"a": 1})


def test_facts_and_terms_are_found_within():
    """What rests on facts names all of them."""
    made = (Opaque((), (A, (B, 1))), 3, Moved(C, Duration(days=1)))
    assert facts_in(made) == {"a", "b", "c"}
    assert list(terms_in(made)) == [made[0], made[2]]
    assert facts_in(below(A, B)[0]) == {"a", "b"}
    assert facts_in(Has(Unknown("l", "list"), 1)) == {"l"}
    assert facts_in(Doubt("in", (A, N))) == {"a", "n"}
    assert is_symbolic(made)
    assert not is_symbolic((1, "a", date(2026, 1, 1)))
    assert holds_at(Has(Unknown("l", "list"), 1), {"l": (1, 2)})
    assert not holds_at(Has(Unknown("l", "list"), 3), {"l": (1, 2)})
