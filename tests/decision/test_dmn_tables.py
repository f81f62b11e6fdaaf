"""The tables of DMN's conformance suite, as packs, give what its tests say: each hit policy and each aggregation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.decision.policy import Policy
from tests.decision.dmn_tables import AGGREGATES, POLICIES, facts_of, given_by, pack_of

FOLDER = Path(__file__).parents[1] / "fixtures" / "dmn-tck"
TABLES = json.loads((FOLDER / "tables.json").read_text(encoding="utf-8"))
VACATION_DAYS = json.loads((FOLDER / "vacation-days.json").read_text(encoding="utf-8"))
SAID = [table for table in TABLES if "unsaid" not in table]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def decided(policy, table, case):
    """Return the document of a case of a table."""
    facts = policy.pack.facts.read(facts_of(table, case["given"]))
    return json.loads(policy.decide(facts)["table"])


@pytest.mark.parametrize("table", SAID, ids=lambda table: table["table"])
def test_a_table_gives_what_the_suite_says(tmp_path, table):
    """In every case that it has of it."""
    policy = Policy(pack_of(table, tmp_path))
    for case in table["cases"]:
        document = decided(policy, table, case)
        assert (case["case"], given_by(table, document["outcome"])) == (case["case"], case["gives"])
        assert document["needs"] == []


def test_the_greatest_of_what_rows_give(tmp_path):
    """The suite tells a total of three such tables: 22 days, the greater of two of them, and the third."""
    tables = [table for table in SAID if table["hit_policy"] == "C>"]
    policies = [Policy(pack_of(table, tmp_path / str(place))) for place, table in enumerate(tables)]
    for case in VACATION_DAYS:
        extra = [
            given_by(table, decided(policy, table, case)["outcome"])
            for table, policy in zip(tables, policies, strict=True)
        ]
        assert 22 + max(extra[0], extra[2]) + extra[1] == case["gives"]


def test_every_hit_policy_is_met():
    """Those that take one rule, those that list them, and the aggregations."""
    assert {table["hit_policy"] for table in SAID} == {*POLICIES, "C", "R", "O", *AGGREGATES}


def test_what_is_not_said_is_listed_with_its_reason():
    """As the readme has it, one by one."""
    listed = [f"| {table['table']} | {table['unsaid']} |" for table in TABLES if "unsaid" in table]
    assert [line for line in README.splitlines() if line in listed] == listed
    cases = len(VACATION_DAYS) + sum(len(table["cases"]) for table in SAID)
    assert f"{len(SAID)} of its {len(TABLES)} tables, in {cases} cases" in README
