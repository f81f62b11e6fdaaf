"""What other projects' business time comes to, a pack comes to that says their convention."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service.decision.policy import Policy
from service.pack.loader import load_pack
from tests.clock.peer_packs import calendar_of, clock_of, facts_of, files_of, instant, measuring_files_of, peer_cases

CASES = peer_cases()
MEASURED = ("elapsed", "elapsed_reversed")
COUNTED = [case for case in CASES if case["op"] not in MEASURED]


def name_of(case: Mapping[str, Any]) -> str:
    """Return a case in a few words."""
    return f"{case['source'].split('/')[1]} {case['op']} {case['start']} {case['amount']} {case['unit']}"


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Policy]:
    """Packs that were loaded already, by what they say."""
    return {}


@pytest.fixture
def outcome_of(policies: dict[str, Policy], tmp_path: Path):
    """Return the document's outcome of a case in the pack that says it."""

    def decided(files: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        key = json.dumps(files)
        if key not in policies:
            for name, content in files.items():
                (tmp_path / name).parent.mkdir(exist_ok=True)
                (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
            policies[key] = Policy(load_pack(tmp_path))
        policy = policies[key]
        document = json.loads(policy.decide(policy.pack.facts.read({"case": facts}))["call"])
        return document["outcome"] or {}

    return decided


def local(text: str) -> str:
    """Return the local time of an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=None).isoformat()


@pytest.mark.parametrize("case", COUNTED, ids=name_of)
def test_a_clock_is_due_as_the_project_says(case: Mapping[str, Any], outcome_of: Any) -> None:
    """By its own convention, said in the pack language."""
    outcome = outcome_of(files_of(calendar_of(case), clock_of(case)), facts_of(case))

    if case["op"] == "must_refuse":
        assert "due_at" not in outcome
    elif case["op"] == "periods":
        found = [[local(each["from"])[:16], local(each["to"])[:16]] for each in outcome["segments"]]
        assert found == case["expected"]
    elif case["op"] == "open_at":
        assert local(outcome["starts_at"]) == case["expected"]
    else:
        assert local(outcome["due_at"]) == case["expected"]


@pytest.mark.parametrize("case", [case for case in CASES if case["op"] in MEASURED], ids=name_of)
def test_open_time_between_two_instants_is_what_the_project_says(case: Mapping[str, Any], outcome_of: Any) -> None:
    """Where the second is the earlier the projects say 0, which here is the larger of 0 and what is negative."""
    facts = {"start": instant(case, case["start"]), "until": instant(case, case["expected"])}
    outcome = outcome_of(measuring_files_of(calendar_of(case)), facts)

    assert outcome["minutes"] == pytest.approx(case["amount"], abs=1e-4)


def test_all_cases_are_here() -> None:
    """Else the tests above would have less to compare."""
    assert len(CASES) == 535
