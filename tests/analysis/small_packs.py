"""Packs of few lines, written out and loaded, for tests of what is proved of them."""

import copy
import json
from pathlib import Path

from service.pack.loader import load_pack
from tests.plain_yaml import plain_yaml

__all__ = ["load", "rules"]


def rules(decision, *written):
    """Return rules with ids `decision.r1` and on, each given as what it says of `when` and `then`."""
    return [
        {
            "rule": f"{decision}.r{place}",
            "says": "So it is.",
            "cites": "c",
            **({"when": when} if when else {}),
            "then": then,
        }
        for place, (when, then) in enumerate(written, start=1)
    ]


def load(folder: Path, properties, *decisions, derived=(), calendars=(), head=None):
    """Return the pack of these decisions, whose facts have these declarations, nested as in the schema."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "decisions").mkdir(exist_ok=True)
    files = {
        "pack.yaml": {
            "pack": "small",
            "version": "1.0.0",
            "title": "Small",
            "source": {"document": "None"},
            "facts_schema": "facts.schema.json",
            "dates_in": "Etc/UTC",
            "decisions": [each["decision"] for each in decisions],
            **(head or {}),
        },
        "clauses.yaml": {"clauses": [{"clause": "c", "heading": "H", "place": "p", "text": "A clause."}]},
        **{f"decisions/{each['decision']}.yaml": {"asks": "What is it?", **each} for each in decisions},
    }
    for each in calendars:
        (folder / "calendars").mkdir(exist_ok=True)
        files[f"calendars/{each['calendar']}.yaml"] = each
    if derived:
        files["facts.yaml"] = {"derived": [{"says": "It is derived.", **each} for each in derived]}
    for name, content in files.items():
        (folder / name).write_text(plain_yaml(content), encoding="utf-8")
    (folder / "facts.schema.json").write_text(json.dumps(_object(properties)), encoding="utf-8")
    return load_pack(folder)


def _object(properties, **more):
    members = {}
    for path, declared in properties.items():
        here = members
        *around, name = path.split(".")
        for each in around:
            here = here.setdefault(each, {"type": "object", "additionalProperties": False, "properties": {}})[
                "properties"
            ]
        if name in here:
            here[name].update(declared)
        else:
            here[name] = copy.deepcopy(declared)
    return {"type": "object", "additionalProperties": False, "properties": members, **more}


def deciding(policy, decision):
    """Return what decides cases by their facts: the document of one decision, as text."""

    def decided(**facts):
        return policy.decide(policy.pack.facts.read(facts))[decision].decode()

    return decided
