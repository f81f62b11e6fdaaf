"""Decisions that rest on lists of records: what is decided, and which items a reason shows."""

import orjson
import pytest

from service.decision.policy import Policy
from tests.analysis.small_packs import load, rules

INCIDENTS = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["severity", "hours"],
        "properties": {
            "severity": {"type": "integer", "enum": [1, 2, 3]},
            "hours": {"type": "number", "minimum": 0},
            "planned": {"type": "boolean", "default": False},
        },
    },
}
SHORT, LONG, PLANNED = (
    {"severity": 1, "hours": 0.5},
    {"severity": 1, "hours": 6.5},
    {"severity": 3, "hours": 30, "planned": True},
)
RULES = rules(
    "credit",
    ({"incidents": {"some": {"severity": 1, "hours": {"more_than": "most"}}}}, {"percent": 10}),
    ({"x.lost": {"at_least": 4}}, {"percent": 5}),
    ({"incidents": {"every": {"hours": {"at_most": 1}}}}, {"percent": 0}),
)
CREDIT = {"decision": "credit", "gives": {"percent": "integer"}, "hit_policy": "first", "rules": RULES}
LOST = {"fact": "x.lost", "sum": "incidents", "of": "hours", "where": {"planned": False}}


@pytest.fixture
def told(tmp_path):
    """Return what decides a case: the outcome, and the facts that the reason shows."""

    def tell(facts, **more):
        pack = load(tmp_path, {"incidents": {**INCIDENTS, **more}, "most": {"type": "number"}}, CREDIT, derived=[LOST])
        (written,) = Policy(pack).decide(pack.facts.read({"most": 4, **facts}), None, None).values()
        found = orjson.loads(written)
        assert (found["status"], found["needs"]) == ("decided", [])
        return found["outcome"]["percent"], found["because"][0]["facts"]

    return tell


def test_a_reason_shows_the_items_that_made_it_hold(told):
    """Not all others; with what they were compared with, and the defaults of what was left out."""
    assert told({"incidents": [SHORT, LONG, PLANNED]}) == (
        10,
        {"incidents where severity 1 and hours more than most": [{**LONG, "planned": False}], "most": 4},
    )


def test_a_reason_shows_the_items_that_a_derived_fact_is_made_of(told):
    """Below the fact itself."""
    lost = {"severity": 2, "hours": 4}
    assert told({"incidents": [lost, PLANNED]}) == (
        5,
        {"incidents where planned false": [{**lost, "planned": False}], "x.lost": 4},
    )


def test_where_every_item_is_such_a_reason_says_which_there_are_none_of(told):
    """Also where there are no items at all."""
    assert told({"incidents": [SHORT]}) == (0, {"incidents where not (hours at most 1)": []})
    assert told({"incidents": []}) == (0, {"incidents where not (hours at most 1)": []})


def test_the_order_of_members_changes_nothing(told):
    """Nor whether a default is given."""
    turned = {"planned": False, **dict(reversed(LONG.items()))}
    assert told({"incidents": [turned]}) == told({"incidents": [LONG]})


def test_what_is_chosen_of_a_personal_list_is_personal(told):
    """No trace shows it."""
    assert told({"incidents": [LONG]}, **{"x-personal": True}) == (
        10,
        {"incidents where severity 1 and hours more than most": "[personal]", "most": 4},
    )


def test_an_instant_of_an_item_is_told_as_it_was_written(tmp_path):
    """Also where another case had the same instant at another offset."""
    at = {"type": "string", "format": "date-time"}
    items = {"type": "object", "additionalProperties": False, "required": ["at"], "properties": {"at": at}}
    given = rules("last", ({"incidents": {"empty": False}}, {"at": {"from": "x.last"}}))
    decision = {"decision": "last", "gives": {"at": "instant"}, "hit_policy": "unique", "rules": given}
    last = {"fact": "x.last", "latest": "incidents", "of": "at"}
    policy = Policy(load(tmp_path, {"incidents": {"type": "array", "items": items}}, decision, derived=[last]))

    for text in ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00+00:00", "2026-03-01T10:00:00+01:00"):
        (written,) = policy.decide(policy.pack.facts.read({"incidents": [{"at": text}]}), None, None).values()
        assert orjson.loads(written)["outcome"] == {"at": text}


def test_what_an_item_has_none_of_is_never_before_or_after(tmp_path):
    """None is compared with nothing, on whichever side it stands."""
    day = {"type": "string", "format": "date"}
    members = {"until": day, "on": day | {"x-absent": "none"}}
    item = {"type": "object", "additionalProperties": False, "required": ["until"], "properties": members}
    derived = [{"fact": f"x.{op}", "count": "loans", "where": {"until": {op: "on"}}} for op in BOTH_WAYS]
    gives = {op: {"from": f"x.{op}"} for op in BOTH_WAYS}
    pack = load(
        tmp_path,
        {"loans": {"type": "array", "items": item}},
        {"decision": "d", "cites": "c", "gives": gives},
        derived=derived,
    )
    loans = [{"until": "2026-03-01"}, {"until": "2026-03-01", "on": "2026-02-01"}]
    told = orjson.loads(Policy(pack).decide(pack.facts.read({"loans": loans}))["d"])["outcome"]
    assert told == {"after": 1, "before": 0, "on_or_after": 1, "on_or_before": 0}


BOTH_WAYS = ("after", "before", "on_or_after", "on_or_before")
