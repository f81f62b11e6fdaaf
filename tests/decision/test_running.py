"""Decisions that read something unknown run like settled ones where it evidently can't matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.diagrams import Diagrams
from service.analysis.possible import analyse
from service.analysis.worlds import World
from service.decision.running import Program
from tests.decision.conftest import nested


@pytest.fixture(scope="module")
def program(loans):
    """The toy pack, ready to run."""
    return Program(loans)


def cases_of():
    """Return cases of the toy pack in which anything may be left out."""
    values = {
        "loan.returned": st.booleans(),
        "loan.overdue": st.booleans(),
        "loan.days_late": st.sampled_from([0, 1, 30, 31]),
        "loan.parts": st.sampled_from([[], ["cover"], ["cover", "booklet"]]),
        "member.kind": st.sampled_from(["adult", "child"]),
        "member.standing": st.sampled_from(["good", "suspended"]),
        "member.fees": st.sampled_from([[], [9], [10]]),
    }
    return st.fixed_dictionaries({}, optional=values).map(nested)


def run(program, name, facts):
    """Return the hits of a decision, None where the unknown might matter."""
    return program.run_settled(name, dict(program.pack.facts.read(nested(facts)).values))


def test_a_rule_that_fails_whatever_is_unknown_needs_no_analysis(program):
    """Whether a returned item had parts missing is moot for one that has not come back."""
    assert run(program, "fine", {"loan.returned": False}) == {"fine.applies": ()}


def test_what_might_matter_is_left_to_the_analysis(program):
    """A rule that is neither true nor false is no hit, but no miss either."""
    assert run(program, "fine", {"loan.returned": True}) is None


@given(cases_of())
def test_what_runs_alone_is_closed_by_the_analysis_too(program, facts):
    """The short way is for speed alone; it may never settle what some completion would change."""
    given_facts = program.pack.facts.read(facts).values
    for name, decision in program.pack.decisions.items():
        if program.run_settled(name, dict(given_facts)) is not None:
            found = analyse(decision, World(program, Diagrams(), given_facts))
            assert (found.status in {"decided", "not_applicable"}, found.needs) == (True, ())
