"""What the pack language's page says of names, of `then` and of derived facts is so: its examples are decided."""

import json
import re
from pathlib import Path

import orjson
import pytest
import yaml

from service.decision.policy import Policy
from service.pack.case_files import nested
from service.pack.loader import load_pack
from service.written.findings import InvalidPack

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    example for text in BLOCKS if re.match(r"(# .*\n)?- {(form|decision):", text) for example in yaml.safe_load(text)
]
OUTCOMES = [each for each in EXAMPLES if "outcome" in each]
REFUSED = [each for each in EXAMPLES if "refused" in each]
FORMS = [each for each in EXAMPLES if "form" in each]


def properties(**facts):
    """Return an object of a facts schema; each of its facts is none where it is left out."""
    absent = {name: {**spec, "x-absent": "none"} for name, spec in facts.items()}
    return {"type": "object", "additionalProperties": False, "properties": absent}


NUMBER = {"type": "number"}
DATE = {"type": "string", "format": "date"}
INSTANT = {"type": "string", "format": "date-time"}
PERIODS = {
    "type": "array",
    "items": {"type": "object", "properties": {"from": INSTANT, "to": INSTANT}, "required": ["from"]},
}
FACTS = {
    "last_day": {**DATE, "default": "2026-03-29"},
    "loan": properties(
        kind={"type": "string"},
        lent_on=DATE,
        due_on=DATE,
        days={"type": "integer"},
        asked_at=INSTANT,
        lent_at=INSTANT,
        repairs=PERIODS,
        zone={"type": "string", "enum": ["Europe/Lisbon", "Asia/Tokyo"]},
    ),
    "fee": properties(book=NUMBER, map=NUMBER, others={"type": "array", "items": NUMBER}),
}


@pytest.fixture
def policy(tmp_path):
    """Return what makes a policy of one decision, in which one rule always holds."""

    def made(decision, gives, then, more=None, **facts_file):
        more = more or {}
        own = {"says": "So.", "cites": "c"}
        asked = {"when": more["when"]} if "when" in more else {}
        rules = [{"rule": f"{decision}.all", **own, **asked, "then": then}]
        if "unless" in more:
            rules.append({"rule": f"{decision}.unless", **own, "then": more["unless"], "outranks": "all"})
        if "and" in more:
            rules.append({"rule": f"{decision}.and", **own, "then": more["and"]})
        if "otherwise" in more:
            rules.append({"rule": f"{decision}.else", **own, "when": "otherwise", "then": more["otherwise"]})
        policy = {key: more[key] for key in ("collect", "order") if key in more}
        policy = {"hit_policy": "collect", **policy} if "and" in more else {}
        files = {
            "pack.yaml": {
                "pack": "small", "version": "1.0.0", "title": "Small", "source": {"document": "None"},
                "facts_schema": "facts.schema.json", "decisions": [decision],
            },
            "clauses.yaml": {"clauses": [{"clause": "c", "heading": "Heading", "place": "1", "text": "A clause."}]},
            "facts.schema.json": {"type": "object", "additionalProperties": False, "properties": FACTS},
            "facts.yaml": facts_file,
            f"decisions/{decision}.yaml": {
                "decision": decision, "asks": "What?", "gives": gives, **policy, "rules": rules,
            },
        }  # fmt: skip
        (tmp_path / "decisions").mkdir()
        for name, content in files.items():
            if content:
                (tmp_path / name).write_text(json.dumps(content))  # JSON is YAML
        return Policy(load_pack(tmp_path))

    return made


def outcome(policy, facts):
    """Return what the policy's decision gives."""
    (decision,) = policy.decide(policy.pack.facts.read(nested(facts))).values()
    return orjson.loads(decision)["outcome"]


@pytest.mark.parametrize("example", OUTCOMES, ids=str)
def test_a_rule_gives_what_the_page_says(policy, example):
    """Whatever its decision is called."""
    written = example["decision"], example["gives"], example["then"], example
    assert outcome(policy(*written), example.get("of", {})) == example["outcome"]


@pytest.mark.parametrize("example", REFUSED, ids=str)
def test_a_pack_is_refused_as_the_page_says(policy, example):
    """With these words."""
    with pytest.raises(InvalidPack) as refused:
        policy(example["decision"], example["gives"], example["then"], example)

    assert example["refused"] in str(refused.value)


@pytest.mark.parametrize("example", FORMS, ids=str)
def test_a_derived_fact_is_what_the_page_says(policy, example):
    """None is told by the member that is not there."""
    kind = "boolean" if isinstance(example["value"], bool) else "number"
    gives = {"value": {"type": kind, "optional": True}}
    beside = example.get("beside", {}).items()
    derived = [{"fact": name, "says": "Made.", **form} for name, form in [*beside, ("made", example["form"])]]
    if kind == "number":  # what a quotient is can be shown only rounded
        derived.append({"fact": "told", "says": "Rounded.", "round": "made", "places": 9, "how": "half_even"})
    found = outcome(policy("d", gives, {"value": {"from": derived[-1]["fact"]}}, derived=derived), example["of"])

    assert found.get("value", "none") == example["value"]


def test_the_page_has_its_examples():
    """Else the tests above would have nothing to decide."""
    assert (len(OUTCOMES), len(REFUSED), len(FORMS)) == (16, 7, 49)
