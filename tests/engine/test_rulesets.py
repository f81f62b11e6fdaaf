"""Blocks share rulesets within the engine's bounds, and each gets its own answer."""

from concurrent.futures import ThreadPoolExecutor

from service.engine import durable
from service.engine.cutting import Block, cut
from service.engine.durable import MOST_MEMBERS
from service.engine.formulas import Literal, both, either
from service.engine.rulesets import Rulesets


def yes(place):
    """Return the literal that an answer is true."""
    return Literal(place, "==", True)


def seated(rulesets, count, stage=1):
    """Return the seats of so many blocks of two rules."""
    return [
        rulesets.seat(block, stage)
        for _ in range(count)
        for block in cut([both((yes(1), yes(2))), both((yes(1), yes(3)))])
    ]


def test_blocks_of_a_stage_share_a_ruleset():
    """Those of another stage can't: they are asked at another time."""
    rulesets = Rulesets("test")
    assert {seat.ruleset for seat in seated(rulesets, 3)} == {0}
    assert {seat.ruleset for seat in seated(rulesets, 3, stage=2)} == {1}
    assert len(rulesets) == 2


def test_each_block_is_answered_for_itself():
    """Whether others are asked at the same time or not."""
    rulesets = Rulesets("test")
    first, second, third = seated(rulesets, 3)
    assert rulesets.ask([(first, (True, True, None)), (third, (True, False, True))]) == [(0,), (1,)]
    assert rulesets.ask([(second, (True, True, True))]) == [(0, 1)]
    assert rulesets.ask([]) == []


def test_a_ruleset_takes_no_more_members_than_a_fact_has():
    """The next block begins another, and all are asked in one call."""
    rulesets = Rulesets("test")
    seats = seated(rulesets, MOST_MEMBERS // 3 + 1)
    assert len(rulesets) > 1
    assert all(int(name[1:]) < MOST_MEMBERS for seat in seats for name in seat.members)
    assert rulesets.ask([(seat, (True, True, True)) for seat in seats]) == [(0, 1)] * len(seats)
    assert list(rulesets.refused()) == []


def test_what_can_hold_at_once_adds_up_over_the_blocks_of_a_stage():
    """Ten groups of thirty thresholds: each is far from the bound, together they are beyond it."""
    rulesets = Rulesets("test")
    blocks = cut([Literal(1, "<", bound) for bound in range(30)])
    seats = [rulesets.seat(block, 1) for _ in range(10) for block in blocks]
    assert len(rulesets) == 5
    assert rulesets.ask([(seat, (-1,)) for seat in seats]) == [tuple(range(30))] * 10


def test_a_ruleset_belongs_to_the_thread_that_asks():
    """Another thread gets one of its own, under the same number."""
    rulesets = Rulesets("test")
    (seat,) = seated(rulesets, 1)
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(rulesets.ask, [(seat, (True, None, True))]) for _ in range(40)]
    assert [each.result() for each in asked] == [[(1,)]] * 40


def test_programs_with_the_same_rules_share_what_a_thread_has_made():
    """durable-rules gives little back: a service that takes one version of a pack after the other would grow."""
    before = next(durable._names)
    for version in range(10):
        rulesets = Rulesets(f"version {version}")
        (seat,) = seated(rulesets, 1)
        assert rulesets.ask([(seat, (True, None, True))]) == [(1,)]
    assert next(durable._names) - before <= 2


def test_what_is_not_taken_is_told_of_its_ruleset_alone():
    """A block that nothing has cut, in a stage of its own; the others are asked all the same."""
    rulesets = Rulesets("test")
    (taken,) = seated(rulesets, 1)
    whole = both(either((yes(2 * i + 1), yes(2 * i + 2))) for i in range(16))
    beyond = rulesets.seat(Block(0, tuple(range(1, 33)), (whole,), ((0,),), 2, 2, 1), 2)

    ((seat, why),) = rulesets.refused()

    assert seat is beyond
    assert "error code: 113" in why
    assert rulesets.ask([(taken, (True, True, None))]) == [(0,)]
