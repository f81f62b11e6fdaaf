"""Clocks in packs of one decision: whatever a case gives them to count is answered, at once and with the reason."""

import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.clock.business_time import MOST_YEARS
from service.clock.openings import Openings
from service.clock.year_hours import OpenYear
from service.decision.policy import Policy
from service.model.pack import ZONE_ROLES, Pack
from service.pack.case_files import nested
from service.pack.loader import load_pack
from service.written.findings import Finding, InvalidPack

UNITS = ["minute", "hour", "business_minute", "business_hour", "business_day", "day"]
DESK: Mapping[str, Any] = {"calendar": "desk", "zone": "UTC", "hours": {"monday to friday": "09:00-17:00"}}
MONDAY = "2026-03-02T10:00:00Z"
INSTANT = {"type": "string", "format": "date-time"}
PERIOD = {
    "type": "object",
    "additionalProperties": False,
    "required": ["from", "to"],
    "properties": {"from": INSTANT, "to": INSTANT},
}
BOUNDED = {"type": "number", "minimum": 0, "maximum": 300}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a pack whose one clock counts facts over a calendar; returns its folder."""

    def written(
        desk: Mapping[str, Any] = DESK,
        /,
        *,
        amount: object = BOUNDED,
        counts: object = "t.amount",
        facts: Mapping[str, Any] | None = None,
        derived: Sequence[Any] = (),
        parts: Sequence[Any] = (),
        gives: Mapping[str, Any] | None = None,
        lists: bool = True,
        direction: str = "forward",
        **clock: object,
    ) -> Path:
        results = {"starts_at": "starts_at", "due_at": "due_at", **({"segments": "segments"} if lists else {})}
        types = {"starts_at": "instant", "due_at": "instant", **({"segments": "periods"} if lists else {})}
        roles = {"starts": "t.start", "amount": counts, "unit": "t.unit", "calendar": "desk", "pauses": "t.pauses"}
        counted = {"clock": "d.c", "says": "Due in open hours.", "cites": "a", **roles, **clock, "gives": results}
        counted = {key: value for key, value in {**counted, "counts": direction}.items() if value is not None}
        declared = {
            "start": INSTANT,
            "amount": amount,
            "unit": {"type": "string", "enum": UNITS},
            "pauses": {"type": "array", "default": [], "items": PERIOD},
            **(facts or {}),
        }
        inside = {"type": "object", "additionalProperties": False, "properties": declared}
        files: dict[str, object] = {
            "pack.yaml": {
                "pack": "p",
                "version": "1.0.0",
                "title": "P",
                "source": {"document": "D"},
                "facts_schema": "facts.schema.json",
                "dates_in": "UTC",
                "decisions": ["d"],
            },
            "clauses.yaml": {"clauses": [{"clause": "a", "heading": "A", "place": "1", "text": "Soon."}]},
            "facts.schema.json": {"type": "object", "additionalProperties": False, "properties": {"t": inside}},
            "calendars/desk.yaml": desk,
            "decisions/d.yaml": {
                "decision": "d",
                "asks": "When?",
                "gives": {**types, **(gives or {})},
                "parts": [*parts, counted],
            },
        }
        if derived:
            files["facts.yaml"] = {"derived": list(derived)}
        for name, data in files.items():
            path = tmp_path / "p" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(data, indent=1))
        return tmp_path / "p"

    return written


def warnings(pack: Pack) -> list[Finding]:
    """Return what `check` warns of in the calendars and clocks of a pack."""
    return list(pack.warnings)


def decided(pack: Pack, **facts: object) -> dict[str, Any]:
    """Return what the pack decides of facts about `t`."""
    case = pack.facts.read(nested({f"t.{name}": value for name, value in facts.items()}))
    document: dict[str, Any] = orjson.loads(Policy(pack).decide(case)["d"])
    return document


def due(pack: Pack, **facts: object) -> object:
    """Return the due instant of a case, or why there is none."""
    document = decided(pack, **{"start": MONDAY, "unit": "hour", **facts})
    if document["status"] == "decided":
        return document["outcome"]["due_at"]
    assert (document["status"], document["outcome"], document["needs"]) == ("undecided", None, [])
    assert document["because"] == []
    (note,) = document["notes"]
    assert (note["note"], note["cites"]) == ("d.c", [{"clause": "a", "text": "Soon."}])
    return note["says"]


def test_an_amount_that_is_left_out_is_asked_for(write: Write) -> None:
    """Whatever it might be, and at once, however large that is."""
    for amount in ({"type": "number"}, BOUNDED, {"type": "number", "minimum": 0, "maximum": 1_000_000}):
        document = decided(load_pack(write(amount=amount)), start=MONDAY, unit="business_day")
        assert (document["status"], document["needs"]) == ("undecided", ["t.amount"])


@pytest.mark.parametrize(
    ("amount", "unit", "says"),
    [
        (-1, "hour", "Nothing is counted: an amount of -1 is no length of time."),
        (-0.5, "business_day", "Nothing is counted: an amount of -0.5 is no length of time."),
        (10**18, "day", "calendar desk has no 1e+18 days of open time in the 50 years after"),
        (1e300, "day", "calendar desk has no 1e+300 days of open time in the 50 years after"),
        (1.7e308, "minute", "calendar desk has no 1.7e+308 minutes of open time in the 50 years after"),
        (10_000_000, "business_day", "calendar desk has no 10000000 business days of open time in the 50 years"),
        (1001, "business_day", "it counts more than 1000 open periods, too many to list as segments."),
    ],
)
@pytest.mark.parametrize("ends", ["same_time", "closing"])
def test_an_amount_that_is_never_due_says_why(write: Write, amount: float, unit: str, says: str, ends: str) -> None:
    """And a clock that gives nothing is no reason for anything."""
    pack = load_pack(write(amount={"type": "number"}, business_day_ends=ends))
    assert says in str(due(pack, amount=amount, unit=unit))


def test_without_segments_a_count_may_be_long(write: Write) -> None:
    """Only what is listed has to be short: 5,000 business days are a thousand weeks."""
    pack = load_pack(write(amount={"type": "number", "minimum": 0, "maximum": 9000}, lists=False))
    assert due(pack, amount=5000, unit="business_day") == "2045-05-01T10:00:00+00:00"


def test_a_derived_amount_that_is_negative_is_told(write: Write) -> None:
    """The days from a date to an earlier one."""
    day = {"type": "string", "format": "date"}
    derived = [{"fact": "t.days", "says": "Days.", "cites": "a", "days_from": "t.a", "to": "t.b"}]
    pack = load_pack(write(counts="t.days", facts={"a": day, "b": day}, derived=derived))
    assert "an amount of -1 is no length" in str(due(pack, a="2026-03-02", b="2026-03-01"))
    assert due(pack, a="2026-03-02", b="2026-03-03") == "2026-03-02T11:00:00+00:00"


TABLE = {
    "table": "d.target",
    "cites": "a",
    "hit_policy": "unique",
    "columns": {"when": ["t.unit"], "then": ["amount"]},
}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["hour", 1], ["-", -1]], "impossible_value"),
        ([["hour", 1], ["-", 10_000_000]], "amount_too_large"),
        ([["hour", 1], ["-", 300]], None),
    ],
)
def test_the_amounts_of_a_table_are_checked_row_by_row(write: Write, rows: list[object], code: str | None) -> None:
    """At the row's own place; a negative one is an error, and the pack is refused."""
    rows = [[rows[0][0], rows[0][1]], *[[unit, rows[1][1]] for unit in UNITS if unit != "hour"]]  # type: ignore[index]
    folder = write(parts=[{**TABLE, "rows": rows}], counts="d.amount", gives={"amount": "number"}, lists=False)
    try:
        found = [(each.code, each.severity) for each in load_pack(folder).warnings]
    except InvalidPack as refused:
        found = [(each.code, each.severity) for each in refused.findings]
    severity = "error" if code == "impossible_value" else "warning"
    assert found == ([] if code is None else [(code, severity)] * 5)


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ({"type": "number"}, "negative or endless amount"),
        ({"type": "number", "minimum": -1, "maximum": 5}, "negative or endless amount"),
        ({"type": "integer", "minimum": 0}, "negative or endless amount"),
        ({"type": "number", "minimum": 0, "maximum": 1_000_000}, "less open time than 1e+06 day in 50 years"),
        ({"type": "number", "minimum": 0, "maximum": 1200}, "more than 1000 segments"),
    ],
)
def test_an_amount_without_bounds_is_told_in_its_place(write: Write, amount: object, says: str) -> None:
    """Whoever sends such an amount would get no answer, and learn of it late."""
    folder = write(amount=amount)
    (found,) = warnings(load_pack(folder))
    assert (found.code, found.severity) == ("unbounded_amount", "warning")
    assert says in found.message
    lines = (folder / "decisions" / "d.yaml").read_text().splitlines()
    assert '"d.c"' in lines[found.place.line] or '"amount": "t.amount"' in lines[found.place.line - 1]


def test_constants_that_no_rule_gives_are_checked_too(write: Write) -> None:
    """A member that is always one value, or translated, and a number in the clock itself."""
    for given in ({"always": 2.5}, {"always": 900_000}, {"from": "t.unit", "as": dict.fromkeys(UNITS, 900_000)}):
        (found, *_) = [*load_pack(write(gives={"amount": given}, counts="d.amount")).warnings, None]
        assert (found and found.code) == (None if given.get("always") == 2.5 else "amount_too_large")
    (found,) = load_pack(write(counts=900_000)).warnings
    assert found.code == "amount_too_large"
    assert load_pack(write(counts=0.5)).warnings == ()
    derived = [{"fact": "t.more", "says": "More.", "cites": "a", "sum": ["t.amount", 0.5]}]
    assert load_pack(write(counts="t.more", derived=derived)).warnings == ()


def test_an_amount_with_bounds_is_fine(write: Write) -> None:
    """Three hundred days of 24 hours are nine hundred of eight, and listed whole."""
    assert warnings(load_pack(write())) == []
    assert "segments" in decided(load_pack(write()), start=MONDAY, amount=300, unit="day")["outcome"]


@pytest.mark.parametrize(
    ("how", "is_told"),
    [
        ({"sum": ["t.a", "t.b"]}, False),
        ({"count": "t.list"}, False),
        ({"latest": ["t.a", "t.b"]}, False),
        ({"sum": ["t.a", "t.free"]}, True),
        ({"sum": "t.list"}, True),
    ],
)
def test_the_bounds_of_a_derived_amount_are_those_of_what_it_rests_on(
    write: Write, how: Mapping[str, object], is_told: bool
) -> None:
    """As far as they can be told."""
    number = {"type": "integer", "minimum": 0, "maximum": 40}
    listed = {"type": "array", "items": {"type": "integer"}, "maxItems": 4}
    facts = {"a": number, "b": number, "free": {"type": "integer"}, "list": listed}
    derived = [{"fact": "t.how_many", "says": "So many.", "cites": "a", **how}]
    pack = load_pack(write(counts="t.how_many", facts=facts, derived=derived))
    assert [each.code for each in warnings(pack)] == ["unbounded_amount"] * is_told


# calendars


def holidays(*days: Mapping[str, object], **others: object) -> dict[str, Any]:
    """Return the desk's calendar with holidays."""
    return {**DESK, "holidays": {"days": list(days), **others}}


EVERY_DAY = [
    {"holiday": f"Day {month}-{day}", "date": f"{month:02}-{day:02}"}
    for month in range(1, 13)
    for day in range(1, 32)
    if not (month == 2 and day > 29) and not (month in {4, 6, 9, 11} and day > 30)
]
MONDAYS = [
    {"holiday": f"Monday {nth} of {month}", "nth": nth, "weekday": "monday", "month": month}
    for month in range(1, 13)
    for nth in range(1, 6)
]
TO_THE_NEXT = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "next_open_day")


@pytest.mark.parametrize(
    ("calendar", "when"),
    [
        (holidays(*EVERY_DAY), "on no day of any year"),
        ({**holidays(*MONDAYS), "hours": {"monday": "09:00-17:00"}}, "on no day of any year"),
        (holidays(*({**day, "from": 2031} for day in EVERY_DAY)), "on no day after the year 2030"),
        (holidays(*EVERY_DAY, closes={"from": "09:00", "until": "17:00"}), "on no day of any year"),
        (holidays(*[day for day in EVERY_DAY if int(str(day["date"])[3:]) < 29], observed=TO_THE_NEXT), "of any year"),
    ],
)
def test_a_calendar_that_never_opens_is_told_and_its_counts_are_never_due(
    write: Write, calendar: Mapping[str, Any], when: str
) -> None:
    """In its place, by `check`; and in the answer."""
    folder = write(calendar)
    pack = load_pack(folder)
    (found,) = pack.warnings
    assert found.code == "never_open"
    assert when in found.message
    assert '"holidays"' in (folder / "calendars" / "desk.yaml").read_text().splitlines()[found.place.line - 1]
    assert "has no open time in the 50 years after" in str(due(pack, amount=1, start="2031-03-02T10:00:00Z"))


def test_a_calendar_that_opens_once_in_a_while_opens(write: Write) -> None:
    """Closed but for leap days."""
    pack = load_pack(write(holidays(*[day for day in EVERY_DAY if day["date"] != "02-29"])))
    assert pack.warnings == ()
    assert due(pack, amount=1) == "2028-02-29T10:00:00+00:00"


LIBRARY = holidays({"holiday": "Christmas", "library": {"country": "LK", "name": "Christmas Day"}})


def test_library_holidays_that_end_are_told_with_their_last_year(write: Write) -> None:
    """By `check` at the holiday, and by each decision that counts past it."""
    pack = load_pack(write({**LIBRARY, "hours": {"monday to sunday": "09:00-17:00"}}))
    (found,) = pack.warnings
    assert found.code == "holidays_end"
    assert "has dates for 'Christmas' until 2026" in found.message

    within = decided(pack, start="2026-12-24T16:00:00Z", amount=2, unit="hour")
    assert within["outcome"]["due_at"] == "2026-12-26T10:00:00+00:00"
    assert within["notes"] == []

    beyond = decided(pack, start="2027-12-24T16:00:00Z", amount=2, unit="hour")
    assert beyond["outcome"]["due_at"] == "2027-12-25T10:00:00+00:00"
    assert [each["rule"] for each in beyond["because"]] == ["d.c"]
    (note,) = beyond["notes"]
    assert note["note"] == "d.c"
    assert "'Christmas' (known from 2003 to 2026)" in note["says"]


EID = {"holiday": "Eid", "library": {"country": "AE", "name": "Eid al-Fitr"}}


def test_a_decision_that_counts_over_an_estimated_date_says_so(write: Write) -> None:
    """The moon decides; a date that was announced is no estimate, and one that is far away does not matter."""
    pack = load_pack(write({**holidays(EID), "hours": {"monday to sunday": "09:00-17:00"}}))
    assert [(each.code, "the dates of 'Eid' are estimates" in each.message) for each in pack.warnings] == [
        ("holidays_estimated", True)
    ]

    def notes(start: str, hours: int) -> list[str]:
        return [each["says"] for each in decided(pack, start=start, amount=hours, unit="hour")["notes"]]

    (note,) = notes("2031-01-20T09:00:00Z", 40)
    assert note == (
        "The count meets a holiday whose date is an estimate and may yet be another day: 'Eid' (2031-01-24)."
    )
    assert notes("2031-01-22T09:00:00Z", 1) == notes("2031-01-26T09:00:00Z", 1) == [note]
    assert notes("2031-01-21T09:00:00Z", 1) == notes("2031-01-27T09:00:00Z", 1) == []
    assert notes("2022-04-29T09:00:00Z", 80) == []


def test_a_calendar_of_others_tells_what_they_rest_on(write: Write) -> None:
    """Their holidays decide as its own would."""
    folder = write({**holidays(EID), "calendar": "desk", "hours": {"monday to sunday": "09:00-17:00"}})
    desk = folder / "calendars" / "desk.yaml"
    desk.with_stem("eid").write_text(desk.read_text().replace('"desk"', '"eid"'))
    desk.with_stem("eids").write_text("calendar: eids\nas: eid\n")
    desk.write_text("calendar: desk\nzone: Etc/UTC\nbusiness_day: 8\nopen_when_any: [eid, eids]\n")

    pack = load_pack(folder)

    (note,) = decided(pack, start="2031-01-22T09:00:00Z", amount=1, unit="hour")["notes"]
    assert "'Eid' (2031-01-24)" in note["says"]
    assert note["says"].count("Eid") == 1


@pytest.mark.parametrize(
    ("pick", "until", "last"),
    [
        ({"country": "IN", "name": "Diwali"}, None, 2035),
        ({"country": "LK", "name": "Christmas Day"}, 2027, None),
        ({"country": "PT", "name": "Freedom Day"}, None, None),
        ({"country": "DE", "name": "Easter Monday"}, None, None),
    ],
)
def test_a_holiday_ends_where_its_own_dates_do(
    write: Write, pick: Mapping[str, str], until: int | None, last: int | None
) -> None:
    """Those of the country as a whole may go on, and a holiday that the calendar itself ends is no finding."""
    day: dict[str, object] = {"holiday": "H", "library": pick}
    pack = load_pack(write(holidays(day if until is None else {**day, "until": until})))
    assert [f"until {last};" in each.message for each in pack.warnings] == ([] if last is None else [True])


def test_a_holiday_after_one_of_the_library_ends_with_it(write: Write) -> None:
    """The note names both."""
    bridge = {"holiday": "Bridge", "after": "Christmas", "days": 1}
    pack = load_pack(write(holidays(*LIBRARY["holidays"]["days"], bridge)))
    (first, second) = decided(pack, start="2027-03-01T09:00:00Z", amount=1, unit="hour")["notes"]
    assert ("'Christmas'" in first["says"], "'Bridge'" in second["says"]) == (True, True)


@pytest.mark.parametrize(
    ("years", "noted"), [({}, 1), ({"until": 2027}, 0), ({"from": 2030}, 0), ({"from": 2027}, 1), ({"until": 2029}, 1)]
)
def test_only_the_years_that_a_holiday_has_matter(write: Write, years: Mapping[str, int], noted: int) -> None:
    """Where the calendar itself has no such holiday, nothing is unknown."""
    (day,) = LIBRARY["holidays"]["days"]
    pack = load_pack(write(holidays({**day, **years})))
    assert len(decided(pack, start="2027-03-01T09:00:00Z", amount=1, unit="hour")["notes"]) == noted


# what else a case can give


def test_a_pause_never_brings_a_target_forward(write: Write) -> None:
    """A day of which a pause takes a part is due at its closing, though that is paused."""
    pack = load_pack(write(business_day_ends="closing"))
    pause = {"from": "2026-03-03T09:01:00Z", "to": "2026-03-03T18:00:00Z"}
    whole = {"from": "2026-03-03T08:00:00Z", "to": "2026-03-03T18:00:00Z"}

    assert due(pack, amount=1, unit="business_day") == "2026-03-03T17:00:00+00:00"
    assert due(pack, amount=1, unit="business_day", pauses=[pause]) == "2026-03-03T17:00:00+00:00"
    assert due(pack, amount=1, unit="business_day", pauses=[whole]) == "2026-03-04T17:00:00+00:00"


def test_a_case_may_have_too_many_pauses(write: Write) -> None:
    """Each is looked at, so that there is an end to them."""
    pack = load_pack(write())
    pauses = [{"from": f"2026-03-{day:02}T09:00:00Z", "to": f"2026-03-{day:02}T09:30:00Z"} for day in range(2, 28)]
    assert due(pack, amount=8, pauses=pauses) == "2026-03-03T10:30:00+00:00"
    says = "Nothing is counted: there are 2600 pauses, and a count takes at most 2000."
    assert due(pack, amount=8, pauses=pauses * 100) == says


def test_a_clock_may_read_what_another_gives(write: Write) -> None:
    """It starts at the other's end, which is a closing here, and passes over what the other has counted."""
    first = {"clock": "d.first", "says": "First.", "cites": "a", "starts": "t.start", "amount": 7, "unit": "hour"}
    gives = {"due_at": "first_due", "segments": "first_periods"}
    members = {"first_due": "instant", "first_periods": "periods"}
    parts = [{**first, "calendar": "desk", "gives": gives}]

    pack = load_pack(write(parts=parts, gives=members, starts="d.first_due"))
    assert decided(pack, start=MONDAY, amount=1, unit="hour")["outcome"]["due_at"] == "2026-03-03T10:00:00+00:00"

    pack = load_pack(write(parts=parts, gives=members, pauses="d.first_periods"))
    outcome = decided(pack, start=MONDAY, amount=1, unit="hour")["outcome"]
    assert outcome["starts_at"] == "2026-03-03T09:00:00+00:00"
    assert outcome["segments"] == [{"from": "2026-03-03T09:00:00+00:00", "to": "2026-03-03T10:00:00+00:00"}]


def test_a_warning_counts_backward_from_where_another_clock_is_due(write: Write) -> None:
    """Half an hour of open time before, which lies on the day before where the first is due soon after the opening."""
    first = {"clock": "d.first", "says": "First.", "cites": "a", "starts": "t.start", "amount": 7, "unit": "hour"}
    parts = [{**first, "calendar": "desk", "at_closing": "next_opening", "gives": {"due_at": "first_due"}}]
    warns = {"starts": "d.first_due", "counts": 30, "unit": "minute", "pauses": None, "direction": "backward"}
    pack = load_pack(write(parts=parts, gives={"first_due": "instant"}, **warns))

    outcome = decided(pack, start=MONDAY)["outcome"]
    assert outcome["first_due"] == "2026-03-03T09:00:00+00:00"
    assert outcome["due_at"] == "2026-03-02T16:30:00+00:00"
    assert outcome["starts_at"] == "2026-03-02T17:00:00+00:00"


@pytest.mark.parametrize(("key", "value"), [("pauses", "t.pauses"), ("at_closing", "due")])
def test_what_is_only_for_counting_forward_is_refused_where_it_stands(write: Write, key: str, value: str) -> None:
    """Rather than passed over."""
    with pytest.raises(InvalidPack) as refused:
        load_pack(write(**{"pauses": None, key: value}, direction="backward"))
    (finding,) = refused.value.findings
    assert finding.code == "only_forward"
    assert f"'{key}' has no meaning" in finding.message


def test_a_zone_that_is_none_is_told_and_no_error(write: Write) -> None:
    """Of a fact nothing is known before it is there."""
    pack = load_pack(write(zone="t.zone", facts={"zone": {"type": "string"}}))
    assert due(pack, amount=1, zone="Europe/Lisbon") == "2026-03-02T11:00:00+00:00"
    assert "'Europe/Lisbn' is no time zone of the IANA database. Did you mean 'Europe/Lisbon'?" in str(
        due(pack, amount=1, zone="Europe/Lisbn")
    )
    assert "is no time zone" in str(due(pack, amount=1, zone="Europe"))


def test_instants_may_be_written_in_another_zone_than_the_hours(write: Write) -> None:
    """The same instants, the periods too; a zone that is none, or in which one has no date, is told."""
    pack = load_pack(write(written_in="t.zone", facts={"zone": {"type": "string"}}))
    outcome = decided(pack, start=MONDAY, amount=1, unit="hour", zone="Asia/Kathmandu")["outcome"]
    assert outcome == {
        "starts_at": "2026-03-02T15:45:00+05:45",
        "due_at": "2026-03-02T16:45:00+05:45",
        "segments": [{"from": "2026-03-02T15:45:00+05:45", "to": "2026-03-02T16:45:00+05:45"}],
    }
    assert "is no time zone" in str(due(pack, amount=1, zone="Europe/Lisbn"))
    (found,) = warnings(pack)
    assert (found.code, "as its zone" in found.message) == ("unbounded_text", True)

    late = [{"fact": "late", "says": "Late.", "cites": "a", "date": "t.start", "plus": {"years": 100}}]
    facts = {"zone": {"type": "string", "enum": ["Pacific/Kiritimati"]}}
    pack = load_pack(write(written_in="t.zone", facts=facts, derived=late, starts="late"))
    says = "Nothing is counted: in Pacific/Kiritimati its instants are not all in the years 1 to 9999."
    assert due(pack, start="9899-12-31T15:00:00Z", amount=1, zone="Pacific/Kiritimati") == says


@pytest.mark.parametrize(
    ("role", "value", "nearest"),
    [
        ("zone", "Europe/Lisbn", "Europe/Lisbon"),
        ("written_in", "Europe/Lisbn", "Europe/Lisbon"),
        ("unit", "hours", "hour"),
        ("calendar", "dsk", "desk"),
    ],
)
def test_what_a_rule_gives_to_a_clock_is_checked_at_the_rule(write: Write, role: str, value: str, nearest: str) -> None:
    """Where the member's type is a mere text."""
    rule = {"rule": "d.r", "says": "So.", "cites": "a", "then": {"given": value}}
    part = {"part": "d.given", "rules": [rule]}
    folder = write(parts=[part], gives={"given": "string"}, **{role: "d.given"})
    with pytest.raises(InvalidPack) as refused:
        load_pack(folder)
    (found,) = refused.value.findings
    assert (found.code, found.nearest) == ("unknown_zone" if role in ZONE_ROLES else "unknown_name", nearest)
    assert '"rule": "d.r"' in (folder / "decisions" / "d.yaml").read_text().splitlines()[found.place.line - 1]


def test_a_clock_that_lacks_what_it_counts_is_told_where_there_is_no_outcome(write: Write) -> None:
    """A case that can be without an amount is a gap, unless the members are optional: then it is no news."""
    none = {"type": "number", "minimum": 0, "maximum": 9, "x-absent": "none"}
    facts = {"start": MONDAY, "unit": "hour"}
    document = decided(load_pack(write(amount=none)), **facts)
    assert (document["status"], document["because"]) == ("undecided", [])
    assert [note["says"] for note in document["notes"]] == ["Nothing is counted: it has no 'amount'."]

    optional = {
        name: {"type": kind, "optional": True}
        for name, kind in (("starts_at", "instant"), ("due_at", "instant"), ("segments", "periods"))
    }
    document = decided(load_pack(write(amount=none, gives={**optional, "x": {"always": 1}})), **facts)
    assert (document["status"], document["because"], document["notes"]) == ("decided", [], [])


def test_two_readings_of_one_calendar_are_equal_and_pickle(write: Write) -> None:
    """A pack is data, its calendars too."""
    calendar = holidays(*EVERY_DAY[:9], *LIBRARY["holidays"]["days"], {"holiday": "E", "easter": -2})
    first, second = load_pack(write(calendar)).calendars["desk"], load_pack(write(calendar)).calendars["desk"]
    assert first == second
    assert first is not second
    assert hash(first) == hash(second)
    assert pickle.loads(pickle.dumps(first)) == first
    assert load_pack(write()).calendars["desk"] != first


HOSTILE: Sequence[tuple[Mapping[str, Any], float, str]] = [
    (DESK, 10_000_000, "business_day"),
    (DESK, 1e300, "day"),
    (holidays(*EVERY_DAY), 1, "hour"),
    (holidays(*EVERY_DAY[:336], observed=TO_THE_NEXT), 1e9, "minute"),
    (holidays(*EVERY_DAY[:336], observed=TO_THE_NEXT, zone="Asia/Kathmandu", closes={"from": "12:00"}), 1e9, "hour"),
]


@pytest.mark.parametrize(("calendar", "amount", "unit"), HOSTILE)
@pytest.mark.parametrize("ends", ["same_time", "closing"])
def test_no_count_looks_at_more_years_than_the_bound(
    write: Write, monkeypatch: pytest.MonkeyPatch, calendar: Mapping[str, Any], amount: float, unit: str, ends: str
) -> None:
    """What a count costs is years: it looks at so many and no more, be they ever so many that are asked for."""
    pack = load_pack(write(calendar, amount={"type": "number"}, business_day_ends=ends))
    looked: set[int] = set()
    year = Openings.year

    def noted(self: Openings, number: int) -> OpenYear:
        looked.add(number)
        return year(self, number)

    monkeypatch.setattr(Openings, "year", noted)
    assert "no " in str(due(pack, amount=amount, unit=unit))
    assert len(looked) <= MOST_YEARS + 2
