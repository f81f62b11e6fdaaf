"""What a trace tells of numbers that are reckoned: multiples by their own name, quotients that are none."""

from __future__ import annotations

import json

import pytest

from service.decision.policy import Policy
from tests.analysis.small_packs import load, rules

FACTS = {
    "desk.open": {"type": "integer", "minimum": 0},
    "desk.minutes": {"type": "integer", "minimum": 0},
    "desk.late": {"type": "boolean"},
}
UPTIME = {"fact": "desk.uptime", "cites": "c", "percent": "desk.open", "of": "desk.minutes"}
NOTE = "There is no desk.uptime, as it would be divided by desk.minutes, which is 0."


def decided(pack, facts):
    """Return the document of the decision."""
    return json.loads(Policy(pack).decide(pack.facts.read({"desk": facts}))["credit"])


def credit(*written, **more):
    """Return a decision of one part of rules, of which the first that holds counts."""
    return {
        "decision": "credit",
        "gives": {"share": "integer"},
        "hit_policy": "first",
        "rules": rules("credit", *written),
        **more,
    }


def test_a_multiple_is_shown_with_what_it_is_made_of(tmp_path):
    """At the rule that gives it."""
    pack = load(
        tmp_path, FACTS, credit(({"desk.late": True}, {"share": {"from": "desk.open", "times": 3}}), ({}, {"share": 0}))
    )
    (reason,) = decided(pack, {"late": True, "open": 4})["because"]
    assert reason["facts"] == {"desk.late": True, "desk.open times 3": 12, "desk.open": 4}


def test_a_multiple_may_be_of_what_rests_on_a_member_of_its_own_decision(tmp_path):
    """Which its parts read as they see that member."""
    parts = [
        {"part": "credit.share", "rules": rules("credit.share", ({}, {"share": {"from": "desk.open"}}))},
        {"part": "credit.more", "rules": rules("credit.more", ({}, {"more": {"from": "desk.left", "times": 3}}))},
    ]
    decision = {"decision": "credit", "gives": {"share": "integer", "more": "integer"}, "parts": parts}
    left = {"fact": "desk.left", "difference": ["desk.minutes", "credit.share"]}
    pack = load(tmp_path, FACTS, decision, derived=[left])
    assert decided(pack, {"open": 4, "minutes": 9})["outcome"] == {"share": 4, "more": 15}
    assert decided(pack, {"open": 4})["needs"] == ["desk.minutes"]


@pytest.mark.parametrize(
    ("facts", "notes"),
    [
        ({"open": 4, "minutes": 0}, [NOTE]),
        ({"open": 4, "minutes": 5}, []),
        ({"open": 4}, []),
    ],
)
def test_a_quotient_that_is_none_is_told_with_what_is_0(tmp_path, facts, notes):
    """In a note that goes by its name, with its clauses; not where it is unknown."""
    written = ({"desk.uptime": {"known": False}}, {"share": 0}), ({"desk.uptime": {"known": True}}, {"share": 1})
    document = decided(load(tmp_path, FACTS, credit(*written), derived=[UPTIME]), facts)
    assert [each["says"] for each in document["notes"]] == notes
    assert all(each["note"] == "desk.uptime" and each["cites"][0]["clause"] == "c" for each in document["notes"])


def test_it_is_told_where_a_decision_does_not_apply(tmp_path):
    """As the reason rests on it."""
    applies = {"says": "Credits are for less.", "cites": "c", "when": {"desk.uptime": {"less_than": 99}}}
    pack = load(tmp_path, FACTS, credit(({}, {"share": 1}), applies_when=applies), derived=[UPTIME])
    document = decided(pack, {"open": 4, "minutes": 0})
    assert (document["status"], [each["says"] for each in document["notes"]]) == ("not_applicable", [NOTE])


def test_what_is_personal_is_not_told(tmp_path):
    """Not even that it is 0."""
    facts = {**FACTS, "desk.minutes": {"type": "integer", "x-personal": True}}
    written = ({"desk.uptime": {"known": False}}, {"share": 0}), ({"desk.uptime": {"known": True}}, {"share": 1})
    document = decided(load(tmp_path, facts, credit(*written), derived=[UPTIME]), {"open": 4, "minutes": 0})
    assert (document["outcome"], document["notes"]) == ({"share": 0}, [])
