"""The pages for people: what the service is and has in force, and what each problem means. Programs ask elsewhere.

Each is whole in itself, with one style sheet and no script, and links to others relative to itself: so they work behind
a proxy that serves them under a prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Blueprint, Response, render_template

from service import __version__
from service.decision.desk import Desk
from service.jsontext import Json
from service.web.assets import Asset
from service.web.pack_pages import version_json
from service.web.problem_texts import PROBLEM_TEXTS
from service.web.problems import PROBLEMS, refuse, type_of
from service.wording import did_you_mean

__all__ = ["page", "people_calls"]

_STATIC = Path(__file__).parent / "static"
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def people_calls(desk: Desk, may_see_policies: Callable[[], bool]) -> Blueprint:
    """Return the calls.

    may_see_policies  tells whether who makes the current request is told what is in force
    """
    calls = Blueprint("people", __name__, template_folder="templates")
    style_sheet = Asset(_STATIC / "style.css", "text/css; charset=utf-8")
    icon = Asset(_STATIC / "favicon.ico", "image/vnd.microsoft.icon")

    @calls.get("/")
    def home() -> Response:
        policies = [_policy(desk, name) for name in sorted(desk.policies)] if may_see_policies() else None
        return page("home.html", policies=policies, up="./")

    @calls.get("/docs/problems")
    def problems() -> Response:
        return page("problems.html", problems=PROBLEMS, texts=PROBLEM_TEXTS, up="../")

    @calls.get("/docs/problems/<code>")
    def problem(code: str) -> Response:
        if code not in PROBLEMS:
            refuse("not-found", f"There is no problem '{code[:64]}'.{did_you_mean(code, PROBLEMS)}")
        status, title = PROBLEMS[code]
        told = {"type": type_of(code), "status": status, "title": title, "text": PROBLEM_TEXTS[code]}
        return page("problem.html", told=told, up="../../")

    @calls.get("/style.css")
    def style() -> Response:
        return style_sheet.answer()

    @calls.get("/favicon.ico")
    def favicon() -> Response:
        return icon.answer()

    return calls


def page(template: str, policy: str = _POLICY, **told: object) -> Response:
    """Return a page.

    policy  from where it may load what (Content-Security-Policy)
    told    what stands in it; `up` is what leads from it to the root
    """
    response = Response(render_template(template, service_version=__version__, **told), mimetype="text/html")
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _policy(desk: Desk, name: str) -> Mapping[str, Json]:
    """Return what the first page says of a policy: its versions, the newest first, and what the newest decides."""
    versions = desk.policies[name]
    newest = versions[-1].pack
    return {
        "id": name,
        "title": newest.title or name,
        "is_default": name == desk.default,
        "versions": [version_json(policy.pack) for policy in reversed(versions)],
        "decisions": [
            {"decision": each.id, "asks": each.asks} for each in newest.decisions.values() if not each.hidden
        ],
    }
