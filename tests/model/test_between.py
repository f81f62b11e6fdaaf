"""Derived facts between two parts of a decision: its own parts see them from its members, all others from outside."""

from __future__ import annotations

import json

import pytest

from service.decision.policy import Policy
from service.model.names import Own
from service.written.findings import InvalidPack
from tests.analysis.small_packs import load, rules

FACTS = {
    "loan.late": {"type": "boolean"},
    "loan.asked": {"type": "boolean"},
    "loan.days": {"type": "integer", "minimum": 0, "maximum": 9},
}
DERIVED = (
    {"fact": "fee.all", "sum": ["fee.amount", 2]},
    {"fact": "fee.is_high", "when": {"fee.all": {"more_than": 4}}},
)


def fee(**more):
    """Return a decision whose letter hangs on its amount over two derived facts, the part that reads them first."""
    letter = rules(
        "fee.letter", ({"fee.is_high": True}, {"letter": "long"}), ({"fee.is_high": False}, {"letter": "short"})
    )
    amount = rules(
        "fee.amount", ({"loan.late": True}, {"amount": {"from": "loan.days"}}), ({"loan.late": False}, {"amount": 1})
    )
    return {
        "decision": "fee",
        "gives": {"amount": "integer", "letter": "string"},
        "parts": [{"part": "fee.letter", "rules": letter}, {"part": "fee.amount", "rules": amount}],
        **more,
    }


def other(decision, *names):
    """Return a decision that tells of each name whether it is there."""
    gives = {f"m{i}": "boolean" for i, _ in enumerate(names)}
    parts = [
        {
            "part": f"{decision}.p{i}",
            "hit_policy": "first",
            "rules": rules(f"{decision}.p{i}", ({name: {"known": True}}, {f"m{i}": True}), ({}, {f"m{i}": False})),
        }
        for i, name in enumerate(names)
    ]
    return {"decision": decision, "gives": gives, "parts": parts}


def decided(pack, facts):
    """Return the documents of a case."""
    return {name: json.loads(each) for name, each in Policy(pack).decide(pack.facts.read(facts)).items()}


def test_a_part_reads_what_is_derived_of_what_another_gives(tmp_path):
    """In whatever order they are written; the trace shows the member, and each derived fact by its name."""
    pack = load(tmp_path, FACTS, fee(), derived=DERIVED)
    assert [part.id for part in pack.decisions["fee"].groups] == ["fee.amount", "fee.letter"]
    assert pack.between.keys() == {Own("fee.all"), Own("fee.is_high")}
    document = decided(pack, {"loan": {"late": True, "days": 3}})["fee"]
    assert document["outcome"] == {"amount": 3, "letter": "long"}
    assert document["because"][1]["facts"] == {"fee.amount": 3, "fee.all": 5, "fee.is_high": True}


@pytest.mark.parametrize(
    ("given", "status", "needs"),
    [
        ({"late": False}, "decided", []),
        ({"days": 1}, "decided", []),
        ({"days": 2}, "undecided", ["loan.late"]),
        ({"late": True}, "undecided", ["loan.days"]),
    ],
)
def test_what_is_unknown_is_followed_through_it_exactly(tmp_path, given, status, needs):
    """From the part that gives the member to the part that reads what is derived of it."""
    document = decided(load(tmp_path, FACTS, fee(), derived=DERIVED), {"loan": given})["fee"]
    assert (document["status"], document["needs"]) == (status, needs)


def test_others_read_it_from_the_members_as_they_are_to_others(tmp_path):
    """None where the decision does not apply, although its parts would have given the member."""
    applies = {"says": "A fee is asked.", "cites": "c", "when": {"loan.asked": True}}
    pack = load(tmp_path, FACTS, fee(applies_when=applies), other("told", "fee.amount", "fee.all"), derived=DERIVED)
    known = {"late": False, "days": 0}
    assert decided(pack, {"loan": {**known, "asked": True}})["told"]["outcome"] == {"m0": True, "m1": True}
    assert decided(pack, {"loan": {**known, "asked": False}})["told"]["outcome"] == {"m0": False, "m1": False}


def test_a_rule_gives_a_member_of_its_own_decision_so_many_times(tmp_path):
    """Which is derived of the member as its parts see it."""
    double = {
        "decision": "fee",
        "gives": {"amount": "integer", "twice": "integer"},
        "parts": [
            {"part": "fee.twice", "rules": rules("fee.twice", ({}, {"twice": {"from": "fee.amount", "times": 2}}))},
            {"part": "fee.amount", "rules": rules("fee.amount", ({}, {"amount": {"from": "loan.days"}}))},
        ],
    }
    pack = load(tmp_path, FACTS, double)
    assert decided(pack, {"loan": {"days": 4}})["fee"]["outcome"] == {"amount": 4, "twice": 8}


def test_a_note_and_a_copy_read_it_too(tmp_path):
    """As all in a decision does."""
    noted = fee(notes=[{"note": "fee.high", "says": "That is much.", "cites": "c", "when": {"fee.is_high": True}}])
    noted["gives"] = {**noted["gives"], "shown": {"from": "fee.all"}}
    document = decided(load(tmp_path, FACTS, noted, derived=DERIVED), {"loan": {"late": True, "days": 3}})["fee"]
    assert document["outcome"] == {"amount": 3, "letter": "long", "shown": 5}
    assert [note["note"] for note in document["notes"]] == ["fee.high"]


def test_a_circle_over_it_is_told_by_names(tmp_path):
    """Where the part that gives the member reads what is derived of it."""
    circular = fee()
    circular["parts"][1]["rules"][0]["when"] = {"fee.is_high": True}
    with pytest.raises(InvalidPack) as refused:
        load(tmp_path, FACTS, circular, derived=DERIVED)
    assert [each.message for each in refused.value.findings] == [
        "names read each other in a circle: fee.amount → fee.is_high → fee.all → fee.amount"
    ]
