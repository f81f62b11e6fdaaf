"""The amounts that clocks are given, held against what a count can reach. What makes no sense: `clock_inputs.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf

from service.clock.business_time import (
    MOST_SEGMENTS,
    MOST_YEARS,
    UNITS,
    longest_open_time,
    microseconds_in,
    most_contact_days,
    most_openings,
)
from service.clock.calendars import Calendar
from service.model.derivations import Counted, Dated, Derived, Extreme, Summed
from service.model.names import Key, shown_name
from service.model.outcomes import Copied, Template
from service.model.pack import Clock, Copy, Group, Pack
from service.model.values import ABSENT, FrozenMap
from service.pack.readings import Tree
from service.written.findings import Finding, Place
from service.written.shape import elements

__all__ = ["check_clock_amounts"]

_LARGEST = 10**300  # beyond all time in any unit, and still a double


@dataclass(frozen=True, slots=True)
class _Given:
    """A value that a name can have, and where it is written.

    beside  what the same rule gives to the other members of its decision, by path
    """

    value: object
    place: Place
    beside: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The numbers between which a name lies, where nothing lists its values; without ends where it can be any."""

    name: str
    least: float = -inf
    most: float = inf


def check_clock_amounts(pack: Pack, trees: Mapping[str, Tree]) -> list[Finding]:
    """Return a warning for each amount that is never due, and for each that a case can make so.

    Facts without bounds are told in `clock_inputs.py`.

    trees  the pack's files by name, for the places of their pieces
    """
    clocks = [clock for decision in pack.decisions.values() for clock in decision.clocks]
    return [finding for clock in clocks for finding in _ClockCheck(pack, trees, clock).findings()]


@dataclass(frozen=True, slots=True)
class _ClockCheck:
    pack: Pack
    trees: Mapping[str, Tree]
    clock: Clock

    def findings(self) -> Iterator[Finding]:
        """Yield what the clock is given in vain."""
        if "amount" in self.clock.fixed:
            yield from self._amount(_Given(self.clock.fixed["amount"], self._place("amount"), FrozenMap()))
        elif "amount" in self.clock.inputs:
            for found in dict.fromkeys(self._values(self.clock.inputs["amount"], frozenset())):
                yield from self._amount(found) if isinstance(found, _Given) else self._range(found)

    def _amount(self, found: _Given) -> Iterator[Finding]:
        amount = found.value
        if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal) or amount < 0:
            return  # refused already
        amount = float(min(amount, _LARGEST))
        units = self._beside("unit", found) or self._constants("unit") or UNITS
        why = [why for unit in units if unit in UNITS for why in self._too_much(amount, str(unit))]
        if why and all(why):
            message = f"clock {self.clock.id}: an amount of {amount:g} is never due: {why[0]}"
            yield Finding(found.place, "amount_too_large", message, severity="warning")

    def _range(self, found: _Bounds) -> Iterator[Finding]:
        if found.name in self.pack.facts.facts and not (found.least >= 0 and found.most < inf):
            return  # told already
        lacks = [] if found.least >= 0 else ["no minimum of 0 or more, and a negative amount is never due"]
        units = self._constants("unit") or UNITS
        if found.most == inf:
            lacks.append(f"no maximum, and a target more than {MOST_YEARS} years away is never due")
        else:
            # The largest unit last: what is more than there is of time says more than what is too much to list.
            why = [why for unit in units if unit in UNITS for why in self._too_much(found.most, str(unit)) if why]
            lacks.extend(f"a maximum of {found.most:g}, and {each}" for each in why[-1:])
        if lacks:
            mend = "give it bounds in the facts schema, or let a rule or table give the amount"
            message = f"clock {self.clock.id} counts '{found.name}', which has {'; '.join(lacks)}; {mend}"
            yield Finding(self._place("amount"), "unbounded_amount", message, severity="warning")

    def _too_much(self, amount: float, unit: str) -> Iterator[str]:
        """Yield for each calendar why so many of a unit are more than it can count from any start, or ""."""
        for name in self._constants("calendar") or tuple(self.pack.calendars):
            calendar = self.pack.calendars.get(str(name))
            if calendar is None:
                continue
            if self._is_out_of_reach(amount, unit, calendar):
                yield f"calendar {name} has less open time than {amount:g} {unit} in {MOST_YEARS} years"
            elif "segments" in self.clock.gives and _is_much_to_list(amount, unit, calendar):
                yield f"{amount:g} {unit} over calendar {name} are more than {MOST_SEGMENTS} segments to list"
            else:
                yield ""

    def _is_out_of_reach(self, amount: float, unit: str, calendar: Calendar) -> bool:
        if unit == "opening":
            return amount > most_openings(calendar)
        if unit == "business_day" and self.clock.conventions.goes_by_days:
            return amount > most_contact_days(calendar)
        return amount * microseconds_in(unit, calendar) > longest_open_time(calendar)

    # what a name can be

    def _constants(self, role: str) -> tuple[object, ...]:
        """Return the values that a role can have as far as they are written down; none where it may have others."""
        if role in self.clock.fixed:
            return (self.clock.fixed[role],)
        name = self.clock.inputs.get(role)
        if name is None:
            return ()
        if choices := self._choices(name):
            return choices
        found = list(self._values(name, frozenset()))
        return tuple(dict.fromkeys(each.value for each in found if isinstance(each, _Given)))

    def _beside(self, role: str, found: _Given) -> tuple[object, ...]:
        """Return the value that the rule of an amount gives to another role's member too, if it does."""
        name = self.clock.inputs.get(role)
        _, _, path = ("" if name is None else shown_name(name)).partition(".")
        value = found.beside.get(path)
        return (value,) if isinstance(value, str) else ()

    def _choices(self, name: Key) -> tuple[object, ...]:
        fact = self.pack.facts.facts.get(shown_name(name))
        if fact is not None:
            return fact.choices or ()
        members = (member for decision in self.pack.decisions.values() for member in decision.members)
        return next((member.choices or () for member in members if member.name == shown_name(name)), ())

    def _values(self, name: Key, seen: frozenset[str]) -> Iterator[_Given | _Bounds]:
        """Yield what a name can be: each constant that rules give it, and the bounds of what they copy."""
        plain = shown_name(name)
        if plain in seen:
            return
        seen |= {plain}
        fact, derived = self.pack.facts.facts.get(plain), self.pack.derived.get(plain)
        if fact is not None:
            least = -inf if fact.minimum is None else float(fact.minimum)
            most = inf if fact.maximum is None else float(fact.maximum)
            yield _Bounds(plain, least, most)
        elif derived is not None and isinstance(derived.how, Dated):
            yield from (_Given(value, derived.place, FrozenMap()) for _, value in derived.how.values)
        elif derived is not None:
            yield self._derived(derived, seen)
        else:
            yield from self._member(plain, seen)

    def _member(self, name: str, seen: frozenset[str]) -> Iterator[_Given | _Bounds]:
        decision, _, path = name.partition(".")
        for part in self.pack.decisions[decision].parts if decision in self.pack.decisions else ():
            if isinstance(part, Group) and path in part.gives:
                for rule in part.rules:
                    if rule.then.get(path, ABSENT) is not ABSENT:
                        yield from self._given(_Given(rule.then[path], rule.place, rule.then), seen)
            elif isinstance(part, Copy) and part.member == path:
                yield from self._copied(part, self.pack.decisions[decision].place, seen)

    def _copied(self, copy: Copy, place: Place, seen: frozenset[str]) -> Iterator[_Given | _Bounds]:
        if copy.source is None:
            yield _Given(copy.always, place, FrozenMap())
        elif copy.labels is not None:
            yield from (_Given(value, place, FrozenMap()) for value in copy.labels.values())
        else:
            yield from self._values(copy.source, seen)

    def _given(self, given: _Given, seen: frozenset[str]) -> Iterator[_Given | _Bounds]:
        if not isinstance(given.value, Template):
            yield given
        elif isinstance(given.value.value, Copied):
            yield from self._values(given.value.value.key, seen)

    def _derived(self, derived: Derived, seen: frozenset[str]) -> _Bounds:
        """Return the bounds of a derived number, as far as those of its inputs tell them."""
        how = derived.how
        if isinstance(how, Counted):
            fact = self.pack.facts.facts.get(shown_name(how.input))
            return _Bounds(derived.name, 0, inf if fact is None or fact.max_items is None else fact.max_items)
        if not isinstance(how, Summed | Extreme):
            return _Bounds(derived.name)
        bounds = [self._ends(name, seen) for name in how.inputs]
        if isinstance(how, Summed):
            times = map(float, how.times or (1,) * len(bounds))
            ends = [sorted(end * each for end in both) for both, each in zip(bounds, times, strict=True)]
            least, most = (sum(each) + float(how.constant) for each in zip(*ends, strict=True))
            return _Bounds(derived.name, least, most)
        pick = max if how.latest else min
        # What is passed over as unknown can leave any one of them.
        least = min(ends[0] for ends in bounds) if how.known_only else pick(ends[0] for ends in bounds)
        most = max(ends[1] for ends in bounds) if how.known_only else pick(ends[1] for ends in bounds)
        return _Bounds(derived.name, least, most)

    def _ends(self, name: Key, seen: frozenset[str]) -> tuple[float, float]:
        found = list(self._values(name, seen))
        least = [each.least if isinstance(each, _Bounds) else _number(each.value) for each in found]
        most = [each.most if isinstance(each, _Bounds) else _number(each.value) for each in found]
        return min(least, default=-inf), max(most, default=inf)

    def _place(self, role: str) -> Place:
        """Return where a role of the clock is written."""
        tree = self.trees.get(f"decisions/{self.clock.decision}.yaml")
        for i, part in elements(tree.data, "parts") if tree is not None else ():
            if part.get("clock") == self.clock.id and tree is not None:
                return tree.place(("parts", i, role))
        return self.clock.place


def _is_much_to_list(amount: float, unit: str, calendar: Calendar) -> bool:
    if unit == "opening":
        return amount > MOST_SEGMENTS + 1
    return amount * microseconds_in(unit, calendar) > longest_open_time(calendar, segments=MOST_SEGMENTS)


def _number(value: object) -> float:
    return float(min(value, _LARGEST)) if isinstance(value, int | float | Decimal) else 0
