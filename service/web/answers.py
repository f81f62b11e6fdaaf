"""Answers: canonical JSON as an HTTP response, and whether the caller takes JSON at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request
from werkzeug.datastructures import Headers, MIMEAccept
from werkzeug.http import parse_accept_header

from service.jsontext import Json, canonical
from service.web.problems import refuse

__all__ = [
    "LINES",
    "accept_json",
    "accept_lines",
    "accept_text",
    "answer",
    "answer_json",
    "answer_lines",
    "answer_text",
]

LINES = "application/x-ndjson"
"""The media type of JSON texts, one a line."""

_JSON = ("application/json", "application/problem+json")


def accept_json() -> None:
    """Raise Refusal `not-acceptable` when the current request's Accept leaves no room for JSON (RFC 9110, 12.5.1)."""
    accepted = request.environ.get("HTTP_ACCEPT")
    if accepted in (None, "", "*/*", "application/json"):
        return
    if not _is_accepted(_JSON):
        refuse("not-acceptable", "The answer is application/json, which the header Accept leaves out.")


def accept_text() -> None:
    """Raise Refusal `not-acceptable` when the current request's Accept leaves room neither for plain text nor for JSON.

    A program that asks every call for JSON gets the text, of which there is no other form: RFC 9110 leaves it open.
    """
    if not _is_accepted(("text/plain", *_JSON)):
        refuse("not-acceptable", "The answer is text/plain, which the header Accept leaves out.")


def accept_lines() -> None:
    """Raise Refusal `not-acceptable` when the current request's Accept leaves room neither for lines nor for JSON.

    Each line is JSON: a program that asks every call for it gets them.
    """
    if not _is_accepted((LINES, *_JSON)):
        refuse("not-acceptable", f"The answer is {LINES}, which the header Accept leaves out.")


def _is_accepted(types: Iterable[str]) -> bool:
    """Tell whether one of some media types is accepted. Of parameters only `q` counts: each type has one form here."""
    weights: dict[str, float] = {}
    # Java's own client writes 'q=.2', for which the parser would pass over the range.
    given = re.sub(r"(?i)\bq=\.", "q=0.", request.environ.get("HTTP_ACCEPT", ""))
    for written, weight in parse_accept_header(given, MIMEAccept):
        accepted = written.partition(";")[0].strip().lower()
        weights[accepted] = max(weight, weights.get(accepted, 0))
    return not weights or any(_weight(each, weights) > 0 for each in types)


def _weight(media_type: str, weights: Mapping[str, float]) -> float:
    """Return the weight of a media type: that of the most specific range that it is in."""
    ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*", "*")
    return next((weights[each] for each in ranges if each in weights), 0)


class _Answer(Response):
    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """Return the headers as they are: they are whole, and to look for what to mend costs as much as to decide."""
        del environ
        return self.headers


def answer(text: bytes, status: int = 200) -> Response:
    """Return a response of JSON text that is ready."""
    return _Answer(text, status, content_type="application/json")


def answer_text(text: str) -> Response:
    """Return a response of plain text."""
    return _Answer(text.encode(), content_type="text/plain; charset=utf-8")


def answer_json(value: Json) -> Response:
    """Return a response of canonical JSON (RFC 8785)."""
    return answer(canonical(value))


def answer_lines(lines: Iterable[bytes]) -> Response:
    """Return a response of JSON texts that are still being made; each ends with its line end."""
    return Response(lines, content_type=LINES)
