"""Entries in Parquet. The only module that knows pyarrow, and it is imported for this format only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from service.audit.exporting.renditions import COLUMNS, cells_of

__all__ = ["ParquetRendition", "ParquetWriter"]

_TYPES = {"sequence": pa.int64(), "decided_at": pa.timestamp("ms", tz="UTC")}
_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])
_REPEATED = ["kind", "as_of", "caller", "policy", "version", "digest"]
_AT_ONCE = 8192  # rows, or
_BYTES_AT_ONCE = 32 << 20  # whichever is less: a few bytes of a file can stand for any number of long rows
_LARGEST = 256 << 20  # bytes of a column in a row group, decompressed: far more than is ever written


class ParquetWriter:
    """Writes entries; those that are added together make a row group."""

    def __init__(self, file: BinaryIO) -> None:
        self._writer = pq.ParquetWriter(file, _SCHEMA, compression="zstd", use_dictionary=_REPEATED)

    def add(self, first: int, bodies: Sequence[bytes]) -> None:
        """Write entries that follow one another; `first` is the sequence of the first of them."""
        rows = [_row(sequence, body) for sequence, body in enumerate(bodies, first)]
        columns = [pa.array([row[name] for row in rows], type_) for name, type_ in zip(COLUMNS, _types(), strict=True)]
        self._writer.write_batch(pa.record_batch(columns, schema=_SCHEMA), row_group_size=len(bodies))

    def close(self) -> None:
        """Write what ends the file."""
        self._writer.close()


class ParquetRendition:
    """Compares a file row by row, whatever stands in it: what can't be read has no rows."""

    def __init__(self, file: BinaryIO) -> None:
        self._rows = _rows(file)

    def has(self, sequence: int, body: bytes) -> bool:
        """Read on, and tell whether this entry comes next."""
        return next(self._rows, None) == _plain(_row(sequence, body))

    def is_at_end(self) -> bool:
        """Tell whether nothing follows."""
        return next(self._rows, None) is None


def _types() -> Iterator[Any]:
    return (field.type for field in _SCHEMA)


def _row(sequence: int, body: bytes) -> Mapping[str, Any]:
    cells = cells_of(sequence, body)
    return {**cells, "decided_at": _milliseconds(cells["decided_at"]), "entry": body}


def _milliseconds(instant: str | None) -> int | None:
    """Return an RFC 3339 instant in milliseconds since 1970; None for what is none."""
    try:
        at = datetime.fromisoformat(instant or "")
    except ValueError:
        return None
    return None if at.tzinfo is None else round(at.timestamp() * 1000)


def _plain(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a row as `_rows` yields it: text in a file may not be UTF-8."""
    return tuple(each.encode("utf-8", "surrogatepass") if isinstance(each, str) else each for each in row.values())


def _rows(file: BinaryIO) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a file as numbers and bytes, as far as they can be read; none where its columns are others."""
    try:
        opened = pq.ParquetFile(file)
        if not opened.schema_arrow.equals(_SCHEMA):
            return
        # What stands once in a dictionary is kept once, until it is known how much it is in all.
        texts = [field.name for field in _SCHEMA if pa.types.is_string(field.type)]
        opened = pq.ParquetFile(file, read_dictionary=texts)
        for number in range(opened.num_row_groups):
            group = opened.metadata.row_group(number)
            if any(group.column(place).total_uncompressed_size > _LARGEST for place in range(group.num_columns)):
                return
            for packed in opened.iter_batches(batch_size=_AT_ONCE, row_groups=[number]):
                yield from _unpacked(packed)
    except (pa.ArrowException, OSError):
        return


def _unpacked(packed: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a batch whose texts are in dictionaries, so many at a time as are not too large."""
    sizes = [0] * len(packed)
    for column in packed.columns:
        if pa.types.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary).take(column.indices).fill_null(0).to_pylist()
            sizes = [size + length for size, length in zip(sizes, lengths, strict=True)]
    first = 0
    while first < len(sizes) and sizes[first] <= _BYTES_AT_ONCE:
        last = first
        size = 0
        while last < len(sizes) and size + sizes[last] <= _BYTES_AT_ONCE:
            size += sizes[last]
            last += 1
        yield from zip(*[_values(each) for each in packed.slice(first, last - first).columns], strict=True)
        first = last


def _values(column: Any) -> list[Any]:
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    values: list[Any] = plain.cast(pa.binary() if pa.types.is_string(plain.type) else pa.int64()).to_pylist()
    return values
