"""Numbers are exactly what is written: as decimals, not as doubles."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts.numbers import ROUNDINGS, exact, exact_value, number_json, number_text, product, rounded, total
from service.jsontext import canonical, parse

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
WRITTEN = st.decimals(min_value=-(10**6), max_value=10**6, places=6) | st.decimals("-1e15", "1e15", places=0)
"""Decimals of up to 15 significant digits."""


def as_read(number):
    """Return the exact number that a decimal in a body, as it is written, is read as."""
    return exact(parse(f"{number:f}".encode()))


def test_a_tenth_and_two_tenths_are_three_tenths():
    """In doubles they are more: and a fine of 30 cents would be above the 30 cents that are allowed."""
    assert total([exact(0.1), exact(0.2)]) == exact(0.3)
    assert 0.1 + 0.2 > 0.3


@given(WRITTEN)
def test_a_decimal_of_15_digits_is_kept_as_it_is_written(number):
    """A double tells every such decimal from all others."""
    assert as_read(number) == number
    assert type(as_read(number)) is (int if number == int(number) else Decimal)


@given(st.lists(WRITTEN, max_size=8))
def test_sums_are_exact_and_in_any_order_the_same(numbers):
    """Fractions are the judge."""
    read = [as_read(number) for number in numbers]
    wanted = sum(map(Fraction, numbers), Fraction(0))

    assert Fraction(total(read)) == wanted
    assert type(total(read)) is (int if wanted.denominator == 1 else Decimal)
    assert total(read[::-1]) == total(read)


@given(DOUBLES, DOUBLES)
def test_a_sum_of_any_two_doubles_loses_no_digit(one, other):
    """Also of one of 10**308 and one of 10**-324."""
    assert Fraction(total([exact(one), exact(other)])) == Fraction(repr(one)) + Fraction(repr(other))
    assert total([one, other]) == total([exact(one), exact(other)])


@given(WRITTEN, WRITTEN)
def test_numbers_compare_and_hash_as_what_they_are(one, other):
    """Whole ones with others too: a dictionary and a set find them however they came."""
    first, second = as_read(one), as_read(other)

    assert ((first < second), (first == second), (first <= second)) == ((one < other), (one == other), (one <= other))
    assert first != second or hash(first) == hash(second)


@given(DOUBLES)
def test_a_double_is_written_back_as_the_number_that_it_was(double):
    """Byte for byte, as RFC 8785 writes it: what was decided before is decided again with the same bytes."""
    assert canonical(number_json(exact(double))) == canonical(double)


@given(st.integers() | st.integers(10**15, 10**40))
def test_a_whole_number_keeps_every_digit(number):
    """Beyond 2**53 as well, unless RFC 8785 writes it with an exponent: then that stands for it and no other."""
    written = number_json(exact(number))

    assert exact(written) == number
    assert type(written) is int or (abs(number) >= 10**21 and canonical(written) == canonical(float(number)))


def test_one_number_has_one_writing():
    """Whether it came as a whole number or with an exponent: a decision shows the same bytes for both."""
    assert number_json(exact(1e23)) == number_json(exact(10**23)) == 1e23
    assert canonical(number_json(exact(1e20))) == canonical(number_json(exact(10**20))) == b"100000000000000000000"


def test_a_sum_beyond_all_doubles_is_told_as_a_whole_number():
    """No double is near it, and infinity would be wrong."""
    huge = total([exact(1.7e308), exact(1.7e308), exact(0.5)])

    assert number_json(huge) == 34 * 10**307
    assert number_json(10**400) == 10**400


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_what_is_no_number_is_refused(number):
    """Nothing that is written means it."""
    with pytest.raises(ValueError, match="no number that can be written"):
        exact(number)


def test_only_numbers_are_made_exact():
    """Texts and booleans are what they are."""
    given_values = ["0.1", True, None, 3, 0.5, Decimal("1.50"), Decimal("2.0")]

    assert list(map(exact_value, given_values)) == ["0.1", True, None, 3, Decimal("0.5"), Decimal("1.5"), 2]
    assert [type(exact_value(each)) for each in (True, 3, 2.0)] == [bool, int, int]


def test_a_sum_of_nothing_is_nothing():
    """And whole, as sums of whole numbers are."""
    assert [total(each) for each in ([], [1, 2], [0.5, 0.5])] == [0, 3, 1]
    assert {type(total(each)) for each in permutations([0.5, 0.25, 0.25])} == {int}


def test_a_number_in_a_sentence_is_written_as_in_json():
    """Not as Python shows a Decimal."""
    assert [number_text(exact(each)) for each in (0.5, 1e-7, 12, 1e23)] == ["0.5", "1e-07", "12", "1e+23"]


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 4), st.sampled_from(sorted(ROUNDINGS)))
def test_rounding_is_that_of_decimal_arithmetic(value, places, how):
    """Of each way, for negative numbers too."""
    expected = value.quantize(Decimal(1).scaleb(-places), rounding=f"ROUND_{how.upper()}")
    assert rounded(value, places, how) == expected


@given(st.lists(st.fractions(-1000, 1000, max_denominator=60), max_size=4))
def test_products_are_those_of_fractions(values):
    """And a fraction stays one only where no decimal is it."""
    found = product(values)
    assert found == prod(values)
    assert isinstance(found, Fraction) is (10**40 % Fraction(found).denominator != 0)
