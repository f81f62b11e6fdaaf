"""Open time to or from an unknown instant: what is decided of it is what measuring at the instants finds."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from service.analysis.lines import valued
from service.analysis.open_time import turn
from service.analysis.terms import OpenTime, Unknown
from service.clock.calendars import build_calendar
from service.decision.policy import Policy
from service.facts.values import Period
from service.model.derivations import Measured
from service.model.measuring import measured
from tests.analysis.small_packs import deciding, load, rules

DESK = {
    "calendar": "desk", "zone": "America/Chicago", "hours": {"monday to friday": "09:00-17:00"}, "business_day": 8,
}  # fmt: skip
AT = Unknown("at", "instant")
MONDAY = datetime(2026, 3, 9, 15, tzinfo=UTC)
MINUTE = 60_000_000
PAUSES = (Period(MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)), Period(MONDAY + timedelta(days=8), None))


def how(unit):
    """Return a measure by the desk from the fact `a` to the fact `b`."""
    return Measured("a", "b", unit, (build_calendar(DESK),), "desk")


@pytest.mark.parametrize("unit", [MINUTE, None], ids=["open time", "business days"])
@pytest.mark.parametrize("is_last", [True, False], ids=["to it", "from it"])
@pytest.mark.parametrize("pauses", [(), PAUSES], ids=["no pauses", "pauses"])
def test_the_instant_at_which_an_amount_is_reached_is_found(unit, is_last, pauses):
    """Just before it the answer is another one."""
    pauses = pauses if unit else ()
    ends = (MONDAY, AT) if is_last else (AT, MONDAY)
    term = OpenTime(*ends, pauses, "desk", how(unit))

    def amount(place):
        there = valued("instant", place)
        return measured(term.how, "desk", *((MONDAY, there) if is_last else (there, MONDAY)), pauses)

    for edge in (Fraction(-900), Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(3), Fraction(500)):
        for above in (True, False):
            end, place, is_after = turn(term, edge, above=above)
            assert end == AT
            if isinstance(place, bool):
                continue
            answers = [amount(each) > edge if above else amount(each) < edge for each in (place - 1, place)]
            assert answers == [not is_after, is_after]


def test_an_amount_that_is_never_reached_is_told():
    """While a pause goes on, and beyond what is measured."""
    paused = OpenTime(MONDAY, AT, (Period(MONDAY, None),), "desk", how(MINUTE))
    assert turn(paused, Fraction(1), above=False) == (AT, False, False)
    assert turn(OpenTime(MONDAY, AT, (), "desk", how(None)), Fraction(10**6), above=True) == (AT, False, True)


def test_of_two_unknown_ends_nothing_is_told():
    """It would take more than one instant."""
    assert turn(OpenTime(AT, Unknown("b", "instant"), (), "desk", how(MINUTE)), Fraction(1), above=True) is None
    assert turn(OpenTime(MONDAY, AT, Unknown("p", "periods"), "desk", how(MINUTE)), Fraction(1), above=True) is None


INSTANT = {"type": "string", "format": "date-time"}
DERIVED = [
    {"fact": "minutes", "open_minutes_from": "at", "to": "to", "calendar": "desk"},
    {"fact": "hours", "round": "open", "places": 0, "how": "up"},
    {"fact": "open", "open_hours_from": "at", "to": "to", "calendar": "which"},
    {"fact": "days", "business_days_from": "at", "to": "to", "calendar": "desk"},
]


@pytest.fixture
def decide(tmp_path):
    """Decide cases of a pack whose rule asks for open time."""

    def made(when):
        written = rules("d", (when, {"k": True}), (None, {"k": False}))
        decision = {"decision": "d", "gives": {"k": "boolean"}, "hit_policy": "first", "rules": written}
        which = {"type": "string", "enum": ["desk", "night"]}
        night = {**DESK, "calendar": "night", "hours": {"monday to friday": "17:00-24:00"}, "business_day": 7}
        policy = Policy(
            load(
                tmp_path,
                {"at": INSTANT, "to": INSTANT, "which": which},
                decision,
                derived=DERIVED,
                calendars=[DESK, night],
            )
        )

        return deciding(policy, "d")

    return made


@pytest.mark.parametrize(
    "never",
    [
        {"minutes": {"more_than": 90}, "days": {"less_than": 0}},
        {"minutes": {"more_than": 480}, "days": 0},
        {"minutes": {"at_least": 60}, "to": {"before": "2026-03-09T16:00:00Z"}},
        {"minutes": {"known": False}, "to": "2026-03-09T16:00:00Z"},
    ],
    ids=str,
)
def test_what_no_end_has_is_decided(decide, never):
    """Of measures together, and with the instant itself."""
    said = decide(never)(at="2026-03-09T15:00:00Z")
    assert '"status":"decided"' in said


@pytest.mark.parametrize(
    ("sometimes", "needs"),
    [
        ({"minutes": {"more_than": 90}}, '["to"]'),
        ({"minutes": {"known": False}}, '["to"]'),
        ({"hours": {"at_least": 2}, "to": {"before": "2026-03-09T23:30:00Z"}}, '["to","which"]'),
    ],
    ids=str,
)
def test_what_some_end_has_needs_it_and_is_exact(decide, sometimes, needs):
    """The calendar too, where it may be another."""
    said = decide(sometimes)(at="2026-03-09T15:00:00Z")
    assert '"status":"provisional"' in said
    assert '"exact":false' not in said
    assert f'"needs":{needs}' in said.replace('["which","to"]', '["to","which"]')


def test_of_two_unknown_instants_it_is_said_that_not_all_is_settled(decide):
    """But whether they can be measured is."""
    assert '"exact":false' in decide({"minutes": {"more_than": 90}})()
    known = decide({"minutes": {"known": True}})
    assert '"k":true' in known(at="2026-03-09T15:00:00Z", to="2026-03-09T15:00:00Z")
    assert '"k":false' in known(at="2026-03-09T15:00:00Z", to="2126-03-09T15:00:00Z")
