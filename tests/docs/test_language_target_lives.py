"""What the pack language's page says of the life of a target is so: its examples are decided."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.clock.lifetimes import STATES
from service.decision.policy import Policy
from service.instants import read_instant
from service.pack.loader import load_pack

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [each for text in BLOCKS if "warned_at: '" in text for each in yaml.safe_load(text)]
LIVES = [each for each in EXAMPLES if "state" in each]
WARNINGS = [each for each in EXAMPLES if "warning" in each]
STARTS = "2026-03-02T16:00:00-06:00"
INSTANT = {"type": "string", "format": "date-time", "x-absent": "none"}
PERIOD = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {"type": "string", "format": "date-time"} for name in ("from", "to")},
}


def outcome(folder: Path, example: dict[str, Any]) -> dict[str, Any]:
    """Return what a pack of the page's clock decides of an example."""
    clock = {
        "clock": "reply.clock",
        "says": "Soon.",
        "cites": "c",
        "starts": "ask.asked_at",
        "stops": "ask.answered_at",
        "amount": 4,
        "unit": "hour",
        "calendar": "desk",
        "pauses": "ask.pauses",
        "warnings": [{**example.get("warning", {"elapsed": 0, "unit": "hour"}), "gives": "warned_at"}],
        "gives": {"due_at": "due_at", "state": "state", "elapsed_minutes": "elapsed", "remaining_minutes": "remaining"},
    }
    pauses = {"type": "array", "default": [], "items": {**PERIOD, "required": ["from"]}}
    facts = {"asked_at": INSTANT, "answered_at": INSTANT, "pauses": pauses}
    files = {
        "pack.yaml": {
            "pack": "replies",
            "version": "1.0.0",
            "title": "Replies",
            "source": {"document": "None"},
            "decisions": ["reply"],
        },
        "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
        "facts.schema.json": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"ask": {"type": "object", "additionalProperties": False, "properties": facts}},
        },
        "calendars/desk.yaml": {
            "calendar": "desk",
            "zone": "America/Chicago",
            "hours": {"monday to friday": "09:00-17:00"},
        },
        "decisions/reply.yaml": {
            "decision": "reply",
            "asks": "When?",
            "gives": {
                "due_at": {"type": "instant", "optional": True},
                "state": list(STATES),
                "elapsed": "integer",
                "remaining": "integer",
                "warned_at": {"type": "instant", "optional": True},
            },
            "parts": [clock],
        },
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))  # JSON is YAML
    policy = Policy(load_pack(folder))
    ask: dict[str, Any] = {"asked_at": STARTS}
    if "stops" in example:
        ask["answered_at"] = example["stops"]
    if "pause" in example:
        ask["pauses"] = [dict(zip(("from", "to"), example["pause"], strict=False))]
    as_of = read_instant(example.get("as_of", STARTS))
    document = json.loads(policy.decide(policy.pack.facts.read({"ask": ask}), None, as_of)["reply"])
    assert (document["status"], document["needs"]) == ("decided", [])
    decided: dict[str, Any] = document["outcome"]
    return decided


@pytest.mark.parametrize("example", LIVES, ids=str)
def test_a_target_has_become_what_the_page_says(example: dict[str, Any], tmp_path: Path) -> None:
    """At each instant of the page, met or not."""
    found = outcome(tmp_path, example)
    told = ("state", "elapsed", "remaining")
    assert [found[name] for name in told] == [example[name] for name in told]


@pytest.mark.parametrize("example", WARNINGS, ids=str)
def test_a_warning_is_given_when_the_page_says(example: dict[str, Any], tmp_path: Path) -> None:
    """Whatever has become of the target."""
    assert outcome(tmp_path, example)["warned_at"] == example["warned_at"]


def test_the_page_has_its_examples() -> None:
    """Else the tests above would have nothing to decide; and it names each state in its table."""
    table = PAGE[PAGE.index("| `state` |") :].split("\n\n")[0]
    assert (len(LIVES), len(WARNINGS)) == (17, 6)
    assert sorted(re.findall(r"^\| `(\w+)` \| ", table, re.MULTILINE)[1:]) == sorted(STATES)
