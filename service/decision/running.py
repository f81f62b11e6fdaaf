"""A pack ready to run: settled decisions run here, open ones are analysed elsewhere.

A program is shared between threads; what durable-rules holds belongs to the thread that asks.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.reach import Reach
from service.decision.asking import Asked, Asker
from service.decision.stages import Published, Stage, Stages, Work
from service.engine.rulesets import Rulesets
from service.model.conditions import Env, holds
from service.model.derivations import Derived
from service.model.hits import fill
from service.model.names import Key, Own
from service.model.pack import Clock, Copy, Pack
from service.model.values import ABSENT, CONFLICT
from service.model.working import derive, run_clock, run_copy

__all__ = ["Program"]


class Program:
    """A pack ready to run. Safe to share between threads.

    asked  the pack's groups by id, with its applicabilities and notes
    """

    def __init__(self, pack: Pack) -> None:
        """Compile a pack. Nothing of durable-rules is made before it is asked."""
        self.pack = pack
        self.reach = Reach(pack)
        self._asker = Asker(pack)
        self._stages = Stages(pack, self._asker)
        self.asked = self._stages.asked

    @property
    def rulesets(self) -> Rulesets:
        """What durable-rules is given when every decision is asked."""
        return self._asker.rulesets

    def run(self, decisions: frozenset[str], env: dict[Key, object]) -> dict[str, tuple[int, ...]]:
        """Work out decisions whose facts are all settled; fill `env` and return the hits of each group by id.

        decisions  with all that they read; none may rest on an unknown fact
        env        facts by name; members, inner members and derived facts are added
        """
        hits: dict[str, tuple[int, ...]] = {}
        for stage in self._stages.plan(decisions):
            found = self._asker.hits(stage.asked, env)
            for asked, held in zip(stage.asked, found, strict=True):
                hits[asked.group.id] = held
                _give(asked, held, env)
            for step in stage.then:
                self.work_out(step.work, env)
        return hits

    def run_settled(self, name: str, env: dict[Key, object]) -> dict[str, tuple[int, ...]] | None:
        """Work out one decision although it reads something unknown; None where that might matter.

        It evidently can't where each rule holds or fails in Kleene's logic and nothing unknown is copied or counted.
        What is not so evident is left to the analysis. Hits and `env` are as for `run`; after None `env` is of no use.
        """
        decision = self.pack.decisions[name]
        hits: dict[str, tuple[int, ...]] = {}
        applies = None if decision.applies is None else decision.applies.id
        for stage, found in self.stages_of(name, env):
            for asked, held in found:
                if not held and asked.group.id == applies and asked.is_sure(held, env):
                    env.update(dict.fromkeys([member.name for member in decision.members]))
                    return {applies: held}
            for asked, held in found:
                if not asked.is_sure(held, env):
                    return None
                hits[asked.group.id] = held
                _give(asked, held, env)
            for step in stage.then:
                if all(each in env for each in step.reads):
                    self.work_out(step.work, env)
                elif not isinstance(step.work, Derived):
                    return None
                elif step.work.condition is not None and (truth := holds(step.work.condition, env)) is not None:
                    env[step.work.name] = truth
        return hits

    def stages_of(self, name: str, env: Env) -> Iterator[tuple[Stage, list[tuple[Asked, tuple[int, ...]]]]]:
        """Yield the stages of one decision, each with what certainly holds in `env` as it is by then."""
        for stage in self._stages.plan(frozenset((name,))):
            yield stage, list(zip(stage.asked, self._asker.hits(stage.asked, env), strict=True))

    def work_out(self, work: Work, env: dict[Key, object]) -> None:
        """Work out one thing whose inputs are all in `env`, and put it there."""
        if isinstance(work, Published):
            has_outcome = (work.applies is None or env[work.applies]) and None not in [
                env[key] for key in work.required
            ]
            for name, key in work.members:
                env[name] = env[key] if has_outcome else None
        elif isinstance(work, Derived):
            env[work.name] = derive(work, env)
        elif isinstance(work, Copy):
            value = run_copy(work, env)
            env[Own(f"{work.decision}.{work.member}")] = None if value is ABSENT else value
        elif isinstance(work, Clock):
            values = run_clock(work, self.pack, env)
            for member in work.gives.values():
                env[Own(f"{work.decision}.{member}")] = values.get(member)


def _give(asked: Asked, held: tuple[int, ...], env: dict[Key, object]) -> None:
    group = asked.group
    if not group.gives:
        for key in asked.keys:
            env[key] = bool(held)
        return
    values = fill(group, asked.resolution(held), env)
    for member, key in zip(group.gives, asked.keys, strict=True):
        value = values.get(member, ABSENT)
        env[key] = None if value is ABSENT or value is CONFLICT else value
