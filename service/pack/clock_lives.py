"""What a clock's file says of the life of its target: its stop, its state and open time, its warnings."""

from __future__ import annotations

from collections.abc import Mapping

from service.clock.lifetimes import PERCENT, STATES, Warned
from service.clock.targets import UNITS
from service.facts.numbers import exact_value
from service.model.pack import LIFE, Member
from service.pack.surroundings import Surroundings
from service.pack.vocabulary import ANY, a_type
from service.wording import listed, nearest
from service.written.findings import Steps
from service.written.shape import Written, elements

__all__ = ["check_life", "read_warnings"]

_COUNTED = ("elapsed", "remaining")
_UNITS = (PERCENT, *(unit for unit in UNITS if unit != "opening"))
_WHOLE = 100


def read_warnings(around: Surroundings, written: Written, path: Steps) -> tuple[tuple[Warned, ...], Mapping[str, str]]:
    """Return a clock's warnings in their order, and the member that each result of them is given into."""
    warnings: list[Warned] = []
    gives: dict[str, str] = {}
    for i, each in elements(written, "warnings"):
        counts = next((key for key in _COUNTED if key in each), None)
        if counts is None or "gives" not in each:
            continue  # reported by the schema
        where, about = (*path, "warnings", i), f"clock {written['clock']}"
        amount, unit = exact_value(each[counts]), str(each.get("unit"))
        if unit not in _UNITS:
            message = f"{about}: '{unit}' is no unit of a warning; there are {', '.join(_UNITS)}"
            around.report.at((*where, "unit"), "unknown_name", message, nearest(unit, _UNITS))
        elif counts == "remaining" and unit == PERCENT and amount > _WHOLE:  # type: ignore[operator]
            message = f"{about}: never more than {_WHOLE} percent of a target remain"
            around.report.at((*where, counts), "impossible_value", message)
        member = around.member(str(each["gives"]), (*where, "gives"), about)
        if member is not None and member.type not in ("instant", ANY):
            message = f"{about} warns at an instant, and member {member.path} is {a_type(member.type)}"
            around.report.at((*where, "gives"), "wrong_type", message)
        warnings.append(Warned(counts, amount, unit))  # type: ignore[arg-type]
        gives[f"warning {len(warnings)}"] = str(each["gives"])
    return tuple(warnings), gives


def check_life(around: Surroundings, written: Written, path: Steps, gives: Mapping[str, str]) -> None:
    """Report members that can't be what a clock gives of its target's life, and a stop of which it gives nothing."""
    given = [result for result in LIFE if result in gives]
    if "stops" in written and not given:
        message = f"clock {written['clock']}: 'stops' is for what it gives of {listed(LIFE)}: give one, or leave it out"
        around.report.at_key((*path, "stops"), "idle_stop", message)
    for result in given:
        if written.get("counts") == "backward":
            message = f"clock {written['clock']} counts backward, where '{result}' has no meaning: leave it out"
            around.report.at((*path, "gives", result), "only_forward", message)
        member = around.members.get(gives[result])
        wrong = None if member is None else _why_not(result, member)
        if wrong is not None:
            about = f"clock {written['clock']} gives '{result}' into member {gives[result]}, which {wrong}"
            around.report.at_key((*path, "gives", result), "wrong_type", about)


def _why_not(result: str, member: Member) -> str | None:
    """Return why a member can't be what a clock gives, the end of a sentence; None where it can."""
    if member.type == ANY:
        return None
    if result != "state":
        if member.choices is not None:
            return "is one of a few values, and minutes can be any number"
        return None if member.type in ("integer", "number") else f"is {a_type(member.type)}, not an integer"
    if member.type != "string":
        return f"is {a_type(member.type)}, not a string"
    lacking = [state for state in STATES if member.choices is not None and state not in member.choices]
    return f"is never {' nor '.join(lacking)}: let it be one of {', '.join(STATES)}" if lacking else None
