"""`docs/audit.md`, followed by an auditor: each command is run, in order, and says what the page shows."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from service.audit.checking.findings import LogCode
from service.audit.log.entries import write_entry
from service.audit.log.notary import Notary
from service.audit.log.rotation import rotate
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.cli import main
from service.decision.desk import Desk
from service.decision.requests import read_request

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
SHOWN_ID = "01a211bf-6bfe-7fa1-836b-a6b29bf99b0c"
CHANGING = (
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{64}\b|\d{4}-\d\d-\d\dT[\d:.]+Z"
    r"|\S+(?=/clausewise.db.key)|[A-Za-z0-9+/]{43}=|(?<=decisions\+)[0-9a-f]{8}(\+[^ ]+)?"
)


def blocks():
    """Return the commands of the page with what each answers, and the files that it has its reader write."""
    found = re.findall(r"(?:\*\*(\S+\.py)\*\*[^\n]*\n\n)?```(console|python)\n(.*?)```", PAGE, re.DOTALL)
    for name, language, text in found:
        if language == "python":
            yield name, text
        else:
            for call in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, answer = call.partition("\n")
                yield None, (command, answer)


def masked(text):
    """Return a text without what differs from run to run."""
    return re.sub(CHANGING, "…", text)


@pytest.fixture(scope="module")
def kept(tmp_path_factory, support):
    """A folder with a log of three decisions, and the verifier, to be copied; the id of the second decision."""
    where = tmp_path_factory.mktemp("audited")
    store = opened(where)
    store.prepare()
    desk = Desk([support])
    ids = []
    for facts in ({}, {"escalation": {"contact": "Ann Example"}}, {}):
        decided = desk.decide(read_request({"facts": facts}))
        ids.append(store.append(write_entry(decided, Stamp()), decided.policy.pack).entry.id)
    store.close()
    shutil.copy(ROOT / "docs" / "verify_receipt.py", where)
    return where, ids[1]


@pytest.fixture
def folder(kept, tmp_path):
    """A folder with a log of three decisions, and the verifier; returns it and the id of the second decision."""
    where, id_ = kept
    shutil.copytree(where, tmp_path, dirs_exist_ok=True)
    return tmp_path, id_


def opened(where):
    """Return the log in a folder."""
    notary = Notary(where / "clausewise.db.key", "support.example.com/decisions")
    return Store(open_database(str(where / "clausewise.db")), notary)


@pytest.fixture
def follow(nursery, folder):
    """Return what does one block of the page: writes its file, or runs its command and returns how that ended."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: the signature can't be checked by hand as the page has it")
    where, id_ = folder
    bin_ = Path(sys.executable).parent
    paths = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def done(name, what):
        if name is not None:
            (where / name).write_text(what)
            return None
        command = what[0].replace(SHOWN_ID, id_).replace("clausewise ", f"{shlex.join(nursery.shell_words())} ", 1)
        return subprocess.run(
            ["bash", "-c", command], cwd=where, env=paths, capture_output=True, text=True, check=False
        )

    return done


def test_every_command_of_the_page_answers_as_shown(follow):
    """The page is for people who trust nothing; least of all a page that doesn't work."""
    commands = 0
    for name, what in blocks():
        done = follow(name, what)
        if done is None:
            continue
        command, answer = what
        assert done.returncode == 0, (command, done.stderr)
        assert masked(done.stdout.strip("\n")) == masked(answer.strip("\n")), command
        commands += 1
    assert commands > 8


@pytest.fixture
def clausewise(folder, monkeypatch):
    """Return what calls the command line in the folder, within this process, and puts its output into a file."""
    monkeypatch.chdir(folder[0])

    def done(arguments, file):
        result = CliRunner().invoke(main, arguments, prog_name="clausewise")
        Path(file).write_bytes(result.stdout_bytes)
        return subprocess.CompletedProcess(arguments, result.exit_code, "", result.stderr)

    return done


@pytest.fixture
def by_hand(folder, follow, clausewise):
    """Return what does all that the page has on receipts, by name of what is run: how it ended."""

    def done(publish=lambda: None):
        ended = {}
        for name, what in blocks():
            if name is None and what[0].startswith("clausewise audit verify"):
                return ended
            # What the commands answer as processes of their own is tested above.
            kept = None if name else re.fullmatch(r"clausewise ([^|<>&;]+) > (\S+)", what[0])
            if kept is None:
                found = follow(name, what)
            else:
                found = clausewise(shlex.split(kept[1].replace(SHOWN_ID, folder[1])), kept[2])
            if found is not None:
                ended[what[0]] = found
                if what[0].endswith("> log.pub"):
                    publish()
        return ended

    return done


def test_after_a_change_of_the_key_a_receipt_is_checked_by_hand_as_before(folder, by_hand):
    """The log has two keys then, and the checkpoint two signatures."""
    where, _ = folder
    store = opened(where)
    rotate(store, store.notary, "yearly", "anna")
    store.close()
    ended = by_hand()

    assert len((where / "log.pub").read_text().splitlines()) == 2
    assert [command for command, done in ended.items() if done.returncode] == []
    assert ended["python3 root.py"].stdout.endswith(" is the root that was signed\n")
    assert list(ended.values())[-1].stdout == "Signature Verified Successfully\n"


@pytest.mark.parametrize("is_first", [True, False])
def test_a_key_that_has_not_signed_is_told(folder, by_hand, clausewise, support, is_first):
    """Whoever has the first key alone must go by the introductions, as the script does."""
    where, _ = folder
    store = opened(where)
    rotate(store, store.notary, "yearly", "anna")
    decided = Desk([support]).decide(read_request({"facts": {}}))
    for _ in range(2):
        store.append(write_entry(decided, Stamp()), decided.policy.pack)
    id_ = list(store.entries())[-1].entry.id
    store.close()

    def publish():
        """Leave one of the keys; and take another receipt, which the second key alone has signed."""
        lines = (where / "log.pub").read_text().splitlines(keepends=True)
        (where / "log.pub").write_text(lines[0 if is_first else 1])
        assert clausewise(["audit", "prove", id_], "receipt.json").returncode == 0

    ended = by_hand(publish)

    assert ended["python3 verify_receipt.py --key-file log.pub receipt.json"].returncode == 0
    done = ended["python3 signature.py"]
    assert (done.returncode, bool(re.fullmatch(r"signed by \w{8}; log.pub has \w{8}\n", done.stderr))) == (
        (1, True) if is_first else (0, False)
    )


@pytest.mark.parametrize("sequence", [0, -1, 3, 7])
def test_a_receipt_of_another_place_is_refused_by_hand(folder, by_hand, sequence):
    """RFC 9162, 2.1.3.2, step 1; a proof of entry 1 would else prove one beyond the log."""
    where, _ = folder

    def publish():
        receipt = json.loads((where / "receipt.json").read_text())
        (where / "receipt.json").write_text(json.dumps({**receipt, "sequence": sequence}))

    done = by_hand(publish)["python3 root.py"]

    assert done.returncode != 0 or "IS NOT the root" in done.stdout


def test_every_code_of_a_finding_is_on_the_page():
    """Whoever gets one looks here."""
    told = set(get_args(LogCode))

    table = PAGE.partition("| found | means |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+)`", table)) == told
