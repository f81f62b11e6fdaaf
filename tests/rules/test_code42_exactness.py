"""Statuses and needs of the shipped pack against enumeration: random cases with facts left out, completed."""

import copy
import itertools
import json
from random import Random

import orjson
import pytest

from service.facts.declaration import MISSING

DATES = ["1900-01-01", "2021-03-06", "2021-03-07", "2024-09-06", "2025-09-05", "2025-09-06", "2025-09-07", "2026-03-06",
         "2026-03-07", "2026-09-06", "2027-06-01", "9899-12-31"]  # fmt: skip
INSTANTS = [
    "1900-01-01T12:00:00Z",
    "2026-03-06T22:30:00Z",
    "2026-03-07T03:00:00Z",
    "2025-07-01T12:00:00Z",
    "9890-01-01T00:00:00Z",
]
COUNTRIES = ["US", "GB", "AU", "DE", "FR", "JP", "TW", "BR"]
WHERE_KNOWN = {"software_lifecycle": {"full_until", "ends_on"}, "hardware_lifecycle": {"covered_until"}}
MOST_COMPLETIONS = 300


def values_of(spec):
    """Return values of a fact that matter, every one where they are few."""
    by_type = {"boolean": [True, False], "date": DATES, "instant": INSTANTS, "string": list(spec.choices or ["x"])}
    if spec.path == "customer.country":
        return COUNTRIES
    if spec.type == "integer":
        return [1, 2, 3, 4] if spec.maximum == 4 else [0, 1, 2, 3, 4, 5]
    if spec.type == "list":
        return [list(spec.choices), [], list(spec.choices)[1:]]
    return by_type[spec.type]


def put(facts, path, value):
    """Set a dotted fact."""
    *steps, last = path.split(".")
    for step in steps:
        facts = facts.setdefault(step, {})
    facts[last] = value


def random_case(schema, random, dropped):
    """Return a case and the facts that it leaves unknown."""
    facts, unknown = {}, []
    present = {subject: random.random() < 0.5 for subject in schema.subjects}
    for subject in (name for name, there in present.items() if there):
        put(facts, subject, {})
    for spec in schema.facts.values():
        if spec.subject is not None and not present[spec.subject]:
            continue
        may_be_left_out = spec.absent_is_none or spec.default is not MISSING
        if may_be_left_out and random.random() < 0.5:
            continue
        if not may_be_left_out and random.random() < dropped:
            unknown.append(spec.path)
        else:
            put(facts, spec.path, random.choice(values_of(spec)))
    return facts, unknown


def compared(name, decision):
    """Return what a decision is compared by: its status and its outcome without what is told only where known."""
    outcome = decision["outcome"]
    if outcome is not None:
        outcome = {member: value for member, value in outcome.items() if member not in WHERE_KNOWN.get(name, ())}
    return decision["status"], json.dumps(outcome, sort_keys=True)


def decide(policy, facts, names=None):
    """Return decisions as Python values."""
    return {name: orjson.loads(each) for name, each in policy.decide(policy.pack.facts.read(facts), names).items()}


@pytest.mark.parametrize("seed", range(60))
def test_no_completion_contradicts_a_decision(seed, support_policy):
    """Decided stays, a provisional outcome comes about, and whatever matters among the values tried is in `needs`."""
    random = Random(seed)
    schema = support_policy.pack.facts
    facts, unknown = random_case(schema, random, (0.03, 0.1, 0.2)[seed % 3])
    for name, decision in decide(support_policy, facts).items():
        under = set(support_policy.pack.decisions[name].facts)
        dated = under & {"today", "as_of"}
        mine = [fact for fact in unknown if fact in under or (dated and fact == "request.reported_at")]
        points = list(itertools.product(*(values_of(schema.facts[fact]) for fact in mine)))
        exhaustive = len(points) <= MOST_COMPLETIONS
        results = {}
        for point in points if exhaustive else random.sample(points, MOST_COMPLETIONS):
            full = copy.deepcopy(facts)
            for fact, value in zip(mine, point, strict=True):
                put(full, fact, value)
            results[tuple(map(str, point))] = compared(name, decide(support_policy, full, [name])[name])
        assert {status for status, _ in results.values()} <= {"decided", "not_applicable"}
        if not decision["needs"]:
            assert set(results.values()) == {compared(name, decision)}, name
        assert set(decision["needs"]) <= set(mine)
        if exhaustive:
            if decision["status"] == "provisional":
                assert ("decided", compared(name, decision)[1]) in results.values(), name
            assert matters(mine, results) <= set(decision["needs"]), name


def matters(facts, results):
    """Return the facts that change a result while all others stay."""
    found = set()
    for i, fact in enumerate(facts):
        lines = {}
        for point, result in results.items():
            if lines.setdefault(point[:i] + point[i + 1 :], result) != result:
                found.add(fact)
    return found
