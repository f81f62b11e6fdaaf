"""What reaches the clocks of a pack by name: zones, units, calendars and amounts, each checked where it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from service.clock.targets import UNITS
from service.clock.zones import zone_names
from service.model.derivations import Dated
from service.model.names import Key, shown_name
from service.model.outcomes import Copied, Template
from service.model.pack import ZONE_ROLES, Clock, Copy, Decision, Group, Pack
from service.model.values import ABSENT, none_if_absent
from service.wording import nearest
from service.written.findings import Finding, Place

__all__ = ["check_clock_inputs", "unbounded_clock_inputs"]


@dataclass(frozen=True, slots=True)
class _Source:
    """A value that a clock may be given.

    whose  what writes it, as messages call it
    value  the value itself, or ABSENT where it may be any of its type: that of a fact
    """

    whose: str
    value: object
    place: Place


def check_clock_inputs(pack: Pack) -> Iterator[Finding]:
    """Yield a finding for each value that a rule, table or copy gives and no clock could take."""
    told = set()
    for clock, role, source in _reaching(pack):
        finding = None if source.value is ABSENT else _wrong(pack, clock, role, source)
        if finding is not None and finding not in told:
            told.add(finding)
            yield finding


def unbounded_clock_inputs(pack: Pack) -> Iterator[Finding]:
    """Yield a warning for each fact that a case may give a clock and that is no zone, no unit or no amount."""
    for clock, role, source in _reaching(pack):
        spec = pack.facts.facts.get(source.whose)
        if spec is None:
            continue
        if role == "amount" and (spec.minimum is None or spec.minimum < 0 or spec.maximum is None):
            message = (
                f"clock {clock.id} counts '{spec.path}', which a case may give as a negative or endless amount: "
                "let the facts schema give it a 'minimum' of 0 or more, and a 'maximum'"
            )
            yield Finding(clock.place, "unbounded_amount", message, severity="warning")
        elif role in ("unit", "calendar", *ZONE_ROLES) and spec.choices is None:
            message = (
                f"clock {clock.id} takes '{spec.path}' as its {_kind(role)}, which a case may give as any text: "
                f"let the facts schema list its values under 'enum'"
            )
            yield Finding(clock.place, "unbounded_text", message, severity="warning")


def _reaching(pack: Pack) -> Iterator[tuple[Clock, str, _Source]]:
    for clock in (clock for decision in pack.decisions.values() for clock in decision.clocks):
        for named, key in clock.inputs.items():
            role = named.rpartition(" ")[2]  # that of a change as that of the clock
            if role in ("amount", "unit", "calendar", *ZONE_ROLES):
                for source in _Sources(pack).of(key, clock.place):
                    yield clock, role, source


class _Sources:
    """Follows names to all that may give them a value."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._seen: set[str] = set()

    def of(self, key: Key, place: Place) -> Iterator[_Source]:
        """Yield the values that a name may have; `place` is where a fact is read, which is written nowhere else."""
        name = shown_name(key)
        if name in self._seen:
            return
        self._seen.add(name)
        decision = next((d for d in self._pack.decisions.values() if any(m.name == name for m in d.members)), None)
        derived = self._pack.derivation(name)
        if derived is not None and isinstance(derived.how, Dated):
            yield from (_Source(f"value {name}", value, derived.place) for _, value in derived.how.values)
        elif decision is None:
            yield _Source(name, ABSENT, place)
        else:
            yield from self._given(decision, name.removeprefix(f"{decision.id}."))

    def _given(self, decision: Decision, path: str) -> Iterator[_Source]:
        if next(member for member in decision.members if member.path == path).choices is not None:
            return  # what a member that has a list of values may be is told at the clock
        for part in decision.parts:
            if path in part.member_paths:
                if isinstance(part, Group):
                    yield from self._by_rules(part, path)
                elif isinstance(part, Copy):
                    yield from self._by_copy(part)

    def _by_rules(self, group: Group, path: str) -> Iterator[_Source]:
        kind = "row" if group.is_table else "rule"
        for rule in group.rules:
            value = none_if_absent(rule.then.get(path))
            if isinstance(value, Template):
                if isinstance(value.value, Copied):
                    yield from self.of(value.value.key, rule.place)
            elif value is not None:
                yield _Source(f"{kind} {rule.id}", value, rule.place)

    def _by_copy(self, copy: Copy) -> Iterator[_Source]:
        whose = f"member {copy.decision}.{copy.member}"
        if copy.labels is not None:
            yield from (_Source(whose, value, copy.place) for value in copy.labels.values())
        elif copy.source is not None:
            yield from self.of(copy.source, copy.place)
        else:
            yield _Source(whose, copy.always, copy.place)


def _kind(role: str) -> str:
    """Return what a role is a name of."""
    return "zone" if role in ZONE_ROLES else role


def _wrong(pack: Pack, clock: Clock, role: str, source: _Source) -> Finding | None:
    if role == "amount":
        is_amount = isinstance(source.value, int | float | Decimal) and source.value >= 0
        counts = f"clock {clock.id}, which counts {clock.conventions.counts}: 0 or more"
        message = f"{source.whose} gives {source.value} as amount of {counts}"
        return None if is_amount else Finding(source.place, "impossible_value", message)
    kind = _kind(role)
    valid: Collection[str] = {
        "zone": zone_names(),
        "unit": UNITS,
        "calendar": tuple(pack.calendar_files),
    }[kind]
    if source.value in valid:
        return None
    what = "is no time zone of the IANA database" if kind == "zone" else f"is no {role}; there are {', '.join(valid)}"
    message = f"{source.whose} gives '{source.value}' as {kind} of clock {clock.id}, and that {what}"
    code = "unknown_zone" if kind == "zone" else "unknown_name"
    return Finding(source.place, code, message, nearest(str(source.value), valid))
