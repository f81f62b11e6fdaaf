"""Decisions that read something unknown run like settled ones where it evidently can't matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.ground import Ground
from service.analysis.possible import analyse
from service.decision.certain import Certain
from service.decision.running import Program
from tests.decision.conftest import nested
from tests.decision.plain_packs import plain_pack


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
    ran = Certain(program, Ground(program.pack)).run(
        program.pack.decisions[name], dict(program.pack.facts.read(nested(facts)).values)
    )
    return None if ran is None else ran.hits


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
    ground = Ground(program.pack)
    for decision in program.pack.decisions.values():
        if Certain(program, ground).run(decision, dict(given_facts)) is not None:
            found = analyse(ground, decision, given_facts)
            assert (found.status in {"decided", "not_applicable"}, found.needs) == (True, ())


# packs beyond what durable-rules takes in one piece

BOOLEAN = {"type": "boolean"}


def hits(folder, facts, conditions, case):
    """Return what a pack of these rules comes to for a case."""
    program = Program(plain_pack(folder, facts, conditions))
    env = dict(program.pack.facts.read(case).values)
    program.run(frozenset(["d"]), env)
    return env["d.hits"]


@pytest.mark.parametrize("count", [5, 16, 300])
def test_none_of_many_pairs_is_decided(tmp_path, count):
    """Negated, each pair is an alternative within a conjunction."""
    facts = {f"{name}{i}": BOOLEAN for name in "ab" for i in range(count)}
    pairs = [{f"a{i}": True, f"b{i}": True} for i in range(count)]
    case = {name: name.startswith("a") for name in facts}
    assert hits(tmp_path / "no", facts, [{"none": pairs}, {"any": pairs}], case) == (0,)
    assert hits(tmp_path / "yes", facts, [{"none": pairs}, {"any": pairs}], case | {f"b{count - 1}": True}) == (1,)


def test_many_thresholds_hold_at_once(tmp_path):
    """Over parts and decisions of a stage they add up."""
    facts = {"x": {"type": "number", "minimum": 0, "maximum": 10**5}}
    thresholds = [{"x": {"at_least": i}} for i in range(400)]
    for case, wanted in ((5, 6), (399.5, 400), (10**5, 400)):
        assert hits(tmp_path / str(case), facts, thresholds, {"x": case}) == tuple(range(wanted))


def test_many_rules_of_one_condition_all_hold(tmp_path):
    """durable-rules overruns its memory at 256 of them."""
    assert hits(tmp_path / "pack", {"a": BOOLEAN}, [{"a": True}] * 600, {"a": True}) == tuple(range(600))


def test_thousands_of_texts_are_told_apart(tmp_path):
    """Each by a rule of its own; durable-rules never returns at 512 of them."""
    facts = {"text": {"type": "string", "maxLength": 9}}
    rules = [{"text": f"t{i}"} for i in range(2000)]
    assert hits(tmp_path / "last", facts, rules, {"text": "t1999"}) == (1999,)
    assert hits(tmp_path / "none", facts, rules, {"text": "u"}) == ()
