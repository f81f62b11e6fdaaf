"""What a pack means for a complete case, worked out from its written form alone and straight from the language page.

Nothing of the program is imported: this is the other side of a comparison. `UNKNOWN` stands for what is not told,
and occurs only where certain rules are joined; a value of None is none.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from fractions import Fraction
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.changing import changed, course
from tests.oracle.day_counts import counted
from tests.oracle.open_time import life, measured, written_in
from tests.oracle.record_meaning import QUANTIFIERS, is_of_records, made_of, quantified, typed_items

__all__ = ["CONFLICT", "NOTHING", "UNKNOWN", "Came", "Meaning", "Run", "as_json", "leaf_paths", "plain", "typed"]

UNKNOWN = object()
CONFLICT = object()
_ABSENT = object()
NOTHING = object()  # a rule has concluded that there is nothing
TIME = re.compile(r"\d\d:\d\d(:\d\d)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

Lookup = Callable[[str], Any]


# facts


def leaf_paths(schema: Mapping[str, Any], path: str = "", subject: str | None = None) -> Iterator[tuple[str, Any, Any]]:
    """Yield each fact and each subject of a facts schema as (path, its schema, the subject around it)."""
    for name, each in schema["properties"].items():
        here = f"{path}.{name}".removeprefix(".")
        if each["type"] == "object":
            inside = here if each.get("x-subject") else subject
            if each.get("x-subject"):
                yield here, each, subject
            yield from leaf_paths(each, here, inside)
        else:
            yield here, each, subject


def instant(text: str) -> datetime:
    """Return the instant that a text names, in the offset in which it is written."""
    return datetime.fromisoformat(text)


def number(value: float) -> int | Fraction:
    """Return a number as it is written, exactly."""
    if isinstance(value, int):
        return value
    exact = Fraction(str(value))
    return exact.numerator if exact.denominator == 1 else exact


_NORTHERN_AMERICA = ["BM", "CA", "GL", "PM", "US"]
"""The countries of the one region that is drawn, `Northern America` or `021`."""


def _listed(written: Any) -> Any:
    """Return the values of a set; of one of countries their codes."""
    if not isinstance(written, dict):
        return written
    return [each for each in _NORTHERN_AMERICA if each not in written["without"]]


def _spelt_enum(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a schema says of a fact, the countries that it names under `enum`; those of items, too."""
    if "x-values" in spec:
        return {**spec, "enum": _listed(spec["x-values"])}
    if "properties" in spec.get("items", {}):
        members = {name: _spelt_enum(each) for name, each in spec["items"]["properties"].items()}
        return {**spec, "items": {**spec["items"], "properties": members}}
    return spec


def typed(spec: Mapping[str, Any], value: Any) -> Any:
    """Return a fact's JSON value as what rules read."""
    if spec["type"] == "array":
        return _typed_list(spec, value)
    if spec.get("format") == "date":
        return date.fromisoformat(value)
    if spec.get("format") == "date-time":
        return instant(value)
    if spec["type"] in ("integer", "number"):
        return number(value)
    return value


def _typed_list(spec: Mapping[str, Any], value: Any) -> tuple[Any, ...]:
    items = spec["items"]
    if items["type"] == "object" and set(items["properties"]) != {"from", "to"}:
        return typed_items(items, value, typed)
    if items["type"] == "object":
        return tuple((instant(each["from"]), instant(each["to"]) if "to" in each else None) for each in value)
    found = tuple(typed(items, each) for each in value)
    if spec.get("uniqueItems") and "enum" in items:
        return tuple(each for each in map(plain_number, items["enum"]) if each in found)
    return found


def plain_number(value: Any) -> Any:
    """Return a number exactly, and all else as it is."""
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


# values as they are shown


def as_json(value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    """Return a value as JSON: instants in their own offset."""
    if isinstance(value, datetime):
        offset = value.utcoffset()
        if offset is not None and offset.seconds % 60:  # local mean time: RFC 3339 has whole minutes only
            value = value.astimezone(timezone(timedelta(minutes=round(offset.total_seconds() / 60))))
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return re.sub(r"(?<=^\d\d:\d\d):00$", "", value.isoformat())
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items() if each is not None}
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], datetime):
        ends = {} if value[1] is None else {"to": as_json(value[1])}
        return {"from": as_json(value[0]), **ends}
    if isinstance(value, tuple | list):
        return [as_json(each) for each in value]
    return value


def plain(value: Any) -> Any:
    """Return JSON in a form that can be compared and hashed; one moment in two offsets is two values."""
    if isinstance(value, dict):
        return tuple(sorted((key, plain(each)) for key, each in value.items()))
    if isinstance(value, list):
        return ("list", *map(plain, value))
    if isinstance(value, bool) or value is None:
        return ("is", value)
    if isinstance(value, int | float | Fraction):
        return ("number", float(value))
    if _INSTANT.fullmatch(value):
        moment = datetime.fromisoformat(value)
        return ("instant", moment.astimezone(UTC), moment.utcoffset())
    return value


# dates


def shifted(value: Any, length: Mapping[str, int], sign: int) -> Any:
    """Return a date or instant moved by a duration: years and months first, clipped; then the rest."""
    if value is None:
        return None
    months = sign * (length.get("years", 0) * 12 + length.get("months", 0))
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    rest = {unit: sign * count for unit, count in length.items() if unit not in ("years", "months")}
    try:
        moved = value.replace(year=year, month=month + 1, day=min(value.day, monthrange(year, month + 1)[1]))
        return moved + timedelta(**rest)
    except (ValueError, OverflowError):  # it stops at the calendar's end, as it comes near through another move alone
        return (type(value).max if sign > 0 else type(value).min).replace(**_zone_of(value))


def _zone_of(value: Any) -> dict[str, Any]:
    return {"tzinfo": value.tzinfo} if isinstance(value, datetime) else {}


def moved_by(value: Any, length: Mapping[str, int | None], sign: int) -> Any:
    """Return the same of numbers that the case has: none without one, or outside of the years 2 to 9998."""
    if value is None or None in length.values():
        return None
    count = {unit: sign * int(each) for unit, each in length.items()}
    months = value.year * 12 + value.month - 1 + 12 * count.get("years", 0) + count.get("months", 0)
    cycles, month = divmod(months - 12, 4800)  # the calendar is the same again after 400 years
    year, month = month // 12 + 1, month % 12 + 1
    first = date(year, month, min(value.day, monthrange(year, month)[1])).toordinal() + cycles * 146_097
    day = first + 7 * count.get("weeks", 0) + count.get("days", 0)
    if not isinstance(value, datetime):
        return date.fromordinal(day) if date(2, 1, 1).toordinal() <= day < date(9999, 1, 1).toordinal() else None
    minutes = day * 1440 + 60 * count.get("hours", 0) + count.get("minutes", 0) + value.hour * 60 + value.minute
    seconds = Fraction(value.second * 10**6 + value.microsecond, 10**6) - Fraction(
        value.utcoffset() / timedelta(seconds=1)
    )
    ends = (date(year, 1, 1).toordinal() * 86_400 for year in (2, 9999))
    first, end = ends
    if not first <= minutes * 60 + seconds < end:
        return None
    day, minute = divmod(minutes, 1440)
    at = datetime.combine(date.fromordinal(day), time(minute // 60, minute % 60, value.second, value.microsecond))
    return at.replace(tzinfo=value.tzinfo)


# conditions


def _known(value: Any, _: Any) -> bool:
    return value is not None


def _compared(relation: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, other: value is not None and other is not None and relation(value, other)


_ORDERINGS = {
    "less_than": _compared(lambda a, b: a < b),
    "at_most": _compared(lambda a, b: a <= b),
    "more_than": _compared(lambda a, b: a > b),
    "at_least": _compared(lambda a, b: a >= b),
    "before": _compared(lambda a, b: a < b),
    "on_or_before": _compared(lambda a, b: a <= b),
    "after": _compared(lambda a, b: a > b),
    "on_or_after": _compared(lambda a, b: a >= b),
}


_SPELLINGS: dict[str, Callable[[str, str], bool]] = {
    "starts_with": lambda text, sought: text[: len(sought)] == sought,
    "ends_with": lambda text, sought: len(text) >= len(sought) and text[len(text) - len(sought) :] == sought,
    "contains": lambda text, sought: sought in text,
    "ignoring_case": lambda text, sought: text == sought,
}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Conditions:
    """Compiles written conditions; `constant` turns a written constant into a value fit for a name."""

    def __init__(self, meaning: Meaning, members: Iterable[str] = ()) -> None:
        self.meaning, self.members = meaning, frozenset(members)

    def beside(self, members: Iterable[str]) -> Conditions:
        """Return what compiles conditions on items with these members."""
        return Conditions(self.meaning, members)

    def compiled(self, when: Mapping[str, Any] | None) -> Callable[[Lookup], bool]:
        """Return what says whether a condition holds, given what looks names up."""
        tests = [self._entry(key, value) for key, value in (when or {}).items()]
        return lambda look: all(test(look) for test in tests)

    def _entry(self, key: str, value: Any) -> Callable[[Lookup], bool]:
        if key not in ("all", "any", "none"):
            return self.matcher(key, value)
        parts = [self.compiled(each) for each in value]
        if key == "all":
            return lambda look: all(part(look) for part in parts)
        if key == "any":
            return lambda look: any(part(look) for part in parts)
        return lambda look: not any(part(look) for part in parts)

    def matcher(self, name: str, value: Any) -> Callable[[Lookup], bool]:
        """Return the test of a matcher on a name."""
        if isinstance(value, dict):
            tests = [self._operator(name, op, operand) for op, operand in value.items()]
            return lambda look: all(test(look) for test in tests)
        wanted = [self.meaning.constant(each) for each in _as_list(value)]
        return lambda look: _one_of(look(name), wanted)

    def _operator(  # noqa: PLR0911 - one for each kind of matcher
        self, name: str, op: str, operand: Any
    ) -> Callable[[Lookup], bool]:
        if op in _ORDERINGS:
            return self._against(name, _ORDERINGS[op], operand)
        if op == "between":
            return self._between(name, *operand)
        if op in ("not", "either"):
            alternatives = [self.matcher(name, each) for each in (operand if op == "either" else [operand])]
            return lambda look: any(each(look) for each in alternatives) is (op == "either")
        if op == "known":
            return lambda look: (look(name) is not None) is operand
        if op in ("same_as", "differs_from"):
            wanted = op == "same_as"
            return lambda look: _same(look(name), look(operand)) is wanted
        if op in ("in", "not_in"):
            return self._among(name, operand, op == "in")
        if op == "ignoring_case" or op in _SPELLINGS:
            return self._spelt(name, op, operand)
        return quantified(self, name, op, operand) if op in QUANTIFIERS else self._of_list(name, op, operand)

    @staticmethod
    def _between(name: str, first: str, last: str) -> Callable[[Lookup], bool]:
        """Go through the day from the first time on: what comes before the last is between."""
        begins, ends = (int(each[:2]) * 3600 + int(each[3:5]) * 60 + int(each[6:] or 0) for each in (first, last))

        def judged(look: Lookup) -> bool:
            value = look(name)
            if value is None:
                return False
            second = (value.hour * 60 + value.minute) * 60 + value.second
            return (second - begins) % 86_400 < (ends - begins) % 86_400

        return judged

    @staticmethod
    def _spelt(name: str, op: str, operand: Any) -> Callable[[Lookup], bool]:
        cased = op != "ignoring_case"
        asked = operand if isinstance(operand, dict) and not cased else {op: operand}

        def folded(text: str) -> str:
            return text if cased else text.casefold()

        def judged(look: Lookup) -> bool:
            value = look(name)
            return value is not None and all(
                any(_SPELLINGS[each](folded(value), folded(text)) for text in _as_list(texts))
                for each, texts in asked.items()
            )

        return judged

    def _against(self, name: str, relation: Callable[[Any, Any], bool], operand: Any) -> Callable[[Lookup], bool]:
        if isinstance(operand, str) and operand in self.meaning.values:
            operand = self.meaning.values[operand]
        if isinstance(operand, str) and (operand in self.members or operand in self.meaning.names):
            return lambda look: relation(look(name), look(operand))
        bound = self.meaning.constant(operand)
        return lambda look: relation(look(name), bound)

    def _among(self, name: str, operand: str, wanted: bool) -> Callable[[Lookup], bool]:
        if operand in self.meaning.sets:
            members = [self.meaning.constant(each) for each in self.meaning.sets[operand]]
            return lambda look: _one_of(look(name), members) is wanted

        def among(look: Lookup) -> bool:
            members = look(operand)
            return (members is not None and _one_of(look(name), members)) is wanted

        return among

    def _of_list(self, name: str, op: str, operand: Any) -> Callable[[Lookup], bool]:
        items = [] if op in ("empty", "ongoing") else [self.meaning.constant(each) for each in _as_list(operand)]
        tests: dict[str, Callable[[Any], bool]] = {
            "includes": lambda value: all(item in value for item in items),
            "includes_any": lambda value: any(item in value for item in items),
            "lacks": lambda value: not any(item in value for item in items),
            "empty": lambda value: (not value) is operand,
            "ongoing": lambda value: (None in [until for _, until in value]) is operand,
        }
        test = tests[op]

        def judged(look: Lookup) -> bool:
            value = look(name)
            return value is not None and test(value)

        return judged


def _one_of(value: Any, wanted: Iterable[Any]) -> bool:
    return value is not None and any(value == each for each in wanted)


def _same(value: Any, other: Any) -> bool:
    return value is not None and other is not None and value == other


# decisions


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule or row."""

    id: str
    when: Callable[[Lookup], bool]
    then: Mapping[str, Any]
    outranks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Rules under one hit policy."""

    id: str
    policy: str
    order: tuple[str, list[Any]] | None
    rules: tuple[Rule, ...]
    lists: frozenset[str]
    collects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision's parts in the order in which they are written."""

    id: str
    gives: Mapping[str, Mapping[str, Any]]
    applies: Callable[[Lookup], bool] | None
    groups: tuple[Group, ...]
    clocks: tuple[Mapping[str, Any], ...]
    concerns: Mapping[str, Callable[[Lookup], bool]]  # clock -> which cases it concerns, where that is not all
    notes: tuple[tuple[str, Callable[[Lookup], bool]], ...]

    @property
    def answered(self) -> list[str]:
        """The members that an outcome is compared by."""
        return [m for m, form in self.gives.items() if not form.get("hidden") and not form.get("where_known")]

    @property
    def required(self) -> list[str]:
        """The members without which there is no outcome."""
        return [m for m in self.answered if not self.gives[m].get("optional")]


@dataclass(slots=True)
class Came:
    """What a decision came to in a complete case.

    outcome  answered member -> its value as comparable JSON; None without an outcome
    extra    where-known member -> the same
    values   member -> its value as rules of the decision read it
    look     what looks names up as the decision's own parts see them; None where it does not apply
    """

    status: str
    outcome: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    hits: dict[str, frozenset[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    look: Lookup | None = None

    @property
    def result(self) -> Any:
        """What completions are compared by."""
        if self.outcome is None:
            return self.status
        return tuple(sorted(self.outcome.items()))


def held(group: Group, look: Lookup) -> frozenset[str]:
    """Return the rules of a group that hold."""
    return frozenset(rule.id for rule in group.rules if rule.when(look))


def joined(group: Group, hits: frozenset[str], look: Lookup, unsure: set[str]) -> dict[str, Any]:
    """Return what rules that hold give: member -> value, CONFLICT, or none at all."""
    rules = [rule for rule in group.rules if rule.id in hits]
    rules = [rule for rule in rules if not any(rule.id in other.outranks for other in rules)]
    rules = _chosen(group, rules)
    made = (*group.lists, *group.collects)
    offered: dict[str, list[Any]] = {member: [] for member in made} if group.policy == "collect" else {}
    for rule in rules:
        for member, written in rule.then.items():
            offered.setdefault(member, []).append(_given(written, look))
    return {member: _agreed(group, member, values, unsure) for member, values in offered.items()}


def _chosen(group: Group, rules: list[Rule]) -> list[Rule]:
    if group.policy == "first":
        return rules[:1]
    if group.policy == "priority" and rules:
        member, ranks = group.order
        place = {r.id: ranks.index(r.then[member]) if r.then.get(member) in ranks else len(ranks) for r in rules}
        best = min(place.values())
        return [rule for rule in rules if place[rule.id] == best]
    return rules


def _agreed(group: Group, member: str, values: list[Any], unsure: set[str]) -> Any:
    if group.policy == "collect" and member in (*group.lists, *group.collects):
        given = [v for v in values if v is not _ABSENT and v is not NOTHING]
        found = _collected(group, member, given)
        return NOTHING if found is None and NOTHING in values else found
    if group.policy == "unique" and len(values) > 1:
        return CONFLICT
    kinds = {NOTHING if v is NOTHING else plain(as_json(None if v is _ABSENT else v)): v for v in values}
    if len(kinds) > 1:
        if any(value is _ABSENT for value in values):
            unsure.add("rules that must agree, of which one copies none")
        return CONFLICT
    value = next(iter(kinds.values()))
    return None if value is _ABSENT else value


def _collected(group: Group, member: str, values: list[Any]) -> Any:
    how = group.collects.get(member)
    if how in ("sum", "count"):
        return sum(values) if how == "sum" else len(values)
    if how in ("least", "greatest"):
        ordered = sorted(values)
        return None if not ordered else ordered[0 if how == "least" else -1]
    items = [item for value in values for item in value]
    once: dict[Any, Any] = {}
    for item in items:
        once.setdefault(plain(as_json(item)), item)
    kept = items if how == "all" else list(once.values())
    ranked, ranks = group.order or ("", [])
    if ranked == member:
        kept = sorted(kept, key=ranks.index)
    elif ranked.startswith(f"{member}."):  # records, by what each has under that name
        kept = sorted(kept, key=lambda item: ranks.index(item[ranked.removeprefix(f"{member}.")]))
    return tuple(kept)


def _given(written: Callable[[Lookup], Any], look: Lookup) -> Any:
    value = written(look) if callable(written) else written
    return _ABSENT if value is None or value is UNKNOWN else value


class Meaning:
    """A pack, ready to be asked: see `run`."""

    def __init__(self, pack: Mapping[str, Any]) -> None:
        chosen = {name: each["chosen"] for name, each in pack.get("interpretations", {}).items()}
        pack = self.pack = _read(pack, chosen)
        self.specs = {path: (_spelt_enum(spec), subject) for path, spec, subject in leaf_paths(pack["schema"])}
        more = pack.get("facts", {})
        values: Mapping[str, Any] = more.get("values", {})
        dated = {name: each for name, each in values.items() if "'from " in str(each)}
        self.values = {name: each for name, each in values.items() if name not in dated}
        self.sets: Mapping[str, Any] = {name: _listed(each) for name, each in more.get("sets", {}).items()}
        self.derived = {name: each for dates in dated.items() for name, each in _of_dates(*dates)}
        self.derived |= {each["fact"]: each for each in more.get("derived", [])}
        self.names = {*self.specs, *self.derived, "as_of", "today"}
        for decision in pack["decisions"].values():
            self.names.update(f"{decision['decision']}.{member}" for member in decision["gives"])
        self.dates_in = ZoneInfo(pack["head"].get("dates_in", "UTC"))
        self.as_of_fact = pack["head"].get("as_of")
        conditions = Conditions(self)
        self.derive = {
            name: self._counting(each) if "counts" in each else self._derivation(each, conditions)
            for name, each in self.derived.items()
        }
        self.decisions = {name: self._decision(each, conditions) for name, each in pack["decisions"].items()}
        self.between = {name: self._resting_on(name) for name in pack["decisions"]}
        self.rests_on = {name: self._beneath(each) - {name} for name, each in pack["decisions"].items()}

    def constant(self, written: Any) -> Any:
        """Return a written constant as a value: a quoted date or instant as that."""
        if isinstance(written, str) and _INSTANT.fullmatch(written):
            return instant(written)
        if isinstance(written, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", written):
            return date.fromisoformat(written)
        if isinstance(written, str) and TIME.fullmatch(written):
            return time.fromisoformat(written)
        return plain_number(written)

    def run(self, facts: Mapping[str, Any], moment: datetime | None) -> Run:
        """Return a complete case, to be asked name by name.

        facts  path -> typed value, for every fact and subject; None for none
        """
        return Run(self, facts, moment)

    def _beneath(self, written: Any) -> set[str]:
        """Return the decisions whose members something written reads, through other names too."""
        found: set[str] = set()
        waiting, seen = [written], set()
        while waiting:
            for text in set(_texts_in(waiting.pop())) & self.names - seen:
                seen.add(text)
                decision = text.split(".", maxsplit=1)[0]
                if text in self.derived:
                    waiting.append(self.derived[text])
                elif decision in self.pack["decisions"]:
                    found.add(decision)
                    waiting.append(self.pack["decisions"][decision])
        return found

    def _resting_on(self, decision: str) -> set[str]:
        """Return the derived facts that rest on members of a decision, over derived facts alone."""
        members = {f"{decision}.{member}" for member in self.pack["decisions"][decision]["gives"]}
        found: set[str] = set()
        for name, written in self.derived.items():  # each is drawn after those that it reads
            if not (members | found).isdisjoint(_texts_in(written)):
                found.add(name)
        return found

    # derived facts

    def _derivation(  # noqa: PLR0911 - one for each kind of form
        self, written: Mapping[str, Any], conditions: Conditions
    ) -> Callable[[Lookup], Any]:
        if "when" in written:
            return conditions.compiled(written["when"])
        if "date" in written:
            sign = "plus" if "plus" in written else "minus"
            length = self.values.get(written[sign], {}) if isinstance(written[sign], str) else written[sign]
            return self._moved(written["date"], length, 1 if sign == "plus" else -1)
        if "date_of" in written or "time_of_day" in written:
            return self._shown_in(written)
        if "weekday_of" in written:
            return lambda look: (
                None if look(written["weekday_of"]) is None else f"{look(written['weekday_of']):%A}".lower()
            )
        if is_of_records(written):
            return made_of(conditions, written)
        if form := _MEASURED.keys() & written.keys():
            return self._measured(form.pop(), written)
        if "ongoing_since" in written:
            return lambda look: min((a for a, b in look(written["ongoing_since"]) or () if b is None), default=None)
        return self._number(written)

    def _moved(self, name: str, written: Mapping[str, Any], sign: int) -> Callable[[Lookup], Any]:
        """Return what moves a date or instant, by numbers that are written or those of names."""
        length = {unit: self.values.get(each, each) for unit, each in written.items()}
        if not any(isinstance(each, str) for each in length.values()):
            return lambda look: shifted(look(name), length, sign)
        return lambda look: moved_by(
            look(name), {unit: look(each) if isinstance(each, str) else each for unit, each in length.items()}, sign
        )

    def _measured(self, form: str, written: Mapping[str, Any]) -> Callable[[Lookup], Any]:
        """Return what measures from one instant to another by a calendar."""

        def measure(look: Lookup) -> Any:
            name = written["calendar"]
            role = {
                "first": look(written[form]),
                "last": look(written["to"]),
                "calendar": look(name) if name in self.names else name,
                "pauses": look(written["pauses"]) if "pauses" in written else (),
            }
            if None in role.values():
                return None
            return measured(self.pack["calendars"], self.pack.get("holidays", {}), role, _MEASURED[form])

        return measure

    def _shown_in(self, written: Mapping[str, Any]) -> Callable[[Lookup], Any]:
        """Return what tells the day or the time of day of an instant in a zone."""
        form = "date_of" if "date_of" in written else "time_of_day"

        def shown(look: Lookup) -> Any:
            zone = look(written["zone"]) if written["zone"] in self.names else written["zone"]
            moment = look(written[form])
            if moment is None or zone is None:
                return None
            there = moment.astimezone(ZoneInfo(zone))
            return there.date() if form == "date_of" else there.time()

        return shown

    def _number(self, written: Mapping[str, Any]) -> Callable[[Lookup], Any]:
        """Return what works out a number, or which of several values is the most or the least."""
        if "count" in written:
            return self._count(written)
        if "sum" in written:
            return self._sum(written["sum"])
        if reckoned := _REPEATED.keys() & written.keys() | _PAIRED.keys() & written.keys():
            return self._reckoned(reckoned.pop(), written)
        if "round" in written:
            return lambda look: _rounded(look(written["round"]), written["places"], written["how"])
        if "days_from" in written:
            return lambda look: _days(look(written["days_from"]), look(written["to"]))
        return _extreme(written)

    def _counting(self, written: Mapping[str, Any]) -> Callable[[Lookup], Any]:
        return lambda look: _counting(written["counts"], look("today"), written["wanted"], self.constant)

    def _count(self, written: Mapping[str, Any]) -> Callable[[Lookup], Any]:
        wanted = None if "of" not in written else [self.constant(each) for each in self.sets[written["of"]]]

        def count(look: Lookup) -> Any:
            value = look(written["count"])
            return None if value is None else sum(wanted is None or each in wanted for each in value)

        return count

    def _sum(self, terms: Any) -> Callable[[Lookup], Any]:
        if isinstance(terms, str):
            return lambda look: None if look(terms) is None else sum(look(terms))
        weighted = [each if isinstance(each, dict) else {"of": each, "times": 1} for each in terms]

        def total(look: Lookup) -> Any:
            values = [self._operand(each["of"], look) for each in weighted]
            times = [self._operand(each["times"], look) for each in weighted]
            return None if None in values else sum(a * b for a, b in zip(values, times, strict=True))

        return total

    def _operand(self, written: Any, look: Lookup) -> Any:
        """Return what a name, a named value or a number in a list of numbers comes to."""
        value = self.values.get(written, written) if isinstance(written, str) else written
        return look(value) if isinstance(value, str) else number(value)

    def _reckoned(self, form: str, written: Mapping[str, Any]) -> Callable[[Lookup], Any]:
        other = {"percent": "of", "hours_from": "to", "minutes_from": "to"}.get(form)
        operands = written[form] if other is None else [written[form], written[other]]

        def reckoned(look: Lookup) -> Any:
            values = [self._operand(each, look) for each in operands]
            if None in values:
                return None
            return _REPEATED[form](values) if form in _REPEATED else _PAIRED[form](*values)

        return reckoned

    # decisions

    def _decision(self, written: Mapping[str, Any], conditions: Conditions) -> Decision:
        gives = {member: _spelt_out(form) for member, form in written["gives"].items()}
        parts = written.get("parts") or [{**written, "part": written["decision"]}]
        applies = written.get("applies_when")
        return Decision(
            id=written["decision"],
            gives=gives,
            applies=None if applies is None else conditions.compiled(applies["when"]),
            groups=tuple(self._group(part, gives, conditions) for part in parts if "clock" not in part),
            clocks=tuple(part for part in parts if "clock" in part),
            concerns={
                part["clock"]: conditions.compiled(part["applies_when"]["when"])
                for part in parts
                if "clock" in part and "applies_when" in part
            },
            notes=tuple((note["note"], conditions.compiled(note.get("when"))) for note in written.get("notes", ())),
        )

    def _group(self, part: Mapping[str, Any], gives: Mapping[str, Any], conditions: Conditions) -> Group:
        written = [*self._rules(part, conditions)] if "rules" in part else [*self._rows(part, conditions)]
        concerned = part.get("applies_when") if "part" in part or "table" in part else None
        if concerned is not None and "decision" not in part:
            written = self._where_concerned(written, conditions.compiled(concerned["when"]))
        concluded = dict.fromkeys((m for r in written if r.then != "nothing" for m in r.then), NOTHING)
        written = [replace(r, then=concluded) if r.then == "nothing" else r for r in written]
        topmost = {rule.id for rule in written if "all" in rule.outranks}
        everybody = frozenset(rule.id for rule in written) - topmost
        rules = [
            Rule(
                r.id,
                r.when,
                {m: self._value(v, gives[m].get("type")) for m, v in r.then.items()},
                everybody if r.id in topmost else r.outranks,
            )
            for r in written
        ]
        order = next(iter(part["order"].items())) if "order" in part else None
        given = {member for rule in rules for member in rule.then}
        name = part.get("part") or part["table"]
        lists = frozenset(member for member in given if gives[member].get("type") == "list")
        return Group(name, part.get("hit_policy", "unique"), order, tuple(rules), lists, part.get("collect", {}))

    @staticmethod
    def _where_concerned(rules: list[Rule], concerned: Callable[[Lookup], bool]) -> list[Rule]:
        """Let the rules of a part hold in the cases that it concerns; in all others it says that there is nothing."""
        found = [replace(rule, when=_all_of([concerned, rule.when])) for rule in rules]
        return [*found, Rule("applies", _none_of([concerned]), "nothing", frozenset())]

    @staticmethod
    def _rules(part: Mapping[str, Any], conditions: Conditions) -> Iterator[Rule]:
        before: list[Callable[[Lookup], bool]] = []
        for rule in part["rules"]:
            ranks = frozenset(_as_list(rule.get("outranks", [])))
            asked = rule.get("when")
            when = _none_of(before) if asked == "otherwise" else conditions.compiled(asked)
            before.append(when)
            yield Rule(rule["rule"], when, rule["then"], ranks)

    @staticmethod
    def _rows(part: Mapping[str, Any], conditions: Conditions) -> Iterator[Rule]:
        names, members = _as_list(part["columns"]["when"]), _as_list(part["columns"]["then"])
        before: list[Callable[[Lookup], bool]] = []
        for place, row in enumerate(part["rows"]):
            cells = row.get("cells") if isinstance(row, dict) else row
            if cells is None:
                cells = ["-" for _ in names] + row["otherwise"]
            tests = [conditions.matcher(n, c) for n, c in zip(names, cells, strict=False) if c != "-"]
            given = cells[len(names) :]
            then = {m: c for m, c in zip(members, given, strict=True) if c != "-"}
            if all(c == "nothing" for c in given):  # no member of the packs that are drawn is that text
                then = "nothing"
            takes_rest = isinstance(row, dict) and "otherwise" in row
            before.append(_none_of(before) if takes_rest else _all_of(tests))
            yield Rule(f"row {place}", before[-1], then, frozenset())

    def _value(self, written: Any, type_: str | None) -> Any:
        """Return a constant, or what fills in the names that are copied."""
        if written is NOTHING:
            return written
        if type_ in ("date", "instant") and isinstance(written, str):
            return self.constant(written)
        if (
            type_ == "list"
            and not isinstance(written, list)
            and not (isinstance(written, dict) and set(written) == {"from"})
        ):
            written = [written]
        if _copied_in(written):
            return lambda look: self._filled(written, look)
        return self._filled(written, None)

    def _filled(self, written: Any, look: Lookup | None) -> Any:
        if isinstance(written, dict) and set(written) == {"value"} and written["value"] in self.derived:
            written = {"from": written["value"]}
        if isinstance(written, dict) and set(written) == {"value"}:
            return self._filled(self.values[written["value"]], look)
        if isinstance(written, dict) and "from" in written and set(written) <= {"from", "times"}:
            value = look(written["from"])
            is_multiple = "times" in written and value is not UNKNOWN and value is not None
            value = value * self._operand(written["times"], look) if is_multiple else value
            return None if value is UNKNOWN else value
        if isinstance(written, dict):
            found = {key: self._filled(each, look) for key, each in written.items()}
            return None if any(each is None for each in found.values()) else found
        if isinstance(written, list):
            items = tuple(self._filled(each, look) for each in written)
            return None if any(each is None for each in items) else items
        if isinstance(written, str) and ("{" in written or "}" in written):
            return self._text(written, look)
        return plain_number(written)

    def _text(self, written: str, look: Lookup | None) -> Any:
        """Return a text with what its braces name."""
        found = ""
        for piece in re.findall(r"\{\{|\}\}|\{[^{}]+\}|[^{}]+", written):
            if len(piece) < 3 or piece[0] != "{":
                found += {"{{": "{", "}}": "}"}.get(piece, piece)
                continue
            value = None if look is None else look(piece[1:-1])
            if value is None or value is UNKNOWN:
                return None
            found += told(value)
        return found

    # parts of a decision, for one completion or for what is certain

    def members(
        self, decision: Decision, hits: Mapping[str, frozenset[str]] | None, look: Lookup, unsure: set[str]
    ) -> tuple[dict[str, Any], dict[str, frozenset[str]]]:
        """Return what the parts give and the hits; `hits` None: those that hold by `look`."""
        return _Working(self, decision, hits, look, unsure).all()

    def copied(self, decision: Decision) -> set[str]:
        """Return the names that a decision copies or counts from."""
        found = {form["from"] for form in decision.gives.values() if "from" in form}
        counted = {str(clock[role]) for clock in decision.clocks for role in (*_ROLES, "stops") if role in clock}
        changes = (each for clock in decision.clocks for each in clock.get("changes", ()))
        counted |= {str(written) for each in changes for written in each.values()}
        found |= counted & self.names
        found |= {"as_of" for clock in decision.clocks if _tells_life(clock)}
        written = self.pack["decisions"][decision.id]
        found.update(_copied_in(written.get("parts") or written.get("rules") or written.get("rows")))
        return found & self.names


class _Working:
    """One decision being worked out: members by need, each part once."""

    def __init__(self, meaning: Meaning, decision: Decision, hits: Any, look: Lookup, unsure: set[str]) -> None:
        self.meaning, self.decision, self.outside, self.unsure = meaning, decision, look, unsure
        self.fixed = hits
        self.hits: dict[str, frozenset[str]] = {}
        self.values: dict[str, Any] = {}
        self.givers: dict[str, list[Any]] = {}
        for group in decision.groups:
            for member in {m for rule in group.rules for m in rule.then}:
                self.givers.setdefault(member, []).append(group)
        for clock in decision.clocks:
            for member in _given_by(clock).values():
                self.givers.setdefault(member, []).append(clock)

    def all(self) -> tuple[dict[str, Any], dict[str, frozenset[str]]]:
        for member in self.decision.gives:
            self.member(member)
        for part in (*self.decision.groups, *self.decision.clocks):
            self._work(part)
        return self.values, self.hits

    def look(self, name: str) -> Any:
        own = name.removeprefix(f"{self.decision.id}.")
        if own != name and own in self.decision.gives:
            value = self.member(own)
            # What certain rules do not give is not told; in a complete case it is none.
            missing = UNKNOWN if self.fixed is not None else None
            return None if value is NOTHING else missing if value is CONFLICT or value is None else value
        if self.fixed is None and name in self.meaning.between[self.decision.id]:
            return self.meaning.derive[name](self.look)
        return self.outside(name)

    def member(self, member: str) -> Any:
        if member not in self.values:
            form = self.decision.gives[member]
            if "always" in form:
                self.values[member] = self.meaning._filled(form["always"], None)
            elif "from" in form:
                self.values[member] = self._copy(form)
            else:
                for part in self.givers.get(member, ()):
                    self._work(part)
                self.values.setdefault(member, None)
        return self.values[member]

    def _copy(self, form: Mapping[str, Any]) -> Any:
        value = self.look(form["from"])
        if value is UNKNOWN or value is None:
            return None
        return form["as"].get(value) if "as" in form else value

    def _work(self, part: Any) -> None:
        if isinstance(part, Group):
            if part.id not in self.hits:
                self.hits[part.id] = held(part, self.look) if self.fixed is None else self.fixed[part.id]
                self.values.update(joined(part, self.hits[part.id], self.look, self.unsure))
        elif not set(_given_by(part).values()) <= set(self.values):
            counted = self._clock(part) if self._concerns(part["clock"]) else dict.fromkeys(_given_by(part), NOTHING)
            self.values.update({member: counted.get(what) for what, member in _given_by(part).items()})

    def _concerns(self, clock: str) -> bool:
        """Say whether a clock concerns the case; where that is not certain its own members are not told."""
        concern = self.decision.concerns.get(clock)
        if concern is None:
            return True
        if self.fixed is None:
            self.hits[clock] = frozenset({"concerned" if concern(self.look) else "applies"})
        else:
            self.hits[clock] = self.fixed[clock]
        return "applies" not in self.hits[clock]

    def _clock(self, clock: Mapping[str, Any]) -> Mapping[str, Any]:
        if clock["clock"] in self.decision.concerns and "concerned" not in self.hits[clock["clock"]]:
            return {}
        role = {key: self._role(clock[key]) for key in _ROLES if key in clock}
        if any(value is UNKNOWN for value in role.values()):
            return {}
        if any(role[key] is None for key in _ROLES[:4]):
            return {}
        pack = self.meaning.pack
        asked = pack["calendars"], pack.get("holidays", {}), role
        changes = [{key: self._role(each[key]) for key in each} for each in clock.get("changes", ())]
        if any(value is UNKNOWN for each in changes for value in each.values()):
            return {}
        role["changes"] = [{"amount": None, "unit": None, "calendar": None, **each} for each in changes]
        given, _ = self._counted(clock, asked)
        given = {**given, **self._life(clock, asked, given)}
        return written_in(role["written_in"], given) if role.get("written_in") else given

    def _counted(
        self, clock: Mapping[str, Any], asked: tuple[Any, ...]
    ) -> tuple[Mapping[str, Any], Sequence[tuple[int, str]]]:
        """Return what a clock gives of its count, and where it changes on the way the calendars that held."""
        calendars, lists, role = asked
        if all(each["at"] is None for each in role["changes"]):
            return counted(*asked, clock), ()
        stages = course(role, role["changes"])
        return changed(calendars, lists, role, stages, clock.get("over_at_change", "deducted"))

    def _life(self, clock: Mapping[str, Any], asked: tuple[Any, ...], given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what becomes of a clock's target: of its state nothing where that hangs on what is unknown."""
        calendars, lists, role = asked
        now = self.look("as_of") if _tells_life(clock) else None
        stop = self.look(clock["stops"]) if "stops" in clock else None
        now = None if UNKNOWN in (now, stop) else now
        lived = {**role, "as_of": now, "stops": None if now is None else stop}
        is_held = not given and any(until is None for _, until in role.get("pauses") or ())
        _, held = self._counted(clock, asked)
        if is_held and held:
            ending = {**role, "pauses": [each for each in role["pauses"] if each[1] is not None]}
            ways = course(role, role["changes"]), clock.get("over_at_change", "deducted")
            given, held = changed(calendars, lists, ending, *ways)
        elif is_held:
            ending = {**role, "pauses": [each for each in role["pauses"] if each[1] is not None]}
            given = counted(calendars, lists, ending, clock)
        return life(calendars, lists, lived, given, clock.get("warnings", ()), is_held=is_held, held=held)

    def _role(self, written: Any) -> Any:
        return self.look(written) if written in self.meaning.names else number_or_text(written)


def _tells_life(clock: Mapping[str, Any]) -> bool:
    return not {"state", "elapsed_minutes", "remaining_minutes"}.isdisjoint(clock["gives"])


def _given_by(clock: Mapping[str, Any]) -> dict[str, str]:
    """Return the member that each result of a clock is given into, those of its warnings by their number."""
    warnings = enumerate(clock.get("warnings", ()), start=1)
    return {**clock["gives"], **{f"warning {place}": each["gives"] for place, each in warnings}}


_ROLES = ("starts", "amount", "unit", "calendar", "zone", "written_in", "pauses")


def number_or_text(written: Any) -> Any:
    """Return a constant of a clock."""
    return plain_number(written)


class Run:
    """A complete case; names are worked out when they are asked for, and kept.

    unsure       decision -> reasons for which the language page does not settle what it comes to
    """

    def __init__(self, meaning: Meaning, facts: Mapping[str, Any], moment: datetime | None) -> None:
        self.meaning = meaning
        self.known: dict[str, Any] = dict(facts)
        self.unsure: dict[str, set[str]] = {}
        self._came: dict[str, Came] = {}
        if moment is None and meaning.as_of_fact is not None:
            moment = facts.get(meaning.as_of_fact)
        self.known["as_of"] = moment
        self.known["today"] = None if moment is None else moment.astimezone(meaning.dates_in).date()

    def look(self, name: str) -> Any:
        """Return a name's value, None for none."""
        if name not in self.known:
            if name in self.meaning.derive:
                self.known[name] = self.meaning.derive[name](self.look)
            else:
                self.known[name] = self._member(*name.split(".", maxsplit=1))
        return self.known[name]

    def _member(self, decision: str, member: str) -> Any:
        came = self.decision(decision)
        return None if came.outcome is None else came.values.get(member)

    def doubts(self, name: str) -> set[str]:
        """Return why it is not settled what a decision comes to; every decision was asked for before."""
        found = set(self.unsure.get(name, ()))
        for each in self.meaning.rests_on[name]:
            found |= self.unsure.get(each, set())
        return found

    def decision(self, name: str) -> Came:
        """Return what a decision came to."""
        if name not in self._came:
            self._came[name] = self._worked_out(self.meaning.decisions[name])
        return self._came[name]

    def _worked_out(self, decision: Decision) -> Came:
        if decision.applies is not None and not decision.applies(self.look):
            return Came("not_applicable")
        unsure: set[str] = set()
        values, hits = self.meaning.members(decision, None, self.look, unsure)
        conflicts = {member for member, value in values.items() if value is CONFLICT}
        if conflicts - set(decision.required):
            unsure.add("rules that disagree about a member that is not required")
        self.unsure[decision.id] = unsure
        values = {member: None if value is CONFLICT else value for member, value in values.items()}
        came = Came("undecided", values=values, hits=hits)
        if all(values.get(member) is not None for member in decision.required):
            came.status = "decided"
            came.outcome = _shown(decision.answered, values)
            came.extra = _shown([m for m in decision.gives if decision.gives[m].get("where_known")], values)
        prefix = f"{decision.id}."

        def within(name: str) -> Any:
            own = name.removeprefix(prefix)
            if own != name and own in decision.gives:
                return values.get(own)
            between = name in self.meaning.between[decision.id]
            return self.meaning.derive[name](within) if between else self.look(name)

        came.look = within
        came.values = {member: None if value is NOTHING else value for member, value in values.items()}
        values = came.values
        came.notes = tuple(note for note, holds in decision.notes if holds(within))
        came.notes += tuple(clock["clock"] for clock in decision.clocks if self._is_unmeasured(clock["gives"], values))
        return came

    def _is_unmeasured(self, gives: Mapping[str, str], values: Mapping[str, Any]) -> bool:
        """Say whether a target is counted whose open time at `as_of` is too long to be measured: a note says so."""
        counted = any(values.get(gives.get(result, "")) is not None for result in ("starts_at", "due_at", "segments"))
        minutes = [values.get(gives[result]) for result in ("elapsed_minutes", "remaining_minutes") if result in gives]
        return counted and None in minutes and self.look("as_of") is not None


def _shown(members: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {m: plain(as_json(values[m])) for m in members if values.get(m) not in (None, NOTHING)}


def _all_of(tests: Sequence[Callable[[Lookup], bool]]) -> Callable[[Lookup], bool]:
    return lambda look: all(test(look) for test in tests)


def _none_of(tests: Sequence[Callable[[Lookup], bool]]) -> Callable[[Lookup], bool]:
    others = tuple(tests)
    return lambda look: not any(test(look) for test in others)


def told(value: Any) -> str:
    """Return a value as a text tells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{name} {told(each)}" for name, each in value.items())
    if isinstance(value, tuple):
        return ("; " if any(isinstance(each, dict) for each in value) else ", ").join(told(each) for each in value)
    if isinstance(value, Fraction):
        value = value.numerator if value.denominator == 1 else float(value)
    return str(as_json(value))


def _copied_in(written: Any) -> set[str]:
    """Return the names that a written value copies, at any depth."""
    if isinstance(written, str):
        return set(re.findall(r"\{([^{}]+)\}", written.replace("{{", "").replace("}}", "")))
    if isinstance(written, dict):
        if set(written) in ({"from"}, {"from", "times"}):
            return {written["from"]}
        if set(written) == {"value"}:  # it may change on a date, and is a name then
            return {written["value"]}
        return {name for each in written.values() for name in _copied_in(each)}
    if isinstance(written, list):
        return {name for each in written for name in _copied_in(each)}
    return set()


def _read(written: Any, chosen: Mapping[str, str]) -> Any:
    """Return something written as it is under the chosen readings."""
    if isinstance(written, dict):
        if "by_interpretation" in written:
            return _read(written[chosen[written["by_interpretation"]]], chosen)
        return {key: _read(each, chosen) for key, each in written.items()}
    if isinstance(written, list):
        return [_read(each, chosen) for each in written if _is_there(each, chosen)]
    return written


def _is_there(written: Any, chosen: Mapping[str, str]) -> bool:
    only = written.get("only_under", {}) if isinstance(written, dict) else {}
    return all(chosen[name] in _as_list(readings) for name, readings in only.items())


def _texts_in(written: Any) -> Iterator[str]:
    if isinstance(written, dict):
        yield from written
        for each in written.values():
            yield from _texts_in(each)
    elif isinstance(written, list):
        for each in written:
            yield from _texts_in(each)
    elif isinstance(written, str):
        yield written
        yield from _copied_in(written)


def _spelt_out(form: Any) -> dict[str, Any]:
    if isinstance(form, str):
        return {"type": form}
    if isinstance(form, list):
        return {"one_of": form}
    return {**form, "type": "list"} if "list" in form else dict(form)


def _of_dates(name: str, written: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a named value that changes on dates amounts to: the value, and since when it counts."""
    for fact, wanted in ((name, "value"), (f"{name}.since", "since")):
        yield fact, {"fact": fact, "counts": dict(written), "wanted": wanted}


def _counting(dated: Mapping[str, Any], today: date | None, wanted: str, constant: Callable[[Any], Any]) -> Any:
    """Return the value that counts on a day, or since when: the one whose date came last."""
    if today is None:
        return None
    found = None
    for key, value in dated.items():
        word, day = key.split()
        begins = None if word == "before" else date.fromisoformat(day)
        if begins is None or begins <= today:
            found = constant(value) if wanted == "value" else begins
    return found


def _share(over: Any, under: Any) -> Fraction | None:
    return None if under == 0 else Fraction(over) / Fraction(under)


def _percent(part: Any, whole: Any) -> Fraction | None:
    return _share(100 * part, whole)


def _microseconds(first: datetime, last: datetime) -> int:
    return (last.astimezone(UTC) - first.astimezone(UTC)) // timedelta(microseconds=1)


_MEASURED = {"open_hours_from": 3_600_000_000, "open_minutes_from": 60_000_000, "business_days_from": None}
_REPEATED: dict[str, Callable[[Any], Any]] = {"product": prod, "larger_of": max, "smaller_of": min}
_PAIRED: dict[str, Callable[[Any, Any], Any]] = {
    "difference": lambda a, b: a - b,
    "quotient": _share,
    "percent": _percent,
    "hours_from": lambda a, b: Fraction(_microseconds(a, b), 3_600_000_000),
    "minutes_from": lambda a, b: Fraction(_microseconds(a, b), 60_000_000),
}


def _rounded(value: Any, places: int, how: str) -> Fraction | None:
    """Return a number rounded: what is cut off says which way it goes."""
    if value is None:
        return None
    units, rest = divmod(abs(Fraction(value)) * 10**places, 1)
    half = Fraction(1, 2)
    goes_on = {
        "up": rest > 0,
        "down": False,
        "half_up": rest >= half,
        "half_even": rest > half or (rest == half and units % 2 == 1),
    }
    return (-1 if value < 0 else 1) * Fraction(int(units) + goes_on[how], 10**places)


def _days(first: date | None, last: date | None) -> int | None:
    return None if first is None or last is None else (last - first).days


def _extreme(written: Mapping[str, Any]) -> Callable[[Lookup], Any]:
    form = next(f for f in ("latest", "earliest", "latest_known", "earliest_known") if f in written)
    pick = max if form.startswith("latest") else min

    def extreme(look: Lookup) -> Any:
        return pick((value for value in map(look, written[form]) if value is not None), default=None)

    return extreme
