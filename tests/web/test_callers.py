"""Known callers: the file that lists them, the token that each call bears, and what each may do."""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.cli.serving import serve
from service.shipped import schemas_folder
from service.web.app import create_app
from service.web.callers import (
    Caller,
    Callers,
    InvalidCallers,
    Right,
    current_caller,
    may_see_personal,
    read_callers,
)
from service.web.problems import PROBLEMS

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = Draft202012Validator(json.loads((schemas_folder() / "problem.schema.json").read_text()))
TOKENS = {"desk": "d3sk-.~+/", "archive": "archive==", "auditor": "AUDITOR", "guest": "guest"}
RIGHTS = {"desk": "[decide, read]", "archive": "read", "auditor": "[read, read_personal]", "guest": "[]"}
OPEN = ["/healthz", "/readyz", "/v1/openapi.json"]
POLICIES = [
    "/v1/policies",
    "/v1/policies/library-loans",
    "/v1/policies/library-loans/clauses",
    "/v1/policies/library-loans/rules",
    "/v1/policies/library-loans/facts-schema",
]
CALLS = [
    ("POST", "/v1/decisions"),
    ("POST", "/v1/decisions/preview"),
    ("GET", "/v1/decisions/0"),
    *(("GET", path) for path in POLICIES),
]
BODY = json.dumps({"facts": {}}).encode()
ONE, OTHER = "1" * 63 + "a", "2" * 63 + "b"


def digest_of(token):
    """Return what the file has in place of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture
def write(tmp_path):
    """Write a file of callers."""

    def written(text):
        file = tmp_path / "callers.yaml"
        file.write_text(text)
        return file

    return written


@pytest.fixture(scope="module")
def app(desk, empty_log, tmp_path_factory):
    """The application that knows four callers, each with a token and rights of its own; no test looks into its log."""
    folder = tmp_path_factory.mktemp("callers")
    listed = (
        f"  - caller: {name}\n    token_sha256: '{digest_of(token)}'\n    may: {RIGHTS[name]}\n"
        for name, token in TOKENS.items()
    )
    file = folder / "callers.yaml"
    file.write_text("callers:\n" + "".join(listed))
    store = Store(open_database(str(shutil.copy(empty_log, folder / "audit.db"))))
    yield create_app(desk, store, callers=read_callers(file))
    store.close()


@pytest.fixture
def ask(app):
    """Call as one of those who are known, or with any header."""

    def asked(method, path, name=None, *, authorization=None, body=BODY, **headers):
        given = f"Bearer {TOKENS[name]}" if name else authorization
        named = {"Content-Type": "application/json", **headers, **({"Authorization": given} if given else {})}
        return app.test_client().open(path, method=method, data=body if method == "POST" else None, headers=named)

    return asked


def code_of(response):
    """Check that a response is a problem document, and return its code."""
    problem = response.get_json()
    SCHEMA.validate(problem)
    code = problem["type"].rpartition("/")[2]
    assert response.mimetype == "application/problem+json"
    assert (problem["status"], problem["title"]) == PROBLEMS[code] == (response.status_code, problem["title"])
    return code


def told(file):
    """Return the findings that a file is refused for, without its folder."""
    with pytest.raises(InvalidCallers) as refused:
        read_callers(file)
    assert str(refused.value) == "\n".join(map(str, refused.value.findings))
    return [str(finding).removeprefix(f"{file.parent}/") for finding in refused.value.findings]


@pytest.mark.parametrize(("method", "path"), [*CALLS, ("GET", "/nowhere"), ("DELETE", "/v1/decisions")])
def test_a_call_without_a_token_is_refused(ask, method, path):
    """What exists and what doesn't look the same to whom the service doesn't know."""
    response = ask(method, path)

    assert (response.status_code, code_of(response)) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="clausewise"'


@pytest.mark.parametrize(
    "authorization",
    ["Basic Z3Vlc3Q6Z3Vlc3Q=", "guest", "Bearer", "Bearer ", "Bearerguest", "Token guest", ":", "Bearer\tguest"],
)
def test_what_is_no_bearer_token_counts_as_none(ask, authorization):
    """The answer then names only the scheme that is wanted (RFC 6750, 3.1)."""
    response = ask("GET", "/v1/policies", authorization=authorization)

    assert (response.status_code, code_of(response)) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="clausewise"'


@pytest.mark.parametrize(
    "token",
    [
        "nobody",
        "Guest",
        "guest guest",
        "guest,guest",
        "guest=",
        "gu\u00e9st",
        '"guest"',
        digest_of("guest"),
        "x" * 60_000,
    ],
)
def test_an_unknown_token_is_refused_and_not_repeated(ask, token, capsys):
    """Neither in the answer nor in the log: it may be a slip away from a real one."""
    response = ask("GET", "/v1/policies", authorization=f"Bearer {token}")

    assert (response.status_code, code_of(response)) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="clausewise", error="invalid_token"'
    assert token not in response.text
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_name_of_the_scheme_has_no_capitals_that_count(ask, scheme):
    """RFC 9110, 11.1."""
    assert ask("GET", "/v1/policies", authorization=f"{scheme} {TOKENS['guest']}").status_code == 200


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("authorization", [None, "Bearer nobody", "Basic x"])
def test_health_and_the_description_are_open(ask, path, authorization):
    """A supervisor has no token, and whoever writes a client not yet."""
    assert ask("GET", path, authorization=authorization).status_code == 200
    assert ask("HEAD", path, authorization=authorization).status_code == 200


@pytest.mark.parametrize(
    "path", ["/healthz/", "/healthzz", "/v1/policies/../../healthz", "/v1/policies;/healthz", "/readyz%00"]
)
def test_what_only_looks_like_an_open_address_is_closed(ask, path):
    """No way around by spelling."""
    assert ask("GET", path).status_code == 401


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_options_are_open(ask, method, path):
    """A browser asks before it sends credentials (Fetch, 3.3.5)."""
    assert ask("OPTIONS", path).status_code == 204


@pytest.mark.parametrize("path", POLICIES)
def test_policies_need_no_right(ask, path):
    """Only to be known."""
    assert ask("GET", path, "guest").status_code == 200
    assert ask("HEAD", path).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "right", "allowed"),
    [
        ("POST", "/v1/decisions", "decide", {"desk": 201}),
        ("POST", "/v1/decisions/preview", "decide", {"desk": 200}),
        ("GET", "/v1/decisions/0", "read", {"desk": 404, "archive": 404, "auditor": 404}),
        ("HEAD", "/v1/decisions/0", "read", {"desk": 404, "archive": 404, "auditor": 404}),
    ],
)
def test_each_call_needs_its_right(ask, method, path, right, allowed):
    """And the refusal names the one that is lacking."""
    for name in TOKENS:
        response = ask(method, path, name)
        assert response.status_code == allowed.get(name, 403), name
        if response.status_code == 403 and method != "HEAD":
            assert code_of(response) == "forbidden"
            assert response.get_json()["detail"] == f"The caller '{name}' lacks the right '{right}'."
        if response.status_code == 403:
            challenge = f'Bearer realm="clausewise", error="insufficient_scope", scope="{right}"'
            assert response.headers["WWW-Authenticate"] == challenge


def test_what_was_decided_can_be_read_by_another(ask):
    """Rights are to calls, not to documents."""
    location = ask("POST", "/v1/decisions", "desk").headers["Location"]

    assert ask("GET", location, "archive").status_code == 200
    assert ask("GET", location, "guest").status_code == 403


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("archive", 403)])
@pytest.mark.parametrize(
    "headers", [{"Content-Type": "text/plain"}, {"Accept": "text/html"}, {"Idempotency-Key": "\u00e9"}, {}]
)
def test_a_call_is_refused_before_anything_of_it_is_judged(ask, name, status, headers):
    """Whoever may not decide doesn't learn what would be decided, nor what is wrong with the request."""
    response = ask("POST", "/v1/decisions?sorted=yes", name, body=b"{", **headers)

    assert response.status_code == status


def test_without_callers_every_call_is_open(client):
    """As a service without the option always was: whatever the header says."""
    for headers in ({}, {"Authorization": "Bearer nobody"}):
        assert (
            client.post("/v1/decisions", data=BODY, content_type="application/json", headers=headers).status_code == 201
        )
        assert client.get("/v1/policies", headers=headers).status_code == 200


@pytest.mark.parametrize(("name", "may"), [("auditor", True), ("desk", False), ("archive", False)])
def test_only_who_is_known_and_has_the_right_may_see_personal_facts(app, name, may):
    """Asked while a call is answered."""
    with app.test_request_context("/v1/decisions/0", headers={"Authorization": f"Bearer {TOKENS[name]}"}):
        app.preprocess_request()

        assert current_caller().name == name
        assert may_see_personal() is may


def test_nobody_unknown_may_see_personal_facts(client):
    """An open service is open for decisions, not for persons."""
    with client.application.test_request_context("/v1/decisions/0", headers={"Authorization": "Bearer AUDITOR"}):
        client.application.preprocess_request()

        assert current_caller() is None
        assert may_see_personal() is False


def test_a_caller_is_found_by_the_token_alone():
    """By its digest: the service has no token to compare with."""
    known = Caller("desk", frozenset({"decide"}))
    callers = Callers({digest_of("t0ken"): known})

    assert callers.bearer_of("t0ken") is known
    assert [callers.bearer_of(each) for each in ("", "t0ke", "t0ken ", digest_of("t0ken"), "t\u00f6ken")] == [None] * 5


def test_one_right_is_written_as_the_one(write):
    """As everywhere in the language of packs."""
    callers = read_callers(write(f"callers: [{{caller: desk, token_sha256: {digest_of('t')}, may: decide}}]"))

    assert callers.bearer_of("t") == Caller("desk", frozenset({"decide"}))


@pytest.mark.parametrize(
    ("entry", "finding"),
    [
        (
            f"caller: the desk, token_sha256: {ONE}, may: []",
            "1:20: caller the desk: 'caller' must be a name of 1 to 64",
        ),
        (f"caller: {'x' * 65}, token_sha256: {ONE}, may: []", "1:20: caller x"),
        (f"caller: '', token_sha256: {ONE}, may: []", "1:20: caller : 'caller' must be a name of 1 to 64"),
        (f'caller: "desk\\n", token_sha256: {ONE}, may: []', "1:20: caller desk\n: 'caller' must be a name of 1 to 64"),
        (
            f"caller: d\u00e9sk, token_sha256: {ONE}, may: []",
            "1:20: caller d\u00e9sk: 'caller' must be a name of 1 to 64",
        ),
        (f"caller: 4711, token_sha256: {ONE}, may: []", "1:20: the file: 'caller' in item 1 of 'callers' must be text"),
        (f"token_sha256: {ONE}, may: []", "1:11: the file: item 1 of 'callers' needs the key 'caller'"),
        ("caller: desk, may: []", "1:11: caller desk: needs the key 'token_sha256'"),
        (f"caller: desk, token_sha256: {ONE}", "1:11: caller desk: needs the key 'may'"),
        (
            f"caller: desk, token_sha256: {ONE}, may: [read, decode]",
            "1:118: caller desk: item 2 of 'may' must be 'decide'",
        ),
        (
            f"caller: desk, token_sha256: {ONE}, may: raed",
            "1:111: caller desk: 'may' must be 'decide', 'read' or 'read_personal', not 'raed'. Did you mean 'read'?",
        ),
        (f"caller: desk, token_sha256: {ONE}, may: [read, read]", "1:111: caller desk: 'may' lists 'read' twice"),
        (f"caller: desk, token_sha256: {ONE}, my: []", "1:106: caller desk: unknown key 'my'. Did you mean 'may'?"),
        (
            f"caller: desk, token_sha25: {ONE}, may: []",
            "1:26: caller desk: unknown key 'token_sha25'. Did you mean 'token_",
        ),
    ],
)
def test_a_wrong_entry_is_told_with_its_place(write, entry, finding):
    """And with what would be right."""
    (first, *_) = told(write(f"callers: [{{{entry}}}]"))

    assert first.startswith(f"callers.yaml:{finding}")


@pytest.mark.parametrize("digest", ["hunter2", ONE.upper(), ONE[1:], ONE + "0", f'"{ONE}\\n"', "1234567"])
def test_what_is_no_digest_is_told_but_not_repeated(write, digest):
    """It may be the token itself, and what is told can end in a log."""
    (finding,) = told(write(f"callers:\n  - caller: desk\n    token_sha256: {digest}\n    may: read\n"))

    assert finding.startswith("callers.yaml:3:19: caller desk: 'token_sha256' must be ")
    assert digest.strip('"')[:7] not in finding


def test_a_name_or_a_token_that_two_share_is_told_at_the_second(write):
    """One of the two would be who the log says that it isn't."""
    file = write(
        "callers:\n"
        f"  - {{caller: desk, token_sha256: {ONE}, may: read}}\n"
        f"  - {{caller: desk, token_sha256: {OTHER}, may: read}}\n"
        f"  - {{caller: archive, token_sha256: {ONE}, may: read}}\n"
    )

    assert told(file) == [
        "callers.yaml:3:14: caller desk: 'caller' is the name of the caller in line 2 already",
        "callers.yaml:4:37: caller archive: 'token_sha256' is of the token of the caller in line 2 already",
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "1:1: the file is empty"),
        ("callers: []", "1:10: the file: 'callers' must not be empty"),
        ("callers: desk", "1:10: the file: 'callers' must be a list, not text"),
        ("- desk", "1:1: the file: must be a mapping, not a list"),
        ("callers: [desk]", "1:11: the file: item 1 of 'callers' must be a mapping, not text"),
        ("caller: []", "1:1: the file: unknown key 'caller'. Did you mean 'callers'?"),
        ("callers:\n  - caller: 'desk", "2:13: this is no YAML: the quote that opens here is never closed"),
    ],
)
def test_a_file_of_another_form_is_told(write, text, finding):
    """With the place to look at."""
    assert told(write(text))[0] == f"callers.yaml:{finding}"


def test_every_fault_is_told_at_once(write):
    """In the order of their places."""
    findings = told(write("callers:\n  - caller: the desk\n    token_sha256: x\n    may: [raed]\n  - 1\n"))

    assert [finding.split(": ")[0] for finding in findings] == [
        f"callers.yaml:{place}" for place in ("2:13", "3:19", "4:11", "5:5")
    ]


def test_a_file_that_is_not_there_is_told(tmp_path):
    """Rather than that everybody is let in."""
    assert told(tmp_path / "none.yaml") == ["none.yaml:1:1: the file cannot be read: No such file or directory"]


def test_the_schema_is_one_and_explains_every_key():
    """An editor that is given it completes and explains."""
    schema = json.loads((schemas_folder() / "callers.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    keys = {**schema["properties"], **schema["properties"]["callers"]["items"]["properties"]}

    assert {key for key, said in keys.items() if not said["description"]} == set()
    assert set(schema["$defs"]["right"]["enum"]) == set(get_args(Right))


def test_serve_names_a_file_that_is_not_there_without_a_place(tmp_path):
    """It has neither lines nor columns."""
    file = tmp_path / "none.yaml"
    done = CliRunner().invoke(serve, ["--callers", str(file), "--database", str(tmp_path / "audit.db")])

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"Error: --callers: '{file}': the file cannot be read: No such file or directory.\n"


def test_serve_refuses_a_wrong_file_before_it_does_anything(write, tmp_path):
    """Exit status 2, every finding on standard error, and no audit log is begun."""
    file = write("callers:\n  - caller: desk\n    token_sha256: x\n    may: raed\n")
    done = CliRunner().invoke(serve, ["--callers", str(file), "--database", str(tmp_path / "audit.db")])

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"--callers: '{file}' is refused, for 2 findings:\n" in done.stderr
    assert re.findall(r"callers\.yaml:(\d+:\d+): ", done.stderr) == ["3:19", "4:10"]
    assert not (tmp_path / "audit.db").exists()


def test_the_file_on_the_operations_page_is_right(write):
    """With its first line naming a schema that is there."""
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)

    assert isinstance(read_callers(write(text)), Callers)
    (schema,) = re.findall(r"\$schema=(\S+)", text)
    assert (DOCS.parent / schema).is_file()


def test_the_refusal_on_the_http_page_is_the_real_one(ask):
    """But for what names the occurrence."""
    page = (DOCS / "http.md").read_text(encoding="utf-8").partition("\n## Callers\n")[2].partition("\n## ")[0]
    response = ask("POST", "/v1/decisions")
    (shown,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)

    assert {**json.loads(shown), "instance": ""} == {**response.get_json(), "instance": ""}
    assert f"**401**, `WWW-Authenticate: {response.headers['WWW-Authenticate']}`" in page
