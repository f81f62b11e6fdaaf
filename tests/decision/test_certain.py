"""Decisions that are settled without analysis: only where whatever is unknown makes no difference."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.ground import Ground
from service.analysis.possible import analyse
from service.decision.certain import Certain
from service.decision.policy import Policy
from service.decision.running import Program
from tests.analysis.small_packs import load, rules
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


@pytest.fixture(scope="module")
def certain(program):
    """What settles decisions of the toy pack although something is unknown."""
    return Certain(program, Ground(program.pack))


def run(program, certain, name, facts):
    """Return the hits of a decision, None where the unknown might matter."""
    values = dict(program.pack.facts.read(nested(facts)).values)
    ran = certain.run(program.pack.decisions[name], values)
    return None if ran is None else ran.hits


def test_a_rule_that_fails_whatever_is_unknown_needs_no_analysis(program, certain):
    """Whether a returned item had parts missing is moot for one that has not come back."""
    assert run(program, certain, "fine", {"loan.returned": False}) == {"fine.applies": ()}


def test_what_might_matter_is_left_to_the_analysis(program, certain):
    """A rule that is neither true nor false is no hit, but no miss either."""
    assert run(program, certain, "fine", {"loan.returned": True}) is None


@given(cases_of())
def test_what_runs_alone_is_closed_by_the_analysis_too(program, certain, facts):
    """The short way is for speed alone; it may never settle what some completion would change."""
    given_facts = program.pack.facts.read(facts).values
    ground = Ground(program.pack)
    for decision in program.pack.decisions.values():
        if certain.run(decision, dict(given_facts)) is not None:
            found = analyse(ground, decision, given_facts)
            assert (found.status in {"decided", "not_applicable"}, found.needs) == (True, ())


def test_an_optional_member_that_copies_an_unknown_fact_is_not_passed_over(tmp_path):
    """The required member is sure; what the other one will be is not, and the fact that it copies is needed."""
    pack = load(
        tmp_path,
        {"size": {"type": "integer", "minimum": 1, "maximum": 4}},
        {
            "decision": "d",
            "cites": "c",
            "gives": {"day": {"type": "date"}, "size": {"type": "number", "optional": True}},
            "rules": rules("d", (None, {"size": {"from": "size"}, "day": "2026-03-05"})),
        },
    )
    case = pack.facts.read({})
    found = orjson.loads(Policy(pack).decide(case, None, datetime(2026, 1, 1, tzinfo=UTC))["d"])
    assert (found["status"], found["needs"]) == ("undecided", ["size"])


@pytest.mark.parametrize(("fewest", "open_"), [(0, ("provisional", {"all": ["one"]})), (1, ("undecided", None))])
def test_a_list_to_which_a_rule_adds_what_is_unknown_is_not_passed_over(tmp_path, fewest, open_):
    """The list has items already, from another rule, and may or must have more."""
    given = rules("d", ({}, {"all": ["one"]}), ({}, {"all": {"from": "more"}}))
    pack = load(
        tmp_path,
        {
            "more": {
                "type": "array",
                "items": {"type": "string", "enum": ["two", "three"]},
                "uniqueItems": True,
                "minItems": fewest,
            }
        },
        {"decision": "d", "gives": {"all": "list"}, "hit_policy": "collect", "rules": given},
    )
    policy = Policy(pack)
    found = orjson.loads(policy.decide(pack.facts.read({}), None, None)["d"])
    assert (found["status"], found["outcome"], found["needs"]) == (*open_, ["more"])
    found = orjson.loads(policy.decide(pack.facts.read({"more": ["two"]}), None, None)["d"])
    assert (found["status"], found["outcome"], found["needs"]) == ("decided", {"all": ["one", "two"]}, [])


@pytest.mark.parametrize("inner", [{}, {"size": 1}])
def test_what_is_derived_from_a_member_that_no_rule_gave_is_none(tmp_path, inner):
    """A rule that holds where a derived fact is not early holds of a case in which there is no such day."""
    late = {"none": [{"later": {"before": "2024-03-01"}}], **inner}
    pack = load(
        tmp_path,
        {"flag": {"type": "boolean"}, "size": {"type": "integer", "minimum": 1, "maximum": 4}},
        {
            "decision": "d",
            "gives": {"day": "date"},
            "hit_policy": "first",
            "rules": rules("d", ({"flag": True}, {"day": "2024-01-01"})),
        },
        {
            "decision": "e",
            "gives": {"is_late": "boolean"},
            "hit_policy": "first",
            "rules": rules("e", (late, {"is_late": True}), ({}, {"is_late": False})),
        },
        derived=[{"fact": "later", "date": "d.day", "plus": {"months": 1}}],
    )
    found = Policy(pack).decide(pack.facts.read({"flag": False, "size": 1}), None, None)
    assert orjson.loads(found["d"])["status"] == "undecided"
    assert orjson.loads(found["e"])["outcome"] == {"is_late": True}
