"""The body of a request as JSON, and what its headers must say. What the body means is not known here."""

from __future__ import annotations

import re
from functools import cache
from typing import NoReturn

from flask import request

from service.jsontext import Json, parse
from service.web.problems import refuse

__all__ = ["LARGEST_BODY", "check_media_type", "read_body", "read_key"]

LARGEST_BODY = 1024 * 1024
"""Bytes."""

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def read_body() -> Json:
    """Return the JSON value of the current request's body.

    Raises MalformedJson, or Refusal: `unsupported-media-type`, `too-large`, `malformed-json` when there is none.
    """
    check_media_type("application/json")
    text = _read()
    if not text:
        refuse("malformed-json", "The body is empty; it must be a JSON object with the member 'facts'.")
    return parse(text)


def check_media_type(wanted: str) -> None:
    """Raise Refusal `unsupported-media-type` unless the current request's body is of a media type, in UTF-8."""
    environ = request.environ
    given = environ.get("CONTENT_TYPE") or ""
    if given != wanted and not _in_utf_8(wanted).fullmatch(given):
        told = f"not {given[:80]!r}" if given else "and the header Content-Type is missing"
        refuse("unsupported-media-type", f"The body must be {wanted} in UTF-8, {told}.")
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        refuse("unsupported-media-type", "The body must not be compressed; send it without Content-Encoding.")


@cache
def _in_utf_8(media_type: str) -> re.Pattern[str]:
    return re.compile(re.escape(media_type) + r"\s*(?:;\s*charset\s*=\s*(?:utf-8|\"utf-8\")\s*)?", re.IGNORECASE)


def read_key() -> str | None:
    """Return the header Idempotency-Key, or None without one. Raises Refusal: `bad-idempotency-key`."""
    key: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not _KEY.fullmatch(key):
        refuse("bad-idempotency-key", "Idempotency-Key must be 1 to 255 printable ASCII characters.")
    return key


def _read() -> bytes:
    """Return all bytes of the body, which the server has taken in; of one that is too large it may have taken fewer."""
    if (request.content_length or 0) > LARGEST_BODY:
        _too_large()
    text: bytes = request.environ["wsgi.input"].read(LARGEST_BODY + 1)
    if len(text) > LARGEST_BODY:
        _too_large()
    return text


def _too_large() -> NoReturn:
    refuse("too-large", f"The body may have {LARGEST_BODY} bytes at most.")
