"""The pack, cut down to the rules that the peers express, so that all sides decide the same.

Written to a folder, not loaded.

Left out are the decisions that the peers lack, all of `response` but its target, the calendars, the cases, and the
clauses and interpretations that then nothing cites. What stays is the pack's own: rules, sentences, clauses, notes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

__all__ = ["DECISIONS", "cut_pack"]

Json = Any

DECISIONS = ("scope", "eligibility", "services", "channel", "requester", "software_lifecycle", "severity", "response")
TARGET = ("target.amount", "target.unit")


def cut_pack(pack: Path, target: Path) -> Path:
    """Write what is left of the pack in the folder `pack` below `target`, an empty folder, and return its folder.

    The facts schema is not copied but named by its absolute place, which `pack.yaml` gives as a path from itself.
    """
    folder = target / pack.name
    (folder / "decisions").mkdir(parents=True)
    decisions = {name: _read(pack / "decisions" / f"{name}.yaml") for name in DECISIONS}
    decisions["response"] = _only_target(decisions["response"])
    facts = _read(pack / "facts.yaml")
    for name, decision in decisions.items():
        _write(folder / "decisions" / f"{name}.yaml", decision)
    _write(folder / "facts.yaml", facts)
    head = _read(pack / "pack.yaml")
    schema = folder / "facts.schema.json"
    schema.write_bytes((pack / head["facts_schema"]).read_bytes())
    _write(folder / "pack.yaml", head | {"decisions": list(DECISIONS), "facts_schema": schema.name})
    _write_cited(pack, folder, [decisions, facts])
    return folder


def _only_target(response: dict[str, Json]) -> dict[str, Json]:
    """Return the decision with the table of targets alone."""
    gives = {member: form for member, form in response["gives"].items() if member in TARGET}
    parts = [part for part in response["parts"] if part.get("table") == "response.target"]
    return {key: value for key, value in response.items() if key != "notes"} | {"gives": gives, "parts": parts}


def _write_cited(pack: Path, folder: Path, sources: Json) -> None:
    chosen = set(_cited(sources, "interpretation", "by_interpretation", "only_under"))
    interpretations = [
        each for each in _read(pack / "interpretations.yaml")["interpretations"] if each["interpretation"] in chosen
    ]
    cited = set(_cited([sources, interpretations], "cites"))
    clauses = [each for each in _read(pack / "clauses.yaml")["clauses"] if each["clause"] in cited]
    _write(folder / "interpretations.yaml", {"interpretations": interpretations})
    _write(folder / "clauses.yaml", {"clauses": clauses})


def _cited(node: Json, *keys: str) -> Iterator[str]:
    """Yield the ids that stand under the keys, anywhere below the node."""
    if isinstance(node, list):
        for each in node:
            yield from _cited(each, *keys)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in keys:
                yield from [value] if isinstance(value, str) else value
            yield from _cited(value, *keys)


def _read(file: Path) -> dict[str, Json]:
    content: dict[str, Json] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def _write(file: Path, content: Json) -> None:
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
