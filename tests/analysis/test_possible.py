"""Open decisions by the definition: certain rules, provisional outcomes, needs in a useful order."""

import json

import pytest

from service.analysis.ground import Ground
from service.analysis.possible import analyse
from service.decision.policy import Policy
from tests.analysis.small_packs import load, rules


def test_provisional_when_the_certain_rules_give_an_outcome_that_can_come_about(ask):
    """A card that has run out bars the member whatever the standing is; the reasons could still grow."""
    facts = {"member.card.expires_on": "2026-01-01"}
    membership = ask(facts, "membership", as_of="2026-05-01T00:00:00Z")["membership"]
    assert membership["status"] == "provisional"
    assert membership["outcome"] == {"may_borrow": False, "reasons": ["card_expired"], "limit": 6}
    assert membership["needs"] == ["member.standing"]


def test_undecided_when_no_certain_rule_gives_an_outcome(ask):
    """Good standing is a requirement: unknown, it is not met yet."""
    membership = ask({}, "membership", as_of="2026-05-01T00:00:00Z")["membership"]
    assert (membership["status"], membership["outcome"], membership["needs"]) == (
        "undecided",
        None,
        ["member.standing"],
    )


def test_undecided_when_the_certain_outcome_never_comes_about(ask):
    """Overdue makes it at least a low fine; but if every value of another fact gives something else, low is not it."""
    fine = ask({"loan.returned": True, "loan.overdue": True, "loan.parts": ["cover", "booklet"]}, "fine")["fine"]
    assert (fine["status"], fine["needs"]) == ("undecided", ["loan.days_late"])


def test_an_open_applicability_counts_as_applying(ask):
    """Whether the item came back is open: the fine stands provisionally."""
    fine = ask({"loan.days_late": 31, "loan.parts": ["cover", "booklet"]}, "fine")["fine"]
    assert (fine["status"], fine["outcome"]["level"], fine["needs"]) == ("provisional", "high", ["loan.returned"])


def test_a_fact_that_cannot_matter_is_not_needed(ask):
    """A long-late return costs the same whether it was reminded of or not; the pages of a map say nothing."""
    facts = {"loan.returned": True, "loan.days_late": 40, "loan.parts": []}
    assert ask(facts, "fine")["fine"]["status"] == "decided"
    lending = ask({"loan.kind": "map", "loan.lent_on": "2026-04-01", "member.standing": "good"}, "lending")["lending"]
    assert (lending["status"], lending["outcome"]["due_on"]) == ("decided", "2026-04-08")


def test_a_where_known_member_never_opens_a_decision(ask):
    """`ended_on` takes what is given and is left out otherwise."""
    facts = {"loan.kind": "map", "loan.lent_on": "2026-04-01", "member.standing": "good"}
    assert ask(facts, "lending")["lending"]["outcome"]["ended_on"] == "2026-04-29"


def test_an_outcome_that_follows_from_either_of_two_facts_is_decided(ask):
    """An unknown fact that changes which rule holds, but not what follows, does not open a decision."""
    facts = {"loan.lent_on": "2026-04-01", "member.standing": "good", "loan.kind": "book"}
    lending = ask(facts, "lending")["lending"]  # the number of pages decides between two rules with one outcome
    assert lending["status"] == "decided"
    assert {entry["rule"] for entry in lending["because"]} == {"lending.book"}


def test_the_most_useful_question_comes_first(ask):
    """Days late settles more than the missing parts do; whether the item came back can make all else moot."""
    needs = ask({}, "fine")["fine"]["needs"]
    assert set(needs) == {"loan.returned", "loan.days_late", "loan.parts"}
    narrowed = ask({"loan.returned": True}, "fine")["fine"]["needs"]
    assert set(narrowed) == {"loan.days_late", "loan.parts"}


def test_a_case_with_nothing_known_is_answered(ask):
    """Every decision has a status, and every need is a fact that was not given."""
    for decision in ask({"reservation": {"pickup": {}}}).values():
        assert decision["status"] in {"decided", "provisional", "undecided", "not_applicable"}
        assert (decision["status"] in {"decided", "not_applicable"}) == (not decision["needs"])


def test_notes_are_said_only_when_they_certainly_hold(ask):
    """A note about a high fine waits for the fine to be high in every completion."""
    open_fine = ask({"loan.returned": True}, "fine")["fine"]
    high = ask({"loan.returned": True, "loan.days_late": 31}, "fine")["fine"]
    assert [note["note"] for note in open_fine["notes"]] == []
    assert (high["status"], [note["note"] for note in high["notes"]]) == ("provisional", ["fine.letter"])


def test_a_note_may_say_what_the_case_left_out(ask):
    """In a note, `known: false` of an ordinary fact asks what was given."""
    named = [note["note"] for note in ask({}, "membership")["membership"]["notes"]]
    given = [note["note"] for note in ask({"member.standing": "good"}, "membership")["membership"]["notes"]]
    assert ("membership.tell-standing" in named, "membership.tell-standing" in given) == (True, False)


def test_why_a_decision_does_not_apply_is_told_by_value(ask):
    """Also when the facts that it would read are unknown: the reader sees which answer closed it."""
    lending = ask({"member.standing": "suspended"}, "lending")["lending"]
    facts = lending["because"][0]["facts"]
    assert (lending["status"], facts) == ("not_applicable", {"membership.may_borrow": False})


@pytest.mark.parametrize("kinds", [["book", "map"], ["book", "map", "disc"]])
def test_a_value_that_stands_for_others_is_not_shown_as_the_fact(tmp_path, kinds):
    """That the rule holds is certain, whichever it is; what the case did not give is no reason."""
    decision = {
        "decision": "d",
        "cites": "c",
        "gives": {"x": {"type": "string"}},
        "applies_when": {"says": "So.", "cites": "c", "when": {"kind": ["book", "map"]}},
        "rules": rules("d", ({"kind": ["book", "map"]}, {"x": "a"}), ({"wing": "north"}, {"x": "a"})),
        "hit_policy": "any",
    }
    pack = load(
        tmp_path, {"kind": {"type": "string", "enum": kinds}, "wing": {"type": "string", "enum": ["north"]}}, decision
    )
    ground, policy = Ground(pack), Policy(pack)
    opened = analyse(ground, pack.decisions["d"], {})
    assert "kind" not in opened.env
    assert opened.env["wing"] == "north"
    found = json.loads(policy.decide(pack.facts.read({}), ["d"])["d"])
    assert [entry["facts"] for entry in found["because"]] == [{}, {"wing": "north"}]
    known = json.loads(policy.decide(pack.facts.read({"kind": "map"}), ["d"])["d"])
    assert known["because"][0]["facts"] == {"kind": "map"}
