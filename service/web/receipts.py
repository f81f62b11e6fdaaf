"""The calls by which a log is checked from outside: receipts, checkpoints and what leads from one to another."""

from __future__ import annotations

from flask import Blueprint, Response

from service.audit.log import receipts
from service.audit.log.notary import introductions, verifiers
from service.audit.log.receipts import NoCheckpoint
from service.audit.log.store import Store
from service.jsontext import Json
from service.web.answers import accept_json, accept_text, answer, answer_json, answer_text
from service.web.callers import may_see_personal, require
from service.web.parameters import read_parameters, read_size
from service.web.problems import refuse
from service.web.stored import stored_decision, there

__all__ = ["receipt_calls"]


def receipt_calls(store: Store | None) -> Blueprint:
    """Return the calls. Without a store all say that the audit log can't be used."""
    calls = Blueprint("receipts", __name__)

    @calls.get("/v1/decisions/<id_>/receipt")
    def receipt(id_: str) -> Response:
        require("read")
        accept_json()
        read_parameters()
        log = there(store)
        kept = stored_decision(log, id_)
        return answer(receipts.receipt(log, kept, log.personal(kept) if may_see_personal() else None))

    @calls.get("/v1/checkpoint")
    def checkpoint() -> Response:
        require("read")
        accept_text()
        read_parameters()
        return answer_text(receipts.checkpoint(there(store)).note)

    @calls.get("/v1/checkpoint/consistency")
    def consistency() -> Response:
        require("read")
        accept_json()
        given = read_parameters("from", "to")
        first, second = read_size(given, "from"), read_size(given, "to")
        if first is None:
            refuse("bad-parameter", "The query parameter 'from' must be given: the size of the earlier checkpoint.")
        try:
            return answer(receipts.consistency(there(store), first, second))
        except NoCheckpoint as wrong:
            refuse("unknown-checkpoint", str(wrong))

    @calls.get("/v1/checkpoint/keys")
    def keys() -> Response:
        require("read")
        accept_json()
        read_parameters()
        with there(store).database.reading() as connection:
            told: dict[str, Json] = {
                "keys": [key.text for key in verifiers(connection)],
                "introductions": list(introductions(connection)),
            }
            return answer_json(told)

    return calls
