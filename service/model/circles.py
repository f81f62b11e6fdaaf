"""Circles in which nothing of a pack can be worked out first, by names: members, derived facts, what applies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby, pairwise

from service.model.conditions import reads
from service.model.derivations import Derived
from service.model.names import Applying, Key, Own, shown_name
from service.model.order import circles
from service.model.pack import Clock, Copy, Decision, Group
from service.written.findings import Finding

__all__ = ["check_circles"]


def check_circles(
    decisions: Mapping[str, Decision], derived: Mapping[str, Derived], between: Mapping[Own, Derived]
) -> list[Finding]:
    """Return a finding for each circle, with the whole way round, at the part whose member it begins with.

    Of the ways round the same parts one is told; where decisions are in a circle only because a member is read with all
    of its decision, that is told unless another circle goes through them.
    """
    below = _Below(decisions, derived, between)
    found: dict[frozenset[str], tuple[Key, ...]] = {}
    for names in circles(below.starts(), below.read_by):
        found.setdefault(frozenset(map(below.passed, names)), names)
    told = [below.decisions(names) for names in found.values()]
    for names in circles(below.starts(), below.read_by_whole):
        passed = below.decisions(names)
        if not any(passed <= each for each in told):
            told.append(passed)
            found[passed] = names
    return [below.finding(names) for names in found.values()]


class _Below:
    """What each name is worked out from."""

    def __init__(
        self, decisions: Mapping[str, Decision], derived: Mapping[str, Derived], between: Mapping[Own, Derived]
    ) -> None:
        self._decisions = {each.id: each for each in decisions.values()}
        self._derived: Mapping[Key, Derived] = {each.key: each for each in (*derived.values(), *between.values())}
        self._parts: dict[Key, Group | Clock | Copy] = {}
        self._decision_of: dict[Key, Decision] = {}
        self._outside: dict[str, tuple[Key, ...]] = {}
        for decision in decisions.values():
            self._decision_of |= {member.name: decision for member in decision.members}
            for part in decision.parts:
                self._parts |= {Own(f"{decision.id}.{path}"): part for path in part.member_paths}
            self._outside[decision.id] = tuple(name for name in decision.named if name not in self._parts)

    def starts(self) -> list[Key]:
        """Return the names from which every circle is reached, in the order in which they are written."""
        return [*(Applying(name) for name in self._decisions), *self._parts, *self._decision_of]

    def read_by(self, name: Key) -> Iterable[Key]:
        """Return the names that a name is worked out from."""
        if isinstance(name, Applying):
            return self._applying(self._decisions[name.name])
        if name in self._derived:
            return self._derived[name].inputs
        if name in self._parts:
            return self._parts[name].reads
        decision = self._decision_of.get(name)
        if decision is None:
            return ()
        return (Own(str(name)), *chain(*decision.requirements), Applying(decision.id))

    def read_by_whole(self, name: Key) -> Iterable[Key]:
        """Return the names that a name is worked out from, a member that others read with its whole decision."""
        decision = self._decision_of.get(name)
        whole = () if decision is None else self._outside[decision.id]
        return (*self.read_by(name), *whole)

    @staticmethod
    def _applying(decision: Decision) -> tuple[Key, ...]:
        return () if decision.applies is None else reads(decision.applies.when)

    def passed(self, name: Key) -> str:
        """Return the part, decision or derived fact that a circle goes through with a name."""
        if name in self._parts:
            return f"part {self._parts[name].called}"
        return self._decision_of[name].id if name in self._decision_of else shown_name(name)

    def decisions(self, names: Iterable[Key]) -> frozenset[str]:
        """Return the decisions that a circle goes through."""
        whose = (shown_name(name).split(".", maxsplit=1)[0] for name in names if name not in self._derived)
        return frozenset(whose)

    def finding(self, names: tuple[Key, ...]) -> Finding:
        """Return what is told of a circle: names in reading order, the first one again at the end."""
        start = next(i for i, name in enumerate(names) if name not in self._derived)
        names = (*names[start:-1], *names[: start + 1])
        way = tuple(name for name, _ in groupby(self._shown(names)))
        way = way if way[0] == way[-1] and len(way) > 1 else (*way, way[0])
        place = (self._parts.get(names[0]) or self._decision(names[0])).place
        return Finding(place, "circle", f"names read each other in a circle: {' → '.join(way)}{self._as_whole(names)}")

    def _decision(self, name: Key) -> Decision:
        return self._decision_of[name] if name in self._decision_of else self._decisions[shown_name(name)]

    def _shown(self, names: Iterable[Key]) -> Iterator[str]:
        for name in names:
            part = self._parts.get(name)
            if isinstance(part, Group) and part.gives == (part.nothing,):  # which cases a clock concerns
                yield part.rules[0].id
            else:
                yield f"{name.name}.applies" if isinstance(name, Applying) else shown_name(name)

    def _as_whole(self, names: tuple[Key, ...]) -> str:
        """Return why a name is in the circle that the one before it does not itself rest on."""
        for name, read in pairwise(names):
            if read not in self.read_by(name):
                why = f"'{name}' is read with its whole decision, which reads '{shown_name(read)}'"
                return f"; {why}: let a decision of its own give it"
        return ""
