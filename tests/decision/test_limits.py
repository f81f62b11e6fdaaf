"""What durable-rules does not take of a pack is a finding of `check`, before there is a case."""

from service.decision.limits import find_refused
from service.decision.running import Program
from service.engine.cutting import Block
from service.engine.formulas import Literal, both, either
from tests.decision.plain_packs import plain_pack

BOOLEAN = {"type": "boolean"}


def test_a_pack_that_is_taken_has_no_finding(loans):
    """Every ruleset of it was made and asked."""
    assert find_refused(Program(loans)) == []


def test_a_ruleset_that_is_not_taken_is_told_where_it_is_written(tmp_path):
    """With durable-rules' own words: here, a rule that nothing has cut."""
    pack = plain_pack(tmp_path / "pack", {"a": BOOLEAN}, [{"a": True}])
    program = Program(pack)
    whole = both(either(Literal(2 * i + j, "==", True) for j in (1, 2)) for i in range(20))
    (sitting,) = program.asked["d"].levels[0]
    sitting.seat = program.rulesets.seat(Block(0, tuple(range(1, 41)), (whole,), ((0,),), 2, 2, 1), 9)

    (found,) = find_refused(program)

    assert found.code == "refused_by_engine"
    assert found.place == pack.decisions["d"].place
    assert "d can't be asked" in found.message
    assert "error code: 113" in found.message
