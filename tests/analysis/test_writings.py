"""Instants that are moved by months, against moving them in the offsets with which they can be written."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis.lines import line_of
from service.analysis.sweeps import CannotSweep
from service.analysis.terms import Below, DayOf, Moved, Sum, Unknown, below, holds_at, number
from service.analysis.writings import sweep_writings
from service.model.derivations import Duration
from tests.thorough import tried

I = Unknown("i", "instant")  # noqa: E741 - as the fact is called
LINE = line_of("instant")

ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SHORT = (datetime(2023, 12, 20), datetime(2024, 4, 10))  # noqa: DTZ001 - the offset is put in
MOMENTS = st.builds(lambda at, zone: at.replace(tzinfo=zone), st.datetimes(*SHORT), ZONES)
MONTHS_END = [(1, (28, 29, 30, 31)), (2, (28, 29)), (3, (1, 28, 29, 30, 31))]
ENDS_OF_MONTHS = st.builds(
    lambda day, hour, minute, zone: datetime(2024, *day, hour, minute, tzinfo=zone),
    st.sampled_from([(month, day) for month, days in MONTHS_END for day in days]),
    st.integers(0, 23),
    st.sampled_from([0, 1, 59]),
    ZONES,
)
MOVES = st.builds(
    Duration,
    months=st.sampled_from([-2, -1, 0, 1, 2, 13]),
    days=st.integers(-2, 2),
    hours=st.integers(-30, 30),
    minutes=st.integers(-61, 61),
)
TERMS = (
    st.just(I)
    | MOVES.map(lambda by: Moved(I, by))
    | st.tuples(MOVES, MOVES).map(lambda each: Moved(Moved(I, each[0]), each[1]))
)
DAYS = st.builds(DayOf, TERMS, st.sampled_from(["UTC", "Europe/Paris", "Pacific/Apia"]))
DAYS_MOVED = DAYS | st.builds(Moved, DAYS, MOVES)
PAIRS = st.tuples(TERMS, MOMENTS | ENDS_OF_MONTHS) | st.tuples(DAYS_MOVED, MOMENTS.map(lambda at: at.date()))


def claims_of(pairs):
    """Return the claims that first values are below second ones, without those that are settled anyway."""
    return tuple(claim for one, other in pairs if isinstance(claim := below(one, other)[0], Below))


def instants_of(seed):
    """Return 150 instants like those of MOMENTS or ENDS_OF_MONTHS; Hypothesis draws one in the time of a hundred."""
    rng = Random(seed)
    seconds = int((SHORT[1] - SHORT[0]).total_seconds())
    near_ends = [datetime(2024, month, day) for month, days in MONTHS_END for day in days]  # noqa: DTZ001 - as above
    for _ in range(150):
        if rng.random() < 0.5:
            at = SHORT[0] + timedelta(seconds=rng.randrange(seconds), microseconds=rng.randrange(1_000_000))
        else:
            at = rng.choice(near_ends) + timedelta(hours=rng.randrange(24), minutes=rng.choice((0, 1, 59)))
        yield at.replace(tzinfo=timezone(timedelta(minutes=rng.randint(-1439, 1439))))


@given(st.lists(PAIRS, min_size=1, max_size=3), st.integers(0, 2**32))
@settings(max_examples=tried(20, 400))
def test_no_writing_of_an_instant_has_what_is_not_told(pairs, seed):
    """However an instant is written, the claims that are true of it are told together; and what is told is shown."""
    claims = claims_of(pairs)
    found = sweep_writings(LINE, claims)
    for at in instants_of(seed):
        assert tuple(holds_at(claim, {"i": at}) for claim in claims) in found
    for truths, shown in found.items():
        assert shown
        for at in shown:
            assert 1900 <= at.year <= 9899
            assert tuple(holds_at(claim, {"i": at}) for claim in claims) == truths


def test_every_hour_and_many_offsets_around_the_end_of_a_month():
    """One month on of a moment may lie before and after a fixed moment, as it is written; further on it may not.

    A few offsets show all four ways in which the two claims can be true or not: more would show no fifth.
    """
    edge = datetime(2024, 2, 29, 12, tzinfo=UTC)
    claims = claims_of([(Moved(I, Duration(months=1)), edge), (I, datetime(2024, 1, 30, 6, tzinfo=UTC))])
    seen = set()
    for minutes in range(-1439, 1440, tried(70, 7)):
        zone = timezone(timedelta(minutes=minutes))
        for hour in range(24 * 8):
            at = (datetime(2024, 1, 27, tzinfo=UTC) + timedelta(hours=hour)).astimezone(zone)
            seen.add(tuple(holds_at(claim, {"i": at}) for claim in claims))
    assert sweep_writings(LINE, claims).keys() == seen
    assert len(seen) == 4


def test_the_first_and_last_instants_are_those_that_can_be_written():
    """A year that only a far offset makes 1900 or 9899 is there."""
    first, last = (datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=1439))), number(LINE.most) // 1)
    claims = (Below(Sum(((Moved(I, Duration(months=1)), 1),), -number(first.replace(month=2)) - 1)),)
    found = sweep_writings(LINE, claims)
    assert first in found[(True,)]
    assert max(number(at) for at in found[(False,)]) == last


def test_several_functions_in_one_claim_and_ends_of_the_calendar_are_left():
    """What isn't settled here is said to be so."""
    month = Moved(I, Duration(months=1))
    for claim in (
        below(month, I)[0],
        below(Moved(I, Duration(years=200)), datetime(2024, 1, 1, tzinfo=UTC))[0],
        below(DayOf(month, "UTC"), DayOf(I, "UTC"))[0],
    ):
        with pytest.raises(CannotSweep):
            sweep_writings(LINE, (claim,))


def test_constants_may_be_of_any_size():
    """A place beyond all instants is above them all."""
    month = Moved(I, Duration(months=1))
    assert list(sweep_writings(LINE, (Below(Sum(((month, 1),), -(10**300))),))) == [(True,)]
    assert list(sweep_writings(LINE, (Below(Sum(((DayOf(month, "UTC"), 1),), 10**300)),))) == [(False,)]
