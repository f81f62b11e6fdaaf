"""Changes on the way that make no sense beside the rest of a clock are refused where they stand, with what to do."""

from __future__ import annotations

import pytest

_CLOCK = """\
decision: fine
asks: When?
gives: {{due_at: instant}}
parts:
  - clock: fine.clock
    says: So long.
    cites: a
    starts: loan.asked_at
    amount: 2
    calendar: desk
    gives: {{due_at: due_at}}
    {written}
"""
_CHANGE = "changes: [{at: loan.asked_at, amount: 3}]"


@pytest.mark.parametrize(
    ("written", "code", "why"),
    [
        ("unit: hour\n    over_at_change: share_kept", "unfit_convention", "it has none: leave it out"),
        ("unit: hour\n    changes: [{at: loan.asked_at}]", "idle_change", "say which, or leave it out"),
        (f"unit: opening\n    {_CHANGE}", "unfit_convention", "openings can't change on the way"),
        ("unit: hour\n    changes: [{at: loan.asked_at, unit: opening}]", "unfit_convention", "let the unit be one of"),
        (f"unit: hour\n    counts: backward\n    {_CHANGE}", "unfit_convention", "it counts backward"),
        (
            f"unit: business_day\n    business_day_ends: closing\n    {_CHANGE}",
            "unfit_convention",
            "it counts business days one by one",
        ),
        (f"unit: hour\n    at_closing: next_opening\n    {_CHANGE}", "unfit_convention", "leave out 'changes'"),
        ("unit: hour\n    changes: [{at: desk, amount: 3}]", "unknown_name", "'desk' is no name"),
        ("unit: hour\n    changes: [{at: loan.asked_at, calendar: dek}]", "unknown_name", "'dek' is no calendar"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(read_decision, findings, written, code, why):
    """With its place and the mend."""
    read_decision(_CLOCK.format(written=written))

    (finding,) = findings
    assert finding.code == code
    assert why in finding.message
    assert finding.place.line >= 11


def test_changes_are_read_in_the_order_in_which_they_are_written(read_decision, findings):
    """Each role of each by its number."""
    decision = read_decision(_CLOCK.format(written=f"unit: hour\n    {_CHANGE}\n    over_at_change: share_kept"))

    (clock,) = decision.clocks
    assert not findings
    assert clock.changes == 1
    assert clock.over_at_change == "share_kept"
    assert clock.inputs["change 1 at"] == "loan.asked_at"
    assert clock.fixed["change 1 amount"] == 3
