"""What all commands have in common: help, version, wrong calls, and that each is documented."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service import __version__
from service.cli import main
from service.cli.groups import Commands

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "command-line.md").read_text()
OURS = ["check", "decide", "replay", "show", "test"]


def commands(group=main, before=""):
    """Return every command by name, those of a group of commands as `audit verify`."""
    context = click.Context(group)
    found = {before + name: group.get_command(context, name) for name in group.list_commands(context)}
    below = [commands(each, f"{name} ") for name, each in found.items() if isinstance(each, click.Group)]
    return {**found, **{name: each for one in below for name, each in one.items()}}


def options():
    """Return (command, option) for every option of every command, and of `clausewise` itself."""
    found = [(name, option) for name, command in commands().items() for p in command.params for option in p.opts]
    return [*found, *(("clausewise", option) for p in main.params for option in p.opts)]


def test_the_version_is_that_of_the_package(call):
    """As the distribution's metadata have it."""
    assert call("--version").stdout == f"clausewise {__version__}\n"


@pytest.mark.parametrize("name", OURS)
def test_help_begins_with_a_verb_and_has_an_example_defaults_and_exit_statuses(call, name):
    """So that nobody needs the manual for the everyday call."""
    done = call(name, "--help")
    assert done.exit_code == 0
    assert re.search(rf"\n  Example:  clausewise {name} ", done.stdout)
    assert re.search(r"\n  Exit status: 0 [a-z ]+, (1 .+, )?2 .+", done.stdout, re.DOTALL)
    assert "[default: text]" in done.stdout


def test_the_group_lists_its_commands_and_what_each_does(call):
    """With an example and the exit statuses that all share."""
    told = call("--help").stdout
    assert all(re.search(rf"^  {name} +[A-Z]", told, re.MULTILINE) for name in commands() if " " not in name)
    assert "Example:  clausewise decide case.json" in told
    assert "Exit status: 0 done, 1 the check found something, 2 the input" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chekc"], "No such command 'chekc'. Did you mean 'check'?"),
        (["check", "--sorce", "x"], "Did you mean '--source'?"),
        (["test", "--format", "xml"], "'xml' is not one of 'text', 'json'"),
        (["decide", "a.json", "b.json"], "unexpected extra argument"),
        (["--nonsense"], "No such option"),
    ],
)
def test_a_wrong_call_is_told_on_standard_error_with_exit_2(call, arguments, told):
    """With the nearest name, and the way to the help."""
    done = call(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr
    assert "--help" in done.stderr


def test_results_and_everything_else_are_kept_apart(installed):
    """In a process as a shell starts it."""
    done = installed("no-such-command")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr


def test_a_closed_standard_output_is_told(late_returns):
    """A job that was started without one."""
    command = f"{shlex.quote(sys.executable)} -m service decide --pack {shlex.quote(str(late_returns))} >&-"
    done = subprocess.run(command, shell=True, cwd=ROOT, input=b"{}", stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (2, b"Error: There is no standard output to write to.\n")


def test_an_interrupt_is_no_finding(monkeypatch):
    """130, as for every program that SIGINT ends; 1 would say that the check has found something."""

    @click.command
    def wait():
        raise KeyboardInterrupt

    group = Commands("clausewise", places={})
    monkeypatch.setattr(group, "get_command", lambda ctx, name: wait)
    done = CliRunner().invoke(group, ["wait"])

    assert (done.exit_code, done.stdout, done.stderr) == (130, "", "Interrupted before it was done.\n")


@pytest.fixture
def defective():
    """Commands with a defect: one raises what nobody foresaw."""

    @click.command
    def fail():
        raise RuntimeError("unforeseen")

    group = Commands("clausewise", places={})
    group.get_command = lambda ctx, name: fail
    return group


def test_a_defect_ends_with_a_sentence_and_a_status_of_its_own(defective, monkeypatch):
    """Neither a traceback, nor taken for a finding or a wrong call."""
    monkeypatch.delenv("CLAUSEWISE_TRACEBACK", raising=False)
    done = CliRunner().invoke(defective, ["fail"])
    assert (done.exit_code, done.stdout) == (70, "")
    assert "a defect of Clausewise, not of your call: RuntimeError: unforeseen" in done.stderr


def test_the_traceback_of_a_defect_can_be_asked_for(defective, monkeypatch):
    """For the report."""
    monkeypatch.setenv("CLAUSEWISE_TRACEBACK", "1")
    assert isinstance(CliRunner().invoke(defective, ["fail"]).exception, RuntimeError)


def test_every_command_is_documented():
    """Each has its own section."""
    assert [name for name in commands() if f"\n## clausewise {name}\n" not in DOCS] == []


@pytest.mark.parametrize(("command", "option"), options())
def test_every_option_is_documented_in_the_section_of_its_command(command, option):
    """A new option comes with its documentation."""
    if command == "clausewise":
        section = DOCS
    else:
        section = DOCS.partition(f"\n## clausewise {command}\n")[2].partition("\n## ")[0]
    is_argument = not option.startswith("-")
    wanted = (
        {"file": "FILE", "folders": "PACK", "ids": "ID", "id_": "ID", "folder": "FOLDER"}[option]
        if is_argument
        else f"`{option}"
    )
    assert wanted in section
