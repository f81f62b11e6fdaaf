"""The Flask application: which calls there are, and that whatever goes wrong becomes a problem document."""

from __future__ import annotations

from functools import partial

from flask import Flask, Response

from service.audit.log.store import Store
from service.decision.desk import Desk
from service.web.batch import MOST_BATCHES, batch_calls
from service.web.bodies import drain
from service.web.callers import Callers, note_caller
from service.web.decisions import decision_calls
from service.web.gate import Gate
from service.web.health import health_calls
from service.web.openapi import openapi_call
from service.web.policies import policy_calls
from service.web.problems import problem_of
from service.web.receipts import receipt_calls
from service.web.searching import search_calls

__all__ = ["create_app"]


class _App(Flask):
    def make_default_options_response(self) -> Response:
        """Name the methods that an address takes; there is nothing more to say (RFC 9110, 9.3.7)."""
        response = super().make_default_options_response()
        response.status_code = 204
        del response.headers["Content-Type"]
        return response


def create_app(
    desk: Desk, store: Store | None, *, callers: Callers | None = None, most_at_once: int = 64, patience: float = 1.0
) -> Flask:
    """Return the application.

    store         None: decisions are only previewed
    callers       those who may call; None: everybody, and nobody is known by name
    most_at_once  calls that decide at the same time
    patience      seconds that others wait for their turn before they are told that the service is overloaded
    """
    app = _App("clausewise", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False
    gate = Gate(most_at_once, patience)
    for calls in (
        decision_calls(desk, store, gate),
        batch_calls(desk, store, gate, Gate(MOST_BATCHES, patience)),
        policy_calls(desk),
        health_calls(desk, store),
        receipt_calls(store),
        search_calls(desk, store),
        openapi_call(),
    ):
        app.register_blueprint(calls)
    if callers is not None:
        app.before_request(partial(note_caller, callers))
    app.register_error_handler(Exception, problem_of)
    app.after_request(_without_rest)
    return app


def _without_rest(response: Response) -> Response:
    if response.status_code >= 400:
        drain()
    return response
