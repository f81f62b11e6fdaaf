"""The Flask application: which calls there are, and that whatever goes wrong becomes a problem document."""

from __future__ import annotations

from flask import Flask

from service.audit.store import Store
from service.decision.desk import Desk
from service.web.decisions import decision_calls
from service.web.gate import Gate
from service.web.health import health_calls
from service.web.openapi import openapi_call
from service.web.policies import policy_calls
from service.web.problems import problem_of

__all__ = ["create_app"]


def create_app(desk: Desk, store: Store | None, *, most_at_once: int = 64, patience: float = 1.0) -> Flask:
    """Return the application.

    store         None: decisions are only previewed
    most_at_once  calls that decide at the same time
    patience      seconds that others wait for their turn before they are told that the service is overloaded
    """
    app = Flask("clausewise", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False
    gate = Gate(most_at_once, patience)
    for calls in (decision_calls(desk, store, gate), policy_calls(desk), health_calls(desk, store), openapi_call()):
        app.register_blueprint(calls)
    app.register_error_handler(Exception, problem_of)
    return app
