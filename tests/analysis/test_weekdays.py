"""Weekdays of unknown dates: what is decided of them is what looking at each day finds."""

from datetime import date, timedelta

import pytest

from service.analysis.exactness import unsettled
from service.analysis.ground import Ground
from service.analysis.lines import Line
from service.analysis.sweeps import sweep_days
from service.analysis.terms import Below, Moved, Sum, Unknown, WeekdayIn, evaluated
from service.decision.policy import Policy
from service.model.derivations import Duration
from tests.analysis.small_packs import load, rules

DAY = Unknown("day", "date")


def test_the_weekdays_that_are_swept_are_those_of_the_calendar():
    """Of the days of two years, moved too."""
    line = Line("date", date(2026, 1, 1).toordinal(), date(2027, 12, 31).toordinal())
    terms = (WeekdayIn(DAY), WeekdayIn(Moved(DAY, Duration(months=1))))
    claims = tuple(Below(Sum(((term, 1),), -place)) for term in terms for place in (3, 5))
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(730)]
    found = {tuple(evaluated(t, {"day": day}) < p for t in terms for p in (3, 5)) for day in days}
    swept = sweep_days(line, claims)
    assert set(swept) == found
    for truths, shown in swept.items():
        for day in shown:
            assert tuple(evaluated(t, {"day": day}) < p for t in terms for p in (3, 5)) == truths


@pytest.fixture
def decide(tmp_path):
    """Decide cases of a pack whose rule asks when a loan ends, by the weekday of its last day."""

    def made(fact, derived, when):
        decision = {"decision": "d", "gives": {"k": "boolean"}, "hit_policy": "first"}
        decision["rules"] = rules("d", (when, {"k": True}), (None, {"k": False}))
        policy = Policy(load(tmp_path, {"day": fact}, decision, derived=derived))
        assert list(unsettled(Ground(policy.pack))) == []

        def decided(facts):
            found = policy.decide(policy.pack.facts.read(facts))["d"]
            return found.decode() if isinstance(found, bytes) else found

        return decided

    return made


DATE = {"type": "string", "format": "date"}
WEEKDAYS = [{"fact": "last", "date": "day", "plus": {"days": 7}}] + [
    {"fact": f"{name}.weekday", "weekday_of": name} for name in ("day", "last")
]


def test_a_week_later_is_the_same_weekday_and_that_is_proved(decide):
    """Whatever day it is: no day is a Monday whose next week's day is none."""
    never = decide(DATE, WEEKDAYS, {"day.weekday": "monday", "last.weekday": {"not": "monday"}})
    assert '"status":"decided"' in never({})
    sometimes = decide(DATE, WEEKDAYS, {"day.weekday": "monday", "last.weekday": "monday"})
    assert '"needs":["day"]' in sometimes({})
    assert '"k":true' in sometimes({"day": "2026-03-02"})


def test_the_weekday_of_an_instants_day_in_a_zone_is_settled_too(decide):
    """Late on a Sunday in UTC it is Monday already in the summer of Lisbon."""
    derived = [{"fact": "there", "date_of": "day", "zone": "Europe/Lisbon"}, {"fact": "name", "weekday_of": "there"}]
    instant = {"type": "string", "format": "date-time"}
    weekend = decide(instant, derived, {"name": ["saturday", "sunday"]})
    assert '"needs":["day"]' in weekend({})
    assert '"k":true' in weekend({"day": "2026-03-01T23:30:00Z"})
    assert '"k":false' in weekend({"day": "2026-06-28T23:30:00Z"})
