"""Periods that go on, of a list that is not known: what is decided of them is so of every list."""

import pytest

from service.analysis.exactness import unsettled
from service.analysis.ground import Ground
from service.analysis.ongoing import declared, since_of
from service.decision.policy import Policy
from tests.analysis.small_packs import load, rules

INSTANT = {"type": "string", "format": "date-time"}
PERIOD = {"type": "object", "additionalProperties": False, "properties": {"from": INSTANT, "to": INSTANT}}
PAUSES = {"type": "array", "items": {**PERIOD, "required": ["from"]}}
DERIVED = [
    {"fact": "pause.since", "ongoing_since": "pauses"},
    {"fact": "pause.later", "date": "pause.since", "plus": {"days": 1}},
    {"fact": "pause.count", "count": "pauses"},
    {"fact": "pause.open", "when": {"pauses": {"ongoing": True}}},
]


@pytest.fixture
def decide(tmp_path):
    """Return the status of a decision of one rule, and what it needs, of cases with these facts."""

    def made(when, **facts):
        written = rules("d", (when, {"k": True}), (None, {"k": False}))
        decision = {"decision": "d", "gives": {"k": "boolean"}, "hit_policy": "first", "rules": written}
        declared = {"pauses": {**PAUSES, **facts}, "at": INSTANT}
        policy = Policy(load(tmp_path, declared, decision, derived=DERIVED))
        assert list(unsettled(Ground(policy.pack))) == []

        def decided(**given):
            found = policy.decide(policy.pack.facts.read(given))["d"]
            return found.decode() if isinstance(found, bytes) else found

        return decided

    return made


@pytest.mark.parametrize(
    "never",
    [
        {"pauses": {"ongoing": True, "empty": True}},
        {"pauses": {"ongoing": True}, "pause.count": 0},
        {"pauses": {"ongoing": False}, "pause.since": {"known": True}},
        {"pauses": {"ongoing": True}, "pause.since": {"known": False}},
        {"pause.open": False, "pause.since": {"after": "at"}},
        {"pause.later": {"before": "pause.since"}},
        {
            "all": [
                {"pause.since": {"after": "2026-01-02T00:00:00Z"}},
                {"pause.since": {"before": "2026-01-01T00:00:00Z"}},
            ]
        },
    ],
    ids=str,
)
def test_what_no_list_has_is_decided(decide, never):
    """Nothing need be asked for."""
    assert '"status":"decided"' in decide(never)()


@pytest.mark.parametrize(
    ("sometimes", "needs"),
    [
        ({"pauses": {"ongoing": True}}, '["pauses"]'),
        ({"pauses": {"ongoing": True}, "pause.count": 1}, '["pauses"]'),
        ({"pauses": {"ongoing": False, "empty": False}}, '["pauses"]'),
        ({"pause.since": {"on_or_before": "2026-01-01T00:00:00Z"}}, '["pauses"]'),
        ({"pause.since": {"before": "at"}}, '["at","pauses"]'),
        ({"pause.later": {"before": "at"}, "pause.count": 3}, '["at","pauses"]'),
    ],
    ids=str,
)
def test_what_some_list_has_needs_the_list(decide, sometimes, needs):
    """It is asked for by its own name, whatever of it matters."""
    said = decide(sometimes)()
    assert '"status":"decided"' not in said
    assert f'"needs":{needs}' in said.replace('["pauses","at"]', '["at","pauses"]')
    assert '"exact":false' not in said


def test_a_list_of_none_never_goes_on(decide):
    """As it can have no items."""
    assert '"status":"decided"' in decide({"pauses": {"ongoing": True}}, maxItems=0)()


def test_a_known_list_is_looked_at(decide):
    """The earliest of those that go on counts."""
    decided = decide({"pause.since": "2026-01-01T00:00:00Z"})
    going = [{"from": "2026-01-02T00:00:00Z"}, {"from": "2026-01-01T01:00:00+01:00"}]
    ended = {"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert '"k":true' in decided(pauses=[*going, ended])
    assert '"k":false' in decided(pauses=[ended])


def test_since_when_a_list_goes_on_is_told_by_the_list():
    """Its name is no name that a schema can have."""
    assert declared(since_of("loan.pauses")) == declared("loan.pauses") == "loan.pauses"
    assert " " in since_of("loan.pauses")
