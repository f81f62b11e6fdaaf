"""`/docs`: the OpenAPI document, shown by Swagger UI, which the package `flask-swagger-ui` brings along."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response

from service.web.assets import Asset
from service.web.people import page
from service.web.problems import refuse

__all__ = ["viewer_calls"]

_STATIC = Path(__file__).parent / "static"
# Swagger UI sets styles of elements, and draws with images that are in its own style sheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SCRIPT, _STYLE = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
_TYPES = {
    "swagger-ui-bundle.js": _SCRIPT,
    "swagger-ui.css": _STYLE,
    "viewer.js": _SCRIPT,
    "viewer.css": _STYLE,
}


def viewer_calls(may_see_policies: Callable[[], bool]) -> Blueprint:
    """Return the calls.

    may_see_policies  tells whether who makes the current request is told what is in force; else the page asks for more
    """
    calls = Blueprint("viewer", __name__)
    asset = cache(_asset)

    @calls.get("/docs")
    def docs() -> Response:
        return page("docs.html", _POLICY, asks_for_token=not may_see_policies(), up="./")

    @calls.get("/docs/assets/<file>")
    def assets(file: str) -> Response:
        if file not in _TYPES:
            refuse("not-found", f"There is nothing at /docs/assets/{file[:64]}.")
        return asset(file).answer()

    return calls


def _asset(name: str) -> Asset:
    """Return one of the files, read when it is first asked for."""
    folder = _STATIC if name.startswith("viewer.") else Path(str(files("flask_swagger_ui"))) / "dist"
    return Asset(folder / name, _TYPES[name])
