"""The last line of a run of the tests says what ran."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from tests.closing_line import closing_line

ROOT = Path(__file__).resolve().parents[1]


def skipped(nodeid, reason):
    """Return a report such as pytest makes of a test that is skipped."""
    return SimpleNamespace(nodeid=nodeid, longrepr=("tests/test_loans.py", 3, f"Skipped: {reason}"))


def test_all_that_became_of_tests_is_counted():
    """Zero of a kind is passed over, but for those skipped."""
    stats = {"passed": [1, 2], "failed": [3], "deselected": [4], "": [5]}

    assert closing_line(stats, 61.4) == "Ran in 61 seconds: 2 passed, 1 failed, 1 left out by the call, none skipped."
    assert closing_line({}, 0.2) == "Ran in 0 seconds: nothing, none skipped."


def test_each_that_was_skipped_is_named_with_its_reason():
    """A count alone doesn't tell whether something was proved that matters here."""
    stats = {"passed": [1], "skipped": [skipped("tests/test_loans.py::test_a", "no desk"), skipped("b", "no map")]}

    assert closing_line(stats, 2) == (
        "Ran in 2 seconds: 1 passed, 2 skipped: tests/test_loans.py::test_a (no desk); b (no map)."
    )


def test_it_is_the_last_line_of_a_run():
    """Whoever runs them sees it without scrolling."""
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_paths.py"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)

    last = done.stdout.splitlines()[-1]
    assert last.startswith("Ran in ")
    assert last.endswith(" passed, none skipped.")
