"""Lists of records on the terminal: each item of a reason has a line, a misspelt member its place."""

import json

from tests.analysis.small_packs import load
from tests.decision.test_lists_of_records import CREDIT, INCIDENTS, LONG, LOST, PLANNED


def decided(call, folder, items):
    """Decide a case with such incidents."""
    load(folder, {"incidents": INCIDENTS, "most": {"type": "number"}}, CREDIT, derived=[LOST])
    return call("decide", "--pack", folder, input=json.dumps({"incidents": items, "most": 4}))


def test_each_item_that_a_reason_shows_has_a_line(call, tmp_path):
    """Its members in the order of the facts schema; of very many the first."""
    done = decided(call, tmp_path / "pack", [PLANNED, *[{**LONG, "hours": hours} for hours in range(3, 18)]])

    lines = [line.strip() for line in done.stdout.splitlines()]
    start = lines.index("incidents where severity 1 and hours more than most:")
    assert lines[start + 1] == "severity 1, hours 5, planned false"
    assert lines[start + 12 : start + 14] == ["severity 1, hours 16, planned false", "and 1 more"]


def test_what_is_wrong_with_an_item_is_told_with_its_place(call, tmp_path):
    """And with what was perhaps meant."""
    done = decided(call, tmp_path / "pack", [LONG, {"severity": 1, "hors": 2}])

    assert done.exit_code == 2
    assert "incidents[1] lacks 'hours', which each item has." in done.stderr
    assert "incidents[1].hors is no member of an item" in done.stderr
    assert "Did you mean 'hours'?" in done.stderr
