"""Straight Python that decides the cases of one pack, written from it for the decisions that are asked for.

A case is read into variables; what each decision comes to is found by its shape (`shapes.py`), and members go from one
decision to the next. Whatever has not come up before is left to those who work out cases one by one, and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from service.decision.looks import NoShapes, derived_line
from service.decision.shapes import Shapes
from service.jsontext import Json
from service.model.derivations import Derived
from service.model.names import Key
from service.model.pack import Pack
from service.python_source import Source, in_a_tuple, source_of, variable_of
from service.remembering import keep

if TYPE_CHECKING:
    from service.decision.policy import Policy

__all__ = ["Straight"]


_OFTEN = 32  # times, after which writing is worth its while
_MOST_COUNTED = 256
_MOST_WRITTEN = 64

Decisions: TypeAlias = tuple[dict[str, Json], dict[str, bytes]]
"""The defaults that stand in, and each asked decision as canonical JSON."""


class Straight:
    """Decides the cases of one policy by straight Python, what is asked for often. Safe to share between threads."""

    def __init__(self, policy: Policy, often: int = _OFTEN) -> None:
        """Take a policy. Nothing is written before the same has been asked for so often."""
        self._policy = policy
        self._often = often
        self._asked: dict[tuple[str, ...], int] = {}
        self._written = lru_cache(_MOST_WRITTEN)(self._write)
        self._shapes = cache(self._shapes_of)

    def decide(self, facts: object, asked: tuple[str, ...], as_of: datetime | None) -> Decisions | None:
        """Return what a case comes to, from its facts as they came.

        It is what reading these and `Policy.decide` come to; None where they have to be asked: something is wrong with
        the facts, or open, or has not been asked for often.
        asked, as_of  as for `Policy.decide`; unknown names are allowed
        """
        times = self._asked.get(asked, 0)
        if times < self._often:
            keep(self._asked, asked, times + 1, _MOST_COUNTED)
            return None
        written = self._written(asked)
        found = None if written is None else written.decide(facts, as_of)
        if written is None or found is None:
            return None
        flags, documents = found
        pairs = zip(written.defaults, flags, strict=True)
        assumed = {each[0]: each[1] for each, stands_in in pairs if stands_in and each is not None}
        told = dict(zip(written.told, documents, strict=True))
        if written.rests_on_hidden:
            told = {name: self._policy.hidden.told(name, told) for name in asked}
        return assumed, told

    def source(self, asked: tuple[str, ...]) -> str | None:
        """Return the source of what decides some decisions; None where they can't be decided so."""
        written = self._written(asked)
        return None if written is None else source_of(written.decide)

    def _write(self, asked: tuple[str, ...]) -> _Written | None:
        policy = self._policy
        if not all(name in policy.pack.decisions for name in asked):
            return None
        hidden = policy.hidden.beneath(asked)
        told = hidden.union(asked)
        shapes: dict[str, Shapes] = {}
        for name in chain.from_iterable(policy.levels(asked)):
            found = self._shapes(name, name in told)
            if found is None:
                return None
            shapes[name] = found
        source = Source()
        lines = _Lines(policy.pack, policy.day, shapes, source).written()
        decide = source.function("def decide(given, as_of)", lines, policy.pack.id)
        read, defaults = policy.facts_read(asked), policy.pack.facts.lines.defaults
        rested_on = tuple([(path, default) if path in read else None for path, default in defaults.items()])
        return _Written(decide, tuple(sorted(told)), rested_on, bool(hidden))

    def _shapes_of(self, name: str, is_told: bool) -> Shapes | None:
        policy = self._policy
        try:
            decision, read = policy.pack.decisions[name], policy.ground.read
            return Shapes(policy.program, policy.certain, policy.narrator, decision, read, is_told=is_told)
        except NoShapes:
            return None


class _Written(NamedTuple):
    """Straight Python for some decisions.

    decide    returns of a case, from its facts as they came, whether each default stands in, in the schema's order, and
              the documents; None for one that is wrong, or not settled
    told      the names of the documents
    defaults  the facts with defaults in that order, with their defaults; None for those that no asked decision rests on
    rests_on_hidden  whether some of the decisions read hidden ones
    """

    decide: Callable[[object, datetime | None], tuple[tuple[bool, ...], tuple[bytes, ...]] | None]
    told: tuple[str, ...]
    defaults: tuple[tuple[str, Json] | None, ...]
    rests_on_hidden: bool


@dataclass(slots=True)
class _Lines:
    """Writes the lines; `shapes` in an order in which each decision reads only those before it."""

    pack: Pack
    day: Callable[[datetime], date]
    shapes: Mapping[str, Shapes]
    source: Source

    def written(self) -> Iterator[str]:
        facts = self.pack.facts.lines
        yield from facts.written(self.source)
        variables: dict[Key, str] = {"as_of": "as_of", "today": "today"}
        variables.update(facts.names.items())
        yield from self._moment(variables)
        for place, (name, shapes) in enumerate(self.shapes.items()):
            yield f"# {name}"
            for step in shapes.derived:
                derived = cast("Derived", step.work).name
                if derived not in variables:
                    variables[derived] = variable_of(derived, len(variables))
                    yield derived_line(step, variables, self.source)
            members = {member: variable_of(member, len(variables) + at) for at, member in enumerate(shapes.passed_on)}
            yield from self._shape(shapes, variables)
            outside = in_a_tuple(variables[each] for each in shapes.outside)
            yield "if shape is not None:"
            yield f"    result = {self.source.constant(shapes.come_to, 'come_to')}(shape, {outside})"
            yield "if shape is None or result is None:"
            yield "    return None"
            yield f"members, document_{place} = result"
            if members:
                yield f"{in_a_tuple(members.values())} = members"
            variables.update(members.items())
        places = {name: place for place, (name, shapes) in enumerate(self.shapes.items()) if shapes.is_told}
        documents = in_a_tuple(f"document_{places[name]}" for name in sorted(places))
        yield f"return {in_a_tuple(facts.assumed.values())}, {documents}"

    def _moment(self, variables: Mapping[Key, str]) -> Iterator[str]:
        """Yield when dates are judged."""
        fact = self.pack.as_of_fact
        yield "if as_of is None:"
        yield f"    as_of = {'unknown' if fact is None else variables[fact]}"
        day_of = self.source.constant(self.day, "day_of")
        yield f"today = as_of if as_of is None or as_of is unknown else {day_of}(as_of)"

    def _shape(self, shapes: Shapes, variables: Mapping[Key, str]) -> Iterator[str]:
        """Yield how the shape of a case is found, and learned where it has not come up."""
        written = [each.line(variables, self.source) for each in shapes.looks]
        looks = [f"look_{place}" for place in range(len(written) + 1)]
        held = [f"held_{place}" for place in range(len(looks))]
        unknown = in_a_tuple(f"{variables[name]} is unknown" for name in shapes.may_be_unknown)
        others = [
            *(
                f"{look} = {each.line(variables, self.source)}"
                for look, each in zip(looks[1:], shapes.looks, strict=True)
            ),
            *(f"{each} = {self._get(shapes, at)}({looks[at]})" for at, each in enumerate(held) if at),
            f"looks = {in_a_tuple(looks)}",
            f"key = {in_a_tuple([*held, unknown])}",
        ]
        if shapes.applies is None:
            yield "look_0, held_0 = (), ()"
            yield from others
        else:
            yield f"look_0 = {shapes.applies.line(variables, self.source)}"
            yield f"held_0 = {self._get(shapes, 0)}(look_0)"
            yield "if held_0 == ():"
            yield f"    looks, key = (look_0,), (held_0, {unknown})"
            yield "else:"
            yield from (f"    {line}" for line in others)
        outside = in_a_tuple(variables[each] for each in shapes.outside)
        yield f"shape = {self.source.constant(shapes.known.get, 'shape_of')}(key)"
        yield "if shape is None:"
        yield f"    shape = {self.source.constant(shapes.learn, 'learn')}(looks, {outside})"

    def _get(self, shapes: Shapes, place: int) -> str:
        return self.source.constant(shapes.held[place].get, "rules_of")
