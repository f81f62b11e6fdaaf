"""The door for Python programs: it answers as every other door does."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import service
from service import InvalidFacts, InvalidPack, InvalidRequest, load
from service.decision.desk import Desk
from service.decision.requests import read_request

FOLDER = Path("tests/fixtures/packs/library-loans")
CASE = {"loan": {"kind": "map", "asked_at": "2026-03-02T10:00:00Z"}}


@pytest.fixture(scope="module")
def policy():
    """Load the pack as a program would."""
    return load(str(FOLDER))


def test_a_program_gets_the_same_bytes_as_any_caller(policy):
    """One function decides for all doors."""
    request = read_request({"facts": CASE, "decisions": ["reply"], "as_of": "2026-03-02T10:00:00Z"})
    expected = Desk([policy.pack]).decide(request).document()
    assert policy.document(CASE, ["reply"], as_of="2026-03-02T10:00:00Z") == expected


def test_all_decisions_are_asked_unless_some_are_named(policy):
    """In plain Python values."""
    assert list(policy.decide(CASE)["decisions"]) == sorted(policy.pack.decisions)
    assert list(policy.decide(CASE, ["fine"])["decisions"]) == ["fine"]


def test_an_instant_may_be_a_datetime(policy):
    """With its offset."""
    moment = datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert policy.decide(CASE, as_of=moment) == policy.decide(CASE, as_of=moment.isoformat())
    with pytest.raises(InvalidRequest, match="lacks an offset"):
        policy.decide(CASE, as_of=moment.replace(tzinfo=None))


def test_readings_can_be_chosen_by_the_program():
    """As the command line lets its user do."""
    chosen = load(FOLDER, readings={"last-day-is-in": "late"})
    assert chosen.pack.interpretations["last-day-is-in"].chosen == "late"


def test_what_is_wrong_is_told_whole(policy, tmp_path):
    """Each error holds every problem."""
    with pytest.raises(InvalidFacts) as refused:
        policy.decide({"loan": {"kind": "mapp", "days_late": "3"}})
    assert len(refused.value.problems) == 2
    with pytest.raises(InvalidRequest, match="fin"):
        policy.decide(CASE, ["fin"])
    with pytest.raises(InvalidPack):
        load(tmp_path)


def test_importing_the_package_costs_nothing():
    """A program that only asks for the version waits for no engine."""
    asked = "import sys, service; print(service.__version__, sorted(m for m in sys.modules if m.startswith('service')))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == f"{service.__version__} ['service']\n"


@pytest.mark.parametrize("name", service.__all__)
def test_all_that_is_exported_is_there(name):
    """And is told by `dir`."""
    assert getattr(service, name).__name__ == name
    assert name in dir(service)


def test_what_is_not_exported_is_not_there():
    """With Python's own error."""
    with pytest.raises(AttributeError, match="no attribute 'decide'"):
        service.decide  # noqa: B018 - asking is the test
