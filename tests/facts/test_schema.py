"""A facts schema becomes declarations, and what would be misread in it is refused."""

import copy
import json
import pickle
import re
from pathlib import Path

import pytest

import service.facts.schema
from service.errors import InvalidFactsSchema
from service.facts.declaration import MISSING
from service.facts.schema import FactsSchema

FIXTURES = Path(__file__).parents[1] / "fixtures"
DOCUMENT = json.loads((FIXTURES / "packs" / "library-loans" / "facts.schema.json").read_bytes())
LOANS = FactsSchema.from_document(DOCUMENT)
MOMENT = {"type": "string", "format": "date-time"}


def documented_codes(heading):
    """Return the codes in the table of the module's docstring that follows a heading."""
    table = (service.facts.schema.__doc__ or "").split(heading, 1)[1].split("\n=")[1]
    return set(re.findall(r"^([a-z_]+) {2}", table, re.MULTILINE))


def test_the_schema_lists_its_facts_in_order_with_what_it_says_of_them():
    """The pack's vocabulary is built from this list."""
    assert list(LOANS.facts)[:5] == ["loan.asked_at", "loan.lent_on", "loan.returned_on", "loan.kind", "loan.returned"]
    assert list(LOANS.facts)[-2:] == ["reservation.pickup.desk", "reservation.pickup.until"]
    assert dict(LOANS.subjects) == {"reservation": None, "reservation.pickup": "reservation"}
    assert LOANS.document is DOCUMENT


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("loan.kind", {"type": "string", "choices": ("book", "map", "film"), "default": MISSING, "subject": None}),
        ("loan.returned_on", {"type": "date", "absent_is_none": True}),
        ("loan.asked_at", {"type": "instant", "absent_is_none": False}),
        ("loan.overdue", {"type": "boolean", "default": False, "choices": None}),
        ("loan.days_late", {"type": "integer", "minimum": 0, "maximum": 3650}),
        ("loan.pages", {"type": "integer", "minimum": 1, "maximum": None}),
        ("loan.weight", {"type": "number", "minimum": 0, "maximum": 50}),
        (
            "loan.parts",
            {"type": "list", "item_type": "string", "unique": True, "choices": ("cover", "booklet", "disc", "insert")},
        ),
        (
            "loan.shelf_marks",
            {"type": "list", "choices": None, "min_items": 1, "max_items": 3, "min_length": 2, "max_length": 12},
        ),
        ("loan.pauses", {"type": "periods", "item_type": None}),
        ("member.name", {"type": "string", "personal": True, "min_length": 1, "max_length": 64}),
        ("member.standing", {"personal": False}),
        (
            "member.fees",
            {"type": "list", "item_type": "number", "minimum": 0, "max_items": 4, "unique": False, "default": []},
        ),
        ("reservation.urgency", {"choices": (1, 2, 3), "subject": "reservation"}),
        ("reservation.pickup.desk", {"subject": "reservation.pickup", "default": "main"}),
    ],
)
def test_a_fact_carries_what_its_schema_says(path, claims):
    """Whoever reasons about domains reads them here, not in the JSON Schema."""
    spec = LOANS.facts[path]

    assert {name: getattr(spec, name) for name in claims} == claims


def test_all_facts_in_a_personal_object_are_personal():
    """A person's record is marked once, not member by member."""
    member = {"type": "object", "x-personal": True, "properties": {"name": {"type": "string"}}}

    assert FactsSchema.from_document({"type": "object", "properties": {"member": member}}).facts["member.name"].personal


@pytest.mark.parametrize(
    "fact",
    [
        {"type": "boolean"},
        {"type": "string", "format": "date"},
        {"type": "number", "default": 1, "x-personal": True},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": {"type": "object", "properties": {"from": MOMENT, "to": MOMENT}}},
    ],
)
def test_a_fact_of_any_type_can_be_personal(fact):
    """The schema lists such facts, for whoever must keep them apart; `false` says what no mark says."""
    marked, not_marked = ({**fact, "x-personal": mark} for mark in (True, False))
    schema = FactsSchema.from_document({"type": "object", "properties": {"it": marked, "other": not_marked}})

    assert schema.personal == {"it"}


@pytest.mark.parametrize("slip", ["x-persona", "x-Personal", "x-personnal", "x-absnet"])
def test_a_misspelt_mark_of_ours_is_not_passed_over(slip):
    """Other `x-` keywords may be anybody's; but a slip here would keep a person's name in the open."""
    document = {"type": "object", "properties": {"it": {"type": "string", slip: True}}}

    with pytest.raises(InvalidFactsSchema) as refused:
        FactsSchema.from_document(document)
    assert [problem.code for problem in refused.value.problems] == ["unsupported_keyword"]
    assert refused.value.problems[0].nearest in ("x-personal", "x-absent")


HALF_A_PERIOD = {"type": "object", "properties": {"from": MOMENT}}


def _period(**to):
    return {"type": "object", "properties": {"from": MOMENT, "to": MOMENT | to.get("to", {})}}


_PERIOD = _period()


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ({"type": "string", "pattern": "^A"}, [("/pattern", "unsupported_keyword", None)]),
        ({"type": "string", "maxLenght": 3}, [("/maxLenght", "unsupported_keyword", "maxLength")]),
        ({"type": "string", "minimum": 3}, [("/minimum", "unsupported_keyword", None)]),
        ({"type": "string", "enum": ["a"], "maxLength": 3}, [("/maxLength", "unsupported_keyword", None)]),
        ({"type": "boolean", "enum": [True]}, [("/enum", "unsupported_keyword", None)]),
        ({"type": "integer", "multipleOf": 2}, [("/multipleOf", "unsupported_keyword", None)]),
        ({"type": "integer", "exclusiveMinimum": 2}, [("/exclusiveMinimum", "unsupported_keyword", None)]),
        ({"type": "object", "properties": {}, "required": []}, [("/required", "unsupported_keyword", None)]),
        (
            {"type": "array", "items": {"type": "string", "format": "date"}},
            [("/items/format", "unsupported_keyword", None)],
        ),
        ({"$ref": "#/x"}, [("/type", "bad_type", None), ("/$ref", "unsupported_keyword", None)]),
        ({"type": ["string", "null"]}, [("/type", "bad_type", None)]),
        ({"type": "null"}, [("/type", "bad_type", None)]),
        ({"enum": ["a"]}, [("/type", "bad_type", None)]),
        ({"type": "string", "format": "email"}, [("/format", "bad_type", None)]),
        ({"type": "array"}, [("/items", "bad_type", None)]),
        ({"type": "array", "items": {"type": "boolean"}}, [("/items", "bad_type", None)]),
        ({"type": "array", "items": HALF_A_PERIOD}, [("/items", "bad_type", None)]),
        ({"type": "string", "x-absent": "unknown"}, [("/x-absent", "bad_absence", None)]),
        ({"type": "string", "x-absent": "none", "default": "a"}, [("/x-absent", "bad_absence", None)]),
        ({"type": "string", "x-subject": True}, [("/x-subject", "bad_absence", None)]),
        ({"type": "object", "properties": {}, "x-absent": "none"}, [("/x-absent", "bad_absence", None)]),
        ({"type": "string", "x-personal": "yes"}, [("/x-personal", "bad_personal", None)]),
        ({"type": "string", "x-searchable": 1}, [("/x-searchable", "bad_searchable", None)]),
        ({"type": "string", "x-searchabel": True}, [("/x-searchabel", "unsupported_keyword", "x-searchable")]),
        ({"type": "string", "x-searchable": True, "x-personal": True}, [("/x-searchable", "bad_searchable", None)]),
        (
            {
                "type": "object",
                "additionalProperties": False,
                "x-personal": True,
                "properties": {"name": {"type": "string", "x-searchable": True}},
            },
            [("/properties/name/x-searchable", "bad_searchable", None)],
        ),
        ({"type": "object", "properties": {}, "x-searchable": True}, [("/x-searchable", "bad_searchable", None)]),
        (MOMENT | {"x-searchable": True}, [("/x-searchable", "bad_searchable", None)]),
        (
            {"type": "array", "items": {"type": "string", "x-searchable": True}},
            [("/items/x-searchable", "bad_searchable", None)],
        ),
        ({"type": "object", "properties": {}, "x-personal": None}, [("/x-personal", "bad_personal", None)]),
        (
            {"type": "array", "items": {"type": "string", "x-personal": True}},
            [("/items/x-personal", "bad_personal", None)],
        ),
        (
            {
                "type": "array",
                "items": {"type": "object", "properties": {"from": MOMENT | {"x-personal": True}, "to": MOMENT}},
            },
            [("/items/properties/from/x-personal", "bad_personal", None)],
        ),
        ({"type": "array", "items": _PERIOD | {"required": ["to"]}}, [("/items/required", "bad_schema", None)]),
        ({"type": "array", "items": _PERIOD | {"required": []}}, [("/items/required", "bad_schema", None)]),
        ({"type": "array", "items": _PERIOD | {"required": "from"}}, [("/items/required", "bad_schema", None)]),
        (
            {"type": "array", "items": _PERIOD | {"allOf": []}},
            [("/items/allOf", "unsupported_keyword", None)],
        ),
        ({"type": "array", "items": _PERIOD | {"x-absent": "none"}}, [("/items/x-absent", "bad_absence", None)]),
        ({"type": "array", "items": _PERIOD | {"x-subject": True}}, [("/items/x-subject", "bad_absence", None)]),
        (
            {"type": "array", "items": _PERIOD | {"additionalProperties": True}},
            [("/items/additionalProperties", "bad_schema", None)],
        ),
        (
            {"type": "array", "items": _period(to={"x-absent": "none"})},
            [("/items/properties/to/x-absent", "bad_absence", None)],
        ),
        (
            {"type": "array", "items": _period(to={"default": "x"})},
            [("/items/properties/to/default", "unsupported_keyword", None)],
        ),
        (
            {"type": "array", "items": _period(to={"x-absnt": 1})},
            [("/items/properties/to/x-absnt", "unsupported_keyword", "x-absent")],
        ),
        (
            {"type": "array", "items": {"type": "string", "x-absent": "none"}},
            [("/items/x-absent", "bad_absence", None)],
        ),
        ({"type": "number", "enum": [1, 1.0]}, [("/enum", "bad_choices", None)]),
        ({"type": "string", "enum": []}, [("/enum", "bad_choices", None)]),
        ({"type": "string", "enum": "ab"}, [("/enum", "bad_choices", None)]),
        ({"type": "string", "enum": ["a", 1]}, [("/enum", "bad_choices", None)]),
        ({"type": "integer", "enum": [1, True]}, [("/enum", "bad_choices", None)]),
        ({"type": "string", "enum": ["a", "a"]}, [("/enum", "bad_choices", None)]),
        ({"type": "integer", "minimum": 2, "maximum": 1}, [("/minimum", "bad_bounds", None)]),
        ({"type": "integer", "minimum": "2"}, [("/minimum", "bad_bounds", None)]),
        ({"type": "integer", "minimum": 0.5, "maximum": 0.7}, [("", "bad_bounds", None)]),
        ({"type": "integer", "enum": [1, 2], "minimum": 3}, [("", "bad_bounds", None)]),
        (
            {"type": "array", "uniqueItems": True, "minItems": 2, "items": {"type": "string", "enum": ["a"]}},
            [("", "bad_bounds", None)],
        ),
        ({"type": "string", "minLength": 2, "maxLength": 1}, [("/minLength", "bad_bounds", None)]),
        ({"type": "string", "enum": ["a"], "default": "b"}, [("/default", "bad_default", None)]),
        ({"type": "integer", "maximum": 3, "default": 4}, [("/default", "bad_default", None)]),
        ({"type": "string", "format": "date", "default": "2026-02-30"}, [("/default", "bad_default", None)]),
        ({"type": "boolean", "default": None}, [("/default", "bad_default", None)]),
        ({"type": "array", "items": {"type": "number"}, "default": [1, "2"]}, [("/default/1", "bad_default", None)]),
        ({"type": "object"}, [("", "bad_schema", None)]),
        (
            {"type": "object", "properties": {}, "additionalProperties": True},
            [("/additionalProperties", "bad_schema", None)],
        ),
        ({"type": "object", "properties": {"a": True}}, [("/properties/a", "bad_schema", None)]),
        ({"type": "object", "properties": {"a.b": {"type": "boolean"}}}, [("/properties/a.b", "bad_name", None)]),
        ({"type": "object", "properties": {"": {"type": "boolean"}}}, [("/properties/", "bad_name", None)]),
    ],
)
def test_a_schema_that_would_be_misread_is_refused(fact, expected):
    """A keyword that is passed over in silence would let facts in that its author meant to keep out."""
    with pytest.raises(InvalidFactsSchema) as refused:
        FactsSchema.from_document({"type": "object", "properties": {"it": fact}})

    found = [(problem.pointer, problem.code, problem.nearest) for problem in refused.value.problems]
    assert found == [("/properties/it" + pointer, code, nearest) for pointer, code, nearest in expected]
    assert {code for _, code, _ in found} <= documented_codes("FactsSchema.from_document")


def test_annotations_and_other_extensions_are_let_pass():
    """They restrict nothing; who reads them judges them."""
    fact = {
        "type": "boolean",
        "title": "T",
        "description": "D",
        "examples": [True],
        "$comment": "C",
        "x-asks": "Is it?",
    }

    assert list(FactsSchema.from_document({"type": "object", "properties": {"it": fact}}).facts) == ["it"]


def test_a_facts_schema_is_a_value():
    """What reads cases is no part of it: it is equal, and pickled, by what was declared alone."""
    read = FactsSchema.from_document(DOCUMENT)
    read.read({"loan": {"kind": "map"}})
    pickled = pickle.loads(pickle.dumps(read))

    assert read == LOANS == pickled == copy.deepcopy(read)
    assert len({read, LOANS, pickled}) == 1
    assert b"readers" not in pickle.dumps(read)
    assert pickled.read({}).values == LOANS.read({}).values


def test_facts_schemas_differ_by_what_they_declare_and_in_which_order():
    """The order of the facts is the order of what is asked and told."""
    one, other = ({"type": "object", "properties": {"it": {"type": kind}}} for kind in ("boolean", "string"))
    two, turned = (
        {"type": "object", "properties": {name: {"type": "boolean"} for name in names}} for names in ("ab", "ba")
    )
    assert FactsSchema.from_document(one) != FactsSchema.from_document(other)
    assert FactsSchema.from_document(two) != FactsSchema.from_document(turned)


def test_a_period_that_must_have_both_ends_is_right():
    """It is what a period is."""
    period = {"type": "object", "properties": {"from": MOMENT, "to": MOMENT}, "required": ["to", "from"]}
    fact = {"type": "array", "items": {**period, "additionalProperties": False, "x-asks": "When?"}}

    assert FactsSchema.from_document({"type": "object", "properties": {"it": fact}}).facts["it"].type == "periods"


def test_a_period_that_need_not_end_can_go_on():
    """It is said by what it requires."""

    def read(**more):
        period = {"type": "object", "properties": {"from": MOMENT, "to": MOMENT}, **more}
        document = {"type": "object", "properties": {"it": {"type": "array", "items": period}}}
        return FactsSchema.from_document(document).facts["it"]

    assert read(required=["from"]).open_ended
    assert not read(required=["from", "to"]).open_ended
    assert not read().open_ended


def test_what_is_wrong_with_periods_is_said_with_what_would_be_right():
    """At the load of the pack, not at each request."""
    period = {
        "type": "object",
        "properties": {"from": MOMENT, "to": MOMENT | {"x-absent": "none"}},
        "required": ["to"],
    }
    document = {"type": "object", "properties": {"pauses": {"type": "array", "items": period}}}

    with pytest.raises(InvalidFactsSchema) as refused:
        FactsSchema.from_document(document)
    first, second = (problem.message for problem in refused.value.problems)
    assert first == (
        'pauses has periods that need not begin: write "required": ["from"] where they can go on, '
        'else ["from", "to"], or leave it out.'
    )
    assert (
        second == "pauses has 'x-absent' within its items, but none of them is ever left out: it stands beside 'type'."
    )
