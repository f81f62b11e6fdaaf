"""The calls that decide, and that give back what was decided: `/v1/decisions`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from service.audit.log.entries import Kept, audit_of, write_entry
from service.audit.log.stamps import Stamp
from service.audit.log.store import IdempotencyKey, Store
from service.decision.desk import Decided, Desk
from service.decision.trace import PERSONAL_MASK
from service.facts.personal import join_personal
from service.jsontext import Json, canonical, parse_kept
from service.web.answers import accept_json, answer, answer_json
from service.web.bodies import read_body, read_key
from service.web.callers import current_caller, known_key, may_see_personal, require
from service.web.gate import Gate
from service.web.parameters import read_parameters
from service.web.stored import stored_decision, there

__all__ = ["decision_calls"]

_ERASED = "[erased]"


def decision_calls(desk: Desk, store: Store | None, gate: Gate) -> Blueprint:
    """Return the calls. Without a store only previews can be had; the others say that the audit log can't be used."""
    calls = Blueprint("decisions", __name__)

    @calls.post("/v1/decisions")
    def decide() -> Response:
        require("decide")
        accept_json()
        read_parameters()
        name = read_key()
        body = read_body()
        key = None if name is None else IdempotencyKey(known_key(name), canonical(body), name)
        with gate:
            log = there(store)
            earlier = None if key is None else log.answered(key)
            return _again(earlier) if earlier is not None else _append(desk, log, body, key)

    @calls.post("/v1/decisions/preview")
    def preview() -> Response:
        require("decide")
        accept_json()
        read_parameters()
        body = read_body()
        with gate:
            decided = desk.decide(desk.read(body))
            stamp = Stamp()
            return answer(decided.document(stamp.id, stamp.at))

    @calls.get("/v1/decisions/<id_>")
    def stored(id_: str) -> Response:
        require("read")
        accept_json()
        read_parameters()
        return answer(stored_decision(there(store), id_).document)

    @calls.get("/v1/decisions/<id_>/facts")
    def facts(id_: str) -> Response:
        require("read")
        accept_json()
        read_parameters()
        log = there(store)
        return answer_json(_facts(log, stored_decision(log, id_)))

    return calls


def _append(desk: Desk, log: Store, body: Json, key: IdempotencyKey | None) -> Response:
    decided = desk.decide(desk.read(body))
    stamp, caller = Stamp(), current_caller()
    entry = write_entry(decided, stamp, None if caller is None else caller.name)
    kept = log.append(entry, decided.policy.pack, key)
    return _created(decided, kept, stamp) if kept.is_new else _again(kept)


def _created(decided: Decided, kept: Kept, stamp: Stamp) -> Response:
    response = answer(decided.document(stamp.id, stamp.at, audit_of(kept.sequence, kept.entry)), 201)
    response.headers["Location"] = f"{request.script_root}/v1/decisions/{stamp.id}"
    return response


def _again(kept: Kept) -> Response:
    response = answer(kept.document)
    response.headers["Location"] = f"{request.script_root}/v1/decisions/{kept.entry.id}"
    return response


def _facts(log: Store, kept: Kept) -> Json:
    """Return the facts of a decision as they were received; in place of a personal one stands why it is not shown."""
    told: Any = parse_kept(kept.entry.body)
    opened = log.personal(kept)
    shown: dict[str, Json] = {}
    states: dict[str, str] = {}
    for name in told.get("personal", {}):
        if name not in opened:
            states[name], shown[name] = "erased", _ERASED
        elif may_see_personal():
            states[name], shown[name] = "shown", opened[name].value
        else:
            states[name], shown[name] = "masked", PERSONAL_MASK
    return {"id": kept.entry.id, "facts": join_personal(told["facts"], shown), "personal": states}
