"""Where the workers of a service keep their counters together: files in a folder that lives as long as the service."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from prometheus_client import Metric, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

__all__ = ["OfAllWorkers", "are_shared", "shared_between_workers"]

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable in which prometheus-client looks for the folder."""


@contextmanager
def shared_between_workers() -> Iterator[None]:
    """Let processes that are forked meanwhile count together, whichever of them is asked; also for one that has died.

    Where no folder can be made, each counts for itself.
    """
    try:
        folder = mkdtemp(prefix="clausewise-metrics-")
    except OSError:
        os.environ.pop(_FOLDER, None)
        yield
        return
    alone, values.ValueClass = values.ValueClass, values.MultiProcessValue()  # type: ignore[no-untyped-call]
    os.environ[_FOLDER] = folder
    try:
        yield
    finally:
        values.ValueClass = alone
        os.environ.pop(_FOLDER, None)
        shutil.rmtree(folder, ignore_errors=True)


def are_shared() -> bool:
    """Tell whether this process counts together with others."""
    return _FOLDER in os.environ


class OfAllWorkers(Collector):
    """What all workers have counted, of those that have died as well.

    A worker makes its files empty and then larger. One that is met between, or was killed there, has counted nothing
    yet; prometheus-client 0.26 fails to read such a file.
    """

    def collect(self) -> Iterable[Metric]:
        """Return the counters of all workers, added up."""
        files = (path for path in Path(os.environ[_FOLDER]).glob("*.db") if path.stat().st_size)
        return MultiProcessCollector.merge(map(str, files))  # type: ignore[no-any-return, no-untyped-call]
