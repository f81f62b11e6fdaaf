"""Renditions of the entries of an export for programs that read tables: CSV (RFC 4180) here, Parquet in `parquet.py`.

They stand beside `entries.ndjson`, and say nothing that does not follow from it: whoever checks makes each row anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, BinaryIO, Protocol

from service.audit.log.entries import told_by
from service.errors import ClausewiseError

__all__ = [
    "COLUMNS",
    "RENDITIONS",
    "ParquetLacking",
    "Rendition",
    "Writer",
    "cells_of",
    "open_rendition",
    "open_writer",
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


class ParquetLacking(ClausewiseError):
    """Parquet is asked for, and the library that reads and writes it is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Parquet files are written and read by pyarrow, which is not installed here: "
            "pip install 'clausewise[parquet]' brings it. The formats ndjson and csv need nothing more."
        )


class Writer(Protocol):
    """Writes a rendition, to be closed at the end."""

    def add(self, first: int, bodies: Sequence[bytes]) -> None:
        """Write entries that follow one another; `first` is the sequence of the first of them."""

    def close(self) -> None:
        """Write what ends the file."""


class Rendition(Protocol):
    """A file of which it is to be seen whether it says what the entries do."""

    def has(self, sequence: int, body: bytes) -> bool:
        """Read on, and tell whether this entry comes next."""

    def is_at_end(self) -> bool:
        """Tell whether nothing follows."""


def open_writer(format_: str, file: BinaryIO) -> Writer:
    """Return what writes one of RENDITIONS. Raises ParquetLacking."""
    if format_ == "csv":
        return _CsvWriter(file)
    writer: Writer = _parquet().ParquetWriter(file)
    return writer


def open_rendition(format_: str, file: BinaryIO) -> Rendition:
    """Return what compares a file in one of RENDITIONS. Raises ParquetLacking."""
    if format_ == "csv":
        return _CsvRendition(file)
    rendition: Rendition = _parquet().ParquetRendition(file)
    return rendition


def cells_of(sequence: int, body: bytes) -> Mapping[str, Any]:
    """Return what stands in the columns beside an entry: texts, but for its number, and None for what it has not.

    An erasure has no policy; what is no entry has nothing.
    """
    try:
        told = told_by(body)
    except ValueError:
        told = {}
    policy = told.get("policy")
    said = policy if isinstance(policy, dict) else {}
    of_policy = {"policy": said.get("id"), "version": said.get("version"), "digest": said.get("digest")}
    cells = {name: {**told, **of_policy}.get(name) for name in COLUMNS[1:-1]}
    texts = {name: each if isinstance(each, str) else None for name, each in cells.items()}
    return {"sequence": sequence, **texts}


def _parquet() -> Any:
    """Return the module that knows Parquet: its library is large, needed for this format only, and not everywhere."""
    try:
        return import_module("service.audit.exporting.parquet")
    except ModuleNotFoundError as lacking:
        if str(lacking.name).partition(".")[0] != "pyarrow":
            raise
        raise ParquetLacking from None


class _CsvWriter:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        file.write(_HEADER)

    def add(self, first: int, bodies: Sequence[bytes]) -> None:
        self.file.write(b"".join([_row(sequence, body) for sequence, body in enumerate(bodies, first)]))

    def close(self) -> None:
        """Do nothing: the file is whole after each entry."""


class _CsvRendition:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.has_header = file.read(len(_HEADER)) == _HEADER

    def has(self, sequence: int, body: bytes) -> bool:
        row = _row(sequence, body)
        return self.has_header and self.file.read(len(row)) == row

    def is_at_end(self) -> bool:
        return not self.file.read(1)


def _row(sequence: int, body: bytes) -> bytes:
    cells = ",".join([_cell(each) for each in cells_of(sequence, body).values()])
    return b'%b,"%b"\r\n' % (cells.encode("utf-8", "surrogatepass"), body.replace(b'"', b'""'))


def _cell(value: str | int | None) -> str:
    """Return a cell as it is written: nothing for None, and the empty text in quotes."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return '"' + value.replace('"', '""') + '"' if not value or _MUST_BE_QUOTED.search(value) else value
