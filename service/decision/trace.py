"""Traces: what a decision shows of why, as canonical JSON (RFC 8785). Nothing is decided here.

A rule's entry is the same bytes whenever the facts that it read are the same, so entries are kept and joined rather
than written anew. Members stand in the order of the RFC: by name. What is personal is never shown, to no reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple, TypeAlias, cast

import orjson

from service.analysis.opened import Open
from service.analysis.telling import listed
from service.clock.business_time import format_instant
from service.decision.asking import UNKNOWN, picker
from service.decision.objects import Objects
from service.decision.running import Program
from service.decision.stages import notes_key
from service.facts.values import Period, Value, as_json
from service.jsontext import Json, canonical
from service.model.conditions import All, Condition, Env, Test, reads, supports
from service.model.derivations import Dated, Derived, Divided, ShiftedBy
from service.model.hits import Resolution, disputed
from service.model.names import Key, Own, shown_name
from service.model.outcomes import Template, copied_in
from service.model.pack import Applies, Clock, Decision, Group, Note, Pack, Rule, lacks
from service.model.values import Pairs
from service.model.working import reach_of_moves
from service.model.working_clock import tell_clock
from service.remembering import Weighed

__all__ = ["PERSONAL_MASK", "Narrator", "Pattern", "member_json"]

PERSONAL_MASK = "[personal]"
"""What a trace shows in place of the value of a personal fact, or of a fact that is derived from one."""

_Env = Mapping[Key, object]
_MOST_REMEMBERED = 1024
_HEAVIEST = 2**19
_MOST_RULES = 8
_PLAIN = frozenset({str, bool, int, Decimal})


def member_json(value: object) -> Json:
    """Return an outcome member's value as JSON; instants in their own zone, periods as `from` and `to`.

    One that goes on has no `to`.
    """
    if isinstance(value, Pairs):
        return {key: member_json(each) for key, each in value}
    if isinstance(value, Period):
        ends = {} if value.to is None else {"to": member_json(value.to)}
        return {"from": member_json(value.from_), **ends}
    if isinstance(value, tuple):
        return as_json(value) if _are_plain(value) else [member_json(each) for each in value]
    if isinstance(value, datetime):
        return format_instant(value)
    return value.isoformat() if isinstance(value, date) else as_json(cast("Value", value))


def _are_plain(values: tuple[object, ...]) -> bool:
    """Say whether members of a list are written as facts are: a list may have very many."""
    return _PLAIN.issuperset(map(type, values))


def _shown(value: object) -> Json:
    """Return what a rule read as JSON: as facts are written, but for objects, which no fact is."""
    if isinstance(value, Pairs):
        return member_json(value)
    if type(value) is tuple and not _are_plain(value):
        return [_shown(each) for each in value]
    return as_json(cast("Value", value))


def _instant(value: datetime) -> bytes:
    """Return an instant of an outcome as JSON."""
    offset = value.utcoffset()
    is_whole = offset is not None and not offset.seconds % 60
    return orjson.dumps(value) if is_whole else canonical(format_instant(value))


def _fact_instant(value: datetime) -> bytes:
    """Return an instant among facts as JSON: UTC as `Z`."""
    if value.tzinfo is UTC:
        return orjson.dumps(value, option=orjson.OPT_UTC_Z)
    return canonical(as_json(value))


class _Entry:
    """A rule, clock or applicability as it stands in a trace.

    names     all that it may show: what it reads, and for derived facts what they rest on
    chosen    which of them count in a case; None: all
    pack      whose personal facts are masked
    """

    def __init__(
        self,
        head: Mapping[str, Json],
        names: tuple[Key, ...],
        chosen: Callable[[_Env], Iterable[Key]] | None,
        pack: Pack,
    ) -> None:
        cites, rest = {"cites": head["cites"]}, {"rule": head["rule"], "says": head["says"]}
        self._before = canonical(cites)[1:-1] + b',"facts":'
        self._after = b"," + canonical(rest)[1:-1]
        self._rule = canonical(head["rule"])
        self._names = names
        self._pick = picker(names)
        self._chosen = chosen
        self._masked = pack.personal.intersection(names)
        self._objects = Objects([[shown_name(name)] for name in names], _shown, _fact_instant)
        # A personal value is not to be kept.
        self._is_kept = not self._masked and pack.written_alike.issuperset(map(shown_name, names))
        self._known: Weighed[tuple[object, ...], bytes] = Weighed(_HEAVIEST)

    def names(self, env: _Env) -> Iterable[Key]:
        """Return the names that it shows in a case, as far as they are known."""
        return self._names if self._chosen is None else self._chosen(env)

    def written(self, env: _Env) -> bytes:
        """Return the entry as canonical JSON."""
        return b"{%b%b%b}" % (self._before, self._facts(env), self._after)

    def overruled(self, env: _Env, by: _Entry, why: str) -> bytes:
        """Return the entry as one that holds and does not count."""
        before, after = self._overruled(by, why)
        return before + self._facts(env) + after

    def piece(self, env: _Env, varying: AbstractSet[Key], write: Callable[[Key], _Fill]) -> _Piece:
        """Return the entry as it stands in the document of a case, and of others in which values vary.

        write  returns what writes the value of a name
        """
        return self._piece(env, varying, write, self.written, (b"{" + self._before, self._after + b"}"))

    def overruled_piece(
        self, env: _Env, by: _Entry, why: str, varying: AbstractSet[Key], write: Callable[[Key], _Fill]
    ) -> _Piece:
        """Return the entry as one that holds and does not count; as above."""
        return self._piece(env, varying, write, lambda env: self.overruled(env, by, why), self._overruled(by, why))

    def _piece(
        self,
        env: _Env,
        varying: AbstractSet[Key],
        write: Callable[[Key], _Fill],
        whole: _Fill,
        around: tuple[bytes, bytes],
    ) -> _Piece:
        if self._chosen is not None:  # It hangs on more than values what is shown.
            return _Piece(b"%b", (whole,), frozenset(self._names))
        values = self._told(self._pick(env), env)
        facts, places = self._objects.pattern(values, lambda i: self._is_open(i, varying), UNKNOWN)
        names = [self._names[i] for i in places]
        before, after = map(_escaped, around)
        return _Piece(before + facts + after, tuple(map(write, names)), frozenset(names))

    def _overruled(self, by: _Entry, why: str) -> tuple[bytes, bytes]:
        """Return what stands before and behind its facts where it does not count."""
        return b'{"by":' + by._rule + b"," + self._before, self._after + b',"why":' + canonical(why) + b"}"

    def _facts(self, env: _Env) -> bytes:
        values = self._pick(env)
        found = self._known.get(values) if self._is_kept else None
        if found is None:
            found = self._objects.written(self._told(values, env), UNKNOWN)
            if self._is_kept:
                self._known.keep(values, found, _MOST_REMEMBERED)
        return found

    def _is_open(self, place: int, varying: AbstractSet[Key]) -> bool:
        name = self._names[place]
        return name in varying and name not in self._masked

    def _told(self, values: Sequence[object], env: _Env) -> Sequence[object]:
        """Return what is shown of the values of its names, UNKNOWN for what is not shown."""
        if self._chosen is not None:
            chosen = set(self._chosen(env))
            pairs = zip(self._names, values, strict=True)
            values = [value if name in chosen else UNKNOWN for name, value in pairs]
        if self._masked:
            pairs = zip(self._names, values, strict=True)
            values = [
                PERSONAL_MASK if name in self._masked and value is not UNKNOWN else value for name, value in pairs
            ]
        return values


_Fill: TypeAlias = Callable[[_Env], bytes]


class _Piece(NamedTuple):
    """A piece of a document as a format, what fills it, and the names on which it hangs."""

    text: bytes
    fills: tuple[_Fill, ...]
    shown: frozenset[Key]


def _escaped(text: bytes) -> bytes:
    """Return a text as a format that nothing fills."""
    return text.replace(b"%", b"%%")


class Pattern(NamedTuple):
    """The document of a decision for cases of which all is known but values: a format.

    fills   what writes the pieces that differ
    order   which of them fills each place of the format
    clocks  those that count in each case, each with whether it is a reason
    shown   the names on which the document hangs
    """

    text: bytes
    fills: tuple[_Fill, ...]
    order: tuple[int, ...]
    clocks: tuple[tuple[Clock, bool], ...]
    shown: frozenset[Key]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a trace shows for certain rules, but for the values of facts.

    because    the entries of rules, and the clocks, in the decision's order
    overruled  entry, the entry of what overruled it, and why
    groups     each group of rules, and what its hits come to
    """

    because: tuple[_Entry | Clock, ...]
    overruled: tuple[tuple[_Entry, _Entry, str], ...]
    interpretations: bytes
    groups: tuple[tuple[Group, Resolution], ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """What a document shows of the rules of a decision in a case: all but its clocks and its outcome.

    refusal  the whole document where the decision does not apply; the rest is empty then
    because  the entries of rules, and the clocks, in the decision's order
    """

    told: _Told
    frame: _Frame
    refusal: bytes | None
    because: tuple[bytes | Clock, ...]
    overruled: tuple[bytes, ...]
    notes: tuple[bytes, ...]


_NO_FRAME = _Frame((), (), b"[]", ())


class _Told:
    """One decision as it is written: what stands ready for it."""

    def __init__(self, decision: Decision, pack: Pack) -> None:
        self.decision = decision
        shown = [(i, member) for i, member in enumerate(decision.members) if not member.hidden]
        self._shown = tuple(i for i, _ in shown)
        self._objects = Objects([member.path.split(".") for _, member in shown], member_json, _instant)
        self._is_kept = pack.written_alike.issuperset(member.name for _, member in shown)
        self.shown = frozenset(Own(member.name) for _, member in shown)
        self.groups = decision.groups
        self.pick = picker(tuple(Own(member.name) for member in decision.members))
        self.clocks = decision.clocks
        self.requirements = decision.requirements
        self.frames: dict[tuple[tuple[int, ...], ...], _Frame] = {}
        self.outcomes: Weighed[tuple[object, ...], bytes] = Weighed(_HEAVIEST)

    def outcome(self, env: _Env) -> bytes:
        """Return the outcome as canonical JSON, from the members' values by their own keys."""
        values = self.pick(env)
        if UNKNOWN in values:
            values = tuple([None if value is UNKNOWN else value for value in values])
        if not self._is_kept:
            return self._objects.written([values[i] for i in self._shown])
        found = self.outcomes.get(values)
        if found is None:
            found = self._objects.written([values[i] for i in self._shown])
            self.outcomes.keep(values, found, _MOST_REMEMBERED)
        return found


class Narrator:
    """Writes the decisions of one program. Safe to share between threads."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._pack = program.pack
        self._rules: dict[str, list[_Entry]] = {}  # by group, in the order of its rules
        self._clocks: dict[str, _Entry] = {}
        self._refusals: dict[str, _Entry] = {}
        self._told = {name: _Told(decision, self._pack) for name, decision in self._pack.decisions.items()}
        derived = (*self._pack.derived.values(), *self._pack.between.values())
        self._values = Objects((), _shown, _fact_instant)
        self._writer = cache(self._written_of)
        self._maybe_none = {each.key: each for each in derived if isinstance(each.how, Divided | ShiftedBy)}
        for decision in self._pack.decisions.values():
            self._prepare(decision)
        self._notes = {
            note.id: canonical({"note": note.id, "says": note.says, "cites": self._cited(note.cites)})
            for decision in self._pack.decisions.values()
            for note in decision.notes
        }

    # what can be written beforehand

    def _prepare(self, decision: Decision) -> None:
        if decision.applies is not None:
            self._refusals[decision.id] = self._for_condition(decision.applies, truth=False)
        for group in decision.groups:
            self._rules[group.id] = [self._for_condition(rule, truth=True) for rule in group.rules]
        for clock in decision.clocks:
            head = self._head(clock.id, clock.says, clock.cites)
            self._clocks[clock.id] = _Entry(head, self._pack.told_beneath(clock.counts_with), None, self._pack)

    def _for_condition(self, rule: Rule | Applies, *, truth: bool) -> _Entry:
        made = self._pack.beneath(self._made(rule)) if isinstance(rule, Rule) else ()
        names = tuple(dict.fromkeys((*self._pack.told_beneath(reads(rule.when)), *made)))
        plain = truth and _is_plain(rule.when)
        return _Entry(
            self._head(rule.id, rule.says, rule.cites),
            names,
            None if plain else lambda env: (*self._supporting(rule.when, env, truth), *made),
            self._pack,
        )

    def _made(self, rule: Rule) -> Iterator[Key]:
        """Yield what is reckoned in the values that a rule gives: multiples, and what changes on a date."""
        for value in rule.then.values():
            multiples = {each.key for each in value.multiples} if isinstance(value, Template) else set()
            for name in copied_in(value):
                derived = self._pack.derivation(name)
                if name in multiples or (derived is not None and isinstance(derived.how, Dated)):
                    yield name

    def _supporting(self, condition: Condition, env: _Env, truth: bool) -> tuple[Key, ...]:
        return self._pack.told_beneath(name for test in supports(condition, env, truth) for name in test.reads)

    def _head(self, name: str, says: str, cites: tuple[str, ...]) -> dict[str, Json]:
        return {"rule": name, "says": says, "cites": self._cited(cites)}

    def _cited(self, clauses: tuple[str, ...]) -> list[Json]:
        return [{"clause": name, "text": self._pack.clauses[name].text} for name in clauses]

    # one case

    def telling(self, decision: Decision, hits: Mapping[str, tuple[int, ...]], env: _Env) -> Telling:
        """Return what is told of the rules of a decision whose facts were all settled.

        hits  of each group of the decision, its applicability and its notes
        env   facts and members, inner ones included
        """
        told = self._told[decision.id]
        if decision.applies is not None and not hits[decision.applies.id]:
            return Telling(told, _NO_FRAME, self._not_applicable(decision, env), (), (), ())
        notes = [decision.notes[i] for i in hits.get(notes_key(decision.id), ())]
        held = tuple([hits[group.id] for group in told.groups])
        frame = told.frames.get(held)
        if frame is None:
            asked = self._program.asked
            resolutions = {
                group.id: asked[group.id].resolution(each) for group, each in zip(told.groups, held, strict=True)
            }
            frame = self._frame(decision, resolutions)
            if len(told.frames) < _MOST_REMEMBERED:
                told.frames[held] = frame
        return self._telling(told, frame, notes, env)

    def finished(self, telling: Telling, env: _Env) -> bytes:
        """Return a decision of whose rules all is told; `env` as for `telling`."""
        if telling.refusal is not None:
            return telling.refusal
        # A gap, or rules that disagree: the rules that hold are told, as no question would settle it.
        if lacks(telling.told.requirements, env):
            return self._framed("undecided", telling, b"null", (), env)
        return self._framed("decided", telling, telling.told.outcome(env), (), env)

    def pattern(
        self, decision: Decision, hits: Mapping[str, tuple[int, ...]], env: _Env, varying: AbstractSet[Key]
    ) -> Pattern | None:
        """Return how such a case is told when values vary; None where more than values would.

        hits, env  as for `telling`; `env` as for `finished`
        varying    the names whose values are others in each case
        """
        told, telling = self._told[decision.id], self.telling(decision, hits, env)
        if telling.refusal is not None:
            return self._refusal_pattern(decision, env, varying)
        frame = telling.frame
        because, notes, clocks = [], list(telling.notes), []
        for each in frame.because:
            if not isinstance(each, Clock):
                because.append(each)
                continue
            counted = tell_clock(each, self._pack.calendars, env)
            if counted.is_reason:
                because.append(self._clocks[each.id])
            if not varying.isdisjoint(Own(f"{each.decision}.{path}") for path in each.member_paths):
                if counted.says:
                    return None
                clocks.append((each, counted.is_reason))
            notes += [self._noted(each, says) for says in counted.says]
        entries = (*because, *(entry for entry, _, _ in frame.overruled))
        if lacks(told.requirements, env) or self._shows_maybe_none(entries, env):
            return None
        first = [entry.piece(env, varying, self._writer) for entry in because]
        outcome = _Piece(_escaped(told.outcome(env)), (), frozenset())
        open_ones = told.shown.intersection(varying)
        if open_ones:
            outcome = _Piece(b"%b", (told.outcome,), open_ones)
        last = [entry.overruled_piece(env, by, why, varying, self._writer) for entry, by, why in frame.overruled]
        text = _document(
            "decided",
            outcome.text,
            [piece.text for piece in first],
            [piece.text for piece in last],
            (),
            _escaped(frame.interpretations),
            list(map(_escaped, notes)),
        )
        return _pattern(text, (*first, outcome, *last), tuple(clocks))

    def _refusal_pattern(self, decision: Decision, env: _Env, varying: AbstractSet[Key]) -> Pattern | None:
        entry = self._refusals[decision.id]
        if self._shows_maybe_none((entry,), env):
            return None
        piece = entry.piece(env, varying, self._writer)
        names = _escaped(canonical(_applying(decision)))
        return _pattern(_document("not_applicable", b"null", (piece.text,), (), (), names, ()), (piece,))

    def filled(self, pattern: Pattern, env: _Env) -> bytes | None:
        """Return the document of a case, from an environment as for `finished`; None where it is told otherwise."""
        for clock, is_reason in pattern.clocks:
            counted = tell_clock(clock, self._pack.calendars, env)
            if counted.says or counted.is_reason is not is_reason:
                return None
        values = [fill(env) for fill in pattern.fills]
        return pattern.text % tuple([values[i] for i in pattern.order])

    def _written_of(self, name: Key) -> _Fill:
        """Return what writes the value of a name, as entries show it."""
        value = self._values.value
        return lambda env: value(env[name])

    def _shows_maybe_none(self, entries: Iterable[_Entry], env: _Env) -> bool:
        """Say whether entries show a derived fact of which a note may tell why there is none."""
        known = self._maybe_none
        return bool(known) and any(name in known for entry in entries for name in entry.names(env))

    def open(self, decision: Decision, found: Open) -> bytes:
        """Return a decision that was analysed."""
        if found.status == "not_applicable":
            return self._not_applicable(decision, found.env)
        told = self._told[decision.id]
        if found.status == "undecided" and not found.needs:
            frame = self._frame(decision, found.resolutions)
            telling = self._telling(told, frame, found.notes, found.env)
            return self._framed("undecided", telling, b"null", (), found.env)
        if found.status == "undecided":
            names = canonical(_applying(decision))
            return _document(
                "undecided", b"null", (), (), found.needs, names, self._said(found.notes), is_exact=found.is_exact
            )
        members: dict[Key, object] = {Own(f"{decision.id}.{path}"): value for path, value in found.members.items()}
        frame = self._frame(decision, found.resolutions)
        env = {**members, **found.env} if told.clocks else found.env
        telling = self._telling(told, frame, found.notes, env)
        return self._framed(found.status, telling, told.outcome(members), found.needs, env, is_exact=found.is_exact)

    def _not_applicable(self, decision: Decision, env: _Env) -> bytes:
        entry = self._refusals[decision.id]
        notes = tuple(self._why_none((entry,), env))
        names = canonical(_applying(decision))
        return _document("not_applicable", b"null", (entry.written(env),), (), (), names, notes)

    def _telling(self, told: _Told, frame: _Frame, notes: Iterable[Note], env: _Env) -> Telling:
        because = [each if isinstance(each, Clock) else each.written(env) for each in frame.because]
        overruled = [entry.overruled(env, by, why) for entry, by, why in frame.overruled]
        return Telling(told, frame, None, tuple(because), tuple(overruled), tuple(self._said(notes)))

    def _framed(  # noqa: PLR0913 - what a decision document shows
        self,
        status: str,
        telling: Telling,
        outcome: bytes,
        needs: tuple[str, ...],
        env: Env,
        *,
        is_exact: bool = True,
    ) -> bytes:
        frame, notes = telling.frame, list(telling.notes)
        if self._maybe_none:
            reasons = [self._clocks[each.id] if isinstance(each, Clock) else each for each in frame.because]
            notes += self._why_none((*reasons, *(entry for entry, _, _ in frame.overruled)), env)
        if status == "undecided":
            notes += _disputes(frame, env)
        because = []
        for each in telling.because:
            if isinstance(each, bytes):
                because.append(each)
                continue
            counted = tell_clock(each, self._pack.calendars, env, is_gap=status == "undecided")
            notes += [self._noted(each, says) for says in counted.says]
            if counted.is_reason:
                because.append(self._clocks[each.id].written(env))
        overruled = telling.overruled
        return _document(status, outcome, because, overruled, needs, frame.interpretations, notes, is_exact=is_exact)

    def _why_none(self, entries: Iterable[_Entry], env: _Env) -> Iterator[bytes]:
        """Yield a note on each derived fact that entries show and that is none though nothing is that it rests on.

        It goes by the derived fact's name. What is personal is not told.
        """
        shown = dict.fromkeys(name for entry in entries for name in entry.names(env)) if self._maybe_none else ()
        for name in shown:
            derived = self._maybe_none.get(name)
            if derived is None or env.get(name, UNKNOWN) is not None:
                continue
            why = _why_none(derived, env)
            if why is not None and self._pack.personal.isdisjoint((name, *derived.inputs)):
                says = f"There is no {derived.name}, as it would {why}."
                yield canonical({"note": derived.name, "says": says, "cites": self._cited(derived.cites)})

    def _noted(self, clock: Clock, says: str) -> bytes:
        """Return a note on what became of a clock; it goes by the clock's id."""
        return canonical({"note": clock.id, "says": says, "cites": self._cited(clock.cites)})

    def _said(self, notes: Iterable[Note]) -> list[bytes]:
        return [self._notes[note.id] for note in notes]

    def _frame(self, decision: Decision, resolutions: Mapping[str, Resolution]) -> _Frame:
        because: list[_Entry | Clock] = []
        overruled: list[tuple[_Entry, _Entry, str]] = []
        for part in decision.parts:
            if isinstance(part, Clock):
                because.append(part)
            elif isinstance(part, Group):
                entries = self._rules[part.id]
                because.extend(entries[i] for i in resolutions[part.id].winners)
                overruled.extend((entries[e.rule], entries[e.by], e.why) for e in resolutions[part.id].overruled)
        groups = tuple((group, resolutions[group.id]) for group in self._told[decision.id].groups)
        return _Frame(tuple(because), tuple(overruled), canonical(_interpretations(decision, resolutions)), groups)


def _pattern(text: bytes, pieces: Sequence[_Piece], clocks: tuple[tuple[Clock, bool], ...] = ()) -> Pattern:
    """Return a pattern from its text and its pieces, in the order in which they stand in it."""
    filling = [fill for piece in pieces for fill in piece.fills]
    fills = tuple(dict.fromkeys(filling))
    places = {fill: place for place, fill in enumerate(fills)}
    shown = frozenset[Key]().union(*(piece.shown for piece in pieces))
    return Pattern(text, fills, tuple([places[fill] for fill in filling]), clocks, shown)


def _why_none(derived: Derived, env: _Env) -> str | None:
    """Return what would become of a derived fact of which there is none for that reason; None where it is another."""
    values = [env.get(name) for name in derived.inputs]
    if isinstance(derived.how, ShiftedBy):
        first, end = reach_of_moves(of_dates=derived.type == "date")
        return None if None in values else f"lie outside of the years {first.year} to {end.year - 1}"
    return f"be divided by {shown_name(derived.inputs[-1])}, which is 0" if values[-1] == 0 else None


def _disputes(frame: _Frame, env: _Env) -> Iterator[bytes]:
    """Yield a note on each group whose rules disagree in a case; it goes by the group's id.

    No question settles that, so it must not look like a decision that waits for an answer.
    """
    for group, resolution in frame.groups:
        members = disputed(group, resolution, env)
        if members:
            says = _dispute(group, resolution, members)
            yield canonical({"note": group.id, "says": says, "cites": []})


def _dispute(group: Group, resolution: Resolution, members: Sequence[str]) -> str:
    """Return a sentence on the rules that disagree about members; the first of them where they are many."""
    rules = [group.rules[i] for i in resolution.winners]
    told = [rule.id for rule in rules if any(member in rule.then for member in members)]
    further = len(told) - _MOST_RULES
    names = listed(told) if further <= 0 else f"{', '.join(told[:_MOST_RULES])} and {further} more"
    if group.policy == "unique":
        return f"The rules {names} hold together, and only one may give {listed(members)}: the pack is at fault."
    return f"The rules {names} disagree about {listed(members)}: the pack is at fault."


def _document(  # noqa: PLR0913, PLR0917 - a parameter for each member
    status: str,
    outcome: bytes,
    because: Sequence[bytes],
    overruled: Sequence[bytes],
    needs: Sequence[str],
    interpretations: bytes,
    notes: Sequence[bytes],
    *,
    is_exact: bool = True,
) -> bytes:
    return (
        b'{"because":[%b],%b"interpretations":%b,"needs":%b,"notes":[%b],"outcome":%b,"overruled":[%b],"status":"%b"}'
        % (
            b",".join(because),
            b"" if is_exact else b'"exact":false,',
            interpretations,
            canonical(needs) if needs else b"[]",
            b",".join(notes),
            outcome,
            b",".join(overruled),
            status.encode(),
        )
    )


def _applying(decision: Decision) -> tuple[str, ...]:
    return () if decision.applies is None else decision.applies.interpretations


def _interpretations(decision: Decision, resolutions: Mapping[str, Resolution]) -> list[str]:
    """Return the interpretations on which the rules that hold, the clocks and the applicability rest."""
    found = dict.fromkeys(_applying(decision))
    for part in decision.parts:
        if isinstance(part, Clock):
            found.update(dict.fromkeys(part.interpretations))
        elif isinstance(part, Group):
            resolution = resolutions[part.id]
            used = sorted({*resolution.winners, *(each.rule for each in resolution.overruled)})
            found.update(dict.fromkeys(part.interpretations if used else ()))
            for i in used:
                found.update(dict.fromkeys(part.rules[i].interpretations))
    return list(found)


def _is_plain(condition: Condition) -> bool:
    """Say whether every test of a condition holds when the condition does."""
    return isinstance(condition, Test) or (
        isinstance(condition, All) and all(isinstance(part, Test) for part in condition.parts)
    )
