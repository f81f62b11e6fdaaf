"""Tables whose gaps, overlaps and masked rows somebody else has published: ours are compared with them.

The figures are those of the tests of the decision table analysis of Apache KIE (kie-dmn-validation), restated.
"""

import json
from pathlib import Path

import pytest

from service.decision.proving import prove
from tests.analysis.small_packs import load

TABLES = [json.loads(line) for line in (Path(__file__).parent / "peer_tables.jsonl").read_text().splitlines()]

NOT_SAID = {
    "AgeKittenTest.age_kitten_import": "the types of its inputs stand in another model, which the figures leave out",
}
"""Tables that are not restated as a pack, and why."""

OTHERWISE = {
    ("Check1stNFViolationTest.check1stNFViolationB", "masked_rows"): (
        [[2, 1]],
        "they call the second row a duplicate: from -273 on it is",
    ),
    ("NullTest.nullsWithActiveRules", "gaps"): (
        1,
        "no row is for a true first input with an instant: cells that are null are passed over there",
    ),
    ("NullTest.nullsWithActiveRules", "overlaps"): (8, "the third row holds with each that follows: the same"),
    ("RecommenderHitPolicy1_allowNull", "gaps"): (
        2,
        "a case without the number has no row either: it is left out there",
    ),
    ("StringWithoutEnumNoGapTest.test", "gaps"): (
        1,
        "no row is for numbers below 18: free texts are passed over there",
    ),
}
"""What is known otherwise of a table, with what is so, and why."""

POLICIES = {
    "unique": "unique",
    "any": "any",
    "first": "first",
    "priority": "priority",
    "collect": "collect",
    "rule_order": "collect",
}
TYPES = {"instant": {"type": "string", "format": "date-time"}}


def said(table):
    """Say whether a table is restated as a pack."""
    return table["table"] not in NOT_SAID


def schema(table):
    """Return the declarations of the facts, one for each input."""
    found = {}
    for place, each in enumerate(table["inputs"]):
        declared = dict(TYPES.get(each["type"], {"type": "string" if "values" in each else each["type"]}))
        declared |= {
            key: each[name]
            for key, name in (("minimum", "least"), ("maximum", "most"), ("enum", "values"))
            if name in each
        }
        if each.get("may_be_none") or any(row[place] == ["null"] for row in table["rows"]):
            declared["x-absent"] = "none"
        found[f"in.f{place}"] = declared
    return found


def matcher(cell):
    """Return a cell as the language has it."""
    if cell is None:
        return "-"
    if cell == ["null"]:
        return {"known": False}
    if len(cell) > 1:
        return [low for low, _, high, _ in cell if low == high]
    if isinstance(cell[0], dict):
        values = [low for low, _, _, _ in cell[0]["not"]]
        return {"not": values if len(values) > 1 else values[0]}
    low, with_low, high, with_high = cell[0]
    if low == high:
        return low
    bounds = {}
    if low != "-inf":
        bounds["at_least" if with_low else "more_than"] = low
    if high != "inf":
        bounds["at_most" if with_high else "less_than"] = high
    return bounds


def decision(table, policy):
    """Return a table as a decision: of rows, or of rules where two rows have the same cells."""
    gathers = policy == "collect"
    outputs = sorted(set(table["outputs"]))
    found = {
        "decision": "d",
        "cites": "c",
        "gives": {"o": {"list": outputs} if gathers else outputs},
        "hit_policy": policy,
    }
    if policy == "priority":
        found["order"] = {"o": table["order"]}
    cells = [[matcher(cell) for cell in row] for row in table["rows"]]
    rows = []
    for place, (row, then) in enumerate(zip(cells, table["outputs"], strict=True), start=1):
        when = {f"in.f{i}": cell for i, cell in enumerate(row) if cell != "-"}
        rows.append(
            {
                "rule": f"d.r{place}",
                "says": "So it is.",
                "cites": "c",
                **({"when": when} if when else {}),
                "then": {"o": then},
            }
        )
    return {**found, "rules": rows}


@pytest.fixture
def findings(tmp_path):
    """Return what is found of a table under a hit policy, by code."""

    def found(table, policy):
        pack = load(tmp_path / policy, schema(table), decision(table, policy))
        return prove(pack).findings

    return found


# regions, fact by fact


def bounds(table, place):
    """Return the ends of an input's domain."""
    each = table["inputs"][place]
    return each.get("least", "-inf"), each.get("most", "inf")


def as_interval(table, place, matched):
    """Return a matcher of ours as an interval, or as a set of values; the whole domain for none."""
    each = table["inputs"][place]
    if "values" in each or each["type"] in ("boolean", "string"):
        values = each.get("values", [False, True] if each["type"] == "boolean" else [])
        if matched is None:
            return frozenset(values)
        if isinstance(matched, dict) and "not" in matched:
            without = matched["not"] if isinstance(matched["not"], list) else [matched["not"]]
            return frozenset(values) - frozenset(without)
        return frozenset(matched if isinstance(matched, list) else [matched])
    low, high = bounds(table, place)
    if isinstance(matched, (int, float)):
        return (matched, True, matched, True)
    matched = matched or {}
    low = (
        (matched["at_least"], True)
        if "at_least" in matched
        else (matched["more_than"], False)
        if "more_than" in matched
        else (low, True)
    )
    high = (
        (matched["at_most"], True)
        if "at_most" in matched
        else (matched["less_than"], False)
        if "less_than" in matched
        else (high, True)
    )
    return interval(table, place, (*low, *high))


def interval(table, place, known):
    """Return an interval in one form: ends that are the domain's own are included."""
    each = table["inputs"][place]
    low, with_low, high, with_high = known
    values = each.get("values", [False, True] if each["type"] == "boolean" else None)
    if values is not None:
        first = values.index(low) + (not with_low)
        last = values.index(high) + with_high
        return frozenset(values[first:last])
    least, most = bounds(table, place)
    return (low, with_low or low == least, high, with_high or high == most)


def region_of(table, found):
    """Return a region of ours, input by input."""
    return tuple(as_interval(table, place, found.get(f"in.f{place}")) for place in range(len(table["inputs"])))


def known_region(table, known):
    """Return a region of theirs in the same form."""
    whole = [as_interval(table, place, None) for place in range(len(table["inputs"]))]
    return tuple([interval(table, place, each) for place, each in enumerate(known)] + whole[len(known) :])


def regions(table, found):
    """Return all regions of findings."""
    return {region_of(table, each["when"]) for finding in found for each in finding.further["regions"]}


def of_code(findings, code):
    """Return the findings of one kind."""
    return [finding for finding in findings if finding.code == code]


def right(table, kind):
    """Return what is right: what is known, or what is so instead."""
    return OTHERWISE.get((table["table"], kind), (table["known"].get(kind), ""))[0]


@pytest.mark.parametrize("table", [each for each in TABLES if said(each)], ids=lambda each: each["table"])
def test_gaps_are_those_that_are_known(findings, table):
    """As many, and where they are known each at its place; every one has a case."""
    found = of_code(findings(table, POLICIES[table["policy"]]), "gap")
    if POLICIES[table["policy"]] == "collect":
        assert found == []
        return
    if "gaps" in table["known"]:
        assert sum(finding.further["regions_count"] for finding in found) == right(table, "gaps")
    if "gap_regions" in table["known"] and right(table, "gaps") <= 8:
        assert regions(table, found) == {known_region(table, each) for each in table["known"]["gap_regions"]}
    assert all(each["case"] is not None for finding in found for each in finding.further["regions"])


@pytest.mark.parametrize("table", [each for each in TABLES if said(each)], ids=lambda each: each["table"])
def test_overlaps_are_those_that_are_known(findings, table):
    """Other policies allow them: the same rows are looked at as if they were to exclude each other."""
    found = of_code(findings(table, "unique"), "overlap")
    if "overlaps" in table["known"]:
        assert len(found) == right(table, "overlaps")
    if "overlap_regions" in table["known"]:
        ours = {
            (frozenset(finding.further["rules"]), region_of(table, each["when"]))
            for finding in found
            for each in finding.further["regions"]
        }
        known = {
            (frozenset(f"d.r{row}" for row in each["rows"]), known_region(table, each["region"]))
            for each in table["known"]["overlap_regions"]
        }
        texts = [i for i, each in enumerate(table["inputs"]) if each["type"] == "string" and "values" not in each]
        assert texts or ours == known
        assert {rows for rows, _ in ours} == {rows for rows, _ in known}


@pytest.mark.parametrize("table", [each for each in TABLES if said(each)], ids=lambda each: each["table"])
def test_masked_rows_are_those_that_are_known(findings, table):
    """Rows that hold but never win, with what masks them."""
    found = of_code(findings(table, POLICIES[table["policy"]]), "never_wins")
    ours = sorted([finding.further["rule"], *finding.further["by"]] for finding in found)
    known = sorted([f"d.r{row}", f"d.r{by}"] for row, by in right(table, "masked_rows") or [])
    assert ours == known


def test_what_is_not_compared_is_known_by_name():
    """Nothing is passed over in silence."""
    assert set(NOT_SAID) <= {table["table"] for table in TABLES}
    assert {table for table, _ in OTHERWISE} <= {table["table"] for table in TABLES}
    assert len([table for table in TABLES if said(table)]) == 34
