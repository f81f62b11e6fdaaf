"""The facts of a case as a file or standard input holds them: one JSON object. What is in it, the schema judges."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import click

from service.cli.refusals import Refused
from service.errors import MalformedJson
from service.jsontext import Json, parse
from service.wording import did_you_mean

__all__ = ["read_facts"]

_MOST_BYTES = 16 * 1024 * 1024
_WANTED = "it must hold the facts of a case as one JSON object"


def read_facts(file: str | None) -> Mapping[str, Json]:
    """Return the JSON object in a file; `-` and None stand for standard input. Raises Refused."""
    name = "standard input" if file in (None, "-") else str(file)
    text = _read(None if file in (None, "-") else Path(name), name)
    if not text.strip():
        raise Refused(f"{name} is empty; {_WANTED}, and {{}} is a case of which nothing is known.")
    _check_encoding(text, name)
    try:
        facts = parse(text)
    except MalformedJson as wrong:
        raise Refused(f"{name}:{wrong.line}:{wrong.column}: {wrong.message}.") from None
    if not isinstance(facts, Mapping):
        raise Refused(f"{name} holds {_kind(facts)}; {_WANTED}.")
    return facts


def _read(path: Path | None, name: str) -> bytes:
    try:
        if path is None:
            return _most_of(_standard_input(), name)
        with path.open("rb") as file:
            return _most_of(file, name)
    except FileNotFoundError:
        raise Refused(f"There is no file '{name}'.{_meant(Path(name))}") from None
    except IsADirectoryError:
        raise Refused(f"'{name}' is a folder; {_WANTED}.") from None
    except (OSError, ValueError) as wrong:
        raise Refused(f"'{name}' can't be read: {getattr(wrong, 'strerror', None) or wrong}.") from None


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise Refused("There is no standard input; name a file.")
    if sys.stdin.isatty():
        click.echo("Reading the facts from the terminal; end them with Ctrl-D on a line of its own.", err=True)
    return sys.stdin.buffer


def _most_of(file: BinaryIO, name: str) -> bytes:
    text = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise Refused(f"{name} is larger than {_MOST_BYTES // 1024 // 1024} MiB; no case is.")
    return text


def _meant(path: Path) -> str:
    siblings = path.parent.iterdir() if path.parent.is_dir() else ()
    return did_you_mean(str(path), [str(each) for each in siblings if each.is_file()])


def _check_encoding(text: bytes, name: str) -> None:
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refused(f"{name} is UTF-16; save it as UTF-8.")
    try:
        text.decode()
    except UnicodeDecodeError as wrong:
        line = text.count(b"\n", 0, wrong.start) + 1
        column = wrong.start - (text.rfind(b"\n", 0, wrong.start) + 1) + 1
        raise Refused(
            f"{name}:{line}:{column}: the byte 0x{text[wrong.start]:02x} is no UTF-8; save the file as UTF-8."
        ) from None


def _kind(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a string"
    return "a number" if isinstance(value, (int, float)) else "an array"
