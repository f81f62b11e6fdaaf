"""Sweeps of one date or instant, against looking at every day of a short line, and at any value of the longest."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis.lines import Line, line_of, valued
from service.analysis.sweeps import CannotSweep, _offsets, moved_days, sweep_days, sweep_instants
from service.analysis.terms import Below, DayOf, Moved, Opaque, Sum, Unknown, below, holds_at, number
from service.clock.zones import zone_named
from service.model.derivations import Duration
from service.model.working import shifted
from tests.thorough import tried

D, I = Unknown("d", "date"), Unknown("i", "instant")  # noqa: E741 - as the facts are called
HOUR = 3_600_000_000
MINUTE = HOUR // 60

MOVES = st.builds(Duration, years=st.integers(-2, 2), months=st.integers(-14, 14), days=st.integers(-35, 35))
FAR_MOVES = st.builds(Duration, years=st.integers(-9000, 9000), days=st.sampled_from([0, 1, -1]))
ZONES = st.sampled_from(
    ["UTC", "America/Chicago", "Asia/Kolkata", "Pacific/Apia", "Pacific/Kwajalein", "America/St_Johns", "Africa/Cairo"]
)


def claims_of(pairs):
    """Return the claims that first values are below second ones, without those that are settled anyway."""
    return tuple(claim for one, other in pairs if isinstance(claim := below(one, other)[0], Below))


def dates_from(moves):
    """Return dates that follow from one by one move or two."""
    return moves.map(lambda by: Moved(D, by)) | st.tuples(moves, moves).map(
        lambda each: Moved(Moved(D, each[0]), each[1])
    )


def truths_at(claims, **values):
    """Return which claims are true of some values, one by one."""
    return tuple(holds_at(claim, values) for claim in claims)


DATES = st.just(D) | dates_from(MOVES)
DATE_CLAIMS = st.lists(st.tuples(DATES, DATES | st.dates(date(1950, 1, 1), date(1953, 1, 1))), min_size=1, max_size=4)


@given(DATE_CLAIMS, st.dates(date(1950, 1, 1), date(1952, 1, 1)), st.integers(0, 900))
@settings(max_examples=tried(30, 600))
def test_a_short_line_of_days_is_told_as_looking_at_each_tells_it(pairs, first, length):
    """Exactly the combinations that some day has, each with days that have it: the first one, and the last."""
    claims = claims_of(pairs)
    if not claims:
        return
    line = Line("date", first.toordinal(), first.toordinal() + length)
    found = sweep_days(line, claims)
    expected = {}
    for i in range(length + 1):
        day = first + timedelta(days=i)
        expected.setdefault(truths_at(claims, d=day), []).append(day)
    assert found.keys() == expected.keys()
    for truths, days in found.items():
        assert (days[0], days[-1]) == (expected[truths][0], expected[truths][-1])
        assert set(days) <= set(expected[truths])


FAR_CLAIMS = st.lists(
    st.tuples(st.just(D) | dates_from(MOVES | FAR_MOVES), st.just(D) | dates_from(MOVES | FAR_MOVES) | st.dates()),
    min_size=1,
    max_size=3,
)


@given(FAR_CLAIMS, st.lists(st.dates(date(1900, 1, 1), date(9899, 12, 31)), min_size=20, max_size=20))
@settings(max_examples=15)
def test_no_day_of_8000_years_has_what_is_not_told(pairs, days):
    """Nothing new comes where a sweep stops, also where moves end at the calendar's first or last day."""
    claims = claims_of(pairs)
    if not claims:
        return
    found = sweep_days(line_of("date"), claims)
    assert {truths_at(claims, d=day) for day in [date(1900, 1, 1), date(9899, 12, 31), *days]} <= found.keys()
    for truths, shown in found.items():
        assert {truths_at(claims, d=day) for day in shown} == {truths}


def test_constants_may_be_of_any_size():
    """Days apart can be compared with any number."""
    pair = Sum(((Moved(D, Duration(months=1)), 1), (D, -1)))
    for edge, truth in ((10**300, True), (-(10**300), False), (32, True), (27, False)):
        claim = Below(Sum(pair.parts, -edge))
        assert list(sweep_days(line_of("date"), (claim,))) == [(truth,)]


def test_what_follows_from_something_else_is_not_swept():
    """A clock's results, and instants among dates."""
    for term in (Opaque((), (D,)), Moved(I, Duration(days=1))):
        with pytest.raises(CannotSweep):
            sweep_days(line_of("date"), (Below(Sum(((D, 1), (term, -1)))),))
    for term in (Opaque((), (I,)), Moved(I, Duration(months=1)), DayOf(Moved(I, Duration(years=1)), "UTC")):
        with pytest.raises(CannotSweep):
            sweep_instants(line_of("instant"), (Below(Sum(((DayOf(I, "UTC"), 1), (term, -1)))),))


@given(st.lists(st.dates(), min_size=1, max_size=20), MOVES | FAR_MOVES)
def test_days_are_moved_as_the_engine_moves_them(days, by):
    """Many at once as one by one."""
    moved = moved_days(np.array([day.toordinal() for day in days]), by)
    assert moved.tolist() == [shifted(day, by).toordinal() for day in days]


DAYS_OF = st.builds(DayOf, st.just(I) | st.integers(-60, 60).map(lambda h: Moved(I, Duration(hours=h))), ZONES)
DAYS_MOVED = DAYS_OF | st.builds(Moved, DAYS_OF, MOVES)


def moments(line):
    """Return any instants of a line."""
    return st.integers(int(line.least), int(line.most)).map(lambda place: valued("instant", place))


def instant_claims(line):
    """Return claims about days in zones, with constants within a line; at least one has two days that meet."""
    days = moments(line).map(lambda at: at.date())
    pairs = st.tuples(DAYS_MOVED, DAYS_MOVED | days) | st.tuples(st.just(I), moments(line))
    return st.lists(pairs, min_size=1, max_size=3).map(
        lambda drawn: claims_of([(DayOf(I, "UTC"), DayOf(I, "Asia/Tokyo")), *drawn])
    )


CHANGES = st.sampled_from([(2011, 12, 30), (1993, 8, 21), (1969, 10, 1), (2026, 3, 29), (1987, 10, 25)])


@given(st.data(), CHANGES)
@settings(max_examples=tried(20, 400))
def test_a_few_days_are_told_as_looking_at_each_minute_tells_it(data, middle):
    """Days in several zones, around a change of clocks: exactly the combinations that some minute has."""
    near = number(datetime(*middle, tzinfo=UTC))
    claims = data.draw(instant_claims(Line("instant", near - 1000 * HOUR, near + 1000 * HOUR)))
    line = Line("instant", near - 60 * HOUR, near + 60 * HOUR)
    found = sweep_instants(line, claims)
    minutes = range(int(line.least), int(line.most) + 1, 5 * MINUTE)
    seen = {truths_at(claims, i=valued("instant", place)) for place in minutes}
    assert seen <= found.keys()
    for truths, shown in found.items():
        assert all(line.least <= number(at) <= line.most for at in shown)
        assert {truths_at(claims, i=at) for at in shown} == {truths}


@given(instant_claims(line_of("instant")), st.lists(moments(line_of("instant")), min_size=10, max_size=10))
@settings(max_examples=8)
def test_no_instant_of_8000_years_has_what_is_not_told(claims, instants):
    """The rules for clocks repeat every 400 years: nothing new comes where a sweep stops."""
    line = line_of("instant")
    found = sweep_instants(line, claims)
    for at in (valued("instant", line.least), valued("instant", line.most), *instants):
        assert truths_at(claims, i=at) in found
    for truths, shown in found.items():
        assert {truths_at(claims, i=at) for at in shown} == {truths}


YEARS = (1900, 1945, 1999, 2011, 2026, 2050, 2087, 2100, 2500, 4321, 9898)


@pytest.fixture(scope="module")
def hours_of():
    """Each hour of some years."""
    return {
        year: [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(366 * 24)] for year in YEARS
    }


@pytest.mark.parametrize("zone", ["Europe/London", "Africa/Casablanca", "Pacific/Apia", "America/Caracas", "UTC"])
def test_the_clock_of_a_zone_is_the_one_of_the_standard_library(zone, hours_of):
    """In each hour of some years, and far ahead, where changes are taken back by whole cycles."""
    tz = zone_named(zone)
    for year in YEARS:
        offsets = _offsets(zone, number(datetime(year, 1, 1, tzinfo=UTC)) + HOUR * np.arange(366 * 24)).tolist()
        assert offsets == [at.astimezone(tz).utcoffset() // timedelta(microseconds=1) for at in hours_of[year]]
