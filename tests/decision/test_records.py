"""Lists of records: gathered in rule order or by a member of each, and held against what is declared."""

from __future__ import annotations

import json

import pytest

from service.decision.policy import Policy
from service.written.findings import InvalidPack
from tests.analysis.small_packs import load, rules

FACTS = {
    "loan.kind": {"type": "string", "enum": ["book", "map"]},
    "loan.days": {"type": "integer", "minimum": 0},
    "loan.due_on": {"type": "string", "format": "date"},
}
OFFER = {"name": ["letter", "call"], "days": "integer", "on": {"type": "date", "optional": True}}


def offers(*written, record=None, **more):
    """Return a decision that collects records."""
    gives = {"offers": {"list": record or OFFER}}
    part = {"rules": rules("ways", *written)} if written else {}
    return {"decision": "ways", "gives": gives, "hit_policy": "collect", **part, **more}


def given(pack, facts):
    """Return what a case is given, or the whole document where it has no outcome."""
    document = json.loads(Policy(pack).decide(pack.facts.read({"loan": facts}))["ways"])
    return document["outcome"]["offers"] if document["outcome"] else document


def told(folder, decision):
    """Return the findings for which a pack is refused, without their places."""
    with pytest.raises(InvalidPack) as refused:
        load(folder, FACTS, decision)
    return [(each.code, each.message) for each in refused.value.findings]


CALL = {"name": "call", "days": 1}
LETTER = {"name": "letter", "days": {"from": "loan.days"}}


def test_records_stand_in_rule_order_each_once(tmp_path):
    """A copied value is filled in, and two that are the same then are one."""
    pack = load(
        tmp_path, FACTS, offers(({}, {"offers": [CALL, LETTER]}), ({}, {"offers": {"name": "letter", "days": 3}}))
    )
    assert given(pack, {"days": 3}) == [{"name": "call", "days": 1}, {"name": "letter", "days": 3}]
    assert len(given(pack, {"days": 4})) == 3


def test_all_keeps_what_is_given_twice(tmp_path):
    """As of any list."""
    pack = load(tmp_path, FACTS, offers(({}, {"offers": CALL}), ({}, {"offers": CALL}), collect={"offers": "all"}))
    assert given(pack, {}) == [{"name": "call", "days": 1}] * 2


def test_they_are_ordered_by_a_member_of_each(tmp_path):
    """Those that are alike in it stay in rule order."""
    written = [
        ({}, {"offers": {"name": name, "days": days}}) for name, days in (("call", 2), ("letter", 1), ("call", 1))
    ]
    pack = load(tmp_path, FACTS, offers(*written, order={"offers.name": ["letter", "call"]}))
    assert [(each["name"], each["days"]) for each in given(pack, {})] == [("letter", 1), ("call", 2), ("call", 1)]


def test_the_columns_of_a_table_give_a_record_a_row(tmp_path):
    """With dates as dates; a cell that gives nothing leaves its member out."""
    rows = [["book", "letter", 7, "2027-01-01"], ["map", "call", {"from": "loan.days"}, "-"], ["-", "call", 0, "-"]]
    columns = {"when": ["loan.kind"], "then": ["offers.name", "offers.days", "offers.on"]}
    pack = load(tmp_path, FACTS, offers(says="So.", cites="c", columns=columns, rows=rows))
    assert given(pack, {"kind": "book"}) == [
        {"name": "letter", "days": 7, "on": "2027-01-01"}, {"name": "call", "days": 0},
    ]  # fmt: skip
    assert given(pack, {"kind": "map", "days": 4}) == [{"name": "call", "days": 4}, {"name": "call", "days": 0}]


def test_an_unknown_fact_in_a_record_is_asked_for(tmp_path):
    """Where the record is given."""
    pack = load(tmp_path, FACTS, offers(({"loan.kind": "map"}, {"offers": LETTER}), ({}, {"offers": CALL})))
    assert given(pack, {"kind": "book"}) == [{"name": "call", "days": 1}]
    assert given(pack, {"kind": "map"})["needs"] == ["loan.days"]


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        ({"name": "call", "dys": 1}, "unknown_member", "a record of offers has no 'dys'"),
        ({"name": "call"}, "missing_key", "a record of offers lacks 'days'"),
        ({"name": "fax", "days": 1}, "impossible_value", "member name is never 'fax'"),
        ({"name": "call", "days": "one"}, "wrong_type", "member days is an integer"),
        (
            {"name": "call", "days": {"from": "loan.kind"}},
            "wrong_type",
            "member days is an integer, 'loan.kind' a string",
        ),
        ({"name": "call", "days": 1, "on": "soon"}, "wrong_type", "member on is a date"),
        (["call"], "wrong_type", "an item of offers is a record with name, days, on"),
    ],
)
def test_a_record_is_held_against_what_is_declared(tmp_path, record, code, message):
    """Member by member."""
    found = told(tmp_path, offers(({}, {"offers": record})))
    assert (code, True) in [(each, message in text) for each, text in found]


def test_an_order_ranks_what_rules_give_and_no_copy(tmp_path):
    """A copied value has no place in an order that is known beforehand."""
    written = ({}, {"offers": CALL}), ({}, {"offers": {**CALL, "name": {"from": "loan.kind"}}})
    record = {"name": "string", "days": "integer"}
    assert [code for code, _ in told(tmp_path, offers(*written, record=record, order={"offers.name": ["call"]}))] == [
        "copied_order"
    ]
    lacking = told(tmp_path, offers(({}, {"offers": CALL}), order={"offers.name": ["letter"]}))
    assert lacking == [("unranked_value", "the order of member offers.name lacks its value 'call'")]
