"""Decisions that do not rest on what is unknown, although some rule does: whichever open rules hold, all is the same.

This is for speed alone. It takes more to be possible than is, so that what it settles is settled; the rest is analysed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, islice, product

from service.analysis.domains import Choice, Items
from service.analysis.ground import Ground
from service.analysis.lines import Line, valued
from service.analysis.opened import Open
from service.decision.asking import Asked
from service.decision.running import Program
from service.decision.stages import Stage, notes_key
from service.model.conditions import Condition, Env, holds, reads
from service.model.derivations import Derived
from service.model.hits import Resolution, fill
from service.model.names import Key, Own
from service.model.outcomes import copied_in
from service.model.pack import Decision
from service.model.values import ABSENT, CONFLICT
from service.model.working import derive, known_value
from service.remembering import keep

__all__ = ["Certain"]

_MOST_OPEN = 4
_MOST_TRIED = 8
_MOST_REMEMBERED = 8192


class Certain:
    """What settles such decisions of one pack. Safe to share between threads."""

    def __init__(self, program: Program, ground: Ground) -> None:
        self._program = program
        self._ground = ground
        self._pack = program.pack
        self._stable: dict[tuple[str, tuple[int, ...], tuple[int, ...]], bool] = {}

    def settle(self, decision: Decision, given: Env, env: dict[Key, object]) -> Open | None:
        """Return a decision that is the same in every completion, or None where that was not found out.

        given  facts, `as_of`, `today` and settled members of other decisions
        env    the same, with what was worked out so far; it is filled with the decision's own
        """
        resolutions: dict[str, Resolution] = {}
        notes: tuple[int, ...] = ()
        for stage, found in self._program.stages_of(decision.id, env):
            for asked, held in found:
                if not self._is_sure(asked, held, env):
                    return None
                if asked.group.id == notes_key(decision.id):
                    notes = held
                elif not asked.group.gives:
                    if not held:
                        return None
                    env[asked.keys[0]] = True
                else:
                    resolutions[asked.group.id] = asked.resolution(held)
                    if not self._give(asked, resolutions[asked.group.id], env):
                        return None
            if not self._work_out(stage, env):
                return None
        values = {member.path: env.get(Own(member.name)) for member in decision.members}
        if any(values[member.path] is None for member in decision.required):
            return None
        shown: dict[Key, object] = dict(given)
        shown.update({name: env[name] for name in decision.reads if name in env})
        members = {path: value for path, value in values.items() if value is not None}
        passed_on = {m.name: env[m.name] for m in decision.members if not m.where_known and env.get(m.name) is not None}
        return Open("decided", members, resolutions, (), tuple(decision.notes[i] for i in notes), shown, passed_on)

    def _is_sure(self, asked: Asked, held: tuple[int, ...], env: Env) -> bool:
        """Say whether the open rules of a group make no difference, and each of them is open in truth."""
        opens = asked.open_rules(held, env)
        if not opens:
            return True
        if not asked.group.gives or len(opens) > _MOST_OPEN:
            return False
        key = (asked.group.id, held, opens)
        stable = self._stable.get(key)
        if stable is None:
            stable = keep(self._stable, key, _are_alike(asked, held, opens), _MOST_REMEMBERED)
        # A rule that held in every completion would have to be told among the reasons.
        return stable and all(self._can_fail(asked.group.rules[i].when, env) for i in opens)

    def _can_fail(self, condition: Condition, env: Env) -> bool:
        """Say whether a completion was found in which a condition does not hold."""
        facts = sorted(fact for fact in self._ground.reach.facts_of_condition(condition) if fact not in env)
        if "as_of" in facts or self._pack.as_of_fact in facts:
            return False
        names = [name for name in self._pack.beneath(reads(condition)) if self._pack.derivation(name) is not None]
        for values in islice(product(*map(self._few, facts)), _MOST_TRIED):
            tried: dict[Key, object] = dict(env)
            tried.update(zip(facts, values, strict=True))
            for name in reversed(names):
                derived = self._pack.derivation(name)
                if derived is not None and name not in tried:
                    tried[name] = derive(derived, tried)
            if holds(condition, tried) is False:
                return True
        return False

    def _few(self, fact: str) -> tuple[object, ...]:
        domain = self._ground.domains[fact]
        if isinstance(domain, Choice):
            return (domain.values[0], domain.values[-1])
        if isinstance(domain, Line):
            return (valued(domain.type, domain.least), valued(domain.type, domain.most))
        return ((),) if isinstance(domain, Items) and domain.spec.min_items == 0 else ()

    def _give(self, asked: Asked, resolution: Resolution, env: dict[Key, object]) -> bool:
        """Put what a group gives into an environment; False where that rests on the unknown, or rules disagree."""
        values = fill(asked.group, resolution, env)
        for member, key in zip(asked.group.gives, asked.keys, strict=True):
            value = values.get(member, ABSENT)
            if value is CONFLICT:
                return False
            if value is ABSENT and not self._ground.reach.is_lenient(key):
                copied = (name for offered in resolution.offered.get(member, ()) for name in copied_in(offered))
                if any(name not in env for name in copied):
                    return False
            env[key] = None if value is ABSENT else value
        return True

    def _work_out(self, stage: Stage, env: dict[Key, object]) -> bool:
        """Work out what follows in a stage; False where something unknown would be needed."""
        for step in stage.then:
            if all(name in env for name in step.reads):
                self._program.work_out(step.work, env)
            elif not isinstance(step.work, Derived):
                return False
            elif step.work.condition is not None:
                truth = holds(step.work.condition, env)
                if truth is not None:
                    env[step.work.name] = truth
            elif self._ground.reach.is_lenient(step.work.name):
                value = known_value(self._pack, step.work.name, env)
                if value is not None:
                    env[step.work.name] = value
        return True


def _are_alike(asked: Asked, held: tuple[int, ...], opens: tuple[int, ...]) -> bool:
    """Say whether whichever open rules hold as well, each member is given the same by the same rules."""
    offered = asked.resolution(held).offered
    return all(asked.resolution(tuple(sorted((*held, *some)))).offered == offered for some in _subsets(opens))


def _subsets(opens: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(opens, size) for size in range(1, len(opens) + 1))
