"""`docs/command-line.md`, followed by a reader: its files are made, its commands run, and what they say is compared."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:^\*\*(?P<file>\S+)\*\*\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CHANGING = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z(?= erasure)|(?<=(?:wise|ules|days|data) )\d[\d.]+\d")
ALONE = re.compile("clausewise ([^|<>&;$]+)")


def masked(text):
    """Return a text without what differs from run to run: when an erasure was, and the versions of what decides."""
    return CHANGING.sub("…", text)


def calls(text):
    """Yield each command of a block, whole lines with those that go on after `> `, and what it answers."""
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        first, *lines = piece.splitlines()
        more = next((place for place, line in enumerate(lines) if not line.startswith("> ")), len(lines))
        command = "\n".join([first, *(line.removeprefix("> ") for line in lines[:more])])
        yield command, "".join(f"{line}\n" for line in lines[more:])


class Reader:
    """Someone at the root of the repository, of which only the packs of these tests are there: nothing is left behind.

    ids  those that came, by those that the page shows
    """

    def __init__(self, folder, clausewise):
        self.folder = folder
        self.shell = f'set -o pipefail; clausewise() {{ {shlex.join(clausewise)} "$@"; }}\n'
        self.ids = {}
        shutil.copytree(ROOT / "tests" / "cli" / "packs", folder / "tests" / "cli" / "packs")
        self.settings = {"NO_COLOR": None, "FORCE_COLOR": None, "CLAUSEWISE_TRACEBACK": None, "COLUMNS": "80"}
        kept = {name: value for name, value in os.environ.items() if name not in self.settings}
        self.environment = {**kept, "COLUMNS": "80"}

    def run(self, command, shown):
        """Return what a command answers; the ids that come stand for those that the page shows, here and later on."""
        for old, new in self.ids.items():
            command = command.replace(old, new)
        alone = ALONE.fullmatch(command)
        status, answer = self.call(alone[1]) if alone else self.ask_the_shell(command)
        for old, new in zip(re.findall(ID, shown), re.findall(ID, answer), strict=False):
            self.ids.setdefault(old, new)
        # `head` may go away before all is written; then it is 141, as the page says.
        assert status in {0, 1, 2, *([141] if "| head" in command else [])}, answer
        return re.sub(ID, lambda found: self.shown_for(found[0]), answer)

    def ask_the_shell(self, command):
        """Return with which status a command ends, and what it answers."""
        done = subprocess.run(
            ["bash", "-c", self.shell + command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def call(self, arguments):
        """Return the same of a call of Clausewise alone, within this process: a third of the time."""
        with contextlib.chdir(self.folder):
            done = CliRunner(env=self.settings).invoke(main, shlex.split(arguments), prog_name="clausewise")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    def shown_for(self, id_):
        """Return the id that the page shows for one that came."""
        return next((old for old, new in self.ids.items() if new == id_), id_)


@pytest.fixture
def reader(nursery, tmp_path):
    """Someone who has done nothing yet."""
    return Reader(tmp_path, nursery.shell_words())


@pytest.mark.long
def test_whoever_follows_the_page_sees_what_it_shows(reader):
    """An example that can't be run as shown is one that nobody has run."""
    commands = 0
    for block in BLOCK.finditer(PAGE):
        if block["file"]:
            (reader.folder / block["file"]).write_text(block["text"])
        for command, shown in calls(block["text"]) if block["kind"] == "console" else ():
            assert masked(reader.run(command, shown)) == masked(shown), command
            commands += 1
    assert commands > 15
