"""Public keys of a log as a call gives them: one by one, or in a file. What a key is, `audit/proof/notes.py` knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from service.audit.proof.notes import BadKey, Verifier
from service.cli.text_files import NoText, read_text

__all__ = ["keys_known"]

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


class _KeyFile(click.ParamType[tuple[Verifier, ...]]):
    """A file with a public key on each line; empty lines, and those that begin with `#`, are passed over."""

    name = "file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Verifier, ...]:
        """Return the keys, or fail with what is wrong with which of them."""
        found = []
        for number, line in enumerate(self._lines(Path(str(value)), param, ctx), start=1):
            if line and not line.startswith("#"):
                try:
                    found.append(_parsed(line))
                except BadKey as wrong:
                    self.fail(f"'{value}', line {number}: {wrong}", param, ctx)
        if not found:
            self.fail(f"'{value}' holds no key.", param, ctx)
        return tuple(found)

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
        help="A file with such a key on each line, as `clausewise audit keys` prints them; may be repeated.",
    )(command)
    return click.option(
        "--key",
        "keys",
        type=_Key(),
        multiple=True,
        metavar="KEY",
        help="A public key that you know to be the log's; may be repeated.  [default: what the log itself says]",
    )(command)


def _parsed(text: str) -> Verifier:
    if text.startswith(_SECRET):
        raise BadKey("This is a private key: keep it secret. The public one is what `clausewise audit keys` prints.")
    return Verifier.parse(text)
