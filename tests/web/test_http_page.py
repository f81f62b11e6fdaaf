"""`docs/http.md`, followed by a caller: each request is made, and each answer compared with the page."""

import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from service.audit.log.notary import Notary
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.shipped import schemas_folder
from service.web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"```console\n\$ (?P<curl>curl .*?)\n```\n\n\*\*(?P<status>\d{3})\*\*(?P<headers>[^\n]*)\n"
    r"(?:\n```(?:json\n(?P<body>.*?)|ndjson\n(?P<lines>.*?))\n```)?",
    re.DOTALL,
)
CODES = re.compile(
    r"^\| `(?P<code>[a-z_]+)` \| [^|]+ \| `(?P<body>\{[^|]+\})` \| `(?P<pointer>[^`|]*)` \|", re.MULTILINE
)
MORE = "…"
# What differs each time: ids, instants of deciding, and the hash over these; and what a change of the pack changes.
MASKS = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r'("decided_at": ")[^"]+'), r"\1INSTANT"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
]


PACK = ROOT / "rules" / "code42-enterprise-support"
LOANS = ROOT / "tests" / "fixtures" / "packs" / "library-loans"


@pytest.fixture(scope="module")
def pack(support):
    """The pack that the page's examples ask."""
    return support


@pytest.fixture
def caller(pack, empty_log_at, tmp_path):
    """A caller of a service as `clausewise serve` starts it."""
    notary = Notary(tmp_path / "audit.key", "support.example.com/decisions")
    store = Store(open_database(str(empty_log_at(tmp_path / "audit.db"))), notary)
    store.prepare()
    yield create_app(Desk([pack]), store).test_client()
    store.close()


def call(caller, line, known):
    """Make the request that a `curl` line makes; an id that the page names stands for the one that was given."""
    words = iter(shlex.split(line.replace("\\\n", ""))[1:])
    method, path, headers, body = "GET", "", {}, None
    for word in words:
        if word == "-H":
            name, _, text = next(words).partition(": ")
            headers[name] = text
        elif word in {"-d", "--data-binary"}:
            method, body = "POST", next(words)
        elif word == "-X":
            method = next(words)
        elif not word.startswith("-"):
            address = urlsplit(word)
            path = address.path + (f"?{address.query}" if address.query else "")
    for shown, given in known.items():
        path = path.replace(shown, given)
    return caller.open(path, method=method, headers=headers, data=body)


def masked(value):
    """Return JSON as text, with a stand-in for what differs each time."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    for pattern, stand_in in MASKS:
        text = pattern.sub(stand_in, text)
    return json.loads(text)


def shortened(found, shown):
    """Return what was found without what the page leaves out, where it says so."""
    if isinstance(shown, dict) and isinstance(found, dict):
        return {
            name: MORE if name == MORE else shortened(found.get(name), shown[name])
            for name in shown
        } | ({} if MORE in shown else {name: value for name, value in found.items() if name not in shown})  # fmt: skip
    if isinstance(shown, list) and isinstance(found, list):
        if MORE not in shown:
            kept = [shortened(*pair) for pair in zip(found, shown, strict=False)]
            return [*kept, *found[len(shown) :]]
        return [*(shortened(*pair) for pair in zip(found, shown[:-1], strict=False)), MORE]
    return MORE if isinstance(shown, str) and shown == MORE else found


def test_every_answer_on_the_page_is_the_real_one(caller):
    """A page that is off by a word costs its reader an hour."""
    known = {}
    examples = list(EXAMPLE.finditer(PAGE))
    assert len(examples) > 10
    for example in examples:
        response = call(caller, example["curl"], known)
        assert response.status_code == int(example["status"]), example["curl"]
        for name, text in re.findall(r"`([A-Z][A-Za-z-]+): ([^`]+)`", example["headers"]):
            assert masked(response.headers[name]) == masked(text)
        if example["body"] is not None:
            shown = json.loads(example["body"])
            found = response.get_json()
            assert shortened(masked(found), masked(shown)) == masked(shown), example["curl"]
            if "id" in shown and "decided_at" in shown:
                known[shown["id"]] = found["id"]
        if example["lines"] is not None:
            pairs = zip(response.data.splitlines(), example["lines"].splitlines(), strict=True)
            for found, shown in ((json.loads(line), json.loads(text)) for line, text in pairs):
                assert shortened(masked(found), masked(shown)) == masked(shown), example["curl"]


def test_every_console_block_of_the_page_is_followed_by_its_answer():
    """Else it would not be tested above."""
    assert PAGE.count("```console\n$ curl") == len(list(EXAMPLE.finditer(PAGE)))


def test_every_code_of_an_error_is_documented_by_an_example_that_has_it(pack, library_loans):
    """`errors` says what is wrong by a code; a caller that does not find it on the page can't act on it."""
    rows = {row["code"]: row for row in CODES.finditer(PAGE)}
    caller = create_app(Desk([pack, library_loans]), None).test_client()

    assert sorted(rows) == known_codes()
    for code, row in rows.items():
        response = caller.post("/v1/decisions/preview", data=row["body"].encode(), content_type="application/json")
        assert response.status_code == 422, row["body"]
        assert (row["pointer"], code) in {(error["pointer"], error["code"]) for error in response.get_json()["errors"]}


def known_codes():
    """Return the codes that the sources make problems of facts and requests with."""
    word = r'"((?:backward|bad|duplicate|missing|not|null|out|too|unknown|wrong)_[a-z_]+)"'
    found = set()
    for name in ("facts/cases.py", "facts/readers.py", "decision/requests.py"):
        text = re.sub(r"__all__ = \[.*?\]", "", (ROOT / "service" / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        found |= set(re.findall(word, text))
    return sorted(found)


def test_the_schema_of_a_problem_lists_the_same_codes():
    """Callers make their branches from it."""
    schema = json.loads((schemas_folder() / "problem.schema.json").read_text(encoding="utf-8"))

    assert sorted(schema["$defs"]["error"]["properties"]["code"]["enum"]) == known_codes()


def calls_of(caller, *, for_people):
    """Return method and address of the calls that are for people, or of those that are for programs."""
    return {
        (method, re.sub(r"<(?:name|id_)>", "{id}", rule.rule).replace("<code>", "{code}").replace("<file>", "{file}"))
        for rule in caller.application.url_map.iter_rules()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if method in rule.methods and rule.endpoint.startswith(("people.", "viewer.")) is for_people
    }


def test_every_call_has_its_heading(caller):
    """And no call is promised that is not there."""
    headings = set(re.findall(r"^#+ `([A-Z]+) ([^`]+)`$", PAGE, re.MULTILINE))

    assert headings == calls_of(caller, for_people=False)


def test_every_page_for_people_is_listed(caller):
    """What else a browser asks for stands there too."""
    section = PAGE.partition("## Pages for people")[2].partition("\n## ")[0]

    assert set(re.findall(r"`(GET) (/[^`]*)`", section)) == calls_of(caller, for_people=True)
