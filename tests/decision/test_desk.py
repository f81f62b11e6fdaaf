"""The desk: what every door calls. Determinism, `as_of`, versions, and the refusals that it makes."""

import gc
import json
import shutil
import threading
import tracemalloc
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest

from service.decision.desk import Desk
from service.decision.policy import Policy
from service.decision.requests import read_request
from service.errors import InvalidFacts, InvalidRequest, PolicyNotInForce, UnknownPolicy
from service.pack.loader import load_pack
from tests.analysis.small_packs import load, rules

LOANS = Path(__file__).resolve().parents[1] / "fixtures" / "packs" / "library-loans"

CASE = {
    "loan": {
        "asked_at": "2026-05-01T10:00:00Z", "lent_on": "2026-04-01", "kind": "book", "returned": True, "days_late": 2,
        "parts": ["cover"], "pages": 10, "pauses": [],
    },
    "member": {"standing": "good", "fees": [1.5, 2]},
    "reservation": {"placed_at": "2026-04-24T23:30:00Z", "pickup": {}},
}  # fmt: skip


def ask(desk, **body):
    """Ask a desk and return the document."""
    return orjson.loads(desk.decide(read_request(body)).document())


def reversed_members(value):
    """Return the same JSON with the members of every object the other way round."""
    if isinstance(value, dict):
        return {key: reversed_members(value[key]) for key in reversed(value)}
    return value


def test_the_same_facts_give_the_same_bytes_in_any_order_and_program(loans, loan_desk):
    """Not the order of members, what was asked before, nor the program instance shows in a decision."""
    first = loan_desk.decide(read_request({"facts": CASE})).decisions_json
    ask(loan_desk, facts={})
    again = loan_desk.decide(read_request({"facts": reversed_members(CASE)})).decisions_json
    fresh = Desk([loans]).decide(read_request({"facts": json.loads(json.dumps(CASE))})).decisions_json
    assert first == again == fresh


def test_the_order_of_a_set_does_not_show(loan_desk):
    """A unique list with a closed choice is a set."""
    one, other = (
        loan_desk.decide(read_request({"facts": {"loan": {"parts": parts, "returned": True, "days_late": 0}}}))
        for parts in (["cover", "disc"], ["disc", "cover"])
    )
    assert one.decisions_json == other.decisions_json


def test_equal_instants_keep_their_own_writing(loan_policy):
    """One instant at two offsets is equal in Python; a decision remembered for one must not answer for the other."""
    texts = ["2026-05-01T10:00:00Z", "2026-05-01T11:00:00+01:00"]
    for text in (*texts, *reversed(texts)):
        case = loan_policy.pack.facts.read({**CASE, "loan": {**CASE["loan"], "asked_at": text}})
        shown = orjson.loads(loan_policy.decide(case, ["reply"])["reply"])["because"]
        assert shown[-1]["facts"]["loan.asked_at"] == text


def test_threads_agree(loan_policy, loans):
    """Each thread has its own sessions with durable-rules; all give the same bytes."""
    cases = [loans.facts.read({"loan": {"returned": True, "days_late": n, "parts": []}}) for n in range(40)]
    expected = [loan_policy.decide(case) for case in cases]
    fresh = Policy(loans)
    found = []
    threads = [threading.Thread(target=lambda: found.append([fresh.decide(case) for case in cases])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_only_what_was_asked_is_returned_but_what_it_rests_on_is_worked_out(loan_desk):
    """`decisions` chooses what is shown."""
    document = ask(loan_desk, facts=CASE, decisions=["lending"])
    assert list(document["decisions"]) == ["lending"]
    assert document["decisions"]["lending"]["outcome"]["due_on"] == "2026-04-29"


def test_assumed_lists_the_defaults_that_the_returned_decisions_read(loan_desk):
    """A default that nothing returned has read is not told; one of a decision underneath is."""
    facts = {"loan": {"returned": True, "days_late": 0, "parts": []}}
    assert ask(loan_desk, facts=facts, decisions=["fine"])["assumed"] == {"loan.overdue": False, "member.kind": "adult"}
    assert ask(loan_desk, facts=facts, decisions=["lending"])["assumed"] == {"member.fees": []}


def test_as_of_is_the_case_own_instant_unless_asked(loan_desk):
    """It is shown as it was given, and dates are judged by it."""
    assert ask(loan_desk, facts=CASE)["as_of"] == "2026-05-01T10:00:00Z"
    late = ask(loan_desk, facts=CASE, as_of="2026-05-02T23:30:00+01:00", decisions=["pickup"])
    later = ask(loan_desk, facts=CASE, as_of="2026-05-02T23:30:00Z", decisions=["pickup"])
    assert late["as_of"] == "2026-05-02T23:30:00+01:00"
    assert [each["decisions"]["pickup"]["outcome"]["status"] for each in (late, later)] == ["waiting", "gone"]


def test_without_any_date_what_is_the_same_on_every_date_is_decided(loan_desk):
    """`as_of` is then an unknown fact like any other."""
    document = ask(loan_desk, facts={"member": {"standing": "suspended", "card": {"expires_on": "2026-01-01"}}})
    assert document["as_of"] is None
    membership = document["decisions"]["membership"]
    assert (membership["status"], membership["needs"]) == ("provisional", ["loan.asked_at"])
    assert ask(loan_desk, facts={"loan": {"returned": False}})["decisions"]["fine"]["status"] == "not_applicable"


def test_the_version_in_force_at_as_of_decides(loans):
    """Each version knows from when to when it is in force; the first day out is out."""
    old = replace(loans, version="1", in_force_until=date(2026, 5, 1), digest="sha256:old")
    new = replace(loans, version="2", in_force_from=date(2026, 5, 1), digest="sha256:new")
    desk = Desk([new, old])
    versions = [
        ask(desk, facts={}, as_of=as_of)["policy"]["version"]
        for as_of in ("2026-04-30T22:59:59Z", "2026-04-30T23:00:00Z", "2030-01-01T00:00:00Z")
    ]
    assert versions == ["1", "2", "2"]  # midnight in Lisbon is 23:00 UTC in summer


def test_a_day_without_a_version_is_refused(loans):
    """There is no answer by a policy that was not in force."""
    desk = Desk([replace(loans, in_force_from=date(2026, 5, 1))])
    with pytest.raises(PolicyNotInForce):
        ask(desk, facts={}, as_of="2026-01-01T00:00:00Z")


def test_unknown_policies_and_decisions_are_refused_with_their_nearest_names(loan_desk):
    """Misspelt names are mended, not guessed."""
    with pytest.raises(UnknownPolicy) as policy:
        ask(loan_desk, facts={}, policy="library-loan")
    assert policy.value.nearest == "library-loans"
    with pytest.raises((InvalidRequest, InvalidFacts)) as decisions:
        ask(loan_desk, facts={}, decisions=["lendin", "fine"])
    assert [(p.pointer, p.code, p.nearest) for p in decisions.value.problems] == [
        ("/decisions/0", "unknown_decision", "lending")
    ]


def test_a_gap_tells_the_rules_that_hold(tmp_path):
    """No question would settle it; the pack's owner must see what was met, not an empty answer."""
    folder = tmp_path / "library-loans"
    shutil.copytree(LOANS, folder)
    fine = folder / "decisions" / "fine.yaml"
    fine.write_text(fine.read_text().replace("      - [low, child, 1]\n", ""))
    policy = Policy(load_pack(folder))

    def fine_of(**more):
        loan = {"returned": True, "days_late": 3, "parts": ["cover", "booklet"], **more}
        facts = {"loan": loan, "member": {"kind": "child"}}
        return orjson.loads(policy.decide(policy.pack.facts.read(facts), ["fine"])["fine"])

    for found in (fine_of(overdue=True), fine_of()):
        assert (found["status"], found["outcome"], found["needs"]) == ("undecided", None, [])
        assert "fine.late" in [entry["rule"] for entry in found["because"]]


def test_large_cases_are_not_remembered(tmp_path):
    """What one caller sends is gone with the answer: else a few thousand large bodies would fill memory."""
    text, flag = {"type": "string"}, {"type": "boolean"}
    facts = {"name": text, "tags": {"type": "array", "items": text}, "urgent": flag, "late": flag}
    decided = rules(
        "d",
        ({"name": "Ann"}, {"level": 1}),
        ({"tags": {"includes": "red"}, "urgent": True}, {"level": 2}),
        ({"late": True}, {"level": 3}),
        (None, {"level": 4}),
    )
    decision = {"decision": "d", "gives": {"level": "integer"}, "hit_policy": "first", "rules": decided}
    desk = Desk([load(tmp_path, facts, decision)])
    large = 200_000

    def ask_at_length(i):
        names = {"name": f"{i}" * large, "late": True}
        tags = {"tags": [f"{i}" * large, "red"], "name": f"{i} {i}" * large}
        for case in (names, tags, {**tags, "urgent": True}, {**names, "tags": []}):
            desk.decide(desk.read({"facts": case})).document()

    tracemalloc.start()
    try:
        for i in range(12):
            ask_at_length(i)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < large
