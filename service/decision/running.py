"""A pack ready to run: settled decisions run here, open ones are analysed elsewhere.

A program is shared between threads; what durable-rules holds belongs to the thread that asks.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.reach import Reach
from service.decision.asking import Asked, Asker
from service.decision.stages import Stage, Stages
from service.engine.rulesets import Rulesets
from service.model.conditions import Env
from service.model.names import Key
from service.model.pack import Pack

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

    def run(
        self, decisions: frozenset[str], env: dict[Key, object], in_part: frozenset[str] = frozenset()
    ) -> dict[str, tuple[int, ...]]:
        """Work out decisions whose facts are all settled; fill `env` and return the hits of each group by id.

        decisions  with all that they read; none may rest on an unknown fact
        env        facts by name; members, inner members and derived facts are added
        in_part    those of which nothing is wanted but the members that other decisions read
        """
        hits: dict[str, tuple[int, ...]] = {}
        for stage in self._stages.plan(decisions, in_part):
            for asked, held in self.hits(stage, env):
                hits[asked.group.id] = held
                asked.give(held, env)
            for step in stage.then:
                step.fill(env)
        return hits

    def stages_of(self, name: str, *, partly: bool = False) -> tuple[Stage, ...]:
        """Return the stages of one decision.

        partly  whether nothing is wanted but the members that other decisions read
        """
        only = frozenset((name,))
        return self._stages.plan(only, only if partly else frozenset())

    def hits(self, stage: Stage, env: Env) -> Iterator[tuple[Asked, tuple[int, ...]]]:
        """Return the groups of a stage, each with what certainly holds of it."""
        return zip(stage.asked, self._asker.hits(stage.asked, env), strict=True)
