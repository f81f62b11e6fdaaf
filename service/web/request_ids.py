"""The id of a request: its caller's, where that is short and plain, else a new one. Answers and log lines carry it."""

from __future__ import annotations

import re
from secrets import token_hex

from flask import Response, g, request

__all__ = ["request_id", "with_request_id"]

_PLAIN = re.compile(r"[A-Za-z0-9._:/=+@-]{1,128}")


def request_id() -> str:
    """Return the id of the current request: the same one however often it is asked for."""
    found: str | None = g.get("request_id")
    if found is None:
        given = request.environ.get("HTTP_X_REQUEST_ID", "")
        found = g.request_id = given if _PLAIN.fullmatch(given) else token_hex(16)
    return found


def with_request_id(response: Response) -> Response:
    """Return an answer with the id of its request."""
    response.headers["X-Request-Id"] = request_id()
    return response
