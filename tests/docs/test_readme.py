"""The README's case, its answers, its rule and its mistake are what a reader gets."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from service.audit.log.entries import write_entry
from service.audit.log.notary import Notary
from service.audit.log.stamps import Stamp
from service.audit.log.store import Store
from service.audit.storage.databases import open_database
from service.cli import main
from service.decision.desk import Desk
from service.decision.requests import read_request
from service.web.app import create_app
from tests.web.test_served import Served

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PACK = "rules/code42-enterprise-support"
MARK = "-- the next command --"
CHANGING = (
    r"sha256:[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z"
)


def block(language, after):
    """Return the first fenced block of a language after a passage of the README."""
    _, found, rest = README.partition(after)
    assert found, after
    return re.search(rf"```{language}\n(.*?)```", rest, re.DOTALL)[1]


def masked(text):
    """Return a text without what differs from run to run: digests, ids and times."""
    return re.sub(CHANGING, "…", text)


@pytest.fixture
def case(tmp_path):
    """Write the README's case.json, as a reader would."""
    path = tmp_path / "case.json"
    path.write_text(block("json", "**case.json**"))
    return path


def call(*arguments):
    """Return what the command line says on both streams."""
    return CliRunner(env={"COLUMNS": "100"}).invoke(main, [str(each) for each in arguments], prog_name="clausewise")


def test_the_case_is_explained_as_shown(case):
    """The first thing that a reader tries."""
    assert block("console", "**case.json**").splitlines()[0].endswith("decide --decision severity case.json")

    shown = block("console", "**case.json**").partition("\n")[2]

    assert call("decide", "--decision", "severity", case).output == shown


def test_the_document_is_as_shown(case, tmp_path, support):
    """The second: the same over HTTP, stored."""
    store = Store(open_database(str(tmp_path / "audit.db")))
    store.prepare()
    client = create_app(Desk([support]), store).test_client()
    body = {"facts": json.loads(case.read_text()), "decisions": ["severity"]}

    document = client.post("/v1/decisions", json=body).get_json()

    shown = block("json", "The same over HTTP")
    assert masked(json.dumps(document, indent=4) + "\n") == masked(shown)
    assert json.loads(shown)["policy"]["digest"] == document["policy"]["digest"]


def test_a_decision_is_proven_as_shown(nursery, tmp_path, support):
    """The claim that nobody need trust us is the one to be tried."""
    store = Store(
        open_database(str(tmp_path / "clausewise.db")), Notary(tmp_path / "clausewise.db.key", "a.example/log")
    )
    store.prepare()
    decided = Desk([support]).decide(read_request({"facts": {}}))
    (tmp_path / "decision.json").write_bytes(store.append(write_entry(decided, Stamp()), decided.policy.pack).document)
    store.close()
    shown = re.split(r"^\$ (.*)\n", block("console", "## A proof"), flags=re.MULTILINE)[1:]

    answers = typed(shown[::2], tmp_path, nursery.shell_words())

    for command, told, answer in zip(shown[::2], shown[1::2], answers, strict=True):
        assert all(line.strip() == "…" or line.strip() in answer for line in told.splitlines()), command


def typed(commands, folder, clausewise=(sys.executable, "-m", "service")):
    """Return what each of some commands prints, typed one after the other into one shell in a folder."""
    programs = {"python": sys.executable, "clausewise": shlex.join(clausewise)}
    script = "\n".join(f"{command}\necho {MARK}" for command in commands)
    script = re.sub(r"\.venv/bin/(\w+)", lambda found: programs[found[1]], script.replace("docs/", f"{ROOT}/docs/"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-e"], input=script, cwd=folder, capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.split(f"{MARK}\n")[:-1]


def test_many_cases_are_decided_and_found_as_shown(nursery, case):
    """By a real server, whose log the commands read; the single case of before is its first entry."""
    shown = [
        line
        for after in ("## Many cases", "What was decided is found again")
        for line in re.split(r"^\$ (.*)\n", block("console", after), flags=re.MULTILINE)[1:]
    ]
    served = Served(nursery, case.parent / "clausewise.db", pack=ROOT / PACK)
    try:
        body = {"facts": json.loads(case.read_text()), "decisions": ["severity"]}
        assert served.ask("POST", "/v1/decisions", body)[0] == 201
        here = [line.replace("127.0.0.1:8042", f"127.0.0.1:{served.port}") for line in shown[::2]]
        # The id in the last command is that of the search before.
        (id_,) = re.findall(r" show (\S+)", here[-1])
        *answers, found = typed(here[:-1], case.parent)
        (last,) = typed([here[-1].replace(id_, found.split()[1])], case.parent)
    finally:
        served.kill()

    for command, told, answer in zip(shown[::2], shown[1::2], [*answers, found, last], strict=True):
        assert all(line in masked(answer) for line in masked(told).splitlines()), command
    assert f"2 {id_} " in shown[-3]


def test_a_python_program_decides_as_shown(case):
    """It is run as it stands, where its files are."""
    shown = block("text", "## From Python")
    source = block("python", "## From Python").replace("rules/", f"{ROOT}/rules/")

    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=case.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == shown


def test_the_rule_is_in_its_file_as_shown():
    """An excerpt that has drifted teaches a rule that does not exist."""
    (shown,) = yaml.safe_load(block("yaml", "## A rule"))

    rules = yaml.safe_load((ROOT / PACK / "decisions" / "severity.yaml").read_text())["rules"]

    assert shown in rules


@pytest.mark.parametrize("command", ["check", "test"])
def test_the_pack_is_checked_and_tested_as_shown(command):
    """Each command's answer stands below it, with how many cases, rules and notes there are."""
    shown = block("console", "`cases/`, and run")
    answer = re.search(rf"clausewise {command} \S+\n((?:[^$].*\n)*)", shown)[1]

    result = call(command, ROOT / PACK)

    assert masked((result.stdout or result.stderr).strip()) == masked(answer.strip())


def test_a_mistake_is_told_as_shown(tmp_path):
    """The README promises place and mend."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    rules = tmp_path / PACK / "decisions" / "severity.yaml"
    rules.write_text(rules.read_text().replace("{issue.affected: majority}", "{issue.afected: majority}"))

    told = call("check", tmp_path / PACK).stdout

    assert told.replace(f"{tmp_path}/", "") == block("text", "A mistake is told")


def test_make_serve_takes_the_options_that_are_shown():
    """The usual port may be taken."""
    options = re.search(r'`make serve ARGS="(.+?)"`', README)[1]
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "serve", f"ARGS={options}"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},  # of `make test`
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == f".venv/bin/clausewise serve {options}"


def test_every_page_that_is_linked_is_there():
    """From the README and among the pages of docs/."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    missing = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert missing == []
