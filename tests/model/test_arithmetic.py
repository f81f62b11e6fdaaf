"""What derived facts compute, with none wherever an input is none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from service.clock.zones import UnknownZone
from service.model import arithmetic


@pytest.mark.parametrize(
    ("start", "step", "end"),
    [
        (date(2026, 1, 31), {"months": 1}, date(2026, 2, 28)),
        (date(2024, 2, 29), {"years": 1}, date(2025, 2, 28)),
        (date(2026, 1, 31), {"days": 28}, date(2026, 2, 28)),
        (datetime(2026, 1, 1, 9, tzinfo=UTC), {"hours": 20}, datetime(2026, 1, 2, 5, tzinfo=UTC)),
        (date(9999, 12, 1), {"months": 1}, date.max),
        (date(1, 1, 1), {"days": -1}, date.min),
        (None, {"days": 1}, None),
    ],
)
def test_a_date_is_moved_and_clipped_to_what_there_is(start, step, end):
    """To the month's last day, and to the calendar's first and last."""
    assert arithmetic.shifted(relativedelta(**step))(start) == end


def test_the_latest_and_earliest_pass_over_none():
    """They are none themselves only when all are."""
    days = (date(2026, 1, 1), None, date(2026, 3, 1))
    assert arithmetic.latest(*days) == date(2026, 3, 1)
    assert arithmetic.earliest(*days) == date(2026, 1, 1)
    assert arithmetic.latest(None, None) is None


def test_days_between_dates_have_a_sign():
    """Negative when the second is earlier."""
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    assert arithmetic.days_between(first, last) == 30
    assert arithmetic.days_between(last, first) == -30
    assert arithmetic.days_between(first, None) is None


def test_lists_are_summed_and_counted():
    """All items, or those in a set."""
    assert arithmetic.sum_of_list((1, 2.5)) == 3.5
    assert arithmetic.counted(None)(("disc", "cover")) == 2
    assert arithmetic.counted({"disc"})(("disc", "cover")) == 1
    assert arithmetic.summed(3)(1, 2) == 6


@pytest.mark.parametrize("function", [arithmetic.sum_of_list, arithmetic.counted(None), arithmetic.summed(1)])
def test_nothing_is_known_of_none(function):
    """A sum that leaves a term out would be wrong."""
    assert function(None) is None


def test_the_day_of_an_instant_is_that_of_the_zone():
    """In Lisbon's summer the day begins an hour before it does in UTC."""
    day = arithmetic.day_in("Europe/Lisbon")
    assert day(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == date(2026, 7, 2)
    assert day(None) is None
    with pytest.raises(UnknownZone):
        arithmetic.day_in("Europe/Lisbn")


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 400), st.integers(0, 40))
def test_a_later_date_is_never_earlier(start, days, months):
    """Whatever is clipped."""
    assert arithmetic.shifted(relativedelta(days=days, months=months))(start) >= start
