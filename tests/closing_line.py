"""The last line of a run of the tests: how many ran, which didn't and why, and how long it took."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["closing_line"]

_KINDS = (
    ("passed", "passed"),
    ("failed", "failed"),
    ("error", "with errors"),
    ("xfailed", "failed as expected"),
    ("xpassed", "passed unexpectedly"),
    ("deselected", "left out by the call"),
)


def closing_line(stats: Mapping[str, Sequence[Any]], seconds: float) -> str:
    """Return the line.

    stats    pytest's reports by what became of each test
    seconds  how long the run took
    """
    counts = [f"{len(stats[kind])} {words}" for kind, words in _KINDS if stats.get(kind)] or ["nothing"]
    skipped = [f"{each.nodeid} ({_reason(each)})" for each in stats.get("skipped", ())]
    left_out = f"{len(skipped)} skipped: {'; '.join(skipped)}" if skipped else "none skipped"
    return f"Ran in {seconds:.0f} seconds: {', '.join(counts)}, {left_out}."


def _reason(report: Any) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ").strip()
