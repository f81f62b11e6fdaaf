"""Decisions for which a few facts of a few values each are unknown: every completion is run, one after the other.

What is said is what the analysis says, which goes through any number of completions at once. This is for speed alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import product
from math import prod

from service.analysis.diagrams import Diagram, Diagrams
from service.analysis.domains import Choice
from service.analysis.ground import Ground
from service.analysis.needs import needs
from service.analysis.opened import NOT_APPLICABLE, Members, Open, Seen, agreed, opened, outcome_of
from service.decision.running import Program
from service.decision.stages import notes_key
from service.model.conditions import Env, leaves, reads
from service.model.names import Key, Own
from service.model.pack import Decision
from service.model.values import distinct

__all__ = ["Few"]

_MOST_COMPLETIONS = 8
_MOST_UNKNOWN = 4  # most facts of few values have two


class Few:
    """What settles such decisions of one pack. Safe to share between threads."""

    def __init__(self, program: Program, ground: Ground) -> None:
        self._program = program
        self._ground = ground
        self._reach = ground.reach
        self._deciding = {
            name: tuple(Own(f"{name}.{path}") for path in decision.deciding)
            for name, decision in program.pack.decisions.items()
        }
        # Where a note asks what the case has given, a completion is no case of its own.
        self._asks_given = {
            name: any(test.op == "given" for note in decision.notes for test in leaves(note.when))
            for name, decision in program.pack.decisions.items()
        }

    def settle(self, decision: Decision, given: Env) -> Open | None:
        """Return an open decision, or None where its completions are not so few.

        given  facts, `as_of`, `today` and settled members of other decisions
        """
        found = None if self._asks_given[decision.id] else self._completions(decision, given, partly=False)
        if found is None:
            return None
        choices, completions = found
        comes_to = [self._result(decision, each) for each in completions]
        seen = self._seen(decision, given, completions)
        seen.found = distinct(comes_to)

        def questions() -> tuple[tuple[str, ...], bool]:
            variables = {self._ground.ranks[each.fact]: each for each in choices}
            return needs(self._ground, variables, _diagram(variables, comes_to)), True

        return opened(self._ground, decision, given, seen, questions)

    def settled_members(self, decision: Decision, given: Env) -> dict[str, object] | None:
        """Return what `settle` passes on of a decision that nobody asked for, or None as it does."""
        if not any(member.name in self._ground.read for member in decision.members):
            return {}
        found = self._completions(decision, given, partly=True)
        return None if found is None else agreed(self._members(decision, found[1]))

    def _completions(
        self, decision: Decision, given: Env, *, partly: bool
    ) -> tuple[Sequence[Choice], Sequence[_Completion]] | None:
        """Return the unknown facts and all completions, in the order of their values; None where they are many.

        partly  whether nothing is wanted of the decision but the members that other decisions read
        """
        unknown: dict[str, None] = {}
        running = {decision.id: decision}
        if not self._look_beneath(decision.reads, given, unknown, running):
            return None
        facts = sorted(unknown, key=self._ground.ranks.__getitem__)
        domains = [self._ground.domains[fact] for fact in facts]
        choices = [
            domain for domain in domains if isinstance(domain, Choice) and domain.is_complete and not domain.meets
        ]
        if len(choices) < len(domains) or prod(len(each.values) for each in choices) > _MOST_COMPLETIONS:
            return None
        in_part = frozenset(running) if partly else frozenset(running) - {decision.id}
        return choices, [
            _Completion(
                self._program, decision, {**given, **dict(zip(facts, values, strict=True))}, frozenset(running), in_part
            )
            for values in product(*(each.values for each in choices))
        ]

    def _members(self, decision: Decision, completions: Sequence[_Completion]) -> Members:
        """Return the values that members could have, as far as other decisions read them."""
        read = [member.name for member in decision.members if member.name in self._ground.read]
        return {
            name: distinct(each.env[name] for each in completions) for name in read if not self._reach.is_lenient(name)
        }

    def _look_beneath(
        self, names: Sequence[Key], given: Env, unknown: dict[str, None], running: dict[str, Decision]
    ) -> bool:
        """Find the unknown facts that names rest on, and the decisions that are open as well; False if too many."""
        for name in names:
            if name in given:
                continue
            if self._reach.is_member(name):
                decision = self._reach.decision_of(str(name))
                if decision.id not in running:
                    running[decision.id] = decision
                    if not self._look_beneath(decision.reads, given, unknown, running):
                        return False
                continue
            below = self._reach.read_by(name)
            if below is None:
                unknown[str(name)] = None
                if len(unknown) > _MOST_UNKNOWN or not isinstance(self._ground.domains.get(str(name)), Choice):
                    return False
            elif not self._look_beneath(below, given, unknown, running):
                return False
        return True

    def _result(self, decision: Decision, completion: _Completion) -> Hashable:
        if not completion.applies:
            return NOT_APPLICABLE
        env = completion.env
        return outcome_of(self._ground, decision, tuple([env[key] for key in self._deciding[decision.id]]))

    def _seen(self, decision: Decision, given: Env, completions: Sequence[_Completion]) -> Seen:
        seen = Seen()
        applying = [each for each in completions if each.applies]
        for group in decision.groups if applying else ():
            together = {each.bits(group.id) for each in applying}
            certain = -1
            for bits in together:
                certain &= bits
            seen.certain[group.id], seen.together[group.id] = certain, together
        for name in decision.reads if applying else ():
            if name not in given and not self._reach.is_lenient(name):
                seen.values[name] = distinct(each.env[name] for each in applying)
        others = [each for each in completions if not each.applies]
        for key in reads(decision.applies.when) if decision.applies is not None and others else ():
            if key not in given and not self._reach.is_lenient(key):
                seen.values_without[key] = distinct(each.env[key] for each in others)
        seen.members = self._members(decision, completions)
        said = [set(each.hits.get(notes_key(decision.id), ())) for each in applying]
        seen.silent.update(
            note.id for place, note in enumerate(decision.notes) if any(place not in each for each in said)
        )
        return seen


class _Completion:
    """A case without an unknown fact, run."""

    def __init__(
        self,
        program: Program,
        decision: Decision,
        env: dict[Key, object],
        running: frozenset[str],
        in_part: frozenset[str],
    ) -> None:
        self.hits = program.run(running, env, in_part)
        self.env = env
        self.applies = decision.applies is None or bool(self.hits[decision.applies.id])

    def bits(self, group: str) -> int:
        """Return which rules of a group hold, as bits."""
        return sum(1 << i for i in self.hits[group])


def _diagram(variables: Mapping[int, Choice], comes_to: Sequence[Hashable]) -> Diagram:
    """Return the diagram of what completions come to, these in the order of the variables' values."""
    space = Diagrams(0)
    level: list[Diagram] = [space.leaf(result) for result in comes_to]
    for rank, variable in sorted(variables.items(), reverse=True):
        width = len(variable.values)
        level = [space.node(rank, level[i : i + width]) for i in range(0, len(level), width)]
    return level[0]
