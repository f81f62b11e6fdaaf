"""Hidden decisions stay out of the document, and what rests on them tells their reasons."""

from __future__ import annotations

import json

import pytest

from service.deciding import LoadedPolicy
from service.decision.policy import Policy
from service.decision.trial import cover, run_cases
from tests.analysis.small_packs import load, rules

FACTS = {
    "loan.days": {"type": "integer", "minimum": 0, "maximum": 9},
    "loan.returned": {"type": "boolean"},
    "loan.size": {"type": "integer"},
}


def part(name, *written, **more):
    """Return a part of rules."""
    return {"part": name, **more, "rules": rules(name, *written)}


def lateness(**more):
    """Return a hidden decision of two steps, with a note."""
    return {
        "decision": "lateness",
        "hidden": True,
        "gives": {"is_late": "boolean", "size": "integer"},
        "parts": [
            part(
                "lateness.late",
                ({"loan.days": {"more_than": 3}}, {"is_late": True}),
                ({}, {"is_late": False}),
                hit_policy="first",
            ),
            part("lateness.size", ({}, {"size": {"from": "loan.size"}})),
        ],
        "notes": [{"note": "lateness.note", "says": "Late is late.", "cites": "c", "when": {"lateness.is_late": True}}],
        **more,
    }


def fee(condition=None):
    """Return a decision that reads the hidden one."""
    condition = condition or {"lateness.is_late": True}
    return {
        "decision": "fee",
        "gives": {"amount": "integer"},
        "parts": [part("fee.amount", (condition, {"amount": 5}), ({}, {"amount": 0}), hit_policy="first")],
    }


def decided(pack, facts, *names):
    """Return the documents of a case."""
    found = Policy(pack).decide(pack.facts.read({"loan": facts}), names or None)
    return {name: json.loads(each) for name, each in found.items()}


def reasons(document):
    """Return the ids of the reasons, in order."""
    return [entry["rule"] for entry in document["because"]]


def test_a_document_lists_no_hidden_decision(tmp_path):
    """Whoever asks for no decision in particular gets those that are answers."""
    pack = load(tmp_path, FACTS, lateness(), fee())
    assert pack.answers == ("fee",)
    assert list(decided(pack, {"days": 4, "size": 1})) == ["fee"]
    assert list(LoadedPolicy(pack).decide({"loan": {"days": 4}})["decisions"]) == ["fee"]


def test_what_reads_it_has_its_reasons_before_its_own(tmp_path):
    """With what they read, what is noted, and the clauses: the way down to the clause is whole."""
    document = decided(load(tmp_path, FACTS, lateness(), fee()), {"days": 4, "size": 1})["fee"]
    assert reasons(document) == ["lateness.late.r1", "lateness.size.r1", "fee.amount.r1"]
    assert document["because"][0]["facts"] == {"loan.days": 4}
    assert document["because"][-1]["facts"] == {"lateness.is_late": True}
    assert [entry["rule"] for entry in document["overruled"]] == ["lateness.late.r2", "fee.amount.r2"]
    assert [note["note"] for note in document["notes"]] == ["lateness.note"]


def test_whoever_asks_for_it_has_its_document(tmp_path):
    """A case expects something of it, an auditor looks at it alone."""
    pack = load(tmp_path, FACTS, lateness(), fee())
    found = decided(pack, {"days": 4, "size": 1}, "lateness", "fee")
    assert found["lateness"]["outcome"] == {"is_late": True, "size": 1}
    assert found["fee"] == decided(pack, {"days": 4, "size": 1})["fee"]


def test_what_rests_on_none_of_its_members_does_not_tell_it(tmp_path):
    """Its reasons are none of that decision."""
    condition = {"any": [{"loan.returned": True}, {"lateness.is_late": True}]}
    pack = load(tmp_path, FACTS, lateness(), fee(condition))
    assert reasons(decided(pack, {"returned": True, "days": 2, "size": 1})["fee"]) == ["fee.amount.r1"]


def test_what_gives_one_of_its_members_tells_it(tmp_path):
    """A copy has no rule of its own that could show it."""
    copying = {"decision": "fee", "gives": {"size": {"from": "lateness.size"}}}
    pack = load(tmp_path, FACTS, lateness(), copying)
    assert reasons(decided(pack, {"days": 4, "size": 1})["fee"]) == ["lateness.late.r1", "lateness.size.r1"]


def test_a_hidden_decision_on_another_is_told_after_it(tmp_path):
    """Each once, however many read it."""
    step = {
        "decision": "step",
        "hidden": True,
        "gives": {"is_far": "boolean"},
        "parts": [
            part(
                "step.far",
                ({"lateness.is_late": True}, {"is_far": True}),
                ({"lateness.is_late": False}, {"is_far": False}),
            )
        ],
    }
    both = {"all": [{"step.is_far": True}, {"lateness.is_late": True}]}
    document = decided(load(tmp_path, FACTS, step, fee(both), lateness()), {"days": 4, "size": 1})["fee"]
    assert reasons(document) == ["lateness.late.r1", "lateness.size.r1", "step.far.r1", "fee.amount.r1"]


def test_why_it_does_not_apply_is_told(tmp_path):
    """Its members are none then, on which a rule may rest."""
    applies = {"says": "It concerns loans that are returned.", "cites": "c", "when": {"loan.returned": True}}
    pack = load(tmp_path, FACTS, lateness(applies_when=applies), fee({"lateness.is_late": {"known": False}}))
    document = decided(pack, {"returned": False, "days": 1, "size": 1})["fee"]
    assert reasons(document) == ["lateness.applies", "fee.amount.r1"]


def test_what_holds_only_where_it_applies_is_no_reason(tmp_path):
    """Whether it does is open: what reads it would show as known what the case leaves out."""
    concern = {"says": "It concerns loans.", "cites": "c"}
    hidden = {
        "decision": "lateness",
        "hidden": True,
        "applies_when": {**concern, "when": {"loan.returned": True}},
        "gives": {"is_late": "boolean", "size": {"type": "integer", "optional": True}},
        "parts": [
            part("lateness.late", ({"loan.returned": True}, {"is_late": True})),
            part("lateness.size", ({}, {"size": 1}), applies_when={**concern, "when": {"loan.days": {"more_than": 3}}}),
        ],
    }
    found = decided(
        load(tmp_path, FACTS, hidden, fee({"lateness.size": {"known": False}})), {"days": 1}, "lateness", "fee"
    )
    assert found["lateness"]["status"] == "provisional"
    assert found["fee"]["status"] == "decided"
    assert reasons(found["fee"]) == ["lateness.size.applies", "fee.amount.r1"]


@pytest.mark.parametrize(("days", "needs"), [(None, ["loan.days"]), (4, [])])
def test_what_is_unknown_beneath_it_is_asked_for(tmp_path, days, needs):
    """And what only it would need for itself is not."""
    document = decided(load(tmp_path, FACTS, lateness(), fee()), {} if days is None else {"days": days})["fee"]
    assert document["needs"] == needs


def test_cases_count_its_rules(tmp_path):
    """As those of all decisions: by a case of its own, or of what reads it."""
    load(tmp_path, FACTS, lateness(), fee())
    case = {"case": "Late", "facts": {"loan.days": 4, "loan.size": 1}, "expect": {"lateness": {"is_late": True}}}
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "lateness.yaml").write_text(json.dumps({"cases": [case]}))
    pack = load(tmp_path, FACTS, lateness(), fee())
    (trial,) = run_cases(Policy(pack))
    assert trial.is_passed
    assert [rule.id for rule in cover(pack, [trial]).unheld] == ["fee.amount.r1", "fee.amount.r2"]
