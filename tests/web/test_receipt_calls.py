"""Receipts, checkpoints and received facts over HTTP: what is shown, to whom, and that it proves what it says."""

import hashlib
import json
from base64 import b64decode

import pytest

from service.audit.checking.given import Given
from service.audit.checking.verification import verify
from service.audit.log.erasure import erase
from service.audit.log.notary import Notary, verifiers
from service.audit.proof.checkpoints import open_checkpoint
from service.audit.proof.merkle import leaf_hash, root_from_inclusion
from service.audit.proof.notes import Verifier
from service.web.app import create_app
from service.web.callers import Caller, Callers

TOKENS = {"intake": "decide", "auditor": "read", "officer": "read read_personal decide"}


@pytest.fixture
def signed_store(store, tmp_path):
    """An empty store whose checkpoints are signed."""
    store.notary = Notary(tmp_path / "log.key", "library.example/log")
    store.prepare()
    return store


@pytest.fixture
def known(desk, signed_store):
    """A service that knows its callers; each bears its own name as token."""
    by_digest = {
        hashlib.sha256(name.encode()).hexdigest(): Caller(name, frozenset(rights.split()))
        for name, rights in TOKENS.items()
    }
    return create_app(desk, signed_store, callers=Callers(by_digest)).test_client()


def bearing(name, **headers):
    """Return the headers of a caller."""
    return {"Authorization": f"Bearer {name}", **headers}


def decide(client, facts, name=None, **headers):
    """Post a case and return the document."""
    headers = bearing(name, **headers) if name else headers
    response = client.post("/v1/decisions", json={"facts": facts}, headers=headers)
    assert response.status_code in (200, 201), response.data
    return response.get_json()


def test_a_receipt_proves_the_document_that_was_answered(client, signed_store):
    """Its entry has the hash that the document names, and leads to the root that was signed."""
    documents = [decide(client, {}) for _ in range(5)]
    response = client.get(f"/v1/decisions/{documents[2]['id']}/receipt")
    receipt = response.get_json()

    entry = receipt["entry"].encode()
    assert documents[2]["audit"]["entry"] == "sha256:" + hashlib.sha256(entry).hexdigest()
    assert json.loads(entry)["decisions"] == documents[2]["decisions"]
    with signed_store.database.reading() as connection:
        checkpoint = open_checkpoint(receipt["checkpoint"], verifiers(connection))
    proof = [b64decode(each) for each in receipt["proof"]]
    assert root_from_inclusion(leaf_hash(entry), 2, checkpoint.size, proof) == checkpoint.root


def test_a_checkpoint_is_plain_text_that_a_witness_can_read(client, signed_store):
    """Its form is C2SP's, its key among those that the service names."""
    decide(client, {})
    response = client.get("/v1/checkpoint")
    keys = [Verifier.parse(each) for each in client.get("/v1/checkpoint/keys").get_json()["keys"]]

    assert response.mimetype == "text/plain"
    checkpoint = open_checkpoint(response.get_data(as_text=True), keys)
    assert (checkpoint.origin, checkpoint.size) == ("library.example/log", 1)
    assert verify(signed_store, keys, [Given(response.get_data(as_text=True))]).is_good


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "bad-parameter"),
        ("?from=-1", 400, "bad-parameter"),
        ("?from=one", 400, "bad-parameter"),
        ("?from=01", 400, "bad-parameter"),
        ("?form=1", 400, "bad-parameter"),
        ("?from=9", 404, "unknown-checkpoint"),
        ("?from=0&to=7", 404, "unknown-checkpoint"),
        ("?from=0&to=999999999999999999999", 400, "bad-parameter"),
    ],
)
def test_a_wrong_question_about_checkpoints_is_refused(client, signed_store, query, status, code):
    """With what would be right."""
    decide(client, {})
    response = client.get("/v1/checkpoint/consistency" + query)

    assert (response.status_code, response.get_json()["type"]) == (status, f"/docs/problems/{code}")


@pytest.mark.parametrize("path", ["/receipt", "/facts", ""])
def test_an_entry_that_is_no_decision_is_no_document(client, signed_store, pack, path):
    """Erasures and changes of the key have ids as well."""
    document = decide(client, {"member": {"name": "Zoë"}})
    deed = erase(signed_store, signed_store.entry(document["id"]), "asked by the member", "operator").kept

    assert client.get(f"/v1/decisions/{deed.entry.id}{path}").status_code == 404


def test_a_service_without_a_key_can_not_prove(client):
    """It says so, and goes on deciding."""
    document = decide(client, {})

    assert client.get(f"/v1/decisions/{document['id']}/receipt").status_code == 503
    assert client.get("/v1/checkpoint").status_code == 503
    decide(client, {})


def test_who_decided_stands_in_the_entry(known, signed_store):
    """An auditor wants to know which system asked."""
    document = decide(known, {}, "intake")
    told = json.loads(signed_store.entry(document["id"]).entry.body)

    assert told["caller"] == "intake"
    assert "caller" not in document


def test_callers_do_not_share_idempotency_keys(known):
    """One must not get another's answer by guessing its key."""
    one = decide(known, {}, "intake", **{"Idempotency-Key": "order-1"})
    other = decide(known, {}, "officer", **{"Idempotency-Key": "order-1"})

    assert one["id"] != other["id"]
    assert decide(known, {}, "intake", **{"Idempotency-Key": "order-1"}) == one


def test_personal_facts_are_masked_unless_the_caller_has_the_right(known):
    """In the facts, in the receipt and in the document."""
    facts = {"member": {"name": "Zoë", "kind": "child"}}
    id_ = decide(known, facts, "intake")["id"]
    masked = known.get(f"/v1/decisions/{id_}/facts", headers=bearing("auditor")).get_json()
    shown = known.get(f"/v1/decisions/{id_}/facts", headers=bearing("officer")).get_json()

    assert masked["facts"] == {"member": {"name": "[personal]", "kind": "child"}}
    assert masked["personal"] == {"member.name": "masked"}
    assert (shown["facts"], shown["personal"]) == (facts, {"member.name": "shown"})
    receipts = [known.get(f"/v1/decisions/{id_}/receipt", headers=bearing(name)) for name in ("auditor", "officer")]
    assert "opened" not in receipts[0].get_json()
    assert receipts[1].get_json()["opened"]["member.name"]["json"] == '"Zoë"'

    def text(name, path):
        return known.get(f"/v1/decisions/{id_}{path}", headers=bearing(name)).get_data(as_text=True)

    # The whole name: less of it stands in some signatures, which are Base64.
    assert "Zoë" in text("officer", "/facts")
    for name, path in (("auditor", ""), ("auditor", "/receipt"), ("officer", "")):
        assert "Zoë" not in text(name, path)


def test_nobody_who_is_not_known_sees_personal_facts(client, signed_store):
    """A service without known callers can't tell who has the right."""
    id_ = decide(client, {"member": {"name": "Zoë"}})["id"]

    assert client.get(f"/v1/decisions/{id_}/facts").get_json()["personal"] == {"member.name": "masked"}


def test_erased_facts_are_told_as_such(known, signed_store):
    """For everybody; nothing else of the facts is gone."""
    id_ = decide(known, {"member": {"name": "Zoë", "kind": "child"}}, "intake")["id"]
    erase(signed_store, signed_store.entry(id_), "asked by the member", "operator")
    found = known.get(f"/v1/decisions/{id_}/facts", headers=bearing("officer")).get_json()

    assert found["facts"] == {"member": {"name": "[erased]", "kind": "child"}}
    assert found["personal"] == {"member.name": "erased"}


@pytest.mark.parametrize(
    "path", ["/v1/decisions/{}/receipt", "/v1/decisions/{}/facts", "/v1/checkpoint", "/v1/checkpoint/keys"]
)
def test_reading_needs_the_right(known, path):
    """Who may decide may not look at others' cases."""
    id_ = decide(known, {}, "intake")["id"]

    assert known.get(path.format(id_), headers=bearing("intake")).status_code == 403
    assert known.get(path.format(id_), headers=bearing("auditor")).status_code == 200


def test_a_service_whose_key_is_gone_is_not_ready(client, signed_store):
    """It still decides; what it can't do any more is told to who watches over it."""
    assert client.get("/readyz").status_code == 200
    signed_store.notary._signer = None
    signed_store.notary.path.unlink()

    assert client.get("/readyz").status_code == 503
    decide(client, {})
