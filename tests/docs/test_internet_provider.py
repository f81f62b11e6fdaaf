"""The internet provider's pack, which the tutorial leads up to: a second policy, by what `docs/` says alone."""

import re
from collections import Counter
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import holidays
import pytest

from service.clock.business_time import Target, count
from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.decision.trial import cover, run_cases
from service.instants import read_instant
from service.jsontext import parse
from service.pack.fingerprints import fingerprint
from service.pack.loader import load_pack

FOLDER = Path(__file__).parents[1] / "fixtures" / "packs" / "internet-provider"


@pytest.fixture(scope="module")
def fernline():
    """Four plans, three regions, tickets, visits, invoices, routers: a made-up internet provider's policy."""
    return load_pack(FOLDER)


def test_the_pack_has_no_gap_and_no_overlap(fernline):
    """It loads, so it has no error; this is what `clausewise check` would only warn about."""
    assert find_gaps(fernline) == []


READINGS = [
    {},
    {"month-of-grace": "thirty_days"},
    {"last-day-of-grace": "restricted"},
    {"home-region": "head_office"},
    {"month-of-grace": "thirty_days", "last-day-of-grace": "restricted", "home-region": "head_office"},
]


@pytest.mark.parametrize("readings", READINGS, ids=lambda readings: " ".join(readings.values()) or "as chosen")
def test_its_cases_pass_under_every_reading_and_exercise_all_of_it(readings):
    """An owner who switches a reading finds the cases that belong to it, and no rule that only the other one needs."""
    pack = load_pack(FOLDER, readings)
    trials = run_cases(Policy(pack))
    covered = cover(pack, trials)
    assert [(trial.case.title, trial.differences) for trial in trials if not trial.is_passed] == []
    assert (covered.unheld, covered.overruled, covered.unsaid) == ((), (), ())


def test_every_interpretation_has_all_its_readings_tried(fernline):
    """The list above is by hand; a reading that is added must not be forgotten in it."""
    tried = {(name, reading) for readings in READINGS for name, reading in readings.items()}
    tried |= {(name, each.chosen) for name, each in fernline.interpretations.items()}
    assert tried == {(name, reading) for name, each in fernline.interpretations.items() for reading in each.readings}


def test_every_complete_ticket_is_settled(fernline):
    """The check passes over what rests on two numbers, drops and speed, so either side of each bound is tried."""
    policy = Policy(fernline)
    lines = product(("lost", "unstable", "steady"), (2, 3, 10, 11), (49, 50, 79, 80))
    for (connection, drops, speed), plan in product(lines, ("basic", "home", "pro", "business")):
        facts = {
            "ticket": {"opened_at": "2026-06-03T10:00:00Z"},
            "customer": {"plan": plan, "region": "england", "open_tickets": 0, "relies_on_line": True},
            "line": {"connection": connection, "drops_per_day": drops, "speed_percent": speed, "technology": "fibre"},
        }
        decided = policy.decide(fernline.facts.read(facts), ["urgency", "opening", "response", "visit"])
        statuses = {name: parse(text)["status"] for name, text in decided.items()}
        visited = parse(decided["urgency"])["outcome"]["level"] in {"urgent", "high"}
        assert statuses.pop("visit") == ("decided" if visited else "not_applicable"), facts
        assert set(statuses.values()) == {"decided"}, facts


def test_cases_stand_in_files_that_are_named_after_decisions():
    """A name leads to its place."""
    assert {path.name for path in (FOLDER / "cases").iterdir()} == {
        path.name for path in (FOLDER / "decisions").iterdir()
    }


def test_no_title_stands_twice(fernline):
    """A case is told by its title."""
    assert [title for title, times in Counter(case.title for case in fernline.cases).items() if times > 1] == []


def test_it_uses_what_the_language_has():
    """The pack is the example of the whole language: what no other example shows must not be lost from it."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.yaml"))
    used = {
        "hit_policy: first", "hit_policy: priority", "hit_policy: collect", "hit_policy: unique", "hit_policy: any",
        "outranks:", "pauses:", "hidden: true", "where_known: true", "by_interpretation:", "only_under:",
        "date: '01-01'", "nth:", "easter:", "library:", "next_open_day", "sunday: monday", "after: New Year's Day",
        "count:", "sum:", "latest:", "earliest:", "x-subject", "business_day_ends: closing", "retired:",
        "not_decidable:",
    }  # fmt: skip
    schema = (FOLDER / "facts.schema.json").read_text(encoding="utf-8")
    assert {each for each in used if each not in text + schema} == set()


def test_every_line_of_its_text_is_restated_by_a_clause(fernline):
    """And every clause has the fingerprint of its passage."""
    lines = (FOLDER / "policy.md").read_text(encoding="utf-8").splitlines()
    restated = set()
    for clause in fernline.clauses.values():
        first, _, last = clause.lines.partition("-")
        passage = range(int(first), int(last or first) + 1)
        assert fingerprint("\n".join(lines[i - 1] for i in passage)) == clause.sha256, clause.id
        restated.update(passage)
    assert [i for i, line in enumerate(lines, 1) if line.strip() and i not in restated] == []


def test_no_word_of_the_policy_stands_in_the_service(fernline):
    """A second policy works by adding YAML."""
    words = {"fernline", "gibraltar", "router_support", "opening.limit", *fernline.interpretations}
    for path in (FOLDER.parents[3] / "service").rglob("*.py"):
        text = path.read_text(encoding="utf-8").lower()
        assert [word for word in words if re.search(rf"(?<![a-z_]){re.escape(word)}(?![a-z_])", text)] == [], path


def closed_weekdays(calendar, first, last):
    """Return the days from Monday to Friday on which a calendar does not open at all."""
    days = (first + timedelta(days) for days in range((last - first).days + 1))
    weekdays = (day for day in days if day.weekday() < 5)
    return {day for day in weekdays if opening_from(calendar, day) != day}


def opening_from(calendar, day):
    """Return the day on which the calendar is open at or after the noon of a day."""
    return count(calendar, Target(1, "minute"), read_instant(f"{day.isoformat()}T12:00:00Z")).starts_at.date()


def test_the_shifted_holidays_of_england_are_those_of_the_library(fernline):
    """The pack states its own dates; the `holidays` library, made by others, shifts them to the same days."""
    first, last = date(2026, 1, 1), date(2060, 12, 31)
    library = holidays.country_holidays("GB", "ENG", years=range(first.year, last.year + 1))
    assert closed_weekdays(fernline.calendars["england"], first, last) == {day for day in library if day.weekday() < 5}
