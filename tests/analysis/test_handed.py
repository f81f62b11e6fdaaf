"""What one decision of a request has made is handed to the next: nothing that is said, or counted, hangs on it."""

import json
from pathlib import Path
from random import Random

import pytest

from benchmarks.partial_cases import cases_without
from service.analysis.diagrams import Diagrams
from service.analysis.gaps import MOST_STEPS, _examined, examine
from service.analysis.ground import Ground
from service.analysis.handed import Handed, Made
from service.analysis.possible import analyse
from service.analysis.variables import Free, Given
from service.decision.policy import Policy
from service.jsontext import parse
from service.pack.loader import load_pack
from tests.oracle.drawing import draw_pack
from tests.oracle.folders import write_pack

SCHEMAS = Path(__file__).parents[2] / "schemas"
SCHEMA = json.loads((SCHEMAS / "code42-enterprise-support.facts.schema.json").read_bytes())
SEED = 2604


def partial_cases(count):
    """Return cases of the shipped pack of which a few, many or all facts are left out."""
    return [
        case for left_out in (3, 10, 25, 40, 100) for case in cases_without(SCHEMA, count, left_out, SEED + left_out)
    ]


def in_turn(pack, values, handed):
    """Return for each decision of a pack what is said of it, and the steps that were counted, one after the other."""
    ground = Ground(pack)
    env, found = dict(values), {}
    for name in pack.schedule:
        lent = handed if handed is not None else Handed()
        opened = analyse(ground, pack.decisions[name], dict(env), lent)
        env.update(opened.passed_on)
        found[name] = opened, lent.space.work
    return found


@pytest.mark.parametrize("case", partial_cases(4))
def test_steps_and_answers_are_those_of_a_decision_that_is_asked_alone(support, case):
    """A decision that stays within its bound alone does so in company, to the step, and the reverse."""
    values = support.facts.read(parse(case)).values
    assert in_turn(support, values, Handed()) == in_turn(support, values, None)


@pytest.fixture(scope="module")
def asked_for_one(support):
    """The shipped pack once for each decision, asked for that one alone."""
    return {name: Policy(support) for name in support.decisions}


@pytest.mark.parametrize("case", partial_cases(2))
def test_what_else_is_asked_changes_no_answer(support, asked_for_one, case):
    """Each decision by itself, and any few together, are byte for byte as among all."""
    read = support.facts.read(parse(case))
    together = Policy(support).decide(read)
    alone = {name: policy.decide(read, [name])[name] for name, policy in asked_for_one.items()}
    some = Random(SEED).sample(sorted(support.decisions), 4)
    assert alone == together
    assert Policy(support).decide(read, some) == {name: together[name] for name in some}


@pytest.fixture(scope="module")
def asked_before(support):
    """The shipped pack, with the diagrams of all cases of this module that were asked before."""
    return Policy(support)


@pytest.mark.parametrize("case", partial_cases(3))
def test_what_was_asked_before_changes_no_answer(support, asked_before, case):
    """The diagrams of earlier requests are handed on as well."""
    read = support.facts.read(parse(case))
    assert asked_before.decide(read) == Policy(support).decide(read)


def test_diagrams_of_earlier_requests_are_given_up_when_there_are_many(support):
    """What hostile callers send can't fill memory with them."""
    policy = Policy(support)
    policy.decide(support.facts.read({}))
    first = policy.space()
    assert (first.size > 1000, policy.space() is first) == (True, True)
    for i in range(10):
        first.leaf((i, "x" * 1_000_000))
    assert policy.space() is not first


# In 7095 and 7105 a name is made with other claims in between: what was made of it before is then taken over whole.
@pytest.mark.parametrize("seed", [7095, 7100, 7102, 7105])
@pytest.mark.parametrize("most_steps", [300, MOST_STEPS])
def test_what_is_proved_of_a_part_hangs_on_no_other(tmp_path, seed, most_steps):
    """It stays within its bound in company if it does so alone, and the same is found."""
    pack = load_pack(write_pack(draw_pack(seed), tmp_path))
    ground = Ground(pack)
    found = list(examine(ground, most_steps))
    alone = {part.id: part for decision in pack.decisions.values() for part in decision.groups}
    assert [each for each in found if each.group.id in alone] == [
        _examined(ground, each.decision, alone[each.group.id], most_steps, Handed())
        for each in found
        if each.group.id in alone
    ]


def test_what_rests_on_a_claim_that_only_one_decision_knows_is_not_handed_on():
    """Its rank says something else to another decision."""
    handed, space = Handed(), Diagrams(10)
    handed.keep("free", Made(space.true, variables={9: Free("whatever")}))
    handed.keep("given", Made(space.true, variables={9: Given("loan")}))
    assert handed.get("free", {}) is None
    assert handed.get("given", {}) is not None
    assert handed.get("given", {9: Given("loan")}) is not None
    assert handed.get("given", {9: Given("member")}) is None
