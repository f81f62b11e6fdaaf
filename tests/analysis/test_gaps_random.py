"""Small parts that are drawn, and every case of them tried: what is proved must be what is so, no more and no less."""

from datetime import date
from itertools import product
from random import Random

import pytest

from service.decision.proving import prove
from service.model.conditions import holds
from service.model.hits import resolve
from service.model.values import ABSENT, CONFLICT
from tests.analysis.small_packs import load, rules

FACTS = {
    "loan.kind": ({"type": "string", "enum": ["book", "film", "map"]}, ["book", "film", "map"]),
    "loan.lost": ({"type": "boolean"}, [True, False]),
    "loan.days": ({"type": "integer", "minimum": 0, "maximum": 6}, list(range(7))),
    "loan.weight": ({"type": "number", "minimum": 0, "maximum": 3}, [place / 2 for place in range(7)]),
    "loan.class": ({"type": "string", "enum": ["a", "b"], "x-absent": "none"}, ["a", "b", None]),
    "loan.title": ({"type": "string", "x-absent": "none"}, ["aa", "bb", "zz", None]),
    "loan.on": ({"type": "string", "format": "date"}, [date(2026, 1, day) for day in range(1, 6)]),
    "loan.parts": (
        {
            "type": "array",
            "uniqueItems": True,
            "maxItems": 2,
            "items": {"type": "string", "enum": ["cd", "map", "box"]},
        },
        [(), ("cd",), ("map",), ("box",), ("cd", "map"), ("cd", "box"), ("map", "box")],
    ),
    "loan.fee": ({"type": "number", "minimum": 0, "maximum": 2, "x-absent": "none"}, [0, 0.5, 1, 1.5, 2, None]),
}
"""Facts with values that stand for all: no condition has a bound between two of them but at one."""

LEVELS = ["high", "low", "none"]


def drawn_matcher(random, fact):
    """Return something that a rule may ask of a fact."""
    declared, values = FACTS[fact]
    if fact == "loan.on":
        return {random.choice(["before", "on_or_before", "after", "on_or_after"]): f"2026-01-0{random.randint(2, 4)}"}
    if fact == "loan.parts":
        some = random.sample(["cd", "map", "box"], random.randint(1, 2))
        return (
            {random.choice(["includes", "includes_any", "lacks"]): some} if random.random() < 0.8 else {"empty": True}
        )
    known = [value for value in values if value is not None and value != "zz"]
    drawn = [random.choice(known), {"not": random.choice(known)}, random.sample(known, 2)]
    if declared["type"] in ("integer", "number"):
        bound = random.choice(["at_least", "more_than", "at_most", "less_than"])
        between = {"at_least": random.choice([0, 1]), random.choice(["at_most", "less_than"]): random.choice([1, 2])}
        drawn += [{bound: random.choice([0, 1, 2])}] * 2 + [between]
    if None in values:
        drawn.append({"known": random.choice([True, False])})
    return random.choice(drawn)


def drawn_size(random, facts):
    """Return a decision that the other one reads."""
    written = [
        ({fact: drawn_matcher(random, fact) for fact in random.sample(facts, 1)}, {"class": random.choice(["s", "l"])})
        for _ in range(random.randint(1, 3))
    ]
    gives = {"class": ["s", "l"]}
    return {"decision": "size", "gives": gives, "hit_policy": "first", "rules": rules("size", *written)}


def drawn_decision(random, facts, *, reads_size):
    """Return a decision of one part."""
    written = []
    for _ in range(random.randint(1, 5)):
        asked = random.sample(facts, random.randint(0, len(facts)))
        when = {fact: drawn_matcher(random, fact) for fact in asked}
        if reads_size and random.random() < 0.6:
            when["size.class"] = random.choice(["s", "l", {"not": "s"}])
        written.append((when, {"level": random.choice(LEVELS)}))
    policy = random.choice(["unique", "any", "first", "priority"])
    found = {"decision": "fine", "gives": {"level": LEVELS}, "hit_policy": policy, "rules": rules("fine", *written)}
    if policy == "priority":
        found["order"] = {"level": random.sample(LEVELS, 3)}
    if len(written) > 1 and random.random() < 0.3:
        found["rules"][0]["outranks"] = "fine.r2"
    if random.random() < 0.3:
        fact = random.choice(facts)
        found["applies_when"] = {"says": "So.", "cites": "c", "when": {fact: drawn_matcher(random, fact)}}
    return found


def tried(pack):
    """Return what is so of each case: the winners, all that hold, and what is wrong; None where nothing applies."""
    decision = pack.decisions["fine"]
    (group,) = decision.parts
    names = list(pack.facts.facts)
    found = {}
    for values in product(*[FACTS[name][1] for name in names]):
        env = dict(zip(names, values, strict=True))
        if "size" in pack.decisions:
            (size,) = pack.decisions["size"].parts
            held = [i for i, rule in enumerate(size.rules) if holds(rule.when, env)]
            env["size.class"] = resolve(size, held).constants.get("class")
        if decision.applies is not None and not holds(decision.applies.when, env):
            continue
        held = [i for i, rule in enumerate(group.rules) if holds(rule.when, env)]
        resolution = resolve(group, held)
        level = resolution.constants.get("level", ABSENT)
        if group.policy == "unique" and len(resolution.winners) > 1:
            wrong = ("overlap", frozenset(group.rules[i].id for i in resolution.winners))
        else:
            wrong = ("conflict",) if level is CONFLICT else ("gap",) if level is ABSENT else None
        found[values] = ({group.rules[i].id for i in held}, {group.rules[i].id for i in resolution.winners}, wrong)
    return names, found


def matches(matcher, value):
    """Say whether a value is such as a matcher asks for."""
    if isinstance(value, date) and isinstance(matcher, str):
        return value == date.fromisoformat(matcher)
    if not isinstance(matcher, dict):
        return value in (matcher if isinstance(matcher, list) else [matcher]) and value is not None
    told = {
        "not": lambda other: value not in (other if isinstance(other, list) else [other]),
        "known": lambda other: (value is not None) is other,
        "at_least": lambda other: value is not None and value >= other,
        "more_than": lambda other: value is not None and value > other,
        "at_most": lambda other: value is not None and value <= other,
        "less_than": lambda other: value is not None and value < other,
        "on_or_before": lambda other: value <= date.fromisoformat(other),
        "on_or_after": lambda other: value >= date.fromisoformat(other),
        "includes": lambda other: set(other if isinstance(other, list) else [other]) <= set(value),
        "lacks": lambda other: set(other if isinstance(other, list) else [other]).isdisjoint(value),
    }
    return all(told[op](other) for op, other in matcher.items())


def within(regions, names, values):
    """Say whether a case lies in one of some regions."""
    env = dict(zip(names, values, strict=True))
    return any(all(matches(matcher, env[name]) for name, matcher in region["when"].items()) for region in regions)


def is_of_size(told):
    """Say whether a finding is about the decision that the other one reads."""
    return told.get("part", told.get("rule")).startswith("size")


def kind(finding):
    """Return what a finding is about."""
    return (finding.code, frozenset(finding.further["rules"])) if finding.code == "overlap" else (finding.code,)


@pytest.mark.parametrize("seed", range(80))
def test_what_is_proved_of_a_part_is_what_is_so_of_its_cases(tmp_path, seed):
    """Gaps, overlaps and disagreements case by case; rules that never hold or never win."""
    random = Random(seed)
    facts = random.sample(list(FACTS), random.randint(1, 3))
    reads_size = random.random() < 0.4
    decisions = [drawn_size(random, facts)] if reads_size else []
    decisions.append(drawn_decision(random, facts, reads_size=reads_size))
    pack = load(tmp_path, {fact: FACTS[fact][0] for fact in facts}, *decisions)
    names, cases = tried(pack)
    proof = prove(pack)
    ours = [finding for finding in proof.findings if finding.further is None or not is_of_size(finding.further)]
    findings = {code: [each for each in ours if each.code == code] for code in ("gap", "overlap", "conflict")}
    assert proof.unproved == ()
    if not cases:
        assert [finding.code for finding in ours] == ["never_applies"]
        return
    decision = pack.decisions["fine"]
    every = {rule.id for rule in decision.parts[0].rules}
    held, won = (set().union(*(case[place] for case in cases.values())) for place in (0, 1))
    told = {code: {f.further["rule"] for f in ours if f.code == code} for code in ("never_holds", "never_wins")}
    assert told == {"never_holds": every - held, "never_wins": held - won}
    kinds = {case[2] for case in cases.values() if case[2] is not None}
    assert {kind(each) for found in findings.values() for each in found} == kinds
    for wanted in kinds:
        here = [each for each in findings[wanted[0]] if kind(each) == wanted]
        if all(each.further["regions_count"] <= 8 for each in here):
            regions = [region for each in here for region in each.further["regions"]]
            assert {values for values in cases if within(regions, names, values)} == {
                values for values, case in cases.items() if case[2] == wanted
            }
