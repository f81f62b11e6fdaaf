"""The OpenAPI 3.1 document of the calls, and the call that gives it. Bodies are described by files of `schemas/`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from flask import Blueprint, Response

from service import __version__
from service.decision.desk import Desk
from service.jsontext import Json, canonical, parse
from service.pack.case_files import STATUSES
from service.shipped import schemas_folder
from service.web.answers import LINES as NDJSON
from service.web.answers import accept_json, answer
from service.web.call_examples import EXAMPLE_ID, add_examples
from service.web.facts_in_openapi import decision_names, example_requests, facts_schemas
from service.web.page_schemas import PAGE_SCHEMAS
from service.web.parameters import LARGEST_SIZE, read_parameters
from service.web.problems import PROBLEMS, type_of
from service.web.searching import DEFAULT_LIMIT, FILTERS, MOST_ITEMS

__all__ = ["openapi_call", "openapi_document"]

_SCHEMAS = {
    "Request": "request.schema.json",
    "Decision": "decision.document.schema.json",
    "Problem": "problem.schema.json",
}
_ALWAYS = ("bad-request", "internal-error")
_OF_CALLS = ("bad-parameter", "not-acceptable")
_OF_BODIES = (
    "malformed-json",
    "request-timeout",
    "unsupported-media-type",
    "too-large",
    "invalid-facts",
    "invalid-request",
)
_OF_POLICIES = ("unknown-policy", "policy-not-in-force", "overloaded")
_OF_KEYS = ("bad-idempotency-key", "idempotency-key-reused")
_OF_STORE = ("store-unavailable", "damaged-entry")
_OF_PACKS = ("unknown-policy", "unknown-version")
_HEADERS = {"401": "WWW-Authenticate", "403": "WWW-Authenticate", "503": "Retry-After"}
"""Status of a problem -> the header that comes with it."""
_REQUEST: Json = {"facts": {}, "as_of": "2026-01-31T09:00:00Z"}
"""A request that every policy can answer."""
_LINES = '{"facts":{}}\n{"facts":{},"as_of":"2026-01-31T09:00:00Z"}\n'
"""Lines that every policy can answer."""
_INSTANCE = f"urn:uuid:{EXAMPLE_ID}"

_TAGS = {"/v1/decisions": "Decisions", "/v1/policies": "Policies", "/v1/checkpoint": "Proofs"}
_OTHER_TAG = "Service"
_YEARS = "^(19|[2-8][0-9]|9[0-8])[0-9]{2}-"
_UUID: Json = {"type": "string", "format": "uuid"}

_Object = dict[str, Json]


def openapi_call(desk: Desk, may_see_policies: Callable[[], bool]) -> Blueprint:
    """Return the call.

    may_see_policies  tells whether who makes the current request is told what is in force
    """
    calls = Blueprint("openapi", __name__)

    @cache
    def text(*, with_policies: bool) -> bytes:
        return canonical(openapi_document(desk if with_policies else None))

    @calls.get("/v1/openapi.json")
    def openapi() -> Response:
        accept_json()
        read_parameters()
        return answer(text(with_policies=may_see_policies()))

    return calls


def openapi_document(desk: Desk | None = None) -> Mapping[str, Json]:
    """Return the document. Raises FileNotFoundError when the installation lacks its schemas.

    desk  the policies in force, whose facts stand in it; without one facts are any object
    """
    document = _document()
    if desk is not None:
        _add_policies(document, desk)
    _add_years(document["paths"])
    for name, schema in document["components"]["schemas"].items():
        if name == "Request" or name.startswith("Facts-"):
            _add_years(schema)
    add_examples(document["paths"], None if desk is None else desk.default)
    _add_tags(document)
    return document


def _add_years(node: Any) -> None:
    """Say of each date and instant that is sent of which years it can be: 1900 to 9899."""
    if isinstance(node, dict):
        if node.get("format") in {"date", "date-time"}:
            node.setdefault("pattern", _YEARS)
        for value in node.values():
            _add_years(value)
    elif isinstance(node, list):
        for value in node:
            _add_years(value)


def _add_tags(document: dict[str, Any]) -> None:
    """Say to which group each operation belongs, by its address."""
    document["tags"] = [{"name": name} for name in (*_TAGS.values(), _OTHER_TAG)]
    for path, item in document["paths"].items():
        tag = next((name for address, name in _TAGS.items() if path.startswith(address)), _OTHER_TAG)
        for operation in item.values():
            operation["tags"] = [tag]


def _add_policies(document: dict[str, Any], desk: Desk) -> None:
    """Put the facts schemas of the policies beside the other schemas, and worked cases beside the requests."""
    schemas, found = document["components"]["schemas"], facts_schemas(desk)
    schemas.update({name: _moved(schema, name) for name, schema in found.items()})
    members = schemas["Request"]["properties"]
    members["facts"]["anyOf"] = list(map(_ref, found))
    members["policy"]["enum"] = sorted(desk.policies)
    members["decisions"]["items"]["enum"] = decision_names(desk)
    for path in ("/v1/decisions", "/v1/decisions/preview"):
        content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        content.pop("example", None)
        content["examples"] = {"nothing": {"summary": "Nothing is known", "value": _REQUEST}, **example_requests(desk)}


def _document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clausewise",
            "version": __version__,
            "description": "Decides cases by a policy, and says by which clause of it. Errors are RFC 9457 problems.",
        },
        "paths": {**_decision_paths(), **_proof_paths(), **_policy_paths(), **_service_paths()},
        "components": {
            "schemas": {**_schemas(), **PAGE_SCHEMAS},
            "headers": {
                "Link": {
                    "description": '`rel="next"`: the address of the next page (RFC 8288), where there is one.',
                    "schema": {"type": "string"},
                },
                "Location": {"description": "Where the document can be had again.", "schema": {"type": "string"}},
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
                "WWW-Authenticate": {
                    "description": "`Bearer`, and what is wrong with the token or which right it lacks (RFC 6750, 3).",
                    "schema": {"type": "string"},
                },
            },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The caller's token; a service that knows no callers looks at none. Beside a call "
                    "stands the right that the caller needs.",
                }
            },
        },
    }


def _decision_paths() -> _Object:
    document = _ref("Decision")
    location: _Object = {"Location": {"$ref": "#/components/headers/Location"}}
    body: _Object = {
        "required": True,
        "content": {"application/json": {"schema": _ref("Request"), "example": _REQUEST}},
    }
    key: _Object = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The caller's name for this request: sent again with it, the first answer is repeated.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    }
    decide = _operation(
        "decide",
        "Decide one case, and keep the decision",
        {
            "201": _answer("The decision, kept.", document, location),
            "200": _answer("The first answer.", document, location),
        },
        (*_OF_CALLS, *_OF_BODIES, *_OF_POLICIES, *_OF_KEYS, *_OF_STORE),
        rights=["decide"],
        parameters=[key],
        requestBody=body,
    )
    preview = _operation(
        "preview",
        "Decide one case, and keep nothing",
        {"200": _answer("The decision; its `audit` is null.", document)},
        (*_OF_CALLS, *_OF_BODIES, *_OF_POLICIES),
        rights=["decide"],
        requestBody=body,
    )
    found = _operation(
        "findDecisions",
        "Find kept decisions, the newest first",
        {
            "200": _answer(
                "Some of them, and where to go on.",
                _ref("Decisions"),
                {"Link": {"$ref": "#/components/headers/Link"}},
            )
        },
        (*_OF_CALLS, "store-unavailable"),
        rights=["read"],
        parameters=_search_parameters(),
    )
    stored = _operation(
        "storedDecision",
        "Give back a decision, byte for byte",
        {"200": _answer("The decision.", document)},
        (*_OF_CALLS, "unknown-document", *_OF_STORE),
        rights=["read"],
        parameters=[_in_path("id", "The document's id, a UUIDv7.", _UUID)],
    )
    return {
        "/v1/decisions": {"get": found, "post": decide},
        "/v1/decisions/batch": {"post": _batch(key)},
        "/v1/decisions/preview": {"post": preview},
        "/v1/decisions/{id}": {"get": stored},
    }


def _batch(key: _Object) -> Json:
    lines: _Object = {"type": "string", "description": "JSON texts, each ended by a line feed."}
    body: _Object = {
        "required": True,
        "description": "A line for each case: what the body of a call for one would be (`Request`). Blank lines are "
        "passed over.",
        "content": {NDJSON: {"schema": lines, "example": _LINES}},
    }
    answer: _Object = {
        "description": "A line for each line, in the same order, while they come: the decision document, kept "
        "(`Decision`), or the problem with the number of its line as `line` (`Problem`).",
        "content": {NDJSON: {"schema": lines}},
    }
    named = {
        **key,
        "description": "The caller's name for these lines: sent again with it, a line that was decided is answered "
        "by what was answered first.",
    }
    return _operation(
        "decideAll",
        "Decide one case a line, and keep the decisions",
        {"200": answer},
        (*_OF_CALLS, "unsupported-media-type", "bad-idempotency-key", "overloaded", "store-unavailable"),
        rights=["decide"],
        parameters=[named],
        requestBody=body,
    )


def _search_parameters() -> list[Json]:
    schemas: Mapping[str, _Object] = {
        "from": {"type": "string", "format": "date-time"},
        "until": {"type": "string", "format": "date-time"},
        "status": {"type": "string", "enum": list(STATUSES)},
    }
    text: _Object = {"type": "string", "minLength": 1}
    limit: _Object = {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "default": DEFAULT_LIMIT}
    return [
        *(_in_query(name, says, schemas.get(name, text)) for name, says in FILTERS.items()),
        _in_query("limit", "The most decisions to return.", limit),
        _in_query("cursor", "`next` of the page before, with the same filters.", text),
    ]


def _proof_paths() -> _Object:
    """Return the calls by which a log is checked from outside, and the one that shows what was received."""
    id_: list[Json] = [_in_path("id", "The document's id, a UUIDv7.", _UUID)]
    of_one = (*_OF_CALLS, "unknown-document", *_OF_STORE)
    size: _Object = {"type": "integer", "minimum": 0, "maximum": LARGEST_SIZE}
    sizes: list[Json] = [
        {**_in_query("from", "Size of the earlier checkpoint.", size), "required": True},
        _in_query("to", "Size of a later one; the log as it is now when left out.", size),
    ]
    note: _Object = {
        "200": {"description": "A signed note.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }
    calls = {
        "/v1/decisions/{id}/facts": _operation(
            "facts",
            "Give the facts of a decision as received",
            _found("Facts"),
            of_one,
            rights=["read"],
            parameters=id_,
        ),
        "/v1/decisions/{id}/receipt": _operation(
            "receipt", "Prove that the log holds a decision", _found("Receipt"), of_one, rights=["read"], parameters=id_
        ),
        "/v1/checkpoint": _operation(
            "checkpoint",
            "Give a signed checkpoint of the log",
            note,
            (*_OF_CALLS, "store-unavailable"),
            rights=["read"],
        ),
        "/v1/checkpoint/consistency": _operation(
            "consistency",
            "Prove that the log continues an earlier checkpoint",
            _found("Consistency"),
            (*_OF_CALLS, "unknown-checkpoint", "store-unavailable"),
            rights=["read"],
            parameters=sizes,
        ),
        "/v1/checkpoint/keys": _operation(
            "keys", "List the log's public keys", _found("Keys"), (*_OF_CALLS, "store-unavailable"), rights=["read"]
        ),
    }
    return {path: {"get": call} for path, call in calls.items()}


def _policy_paths() -> _Object:
    listed = _operation("policies", "List the policies and their versions", _found("Policies"), _OF_CALLS, rights=[])
    pages = {
        "": ("policy", "Policy", "Tell what a policy is and which decisions it takes"),
        "/clauses": ("clauses", "Clauses", "Give the clauses of a policy, with what cites each"),
        "/rules": ("rules", "Rules", "Give the rules, tables, clocks, notes and interpretations of a policy"),
        "/facts-schema": ("factsSchema", "FactsSchema", "Give the JSON Schema of a policy's facts"),
    }
    version: _Object = {
        "name": "version",
        "in": "query",
        "description": "Which version; the newest when left out.",
        "schema": {"type": "string"},
    }
    paths: _Object = {"/v1/policies": {"get": listed}}
    for suffix, (name, page, summary) in pages.items():
        parameters: list[Json] = [_in_path("policy", "The policy's id."), version]
        operation = _operation(name, summary, _found(page), (*_OF_CALLS, *_OF_PACKS), rights=[], parameters=parameters)
        paths[f"/v1/policies/{{policy}}{suffix}"] = {"get": operation}
    return paths


def _service_paths() -> _Object:
    live = _operation("healthz", "Tell whether the service lives", _found("Live"))
    ready = _operation("readyz", "Tell whether it can decide and keep", _found("Ready"), ("store-unavailable",))
    itself = _answer("An OpenAPI 3.1 document.", {"type": "object"})
    openapi = _operation("openapi", "Give this document", {"200": itself}, _OF_CALLS)
    text: _Object = {
        "200": {"description": "Prometheus' text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }
    metrics = _operation("metrics", "Tell what was counted and timed, for Prometheus", text, rights=[])
    return {
        "/healthz": {"get": live},
        "/readyz": {"get": ready},
        "/metrics": {"get": metrics},
        "/v1/openapi.json": {"get": openapi},
    }


def _operation(
    name: str,
    summary: str,
    answers: _Object,
    codes: Iterable[str] = (),
    *,
    rights: list[Json] | None = None,
    **members: Json,
) -> _Object:
    """Return an operation.

    codes   its problems beside those that every call can have
    rights  what a caller needs where callers are known; empty: only to be one of them, None: not even that
    """
    refused = () if rights is None else ("unauthorized", "forbidden") if rights else ("unauthorized",)
    security: Json = [] if rights is None else [{"bearer": rights}, {}]
    responses = {**answers, **_problems((*_ALWAYS, *refused, *codes))}
    return {"operationId": name, "summary": summary, "security": security, **members, "responses": responses}


def _problems(codes: Iterable[str]) -> _Object:
    by_status: dict[str, list[str]] = {}
    for code in codes:
        by_status.setdefault(str(PROBLEMS[code][0]), []).append(code)
    return {status: _problem(status, by_status[status]) for status in sorted(by_status)}


def _problem(status: str, codes: list[str]) -> Json:
    titles = "; ".join(f"{PROBLEMS[code][1]} (`{type_of(code)}`)" for code in sorted(codes))
    examples: _Object = {code: {"value": _example(code)} for code in sorted(codes)}
    content: _Object = {"application/problem+json": {"schema": _ref("Problem"), "examples": examples}}
    response: _Object = {"description": titles + ".", "content": content}
    if status in _HEADERS:
        response["headers"] = {_HEADERS[status]: {"$ref": f"#/components/headers/{_HEADERS[status]}"}}
    return response


def _example(code: str) -> Json:
    status, title = PROBLEMS[code]
    return {"type": type_of(code), "title": title, "status": status, "detail": f"{title}.", "instance": _INSTANCE}


def _answer(description: str, schema: Json, headers: Json = None) -> Json:
    response: _Object = {"description": description, "content": _json(schema)}
    return response if headers is None else {**response, "headers": headers}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _found(name: str) -> _Object:
    return {"200": _answer("What is asked for.", _ref(name))}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _in_path(name: str, description: str, schema: Json = None) -> Json:
    of_value = {"type": "string"} if schema is None else schema
    return {"name": name, "in": "path", "required": True, "description": description, "schema": of_value}


def _in_query(name: str, description: str, schema: Json) -> _Object:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _schemas() -> _Object:
    """Return the schemas of the folder as components.

    What one of them defines for itself becomes a component beside it: generators of clients look no deeper.
    """
    components: _Object = {}
    for name, file in _SCHEMAS.items():
        schema: Any = _moved(parse((schemas_folder() / file).read_bytes()), name)
        defined = schema.pop("$defs", {})
        del schema["$schema"]
        components[name] = schema
        components |= {_component(name, own): definition for own, definition in defined.items()}
    return components


def _component(name: str, own: str) -> str:
    """Return what a definition of a schema's own is called among the components."""
    return name + own[0].upper() + own[1:]


def _moved(node: Any, name: str) -> Any:
    """Return a part of a schema whose own definitions are components."""
    if isinstance(node, dict):
        return {
            key: _moved_reference(value, name) if key == "$ref" else _moved(value, name) for key, value in node.items()
        }
    return [_moved(each, name) for each in node] if isinstance(node, list) else node


def _moved_reference(reference: Any, name: str) -> Any:
    own = str(reference).removeprefix("#/$defs/")
    return reference if own == reference else f"#/components/schemas/{_component(name, own)}"
