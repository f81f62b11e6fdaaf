"""Derived facts as they are written: every form, with its type, whether it can be none, and what is wrong with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from service.facts.values import Period, Record
from service.model.working import worked_out
from service.pack.derivations import FORMS, DerivationReader


@pytest.fixture
def read(words, report):
    """Read one derived fact; it is declared with its type afterwards."""
    reader = DerivationReader(words, report)
    return lambda **written: reader.read({"fact": "loan.new", "says": "New.", **written}, ("derived", 0))


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OPEN = {"open_hours_from": "loan.asked_at", "to": "loan.asked_at"}
DAYS = {"business_days_from": "loan.asked_at", "to": "loan.asked_at", "calendar": "desk"}
CLAIMS = (Record([("cost", 3), ("paid_on", None)]), Record([("cost", 1), ("paid_on", date(2026, 3, 1))]))
SOUND = [
    ({"date": "loan.lent_on", "plus": "period"}, "date", [date(2026, 1, 1)], date(2026, 1, 29)),
    ({"date": "loan.lent_on", "minus": {"months": 1}}, "date", [date(2026, 3, 31)], date(2026, 2, 28)),
    ({"date": "loan.lent_on", "plus": {"months": "loan.days"}}, "date", [date(2026, 1, 31), 1], date(2026, 2, 28)),
    (
        {"date": "loan.lent_on", "minus": {"years": 1, "days": "loan.days"}},
        "date",
        [date(2026, 1, 31), 1],
        date(2025, 1, 30),
    ),
    ({"date": "loan.lent_on", "plus": {"days": "most"}}, "date", [date(2026, 1, 1)], date(2026, 1, 31)),
    (
        {"date": "loan.lent_on", "plus": {"days": "most", "weeks": "loan.days"}},
        "date",
        [date(2026, 1, 1), 1],
        date(2026, 2, 7),
    ),
    ({"date": "loan.asked_at", "plus": {"hours": "loan.days"}}, "instant", [NOON, -13], NOON - timedelta(hours=13)),
    ({"date": "loan.lent_on", "plus": {"days": "loan.days"}}, "date", [date(2026, 1, 31), None], None),
    ({"date": "loan.lent_on", "plus": {"days": "loan.days"}}, "date", [None, 1], None),
    ({"date": "loan.lent_on", "plus": {"years": "loan.days"}}, "date", [date(2026, 1, 31), 7973], None),
    ({"date": "loan.lent_on", "plus": {"years": "loan.days"}}, "date", [date(2026, 1, 31), -(10**400)], None),
    ({"date_of": "loan.asked_at", "zone": "Europe/Lisbon"}, "date", [None], None),
    ({"date_of": "loan.asked_at", "zone": "loan.zone"}, "date", [NOON, "Asia/Tokyo"], date(2026, 1, 1)),
    ({"date_of": "loan.asked_at", "zone": "loan.zone"}, "date", [NOON, None], None),
    ({"time_of_day": "loan.asked_at", "zone": "Asia/Tokyo"}, "time", [NOON], time(21)),
    ({"time_of_day": "loan.asked_at", "zone": "loan.zone"}, "time", [NOON, "Asia/Tokyo"], time(21)),
    ({"latest": ["loan.lent_on", "loan.returned_on"]}, "date", [date(2026, 1, 1), None], date(2026, 1, 1)),
    ({"earliest": ["loan.days", "loan.weight"]}, "number", [3, 0.5], 0.5),
    ({"latest_known": ["loan.lent_on", "today"]}, "date", [None, date(2026, 1, 1)], date(2026, 1, 1)),
    ({"earliest_known": ["loan.lent_on"]}, "date", [None], None),
    ({"count": "loan.parts"}, "integer", [("disc", "cover")], 2),
    ({"count": "loan.parts", "of": "odd"}, "integer", [("disc", "cover")], 1),
    ({"greatest": "loan.claims", "of": "cost"}, "integer", [CLAIMS], 3),
    ({"least": "loan.claims", "of": "cost"}, "integer", [CLAIMS], 1),
    ({"latest": "loan.claims", "of": "paid_on"}, "date", [CLAIMS], date(2026, 3, 1)),
    ({"earliest": "loan.claims", "of": "paid_on"}, "date", [()], None),
    ({"sum": "loan.claims", "of": "cost"}, "integer", [CLAIMS], 4),
    ({"weekday_of": "loan.lent_on"}, "string", [date(2026, 3, 1)], "sunday"),
    ({"ongoing_since": "loan.pauses"}, "instant", [(Period(NOON, NOON), Period(NOON, None))], NOON),
    ({"ongoing_since": "loan.pauses"}, "instant", [(Period(NOON, NOON),)], None),
    ({"sum": "loan.fees"}, "number", [(1, 2)], 3),
    ({"sum": ["loan.days", "most", 3]}, "integer", [4], 37),
    ({"sum": ["loan.days", 0.5]}, "number", [4], 4.5),
    ({"sum": [{"of": "loan.days", "times": 3}, "most"]}, "integer", [4], 42),
    ({"sum": [{"of": "loan.days", "times": 0.5}, {"of": 2, "times": "most"}]}, "number", [4], 62),
    ({"difference": ["loan.days", "loan.weight"]}, "number", [4, 0.5], Decimal("3.5")),
    ({"difference": [100, "loan.days"]}, "integer", [4], 96),
    ({"product": ["loan.days", "most"]}, "integer", [4], 120),
    ({"product": ["loan.days", "loan.weight", 2]}, "number", [4, 0.1], Decimal("0.8")),
    ({"quotient": ["loan.days", 3]}, "number", [4], Fraction(4, 3)),
    ({"quotient": [1, "loan.days"]}, "number", [8], Decimal("0.125")),
    ({"quotient": ["loan.weight", "loan.days"]}, "number", [0.1, 0], None),
    ({"percent": "loan.weight", "of": "loan.days"}, "number", [1.5, 3], 50),
    ({"larger_of": ["loan.days", "loan.weight", 5]}, "number", [4, 5.5], 5.5),
    ({"smaller_of": ["loan.days", 5, "most"]}, "integer", [40], 5),
    ({"smaller_of": ["loan.days", 5]}, "integer", [None], None),
    ({"round": "loan.weight", "places": 1, "how": "half_up"}, "number", [0.25], Decimal("0.3")),
    ({"round": "loan.weight", "places": 0, "how": "down"}, "integer", [0.75], 0),
    (
        {"hours_from": "loan.asked_at", "to": "member.born_at"},
        "number",
        [NOON, NOON + timedelta(minutes=20)],
        Fraction(1, 3),
    ),
    ({"minutes_from": "loan.asked_at", "to": "member.born_at"}, "number", [NOON, NOON - timedelta(hours=1)], -60),
    (
        {"open_hours_from": "loan.asked_at", "to": "member.born_at", "calendar": "desk"},
        "number",
        [NOON, NOON + timedelta(days=1, minutes=30)],
        Decimal("8.5"),
    ),
    (
        {"open_minutes_from": "loan.asked_at", "to": "member.born_at", "calendar": "desk", "pauses": "loan.pauses"},
        "number",
        [NOON, NOON + timedelta(hours=2), (Period(NOON + timedelta(minutes=30), None),)],
        30,
    ),
    (
        {"open_minutes_from": "loan.asked_at", "to": "member.born_at", "calendar": "loan.desk"},
        "number",
        [NOON, NOON + timedelta(hours=2), "broken"],
        None,
    ),
    (
        {"business_days_from": "loan.asked_at", "to": "member.born_at", "calendar": "loan.desk"},
        "integer",
        [NOON, NOON - timedelta(days=1), "desk"],
        -1,
    ),
    (
        {"business_days_from": "loan.asked_at", "to": "member.born_at", "calendar": "desk"},
        "integer",
        [NOON, NOON + timedelta(days=30_000)],
        None,
    ),
    ({"days_from": "loan.lent_on", "to": "today"}, "integer", [date(2026, 1, 1), date(2026, 1, 3)], 2),
]


@pytest.mark.parametrize("entry", SOUND, ids=[str(each[0]) for each in SOUND])
def test_a_form_is_read_with_its_type_and_computes(read, findings, entry):
    """Its inputs are those that it names, in order."""
    written, type_, values, result = entry
    derived = read(**written)
    assert findings == []
    assert (derived.type, worked_out(derived.how, *values)) == (type_, result)
    assert len(derived.inputs) == len(values)


def test_every_form_of_the_language_is_read():
    """The list above has each but `when`, which is a condition."""
    assert {next(iter(written)) for written, *_ in SOUND} | {"when"} == set(FORMS)


def test_a_named_condition_reads_what_it_asks(read, words, findings):
    """It is true or false, never none."""
    derived = read(when={"loan.days": {"more_than": "loan.most_days"}})
    assert derived.inputs == ("loan.most_days", "loan.days")
    assert derived.condition is not None
    assert (words.word("loan.new").type, words.word("loan.new").nullable) == ("boolean", False)
    assert findings == []


def test_what_rests_on_none_can_be_none_and_what_passes_over_the_unknown_says_so(read, words):
    """Conditions ask both of a word."""
    read(date="loan.returned_on", plus="period")
    assert words.word("loan.new").nullable
    read(latest_known=["loan.lent_on"])
    assert words.word("loan.new").lenient
    read(date="loan.lent_on", plus="period")
    assert not words.word("loan.new").nullable


def test_a_named_duration_has_no_name_of_the_case_in_it(read, words, findings):
    """It is the same for every case; the finding says where such a name is written."""
    words.values["term"] = {"months": "loan.days"}
    assert read(date="loan.lent_on", plus="term") is None
    assert "'term' is the same for every case: a name of the case is written where it counts" in findings[0].message


def test_what_numbers_move_can_be_none(read, words):
    """Where it would lead out of the calendar, whatever it rests on."""
    read(date="loan.lent_on", plus={"months": "loan.days"})
    assert words.word("loan.new").nullable


@pytest.mark.parametrize(
    ("written", "personal"),
    [
        ({"date_of": "member.born_at", "zone": "Europe/Lisbon"}, "member.born_at"),
        ({"when": {"any": [{"loan.kind": "book"}, {"member.name": {"known": True}}]}}, "member.name"),
        ({"when": {"member.is_named": True}}, "member.name"),
        ({"when": {"loan.note": {"same_as": "member.name"}}}, "member.name"),
        ({"latest_known": ["loan.asked_at", "member.born_at"]}, "member.born_at"),
        ({"when": {"loan.kind": "book"}}, None),
        ({"date": "loan.lent_on", "plus": "period"}, None),
    ],
    ids=str,
)
def test_what_rests_on_a_personal_fact_is_personal(read, words, findings, written, personal):
    """Else a value could be read off what follows from it. The word keeps the fact's name, for messages."""
    read(**written)
    assert findings == []
    assert words.word("loan.new").personal == personal


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ({"date": "loan.lend_on", "plus": "period"}, ("derived.0.date", "unknown_name", "loan.lent_on")),
        ({"date": "loan.kind", "plus": "period"}, ("derived.0.date", "wrong_type", None)),
        ({"date": "loan.lent_on", "plus": "perod"}, ("derived.0.plus", "unknown_name", "period")),
        ({"date": "loan.lent_on", "plus": "most"}, ("derived.0.plus", "wrong_type", None)),
        ({"date": "loan.lent_on", "plus": "wrong"}, ("facts.yaml", "impossible_value", "days")),
        ({"date": "loan.lent_on", "plus": {"hours": 2}}, ("derived.0.plus", "impossible_value", None)),
        ({"date": "loan.lent_on", "plus": {"days": "loan.weight"}}, ("derived.0.plus.days", "wrong_type", None)),
        ({"date": "loan.lent_on", "plus": {"days": "loan.kind"}}, ("derived.0.plus.days", "wrong_type", None)),
        ({"date": "loan.lent_on", "plus": {"days": "period"}}, ("derived.0.plus.days", "wrong_type", None)),
        ({"date": "loan.lent_on", "plus": {"days": "loan.day"}}, ("derived.0.plus.days", "unknown_name", "loan.days")),
        ({"date": "loan.lent_on", "plus": {"hours": "loan.days"}}, ("derived.0.plus", "impossible_value", None)),
        ({"date": "loan.lent_on", "plus": "loan.days"}, ("derived.0.plus", "wrong_type", None)),
        ({"date": "loan.lent_on"}, ("derived.0", "missing_key", None)),
        ({}, ("derived.0", "missing_key", None)),
        ({"date_of": "loan.lent_on", "zone": "Europe/Lisbon"}, ("derived.0.date_of", "wrong_type", None)),
        ({"date_of": "loan.asked_at", "zone": "Europe/Lisbn"}, ("derived.0.zone", "unknown_zone", "Europe/Lisbon")),
        ({"time_of_day": "loan.lent_on", "zone": "Etc/UTC"}, ("derived.0.time_of_day", "wrong_type", None)),
        ({"time_of_day": "loan.asked_at", "zone": "loan.note"}, ("derived.0.zone", "wrong_type", None)),
        ({"date_of": "loan.asked_at", "zone": "loan.place"}, ("derived.0.zone", "unknown_zone", None)),
        ({"latest": "loan.lent_on"}, ("derived.0.latest", "wrong_type", None)),
        ({"latest": ["loan.lent_on", "loan.days"]}, ("derived.0.latest", "wrong_type", None)),
        ({"latest": ["loan.lent"]}, ("derived.0.latest.0", "unknown_name", "loan.lent_on")),
        ({"weekday_of": "loan.asked_at"}, ("derived.0.weekday_of", "wrong_type", None)),
        ({"ongoing_since": "loan.parts"}, ("derived.0.ongoing_since", "wrong_type", None)),
        ({"ongoing_since": "loan.repairs"}, ("derived.0.ongoing_since", "impossible_value", None)),
        ({"count": "loan.kind"}, ("derived.0.count", "wrong_type", None)),
        ({"count": "loan.parts", "of": "od"}, ("derived.0.of", "unknown_name", "odd")),
        ({"sum": {"a": 1}}, ("derived.0.sum", "wrong_type", None)),
        ({"sum": ["loan.days", "loan.kind"]}, ("derived.0.sum.1", "wrong_type", None)),
        ({"sum": [{"of": "loan.days", "times": "loan.days"}]}, ("derived.0.sum.0.times", "wrong_type", None)),
        ({"sum": [{"of": "loan.days", "times": 0}]}, ("derived.0.sum.0.times", "wrong_type", None)),
        ({"sum": [{"of": "loan.kind", "times": 2}]}, ("derived.0.sum.0.of", "wrong_type", None)),
        ({"difference": ["loan.days", "loan.lent_on"]}, ("derived.0.difference.1", "wrong_type", None)),
        ({"difference": ["loan.days", "loan.days", 1]}, ("derived.0.difference", "wrong_type", None)),
        ({"difference": [2, "most"]}, ("derived.0.difference", "constant_fact", None)),
        ({"product": "loan.days"}, ("derived.0.product", "wrong_type", None)),
        ({"product": ["loan.day", 2]}, ("derived.0.product.0", "unknown_name", "loan.days")),
        ({"quotient": ["loan.days", 0]}, ("derived.0.quotient.1", "impossible_value", None)),
        ({"percent": "loan.days", "of": 0}, ("derived.0.of", "impossible_value", None)),
        ({"percent": 3, "of": 4}, ("derived.0.percent", "constant_fact", None)),
        ({"larger_of": [1, 2]}, ("derived.0.larger_of", "constant_fact", None)),
        ({"round": "loan.kind", "places": 2, "how": "up"}, ("derived.0.round", "wrong_type", None)),
        ({"hours_from": "loan.lent_on", "to": "as_of"}, ("derived.0.hours_from", "wrong_type", None)),
        ({**OPEN, "calendar": "dsk"}, ("derived.0.calendar", "unknown_name", "desk")),
        ({**OPEN, "calendar": "loan.zone"}, ("derived.0.calendar", "unknown_name", None)),
        ({**OPEN, "calendar": "loan.note"}, ("derived.0.calendar", "wrong_type", None)),
        ({**OPEN, "calendar": "desk", "pauses": "loan.parts"}, ("derived.0.pauses", "wrong_type", None)),
        ({**DAYS, "pauses": "loan.pauses"}, ("derived.0.pauses", "impossible_value", None)),
        ({"days_from": "loan.lent_on", "to": "todey"}, ("derived.0.to", "unknown_name", "today")),
        ({"when": {"loan.kid": "book"}}, ("key derived.0.when.loan.kid", "unknown_name", "loan.kind")),
    ],
    ids=str,
)
def test_what_is_wrong_is_found_in_its_place(read, findings, written, found):
    """With the nearest valid name, value, set, zone or unit."""
    read(**written)
    assert found in [(each.place.file, each.code, each.nearest) for each in findings]
