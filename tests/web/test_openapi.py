"""The OpenAPI document: valid, true, and of the same calls as the application."""

import importlib.util
import json
import re
import subprocess
import sys

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


def references(node):
    """Yield where everything leads that refers to something."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from [value] if key == "$ref" else references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_to_a_component(document):
    """Generators of clients look no deeper, and make names of the components' own."""
    found = set(references(document))

    assert "#/components/schemas/DecisionReason" in found
    assert [each for each in found if not re.fullmatch(r"#/components/(schemas|headers)/[A-Za-z0-9-]+", each)] == []
    assert '"$defs"' not in json.dumps(document)


@pytest.fixture(scope="module")
def models(document, tmp_path_factory):
    """The classes that a generator makes of the document."""
    folder = tmp_path_factory.mktemp("client")
    source, made = folder / "openapi.json", folder / "models.py"
    source.write_bytes(canonical(document))
    options = ["--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel"]
    subprocess.run(
        [sys.executable, "-m", "datamodel_code_generator", "--input", source, "--output", made, *options],
        check=True,
        capture_output=True,
    )
    spec = importlib.util.spec_from_file_location("generated_models", made)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_classes_made_by_a_generator_take_a_decision_and_a_problem(models, post, late_map):
    """As they are answered, and without loss."""
    decided = post({"facts": late_map})
    refused = post({"facts": {"loan": {"pags": 1}}})
    decision = models.Decision.model_validate_json(decided.data)
    problem = models.Problem.model_validate_json(refused.data)

    assert decision.decisions["fine"].because[0].rule == decided.get_json()["decisions"]["fine"]["because"][0]["rule"]
    assert problem.errors[0].nearest == "loan.pages"
    for made, answer in ((decision, decided), (problem, refused)):
        assert made.model_dump(mode="json", exclude_unset=True, by_alias=True).keys() == answer.get_json().keys()
