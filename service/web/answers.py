"""Answers: canonical JSON as an HTTP response, and whether the caller takes JSON at all."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from werkzeug.datastructures import Headers

from service.jsontext import Json, canonical
from service.web.problems import refuse

__all__ = ["accept_json", "accept_text", "answer", "answer_json", "answer_text"]

_MEDIA_TYPES = ("application/json", "application/problem+json")


def accept_json() -> None:
    """Raise Refusal `not-acceptable` when the current request's Accept leaves no room for JSON (RFC 9110, 12.5.1)."""
    accepted = request.environ.get("HTTP_ACCEPT")
    if accepted in (None, "", "*/*", "application/json"):
        return
    if request.accept_mimetypes.best_match(_MEDIA_TYPES) is None:
        refuse("not-acceptable", "The answer is application/json, which the header Accept leaves out.")


def accept_text() -> None:
    """Raise Refusal `not-acceptable` when the current request's Accept leaves no room for plain text."""
    accepted = request.environ.get("HTTP_ACCEPT")
    if accepted not in {None, "", "*/*"} and request.accept_mimetypes.best_match(("text/plain",)) is None:
        refuse("not-acceptable", "The answer is text/plain, which the header Accept leaves out.")


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
