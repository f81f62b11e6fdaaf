"""A few completions are run one by one; what is said is what the analysis says, byte for byte."""

import json
from pathlib import Path

import pytest

from benchmarks.partial_cases import cases_without, make_tickets
from service.analysis.possible import analyse, settled_members
from service.decision.few import Few
from service.decision.policy import Policy
from service.jsontext import parse

SCHEMAS = Path(__file__).parents[2] / "schemas"
SCHEMA = json.loads((SCHEMAS / "code42-enterprise-support.facts.schema.json").read_bytes())
SEED = 2612


@pytest.fixture(scope="module")
def policy(support):
    """The shipped pack, ready to decide."""
    return Policy(support)


def partial(policy):
    """Yield cases of which some facts are left out, as decisions are given them one after the other."""
    cases = [case for k in (1, 3, 8, 15) for case in cases_without(SCHEMA, 25, k, SEED + k)]
    for case in (*cases, *make_tickets(150, SEED, clock=True)):
        given = dict(policy.pack.facts.read(parse(case)).values)
        moment = given.get("request.reported_at")
        if moment is not None:
            given |= {"as_of": moment, "today": policy.day(moment)}
        yield given


def test_what_is_told_of_few_completions_is_what_the_analysis_tells(policy):
    """Statuses, members, reasons, notes, needs and their order, and what others are told."""
    few, told = Few(policy.program, policy.ground), []
    for given in partial(policy):
        for decision in policy.pack.decisions.values():
            found = few.settle(decision, given)
            if found is not None:
                wanted = analyse(policy.ground, decision, given)
                assert policy.narrator.open(decision, found) == policy.narrator.open(decision, wanted)
                assert found.passed_on == wanted.passed_on == few.settled_members(decision, given)
                assert found.passed_on == settled_members(policy.ground, decision, given)
                told.append(found.status)
    assert set(told) == {"decided", "provisional", "undecided", "not_applicable"}


def test_many_completions_are_left_to_the_analysis(policy):
    """As are facts of very many values."""
    few = Few(policy.program, policy.ground)
    assert few.settle(policy.pack.decisions["severity"], {}) is None
    assert few.settled_members(policy.pack.decisions["software_lifecycle"], {}) is None
