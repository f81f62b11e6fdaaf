"""Lists of records: every item is read member by member, and what is wrong with one is told with its place."""

import pytest

from service.errors import InvalidFacts, InvalidFactsSchema
from service.facts.in_words import question
from service.facts.schema import FactsSchema
from service.facts.values import Record, as_json

INCIDENT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["severity", "hours", "began_at"],
    "properties": {
        "severity": {"type": "integer", "enum": [1, 2, 3]},
        "hours": {"type": "number", "minimum": 0, "maximum": 720},
        "began_at": {"type": "string", "format": "date-time"},
        "desk": {"type": "string", "enum": ["east", "west"], "default": "east"},
        "cause": {"type": "string", "maxLength": 40, "x-absent": "none"},
    },
}


def schema_of(items=INCIDENT, **more):
    """Return the facts schema of one list."""
    listed = {"type": "array", "items": items, **more}
    return FactsSchema.from_document({"type": "object", "properties": {"incidents": listed}})


def problems_of(*items, **more):
    """Return the problems of a list as (pointer, code, nearest)."""
    with pytest.raises(InvalidFacts) as refused:
        schema_of(**more).read({"incidents": list(items)})
    return [(each.pointer.removeprefix("/facts/incidents"), each.code, each.nearest) for each in refused.value.problems]


FINE = {"severity": 1, "hours": 2.5, "began_at": "2026-03-01T09:00:00Z"}


def test_an_item_is_read_member_by_member():
    """What is left out has its default, or the item has none; the order in which members are given says nothing."""
    given = [{**FINE, "cause": "flood", "desk": "west"}, dict(reversed(FINE.items()))]
    case = schema_of().read({"incidents": given})

    first, second = case.values["incidents"]
    assert isinstance(first, Record)
    assert [name for name, _ in second] == ["severity", "hours", "began_at", "desk", "cause"]
    assert (dict(first)["desk"], dict(second)["desk"], dict(second)["cause"]) == ("west", "east", None)
    assert as_json(case.values["incidents"]) == [{**FINE, "desk": "west", "cause": "flood"}, {**FINE, "desk": "east"}]
    assert case.given == {"incidents": given}


def test_what_is_wrong_with_items_is_told_with_its_place():
    """All of it, item by item: what is lacking, then wrong members in order, then those that an item can't have."""
    assert problems_of(
        FINE,
        {**FINE, "hours": -1, "severity": 4},
        {"severity": 1, "hors": 3},
        "flood",
        {**FINE, "began_at": "yesterday", "desk": "eest"},
    ) == [
        ("/1/severity", "not_allowed", None),
        ("/1/hours", "out_of_range", None),
        ("/2", "missing_member", None),
        ("/2", "missing_member", None),
        ("/2/hors", "unknown_member", "hours"),
        ("/3", "wrong_type", None),
        ("/4/began_at", "bad_instant", None),
        ("/4/desk", "not_allowed", "east"),
    ]


def test_a_message_names_the_member_of_the_item():
    """As a sentence calls it."""
    with pytest.raises(InvalidFacts) as refused:
        schema_of().read({"incidents": [FINE, {**FINE, "hours": 1000}]})

    assert [each.message for each in refused.value.problems] == ["incidents[1].hours is 1000, but must be at most 720."]


def test_a_list_may_be_too_short_or_too_long():
    """Its bounds count items."""
    assert problems_of(FINE, FINE, maxItems=1) == [("", "too_long", None)]
    assert problems_of(minItems=1) == [("", "too_short", None)]


def test_a_list_may_have_a_default_and_be_none_itself():
    """As any fact may."""
    assert schema_of(default=[FINE]).read({}).assumed == {"incidents": [FINE]}
    assert schema_of(**{"x-absent": "none"}).read({}).values == {"incidents": None}


def test_a_list_is_asked_for_in_words():
    """With what its items have."""
    assert question(schema_of().facts["incidents"]) == (
        "Which are incidents? A list of objects, each with severity (one of 1, 2, 3), hours (a number from 0 to 720), "
        "began_at (an instant such as 2026-01-31T09:00:00Z), desk (one of east, west; may be left out), "
        "cause (text of at most 40 characters; may be left out)."
    )


def test_a_personal_member_makes_the_whole_list_personal():
    """It is stored apart as a whole."""
    items = {**INCIDENT, "properties": {**INCIDENT["properties"], "cause": {"type": "string", "x-absent": "none"}}}
    items["properties"]["cause"]["x-personal"] = True
    assert schema_of(items).personal == {"incidents"}


def changed(name, **more):
    """Return the items with something else said of a member."""
    return {**INCIDENT, "properties": {**INCIDENT["properties"], name: {**INCIDENT["properties"][name], **more}}}


@pytest.mark.parametrize(
    ("items", "more", "expected"),
    [
        ({**INCIDENT, "required": ["severity"]}, {}, ["/items/properties/hours", "/items/properties/began_at"]),
        ({**INCIDENT, "required": [*INCIDENT["required"], "desk"]}, {}, ["/items/properties/desk/default"]),
        ({**INCIDENT, "required": [*INCIDENT["required"], "cause"]}, {}, ["/items/properties/cause/x-absent"]),
        ({**INCIDENT, "required": [*INCIDENT["required"], "hors"]}, {}, ["/items/required/3"]),
        ({**INCIDENT, "additionalProperties": True}, {}, ["/items/additionalProperties"]),
        ({**INCIDENT, "minProperties": 1}, {}, ["/items/minProperties"]),
        ({"type": "object", "properties": {}}, {}, ["/items"]),
        (changed("hours", type="array"), {}, ["/items/properties/hours/type"]),
        (changed("cause", type="objekt"), {}, ["/items/properties/cause/type"]),
        (changed("hours", maximum=-1), {}, ["/items/properties/hours/minimum"]),
        (changed("desk", default="north"), {}, ["/items/properties/desk/default"]),
        (changed("desk", **{"x-searchable": True}), {}, ["/items/properties/desk/x-searchable"]),
        (INCIDENT, {"x-searchable": True}, ["/x-searchable"]),
        (INCIDENT, {"uniqueItems": True}, ["/uniqueItems"]),
        (INCIDENT, {"default": [{**FINE, "hours": -1}]}, ["/default/0/hours"]),
    ],
)
def test_a_schema_that_leaves_something_open_is_refused(items, more, expected):
    """Above all what it means that a member is left out."""
    with pytest.raises(InvalidFactsSchema) as refused:
        schema_of(items, **more)

    found = [each.pointer.removeprefix("/properties/incidents") for each in refused.value.problems]
    assert sorted(set(found)) == sorted(expected)
