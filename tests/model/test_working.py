"""What derived facts compute, with none wherever an input is none, and never beyond the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from service.clock.zones import UnknownZone, zone_named
from service.facts.numbers import exact
from service.model.conditions import Test as Leaf
from service.model.derivations import (
    Counted,
    DayIn,
    DaysBetween,
    Derived,
    Duration,
    Extreme,
    Holds,
    Shifted,
    Summed,
    SummedList,
)
from service.model.working import day_in, derive, shifted, worked_out
from service.written.findings import Place

FIRST, LAST = datetime.min, datetime.max  # noqa: DTZ901 - a zone is put in
AHEAD, BEHIND = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    ("start", "step", "end"),
    [
        (date(2026, 1, 31), {"months": 1}, date(2026, 2, 28)),
        (date(2024, 2, 29), {"years": 1}, date(2025, 2, 28)),
        (date(2026, 1, 31), {"days": 28}, date(2026, 2, 28)),
        (datetime(2026, 1, 1, 9, tzinfo=UTC), {"hours": 20}, datetime(2026, 1, 2, 5, tzinfo=UTC)),
        (date(9999, 12, 1), {"months": 1}, date.max),
        (date(1, 1, 1), {"days": -1}, date.min),
        (date(9999, 12, 1), {"months": 1, "days": -31}, date(9999, 12, 1)),
        (date(9999, 12, 1), {"years": 10**12, "days": -1}, date.max),
        (None, {"days": 1}, None),
    ],
)
def test_a_date_is_moved_and_clipped_to_what_there_is(start, step, end):
    """To the month's last day, and to the calendar's first and last."""
    assert worked_out(Shifted("it", Duration(**step)), start) == end


@pytest.mark.parametrize("zone", [UTC, AHEAD, BEHIND, zone_named("Europe/Lisbon")])
@pytest.mark.parametrize(("years", "end"), [(9000, LAST), (-9000, FIRST)])
def test_an_instant_stays_one_beyond_the_calendar_s_end(zone, years, end):
    """It can be compared with others, and has a day in every zone."""
    moved = shifted(datetime(2026, 1, 1, 9, tzinfo=zone), Duration(years=years))
    assert (moved, moved.tzinfo) == (end.replace(tzinfo=zone), zone)
    assert (moved > datetime(2026, 1, 1, tzinfo=UTC)) is (years > 0)
    for name in ("Pacific/Kiritimati", "Etc/GMT+12", "UTC"):
        assert day_in(name, moved) in {end.date(), end.date() + timedelta(days=1 if years < 0 else -1)}


DURATIONS = st.builds(
    dict,
    years=st.integers(-300, 300),
    months=st.integers(-40, 40),
    weeks=st.integers(-60, 60),
    days=st.integers(-400, 400),
    hours=st.integers(-60, 60),
    minutes=st.integers(-3000, 3000),
)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1))  # noqa: DTZ001 - given a zone by the strategy
ZONES = st.sampled_from([UTC, AHEAD, BEHIND, zone_named("America/New_York"), zone_named("Europe/Lisbon")])


@given(st.dates(date(1900, 1, 1), date(9000, 1, 1)), DURATIONS)
def test_dates_move_as_a_public_library_moves_them(start, pieces):
    """Years and months first, clipped; then the rest."""
    days = {name: pieces[name] for name in ("years", "months", "weeks", "days")}
    assert shifted(start, Duration(**days)) == start + relativedelta(**days)


@given(MOMENTS, ZONES, DURATIONS)
def test_instants_move_as_a_public_library_moves_them(moment, zone, pieces):
    """On the clock of their zone."""
    start = moment.replace(tzinfo=zone)
    moved, expected = shifted(start, Duration(**pieces)), start + relativedelta(**pieces)
    assert (moved, moved.fold, moved.isoformat()) == (expected, expected.fold, expected.isoformat())


@given(st.dates(), st.dates(), DURATIONS)
def test_of_two_dates_the_later_stays_the_later(first, second, pieces):
    """Whatever is clipped, at a month's end or at the calendar's."""
    by = Duration(**{name: pieces[name] * 10 for name in ("years", "months", "days")})
    low, high = sorted((first, second))
    assert shifted(low, by) <= shifted(high, by)


def test_a_span_goes_back_piece_by_piece():
    """Each has a sign of its own."""
    assert -Duration(months=1, days=-2, minutes=3) == Duration(months=-1, days=2, minutes=-3)


def test_the_latest_and_earliest_pass_over_none():
    """They are none themselves only when all are."""
    days = (date(2026, 1, 1), None, date(2026, 3, 1))
    names = ("a", "b", "c")
    assert worked_out(Extreme(names, latest=True), *days) == date(2026, 3, 1)
    assert worked_out(Extreme(names, latest=False), *days) == date(2026, 1, 1)
    assert worked_out(Extreme(names[:2], latest=True), None, None) is None


def test_days_between_dates_have_a_sign():
    """Negative when the second is earlier."""
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    between = DaysBetween("first", "last")
    assert worked_out(between, first, last) == 30
    assert worked_out(between, last, first) == -30
    assert worked_out(between, first, None) is None


def test_lists_are_summed_and_counted():
    """All items, or those in a set."""
    assert worked_out(SummedList("it"), (1, 2.5)) == 3.5
    assert worked_out(Counted("it"), ("disc", "cover")) == 2
    assert worked_out(Counted("it", frozenset({"disc"})), ("disc", "cover")) == 1
    assert worked_out(Summed(("a", "b"), 3), 1, 2) == 6


def test_decimals_are_summed_as_they_are_written():
    """Not as the nearest binary fractions; and a sum beyond all doubles is a number like any other."""
    tenth, huge = exact(0.1), exact(1e308)
    assert worked_out(Summed(("a", "b")), tenth, exact(0.2)) == exact(0.3)
    assert worked_out(SummedList("it"), (tenth,) * 10) == 1
    assert worked_out(Summed(("a",), exact(0.7)), tenth) == exact(0.8)
    assert worked_out(Summed(("a", "b")), huge, huge) == 2 * 10**308


@given(st.lists(st.integers(-(10**6), 10**6), max_size=6))
def test_a_sum_of_cents_is_exact(cents):
    """As if they had been counted whole."""
    assert worked_out(SummedList("it"), tuple(exact(each / 100) for each in cents)) == exact(sum(cents) / 100)


@pytest.mark.parametrize("how", [SummedList("it"), Counted("it"), Summed(("it",), 1), DayIn("it", "UTC")])
def test_nothing_is_known_of_none(how):
    """A sum that leaves a term out would be wrong."""
    assert worked_out(how, None) is None


def test_the_day_of_an_instant_is_that_of_the_zone():
    """In Lisbon's summer the day begins an hour before it does in UTC."""
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert worked_out(DayIn("it", "Europe/Lisbon"), late) == date(2026, 7, 2)
    with pytest.raises(UnknownZone):
        day_in("Europe/Lisbn", late)


def test_a_named_condition_holds_or_does_not():
    """By the values of its inputs, from an environment or in order."""
    named = Derived("is_high", "Is high.", (), "boolean", Holds(Leaf("level", "equals", "high")), Place("", 1, 1))
    assert [derive(named, {"level": level}) for level in ("high", "low", None)] == [True, False, False]
    assert worked_out(named.how, "high") is True


def test_a_derived_fact_is_worked_out_from_what_it_reads():
    """What is not there counts as none: lenient ones pass over it."""
    latest = Derived(
        "last", "The last.", (), "date", Extreme(("a", "b"), latest=True, known_only=True), Place("", 1, 1)
    )
    assert latest.lenient
    assert derive(latest, {"b": date(2026, 1, 1)}) == date(2026, 1, 1)
