"""`clausewise decide`: the facts of one case in, its decisions out."""

import json
import os
import pty
import re
from pathlib import Path

import pytest

from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.decision.desk import Desk

ROOT = Path(__file__).parents[2]
RESERVED = '{"loan": {"days_late": 2, "reserved": true, "kind": "map", "asked_at": "2026-03-01T09:00:00Z"}}'
UNKNOWN_DAYS = '{"loan": {"kind": "book"}}'


@pytest.fixture
def decide(call, late_returns):
    """Decide by the pack of late returns; the facts come from standard input."""
    return lambda facts, *options: call("decide", "--pack", late_returns, *options, input=facts)


def test_json_is_the_canonical_document_and_a_newline(installed, late_returns, late_returns_pack):
    """Programs compare and hash these bytes; nothing may be added on the way."""
    desk = Desk([late_returns_pack])
    expected = desk.decide(desk.read({"facts": json.loads(RESERVED)})).document()

    done = installed("decide", "--format", "json", "--pack", late_returns, input=RESERVED.encode())

    assert (done.returncode, done.stdout, done.stderr) == (0, expected + b"\n", b"")


def test_without_a_database_nothing_is_numbered_dated_or_audited(decide):
    """What is stored nowhere has no place in a log."""
    document = json.loads(decide(RESERVED, "--format", "json").stdout)
    assert [document[name] for name in ("id", "decided_at", "audit")] == [None, None, None]


def test_with_a_database_the_document_is_the_one_that_is_stored(decide, tmp_path):
    """What is printed can be fetched again, byte for byte."""
    log = tmp_path / "log.db"
    first = decide(RESERVED, "--format", "json", "--database", f"sqlite:///{log}")
    second = decide(RESERVED, "--format", "json", "--database", log)

    documents = [json.loads(each.stdout) for each in (first, second)]
    assert [document["audit"]["sequence"] for document in documents] == [1, 2]
    store = Store(open_database(str(log)))
    kept = store.entry(documents[0]["id"])
    store.close()
    assert kept.document + b"\n" == first.stdout_bytes


def test_a_reference_is_kept_and_printed(decide, tmp_path):
    """Without a log it stands in the document alone; a wrong one is told by the option's name."""
    log = tmp_path / "log.db"
    arguments = [RESERVED, "--format", "json", "--reference", "4711"]
    documents = [json.loads(decide(*arguments, *more).stdout) for more in ([], ["--database", log])]

    assert [document["reference"] for document in documents] == ["4711", "4711"]
    refused = decide(RESERVED, "--reference", "x" * 201)
    assert (refused.exit_code, "--reference: reference has 201 characters" in refused.stderr) == (2, True)


def test_the_python_that_decides_such_cases_is_shown(decide, tmp_path):
    """Whoever looks for a fault can read it; a case that is shown so is not kept."""
    shown = decide(RESERVED, "--python", "--database", f"sqlite:///{tmp_path / 'audit.db'}")
    compile(shown.stdout, "shown", "exec")
    assert "v_loan_days_late_" in shown.stdout
    assert (shown.exit_code, list(tmp_path.iterdir())) == (0, [])


def test_the_text_says_where_a_decision_is_stored(decide, tmp_path):
    """A person can quote the number."""
    done = decide(RESERVED, "--database", tmp_path / "log.db")
    assert "entry 1 of the audit log" in done.stdout


def test_a_refused_case_leaves_no_database_behind(decide, tmp_path):
    """A wrong call changes nothing."""
    assert decide('{"loan": {"days": 1}}', "--database", tmp_path / "log.db").exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", ["-", None])
def test_a_dash_or_no_file_is_standard_input(call, late_returns, file):
    """Both are what a pipe uses."""
    arguments = ["decide", "--pack", late_returns, "--format", "json", *([file] if file else [])]
    assert json.loads(call(*arguments, input=RESERVED).stdout)["decisions"]["fine"]["outcome"]["amount"] == 10


def test_the_file_is_read(call, late_returns, tmp_path):
    """The everyday call."""
    (tmp_path / "case.json").write_text(RESERVED)
    done = call("decide", "--pack", late_returns, tmp_path / "case.json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "level high" in done.stdout


def test_only_the_decisions_asked_for_are_returned(decide):
    """Asking twice for one is no fault."""
    done = decide(RESERVED, "--format", "json", "--decision", "reminder", "--decision", "reminder")
    assert list(json.loads(done.stdout)["decisions"]) == ["reminder"]


def test_the_instant_of_the_call_comes_before_that_of_the_case(decide):
    """The same case can be judged on another day."""
    done = decide(RESERVED, "--format", "json", "--as-of", "2027-01-01T00:00:00+01:00")
    assert json.loads(done.stdout)["as_of"] == "2027-01-01T00:00:00+01:00"


def test_the_shipped_pack_decides_when_none_is_named(call):
    """An installation works at once, in any folder."""
    document = json.loads(call("decide", "--format", "json", input="{}").stdout)
    assert document["policy"]["id"] in {folder.name for folder in (ROOT / "rules").iterdir()}


def test_the_policy_is_chosen_among_the_packs(call, late_returns):
    """The first pack is only the default."""
    shipped = next(path.parent for path in (ROOT / "rules").glob("*/pack.yaml"))
    arguments = ["decide", "--format", "json", "--pack", shipped, "--pack", late_returns, "--policy", "late-returns"]
    assert json.loads(call(*arguments, input=RESERVED).stdout)["policy"]["id"] == "late-returns"


TEXT = """\
Rules for late returns 1.2.0, as of 2026-03-01T09:00:00Z

fine  decided  What does the late return cost?
outcome    level high, amount 10
because    Someone else waits for the item.
             fine.reserved  loan.days_late: 2; loan.reserved: true
             fines  Whoever brings an item back late pays a fine, and pays more
             for an item that others wait for.
overruled  The item came back late.
           by fine.reserved: level high comes before low.
             fine.late  loan.days_late: 2
notes      A librarian may waive the fine.
             fine.waiver
read as    Does a reservation count more than the number of days?
             reserved-outranks-days  reserved-first: A reserved item is dear
             from the first day.
"""


def test_the_text_says_what_and_why_by_which_clause_and_what_was_overruled(process, late_returns):
    """Everything that the document tells is there for a person too, wrapped, and without colours in a pipe."""
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    arguments = ["decide", "--pack", late_returns, "--decision", "fine"]
    done = process(*arguments, input=RESERVED.encode(), environment={**environment, "COLUMNS": "80"})
    assert done.stdout.decode() == TEXT


def test_the_text_in_the_documentation_is_this_text(decide):
    """What the page shows is what the command prints."""
    page = (ROOT / "docs" / "command-line.md").read_text()
    refused = decide('{"loan": {"kind": "bok", "days_late": -1}}')
    assert TEXT in page
    assert refused.stderr in page


def test_the_text_asks_for_what_is_still_needed(decide):
    """With what the fact means and what it can be: who reads it can ask the customer at once."""
    done = decide(UNKNOWN_DAYS, "--decision", "fine")
    assert "fine  undecided" in done.stdout
    assert "1  loan.days_late  Whole days after the last day.\n       a whole number from 0 to 3650\n" in done.stdout


def test_the_text_tells_what_was_assumed(decide):
    """An assumption that nobody sees is a trap."""
    assert "Assumed, as the case leaves them out\n  loan.reserved: false\n" in decide(UNKNOWN_DAYS).stdout


def test_of_what_was_assumed_only_that_is_named_on_which_the_outcome_rests(decide):
    """Whoever checks them checks no fact in vain; the document has all that were read, as ever."""
    in_time = '{"loan": {"days_late": 0, "kind": "map"}}'
    told = "Assumed, as the case leaves them out\n  1 fact, of which no other value would change what is decided\n"
    assert told in decide(in_time, "--decision", "fine").stdout
    document = json.loads(decide(in_time, "--decision", "fine", "--format", "json").stdout)
    assert document["assumed"] == {"loan.reserved": False}


def test_an_empty_list_is_not_told_as_none(call, changed):
    """None is a state of its own: the case has no such thing."""
    parts = {"description": "P.", "type": "array", "uniqueItems": True, "default": []}
    parts["items"] = {"type": "string", "enum": ["disc"]}
    folder = changed("decisions/fine.yaml", "{loan.days_late: 0}", "{loan.days_late: 0, loan.parts: {lacks: disc}}")
    schema = json.loads((folder / "facts.schema.json").read_text())
    schema["properties"]["loan"]["properties"]["parts"] = parts
    (folder / "facts.schema.json").write_text(json.dumps(schema))
    done = call("decide", "--pack", folder, "--decision", "fine", input=UNKNOWN_DAYS)

    assert "loan.parts: []" in done.stdout, done.output


def test_several_decisions_begin_with_all_of_them_in_short(decide):
    """Who asked for all wants to see which to read; one alone is short enough."""
    _, _, title, fine, reminder, *_ = decide('{"loan": {"days_late": 0}}').stdout.splitlines()
    assert title == "In short"
    assert fine.split() == ["fine", "decided", "level", "none,", "amount", "0"]
    assert reminder.split() == ["reminder", "not", "applicable"]
    assert "In short" not in decide(RESERVED, "--decision", "fine").stdout


@pytest.mark.parametrize(
    ("old", "new", "facts", "note", "outcome"),
    [
        (
            "hit_policy: priority\norder: {level: [high, low, none]}",
            "hit_policy: any",
            RESERVED,
            "The rules fine.reserved and fine.late disagree about level and",
            ("none: rules of the pack disagree", ", and no answer would change that"),
        ),
        (
            "{loan.days_late: 0}",
            "{loan.days_late: 0, loan.reserved: false}",
            '{"loan": {"days_late": 0, "reserved": true}}',
            "",
            ("none, and no answer would change that", ": the pack gives none"),
        ),
    ],
    ids=["rules disagree", "no rule holds"],
)
def test_a_decision_that_no_answer_settles_is_told_from_one_that_waits(call, changed, old, new, facts, note, outcome):
    """Both are undecided: the one asks the customer, the other the pack's owner."""
    folder = changed("decisions/fine.yaml", old, new)
    done = call("decide", "--pack", folder, input=facts)

    assert re.search(rf"^  fine +undecided +{outcome[0]}$", done.stdout, re.MULTILINE)
    assert f"outcome    {''.join(outcome)}\n" in done.stdout
    assert note in done.stdout
    assert "no answer" not in call("decide", "--pack", folder, input="{}").stdout


@pytest.mark.parametrize(("variable", "has_colours"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_they_are_not_wanted(process, late_returns, variable, has_colours):
    """As https://no-color.org asks."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    environment = {**environment, **variable, "TERM": "xterm-256color"}
    done = process("decide", "--pack", late_returns, input=b"{}", stdout=theirs, environment=environment)
    os.close(theirs)
    assert done.returncode == 0
    shown = os.read(ours, 100_000)
    os.close(ours)
    assert b"undecided" in shown
    assert (b"\x1b[" in shown) == has_colours


def test_a_flood_of_problems_is_counted(decide):
    """A screen that scrolls for minutes tells less than a hundred lines and a number."""
    done = decide("{" + ",".join(f'"x{number}": 1' for number in range(500)) + "}")

    assert "Error: 500 problems with the case:" in done.stderr
    assert "and 400 more." in done.stderr
    assert done.stderr.count("is no fact that the schema declares") == 100


def test_every_problem_with_the_facts_is_told_by_its_pointer(decide):
    """All of them at once, on standard error: what is on standard output is a decision or nothing."""
    done = decide('{"loan": {"kind": "bok", "days_late": -1, "dys": 1}}')
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: 3 problems with the case:" in done.stderr
    assert "/loan/kind: loan.kind is 'bok'" in done.stderr
    assert "/loan/days_late: " in done.stderr
    assert "/loan/dys: " in done.stderr


def test_a_name_that_would_drive_the_terminal_is_shown_escaped(decide):
    """Facts come from anywhere."""
    done = decide('{"lo\\u001b[2Jan": 1}')
    assert "\x1b" not in done.stderr
    assert "/lo\\x1b[2Jan: " in done.stderr


def test_a_request_body_in_place_of_the_facts_is_told_apart(decide):
    """The likeliest mix-up for who knows the HTTP interface."""
    done = decide(json.dumps({"facts": json.loads(RESERVED)}))
    assert done.exit_code == 2
    assert "FILE holds the facts alone" in done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--decision", "fin"], "--decision: The policy has no decision 'fin'. Did you mean 'fine'?"),
        (["--decision", "sev"], "--decision: The policy has no decision 'sev'. There is: fine, reminder.\n"),
        (["--policy", "late-return"], "There is no policy 'late-return'. Did you mean 'late-returns'?"),
        (
            ["--as-of", "yesterday"],
            "Invalid value for '--as-of': it is 'yesterday', which is not written as an instant",
        ),
        (["--as-of", "2026-03-01T09:00:00"], "which lacks an offset"),
        (["--format", "yaml"], "'yaml' is not one of 'text', 'json'"),
        (["--decison", "fine"], "Did you mean '--decision'?"),
        (["--database", "mysql://x/y"], "--database: A database of the kind 'mysql' can't be used. Give "),
        (["--database", "/nowhere/log.db"], "The audit log can't be used"),
    ],
)
def test_a_wrong_option_is_refused_with_what_would_be_right(decide, options, told):
    """Exit 2, and nothing on standard output."""
    done = decide(RESERVED, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty; it must hold the facts of a case as one JSON object"),
        (b" \n", "is empty"),
        (b"[]", "holds an array; it must hold"),
        (b"null", "holds null; it must hold"),
        (b'{"loan": {"kind": "book",}}', ":1:26: "),
        (b'{"loan": {},\n "loan": {}}', 'the member "loan" is given twice'),
        (b'{"loan":\n {"kind": "\xff"}}', ":2:12: the byte 0xff is no UTF-8"),
        ("{}".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b'\xef\xbb\xbf{"loan": {}}', "a byte order mark"),
    ],
)
def test_a_file_that_is_no_json_object_is_refused_where_it_fails(call, late_returns, tmp_path, content, told):
    """What editors and shells do to files has its own message."""
    (tmp_path / "case.json").write_bytes(content)
    done = call("decide", "--pack", late_returns, tmp_path / "case.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr


def test_a_misspelt_file_is_refused_with_its_nearest_name(call, late_returns, tmp_path):
    """Typing is error-prone."""
    (tmp_path / "case.json").write_text("{}")
    done = call("decide", "--pack", late_returns, tmp_path / "csae.json")
    assert done.exit_code == 2
    assert "case.json'?" in done.stderr


def test_a_folder_in_place_of_the_file_is_refused(call, late_returns, tmp_path):
    """It has no facts."""
    done = call("decide", "--pack", late_returns, tmp_path)
    assert done.exit_code == 2
    assert "is a folder; it must hold the facts" in done.stderr


def test_a_pack_with_errors_decides_nothing_and_every_finding_is_told(call, changed):
    """Who called can mend the pack without another command."""
    folder = changed("decisions/fine.yaml", "loan.reserved: true", "loan.resrved: true")
    done = call("decide", "--pack", folder, input="{}")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "is refused, for 1 finding:" in done.stderr
    assert "fine.yaml:12:12: " in done.stderr


def test_a_character_that_the_output_cannot_encode_is_escaped(installed, changed):
    """An old locale is no reason for a traceback."""
    folder = changed("decisions/fine.yaml", "A librarian may", "Bibliothekarin Jörg 日 may")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = installed("decide", "--pack", folder, input=RESERVED.encode(), env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"J\\xf6rg \\u65e5" in done.stdout


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_reader_that_goes_away_is_met_with_silence(process, late_returns, format_):
    """`clausewise decide | head -1` ends without a word, as other tools do."""
    reading, writing = os.pipe()
    os.close(reading)
    done = process("decide", "--pack", late_returns, "--format", format_, input=b"{}", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: Rules", "title: Other rules", "are both version 1.2.0 of late-returns: name one of them"),
        ("version: '1.2.0'", "version: '2.0.0'", "are versions of late-returns that have no first day: give the later"),
    ],
)
def test_two_packs_of_which_nobody_knows_which_decides_are_refused(call, late_returns, changed, old, new, says):
    """The order on the command line must not."""
    other = changed("pack.yaml", old, new)
    done = call("decide", "--pack", late_returns, "--pack", other, "-", input="{}")

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"'{late_returns}' and '{other}' {says}" in done.stderr


def test_versions_that_begin_on_different_days_decide_one_after_the_other(call, late_returns, changed):
    """The newest that is in force."""
    other = changed("pack.yaml", "version: '1.2.0'", "version: '2.0.0'\nin_force: {from: '2026-06-01'}\ndates_in: UTC")
    packs = ("--pack", late_returns, "--pack", other)
    told = [
        json.loads(
            call("decide", *packs, "--as-of", f"2026-0{month}-02T00:00:00Z", "--format", "json", "-", input="{}").stdout
        )
        for month in (5, 7)
    ]

    assert [each["policy"]["version"] for each in told] == ["1.2.0", "2.0.0"]
