"""A decision's clocks: what each is given to read, and what it is told once and for all."""

from __future__ import annotations

import pytest

from service.clock.conventions import Conventions
from service.model.names import Own
from service.model.pack import Clock


def test_a_clock_has_names_to_read_and_constants(read_decision, findings):
    """A member of its own decision is read from inside."""
    decision = read_decision("""\
        decision: fine
        asks: When?
        gives: {level: [low, high], unit: [hour, day], start: instant, end: instant}
        parts:
          - part: fine.unit
            rules: [{rule: fine.hour, says: Hours., cites: a, then: {unit: hour, level: low}}]
          - clock: fine.clock
            says: So long.
            cites: a
            starts: loan.asked_at
            amount: 2
            unit: fine.unit
            calendar: desk
            zone: Europe/Lisbon
            pauses: loan.pauses
            business_day_ends: closing
            at_closing: next_opening
            gives: {starts_at: start, due_at: end}
        """)
    assert findings == []
    clock = decision.parts[1]
    assert isinstance(clock, Clock)
    assert clock.inputs == {"starts": "loan.asked_at", "unit": Own("fine.unit"), "pauses": "loan.pauses"}
    assert clock.fixed == {"amount": 2, "calendar": "desk", "zone": "Europe/Lisbon"}
    assert clock.gives == {"starts_at": "start", "due_at": "end"}
    assert clock.conventions == Conventions(business_day_ends="closing", at_closing="next_opening")


@pytest.mark.parametrize(
    ("clock", "found"),
    [
        ("starts: loan.asked", ("unknown_name", "loan.asked_at")),
        ("starts: loan.lent_on", ("wrong_type", None)),
        ("amount: lots", ("unknown_name", None)),
        ("amount: true", ("unknown_name", None)),
        ("unit: hours", ("unknown_name", "hour")),
        ("unit: loan.kind", ("unknown_name", None)),
        ("calendar: dsk", ("unknown_name", "desk")),
        ("zone: Europe/Lisbn", ("unknown_name", "Europe/Lisbon")),
        ("zone: Europe", ("unknown_name", None)),
        ("written_in: Europe/Lisbn", ("unknown_name", "Europe/Lisbon")),
        ("pauses: loan.parts", ("wrong_type", None)),
        ("starts: member.born_at", ("personal_outcome", None)),
        ("zone: member.name", ("personal_outcome", None)),
    ],
)
def test_what_is_no_fit_for_its_role_is_found(told, clock, found):
    """A name of another type, a value that the name can have, or a constant."""
    assert found in told(f"parts: [{{clock: fine.c, {clock}, gives: {{due_at: cost}}}}]")


def test_a_clock_gives_members_that_are_declared(told):
    """As rules do."""
    assert ("unknown_member", "cost") in told("parts: [{clock: fine.c, gives: {due_at: cots}}]")
