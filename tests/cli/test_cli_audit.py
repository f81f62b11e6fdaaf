"""`clausewise audit`: what is taken away, and what was done. Tests of `verify` and `export` are elsewhere."""

import json
from contextlib import closing

import pytest

from service.audit.log.entries import Entry, write_entry
from service.audit.log.erasure import erase
from service.audit.log.notary import Notary
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk
from service.decision.requests import read_request


@pytest.fixture
def log(library_loans, empty_log_at, tmp_path):
    """Return the path of a log with two decisions, the store, and their entries; the second has personal facts."""
    pack = library_loans
    path = empty_log_at(tmp_path / "audit.db")
    store = Store(open_database(str(path)), Notary(tmp_path / "audit.db.key", "library.example/log"))
    store.prepare()
    kept = []
    for facts in ({}, {"member": {"name": "Zoe"}}):
        decided = Desk([pack]).decide(read_request({"facts": facts}))
        kept.append(store.append(write_entry(decided, Stamp()), pack))
    yield path, store, kept
    store.close()


def test_help_has_each_command_in_a_whole_sentence(call):
    """Cut off they say nothing."""
    told = call("audit", "--help").stdout

    assert "..." not in told.partition("Commands:")[2]
    assert "List erasures, and changes of the signing key." in told


def test_personal_facts_belong_to_a_receipt(call, log):
    """A consistency proof shows no entry."""
    path, *_ = log
    done = call("audit", "prove", "--since", "1", "--personal", "--database", path)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "--personal is for a receipt" in done.stderr


@pytest.mark.parametrize("command", [["checkpoint"], ["prove", "some-id"], ["rotate-key", "--reason", "x"]])
def test_a_folder_is_no_key_file(call, log, tmp_path, command):
    """It is told before anything is done."""
    done = call("audit", *command, "--database", log[0], "--signing-key", tmp_path)

    assert (done.exit_code, done.stdout) == (2, "")
    assert "is a directory" in done.stderr


def test_deeds_are_a_line_each(call, log):
    """What was done to which entry, when, by whom and why."""
    path, store, kept = log
    none = call("audit", "deeds", "--database", path)
    erase(store, kept[1], "asked for", "privacy desk")
    (told,) = store.entries(2)
    at = json.loads(told.entry.body)["at"]
    done = call("audit", "deeds", "--database", path)
    listed = json.loads(call("audit", "deeds", "--database", path, "--format", "json").stdout)

    assert none.stdout == "Nothing was erased, and the signing key was never changed.\n"
    assert (done.exit_code, done.stdout) == (
        0,
        f"3 {at} erasure: member.name of entry 2 ({kept[1].entry.id}); by privacy desk: asked for\n",
    )
    assert listed == {
        "damaged": [],
        "deeds": [
            {
                "sequence": 3,
                "id": told.entry.id,
                "kind": "erasure",
                "at": at,
                "caller": "privacy desk",
                "reason": "asked for",
                "erased": {"facts": ["member.name"], "id": kept[1].entry.id, "sequence": 2},
            }
        ],
    }


@pytest.mark.parametrize("option", ["--reason", "--caller"])
@pytest.mark.parametrize("said", ["", " ", "two\nlines"])
@pytest.mark.parametrize("command", ["erase", "rotate-key"])
def test_who_and_why_are_said_or_nothing_is_done(call, log, command, option, said):
    """They stand in the log for ever: an empty name is nobody's, and not the one who is logged in."""
    path, store, kept = log
    of = {"--reason": "asked for", "--caller": "privacy desk", option: said}
    ids = [kept[1].entry.id] if command == "erase" else []
    done = call("audit", command, *ids, *(each for pair in of.items() for each in pair), "--database", path)

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{option} must be one line of text that can be printed." in done.stderr
    assert store.size() == len(kept)


def test_a_log_without_a_key_gets_one_from_a_start_or_a_checkpoint(call, tmp_path):
    """`decide --database` alone makes none; what is advised helps."""
    path = tmp_path / "bare.db"
    with closing(open_database(str(path))) as database:
        Store(database).prepare()
    none = call("audit", "keys", "--database", path)
    signed = call("audit", "checkpoint", "--database", path)
    keys = call("audit", "keys", "--database", path)

    assert (none.exit_code, none.stdout) == (2, "")
    assert none.stderr == (
        "Error: The log has no signing key yet: `clausewise serve` makes one when it starts, "
        "`clausewise audit checkpoint` at once.\n"
    )
    assert (signed.exit_code, keys.exit_code) == (0, 0)
    assert keys.stdout.startswith(signed.stdout.split("\n")[0])


def test_a_damaged_deed_is_told_by_the_exit_status(call, log):
    """The list lacks it."""
    path, store, _ = log
    store.append(Entry("01a211bf-6bfe-7fa1-836b-a6b29bf99b0c", b"{}", "erasure"), None)
    done = call("audit", "deeds", "--database", path)

    assert (done.exit_code, done.stdout) == (1, "3 the entry is damaged: `clausewise audit verify` tells more\n")


def test_deeds_are_wrapped_on_a_terminal(call, log, monkeypatch):
    """As all prose."""
    path, store, kept = log
    erase(store, kept[1], "asked for", "privacy desk")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    done = call("audit", "deeds", "--database", path)

    assert all(len(line) <= 60 for line in done.stdout.splitlines())


def test_programs_get_json_of_every_command(call, log):
    """Each says what it did by members."""
    path, _, kept = log
    of = ["--database", path, "--format", "json"]
    receipt = json.loads(call("audit", "prove", kept[0].entry.id, *of).stdout)
    checkpoint = json.loads(call("audit", "checkpoint", *of).stdout)
    erased = json.loads(call("audit", "erase", kept[1].entry.id, "--reason", "asked for", *of).stdout)
    rotated = json.loads(call("audit", "rotate-key", "--reason", "yearly", *of).stdout)
    keys = json.loads(call("audit", "keys", *of).stdout)

    assert (receipt["sequence"], receipt["entry"].encode()) == (1, kept[0].entry.body)
    assert (checkpoint["size"], checkpoint["checkpoint"].split("\n")[1]) == (2, "2")
    assert (erased["erased"], erased["deed"]["sequence"]) == ({"sequence": 2, "id": kept[1].entry.id}, 3)
    assert erased["is_gone"] in (True, False)
    assert (rotated["key"], rotated["deed"]["sequence"]) == (keys["keys"][-1], 4)
