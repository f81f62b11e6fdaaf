"""Public keys of a log as a call gives them: one by one, or in a file. What a key is, `audit/proof/notes.py` knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from service.audit.proof.notes import BadKey, BadNote, Verifier
from service.audit.proof.successions import Introduction
from service.cli.text_files import NoText, read_text
from service.errors import MalformedJson
from service.jsontext import parse

__all__ = ["KeyList", "keys_known"]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - what the text of every private key begins with


class _Key(click.ParamType[Verifier]):
    """A public key as `clausewise audit keys` prints it."""

    name = "key"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Verifier:
        """Return the key, or fail with what is wrong with it."""
        lines = str(value).split()
        if len(lines) > 1 and all("+" in line for line in lines):
            self.fail(f"These are {len(lines)} keys; give each its own --key, or the file to --key-file.", param, ctx)
        try:
            return _parsed(str(value).strip())
        except BadKey as wrong:
            self.fail(str(wrong), param, ctx)


class KeyList(NamedTuple):
    """Public keys in the order in which a log had them, and notes by which one introduces the next."""

    keys: tuple[Verifier, ...]
    introductions: tuple[str, ...] = ()


class _KeyFile(click.ParamType[KeyList]):
    """A file with a public key on each line, or a log's own list as JSON.

    Empty lines, and those that begin with `#`, are passed over.
    """

    name = "file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> KeyList:
        """Return the keys, or fail with what is wrong with which of them."""
        lines = self._lines(Path(str(value)), param, ctx)
        if next(filter(None, lines), "").startswith("{"):
            return self._listed(str(value), "\n".join(lines), param, ctx)
        found = []
        for number, line in enumerate(lines, start=1):
            if line and not line.startswith("#"):
                try:
                    found.append(_parsed(line))
                except BadKey as wrong:
                    self.fail(f"'{value}', line {number}: {wrong}", param, ctx)
        if not found:
            self.fail(f"'{value}' holds no key.", param, ctx)
        return KeyList(tuple(found))

    def _listed(self, name: str, text: str, param: click.Parameter | None, ctx: click.Context | None) -> KeyList:
        try:
            told: Any = parse(text.encode())
            keys, notes = tuple(map(_parsed, told["keys"])), tuple(told.get("introductions", ()))
            for note in notes:
                Introduction.parse(note)
        except (AttributeError, BadKey, BadNote, KeyError, MalformedJson, TypeError) as wrong:
            why = f" {wrong}" if isinstance(wrong, BadKey | BadNote) else ""
            self.fail(
                f"'{name}' is no list of keys as `clausewise audit keys --format json` prints it.{why}", param, ctx
            )
        if not keys:
            self.fail(f"'{name}' holds no key.", param, ctx)
        return KeyList(keys, notes)

    def _lines(self, path: Path, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        try:
            return [line.strip() for line in read_text(path).split("\n")]
        except NoText as wrong:
            self.fail(f"'{path}' is no file of keys: it {wrong}", param, ctx)
        except (OSError, ValueError) as wrong:
            self.fail(f"'{path}' can't be read: {getattr(wrong, 'strerror', None) or wrong}.", param, ctx)


def keys_known(command: _Command) -> _Command:
    """Add `--key` and `--key-file`, which give `keys` and `key_files`."""
    command = click.option(
        "--key-file",
        "key_files",
        type=_KeyFile(),
        multiple=True,
        metavar="FILE",
        help="A file with such a key on each line, as `clausewise audit keys` prints them, also with --format json; "
        "may be repeated.",
    )(command)
    return click.option(
        "--key",
        "keys",
        type=_Key(),
        multiple=True,
        metavar="KEY",
        help="A public key that you know to be the log's; may be repeated, in the order in which the log had them.  "
        "[default: what the log itself says]",
    )(command)


def _parsed(text: str) -> Verifier:
    if text.startswith(_SECRET):
        raise BadKey("This is a private key: keep it secret. The public one is what `clausewise audit keys` prints.")
    return Verifier.parse(text)
