"""Decisions that are settled without analysis: only where whatever is unknown makes no difference."""

from datetime import UTC, datetime

import orjson

from service.decision.policy import Policy
from tests.analysis.small_packs import load, rules


def test_an_optional_member_that_copies_an_unknown_fact_is_not_passed_over(tmp_path):
    """The required member is sure; what the other one will be is not, and the fact that it copies is needed."""
    pack = load(
        tmp_path,
        {"size": {"type": "integer", "minimum": 1, "maximum": 4}},
        {
            "decision": "d",
            "cites": "c",
            "gives": {"day": {"type": "date"}, "size": {"type": "number", "optional": True}},
            "rules": rules("d", (None, {"size": {"from": "size"}, "day": "2026-03-05"})),
        },
    )
    case = pack.facts.read({})
    found = orjson.loads(Policy(pack).decide(case, None, datetime(2026, 1, 1, tzinfo=UTC))["d"])
    assert (found["status"], found["needs"]) == ("undecided", ["size"])
