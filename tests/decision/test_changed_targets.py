"""A target that changes on the way, decided where the change is known, is none, or may yet matter."""

import json
from datetime import datetime

import pytest

from service.clock.lifetimes import STATES
from service.decision.policy import Policy
from service.pack.loader import load_pack

INSTANT = {"type": "string", "format": "date-time"}
PERIOD = {
    "type": "object", "additionalProperties": False, "required": ["from"],
    "properties": {"from": INSTANT, "to": INSTANT},
}  # fmt: skip
ASKED = "2026-03-02T10:00:00Z"  # a Monday; eight hours on are Tuesday at 10:00


@pytest.fixture
def decided(tmp_path):
    """Return what a pack decides of eight hours, six once it is raised, over round-the-clock hours once moved."""

    def deciding(as_of="2026-03-02T12:00:00Z", *, may_move=False, **facts):
        changes = [{"at": "ask.moved_at", "calendar": "always"}, {"at": "ask.raised_at", "amount": 6}]
        clock = {
            "clock": "reply.clock", "says": "Soon.", "cites": "c", "starts": "ask.asked_at", "amount": 8,
            "unit": "hour", "calendar": "desk", "pauses": "ask.pauses", "changes": changes,
            "warnings": [{"elapsed": 50, "unit": "percent", "gives": "half"}],
            "gives": {"due_at": "due_at", "state": "state", "elapsed_minutes": "over", "remaining_minutes": "left"},
        }  # fmt: skip
        optional = {"type": "instant", "optional": True}
        of_ask = {
            "asked_at": INSTANT,
            "raised_at": {**INSTANT, "x-absent": "none"},
            "moved_at": INSTANT if may_move else {**INSTANT, "x-absent": "none"},
            "pauses": {"type": "array", "default": [], "items": PERIOD},
        }
        files = {
            "pack.yaml": {
                "pack": "replies", "version": "1.0.0", "title": "Replies", "source": {"document": "None"},
                "decisions": ["reply"],
            },
            "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
            "facts.schema.json": {
                "type": "object", "additionalProperties": False,
                "properties": {"ask": {"type": "object", "additionalProperties": False, "properties": of_ask}},
            },
            "calendars/desk.yaml": {"calendar": "desk", "zone": "UTC", "hours": {"monday to friday": "09:00-17:00"}},
            "calendars/always.yaml": {"calendar": "always", "zone": "UTC", "hours": "around_the_clock"},
            "decisions/reply.yaml": {
                "decision": "reply", "asks": "When?", "parts": [clock],
                "gives": {
                    "due_at": optional, "half": optional, "state": {"one_of": list(STATES)},
                    "over": "integer", "left": "integer",
                },
            },
        }  # fmt: skip
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
        policy = Policy(load_pack(tmp_path))
        case = policy.pack.facts.read({"ask": {"asked_at": ASKED, **facts}})
        return json.loads(policy.decide(case, None, datetime.fromisoformat(as_of))["reply"])

    return deciding


def test_a_change_that_does_not_take_place_changes_nothing(decided):
    """Its instant is none."""
    assert decided()["outcome"] == {
        "due_at": "2026-03-03T10:00:00+00:00",
        "half": "2026-03-02T14:00:00+00:00",
        "state": "running",
        "over": 120,
        "left": 360,
    }


def test_what_is_over_and_left_follows_the_changes(decided):
    """Seven hours over the desk, none until it is moved, and of eight one around the clock."""
    moved = decided(as_of="2026-03-02T20:30:00Z", moved_at="2026-03-02T20:00:00Z")
    raised = decided(as_of="2026-03-02T15:00:00Z", raised_at="2026-03-02T14:00:00Z")

    assert moved["outcome"] == {
        "due_at": "2026-03-02T21:00:00+00:00",
        "half": "2026-03-02T14:00:00+00:00",
        "state": "running",
        "over": 450,
        "left": 30,
    }
    assert raised["outcome"] == {
        "due_at": "2026-03-02T16:00:00+00:00",
        "half": "2026-03-02T13:00:00+00:00",
        "state": "running",
        "over": 300,
        "left": 60,
    }


def test_a_change_that_is_not_known_leaves_it_open(decided):
    """It is needed; what is not open is not asked for."""
    document = decided(may_move=True)

    assert document["status"] == "undecided"
    assert document["needs"] == ["ask.moved_at"]


def test_a_change_in_a_pause_that_goes_on_shows_in_what_is_left(decided):
    """Two hours are over of six."""
    document = decided(
        as_of="2026-03-02T16:00:00Z", raised_at="2026-03-02T15:00:00Z", pauses=[{"from": "2026-03-02T12:00:00Z"}]
    )

    assert document["outcome"] == {"state": "paused", "over": 120, "left": 240}
