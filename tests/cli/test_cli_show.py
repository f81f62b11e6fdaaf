"""`clausewise show` and `audit search`: what the log keeps is printed as it was, and found as over HTTP."""

import json
import sqlite3
from contextlib import closing

import pytest

from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.web.app import create_app
from service.web.searching import FILTERS

CASES = [
    {"loan": {"kind": "book", "days_late": 1}},
    {"loan": {"kind": "book", "days_late": 45, "reserved": True, "asked_at": "2026-03-01T09:00:00Z"}},
    {"loan": {"kind": "map"}},
    {},
]


@pytest.fixture(scope="module")
def log(call, late_returns, tmp_path_factory):
    """Return the path of a log with a decision of each case, and what `clausewise decide` printed of each.

    For tests that only read: whoever changes it has `own_log`.
    """
    path = tmp_path_factory.mktemp("shown") / "audit.db"
    said = [call("decide", "--pack", late_returns, "--database", path, input=json.dumps(case)).stdout for case in CASES]
    return path, said


@pytest.fixture
def own_log(log, tmp_path):
    """Return the same of a copy."""
    path, said = log
    copied = tmp_path / "audit.db"
    with closing(sqlite3.connect(path)) as kept, closing(sqlite3.connect(copied)) as copy:
        kept.backup(copy)  # a service may have it open
    return copied, said


def ids(said):
    """Return the ids that `clausewise decide` has told."""
    return [text.splitlines()[-1].removeprefix("Stored as ").partition(",")[0] for text in said]


def test_a_kept_decision_is_shown_as_it_was_told_when_it_was_decided(call, log):
    """The same text, to the letter, with no pack at hand but that in the log."""
    path, said = log
    for text, id_ in zip(said, ids(said), strict=True):
        shown = call("show", id_, "--database", path)
        assert (shown.exit_code, shown.stdout) == (0, text)


def test_as_json_a_kept_decision_is_the_document_byte_for_byte(call, log):
    """So it can be compared with what a caller has."""
    path, said = log
    with closing(Store(open_database(str(path)))) as store:
        for id_ in ids(said):
            shown = call("show", id_, "--database", path, "--format", "json")
            assert shown.stdout == store.entry(id_).document.decode() + "\n"


@pytest.mark.parametrize("id_", ["01a211bf-6bfe-7fa1-836b-a6b29bf99b0c", "nonsense"])
def test_what_is_not_there_is_not_shown(call, log, id_):
    """Exit status 2, and nothing on standard output."""
    shown = call("show", id_, "--database", log[0])

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert f"No decision of the log has the id '{id_}'." in shown.stderr


def test_a_log_that_is_not_there_is_not_made(call, tmp_path):
    """A misspelt path must not leave a file behind."""
    path = tmp_path / "no.db"
    for command in (["show", "01a211bf-6bfe-7fa1-836b-a6b29bf99b0c"], ["audit", "search"]):
        assert call(*command, "--database", path).exit_code == 2
        assert not path.exists()


def spoil(path, trigger, change):
    """Change a log from outside."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(change)
        connection.commit()


def test_a_damaged_decision_is_not_shown(call, own_log):
    """A wrong answer is worse than none."""
    path, said = own_log
    spoil(path, "entries_no_update", "UPDATE entries SET body = x'00' WHERE sequence = 2")
    shown = call("show", ids(said)[1], "--database", path)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "Entry 2 of the audit log is damaged" in shown.stderr


def test_a_decision_whose_pack_was_changed_is_given_as_json_alone(call, own_log):
    """Words of another pack would not be those that decided."""
    path, said = own_log
    spoil(path, "pack_files_no_update", "UPDATE pack_files SET content = x'00' WHERE path = 'pack.yaml'")
    shown = call("show", ids(said)[1], "--database", path)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "--format json prints the document" in shown.stderr
    assert call("show", ids(said)[1], "--database", path, "--format", "json").exit_code == 0


QUERIES = [
    {},
    {"decision": "fine"},
    {"decision": "fine", "outcome": "level:high"},
    {"status": "undecided"},
    {"policy": "late-returns", "version": "1.2.0", "limit": "2"},
    {"outcome": "amount:1"},
    {"from": "2999-01-01T00:00:00Z"},
    {"until": "2999-01-01T00:00:00Z"},
    {"caller": "nobody"},
]


@pytest.fixture(scope="module")
def web(late_returns_pack, log):
    """Return a caller of a service with the same log and pack."""
    with closing(Store(open_database(str(log[0])))) as store:
        yield create_app(Desk([late_returns_pack]), store).test_client()


def search(call, late_returns, path, query, *further):
    """Return what the command answers to a query."""
    options = [word for name, value in query.items() for word in (f"--{name}", value)]
    return call("audit", "search", "--database", path, "--pack", late_returns, *options, *further)


@pytest.mark.parametrize("query", QUERIES)
def test_the_search_finds_what_the_call_finds(call, late_returns, log, web, query):
    """The same page, byte for byte."""
    done = search(call, late_returns, log[0], query, "--format", "json")
    answer = web.get("/v1/decisions", query_string=query)

    assert (done.exit_code, answer.status_code) == (0, 200)
    assert done.stdout.encode() == answer.data + b"\n"


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"status": "done"}, {"from": "today"}, {"decision": "fin"}, {"cursor": "x"}, {"outcome": ""}],
)
def test_the_search_refuses_what_the_call_refuses(call, late_returns, log, web, query):
    """With the same words."""
    done = search(call, late_returns, log[0], query)
    answer = web.get("/v1/decisions", query_string=query)

    assert (done.exit_code, done.stdout, answer.status_code) == (2, "", 400)
    assert done.stderr == f"Error: {answer.get_json()['detail']}\n"


def test_the_search_goes_on_from_page_to_page(call, late_returns, log):
    """What the text names is what goes on."""
    first = search(call, late_returns, log[0], {"limit": "3"}).stdout
    cursor = first.splitlines()[-1].removeprefix("There are more: --cursor ")
    second = search(call, late_returns, log[0], {"limit": "3", "cursor": cursor}).stdout

    assert [line[0] for line in (first + second).splitlines() if line[0].isdigit()] == ["4", "3", "2", "1"]


def test_the_text_of_a_search_has_decisions_with_their_outcomes(call, late_returns, log):
    """A line for the document, one below it for each decision."""
    path, said = log
    lines = search(call, late_returns, path, {"decision": "fine", "outcome": "level:high"}).stdout.splitlines()

    assert lines[0].startswith(f"2 {ids(said)[1]} ")
    assert lines[0].endswith(" late-returns 1.2.0")
    assert "  fine: decided, amount 10, level high" in lines
    assert search(call, late_returns, path, {"caller": "nobody"}).stdout == "Nothing was found.\n"


def test_a_damaged_entry_is_told(call, late_returns, own_log):
    """It may be one of those that were looked for."""
    path, _ = own_log
    spoil(path, "entries_no_update", "UPDATE entries SET body = x'00' WHERE sequence = 2")

    assert "\n2 the entry is damaged: it may be one of them\n" in search(call, late_returns, path, {}).stdout


def test_each_parameter_of_the_call_is_an_option(call):
    """A new one comes along."""
    told = call("audit", "search", "--help").stdout

    assert [name for name in (*FILTERS, "limit", "cursor") if f"--{name} " not in told] == []
