"""Circles of names: told all at once, each with the whole way round, at the part that it begins with."""

from __future__ import annotations

import pytest

from service.written.findings import InvalidPack
from tests.analysis.small_packs import load, rules

FACTS = {"loan.late": {"type": "boolean"}}


def decision(name, reads, *, optional=False):
    """Return a decision with a part for each member, which reads another name, or nothing."""
    form = {"type": "integer", "optional": True} if optional else "integer"
    parts = [
        {"part": f"{name}.{member}", "rules": rules(f"{name}.{member}", ({read: 1} if read else {}, {member: 1}))}
        for member, read in reads.items()
    ]
    return {"decision": name, "gives": dict.fromkeys(reads, form), "parts": parts}


def told(folder, *decisions, derived=()):
    """Return what is told of circles, with the lines."""
    with pytest.raises(InvalidPack) as refused:
        load(folder, FACTS, *decisions, derived=derived)
    assert {each.code for each in refused.value.findings} == {"circle"}
    return [each.message.removeprefix("names read each other in a circle: ") for each in refused.value.findings]


@pytest.mark.parametrize(
    ("decisions", "derived", "ways"),
    [
        ([decision("fee", {"a": "fee.b", "b": "fee.a"})], [], ["fee.a → fee.b → fee.a"]),
        ([decision("fee", {"a": "fee.a"})], [], ["fee.a → fee.a"]),
        (
            [decision("fee", {"a": "fee.b", "b": "fee.a", "c": "fee.d", "d": "fee.c"})],
            [],
            ["fee.a → fee.b → fee.a", "fee.c → fee.d → fee.c"],
        ),
        (
            [decision("fee", {"a": "x.b", "b": ""})],
            [{"fact": "x.b", "sum": ["x.c", 1]}, {"fact": "x.c", "sum": ["fee.b", "fee.a"]}],
            None,
        ),
        (
            [decision("fee", {"a": "call.a"}), decision("call", {"a": "fee.a"})],
            [],
            ["fee.a → call.a → fee.a"],
        ),
    ],
)
def test_a_circle_is_told_by_the_names_that_it_goes_through(tmp_path, decisions, derived, ways):
    """Members and derived facts, once round; facts that are derived in order, each after what it reads."""
    ordered = sorted(derived, key=lambda each: each["fact"], reverse=True)
    assert told(tmp_path, *decisions, derived=ordered) == (ways or ["fee.a → x.b → x.c → fee.a"])


def test_decisions_whose_parts_would_have_to_take_turns_are_told_what_to_do(tmp_path):
    """A member is read with its whole decision: without an outcome there is none of it."""
    fee = decision("fee", {"a": "", "b": "call.a"}, optional=True)
    assert told(tmp_path, fee, decision("call", {"a": "fee.a"})) == [
        (
            "call.a → fee.a → call.a; 'fee.a' is read with its whole decision, which reads 'call.a': "
            "let a decision of its own give it"
        )
    ]


def test_what_concerns_a_decision_may_be_in_a_circle(tmp_path):
    """Whether it applies is worked out before its members are there for others."""
    applies = {"says": "If.", "cites": "c", "when": {"call.a": 1}}
    fee = decision("fee", {"a": ""}) | {"applies_when": applies}
    assert told(tmp_path, fee, decision("call", {"a": "fee.a"})) == ["fee.applies → call.a → fee.a → fee.applies"]


def test_a_circle_stands_at_the_part_that_it_begins_with(tmp_path):
    """There one of its names can be changed."""
    with pytest.raises(InvalidPack) as refused:
        load(tmp_path, FACTS, decision("fee", {"c": "", "a": "fee.b", "b": "fee.a"}))
    (finding,) = refused.value.findings
    line = (tmp_path / "decisions" / "fee.yaml").read_text().splitlines()[finding.place.line - 1]
    assert line == "- part: fee.a"
