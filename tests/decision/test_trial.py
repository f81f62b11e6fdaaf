"""Trials: the worked cases of a pack."""

import dataclasses

import pytest

from service.decision.policy import Policy
from service.decision.trial import Mismatch, cover, run_case, run_cases


@pytest.fixture(scope="module")
def policy(late_returns_pack):
    """Rules about late returns, whose own cases all pass."""
    return Policy(late_returns_pack)


@pytest.fixture
def trial(policy):
    """Return what runs a case that says nothing of its own but what it is given."""
    blank = dataclasses.replace(
        policy.pack.cases[0], as_of=None, expect={}, status={}, needs={}, because=(), overruled=(), notes=(), silent=()
    )
    return lambda **case: run_case(policy, dataclasses.replace(blank, **case))


RESERVED = {"loan": {"days_late": 1, "reserved": True, "kind": "map"}}
LATE = {"loan": {"days_late": 1, "kind": "map"}}


def test_the_cases_of_the_pack_pass(policy):
    """In the order in which they are written."""
    trials = run_cases(policy)
    assert [trial.case for trial in trials] == list(policy.pack.cases)
    assert all(trial.is_passed for trial in trials)


@pytest.mark.parametrize(
    ("case", "difference"),
    [
        ({"expect": {"fine": {"level": "low"}}}, Mismatch("outcome", "fine.level", "low", "high")),
        ({"expect": {"fine": {"amount": True}}}, Mismatch("outcome", "fine.amount", True, 10)),
        (
            {"expect": {"reminder": {"ways": "letter"}}},
            Mismatch("outcome", "reminder.ways", "letter", ["letter", "message"]),
        ),
        ({"expect": {"fine": {"level.name": "x"}}}, Mismatch("outcome", "fine.level.name", "x", None)),
        ({"status": {"fine": "undecided"}}, Mismatch("status", "fine", "undecided", "decided")),
        ({"needs": {"fine": ("loan.kind",)}}, Mismatch("needs", "fine", ["loan.kind"], [])),
        ({"because": ("fine.late",)}, Mismatch("because", "fine.late", None, None)),
        ({"overruled": ("fine.reserved",)}, Mismatch("overruled", "fine.reserved", None, None)),
        ({"silent": ("fine.waiver",)}, Mismatch("silent", "fine.waiver", None, None)),
    ],
)
def test_each_thing_that_a_case_expects_can_fail(trial, case, difference):
    """And says what was expected, and what came."""
    assert trial(facts=RESERVED, **case).differences == (difference,)


def test_a_note_that_is_not_said_is_a_difference(trial):
    """It was to be said."""
    assert trial(facts=LATE, notes=("fine.waiver",)).differences == (Mismatch("notes", "fine.waiver", None, None),)


def test_members_of_a_decision_without_outcome_differ_as_a_whole(trial):
    """The status says why there is none."""
    found = trial(facts={}, expect={"fine": {"level": "low"}}).differences
    assert found == (Mismatch("outcome", "fine", {"level": "low"}, "undecided"),)


@pytest.mark.parametrize(
    "case",
    [
        {"expect": {"fine": {"amount": 10.0}}},
        {"expect": {"reminder": {"ways": ["letter", "message"]}}},
        {"because": ("reminder.ways(map)", "fine.reserved"), "overruled": ("fine.late",)},
        {"needs": {"fine": ()}, "status": {"fine": "decided"}},
    ],
)
def test_what_came_out_as_expected_is_no_difference(trial, case):
    """Members that a case leaves out are free."""
    assert trial(facts=RESERVED, **case).is_passed


def test_a_list_of_one_may_be_written_as_the_one(trial):
    """As everywhere in a pack."""
    assert trial(facts={"loan": {"days_late": 1, "kind": "book"}}, expect={"reminder": {"ways": "message"}}).is_passed


def test_needs_are_compared_whatever_their_order(trial):
    """How useful a question is, is no promise of a case."""
    found = trial(facts={}, needs={"reminder": ("loan.days_late", "loan.kind")})
    assert found.is_passed
    assert trial(facts={}, needs={"reminder": ("loan.kind", "loan.days_late")}).is_passed


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        ({"expect": {"fine": {}}}, ["fine"]),
        ({"because": ("reminder.ways(map)",)}, ["reminder"]),
        ({"silent": ("fine.waiver",), "needs": {"reminder": ()}}, ["fine", "reminder"]),
        ({}, ["fine", "reminder"]),
    ],
)
def test_only_the_decisions_that_a_case_is_about_are_asked(trial, case, asked):
    """Others may be open and slow; a case that names none is about all."""
    assert list(trial(facts=RESERVED, **case).decisions) == asked


def test_the_instant_of_the_case_is_when_dates_are_judged(policy):
    """As `as_of` of a request."""
    case = next(case for case in policy.pack.cases if case.as_of is not None)
    assert run_case(policy, case).is_passed


def test_rules_and_notes_that_no_trial_shows_are_told_in_the_order_of_the_pack(policy):
    """A rule that was only overruled is told apart from one that won, and from those that never held."""
    by_title = {trial.case.title: trial for trial in run_cases(policy)}
    coverage = cover(policy.pack, [by_title["A reserved item costs the high fine"]])
    assert [rule.id for rule in coverage.unheld] == ["fine.in-time", "reminder.ways(book)", "reminder.ways(map)"]
    assert ([rule.id for rule in coverage.overruled], coverage.won) == (["fine.late"], 1)
    assert (coverage.unsaid, coverage.rules, coverage.notes) == ((), 5, 1)
    assert [note.id for note, _ in cover(policy.pack, []).unsaid] == ["fine.waiver"]


def test_cases_are_chosen_by_title(policy):
    """Whatever the capitals."""
    assert [trial.case.title for trial in run_cases(policy, "MAP")] == ["Borrowers of a map get a letter too"]
