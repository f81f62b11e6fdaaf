"""Everything that can be wrong with a call, and the problem document (RFC 9457) that says so."""

import io
import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.shipped import schemas_folder
from service.web.app import create_app
from service.web.bodies import LARGEST_BODY
from service.web.problems import PROBLEMS, type_of
from tests.thorough import tried

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = Draft202012Validator(json.loads((schemas_folder() / "problem.schema.json").read_text()))


def code_of(response):
    """Check that a response is a problem document, and return its code."""
    problem = response.get_json()
    SCHEMA.validate(problem)
    assert response.mimetype == "application/problem+json"
    assert problem["status"] == response.status_code
    assert problem["title"] == PROBLEMS[problem["type"].rpartition("/")[2]][1]
    assert problem["instance"].startswith("urn:uuid:")
    return problem["type"].rpartition("/")[2]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"   ", ""),
        (b'{"facts": {}', ""),
        (b"{'facts': {}}", ""),
        (b'{"facts": {}} x', ""),
        (b'{"facts": {}, "facts": {}}', '"facts" is given twice'),
        (b'{"facts": {"loan": {"weight": NaN}}}', "NaN"),
        (b'{"facts": {"loan": {"weight": -Infinity}}}', "Infinity"),
        (b'{"facts": {"loan": {"weight": 1e999}}}', "too large"),
        (b'{"facts": {"member": {"name": "\xff"}}}', ""),
        (b'{"facts": {"member": {"name": "\\ud800"}}}', ""),
        (b'\xef\xbb\xbf{"facts": {}}', "byte order mark"),
        ('{"facts": {}}'.encode("utf-16"), ""),
        (b'{"facts":' + b"[" * 100_000, ""),
        (b'{"facts": {"loan": {"pages": ' + b"9" * 400 + b"}}}", "too large"),
        (b'{"facts": {"loan": {"pages": ' + b"9" * 100_000 + b"}}}", "too large"),
    ],
)
def test_what_is_no_strict_json_is_refused(post, body, says):
    """A parser that lets any of these through decides another case than the caller meant."""
    response = post(body)

    assert (response.status_code, code_of(response)) == (400, "malformed-json")
    assert says in response.get_json()["detail"]


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"facts"', b"{}", b'{"facts": null}', b'{"facts": []}'])
def test_json_that_is_no_request_is_refused(post, body):
    """Well formed, but wrong: 422."""
    response = post(body)

    assert (response.status_code, code_of(response)) == (422, "invalid-request")


def test_every_wrong_fact_is_told_at_once(post):
    """Where, what, and what was perhaps meant; the caller corrects all in one go."""
    response = post({"facts": {"loan": {"kind": "bok", "overdu": True, "days_late": -1}, "members": {}}})

    assert (response.status_code, code_of(response)) == (422, "invalid-facts")
    assert sorted(
        (error["pointer"], error["code"], error.get("nearest")) for error in response.get_json()["errors"]
    ) == [
        ("/facts/loan/days_late", "out_of_range", None),
        ("/facts/loan/kind", "not_allowed", "book"),
        ("/facts/loan/overdu", "unknown_fact", "loan.overdue"),
        ("/facts/members", "unknown_fact", "member"),
    ]


def test_wrong_facts_and_a_wrong_request_are_told_together(post):
    """The first correction would else only reveal the next fault."""
    body = {"facts": {"loan": {"kind": "bok"}}, "decisions": ["fin"], "as_of": "today", "polcy": "library-loans"}
    response = post(body)

    assert code_of(response) == "invalid-request"
    assert {(error["pointer"], error["code"]) for error in response.get_json()["errors"]} == {
        ("/as_of", "bad_instant"),
        ("/polcy", "unknown_member"),
        ("/decisions/0", "unknown_decision"),
        ("/facts/loan/kind", "not_allowed"),
    }


def test_unknown_decisions_and_wrong_facts_are_told_together(post):
    """The same where nothing else is wrong with the request."""
    response = post({"facts": {"loan": {"kind": "bok"}}, "decisions": ["fin", "fine"]})

    assert code_of(response) == "invalid-request"
    assert [(error["pointer"], error.get("nearest")) for error in response.get_json()["errors"]] == [
        ("/decisions/0", "fine"),
        ("/facts/loan/kind", "book"),
    ]


@pytest.mark.parametrize("decisions", [[1], [None, "fine"], [["fine"]], "fine", {"fine": True}, [], ["fine", "fine"]])
def test_odd_lists_of_decisions_are_refused(post, decisions):
    """No name of a decision can be read from them."""
    response = post({"facts": {}, "decisions": decisions})

    assert (response.status_code, code_of(response)) == (422, "invalid-request")


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/decisions/preview"])
def test_an_unknown_policy_is_not_found(post, path):
    """With the one that was perhaps meant."""
    response = post({"facts": {}, "policy": "library-loan"}, path)

    assert (response.status_code, code_of(response)) == (404, "unknown-policy")
    assert "Did you mean 'library-loans'? There is: library-loans." in response.get_json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"facts":{"loan":{"parts":[%b]}}}' % b",".join([b"1"] * 20_000),
        b'{"facts":{"loan":{"pauses":[%b]}}}' % b",".join([b"{}"] * 10_000),
        b'{"facts":{%b}}' % b",".join(b'"%d":0' % number for number in range(20_000)),
        b'{"facts":{},%b}' % b",".join(b'"%d":0' % number for number in range(20_000)),
        b'{"facts":{},"decisions":[%b]}' % b",".join([b'"fine"'] * 20_001),
        b'{"facts":{},"decisions":[%b]}' % b",".join(b'"%d"' % number for number in range(20_000)),
        b'{"facts":{"loan":{"parts":[%b]}},"x":0,"decisions":["fin"]}' % b",".join([b"1"] * 19_998),
    ],
)
def test_a_flood_of_problems_is_counted_and_the_answer_stays_small(post, body):
    """A hostile body must not buy an answer a hundred times its size."""
    response = post(body)
    problem = response.get_json()

    assert (response.status_code, len(problem["errors"]), problem["more"]) == (422, 100, 19_900)
    assert problem["detail"] == "20000 things are wrong with the body; 'errors' lists the first 100."
    assert len(response.data) < 30_000
    SCHEMA.validate(problem)


def test_names_that_fill_a_body_do_not_fill_the_answer(post):
    """Escaped, each of their characters takes six bytes."""
    names = [b'"%b%03d":0' % (b"\\u0001" * 1500, number) for number in range(110)]

    for body in (b'{"facts":{%b}}' % b",".join(names), b'{"facts":{},%b}' % b",".join(names)):
        response = post(body)
        assert (response.status_code, response.get_json()["more"]) == (422, 10)
        assert len(response.data) < 200_000


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "application/jsonp",
     "application/json; charset=utf-8; v=1", "multipart/form-data; boundary=x"],
)  # fmt: skip
def test_another_media_type_is_refused(post, media_type):
    """A browser's form must not decide anything (and JSON is UTF-8, RFC 8259, 8.1)."""
    response = post({"facts": {}}, Content_Type=media_type)

    assert (response.status_code, code_of(response)) == (415, "unsupported-media-type")


@pytest.mark.parametrize("media_type", ["application/json;charset=utf-8", 'Application/JSON; Charset="UTF-8"'])
def test_the_one_charset_may_be_named(post, media_type):
    """Many clients do."""
    assert post({"facts": {}}, Content_Type=media_type).status_code == 201


def test_a_compressed_body_is_refused(post):
    """Its size could not be judged beforehand."""
    response = post({"facts": {}}, Content_Encoding="gzip")

    assert (response.status_code, code_of(response)) == (415, "unsupported-media-type")


@pytest.mark.parametrize("encoding", ["identity", "Identity", " IDENTITY "])
def test_no_encoding_may_be_named(post, encoding):
    """Names of content codings have no case (RFC 9110, 8.4.1)."""
    assert post({"facts": {}}, Content_Encoding=encoding).status_code == 201


def test_a_caller_that_asks_first_whether_to_send_is_told_without_sending(client):
    """`Expect: 100-continue` is for this (RFC 9110, 10.1.1)."""
    body = io.BytesIO(b" " * 2_000_000)
    headers = {"Content-Type": "application/json", "Content-Length": "2000000", "Expect": "100-continue"}

    assert code_of(client.post("/v1/decisions", input_stream=body, headers=headers)) == "too-large"
    assert body.tell() == 0


def padded(size):
    """Return a request of so many bytes."""
    return b'{"facts": {}' + b" " * (size - 13) + b"}"


def test_a_body_may_have_one_mebibyte(post):
    """Up to the limit it is read, beyond it is refused without being read."""
    assert post(padded(LARGEST_BODY)).status_code == 201
    response = post(padded(LARGEST_BODY + 1))

    assert (response.status_code, code_of(response)) == (413, "too-large")


@pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, 201), (LARGEST_BODY + 1, 413)])
def test_a_body_without_a_length_is_limited_as_well(client, size, status):
    """Sent in chunks, it tells its size only at its end."""
    response = client.post(
        "/v1/decisions",
        input_stream=io.BytesIO(padded(size)),
        headers={"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert response.status_code == status


@pytest.mark.parametrize("path", ["/v1", "/v1/decision", "/v1/decisions/", "/v1//policies", "/v1/policies/x/y", "/%00"])
def test_nothing_at_an_address_is_a_problem(client, path):
    """Also for whoever mistypes."""
    response = client.get(path)

    assert (response.status_code, code_of(response)) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/decisions", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/v1/policies", "GET, HEAD, OPTIONS"),
        ("PUT", "/healthz", "GET, HEAD, OPTIONS"),
        ("GET", "/v1/decisions/preview", "OPTIONS, POST"),
        ("DELETE", "/v1/decisions/preview", "OPTIONS, POST"),
        ("PATCH", "/v1/decisions/019a0000-0000-7000-8000-000000000000", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_taken_is_a_problem(client, method, path, allowed):
    """`Allow` names those that are (RFC 9110, 15.5.6), each time in the same order."""
    response = client.open(path, method=method)

    assert (response.status_code, code_of(response)) == (405, "method-not-allowed")
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize(("accept", "status"), [("text/html", 406), ("application/json;q=0", 406), ("*/*", 201),
                                                ("text/html, application/*;q=0.1", 201), ("", 201)])  # fmt: skip
def test_a_caller_that_takes_no_json_is_told_so(post, accept, status):
    """Before anything is decided."""
    response = post({"facts": {}}, Accept=accept)

    assert response.status_code == status
    assert status == 201 or code_of(response) == "not-acceptable"


def test_head_is_get_without_a_body(client):
    """RFC 9110, 9.3.2."""
    got, head = client.get("/v1/policies"), client.head("/v1/policies")

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/decisions", "GET, HEAD, OPTIONS, POST"),
        ("/v1/decisions/preview", "OPTIONS, POST"),
        ("/v1/decisions/019a0000-0000-7000-8000-000000000000", "GET, HEAD, OPTIONS"),
        ("/readyz", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_names_the_methods_and_says_no_more(client, path, methods):
    """RFC 9110, 9.3.7."""
    response = client.options(path)

    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["Allow"] == methods
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/v1/policies?page=2", "There is no query parameter 'page'. This address takes none."),
        ("/v1/policies/library-loans?verison=1.0.0", "'verison'. Did you mean 'version'? There is: version."),
        ("/v1/policies/library-loans/rules?version=1.0.0&version=1.0.0", "'version' is given twice"),
        ("/v1/policies/library-loans/clauses?version=%FF", "UTF-8"),
        ("/v1/policies/library-loans/facts-schema?=1.0.0", "no query parameter ''"),
        ("/v1/decisions/019a0000-0000-7000-8000-000000000000?pretty", "'pretty'"),
        ("/v1/openapi.json?v=1", "'v'"),
    ],
)
def test_a_wrong_query_parameter_is_never_ignored(client, path, says):
    """Whoever misspells `version` would else read another version's rules and not know it."""
    response = client.get(path)

    assert (response.status_code, code_of(response)) == (400, "bad-parameter")
    assert says in response.get_json()["detail"]


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (
            "33269485589555073024",
            "'from' is 33269485589555073024, but no log has more than 9223372036854775807 entries.",
        ),
        ("-1", "'from' is '-1', and must be a number of entries, from 0 on."),
        ("9" * 9000, "no log has more"),
    ],
)
def test_a_size_that_no_log_has_is_refused_as_what_it_is(client, size, says):
    """A number that is too large is a number."""
    response = client.get(f"/v1/checkpoint/consistency?from={size}")

    assert (response.status_code, code_of(response)) == (400, "bad-parameter")
    assert says in response.get_json()["detail"]


@pytest.mark.parametrize("path", ["/v1/decisions", "/v1/decisions/preview"])
def test_the_calls_that_decide_take_no_query_parameters(post, path):
    """A fact in the address would be passed over."""
    assert code_of(post({"facts": {}}, path + "?policy=library-loans")) == "bad-parameter"


def test_a_load_balancer_may_add_what_it_likes_to_its_probe(client):
    """Some defeat caches so."""
    assert client.get("/healthz?t=1").status_code == 200
    assert client.get("/readyz?t=1").status_code == 200


@pytest.mark.parametrize("path", ["/v1/policies/" + "a" * 30_000, "/" + "a" * 30_000])
def test_no_answer_repeats_a_very_long_name(client, path):
    """A log of answers stays readable."""
    assert len(client.get(path).data) < 2_000


def test_an_unknown_policy_with_a_very_long_name_is_cut(post):
    """The same in a body, which may be longer."""
    assert len(post({"facts": {}, "policy": "a" * 900_000}).data) < 2_000


def test_a_log_that_is_locked_is_an_outage(desk, hasty_store, late_map):
    """503 tells when to try again; afterwards all works as before, and the sequence has no gap."""
    client = create_app(desk, hasty_store).test_client()

    def post(body):
        return client.post("/v1/decisions", json=body)

    assert post({"facts": late_map}).get_json()["audit"]["sequence"] == 1
    with closing(sqlite3.connect(hasty_store.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        response, ready, live = post({"facts": late_map}), client.get("/readyz"), client.get("/healthz")
        assert (response.status_code, code_of(response)) == (503, "store-unavailable")
        assert int(response.headers["Retry-After"]) > 0
        assert (ready.status_code, live.status_code) == (503, 200)

    assert client.get("/readyz").status_code == 200
    assert post({"facts": late_map}).get_json()["audit"]["sequence"] == 2


def test_an_outage_tells_no_path(client, store):
    """Where the log lies is nobody's business but the operator's, who reads standard error."""
    store.database.path.unlink()
    response = client.get("/v1/decisions/019a0000-0000-7000-8000-000000000000")

    assert response.status_code == 503
    assert str(store.database.path.parent) not in response.get_data(as_text=True)


def test_too_much_at_once_is_an_overload(desk, tmp_path, empty_log_at, late_map):
    """Who would wait too long is told to come back; who only reads rules is served, and who waits gets an answer."""
    store = Store(open_database(str(empty_log_at(tmp_path / "busy.db")), patience=300))
    app = create_app(desk, store, most_at_once=1, patience=0.01)

    def ask(path):
        return app.test_client().post(path, json={"facts": late_map})

    with closing(sqlite3.connect(store.database.path, isolation_level=None)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        first = pool.submit(ask, "/v1/decisions")  # takes the one place, and waits there for the log
        refused = next(each for _ in count() if (each := ask("/v1/decisions/preview")).status_code != 200)
        assert app.test_client().get("/v1/policies").status_code == 200
        other.execute("ROLLBACK")

    assert (refused.status_code, code_of(refused), refused.headers["Retry-After"]) == (503, "overloaded", "1")
    assert first.result().status_code == 201
    assert ask("/v1/decisions").status_code == 201
    store.close()


def test_a_defect_is_a_problem_without_a_trace(desk, store, capsys):
    """The caller gets an instance to quote, the operator one line of JSON under it, and no fact stands in either."""
    app = create_app(desk, store)

    @app.get("/broken")
    def broken():
        raise RuntimeError("secret of a member")

    response = app.test_client().get("/broken")
    line = json.loads(capsys.readouterr().err)

    assert (response.status_code, code_of(response)) == (500, "internal-error")
    assert (line["instance"], line["error"]) == (response.get_json()["instance"], "RuntimeError")
    assert "broken" in line["at"][-1]
    assert "secret" not in response.get_data(as_text=True) + json.dumps(line)


def test_a_damaged_entry_is_not_given_out(client, post, store, late_map, capsys):
    """A wrong answer is worse than none."""
    location = post({"facts": late_map}).headers["Location"]
    with closing(sqlite3.connect(store.database.path)) as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET body = x'00'")
        connection.commit()

    response = client.get(location)

    assert (response.status_code, code_of(response)) == (500, "damaged-entry")
    assert json.loads(capsys.readouterr().err)["problem"] == "damaged-entry"


def test_each_problem_is_documented():
    """Its `type`, status and title stand in the table of `docs/http.md`, and nothing else does."""
    rows = re.findall(
        r"^\| `(/docs/problems/[a-z-]+)` \| (\d+) \| ([^|]+?) \|", (DOCS / "http.md").read_text(), re.MULTILINE
    )

    assert rows == [(type_of(code), str(status), title) for code, (status, title) in PROBLEMS.items()]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["facts", "loan", "member", "card", "kind", "decisions", "as_of", "policy", "~/"]), inner
        )
    ),
    max_leaves=10,
)


@given(json_values)
@settings(max_examples=tried(75, 1500), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_json_makes_the_service_fail(client, value):
    """Whatever comes in: a document, or a problem that is the caller's."""
    response = client.post("/v1/decisions/preview", data=json.dumps(value), content_type="application/json")

    assert response.status_code in (200, 404, 422)
    assert response.status_code == 200 or code_of(response)


@given(st.binary(max_size=60))
@settings(max_examples=tried(50, 1000), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_make_the_service_fail(client, body):
    """The same for what is no JSON."""
    response = client.post("/v1/decisions/preview", data=body, content_type="application/json")

    assert response.status_code in (400, 422)
    assert code_of(response)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/nowhere"),
        ("POST", "/v1/decisions"),
        ("PUT", "/v1/policies"),
        ("OPTIONS", "/readyz"),
    ],
)
def test_every_answer_is_for_its_caller_alone(client, method, path):
    """It is about a case: no cache keeps it, and no browser takes it for a page."""
    response = client.open(path, method=method, json={"facts": {}})

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
