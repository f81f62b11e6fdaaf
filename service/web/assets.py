"""Files that pages need, as answers: style, script and icon. Which there are is not known here."""

from __future__ import annotations

from pathlib import Path

from flask import Response, request

__all__ = ["Asset"]

_CACHED = "public, max-age=3600"


class Asset:
    """A file that is read once and given out often; a browser that has it already is told so (RFC 9110, 13)."""

    def __init__(self, path: Path, media_type: str) -> None:
        self._content = path.read_bytes()
        self._media_type = media_type

    def answer(self) -> Response:
        """Return the answer to the current request."""
        response = Response(self._content, content_type=self._media_type)
        response.headers["Cache-Control"] = _CACHED
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.add_etag()
        response.make_conditional(request)
        return response
