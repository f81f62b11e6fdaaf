"""What a clock's file says of changes on the way: that they change something, and what they go together with."""

from __future__ import annotations

from collections.abc import Iterator

from service.clock.targets import OPEN_TIME_UNITS
from service.pack.surroundings import Surroundings
from service.wording import listed
from service.written.findings import Steps
from service.written.shape import Written, elements

__all__ = ["CHANGE_ROLES", "check_changes"]

CHANGE_ROLES = ("at", "amount", "unit", "calendar")
"""What a change has: its instant, and what is other from then on."""


def check_changes(around: Surroundings, written: Written, path: Steps) -> None:
    """Report changes beside what they can't go together with, and a convention for changes where there are none."""
    about = f"clock {written['clock']}"
    if "changes" not in written:
        if "over_at_change" in written:
            message = f"{about}: 'over_at_change' is for clocks with 'changes', and it has none: leave it out"
            around.report.at_key((*path, "over_at_change"), "unfit_convention", message)
        return
    for i, each in elements(written, "changes"):
        if not any(role in each for role in CHANGE_ROLES[1:]):
            message = f"{about}: a change changes one of {listed(CHANGE_ROLES[1:])}: say which, or leave it out"
            around.report.at((*path, "changes", i), "idle_change", message)
    for key, why in _unfit(written):
        message = f"{about}: {why}, and a target that changes is so much open time, counted forward and due at its end"
        around.report.at((*path, key), "unfit_convention", f"{message}: leave it out, or leave out 'changes'")
    units = [(path, written), *(((*path, "changes", i), each) for i, each in elements(written, "changes"))]
    for where, each in units:
        unit = each.get("unit")
        if unit == "opening":
            message = f"{about}: openings can't change on the way; let the unit be one of {listed(OPEN_TIME_UNITS)}"
            around.report.at((*where, "unit"), "unfit_convention", message)


def _unfit(written: Written) -> Iterator[tuple[str, str]]:
    """Yield the keys that mean nothing beside changes, and what each says."""
    if written.get("counts") == "backward":
        yield "counts", "it counts backward"
    if str(written.get("business_day_ends", "same_time")) != "same_time":
        yield "business_day_ends", "it counts business days one by one"
    if written.get("at_closing") == "next_opening":
        yield "at_closing", "it is due at the next opening"
