"""Files that pages need, as answers: style, script and icon. Which there are is not known here."""

from __future__ import annotations

import gzip
from pathlib import Path

from flask import Response, request

__all__ = ["Asset"]

_CACHED = "public, max-age=3600"


class Asset:
    """A file that is read and compressed once and given out often (RFC 9110, 8.4 and 13).

    A browser that has it already is told so: either form has an entity tag of its own.
    """

    def __init__(self, path: Path, media_type: str) -> None:
        self._content = path.read_bytes()
        self._compressed = gzip.compress(self._content, mtime=0)
        self._media_type = media_type

    def answer(self) -> Response:
        """Return the answer to the current request."""
        is_compressed = request.accept_encodings.quality("gzip") > 0
        response = Response(self._compressed if is_compressed else self._content, content_type=self._media_type)
        if is_compressed:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = _CACHED
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.add_etag()
        response.make_conditional(request)
        return response
