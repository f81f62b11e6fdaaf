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


class _Plain(yaml.SafeLoader):
    """Reads `no` as the text that it is."""


_Plain.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in each if tag != "tag:yaml.org,2002:bool"]
    for first, each in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])

BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    example for text in BLOCKS if re.match(r"(# .*\n)?- {(form|decision):", text) for example in yaml.load(text, _Plain)
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
DESK = {"calendar": "desk", "zone": "America/Chicago", "hours": {"monday to friday": "09:00-17:00"}}
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
    "incidents": {
        "type": "array",
        "x-absent": "none",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["severity", "hours", "began_on"],
            "properties": {
                "severity": {"type": "integer", "enum": [1, 2, 3]},
                "hours": {"type": "number", "minimum": 0},
                "began_on": DATE,
                "planned": {"type": "boolean", "default": False},
                "cause": {"type": "string", "x-absent": "none"},
            },
        },
    },
}
MONTHS = {
    3: [
        {"severity": 1, "hours": 6.5, "began_on": "2026-03-02"},
        {"severity": 1, "hours": 0.5, "began_on": "2026-03-09"},
        {"severity": 3, "hours": 30, "began_on": "2026-03-10", "planned": True},
    ]
}
"""The incidents of a month, as the page tells them."""


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
            "calendars/desk.yaml": DESK if "calendar: desk" in str(facts_file).replace("'", "") else None,
            f"decisions/{decision}.yaml": {
                "decision": decision, "asks": "What?", "gives": gives, **policy, "rules": rules,
            },
        }  # fmt: skip
        for folder in ("decisions", "calendars"):
            (tmp_path / folder).mkdir()
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
    is_day = isinstance(example["value"], str) and example["value"] != "none"
    kind = "boolean" if isinstance(example["value"], bool) else "date" if is_day else "number"
    gives = {"value": {"type": kind, "optional": True}}
    beside = example.get("beside", {}).items()
    facts = {**({"incidents": MONTHS[example["month"]]} if "month" in example else {}), **example.get("of", {})}
    derived = [{"fact": name, "says": "Made.", **form} for name, form in [*beside, ("made", example["form"])]]
    if kind == "number":  # what a quotient is can be shown only rounded
        derived.append({"fact": "told", "says": "Rounded.", "round": "made", "places": 9, "how": "half_even"})
    found = outcome(policy("d", gives, {"value": {"from": derived[-1]["fact"]}}, derived=derived), facts)

    assert found.get("value", "none") == example["value"]


def test_the_page_has_its_examples():
    """Else the tests above would have nothing to decide."""
    assert (len(OUTCOMES), len(REFUSED), len(FORMS)) == (16, 7, 79)
