"""Small parts that are drawn, and every case of them tried: what is proved must be what is so, no more and no less."""

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
    "loan.fee": ({"type": "number", "minimum": 0, "maximum": 2, "x-absent": "none"}, [0, 0.5, 1, 1.5, 2, None]),
}
"""Facts with values that stand for all: no condition has a bound between two of them but at one."""

LEVELS = ["high", "low", "none"]


def drawn_matcher(random, fact):
    declared, values = FACTS[fact]
    known = [value for value in values if value is not None]
    ways = ["value", "not", "among"]
    if declared["type"] in ("integer", "number"):
        ways += ["bound", "bound", "between"]
    if None in values:
        ways.append("known")
    match random.choice(ways):
        case "value":
            return random.choice(known)
        case "not":
            return {"not": random.choice(known)}
        case "among":
            return random.sample(known, 2)
        case "known":
            return {"known": random.choice([True, False])}
        case "bound":
            return {random.choice(["at_least", "more_than", "at_most", "less_than"]): random.choice([0, 1, 2])}
        case _:
            return {"at_least": random.choice([0, 1]), random.choice(["at_most", "less_than"]): random.choice([1, 2])}


def drawn_decision(random, facts):
    written = []
    for _ in range(random.randint(1, 5)):
        asked = random.sample(facts, random.randint(0, len(facts)))
        written.append(({fact: drawn_matcher(random, fact) for fact in asked}, {"level": random.choice(LEVELS)}))
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
    (decision,) = pack.decisions.values()
    (group,) = decision.parts
    names = list(pack.facts.facts)
    found = {}
    for values in product(*[FACTS[name][1] for name in names]):
        env = dict(zip(names, values, strict=True))
        if decision.applies is not None and not holds(decision.applies.when, env):
            continue
        held = [i for i, rule in enumerate(group.rules) if holds(rule.when, env)]
        resolution = resolve(group, held)
        level = resolution.settled.get("level", ABSENT)
        if group.policy == "unique" and len(resolution.winners) > 1:
            wrong = ("overlap", frozenset(group.rules[i].id for i in resolution.winners))
        else:
            wrong = ("conflict",) if level is CONFLICT else ("gap",) if level is ABSENT else None
        found[values] = ({group.rules[i].id for i in held}, {group.rules[i].id for i in resolution.winners}, wrong)
    return names, found


def matches(matcher, value):
    if not isinstance(matcher, dict):
        return value in (matcher if isinstance(matcher, list) else [matcher]) and value is not None
    told = {
        "not": lambda other: value is not None and value not in (other if isinstance(other, list) else [other]),
        "known": lambda other: (value is not None) is other,
        "at_least": lambda other: value is not None and value >= other,
        "more_than": lambda other: value is not None and value > other,
        "at_most": lambda other: value is not None and value <= other,
        "less_than": lambda other: value is not None and value < other,
    }
    return all(told[op](other) for op, other in matcher.items())


def within(regions, names, values):
    env = dict(zip(names, values, strict=True))
    return any(all(matches(matcher, env[name]) for name, matcher in region["when"].items()) for region in regions)


def kind(finding):
    return (finding.code, frozenset(finding.further["rules"])) if finding.code == "overlap" else (finding.code,)


@pytest.mark.parametrize("seed", range(80))
def test_what_is_proved_of_a_part_is_what_is_so_of_its_cases(tmp_path, seed):
    """Gaps, overlaps and disagreements case by case; rules that never hold or never win."""
    random = Random(seed)
    facts = random.sample(list(FACTS), random.randint(1, 3))
    pack = load(tmp_path, {fact: FACTS[fact][0] for fact in facts}, drawn_decision(random, facts))
    names, cases = tried(pack)
    proof = prove(pack)
    findings = {code: [each for each in proof.findings if each.code == code] for code in ("gap", "overlap", "conflict")}
    assert proof.unproved == ()
    if not cases:
        assert [finding.code for finding in proof.findings] == ["never_applies"]
        return
    (decision,) = pack.decisions.values()
    every = {rule.id for rule in decision.parts[0].rules}
    held, won = (set().union(*(case[place] for case in cases.values())) for place in (0, 1))
    told = {
        code: {f.further["rule"] for f in proof.findings if f.code == code} for code in ("never_holds", "never_wins")
    }
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
