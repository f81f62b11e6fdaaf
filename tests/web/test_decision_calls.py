"""Deciding over HTTP: what is answered, kept and given back."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from service.decision.desk import Desk
from service.jsontext import canonical, parse
from service.shipped import schemas_folder
from service.web.app import create_app

NOBODY = "019a0000-0000-7000-8000-000000000000"


def test_a_decision_is_created_with_its_address(client, post, late_map):
    """201 and Location (RFC 9110, 15.3.2), and an id that sorts by time (RFC 9562, version 7)."""
    response = post({"facts": late_map})
    document = response.get_json()

    assert (response.status_code, response.mimetype) == (201, "application/json")
    assert response.headers["Location"] == f"/v1/decisions/{document['id']}"
    assert UUID(document["id"]).version == 7
    assert document["decided_at"].endswith("Z")
    assert datetime.fromisoformat(document["decided_at"]).tzinfo is not None
    assert document["audit"]["sequence"] == 1


def test_the_document_says_what_was_decided_and_why(post, late_map):
    """The whole way once: rules, trace, clause, what was assumed."""
    document = post({"facts": late_map, "decisions": ["fine"]}).get_json()

    assert document["decisions"]["fine"]["outcome"] == {"level": "low", "amount": 2, "missing": []}
    assert "fine.late" in [reason["rule"] for reason in document["decisions"]["fine"]["because"]]
    assert document["assumed"]["member.kind"] == "adult"
    assert document["as_of"] == "2026-03-02T10:00:00Z"


def test_a_document_is_as_its_schema_says(post, late_map):
    """Callers build on `schemas/decision.document.schema.json`."""
    schema = json.loads((schemas_folder() / "decision.document.schema.json").read_text())

    for path in ("/v1/decisions", "/v1/decisions/preview"):
        Draft202012Validator(schema).validate(post({"facts": late_map}, path).get_json())


def test_answers_are_canonical_json(post, late_map):
    """The same document is the same bytes (RFC 8785)."""
    body = post({"facts": late_map}).data

    assert canonical(parse(body)) == body


def test_a_stored_document_is_given_back_byte_for_byte(client, post, late_map):
    """A copy that somebody kept can be compared with the log."""
    response = post({"facts": late_map})

    assert client.get(response.headers["Location"]).data == response.data


def test_only_what_was_asked_for_is_returned(post, late_map):
    """`fine` rests on nothing else that the caller wants to see."""
    assert list(post({"facts": late_map, "decisions": ["fine", "lending"]}).get_json()["decisions"]) == [
        "fine",
        "lending",
    ]


def test_the_order_of_members_does_not_matter(post, late_map):
    """Identical facts give byte-identical decisions."""
    turned = {name: dict(reversed(members.items())) for name, members in reversed(late_map.items())}
    one, other = post({"facts": late_map}).get_json(), post({"facts": turned}).get_json()

    assert canonical(one["decisions"]) == canonical(other["decisions"])


def test_a_preview_is_stored_nowhere(client, post, late_map):
    """It reads like an answer, but the log knows nothing of it."""
    response = post({"facts": late_map}, "/v1/decisions/preview")
    document = response.get_json()

    assert response.status_code == 200
    assert document["audit"] is None
    assert client.get(f"/v1/decisions/{document['id']}").status_code == 404
    assert post({"facts": late_map}).get_json()["audit"]["sequence"] == 1


def test_a_preview_decides_as_a_decision_does(post, late_map):
    """Otherwise it would preview nothing."""
    preview = post({"facts": late_map}, "/v1/decisions/preview").get_json()

    assert preview["decisions"] == post({"facts": late_map}).get_json()["decisions"]


ODD_IDS = [NOBODY, NOBODY.upper(), "nonsense", "%00", "%F0%9F%93%9A", "%0D%0AX-Evil:%201", "%ff", "%ED%A0%80", "..",
           "a" * 3000]  # fmt: skip


@pytest.mark.parametrize("id_", ODD_IDS)
def test_an_unknown_document_is_not_found(client, id_):
    """Whatever stands there in place of an id."""
    response = client.get(f"/v1/decisions/{id_}")

    assert (response.status_code, response.get_json()["type"]) == (404, "/docs/problems/unknown-document")


def test_a_refused_request_leaves_no_entry(post, late_map):
    """Sequences count answers, not attempts."""
    assert post({"facts": {"loan": {"kind": "bok"}}}).status_code == 422

    assert post({"facts": late_map}).get_json()["audit"]["sequence"] == 1


def test_a_key_repeats_the_first_answer(post, late_map):
    """A caller that lost the connection asks again, and nothing is decided twice."""
    first = post({"facts": late_map}, Idempotency_Key="order-4711")
    again = post({"facts": late_map}, Idempotency_Key="order-4711")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]


def test_a_key_knows_a_request_that_is_only_written_differently(post, late_map):
    """Spaces, the order of members and 2.0 for 2 are no other request."""
    first = post({"facts": late_map}, Idempotency_Key="k")
    late_map["loan"]["days_late"] = 2.0
    again = post(json.dumps({"facts": dict(reversed(late_map.items()))}, indent=3).encode(), Idempotency_Key="k")

    assert again.data == first.data


def test_a_key_with_other_facts_is_a_conflict(post, late_map):
    """Answering would pass one case's decision off as another's."""
    post({"facts": late_map}, Idempotency_Key="order-4711")
    other = post({"facts": {}}, Idempotency_Key="order-4711")

    assert (other.status_code, other.get_json()["type"]) == (409, "/docs/problems/idempotency-key-reused")


def test_a_key_of_a_refused_request_can_be_used_again(post, late_map):
    """The caller corrects the facts and asks again under the same name."""
    assert post({"facts": {"loan": {"kind": "bok"}}}, Idempotency_Key="k").status_code == 422

    assert post({"facts": late_map}, Idempotency_Key="k").status_code == 201


def test_two_requests_with_one_key_at_once_are_decided_once(desk, store, late_map):
    """An impatient caller repeats itself while the first request is being answered."""
    app = create_app(desk, store)
    body = json.dumps({"facts": late_map}).encode()

    def ask(_):
        headers = {"Content-Type": "application/json", "Idempotency-Key": "order-4711"}
        return app.test_client().post("/v1/decisions", data=body, headers=headers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))

    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.data for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", "a" * 256, "tab\there", "Zoë"])
def test_a_key_that_is_no_short_plain_text_is_refused(post, late_map, key):
    """What can't be read aloud over the telephone is no name for a request."""
    response = post({"facts": late_map}, Idempotency_Key=key)

    assert (response.status_code, response.get_json()["type"]) == (400, "/docs/problems/bad-idempotency-key")


@pytest.mark.parametrize("key", ["a", "a" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "with space ~"])
def test_any_short_plain_text_is_a_key(post, late_map, key):
    """Quoted as the IETF draft has it, or not."""
    assert post({"facts": late_map}, Idempotency_Key=key).status_code == 201


def test_the_version_in_force_at_as_of_decides(make_version, store, late_map):
    """Each version reads the facts by its own schema."""
    desk = Desk([make_version("1.1.0", until="2026-03-01"), make_version("2.0.0", **{"from": "2026-03-01"})])
    client = create_app(desk, store).test_client()

    def version(**members):
        return client.post("/v1/decisions", json={"facts": late_map, **members}).get_json()["policy"]["version"]

    assert version() == "2.0.0"
    assert version(as_of="2026-02-28T23:59:59Z") == "1.1.0"
    assert version(as_of="2026-03-01T00:00:00Z") == "2.0.0"


def test_a_day_without_a_version_is_refused(make_version, store, late_map):
    """The request is well formed, yet nothing can be said to it: 422."""
    client = create_app(Desk([make_version("2.0.0", **{"from": "2026-03-01"})]), store).test_client()
    response = client.post("/v1/decisions", json={"facts": late_map, "as_of": "2026-02-28T12:00:00Z"})

    assert (response.status_code, response.get_json()["type"]) == (422, "/docs/problems/policy-not-in-force")
    assert "2026-02-28" in response.get_json()["detail"]


def test_without_a_store_there_are_previews_alone(desk, late_map):
    """To try a pack out, no log is needed."""
    client = create_app(desk, None).test_client()

    assert client.post("/v1/decisions/preview", json={"facts": late_map}).status_code == 200
    assert client.post("/v1/decisions", json={"facts": late_map}).status_code == 503
    assert client.get(f"/v1/decisions/{NOBODY}").status_code == 503
    assert client.get("/readyz").status_code == 200
