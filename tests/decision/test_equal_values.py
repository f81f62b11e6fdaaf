"""Values that are equal in Python and yet not the same are kept apart wherever they are compared or remembered."""

import orjson
import pytest

from service.decision.policy import Policy
from tests.analysis.small_packs import load, rules

FLAG = {"type": "boolean"}
MOMENT = {"type": "string", "format": "date-time"}
SINCE = "2026-01-01T00:00:00Z"


def documents(policy, facts):
    """Return the decisions of a case as they are written, by name."""
    decisions = policy.decide(policy.pack.facts.read(facts), None, None)
    return {name: orjson.loads(written) for name, written in decisions.items()}


def told(policy, facts):
    """Return the status, the outcome and the questions of each decision of a case."""
    return {
        name: (written["status"], written["outcome"], written["needs"])
        for name, written in documents(policy, facts).items()
    }


@pytest.fixture
def loaded(tmp_path):
    """Return what makes a pack ready to decide."""
    return lambda *args, **more: Policy(load(tmp_path, *args, **more))


def copies_of(kind, one, other):
    """Return a decision that gives one value or the other, one that copies it, and one that asks for it in a rule."""
    given = rules("first", ({"flag": True}, {"it": one}), ({}, {"it": other}))
    copied = rules("third", ({"first.it": {"empty": False}} if kind == "list" else {}, {"it": {"from": "first.it"}}))
    return (
        {"decision": "first", "gives": {"it": kind}, "hit_policy": "first", "rules": given},
        {"decision": "second", "gives": {"it": {"from": "first.it"}}},
        {"decision": "third", "gives": {"it": kind}, "hit_policy": "first", "rules": copied},
    )


@pytest.mark.parametrize("order", [(True, False), (False, True)])
@pytest.mark.parametrize(("kind", "one", "other"), [("list", [1], [True]), ("object", {"a": 1}, {"a": True})])
def test_true_is_not_one(loaded, order, kind, one, other):
    """Whichever is asked first, and where it is unknown which it is."""
    policy = loaded({"flag": FLAG}, *copies_of(kind, one, other))
    for flag in order:
        found = documents(policy, {"flag": flag})
        wanted = orjson.dumps({"it": one if flag else other})
        assert [orjson.dumps(each["outcome"]) for each in found.values()] == [wanted] * 3
        shown = {"first.it": found["first"]["outcome"]["it"]} if kind == "list" else {}
        assert orjson.dumps(found["third"]["because"][0]["facts"]) == orjson.dumps(shown)
    assert told(policy, {})["second"] == ("undecided", None, ["flag"])


def test_rules_that_give_one_and_true_disagree(loaded):
    """Under a policy that lets rules agree."""
    given = rules("first", ({"flag": True}, {"it": [1]}), ({}, {"it": [True]}))
    policy = loaded({"flag": FLAG}, {"decision": "first", "gives": {"it": "list"}, "hit_policy": "any", "rules": given})
    found = documents(policy, {"flag": True})["first"]
    assert (found["status"], found["outcome"]) == ("undecided", None)


def test_rules_that_give_one_instant_at_two_offsets_agree(loaded):
    """The first says how it is written."""
    given = rules("first", ({}, {"it": {"from": "one"}}), ({}, {"it": {"from": "other"}}))
    decision = {"decision": "first", "gives": {"it": "instant"}, "hit_policy": "any", "rules": given}
    found = told(
        loaded({"one": MOMENT, "other": MOMENT}, decision), {"one": SINCE, "other": "2026-01-01T01:00:00+01:00"}
    )
    assert found["first"] == ("decided", {"it": "2026-01-01T00:00:00+00:00"}, [])


@pytest.mark.parametrize("written", [[[1, 2], [3, 4]], [[1], [2]], [[1, 2], 3], [{"a": 1}]])
def test_a_list_of_lists_is_written_as_it_is(loaded, written):
    """In an outcome, and among the facts of a reason: two values in a list are no period."""
    found = documents(loaded({"flag": FLAG}, *copies_of("list", written, [])), {"flag": True})
    assert [each["outcome"] for each in found.values()] == [{"it": written}] * 3
    assert found["third"]["because"][0]["facts"] == {"first.it": written}


def test_a_list_of_two_instants_is_no_period(loaded):
    """Though a period has two of them."""
    given = rules("first", ({}, {"it": [{"from": "since"}, {"from": "until"}]}))
    decision = {"decision": "first", "gives": {"it": "list"}, "hit_policy": "first", "rules": given}
    found = told(loaded({"since": MOMENT, "until": MOMENT}, decision), {"since": SINCE, "until": SINCE})
    assert found["first"][1] == {"it": ["2026-01-01T00:00:00+00:00"] * 2}


CLOCK = {
    "clock": "first.due",
    "says": "It is due.",
    "cites": "c",
    "starts": "since",
    "amount": 1,
    "unit": "hour",
    "calendar": "always",
    "zone": "zone",
    "gives": {"due_at": "due"},
}
ALWAYS = {"calendar": "always", "zone": "Etc/UTC", "hours": "around_the_clock"}


@pytest.mark.parametrize(
    "zones", [["Etc/UTC", "Africa/Abidjan"], ["Etc/UTC", "Europe/Lisbon"], ["America/Chicago", "America/Costa_Rica"]]
)
@pytest.mark.parametrize("steps", [0, 40])
def test_an_unknown_zone_is_asked_for_where_it_tells(loaded, zones, steps):
    """One instant may be written alike in two zones, and yet come to another once days are added to it.

    With further unknown values there are too many completions to run one by one.
    """
    further = {"steps": {"from": "steps", "optional": True}} if steps else {}
    policy = loaded(
        {
            "zone": {"type": "string", "enum": zones},
            "since": MOMENT,
            "steps": {"type": "integer", "minimum": 0, "maximum": 40},
        },
        {"decision": "first", "gives": {"due": "instant"}, "parts": [CLOCK]},
        {"decision": "second", "gives": {"due": {"from": "first.due"}, **further}},
        {"decision": "third", "gives": {"later": {"from": "later"}}},
        calendars=[ALWAYS],
        derived=[{"fact": "later", "date": "first.due", "plus": {"days": 200}}],
    )
    each = [told(policy, {"zone": zone, "since": SINCE, "steps": steps}) for zone in zones]
    partial = told(policy, {"since": SINCE})
    for name in ("first", "second", "third"):
        outcomes = [found[name][1] for found in each]
        is_one = all(outcome == outcomes[0] for outcome in outcomes)
        needs = ["zone"] if not is_one else []
        if name == "second" and steps:
            needs = ["steps", *needs]
        assert partial[name] == ("undecided" if needs else "decided", None if needs else outcomes[0], needs)


def test_members_of_an_unknown_zone_are_the_same_alone_and_together(loaded):
    """A trace rests on nothing that another decision of the request found."""
    policy = loaded(
        {"zone": {"type": "string", "enum": ["Etc/UTC", "Europe/Lisbon"]}, "since": MOMENT},
        {"decision": "first", "gives": {"due": "instant"}, "parts": [CLOCK]},
        {"decision": "second", "gives": {"day": {"from": "day"}}},
        calendars=[ALWAYS],
        derived=[{"fact": "day", "date_of": "first.due", "zone": "Etc/UTC"}],
    )
    case = policy.pack.facts.read({"since": SINCE})
    assert policy.decide(case, ["second"], None)["second"] == policy.decide(case, None, None)["second"]
    assert told(policy, {"since": SINCE})["second"] == ("decided", {"day": "2026-01-01"}, [])
