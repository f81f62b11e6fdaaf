"""`clausewise check`: everything that is wrong with packs, and where."""

import json
import os
import pty
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_a_pack_without_fault_is_said_to_have_none(call, late_returns):
    """Nothing on standard output: there is no finding."""
    done = call("check", late_returns)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "1 pack checked, nothing found.\nProved: 2 of 2 parts.\n"


def test_the_shipped_packs_are_checked_when_none_is_named(call):
    """And they have no faults."""
    done = call("check")
    assert (done.exit_code, done.stdout) == (0, "")


def test_every_finding_is_a_line_with_its_place(process, changed):
    """Editors jump to such lines, however long they are."""
    folder = changed("decisions/fine.yaml", "loan.reserved: true", "loan.resrved: true")
    fine = folder / "decisions" / "fine.yaml"
    fine.write_text(
        fine.read_text().replace(
            "cites: fines\n    when: {loan.days_late: 0}", "cites: fees\n    when: {loan.days_late: 0}"
        )
    )
    done = process("check", folder)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert len(lines) == 2
    assert all(re.match(r".+\.yaml:[1-9][0-9]*:[1-9][0-9]*: .", line) for line in lines)
    assert "Did you mean 'loan.reserved'?" in done.stdout.decode()
    assert done.stderr == b"1 pack, 2 errors, 0 warnings.\n"


def test_a_case_that_no_rule_decides_is_a_warning(call, changed):
    """The pack works, and would leave that case without an answer."""
    folder = changed("decisions/reminder.yaml", "      - [map, [letter, message]]\n", "")
    text = (folder / "cases" / "reminder.yaml").read_text()
    (folder / "cases" / "reminder.yaml").write_text(text.partition("  - case: Borrowers of a map")[0])
    done = call("check", "--format", "json", folder)
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["summary"] == {"packs": 1, "errors": 0, "warnings": 1}
    assert told["proofs"] == [
        {"pack": "late-returns", "version": "1.2.0", "parts": 2, "proved": 2, "not_proved": [], "not_exact": []}
    ]
    (finding,) = told["findings"]
    assert (finding["code"], finding["part"], finding["members"]) == ("gap", "reminder.ways", ["ways"])
    (region,) = finding["regions"]
    assert region["where"] == ["loan.days_late is 1 or more", "loan.kind is map"]
    assert region["when"] == {"loan.days_late": {"at_least": 1}, "loan.kind": "map"}
    assert region["case"] == {"loan": {"days_late": 1, "kind": "map"}}


def test_a_case_of_a_gap_can_be_decided(call, changed, tmp_path):
    """It is complete and valid, and comes out as the check says."""
    folder = changed("decisions/fine.yaml", "loan.days_late: 0}", "loan.days_late: 0, loan.reserved: false}")
    (finding,) = json.loads(call("check", "--format", "json", folder).stdout)["findings"]
    case = tmp_path / "case.json"
    case.write_text(json.dumps(finding["regions"][0]["case"]))
    decided = json.loads(call("decide", "--format", "json", "--pack", folder, "--decision", "fine", case).stdout)
    fine = decided["decisions"]["fine"]
    assert (fine["status"], fine["outcome"], fine["needs"]) == ("undecided", None, [])


def test_nothing_is_proved_of_a_pack_that_is_refused(call, changed):
    """Its findings are told alone."""
    folder = changed("decisions/fine.yaml", "loan.reserved: true", "loan.resrved: true")
    told = json.loads(call("check", "--format", "json", folder).stdout)
    assert told["proofs"] == []
    assert call("check", folder).stderr == "1 pack, 1 error, 0 warnings.\n"


def test_json_holds_the_findings_and_their_counts(call, changed):
    """For programs: the same, by members."""
    folder = changed("decisions/fine.yaml", "loan.reserved: true", "loan.resrved: true")
    done = call("check", "--format", "json", folder)
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert told["summary"] == {"packs": 1, "errors": 1, "warnings": 0}
    assert [(finding["line"], finding["column"], finding["nearest"]) for finding in told["findings"]] == [
        (12, 12, "loan.reserved")
    ]


def test_a_source_that_is_as_it_was_has_no_findings(call, late_returns):
    """The fingerprints were taken from it."""
    assert call("check", "--source", late_returns / "house-rules.txt", late_returns).exit_code == 0


def test_a_changed_source_is_told_clause_by_clause(call, late_returns, tmp_path):
    """A passage that changed is an error; one that moved, or that no clause restates, is a warning."""
    text = (late_returns / "house-rules.txt").read_text()
    source = tmp_path / "house-rules.txt"
    source.write_text(
        text.replace("cost more", "cost much more").replace("Members get", "Ask at the desk.\n\nMembers get")
    )

    done = call("check", "--format", "json", "--source", source, late_returns)

    found = [(finding["code"], finding["severity"], finding["line"]) for finding in json.loads(done.stdout)["findings"]]
    assert done.exit_code == 1
    assert sorted(found) == [
        ("changed_source", "error", 7),
        ("moved_source", "warning", 13),
        ("uncovered_source", "warning", 1),
        ("uncovered_source", "warning", 3),
        ("uncovered_source", "warning", 6),
    ]


def test_warnings_alone_are_marked_and_are_findings(call, late_returns, tmp_path):
    """Exit 1: a build that must be clean can rely on it."""
    source = tmp_path / "house-rules.txt"
    source.write_text((late_returns / "house-rules.txt").read_text() + "\nThe desk closes at noon.\n")
    done = call("check", "--source", source, late_returns)
    assert (done.exit_code, done.stdout) == (1, f"{source}:8:1: warning: no clause restates line 8\n")
    assert done.stderr == "1 pack, 0 errors, 1 warning.\nProved: 2 of 2 parts.\n"


def test_a_pack_without_fingerprints_says_that_there_is_nothing_to_compare(call, changed, late_returns):
    """Silence would look like agreement."""
    folder = changed("clauses.yaml", "    source:", "    # source:")
    done = call("check", "--source", late_returns / "house-rules.txt", folder)
    assert done.exit_code == 1
    assert "no clause has a fingerprint" in done.stdout


def test_fingerprints_that_lack_are_one_finding_and_are_filled_in(call, changed, late_returns):
    """Each is the one that the pack had: the file is the same again, byte for byte, but for them at the lines' end."""
    folder = changed("clauses.yaml", "", "")
    clauses = folder / "clauses.yaml"
    whole = clauses.read_text()
    clauses.write_text(re.sub(r", sha256: [0-9a-f]{64}", "", whole))
    (finding,) = json.loads(call("check", "--format", "json", folder).stdout)["findings"]
    assert (finding["code"], finding["severity"]) == ("missing_fingerprint", "warning")
    count = len(re.findall("sha256", whole))
    assert finding["message"].startswith(f"{count} clauses, from ")
    assert "`clausewise check --source FILE --fill` writes it" in finding["message"]

    done = call("check", "--fill", "--source", late_returns / "house-rules.txt", folder)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.startswith(f"{count} fingerprints filled in.\n")
    assert clauses.read_text() == whole


@pytest.mark.parametrize(
    ("options", "told"),
    [((), "--fill goes with --source"), (("--source", "short.txt"), "there are no lines")],
)
def test_what_cannot_be_filled_in_is_a_wrong_call(call, changed, tmp_path, options, told):
    """Nothing is written then."""
    folder = changed("clauses.yaml", "", "")
    clauses = folder / "clauses.yaml"
    without = re.sub(r", sha256: [0-9a-f]{64}", "", clauses.read_text())
    clauses.write_text(without)
    (tmp_path / "short.txt").write_text("One line.\n")
    done = call("check", "--fill", *(tmp_path / each if each == "short.txt" else each for each in options), folder)
    assert done.exit_code == 2
    assert told in done.stderr
    assert clauses.read_text() == without


def test_on_a_terminal_findings_are_grouped_by_file(changed, terminal):
    """A file's name once, then line and column."""
    folder = changed("decisions/fine.yaml", "loan.reserved: true", "loan.resrved: true")
    shown = terminal("check", folder)
    assert re.search(r"decisions/fine\.yaml\n +12:12  error  ", shown)


@pytest.fixture
def terminal(process):
    """Return what calls the command line on a terminal without colours, 80 columns wide; returns what that shows."""

    def run(*arguments):
        ours, theirs = pty.openpty()
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80", "TERM": "xterm"}
        process(*arguments, stdout=theirs, environment=environment)
        os.close(theirs)
        shown = os.read(ours, 100_000).decode()
        os.close(ours)
        return re.sub(r" *\r\n", "\n", shown)

    return run


@pytest.mark.parametrize(
    ("made", "named", "told"),
    [
        ("late-returns/pack.yaml", "late-retruns", "Did you mean '{}/late-returns'?"),
        ("late-returns/pack.yaml", "late-returns/pack.yaml", "is a file; a pack is the folder around it"),
        ("late-returns/pack.yaml", ".", "holds no pack.yaml. These are packs: '{}/late-returns'."),
        ("notes/read.me", "notes", "holds no pack.yaml. A pack is a folder with one."),
        ("notes/read.me", "notes/read.me", "is a file; a pack is a folder with a pack.yaml in it"),
    ],
)
@pytest.mark.parametrize("command", ["check", "test"])
def test_what_is_no_pack_is_a_wrong_call(call, tmp_path, command, made, named, told):
    """Exit 2, and what would be right."""
    (tmp_path / made).parent.mkdir()
    (tmp_path / made).write_text("")
    done = call(command, tmp_path / named)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told.format(tmp_path) in done.stderr


@pytest.mark.parametrize(
    ("file", "told"), [("gone.txt", "No such file"), (".", "Is a directory"), ("x", "is no UTF-8 text")]
)
def test_a_source_that_cannot_be_read_is_a_wrong_call(call, late_returns, tmp_path, file, told):
    """It is no finding about the pack."""
    (tmp_path / "x").write_bytes(b"\xff")
    done = call("check", "--source", tmp_path / file, late_returns)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr


def test_a_source_goes_with_one_pack(call, late_returns, changed):
    """It can't be the source of both."""
    done = call(
        "check", "--source", late_returns / "house-rules.txt", late_returns, changed("pack.yaml", "1.2.0", "1.3.0")
    )
    assert done.exit_code == 2
    assert "--source goes with one PACK, not with 2" in done.stderr
