"""How packs of thousands of rules load and decide: `python -m benchmarks.large_packs [SHAPE ...]`.

Each shape is a pack that is written to a temporary folder, then loaded and asked in a process of its own, so that its
memory is its own. Figures, by shape:

load          from files to a pack, in seconds
ready         the pack made ready to run, in seconds
first         the first decision, in milliseconds: durable-rules makes its rulesets
next          the median of further decisions on cases never seen, in microseconds
rulesets      how many rulesets durable-rules was given in the end
memory        the most that the process held, in MB

Cases are the same for the same shape. Times are those of the processor. They are printed, never judged.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from statistics import median
from time import process_time
from typing import Any

from service.decision.policy import Policy
from service.pack.loader import load_pack

__all__ = ["SHAPES", "main", "measure", "write_shape"]

Json = dict[str, Any]
_NEXT = 200
_TEXTS = 2_000


def write_shape(name: str, folder: Path) -> list[Json]:
    """Write the pack of a shape; return cases for it, each facts as JSON."""
    random = Random(name)
    facts, decisions = SHAPES[name](random)
    schema = {"type": "object", "additionalProperties": False, "properties": facts}
    head = {
        "pack": "large", "version": "1.0.0", "title": "Large", "source": {"document": "None"},
        "facts_schema": "facts.schema.json", "dates_in": "Etc/UTC", "decisions": list(decisions),
    }  # fmt: skip
    clauses = {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]}
    (folder / "decisions").mkdir(parents=True)
    for file, content in {"pack.yaml": head, "clauses.yaml": clauses, "facts.schema.json": schema}.items():
        (folder / file).write_text(json.dumps(content, indent=1))  # JSON is YAML
    for decision, content in decisions.items():
        (folder / "decisions" / f"{decision}.yaml").write_text(json.dumps(content, indent=1))
    return [{fact: _value(random, declared) for fact, declared in facts.items()} for _ in range(1 + _NEXT)]


def measure(folder: Path, cases: list[Json]) -> Mapping[str, float]:
    """Return the figures of a pack in this process."""
    started = process_time()
    pack = load_pack(folder)
    loaded = process_time()
    policy = Policy(pack)
    ready = process_time()
    durations = []
    for case in cases:
        facts = pack.facts.read(case)
        begun = process_time()
        policy.decide(facts)
        durations.append(process_time() - begun)
    return {
        "load": loaded - started,
        "ready": ready - loaded,
        "first": durations[0] * 1e3,
        "next": median(durations[1:]) * 1e6,
        "rulesets": len(policy.program.rulesets),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _value(random: Random, declared: Json) -> Any:
    if "enum" in declared:
        return random.choice(declared["enum"])
    if declared["type"] == "boolean":
        return random.random() < 0.5
    if declared["type"] == "integer":
        return random.randint(declared["minimum"], declared["maximum"])
    return round(random.uniform(declared["minimum"], declared["maximum"]), 2)


# shapes: facts by name, and decisions by name


def _choice(count: int, what: str = "v") -> Json:
    return {"type": "string", "enum": [f"{what}{i}" for i in range(count)]}


def _rules(decision: str, conditions: list[Json]) -> Json:
    rules = [
        {"rule": f"{decision}.r{i}", "says": "So.", "cites": "c", "when": when, "then": {"hit": i}}
        for i, when in enumerate(conditions)
    ]
    last = {"rule": f"{decision}.none", "says": "Else.", "cites": "c", "then": {"hit": -1}}
    return {
        "decision": decision, "asks": "Which?", "gives": {"hit": "integer"}, "hit_policy": "first",
        "rules": [*rules, last],
    }  # fmt: skip


def _mixed_facts() -> dict[str, Json]:
    """Fifty facts of all plain kinds."""
    number = {"type": "number", "minimum": 0, "maximum": 1000}
    whole = {"type": "integer", "minimum": 0, "maximum": 100}
    kinds = (_choice(20), _choice(6), {"type": "boolean"}, whole, number)
    return {f"f{i}": dict(kinds[i % len(kinds)]) for i in range(50)}


def _matcher(random: Random, declared: Json) -> Any:
    value = _value(random, declared)
    if declared["type"] in ("string", "boolean"):
        return value
    return {random.choice(("at_least", "less_than")): value}


def _condition(random: Random, facts: Mapping[str, Json], names: int) -> Json:
    return {name: _matcher(random, facts[name]) for name in random.sample(list(facts), names)}


def _one_decision(random: Random) -> tuple[dict[str, Json], dict[str, Json]]:
    facts = _mixed_facts()
    return facts, {"d": _rules("d", [_condition(random, facts, 4) for _ in range(10_000)])}


def _many_decisions(random: Random) -> tuple[dict[str, Json], dict[str, Json]]:
    facts = _mixed_facts()
    return facts, {f"d{n}": _rules(f"d{n}", [_condition(random, facts, 3) for _ in range(100)]) for n in range(100)}


def _table(random: Random) -> tuple[dict[str, Json], dict[str, Json]]:
    facts = {f"c{i}": _choice(4) if i % 3 else {"type": "integer", "minimum": 0, "maximum": 50} for i in range(13)}
    rows = [
        [*(_matcher(random, facts[name]) if random.random() < 0.7 else "-" for name in facts), n] for n in range(1_500)
    ]
    table = {
        "decision": "t", "asks": "Which?", "gives": {"hit": {"type": "integer", "optional": True}},
        "hit_policy": "first", "cites": "c",
        "columns": {"when": list(facts), "then": ["hit"]}, "rows": rows,
    }  # fmt: skip
    return facts, {"t": table}


def _texts(_: Random) -> tuple[dict[str, Json], dict[str, Json]]:
    every_other = [f"t{i}" for i in range(0, _TEXTS, 2)]
    listed = _rules("listed", [{"text": every_other}, {"none": [{"text": every_other}], "other": "t1"}])
    apart = _rules("apart", [{"any": [{"text": each} for each in every_other]}, {"text": {"not": every_other}}])
    singly = _rules("singly", [{"text": f"t{i}"} for i in range(_TEXTS)])
    facts = {"text": _choice(_TEXTS, "t"), "other": _choice(_TEXTS, "t")}
    return facts, {"listed": listed, "apart": apart, "singly": singly}


def _thresholds(_: Random) -> tuple[dict[str, Json], dict[str, Json]]:
    facts = {"x": {"type": "number", "minimum": 0, "maximum": 1000}}
    return facts, {"d": _rules("d", [{"x": {"at_least": 1000 - 2 * i - 0.5}} for i in range(500)])}


SHAPES: Mapping[str, Callable[[Random], tuple[dict[str, Json], dict[str, Json]]]] = {
    "one decision of 10,000 rules over 50 facts": _one_decision,
    "100 decisions of 100 rules": _many_decisions,
    "a table of 1,500 rows and 13 columns": _table,
    "2,000 texts as alternatives": _texts,
    "500 thresholds on one number": _thresholds,
}


def main() -> None:
    """Print the figures of all shapes, or of those whose names contain an argument."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shape", nargs="*", help="a part of a shape's name")
    parser.add_argument("--here", nargs=2, metavar=("FOLDER", "CASES"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        print(json.dumps(measure(Path(given.here[0]), json.loads(Path(given.here[1]).read_text()))))
        return
    print(f"{'':44}{'load s':>8}{'ready s':>9}{'first ms':>10}{'next us':>10}{'rulesets':>10}{'MB':>7}")
    for name in SHAPES:
        if not given.shape or any(part in name for part in given.shape):
            _print_in_process(name)


def _print_in_process(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cases = Path(folder) / "cases.json"
        cases.write_text(json.dumps(write_shape(name, Path(folder) / "pack")))
        call = [sys.executable, "-m", "benchmarks.large_packs", "--here", str(Path(folder) / "pack"), str(cases)]
        found = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    print(
        f"{name:44}{found['load']:8.1f}{found['ready']:9.2f}{found['first']:10.0f}{found['next']:10.0f}"
        f"{found['rulesets']:10}{found['memory']:7.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
