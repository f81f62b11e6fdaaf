"""Files of entries: NDJSON and CSV (RFC 4180), written and read again; for Parquet `parquet.py` is asked.

Every format holds the exact bytes of each entry. NDJSON holds nothing else: canonical JSON has no line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, BinaryIO

from service.audit.exporting.columns import COLUMNS, KNOWN_COLUMNS, BadRows, Cells, EntryWriter, Rows, cells_of
from service.errors import ClausewiseError

__all__ = ["FORMATS", "ParquetLacking", "entries_name", "open_writer", "read_rows", "require_format"]

FORMATS = ("ndjson", "csv", "parquet")

_BLOCK = 4 << 20  # bytes
_LONGEST = 64 << 20  # bytes of an entry: far more than the service takes

# An entry is an object, and quotes within quotes are doubled: so nothing else in a row looks like its end.
_END_OF_ROW = b'}"\r\n'
# Possessive throughout: what is read may be hostile, and of any length.
_BESIDE = {
    columns: re.compile(rb'(?:(?:[^",\r\n]*+|"(?:[^"]++|"")*+"),){%d}+(?="\{)' % (len(columns) - 1))
    for columns in KNOWN_COLUMNS
}
_CELL = re.compile(rb'([^",\r\n]*+|"(?:[^"]++|"")*+"),')
_MUST_BE_QUOTED = re.compile(r'[",\r\n]')


class ParquetLacking(ClausewiseError):
    """Parquet is asked for, and the library that reads and writes it is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Parquet files are written and read by pyarrow, which is not installed here: "
            "pip install 'clausewise[parquet]' brings it. The formats ndjson and csv need nothing more."
        )


def require_format(format_: str) -> None:
    """Raise ParquetLacking where what one of FORMATS takes is not installed."""
    if format_ == "parquet":
        _parquet()


def entries_name(format_: str) -> str:
    """Return what the file of entries is called in an export."""
    return f"entries.{format_}"


def open_writer(format_: str, file: BinaryIO) -> EntryWriter:
    """Return what writes entries in one of FORMATS. Raises ParquetLacking."""
    if format_ == "ndjson":
        return _NdjsonWriter(file)
    if format_ == "csv":
        return _CsvWriter(file)
    writer: EntryWriter = _parquet().ParquetWriter(file)
    return writer


def read_rows(format_: str, file: BinaryIO) -> Iterator[Rows]:
    """Yield the entries of a file in one of FORMATS, some at a time.

    Raises BadRows when the file can't be read on, after yielding what comes before, and ParquetLacking at once.
    """
    if format_ == "ndjson":
        return map(_NdjsonRows, _split_at(b"\n", file))
    if format_ == "csv":
        return _read_csv(file)
    rows: Iterator[Rows] = _parquet().read_parquet(file)
    return rows


def _parquet() -> Any:
    """Return the module that knows Parquet: its library is large, needed for this format only, and not everywhere."""
    try:
        return import_module("service.audit.exporting.parquet")
    except ModuleNotFoundError as lacking:
        if str(lacking.name).partition(".")[0] != "pyarrow":
            raise
        raise ParquetLacking from None


class _NdjsonWriter:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def add(self, first: int, bodies: Sequence[bytes]) -> None:  # noqa: ARG002 - a line has no number
        self.file.write(b"\n".join([*bodies, b""]))

    def close(self) -> None:
        """Do nothing: the file is whole after each entry."""


@dataclass(frozen=True, slots=True)
class _NdjsonRows:
    bodies: Sequence[bytes]

    def wrong_cells(self, first: int) -> Iterator[tuple[int, Sequence[str]]]:  # noqa: ARG002 - there are no columns
        return iter(())


class _CsvWriter:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        file.write(_header(COLUMNS))

    def add(self, first: int, bodies: Sequence[bytes]) -> None:
        self.file.write(
            b"".join(
                [
                    b'%b"%b"\r\n' % (_beside(sequence, body, COLUMNS), body.replace(b'"', b'""'))
                    for sequence, body in enumerate(bodies, first)
                ]
            )
        )

    def close(self) -> None:
        """Do nothing: the file is whole after each entry."""


@dataclass(frozen=True, slots=True)
class _CsvRows:
    bodies: Sequence[bytes]
    beside: Sequence[bytes]  # of each entry, the cells before it with the comma after each
    columns: Sequence[str]

    def wrong_cells(self, first: int) -> Iterator[tuple[int, Sequence[str]]]:
        for place, (body, beside) in enumerate(zip(self.bodies, self.beside, strict=True)):
            try:
                right = _beside(first + place, body, self.columns)
            except ValueError:
                yield place, ["entry"]
                continue
            if beside != right:
                cells = zip(self.columns, _CELL.findall(beside), _CELL.findall(right), strict=False)
                yield place, [name for name, found, wanted in cells if found != wanted]


def _read_csv(file: BinaryIO) -> Iterator[Rows]:
    columns = _columns(file)
    for lines in _split_at(_END_OF_ROW, file):
        bodies: list[bytes] = []
        besides: list[bytes] = []
        for line in lines:
            found = _BESIDE[columns].match(line)
            quoted = b"" if found is None else line[found.end() + 1 :]
            body = quoted.replace(b'""', b'"')
            # Unless all are doubled, other programs would see another row here.
            if found is None or quoted.count(b'"') != 2 * body.count(b'"'):
                yield _CsvRows(bodies, besides, columns)
                raise BadRows("has a row that is not written as an export's are")
            bodies.append(body + b"}")
            besides.append(found[0])
        yield _CsvRows(bodies, besides, columns)


def _columns(file: BinaryIO) -> tuple[str, ...]:
    """Return the columns that the first line names, and read it. Raises BadRows."""
    begin = file.tell()
    for columns in KNOWN_COLUMNS:
        file.seek(begin)
        header = _header(columns)
        if file.read(len(header)) == header:
            return columns
    raise BadRows(f"does not begin with the line {_header(COLUMNS).decode().strip()}")


def _header(columns: Sequence[str]) -> bytes:
    return ",".join(columns).encode() + b"\r\n"


def _beside(sequence: int, body: bytes, columns: Sequence[str]) -> bytes:
    """Return the cells before an entry, a comma after each."""
    return b"%d,%b," % (sequence, ",".join(_quoted(cells_of(body, columns))).encode())


def _quoted(cells: Cells) -> Sequence[str]:
    """Return cells as they are written: nothing for None, and the empty text in quotes."""
    plain = [each or "" for each in cells]
    # All at once: hardly any cell needs quotes.
    if "" not in cells and not _MUST_BE_QUOTED.search("".join(plain)):
        return plain
    return [_cell(each) for each in cells]


def _cell(text: str | None) -> str:
    if text is None:
        return ""
    return '"' + text.replace('"', '""') + '"' if not text or _MUST_BE_QUOTED.search(text) else text


def _split_at(end: bytes, file: BinaryIO) -> Iterator[Sequence[bytes]]:
    """Yield the pieces of a file, without the bytes that end each."""
    rest = b""
    while block := file.read(_BLOCK):
        *pieces, rest = (rest + block).split(end)
        if pieces:
            yield pieces
        if len(rest) > _LONGEST:
            raise BadRows(f"has an entry of more than {_LONGEST} bytes")
    if rest:
        raise BadRows("ends in the middle of an entry")
