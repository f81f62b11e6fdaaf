"""The body of a request is checked whole, and the published schemas say the same as the code."""

import json
import pickle
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import service.decision.requests
import service.facts.cases
from service.decision.requests import DecisionRequest, read_request, unknown_decisions
from service.errors import InvalidFacts, InvalidRequest, MalformedJson, PolicyNotInForce, Problem, UnknownPolicy

SCHEMAS = Path(__file__).parents[2] / "schemas"
NAMES = ("request.schema.json", "decision.document.schema.json", "problem.schema.json")
DECISIONS = ["membership", "fine", "renewal"]


def schema(name):
    """Return a published schema."""
    return json.loads((SCHEMAS / name).read_bytes())


def problems_of(body):
    """Return the problems of a body as (pointer, code, nearest)."""
    with pytest.raises(InvalidRequest) as refused:
        read_request(body)
    return [(problem.pointer, problem.code, problem.nearest) for problem in refused.value.problems]


def test_only_the_facts_are_required():
    """All else has a meaning when left out, which others give it."""
    facts = {"loan": {"kind": "map"}}

    assert read_request({"facts": facts}) == DecisionRequest(facts, None, None, None, None)
    assert read_request({"facts": {}}).facts == {}


def test_a_full_request_is_read():
    """The instant is kept as written too, as that is what was asked."""
    body = {
        "policy": "library-loans",
        "as_of": "2026-03-01t10:00:00z",
        "decisions": ["fine", "membership"],
        "facts": {},
    }

    assert read_request(body) == DecisionRequest(
        facts={},
        decisions=("fine", "membership"),
        as_of="2026-03-01t10:00:00z",
        as_of_instant=datetime(2026, 3, 1, 10, tzinfo=UTC),
        policy="library-loans",
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, [("", "wrong_type", None)]),
        ([], [("", "wrong_type", None)]),
        ("facts", [("", "wrong_type", None)]),
        ({}, [("", "missing_member", None)]),
        ({"fact": {}}, [("", "missing_member", None), ("/fact", "unknown_member", "facts")]),
        ({"facts": []}, [("/facts", "wrong_type", None)]),
        ({"facts": None}, [("/facts", "null_value", None)]),
        ({"facts": {}, "decision": ["fine"]}, [("/decision", "unknown_member", "decisions")]),
        ({"facts": {}, "asOf": "x"}, [("/asOf", "unknown_member", "as_of")]),
        ({"facts": {}, "zz": 1, "a/b": 1}, [("/a~1b", "unknown_member", None), ("/zz", "unknown_member", None)]),
        ({"facts": {}, "decisions": "fine"}, [("/decisions", "wrong_type", None)]),
        ({"facts": {}, "decisions": {"fine": 1}}, [("/decisions", "wrong_type", None)]),
        ({"facts": {}, "decisions": None}, [("/decisions", "null_value", None)]),
        ({"facts": {}, "decisions": []}, [("/decisions", "too_short", None)]),
        ({"facts": {}, "decisions": ["fine", 2]}, [("/decisions/1", "wrong_type", None)]),
        ({"facts": {}, "decisions": [None]}, [("/decisions/0", "null_value", None)]),
        ({"facts": {}, "decisions": [["fine"]]}, [("/decisions/0", "wrong_type", None)]),
        (
            {"facts": {}, "decisions": ["fine", "renewal", "fine", "fine"]},
            [("/decisions/2", "duplicate_item", None), ("/decisions/3", "duplicate_item", None)],
        ),
        ({"facts": {}, "reference": 4711}, [("/reference", "wrong_type", None)]),
        ({"facts": {}, "reference": None}, [("/reference", "null_value", None)]),
        ({"facts": {}, "reference": ""}, [("/reference", "too_short", None)]),
        ({"facts": {}, "reference": "x" * 201}, [("/reference", "too_long", None)]),
        ({"facts": {}, "referense": "x"}, [("/referense", "unknown_member", "reference")]),
        ({"facts": {}, "as_of": 1767225600}, [("/as_of", "wrong_type", None)]),
        ({"facts": {}, "as_of": None}, [("/as_of", "null_value", None)]),
        ({"facts": {}, "as_of": ""}, [("/as_of", "bad_instant", None)]),
        ({"facts": {}, "as_of": "2026-03-01"}, [("/as_of", "bad_instant", None)]),
        ({"facts": {}, "as_of": "2026-03-01T10:00:00"}, [("/as_of", "bad_instant", None)]),
        ({"facts": {}, "as_of": "2026-12-31T23:59:60Z"}, [("/as_of", "bad_instant", None)]),
        ({"facts": {}, "as_of": "9900-01-01T00:00:00Z"}, [("/as_of", "bad_instant", None)]),
        ({"facts": {}, "policy": 7}, [("/policy", "wrong_type", None)]),
        ({"facts": {}, "policy": None}, [("/policy", "null_value", None)]),
        ({"facts": {}, "policy": ""}, [("/policy", "too_short", None)]),
        (
            {"polcy": "x", "policy": [], "as_of": "now", "decisions": [], "facts": 1},
            [
                ("/facts", "wrong_type", None),
                ("/decisions", "too_short", None),
                ("/as_of", "bad_instant", None),
                ("/policy", "wrong_type", None),
                ("/polcy", "unknown_member", "policy"),
            ],
        ),
    ],
)
def test_a_wrong_body_is_refused_with_every_problem(body, expected):
    """A member that is misspelt is never ignored: the sender meant something by it."""
    assert problems_of(body) == expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "The body must be a JSON object, not an array."),
        ({}, "The body lacks 'facts', the object that holds the case."),
        ({"facts": {}, "decisions": [True]}, "decisions[0] must be the name of a decision, a string, not a boolean."),
        ({"facts": {}, "decisions": ["a", "a"]}, "decisions[1] asks for 'a' a second time."),
        ({"facts": {}, "decision": 1}, "The body has no member 'decision'. Did you mean 'decisions'?"),
        (
            {"facts": {}, "as_of": "2026-02-30T00:00:00Z"},
            "as_of is '2026-02-30T00:00:00Z', a day or time that does not exist.",
        ),
        ({"facts": {}, "policy": None}, "policy is null, which is no value: leave it out instead."),
    ],
)
def test_a_message_says_where_what_and_what_would_be_right(body, message):
    """A message is for a person."""
    with pytest.raises(InvalidRequest) as refused:
        read_request(body)

    assert refused.value.problems[0].message == message


def test_unknown_decisions_are_told_with_the_nearest_name():
    """The pack knows its decisions; the body can only be well-formed."""
    refused = unknown_decisions(["fine", "memebrship", "zzz"], DECISIONS)

    assert refused.problems == (
        Problem(
            "/decisions/1",
            "unknown_decision",
            "The policy has no decision 'memebrship'. Did you mean 'membership'?",
            "membership",
        ),
        Problem("/decisions/2", "unknown_decision", "The policy has no decision 'zzz'.", None),
    )
    assert unknown_decisions(DECISIONS, DECISIONS) is None


MANY = sorted(map(str, range(500)))


@pytest.mark.parametrize(
    ("body", "told", "count"),
    [
        ({"facts": {}, "decisions": ["x"] * 500}, [f"/decisions/{place}" for place in range(1, 101)], 499),
        ({"facts": {}, "decisions": [1] * 500}, [f"/decisions/{place}" for place in range(100)], 500),
        (
            {"facts": {}} | dict.fromkeys(map(str, range(500))),
            [f"/{name}" for name in sorted(map(str, range(500)))[:100]],
            500,
        ),
        (
            {"facts": 1, "decisions": [1] * 500, "x": 1},
            ["/facts", *(f"/decisions/{place}" for place in range(99))],
            502,
        ),
    ],
)
def test_the_first_hundred_problems_are_told_and_the_others_counted(body, told, count):
    """A hostile body can hold half a million of them."""
    with pytest.raises(InvalidRequest) as refused:
        read_request(body)

    assert [problem.pointer for problem in refused.value.problems] == told
    assert refused.value.count == count == len(told) + refused.value.more
    assert f"and {count - 100} more" in str(refused.value)


def test_a_flood_of_unknown_decisions_is_counted():
    """And only the first are compared with those that there are."""
    refused = unknown_decisions(
        [f"fine{number}" for number in range(3000)], [*DECISIONS, *(f"d{n}" for n in range(97))]
    )

    assert (len(refused.problems), refused.more) == (100, 2900)
    assert [problem.nearest for problem in refused.problems].count("fine") == 40


def test_refusals_are_joined_with_all_that_they_count():
    """What is wrong around the facts comes first, then the facts."""
    problems = [Problem(f"/{number}", "wrong_type", "Bad.") for number in range(70)]
    joined = InvalidRequest.joining(InvalidRequest(problems, 5), InvalidFacts(problems, 7))

    assert (joined.problems, joined.more) == ((*problems, *problems[:30]), 52)
    copy = pickle.loads(pickle.dumps(joined))
    assert (type(copy), copy.problems, copy.more) == (InvalidRequest, joined.problems, 52)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InvalidRequest([Problem("", "wrong_type", "Bad.")]), "1 problem with the request:\n  (whole): Bad."),
        (UnknownPolicy("lons", "loans"), "There is no policy 'lons'. Did you mean 'loans'?"),
        (UnknownPolicy("x"), "There is no policy 'x'."),
        (
            UnknownPolicy("lons", "loans", ["loans", "fines"]),
            "There is no policy 'lons'. Did you mean 'loans'? There is: loans, fines.",
        ),
        (PolicyNotInForce("loans", "2019-12-31"), "No version of the policy 'loans' is in force on 2019-12-31."),
        (MalformedJson("trailing comma", 1, 4), "line 1, column 4: trailing comma"),
    ],
)
def test_an_error_makes_its_text_from_its_data_and_survives_pickling(error, text):
    """Bulk work sends errors from process to process, and each door words them in its own way."""
    copy = pickle.loads(pickle.dumps(error))

    assert str(error) == str(copy) == text
    assert vars(copy) == vars(error)


@pytest.mark.parametrize("name", NAMES)
def test_a_published_schema_is_a_valid_schema(name):
    """They go into the OpenAPI document as they are."""
    jsonschema.Draft202012Validator.check_schema(schema(name))


def _described(node, path=""):
    """Paths of the properties of a schema that say nothing about themselves."""
    for name, inner in node.get("properties", {}).items():
        if "description" not in inner and "$ref" not in inner:
            yield f"{path}/{name}"
        yield from _described(inner, f"{path}/{name}")
    for name, inner in node.get("$defs", {}).items():
        yield from _described(inner, f"{path}/$defs/{name}")
    if isinstance(node.get("items"), dict):
        yield from _described(node["items"], f"{path}/items")


@pytest.mark.parametrize("name", NAMES)
def test_every_property_of_a_published_schema_is_described(name):
    """The reference is generated from them."""
    assert list(_described(schema(name))) == []


def test_the_problem_schema_lists_every_code_that_is_documented():
    """A program that switches on codes needs the whole list."""
    read = service.facts.cases.__doc__ + service.decision.requests.__doc__
    documented = set(re.findall(r"^([a-z_]+) {2,}\S", read, re.MULTILINE))

    assert set(schema("problem.schema.json")["$defs"]["error"]["properties"]["code"]["enum"]) == documented


VALUES = st.sampled_from(
    [None, True, 1, "", "x", "2026-03-01T10:00:00Z", "2026-03-01", [], ["a"], ["a", "a"], ["a", 1], {}, {"a": 1}]
)
BODIES = VALUES | st.dictionaries(st.sampled_from(["facts", "decisions", "as_of", "policy", "polcy"]), VALUES)


@given(BODIES | BODIES.map(lambda body: {**body, "facts": {}} if isinstance(body, dict) else body))
def test_a_body_is_taken_exactly_when_the_published_schema_says_so(body):
    """The OpenAPI document is made from the schema: it must not promise otherwise."""
    try:
        read_request(body)
        is_taken = True
    except InvalidRequest as refused:
        codes = {problem.code for problem in refused.problems}
        is_taken = codes == {"bad_instant"}  # to the schema a format is only an annotation

    assert is_taken == jsonschema.Draft202012Validator(schema("request.schema.json")).is_valid(body)


def test_the_problems_of_a_body_fit_the_problem_schema():
    """What is sent is what is published."""
    with pytest.raises(InvalidRequest) as refused:
        read_request({"polcy": 1})
    document = {
        "type": "/problems/invalid-request",
        "title": "The request is wrong",
        "status": 422,
        "detail": str(refused.value),
        "instance": "/requests/1",
        "errors": [problem.as_json() for problem in refused.value.problems],
    }

    jsonschema.validate(document, schema("problem.schema.json"))


def _document():
    """Return a decision document about one fine."""
    cites = [{"clause": "fines", "text": "Each day late costs a fine."}]
    reason = {"rule": "fine.late", "says": "It came late.", "cites": cites, "facts": {"loan.days_late": 3}}
    fine = {
        "status": "provisional",
        "outcome": {"level": "low"},
        "because": [reason],
        "overruled": [{"rule": "fine.none", "by": "fine.late", "why": "It comes later.", "cites": [], "facts": {}}],
        "needs": ["member.kind"],
        "interpretations": ["day-of-return-is-free"],
        "notes": [{"says": "A librarian may waive it.", "cites": cites}],
    }
    digest = "sha256:" + 64 * "0"
    return {
        "id": None,
        "decided_at": None,
        "as_of": None,
        "policy": {"id": "library-loans", "version": "1.0.0", "digest": digest},
        "assumed": {"loan.overdue": False},
        "decisions": {"fine": fine},
        "audit": None,
    }


def test_a_decision_document_fits_its_schema():
    """Stored nowhere, its id, its time and its log entry are null; stored, they are there."""
    stored = {
        "id": "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
        "decided_at": "2026-03-06T22:30:01Z",
        "as_of": "2026-03-06T22:30:00Z",
        "audit": {"sequence": 1, "entry": "sha256:" + 64 * "f"},
    }

    jsonschema.validate(_document(), schema("decision.document.schema.json"))
    jsonschema.validate({**_document(), **stored}, schema("decision.document.schema.json"))


@pytest.mark.parametrize(
    "fine",
    [
        {"status": "decided"},
        {"status": "provisional", "needs": []},
        {"status": "provisional", "outcome": None},
        {"status": "undecided"},
        {"status": "not_applicable", "outcome": None},
        {"status": "unknown"},
        {"verdict": True},
    ],
)
def test_a_decision_that_contradicts_its_status_does_not_fit(fine):
    """Status, outcome and needs say one thing together."""
    document = _document()
    document["decisions"]["fine"].update(fine)

    assert not jsonschema.Draft202012Validator(schema("decision.document.schema.json")).is_valid(document)
