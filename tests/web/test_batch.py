"""Deciding many cases in one call: each line is a request of its own, and is answered by a line."""

import json
from contextlib import closing
from io import BytesIO
from threading import Event

import pytest
from jsonschema import Draft202012Validator

from service.jsontext import canonical, parse
from service.shipped import schemas_folder
from service.web.app import create_app
from service.web.batch import MOST_BATCHES
from service.web.callers import Caller, Callers
from service.web.lines import LONGEST_LINE
from tests.web.test_callers import digest_of

BATCH = "/v1/decisions/batch"
NDJSON = "application/x-ndjson"


@pytest.fixture
def send(client):
    """Send lines, or the bytes of a body."""

    def sent(body, **headers):
        data = body if isinstance(body, bytes) else b"".join(json.dumps(each).encode() + b"\n" for each in body)
        named = {"Content-Type": NDJSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return client.post(BATCH, data=data, headers=named)

    return sent


def answers(response):
    """Return the lines of an answer."""
    assert (response.status_code, response.mimetype) == (200, NDJSON)
    assert not response.data or response.data.endswith(b"\n")
    return [parse(line) for line in response.data.split(b"\n")[:-1]]


def refused(response):
    """Return what of each line was refused: its number, and why."""
    return [(each["line"], each["type"].rpartition("/")[2]) for each in answers(response) if "type" in each]


def pages(*numbers):
    """Return requests that are told apart by a fact."""
    return [{"facts": {"loan": {"pages": number}}} for number in numbers]


def test_each_line_is_answered_in_its_place_by_a_document_that_is_kept(client, send, late_map):
    """One by one they would have been decided the same."""
    asked = [{"facts": late_map}, *pages(1, 2, 3), {"facts": late_map, "decisions": ["fine"]}]
    response = send(asked)
    documents = answers(response)

    assert [each["audit"]["sequence"] for each in documents] == [1, 2, 3, 4, 5]
    for line, document, request in zip(response.data.splitlines(), documents, asked, strict=True):
        assert client.get(f"/v1/decisions/{document['id']}").data == line
        alone = client.post("/v1/decisions", json=request).get_json()
        assert canonical(alone["decisions"]) == canonical(document["decisions"])
        assert alone["assumed"] == document["assumed"]


def test_many_lines_are_committed_in_groups(send, store):
    """A commit for each would wait for the disk as often as there are lines."""
    sizes = []
    append = store.append_all
    store._batches._work = lambda asked: sizes.append(len(asked)) or append(asked)

    documents = answers(send([{**each, "decisions": ["fine"]} for each in pages(*range(1, 301))]))

    assert [each["audit"]["sequence"] for each in documents] == list(range(1, 301))
    assert sum(sizes) == 300
    assert len(sizes) < 100


def test_a_line_that_is_wrong_is_told_with_its_number_and_the_others_are_decided(send):
    """An error in line 4711 of a night's file costs that line alone."""
    lines = [
        b'{"facts": {}}',
        b'{"facts": {"loan": {"kind": "bok"}}}',
        b'{"facts": ',
        b'{"facts": {}, "policy": "nobody"}',
        b"[]",
        b'{"facts": {}, "facts": {}}',
        b"\xff",
        b'{"facts": {}}',
    ]
    response = send(b"\n".join(lines))
    found = answers(response)

    assert refused(response) == [
        (2, "invalid-facts"),
        (3, "malformed-json"),
        (4, "unknown-policy"),
        (5, "invalid-request"),
        (6, "malformed-json"),
        (7, "malformed-json"),
    ]
    assert [found[0]["audit"]["sequence"], found[-1]["audit"]["sequence"]] == [1, 2]
    assert found[1]["errors"][0]["pointer"] == "/facts/loan/kind"
    assert found[2]["detail"].startswith("line 3, column ")


def test_a_problem_line_is_a_problem_document(send):
    """Canonical, with its own instance, as `schemas/problem.schema.json` says."""
    schema = Draft202012Validator(json.loads((schemas_folder() / "problem.schema.json").read_text()))
    response = send(b"{\n{\n")
    first, second = answers(response)

    schema.validate(first)
    assert first["instance"] != second["instance"]
    assert (first["status"], first["line"], second["line"]) == (400, 1, 2)
    assert response.data.splitlines() == [canonical(first), canonical(second)]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b"", 0),
        (b"\n\n \r\n", 0),
        (b'{"facts": {}}', 1),
        (b'{"facts": {}}\r\n{"facts": {}}\r\n', 2),
        (b'\n{"facts": {}}\n\n{"facts": {}}\n\n', 2),
    ],
)
def test_blank_lines_and_line_ends_are_nothing(send, body, count):
    """Editors and spreadsheets add them."""
    assert [each["audit"]["sequence"] for each in answers(send(body))] == list(range(1, count + 1))


def test_a_blank_line_has_a_number(send):
    """The number is that which an editor shows."""
    assert refused(send(b'\n\n{"facts": {}}\n\nx\n')) == [(5, "malformed-json")]


def test_a_line_that_is_too_long_is_refused_and_the_next_one_is_decided(send):
    """Each line may be as large as the body of a single call."""
    room = LONGEST_LINE - len(b'{"facts": {}}')
    response = send(b'{"facts": {}}' + b" " * room + b'\n{"facts": {}} ' + b" " * room + b'\n{"facts": {}}\n')

    assert refused(response) == [(2, "too-large")]
    assert [each["audit"]["sequence"] for each in answers(response) if "audit" in each] == [1, 2]


def test_a_body_may_be_larger_than_that_of_a_single_call(send):
    """It has no bound at all."""
    padding = b" " * 100_000

    assert len(answers(send(b"".join(b'{"facts": {}}' + padding + b"\n" for _ in range(25))))) == 25


def test_a_body_without_a_length_is_read_to_its_end(client):
    """As with chunked transfer."""
    stream = BytesIO(b'{"facts": {}}\n{"facts": {}}')
    response = client.post(
        BATCH, input_stream=stream, content_type=NDJSON, environ_overrides={"wsgi.input_terminated": True}
    )

    assert len(answers(response)) == 2


def test_a_key_repeats_what_was_answered_and_decides_the_rest(send):
    """A caller that lost the connection sends the whole file again, with what it has corrected meanwhile."""
    first = send(b'{"facts": {}}\nwrong\n', Idempotency_Key="march")
    again = send(
        b'{ "facts":{} }\n{"facts": {"loan": {"pages": 1}}}\n{"facts": {"loan": {"pages": 2}}}', Idempotency_Key="march"
    )

    assert again.data.splitlines()[0] == first.data.splitlines()[0]
    assert [each["audit"]["sequence"] for each in answers(again)] == [1, 2, 3]
    assert send(again_lines := pages(5, 1), Idempotency_Key="march").data.splitlines()[1] == again.data.splitlines()[1]
    assert refused(send(again_lines, Idempotency_Key="march")) == [(1, "idempotency-key-reused")]
    assert len(answers(send(again_lines, Idempotency_Key="april"))) == 2


def test_a_key_of_a_batch_is_none_of_a_single_call(send, post):
    """Whatever it looks like: the two never meet."""
    send(pages(1), Idempotency_Key="k")

    assert post(pages(2)[0], Idempotency_Key="k").status_code == 201
    assert post(pages(2)[0], Idempotency_Key="k 1").status_code == 201


def test_the_same_line_under_one_key_is_decided_once_though_sent_twice_at_once(desk, store):
    """Two groups meet in the log."""
    client = create_app(desk, store).test_client()
    bodies = [
        client.post(BATCH, data=b'{"facts": {}}\n' * 3, headers={"Content-Type": NDJSON, "Idempotency-Key": "k"})
        for _ in range(2)
    ]

    assert bodies[0].data == bodies[1].data
    assert store.size() == 3


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "application/json"}, 415, "unsupported-media-type"),
        ({"Content-Type": ""}, 415, "unsupported-media-type"),
        ({"Content-Type": NDJSON + "; charset=latin-1"}, 415, "unsupported-media-type"),
        ({"Content-Encoding": "gzip"}, 415, "unsupported-media-type"),
        ({"Accept": "text/html"}, 406, "not-acceptable"),
        ({"Idempotency-Key": ""}, 400, "bad-idempotency-key"),
    ],
)
def test_a_call_that_is_wrong_as_a_whole_is_refused_before_any_line(client, store, headers, status, code):
    """As a single call is."""
    response = client.post(BATCH, data=b'{"facts": {}}\n', headers={"Content-Type": NDJSON, **headers})

    assert (response.status_code, response.get_json()["type"]) == (status, f"/docs/problems/{code}")
    assert store.size() == 0


@pytest.mark.parametrize("accept", ["application/x-ndjson", "application/json", "*/*"])
def test_lines_are_what_is_accepted(send, accept):
    """A program that asks every call for JSON gets them: each line is."""
    assert len(answers(send(pages(1), Accept=accept))) == 1


def test_a_query_parameter_is_refused(client):
    """Nothing is ignored."""
    response = client.post(f"{BATCH}?atomic=true", data=b"", headers={"Content-Type": NDJSON})

    assert (response.status_code, response.get_json()["type"]) == (400, "/docs/problems/bad-parameter")


def test_without_a_store_nothing_is_decided(desk):
    """The whole call is refused: no line could be kept."""
    response = create_app(desk, None).test_client().post(BATCH, data=b"", headers={"Content-Type": NDJSON})

    assert response.status_code == 503


def test_a_line_that_can_not_be_kept_is_refused_and_those_behind_the_outage_are_kept(desk, hasty_store):
    """What is not on the disk is not acknowledged."""
    away = hasty_store.database.path.with_suffix(".away")
    is_away, is_back = Event(), Event()

    class Input:
        """Three lines, between which the log goes away and comes back."""

        def __init__(self):
            self.left = pages(1, 2, 3)
            self.text = b""

        def read1(self, size):
            if not self.text and self.left:
                if len(self.left) == 1:
                    assert is_back.wait(300)
                elif len(self.left) == 2:
                    assert is_away.wait(300)
                self.text = json.dumps(self.left.pop(0)).encode() + b"\n"
            part, self.text = self.text[:size], self.text[size:]
            return part

    client = create_app(desk, hasty_store).test_client()
    overrides = {"wsgi.input_terminated": True, "wsgi.input": Input()}
    response = client.post(BATCH, content_type=NDJSON, environ_overrides=overrides)
    with closing(response):
        lines = iter(response.response)
        first = parse(next(lines))
        hasty_store.database.path.rename(away)
        is_away.set()
        second = parse(next(lines))
        away.rename(hasty_store.database.path)
        is_back.set()
        third = parse(next(lines))

    assert (second["type"], second["line"]) == ("/docs/problems/store-unavailable", 2)
    assert [first["audit"]["sequence"], third["audit"]["sequence"]] == [1, 2]


def test_callers_need_the_right_to_decide_and_stand_in_each_entry(desk, store):
    """As with single calls; nor do they share their keys."""
    known = {
        name: Caller(name, frozenset(rights)) for name, rights in {"a": ["decide"], "b": ["decide", "read"]}.items()
    }
    app = create_app(
        desk,
        store,
        callers=Callers(
            {digest_of(name): each for name, each in known.items()} | {digest_of("c"): Caller("c", frozenset(["read"]))}
        ),
    )

    def send(name):
        headers = {"Content-Type": NDJSON, "Authorization": f"Bearer {name}", "Idempotency-Key": "k"}
        return app.test_client().post(BATCH, data=b'{"facts": {}}\n', headers=headers)

    assert [send(name).status_code for name in ("a", "b", "c", "nobody")] == [200, 200, 403, 401]
    assert [parse(kept.entry.body)["caller"] for kept in store.entries()] == ["a", "b"]


def test_personal_facts_are_sealed_as_in_a_single_call(client, send, store):
    """Neither the document nor the entry shows them."""
    (document,) = answers(send([{"facts": {"member": {"name": "Zoë Q."}}}]))
    (kept,) = store.entries()

    assert b"Zo" not in kept.entry.body
    assert "Zo" not in json.dumps(document)
    assert list(parse(kept.entry.body)["personal"]) == ["member.name"]


def test_no_more_batches_at_once_than_there_are_places_and_a_place_comes_free(desk, store):
    """Each has a thread of its worker for as long as its caller takes."""
    app = create_app(desk, store, patience=0.0)

    def begin():
        return app.test_client().post(BATCH, data=b'{"facts": {}}\n' * 2, headers={"Content-Type": NDJSON})

    open_ = [begin() for _ in range(MOST_BATCHES)]
    one_more = begin()
    assert (one_more.status_code, one_more.headers["Retry-After"]) == (503, "1")
    for response in open_:
        response.close()
    assert begin().status_code == 200


def test_a_caller_that_leaves_before_the_first_line_takes_no_place_along(desk, store):
    """The answer is closed without having been begun."""
    app = create_app(desk, store, patience=0.0)
    for _ in range(MOST_BATCHES + 1):
        response = app.test_client().post(BATCH, data=b"", headers={"Content-Type": NDJSON}, buffered=False)
        assert response.status_code == 200
        response.close()


def test_a_group_waits_for_its_turn_where_a_single_call_is_sent_away(desk, store):
    """It has no deadline, and half a file that is refused helps nobody."""
    app = create_app(desk, store, most_at_once=1, patience=0.0)
    response = app.test_client().post(BATCH, data=b'{"facts": {}}\n' * 200, headers={"Content-Type": NDJSON})

    assert len(answers(response)) == 200
