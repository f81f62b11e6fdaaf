"""`clausewise audit export`: what it writes, what it says, and what it refuses."""

import io
import json
import sys
from pathlib import Path

import pytest
from uuid6 import uuid7

from service.audit.exporting.export_verification import check_export
from service.audit.log.entries import write_entry
from service.audit.log.notary import Notary
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.cli import main
from service.decision.desk import Desk
from service.decision.requests import read_request

ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(late_returns_pack, empty_log_at, tmp_path):
    """Return the path of a log with five decisions, and its key beside it."""
    path = empty_log_at(tmp_path / "audit.db")
    store = Store(open_database(str(path)), Notary(tmp_path / "audit.db.key", "library.example/log"))
    store.prepare()
    pack = late_returns_pack
    decided = Desk([pack]).decide(read_request({"facts": {}}))
    for _ in range(5):
        store.append(write_entry(decided, Stamp(str(uuid7()), "2026-01-31T09:00:00.000Z")), pack)
    store.close()
    return path


@pytest.fixture
def export(call, log, tmp_path):
    """Return what exports the log into a folder, and the folder."""
    folder = tmp_path / "march"
    return lambda *options: call("audit", "export", folder, "--database", log, *options), folder


def test_the_whole_log_is_written_and_told(export):
    """One line for a person; the manifest is for programs."""
    run, folder = export
    done = run()

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"'{folder}' has entries 1 to 5 in entries.ndjson, and 1 pack; checkpoint of 5 entries.\n"
    assert check_export(folder).is_good


@pytest.mark.parametrize("format_", ["ndjson", "csv", "parquet"])
def test_a_range_is_written_in_a_format(export, format_):
    """Entries after one up to another."""
    run, folder = export
    done = run("--format", format_, "--after", 2, "--until", 3)

    assert done.stdout.startswith(f"'{folder}' has entry 3 in entries.ndjson")
    assert json.loads((folder / "manifest.json").read_bytes())["files"][0]["entries"] == 1
    assert check_export(folder).is_good


@pytest.fixture
def no_pyarrow(monkeypatch):
    """Return what makes pyarrow look as if it were not installed, from then on."""

    def without():
        monkeypatch.delitem(sys.modules, "service.audit.exporting.parquet", raising=False)
        monkeypatch.setitem(sys.modules, "pyarrow", None)

    return without


def test_parquet_without_its_library_says_what_to_install(export, no_pyarrow):
    """It is large, and few need it; nothing is written, and the other formats are there."""
    run, folder = export
    no_pyarrow()
    done = run("--format", "parquet")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: Parquet files are written and read by pyarrow, which is not installed here: "
        "pip install 'clausewise[parquet]' brings it. The formats ndjson and csv need nothing more.\n"
    )
    assert not folder.exists()
    assert run().exit_code == 0


def test_a_parquet_export_is_not_checked_without_its_library(export, call, no_pyarrow):
    """Nothing is wrong with the export: that it can't be read here is all that is said."""
    run, folder = export
    run("--format", "parquet")
    no_pyarrow()
    done = call("audit", "verify", "--export", folder)

    assert done.exit_code == 2
    assert "pip install 'clausewise[parquet]'" in done.stderr


def test_another_key_file_can_be_named(export, log, tmp_path):
    """As for the server."""
    run, _ = export
    log.with_name("audit.db.key").rename(tmp_path / "elsewhere.key")
    refused = run()
    done = run("--signing-key", tmp_path / "elsewhere.key")

    assert (refused.exit_code, done.exit_code) == (2, 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--after", "5"], "There are no entries after 5 up to 5: the log has 5, from 1 to 5."),
        (["--until", "6"], "Error: --until is 6, but the last entry is 5."),
        (["--after", "3", "--until", "3"], "--until must be above --after"),
        (["--signing-key", "."], "Error: Invalid value for '--signing-key': File '.' is a directory."),
        (["--after", "-1"], "--after"),
        (["--format", "xml"], "'xml' is not one of 'ndjson', 'csv', 'parquet'"),
        (["--database", "mysql://x/y"], "--database: "),
        (["--database", "/nowhere/audit.db"], "--database /nowhere/audit.db: "),
    ],
)
def test_a_wrong_call_writes_nothing(export, options, says):
    """And says what would be right."""
    run, folder = export
    done = run(*options)

    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr
    assert not folder.exists()


def test_an_export_that_is_there_is_not_written_over(export):
    """The second call is refused, the first export stays as it is."""
    run, folder = export
    run()
    done = run("--format", "csv")

    assert done.exit_code == 2
    assert done.stderr == (
        f"Error: '{folder}/manifest.json' is there already: an export is never written over. Name another folder.\n"
    )
    assert check_export(folder).is_good


def test_a_pack_of_an_export_decides(call, tmp_path, support):
    """Its facts schema lies elsewhere than `pack.yaml` says; who has the export alone can ask it all the same."""
    pack = support
    store = Store(open_database(str(tmp_path / "audit.db")), Notary(tmp_path / "audit.db.key", "a.example/log"))
    store.prepare()
    store.append(write_entry(Desk([pack]).decide(read_request({"facts": {}})), Stamp()), pack)
    store.close()
    call("audit", "export", tmp_path / "march", "--database", tmp_path / "audit.db")
    (tmp_path / "case.json").write_text("{}")
    folder = tmp_path / "march" / "packs" / pack.digest.removeprefix("sha256:")
    done = call("decide", "--pack", folder, "--format", "json", tmp_path / "case.json")

    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["policy"]["digest"] == pack.digest


def test_on_a_terminal_it_tells_how_far_it_is(log, tmp_path, monkeypatch):
    """Standard error has it, and nothing is left of it."""
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    with pytest.raises(SystemExit):
        main(["audit", "export", str(tmp_path / "march"), "--database", str(log)])

    assert screen.getvalue() == "\rentries: 5\r\x1b[K"


def test_an_empty_name_is_no_folder(call, log, tmp_path, monkeypatch):
    """A script whose variable is not set would else fill the folder in which it runs."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    refused = call("audit", "export", "--database", log, "")
    assert (refused.exit_code, refused.stdout, list(Path().iterdir())) == (2, "", [])
    assert "Invalid value for 'FOLDER': its name is empty; the current folder is '.'." in refused.stderr

    assert call("audit", "export", "--database", log, ".").exit_code == 0


def test_a_file_is_no_folder(export):
    """Click's own words."""
    run, folder = export
    folder.write_text("")
    done = run()
    assert (done.exit_code, "is a file" in done.stderr) == (2, True)
