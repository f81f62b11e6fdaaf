"""From Granian's description of a request to what a WSGI application takes (PEP 3333), and from its answer back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

__all__ = ["Answer", "ask", "environment"]

_VERSIONS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1"}
_WITHOUT_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an application answers.

    body  all of it, where its length is told; else empty
    rest  the parts of a body whose length is not told, yet to be made; None where `body` is all
    end   what is to be called when nothing more is wanted of `rest`
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: Iterator[bytes] | None
    end: Callable[[], None]


def environment(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the environment of a request (ASGI's scope) but for its body."""
    server, client = scope["server"], scope["client"]
    path: bytes = scope["raw_path"]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
        "SERVER_PROTOCOL": _VERSIONS.get(scope["http_version"], "HTTP/1.1"),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        # 'a-b' and 'a_b' are the same variable: a proxy that guards the one might let the other pass.
        if b"_" not in name:
            _set_header(environ, name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1"))
    return environ


def _set_header(environ: dict[str, Any], name: str, value: str) -> None:
    variable = name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
    if variable not in environ:
        environ[variable] = value
    elif variable != "CONTENT_LENGTH":  # Granian has refused two that differ.
        environ[variable] += f",{value}"


def ask(application: Callable[..., Iterable[bytes]], environ: Mapping[str, Any], body: BinaryIO) -> Answer:
    """Return what an application answers; the parts of an answer without a length are not made yet."""
    started: list[tuple[int, list[tuple[bytes, bytes]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        told = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        started.append((int(status.split(" ", 1)[0]), told))

    parts = application({**environ, "wsgi.input": body}, start_response)
    end: Callable[[], None] = getattr(parts, "close", lambda: None)
    status, headers = started[-1]
    has_length = any(name == b"content-length" for name, _ in headers)
    if not has_length and status not in _WITHOUT_BODY and environ["REQUEST_METHOD"] != "HEAD":
        return Answer(status, headers, b"", iter(parts), end)
    try:
        return Answer(status, headers, b"".join(parts), None, end)
    finally:
        end()
