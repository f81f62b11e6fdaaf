"""Packs of one decision with nothing in them but facts and rules, for tests of many rules."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.model.pack import Pack
from service.pack.loader import load_pack

__all__ = ["plain_pack"]


def plain_pack(folder: Path, facts: Mapping[str, object], conditions: Sequence[object]) -> Pack:
    """Return a pack whose decision `d` tells in `hits` which of some conditions hold.

    facts       the properties of the facts schema
    conditions  each the `when` of a rule
    """
    rules = [
        {"rule": f"d.r{i}", "says": "So.", "cites": "c", "when": when, "then": {"hits": [i]}}
        for i, when in enumerate(conditions)
    ]
    files = {
        "pack.yaml": {
            "pack": "plain", "version": "1.0.0", "title": "Plain", "source": {"document": "None"},
            "facts_schema": "facts.schema.json", "dates_in": "Etc/UTC", "decisions": ["d"],
        },
        "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
        "facts.schema.json": {"type": "object", "additionalProperties": False, "properties": facts},
        "decisions/d.yaml": {
            "decision": "d", "asks": "Which?", "gives": {"hits": "list"}, "hit_policy": "collect", "rules": rules,
        },
    }  # fmt: skip
    (folder / "decisions").mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))  # JSON is YAML
    return load_pack(folder)
