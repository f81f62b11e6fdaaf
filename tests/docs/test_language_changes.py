"""What the pack language's page says of targets that change on the way is so: its examples are decided."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.decision.policy import Policy
from service.pack.loader import load_pack

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [each for text in BLOCKS if "becomes_due: '" in text for each in yaml.safe_load(text)]
INSTANT = {"type": "string", "format": "date-time", "x-absent": "none"}


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_target_that_changes_is_due_as_the_page_says(example: dict[str, Any], tmp_path: Path) -> None:
    """From the page's start, over its calendars."""
    changes = [{**each, "at": f"ask.change_{place}"} for place, each in enumerate(example["changes"])]
    given = {f"change_{place}": each["at"] for place, each in enumerate(example["changes"])}
    facts = dict.fromkeys(("asked_at", *given), INSTANT)
    further = {"changes": changes, "over_at_change": example["over"]} if changes else {}
    clock = {
        "clock": "reply.clock", "says": "Soon.", "cites": "c", "starts": "ask.asked_at", "amount": 8, "unit": "hour",
        "calendar": "desk", **further, "gives": {"due_at": "due_at"},
    }  # fmt: skip
    files: dict[str, Any] = {
        "pack.yaml": {
            "pack": "replies", "version": "1.0.0", "title": "Replies", "source": {"document": "None"},
            "decisions": ["reply"],
        },
        "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
        "facts.schema.json": {
            "type": "object", "additionalProperties": False,
            "properties": {"ask": {"type": "object", "additionalProperties": False, "properties": facts}},
        },
        "calendars/desk.yaml": {
            "calendar": "desk", "zone": "America/Chicago", "hours": {"monday to friday": "09:00-17:00"},
        },
        "calendars/always.yaml": {"calendar": "always", "zone": "America/Chicago", "hours": "around_the_clock"},
        "decisions/reply.yaml": {
            "decision": "reply", "asks": "When?", "gives": {"due_at": "instant"}, "parts": [clock],
        },
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
    policy = Policy(load_pack(tmp_path))
    case = policy.pack.facts.read({"ask": {"asked_at": "2026-03-02T10:00:00-06:00", **given}})

    assert json.loads(policy.decide(case)["reply"])["outcome"] == {"due_at": example["becomes_due"]}


def test_the_page_has_examples_of_both_ways() -> None:
    """The rows are not lost where the page is written anew."""
    assert {each["over"] for each in EXAMPLES} == {"deducted", "share_kept"}
