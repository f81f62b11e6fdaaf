"""A pack of one group of two hundred `collect` rules over ten facts, and cases of it. Written to a folder, not loaded.

Each rule asks two or three of the facts, and many hold at once: what is listed depends on every fact that is asked.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import yaml

__all__ = ["FACTS", "RULES", "case_of_group", "write_collect_pack"]

RULES = 200
KINDS = ("book", "map", "film", "score", "game", "journal")
FACTS: Mapping[str, Mapping[str, Any]] = {
    **{f"loan.{name}": {"type": "string", "enum": list(KINDS)} for name in ("kind", "swap", "gift")},
    **{f"loan.{name}": {"type": "integer", "minimum": 0, "maximum": 100} for name in ("days", "pages", "copies")},
    **{f"loan.{name}": {"type": "boolean"} for name in ("late", "damaged", "reserved", "renewed")},
}


def write_collect_pack(target: Path, rules: int = RULES) -> Path:
    """Write the pack below `target`, and return its folder."""
    random = Random(200)
    folder = target / "two-hundred"
    (folder / "decisions").mkdir(parents=True)
    schema = _schema()
    (folder / "facts.schema.json").write_text(json.dumps(schema), encoding="utf-8")
    _write(folder / "pack.yaml", _head())
    _write(folder / "clauses.yaml", {"clauses": [{"clause": "c", "heading": "H", "place": "P", "text": "All of it."}]})
    _write(folder / "decisions" / "charges.yaml", _decision(random, rules))
    return folder


def case_of_group(random: Random, unknown: int) -> bytes:
    """Return a case, JSON text, in which `unknown` of the ten facts are left out."""
    missing = random.sample(sorted(FACTS), unknown)
    values = {name: _value(random, declared) for name, declared in FACTS.items() if name not in missing}
    return json.dumps({"loan": {name.removeprefix("loan."): value for name, value in values.items()}}).encode()


def _value(random: Random, declared: Mapping[str, Any]) -> Any:
    if declared["type"] == "integer":
        return random.randint(0, 100)
    return random.choice(declared.get("enum", [True, False]))


def _head() -> dict[str, Any]:
    return {
        "pack": "two-hundred",
        "version": "1.0.0",
        "title": "Two hundred charges",
        "source": {"document": "House rules of the library"},
        "facts_schema": "facts.schema.json",
        "dates_in": "Etc/UTC",
        "decisions": ["charges"],
    }


def _schema() -> dict[str, Any]:
    members = {
        name.removeprefix("loan."): {**declared, "description": "A fact of the loan."}
        for name, declared in FACTS.items()
    }
    loan = {"type": "object", "description": "The loan.", "additionalProperties": False, "properties": members}
    return {"type": "object", "additionalProperties": False, "properties": {"loan": loan}}


def _decision(random: Random, rules: int) -> dict[str, Any]:
    names = [f"charge-{place}" for place in range(rules)]
    return {
        "decision": "charges",
        "asks": "What is charged?",
        "gives": {"charges": {"list": names}},
        "hit_policy": "collect",
        "rules": [
            {
                "rule": f"charges.{name}",
                "says": f"What {name} names is charged.",
                "cites": "c",
                "when": {fact: _matcher(random, FACTS[fact]) for fact in _asked(random)},
                "then": {"charges": name},
            }
            for name in names
        ],
    }


def _asked(random: Random) -> list[str]:
    return sorted(random.sample(sorted(FACTS), random.choice((2, 3))))


def _matcher(random: Random, declared: Mapping[str, Any]) -> Any:
    if declared["type"] == "integer":
        return {random.choice(("at_least", "less_than")): random.randint(1, 100)}
    if declared["type"] == "boolean":
        return random.random() < 0.5
    return sorted(random.sample(KINDS, random.randint(2, 4)))


def _write(file: Path, content: Any) -> None:
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
