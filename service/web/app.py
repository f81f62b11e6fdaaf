"""The Flask application: which calls there are, and that whatever goes wrong becomes a problem document."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

from flask import Flask, Response

from service.audit.log.store import Store
from service.decision.desk import Desk
from service.web.batch import MOST_BATCHES, batch_calls
from service.web.callers import Callers, may_see_policies, note_caller
from service.web.cors import allow_origins
from service.web.decisions import decision_calls
from service.web.gate import Gate
from service.web.health import health_calls
from service.web.incoming import pass_on_refusal
from service.web.measuring import MeasuredDesk, measure
from service.web.methods import Methods
from service.web.metrics import Metrics
from service.web.openapi import openapi_call
from service.web.people import people_calls
from service.web.policies import policy_calls
from service.web.problems import problem_of
from service.web.receipts import receipt_calls
from service.web.request_ids import with_request_id
from service.web.searching import search_calls
from service.web.viewer import viewer_calls

__all__ = ["Office", "create_app"]


class _App(Flask):
    methods: Methods

    def make_default_options_response(self) -> Response:
        """Name the methods that an address takes; there is nothing more to say (RFC 9110, 9.3.7)."""
        response = Response(status=204)
        response.headers["Allow"] = ", ".join(self.methods.here())
        del response.headers["Content-Type"]
        return response


class Office:
    """What one process has for all that it answers, whatever is in force: the log, the counts, the places to decide.

    store         None: decisions are only previewed
    origins       of pages elsewhere that may call from a browser, as `read_origin` gives them
    most_at_once  calls that decide at the same time
    patience      seconds that others wait for their turn before they are told that the service is overloaded
    """

    def __init__(
        self,
        store: Store | None,
        *,
        origins: Collection[str] = (),
        most_at_once: int = 64,
        patience: float = 1.0,
    ) -> None:
        self._store = store
        self._origins = origins
        self._metrics = Metrics()
        self._gate = Gate(most_at_once, patience, self._metrics.timed("wait"))
        self._batches = Gate(MOST_BATCHES, patience, self._metrics.timed("wait"))

    def app(self, desk: Desk, callers: Callers | None = None) -> Flask:
        """Return an application for what is in force now. Those that it had before go on with what they have begun.

        callers  those who may call; None: everybody, and nobody is known by name
        """
        app = _App("clausewise", static_folder=None, template_folder=None)
        app.url_map.merge_slashes = False
        store, metrics = self._store, self._metrics
        metrics.know(desk)
        measured = MeasuredDesk(desk, metrics)
        are_policies_shown = partial(may_see_policies, callers)
        for calls in (
            decision_calls(measured, store, self._gate),
            batch_calls(measured, store, self._gate, self._batches, metrics.refused),
            policy_calls(desk),
            health_calls(desk, store),
            receipt_calls(store),
            search_calls(desk, store),
            openapi_call(desk, are_policies_shown),
            people_calls(desk, are_policies_shown),
            viewer_calls(are_policies_shown),
        ):
            app.register_blueprint(calls)
        measure(app, metrics, store)
        app.before_request(pass_on_refusal)
        if callers is not None:
            app.before_request(partial(note_caller, callers))
        app.methods = Methods(app.url_map)
        app.before_request(app.methods.refuse_others)
        app.register_error_handler(Exception, problem_of)
        app.after_request(with_request_id)
        if self._origins:
            allow_origins(app, self._origins)
        app.after_request(_for_the_caller_alone)
        return app


def create_app(desk: Desk, store: Store | None, *, callers: Callers | None = None, **options: Any) -> Flask:
    """Return the application of an office that has no other; `options` are those of `Office`."""
    return Office(store, **options).app(desk, callers)


def _for_the_caller_alone(response: Response) -> Response:
    """Let nobody keep an answer, which is about a case, and no browser take it for something else than it says."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
