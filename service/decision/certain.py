"""Decisions that do not rest on what is unknown: each rule holds or fails whatever that is, or makes no difference.

This is for speed alone. It takes more to be possible than is, so that what it settles is settled; the rest is analysed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain, combinations, islice, product

from service.analysis.domains import Choice, Items
from service.analysis.ground import Ground
from service.analysis.lines import Line, valued
from service.decision.asking import Asked, has_few_values, picker
from service.decision.running import Program
from service.decision.stages import Stage, names_given
from service.model.conditions import Env, holds, reads
from service.model.derivations import Derived
from service.model.hits import fill
from service.model.names import Key
from service.model.outcomes import copied_in
from service.model.pack import Decision, Rule, lacks
from service.model.values import ABSENT, CONFLICT, identity, none_if_absent
from service.model.working import derive, known_value
from service.remembering import Weighed, keep

__all__ = ["Certain", "Ran"]

_MOST_OPEN = 4
_MOST_TRIED = 8
_MOST_REMEMBERED = 8192
_HEAVIEST = 2**19


@dataclass(frozen=True, slots=True)
class Ran:
    """A decision that was worked out although it reads something unknown.

    hits         of each of its groups, its applicability and its notes, by id
    loose        keys of members that are only as far as known: not to be passed on to other decisions
    is_all_sure  whether each rule holds or fails whatever is unknown; else some make no difference
    applies      False where nothing else was worked out
    """

    hits: Mapping[str, tuple[int, ...]]
    loose: AbstractSet[Key] = frozenset()
    is_all_sure: bool = True
    applies: bool = True


@dataclass(frozen=True, slots=True)
class _Beneath:
    """What a rule rests on.

    facts        sorted
    derived      each after those that it rests on
    pick         takes all of these that are known, and members, from an environment
    comes_again  whether there are so few of these values that they come again
    known        values of which it was found out whether the rule can fail
    """

    facts: Sequence[str]
    derived: Sequence[Derived]
    pick: Callable[[Env], tuple[object, ...]]
    comes_again: bool
    known: Weighed[tuple[object, ...], bool]


class Certain:
    """What settles such decisions of one pack. Safe to share between threads.

    requirements  of each decision, without which it has no outcome
    """

    def __init__(self, program: Program, ground: Ground) -> None:
        self._program = program
        self._ground = ground
        self._pack = program.pack
        self.requirements: Mapping[str, tuple[tuple[Key, ...], ...]] = {
            name: decision.requirements for name, decision in self._pack.decisions.items()
        }
        self._beneath: dict[str, _Beneath] = {}
        self._stable: dict[tuple[str, tuple[int, ...], tuple[int, ...]], bool] = {}

    def run(self, decision: Decision, env: dict[Key, object], *, partly: bool = False) -> Ran | None:
        """Work out a decision, or return None where that might rest on what is unknown.

        env     facts, `as_of`, `today` and settled members of other decisions; it is filled as by `Program.run`, with
                what is settled. After None it is of no use.
        partly  whether nothing is wanted but the members that other decisions read
        """
        hits: dict[str, tuple[int, ...]] = {}
        loose: set[Key] = set()
        is_all_sure = True
        applies = None if decision.applies is None else decision.applies.id
        for stage in self._program.stages_of(decision.id, partly=partly):
            for asked, held in self._program.hits(stage, env):  # that it applies is the first thing of its stage
                opens = asked.opens(held, env)
                if not held and not opens and asked.group.id == applies:
                    env.update(dict.fromkeys([member.name for member in decision.members]))
                    return Ran({applies: held}, applies=False)
                if not opens and asked.copies_known(held, env):
                    asked.give(held, env)
                elif self._is_alike(asked, held, opens, env) and self._give(asked, held, env, loose):
                    is_all_sure = False
                else:
                    return None
                hits[asked.group.id] = held
                if loose and asked.copies:
                    loose.update(_loose_keys(asked, held, loose))
            if not self._work_out(stage, env, loose):
                return None
        if not is_all_sure and lacks(self.requirements[decision.id], env):
            return None
        return Ran(hits, loose, is_all_sure)

    def _is_alike(self, asked: Asked, held: tuple[int, ...], opens: tuple[int, ...], env: Env) -> bool:
        """Say whether the open rules of a group make no difference, and each of them is open in truth."""
        if not asked.group.gives or len(opens) > _MOST_OPEN:
            return False
        key = (asked.group.id, held, opens)
        stable = self._stable.get(key)
        if stable is None:
            stable = keep(self._stable, key, _are_alike(asked, held, opens), _MOST_REMEMBERED)
        # A rule that held in every completion would have to be told among the reasons.
        return stable and all(self._can_fail(asked.group.rules[i], env) for i in opens)

    def _can_fail(self, rule: Rule, env: Env) -> bool:
        """Say whether a completion was found in which a rule does not hold."""
        beneath = self._beneath.get(rule.id)
        if beneath is None:
            beneath = self._beneath[rule.id] = self._look_beneath(rule)
        if not beneath.comes_again:
            return self._fails_somewhere(rule, beneath, env)
        values = beneath.pick(env)
        found = beneath.known.get(values)
        if found is None:
            found = beneath.known.keep(values, self._fails_somewhere(rule, beneath, env), _MOST_REMEMBERED)
        return found

    def _fails_somewhere(self, rule: Rule, beneath: _Beneath, env: Env) -> bool:
        facts = [fact for fact in beneath.facts if fact not in env]
        if "as_of" in facts or self._pack.as_of_fact in facts:
            return False
        open_ones = [derived for derived in beneath.derived if derived.key not in env]
        for values in islice(product(*map(self._few, facts)), _MOST_TRIED):
            tried: dict[Key, object] = dict(env)
            tried.update(zip(facts, values, strict=True))
            for derived in open_ones:
                tried[derived.key] = derive(derived, tried)
            if holds(rule.when, tried) is False:
                return True
        return False

    def _look_beneath(self, rule: Rule) -> _Beneath:
        names = self._pack.beneath(reads(rule.when))
        facts = sorted(self._ground.reach.facts_of_condition(rule.when))
        derived = [each for name in reversed(names) if (each := self._pack.derivation(name)) is not None]
        told = tuple(dict.fromkeys((*names, *facts)))
        return _Beneath(facts, derived, picker(told), has_few_values(self._pack.types, told), Weighed(_HEAVIEST))

    def _few(self, fact: str) -> tuple[object, ...]:
        domain = self._ground.domains[fact]
        if isinstance(domain, Choice):
            return (domain.values[0], domain.values[-1])
        if isinstance(domain, Line):
            return (valued(domain.type, domain.least), valued(domain.type, domain.most))
        return ((),) if isinstance(domain, Items) and domain.spec.min_items == 0 else ()

    def _give(self, asked: Asked, held: tuple[int, ...], env: dict[Key, object], loose: set[Key]) -> bool:
        """Put what a group gives into an environment; False where that rests on the unknown, or rules disagree.

        loose  keys of members that are only as far as known; those that copy something unknown are added
        """
        resolution = asked.resolution(held)
        values = fill(asked.group, resolution, env)
        for member, key in zip(asked.group.gives, asked.keys, strict=True):
            value = values.get(member, ABSENT)
            if value is CONFLICT:
                return False
            copied = (name for offered in resolution.offered.get(member, ()) for name in copied_in(offered))
            if any(name not in env for name in copied):
                if not self._ground.reach.is_lenient(key):
                    return False
                loose.add(key)
            env[key] = none_if_absent(value)
        return True

    def _work_out(self, stage: Stage, env: dict[Key, object], loose: set[Key]) -> bool:
        """Work out what follows in a stage; False where something unknown would be needed.

        loose  names that are only as far as known; those that follow from them are added
        """
        for step in stage.then:
            if step.reads <= env.keys():
                step.fill(env)
                if loose and not loose.isdisjoint(step.reads):
                    loose.update(names_given(step.work))
            elif not isinstance(step.work, Derived):
                return False
            elif step.work.condition is not None:
                truth = holds(step.work.condition, env)
                if truth is not None:
                    env[step.work.key] = truth
            elif self._ground.reach.is_lenient(step.work.key):
                value = known_value(self._pack, step.work.key, env)
                if value is not None:
                    env[step.work.key] = value
                    loose.add(step.work.key)
        return True


def _loose_keys(asked: Asked, held: tuple[int, ...], loose: AbstractSet[Key]) -> Iterator[Key]:
    """Yield the keys of the members for which rules that hold copy something loose."""
    offered = asked.resolution(held).offered
    for member, key in zip(asked.group.gives, asked.keys, strict=True):
        if any(not loose.isdisjoint(copied_in(value)) for value in offered.get(member, ())):
            yield key


def _are_alike(asked: Asked, held: tuple[int, ...], opens: tuple[int, ...]) -> bool:
    """Say whether whichever open rules hold as well, each member is given the same by the same rules."""
    offered = _identified(asked, held)
    return all(_identified(asked, tuple(sorted((*held, *some)))) == offered for some in _subsets(opens))


def _identified(asked: Asked, held: tuple[int, ...]) -> Mapping[str, object]:
    """Return what rules that hold offer to each member, so that only the same is equal."""
    return {member: identity(values) for member, values in asked.resolution(held).offered.items()}


def _subsets(opens: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(opens, size) for size in range(1, len(opens) + 1))
