"""Cases and their completions, drawn from the facts schema and from the constants of the pack; nothing is imported.

A case is {facts: {path: JSON value}, subjects: those that are there, as_of: text or None}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import combinations, product
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.drawing import PIECES, TEXTS, ZONES
from tests.oracle.meaning import TIME, Meaning, instant, shifted, typed

__all__ = ["AS_OF", "Case", "Filler"]

AS_OF = "as_of"
_MOST_FEW = 9
_FIRST, _LAST = date(1900, 1, 1), date(9899, 12, 31)
_ENDS = (
    "1900-01-01T00:00:00Z",
    "1900-01-01T00:00:00+14:00",
    "9899-12-31T23:59:59.999999Z",
    "9899-12-31T23:59:59-12:00",
)
_STRANGE_DAYS = ("2024-02-29", "2026-02-28", "2026-01-31", "2026-08-31", "1900-03-01", "2100-02-28", "2026-02-10")
_STRANGE_INSTANTS = (
    "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z", "2026-03-08T08:00:00Z",
    "2026-02-01T00:00:00+05:45", "2026-03-31T23:30:00-06:00", "2026-01-31T12:00:00+01:00",
)  # fmt: skip
_NUMBERS = (0, 1, -1, 0.1, 0.2, 0.3, 10**17, -(10**17), 1e20, -1e20, 2**53 + 1)


@dataclass(frozen=True, slots=True)
class Case:
    """What a case says."""

    facts: Mapping[str, Any]
    subjects: frozenset[str] = frozenset()
    as_of: str | None = None

    def nested(self) -> dict[str, Any]:
        """Return the facts as the JSON object that a case is."""
        found: dict[str, Any] = {}
        for subject in self.subjects:
            _put(found, subject, {})
        for path, value in self.facts.items():
            _put(found, path, value)
        return found

    def filled(self, values: Mapping[str, Any]) -> Case:
        """Return the case with unknown facts given."""
        facts = {path: value for path, value in values.items() if path != AS_OF}
        return replace(self, facts={**self.facts, **facts}, as_of=values.get(AS_OF, self.as_of))


def _put(found: dict[str, Any], path: str, value: Any) -> None:
    *around, last = path.split(".")
    for step in around:
        found = found.setdefault(step, {})
    if value != {} or last not in found:
        found[last] = value


@dataclass
class Filler:
    """Draws cases of one pack, and values of its facts."""

    meaning: Meaning
    rng: Random
    constants: dict[str, list[Any]] = field(init=False)
    lengths: list[Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        found = list(_scalars([self.meaning.pack["decisions"], self.meaning.pack["facts"]]))
        self.constants = {
            "date": sorted(
                {each for each in found if isinstance(each, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", each)}
            ),
            "instant": sorted(
                {each for each in found if isinstance(each, str) and re.match(r"\d{4}-\d\d-\d\dT", each)}
            ),
            "time": sorted(
                {each for each in found if isinstance(each, str) and TIME.fullmatch(each) and each != "24:00"}
            ),
            "number": sorted({each for each in found if isinstance(each, int | float) and not isinstance(each, bool)}),
        }
        derived = self.meaning.derived.values()
        written = [each[sign] for each in derived for sign in ("plus", "minus") if sign in each]
        self.lengths = [self.meaning.values[each] if isinstance(each, str) else each for each in written]

    # what is unknown

    def unknown(self, case: Case) -> list[str]:
        """Return the facts that a completion gives a value to; `as_of` where nothing else says it."""
        found = [
            path for path, (spec, subject) in self.meaning.specs.items() if self._is_unknown(case, path, spec, subject)
        ]
        if case.as_of is None and self.meaning.as_of_fact is None:
            found.append(AS_OF)
        return found

    def _is_unknown(self, case: Case, path: str, spec: Mapping[str, Any], subject: str | None) -> bool:
        if path in case.facts or spec["type"] == "object" or "default" in spec or "x-absent" in spec:
            return False
        return subject is None or subject in case.subjects

    def read(self, case: Case) -> dict[str, Any]:
        """Return every fact and subject of a complete case as rules read it."""
        found: dict[str, Any] = {}
        for path, (spec, subject) in self.meaning.specs.items():
            if spec["type"] == "object":
                found[path] = True if path in case.subjects else None
            elif path in case.facts:
                found[path] = _typed(self.meaning, path, case.facts[path])
            elif "default" in spec and (subject is None or subject in case.subjects):
                found[path] = typed(spec, spec["default"])
            else:
                found[path] = None
        return found

    # domains

    def few(self, path: str) -> list[Any] | None:
        """Return all values of a fact, where they are few."""
        return None if path == AS_OF else _few(self.meaning.specs[path][0])

    def are_few(self, unknown: Sequence[str], limit: int) -> bool:
        """Say whether the completions of unknown facts can all be listed."""
        size = 1
        for path in unknown:
            size *= len(self.few(path) or range(limit + 1))
        return size <= limit

    def draw(self, path: str, case: Mapping[str, Any]) -> Any:
        """Return a value of a fact: near what the pack or the case mentions, at an end, or any."""
        few = self.few(path)
        if few is not None:
            return self.rng.choice(few)
        spec = {"type": "string", "format": "date-time"} if path == AS_OF else self.meaning.specs[path][0]
        return self.value(spec, case)

    def value(self, spec: Mapping[str, Any], case: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one for each type
        """Return a value that a schema allows."""
        if spec["type"] == "array":
            return self._list(spec, case)
        if spec["type"] == "object":
            return self._record(spec, case)
        if "enum" in spec:
            return self.rng.choice(spec["enum"])
        if spec["type"] in ("integer", "number"):
            return self._number(spec, case)
        if spec["type"] == "boolean":
            return self.rng.random() < 0.5
        if spec.get("format") == "date":
            return self._date(case)
        return self._instant(case) if "format" in spec else self._text(spec, case)

    def _date(self, case: Mapping[str, Any]) -> str:
        if self.rng.random() < 0.08:
            return self.rng.choice((_FIRST, _LAST)).isoformat()
        if self.rng.random() < 0.12:
            return date.fromordinal(self.rng.randint(_FIRST.toordinal(), _LAST.toordinal())).isoformat()
        texts = [
            *self.constants["date"],
            *(each[:10] for each in _texts(case)),
            *_STRANGE_DAYS[: self.rng.randint(0, 7)],
        ]
        day = date.fromisoformat(self.rng.choice([each for each in texts if _is_day(each)] or ["2026-02-10"]))
        if self.rng.random() < 0.3:
            return day.isoformat()
        if self.lengths and self.rng.random() < 0.5:
            day = self._moved(day, case)
        days = [*(each for each in self.constants["number"] if isinstance(each, int) and abs(each) < 9999), 0, 1]
        if self.rng.random() < 0.4:
            day = _near(day, self.rng.choice(days) * self.rng.choice((-1, 1)))
        return _near(day, self.rng.choice((-1, 0, 0, 1))).isoformat()

    def _moved(self, moment: Any, case: Mapping[str, Any]) -> Any:
        length = {unit: self._count(each, case) for unit, each in self.rng.choice(self.lengths).items()}
        is_day = not isinstance(moment, datetime)
        if is_day:
            length = {unit: count for unit, count in length.items() if unit not in ("hours", "minutes")}
        if not 1910 < moment.year < 9880:
            return moment
        return shifted(moment, length, self.rng.choice((-1, 1)))

    def _count(self, written: Any, case: Mapping[str, Any]) -> int:
        """Return how many of a unit a length has: of a name what the case says, if it is no more than a few, or any."""
        number = case.get(written, self.meaning.values.get(written)) if isinstance(written, str) else written
        return number if isinstance(number, int) and abs(number) < 60 else self.rng.choice((-1, 0, 1, 2, 12))

    def _instant(self, case: Mapping[str, Any]) -> str:
        if self.rng.random() < 0.08:
            return self.rng.choice(_ENDS)
        if self.rng.random() < 0.3:
            moment = datetime.combine(date.fromisoformat(self._date(case)), datetime.min.time(), tzinfo=UTC)
            if 1910 < moment.year < 9890:
                at = time.fromisoformat(self.rng.choice(self.constants["time"] or ["00:00"]))
                moment = datetime.combine(moment, at, tzinfo=ZoneInfo(self.rng.choice(ZONES))).astimezone(UTC)
        else:
            texts = [*self.constants["instant"], *(each for each in _texts(case) if "T" in each), *_STRANGE_INSTANTS]
            moment = instant(self.rng.choice([each for each in texts if re.match(r"\d{4}-\d\d-\d\dT", each)]))
        if not 1905 < moment.year < 9890 or self.rng.random() < 0.2:
            return moment.isoformat()
        if self.lengths and self.rng.random() < 0.4:
            moment = self._moved(moment, case)
        steps = (
            {},
            {},
            {"microseconds": -1},
            {"microseconds": 1},
            {"seconds": -1},
            {"minutes": 1},
            {"hours": 9},
            {"days": 1},
        )
        moment += timedelta(**self.rng.choice(steps))
        return moment.isoformat()

    def _number(self, spec: Mapping[str, Any], case: Mapping[str, Any]) -> Any:
        numbers = [each for each in case.values() if isinstance(each, int | float) and not isinstance(each, bool)]
        mentioned = [*self.constants["number"], *numbers, *self._between(case)]
        ends = [spec[end] for end in ("minimum", "maximum") if end in spec]
        for _ in range(8):
            base = self.rng.choice(self.rng.choice([each for each in (mentioned, mentioned, ends, _NUMBERS) if each]))
            if self.rng.random() < 0.2 and mentioned:
                base = base + self.rng.choice((-1, 1)) * self.rng.choice(mentioned)
            base += self.rng.choice((0, 0, 1, -1, 0.5, -0.5) if spec["type"] == "number" else (0, 0, 1, -1))
            found = _fit(spec, base)
            if found is not None:
                return found
        return _fit(spec, (ends or [0])[0])

    def _between(self, case: Mapping[str, Any]) -> list[int]:
        """Return how far dates are apart, also in the months, hours and minutes by which names move them."""
        days = [date.fromisoformat(each) for each in _texts(case) if _is_day(each)]
        apart = [(a, b) for a in days for b in days if a != b]
        units = {unit for length in self.lengths for unit, each in length.items() if isinstance(each, str)}
        if not units:
            return [(a - b).days for a, b in apart]
        known = [date.fromisoformat(each[:10]) for each in (*self.constants["date"], *self.constants["instant"])]
        known += [date.fromisoformat(each[:10]) for each in _texts(case) if re.match(r"\d{4}-\d\d-\d\dT", each)]
        apart += [pair for a in days for b in known for pair in ((a, b), (b, a))]
        months = [(a.year - b.year) * 12 + a.month - b.month for a, b in apart]
        found = [(a - b).days for a, b in apart]
        return [*found, *(months if units & {"months", "years"} else ()), *(24 * each for each in found[:4])]

    def _text(self, spec: Mapping[str, Any], case: Mapping[str, Any]) -> str:
        least, most = spec.get("minLength", 0), spec.get("maxLength", 60)
        fresh = [letter * max(1, least) for letter in "pqr"] + ([""] if not least else [])
        if any(each in str(self.meaning.pack["decisions"]) for each in ("_with'", "contains'", "_case'")):
            pieces = [self.rng.choice((*PIECES, *TEXTS, "q", "Q", "ß")) for _ in range(self.rng.randint(1, 3))]
            joined = "".join(each if self.rng.random() < 0.7 else each.swapcase() for each in pieces)
            fresh += [each for each in (joined[:most], joined[: self.rng.randint(1, 4)]) if least <= len(each) <= most]
        known = [each for each in (*TEXTS, *TEXTS, *_texts(case), *_listed_texts(case)) if least <= len(each) <= most]
        return self.rng.choice(known + fresh)

    def _list(self, spec: Mapping[str, Any], case: Mapping[str, Any]) -> list[Any]:
        items = spec["items"]
        if items["type"] == "object" and set(items["properties"]) == {"from", "to"}:
            return self._periods(items, case)
        least = spec.get("minItems", 0)
        most = min(spec.get("maxItems", 6), self.rng.choice((1, 2, 3, 6)))
        found = [self.value(items, case) for _ in range(self.rng.randint(min(least, most), max(least, most)))]
        if spec.get("uniqueItems"):
            found = list({_key(each): each for each in found}.values())
            while len(found) < least:
                found = list({_key(each): each for each in (*found, self.value(items, case))}.values())
        return found

    def _record(self, items: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
        """Return an item; what need not be given is left out now and then."""
        return {
            name: self.value(spec, case)
            for name, spec in items["properties"].items()
            if name in items["required"] or self.rng.random() < 0.6
        }

    def _periods(self, items: Mapping[str, Any], case: Mapping[str, Any]) -> list[dict[str, str]]:
        found = []
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            ends = sorted((self._instant(case), self._instant(case)), key=instant)
            goes_on = items["required"] == ["from"] and self.rng.random() < 0.4
            found.append({"from": ends[0]} if goes_on else {"from": ends[0], "to": ends[1]})
        return found

    # cases

    def complete(self) -> Case:
        """Draw a complete case."""
        specs = self.meaning.specs
        subjects = frozenset(
            p for p, (spec, _) in specs.items() if spec["type"] == "object" and self.rng.random() < 0.75
        )
        facts: dict[str, Any] = {}
        for path, (spec, subject) in specs.items():
            if spec["type"] == "object" or (subject is not None and subject not in subjects):
                continue
            if ("x-absent" in spec or "default" in spec) and self.rng.random() < 0.4:
                continue
            facts[path] = self.draw(path, facts)
        case = Case(facts, subjects)
        needs_moment = AS_OF in self.unknown(case) or self.rng.random() < 0.2
        return replace(case, as_of=self._instant(facts)) if needs_moment else case

    def finite(self, case: Case, limit: int) -> Case:
        """Return a case with facts of few values left out, as many as keep their completions within a limit."""
        names = [path for path in case.facts if self.few(path) is not None and self._can_be_unknown(path)]
        self.rng.shuffle(names)
        size, dropped = 1, set()
        for path in names:
            count = len(self.few(path) or ())
            if size * count <= limit and self.rng.random() < 0.85:
                size *= count
                dropped.add(path)
        return replace(case, facts={path: value for path, value in case.facts.items() if path not in dropped})

    def partial(self, case: Case) -> Case:
        """Return a case with any facts left out."""
        share = self.rng.choice((0.3, 0.6, 1))
        kept = {p: v for p, v in case.facts.items() if not (self._can_be_unknown(p) and self.rng.random() < share)}
        return replace(case, facts=kept, as_of=None if self.rng.random() < 0.5 else case.as_of)

    def _can_be_unknown(self, path: str) -> bool:
        spec = self.meaning.specs[path][0]
        return "default" not in spec and "x-absent" not in spec

    # completions

    def every(self, unknown: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield all completions of facts that have few values each."""
        for values in product(*(self.few(path) or () for path in unknown)):
            yield dict(zip(unknown, values, strict=True))

    def some(self, case: Case, unknown: Sequence[str]) -> dict[str, Any]:
        """Draw a completion; each value may rest on those before it."""
        found: dict[str, Any] = {}
        order = list(unknown)
        self.rng.shuffle(order)
        for path in order:
            found[path] = self.draw(path, {**case.facts, AS_OF: case.as_of, **found})
        return {path: found[path] for path in unknown}


def _few(spec: Mapping[str, Any]) -> list[Any] | None:
    if spec["type"] == "boolean":
        return [True, False]
    if spec["type"] == "array":
        return _few_lists(spec)
    if "enum" in spec:
        return list(spec["enum"])
    if spec["type"] == "integer" and spec.get("maximum", 99) - spec.get("minimum", -99) < _MOST_FEW:
        return list(range(spec["minimum"], spec["maximum"] + 1))
    return None


def _few_lists(spec: Mapping[str, Any]) -> list[Any] | None:
    items = _few_of_records(spec["items"]) if spec["items"]["type"] == "object" else spec["items"].get("enum")
    least, most = spec.get("minItems", 0), spec.get("maxItems")
    if items is None or len(items) > 4:
        return None
    if spec.get("uniqueItems"):
        sizes = range(least, min(len(items), len(items) if most is None else most) + 1)
        return [list(each) for size in sizes for each in combinations(items, size)]
    if most is None or len(items) ** most > _MOST_FEW:
        return None
    return [list(each) for size in range(least, most + 1) for each in product(items, repeat=size)]


def _few_of_records(items: Mapping[str, Any]) -> list[Any] | None:
    """Return all items of a list of records, where they are few; one that is left out where it may be is another."""
    ways: list[list[dict[str, Any]]] = []
    for name, spec in items["properties"].items():
        few = _few(spec)
        if few is None:
            return None
        ways.append([{name: each} for each in few] + ([{}] if "x-absent" in spec else []))
    return [{k: v for part in parts for k, v in part.items()} for parts in product(*ways)]


def _typed(meaning: Meaning, path: str, value: Any) -> Any:
    return typed(meaning.specs[path][0], value)


def _fit(spec: Mapping[str, Any], value: float) -> Any:
    """Return a number within the bounds of a schema, or None."""
    if spec["type"] == "integer":
        value = int(value)
    value = round(value, 6) if isinstance(value, float) and abs(value) < 1e9 else value
    if not spec.get("minimum", -1e300) <= value <= spec.get("maximum", 1e300):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _near(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, _FIRST.toordinal()), _LAST.toordinal()))


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text))


def _texts(case: Mapping[str, Any]) -> list[str]:
    return [each for each in case.values() if isinstance(each, str)]


def _listed_texts(case: Mapping[str, Any]) -> list[str]:
    listed = (item for each in case.values() if isinstance(each, list) for item in each)
    inside = (each for item in listed for each in (item.values() if isinstance(item, dict) else (item,)))
    return [each for each in inside if isinstance(each, str)]


def _key(value: Any) -> Any:
    return value


def _scalars(written: Any) -> Iterator[Any]:
    if isinstance(written, Mapping):
        for each in written.values():
            yield from _scalars(each)
    elif isinstance(written, list):
        for each in written:
            yield from _scalars(each)
    else:
        yield written
