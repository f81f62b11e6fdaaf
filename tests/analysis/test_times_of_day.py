"""Times of day of an unknown instant: what is decided of them is what looking at the instants finds."""

from datetime import UTC, datetime, time, timedelta

import pytest

from service.analysis.exactness import unsettled
from service.analysis.ground import Ground
from service.analysis.lines import Line, always, line_of
from service.analysis.sweeps import sweep_instants
from service.analysis.terms import Below, DayOf, Moved, Sum, TimeOf, Unknown, evaluated, number
from service.decision.policy import Policy
from service.model.derivations import Duration
from service.model.working import time_in
from tests.analysis.small_packs import deciding, load, rules

AT = Unknown("at", "instant")
HOUR = 3_600_000_000
LISBON, APIA = TimeOf(AT, "Europe/Lisbon"), TimeOf(AT, "Pacific/Apia")


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)),
        (datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)),
        (datetime(2011, 12, 28, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC)),
    ],
    ids=["forward", "back", "a day that was skipped"],
)
def test_the_times_that_are_swept_are_those_of_clocks(since, until):
    """Around changes of the clocks, minute by minute."""
    line = Line("instant", number(since), number(until))
    asked = [
        (LISBON, 1 * HOUR),
        (LISBON, 1 * HOUR + HOUR // 2),
        (TimeOf(Moved(AT, Duration(hours=5)), "Europe/Lisbon"), 20 * HOUR),
        (APIA, 10 * HOUR),
    ]
    claims = tuple(Below(Sum(((term, 1),), -place)) for term, place in asked)
    claims += (Below(Sum(((DayOf(AT, "Europe/Lisbon"), 1),), -since.toordinal() - 2)),)
    claims += (Below(Sum(((LISBON, 1), (APIA, -1)))),)

    def truths(moment):
        facts = {"at": moment}
        return tuple(
            sum(number(evaluated(term, facts)) * times for term, times in claim.sum.parts) + claim.sum.constant < 0
            for claim in claims
        )

    minutes = int((until - since) / timedelta(minutes=1))
    swept = sweep_instants(line, claims)
    assert set(swept) == {truths(since + timedelta(minutes=i)) for i in range(minutes + 1)}
    assert all(truths(each) == key for key, shown in swept.items() for each in shown)


def test_no_time_of_a_day_is_before_or_after_it():
    """So that what is always so is no claim."""
    assert always(Below(Sum(((LISBON, 1),), -24 * HOUR))) is True
    assert always(Below(Sum(((LISBON, 1),), 0))) is False
    assert always(Below(Sum(((LISBON, 1),), -1))) is None


@pytest.mark.parametrize("place", ["least", "most"])
def test_every_instant_has_a_time_of_day_in_every_zone(place):
    """Those too that no calendar of the zone has."""
    moment = {"least": datetime.min, "most": datetime.max}[place].replace(tzinfo=UTC)  # noqa: DTZ901
    assert time_in("Etc/UTC", moment) == moment.time()
    assert time_in("Etc/GMT+12" if place == "least" else "Etc/GMT-12", moment) == moment.time()
    assert line_of("instant").least < line_of("instant").most


DERIVED = [
    {"fact": "here", "time_of_day": "at", "zone": "Europe/Lisbon"},
    {"fact": "there", "time_of_day": "at", "zone": "Asia/Tokyo"},
    {"fact": "own", "time_of_day": "at", "zone": "zone"},
    {"fact": "own.day", "date_of": "at", "zone": "zone"},
    {"fact": "other.time", "time_of_day": "other", "zone": "Europe/Lisbon"},
]
INSTANT = {"type": "string", "format": "date-time"}


@pytest.fixture
def decide(tmp_path):
    """Decide cases of a pack whose rule asks for times of day."""

    def made(when, *, is_exact=True):
        written = rules("d", (when, {"k": True}), (None, {"k": False}))
        decision = {"decision": "d", "gives": {"k": "boolean"}, "hit_policy": "first", "rules": written}
        zone = {"type": "string", "enum": ["Europe/Lisbon", "Asia/Tokyo"]}
        policy = Policy(load(tmp_path, {"at": INSTANT, "other": INSTANT, "zone": zone}, decision, derived=DERIVED))
        assert (list(unsettled(Ground(policy.pack))) == []) is is_exact

        return deciding(policy, "d")

    return made


@pytest.mark.parametrize(
    "never",
    [
        {"here": {"between": ["09:00", "12:00"]}, "there": {"between": ["09:00", "12:00"]}},
        {"here": {"before": "18:00", "on_or_after": "18:00"}},
        {"here": "09:00", "at": {"on_or_after": "2026-01-01T09:00:00.000001Z", "before": "2026-01-02T00:00:00Z"}},
        {
            "own": {"not": {"between": ["08:00", "09:00"]}},
            "zone": "Asia/Tokyo",
            "there": {"between": ["08:00", "09:00"]},
        },
    ],
    ids=str,
)
def test_times_that_no_instant_has_together_are_decided(decide, never):
    """Neither in one zone nor in two, nor on a day."""
    assert '"status":"decided"' in decide(never)()


def test_a_time_passes_midnight(decide):
    """The first is in it, the last is not."""
    night = decide({"here": {"between": ["22:00", "06:00"]}})
    held = {
        f"2026-01-01T{at}:00Z": '"k":true' in night(at=f"2026-01-01T{at}:00Z")
        for at in ("21:59", "22:00", "05:59", "06:00")
    }
    assert list(held.values()) == [False, True, True, False]
    assert '"needs":["at"]' in night()


def test_the_zone_may_be_what_is_unknown(decide):
    """Where it makes a difference."""
    evening = decide({"own": {"on_or_after": "18:00"}})
    assert '"needs":["zone"]' in evening(at="2026-07-01T09:00:00Z")
    assert '"status":"decided"' in evening(at="2026-07-01T20:00:00Z", zone="Asia/Tokyo")
    assert '"needs":[]' in decide({"own": {"before": "18:00"}, "own.day": "2026-07-01"})(at="2026-07-01T01:00:00Z")


def test_the_times_of_two_instants_are_not_compared_exactly(decide):
    """It is said, and nothing is decided by it that is not so."""
    compared = decide({"here": {"before": "other.time"}}, is_exact=False)
    assert '"exact":false' in compared()
    assert '"k":true' in compared(at="2026-07-01T09:00:00Z", other="2026-06-01T09:00:00.000001Z")


def test_a_time_is_shown_without_seconds_where_there_are_none(decide):
    """As packs write it."""
    assert '"here":"10:00"' in decide({"here": time(10).isoformat("minutes")})(at="2026-07-01T09:00:00Z")
