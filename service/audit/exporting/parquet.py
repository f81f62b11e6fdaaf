"""Files of entries in Parquet. The only module that knows pyarrow, and it is imported for this format only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from service.audit.exporting.columns import COLUMNS, KNOWN_COLUMNS, BadRows, Rows, cells_of

__all__ = ["ParquetWriter", "read_parquet"]

_INSTANT = pa.timestamp("ms", tz="UTC")
_TYPES = {"sequence": pa.int64(), "decided_at": _INSTANT}
_SCHEMAS = [pa.schema([(name, _TYPES.get(name, pa.string())) for name in columns]) for columns in KNOWN_COLUMNS]
_SCHEMA = _SCHEMAS[0]
_REPEATED = ["kind", "as_of", "caller", "policy", "version", "digest"]
_AT_ONCE = 8192  # rows, or
_BYTES_AT_ONCE = 32 << 20  # whichever is less: a few bytes of a file can stand for any number of long rows
_LONGEST = 64 << 20  # bytes of a row
_LARGEST = 256 << 20  # bytes of a column in a row group, decompressed: far more than is ever written


class ParquetWriter:
    """Writes entries; those that are added together make a row group."""

    def __init__(self, file: BinaryIO) -> None:
        self._writer = pq.ParquetWriter(file, _SCHEMA, compression="zstd", use_dictionary=_REPEATED)

    def add(self, first: int, bodies: Sequence[bytes]) -> None:
        """Write entries that follow one another; `first` is the sequence of the first of them."""
        self._writer.write_batch(_batch(first, bodies, _SCHEMA), row_group_size=len(bodies))

    def close(self) -> None:
        """Write what ends the file."""
        self._writer.close()


@dataclass(frozen=True, slots=True)
class _ParquetRows:
    bodies: Sequence[bytes]
    batch: Any

    def wrong_cells(self, first: int) -> Iterator[tuple[int, Sequence[str]]]:
        try:
            right = _batch(first, self.bodies, self.batch.schema)
        except ValueError:
            yield from self._one_by_one(first)
            return
        wrong: dict[int, list[str]] = {}
        for name in right.schema.names[:-1]:
            found, wanted = self.batch.column(name), right.column(name)
            if not found.equals(wanted):
                for place, (one, other) in enumerate(zip(_plain(found), _plain(wanted), strict=True)):
                    if one != other:
                        wrong.setdefault(place, []).append(name)
        yield from sorted(wrong.items())

    def _one_by_one(self, first: int) -> Iterator[tuple[int, Sequence[str]]]:
        for place, body in enumerate(self.bodies):
            try:
                cells_of(body)
            except ValueError:
                yield place, ["entry"]
            else:
                alone = _ParquetRows([body], self.batch.slice(place, 1))
                yield from ((place, columns) for _, columns in alone.wrong_cells(first + place))


def read_parquet(file: BinaryIO) -> Iterator[Rows]:
    """Yield the entries of a file, some at a time. Raises BadRows."""
    try:
        opened = pq.ParquetFile(file)
        schema = next(filter(opened.schema_arrow.equals, _SCHEMAS), None)
        if schema is None:
            raise BadRows(f"has not the columns {', '.join(COLUMNS)}, or not their types")
        _require_small(opened.metadata)
        # What stands once in a dictionary is kept once, until it is known how much it is in all.
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        opened = pq.ParquetFile(file, read_dictionary=texts)
        for number in range(opened.num_row_groups):
            for batch in _batches(opened, number, schema):
                bodies = _plain(batch.column("entry"))
                if None in bodies:
                    raise BadRows("has a row without an entry")
                yield _ParquetRows(bodies, batch)
    except (pa.ArrowException, OSError) as wrong:
        raise BadRows(f"can't be read as Parquet: {str(wrong).splitlines()[0]}") from None


def _batches(opened: Any, group: int, schema: Any) -> Iterator[Any]:
    """Yield the rows of a row group without dictionaries, so many at a time as are not too large. Raises BadRows."""
    for packed in opened.iter_batches(batch_size=_AT_ONCE, row_groups=[group]):
        yield from _unpacked(packed, schema)


def _require_small(metadata: Any) -> None:
    """Raise BadRows when a row group is said to be larger than any that an export has."""
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if any(group.column(place).total_uncompressed_size > _LARGEST for place in range(group.num_columns)):
            raise BadRows(f"has a row group with more than {_LARGEST} bytes in a column")


def _unpacked(packed: Any, schema: Any) -> Iterator[Any]:
    sizes = [0] * len(packed)
    for column in packed.columns:
        if pa.types.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary).take(column.indices).fill_null(0).to_pylist()
            sizes = [size + length for size, length in zip(sizes, lengths, strict=True)]
    if max(sizes, default=0) > _LONGEST:
        raise BadRows(f"has a row of more than {_LONGEST} bytes")
    first = 0
    while first < len(sizes):
        last, size = first, 0
        while last < len(sizes) and (last == first or size + sizes[last] <= _BYTES_AT_ONCE):
            size += sizes[last]
            last += 1
        columns = [_decoded(each) for each in packed.slice(first, last - first).columns]
        yield pa.record_batch(columns, schema=schema)
        first = last


def _decoded(column: Any) -> Any:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _batch(first: int, bodies: Sequence[bytes], schema: Any) -> Any:
    names = schema.names
    columns = dict(zip(names[1:-1], zip(*[cells_of(body, names) for body in bodies], strict=True), strict=True))
    values = {
        **columns,
        "sequence": _sequences(first, len(bodies)),
        "decided_at": [_milliseconds(each) for each in columns["decided_at"]],
        "entry": bodies,
    }
    return pa.record_batch([pa.array(values[field.name], field.type) for field in schema], schema=schema)


def _sequences(first: int, count: int) -> Sequence[int | None]:
    """Return the numbers from one on; None for those that no log has, and no column."""
    last = min(first + count, 2**63)
    return [*range(first, last), *[None] * (first + count - last)]


def _milliseconds(instant: str | None) -> int | None:
    """Return an RFC 3339 instant in milliseconds since 1970; None for what is none."""
    try:
        at = datetime.fromisoformat(instant or "")
    except ValueError:
        return None
    return None if at.tzinfo is None else round(at.timestamp() * 1000)


def _plain(column: Any) -> list[Any]:
    """Return values that can be compared, whatever stands there: text may not be UTF-8, an instant may have no year."""
    values: list[Any] = column.cast(pa.binary() if pa.types.is_string(column.type) else pa.int64()).to_pylist()
    return values
