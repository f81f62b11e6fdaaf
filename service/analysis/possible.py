"""Open decisions, exactly: every valid completion of a case is considered, by diagrams rather than one by one.

What is said of a decision whose completions were seen is in `opened.py`, which facts to ask for in `needs.py`. One
with the same result in all completions is decided; the variables that stand in the reduced diagram of its results are
exactly those that matter. What can't be settled within fixed bounds takes more to be possible than is: nothing is then
called decided that is not.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable

from service.analysis.diagrams import Diagram, TooMuchWork, results, support
from service.analysis.domains import Choice
from service.analysis.ground import Ground
from service.analysis.handed import Handed
from service.analysis.needs import needs
from service.analysis.opened import NOT_APPLICABLE, Members, Open, Seen, agreed, as_outcome, opened, outcome_of
from service.analysis.regions import Cluster
from service.analysis.terms import is_symbolic
from service.analysis.variables import Free
from service.analysis.worlds import World
from service.model.conditions import Condition, Env, holds, reads
from service.model.names import Applying, Key, Own
from service.model.pack import Decision

__all__ = ["analyse", "settled_members"]

_SKIPPED = -1  # all bits set: a completion in which the decision does not apply rules nothing out
_MOST_STEPS = 120_000
_LEAST_STEPS = 10_000
_DEPTH = 20_000

# Diagrams are walked by recursion, some three calls a variable, and a case may have thousands of unknown facts.
sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEPTH))


_UNKNOWN = object()


def analyse(ground: Ground, decision: Decision, env: Env, handed: Handed | None = None) -> Open:
    """Say what is certain of a decision, given what is known.

    env     what the case gives: facts (None for none), `as_of`, `today`, settled members of other decisions
    handed  what was made for other decisions of the same case; what is said does not hang on it
    """
    members: Members = {}
    try:
        analysis = _Analysis(ground, decision, env, handed)
        members = analysis.members()
        return analysis.open(members)
    except TooMuchWork:
        unknown = tuple(ground.reach.unknown(decision, env))
        return Open("undecided", {}, {}, unknown, (), env, agreed(members), is_exact=False)


def settled_members(ground: Ground, decision: Decision, env: Env, handed: Handed | None = None) -> dict[str, object]:
    """Return what `analyse` passes on of a decision that nobody asked for, and no more."""
    try:
        return agreed(_Analysis(ground, decision, env, handed).members())
    except TooMuchWork:
        return {}


class _Analysis:
    def __init__(self, ground: Ground, decision: Decision, env: Env, handed: Handed | None) -> None:
        bound = max(_LEAST_STEPS, _MOST_STEPS // len(ground.pack.decisions))
        self.world = world = World(ground, decision, env, bound=bound, handed=handed)
        self.ground = ground
        self.reach = ground.reach
        self.decision = decision
        self.env = world.env
        self.space = world.space
        self.seen = Seen()
        self.groups = decision.groups
        self.outside: list[Key] = [name for name in decision.reads if name not in self.env]

    def members(self) -> Members:
        """Return the values that members could have, as far as other decisions read them."""
        names = [member.name for member in self.decision.members if member.name in self.ground.read]
        return {name: results(self.world.value(name)) for name in names if not self.reach.is_lenient(name)}

    def open(self, members: Members) -> Open:
        """Analyse the decision."""
        self._look()
        diagram = self._results()
        self.seen.found = results(diagram)
        self.seen.members = members
        return opened(self.ground, self.decision, self.env, self.seen, lambda: self._questions(diagram))

    def _questions(self, diagram: Diagram) -> tuple[tuple[str, ...], bool]:
        world = self.world
        asked = needs(self.ground, world.variables, diagram, has_terms=world.has_terms)
        return asked, self._is_exact(diagram)

    # all completions

    def _results(self) -> Diagram:
        """Return what the decision could come to: NOT_APPLICABLE, INCOMPLETE or an outcome's members as a tuple."""
        world, space = self.world, self.space
        applies = world.value(Applying(self.decision.id))
        if applies is space.false:
            return space.leaf(NOT_APPLICABLE)
        deciding = self.reach.deciding(self.decision)
        parts, places = world.sources([Own(f"{self.decision.id}.{path}") for path in deciding])

        def outcome(*given: object) -> Hashable:
            values = tuple([given[i] if place is None else given[i][place] for i, place in places])  # type: ignore[index]
            return outcome_of(self.ground, self.decision, values)

        found = space.choose(applies, space.apply(outcome, *parts), space.leaf(NOT_APPLICABLE))
        if not self._have_terms(results(found)):
            return found
        return space.apply(as_outcome, world.settled_where_constant(found))

    def _have_terms(self, found: Iterable[object]) -> bool:
        return self.world.has_terms and any(map(is_symbolic, found))

    def _look(self) -> None:
        """Note what holds in all completions in which the decision applies."""
        world, space, seen = self.world, self.space, self.seen
        applies = world.value(Applying(self.decision.id))
        if applies is not space.true:
            self._look_why_not(applies)
        if applies is space.false:
            return
        skipped = space.leaf(_SKIPPED)
        for group in self.groups:
            together = {bits for bits in results(space.choose(applies, world.hits(group), skipped)) if bits != _SKIPPED}
            certain = _SKIPPED
            for bits in together:
                certain &= bits  # type: ignore[operator]
            seen.certain[group.id] = certain
            seen.together[group.id] = together  # type: ignore[assignment]
        for name in self.outside:
            if not self.reach.is_lenient(name) and not (applies is space.true and self._is_open(name)):
                values = results(space.choose(applies, world.value(name), space.leaf(_UNKNOWN)))
                seen.values[name] = [value for value in values if value is not _UNKNOWN]
        for note in self.decision.notes:
            if space.choose(applies, self._truth(note.when), space.true) is not space.true:
                seen.silent.add(note.id)

    def _is_open(self, name: Key) -> bool:
        """Say whether a name is an unknown fact of several values, so that no one of them can be shown."""
        domain = self.ground.domains.get(str(name))
        return domain is not None and not (isinstance(domain, Choice) and len(domain.values) == 1)

    def _look_why_not(self, applies: Diagram) -> None:
        """Note the values of what the decision's applicability reads, where it does not apply."""
        if self.decision.applies is None:
            return
        for name in reads(self.decision.applies.when):
            if name not in self.env and not self.reach.is_lenient(name):
                values = results(self.space.choose(applies, self.space.leaf(_UNKNOWN), self.world.value(name)))
                self.seen.values_without[name] = [value for value in values if value is not _UNKNOWN]

    def _truth(self, condition: Condition) -> Diagram:
        # `given` asks what the case gave, not what a completion gives.
        settled = holds(condition, self.env)
        return self.world.truth(condition) if settled is None else self.space.truth(settled)

    def _is_exact(self, diagram: Diagram) -> bool:
        """Say whether what the results, and the rules that are certain, rest on was settled."""
        ranks = support(diagram).union(*(support(self.world.hits(group)) for group in self.groups))
        variables = [self.world.variables[rank] for rank in ranks]
        in_doubt = any(
            isinstance(each, Free) or (isinstance(each, Cluster) and not each.is_exact) for each in variables
        )
        return not in_doubt and not (self.world.has_terms and any(map(self.world.doubts, self.seen.found)))
