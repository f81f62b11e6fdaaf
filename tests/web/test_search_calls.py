"""Finding decisions over HTTP: which parameters there are, what they mean, and how pages follow one another."""

from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator

from service.jsontext import canonical, parse
from service.web.app import create_app
from service.web.openapi import openapi_document
from service.web.searching import FILTERS


@pytest.fixture
def find(client):
    """Ask for decisions, and give back the page."""

    def ask(query=""):
        response = client.get("/v1/decisions" + (f"?{query}" if query else ""))
        assert response.status_code == 200, response.get_json()
        return response.get_json()

    return ask


@pytest.fixture
def refused(client):
    """Ask for decisions in vain, and give back what is wrong."""

    def ask(query):
        response = client.get(f"/v1/decisions?{query}")
        assert (response.status_code, response.get_json()["type"]) == (400, "/docs/problems/bad-parameter")
        return response.get_json()["detail"]

    return ask


@pytest.fixture
def three(post, late_map):
    """The documents of three decisions: two of a late map, one of a case of which nothing is known."""
    bodies = [{"facts": late_map}, {"facts": {}}, {"facts": late_map, "decisions": ["fine"]}]
    return [post(body).get_json() for body in bodies]


def sequences(page):
    """Return the sequences of what was found."""
    return [each["sequence"] for each in page["decisions"]]


def test_what_is_found_tells_what_was_decided_and_where_the_whole_is(find, three):
    """Enough for a list; why it was decided so, the document tells."""
    newest = three[2]
    shown = find()["decisions"][0]

    assert shown == {
        "id": newest["id"],
        "sequence": 3,
        "decided_at": newest["decided_at"],
        "as_of": newest["as_of"],
        "caller": None,
        "policy": newest["policy"],
        "decisions": {
            "fine": {"status": "decided", "outcome": newest["decisions"]["fine"]["outcome"]},
        },
    }


def test_the_newest_comes_first(find, three):
    """They are what is asked for most."""
    assert sequences(find()) == [3, 2, 1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("policy=library-loans", [3, 2, 1]),
        ("policy=library-loans&version=1.0.0", [3, 2, 1]),
        ("version=1.0.0", [3, 2, 1]),
        ("version=2.0.0", []),
        ("decision=lending", [2, 1]),
        ("status=undecided", [2]),
        ("decision=fine&status=decided", [3, 1]),
        ("decision=pickup&status=decided", []),
        ("rule=fine.late", [3, 1]),
        ("overruled=fine.late", []),
        ("clause=fines", [3, 1]),
        ("decision=fine&clause=parts", [3, 1]),
        ("outcome=level:low", [3, 1]),
        ("outcome=amount:2", [3, 1]),
        ("outcome=may_borrow:true", [1]),
        ("decision=fine&outcome=may_borrow:true", []),
        ("caller=north", []),
        ("from=2020-01-01T00:00:00Z", [3, 2, 1]),
        ("until=2020-01-01T00:00:00Z", []),
        ("rule=nothing.of.the.kind", []),
    ],
)
def test_each_filter_finds_what_it_says(find, three, query, expected):
    """A name that no pack knows finds nothing: it may have been in a version that nobody has any more."""
    assert sequences(find(query)) == expected


def test_a_digest_finds_its_version(find, three):
    """It says more than a version does."""
    digest = three[0]["policy"]["digest"]

    assert sequences(find(f"digest={digest}")) == [3, 2, 1]
    assert sequences(find(f"digest={digest[:-1]}x")) == []


def test_a_time_bound_is_that_of_the_document(find, three):
    """`from` is in, `until` is not, whatever the offset."""
    at = three[0]["decided_at"]
    later = quote(at.replace("Z", "+00:00"))

    assert 1 in sequences(find(f"from={later}"))
    assert 1 not in sequences(find(f"until={at}"))


def test_a_number_is_also_looked_for_as_a_text(client, find):
    """Who asks in a URL can't say which it is."""
    assert find("outcome=amount:2.0") == find('outcome=amount:"2"') == {"decisions": [], "next": None}


def test_pages_follow_one_another_to_the_end(find, post, late_map):
    """Each decision once, whatever is decided in between."""
    for _ in range(5):
        post({"facts": late_map})
    page = find("rule=fine.late&limit=2")
    seen = sequences(page)
    while page["next"] is not None:
        post({"facts": late_map})
        page = find(f"rule=fine.late&limit=2&cursor={page['next']}")
        seen += sequences(page)

    assert seen == [5, 4, 3, 2, 1]


def test_a_page_can_be_had_again(find, post, late_map):
    """The same cursor gives the same bytes."""
    for _ in range(3):
        post({"facts": late_map})
    cursor = find("limit=1")["next"]
    page = find(f"limit=1&cursor={cursor}")
    post({"facts": late_map})

    assert find(f"limit=1&cursor={cursor}") == page


@pytest.mark.parametrize("limit", ["0", "501", "-1", "1.5", "", "ten", "٣", "9" * 5000])
def test_a_limit_is_a_number_from_1_to_500(refused, limit):
    """More would be a page that nobody reads."""
    assert "from 1 to 500" in refused(f"limit={quote(limit)}")


def test_without_a_limit_a_page_has_fifty(find, post, late_map):
    """As the reference says."""
    for _ in range(51):
        post({"facts": late_map})
    page = find()

    assert sequences(page) == list(range(51, 1, -1))
    assert sequences(find(f"cursor={page['next']}")) == [1]


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA", "_" * 22, "%00", "A" * 5000])
def test_a_cursor_that_was_not_given_is_refused(refused, three, cursor):
    """It would show decisions that follow upon nothing."""
    assert "'cursor'" in refused(f"cursor={quote(cursor)}")


def test_a_cursor_goes_with_its_filters(find, refused, three):
    """With others the pages would not be of one search. The limit may change."""
    cursor = find("clause=fines&limit=1")["next"]

    assert "with these filters" in refused(f"clause=parts&limit=1&cursor={cursor}")
    assert "with these filters" in refused(f"limit=1&cursor={cursor}")
    assert sequences(find(f"limit=7&cursor={cursor}&clause=fines")) == [1]


def test_an_unknown_parameter_is_refused_with_the_nearest(refused):
    """Without it, all decisions would be found."""
    assert "Did you mean 'clause'?" in refused("clauses=fines")


def test_an_unknown_status_is_refused_with_the_nearest(refused):
    """There are four, in every version."""
    assert "Did you mean 'undecided'?" in refused("status=undecide")


@pytest.mark.parametrize("name", FILTERS)
def test_an_empty_filter_is_refused(refused, name):
    """A form that was not filled in would find nothing, or all."""
    assert f"'{name}'" in refused(f"{name}=")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=2026-01-31", "instant"),
        ("until=2026-01-31T09:00:00", "lacks an offset"),
        ("from=2026-01-31T09:00:00+01:00", "'%2B'"),
        ("from=2026-01-31T09:00:00Z&until=2026-01-31T09:00:00Z", "not before"),
        ("outcome=level", "'level:2'"),
        ("outcome=:2", "'level:2'"),
        ("outcome=due:2026-01-31T09:00:00Z", "not found"),
        (f"outcome=says:{'x' * 81}", "not found"),
    ],
)
def test_a_filter_that_can_find_nothing_is_refused(refused, query, says):
    """An empty page would be taken for an answer."""
    assert says in refused(query)


@pytest.mark.parametrize("text", ['2"', "[1]", "{", "1e999", "null", "NaN", "é: ", "\0", "9" * 5000])
def test_odd_values_of_outcomes_do_no_harm(client, three, text):
    """They are texts like others, or too long."""
    response = client.get("/v1/decisions?outcome=level:" + quote(text))

    assert response.status_code == (200 if len(text) <= 80 else 400)
    assert len(text) > 80 or response.get_json()["decisions"] == []


def test_a_page_is_canonical_json_as_the_document_of_the_calls_says(client, three):
    """Also one of which nothing is left out."""
    body = client.get("/v1/decisions?limit=2").data
    document = parse(canonical(openapi_document()))

    assert canonical(parse(body)) == body
    Draft202012Validator({**document, "$ref": "#/components/schemas/Decisions"}).validate(parse(body))


def test_without_an_audit_log_nothing_can_be_found(desk):
    """As with any other call that needs it."""
    response = create_app(desk, None).test_client().get("/v1/decisions")

    assert (response.status_code, response.get_json()["type"]) == (503, "/docs/problems/store-unavailable")


def test_both_methods_of_the_address_are_named(client):
    """GET finds, POST decides."""
    response = client.delete("/v1/decisions")

    assert response.status_code == 405
    assert {"GET", "POST"} <= {each.strip() for each in response.headers["Allow"].split(",")}
