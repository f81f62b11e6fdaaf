"""`docs/audit.md`, followed by an auditor: each command is run, in order, and says what the page shows."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service.audit.databases import open_database
from service.audit.entries import write_entry
from service.audit.notary import Notary
from service.audit.stamps import Stamp
from service.audit.store import Store
from service.audit.verification import Finding
from service.decision.desk import Desk
from service.pack.loader import load_pack
from service.requests import read_request

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


@pytest.fixture
def folder(tmp_path):
    """A folder with a log of three decisions, and the verifier; returns it and the id of the second decision."""
    store = Store(
        open_database(str(tmp_path / "clausewise.db")),
        Notary(tmp_path / "clausewise.db.key", "support.example.com/decisions"),
    )
    store.prepare()
    desk = Desk([load_pack(ROOT / "rules" / "code42-enterprise-support")])
    ids = []
    for facts in ({}, {"escalation": {"contact": "Ann Example"}}, {}):
        decided = desk.decide(read_request({"facts": facts}))
        ids.append(store.append(write_entry(decided, Stamp()), decided.policy.pack).entry.id)
    store.close()
    shutil.copy(ROOT / "docs" / "verify_receipt.py", tmp_path)
    return tmp_path, ids[1]


def test_every_command_of_the_page_answers_as_shown(folder):
    """The page is for people who trust nothing; least of all a page that doesn't work."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: the signature can't be checked by hand as the page has it")
    where, id_ = folder
    bin_ = Path(sys.executable).parent
    paths = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    commands = 0
    for name, what in blocks():
        if name is not None:
            (where / name).write_text(what)
            continue
        command, answer = what
        command = command.replace(SHOWN_ID, id_).replace("clausewise ", "python3 -m service ", 1)
        done = subprocess.run(
            ["bash", "-c", command], cwd=where, env=paths, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        told = [line for line in done.stdout.splitlines() if not line.startswith("The keys are")]
        assert masked("\n".join(told)) == masked(answer.strip("\n")), command
        commands += 1
    assert commands > 8


def test_every_code_of_a_finding_is_on_the_page():
    """Whoever gets one looks here."""
    told = set(re.findall(r"`([a-z]+)`", Finding.__doc__))

    table = PAGE.partition("| found | means |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+)`", table)) == told
