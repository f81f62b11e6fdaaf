"""The calls that decide, and that give back what was decided: `/v1/decisions`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from flask import Blueprint, Response, request
from uuid6 import uuid7

from service.audit.entries import Kept, audit_of, write_entry
from service.audit.store import Key, Store
from service.audit.unavailable import StoreUnavailable
from service.decision.desk import Decided, Desk
from service.jsontext import Json, canonical
from service.web.answers import accept_json, answer
from service.web.bodies import read_body, read_key
from service.web.gate import Gate
from service.web.parameters import read_parameters
from service.web.problems import refuse

__all__ = ["decision_calls"]


def decision_calls(desk: Desk, store: Store | None, gate: Gate) -> Blueprint:
    """Return the calls. Without a store only previews can be had; the others say that the audit log can't be used."""
    calls = Blueprint("decisions", __name__)

    @calls.post("/v1/decisions")
    def decide() -> Response:
        accept_json()
        read_parameters()
        name = read_key()
        body = read_body()
        key = None if name is None else Key(name, hashlib.sha256(canonical(body)).digest())
        with gate:
            log = _there(store)
            earlier = None if key is None else log.answered(key)
            return _again(earlier) if earlier is not None else _append(desk, log, body, key)

    @calls.post("/v1/decisions/preview")
    def preview() -> Response:
        accept_json()
        read_parameters()
        body = read_body()
        with gate:
            decided = desk.decide(desk.read(body))
            return answer(decided.document(str(uuid7()), _now()))

    @calls.get("/v1/decisions/<id_>")
    def stored(id_: str) -> Response:
        accept_json()
        read_parameters()
        kept = _there(store).entry(id_)
        if kept is None:
            refuse("unknown-document", f"No decision document has the id {id_[:64]!r}.")
        return answer(kept.document)

    return calls


def _append(desk: Desk, log: Store, body: Json, key: Key | None) -> Response:
    decided = desk.decide(desk.read(body))
    id_, decided_at = str(uuid7()), _now()
    kept = log.append(write_entry(decided, id_, decided_at), decided.policy.pack, key)
    return _created(decided, kept, decided_at) if kept.is_new else _again(kept)


def _created(decided: Decided, kept: Kept, decided_at: str) -> Response:
    id_ = kept.entry.id
    response = answer(decided.document(id_, decided_at, audit_of(kept.sequence, kept.entry)), 201)
    response.headers["Location"] = f"{request.script_root}/v1/decisions/{id_}"
    return response


def _again(kept: Kept) -> Response:
    response = answer(kept.document)
    response.headers["Location"] = f"{request.script_root}/v1/decisions/{kept.entry.id}"
    return response


def _there(store: Store | None) -> Store:
    if store is None:
        raise StoreUnavailable("the service was started without one")
    return store


def _now() -> str:
    """Return the time in UTC, to the millisecond; no decision reads it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
