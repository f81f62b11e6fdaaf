"""Entries in Parquet. The only module that knows pyarrow, and it is imported for this format only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from service.audit.exporting.renditions import COLUMNS, cells_of

__all__ = ["compare", "write"]

_TYPES = {"sequence": pa.int64(), "decided_at": pa.timestamp("ms", tz="UTC")}
_SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])
_REPEATED = ["kind", "as_of", "caller", "policy", "version", "digest"]
_AT_ONCE = 8192  # rows
# A few bytes of a file can stand for any number of long rows. What stands once in a dictionary is kept once; and
_LONGEST = 32 << 20  # bytes of a text,
_LARGEST = 256 << 20  # and bytes of a column in a row group, decompressed, are far more than is ever written.


def write(file: BinaryIO, first: int, entries: Iterable[Sequence[bytes]]) -> None:
    """Write entries into a file; those that are given together make a row group."""
    writer = pq.ParquetWriter(file, _SCHEMA, compression="zstd", use_dictionary=_REPEATED)
    try:
        for bodies in entries:
            rows = [_row(sequence, body) for sequence, body in enumerate(bodies, first)]
            columns = [pa.array([row[field.name] for row in rows], field.type) for field in _SCHEMA]
            writer.write_batch(pa.record_batch(columns, schema=_SCHEMA), row_group_size=len(bodies))
            first += len(bodies)
        writer.close()
    finally:
        writer.is_open = False  # one that was given up would write the file's end, whenever it is collected


def compare(file: BinaryIO, first: int, entries: Iterable[Sequence[bytes]]) -> Iterator[bool]:
    """Yield of each entry whether it comes next in a file, and at last whether nothing follows.

    What can't be read has no rows.
    """
    rows = _rows(file)
    for sequence, body in enumerate(chain.from_iterable(entries), first):
        yield next(rows, None) == _plain(_row(sequence, body))
    yield next(rows, None) is None


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
        texts = [field.name for field in _SCHEMA if pa.types.is_string(field.type)]
        opened = pq.ParquetFile(file, read_dictionary=texts)
        for number in range(opened.num_row_groups):
            group = opened.metadata.row_group(number)
            if any(group.column(place).total_uncompressed_size > _LARGEST for place in range(group.num_columns)):
                return
            for batch in opened.iter_batches(batch_size=_AT_ONCE, row_groups=[number]):
                yield from zip(*map(_values, batch.columns), strict=True)
    except (pa.ArrowException, OSError):
        return


def _values(column: Any) -> list[Any]:
    """Return numbers, or texts as bytes. Raises ArrowInvalid where a text is too long."""
    if not pa.types.is_dictionary(column.type):
        numbers: list[Any] = column.cast(pa.int64()).to_pylist()
        return numbers
    texts = column.dictionary.cast(pa.binary())
    if (pc.max(pc.binary_length(texts)).as_py() or 0) > _LONGEST:
        raise pa.ArrowInvalid("a text is longer than any that is written")
    known = texts.to_pylist()
    return [None if at is None else known[at] for at in column.indices.to_pylist()]
