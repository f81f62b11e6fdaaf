"""Named values that change on a date: what counts on which day, and what is wrong with how they are written."""

from __future__ import annotations

import json

import pytest
import yaml

from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.instants import read_instant
from service.pack.loader import load_pack
from service.written.findings import InvalidPack
from tests.analysis.small_packs import load, rules

FACTS = {"loan.late": {"type": "boolean"}, "loan.days": {"type": "integer", "minimum": 0}}
FEE = {"before 2027-01-01": 5, "from 2027-01-01": 6, "from 2028-07-01": 8}
LATER = {"from 2026-01-01": 5, "from 2027-01-01": 6}


def fee(*written):
    """Return a decision that gives an amount."""
    written = written or (({"loan.late": True}, {"amount": {"value": "fee"}}), ({}, {"amount": 0}))
    part = {"part": "bill.amount", "hit_policy": "first", "rules": rules("bill.amount", *written)}
    return {"decision": "bill", "gives": {"amount": "number"}, "parts": [part]}


@pytest.fixture
def pack(tmp_path):
    """Return what loads a pack with these named values."""

    def loaded(values, *decisions, head=None, derived=()):
        constant = fee(({}, {"amount": 0}))
        load(tmp_path, FACTS, constant, head={"dates_in": "Europe/Lisbon"})
        files = {"decisions/bill.yaml": (decisions or (fee(),))[0] | {"asks": "What is it?"}}
        files["facts.yaml"] = {"values": values, **({"derived": list(derived)} if derived else {})}
        files["pack.yaml"] = yaml.safe_load((tmp_path / "pack.yaml").read_text()) | (head or {})
        for name, content in files.items():
            kept = {key: each for key, each in content.items() if each is not None}
            (tmp_path / name).write_text(json.dumps(kept))  # JSON is YAML
        return load_pack(tmp_path)

    return loaded


def decided(pack, facts, as_of=None):
    """Return the document of the decision."""
    moment = None if as_of is None else read_instant(as_of)
    return json.loads(Policy(pack).decide(pack.facts.read({"loan": facts}), None, moment)["bill"])


@pytest.mark.parametrize(
    ("as_of", "amount"),
    [
        ("1999-01-01T00:00:00Z", 5),
        ("2026-12-31T23:59:59Z", 5),
        ("2027-01-01T00:00:00Z", 6),
        ("2026-12-31T18:30:00-06:00", 6),
        ("2028-06-30T22:59:59Z", 6),
        ("2028-06-30T23:00:00Z", 8),
        ("2099-01-01T00:00:00Z", 8),
    ],
)
def test_the_value_counts_whose_date_came_last(pack, as_of, amount):
    """By the calendar of the pack's zone, which in summer is an hour before UTC's."""
    assert decided(pack({"fee": FEE}), {"late": True}, as_of)["outcome"] == {"amount": amount}


def test_the_trace_shows_which_counted_and_since_when(pack):
    """Although the rule does not ask for it in its condition: it gives it."""
    (reason,) = decided(pack({"fee": FEE}), {"late": True}, "2027-05-01T00:00:00Z")["because"]
    assert reason["facts"] == {"loan.late": True, "fee": 6, "fee.since": "2027-01-01", "today": "2027-05-01"}


def test_an_open_case_shows_it_too(pack):
    """Where the day is known, and something else is not."""
    decision = fee(({"loan.late": True}, {"amount": 1}), ({}, {"amount": {"value": "fee"}}))
    document = decided(pack({"fee": FEE}, decision), {}, "2027-05-01T00:00:00Z")
    assert document["status"] == "provisional"
    assert document["because"][0]["facts"] == {"fee": 6, "fee.since": "2027-01-01", "today": "2027-05-01"}


def test_there_is_none_before_the_first_date(pack):
    """And the check tells of the gap, unless it is said what counted before."""
    gappy = pack({"fee": LATER})
    assert decided(gappy, {"late": True}, "2025-12-31T00:00:00Z")["outcome"] is None
    assert ["no rule gives amount" in str(each) for each in find_gaps(gappy)] == [True]
    assert find_gaps(pack({"fee": FEE})) == []


def test_there_is_one_on_every_day_in_force(pack):
    """Of the days before the pack is in force it decides nothing, so that there is no gap."""
    covered = pack({"fee": LATER}, head={"in_force": {"from": "2026-01-01"}})
    assert find_gaps(covered) == []
    assert covered.warnings == ()
    assert decided(covered, {"late": True}, "2026-01-01T00:00:00Z")["outcome"] == {"amount": 5}


@pytest.mark.parametrize(
    ("condition", "given", "needs"),
    [
        ({"loan.days": {"at_least": "fee"}}, {"days": 4}, []),
        ({"loan.days": {"at_least": "fee"}}, {"days": 5}, ["as_of"]),
        ({"loan.days": {"at_least": "fee"}}, {"days": 8}, []),
        ({"fee": {"more_than": 5}}, {}, ["as_of"]),
        ({"fee": {"more_than": 4}}, {}, []),
        ({"fee.since": {"on_or_after": "2028-01-01"}}, {}, ["as_of"]),
    ],
)
def test_a_case_without_a_moment_is_open_only_where_the_date_matters(pack, condition, given, needs):
    """Exactly."""
    decision = fee((condition, {"amount": 1}), ({}, {"amount": 0}))
    document = decided(pack({"fee": FEE}, decision), given)
    assert (document["needs"], "exact" in document) == (needs, False)


def test_it_can_stand_wherever_a_name_can(pack):
    """In a sum, in a text, for a member of any type."""
    derived = [{"fact": "all.fees", "says": "All.", "sum": ["loan.days", "fee"]}]
    decision = fee(
        ({}, {"amount": {"from": "all.fees"}, "text": "It is {fee} since {fee.since}.", "kind": {"value": "kind"}})
    )
    decision["gives"] |= {"text": "string", "kind": ["old", "new"]}
    loaded = pack(
        {"fee": FEE, "kind": {"before 2027-01-01": "old", "from 2027-01-01": "new"}}, decision, derived=derived
    )
    assert decided(loaded, {"days": 2}, "2028-08-01T00:00:00Z")["outcome"] == {
        "amount": 10, "text": "It is 8 since 2028-07-01.", "kind": "new",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        (
            {"from 2027-01-01": 5, "from 2026-01-01": 6},
            "dates_out_of_order",
            "'from 2026-01-01' stands after 'from 2027",
        ),
        ({"from 2027-02-30": 5}, "bad_date", "'from 2027-02-30' is not a date from which it counts"),
        ({"from 2027-01-01": 5, "until 2028-01-01": 6}, "bad_date", "'until 2028-01-01' is not a date from which"),
        ({"before 2027-01-01": 5, "from 2028-01-01": 6}, "bad_date", "stands first, and before 'from 2027-01-01'"),
        ({"before 2027-01-01": 5}, "bad_date", "stands first, and before 'from 2027-01-01'"),
        ({"from 2026-01-01": 5, "before 2027-01-01": 6}, "bad_date", "stands first, and before 'from 2027-01-01'"),
        ({"from 2026-01-01": 5, "from 2027-01-01": "six"}, "wrong_type", "value fee: is integer and string, not one"),
    ],
)
def test_dates_are_in_order_and_values_of_one_kind(pack, written, code, message):
    """At the date that is wrong."""
    with pytest.raises(InvalidPack) as refused:
        pack({"fee": written})
    (finding,) = refused.value.findings
    assert (finding.code, message in finding.message) == (code, True)
    assert finding.place.file.endswith("facts.yaml")


def test_a_day_begins_in_a_zone(pack):
    """Without one there is no day to judge by."""
    with pytest.raises(InvalidPack) as refused:
        pack({"fee": FEE}, head={"dates_in": None})
    assert [each.message for each in refused.value.findings] == [
        "value fee changes on a date, and pack.yaml does not say in which zone a day begins: add 'dates_in'"
    ]


def test_no_other_name_is_like_it(pack):
    """It is a name of the pack, and so is since when it counts."""
    with pytest.raises(InvalidPack) as refused:
        pack({"fee": FEE}, derived=[{"fact": "fee.since", "says": "So.", "sum": ["loan.days", 1]}])
    assert [each.code for each in refused.value.findings] == ["duplicate_id"]


def test_a_duration_can_not_change(pack):
    """Dates that are so much later are derived one by one."""
    with pytest.raises(InvalidPack) as refused:
        pack(
            {"length": {"before 2027-01-01": {"days": 28}, "from 2027-01-01": {"days": 30}}},
            derived=[{"fact": "loan.due_on", "says": "So.", "date": "today", "plus": "length"}],
        )
    assert any("'length' changes on a date, and a duration can't" in each.message for each in refused.value.findings)


@pytest.mark.parametrize(
    ("in_force", "told"),
    [
        ({"from": "2027-01-01"}, ["'before 2027-01-01' never counts, as the pack is in force from 2027-01-01"]),
        (
            {"from": "2026-06-01", "until": "2028-07-01"},
            ["'from 2028-07-01' never counts, as the pack is in force until"],
        ),
        ({"from": "2026-06-01"}, []),
    ],
)
def test_what_never_counts_while_the_pack_is_in_force_is_told(pack, in_force, told):
    """A warning: its history may stand there all the same."""
    warnings = [each.message for each in pack({"fee": FEE}, head={"in_force": in_force}).warnings]
    assert [each.split(": ", 1)[1][: len(text)] for each, text in zip(warnings, told, strict=True)] == told


def test_days_in_force_without_a_value_are_told(pack):
    """With what to write."""
    (warning,) = pack({"fee": LATER}, head={"in_force": {"from": "2025-01-01"}}).warnings
    assert (warning.code, "there is none before 2026-01-01" in warning.message) == ("never_counts", True)
