"""Problem documents (RFC 9457): which there are, and how a refusal becomes one. What is refused is found elsewhere.

Each code has its row in `docs/http.md`.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import NoReturn

from flask import Response, g, request
from uuid6 import uuid7
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.audit.storage.unavailable import EntryDamaged, KeyReused, StoreUnavailable
from service.errors import (
    InvalidFacts,
    InvalidRequest,
    MalformedJson,
    PolicyNotInForce,
    ProblemsFound,
    UnknownPolicy,
)
from service.jsontext import Json, canonical
from service.web.log_lines import log
from service.web.request_ids import request_id

__all__ = ["PROBLEMS", "Refusal", "problem_line", "problem_of", "refuse", "this_call", "type_of"]

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "malformed-json": (400, "The body is no strict JSON"),
    "bad-idempotency-key": (400, "The idempotency key can't be used"),
    "bad-request": (400, "The request can't be understood"),
    "bad-parameter": (400, "A query parameter is wrong"),
    "unauthorized": (401, "The caller is not known"),
    "forbidden": (403, "The caller may not do this"),
    "not-found": (404, "There is nothing at this address"),
    "unknown-checkpoint": (404, "There is no such checkpoint"),
    "unknown-document": (404, "There is no such decision document"),
    "unknown-policy": (404, "There is no such policy"),
    "unknown-version": (404, "There is no such version of the policy"),
    "method-not-allowed": (405, "The address does not take this method"),
    "not-acceptable": (406, "The answer has no form that is accepted"),
    "request-timeout": (408, "The request came too slowly"),
    "idempotency-key-reused": (409, "The idempotency key belongs to another request"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body is of another media type"),
    "invalid-facts": (422, "The facts are wrong"),
    "invalid-request": (422, "The request is wrong"),
    "policy-not-in-force": (422, "The policy is not in force"),
    "internal-error": (500, "The service has failed"),
    "damaged-entry": (500, "The stored decision is damaged"),
    "overloaded": (503, "The service is busy"),
    "store-unavailable": (503, "The audit log can't be used"),
}
"""Code -> HTTP status and title. A code is for ever."""

_OF_ERRORS: Mapping[type[Exception], str] = {
    MalformedJson: "malformed-json",
    InvalidFacts: "invalid-facts",
    InvalidRequest: "invalid-request",
    UnknownPolicy: "unknown-policy",
    PolicyNotInForce: "policy-not-in-force",
    KeyReused: "idempotency-key-reused",
    EntryDamaged: "damaged-entry",
    StoreUnavailable: "store-unavailable",
}
_OF_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}
_LOGGED = ("internal-error", "damaged-entry", "store-unavailable")
_LONGEST_DETAIL = 1000
_TRY_AGAIN_AFTER = {"overloaded": "1", "store-unavailable": "5"}  # seconds


class Refusal(Exception):
    """The door itself refuses a call, with a problem of this code and, where it needs them, headers of its own."""

    def __init__(self, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.headers = headers or {}


def refuse(code: str, detail: str, headers: Mapping[str, str] | None = None) -> NoReturn:
    """Raise the Refusal."""
    raise Refusal(code, detail, headers)


def type_of(code: str) -> str:
    """Return the problem's `type`: a relative reference that stays the same."""
    return f"/docs/problems/{code}"


def problem_of(failure: Exception) -> Response:
    """Return the answer to a call that failed. What is the service's own fault is logged to standard error."""
    if isinstance(failure, HTTPException):
        return _of_http(failure)
    code, document = _told(failure, this_call())
    response = _response(code, document)
    if isinstance(failure, Refusal):
        response.headers.update(failure.headers)
    return response


def this_call() -> Mapping[str, str]:
    """Return what the service's own log says of the current request."""
    return {"request_id": request_id(), "method": request.method, "path": request.path}


def problem_line(failure: Exception, number: int, call: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the code of a failure, and its document as canonical JSON: of one line, by its number.

    call  as `this_call` gives it
    """
    code, document = _told(failure, call)
    return code, canonical({**document, "line": number})


def _told(failure: Exception, call: Mapping[str, str]) -> tuple[str, dict[str, Json]]:
    """Return the code and the document of a failure; what is the service's own fault is logged."""
    code, detail = _code_and_detail(failure)
    instance = f"urn:uuid:{uuid7()}"
    if code in _LOGGED:
        _log(code, instance, failure, call)
    return code, _document(code, detail, instance, failure if isinstance(failure, ProblemsFound) else None)


def _code_and_detail(failure: Exception) -> tuple[str, str]:
    if isinstance(failure, Refusal):
        return failure.code, failure.detail
    code = _OF_ERRORS.get(type(failure), "internal-error")
    if isinstance(failure, ProblemsFound):
        told = f"the first {len(failure.problems)}" if failure.more else "all"
        things = "1 thing is" if failure.count == 1 else f"{failure.count} things are"
        return code, f"{things} wrong with the body; 'errors' lists {told}."
    if code == "internal-error":
        return code, "The service has failed in a way that nobody foresaw. Its log tells more under this instance."
    return code, str(failure)


def _of_http(failure: HTTPException) -> Response:
    """Return the problem for what Flask refuses; a redirect or an answer that is ready stays as it is."""
    if failure.code is None or failure.code < 400:
        return Response(status=failure.code or 500)
    code = _OF_STATUS.get(failure.code, "internal-error" if failure.code >= 500 else "bad-request")
    response = _response(code, _document(code, _detail_of_http(code), f"urn:uuid:{uuid7()}", None))
    if isinstance(failure, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(failure.valid_methods or ()))
    return response


def _detail_of_http(code: str) -> str:
    if code == "not-found":
        return f"There is nothing at {request.path[:200]}. The calls are listed at /v1/openapi.json."
    if code == "method-not-allowed":
        return f"{request.path} does not take {request.method[:20]}; the header Allow names what it takes."
    return "The request can't be understood as HTTP."


def _document(code: str, detail: str, instance: str, wrong: ProblemsFound | None) -> dict[str, Json]:
    status, title = PROBLEMS[code]
    body: dict[str, Json] = {
        "type": type_of(code),
        "title": title,
        "status": status,
        "detail": detail if len(detail) <= _LONGEST_DETAIL else detail[:_LONGEST_DETAIL] + "...",
        "instance": instance,
    }
    if wrong is not None:
        body["errors"] = [problem.as_json() for problem in wrong.problems]
        if wrong.more:
            body["more"] = wrong.more
    return body


def _response(code: str, document: Json) -> Response:
    g.problem = code  # for who counts refusals
    response = Response(canonical(document), PROBLEMS[code][0], mimetype="application/problem+json")
    if code in _TRY_AGAIN_AFTER:
        response.headers["Retry-After"] = _TRY_AGAIN_AFTER[code]
    return response


def _log(code: str, instance: str, failure: Exception, call: Mapping[str, str]) -> None:
    """Write a line to the service's own log. Neither the body nor any fact is in it."""
    frames = traceback.extract_tb(failure.__traceback__)
    told = {
        "problem": code,
        "instance": instance,
        **call,
        "error": type(failure).__name__,
        "at": [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames],
    }
    if code != "internal-error":
        told["message"] = str(failure)
    log().error("request failed", **told)
