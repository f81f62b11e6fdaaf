"""What durable-rules does not take of a pack: every ruleset made and asked once. `check` tells it.

Rulesets are cut so that none of the known bounds is met. This shows it pack by pack, whatever the bounds of the
installed version are: what would fail at a case is found before there is one.
"""

from __future__ import annotations

from service.decision.running import Program
from service.model.pack import Pack
from service.written.findings import Finding, Place

__all__ = ["find_refused"]


def find_refused(program: Program) -> list[Finding]:
    """Return a finding for each part of a pack whose rules durable-rules does not take, at its place."""
    refused = {id(seat): why for seat, why in program.rulesets.refused()}
    found: dict[str, Finding] = {}
    for name, asked in program.asked.items():
        for sitting in (each for level in asked.levels for each in level):
            if id(sitting.seat) in refused:
                place = _place(program.pack, asked.group.decision, asked.group.place)
                message = f"{name} can't be asked: {refused[id(sitting.seat)]}. Divide its rules into parts."
                found.setdefault(name, Finding(place, "refused_by_engine", message))
    return list(found.values())


def _place(pack: Pack, decision: str, place: Place) -> Place:
    """Return where a group is written; applicabilities and notes are found where their decision is."""
    return place if place.line else pack.decisions[decision].place
