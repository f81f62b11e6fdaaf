"""Several targets of one case, each with a clock of its own: a workshop's first word, next word and repair."""

from pathlib import Path

import pytest

from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.decision.trial import cover, run_cases
from service.pack.loader import load_pack

FOLDER = Path(__file__).parents[1] / "fixtures" / "packs" / "repair-desk"


@pytest.fixture(scope="module")
def workshop():
    """Three decisions with a clock each, of which one warns early, one before its closing, one not at all."""
    return load_pack(FOLDER)


def test_each_target_has_a_life_of_its_own(workshop):
    """One may be met while another runs and a third is paused."""
    trials = run_cases(Policy(workshop))
    assert [(trial.case.title, trial.differences) for trial in trials if not trial.is_passed] == []
    assert cover(workshop, trials).unheld == ()


def test_nothing_is_left_open_between_them(workshop):
    """What may be missing of a target is no gap: the clock always gives it."""
    assert find_gaps(workshop) == []
    assert workshop.warnings == ()
