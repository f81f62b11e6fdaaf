"""Finding decisions over HTTP: which parameters there are, what they mean, and how pages follow one another."""

import json
import re
import shutil
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import text as sql

from service.audit.index.search_index import catch_up
from service.audit.log.entries import write_entry
from service.audit.log.stamps import Stamp
from service.audit.log.store import Append, Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.jsontext import canonical, parse
from service.pack.loader import load_pack
from service.web.app import create_app
from service.web.openapi import openapi_document
from service.web.searching import FILTERS
from tests.web.conftest import LATE_MAP


def finding(client):
    """Return what asks for decisions, and gives back the page."""

    def ask(query=""):
        response = client.get("/v1/decisions" + (f"?{query}" if query else ""))
        assert response.status_code == 200, response.get_json()
        return response.get_json()

    return ask


def documents_of_three(client):
    """Return the documents of three decisions: two of a late map, one of a case of which nothing is known."""
    bodies = [{"facts": LATE_MAP}, {"facts": {}}, {"facts": LATE_MAP, "decisions": ["fine"]}]
    return [client.post("/v1/decisions", json=body).get_json() for body in bodies]


@pytest.fixture
def find(client):
    """Ask for decisions of a log that is a test's own, and give back the page."""
    return finding(client)


@pytest.fixture(scope="module")
def reader(desk, empty_log, tmp_path_factory):
    """Return a caller of a service whose log has three decisions, for tests that only read."""
    store = Store(open_database(str(shutil.copy(empty_log, tmp_path_factory.mktemp("three") / "audit.db"))))
    yield create_app(desk, store).test_client()
    store.close()


@pytest.fixture(scope="module")
def three(reader):
    """The documents of the three."""
    return documents_of_three(reader)


@pytest.fixture
def look(reader, three):
    """Ask for decisions among the three, and give back the page."""
    return finding(reader)


@pytest.fixture
def refused(reader, three):
    """Ask for decisions among the three in vain, and give back what is wrong."""

    def ask(query):
        response = reader.get(f"/v1/decisions?{query}")
        assert (response.status_code, response.get_json()["type"]) == (400, "/docs/problems/bad-parameter")
        return response.get_json()["detail"]

    return ask


def sequences(page):
    """Return the sequences of what was found."""
    return [each["sequence"] for each in page["decisions"]]


def validate(page):
    """Compare a page with the schema that callers get."""
    document = parse(canonical(openapi_document()))
    Draft202012Validator({**document, "$ref": "#/components/schemas/Decisions"}).validate(page)


def test_what_is_found_tells_what_was_decided_and_where_the_whole_is(look, three):
    """Enough for a list; why it was decided so, the document tells."""
    newest = three[2]
    shown = look()["decisions"][0]

    assert shown == {
        "id": newest["id"],
        "sequence": 3,
        "decided_at": newest["decided_at"],
        "as_of": newest["as_of"],
        "caller": None,
        "reference": None,
        "policy": newest["policy"],
        "decisions": {
            "fine": {"status": "decided", "outcome": newest["decisions"]["fine"]["outcome"]},
        },
    }


def test_the_newest_comes_first(look):
    """They are what is asked for most."""
    assert sequences(look()) == [3, 2, 1]


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
def test_each_filter_finds_what_it_says(look, query, expected):
    """A name that no pack knows finds nothing: it may have been in a version that nobody has any more."""
    assert sequences(look(query)) == expected


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (
            "policy=library-lons",
            "'policy' is 'library-lons', which finds nothing and no policy has. Did you mean 'library-l",
        ),
        ("decision=fines", "Did you mean 'fine'?"),
        ("clause=fnies", "Did you mean 'fines'?"),
        ("rule=fine.lat", "Did you mean 'fine.late'?"),
        ("overruled=fine.latte", "Did you mean 'fine.late'?"),
        ("outcome=levl:high", "'outcome' is 'levl', which finds nothing and no policy has. Did you mean 'level'?"),
        ("outcome={%22amuont%22:99}", "Did you mean 'amount'?"),
        ("fact=loan.kind:map", "'fact' is 'loan.kind', which finds nothing: nothing is searched by it, as its schema"),
    ],
)
def test_a_slip_that_finds_nothing_is_refused_with_the_nearest(refused, query, says):
    """An empty page would be believed."""
    assert says in refused(query)


def test_a_name_that_is_known_may_find_nothing(look):
    """Nor is a page further back a slip."""
    assert look("decision=renewal&until=2020-01-01T00:00:00Z")["decisions"] == []
    assert look("outcome=amount:99")["decisions"] == []
    assert look("outcome=waived_by.name:x")["decisions"] == []


def test_a_digest_finds_its_version(look, three):
    """It says more than a version does."""
    digest = three[0]["policy"]["digest"]

    assert sequences(look(f"digest={digest}")) == [3, 2, 1]
    assert sequences(look(f"digest={digest[:-1]}x")) == []


def test_a_time_bound_is_that_of_the_document(look, three):
    """`from` is in, `until` is not, whatever the offset."""
    at = three[0]["decided_at"]
    later = quote(at.replace("Z", "+00:00"))

    assert 1 in sequences(look(f"from={later}"))
    assert 1 not in sequences(look(f"until={at}"))


def test_a_number_is_also_looked_for_as_a_text(client, find):
    """Who asks in a URL can't say which it is."""
    nothing = {"damaged": [], "decisions": [], "next": None}
    assert find("outcome=amount:2.0") == find('outcome=amount:"2"') == nothing


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ('{"amount": 2}', [3, 1]),
        ('{"amount":2,"level":"low"}', [3, 1]),
        ('{"amount":2,"level":"high"}', []),
        ('{"amount":"2"}', []),
        ('{"amount":2,"may_borrow":true}', []),
        ('{"fine":{"amount":2},"may_borrow":true}', [1]),
        ('{"fine":{"amount":2},"membership":{"may_borrow":true}}', [1]),
        ('{"fine":{"amount":2},"lending":{"may_borrow":true}}', []),
        ("amount=2", [3, 1]),
        ("amount = 2", [3, 1]),
        ('level:"low"', [3, 1]),
        ("fine.amount:2", [3, 1]),
        ("fine.level=low", [3, 1]),
        ('fine:{"amount":2,"level":"low"}', [3, 1]),
        ("lending.amount:2", []),
        ("low", [3, 1]),
        ('"low"', [3, 1]),
        ("2", [3, 1]),
        ("true", [1]),
        ("9", []),
        ("level", []),
    ],
)
def test_an_outcome_is_found_however_it_is_written(look, outcome, expected):
    """Members of an object are of one outcome, but for those that name theirs; a value alone is that of any member."""
    assert sequences(look(f"outcome={quote(outcome)}")) == expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("fine.amount:2", [3, 1]),
        ("amount:2", [3, 1]),
        ('{"fine":{"amount":2}}', [3, 1]),
        ('{"amount":2,"level":"low"}', [3, 1]),
        ("membership.may_borrow:true", []),
        ("low", [3, 1]),
        ("true", []),
    ],
)
def test_with_a_decision_an_outcome_is_that_of_this_one(look, outcome, expected):
    """Its name before the path says nothing new, and that of another finds nothing."""
    assert sequences(look(f"decision=fine&outcome={quote(outcome)}")) == expected


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
def test_a_cursor_that_was_not_given_is_refused(refused, cursor):
    """It would show decisions that follow upon nothing."""
    assert "'cursor'" in refused(f"cursor={quote(cursor)}")


def test_a_cursor_goes_with_its_filters(look, refused):
    """With others the pages would not be of one search. The limit may change."""
    cursor = look("clause=fines&limit=1")["next"]

    assert "with these filters" in refused(f"clause=parts&limit=1&cursor={cursor}")
    assert "with these filters" in refused(f"limit=1&cursor={cursor}")
    assert sequences(look(f"limit=7&cursor={cursor}&clause=fines")) == [1]


def test_an_unknown_parameter_is_refused_with_the_nearest(refused):
    """Without it, all decisions would be found."""
    assert "Did you mean 'clause'?" in refused("clauses=fines")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("since", "from"),
        ("before", "until"),
        ("to", "until"),
        ("policy_version", "version"),
        ("page_size", "limit"),
        ("per_page", "limit"),
        ("after", "cursor"),
        ("page", "cursor"),
        ("page_token", "cursor"),
        ("frmo", "from"),
    ],
)
def test_the_names_of_other_services_lead_to_those_here(refused, name, meant):
    """Nobody reads the reference first."""
    assert f"Did you mean '{meant}'?" in refused(f"{name}=1")


def test_a_name_of_another_service_is_no_hint_where_there_is_nothing_like_it(client):
    """A policy is asked for by its version, not by a time."""
    assert "Did you mean" not in client.get("/v1/policies/library-loans?before=1").get_json()["detail"]


def test_the_header_link_leads_to_the_next_page(reader, look):
    """Whatever the filters need to be written; the last page has none."""
    query = f"outcome={quote('fine.level:low')}&from={quote('2020-01-01T00:00:00+01:00')}&limit=1"
    response = reader.get(f"/v1/decisions?{query}")
    address, relation = re.fullmatch(r"<([!-~]+)>; (.+)", response.headers["Link"]).groups()
    following = reader.get(address)

    assert relation == 'rel="next"'
    assert sequences(response.get_json()) + sequences(following.get_json()) == [3, 1]
    assert following.get_json() == look(f"{query}&cursor={response.get_json()['next']}")
    assert "Link" not in following.headers


def test_the_header_link_knows_where_the_service_is_mounted(reader, three):
    """As `Location` does."""
    response = reader.get("/v1/decisions?limit=1", environ_overrides={"SCRIPT_NAME": "/loans"})

    assert response.headers["Link"].startswith("</loans/v1/decisions?limit=1&cursor=")


@pytest.mark.parametrize("damage", ["UPDATE entries SET leaf = body", "UPDATE entries SET body = 'text'"])
def test_a_damaged_entry_is_told_and_the_search_goes_on(client, find, store, damage):
    """One that somebody has changed doesn't hide what is older."""
    documents_of_three(client)
    with store.database.writing() as connection:
        connection.execute(sql("DROP TRIGGER entries_no_update"))
        connection.execute(sql(f"{damage} WHERE sequence = 2"))
    page = find()

    assert (sequences(page), page["damaged"], page["next"]) == ([3, 1], [2], None)
    validate(page)


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
        ("outcome=:2", "'level:2'"),
        ("outcome==2", "'level:2'"),
        ("outcome=level:", "'level:2'"),
        ("outcome=level:%20", "'level:2'"),
        ("outcome=%20", "'level:2'"),
        ("outcome=null", "null"),
        ("outcome=level:null", "null"),
        ("outcome=[1]", "a list"),
        ("outcome=level:[1]", "a list"),
        ("outcome={}", "an empty object"),
        ('outcome={"level":{}}', "an empty object"),
        ('outcome={"level":2,"ways":["letter"]}', "a list"),
        ('outcome={"level":null}', "null"),
        ("outcome={level:2}", "in quotes"),
        ('outcome={"level":2,"level":3}', "none"),
        ('outcome={"due":"2026-01-31T09:00:00Z"}', "not found"),
        ("outcome=" + canonical({f"m{number}": 1 for number in range(17)}).decode(), "17 members"),
        ("outcome=due:2026-01-31T09:00:00Z", "not found"),
        (f"outcome=says:{'x' * 81}", "not found"),
    ],
)
def test_a_filter_that_can_find_nothing_is_refused(refused, query, says):
    """An empty page would be taken for an answer."""
    assert says in refused(query)


@pytest.mark.parametrize("text", ['2"', "[1", "{", "1e999", "NULL", "NaN", "é: ", "\0", "9" * 5000])
def test_odd_values_of_outcomes_do_no_harm(reader, three, text):
    """They are texts like others, or too long."""
    response = reader.get("/v1/decisions?outcome=level:" + quote(text))

    assert response.status_code == (200 if len(text) <= 80 else 400)
    assert len(text) > 80 or response.get_json()["decisions"] == []


def test_a_page_is_canonical_json_as_the_document_of_the_calls_says(reader, three):
    """Also one of which nothing is left out."""
    body = reader.get("/v1/decisions?limit=2").data

    assert canonical(parse(body)) == body
    validate(parse(body))


def test_without_an_audit_log_nothing_can_be_found(desk):
    """As with any other call that needs it."""
    response = create_app(desk, None).test_client().get("/v1/decisions")

    assert (response.status_code, response.get_json()["type"]) == (503, "/docs/problems/store-unavailable")


def test_both_methods_of_the_address_are_named(client):
    """GET finds, POST decides."""
    response = client.delete("/v1/decisions")

    assert response.status_code == 405
    assert {"GET", "POST"} <= {each.strip() for each in response.headers["Allow"].split(",")}


def test_a_case_is_found_by_what_its_caller_called_it(find, post, refused):
    """An auditor asks for ticket 4711; whatever stands in a reference, and nothing else than all of it."""
    odd = '\u00e9 & #1, "a"+b\n'
    for reference in ("4711", "47110", "4711", odd, "x" * 200):
        assert post({"facts": {}, "reference": reference}).get_json()["reference"] == reference
    post({"facts": {}})

    assert sequences(find("reference=4711")) == [3, 1]
    assert [each["reference"] for each in find("reference=4711")["decisions"]] == ["4711", "4711"]
    assert sequences(find(f"reference={quote(odd)}")) == [4]
    assert sequences(find(f"reference={'x' * 200}&status=undecided")) == [5]
    assert sequences(find("reference=471")) == []
    assert "is empty" in refused("reference=")


@pytest.fixture
def with_marks(pack, tmp_path):
    """The library's pack, in whose facts schema some facts are marked as searchable."""
    folder = tmp_path / "marked"
    for name, content in pack.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    schema = folder / "facts.schema.json"
    told = json.loads(schema.read_text())
    loan, member = (told["properties"][name]["properties"] for name in ("loan", "member"))
    for fact in (loan["kind"], loan["pages"], loan["parts"], loan["returned"], member["card"]["properties"]["number"]):
        fact["x-searchable"] = True
    schema.write_text(json.dumps(told))
    return load_pack(folder)


def test_a_case_is_found_by_the_facts_that_its_schema_marks_and_by_no_other(with_marks, store, desk):
    """An auditor knows the number of a card; entries of packs without marks stay as they were."""
    create_app(desk, store).test_client().post("/v1/decisions", json={"facts": {"loan": {"kind": "map"}}})
    client = create_app(Desk([with_marks]), store).test_client()
    card = {"card": {"number": "2026-03-02T10:00:00Z"}}  # it only looks like an instant
    for facts in (
        {"loan": {"kind": "map", "pages": 3, "parts": ["cover", "disc"], "returned": False}, "member": card},
        {"loan": {"kind": "book", "pages": 3, "days_late": 2}, "member": {"name": "Zoe"}},
        {"loan": {"days_late": 2}},
    ):
        assert client.post("/v1/decisions", json={"facts": facts}).status_code == 201

    def find(fact, status=200):
        response = client.get(f"/v1/decisions?fact={quote(fact)}")
        assert response.status_code == status
        return sequences(response.get_json()) if status == 200 else response.get_json()["detail"]

    assert find("loan.pages:3") == [3, 2]
    assert find("loan.kind:map") == [2]
    assert find("loan.parts:disc") == [2]
    assert find("loan.returned:false") == [2]
    assert find("member.card.number:2026-03-02T10:00:00Z") == [2]
    assert find('{"loan": {"pages": 3, "kind": "book"}}') == [3]
    for unmarked in ("loan.days_late:2", "member.name:Zoe"):
        assert "finds nothing: nothing is searched by it" in find(unmarked, 400)
    assert "Did you mean 'loan.pages'?" in find("loan.page:3", 400)
    assert "must name the fact" in find("3", 400)
    bodies = [parse(kept.entry.body) for kept in store.entries()]
    assert [each.get("searchable") for each in bodies] == [
        None,
        ["loan.kind", "loan.pages", "loan.parts", "loan.returned", "member.card.number"],
        ["loan.kind", "loan.pages"],
        None,
    ]


def test_facts_are_found_in_what_is_indexed_as_in_what_is_not_yet(with_marks, store):
    """The index knows them as the plain reading does."""
    desk = Desk([with_marks])
    decided = [desk.decide(desk.read({"facts": {"loan": {"pages": number + 1}}})) for number in range(3)]
    asked = [Append(write_entry(decided[number % 3], Stamp()), with_marks, None) for number in range(600)]
    for first in range(0, 600, 60):
        store.append_all(asked[first : first + 60])
    catch_up(store.database, 9)
    page = create_app(desk, store).test_client().get("/v1/decisions?fact=loan.pages:2&limit=500").get_json()

    assert sequences(page) == [sequence for sequence in range(600, 0, -1) if sequence % 3 == 2]
