"""The tutorial, followed as a reader would: its files are made, its commands run, and what they say is compared."""

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from service.cli import main
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(
    r"(?:^\*\*(?P<more>at the end of )?(?P<file>[^*\n]+)\*\*\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# What differs each time: the port, the place of the audit log, ids, instants of deciding, and the hash over these.
MASKS = [
    (re.compile(r"\x1b\[[0-9;]*m"), ""),  # colours
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"(audit_log=)\S+"), r"\1FILE"),
    (re.compile(r"(?m)^\S+Z (?=\[info )"), "INSTANT "),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r'("decided_at": )"[^"]+"'), r"\1INSTANT"),
    (re.compile(r'("entry": )"[^"]+"'), r"\1HASH"),
]


def masked(text):
    """Return text without what differs each time."""
    for pattern, stand_in in MASKS:
        text = pattern.sub(stand_in, text)
    return text


class Reader:
    """Someone who makes the files and types the commands in an empty folder; the terminal is 100 columns wide."""

    def __init__(self, folder):
        self.folder = folder
        self.server = None
        self.runner = CliRunner(env={"COLUMNS": "100"})
        self.port = free_port()

    def follow(self, page):
        """Return the page with its outputs as they came now."""
        return BLOCK.sub(self.do, page)

    def do(self, block):
        """Do what a block is for; return it, a terminal's with what it shows now."""
        if block["file"]:
            self.write(block["file"], block["text"], "a" if block["more"] else "w")
        if block["kind"] != "console":
            return block[0]
        return f"```console\n{self.type(block['text'])}```"

    def write(self, name, text, mode):
        """Make a file, or add to its end."""
        with (self.folder / name).open(mode, encoding="utf-8") as file:
            file.write(text)

    def type(self, text):
        """Return the commands of a block with what each says; what differs each time is left as the page has it."""
        lines = []
        for piece in re.split(r"^(?=\$ )", text, flags=re.MULTILINE)[1:]:
            line, _, printed = piece.partition("\n")
            said = self.run(line.removeprefix("$ "))
            lines.append(f"{line}\n{printed if masked(said) == masked(printed) else said}")
        return "".join(lines)

    def run(self, line):
        """Return what a command prints, as a terminal has it."""
        if line.startswith("clausewise serve"):
            return self.serve(shlex.split(line)[1:])
        if line.startswith("clausewise"):
            done = self.runner.invoke(main, shlex.split(line)[1:], prog_name="clausewise")
            assert done.exit_code in {0, 1, 2}, done.output
            return done.output
        if line.startswith("curl"):
            return self.post(shlex.split(line))
        return subprocess.run(["bash", "-c", line], check=True, capture_output=True, text=True).stdout

    def serve(self, words):
        """Start the server on a free port, at a terminal; return its greeting once it answers."""
        terminal, told = pty.openpty()
        self.server = subprocess.Popen(
            [sys.executable, "-m", "service", *words, "--port", str(self.port)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=told,
            start_new_session=True,
        )
        os.close(told)
        self.terminal = os.fdopen(terminal, encoding="utf-8")
        greeting = self.terminal.readline()
        until = time.monotonic() + 120  # for a machine that does much else
        while time.monotonic() < until:
            assert self.server.poll() is None, greeting
            try:
                with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
                    connection.request("GET", "/readyz")
                    if connection.getresponse().status == 200:
                        return greeting
            except (OSError, HTTPException):
                pass
            Event().wait(0.01)
        raise AssertionError("the server is not ready after two minutes")

    def post(self, words):
        """Return what `curl -s URL -H NAME:TEXT -d @FILE | python3 -m json.tool` would print."""
        assert (words[1], words[3], words[5], words[7:]) == ("-s", "-H", "-d", ["|", "python3", "-m", "json.tool"])
        body = Path(words[6].removeprefix("@")).read_bytes()
        name, _, text = words[4].partition(": ")
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", urlsplit(words[2]).path, body, {name: text})
            return json.dumps(json.loads(connection.getresponse().read()), indent=4) + "\n"

    def end(self):
        """End the server with all its workers."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGTERM)
            self.server.wait(60)
            self.terminal.close()


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """Someone in an empty folder; whatever happens, the server that they start is ended."""
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path)
    yield reader
    reader.end()


def test_whoever_follows_the_tutorial_sees_what_it_prints(reader):
    """A page that is off by a word loses its reader where they can least help themselves."""
    page = PAGE.read_text(encoding="utf-8")
    assert reader.follow(page) == page
