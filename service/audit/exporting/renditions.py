"""Renditions of the entries of an export for programs that read tables: CSV (RFC 4180) here, Parquet in `parquet.py`.

They stand beside `entries.ndjson`, and say nothing that does not follow from it: whoever checks makes each row anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import chain, starmap
from typing import Any, BinaryIO, Protocol

from service.audit.log.entries import told_by
from service.errors import ClausewiseError

__all__ = [
    "COLUMNS",
    "RENDITIONS",
    "BadLines",
    "ParquetLacking",
    "Rendition",
    "cells_of",
    "lines_of",
    "rendition_in",
]

RENDITIONS = ("csv", "parquet")

COLUMNS = (
    "sequence",
    "id",
    "kind",
    "decided_at",
    "as_of",
    "caller",
    "reference",
    "policy",
    "version",
    "digest",
    "entry",
)
"""`policy`, `version` and `digest` are those of the pack that decided; `entry` is the body, byte for byte."""

_HEADER = ",".join(COLUMNS).encode() + b"\r\n"
_MUST_BE_QUOTED = re.compile(r'[",\r\n]')
_BLOCK = 4 << 20  # bytes
_LONGEST = 64 << 20  # bytes of an entry: far more than the service takes


class BadLines(Exception):
    """A file can't be read any further as lines of entries."""


class ParquetLacking(ClausewiseError):
    """Parquet is asked for, and the library that reads and writes it is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Parquet files are written and read by pyarrow, which is not installed here: "
            "pip install 'clausewise[parquet]' brings it. The formats ndjson and csv need nothing more."
        )


class Rendition(Protocol):
    """A way to repeat entries, given by some at a time; `first` is the sequence of the first of all."""

    def write(self, file: BinaryIO, first: int, entries: Iterable[Sequence[bytes]]) -> None:
        """Write them into a file."""

    def compare(self, file: BinaryIO, first: int, entries: Iterable[Sequence[bytes]]) -> Iterator[bool]:
        """Read a file, and yield of each of them whether it comes next; and at last whether nothing follows."""


def rendition_in(format_: str) -> Rendition:
    """Return one of RENDITIONS. Raises ParquetLacking."""
    if format_ == "csv":
        return _Csv()
    try:
        # Its library is large, needed for this format only, and not everywhere.
        parquet: Any = import_module("service.audit.exporting.parquet")
    except ModuleNotFoundError as lacking:
        if str(lacking.name).partition(".")[0] != "pyarrow":
            raise
        raise ParquetLacking from None
    return parquet  # type: ignore[no-any-return] # a module that has both functions


def lines_of(file: BinaryIO) -> Iterator[Sequence[bytes]]:
    """Yield the entries of a file that has one in each line, some at a time.

    Raises BadLines after what comes before; its text goes on after the name of the file.
    """
    rest = b""
    while block := file.read(_BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        if lines:
            yield lines
        if len(rest) > _LONGEST:
            raise BadLines(f"has an entry of more than {_LONGEST} bytes")
    if rest:
        raise BadLines("ends in the middle of an entry")


def cells_of(sequence: int, body: bytes) -> Mapping[str, Any]:
    """Return what stands in the columns beside an entry: texts, but for its number, and None for what it has not.

    An erasure has no policy; what is no entry has nothing.
    """
    try:
        told = told_by(body)
    except ValueError:
        told = {}
    policy = told.get("policy")
    of_policy = policy if isinstance(policy, dict) else {}
    said = {**told, "policy": of_policy.get("id"), **{name: of_policy.get(name) for name in ("version", "digest")}}
    texts = {name: said[name] if isinstance(said.get(name), str) else None for name in COLUMNS[1:-1]}
    return {"sequence": sequence, **texts}


class _Csv:
    def write(self, file: BinaryIO, first: int, entries: Iterable[Sequence[bytes]]) -> None:
        file.write(_HEADER)
        file.writelines(_rows(first, entries))

    def compare(self, file: BinaryIO, first: int, entries: Iterable[Sequence[bytes]]) -> Iterator[bool]:
        has_header = file.read(len(_HEADER)) == _HEADER
        for row in _rows(first, entries):
            yield has_header and file.read(len(row)) == row
        yield not file.read(1)


def _rows(first: int, entries: Iterable[Sequence[bytes]]) -> Iterator[bytes]:
    return starmap(_row, enumerate(chain.from_iterable(entries), first))


def _row(sequence: int, body: bytes) -> bytes:
    cells = ",".join([_cell(each) for each in cells_of(sequence, body).values()])
    return b'%b,"%b"\r\n' % (cells.encode("utf-8", "surrogatepass"), body.replace(b'"', b'""'))


def _cell(value: str | int | None) -> str:
    """Return a cell as it is written: nothing for None, and the empty text in quotes."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return '"' + value.replace('"', '""') + '"' if not value or _MUST_BE_QUOTED.search(value) else value
