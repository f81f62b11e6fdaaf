"""The audit log's numbers for Prometheus: how large it is, and how far index and checkpoints are behind.

They are read from the log when they are asked for, and so are the same whichever worker is asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import UUID

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import bindparam, select

from service.audit.index.search_index import read_indexed
from service.audit.log.notary import latest_checkpoint
from service.audit.log.store import Store
from service.audit.storage.tables import entries
from service.audit.storage.tree import WIDTH, read_frontier
from service.audit.storage.unavailable import StoreUnavailable

__all__ = ["LogMetrics"]

_ID = select(entries.c.id).where(entries.c.sequence == bindparam("wanted"))
_AGE = "Seconds since the first entry was kept that no checkpoint covers; 0 when all are covered."


class LogMetrics(Collector):
    """Collects the numbers of a log; of one that can't be read only that it can't."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the numbers as they are now."""
        try:
            size, indexed, signed, age = self._numbers()
        except StoreUnavailable:
            yield _gauge("clausewise_log_readable", "Whether the log can be read: 1 or 0.", 0)
            return
        yield _gauge("clausewise_log_readable", "Whether the log can be read: 1 or 0.", 1)
        yield _gauge("clausewise_log_entries", "Entries of the log.", size)
        yield _gauge("clausewise_index_lag_entries", "Entries that the index of the log does not have yet.", indexed)
        yield _gauge("clausewise_checkpoint_entries", "Entries that the latest checkpoint covers.", signed)
        yield _gauge("clausewise_checkpoint_age_seconds", _AGE, age)

    def _numbers(self) -> tuple[int, int, int, float]:
        with self._store.database.reading() as connection:
            size = read_frontier(connection).size
            latest = latest_checkpoint(connection)
            signed = 0 if latest is None else latest.size
            first: str | None = connection.execute(_ID, {"wanted": signed + 1}).scalar_one_or_none()
            lag = max(0, size - read_indexed(connection) * WIDTH)
        return size, lag, signed, 0.0 if first is None else max(0.0, time.time() - _made_at(first))


def _made_at(id_: str) -> float:
    """Return when an entry was made, in seconds since 1970: the first 48 bits of a UUIDv7 (RFC 9562, 5.7)."""
    return (UUID(id_).int >> 80) / 1000


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)
