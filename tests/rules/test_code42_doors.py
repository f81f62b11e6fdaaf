"""The shipped policy through both doors: HTTP and the command line give the same bytes, and refuse alike."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from click.testing import CliRunner

from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.cli import main
from service.decision.desk import Desk
from service.web.app import create_app
from tests.rules.contract_cases import complete_case, drop, facts_in
from tests.rules.contract_oracle import DEFAULTS

ROOT = Path(__file__).parents[2]
CODES = "code42-enterprise-support"
DOCUMENT = {"id", "decided_at", "as_of", "policy", "assumed", "decisions", "audit"}
DECISION = {"status", "outcome", "because", "overruled", "needs", "interpretations", "notes"}


@pytest.fixture(scope="module")
def desk(support):
    """The policy, ready to decide, as a server has it: from one request to the next."""
    return Desk([support])


@pytest.fixture
def client(desk, empty_log_at, tmp_path):
    """Serve the policy, with a store of its own."""
    store = Store(open_database(str(empty_log_at(tmp_path / "audit.db"))))
    yield create_app(desk, store).test_client()
    store.close()


@pytest.fixture
def post(client):
    """Return what posts a body, given as a value or as the bytes that it is."""

    def send(body, path="/v1/decisions", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(path, data=data, headers={"Content-Type": "application/json", **headers})

    return send


@pytest.fixture
def preview(post):
    """Return what previews a body and gives the document."""
    return lambda body: post(body, "/v1/decisions/preview").get_json()


def command(*arguments, facts):
    """Call the command line in this process, the facts on standard input."""
    text = facts if isinstance(facts, str | bytes) else json.dumps(facts)
    result = CliRunner().invoke(main, ["decide", *arguments], input=text, prog_name="clausewise")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def decisions_in(text):
    """Return the bytes of the member `decisions` of a canonical document."""
    begin = text.index(b'"decisions":') + len(b'"decisions":')
    return text[begin : text.index(b',"id":', begin)]


def backwards(value):
    """Return the same JSON with the members of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: backwards(value[name]) for name in reversed(value)}
    return value


def case_of(seed):
    """Return a random case, every other one with some facts unknown."""
    random = Random(f"doors {seed}")
    facts = complete_case(random)
    for path in random.sample(list(facts_in(facts)), 3) if seed % 2 else []:
        drop(facts, path)
    return facts


# The same bytes


@pytest.mark.parametrize("seed", range(8))
def test_both_doors_give_the_same_bytes_in_whatever_order_the_facts_come(seed, post):
    """What is decided is a matter of the facts alone: not of the door, nor of how the case is written."""
    facts = case_of(seed)
    answers = [
        post({"facts": facts}).data,
        post({"policy": CODES, "facts": backwards(facts)}, "/v1/decisions/preview").data,
        command("--format", "json", facts=json.dumps(backwards(facts), indent=3)).stdout_bytes,
    ]
    assert len({decisions_in(answer) for answer in answers}) == 1


def test_another_process_with_another_hash_seed_gives_the_same_bytes(tmp_path):
    """Nothing may rest on the order of a set, or on what an earlier case left behind."""
    facts = case_of(1)
    (tmp_path / "case.json").write_text(json.dumps(facts))
    expected = command("--format", "json", facts=facts).stdout_bytes
    for seed in ("1", "4711"):
        done = subprocess.run(
            [sys.executable, "-m", "service", "decide", "--format", "json", tmp_path / "case.json"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Kathmandu", "LC_ALL": "C"},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, expected, b"")


def test_a_decision_is_the_same_whatever_else_is_asked(post):
    """What a decision rests on is worked out too, and makes no difference to it."""
    facts = case_of(1)
    whole = post({"facts": facts}).get_json()["decisions"]
    for name, decision in whole.items():
        assert post({"facts": facts, "decisions": [name]}).get_json()["decisions"] == {name: decision}


# The document


def test_the_document_has_the_members_that_were_promised(post, client, support):
    """No more, no fewer; and it can be fetched again, byte for byte."""
    response = post({"facts": case_of(1)})
    document = response.get_json()

    assert response.status_code == 201
    assert set(document) == DOCUMENT
    assert UUID(document["id"]).version == 7
    assert response.headers["Location"].endswith(f"/v1/decisions/{document['id']}")
    assert document["policy"] == {"id": CODES, "version": "1.0.0", "digest": support.digest}
    assert document["policy"]["digest"].startswith("sha256:")
    assert set(document["audit"]) == {"sequence", "entry"}
    assert set(document["decisions"]) == set(support.decisions)
    for decision in document["decisions"].values():
        assert set(decision) == DECISION
        for reason in decision["because"]:
            assert set(reason) == {"rule", "says", "cites", "facts"}
        for loser in decision["overruled"]:
            assert {"rule", "by", "why", "cites", "facts"} <= set(loser)
        for note in decision["notes"]:
            assert {"says", "cites"} <= set(note)
    assert client.get(f"/v1/decisions/{document['id']}").data == response.data


def test_a_preview_and_a_call_without_database_are_in_no_log(preview):
    """There is nothing to prove of what is stored nowhere."""
    assert preview({"facts": {}})["audit"] is None
    document = json.loads(command("--format", "json", facts={}).stdout)
    assert [document[name] for name in ("id", "decided_at", "audit")] == [None, None, None]
    assert set(document) == DOCUMENT


def test_as_of_is_the_one_asked_else_the_report_else_null(preview):
    """It is given back as it was written."""
    reported = {"request": {"reported_at": "2026-03-06T22:30:00.5+05:45"}}
    assert preview({"facts": reported})["as_of"] == "2026-03-06T22:30:00.5+05:45"
    assert preview({"facts": reported, "as_of": "2020-01-01T00:00:00Z"})["as_of"] == "2020-01-01T00:00:00Z"
    assert preview({"facts": {}})["as_of"] is None
    done = command("--format", "json", "--as-of", "2020-01-01T00:00:00Z", facts=reported)
    assert json.loads(done.stdout)["as_of"] == "2020-01-01T00:00:00Z"


def test_as_of_judges_dates_and_leaves_the_report_alone(preview):
    """A version past its end of life today had full support then; the clock starts with the report."""
    facts = {
        "request": {"reported_at": "2026-03-10T12:00:00-05:00"},
        "customer": {"segment": "enterprise"},
        "product": {
            "software": {
                "generally_available": False,
                "successor_announced_on": "2020-01-01",
                "end_of_life_on": "2026-01-01",
            }
        },
    }
    names = ["software_lifecycle"]
    for as_of, status in [
        (None, "ended"),
        ("2026-01-01T05:59:59Z", "security_fixes_only"),  # still New Year's Eve in Chicago
        ("2026-01-01T06:00:00Z", "ended"),
        ("2025-07-01T04:59:59Z", "full"),
        ("2025-07-01T05:00:00Z", "security_fixes_only"),
    ]:
        asked = {"facts": facts, "decisions": names} | ({"as_of": as_of} if as_of else {})
        assert preview(asked)["decisions"]["software_lifecycle"]["outcome"]["status"] == status, as_of


@pytest.mark.parametrize(
    ("names", "assumed"),
    [
        (["scope"], set()),
        (["eligibility"], {"customer.subscription.seller"}),
        (["services"], {"request.service"}),
        (["requester"], set()),
        (["intake"], set()),
        (["hardware_lifecycle"], set()),
        (["escalation"], {"request.service"}),
        (["contact"], {"customer.subscription.seller", "request.service"}),
    ],
)
def test_only_defaults_that_the_returned_decisions_read_are_assumed(names, assumed, preview):
    """What is worked out on the way hands on the defaults that it rests on; what is not needed has none."""
    found = preview({"facts": {"customer": {"segment": "enterprise"}}, "decisions": names})["assumed"]
    if names == ["intake"]:
        found.pop("request.service", None)  # a note of the pack's own reads it
    assert set(found) == assumed
    assert found == {path: DEFAULTS[path] for path in found}


def test_a_default_that_is_given_is_not_assumed(preview):
    """What was said need not be assumed, even where it is the same."""
    facts = {"request": {"service": "issue"}, "customer": {"segment": "enterprise"}}
    assert preview({"facts": facts, "decisions": ["services"]})["assumed"] == {}


# What is wrong


def test_every_error_is_told_at_once_with_its_place_and_the_nearest_name(post):
    """One round of corrections is enough."""
    body = {
        "facts": {
            "request": {"reported_at": "2026-03-06T22:30:00", "chanel": "web"},
            "customer": {"plan": "glod", "country": "us", "named_contacts": -1, "responsive": "yes"},
            "report": {"provided": ["log", "logs", "logs"]},
            "product": {"software": {"version": "", "end_of_life_on": "2026-02-30"}},
            "escalation": {"expected_severity": 5, "manager_action": None},
        }
    }
    response = post(body)
    problem = response.get_json()

    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert {"type", "title", "status", "detail", "instance", "errors"} <= set(problem)
    found = {error["pointer"]: error.get("nearest") for error in problem["errors"]}
    assert found == {
        "/facts/request/reported_at": None,
        "/facts/request/chanel": "request.channel",
        "/facts/customer/plan": "gold",
        "/facts/customer/country": "US",
        "/facts/customer/named_contacts": None,
        "/facts/customer/responsive": None,
        "/facts/report/provided/0": "logs",
        "/facts/report/provided/2": None,
        "/facts/product/software/version": None,
        "/facts/product/software/end_of_life_on": None,
        "/facts/escalation/expected_severity": None,
        "/facts/escalation/manager_action": None,
    }
    assert all({"pointer", "code", "message"} <= set(error) for error in problem["errors"])

    done = command("--format", "json", facts=body["facts"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert all(pointer.rsplit("/", 1)[-1] in done.stderr for pointer in found if not pointer[-1].isdigit())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("request.reported_at", "2016-12-31T23:59:60Z"),
        ("request.reported_at", "2026-03-06 22:30:00Z"),
        ("request.reported_at", "1899-12-31T23:59:59Z"),
        ("request.reported_at", "9900-01-01T00:00:00Z"),
        ("request.reported_at", 1772836200),
        ("product.hardware.purchased_on", "1899-12-31"),
        ("product.hardware.purchased_on", "2026-3-6"),
        ("product.hardware.purchased_on", "2025-02-29"),
        ("product.hardware.purchased_on", "2026-03-06T00:00:00Z"),
        ("customer.country", "XK"),
        ("customer.named_contacts", 1.5),
        ("customer.named_contacts", True),
        ("customer.available_24x7", 1),
        ("escalation.expected_severity", 0),
        ("escalation.reason", "x" * 4001),
        ("escalation.contact", "x" * 401),
        ("escalation.ticket_number", ""),
        ("product.software", []),
        ("customer", "gold"),
    ],
)
def test_a_value_outside_its_domain_is_refused_where_it_stands(path, value, post):
    """With a pointer to the fact, or to what stands in its place."""
    facts = value
    for step in reversed(path.split(".")):
        facts = {step: facts}
    response = post({"facts": facts})

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/facts/" + path.replace(".", "/")]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("request.reported_at", "1900-01-01T00:00:00Z"),
        ("request.reported_at", "9899-12-31T23:59:59.999999-23:59"),
        ("request.reported_at", "2026-03-06t22:30:00z"),
        ("product.hardware.purchased_on", "1900-01-01"),
        ("product.hardware.purchased_on", "9899-12-31"),
        ("product.software.end_of_life_on", "1900-01-01"),
        ("product.software.successor_announced_on", "9899-12-31"),
        ("customer.named_contacts", 0),
        ("customer.named_contacts", 10**30),
        ("escalation.reason", "é" * 4000),
        ("report.provided", []),
    ],
)
def test_the_ends_of_each_domain_are_inside(path, value, preview):
    """Years 1900 to 9899, whole numbers of any size, texts of their full length: every decision comes out."""
    facts = case_of(0)
    facts["customer"]["segment"] = "enterprise"
    *steps, last = path.split(".")
    around = facts
    for step in steps:
        around = around.setdefault(step, {})
    around[last] = value
    assert len(preview({"facts": facts})["decisions"]) == 12


def test_unknown_names_are_told_apart(post):
    """A policy that is not there is not found; a decision that it does not have makes the request wrong."""
    assert post({"facts": {}, "policy": "code43"}).status_code == 404
    response = post({"facts": {}, "decisions": ["scope", "severty"]})
    error = response.get_json()["errors"][0]
    assert (response.status_code, error["pointer"], error["nearest"]) == (422, "/decisions/1", "severity")
    assert command("--policy", "code43", facts={}).exit_code == 2
    done = command("--decision", "severty", facts={})
    assert (done.exit_code, done.stdout) == (2, "")
    assert "severity" in done.stderr


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"facts": {}, "facts": {}}', 400),
        (b'{"facts": {"customer": {"plan": "gold", "plan": "silver"}}}', 400),
        (b'{"facts": {"customer": {"named_contacts": NaN}}}', 400),
        (b'{"facts": {"escalation": {"reason": "\xff"}}}', 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"facts": []}', 422),
        (b'{"facts": {}, "as_of": "2026-03-06"}', 422),
        (b'{"facts": {}, "fact": {}}', 422),
    ],
)
def test_malformed_bodies_and_wrong_ones_are_told_apart(body, status, post):
    """400 for what is no strict JSON, 422 for JSON that is no request."""
    response = post(body)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert b"Traceback" not in response.data


@pytest.mark.parametrize("text", ['{"customer": {}, "customer": {}}', "[]", "", b"\xff"])
def test_the_command_line_refuses_what_is_no_case(text):
    """Exit status 2, the reason on standard error, nothing on standard output."""
    done = command("--format", "json", facts=text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_an_open_case_is_no_error_on_the_command_line():
    """Undecided is an answer: exit status 0, the text for people on standard output and nothing beside it."""
    done = command(facts={})
    assert (done.exit_code, done.stderr) == (0, "")
    assert "customer.segment" in done.stdout


def test_the_shipped_pack_passes_its_check_and_its_cases():
    """Exit status 0 from both."""
    for name in ("check", "test"):
        done = CliRunner().invoke(main, [name, str(ROOT / "rules" / CODES)], prog_name="clausewise")
        assert done.exit_code == 0, done.output


def test_the_same_key_with_the_same_facts_repeats_the_answer_and_with_others_is_a_conflict(post):
    """Facts in another order are the same facts."""
    facts = case_of(2)
    first = post({"facts": facts}, **{"Idempotency-Key": "k"})
    again = post({"facts": backwards(facts)}, **{"Idempotency-Key": "k"})
    other = post({"facts": {}}, **{"Idempotency-Key": "k"})
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 409]
    assert again.data == first.data
