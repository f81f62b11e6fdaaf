"""The shipped pack as a whole: its cases, its readings, and that the engine knows nothing of it."""

import re
from random import Random

import holidays
import pytest
import yaml

from service.clock.business_time import Target, count
from service.decision.proving import find_gaps
from service.instants import read_instant
from service.pack.loader import _loaded
from service.pack.pack_folder import PackFolder
from service.pack.sources import FolderSource
from tests.rules.conftest import FOLDER
from tests.rules.contract_cases import complete_case, drop, facts_in, put

ROOT = FOLDER.parents[1]


def test_no_word_of_the_policy_stands_in_the_service(support):
    """A second vendor's policy must work by adding YAML: no plan, number, holiday, product or vendor in Python."""
    words = {
        "code42",
        "crashplan",
        "silver",
        "gold",
        "champion",
        "minneapolis",
        "chicago",
        "thanksgiving",
        "presidents",
    }
    words |= {rule for decision in support.decisions for rule in [decision] if "_" in decision}
    words |= {str(each) for spec in support.facts.facts.values() for each in spec.choices or () if "_" in str(each)}
    words |= {clause for clause in support.clauses if clause.count("-") > 1} | set(support.interpretations)
    words |= set(re.findall(r"{number: '(.+?)'", (FOLDER / "facts.yaml").read_text(encoding="utf-8")))
    assert "1-877-680-7526" in words
    any_of_them = re.compile(rf"(?<![a-z_])(?:{'|'.join(map(re.escape, sorted(words)))})(?![a-z_])")
    for path in sorted((ROOT / "service").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert any_of_them.findall(text.lower()) == [], path


def test_every_interpretation_has_several_readings_and_a_chosen_one(support):
    """Else there would be nothing to register."""
    for name, interpretation in support.interpretations.items():
        assert len(interpretation.readings) >= 2, name
        assert interpretation.chosen in interpretation.readings, name
    told = {(name, reading) for name, each in support.interpretations.items() for reading in each.readings}
    assert told == set(readings())


def readings():
    """Return each interpretation with each of its readings, as the file has them."""
    written = yaml.safe_load((FOLDER / "interpretations.yaml").read_text(encoding="utf-8"))["interpretations"]
    return [(each["interpretation"], reading) for each in written for reading in each["readings"]]


@pytest.fixture(scope="module")
def chosen():
    """The files as they were read under the readings that the pack chose."""
    folder = PackFolder(FolderSource(FOLDER))
    _loaded(folder, {})
    return folder


@pytest.mark.parametrize(("name", "reading"), readings(), ids=str)
def test_every_reading_of_every_interpretation_loads(support, chosen, name, reading):
    """An owner switches an interpretation in one line; whatever is chosen, the pack is whole.

    What a reading does not change is not read again: that this hides nothing has a test among those of changed packs.
    """
    is_chosen = support.interpretations[name].chosen == reading
    pack = support if is_chosen else _loaded(PackFolder(chosen.source, chosen), {name: reading})

    assert pack.interpretations[name].chosen == reading


def test_every_decision_is_without_gap_and_overlap(support):
    """Some rule gives every required member, and none contradict each other."""
    assert find_gaps(support) == []


REQUIRED = [
    "most-severe-match-wins", "unsupported-outranks-impact", "eighteen-months-is-a-minimum",
    "unannounced-end-of-life-is-full-support", "business-day-is-a-contact-day", "western-european-time",
    "us-cst-is-us-central", "holiday-is-the-whole-day", "hours-count-inside-contact-hours",
    "silver-universities-may-not-chat", "silver-severity-1-is-web-only", "hardware-not-current-keeps-severity",
    "paths-means-patches",
]  # fmt: skip


@pytest.mark.parametrize("name", REQUIRED)
def test_the_open_questions_of_the_text_are_registered(name, support):
    """Each with a question, what its readings mean and what they change."""
    interpretation = support.interpretations[name]
    assert interpretation.question.endswith("?")
    assert all({"means", "effect"} <= set(reading) for reading in interpretation.readings.values())


def test_every_clause_is_carried_or_says_why_not(support):
    """Nothing of the source is left out in silence."""
    assert [clause.id for clause in support.clauses.values() if not clause.text or not clause.sha256] == []


@pytest.mark.parametrize("dropped", [0, 1, 8], ids="{} facts left out".format)
def test_whom_else_to_contact_stands_in_no_decision(dropped, support_policy):
    """It can name a person: whoever it is, the twelve decisions are the same bytes, settled or open."""
    random = Random(dropped)
    for _ in range(20):
        facts = complete_case(random)
        for path in random.sample(sorted(facts_in(facts)), dropped):
            drop(facts, path)
        told = []
        for contact in ("Zoë Quist, +44 20 7946 0018", "Q"):
            put(facts, "escalation.contact", contact)
            told.append(support_policy.decide(support_policy.pack.facts.read(facts)))
        assert len(told[0]) == 12
        assert told[0] == told[1]
        assert [name for name, document in told[0].items() if b"Quist" in document] == []


def test_the_holidays_are_those_of_the_library_where_the_library_knows_them(support):
    """The pack states the policy's own dates; the `holidays` library agrees for every year since they last changed."""
    library = holidays.US(years=range(1980, 2101), observed=False, language="en_US")
    named = {
        "New Year's Day", "Washington's Birthday", "Memorial Day", "Independence Day", "Labor Day", "Veterans Day",
        "Thanksgiving Day", "Christmas Day",
    }  # fmt: skip
    days = {day for day, name in library.items() if set(name.split("; ")) & named and day.weekday() < 5}
    for day in sorted(days):
        start = read_instant(f"{day.isoformat()}T18:00:00Z")
        counted = count(support.calendars["business"], Target(1, "minute"), start, zone="America/Chicago")
        assert counted.starts_at.date() > day, day
