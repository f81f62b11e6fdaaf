"""Rules that conclude that there is nothing: the case is decided, by them, and others read their members as none."""

import json

import pytest

from service.decision.policy import Policy
from service.decision.proving import prove
from service.decision.trial import run_cases
from service.pack.loader import load_pack
from service.written.findings import InvalidPack
from tests.analysis.small_packs import load, rules

KINDS = {"kind": {"type": "string", "enum": ["book", "map", "disc", "film"]}, "days": {"type": "integer"}}
FINE = {
    "decision": "fine",
    "cites": "c",
    "gives": {"level": ["low", "high"], "cost": "integer"},
    "hit_policy": "priority",
    "order": {"level": ["high", "low"]},
    "rules": rules(
        "fine",
        ({"kind": ["book", "map"]}, {"level": "low", "cost": 1}),
        ({"kind": ["map", "disc"]}, "nothing"),
        ({"kind": "film", "days": {"more_than": 7}}, {"level": "high", "cost": 9}),
    ),
}
UNRANKED = {key: each for key, each in FINE.items() if key != "order"}
LETTER = {
    "decision": "letter",
    "cites": "c",
    "gives": {"sent": "boolean"},
    "rules": rules(
        "letter", ({"fine.level": {"known": True}}, {"sent": True}), ({"fine.level": {"known": False}}, {"sent": False})
    ),
}


@pytest.fixture
def pack(tmp_path):
    """Return a pack of which a decision may conclude nothing, and another reads that."""
    return load(tmp_path, KINDS, FINE, LETTER)


@pytest.fixture
def told(pack):
    """Return what is decided of facts."""
    policy = Policy(pack)
    return lambda **facts: {
        name: json.loads(document) for name, document in policy.decide(pack.facts.read(facts)).items()
    }


def test_nothing_is_decided_with_its_rule_as_the_reason(told):
    """The outcome is there, and lacks the members."""
    fine, letter = told(kind="disc").values()
    assert (fine["status"], fine["outcome"], fine["needs"]) == ("decided", {}, [])
    assert [(each["rule"], each["facts"]) for each in fine["because"]] == [("fine.r2", {"kind": "disc"})]
    assert letter["outcome"] == {"sent": False}


def test_a_value_comes_before_nothing_where_an_order_ranks(told):
    """What was overruled says so in words."""
    fine = told(kind="map")["fine"]
    assert fine["outcome"] == {"level": "low", "cost": 1}
    assert [(each["rule"], each["why"]) for each in fine["overruled"]] == [
        ("fine.r2", "level low comes before nothing.")
    ]


@pytest.mark.parametrize(("days", "outcome"), [(None, {}), (3, {"cost": 3})])
def test_nothing_disagrees_with_nothing_that_is_collected(tmp_path, days, outcome):
    """The greatest is made of what other rules give; where that is none, it stands that there is nothing."""
    collecting = {
        "decision": "fine",
        "gives": {"cost": "integer"},
        "hit_policy": "collect",
        "collect": {"cost": "greatest"},
        "rules": rules("fine", ({}, {"cost": {"from": "days"}}), ({}, "nothing")),
    }
    pack = load(tmp_path, {"days": {**KINDS["days"], "x-absent": "none"}}, collecting)
    fine = json.loads(Policy(pack).decide(pack.facts.read({} if days is None else {"days": days}))["fine"])
    assert (fine["status"], fine["outcome"], fine["needs"]) == ("decided", outcome, [])


def test_no_rule_is_another_thing_than_nothing(told, pack):
    """A case of which no rule says anything stays a gap, which `check` tells."""
    assert (told(kind="film", days=3)["fine"]["status"], told(kind="film", days=3)["fine"]["needs"]) == (
        "undecided",
        [],
    )
    (gap,) = prove(pack).findings
    assert [region["where"] for region in gap.further["regions"]] == [["kind is film", "days is at most 7"]]


def test_what_is_unknown_counts_where_it_can_make_something_of_nothing(told):
    """A film may be either."""
    assert told()["fine"]["needs"] == ["kind", "days"]
    assert told(days=9)["letter"]["needs"] == ["kind"]


@pytest.mark.parametrize("policy", ["any", "unique"])
def test_a_value_and_nothing_disagree(tmp_path, policy):
    """As two values would."""
    pack = load(tmp_path, KINDS, {**UNRANKED, "hit_policy": policy})
    fine = json.loads(Policy(pack).decide(pack.facts.read({"kind": "map"}))["fine"])
    assert (fine["status"], fine["needs"]) == ("undecided", [])
    assert "fine.r1 and fine.r2" in fine["notes"][0]["says"]
    assert "nothing" not in fine["notes"][0]["says"]
    assert {"overlap" if policy == "unique" else "conflict"} < {each.code for each in prove(pack).findings}


@pytest.mark.parametrize("form", ["rules", "rows"])
def test_a_part_that_does_not_concern_a_case_has_nothing_in_it(tmp_path, form):
    """Its own sentence is the reason; what it concerns is proved to be whole."""
    part = {
        "part": "fine.level",
        "rules": rules("fine", ({"kind": "book"}, {"level": "low"}), ("otherwise", {"level": "high"})),
    }
    if form == "rows":
        part = {"table": "fine.level", "says": "So.", "cites": "c", "columns": {"when": "kind", "then": "level"}}
        part |= {"rows": [["book", "low"], {"otherwise": ["high"]}]}
    part["applies_when"] = {"says": "Levels are for what came late.", "cites": "c", "when": {"days": {"more_than": 0}}}
    fine = {"decision": "fine", "cites": "c", "gives": {"level": ["low", "high"]}, "parts": [part]}
    letter = {**LETTER, "rules": LETTER["rules"]}
    pack = load(tmp_path, KINDS, fine, letter)
    assert (prove(pack).findings, prove(pack).unproved, prove(pack).unsettled) == ((), (), ())

    def told(**facts):
        found = {name: json.loads(each) for name, each in Policy(pack).decide(pack.facts.read(facts)).items()}
        return found["fine"], found["letter"]["outcome"]

    fine, sent = told(days=0)
    assert (fine["status"], fine["outcome"], sent) == ("decided", {}, {"sent": False})
    assert [(each["rule"], each["says"], each["facts"]) for each in fine["because"]] == [
        ("fine.level.applies", "Levels are for what came late.", {"days": 0})
    ]
    fine, sent = told(days=3, kind="map")
    assert (fine["outcome"], sent) == ({"level": "high"}, {"sent": True})
    assert told(days=3)[0]["needs"] == ["kind"]
    assert told(kind="book")[0]["needs"] == ["days"]


def test_a_part_that_concerns_every_case_is_told(tmp_path):
    """Its own reason never holds."""
    part = {"part": "fine.level", "rules": rules("fine", ({}, {"level": "low"}))}
    part["applies_when"] = {"says": "All.", "cites": "c", "when": {"kind": ["book", "map", "disc", "film"]}}
    fine = {"decision": "fine", "cites": "c", "gives": {"level": ["low", "high"]}, "parts": [part]}
    (finding,) = prove(load(tmp_path, KINDS, fine)).findings
    assert (finding.code, finding.further["rule"]) == ("never_holds", "fine.level.applies")


CASES = """\
cases:
  - case: A disc costs nothing
    facts: {kind: disc}
    expect: {fine: nothing}
  - case: A disc has no level
    facts: {kind: disc}
    expect: {fine: {level: nothing}}
  - case: A book costs nothing, as somebody thinks
    facts: {kind: book}
    expect: {fine: nothing}
"""


def test_cases_expect_nothing(pack):
    """Of a decision, or of one of its members."""
    (pack.folder / "cases").mkdir()
    (pack.folder / "cases" / "fine.yaml").write_text(CASES)
    trials = run_cases(Policy(load_pack(pack.folder)))
    assert [[each.as_json() for each in trial.differences] for trial in trials] == [
        [],
        [],
        [
            {"kind": "outcome", "name": "fine.level", "expected": "nothing", "got": "low"},
            {"kind": "outcome", "name": "fine.cost", "expected": "nothing", "got": 1},
        ],
    ]


def test_rules_that_all_say_nothing_are_refused(tmp_path):
    """There would be no member of which they say it."""
    with pytest.raises(InvalidPack) as refused:
        load(tmp_path, KINDS, {**UNRANKED, "hit_policy": "first", "rules": rules("fine", ({}, "nothing"))})
    assert "member_not_given" in {each.code for each in refused.value.findings}
