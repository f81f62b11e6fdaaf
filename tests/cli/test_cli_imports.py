"""What a command imports: no more of other libraries than it needs, as most of a short command's time is theirs."""

import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "rules" / "code42-enterprise-support"

# Run as the installed command is, and tell of all modules that are imported at its end.
TELLING = """
import sys
before = set(sys.modules)
import atexit, json
atexit.register(lambda: print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr))
from service.cli import main
main(prog_name="clausewise")
"""
THE_PACK = {"dateutil", "durable_rules_engine", "jiter", "jsonschema_rs", "orjson", "rfc8785", "tzdata", "yaml"}
FOR_PEOPLE = {"click", "pygments", "rich"}
FOR_LIBRARIES = {"_yaml", "six"}  # what these import in turn


def imported_by(*arguments, input=""):  # noqa: A002 - as subprocess calls it
    """Return the libraries that a call imports, by the names of their modules."""
    done = subprocess.run(
        [sys.executable, "-c", TELLING, *map(str, arguments)],
        cwd=ROOT,
        input=input,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules = json.loads(done.stderr.splitlines()[-1])
    return {name.partition(".")[0] for name in modules} & set(packages_distributions()) - {"service"}


@pytest.mark.parametrize(
    "arguments",
    [("decide",), ("decide", "--format", "json"), ("check", PACK), ("test", PACK)],
    ids=["decide", "decide as JSON", "check", "test"],
)
def test_a_command_without_a_log_imports_no_database_no_server_and_nothing_for_what_is_wrong(arguments):
    """Each of these libraries takes longer to import than a case to be decided."""
    assert imported_by(*arguments, input="{}") <= THE_PACK | FOR_PEOPLE | FOR_LIBRARIES


def test_a_decision_for_a_program_is_not_laid_out_for_people():
    """Whoever asks for JSON asks often."""
    assert imported_by("decide", "--format", "json", input="{}") <= THE_PACK | {"click"} | FOR_LIBRARIES


def test_the_package_imports_nothing_before_it_is_used():
    """A program that only might decide a case pays nothing for it."""
    told = "import sys; before = set(sys.modules); import service; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)

    assert {name.partition(".")[0] for name in done.stdout.split()} & set(packages_distributions()) <= {"service"}
