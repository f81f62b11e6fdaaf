"""One pack, ready to decide: what is remembered is bounded, and short ways come to what the long ones do."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.decision.policy import Policy
from service.instants import read_instant

FIRST, END = date(2026, 2, 1), date(2026, 8, 1)
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
NEAR = st.one_of(
    st.datetimes(datetime(2026, 1, 25), datetime(2026, 2, 8), timezones=OFFSETS),  # noqa: DTZ001 - the zone is drawn
    st.datetimes(datetime(2026, 7, 25), datetime(2026, 8, 8), timezones=OFFSETS),  # noqa: DTZ001
    st.datetimes(datetime(1900, 1, 2), datetime(9899, 12, 30), timezones=OFFSETS),  # noqa: DTZ001
)


@pytest.fixture(scope="module", params=[None, "Pacific/Kiritimati", "Pacific/Niue"])
def limited(loans, request):
    """The toy pack with days on which it is in force, judged in a zone or in none."""
    return [
        Policy(replace(loans, in_force_from=first, in_force_until=end, dates_in=request.param))
        for first, end in ((FIRST, END), (FIRST, None), (None, END), (date.min, date.max), (None, None))
    ]


@given(NEAR)
def test_what_is_evidently_in_force_is_so_once_the_moment_is_read(limited, moment):
    """No zone and no offset makes it another day than that."""
    for policy in limited:
        text = moment.isoformat()
        if policy.is_evidently_in_force(text):
            assert policy.is_in_force(policy.day(read_instant(text)))


def test_most_moments_are_evidently_in_force(limited):
    """Or the short way would be none."""
    text = datetime(2026, 5, 1, 12, tzinfo=UTC).isoformat()
    assert all(policy.is_evidently_in_force(text) for policy in limited)
    assert [policy.is_evidently_in_force(None) for policy in limited] == [False, False, False, False, True]


def test_a_caller_who_asks_in_ever_new_orders_does_not_fill_the_memory(support):
    """What is kept for the names that are asked together is bounded, as there are very many orders."""
    policy = Policy(support)
    case = support.facts.read({})
    expected = policy.decide(case)
    for names in islice(permutations(support.decisions), 600):
        assert policy.decide(case, names) == {name: expected[name] for name in names}
        policy.facts_read(names)
    kept = policy.facts_read.cache_info()
    assert kept.currsize <= kept.maxsize < 600
