"""Decisions that read something unknown run like settled ones where it evidently can't matter."""

import pytest

from service.decision.running import Program
from tests.decision.plain_packs import plain_pack

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
