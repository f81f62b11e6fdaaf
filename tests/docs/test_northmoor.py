"""A managed-services provider's pack: two pages of policy, said in the pack language from what `docs/` says alone."""

from pathlib import Path

import pytest

from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.decision.trial import cover, run_cases
from service.pack.loader import load_pack

FOLDER = Path(__file__).parents[1] / "fixtures" / "packs" / "northmoor"
WHAT_IS_SAID = ("decisions/*.yaml", "calendars/*.yaml", "holidays/*.yaml", "facts.yaml", "facts.schema.json")
READINGS = [
    {each.id: reading}
    for each in load_pack(FOLDER).interpretations.values()
    for reading in each.readings
    if reading != each.chosen
]


@pytest.fixture(scope="module")
def northmoor():
    """Desks around the world, incidents with credits, three targets a case, waits that go on, visits."""
    return load_pack(FOLDER)


def test_the_pack_has_no_finding(northmoor):
    """Nothing is wrong with it, left open or unproved."""
    assert northmoor.warnings == ()
    assert find_gaps(northmoor) == []


@pytest.mark.parametrize("readings", [{}, *READINGS], ids=lambda each: " ".join(each.values()) or "as chosen")
def test_its_cases_pass_under_every_reading(readings):
    """The answers were worked out by hand from the policy's text."""
    trials = run_cases(Policy(load_pack(FOLDER, readings)))
    assert [(trial.case.title, trial.differences) for trial in trials if not trial.is_passed] == []
    assert len(trials) >= 34


def test_every_rule_and_row_wins_in_some_case(northmoor):
    """What no case meets could say anything."""
    covered = cover(northmoor, run_cases(Policy(northmoor)))
    assert (covered.unheld, covered.overruled, covered.unsaid) == ((), (), ())


def test_a_policy_of_two_pages_is_said_in_five_hundred_lines():
    """Decisions, calendars and facts; the clauses and the cases are as long as they are."""
    files = [file for pattern in WHAT_IS_SAID for file in FOLDER.glob(pattern)]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) <= 500
    assert max(map(len, lines)) <= 120
