"""A decision's clocks as they are written: what each counts, from when, in which calendar. Nothing is counted here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.clock.changed_targets import OVER_AT_CHANGE
from service.clock.targets import UNITS
from service.clock.zones import zone_names
from service.model.names import Key, Own
from service.model.pack import LIFE, ZONE_ROLES, Clock, Group
from service.pack.clock_changes import CHANGE_ROLES, check_changes
from service.pack.clock_conventions import read_conventions
from service.pack.clock_lives import check_life, read_warnings
from service.pack.groups import read_concern
from service.pack.surroundings import Surroundings
from service.pack.vocabulary import ANY, Word, a_type, why_not_given
from service.wording import nearest
from service.written.findings import Steps
from service.written.shape import Written, elements, mapping, texts

__all__ = ["may_lack", "read_clock"]

_TYPES: Mapping[str, tuple[str, ...]] = {
    "starts": ("instant",),
    "stops": ("instant",),
    "amount": ("integer", "number"),
    "unit": ("string",),
    "calendar": ("string",),
    "zone": ("string",),
    "written_in": ("string",),
    "pauses": ("periods",),
    "at": ("instant",),
}
"""What a clock needs to know: the role of each piece, and the types that are fit for it."""

_CONSTANTS: Mapping[str, str] = {
    "amount": "number",
    "unit": "unit",
    "calendar": "calendar",
    **dict.fromkeys(ZONE_ROLES, "zone"),
}
"""The roles that a constant can have, and what messages call it; another role is always a name's."""


def read_clock(
    around: Surroundings, calendars: frozenset[str], written: Written, path: Steps
) -> tuple[Group | Clock, ...]:
    """Return one clock, and before it the rule that says which cases it does not concern, where it says so.

    calendars  the ids that the pack has
    """
    name = str(written["clock"])
    concern = _concern(around, written, path, name)
    clock = _clock(around, calendars, written, path, None if concern is None else concern.nothing)
    return (clock,) if concern is None else (concern, clock)


def may_lack(part: Written) -> Sequence[str]:
    """Return the members of a part that are none where it is a clock that does not concern every case."""
    if "clock" not in part or "applies_when" not in part:
        return ()
    warnings = [str(each.get("gives")) for _, each in elements(part, "warnings")]
    return [*_written_gives(part).values(), *warnings]


def _concern(around: Surroundings, written: Written, path: Steps, name: str) -> Group | None:
    """Return the one rule of `applies_when` as a part of its own, which gives nothing but a hidden member."""
    if not isinstance(written.get("applies_when"), dict):
        return None
    _, rule = read_concern(around, written, path, name)
    (nothing,) = rule.then
    return Group(
        id=f"{name}: applies",
        decision=around.decision,
        policy="unique",
        order=None,
        rules=(rule,),
        gives=(nothing,),
        lists=frozenset(),
        interpretations=(),
        place=rule.place,
        nothing=nothing,
    )


def _clock(
    around: Surroundings, calendars: frozenset[str], written: Written, path: Steps, nothing: str | None
) -> Clock:
    name = str(written["clock"])
    zones = dict.fromkeys(ZONE_ROLES, zone_names())
    roles = _Roles(around, name, {"calendar": calendars, "unit": frozenset(UNITS), **zones})
    for role in _TYPES:
        if role in written and role != "at":
            roles.read(role, written[role], (*path, role))
    gives = _gives(around, written, path, name)
    if not gives.keys().isdisjoint(LIFE):
        roles.inputs["as_of"] = "as_of"
    if nothing is not None:
        roles.inputs["nothing"] = Own(f"{around.decision}.{nothing}")
    warnings, warned = read_warnings(around, written, path)
    for place, each in elements(written, "changes"):
        change = replace(roles, inputs={}, fixed={})
        for role in CHANGE_ROLES:
            if role in each:
                change.read(role, each[role], (*path, "changes", place, role))
        roles.inputs.update({f"change {place + 1} {role}": name for role, name in change.inputs.items()})
        roles.fixed.update({f"change {place + 1} {role}": value for role, value in change.fixed.items()})
    check_changes(around, written, path)
    check_life(around, written, path, gives)
    return Clock(
        id=name,
        decision=around.decision,
        says=str(written.get("says", "")),
        cites=texts(written.get("cites")),
        interpretations=around.interpretations(written, path),
        inputs=roles.inputs,
        fixed=roles.fixed,
        gives={**gives, **warned},
        conventions=read_conventions(around, written, path, roles.fixed.get("unit")),
        place=around.tree.place(path),
        warnings=warnings,
        nothing=nothing,
        changes=len(list(elements(written, "changes"))),
        over_at_change=str(written.get("over_at_change", OVER_AT_CHANGE[0])),
        written=written,
    )


def _gives(around: Surroundings, written: Written, path: Steps, name: str) -> dict[str, str]:
    gives = _written_gives(written)
    for result, member in gives.items():
        around.member(member, (*path, "gives", result), f"clock {name}")
    return gives


def _written_gives(written: Written) -> dict[str, str]:
    gives = mapping(written.get("gives")) or {"starts_at": "starts_at", "due_at": "due_at"}
    return {str(result): str(member) for result, member in gives.items()}


@dataclass(frozen=True)
class _Roles:
    """Sorts what one clock is given into names to read and constants.

    valid  the constants that a role can have, where they are a closed choice
    """

    around: Surroundings
    clock: str
    valid: Mapping[str, frozenset[str]]
    inputs: dict[str, Key] = field(default_factory=dict)
    fixed: dict[str, object] = field(default_factory=dict)

    def read(self, role: str, written: object, path: Steps) -> None:
        """Take in what stands under one role."""
        word = self.around.vocabulary.word(str(written))
        if word is not None:
            self.inputs[role] = self.around.vocabulary.key(word.name, self.around.decision)
            self._check_word(role, word, path)
        else:
            self.fixed[role] = written
            self._check_constant(role, written, path)

    def _check_word(self, role: str, word: Word, path: Steps) -> None:
        if word.type not in (*_TYPES[role], ANY):
            message = f"clock {self.clock}: '{word.name}' is {a_type(word.type)}, not a fit for '{role}'"
            self.around.report.at(path, "wrong_type", message)
        if word.personal is not None:
            message = f"clock {self.clock} counts from '{word.name}', which {why_not_given(word)}"
            self.around.report.at(path, "personal_outcome", message)
        if word.filled:
            message = f"clock {self.clock}: '{word.name}' may be a text with names in braces, which is no '{role}'"
            self.around.report.at(path, "filled_text", message)
        if role in self.valid:
            for choice in word.choices or ():
                self._check_constant(role, choice, path, f"'{word.name}' can be ")

    def _check_constant(self, role: str, value: object, path: Steps, of_word: str = "") -> None:
        if role == "amount" and not isinstance(value, bool) and isinstance(value, int | float):
            return
        valid = self.valid.get(role, frozenset())
        if str(value) in valid:
            return
        close = nearest(str(value), valid) or (None if of_word else self.around.vocabulary.closest(value))
        kind = _CONSTANTS.get(role)
        what = f"'{value}' is no name" if kind is None else f"'{value}' is no {kind} and no name"
        what = f"{of_word}'{value}', which is no {kind}" if of_word else what
        self.around.report.at(path, "unknown_name", f"clock {self.clock}: {what}{_there_are(valid)}", close)


def _there_are(valid: Collection[str]) -> str:
    """Return the end of a sentence that lists what there is, where that is not too much."""
    return f"; there {'is' if len(valid) == 1 else 'are'} {', '.join(sorted(valid))}" if 0 < len(valid) <= 12 else ""
