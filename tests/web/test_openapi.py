"""The OpenAPI document: valid, true, and of the same calls as the application."""

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.jsontext import canonical, parse
from service.web.openapi import openapi_document
from service.web.problems import PROBLEMS


@pytest.fixture(scope="module")
def document():
    """Return the document as a caller gets it."""
    return parse(canonical(openapi_document()))


def test_the_document_is_valid(document):
    """By the specification's own schema, with every reference followed (OpenAPI 3.1)."""
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_the_document_has_every_call_and_no_other(client):
    """It is written by hand beside the calls."""
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    routed = {
        (rule.rule.replace("<name>", "{policy}").replace("<id_>", "{id}"), method.lower())
        for rule in client.application.url_map.iter_rules()
        for method in methods
        if method in rule.methods
    }
    served = client.get("/v1/openapi.json").get_json()

    assert {(path, method) for path, item in served["paths"].items() for method in item} == routed


def test_every_problem_is_in_the_document_but_those_of_unknown_addresses(document):
    """A caller can write a branch for each."""
    text = canonical(document).decode()

    missing = {code for code in PROBLEMS if f"/docs/problems/{code}`" not in text}
    assert missing == {"not-found", "method-not-allowed"}


def media_types_with_examples(node):
    """Yield each schema that has examples beside it, with them."""
    if isinstance(node, dict):
        if "schema" in node and ("example" in node or "examples" in node):
            yield (
                node["schema"],
                [node["example"]] if "example" in node else [each["value"] for each in node["examples"].values()],
            )
        for value in node.values():
            yield from media_types_with_examples(value)
    elif isinstance(node, list):
        for value in node:
            yield from media_types_with_examples(value)


def test_every_example_is_as_its_schema_says(document):
    """They are what people read first."""
    found = list(media_types_with_examples(document["paths"]))

    assert found
    for schema, examples in found:
        validator = Draft202012Validator({**document, **schema})
        for example in examples:
            validator.validate(example)


def test_the_example_of_a_request_is_decided(post, document):
    """It can be pasted, whatever the policy."""
    call = document["paths"]["/v1/decisions"]["post"]

    assert post(call["requestBody"]["content"]["application/json"]["example"]).status_code == 201


def test_the_example_of_a_batch_is_decided(post, document):
    """Line by line, each as the schema of a request says."""
    call = document["paths"]["/v1/decisions/batch"]["post"]
    lines = call["requestBody"]["content"]["application/x-ndjson"]["example"]
    response = post(lines.encode(), "/v1/decisions/batch", Content_Type="application/x-ndjson")

    for line in lines.splitlines():
        Draft202012Validator({**document, "$ref": "#/components/schemas/Request"}).validate(parse(line.encode()))
    answers = [parse(line) for line in response.data.splitlines()]
    assert [each["audit"]["sequence"] for each in answers] == [1, 2]
    for answer in answers:
        Draft202012Validator({**document, "$ref": "#/components/schemas/Decision"}).validate(answer)


@pytest.mark.parametrize("name", ["Request", "Decision", "Problem"])
def test_the_examples_inside_a_schema_are_true(document, name):
    """Those of `schemas/` come along."""

    def check(schema):
        if isinstance(schema, dict):
            for example in schema.get("examples", []) if isinstance(schema.get("examples"), list) else []:
                Draft202012Validator({**document, **schema}).validate(example)
            for value in schema.values():
                check(value)
        elif isinstance(schema, list):
            for value in schema:
                check(value)

    check(document["components"]["schemas"][name])


def test_an_answer_is_as_the_document_says(post, document, late_map):
    """The schema of a decision, as moved into the document, takes a real one."""
    decision = {**document, "$ref": "#/components/schemas/Decision"}

    Draft202012Validator(decision).validate(post({"facts": late_map}).get_json())
