"""One pack, ready to decide: what came out before is remembered, and of the rest as little is done as can be.

Which pack is asked, and what a request is, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import local
from typing import TypeAlias, cast

from service.analysis.diagrams import Diagrams
from service.analysis.ground import Ground
from service.analysis.handed import Handed
from service.analysis.possible import analyse, settled_members
from service.clock.zones import zone_named
from service.decision.asking import picker
from service.decision.certain import Certain, Ran
from service.decision.few import Few
from service.decision.hidden import HiddenReasons
from service.decision.running import Program
from service.decision.straight import Straight
from service.decision.trace import Narrator
from service.decision.verdicts import Verdicts, verdicts_of
from service.facts.values import Case
from service.jsontext import canonical
from service.model.conditions import Env
from service.model.names import Key, Own, shown_name
from service.model.pack import Decision, Pack, lacks
from service.model.values import identity
from service.remembering import Weighed

__all__ = ["Policy"]

_MOST_REMEMBERED = 4096
_HEAVIEST = 8 * 2**20
_MOST_ASKED = 256
_ASIDE = timedelta(days=2)  # more than zones lie apart


_Known: TypeAlias = tuple[bytes | None, Mapping[str, object]]
"""A decision as it came out before: its canonical JSON, None where nobody has asked for it yet, and its members.

The members are as other decisions read them. A plain tuple of plain values is nothing that the garbage collector has to
go through, be there ever so many.
"""


class _Ready:
    """What stands ready for one decision, and how it came out before.

    key     takes what settles it from an environment: what it reads, derived facts by what they rest on
    needed  the names of what settles it: where all are there, nothing of it is unknown
    is_kept       whether what came out is remembered by its key: not where equal keys are written in several ways
    grounds       takes the facts that it rests on in the end, and members that are known
    members       the names of all its members, and
    read_members  of those that other decisions read
    untold        derived facts beneath it that a trace does not show of a case in which something is unknown
    verdicts         what its rules came to; None where that is no memory of its own
    remembered       what came out by its key, and
    remembered_open  by its grounds where it had to be analysed; both bounded
    """

    def __init__(self, program: Program, ground: Ground, decision: Decision) -> None:
        pack = program.pack
        beneath = pack.beneath(decision.reads)
        names = tuple(name for name in beneath if isinstance(name, str) and name not in pack.derived)
        self.decision = decision
        self.key = picker(names)
        self.needed = frozenset(names)
        self.is_kept = pack.written_alike.issuperset(map(shown_name, names))
        self.grounds = picker(ground.reach.grounds(decision))
        self.members = tuple(member.name for member in decision.members)
        self.read_members = tuple(name for name in self.members if name in ground.read)
        self.untold = tuple(name for name in beneath if pack.derivation(name) and name not in decision.reads)
        self.verdicts = verdicts_of(pack, program.stages_of(decision.id))
        self.remembered: Weighed[tuple[object, ...], _Known] = Weighed(_HEAVIEST)
        self.remembered_open: Weighed[Hashable, _Known] = Weighed(_HEAVIEST)

    def told(self, env: Env) -> dict[Key, object]:
        """Return what a trace may show where rules make no difference: as the analysis tells it, and no more."""
        told = dict(env)
        for name in self.untold:
            told.pop(name, None)
        return told


class Policy:
    """One pack, ready to decide. Safe to share between threads.

    reference    canonical JSON of its id, version and digest
    label        of each decision, the name under which it stands in a document, as JSON
    certain, few, narrator  what settles, tells and writes its decisions
    ready        what stands ready for each decision, by name
    given_names  what a case gives to all decisions, beside its facts
    everything   the decisions that are asked for where none is named
    hidden       the reasons of its hidden decisions
    levels       asked decisions and all that they read, those together that can be worked out side by side
    straight     decides what is asked for often
    as_of_steps  the members that lead to the fact that `as_of` defaults to
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.program = Program(pack)
        self.ground = Ground(pack)
        self.certain = Certain(self.program, self.ground)
        self.few = Few(self.program, self.ground)
        self.narrator = Narrator(self.program)
        self.reference = canonical({"id": pack.id, "version": pack.version, "digest": pack.digest})
        self.label = {name: b'"%b":' % name.encode() for name in pack.decisions}
        self.ready = {name: _Ready(self.program, self.ground, decision) for name, decision in pack.decisions.items()}
        self.given_names: tuple[Key, ...] = (
            "as_of",
            "today",
            *(member.name for decision in pack.decisions.values() for member in decision.members),
        )
        self.as_of_steps = pack.as_of_fact.split(".") if pack.as_of_fact is not None else ()
        self._far_within = _far_within(pack.in_force_from, pack.in_force_until)
        self._zone = zone_named(pack.dates_in) if pack.dates_in is not None else None
        self._own = local()
        self.everything = pack.answers
        self.hidden = HiddenReasons(pack)
        # A caller may ask for decisions in any of very many orders.
        self.levels = lru_cache(_MOST_ASKED)(self._levels_of)
        self.straight = Straight(self)
        self.facts_read: Callable[[tuple[str, ...]], frozenset[str]] = lru_cache(_MOST_ASKED)(self._facts_read)

    def space(self) -> Diagrams:
        """Return the space of diagrams of this thread, a new one where that has grown large."""
        found: Diagrams | None = getattr(self._own, "space", None)
        if found is None or found.is_large:
            found = self._own.space = Diagrams(0)
        return found

    def _facts_read(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return the facts and subjects that some decisions rest on."""
        return frozenset(fact for name in names for fact in self.pack.decisions[name].facts)

    def _levels_of(self, asked: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """Return the asked decisions and all that they read, those that can be worked out together side by side."""
        level: dict[str, int] = {}
        wanted = self._with_needed(asked)
        for name in self.pack.schedule:
            if name in wanted:
                level[name] = max((level[each] + 1 for each in self.pack.decisions[name].needs_before), default=0)
        return tuple(
            tuple(name for name in level if level[name] == depth) for depth in range(max(level.values(), default=0) + 1)
        )

    def _with_needed(self, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for name in names:
            found |= {name, *self._with_needed(self.pack.decisions[name].needs_before)}
        return found

    def is_evidently_in_force(self, as_of: str | None) -> bool:
        """Say whether a moment, as it is written, is so far within the days of the pack that no zone makes it another.

        False where it must be read to know.
        """
        since, until = self._far_within
        return since is None or (as_of is not None and since < as_of[:10] < until)

    def is_in_force(self, day: date | None) -> bool:
        """Say whether the pack is in force on a day; None stands for no day in particular."""
        if day is None:
            return True
        begins, ends = self.pack.in_force_from, self.pack.in_force_until
        return (begins is None or begins <= day) and (ends is None or day < ends)

    def day(self, instant: datetime) -> date:
        """Return the calendar day of an instant where the pack judges dates, in its own offset without `dates_in`."""
        return (instant.astimezone(self._zone) if self._zone is not None else instant).date()

    def moment(self, case: Case, as_of: datetime | None) -> datetime | None:
        """Return when dates are judged: as asked, or the instant fact that it defaults to."""
        if as_of is None and self.pack.as_of_fact is not None:
            return case.values.get(self.pack.as_of_fact)  # type: ignore[return-value]
        return as_of

    def decide(self, case: Case, names: Sequence[str] | None = None, as_of: datetime | None = None) -> dict[str, bytes]:
        """Return each asked decision as canonical JSON.

        Deterministic: no clock, no order of members, nothing from outside.

        names  decisions of the pack; None for all that are not hidden
        as_of  None: the pack's `as_of` fact, where the case has it
        """
        asked = self.everything if names is None else tuple(names)
        env: dict[Key, object] = dict(cast("Env", case.values))
        moment = self.moment(case, as_of)
        if moment is not None:
            env["as_of"] = moment
            env["today"] = self.day(moment)
        elif self.pack.as_of_fact in env:  # a fact that is none
            env["as_of"] = env["today"] = None
        deciding = _Deciding(self, case, env, self.hidden.beneath(asked).union(asked))
        for level in self.levels(asked):
            deciding.take(level)
        return {name: self.hidden.told(name, deciding.found) for name in asked}


def _far_within(first: date | None, end: date | None) -> tuple[str | None, str]:
    """Return days between which a pack is in force in any zone, as they are written; None for the first: always."""
    if first is None and end is None:
        return None, ""
    since = "" if first is None else (first + min(_ASIDE, date.max - first)).isoformat()
    until = "9" if end is None else (end - min(_ASIDE, end - date.min)).isoformat()
    return since, until


class _Deciding:
    """The decisions of one case, one level after the other.

    env    what the case gives, members of the decisions that were taken, and what was worked out on the way
    found  name -> canonical JSON of each asked decision that was taken
    """

    def __init__(self, policy: Policy, case: Case, env: dict[Key, object], asked: frozenset[str]) -> None:
        self.found: dict[str, bytes] = {}
        self._policy = policy
        self._case = case
        self._env = env
        self._asked = asked
        self._handed: Handed | None = None

    def take(self, level: tuple[str, ...]) -> None:
        """Decide what reads nothing of each other: what is settled at once, what is open afterwards."""
        env = self._env
        unknown: list[_Ready] = []
        missing: list[tuple[_Ready, tuple[object, ...]]] = []
        for name in level:
            ready = self._policy.ready[name]
            key = ready.key(env) if ready.is_kept else ()
            if key and self._is_known(name, ready.remembered.get(key)):
                continue
            recalled = ready.verdicts if name in self._asked else None
            if recalled is not None and self._take_again(ready, recalled):
                continue
            if recalled is None and ready.needed <= env.keys():
                missing.append((ready, key))
            elif not self._settle_alone(ready, key):
                unknown.append(ready)
        if missing:
            names = frozenset([ready.decision.id for ready, _ in missing])
            hits = self._policy.program.run(names, env, names - self._asked)
            for ready, key in missing:
                self._keep_settled(ready, key, Ran(hits), env, {name: env[name] for name in self._members(ready)})
        for ready in unknown:
            self._analyse(ready)

    def _take_again(self, ready: _Ready, verdicts: Verdicts) -> bool:
        """Take a decision whose rules came out before: its clocks alone are run; False where they did not."""
        env = self._env
        verdict = verdicts.find(env)
        if verdict is None or not verdicts.counted_with <= env.keys():
            return False
        if not verdict.is_all_sure:
            env = ready.told(env)
        verdict.fill(env)
        if not verdict.is_all_sure and lacks(self._policy.certain.requirements[ready.decision.id], env):
            return False
        document = self._policy.narrator.finished(verdict.telling, env)
        self._is_known(ready.decision.id, (document, {name: env[name] for name in ready.members}))
        return True

    def _is_known(self, name: str, known: _Known | None) -> bool:
        """Take a decision as it came out before; False where it did not, or is asked for as it was not then."""
        if known is None:
            return False
        document, members = known
        if name in self._asked:
            if document is None:
                return False
            self.found[name] = document
        self._env.update(members)
        return True

    def _members(self, ready: _Ready) -> tuple[str, ...]:
        """Return the members that are worked out of a decision: all where it is asked for, else those others read."""
        return ready.members if ready.decision.id in self._asked else ready.read_members

    def _settle_alone(self, ready: _Ready, key: tuple[object, ...]) -> bool:
        """Take a decision that evidently does not rest on what is unknown; False where it might."""
        tried = dict(self._env)
        ran = self._policy.certain.run(ready.decision, tried, partly=ready.decision.id not in self._asked)
        if ran is None:
            return False
        members = _passed_on(self._members(ready), ran, tried)
        if not ran.is_all_sure and ready.decision.id in self._asked:
            tried = ready.told(tried)
        self._keep_settled(ready, key, ran, tried, members)
        return True

    def _keep_settled(
        self, ready: _Ready, key: tuple[object, ...], ran: Ran, env: Env, members: Mapping[str, object]
    ) -> None:
        """Tell a decision that was worked out, where it is asked for, and remember it."""
        name, narrator = ready.decision.id, self._policy.narrator
        document = None
        if name in self._asked:
            telling = narrator.telling(ready.decision, ran.hits, env)
            document = narrator.finished(telling, env)
            if ready.verdicts is not None:
                ready.verdicts.keep(ran, telling, env)
        known = (document, members)
        if key:
            ready.remembered.keep(key, known, _MOST_REMEMBERED)
        self._is_known(name, known)

    def _analyse(self, ready: _Ready) -> None:
        """Take a decision that rests on unknown facts, exactly, and pass on those of its members that do not."""
        key = identity(ready.grounds(self._env))
        name = ready.decision.id
        if not self._is_known(name, ready.remembered_open.get(key)):
            self._handed = self._handed or Handed(self._policy.space())
            known = self._opened(ready, self._given(), self._handed)
            ready.remembered_open.keep(key, known, _MOST_REMEMBERED)
            self._is_known(name, known)

    def _opened(self, ready: _Ready, given: Env, handed: Handed) -> _Known:
        policy, decision = self._policy, ready.decision
        if decision.id in self._asked:
            opened = policy.few.settle(decision, given) or analyse(policy.ground, decision, given, handed)
            # What others are told of it must not hang on who asks: it is what they are told where nobody does.
            tried = dict(self._env)
            ran = policy.certain.run(decision, tried, partly=True) if ready.read_members else None
            passed_on = opened.passed_on if ran is None else _passed_on(ready.read_members, ran, tried)
            return policy.narrator.open(decision, opened), passed_on
        members = policy.few.settled_members(decision, given)
        return None, settled_members(policy.ground, decision, given, handed) if members is None else members

    def _given(self) -> dict[Key, object]:
        """Return what a case gives to all decisions: facts, the day, and settled members."""
        env = self._env
        return {
            **cast("Env", self._case.values),
            **{each: env[each] for each in self._policy.given_names if each in env},
        }


def _passed_on(members: Iterable[str], ran: Ran, env: Env) -> dict[str, object]:
    """Return members of a decision that was worked out, as others read them."""
    loose = ran.loose
    return {name: env[name] for name in members if not loose or Own(name) not in loose}
