"""What the rules of a decision came to, kept by what they read.

A decision with a clock starts to count at ever new instants, and is never quite the same again: its rules are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.decision.asking import has_few_values, picker
from service.decision.certain import Ran
from service.decision.fillers import Published
from service.decision.stages import Stage, Step, names_given
from service.decision.trace import Telling
from service.model.conditions import Env
from service.model.names import Key
from service.model.pack import Clock, Pack
from service.remembering import Weighed

__all__ = ["Verdict", "Verdicts", "verdicts_of"]

_MOST_REMEMBERED = 4096
_HEAVIEST = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules of a decision came to.

    telling  what is told of the rules
    is_all_sure  as in `Ran`
    values  all that it put into the environment but for what `then` works out
    then    its clocks, and its members as others see them; nothing where it does not apply
    """

    telling: Telling
    is_all_sure: bool
    values: Mapping[Key, object]
    then: tuple[Step, ...]

    def fill(self, env: dict[Key, object]) -> None:
        """Put what the decision comes to into an environment in which all that its clocks count with is known."""
        env.update(self.values)
        for step in self.then:
            step.fill(env)


class Verdicts:
    """Those of one decision. Safe to share between threads.

    counted_with  the names from outside that its clocks count with: they must be known
    """

    def __init__(self, names: tuple[Key, ...], early: frozenset[Key], then: tuple[Step, ...]) -> None:
        """Take the names that verdicts go by, those that rules give a value, and what is worked out afterwards."""
        self.counted_with = frozenset(
            name for step in then if isinstance(step.work, Clock) for name in step.reads if isinstance(name, str)
        )
        self._pick = picker(names)
        self._early = early
        self._then = then
        self._known: Weighed[tuple[object, ...], Verdict] = Weighed(_HEAVIEST)

    def find(self, env: Env) -> Verdict | None:
        """Return what the rules came to before, of the same values."""
        return self._known.get(self._pick(env))

    def keep(self, ran: Ran, telling: Telling, env: Env) -> None:
        """Remember what the rules came to, from the environment in which the decision was worked out.

        What is only as far as known is not kept: a clock might count with it.
        """
        if ran.loose:
            return
        then = self._then if ran.applies else ()
        names = self._early.union(() if ran.applies else names_given(self._then[-1].work))
        values = {name: env[name] for name in names if name in env}
        verdict = Verdict(telling, ran.is_all_sure, values, then)
        self._known.keep(self._pick(env), verdict, _MOST_REMEMBERED)


def verdicts_of(pack: Pack, stages: tuple[Stage, ...]) -> Verdicts | None:
    """Return the memory of a decision's verdicts; None where it would not come again, or rules read what is counted."""
    steps = [step for stage in stages for step in stage.then]
    clocks = [step for step in steps if isinstance(step.work, Clock)]
    counted = {name for step in clocks for name in names_given(step.work)}
    others = [step for step in steps if not isinstance(step.work, Clock | Published)]
    asked = [asked for stage in stages for asked in stage.asked]
    read = {*(name for step in others for name in step.reads), *(name for each in asked for name in each.group.reads)}
    names = tuple(name for name in pack.beneath(sorted(read)) if isinstance(name, str) and name not in pack.derived)
    comes_again = has_few_values(pack.types, names) and pack.written_alike.issuperset(names)
    if not clocks or not comes_again or not counted.isdisjoint(read):
        return None
    early = {name for step in others for name in names_given(step.work)}
    early.update(key for each in asked for key in each.keys)
    (published,) = [step for step in steps if isinstance(step.work, Published)]
    return Verdicts(names, frozenset(early), (*clocks, published))
