"""Dates and instants moved by numbers of the case: what is decided with either unknown is what trying all shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product

import orjson
import pytest

from service.analysis.lines import Line
from service.analysis.moves import stays_within, turned_to_numbers
from service.analysis.terms import MovedBy, Sum, Unknown, evaluated, number
from service.clock.zones import zone_named
from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.model.working import reach_of_moves
from tests.analysis.small_packs import load, rules

DATE = {"type": "string", "format": "date"}
INSTANT = {"type": "string", "format": "date-time"}
WHOLE = {"type": "integer"}
MONTHS = {**WHOLE, "minimum": 0, "maximum": 100}


@pytest.fixture
def decide(tmp_path):
    """Decide cases of a pack with these derived facts, whose decision `d` says whether a condition holds."""

    def made(properties, derived, *written, gives="boolean"):
        decision = {"decision": "d", "gives": {"k": gives}, "hit_policy": "first", "rules": rules("d", *written)}
        pack = load(tmp_path, properties, decision, derived=derived)
        policy = Policy(pack)

        def decided(**facts):
            found = orjson.loads(policy.decide(pack.facts.read(facts))["d"])
            assert (found["status"] == "decided") is (found["needs"] == [])
            return found["outcome"] if found["needs"] == [] else (*found["needs"], found.get("exact", True))

        decided.pack = pack
        decided.policy = policy
        return decided

    return made


YES, NO = {"k": True}, {"k": False}


def until(**length):
    """Return the derived fact `until`: a day, or an instant, so much later."""
    return {"fact": "until", "date": "start", "plus": length}


def before(place):
    """Return rules that say whether `until` is before something."""
    return ({"until": {"before": place}}, YES), (None, NO)


DAYS = ["2025-11-30", "2026-01-31", "2026-02-28", "2026-03-01", "2026-08-31"]
LENGTHS = [
    {"months": "num"},
    {"days": "num"},
    {"years": "num"},
    {"weeks": "num", "days": -3},
    {"years": -1, "months": "num"},
]


@pytest.mark.parametrize("length", LENGTHS, ids=str)
@pytest.mark.parametrize(
    "bounds", [{}, {"minimum": 0}, {"minimum": -7, "maximum": 9}, {"minimum": 0, "maximum": 100}], ids=str
)
def test_a_known_date_is_settled_by_what_the_number_can_be(decide, length, bounds):
    """Each answer is what trying every number near it shows; whole lines of numbers are told by their ends."""
    decided = decide({"start": DATE, "num": {**WHOLE, **bounds}}, [until(**length)], *before("2026-03-01"))
    numbers = range(bounds.get("minimum", -190), bounds.get("maximum", 100) + 1)
    for day in DAYS:
        answers = {decided(start=day, num=each)["k"] for each in numbers}
        found = decided(start=day)
        assert found == ({"k": answers.pop()} if len(answers) == 1 else ("num", True))


@pytest.mark.parametrize("length", LENGTHS, ids=str)
def test_a_known_number_moves_an_unknown_date_as_one_that_is_written(decide, length):
    """Both are asked for what they need."""
    decided = decide({"start": DATE, "num": WHOLE}, [until(**length)], *before("2026-03-01"))
    assert decided(num=3) == ("start", True)


@pytest.mark.parametrize(
    ("length", "bounds"),
    [
        ({"months": "num"}, {"minimum": 0, "maximum": 60}),
        ({"months": "num"}, {"minimum": 0, "maximum": 127}),
        ({"years": "num", "days": 1}, {"minimum": -40, "maximum": 60}),
        ({"days": "num"}, {}),
        ({"weeks": "num", "days": 2}, {"minimum": 0}),
        ({"months": 1, "days": "num"}, {"minimum": 0, "maximum": 90}),
    ],
    ids=str,
)
def test_both_unknown_are_settled_and_both_are_needed(decide, length, bounds):
    """A number that matters, and the date that it moves."""
    decided = decide({"start": DATE, "num": {**WHOLE, **bounds}}, [until(**length)], *before("2026-03-01"))
    assert decided() == ("start", "num", True)


def test_a_number_of_very_many_months_is_told_as_not_exact_with_the_date_unknown(decide):
    """What is not settled is never decided."""
    decided = decide({"start": DATE, "num": WHOLE}, [until(months="num")], *before("2026-03-01"))
    assert decided() == ("start", "num", False)
    assert decided(num=10**9) == NO
    assert decided(start="2026-03-01", num=-1) == YES


def test_what_can_not_be_reached_is_decided_whatever_is_unknown(decide):
    """By bounds of the number: a warranty of up to a year is over in two."""
    decided = decide(
        {"start": DATE, "num": {**WHOLE, "minimum": 0, "maximum": 12}}, [until(months="num")], *before("2026-03-01")
    )
    assert decided(start="2025-02-28") == YES
    assert decided(start="2025-03-01") == ("num", True)
    assert decided(start="2026-03-01") == NO


def test_several_numbers_move_together(decide):
    """Years and months are one number of months."""
    facts = {
        "start": DATE,
        "num": {**WHOLE, "minimum": 0, "maximum": 70},
        "years": {**WHOLE, "minimum": 0, "maximum": 99},
    }
    decided = decide(facts, [until(years="years", months="num")], *before("2026-03-01"))
    assert decided(start="2018-03-01") == ("num", "years", True)
    assert decided(start="2018-03-01", years=8) == NO
    assert decided(start="2018-03-01", years=7) == ("num", True)
    assert decided(start="2018-03-01", num=12) == ("years", True)


def test_a_member_shows_what_has_one_value_and_else_needs_what_it_rests_on(decide):
    """A copy of the date."""
    derived = [until(months="num")]
    decided = decide(
        {"start": DATE, "num": MONTHS},
        derived,
        ({"num": 3}, {"k": {"from": "until"}}),
        (None, {"k": "2020-01-01"}),
        gives="date",
    )
    assert decided(num=2) == {"k": "2020-01-01"}
    assert decided(num=3, start="2025-11-30") == {"k": "2026-02-28"}
    assert decided(num=3) == ("start", True)
    assert decided(start="2025-11-30") == ("num", True)
    assert decided() == ("num", "start", True)


@pytest.mark.parametrize(("unit", "many"), [("hours", 30), ("minutes", 2000), ("days", 2), ("months", 1)])
def test_an_instant_is_moved_in_its_own_offset(decide, unit, many):
    """And has a day in each zone, also where clocks change on the way."""
    shown = {"fact": "day", "date_of": "until", "zone": "Europe/Lisbon"}
    decided = decide(
        {"start": INSTANT, "num": WHOLE},
        [until(**{unit: "num"}), shown],
        ({"day": {"before": "2026-03-29"}}, YES),
        (None, NO),
    )
    answers = {each: decided(start="2026-03-27T23:30:00-05:00", num=each)["k"] for each in range(many + 1)}
    assert set(answers.values()) == {True, False}
    assert decided(start="2026-03-27T23:30:00-05:00") == ("num", True)


def test_days_between_and_a_weekday_rest_on_it(decide):
    """They are settled of a known date."""
    facts = {"start": DATE, "num": MONTHS, "end": DATE}
    apart = [
        until(months="num"),
        {"fact": "left", "days_from": "end", "to": "until"},
        {"fact": "name", "weekday_of": "until"},
    ]
    decided = decide(facts, apart, ({"left": {"less_than": 31}}, YES), (None, NO))
    assert decided(start="2026-01-31", end="2026-01-01") == ("num", True)
    assert decided(start="2026-01-31", end="2025-12-01") == NO
    assert decided(start="2026-01-31", num=1) == ("end", True)


def test_a_weekday_is_settled_where_the_numbers_are_few(decide):
    """Each is looked at."""
    apart = [until(days="num"), {"fact": "name", "weekday_of": "until"}]
    decided = decide({"start": DATE, "num": MONTHS}, apart, ({"name": "sunday"}, YES), (None, NO))
    assert decided(start="2026-01-31") == ("num", True)
    small = {**WHOLE, "minimum": 2, "maximum": 7}
    decided = decide({"start": DATE, "num": small}, apart, ({"name": "sunday"}, YES), (None, NO))
    assert decided(start="2026-01-31") == NO


def test_what_leads_too_far_is_none_and_a_note_says_so(decide):
    """It is neither before nor after anything, and `clausewise check` warns of it."""
    decided = decide(
        {"start": DATE, "num": WHOLE}, [until(years="num")], ({"until": {"known": False}}, NO), (None, YES)
    )
    assert decided(start="2026-01-01", num=7972) == YES
    assert decided(start="2026-01-01", num=7973) == NO
    assert decided(start="2026-01-01", num=-2025) == NO
    assert decided(start="2026-01-01") == ("num", True)
    document = orjson.loads(decided.policy.decide(decided.pack.facts.read({"start": "2026-01-01", "num": 9999}))["d"])
    assert [(each["note"], each["says"]) for each in document["notes"]] == [
        ("until", "There is no until, as it would lie outside of the years 2 to 9998.")
    ]


def test_the_proof_finds_the_cases_that_lie_between_rules(decide, tmp_path):
    """And tells them by the numbers that lead there."""
    decision = {
        "decision": "d",
        "gives": {"k": "boolean"},
        "rules": rules("d", ({"until": {"before": "2026-03-01"}}, YES), ({"until": {"after": "2026-03-01"}}, NO)),
    }
    pack = load(
        tmp_path / "gap",
        {"start": DATE, "num": {**WHOLE, "minimum": 0, "maximum": 900}},
        decision,
        derived=[until(days="num")],
    )
    (gap,) = find_gaps(pack)
    assert "where start plus num days is 2026-03-01 or later; start plus num days is before 2026-03-02" in gap.message


OFFSET = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize(
    "start",
    [date(1900, 1, 1), date(9899, 12, 31), datetime(9899, 12, 31, 23, tzinfo=OFFSET), datetime(1900, 1, 1, tzinfo=UTC)],
    ids=str,
)
@pytest.mark.parametrize("months", [0, 12 * 90, -12 * 1800, 12 * 99 + 11, -12 * 1899], ids=str)
def test_what_is_said_never_to_lead_too_far_does_not(start, months):
    """By the ends of what the number can be."""
    term = MovedBy(start, Sum(((Unknown("num", "integer"), 1),)), 0, 0)
    first, end = reach_of_moves(of_dates=not isinstance(start, datetime))
    if stays_within(term, {"num": Line("integer", months, months)}):
        assert first <= evaluated(term, {"num": months}) < end
    else:
        assert abs(months) > 12 * 98


def test_two_dates_that_numbers_move_are_compared(decide):
    """Each combination of a few numbers is what trying it shows."""
    few = {**WHOLE, "minimum": 0, "maximum": 3}
    stop = {"fact": "stop", "date": "end", "minus": {"months": "other"}}
    decided = decide(
        {"start": DATE, "num": few, "end": DATE, "other": few},
        [until(months="num"), stop],
        ({"until": {"before": "stop"}}, YES),
        (None, NO),
    )
    for start, end in product(("2025-12-31", "2026-01-31", "2026-07-31"), ("2026-03-31", "2026-06-30")):
        answers = {
            decided(start=start, end=end, num=num, other=other)["k"] for num, other in product(range(4), range(4))
        }
        found = decided(start=start, end=end)
        assert (found == {"k": next(iter(answers))}) if len(answers) == 1 else found[-1] is True
    assert set(decided()[:-1]) == {"start", "num", "end", "other"}


@pytest.mark.parametrize(
    "place", ["2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-03-29T01:00:00Z"]
)
@pytest.mark.parametrize("start", ["2026-03-28T22:15:00Z", "2026-10-24T22:15:00Z"])
def test_minutes_on_the_clock_of_a_zone_are_turned_where_it_is_set_back_and_forward(start, place):
    """What is asked of them is what moving by each number of minutes shows."""
    of = datetime.fromisoformat(start).astimezone(zone_named("Europe/Lisbon"))
    term = MovedBy(of, 0, 0, Sum(((Unknown("num", "integer"), 1),)))
    edge = number(datetime.fromisoformat(place))
    turned = turned_to_numbers(term, edge)
    for minutes in range(-300, 600):
        is_before = number(evaluated(term, {"num": minutes})) < edge
        passed = sum(minutes >= each for each in turned.places)
        assert (passed % 2 == 0) is is_before


def test_one_moment_in_two_offsets_is_moved_to_two(decide):
    """What is the 29th of a month in one is the 30th in the other, and clips."""
    behind, utc = "2026-01-29T23:30:00-05:00", "2026-01-30T04:30:00+00:00"
    decided = decide({"start": INSTANT, "num": WHOLE}, [until(months="num")], *before("2026-03-01T00:00:00Z"))
    assert (decided(start=behind, num=1), decided(start=utc, num=1)) == (NO, YES)
    one, other = (
        MovedBy(datetime.fromisoformat(each), Sum(((Unknown("num", "integer"), 1),)), 0, 0) for each in (behind, utc)
    )
    edge = number(datetime.fromisoformat("2026-03-01T00:00:00+00:00"))
    assert one != other
    assert (turned_to_numbers(one, edge).places, turned_to_numbers(other, edge).places) == ((1,), (2,))
