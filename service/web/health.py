"""Whether the service lives, and whether it can decide: `/healthz`, `/readyz`."""

from __future__ import annotations

from flask import Blueprint, Response

from service.audit.log.store import Store
from service.decision.desk import Desk
from service.web.answers import answer_json

__all__ = ["health_calls"]


def health_calls(desk: Desk, store: Store | None) -> Blueprint:
    """Return the calls. Ready is who has its packs and, unless started without one, a store that reads and writes."""
    calls = Blueprint("health", __name__)
    policies = [
        {"id": policy.pack.id, "version": policy.pack.version, "digest": policy.pack.digest}
        for versions in desk.policies.values()
        for policy in versions
    ]

    @calls.get("/healthz")
    def healthz() -> Response:
        return answer_json({"status": "live"})

    @calls.get("/readyz")
    def readyz() -> Response:
        if store is not None:
            store.check()
        return answer_json({"status": "ready", "policies": policies})

    return calls
