"""A service that is killed under load, again and again: nothing that it answered is lost, and the log proves itself."""

import os
from pathlib import Path

import pytest

from benchmarks.crash import crash
from tests.ports import free_port
from tests.thorough import tried


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_every_kill(nursery, request, tmp_path, kind):
    """All processes get SIGKILL wherever they are; the next start goes on by itself."""
    url = str(tmp_path / "audit.db") if kind == "sqlite" else request.getfixturevalue("postgresql_url")

    def start(options):
        port = free_port()
        with Path(os.devnull).open("wb") as nowhere:
            return nursery.start("serve", "--port", port, *options, stderr=nowhere.fileno()), port

    # Each round goes on for a few dozen answers at least, however few seconds that takes.
    rounds, load = tried((3, (0.1, 0.4)), (20, (0.3, 1.3)))
    report = crash(url, rounds, key=tmp_path / "log.key", load=load, again=200, start=start)

    assert len(report.acknowledged) > 50
    assert report.checkpoints
    assert (report.lost, report.twice, report.findings) == (0, 0, [])
    assert report.entries >= len(report.acknowledged)
