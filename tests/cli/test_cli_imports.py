"""What a command imports: no more of other libraries than it needs, as most of a short command's time is theirs."""

import json
import signal
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "rules" / "code42-enterprise-support"
LOANS = ROOT / "tests" / "fixtures" / "packs" / "library-loans"

# Run as the installed command is, one call after the other, and tell of all modules that are imported by the end.
TELLING = """
import sys
before = set(sys.modules)
import atexit, json
atexit.register(lambda: print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr))
from service.cli import main
for call in json.loads(sys.argv[1]):
    try:
        main(call, prog_name="clausewise")
    except SystemExit as end:
        if end.code:
            raise
"""
THE_PACK = {"dateutil", "durable_rules_engine", "jiter", "jsonschema_rs", "orjson", "rfc8785", "tzdata", "yaml"}
FOR_PEOPLE = {"click", "pygments", "rich"}
FOR_LIBRARIES = {"_yaml", "six"}  # what these import in turn
FOR_OTHER_DATABASES = {"alembic", "mako", "psycopg", "psycopg_binary"}  # than a file with the tables of this version


@cache
def installed():
    """Return the names under which libraries are imported here: to look for them takes as long as many imports."""
    return frozenset(packages_distributions())


def libraries_in(told):
    """Return the libraries whose modules the last line of a text lists."""
    modules = json.loads(told.splitlines()[-1])
    return {name.partition(".")[0] for name in modules} & installed() - {"service"}


def imported_by(*calls):
    """Return the libraries that calls import, of which one may read a case, by the names of their modules."""
    done = subprocess.run(
        [sys.executable, "-c", TELLING, json.dumps(calls)],
        cwd=ROOT,
        input="{}",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return libraries_in(done.stderr)


def imported_by_the_server(database):
    """Return the libraries that a server imports which is told to end when it listens."""
    arguments = ["serve", "--port", str(free_port()), "--database", str(database), "--pack", str(LOANS)]
    with subprocess.Popen(
        [sys.executable, "-c", TELLING, json.dumps([arguments])], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as server:
        assert any("listening" in line for line in server.stderr)
        server.send_signal(signal.SIGTERM)
        _, told = server.communicate()
    assert server.returncode == 0, told
    return libraries_in(told)


def test_a_command_without_a_log_imports_no_database_no_server_and_nothing_for_what_is_wrong():
    """Each of these libraries takes longer to import than a case to be decided."""
    imported = imported_by(["decide"], ["check", str(PACK)], ["test", str(PACK)])
    assert imported <= THE_PACK | FOR_PEOPLE | FOR_LIBRARIES


def test_a_decision_for_a_program_is_not_laid_out_for_people():
    """Whoever asks for JSON asks often."""
    assert imported_by(["decide", "--format", "json"]) <= THE_PACK | {"click"} | FOR_LIBRARIES


def test_a_server_imports_nothing_for_databases_that_it_does_not_have(empty_log_at, tmp_path):
    """PostgreSQL's driver is for those who have one, and Alembic for the one start at which tables change."""
    imported = imported_by_the_server(empty_log_at(tmp_path / "audit.db"))
    assert "sqlalchemy" in imported
    assert not imported & FOR_OTHER_DATABASES


def test_the_package_imports_nothing_before_it_is_used():
    """A program that only might decide a case pays nothing for it."""
    told = "import sys; before = set(sys.modules); import service; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)

    assert {name.partition(".")[0] for name in done.stdout.split()} & set(packages_distributions()) <= {"service"}
