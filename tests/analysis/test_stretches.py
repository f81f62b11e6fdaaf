"""Stretches of one fact, against looking at values everywhere along short lines."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from service.analysis.lines import Line, valued
from service.analysis.stretches import Cut, along
from service.analysis.terms import Below, Has, Moved, Sum, Unknown, below, holds_at, number, summed
from service.model.derivations import Duration

N, W, D = Unknown("n", "number"), Unknown("n", "integer"), Unknown("n", "date")
EDGES = st.fractions(-3, 3, max_denominator=4)


def within(cut, place):
    """Say whether a place lies after a cut."""
    return cut.place < place or (cut.place == place and not cut.after)


def check(found, claims, line, values):
    """Compare what was found with the truths at some values, among them one in each stretch."""
    for value in values:
        truths = tuple(holds_at(claim, {"n": value}) for claim in claims)
        assert truths in found.points
        if found.cells:
            place = number(value)
            (cell,) = (i for i, (low, high) in enumerate(found.edges) if within(low, place) and not within(high, place))
            assert list(found.points)[found.cells[cell]] == truths
    for truths, shown in found.points.items():
        assert shown
        for value in shown:
            assert line.least <= number(value) <= line.most
            assert tuple(holds_at(claim, {"n": value}) for claim in claims) == truths
    if found.cells:
        assert all(one[1] == other[0] or line.is_whole for one, other in pairwise(found.edges))
        assert set(found.cells) == set(range(len(found.points)))


@given(st.lists(st.tuples(EDGES, st.booleans(), st.sampled_from([1, -1, 2, Fraction(-1, 2)])), min_size=1, max_size=5))
def test_numbers_are_cut_at_edges_and_just_after(drawn):
    """Below, not above and equal are told apart, however close to each other, and the ends belong to the line."""
    line = Line("number", Fraction(-5, 2), 3)
    pairs = [
        below(summed([(N, times)]), edge) if straight else below(edge, summed([(N, times)]))
        for edge, straight, times in drawn
    ]
    claims = [claim for claim, _ in pairs]
    cuts = sorted({Fraction(-claim.sum.constant) for claim in claims} | {line.least, Fraction(line.most)})
    places = {*cuts, *((one + other) / 2 for one, other in pairwise(cuts))}
    values = [valued("number", each) for each in places if line.least <= each <= line.most]
    found = along("n", claims, line)
    check(found, claims, line, values)
    assert found.points.keys() == {tuple(holds_at(claim, {"n": value}) for claim in claims) for value in values}


@given(st.lists(st.tuples(EDGES, st.booleans(), st.integers(-3, 3).filter(bool)), min_size=1, max_size=5))
def test_whole_numbers_are_cut_between_two(drawn):
    """Exactly the combinations that some whole number has."""
    line = Line("integer", -4, 4)
    pairs = [
        below(summed([(W, times)]), edge) if straight else below(edge, summed([(W, times)]))
        for edge, straight, times in drawn
    ]
    claims = [claim for claim, _ in pairs]
    found = along("n", claims, line)
    check(found, claims, line, range(-4, 5))
    assert found.points.keys() == {tuple(holds_at(claim, {"n": value}) for claim in claims) for value in range(-4, 5)}


FIRST = date(2024, 1, 20)
DAYS = [FIRST + timedelta(days=i) for i in range(60)]
MOVES = st.builds(Duration, months=st.integers(-2, 2), days=st.integers(-5, 5))
DATES = (
    st.just(D)
    | MOVES.map(lambda by: Moved(D, by))
    | st.tuples(MOVES, MOVES).map(lambda each: Moved(Moved(D, each[0]), each[1]))
)


@given(st.lists(st.tuples(DATES, st.dates(date(2023, 10, 1), date(2024, 7, 1)) | DATES), min_size=1, max_size=4))
def test_dates_are_cut_where_their_functions_turn(pairs):
    """Exactly the combinations that some day has, whether functions meet constants or each other."""
    claims = [claim for one, other in pairs if isinstance(claim := below(one, other)[0], Below)]
    line = Line("date", DAYS[0].toordinal(), DAYS[-1].toordinal())
    found = along("n", claims, line)
    check(found, claims, line, DAYS)
    assert found.points.keys() == {tuple(holds_at(claim, {"n": day}) for claim in claims) for day in DAYS}


def test_cuts_are_in_order():
    """Just before a value comes before just after it."""
    assert sorted([Cut(2), Cut(1, after=True), Cut(1)]) == [Cut(1), Cut(1, after=True), Cut(2)]


def test_what_has_no_order_and_what_is_too_much_is_not_told():
    """Items of lists have no place on a line, and so many stretches are not looked at."""
    line = Line("integer", 0, 10**6)
    assert along("n", [Has(Unknown("n", "list"), 1)], line) is None
    assert along("n", [Below(Sum(((W, 1),), -edge)) for edge in range(9000)], line) is None
