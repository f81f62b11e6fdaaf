"""Pages of other origins that may call from a browser (Fetch, CORS protocol): those that the operator has named."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Flask, Response, request

__all__ = ["allow_origins", "read_origin"]

_METHODS = "GET, HEAD, POST"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Request-Id"
_ANSWER_HEADERS = "Allow, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id"
_LONGEST = "7200"  # seconds for which a browser need not ask again; the most that Chromium keeps
_PORTS = {"http": 80, "https": 443}


def read_origin(written: str) -> str:
    """Return an origin as browsers write it: scheme, host and, where it is not the scheme's own, port.

    Raises ValueError, with what is wrong in the words behind "it".

    >>> read_origin("HTTPS://Desk.Example.com:443")
    'https://desk.example.com'
    """
    if written in {"*", "null"}:
        raise ValueError(f"can't be '{written}': anybody could have it. Name each origin")
    parts = urlsplit(written)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("has a port that is none") from None
    host = parts.hostname
    if parts.scheme not in _PORTS or not host or written.count("://") != 1:
        raise ValueError("must be like https://desk.example.com: http or https, and a host")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc or written[-1] in "?#":
        raise ValueError("must end with its host or port: an origin has no user, path or query")
    if not host.isascii() or any(character.isspace() or character in "*\\" for character in host):
        raise ValueError("must name one host, in ASCII as browsers send it")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in {None, _PORTS[parts.scheme]} else f":{port}")


def allow_origins(app: Flask, origins: Collection[str]) -> None:
    """Let pages of some origins call an application, as `read_origin` gives them; browsers keep all others from it.

    An answer never allows all origins, and never cookies: a caller is known by the token that it sends itself.
    """
    allowed = frozenset(origins)

    def told(response: Response) -> Response:
        response.vary.add("Origin")  # a cache must not give one origin's answer to another
        origin = request.environ.get("HTTP_ORIGIN")
        if origin not in allowed:
            return response
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.environ:
            response.headers["Access-Control-Allow-Methods"] = _METHODS
            response.headers["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
            response.headers["Access-Control-Max-Age"] = _LONGEST
            response.vary.update(("Access-Control-Request-Method", "Access-Control-Request-Headers"))
        else:
            response.headers["Access-Control-Expose-Headers"] = _ANSWER_HEADERS
        return response

    app.after_request(told)
