"""Sets of cases in the facts' own words: as sayings of a sentence, and as a condition where the language can say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from service.analysis.diagrams import Leaf
from service.analysis.lines import Line, is_date, valued
from service.analysis.ongoing import ONGOING, declared
from service.analysis.paths import Claimed, OneOf, Picked, Stretch, There, Way
from service.analysis.terms import (
    NEVER_DUE,
    Atom,
    Below,
    Bent,
    ChosenOf,
    CountOf,
    DayOf,
    Doubt,
    Has,
    MostOf,
    Moved,
    MovedBy,
    Opaque,
    OpenTime,
    Product,
    Ratio,
    Rational,
    RoundedTo,
    Sum,
    Term,
    TimeOf,
    TotalOf,
    Unknown,
    WeekdayIn,
    facts_in,
    is_symbolic,
)
from service.facts.values import as_json
from service.jsontext import Json
from service.model.conditions import Condition, Ref, Spelling, Test, fold
from service.model.derivations import WEEKDAYS, Duration, Extreme, Holds, OngoingSince
from service.model.names import Key, OfItem, shown_name

if TYPE_CHECKING:
    from service.analysis.worlds import World

__all__ = ["Saying", "Teller", "json_of", "listed", "named", "shown"]

_MOST_VALUES = 12
_MOST_FACTS = 6
_UNITS = (("days", 86_400_000_000), ("hours", 3_600_000_000), ("minutes", 60_000_000), ("seconds", 1_000_000))
_UNIT_OF: Mapping[str, Sequence[tuple[str, int]]] = {"date": (("days", 1),), "instant": (*_UNITS, ("microseconds", 1))}


@dataclass(frozen=True, slots=True)
class Saying:
    """What is so of a fact in all cases of a set.

    name     the fact, or what is derived from facts; None where the language has no condition that says it
    matcher  as in a rule's `when`
    """

    says: str
    name: str | None = None
    matcher: Json = None


class Teller:
    """Tells sets of cases of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._names: dict[object, str] | None = None

    def sayings(self, path: Way) -> list[Saying]:
        """Return what is so in all cases of a path, fact by fact."""
        there = {declared(fact) for each in path for fact in _facts_there(each)}
        found = [
            saying
            for each in path
            if not (isinstance(each, There) and each.is_there and self._is_implied(each.name, there))
            for saying in self._told(each)
        ]
        return _joined(found)

    def _is_implied(self, name: str, there: set[str]) -> bool:
        facts, subjects = self._world.pack.facts.facts, self._world.pack.facts.subjects
        for fact in there:
            around: str | None = fact
            while around is not None:
                if around == name:
                    return True
                around = facts[around].subject if around in facts else subjects.get(around)
        return False

    def _told(self, picked: Picked) -> Iterator[Saying]:
        match picked:
            case OneOf():
                yield from self._values(picked)
            case Stretch(cluster=cluster, first=first, last=last):
                (fact,) = cluster.facts
                line = self._world.ground.domains[fact]
                if isinstance(line, Line):
                    yield from _stretch(self._fact_told(fact), line, cluster.edges[first], cluster.edges[last])
            case There(name=name, is_there=is_there):
                yield Saying(f"{name} is {'known' if is_there else 'none'}", name, {"known": is_there})
            case Claimed(claims=claims):
                yield from (self.claim(atom, truth) for atom, truth in claims)

    def _values(self, picked: OneOf) -> Iterator[Saying]:
        fact, values, choice = picked.choice.fact, picked.values, picked.choice
        if picked.has is not None:
            yield from (_has(fact, item, truth) for item, truth in picked.has)
        elif picked.tests is not None:
            yield from self._asked(fact, picked.tests)
        elif picked.is_run:
            every = [each for i in range(len(choice.values)) for each in choice.class_of(i)]
            yield from _run(fact, values, min(every), max(every))  # type: ignore[type-var]
        elif choice.strange.issubset(values) and choice.strange:
            known = [each for each in _all_values(picked) if each not in values]
            if known:
                # In a condition none counts as not.
                apart = {"known": True} if fact in self._world.pack.nullable else {}
                yield _none_of(fact, known, apart)
        elif choice.strange.isdisjoint(values):
            told, matcher = _among(values)
            yield Saying(f"{fact} is {told}", fact, matcher)
        else:
            others = [each for each in _all_values(picked) if each not in values]
            few, says = (values, "is") if len(values) <= len(others) else (others, "is not")
            yield Saying(f"{fact} {says} {_among(few)[0]}")

    def _asked(self, fact: str, tests: Sequence[tuple[Test, bool]]) -> Iterator[Saying]:
        """Yield what is so of a text that conditions look inside."""
        # In a condition none counts as not.
        is_apart = fact in self._world.pack.nullable and not any(truth for _, truth in tests)
        for i, (test, truth) in enumerate(tests):
            says, matcher = _inside(test)
            if truth:
                yield Saying(f"{fact} {says}", fact, matcher)
            else:
                known = {"known": True} if is_apart and i == 0 else {}
                apart = "is known and " if known else ""
                yield Saying(f"{fact} {apart}{_negated(says)}", fact, {**known, "not": matcher})

    # claims about several facts, or about what is worked out of one

    def claim(self, atom: Atom, truth: bool) -> Saying:
        """Return a claim about facts, or about what is worked out of one, or that it is not so."""
        if isinstance(atom, Has):
            if isinstance(atom.list, Unknown) and not facts_in(atom.item):
                return _has(atom.list.fact, atom.item, truth)
            return Saying(f"{self.term(atom.list)} {'has' if truth else 'lacks'} {self.term(atom.item)}")
        if isinstance(atom, Doubt) and atom.relation == NEVER_DUE:
            return Saying(f"{'a pause' if truth else 'no pause'} keeps a target from ever being due")
        if isinstance(atom, Doubt) and atom.relation == "below":
            first, second = map(self.term, atom.args)
            is_moment = any(_kind(each) in _UNIT_OF for each in atom.args)
            told = ("before" if truth else "on or after") if is_moment else ("below" if truth else "at least")
            return Saying(f"{first} is {told} {second}")
        if not isinstance(atom, Below):
            what = f"{atom.relation} of {' and '.join(map(self.term, atom.args))}"
            return Saying(f"{what} {'holds' if truth else 'does not hold'}")
        return self._below(atom, truth)

    def _below(self, atom: Below, truth: bool) -> Saying:
        parts, place = atom.sum.parts, -atom.sum.constant
        named = self._named(atom, truth)
        if named is not None:
            return named
        first, times = parts[0]
        if len(parts) == 1 and place == times and isinstance(first, CountOf) and isinstance(first.of, ChosenOf):
            return Saying(self.term(first.of).replace(" where ", f" has {'no item' if truth else 'an item'} where ", 1))
        if isinstance(first, WeekdayIn) and len(parts) == 1:
            day = WEEKDAYS[int(place)]
            return Saying(f"{self.term(first)} is {f'before {day}' if truth else f'{day} or later'}")
        if len(parts) == 1 and times == 1:
            return _bound(_Bounded(self.term(first), self._name_of(first), _kind(first)), place, atom, truth)
        if len(parts) == 2 and times == 1 and parts[1][1] == -1 and _kind(first) == _kind(parts[1][0]) != "number":
            return Saying(_apart(self.term(first), self.term(parts[1][0]), place, _kind(first), truth=truth))
        return self._of_moments(atom, truth) or _bound(_Bounded(self._sum(parts)), place, atom, truth)

    def _of_moments(self, atom: Below, truth: bool) -> Saying | None:
        """Return what is so of a date or instant that is moved by numbers; None for other sums."""
        moments = {term: times for term, times in atom.sum.parts if _kind(term) in _UNIT_OF}
        counts = [(term, times) for term, times in atom.sum.parts if term not in moments]
        kinds = {_kind(term) for term in moments}
        is_whole = not atom.or_zero and all(isinstance(times, int) for _, times in counts)
        if len(kinds) != 1 or not counts or not is_whole or sorted(moments.values()) not in ([-1], [1], [-1, 1]):
            return None
        (kind,) = kinds
        sign = 1 if 1 in moments.values() else -1
        told = {times * sign: self.term(term) for term, times in moments.items()}
        moved = told[1] + "".join(self._moved_by(term, int(times) * sign, kind) for term, times in counts)
        # s < 0 with a moment that counts -1 is not (-s < 1).
        place, truth = (-atom.sum.constant, truth) if sign > 0 else (atom.sum.constant + 1, not truth)
        if -1 in told:
            return Saying(_apart(moved, told[-1], place, kind, truth=truth))
        return _bound(_Bounded(moved, kind=kind), place, atom, truth)

    def _moved_by(self, count: Term, times: int, kind: str) -> str:
        """Return how far a number moves a date or instant: plus contract.days days."""
        unit, size = next((unit, size) for unit, size in _UNIT_OF[kind] if times % size == 0)
        often = abs(times) // size
        told = self.term(count) if often == 1 else f"{shown(often)} times {self.term(count)}"
        return f" {'plus' if times > 0 else 'minus'} {told} {unit}"

    def _named(self, atom: Below, truth: bool) -> Saying | None:
        """Return what is so of the derived number that is the sum of an atom, or that negated; None without one."""
        wanted = dict(atom.sum.parts)
        for term, name in self._derived().items():
            if not isinstance(term, Sum) or len(wanted) < 2:
                continue
            scale = _scale_between(dict(term.parts), wanted)
            if scale is not None and scale > 0:
                return _bound(_Bounded(name, name), term.constant - atom.sum.constant / scale, atom, truth)
            if {each: -times for each, times in term.parts} == wanted and _is_whole(atom):
                return _bound(_Bounded(name, name), term.constant + atom.sum.constant + 1, atom, not truth)
        return None

    def _derived(self) -> Mapping[object, str]:
        """Return the names of derived facts by the terms that they are."""
        if self._names is None:
            self._names = {}
            if self._world.pack.dates_in is not None and isinstance(today := self._world.value("today"), Leaf):
                self._names[today.value] = "today"
            pack = self._world.pack
            for derived in (*pack.derived.values(), *pack.between.values()):
                if not isinstance(derived.how, Holds | Extreme):
                    value = self._world.value(derived.key)
                    if isinstance(value, Leaf) and value.value is not None:
                        self._names.setdefault(value.value, derived.name)
        return self._names

    def _name_of(self, term: object) -> str | None:
        return self._fact_told(term.fact) if isinstance(term, Unknown) else self._derived().get(term)

    def _fact_told(self, name: str) -> str:
        """Return a fact's name; of since when periods go on, that of a derived fact that is it."""
        fact = declared(name)
        if fact == name:
            return name
        derived = self._world.pack.derived.values()
        return next((each.name for each in derived if each.how == OngoingSince(fact)), name)

    def term(self, term: object) -> str:  # noqa: C901, PLR0911, PLR0912 - one for each kind of term
        """Return a term in words."""
        name = self._name_of(term)
        if name is not None:
            return name
        match term:
            case Moved(of=of, by=by):
                return f"{self.term(of)} {_moved(by)}"
            case MovedBy(of=of, months=months, days=days, minutes=minutes):
                lengths = ((months, "months"), (days, "days"), (minutes, "minutes"))
                return self.term(of) + "".join(f" plus {self.term(each)} {unit}" for each, unit in lengths if each)
            case DayOf(of=of, zone=zone):
                return f"the day of {self.term(of)} in {zone}"
            case TimeOf(of=of, zone=zone):
                return f"the time of day of {self.term(of)} in {zone}"
            case WeekdayIn(of=of):
                return f"the weekday of {self.term(of)}"
            case CountOf(of=of, wanted=None):
                return f"the number of items in {self.term(of)}"
            case CountOf(of=of, wanted=wanted) if wanted is not None:
                return f"the number of {' and '.join(sorted(map(shown, wanted)))} in {self.term(of)}"
            case TotalOf(of=of, member=member):
                over = "" if member is None else f"{member} over "
                return f"the sum of {over}{self.term(of)}"
            case MostOf(of=of, member=member, greatest=greatest):
                most = (
                    ("latest" if greatest else "earliest")
                    if _kind(term) != "number"
                    else "greatest"
                    if greatest
                    else "least"
                )
                return f"the {most} {member} of {self.term(of)}"
            case ChosenOf(of=of, where=where, beside=beside):
                return f"{self.term(of)} where {_where(where, dict(beside))}"
            case Product() | Ratio() | RoundedTo():
                return self._bent(term)
            case Sum(parts=parts, constant=constant):
                return self._sum(parts) + (f" + {shown(constant)}" if constant else "")
            case OpenTime(first=first, last=last, calendar=calendar, how=how):
                measure = "the business days" if how.unit is None else "the open time"
                return f"{measure} of {calendar} from {self.term(first)} to {self.term(last)}"
            case Opaque(of=of, args=args):
                what = getattr(of[0], "id", of[0])
                return f"{of[1]} of {what} ({', '.join(self.term(each) for each in args if facts_in(each))})"
            case Spelling(texts=texts):
                return shown(texts)
            case tuple() if is_symbolic(term):
                return f"[{', '.join(self.term(each) for each in term)}]"
            case _:
                return shown(term)

    def _bent(self, term: Bent) -> str:
        match term:
            case Product(of=factors):
                return " times ".join(map(self.term, factors))
            case Ratio(over=over, under=under):
                return f"({self.term(over)}) divided by ({self.term(under)})"
            case RoundedTo(of=of, places=places):
                return f"{self.term(of)} rounded to {places} {'place' if places == 1 else 'places'}"

    def _sum(self, parts: Sequence[tuple[object, Rational]]) -> str:
        told = ""
        for term, times in parts:
            count = abs(times)
            of = self.term(term) if count == 1 else f"{shown(count)} times {self.term(term)}"
            told += (" - " if times < 0 else " + ") + of
        return told.removeprefix(" + ").strip()


_LOWER = {"at_least", "more_than", "on_or_after"}
_UPPER = {"at_most", "less_than", "on_or_before", "before"}


def _joined(sayings: Sequence[Saying]) -> list[Saying]:
    """Return what is so, a lower and an upper bound of one name in one sentence."""
    found: list[Saying] = []
    for saying in sayings:
        place = next((i for i, each in enumerate(found) if _are_bounds(each, saying)), None)
        if place is None:
            found.append(saying)
            continue
        low, high = sorted((found[place], saying), key=lambda each: _ops(each) <= _UPPER)
        says = f"{low.says} and {high.says.removeprefix(f'{high.name} is ')}"
        found[place] = Saying(says, low.name, {**dict(low.matcher), **dict(high.matcher)})  # type: ignore[arg-type]
    return found


def _ops(saying: Saying) -> set[str]:
    return set(saying.matcher) if isinstance(saying.matcher, Mapping) else set()


def _are_bounds(one: Saying, other: Saying) -> bool:
    ops = _ops(one), _ops(other)
    is_pair = any(low and high and low <= _LOWER and high <= _UPPER for low, high in (ops, ops[::-1]))
    return one.name is not None and one.name == other.name and is_pair


def _facts_there(picked: Picked) -> Sequence[str]:
    """Return the facts that a case must have, as something is asked of their values."""
    match picked:
        case OneOf(choice=choice):
            return (choice.fact,)
        case Stretch(cluster=cluster):
            return cluster.facts
        case Claimed(claims=claims):
            return tuple(fact for atom, _ in claims for fact in facts_in(atom))
        case _:
            return ()


def _all_values(picked: OneOf) -> list[object]:
    choice = picked.choice
    return [each for i in range(len(choice.values)) for each in choice.class_of(i)]


def _among(values: Sequence[object]) -> tuple[str, Json]:
    """Return values in words, and as a matcher that asks for one of them."""
    told = [shown(each) for each in values[:_MOST_VALUES]]
    if len(values) > _MOST_VALUES:
        told.append(f"{len(values) - _MOST_VALUES} more")
    return listed(told, "or"), json_of(values[0]) if len(values) == 1 else [json_of(each) for each in values]


def _none_of(fact: str, values: Sequence[object], apart: Mapping[str, Json]) -> Saying:
    told, matcher = _among(values)
    return Saying(f"{fact} is {'known and ' if apart else ''}not {told}", fact, {**apart, "not": matcher})


def listed(told: Sequence[str], last: str = "and") -> str:
    """Return words as a list in a sentence."""
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} {last} {told[-1]}"


def named(facts: Sequence[str]) -> str:
    """Return the names of facts as a list in a sentence, those beyond a few as their number."""
    told = facts[:_MOST_FACTS]
    return listed([*told, f"{len(facts) - _MOST_FACTS} more"] if len(facts) > _MOST_FACTS else told)


_INSIDE = {"starts_with": "starts with", "ends_with": "ends with", "contains": "contains"}


def _inside(test: Test) -> tuple[str, Json]:
    """Return what a test asks of a text: in words, and as a matcher."""
    spelling = test.operand
    if not isinstance(spelling, Spelling):
        told, matcher = _among(
            spelling
            if isinstance(spelling, tuple)
            else sorted(spelling)
            if isinstance(spelling, frozenset)
            else (spelling,)
        )
        return f"is {told}", matcher
    told, matcher = _among(spelling.texts)
    if test.op in _INSIDE:
        told, matcher = f"{_INSIDE[test.op]} {told}", {test.op: matcher}
    else:
        told = f"is {told}"
    return (f"{told}, ignoring case", {"ignoring_case": matcher}) if spelling.ignoring_case else (told, matcher)


def _negated(says: str) -> str:
    """Return a predicate as what is not so: does not start with EX-."""
    verb, rest = says.split(" ", maxsplit=1)
    return f"is not {rest}" if verb == "is" else f"does not {verb.removesuffix('s')} {rest}"


def _has(fact: str, item: object, truth: bool) -> Saying:
    if item is ONGOING:
        return Saying(f"{'a' if truth else 'no'} period of {fact} goes on", fact, {"ongoing": truth})
    verb = "includes" if truth else "lacks"
    return Saying(f"{fact} {verb} {shown(item)}", fact, {verb: json_of(item)})


def _run(fact: str, values: Sequence[object], least: object, most: object) -> Iterator[Saying]:
    first, last = values[0], values[-1]
    low, high = (None if first == least else first), (None if last == most else last)
    if first == last:
        yield Saying(f"{fact} is {shown(first)}", fact, json_of(first))
    elif low is not None or high is not None:
        yield _between(fact, low, high)


def _between(fact: str, low: object, high: object) -> Saying:
    """Return that whole values lie between two, both included."""
    if low is not None and high is not None:
        told = f"from {shown(low)} to {shown(high)}"
    else:
        told = f"{shown(low)} or more" if high is None else f"at most {shown(high)}"
    bounds = {"at_least": low, "at_most": high}
    return Saying(f"{fact} is {told}", fact, {op: json_of(each) for op, each in bounds.items() if each is not None})


def _stretch(fact: str, line: Line, low: tuple[object, object], high: tuple[object, object]) -> Iterator[Saying]:
    begins, ends = low[0], high[1]
    first, after_first = begins.place, begins.after  # type: ignore[attr-defined]
    last, after_last = ends.place, ends.after  # type: ignore[attr-defined]
    if line.is_whole:
        first, last = first + after_first, last - (not after_last)
        yield from _of_whole(fact, line, first, last)
        return
    has_low, has_high = first > line.least or after_first, last < line.most or not after_last
    if first == last:
        yield Saying(f"{fact} is {shown(first)}", fact, json_of(first))
    elif has_low or has_high:
        told, matcher = [], {}
        if has_low:
            told.append(f"above {shown(first)}" if after_first else f"{shown(first)} or more")
            matcher["more_than" if after_first else "at_least"] = json_of(first)
        if has_high:
            told.append(f"at most {shown(last)}" if after_last else f"below {shown(last)}")
            matcher["at_most" if after_last else "less_than"] = json_of(last)
        yield Saying(f"{fact} is {' and '.join(told)}", fact, matcher)


def _of_whole(fact: str, line: Line, first: Rational, last: Rational) -> Iterator[Saying]:
    low = valued(line.type, first) if first > line.least else None
    high = valued(line.type, last) if last < line.most else None
    if first == last:
        value = valued(line.type, first)
        yield Saying(f"{fact} is {shown(value)}", fact, json_of(value))
    elif low is None and high is None:
        return
    elif line.type == "integer":
        yield _between(fact, low, high)
    elif line.type == "date":
        yield _in_time(fact, low, high, "on_or_before")
    else:
        yield _in_time(fact, low, None if high is None else valued(line.type, last + 1), "before")


def _in_time(fact: str, low: object, high: object, up_to: str) -> Saying:
    """Return that dates or instants lie between one and another."""
    ends = f"{shown(high)} or earlier" if up_to == "on_or_before" else f"before {shown(high)}"
    if low is not None and high is not None:
        told = f"from {shown(low)} to {'' if up_to == 'on_or_before' else 'before '}{shown(high)}"
    else:
        told = f"{shown(low)} or later" if high is None else ends
    bounds = {"on_or_after": low, up_to: high}
    return Saying(f"{fact} is {told}", fact, {op: json_of(each) for op, each in bounds.items() if each is not None})


def _kind(term: object) -> str:
    if isinstance(term, Unknown | MostOf):
        return term.type if term.type in ("date", "instant") else "number"
    if isinstance(term, TimeOf):
        return "time"
    if isinstance(term, Moved | MovedBy | DayOf):
        return "date" if is_date(term) else "instant"
    return "number"


def _scale_between(parts: Mapping[Term, Rational], others: Mapping[Term, Rational]) -> Fraction | None:
    """Return by how much each term of a sum counts more in another; None where that differs."""
    if parts.keys() != others.keys():
        return None
    scales = {Fraction(others[term]) / times for term, times in parts.items()}
    return scales.pop() if len(scales) == 1 else None


def _is_whole(atom: Below) -> bool:
    return not atom.or_zero and not any(
        isinstance(term, Unknown) and term.type == "number" for term, _ in atom.sum.parts
    )


@dataclass(frozen=True, slots=True)
class _Bounded:
    """What is compared with a value: in words, by its name where it has one, and of what order it is."""

    told: str
    name: str | None = None
    kind: str = "number"


def _bound(what: _Bounded, place: Rational, atom: Below, truth: bool) -> Saying:
    """Return that something is below a place (or not), or with `or_zero` not above it."""
    value = valued(what.kind, place)
    times = what.kind != "number"
    if atom.or_zero:
        op, words = ("at_most", f"at most {shown(value)}") if truth else ("more_than", f"above {shown(value)}")
    elif truth:
        op, words = ("before", f"before {shown(value)}") if times else ("less_than", f"below {shown(value)}")
    else:
        op, words = ("on_or_after", f"{shown(value)} or later") if times else ("at_least", f"{shown(value)} or more")
    return Saying(f"{what.told} is {words}", what.name, None if what.name is None else {op: json_of(value)})


def _apart(first: str, second: str, offset: Rational, kind: str, *, truth: bool) -> str:
    """Return that one moment is before another that is moved by an offset, or not."""
    if offset == 1:  # the least that moments can be apart
        return f"{first} is {second} or earlier" if truth else f"{first} is after {second}"
    if offset:
        second += f" plus {_span(offset, kind)}" if offset > 0 else f" minus {_span(-offset, kind)}"
    return f"{first} is before {second}" if truth else f"{first} is {second} or later"


def _span(offset: Rational, kind: str) -> str:
    if kind == "date":
        return f"{shown(offset)} {'day' if offset == 1 else 'days'}"
    for unit, size in _UNITS:
        if offset % size == 0:
            count = offset // size
            return f"{count} {unit if count != 1 else unit[:-1]}"
    return str(timedelta(microseconds=int(offset)))


_RELATIONS = {
    "equals": "is",
    "one_of": "is one of",
    "in": "is in",
    "less_than": "less than",
    "at_most": "at most",
    "known": "is known",
    "empty": "is empty",
}


def _where(where: Condition, beside: Mapping[Key, object]) -> str:
    """Return a condition on an item in words."""

    def told(test: Test) -> str:
        name = test.name.member if isinstance(test.name, OfItem) else shown_name(test.name)
        if isinstance(test.operand, Spelling):
            return f"{name} {_inside(test)[0]}"
        operand = test.operand
        if isinstance(operand, Ref):
            value = beside.get(operand.name)
            told_by_name = value is None or is_symbolic(value)
            operand = shown_name(operand.name) if told_by_name else shown(value)
        elif operand is not None:
            operand = shown(operand)
        return f"{name} {_RELATIONS[test.op]}" + ("" if operand is None else f" {operand}")

    def both(parts: list[str]) -> str:
        """Join parts, `x is known` and `not (x at most 5)` to `x more than 5`."""
        if len(parts) == 2 and parts[0].endswith(" is known"):
            name = parts[0].removesuffix(" is known")
            for lower, higher in (("at most", "more than"), ("less than", "at least")):
                if parts[1].startswith(f"not ({name} {lower} "):
                    return parts[1][5:-1].replace(f" {lower} ", f" {higher} ", 1)
        return " and ".join(parts)

    return fold(
        where,
        test=told,
        all_of=both,
        any_of=lambda parts: f"({' or '.join(parts)})",
        negation=lambda part: f"not ({part})",
    )


def _moved(by: Duration) -> str:
    """Return a span in words: plus 2 months."""
    told = [
        f"{'plus' if count > 0 else 'minus'} {abs(count)} {unit if abs(count) != 1 else unit[:-1]}"
        for unit in ("years", "months", "weeks", "days", "hours", "minutes")
        if (count := getattr(by, unit))
    ]
    return " ".join(told) or "plus 0 days"


def json_of(value: object) -> Json:
    """Return a value of a fact as JSON: fractions as the decimals that they are."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    if isinstance(value, tuple) and not any(isinstance(each, tuple) for each in value):
        return [json_of(each) for each in value]
    return as_json(value)  # type: ignore[arg-type]


def shown(value: object) -> str:
    """Return a value as sentences show it."""
    if isinstance(value, str):
        return value if value and value.strip() == value else f"'{value}'"
    if isinstance(value, frozenset | tuple) and not isinstance(value, str):
        return f"[{', '.join(shown(each) for each in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    told = json_of(value)
    return "none" if told is None else str(told)
