"""The parts of a decision, each after those whose members it reads."""

from __future__ import annotations

from service.model.names import Own
from service.model.pack import Copy
from service.model.parts import in_reading_order


def test_parts_stand_in_reading_order_whatever_order_they_are_written_in(read_decision):
    """Each reads only what stands before it."""
    decision = read_decision("""\
        decision: fine
        asks: What?
        gives: {shown: {from: fine.cost}, cost: integer, level: [low, high]}
        parts:
          - part: fine.cost
            rules: [{rule: fine.much, says: Much., cites: a, when: {fine.level: high}, then: {cost: 10}}]
          - part: fine.level
            rules: [{rule: fine.high, says: High., cites: a, then: {level: high}}]
        """)
    parts = in_reading_order("fine", decision.parts, {})
    assert [part.member if isinstance(part, Copy) else part.id for part in parts] == [
        "fine.level",
        "fine.cost",
        "shown",
    ]


def test_a_part_says_what_it_gives_and_reads(read_decision):
    """By the keys that its own decision knows them by."""
    level, shown = read_decision("""\
        decision: fine
        asks: What?
        gives: {level: [low, high], shown: {from: fine.level}}
        rules:
          - {rule: fine.high, says: H., cites: a, when: {loan.days: 3}, then: {level: high}}
          - {rule: fine.low, says: L., cites: a, when: {loan.kind: map, loan.days: 2}, then: {level: low}}
        """).parts
    assert (level.called, level.member_paths, level.reads) == ("fine", ("level",), ("loan.days", "loan.kind"))
    assert (shown.called, shown.member_paths, shown.reads) == (
        "member shown",
        ("shown",),
        (Own("fine.level"),),
    )
