"""What decisions come to, by their *shape*: which of their rules hold, and what of that which they read is unknown.

Cases of one shape are told by the same reasons. What differs, the values that a trace shows, members that copy them and
what clocks count, is worked out for each case. Whatever does not fit is left to those who work out cases one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import count
from operator import itemgetter
from typing import NamedTuple, TypeAlias, cast

from service.decision.asking import UNKNOWN, Asked, Form
from service.decision.certain import Certain, Ran
from service.decision.fillers import Fill, Published
from service.decision.looks import Look, choices_of, is_outside, parts_of_group, sources_of
from service.decision.running import Program
from service.decision.stages import Step, names_given
from service.decision.trace import Narrator, Pattern
from service.model.conditions import Env
from service.model.derivations import Derived
from service.model.names import Key
from service.model.order import reached
from service.model.outcomes import copied_in
from service.model.pack import Decision, lacks
from service.remembering import Weighed, keep

__all__ = ["Result", "Shape", "Shapes"]

_MOST_REMEMBERED = 4096
_HEAVIEST = 2 * 2**20

_Held: TypeAlias = tuple[int, ...]

Result: TypeAlias = tuple[tuple[object, ...], "bytes | None"]
"""The members of a decision that others read, and its document, None where nobody asks."""


class Shape(NamedTuple):
    """What all cases of a shape come to.

    number    by which it is told from the others of its decision
    settled   names that the decision gives, with their values
    then      what works out the others, in order
    may_lack  whether a required member is among the others
    pattern   how it is told; None where nobody asks
    picked    takes all on which its document and members hang from the values of a case, where these come again
    unknown   the names from outside that are unknown
    """

    number: int
    settled: dict[Key, object]
    then: tuple[Fill, ...]
    may_lack: bool
    pattern: Pattern | None
    picked: Callable[[Sequence[object]], object] | None
    unknown: tuple[Key, ...]


class Shapes:
    """The shapes of one decision that have come up. Safe to share between threads.

    applies    the look of whether it applies; None where it always does
    looks      those of its other rules
    derived    the steps that work out what it reads, in order
    outside    all names that it reads from outside
    may_be_unknown  those of them that may be unknown where a decision is reached
    passed_on  its members that other decisions read
    is_told    whether its document is wanted
    held       for each look, `applies` first: the look of a case -> the rules that hold
    known      which rules hold, and what of `may_be_unknown` is unknown -> what that comes to
    """

    def __init__(  # noqa: PLR0913 - what runs a decision, what tells it, and how it is wanted
        self,
        program: Program,
        certain: Certain,
        narrator: Narrator,
        decision: Decision,
        read: AbstractSet[Key],
        *,
        is_told: bool,
    ) -> None:
        """Take a decision; it is told, or nothing is wanted of it but the members that others read, in `read`.

        Raises NoShapes.
        """
        pack = program.pack
        self._program, self._certain, self._narrator = program, certain, narrator
        self._decision, self.is_told = decision, is_told
        self._stages = program.stages_of(decision.id, partly=not is_told)
        steps = [step for stage in self._stages for step in stage.then]
        asked = [each for stage in self._stages for each in stage.asked]
        sources = sources_of(steps, asked)
        applies = None if decision.applies is None else decision.applies.id
        looks = [Look(pack, each, rules, sources) for each in asked for rules in parts_of_group(each, sources)]
        self.applies = next((look for look in looks if look.asked.group.id == applies), None)
        self.looks = [look for look in looks if look is not self.applies]
        self.derived = [step for step in steps if isinstance(step.work, Derived) and not step.work.is_between]
        named: dict[Key, None] = dict.fromkeys(name for step in steps for name in step.reads)
        for each in asked:
            named.update(dict.fromkeys((*each.reads, *each.group.reads)))
        self.outside = [name for name in pack.beneath(named) if is_outside(name)]
        self.may_be_unknown = [name for name in self.outside if self._may_be_unknown(name)]
        self.passed_on = [member.name for member in decision.members if member.name in read]
        self.held: list[dict[tuple[object, ...], _Held]] = [{} for _ in range(len(self.looks) + 1)]
        self.known: dict[tuple[object, ...], Shape] = {}
        self._results: Weighed[tuple[object, ...], Result] = Weighed(_HEAVIEST)
        self._comes_again = frozenset(name for name in self.outside if self._comes_again_itself(cast("str", name)))
        self._needed = frozenset(name for name in self.outside if name not in pack.derived)
        self._requirements = decision.requirements
        self._numbers = count()
        self._alone = frozenset((decision.id,))
        self._in_part = frozenset() if is_told else self._alone

    def _may_be_unknown(self, name: Key) -> bool:
        """Say whether a name may be unknown; of an open decision there are no members to go on with."""
        pack = self._program.pack
        spec = pack.facts.facts.get(cast("str", name))
        if spec is not None:
            return name not in pack.facts.lines.assumed and not spec.absent_is_none
        return name in ("as_of", "today") or pack.derivation(name) is not None

    def _comes_again_itself(self, name: str) -> bool:
        """Say whether what hangs on a name may be kept with its values: they come again, and are not personal."""
        pack = self._program.pack
        comes_again = choices_of(pack, name) is not None or pack.types.get(name) == "integer"
        return comes_again and name not in pack.personal

    def come_to(self, shape: Shape, values: Sequence[object]) -> Result | None:
        """Return what a case comes to; None where it comes out as others of its shape don't.

        values  of `outside`, UNKNOWN where nobody knows
        """
        if shape.picked is None:
            return self._worked_out(shape, values)
        key = (shape.number, shape.picked(values))
        found = self._results.get(key)
        if found is None:
            result = self._worked_out(shape, values)
            return None if result is None else self._results.keep(key, result, _MOST_REMEMBERED)
        return found

    def learn(self, looks: Sequence[tuple[object, ...]], values: Sequence[object]) -> Shape | None:
        """Work out a case of a shape that has not come up, and remember it; None where it is not settled.

        looks   of the case: of `applies`, and of the others where it is not known to refuse
        values  as above
        """
        env: dict[Key, object] = dict(zip(self.outside, values, strict=True))
        unknown = [name for name, value in env.items() if value is UNKNOWN]
        for name in unknown:
            del env[name]
        if self._needed <= env.keys():
            ran = Ran(self._program.run(self._alone, env, self._in_part))
        else:
            found = self._certain.run(self._decision, env, partly=not self.is_told)
            if found is None or found.loose or not found.is_all_sure:
                return None
            ran = found
        return self._kept(looks, unknown, ran, env)

    def _kept(self, looks: Sequence[tuple[object, ...]], unknown: Sequence[Key], ran: Ran, env: Env) -> Shape | None:
        """Remember which rules hold, and what that comes to."""
        refuses = self.applies is not None and not ran.hits[self.applies.asked.group.id]
        asked_for = [self.applies] if refuses else [self.applies, *self.looks]
        key: list[object] = []
        for look, known, seen in zip(asked_for, self.held, looks, strict=False):
            hits = () if look is None else ran.hits[look.asked.group.id]
            held = tuple([place for place in hits if look is not None and place in look.rules])
            key.append(keep(known, seen, held, _MOST_REMEMBERED))
        # Of the same rules less is told where something is unknown, though nothing hangs on it.
        key.append(tuple([name in unknown for name in self.may_be_unknown]))
        shape = self.known.get(tuple(key)) or self._shape(ran, env, refuses, unknown)
        return None if shape is None else keep(self.known, tuple(key), shape, _MOST_REMEMBERED)

    def _shape(self, ran: Ran, env: Env, refuses: bool, unknown: Sequence[Key]) -> Shape | None:
        varying: dict[Key, Sequence[Key]] = {name: () for name in self.outside if name not in unknown}
        settled: dict[Key, object] = {}
        then: list[Fill] = []
        if refuses:
            settled = dict.fromkeys([member.name for member in self._decision.members])
        else:
            for stage in self._stages:
                for asked in stage.asked:
                    then += _given(asked, ran.hits[asked.group.id], env, settled, varying)
                then += _worked_out(stage.then, env, settled, varying)
        pattern = None
        if self.is_told:
            pattern = self._narrator.pattern(self._decision, ran.hits, env, varying.keys())
            if pattern is None:
                return None
        given = (name for name in varying if not is_outside(name))
        told = () if pattern is None else pattern.shown
        hangs_on = set(filter(is_outside, reached((*given, *told), lambda name: varying.get(name, ()))))
        comes_again = hangs_on <= self._comes_again
        required = {key for keys in self._requirements for key in keys}
        return Shape(
            next(self._numbers),
            settled,
            tuple(then),
            not varying.keys().isdisjoint(required),
            pattern,
            self._picker(hangs_on) if comes_again else None,
            tuple(unknown),
        )

    def _picker(self, names: AbstractSet[Key]) -> Callable[[Sequence[object]], object]:
        places = [place for place, name in enumerate(self.outside) if name in names]
        return itemgetter(*places) if places else lambda _: None

    def _worked_out(self, shape: Shape, values: Sequence[object]) -> Result | None:
        env: dict[Key, object] = dict(zip(self.outside, values, strict=True))
        for name in shape.unknown:
            del env[name]
        env.update(shape.settled)
        for fill in shape.then:
            fill(env)
        document = None
        if shape.pattern is not None:
            is_lacking = shape.may_lack and lacks(self._requirements, env)
            document = None if is_lacking else self._narrator.filled(shape.pattern, env)
            if document is None:
                return None
        return tuple([env[name] for name in self.passed_on]), document


def _given(
    asked: Asked, held: tuple[int, ...], env: Env, settled: dict[Key, object], varying: dict[Key, Sequence[Key]]
) -> Iterator[Fill]:
    """Add what rules that hold give to what is settled or varies; yield what works out the latter."""
    values, worked_out = asked.forms(held)
    settled.update(values)
    offered = asked.resolution(held).offered if worked_out else {}
    for key, form in worked_out:
        member = key.name.removeprefix(f"{asked.group.decision}.")  # type: ignore[union-attr]
        copied = [name for value in offered[member] for name in copied_in(value)]
        if varying.keys().isdisjoint(copied):
            settled[key] = env[key]
        else:
            varying[key] = copied
            yield _filler(key, form)


def _filler(key: Key, form: Form) -> Fill:
    def fill(env: dict[Key, object]) -> None:
        env[key] = form(env)

    return fill


def _worked_out(
    steps: Iterable[Step], env: Env, settled: dict[Key, object], varying: dict[Key, Sequence[Key]]
) -> Iterator[Fill]:
    """Add what steps put into an environment, as above."""
    for step in steps:
        work = step.work
        if isinstance(work, Derived) and not work.is_between:
            continue
        read = set(step.reads)
        if isinstance(work, Published):
            read.update(key for keys in work.requirements for key in keys)
        names = names_given(work)
        if varying.keys().isdisjoint(read):
            settled.update({name: env[name] for name in names if name in env})
        else:
            varying.update(dict.fromkeys(names, tuple(read)))
            yield step.fill
