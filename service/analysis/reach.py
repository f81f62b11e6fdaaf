"""What rests on what: the facts under each name and part of a pack, and the order in which they are first read.

No evaluation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain

from service.analysis.ongoing import since_of
from service.model.conditions import Condition, reads
from service.model.names import Applying, Key, Own
from service.model.pack import Clock, Copy, Decision, Group, Member, Pack

__all__ = ["Reach"]


class Reach:
    """The dependencies of a pack's names.

    order  position of each fact in the facts schema, `as_of` last
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.order = {fact: i for i, fact in enumerate([*pack.facts.facts, "as_of"])}
        self._decision_by_member = {
            member.name: decision for decision in pack.decisions.values() for member in decision.members
        }
        self._parts = {
            Own(f"{decision.id}.{path}"): part
            for decision in pack.decisions.values()
            for part in decision.parts
            for path in part.member_paths
        }
        self.facts_under = cache(self._facts_under)
        self.answered = cache(self._answered)
        self.deciding = cache(self._deciding)
        self.required = cache(self._required)
        self.requirements = cache(self._requirements)
        self.grounds = cache(self._grounds_of)
        self.is_lenient = cache(self._is_lenient)
        self.first_read = tuple(dict.fromkeys(each for name in self._read_first() for each in self._around(name)))

    def decision_of(self, name: str) -> Decision:
        """Return the decision that a member belongs to. Raises KeyError for another name."""
        return self._decision_by_member[name]

    def is_member(self, name: Key) -> bool:
        """Say whether a name is a member of a decision, as others read it."""
        return name in self._decision_by_member

    def part_of(self, own: Own) -> Group | Clock | Copy:
        """Return the part that gives a member."""
        return self._parts[own]

    def read_by(self, name: Key) -> tuple[Key, ...] | None:  # noqa: PLR0911 - one for each kind of name
        """Return the names that a name is worked out from; None for a fact."""
        if isinstance(name, Applying):
            applies = self.pack.decisions[name.name].applies
            return () if applies is None else reads(applies.when)
        derived = self.pack.derivation(name)
        if derived is not None:
            return derived.inputs
        if isinstance(name, Own):
            return self._parts[name].reads if name in self._parts else ()
        if name == "today":
            return ("as_of",)
        if name == "as_of":
            return None if self.pack.as_of_fact is None else (self.pack.as_of_fact,)
        if name in self._decision_by_member:
            return self._under_member(self._decision_by_member[name], name)
        return None

    def _under_member(self, decision: Decision, name: str) -> tuple[Key, ...]:
        """Return what a member rests on as others read it: a decision without an outcome has no members."""
        own = [Own(name), *chain.from_iterable(self.requirements(decision))]
        return (*dict.fromkeys(own), Applying(decision.id))

    def _answered(self, decision: Decision) -> tuple[Member, ...]:
        return decision.answered

    def _deciding(self, decision: Decision) -> tuple[str, ...]:
        return decision.deciding

    def _required(self, decision: Decision) -> tuple[Member, ...]:
        return decision.required

    def _requirements(self, decision: Decision) -> tuple[tuple[Own, ...], ...]:
        return decision.requirements

    def _grounds_of(self, decision: Decision) -> tuple[str, ...]:
        return tuple(sorted(self._grounds(decision.reads, upto=("as_of", "today"))))

    def required_paths(self, decision: Decision) -> frozenset[str]:
        """Return the paths of the members without which there is no outcome."""
        return frozenset(member.path for member in self.required(decision))

    def unknown(self, decision: Decision, env: Mapping[Key, object]) -> list[str]:
        """Return the facts under a decision that are unknown, in the order of the facts schema."""
        moment = self.pack.as_of_fact or "as_of"
        grounds = self.grounds(decision)
        names = {moment if name in ("as_of", "today") else name for name in grounds if not self._is_told(name, env)}
        return sorted(
            (name for name in names if name in self.order and name not in env), key=lambda each: self.order[each]
        )

    @staticmethod
    def _is_told(name: str, env: Mapping[Key, object]) -> bool:
        return name in ("as_of", "today") and "as_of" in env

    def _facts_under(self, name: Key) -> frozenset[str]:
        """Return the facts that a name rests on in the end; `as_of` rests on the fact that it defaults to."""
        below = self.read_by(name)
        if below is None:
            return frozenset((str(name),))
        return frozenset().union(*(self.facts_under(each) for each in below))

    def facts_of(self, names: Iterable[Key]) -> frozenset[str]:
        """Return the facts that some names rest on in the end."""
        return frozenset().union(*(self.facts_under(name) for name in names))

    def facts_of_part(self, part: Group | Clock | Copy) -> frozenset[str]:
        """Return the facts that a part of a decision rests on."""
        return self.facts_of(part.reads)

    def facts_of_condition(self, condition: Condition) -> frozenset[str]:
        """Return the facts that a condition rests on."""
        return self.facts_of(reads(condition))

    def _read_first(self) -> Iterator[str]:
        """Yield facts and subjects in the order in which rules read them, so that what meets stands side by side."""
        for name in self.pack.schedule:
            decision = self.pack.decisions[name]
            yield from self._grounds([Applying(name)])
            for part in decision.parts:
                yield from self._grounds(part.reads)
            for note in decision.notes:
                yield from self._grounds(reads(note.when))
        yield from (*self.pack.facts.facts, *self.pack.facts.subjects, "as_of")

    def _around(self, name: str) -> Iterator[str]:
        """Yield the subjects around a fact or subject, the outermost first, and the name itself.

        Of periods that can go on, the name of since when as well.
        """
        facts, subjects = self.pack.facts.facts, self.pack.facts.subjects
        subject = facts[name].subject if name in facts else subjects.get(name)
        if subject is not None:
            yield from self._around(subject)
        yield name
        if name in facts and facts[name].open_ended:
            yield since_of(name)

    def _grounds(self, names: Iterable[Key], upto: Collection[Key] = ()) -> Iterator[str]:
        """Yield what some names rest on in the end, each once; what `upto` has is not looked beneath."""
        seen: set[Key] = set()
        waiting = [iter(names)]
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
            elif name not in seen:
                seen.add(name)
                below = None if name in upto else self.read_by(name)
                if below is None:
                    yield str(name)
                else:
                    waiting.append(iter(below))

    def _is_lenient(self, name: Key) -> bool:
        """Say whether a name passes over unknown facts."""
        if isinstance(name, Applying):
            return False
        derived = self.pack.derivation(name)
        if derived is not None:
            return derived.lenient or any(map(self.is_lenient, derived.inputs))
        shown = name.name if isinstance(name, Own) else name
        found = self._decision_by_member.get(shown)
        return found is not None and any(member.where_known for member in found.members if member.name == shown)
