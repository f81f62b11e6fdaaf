"""What the pack language's page says of values that change on a date is so: its examples are decided."""

import json
import re
from pathlib import Path

import pytest
import yaml

from service.deciding import load

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n# the named value `fee`[^\n]*\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [example for text in BLOCKS for example in yaml.safe_load(text)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each["as_of"])
def test_a_value_counts_as_the_page_says(tmp_path, example):
    """With the date from which it does, where it has one."""
    gives = {"value": {"type": "integer", "optional": True}, "since": {"type": "date", "optional": True}}
    copies = {
        name: {**form, "from": source} for (name, form), source in zip(gives.items(), ("fee", "fee.since"), strict=True)
    }
    files = {
        "pack.yaml": {
            "pack": "small", "version": "1.0.0", "title": "Small", "source": {"document": "None"},
            "dates_in": "Europe/Lisbon", "decisions": ["d"],
        },
        "clauses.yaml": {
            "clauses": [{"clause": "c", "heading": "H", "place": "1", "text": "So.", "not_decidable": "An example."}]
        },
        "facts.schema.json": {"type": "object", "additionalProperties": False, "properties": {}},
        "facts.yaml": {"values": {"fee": example["fee"]}},
        "decisions/d.yaml": {"decision": "d", "asks": "What?", "gives": copies},
    }  # fmt: skip
    (tmp_path / "decisions").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
    found = load(tmp_path).decide({}, as_of=example["as_of"])["decisions"]["d"]["outcome"]
    assert found.get("value", "none") == example["value"]
    assert found.get("since") == example.get("since")


def test_the_page_has_its_examples():
    """Else the test above would have nothing to decide."""
    assert len(EXAMPLES) == 4
