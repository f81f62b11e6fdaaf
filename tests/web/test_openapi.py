"""The OpenAPI document: valid, true, and of the same calls as the application."""

import hashlib
import importlib.util
import json
import re
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.audit.log.entries import write_entry
from service.audit.log.notary import Notary
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.decision.desk import Desk
from service.jsontext import canonical, parse
from service.web.app import create_app
from service.web.call_examples import EXAMPLE_ID
from service.web.callers import Caller, Callers
from service.web.openapi import openapi_document
from service.web.problems import PROBLEMS

PAGES = ("people.", "viewer.")
"""Endpoints that are for people, who do not read the document."""


@pytest.fixture(scope="module")
def documents(desk, support):
    """The document as callers get it: of a service with either pack, and of one who is not told what is in force."""
    desks = {"loans": desk, "support": Desk([support]), "nothing": None}
    return {name: parse(canonical(openapi_document(each))) for name, each in desks.items()}


@pytest.fixture(scope="module", params=["loans", "support", "nothing"])
def in_force(request):
    """What is in force, by name."""
    return request.param


@pytest.fixture(scope="module")
def document(documents, in_force):
    """One of them."""
    return documents[in_force]


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
        if method in rule.methods and not rule.endpoint.startswith(PAGES)
    }
    served = client.get("/v1/openapi.json").get_json()

    assert {(path, method) for path, item in served["paths"].items() for method in item} == routed


def test_every_call_is_in_a_group_that_is_there(document):
    """A reader finds those that belong together side by side."""
    groups = {each["name"] for each in document["tags"]}
    used = {tag for item in document["paths"].values() for operation in item.values() for tag in operation["tags"]}

    assert used == groups


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


class Examples:
    """Makes the call of each operation as its examples say, to a service that has the document they ask for."""

    def __init__(self, desk, store):
        self.client = create_app(desk, store).test_client()
        self.document = self.client.get("/v1/openapi.json").get_json()
        decided = desk.decide(desk.read({"facts": {}}))
        store.append(write_entry(decided, Stamp(EXAMPLE_ID)), decided.policy.pack)

    def operations(self):
        """Yield method, path and operation of each."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                yield method, path, operation

    def bodies(self, operation):
        """Return the bodies of an operation's examples, as JSON or lines; None where it takes no body."""
        if "requestBody" not in operation:
            return [None]
        ((_, content),) = operation["requestBody"]["content"].items()
        return (
            [each["value"] for each in content["examples"].values()] if "examples" in content else [content["example"]]
        )

    def call(self, method, path, operation, body):
        """Return the answer to an operation whose parameters are those of its examples."""
        values = {"path": {}, "query": {}, "header": {}}
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                values[parameter["in"]][parameter["name"]] = parameter["example"]
        if "Idempotency-Key" in values["header"]:
            values["header"]["Idempotency-Key"] += json.dumps(body)[:200]
        return self.client.open(
            path.format(**values["path"]),
            method=method,
            query_string=values["query"],
            headers=values["header"],
            **({"data": body, "content_type": "application/x-ndjson"} if isinstance(body, str) else {"json": body}),
        )


@pytest.fixture(params=["loans", "support"])
def examples(request, desk, support, signed_store):
    """Examples of a service with either pack."""
    return Examples(desk if request.param == "loans" else Desk([support]), signed_store)


@pytest.fixture
def signed_store(store, tmp_path):
    """A store that signs checkpoints."""
    signed = Store(store.database, Notary(tmp_path / "audit.key", "example.com/loans"))
    signed.prepare()
    return signed


def test_every_operation_has_an_example(examples):
    """Of what is sent, of what is answered, or of both."""
    for method, path, operation in examples.operations():
        shown = media_types_with_examples([operation.get(name) for name in ("parameters", "requestBody")])
        answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert [*shown, *media_types_with_examples(answers)], (method, path)
        for parameter in operation.get("parameters", ()):
            assert "example" in parameter or not parameter.get("required"), (method, path, parameter["name"])


def test_every_example_is_answered_as_the_document_says(examples):
    """Whoever pastes one sees it work."""
    for method, path, operation in examples.operations():
        for body in examples.bodies(operation):
            answer = examples.call(method, path, operation, body)
            told = operation["responses"].get(str(answer.status_code))
            assert answer.status_code in {200, 201}, (method, path, answer.get_data(as_text=True)[:500])
            schema = told["content"][answer.mimetype]["schema"]
            value = answer.get_json() if answer.is_json else answer.get_data(as_text=True)
            Draft202012Validator({**examples.document, **schema}).validate(value)


def test_requests_are_worked_cases_of_each_policy(desk, pack, make_version):
    """Those of a pack whose days would have to be met are left out, unless they say of which day they are."""
    requests = openapi_document(desk)["paths"]["/v1/decisions"]["post"]["requestBody"]["content"]["application/json"]
    titles = {case.title for case in pack.cases}
    shown = [each["summary"] for each in requests["examples"].values()]

    assert shown[0] == "Nothing is known"
    assert len(shown) == 4
    assert set(shown[1:]) <= titles
    dated = openapi_document(Desk([make_version("2.0.0", **{"from": "2026-07-01"})]))
    content = dated["paths"]["/v1/decisions"]["post"]["requestBody"]["content"]["application/json"]
    assert all("as_of" in each["value"] for each in content["examples"].values())


def without_years(node):
    """Return a schema without what the document says of years beyond the pack's own."""
    if isinstance(node, dict):
        is_dated = node.get("format") in ("date", "date-time")
        return {name: without_years(each) for name, each in node.items() if name != "pattern" or not is_dated}
    return [without_years(each) for each in node] if isinstance(node, list) else node


@pytest.mark.parametrize(
    ("instant", "is_taken"),
    [
        ("1900-01-01T00:00:00Z", True),
        ("9899-12-31T00:00:00Z", True),
        ("1899-12-31T00:00:00Z", False),
        ("9900-01-01T00:00:00Z", False),
        ("0130-01-01T00:00:00Z", False),
    ],
)
def test_the_years_that_are_taken_are_those_of_the_document(post, document, instant, is_taken):
    """A generated client sees them."""
    schema = {**document, "$ref": "#/components/schemas/Request"}
    body = {"facts": {}, "as_of": instant}

    assert Draft202012Validator(schema).is_valid(body) is is_taken
    assert (post(body).status_code == 201) is is_taken


def test_the_facts_schema_of_each_version_stands_in_the_document(make_version):
    """A generated client knows the facts; one of them is what a request has."""
    versions = [make_version("1.0.0", until="2026-06-30"), make_version("2.0.0", **{"from": "2026-07-01"})]
    schemas = parse(canonical(openapi_document(Desk(versions))))["components"]["schemas"]

    for pack in versions:
        shown = without_years(schemas[f"Facts-{pack.id}-{pack.version}".replace(".", "-")])
        assert shown == without_years(parse(canonical(pack.facts.document)))
    assert schemas["Request"]["properties"]["policy"]["enum"] == ["library-loans"]
    assert schemas["Request"]["properties"]["decisions"]["items"]["enum"] == sorted(versions[0].decisions)
    assert [each["$ref"].rpartition("/")[2] for each in schemas["Request"]["properties"]["facts"]["anyOf"]] == [
        "Facts-library-loans-1-0-0",
        "Facts-library-loans-2-0-0",
    ]


def test_facts_are_told_only_to_callers_that_are_known(desk, store):
    """The vocabulary of a policy is part of it, and `/v1/policies` is not for everybody either."""
    token = "a" * 43
    callers = Callers({hashlib.sha256(token.encode()).hexdigest(): Caller("desk", frozenset())})
    client = create_app(desk, store, callers=callers).test_client()

    assert b"Facts-library-loans" not in client.get("/v1/openapi.json").data
    known = client.get("/v1/openapi.json", headers={"Authorization": f"Bearer {token}"})
    assert b"Facts-library-loans" in known.data


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


# To import the generator takes longer than to make the classes of one document.
GENERATE = """
import sys
from datamodel_code_generator.__main__ import main
for source in sys.argv[1:]:
    kinds = ["--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel"]
    assert main(["--input", source, "--output", source + ".py", *kinds]) == 0
"""


@pytest.fixture(scope="module")
def generated(documents, tmp_path_factory):
    """The files with the classes that a generator makes of each document, by what the service is."""
    folder = tmp_path_factory.mktemp("client")
    for name, document in documents.items():
        (folder / name).write_bytes(canonical(document))
    command = [sys.executable, "-c", GENERATE, *(folder / name for name in documents)]
    subprocess.run(command, check=True, capture_output=True)
    return {name: folder / f"{name}.py" for name in documents}


@pytest.fixture(scope="module")
def models(generated, in_force):
    """The classes that a generator makes of the document."""
    spec = importlib.util.spec_from_file_location("generated_models", generated[in_force])
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
