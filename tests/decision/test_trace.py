"""Traces show what rules read, but nothing personal: the same bytes for every reader, and whoever the case is about."""

import shutil
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.decision.policy import Policy
from service.decision.trace import PERSONAL_MASK
from service.pack.case_files import nested
from service.pack.loader import load_pack

LOANS = Path(__file__).resolve().parents[1] / "fixtures" / "packs" / "library-loans"
NAMED = {"member.is_named": PERSONAL_MASK, "member.name": PERSONAL_MASK}
OTHERS = {
    "loan.asked_at": "2026-05-01T10:00:00Z", "loan.kind": "map", "loan.lent_on": "2026-04-01", "loan.pages": 10,
    "loan.returned": True, "loan.days_late": 2, "loan.overdue": True, "loan.parts": ["cover"], "loan.pauses": [],
    "member.kind": "child", "member.standing": "good", "member.fees": [10], "member.card.expires_on": "2026-04-30",
}  # fmt: skip
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=64)


CHANGED = {
    "facts.schema.json": [('"x-absent": "none",\n          "x-personal"', '"x-personal"')],
    "facts.yaml": [("{member.name: {known: true}}", "{member.name: {not: nobody}}")],
    "decisions/fine.yaml": [
        ("when: {loan.returned: true}", "when: {loan.returned: true, member.name: {not: Ann}}"),
        ("{loan.overdue: true}]}\n        then: {level: low}", "{member.name: Bob}]}\n        then: {level: low}"),
    ],
}
"""The toy pack made so that a name can be unknown, fines concern nobody called Ann, and Bob is always late."""


@pytest.fixture(scope="module")
def by_name(tmp_path_factory):
    """Decide fines by that pack."""
    folder = tmp_path_factory.mktemp("packs") / "library-loans"
    shutil.copytree(LOANS, folder)
    for file, changes in CHANGED.items():
        text = (folder / file).read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / file).write_text(text)
    policy = Policy(load_pack(folder))

    def decided(facts):
        return policy.decide(policy.pack.facts.read(nested(facts)), ["fine"])["fine"]

    return decided


def entries(decision, kind="because"):
    """Return what a decision's trace shows of facts, by rule."""
    return {entry["rule"]: entry["facts"] for entry in decision[kind]}


def test_a_reason_shows_that_a_personal_fact_was_read_and_not_its_value(ask):
    """Neither of the fact nor of what is derived from it."""
    found = ask({"member.name": "Zoë", "member.standing": "good", "member.card": {}}, "membership")["membership"]
    assert found["status"] == "decided"
    assert entries(found)["membership.named"] == NAMED
    assert entries(found)["membership.in-good-standing"] == {"member.standing": "good"}


def test_what_is_overruled_shows_no_more(ask):
    """It holds as well, and has read the same."""
    found = ask({"member.name": "Zoë", "member.standing": "suspended"}, "membership")["membership"]
    assert entries(found, "overruled")["membership.named"] == NAMED


def test_a_decision_that_is_still_open_shows_no_more(ask):
    """Its trace is made in another way, from what is known of the case."""
    found = ask({"member.name": "Zoë"}, "membership")["membership"]
    assert (found["status"], found["needs"]) == ("provisional", ["member.standing"])
    assert entries(found)["membership.named"] == NAMED


@pytest.mark.parametrize("more", [{"loan.returned": True}, {}], ids=["settled", "open"])
def test_a_decision_that_does_not_apply_shows_no_more(by_name, more):
    """The reason why it does not is a condition that a person's fact can break."""
    found = orjson.loads(by_name({"member.name": "Ann", **more}))
    assert found["status"] == "not_applicable"
    assert entries(found) == {"fine.applies": {"member.name": PERSONAL_MASK}}


def test_a_condition_of_alternatives_shows_the_personal_one_masked(by_name):
    """Only what makes it true is shown, so that which it was is told."""
    facts = {"loan.returned": True, "loan.days_late": 0, "loan.parts": ["cover", "booklet"]}
    found = orjson.loads(by_name({**facts, "member.name": "Bob"}))
    assert entries(found)["fine.late"] == {"member.name": PERSONAL_MASK}


def test_a_personal_fact_that_is_unknown_is_left_out_as_any_other(by_name):
    """The mask says that something is known, so it never stands for what is not."""
    found = orjson.loads(by_name({"loan.returned": False}))
    assert entries(found) == {"fine.applies": {"loan.returned": False}}
    found = orjson.loads(by_name({"loan.returned": True, "loan.days_late": 2, "loan.parts": []}))
    assert found["needs"] == ["member.name"]
    assert entries(found)["fine.late"] == {"loan.days_late": 2}


@given(st.sets(st.sampled_from(sorted(OTHERS))), st.lists(NAMES, min_size=2, max_size=2))
def test_cases_that_differ_in_who_it_is_are_decided_in_the_same_bytes(loan_policy, known, names):
    """Whatever else is known: what is kept of a decision tells one person from another nowhere."""
    facts = {path: OTHERS[path] for path in known}
    read = loan_policy.pack.facts.read
    one, other = (loan_policy.decide(read(nested({**facts, "member.name": name}))) for name in names)
    assert one == other


@given(NAMES)
def test_a_name_stands_nowhere_in_a_decision_that_turns_on_it(by_name, name):
    """The toy pack has no sentence with such a mark in it."""
    for facts in ({}, {"loan.returned": True}, {"loan.returned": True, "loan.days_late": 0, "loan.parts": ["cover"]}):
        assert b"\xc2\xa7" not in by_name({**facts, "member.name": f"§{name[:60]}"})


PRIORITY = "hit_policy: priority\norder: {level: [high, low, none]}"


@pytest.fixture
def disagreeing(tmp_path):
    """Return what decides a late return that is reserved, by rules that are no longer ranked: of one hit policy."""
    folder = tmp_path / "late-returns"
    shutil.copytree(LOANS.parents[2] / "cli" / "packs" / "late-returns", folder)
    shutil.rmtree(folder / "cases")
    file = folder / "decisions" / "fine.yaml"
    text = file.read_text()

    def decided(hit_policy, facts):
        assert PRIORITY in text
        file.write_text(text.replace(PRIORITY, f"hit_policy: {hit_policy}"))
        policy = Policy(load_pack(folder))
        return orjson.loads(policy.decide(policy.pack.facts.read({"loan": facts}), ["fine"])["fine"])

    return decided


@pytest.mark.parametrize(
    ("hit_policy", "says"),
    [
        ("any", "The rules fine.reserved and fine.late disagree about level and amount: {}"),
        ("unique", "The rules fine.reserved and fine.late hold together, and only one may give level and amount: {}"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"kind": "map"}])
def test_rules_that_disagree_are_told_from_a_decision_that_waits_for_an_answer(disagreeing, hit_policy, says, more):
    """Who reads `undecided` would ask the customer; no answer settles what the pack contradicts."""
    document = disagreeing(hit_policy, {"days_late": 2, "reserved": True, **more})

    assert (document["status"], document["needs"]) == ("undecided", [])
    assert document["notes"] == [{"note": "fine", "says": says.format("the pack is at fault."), "cites": []}]


@pytest.mark.parametrize("facts", [{"days_late": 2, "reserved": False}, {"reserved": True}])
def test_rules_that_could_disagree_are_not_told_where_they_do_not(disagreeing, facts):
    """One rule alone is no disagreement, nor is a case in which nobody knows yet."""
    assert disagreeing("any", facts)["notes"] == []
