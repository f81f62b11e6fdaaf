"""Schemathesis over the whole OpenAPI document: whatever it makes up is answered as the document says.

The application is called in this process. What is drawn is drawn again with the seed that a failure prints.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from service.audit.log.notary import Notary
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.web.app import create_app
from service.web.openapi import openapi_document
from tests.thorough import tried
from tests.web.conftest import LATE_MAP

CALLS = {
    (method.upper(), path): operation
    for path, operations in openapi_document()["paths"].items()
    for method, operation in operations.items()
}
BATCH = ("POST", "/v1/decisions/batch")  # any text is lines, each of which is answered
TAKING = [
    call
    for call, operation in CALLS.items()
    if call != BATCH and (operation.get("parameters") or "requestBody" in operation)
]


@schemathesis.serializer("application/x-ndjson")
def as_lines(_, value):
    """Lines are sent as they are drawn."""
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def schema(desk, tmp_path_factory):
    """The document of a service that has kept and signed a decision, as Schemathesis reads it.

    One for all calls: what some of them keep is there for the others, and to read the document takes as long as many.
    """
    folder = tmp_path_factory.mktemp("schemathesis")
    store = Store(open_database(str(folder / "audit.db")), Notary(folder / "audit.key", "example.com/loans"))
    store.prepare()
    app = create_app(desk, store)
    app.test_client().post("/v1/decisions", json={"facts": LATE_MAP})
    yield schemathesis.openapi.from_wsgi("/v1/openapi.json", app)
    store.close()


def is_beyond_schemas(case, answer):
    """Tell whether an answer refuses what no schema can forbid.

    A cursor that the service has not given, an outcome that can't be read, and a period whose end comes first.
    """
    if answer.status_code == 422:
        return {error["code"] for error in answer.json()["errors"]} == {"backward_period"}
    return answer.status_code == 400 and case.operation.label == "GET /v1/decisions"


def try_out(operation, mode):
    """Make calls of one operation, and check each answer against the document."""

    @given(case=operation.as_strategy(generation_mode=mode))
    # What is drawn is new in each run: a few runs see as much as a long one.
    @settings(max_examples=tried(12, 600), deadline=None, suppress_health_check=list(HealthCheck))
    def run(case):
        answer = case.call()
        left_out = [positive_data_acceptance] if is_beyond_schemas(case, answer) else []
        case.validate_response(answer, excluded_checks=left_out)

    run()


@pytest.mark.parametrize(("method", "path"), CALLS, ids=map(" ".join, CALLS))
def test_what_the_document_allows_is_taken(schema, method, path):
    """And answered with a status, media type, headers and a body that the document has."""
    try_out(schema[path][method], GenerationMode.POSITIVE)


@pytest.mark.parametrize(("method", "path"), TAKING, ids=map(" ".join, TAKING))
def test_what_the_document_forbids_is_refused(schema, method, path):
    """With a problem that the document has."""
    try_out(schema[path][method], GenerationMode.NEGATIVE)
