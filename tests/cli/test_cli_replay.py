"""`clausewise replay`: old decisions made again from the audit log."""

import io
import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.audit.log.entries import ENGINE, Entry, write_entry
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.proof.merkle import leaf_hash
from service.audit.replaying import old_cases
from service.audit.storage.databases import open_database
from service.cli import main
from service.decision.desk import Desk
from service.decision.requests import read_request
from service.pack.loader import load_pack

NOW = ", ".join(f"{name.replace(chr(95), chr(45))} {version}" for name, version in sorted(ENGINE.items()))
ROOT = Path(__file__).parents[2]
CHANGING = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|sha256:[0-9a-f]{12,64}|\b[0-9]+\.[0-9.]*[0-9]"
LATE = {"loan": {"kind": "book", "days_late": 1}}
RESERVED = {"loan": {"kind": "book", "days_late": 1, "reserved": True}}


@pytest.fixture
def path(tmp_path):
    """Return where the log is."""
    return tmp_path / "audit.db"


@pytest.fixture
def log(path, empty_log_at, late_returns_pack):
    """Make a log of three decisions about late returns; returns their ids."""
    pack = late_returns_pack
    store = Store(open_database(str(empty_log_at(path))))
    entries = [
        write_entry(Desk([pack]).decide(read_request({"facts": facts})), Stamp()) for facts in (LATE, RESERVED, {})
    ]
    for entry in entries:
        store.append(entry, pack)
    store.close()
    return [entry.id for entry in entries]


def change(path, sequence, old, new):
    """Rewrite an entry as who owns the file can, with the hash that fits."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER IF EXISTS entries_no_update")
        (body,) = connection.execute("SELECT body FROM entries WHERE sequence = ?", [sequence]).fetchone()
        assert old in body
        body = body.replace(old, new)
        row = [body, leaf_hash(body), sequence]
        connection.execute("UPDATE entries SET body = ?, leaf = ? WHERE sequence = ?", row)


def test_what_is_the_same_is_counted_with_what_decided(call, path, log):
    """The versions tell whether the same engine was asked."""
    done = call("replay", "--database", path)

    assert done.exit_code == 0
    assert done.stdout == f"3 entries: 3 the same\ndecided by {NOW}: 3\nreplayed by {NOW}\n"
    assert done.stderr == ""


def test_what_differs_is_shown_with_its_place_and_both_values(call, path, log):
    """And the exit status tells a program."""
    change(path, 2, b'"amount":10', b'"amount":1')
    done = call("replay", "--database", path)

    assert done.exit_code == 1
    assert done.stdout.splitlines()[:3] == [
        "1 entry with another decision: fine",
        f"  2 {log[1]} /decisions/fine/outcome/amount: kept 1, now 10",
        "3 entries: 2 the same, 1 different",
    ]


def test_json_tells_the_same_by_members(call, path, log):
    """For programs."""
    change(path, 2, b'"amount":10', b'"amount":1')
    done = call("replay", "--database", path, "--format", "json")
    pointer = "/decisions/fine/outcome/amount"

    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "entries": {"same": 2, "differs": 1, "partly_comparable": 0, "not_comparable": 0, "refused": 0},
        "decisions": {"same": 5, "differs": 1, "not_comparable": 0},
        "differing": [
            {
                "pointer": "/decisions/fine",
                "entries": 1,
                "samples": [{"sequence": 2, "id": log[1], "pointer": pointer, "kept": 1, "now": 10}],
            }
        ],
        "refused": [],
        "further": 0,
        "decided_by": [{"engine": dict(ENGINE), "entries": 3}],
        "replayed_by": dict(ENGINE),
    }


def test_entries_are_chosen_by_id_or_by_range(call, path, log):
    """A log can be long."""
    assert call("replay", "--database", path, log[2], log[0], log[0]).stdout.startswith("2 entries: 2 the same\n")
    assert call("replay", "--database", path, "--after", 1, "--until", 2).stdout.startswith("1 entry: 1 the same\n")
    assert call("replay", "--database", path, "--after", 3).stdout.startswith("0 entries: no decision is there\n")


def test_a_damaged_entry_is_told_whether_it_was_named_or_met(call, path, log):
    """It can't be decided again."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET body = x'7b7d' WHERE sequence = 2")
    for arguments in ([], [log[1]]):
        done = call("replay", "--database", path, *arguments)
        assert done.exit_code == 1
        assert "1 entry not to be decided again: damaged entry\n  2 - the entry no longer has the hash" in done.stdout


def test_ids_of_no_decision_are_a_wrong_call(call, path, log):
    """All of them are told."""
    store = Store(open_database(str(path)))
    deed = "01a211bf-6bfe-7fa1-836b-a6b29bf99b0c"
    store.append(Entry(deed, b"{}", "erasure"), None)
    store.close()
    done = call("replay", "--database", path, log[0], "unknown", deed)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "Error: Only decisions of the audit log can be replayed:",
        "  there is no entry 'unknown'",
        f"  the entry '{deed}' is of the kind 'erasure', and decides nothing",
    ]


@pytest.mark.parametrize(
    "arguments",
    [("--after", 2, "--until", 2), ("--after", -1), ("--until", 0), ("--samples", -1), ("some-id", "--after", 1)],
)
def test_a_choice_of_nothing_is_a_wrong_call(call, path, log, arguments):
    """It would look like success."""
    done = call("replay", "--database", path, *arguments)

    assert (done.exit_code, done.stdout) == (2, "")


def test_a_log_that_is_not_there_is_not_made(call, path):
    """A slip in its name would else be answered with an empty log."""
    done = call("replay", "--database", path)

    assert (done.exit_code, done.stdout) == (2, "")
    assert str(path) in done.stderr
    assert not path.exists()


def test_a_log_of_another_version_is_left_as_it_is(call, path, log):
    """Who only reads does not change it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
    before = path.read_bytes()
    done = call("replay", "--database", path)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "another version of Clausewise" in done.stderr
    assert path.read_bytes() == before


def test_a_log_can_be_replayed_where_it_can_only_be_read(call, path, log):
    """A backup on a disk that nobody may write to is a log as well."""
    before = path.read_bytes()
    path.chmod(0o400)

    assert call("replay", "--database", path).exit_code == 0
    assert path.read_bytes() == before


@pytest.fixture
def cheaper(changed):
    """A copy of the pack with another fine, without the reserved case and with a stricter schema."""
    folder = changed("decisions/fine.yaml", "{level: low, amount: 2}", "{level: low, amount: 3}")
    shutil.rmtree(folder / "cases")
    schema = folder / "facts.schema.json"
    schema.write_text(schema.read_text().replace('"reserved": {"type": "boolean"', '"wanted": {"type": "boolean"'))
    rules = folder / "decisions" / "fine.yaml"
    rules.write_text(rules.read_text().replace("loan.reserved", "loan.wanted"))
    return folder


def test_another_pack_is_told_by_decision_rule_and_problem(call, path, log, cheaper):
    """A line for each, with samples; that it differs is what was asked for, and no failure."""
    digest = load_pack(cheaper).digest
    done = call("replay", "--database", path, "--with-pack", cheaper)

    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines() == [
        "decision fine: 1 same",
        "decision fine: 1 other outcome",
        f"  {log[0]} /decisions/fine/outcome/amount: was 2, would be 3",
        "decision reminder: 2 same",
        f"rule fine: the same rules (fine.late): 1, such as {log[0]}",
        f"refused unknown_fact at /facts/loan/reserved: 1, such as {log[1]}",
        f"late-returns 1.2.0 ({digest[:19]}): 2 entries compared, 1 refused by its facts schema",
        f"decided by {NOW}: 2",
        f"replayed by {NOW}",
    ]


def test_one_entry_is_compared_with_another_pack(call, path, log, cheaper):
    """The sum speaks of it in the singular."""
    done = call("replay", "--database", path, "--until", 1, "--with-pack", cheaper)

    assert f" ({load_pack(cheaper).digest[:19]}): 1 entry compared\n" in done.stdout


def test_json_tells_another_pack_by_members(call, path, log, cheaper):
    """For programs."""
    pack = load_pack(cheaper)
    told = json.loads(call("replay", "--database", path, "--with-pack", cheaper, "--format", "json").stdout)
    none = {"same": 0, "wording": 0, "reasons": 0, "outcome": 0, "status": 0, "not_comparable": 0}

    assert told == {
        "pack": {"id": pack.id, "version": pack.version, "digest": pack.digest},
        "entries": {"compared": 2, "refused": 1, "lost": 0, "other_policy": 0},
        "decisions": [
            {"decision": "fine", **none, "same": 1, "outcome": 1, "samples": {"outcome": [log[0]]}},
            {"decision": "reminder", **none, "same": 2, "samples": {}},
        ],
        "differing": [
            {
                "decision": "fine",
                "change": "outcome",
                "decisions": 1,
                "samples": [{"id": log[0], "pointer": "/decisions/fine/outcome/amount", "kept": 2, "now": 3}],
            }
        ],
        "only_before": [],
        "only_now": [],
        "rules": [
            {"decision": "fine", "before": ["fine.late"], "now": ["fine.late"], "decisions": 1, "samples": [log[0]]}
        ],
        "clauses": {"no_longer_cited": [], "newly_cited": []},
        "refused": [{"code": "unknown_fact", "pointer": "/facts/loan/reserved", "entries": 1, "samples": [log[1]]}],
        "lost": [],
        "further": 0,
        "decided_by": [{"engine": dict(ENGINE), "entries": 2}],
        "replayed_by": dict(ENGINE),
    }


def test_a_pack_of_a_policy_that_decided_nothing_is_a_wrong_call(call, path, log, changed):
    """Its id was changed, or it is another log."""
    folder = changed("pack.yaml", "pack: late-returns", "pack: late-return")
    done = call("replay", "--database", path, "--with-pack", folder)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Did you mean 'late-returns'?" in done.stderr


def test_a_pack_that_is_refused_is_not_asked(call, path, log, changed):
    """Exit 2 with every finding."""
    folder = changed("decisions/fine.yaml", "loan.days_late: 0", "loan.days_lat: 0")
    done = call("replay", "--database", path, "--with-pack", folder)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Did you mean 'loan.days_late'?" in done.stderr


@pytest.mark.parametrize("columns", [42, 50, 60, 80, 100, 200])
@pytest.mark.parametrize("is_other", [False, True])
def test_on_a_terminal_it_fits(call, path, log, cheaper, monkeypatch, is_other, columns):
    """However narrow it is, ids and words are whole, and the numbers are the same."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    change(path, 2, b'"amount":10', b'"amount":1')
    done = call("replay", "--database", path, *(["--with-pack", cheaper] if is_other else []))

    assert done.exit_code == (0 if is_other else 1)
    assert all(len(line) <= columns for line in done.stdout.splitlines())
    words = done.stdout.split()
    shown = {log[0], "/decisions/fine/outcome/amount:"} if is_other else {log[1], "/decisions/fine/outcome/amount:"}
    assert shown <= set(words)
    assert ("was 2, would be 3" if is_other else "kept 1, now 10") in " ".join(words)
    assert ("other outcome" if is_other else "1 different") in " ".join(words)


class Screen(io.StringIO):
    """Standard error on a terminal."""

    def isatty(self):
        """Return what makes it one."""
        return True


def test_on_a_terminal_it_tells_how_far_it_is(path, log, monkeypatch):
    """Standard error has it, and nothing is left of it."""
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    with pytest.raises(SystemExit):
        main(["replay", "--database", str(path)])

    assert screen.getvalue().startswith("\rentries: 1")
    assert screen.getvalue().endswith("\r\x1b[K")


def masked(text):
    """Return a text without ids, digests and versions."""
    return re.sub(CHANGING, "…", text)


def test_the_documentation_shows_what_is_told_of_a_changed_entry(call, path, log):
    """The one text of the page that comes of no command on it."""
    page = (ROOT / "docs" / "command-line.md").read_text()
    change(path, 2, b'"amount":10', b'"amount":1')
    told = call("replay", "--database", path).stdout

    assert masked(told) == masked(re.search(r"from 10 to 1, it says:\n\n```text\n(.*?)```", page, re.DOTALL)[1])


def test_every_code_is_documented():
    """A program has to tell them apart."""
    page = (ROOT / "docs" / "command-line.md").read_text().partition("## clausewise replay")[2]
    codes = re.findall(r"^([a-z]+_[a-z]+)  ", old_cases.__doc__, re.MULTILINE)

    assert len(codes) == 9
    assert [code for code in codes if f"`{code}`" not in page] == []
