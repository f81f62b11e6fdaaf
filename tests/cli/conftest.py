"""What the tests of the command line share: a small pack, broken copies of it, and a way to call."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def late_returns():
    """Rules about late returns to a library: two decisions, a note, an interpretation, six cases that pass."""
    return Path(__file__).parent / "packs" / "late-returns"


@pytest.fixture
def changed(late_returns, tmp_path):
    """Return what makes a copy of the pack in which one file has one text replaced by another."""

    def change(file, old, new):
        folder = tmp_path / "late-returns"
        shutil.copytree(late_returns, folder, dirs_exist_ok=True)
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))
        return folder

    return change


@pytest.fixture(scope="session")
def call():
    """Return what calls the command line within this process; its result has exit_code, stdout and stderr."""

    def run(*arguments, input=None):  # noqa: A002 - as CliRunner calls it
        result = CliRunner().invoke(main, list(map(str, arguments)), input=input, prog_name="clausewise")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def process(nursery):
    """Return what calls the command line as a process of its own."""
    return nursery.run


@pytest.fixture
def installed():
    """Return what calls the command that is installed, as a shell does: it imports all that it needs each time."""
    command = Path(sys.executable).with_name("clausewise")

    def run(*arguments, input=b"", **settings):  # noqa: A002 - as subprocess calls it
        return subprocess.run(
            [command, *map(str, arguments)], cwd=ROOT, input=input, capture_output=True, check=False, **settings
        )

    return run
