"""What rests on what: the facts under each name and decision, and the tests by which an ordered fact can matter.

No evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from service.analysis.domains import Choice, Ordered, domains
from service.model.conditions import Condition, Env, Ref, Test, leaves, reads
from service.model.names import Applying, Key, Own, shown_name
from service.model.order import Circle, in_order
from service.model.outcomes import copied_in
from service.model.pack import Clock, Copy, Decision, Group, Member, Note, Pack
from service.model.parts import part_gives, part_reads
from service.model.walk import conditions_in

__all__ = ["Reach"]

_ORDERED_TYPES = ("date", "instant", "integer", "number")


class Reach:
    """The dependencies of a pack's names.

    domains  of every fact, ordered ones first
    ranks    position of each fact in that order
    order    position of each fact in the facts schema
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.domains: Mapping[str, Choice | Ordered] = domains(pack)
        self.ranks = {fact: rank for rank, fact in enumerate(self.domains)}
        self.order = {fact: i for i, fact in enumerate([*pack.facts.facts, "as_of"])}
        self._by_rank = list(self.domains)
        self._decision_by_member = {
            member.name: decision for decision in pack.decisions.values() for member in decision.members
        }
        self._parts: dict[Key, Group | Clock | Copy] = {
            Own(f"{decision.id}.{path}"): part
            for decision in pack.decisions.values()
            for part in decision.parts
            for path in part_gives(part)
        }
        self.facts_under = cache(self._facts_under)
        self.facts_under_part = cache(self._facts_under_part)
        self._by_condition: dict[int, frozenset[str]] = {}  # by identity: conditions live as long as their pack
        self.flowing_into = cache(self._flowing_into)
        self.tests_under = cache(self._tests_under)
        self.answered = cache(self._answered)
        self.required = cache(self._required)
        self.tests_on = cache(self._tests_on)
        self.settling_order = cache(self._settling_order)
        self.is_entangled = cache(self._is_entangled)

    def fact_at(self, rank: int) -> str:
        """Return the fact at a rank."""
        return self._by_rank[rank]

    def decision_of(self, name: str) -> Decision:
        """Return the decision that a member belongs to."""
        return self._decision_by_member[name]

    def member(self, name: str) -> Member | None:
        """Return the member that a name stands for, as other decisions read it."""
        decision = self._decision_by_member.get(name)
        return None if decision is None else next(each for each in decision.members if each.name == name)

    def read_by(self, name: Key) -> tuple[Key, ...] | None:  # noqa: PLR0911 - one for each kind of name
        """Return the names that a name or key is worked out from; None for a fact."""
        if name == "today":
            return ("as_of",)
        if name == "as_of":
            return None if self.pack.as_of_fact is None else (self.pack.as_of_fact,)
        derived = self.pack.derivation(name)
        if derived is not None:
            return derived.inputs
        if isinstance(name, Applying):
            applies = self.pack.decisions[name.name].applies
            return () if applies is None else reads(applies.when)
        if isinstance(name, Own):
            return part_reads(self._parts[name])
        if name in self._decision_by_member:
            return (Own(name), Applying(self._decision_by_member[name].id))
        return None

    def _answered(self, decision: Decision) -> tuple[Member, ...]:
        """Return the members that an outcome is compared by: shown, and not merely told where known."""
        return tuple(member for member in decision.members if not member.hidden and not member.where_known)

    def _required(self, decision: Decision) -> tuple[Member, ...]:
        """Return the members without which there is no outcome."""
        return tuple(member for member in self.answered(decision) if not member.optional)

    def unknown(self, decision: Decision, env: Env) -> list[str]:
        """Return the facts under a decision that are unknown, in the order of their ranks."""
        names = self.facts_of(decision)
        if "as_of" in env:
            found = {name for name in names if name in self.ranks and name not in env and name != "as_of"}
        else:
            found = {self._moment if name in ("as_of", "today") else name for name in names}
            found = {name for name in found if name in self.ranks and name not in env}
        return sorted(found, key=lambda name: self.ranks[name])

    @property
    def _moment(self) -> str:
        return self.pack.as_of_fact or "as_of"

    def facts_of(self, decision: Decision) -> tuple[str, ...]:
        """Return the facts, subjects, `as_of` and `today` that a decision rests on in the end."""
        return decision.facts

    def _facts_under(self, name: Key) -> frozenset[str]:
        """Return the facts that a name or key rests on; `as_of` rests on the fact that it defaults to."""
        below = self.read_by(name)
        return frozenset([shown_name(name)]) if below is None else self._union(below)

    def facts_under_condition(self, condition: Condition) -> frozenset[str]:
        """Return the facts that a condition of the pack rests on."""
        found = self._by_condition.get(id(condition))
        if found is None:
            found = self._by_condition[id(condition)] = self._union(reads(condition))
        return found

    def _facts_under_part(self, part: Group | Clock | Copy) -> frozenset[str]:
        """Return the facts that a part of a decision rests on."""
        return self._union(part_reads(part))

    def _union(self, names: Iterable[Key]) -> frozenset[str]:
        return frozenset().union(*(self.facts_under(name) for name in names))

    def _flowing_into(self, name: Key) -> frozenset[str]:
        """Return the facts whose very value a name carries on, rather than only being tested."""
        if name in ("as_of", "today"):
            return frozenset([self._moment])
        derived = self.pack.derivation(name)
        if derived is not None:
            return frozenset() if derived.condition is not None else self._flows(derived.inputs)
        if isinstance(name, Applying):
            return frozenset()
        if isinstance(name, Own):
            return self._flows_from(self._parts[name])
        if name in self._decision_by_member:
            return self.flowing_into(Own(name))
        return frozenset([shown_name(name)])

    def _flows(self, names: Iterable[Key]) -> frozenset[str]:
        return frozenset().union(*(self.flowing_into(name) for name in names))

    def _flows_from(self, part: Group | Clock | Copy) -> frozenset[str]:
        if isinstance(part, Clock | Copy):
            return self._flows(part_reads(part))
        return self._flows(name for rule in part.rules for value in rule.then.values() for name in copied_in(value))

    def _tests_under(self, decision: Decision) -> tuple[Test, ...]:
        """Return every test that a decision rests on, those of decisions before it and of its notes included."""
        found: dict[Test, None] = {}
        for condition in self._conditions_under(decision):
            found.update(dict.fromkeys(leaves(condition)))
        return tuple(found)

    def _conditions_under(self, decision: Decision) -> Iterator[Condition]:
        decisions = (decision, *(self.pack.decisions[name] for name in self._before(decision)))
        for name in self._derived_under(name for each in decisions for name in each.reads):
            condition = self.pack.derived[name].condition
            if condition is not None:
                yield condition
        for each in decisions:
            for owner, condition in conditions_in(each):
                if each is decision or not isinstance(owner, Note):
                    yield condition

    def _derived_under(self, names: Iterable[Key]) -> dict[str, None]:
        found: dict[str, None] = {}
        for name in names:
            derived = self.pack.derivation(name)
            if derived is not None and derived.name not in found:
                found[derived.name] = None
                found.update(self._derived_under(derived.inputs))
        return found

    def _before(self, decision: Decision) -> dict[str, None]:
        found: dict[str, None] = {}
        for name in decision.needs_before:
            found.update(self._before(self.pack.decisions[name]))
            found[name] = None
        return found

    def _facts_of_test(self, test: Test) -> frozenset[str]:
        return self._union(test.reads)

    def _compared_in(self, test: Test) -> frozenset[str]:
        """Return the facts whose very values a test compares; the others it rests on only decide what they meet."""
        return self._flows(test.reads)

    def _settling_order(self, decision: Decision, facts: tuple[str, ...]) -> tuple[str, ...]:
        """Return ordered facts in an order in which what decides the bounds of one is settled before it."""
        first: dict[str, set[str]] = {fact: set() for fact in facts}
        for test in self.tests_under(decision):
            compared = self._compared_in(test)
            deciding = self._facts_of_test(test) - compared
            for fact in compared & first.keys():
                first[fact] |= deciding & first.keys()
        try:
            return tuple(in_order(facts, lambda fact: sorted(first[fact], key=lambda each: self.ranks[each])))
        except Circle:
            return facts

    def _tests_on(self, decision: Decision, fact: str, unsettled: tuple[str, ...]) -> tuple[Test, ...]:
        """Return the tests that an ordered fact takes part in, and no unsettled one; each changes one way along it."""
        found: dict[Test, None] = {}
        for test in self.tests_under(decision):
            if fact in self._compared_in(test) and self._facts_of_test(test).isdisjoint(unsettled):
                found.update(dict.fromkeys(self._one_way(test)))
        return tuple(found)

    def _one_way(self, test: Test) -> Iterator[Test]:
        """Yield a test, or the two comparisons on whose edges an equality of ordered values stands."""
        if test.op in ("equals", "one_of", "in") and self.pack.types.get(shown_name(test.name)) in _ORDERED_TYPES:
            single = test.op == "equals" or isinstance(test.operand, Ref)
            for operand in (test.operand,) if single else test.operand:  # type: ignore[attr-defined]
                yield Test(test.name, "less_than", operand)
                yield Test(test.name, "at_most", operand)
        elif test.op != "given":
            yield test

    def _is_entangled(self, decision: Decision, fact: str, unsettled: tuple[str, ...]) -> bool:
        """Say whether an ordered fact meets an unsettled one in a test, or flows into the outcome itself."""
        if any(fact in self.flowing_into(Own(member.name)) for member in self.answered(decision)):
            return True
        return any(
            fact in self._compared_in(test) and not self._facts_of_test(test).isdisjoint(unsettled)
            for test in self.tests_under(decision)
        )

    def is_lenient(self, name: Key) -> bool:
        """Say whether a name passes over unknown facts."""
        derived = self.pack.derivation(name)
        if derived is not None:
            return derived.lenient or any(self.is_lenient(each) for each in derived.inputs)
        shown = shown_name(name)
        found = self._decision_by_member.get(shown)
        return found is not None and any(m.where_known for m in found.members if m.name == shown)
