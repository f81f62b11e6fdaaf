"""A service that is killed under load, again and again: nothing that it answered is lost, and the log proves itself."""

import pytest

from benchmarks.crash import crash

ROUNDS = 3


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_every_kill(request, tmp_path, kind):
    """All processes get SIGKILL wherever they are; the next start goes on by itself."""
    url = str(tmp_path / "audit.db") if kind == "sqlite" else request.getfixturevalue("postgresql_url")
    report = crash(url, ROUNDS, key=tmp_path / "log.key", again=200)

    assert len(report.acknowledged) > 50
    assert report.checkpoints
    assert (report.lost, report.twice, report.findings) == (0, 0, [])
    assert report.entries >= len(report.acknowledged)
