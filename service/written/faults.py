"""What a validator says of data, brought down to what was meant: of several forms, the one that is nearest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema.exceptions import ValidationError

from service.wording import nearest
from service.written.reporter import Steps

__all__ = [
    "Fault",
    "asks_for_keys",
    "faults",
    "known_keys",
    "leaves",
    "missing_keys",
    "misspelt_keys",
    "unknown_keys",
    "wanted_keys",
    "wanted_types",
]

_OTHER_FORM = 1000
_CHOICE = "by_interpretation"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a validator says.

    keyword   the schema's keyword that is broken, and `wanted` its value there
    schema    the schema that the keyword stands in
    found     the value that breaks it, at `path` in the data
    depth     how far below the value with alternatives the fault lies; 0 is that value itself
    branches  the faults of each alternative, where the keyword is about alternatives
    """

    keyword: str
    wanted: Any
    schema: Mapping[str, Any]
    found: Any
    path: Steps
    depth: int
    branches: tuple[tuple[Fault, ...], ...]


def faults(errors: Iterable[ValidationError]) -> tuple[Fault, ...]:
    """Return what a validator says, without what it says of values that were refused already."""
    return tuple(_fault(error) for error in errors if error.instance is not None)


def _fault(error: ValidationError) -> Fault:
    branches: dict[str | int, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    return Fault(
        keyword=str(error.validator),
        wanted=error.validator_value,
        schema=error.schema if isinstance(error.schema, dict) else {},
        found=error.instance,
        path=tuple(error.absolute_path),
        depth=len(error.relative_path),
        branches=tuple(faults(branch) for branch in branches.values()),
    )


def leaves(fault: Fault) -> Iterator[Fault]:
    """Yield the faults that say something: of alternatives, those of the one that was meant."""
    if fault.keyword in ("anyOf", "oneOf") and asks_for_keys(fault):
        if isinstance(fault.found, dict):  # else its type is wrong, which another fault says
            yield fault
        return
    if not fault.branches:
        yield fault
        return
    meant = min(fault.branches, key=_distance)
    if _distance(meant) >= _OTHER_FORM:
        yield fault
        return
    for each in meant:
        yield from leaves(each)


def asks_for_keys(fault: Fault) -> bool:
    """Tell whether the alternatives ask for one key each and for nothing else."""
    return all(isinstance(branch, dict) and set(branch) == {"required"} for branch in fault.wanted)


def _distance(branch: Iterable[Fault]) -> int:
    """Return how far a value is from an alternative; from _OTHER_FORM up, it is of another type."""
    return sum(map(_weight, branch))


def _weight(fault: Fault) -> int:
    if fault.depth:
        return 20 if fault.keyword == "const" else 2
    if fault.branches:
        return min(map(_distance, fault.branches))
    if fault.keyword == "required":
        return 10 + (_OTHER_FORM if _is_no_choice(fault) else 100 * (len(missing_keys(fault)) == len(fault.wanted)))
    if fault.keyword == "additionalProperties":
        return 10 * len(unknown_keys(fault))
    return _OTHER_FORM if fault.keyword == "type" else 5


def _is_no_choice(fault: Fault) -> bool:
    # Nearly every value may be a `by_interpretation` instead; without that key none is meant.
    return _CHOICE in fault.schema.get("required", ())


def missing_keys(fault: Fault) -> list[str]:
    """Return the keys that `required` asks for and that are not there."""
    return [key for key in fault.wanted if key not in fault.found]


def unknown_keys(fault: Fault) -> list[str]:
    """Return the keys that the schema does not know."""
    allowed = fault.schema.get("patternProperties", {})
    return [
        key for key in fault.found if key not in known_keys(fault) and not any(re.search(each, key) for each in allowed)
    ]


def misspelt_keys(fault: Fault) -> set[str | None]:
    """Return the keys that unknown ones were meant to be: those are not missing as well."""
    known = known_keys(fault)
    written = fault.found if isinstance(fault.found, dict) else ()
    return {nearest(key, known) for key in written if key not in known}


def wanted_keys(fault: Fault) -> set[str]:
    """Return the keys that a fault asks for."""
    if fault.keyword == "dependentRequired":
        return {each for key, others in fault.wanted.items() if key in fault.found for each in others}
    if fault.keyword in ("anyOf", "oneOf") and asks_for_keys(fault):
        return {key for branch in fault.wanted for key in branch["required"]}
    return set()


def known_keys(fault: Fault) -> Mapping[str, object]:
    """Return the keys that the schema knows."""
    known: Mapping[str, object] = fault.schema.get("properties", {})
    return known


def wanted_types(fault: Fault) -> list[str]:
    """Return the JSON types that would be right, over all alternatives."""
    if fault.keyword == "type":
        return [fault.wanted] if isinstance(fault.wanted, str) else list(fault.wanted)
    faults = [each for branch in fault.branches for each in branch if not each.depth and not _is_no_choice(each)]
    return [name for each in faults for name in wanted_types(each)]
