"""What decisions rest on, and in which order they are worked out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.model.conditions import Test as Leaf
from service.model.order import Circle
from service.model.pack import Applies
from service.model.schedule import scheduled
from service.pack.loader import load_pack

REPLY = "decisions/reply.yaml"


def test_a_decision_comes_after_those_that_it_reads(write):
    """Directly, or through a derived fact; the pack's own order is kept in the outcomes."""
    pack = load_pack(write("pack.yaml", "[fine, reply]", "[reply, fine]"))
    assert list(pack.decisions) == ["reply", "fine"]
    assert pack.schedule == ("fine", "reply")
    assert pack.decisions["reply"].needs_before == ("fine",)
    assert pack.decisions["fine"].needs_before == ()


def test_a_derived_fact_that_reads_a_member_puts_the_member_s_decision_first(write):
    """And a decision rests on all that a derived fact rests on."""
    folder = write("facts.yaml", "derived:", "derived:\n  - {fact: loan.is_high, when: {fine.level: high}}")
    path = folder / REPLY
    path.write_text(
        path.read_text()
        .replace("fine.level]", "loan.is_high]")
        .replace("low, 1]", "false, 1]")
        .replace("high, 2]", "true, 2]")
    )
    reply = load_pack(folder).decisions["reply"]
    assert reply.reads == ("loan.kind", "loan.is_high", "loan.asked_at")
    assert reply.needs_before == ("fine",)
    assert set(reply.facts) == {"loan.kind", "loan.asked_at", "loan.days_late"}


def test_applicability_and_notes_are_rested_on_too(write):
    """A decision that is not applicable is an answer, and needs facts."""
    applies = "applies_when: {says: If., cites: replies, when: {loan.note: {known: true}}}\nasks:"
    reply = load_pack(write(REPLY, "asks:", applies)).decisions["reply"]
    assert reply.facts[0] == "loan.note"
    assert "loan.note" in reply.reads


def test_decisions_that_read_each_other_are_a_circle(write):
    """There is no order in which they could be worked out."""
    pack = load_pack(write())
    fine, reply = pack.decisions["fine"], pack.decisions["reply"]
    asked = Applies("fine.applies", "If.", (), (), Leaf("reply.amount", "equals", 1))
    with pytest.raises(Circle) as met:
        scheduled({"fine": replace(fine, applies=asked), "reply": reply}, {}, {})
    assert met.value.names == ("fine", "reply", "fine")
