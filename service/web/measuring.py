"""Measures what the application does, and tells it: `/metrics`. What is counted is said in `metrics.py`."""

from __future__ import annotations

from time import perf_counter

from flask import Blueprint, Flask, Response, g, request
from prometheus_client.exposition import choose_encoder

from service.audit.log.store import Store
from service.decision.desk import Decided, Desk
from service.decision.requests import DecisionRequest
from service.web.log_metrics import LogMetrics
from service.web.metrics import Metrics

__all__ = ["MeasuredDesk", "measure"]

_DECIDING = "/v1/decisions"


class MeasuredDesk(Desk):
    """A desk like another one, with the same policies, which counts and times what it decides."""

    def __init__(self, desk: Desk, metrics: Metrics) -> None:
        self.policies = desk.policies
        self.default = desk.default
        self._metrics = metrics
        self._timed = metrics.timed("decide")

    def decide(self, request: DecisionRequest) -> Decided:
        """Decide a request, as Desk does."""
        began = perf_counter()
        decided = super().decide(request)
        self._timed(perf_counter() - began)
        self._metrics.decided(decided)
        return decided


def measure(app: Flask, metrics: Metrics, store: Store | None) -> None:
    """Have an application count what it refuses, time what it decides, and tell it all at `/metrics`."""
    calls = Blueprint("metrics", __name__)
    timed = metrics.timed("answer")
    of_log = () if store is None else (LogMetrics(store),)

    @calls.get("/metrics")
    def told() -> Response:
        write, media_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(write(metrics.collected(*of_log)), content_type=media_type)

    def begin() -> None:
        g.began = perf_counter()

    def end(response: Response) -> Response:
        if request.method == "POST" and request.path.startswith(_DECIDING):
            timed(perf_counter() - g.began)
        if response.status_code >= 400 and "problem" in g:
            metrics.refused(g.problem)
        return response

    app.register_blueprint(calls)
    app.before_request(begin)
    app.after_request(end)
    if store is not None:
        store.note_commit = metrics.committed
