"""The options that commands share, each defined once. What they mean is the commands' business."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from service.cli.pack_folders import PackFolderType
from service.instants import read_instant

__all__ = [
    "Instant",
    "database",
    "exit_statuses",
    "format_",
    "log_database",
    "packs",
    "packs_argument",
    "signing_key",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Instant(click.ParamType[str]):
    """An RFC 3339 instant with offset, kept as it is written."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text, or fail with what is wrong with it."""
        try:
            read_instant(value)
        except ValueError as wrong:
            self.fail(f"it {wrong}.", param, ctx)
        return str(value)


def format_(command: _Command) -> _Command:
    """Add `--format`."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="For people, or for programs.",
    )(command)


def packs(command: _Command) -> _Command:
    """Add `--pack`, which gives `folders`."""
    return click.option(
        "--pack",
        "folders",
        type=PackFolderType(),
        multiple=True,
        metavar="DIR",
        help="Folder of a pack; may be repeated.  [default: the packs that Clausewise comes with]",
    )(command)


def packs_argument(command: _Command) -> _Command:
    """Add `PACK…`, which gives `folders`."""
    return click.argument("folders", type=PackFolderType(), nargs=-1, metavar="[PACK]...")(command)


def database(command: _Command) -> _Command:
    """Add `--database`."""
    return click.option(
        "--database",
        metavar="URL",
        help="Store the decision here: a file for SQLite, or postgresql://user@host/name.  [default: nowhere]",
    )(command)


def log_database(command: _Command) -> _Command:
    """Add `--database` to a command that is about the audit log."""
    return click.option(
        "--database",
        metavar="URL",
        default="clausewise.db",
        show_default=True,
        help="Database of the audit log: a file for SQLite, or postgresql://user@host/name.",
    )(command)


def signing_key(command: _Command) -> _Command:
    """Add `--signing-key`, which gives `key`."""
    return click.option(
        "--signing-key",
        "key",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="File of the key that signs the log.  [default: that of a SQLite database and .key, else clausewise.key]",
    )(command)


def exit_statuses(told: str) -> str:
    """Return the last line of a command's help."""
    return f"Exit status: {told}."
