"""Random packs against a naive reading of their rules, completion by completion.

The oracle reads the written YAML itself, knows only complete cases, and finds status, outcome and needs by
enumerating every completion: none of it is shared with the service.
"""

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from random import Random

import orjson
import pytest

from service.decision.policy import Policy
from service.pack.case_files import nested
from service.pack.loader import load_pack
from tests.plain_yaml import plain_yaml
from tests.thorough import tried

TODAY = date(2026, 3, 31)
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "kind": {"type": "string", "enum": ["book", "map", "film"]},
        "late": {"type": "boolean"},
        "count": {"type": "integer", "minimum": 0},
        "lent_on": {"type": "string", "format": "date"},
        "mood": {"type": "string", "enum": ["good", "bad"], "x-absent": "none"},
        "parts": {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": ["disc", "cover"]}},
        "desk": {
            "type": "object",
            "additionalProperties": False,
            "x-subject": True,
            "properties": {"open": {"type": "boolean"}},
        },
    },
}
DAYS = [
    date(1900, 1, 1),
    *(TODAY - timedelta(days=n) for n in (40, 30, 29, 28, 10, 0, -1)),
    date(2026, 2, 28),
    date(9899, 12, 31),
]
DOMAINS = {
    "kind": ["book", "map", "film"],
    "late": [True, False],
    "count": [0, 1, 2, 3, 4, 5],
    "lent_on": [day.isoformat() for day in sorted(set(DAYS))],
    "parts": [[], ["disc"], ["cover"], ["disc", "cover"]],
    "desk.open": [True, False],
}


def written_condition(random: Random, members: list[str], depth: int = 2) -> dict:
    """Make a condition as an owner would write it."""
    if depth and random.random() < 0.4:
        word = random.choice(["all", "any", "none"])
        return {word: [written_condition(random, members, depth - 1) for _ in range(random.randint(1, 2))]}
    name = random.choice(["kind", "late", "count", "lent_on", "due_on", "mood", "parts", "desk.open", "desk", *members])
    return {name: written_matcher(random, name)}


def written_matcher(random: Random, name: str) -> object:
    """Make a matcher that fits a name."""
    day = random.choice(DAYS[1:-1]).isoformat()
    choices = {
        "kind": ["book", ["map", "film"], {"not": "map"}],
        "late": [True, False],
        "count": [2, {"at_least": 2}, {"less_than": 4}, {"more_than": 1, "at_most": 3}],
        "lent_on": [{"before": day}, {"on_or_after": day}, {"after": "today"}],
        "due_on": [{"before": "today"}, {"on_or_after": "today"}, {"after": "lent_on"}],
        "mood": ["good", {"known": False}, {"not": "bad"}],
        "parts": [{"includes": "disc"}, {"lacks": ["disc", "cover"]}, {"empty": False}],
        "desk.open": [True, {"not": True}],
        "desk": [{"known": True}, {"known": False}],
        "first.level": [1, [1, 2], {"not": 3}, {"known": False}],
    }
    return random.choice(choices[name])


def written_decision(random: Random, name: str, members: list[str]) -> dict:
    """Make a decision with a random hit policy, often with its own applicability."""
    policy = random.choice(["first", "priority", "any", "collect"])
    member = "tags" if policy == "collect" else "level"
    values = ["p", "q"] if policy == "collect" else [1, 2, 3]
    rules = []
    for i in range(random.randint(1, 4)):
        rule = {"rule": f"{name}.r{i}", "says": "It is so.", "cites": "c"}
        if random.random() < 0.9:
            rule["when"] = written_condition(random, members)
        rule["then"] = {member: random.choice(values)}
        if i and random.random() < 0.2:
            rule["outranks"] = f"{name}.r0"
        rules.append(rule)
    decision: dict = {"decision": name, "asks": "What?"}
    if random.random() < 0.5:
        decision["applies_when"] = {"says": "It applies.", "cites": "c", "when": written_condition(random, members, 1)}
    decision["gives"] = {"tags": {"list": values}} if policy == "collect" else {"level": values}
    decision["hit_policy"] = policy
    if policy == "priority":
        decision["order"] = {"level": random.sample(values, 3)}
    return {**decision, "rules": rules}


def write_pack(folder, random: Random) -> list[dict]:
    """Write a pack of two decisions, the second reading the first, and return them as written."""
    first = written_decision(random, "first", [])
    readable = "level" in first["gives"] and "applies_when" in first
    second = written_decision(random, "second", ["first.level"] if readable else [])
    files = {
        "pack.yaml": {
            "pack": "random", "version": "1.0.0", "title": "Random", "source": {"document": "None"},
            "facts_schema": "facts.schema.json", "dates_in": "Etc/UTC", "decisions": ["first", "second"],
        },
        "clauses.yaml": {"clauses": [{"clause": "c", "heading": "H", "place": "P", "text": "All of it."}]},
        "facts.yaml": {
            "derived": [{"fact": "due_on", "says": "Due.", "cites": "c", "date": "lent_on", "plus": {"months": 1}}],
        },
        "decisions/first.yaml": first,
        "decisions/second.yaml": second,
    }  # fmt: skip
    (folder / "decisions").mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(plain_yaml(content))
    (folder / "facts.schema.json").write_text(json.dumps(SCHEMA))
    return [first, second]


# the oracle


def oracle_holds(condition: dict, case: dict) -> bool:
    """Say whether a written condition holds of a complete case."""
    for key, matcher in condition.items():
        if key == "all":
            truth = all(oracle_holds(each, case) for each in matcher)
        elif key == "any":
            truth = any(oracle_holds(each, case) for each in matcher)
        elif key == "none":
            truth = not any(oracle_holds(each, case) for each in matcher)
        else:
            truth = oracle_matches(case[key], matcher, case)
        if not truth:
            return False
    return True


def oracle_matches(value: object, matcher: object, case: dict) -> bool:
    """Say whether a value, or None for none, is matched."""
    if isinstance(matcher, list):
        return value in matcher
    if not isinstance(matcher, dict):
        return value is not None and value == matcher
    for operator, written in matcher.items():
        operand = written
        if isinstance(written, str) and written in ("today", "lent_on"):
            operand = case[written]
        elif operator in ("before", "on_or_after", "after"):
            operand = date.fromisoformat(written)
        items = operand if isinstance(operand, list) else [operand]
        truth = {
            "not": lambda o=operand: value != o,
            "known": lambda o=operand: (value is not None) == o,
            "at_least": lambda o=operand: value >= o,
            "at_most": lambda o=operand: value <= o,
            "less_than": lambda o=operand: value < o,
            "more_than": lambda o=operand: value > o,
            "before": lambda o=operand: value < o,
            "after": lambda o=operand: value > o,
            "on_or_after": lambda o=operand: value >= o,
            "includes": lambda i=items: all(x in value for x in i),
            "lacks": lambda i=items: not any(x in value for x in i),
            "empty": lambda o=operand: (len(value) == 0) == o,
        }[operator]()
        if not truth:
            return False
    return True


def oracle_outcome(decision: dict, held: list[dict]) -> object:
    """Return what rules that hold come to, or None."""
    beaten = {rule["outranks"] for rule in held if "outranks" in rule}
    left = [rule["then"] for rule in held if rule["rule"] not in beaten]
    if decision["hit_policy"] == "collect":
        return {"tags": list(dict.fromkeys(then["tags"] for then in left))}
    levels = [then["level"] for then in left]
    if decision["hit_policy"] == "priority":
        levels.sort(key=decision["order"]["level"].index)
    if not levels or (decision["hit_policy"] == "any" and len(set(levels)) > 1):
        return None
    return {"level": levels[0]}


def oracle_decide(decisions: list[dict], facts: dict) -> dict:
    """Return (applies, rules that hold, outcome) of each decision for a complete case."""
    case = {**facts, "today": TODAY, "lent_on": date.fromisoformat(facts["lent_on"])}
    case["due_on"] = _month_later(case["lent_on"])
    found = {}
    for decision in decisions:
        applies = oracle_holds(decision.get("applies_when", {"when": {}})["when"], case)
        held = [rule for rule in decision["rules"] if oracle_holds(rule.get("when", {}), case)]
        outcome = oracle_outcome(decision, held) if applies else "not_applicable"
        found[decision["decision"]] = (applies, frozenset(rule["rule"] for rule in held), outcome)
        case[f"{decision['decision']}.level"] = (
            outcome["level"] if isinstance(outcome, dict) and "level" in outcome else None
        )
    return found


def _month_later(day: date) -> date:
    year, month = divmod(day.year * 12 + day.month, 12)
    last = (date(year, month + 1, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return date(year, month + 1, min(day.day, last.day))


def oracle_expects(decision: dict, unknown: list[str], worlds: dict) -> tuple[str, object, set[str]]:
    """Return status, outcome and needs by the definition, from (values of the unknown facts) -> what came of them."""
    outcomes = {point: json.dumps(found[2]) for point, found in worlds.items()}
    needs = {fact for i, fact in enumerate(unknown) for group in _lines(outcomes, i) if len(group) > 1}
    kinds = set(outcomes.values())
    if len(kinds) == 1:
        (only,) = {json.dumps(found[2]): found[2] for found in worlds.values()}.values()
        status = {"not_applicable": "not_applicable"}.get(
            only if isinstance(only, str) else "", "undecided" if only is None else "decided"
        )
        return status, only if status == "decided" else None, set()
    applying = [found[1] for found in worlds.values() if found[0]]
    certain = frozenset.intersection(*applying)
    standing = oracle_outcome(decision, [rule for rule in decision["rules"] if rule["rule"] in certain])
    if standing is not None and json.dumps(standing) in kinds:
        return "provisional", standing, needs
    return "undecided", None, needs


def _lines(outcomes: dict, axis: int) -> list[set[str]]:
    """Return the outcomes along each line on which only one fact changes."""
    lines: dict[tuple, set[str]] = {}
    for point, outcome in outcomes.items():
        lines.setdefault(point[:axis] + point[axis + 1 :], set()).add(outcome)
    return list(lines.values())


def random_facts(random: Random) -> tuple[dict, list[str]]:
    """Return given facts, dotted, and the names of the unknown ones."""
    given: dict = {"mood": random.choice([None, "good", "bad"]), "desk": random.choice([None, True])}
    names = [name for name in DOMAINS if name != "desk.open" or given["desk"]]
    unknown = random.sample(names, random.randint(0, 3))
    given |= {name: random.choice(DOMAINS[name]) for name in names if name not in unknown}
    return given, unknown


@pytest.mark.parametrize("seed", range(tried(80, 1500)))
def test_status_outcome_and_needs_are_exact(seed, tmp_path):
    """Every completion of the unknown facts is tried: what the service says is what is true of all of them."""
    random = Random(seed)
    decisions = write_pack(tmp_path / "random", random)
    policy = Policy(load_pack(tmp_path / "random"))
    for _ in range(6):
        given, unknown = random_facts(random)
        posted = nested({name: {} if name == "desk" else value for name, value in given.items() if value is not None})
        answers = policy.decide(policy.pack.facts.read(posted), None, _noon())
        worlds = {
            tuple(map(str, values)): oracle_decide(
                decisions, {"desk.open": None, **given, **dict(zip(unknown, values, strict=True))}
            )
            for values in itertools.product(*(DOMAINS[name] for name in unknown))
        }
        for decision in decisions:
            name = decision["decision"]
            got = orjson.loads(answers[name])
            one = {point: found[name] for point, found in worlds.items()}
            expected = oracle_expects(decision, unknown, one)
            assert (got["status"], got["outcome"], set(got["needs"])) == expected, (name, given, unknown)


def _noon() -> datetime:
    return datetime(2026, 3, 31, 12, tzinfo=UTC)
