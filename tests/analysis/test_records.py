"""Unknown lists of records: all that is asked of one list is seen together, over every list that the schema allows."""

import orjson
import pytest

from service.analysis.cells import cells_of
from service.analysis.terms import ChosenOf, Unknown
from service.decision.policy import Policy
from service.decision.proving import find_gaps
from service.facts.schema import FactsSchema
from service.model.conditions import Not
from service.model.conditions import Test as Leaf
from service.model.names import OfItem
from tests.analysis.small_packs import load, rules

INCIDENTS = {
    "type": "array",
    "maxItems": 3,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["severity", "hours", "began_on", "billed"],
        "properties": {
            "severity": {"type": "integer", "enum": [1, 2, 3]},
            "hours": {"type": "number", "minimum": 0, "maximum": 24},
            "began_on": {"type": "string", "format": "date"},
            "ended_on": {"type": "string", "format": "date", "x-absent": "none"},
            "billed": {"type": "number", "minimum": 0, "maximum": 30},
            "cause": {"type": "string", "x-absent": "none"},
        },
    },
}
FACTS = {
    "incidents": INCIDENTS,
    "plan": {"type": "string", "enum": ["silver", "gold"]},
    "reason": {"type": "string"},
    "limit": {"type": "number"},
}
DERIVED = [
    {"fact": "x.severe", "count": "incidents", "where": {"severity": 1}},
    {"fact": "x.mild", "count": "incidents", "where": {"severity": [2, 3]}},
    {"fact": "x.all", "sum": ["x.severe", "x.mild"]},
    {"fact": "x.lost", "sum": "incidents", "of": "hours", "where": {"severity": 1}},
    {"fact": "x.worst", "greatest": "incidents", "of": "hours"},
    {"fact": "x.least", "least": "incidents", "of": "hours"},
    {"fact": "x.last", "latest": "incidents", "of": "began_on", "where": {"severity": 1}},
]


@pytest.fixture
def told(tmp_path):
    """Return what says of a condition what a case comes to: the status, the outcome, what is needed, and if exactly."""

    def tell(when, facts=None, **declared):
        given = rules("d", (when, {"is": True}), ({}, {"is": False}))
        decision = {"decision": "d", "gives": {"is": "boolean"}, "hit_policy": "first", "rules": given}
        pack = load(tmp_path, {**FACTS, **declared}, decision, derived=DERIVED)
        (written,) = Policy(pack).decide(pack.facts.read(facts or {}), None, None).values()
        found = orjson.loads(written)
        return found["status"], (found["outcome"] or {}).get("is"), found["needs"], found.get("exact", True)

    return tell


ALWAYS, NEVER = ("decided", True, [], True), ("decided", False, [], True)
OPEN = ("provisional", False, ["incidents"], True)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"incidents": {"some": {"severity": 1}}}, OPEN),
        ({"any": [{"incidents": {"some": {"severity": 1}}}, {"incidents": {"no": {"severity": 1}}}]}, ALWAYS),
        ({"incidents": {"some": {"severity": 1}, "empty": True}}, NEVER),
        ({"incidents": {"no": {"severity": 1}}, "x.severe": {"at_least": 1}}, NEVER),
        ({"incidents": {"every": {"severity": 1}}, "x.mild": {"at_least": 1}}, NEVER),
        ({"incidents": {"every": {"severity": 1}, "no": {"severity": 1}, "empty": False}}, NEVER),
        ({"x.all": {"at_most": 3}}, ALWAYS),
        ({"x.severe": {"at_least": 2}, "x.mild": {"at_least": 2}}, NEVER),
        ({"x.severe": {"at_least": 2}, "x.mild": {"at_least": 1}}, OPEN),
        ({"x.lost": {"at_most": 72}}, ALWAYS),
        ({"x.lost": {"at_most": 71.5}}, OPEN),
        ({"x.lost": {"more_than": 48}, "x.mild": {"at_least": 1}}, NEVER),
        ({"x.lost": {"more_than": 0}, "incidents": {"no": {"severity": 1, "hours": {"more_than": 0}}}}, NEVER),
        ({"x.lost": {"more_than": 30}, "x.severe": {"at_most": 1}}, NEVER),
        ({"x.worst": {"at_least": 5}, "incidents": {"every": {"hours": {"less_than": 5}}}}, NEVER),
        ({"x.worst": {"less_than": 5}, "x.lost": {"at_least": 15}}, NEVER),
        ({"x.worst": {"less_than": 5}, "x.lost": {"at_least": 14.5}}, OPEN),
        ({"x.least": {"more_than": 3}, "incidents": {"some": {"hours": 3}}}, NEVER),
        ({"x.least": {"known": False}, "incidents": {"empty": False}}, NEVER),
        ({"x.last": {"after": "2026-03-01"}, "incidents": {"every": {"began_on": {"before": "2026-03-01"}}}}, NEVER),
        ({"x.last": {"after": "2026-03-01"}, "incidents": {"no": {"severity": 1}}}, NEVER),
        ({"incidents": {"some": {"cause": {"known": True}}, "every": {"cause": {"known": False}}}}, NEVER),
        ({"incidents": {"some": {"cause": {"starts_with": "ab"}}, "no": {"cause": {"contains": "a"}}}}, NEVER),
    ],
)  # fmt: skip
def test_what_is_asked_of_one_list_is_seen_together(told, when, expected):
    """Two questions about one list are not independent, as if there were two lists."""
    assert told(when) == expected


def test_names_of_the_case_beside_an_item_are_gone_through(told):
    """What no value of them changes is decided."""
    either = {"any": [{"plan": "gold", "severity": 1}, {"plan": "silver", "severity": 1}]}
    same = {"some": either, "no": {"severity": 1}}
    assert told({"incidents": same}) == NEVER
    status, _, needs, is_exact = told({"incidents": {"some": {"plan": "gold", "severity": 1}}})
    assert (status, set(needs), is_exact) == ("provisional", {"incidents", "plan"}, True)
    assert told({"incidents": {"some": {"plan": "gold", "severity": 1}}}, {"plan": "silver"}) == NEVER
    status, _, needs, is_exact = told({"incidents": {"some": {"cause": {"same_as": "reason"}}}})
    assert (status, set(needs), is_exact) == ("provisional", {"incidents", "reason"}, True)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"some": {"ended_on": {"before": "began_on"}}}, OPEN),
        ({"some": {"ended_on": {"before": "began_on"}}, "no": {"began_on": {"after": "ended_on"}}}, NEVER),
        ({"some": {"ended_on": {"same_as": "began_on"}}, "every": {"ended_on": {"known": False}}}, NEVER),
        (
            {"some": {"ended_on": {"before": "began_on"}, "began_on": {"before": "2026-03-03"}},
             "every": {"ended_on": {"on_or_after": "2026-03-01"}}},
            OPEN,
        ),
        (
            {"some": {"ended_on": {"before": "began_on"}, "began_on": {"before": "2026-03-03"}},
             "every": {"ended_on": {"on_or_after": "2026-03-01"}, "began_on": {"not": "2026-03-02"}}},
            NEVER,
        ),
        ({"some": {"billed": {"less_than": "hours"}}, "every": {"billed": {"at_least": 24}}}, NEVER),
        ({"some": {"billed": {"more_than": "hours"}}, "every": {"billed": {"at_most": 0}}}, NEVER),
        ({"some": {"billed": {"same_as": "hours"}}, "every": {"billed": {"more_than": 24}}}, NEVER),
        ({"some": {"billed": {"same_as": "hours"}}, "every": {"billed": {"at_least": 24}}}, OPEN),
    ],
)  # fmt: skip
def test_two_members_of_an_item_are_compared_with_each_other(told, when, expected):
    """In each order in which they can stand between the constants that they are compared with."""
    assert told({"incidents": when}) == expected


def test_a_member_that_is_summed_and_compared_with_another_is_told_as_not_exact(told):
    """What it comes to hangs on the other, which is not looked into."""
    found = told({"incidents": {"some": {"billed": {"less_than": "hours"}}}, "x.lost": {"more_than": 5}})
    assert (found[0], found[2:]) == ("provisional", (["incidents"], False))


FLOOD = {"severity": 1, "hours": 3, "billed": 3, "began_on": "2026-03-01", "cause": "flood"}
FIRE = {**FLOOD, "hours": 5, "cause": "fire"}


def test_a_known_list_is_gone_through_item_by_item(told):
    """What its items are compared with may be any number."""
    longer = {"incidents": {"some": {"hours": {"more_than": "limit"}}}}
    assert told(longer, {"incidents": [FLOOD, FIRE]}) == ("provisional", False, ["limit"], True)
    assert told(longer, {"incidents": []}) == NEVER
    assert told({**longer, "limit": {"at_least": 5}}, {"incidents": [FLOOD, FIRE]}) == NEVER
    assert told({**longer, "limit": {"at_least": 4.5}}, {"incidents": [FLOOD, FIRE]})[0] == "provisional"
    # one of several: how many are longer hangs on the same number
    two = {"incidents": {"some": {"hours": {"more_than": "limit"}}, "every": {"hours": {"at_most": "limit"}}}}
    assert told(two, {"incidents": [FLOOD, FIRE]}) == NEVER


def test_an_unknown_list_against_an_unknown_number_is_told_as_not_exact(told):
    """Not as settled, whatever it would come to."""
    status, _, needs, is_exact = told({"incidents": {"some": {"hours": {"more_than": "limit"}}}})
    assert (status, set(needs), is_exact) == ("provisional", {"incidents", "limit"}, False)
    assert told({"x.worst": {"more_than": "limit"}}, {"limit": 3}) == OPEN


def test_a_list_that_must_have_items_has_some(told):
    """By the bounds of the schema."""
    one = {**INCIDENTS, "minItems": 1}
    assert told({"incidents": {"empty": True}}, incidents=one) == NEVER
    assert told({"x.worst": {"known": True}}, incidents=one) == ALWAYS


@pytest.mark.parametrize(("count", "is_exact"), [(6, True), (8, False), (17, False)])
def test_what_is_asked_of_a_list_is_gone_through_within_bounds(tmp_path, count, is_exact):
    """Beyond them it is told as not exact, and soon."""
    flags = {f"f{i}": {"type": "boolean"} for i in range(count)}
    items = {"type": "object", "additionalProperties": False, "required": [*flags], "properties": flags}
    given = rules("d", *[({"them": {"some": {name: True}}}, {"names": [name]}) for name in flags])
    decision = {"decision": "d", "gives": {"names": "list"}, "hit_policy": "collect", "rules": given}
    pack = load(tmp_path, {"them": {"type": "array", "items": items}}, decision)
    (written,) = Policy(pack).decide(pack.facts.read({}), None, None).values()
    found = orjson.loads(written)
    assert (found["needs"], found.get("exact", True)) == (["them"], is_exact)


@pytest.mark.parametrize(("count", "is_exact"), [(60, True), (61, False)])
def test_a_known_list_is_gone_through_within_bounds(told, count, is_exact):
    """By the kinds of its items, as far as they are compared with what is unknown."""
    items = [{**FLOOD, "hours": i / 10, "cause": str(i)} for i in range(count)]
    when = {"incidents": {"every": {"hours": {"at_most": "limit"}}}}
    found = told(when, {"incidents": [*items, *items]}, incidents={**INCIDENTS, "maxItems": 200})
    assert (found[2], found[3]) == (["limit"], is_exact)


def test_a_gap_is_shown_by_a_case_that_the_schema_allows(tmp_path):
    """A witness has a list with such items."""
    given = rules(
        "d", ({"x.lost": {"more_than": 30}}, {"is": True}), ({"incidents": {"no": {"severity": 1}}}, {"is": False})
    )
    decision = {"decision": "d", "gives": {"is": "boolean"}, "hit_policy": "unique", "rules": given}
    (found,) = find_gaps(load(tmp_path, FACTS, decision, derived=DERIVED))
    assert "incidents has an item where severity 1" in found.message
    assert '"severity":1' in found.message


def test_items_are_of_as_many_kinds_as_conditions_tell_apart():
    """A condition and its negation are two, whatever the other members are."""
    spec = FactsSchema.from_document({"type": "object", "properties": {"incidents": INCIDENTS}}).facts["incidents"]
    severe = Leaf(OfItem("incidents[].severity"), "equals", 1)
    long = Not(Leaf(OfItem("incidents[].hours"), "at_most", 10))
    picks = [ChosenOf(Unknown("incidents", "records"), where) for where in (severe, long)]

    assert [cell.truths for cell in cells_of(spec, picks, ())] == [
        (True, False),
        (True, True),
        (False, False),
        (False, True),
    ]
    spans = {
        (each.low, each.high, each.above, each.below)
        for cell in cells_of(spec, picks, ("hours",))
        for each in cell.spans
    }
    assert spans == {(0, 10, False, True), (10, 10, False, False), (10, 24, True, False)}


@pytest.mark.parametrize(
    ("plan", "expected"),
    [("silver", ("decided", {"number": 0}, [])), ("gold", ("undecided", None, ["incidents"]))],
)
def test_a_condition_that_no_item_can_meet_chooses_none(tmp_path, plan, expected):
    """However many items there are: a number of them hangs on nothing that is unknown."""
    derived = {"fact": "x.golden", "count": "incidents", "where": {"plan": "gold", "severity": 1}}
    decision = {
        "decision": "d",
        "gives": {"number": "integer"},
        "rules": rules("d", ({}, {"number": {"from": "x.golden"}})),
    }
    pack = load(tmp_path, FACTS, decision, derived=[derived])
    (written,) = Policy(pack).decide(pack.facts.read({"plan": plan}), None, None).values()
    found = orjson.loads(written)
    assert (found["status"], found["outcome"], found["needs"]) == expected


def test_a_condition_that_every_item_meets_chooses_all(tmp_path):
    """So that there are as many as in the list."""
    derived = [
        {"fact": "x.some", "count": "incidents", "where": {"hours": {"at_most": 24}}},
        {"fact": "x.number", "count": "incidents"},
        {"fact": "x.others", "difference": ["x.number", "x.some"]},
    ]
    decision = {
        "decision": "d",
        "gives": {"number": "integer"},
        "rules": rules("d", ({}, {"number": {"from": "x.others"}})),
    }
    pack = load(tmp_path, FACTS, decision, derived=derived)
    (written,) = Policy(pack).decide(pack.facts.read({}), None, None).values()
    found = orjson.loads(written)
    assert (found["status"], found["outcome"], found["needs"]) == ("decided", {"number": 0}, [])
