"""Random packs over the whole language, as plain data: the same seed draws the same pack.

A pack is {head, schema, facts, calendars, holidays, decisions, interpretations}, each as its file would say it. Nothing
of the program is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.oracle.drawing_calendars import layered
from tests.oracle.drawing_conventions import with_conventions
from tests.oracle.drawing_records import Records

__all__ = ["TEXTS", "ZONES", "draw_calendars", "draw_pack"]

ZONES = ("Etc/UTC", "Europe/Lisbon", "America/Chicago", "Asia/Kathmandu")
UNITS = ("business_day", "hour", "minute", "business_hour", "day", "business_minute")
TEXTS = ("ada", "bob", "cy", "d")
PIECES = ("a", "ad", "da", "b", "ob", "AD", "Bo", "c", "ada", "ss")
_ANCHORS = (
    date(2024, 2, 29), date(2026, 1, 31), date(2026, 3, 29), date(2026, 12, 31), date(2027, 3, 14), date(2026, 5, 1),
)  # fmt: skip
_TIMES = ("00:00:00", "23:59:59", "05:00:00", "06:00:00", "18:15:00", "08:00:00", "16:59:30", "12:00:00", "01:00:00")
_OFFSETS = ("Z", "Z", "+05:45", "-06:00", "+01:00")
_ORDERED = ("integer", "number", "date", "instant", "time")
_TIMES_OF_DAY = ("08:00", "17:00", "00:00", "05:30", "23:59:59", "12:00")
STATES = ("not_started", "running", "paused", "met", "missed")
COUNTRIES = ("BM", "CA", "PM", "US")
_IN_AMERICA = {"countries_of": "Northern America", "without": "GL"}
_CHOICES = ("red", "green", "blue", "white")


@dataclass(frozen=True, slots=True)
class Word:
    """What the drawing knows of a name; the same terms as the language page."""

    name: str
    type: str
    choices: tuple[Any, ...] | None = None
    items: tuple[Any, ...] | None = None
    item_type: str | None = None
    members: tuple[Word, ...] = ()
    nullable: bool = False
    lenient: bool = False
    is_member: bool = False
    is_defaulted: bool = False
    is_personal: bool = False
    is_endless: bool = False
    may_go_on: bool = False


@dataclass(slots=True)
class Pools:
    """The constants of one pack: few, so that they meet."""

    days: list[str]
    instants: list[str]
    numbers: list[Any] = field(default_factory=lambda: [0, 1, 2, 3, 5, 10, 25, 5000, 0.1, 0.3, 0.5, 2.5, -1])
    texts: tuple[str, ...] = TEXTS


def _pools(rng: Random) -> Pools:
    anchor = rng.choice(_ANCHORS)
    days = [anchor, *(anchor + timedelta(days=rng.randint(-40, 40)) for _ in range(3))]
    written = [each.isoformat() for each in days]
    instants = [f"{rng.choice(written)}T{rng.choice(_TIMES)}{rng.choice(_OFFSETS)}" for _ in range(4)]
    return Pools(written, instants)


def draw_pack(seed: int) -> dict[str, Any]:
    """Return the pack of a seed."""
    return _Drawing(Random(f"pack {seed}"), seed).pack()


def draw_calendars(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the calendars of the same pack, often none, and the lists of holidays that they share."""
    drawing = _Drawing(Random(f"pack {seed}"), seed)
    drawing.begin()
    return drawing.calendars, drawing.lists


class _Drawing:
    """One pack being drawn; `words` are the names that what follows may read."""

    def __init__(self, rng: Random, seed: int) -> None:
        self.rng = rng
        self.seed = seed
        self.pools = _pools(rng)
        self.words: list[Word] = []
        self.values: dict[str, Any] = {}
        self.sets: dict[str, Any] = {}
        self.derived: list[dict[str, Any]] = []
        self.decisions: dict[str, Any] = {}
        self.calendars: dict[str, Any] = {}
        self.lists: dict[str, Any] = {}
        self.few: set[str] = set()
        self.records = Records(self, Word)
        self.is_small = rng.random() < 0.4  # most facts have few values, so that all completions can be listed

    def chance(self, share: float) -> bool:
        """Say yes in so many cases of one."""
        return self.rng.random() < share

    def begin(self) -> None:
        """Draw the calendars, which rest on nothing else."""
        if self.chance(0.3):
            self._calendars()

    def pack(self) -> dict[str, Any]:
        """Draw the pack."""
        self.begin()
        schema = self._schema()
        self._named()
        head = self._head()
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            self.derive()
        for place in range(self.rng.choice((1, 1, 2, 2, 3))):
            self._decision(f"d{place}")
            for _ in range(self.rng.choice((0, 0, 1))):
                self.derive()
        head["decisions"] = list(self.decisions)
        self._hide()
        interpretations = self._interpretations() if self.chance(0.15) else {}
        facts = {key: each for key, each in (("values", self.values), ("sets", self.sets)) if each}
        if self.derived:
            facts["derived"] = self.derived
        return {
            "head": head,
            "schema": schema,
            "facts": facts,
            "calendars": self.calendars,
            "holidays": self.lists,
            "decisions": self.decisions,
            "interpretations": interpretations,
        }

    def _hide(self) -> None:
        """Hide decisions that others read, now and then."""
        for name, decision in self.decisions.items():
            others = [each for each in self.decisions.values() if each is not decision]
            if self.chance(0.4) and any(f"{name}." in str(each) for each in others):
                decision["hidden"] = True

    def _interpretations(self) -> dict[str, Any]:
        """Let one rule stand under one reading alone, and one value hang on the reading."""
        written = {"question": "Which?", "cites": "c", "chosen": self.rng.choice(("one", "two"))}
        written["readings"] = {each: {"means": "So.", "effect": "So."} for each in ("one", "two")}
        rules = [
            rule
            for decision in self.decisions.values()
            for part in decision.get("parts", [decision])
            for rule in part.get("rules", ())
            if rule["then"] != "nothing"
        ]
        for rule in self.rng.sample(rules, min(len(rules), 2)):
            (member, value), *_ = rule["then"].items()
            others = [each["then"][member] for each in rules if member in each["then"] and each is not rule]
            if "outranks" not in rule and others and not isinstance(value, dict):
                choice = {"by_interpretation": "i1", "one": value, "two": value}
                rule["then"] = {**rule["then"], member: choice}
        spare = [rule for rule in rules if self._is_spare(rule, rules)]
        if spare:
            self.rng.choice(spare)["only_under"] = {"i1": self.rng.choice(("one", "two"))}
        return {"i1": written} if "i1" in str(self.decisions) else {}

    @staticmethod
    def _is_spare(rule: dict[str, Any], rules: list[dict[str, Any]]) -> bool:
        """Say whether another rule of the same decision gives the same members, and nobody outranks this one."""
        same = [each for each in rules if each is not rule and set(each["then"]) >= set(rule["then"])]
        decision = rule["rule"].split(".")[0]
        return any(each["rule"].startswith(f"{decision}.") for each in same) and not any(
            rule["rule"] in each.get("outranks", ()) for each in rules
        )

    def _head(self) -> dict[str, Any]:
        head: dict[str, Any] = {"pack": f"drawn-{self.seed}", "version": "1.0.0", "title": "Drawn at random"}
        head["source"] = {"document": "None"}
        head["facts_schema"] = "facts.schema.json"
        head["dates_in"] = self.rng.choice(ZONES)
        moments = [w for w in self.words if w.type == "instant" and not (w.nullable or w.is_defaulted or w.is_personal)]
        if moments and self.chance(0.5):
            head["as_of"] = self.rng.choice(moments).name
        if self.chance(0.4):
            self.words += [Word("as_of", "instant"), Word("today", "date")]
        return head

    # the facts schema

    def _schema(self) -> dict[str, Any]:
        root: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
        places: list[tuple[str, dict[str, Any], bool]] = [("", root, False)]
        if self.chance(0.5):
            places.append(("a", self._object(root, "a"), False))
        if self.chance(0.4):
            inner = self._object(root, "s")
            inner["x-subject"] = True
            self.words.append(Word("s", "subject", nullable=True))
            places.append(("s", inner, True))
        for place in range(self.rng.randint(2, 6)):
            path, parent, is_subject = self.rng.choice(places)
            name = f"f{place}"
            spec, word = self._fact(f"{path}.{name}".removeprefix("."))
            parent["properties"][name] = spec
            self.words.append(replace(word, nullable=word.nullable or is_subject))
        for _, parent, _ in places[1:]:
            if not parent["properties"]:
                parent["properties"]["g"] = {"type": "boolean"}
        return root

    @staticmethod
    def _object(root: dict[str, Any], name: str) -> dict[str, Any]:
        made: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
        root["properties"][name] = made
        return made

    def _fact(self, name: str) -> tuple[dict[str, Any], Word]:
        kinds: Sequence[Callable[[], tuple[dict[str, Any], dict[str, Any]]]] = (
            (self._boolean, self._enum, self._few, self._set, self._few_items, self._few_records, *self._of_clocks())
            if self.is_small and self.chance(0.85)
            else (
                self._boolean, self._enum, self._text, self._text, self._whole, self._number, self._number,
                self._date, self._date, self._date, self._instant, self._instant, self._set, self._few_items,
                self._free_list, self._free_list, self._few, self._periods, self._periods, self.records.fact,
                *self._of_clocks(),
            )
        )  # fmt: skip
        spec, about = self.rng.choice(kinds)()
        if spec.get("minimum", -1) >= 0 and spec.get("maximum", 100) <= 5 and spec["type"] == "integer":
            self.few.add(name)
        if self.chance(0.05) and spec["type"] != "object":
            spec["x-personal"] = True
            about["is_personal"] = True
        if self.chance(0.12):
            spec["x-absent"] = "none"
            about["nullable"] = True
        elif self.chance(0.1):
            default = self._default(spec)
            if default is not None:
                spec["default"] = default
                about["is_defaulted"] = True
        return spec, Word(name, **about)

    def _default(self, spec: dict[str, Any]) -> Any:
        if spec["type"] == "boolean":
            return self.chance(0.5)
        if "enum" in spec:
            return self.rng.choice(spec["enum"])
        if spec["type"] == "integer":
            return spec.get("minimum", 1)
        if spec["type"] == "array" and not spec.get("minItems"):
            return []
        return None

    def _boolean(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"type": "boolean"}, {"type": "boolean", "choices": (True, False)}

    def _enum(self) -> tuple[dict[str, Any], dict[str, Any]]:
        if self.chance(0.25):
            return {"type": "string", "x-values": _IN_AMERICA}, {"type": "string", "choices": COUNTRIES}
        choices = _CHOICES[: self.rng.randint(2, 4)]
        return {"type": "string", "enum": list(choices)}, {"type": "string", "choices": choices}

    def _of_clocks(self) -> Sequence[Callable[[], tuple[dict[str, Any], dict[str, Any]]]]:
        """Return what draws facts that only clocks make use of: zones, units and calendars."""
        if not self.calendars:
            return ()
        return tuple(
            lambda choices=choices: ({"type": "string", "enum": list(choices)}, {"type": "string", "choices": choices})
            for choices in (ZONES[:3], UNITS[:3], tuple(sorted(self.calendars)))
        )

    def _text(self) -> tuple[dict[str, Any], dict[str, Any]]:
        spec: dict[str, Any] = {"type": "string"}
        if self.chance(0.4):
            spec["maxLength"] = self.rng.choice((1, 2, 3, 20))
        if self.chance(0.4):
            spec["minLength"] = self.rng.choice((0, 1, 1, 2, 3)) if "maxLength" not in spec else 1
        return spec, {"type": "string"}

    def _few(self) -> tuple[dict[str, Any], dict[str, Any]]:
        least = self.rng.choice((0, 0, 1, -1))
        spec = {"type": "integer", "minimum": least, "maximum": least + self.rng.randint(1, 4)}
        return spec, {"type": "integer"}

    def _whole(self) -> tuple[dict[str, Any], dict[str, Any]]:
        bounds = (
            {}, {"minimum": 0}, {"maximum": 100}, {"minimum": 0, "maximum": 10000}, {"minimum": 1},
            {"minimum": 0, "maximum": 100},
        )  # fmt: skip
        return {"type": "integer", **self.rng.choice(bounds)}, {"type": "integer"}

    def _number(self) -> tuple[dict[str, Any], dict[str, Any]]:
        bounds = ({}, {"minimum": 0}, {"maximum": 100}, {"minimum": 0, "maximum": 50.5}, {"minimum": 0.25})
        return {"type": "number", **self.rng.choice(bounds)}, {"type": "number"}

    def _date(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"type": "string", "format": "date"}, {"type": "date"}

    def _instant(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"type": "string", "format": "date-time"}, {"type": "instant"}

    def _set(self) -> tuple[dict[str, Any], dict[str, Any]]:
        choices = _CHOICES[: self.rng.randint(2, 3)]
        spec = {"type": "array", "uniqueItems": True, "items": {"type": "string", "enum": list(choices)}}
        if self.chance(0.2):
            spec["minItems"] = 1
        if self.chance(0.2):
            spec["maxItems"] = self.rng.randint(1, 2)
        return spec, {"type": "list", "items": choices, "item_type": "string"}

    def _few_items(self) -> tuple[dict[str, Any], dict[str, Any]]:
        choices: tuple[Any, ...] = _CHOICES[:2] if self.chance(0.6) else (1, 3)
        kind = "string" if choices[0] == "red" else "integer"
        spec = {"type": "array", "items": {"type": kind, "enum": list(choices)}, "maxItems": self.rng.randint(1, 2)}
        return spec, {"type": "list", "items": choices, "item_type": kind}

    def _free_list(self) -> tuple[dict[str, Any], dict[str, Any]]:
        kind = self.rng.choice(("string", "integer", "number"))
        items: dict[str, Any] = {"type": kind}
        if kind == "string" and self.chance(0.3):
            items["minLength"] = 1
        if kind != "string" and self.chance(0.4):
            items["minimum"] = 0
            if self.chance(0.5):
                items["maximum"] = 40
        spec: dict[str, Any] = {"type": "array", "items": items}
        if self.chance(0.3):
            spec["maxItems"] = self.rng.randint(1, 4)
        if self.chance(0.3):
            spec["minItems"] = 1
        if self.chance(0.3):
            spec["uniqueItems"] = True
        return spec, {"type": "list", "item_type": kind}

    def _few_records(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.records.fact(small=True)

    def _periods(self) -> tuple[dict[str, Any], dict[str, Any]]:
        end = {"type": "string", "format": "date-time"}
        may_go_on = self.chance(0.7)
        items = {
            "type": "object",
            "additionalProperties": False,
            "required": ["from"] if may_go_on else ["from", "to"],
            "properties": {"from": end, "to": end},
        }
        return {"type": "array", "items": items}, {"type": "periods", "may_go_on": may_go_on}

    # values, sets, calendars

    def _named(self) -> None:
        if self.chance(0.3):
            self.values["v_days"] = {"days": self.rng.choice((1, 7, 28))}
        if self.chance(0.3):
            self.values["v_number"] = self.rng.choice((1, 2, 3, 0.5))
        if self.chance(0.2):
            self.values["v_day"] = self.rng.choice(self.pools.days)
        if self.chance(0.3):
            self._dated()
        for word in self.words:
            if word.choices == COUNTRIES:
                out = self.rng.choice((["GL", "US"], ["GL", "CA", "PM"]))
                self.sets["set_countries"] = {"countries_of": ["021"], "without": out}
            elif word.choices and word.type == "string" and self.chance(0.3):
                self.sets["set_choices"] = self._some(_CHOICES[:2])
            elif word.type == "string" and not word.choices and self.chance(0.4):
                self.sets["set_texts"] = self._some(TEXTS)
            elif word.type in ("integer", "number") and self.chance(0.3):
                self.sets["set_numbers"] = self._some((0, 1, 2, 3, 5))

    def _dated(self) -> None:
        """Let a named value change on dates: it is a name, and so is since when it counts."""
        days = sorted(set(self.pools.days))
        kind, values = self.rng.choice((("integer", (2, 3, 5, 7)), ("number", (0.5, 2, 3, 7)), ("string", TEXTS)))
        drawn = self.rng.sample(values, len(values))
        dated: dict[str, Any] = {f"from {day}": value for day, value in zip(days, drawn, strict=False)}
        is_always = self.chance(0.5)
        if is_always:
            dated = {f"before {days[0]}": drawn[-1], **dated}
        self.values["v_dated"] = dated
        choices = tuple(dict.fromkeys(dated.values())) if kind == "string" else None
        self.words.append(Word("v_dated", kind, choices=choices, nullable=not is_always))
        self.words.append(Word("v_dated.since", "date", nullable=True))

    def _some(self, values: Sequence[Any]) -> list[Any]:
        return self.rng.sample(list(values), self.rng.randint(1, len(values)))

    def _calendars(self) -> None:
        for name in self.rng.sample(("office", "always", "shop", "mixed"), self.rng.randint(1, 2)):
            calendar: dict[str, Any] = {"calendar": name, "zone": self.rng.choice(ZONES)}
            calendar["hours"] = {
                "office": {"monday to friday": "09:00-17:00"},
                "always": "around_the_clock",
                "shop": {"monday to saturday": ["08:00-12:00", "13:00-18:00"]},
                "mixed": {"monday to thursday": "09:00-17:00", "friday": "09:00-13:30"},
            }[name]
            if name == "mixed":
                calendar["business_day"] = 8
            if self.chance(0.5):
                calendar["holidays"] = self._holidays()
            self.calendars[name] = calendar
        self.calendars, self.lists = layered(Random(f"layers {self.seed}"), self.calendars, self.pools.days)

    def _holidays(self) -> dict[str, Any]:
        day = self.rng.choice(self.pools.days)
        days = [
            {"holiday": "One", "date": "05-01"},
            {"holiday": "Two", "date": day},
            {"holiday": "Three", "nth": 1, "weekday": "monday", "month": int(day[5:7])},
        ]
        found: dict[str, Any] = {"days": self.rng.sample(days, self.rng.randint(1, 3))}
        if self.chance(0.4):
            found["zone"] = self.rng.choice(ZONES)
        return found

    # derived facts

    def _of(self, *types: str, lenient: bool = False, clocks: bool = True) -> list[Word]:
        return [
            w
            for w in self.words
            if w.type in types
            and not w.is_personal
            and (lenient or not w.lenient)
            and (clocks or not (w.is_member and w.type == "instant"))
        ]

    def _written(self, *types: str) -> list[Word]:
        """Return the words of these types that an outcome can give."""
        return [w for w in self._of(*types) if not w.is_endless]

    def derive(self) -> None:
        """Draw a derived fact of names drawn so far, where there are fitting ones."""
        forms = (
            self._moved, self._moved, self._moved, self._day_of, self._day_of, self._truth, self._most, self._most,
            self._count, self._count, self._sum, self._sum, self._list_sum, self._list_sum, self._days, self._days,
            self._reckoned, self._reckoned, self._reckoned, self._elapsed, self._rounded, self._rounded,
            self._weekday, self._time_of_day, self._time_of_day, self.records.derived, self.records.derived,
            self._moved_by_numbers, self._moved_by_numbers,
        )  # fmt: skip
        for _ in range(6):
            made = (self._rare() or self.rng.choice(forms))()
            if made is not None:
                written, word = made
                name = f"x.d{len(self.derived)}"
                self.derived.append({"fact": name, "says": "It is derived.", **written})
                self.words.append(replace(word, name=name))
                return

    def _moved(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("date", "instant", clocks=False)
        if not words:
            return None
        word = self.rng.choice(words)
        length: Any = self._duration(word.type)
        if "v_days" in self.values and self.chance(0.2):
            length = "v_days"
        written = {"date": word.name, self.rng.choice(("plus", "minus")): length}
        return written, Word("", word.type, nullable=word.nullable)

    def _moved_by_numbers(self) -> tuple[dict[str, Any], Word] | None:
        words, counts = self._of("date", "instant", clocks=False), self._of("integer")
        if not words or not counts:
            return None
        word = self.rng.choice(words)
        length = self._duration(word.type)
        named = self.rng.sample(sorted(length), self.rng.randint(1, len(length)))
        written = {unit: self._count_of(each, unit in named, counts) for unit, each in length.items()}
        return {"date": word.name, self.rng.choice(("plus", "minus")): written}, Word("", word.type, nullable=True)

    def _count_of(self, count: int, is_named: bool, words: Sequence[Word]) -> Any:
        """Return how many there are of a unit: a number, or the name of one."""
        if is_named:
            return self.rng.choice(words).name
        return "v_number" if self.values.get("v_number") in (1, 2, 3) and self.chance(0.3) else count

    def _duration(self, type_: str) -> dict[str, int]:
        units = {"days": (1, 5, 30, 31, 60), "weeks": (1, 2), "months": (1, 1, 2, 6, 18), "years": (1, 5)}
        if type_ == "instant" and self.chance(0.5):
            units = {"hours": (1, 5, 48), "minutes": (1, 90)}
        picked = self.rng.sample(sorted(units), 2 if self.chance(0.2) else 1)
        return {unit: self.rng.choice(units[unit]) for unit in picked}

    def _day_of(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("instant")
        if not words:
            return None
        return self._shown_in("date_of", "date", self.rng.choice(words))

    def _time_of_day(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("instant")
        return self._shown_in("time_of_day", "time", self.rng.choice(words)) if words else None

    def _shown_in(self, form: str, type_: str, word: Word) -> tuple[dict[str, Any], Word]:
        """Return what is shown at an instant in a zone, or in that which a name has."""
        zones = [w for w in self._of("string") if w.choices == ZONES[:3]]
        named = self.rng.choice(zones) if zones and self.chance(0.5) else None
        written = {form: word.name, "zone": self.rng.choice(ZONES) if named is None else named.name}
        return written, Word("", type_, nullable=word.nullable or (named is not None and named.nullable))

    def _truth(self) -> tuple[dict[str, Any], Word] | None:
        when = self._condition(1)
        if when is None:
            return None
        personal = any(w.is_personal and f"'{w.name}'" in str(when) for w in self.words)
        return {"when": when}, Word("", "boolean", choices=(True, False), is_personal=personal)

    def _most(self) -> tuple[dict[str, Any], Word] | None:
        type_ = self.rng.choice(("date", "date", "instant", "integer", "number"))
        words = self._of(type_)
        if not words:
            return None
        picked = self.rng.sample(words, min(len(words), self.rng.choice((1, 2, 2, 3))))
        lenient = self.chance(0.2)
        form = self.rng.choice(("latest", "earliest")) + ("_known" if lenient else "")
        nullable = lenient or any(w.nullable for w in picked)
        is_endless = any(w.is_endless for w in picked)
        word = Word("", type_, nullable=nullable, lenient=lenient, is_endless=is_endless)
        return {form: [w.name for w in picked]}, word

    def _count(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("list", "periods")
        if not words:
            return None
        word = self.rng.choice(words)
        written: dict[str, Any] = {"count": word.name}
        fit = {"string": ("set_choices", "set_texts"), "integer": ("set_numbers",), "number": ("set_numbers",)}
        sets = [s for s in fit.get(word.item_type or "", ()) if s in self.sets]
        if word.items:
            sets = [s for s in sets if set(self.sets[s]) <= set(word.items)]
        if sets and self.chance(0.6):
            written["of"] = self.rng.choice(sets)
        return written, Word("", "integer", nullable=word.nullable)

    def _sum(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("integer", "number")
        if not words:
            return None
        picked = self.rng.sample(words, min(len(words), self.rng.choice((1, 2, 2))))
        terms: list[Any] = [w.name for w in picked]
        if len(terms) < 2 or self.chance(0.4):
            terms.append(self.rng.choice((1, 3, 0.5, -1, "v_number" if "v_number" in self.values else 2)))
        whole = all((isinstance(t, str) and t != "v_number") or isinstance(t, int) for t in terms)
        type_ = "integer" if whole and all(w.type == "integer" for w in picked) else "number"
        is_endless = any(w.is_endless for w in picked)
        return {"sum": terms}, Word("", type_, nullable=any(w.nullable for w in picked), is_endless=is_endless)

    def _operands(self, most: int) -> tuple[list[Any], list[Word]] | None:
        """Draw names and numbers that are reckoned with, a name among them, and the words of the names."""
        words = self._of("integer", "number")
        if not words:
            return None
        picked = self.rng.sample(words, min(len(words), self.rng.choice((1, 1, 2, most))))
        operands: list[Any] = [w.name for w in picked]
        if len(operands) < 2 or (len(operands) < most and self.chance(0.3)):
            constant = self.rng.choice((1, 2, 3, 0.5, -1, 100, "v_number" if "v_number" in self.values else 7))
            operands.insert(self.rng.choice((0, len(operands))), constant)
        return operands, picked

    def _reckoned(self) -> tuple[dict[str, Any], Word] | None:
        form = self.rng.choice(("sum", "difference", "product", "quotient", "percent", "larger_of", "smaller_of"))
        drawn = self._operands(3 if form in ("sum", "product", "larger_of", "smaller_of") else 2)
        if drawn is None:
            return None
        operands, picked = drawn
        written: dict[str, Any] = {form: operands}
        times: list[Any] = []
        if form == "sum":
            times = [self.rng.choice((1, 2, 3, 0.5, -2)) for _ in operands]
            written = {form: [{"of": e, "times": t} if t != 1 else e for e, t in zip(operands, times, strict=True)]}
        elif form == "percent":
            written = {form: operands[0], "of": operands[1]}
        is_divided = form in ("quotient", "percent")
        whole = not is_divided and all(
            isinstance(t, int) or (isinstance(t, str) and t != "v_number") for t in [*operands, *times]
        )
        type_ = "integer" if whole and all(w.type == "integer" for w in picked) else "number"
        return written, Word(
            "",
            type_,
            nullable=any(w.nullable for w in picked)
            or (is_divided and isinstance(operands[-1], str) and operands[-1] != "v_number"),
            is_endless=is_divided or any(w.is_endless for w in picked),
        )

    def _weekday(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("date")
        if not words:
            return None
        word = self.rng.choice(words)
        days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        return {"weekday_of": word.name}, Word("", "string", choices=days, nullable=word.nullable)

    def _rare(self) -> Callable[[], tuple[dict[str, Any], Word] | None] | None:
        """Return what draws a form for which few packs have what it takes, where this one has."""
        if any(w.may_go_on for w in self.words) and self.chance(0.3):
            return self._ongoing_since
        is_measured = bool(self.calendars) and len(self._of("instant")) > 1
        return self.rng.choice((self._measured, self._elapsed)) if is_measured and self.chance(0.5) else None

    def _measured(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("instant")
        if len(words) < 2 or not self.calendars:
            return None
        first, last = self.rng.sample(words, 2)
        form = self.rng.choice(("open_hours_from", "open_minutes_from", "business_days_from"))
        named = [w for w in self._of("string") if w.choices == tuple(sorted(self.calendars))]
        calendar = (
            self.rng.choice(named).name if named and self.chance(0.6) else self.rng.choice(sorted(self.calendars))
        )
        written = {form: first.name, "to": last.name, "calendar": calendar}
        pauses = self._of("periods")
        is_days = form == "business_days_from"
        if pauses and not is_days and self.chance(0.5):
            written["pauses"] = self.rng.choice(pauses).name
        return written, Word("", "integer" if is_days else "number", nullable=True, is_endless=not is_days)

    def _ongoing_since(self) -> tuple[dict[str, Any], Word] | None:
        words = [w for w in self._of("periods") if w.may_go_on]
        return ({"ongoing_since": self.rng.choice(words).name}, Word("", "instant", nullable=True)) if words else None

    def _elapsed(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("instant")
        if len(words) < 2:
            return None
        first, last = self.rng.sample(words, 2)
        written = {self.rng.choice(("hours_from", "minutes_from")): first.name, "to": last.name}
        return written, Word("", "number", nullable=first.nullable or last.nullable, is_endless=True)

    def _rounded(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("number")
        if not words:
            return None
        word = self.rng.choice([w for w in words if w.is_endless] or words)
        places = self.rng.choice((0, 0, 1, 2))
        how = self.rng.choice(("half_up", "half_even", "up", "down"))
        written = {"round": word.name, "places": places, "how": how}
        return written, Word("", "number" if places else "integer", nullable=word.nullable)

    def _list_sum(self) -> tuple[dict[str, Any], Word] | None:
        words = [w for w in self._of("list") if w.item_type in ("integer", "number")]
        if not words:
            return None
        word = self.rng.choice(words)
        return {"sum": word.name}, Word("", "number", nullable=word.nullable)

    def _days(self) -> tuple[dict[str, Any], Word] | None:
        words = self._of("date")
        if len(words) < 2:
            return None
        first, last = self.rng.sample(words, 2)
        return {"days_from": first.name, "to": last.name}, Word("", "integer", nullable=first.nullable or last.nullable)

    # conditions

    def _condition(self, depth: int = 2, *, in_note: bool = False) -> dict[str, Any] | None:
        words = [w for w in self.words if not w.lenient and w.type not in ("object", "text")]
        if not words:
            return None
        picked = self.rng.sample(words, min(len(words), self.rng.choice((1, 1, 1, 2, 2))))
        when: dict[str, Any] = {}
        for word in picked:
            matcher = self._matcher(word, in_note=in_note)
            if matcher is not None:
                when[word.name] = matcher
        if depth and self.chance(0.25):
            parts = [self._condition(depth - 1) for _ in range(self.rng.randint(1, 3))]
            when[self.rng.choice(("all", "any", "none"))] = [part for part in parts if part]
            when = {key: value for key, value in when.items() if value != []}
        return when or None

    def _matcher(self, word: Word, *, in_note: bool = False) -> Any:
        if self.chance(0.12):
            parts = [self._plain_matcher(word) for _ in range(self.rng.choice((1, 2, 2, 3)))]
            if all(isinstance(each, dict) for each in parts) and self.chance(0.5):
                return {"not": {op: operand for each in parts for op, operand in each.items()}}
            if len(parts) > 1 and None not in parts:
                return {"either": parts}
        return self._plain_matcher(word, in_note=in_note)

    def _plain_matcher(self, word: Word, *, in_note: bool = False) -> Any:
        return self._spelling(word) if word.type == "string" and self.chance(0.3) else self._usual(word, in_note)

    def _usual(self, word: Word, in_note: bool) -> Any:  # noqa: PLR0911 - one for each kind of word
        asks_known = word.nullable or (in_note and not word.is_defaulted and not word.is_member)
        if asks_known and (word.type in ("subject", "periods") or self.chance(0.2)):
            return {"known": self.chance(0.5)}
        if word.type in ("subject", "periods"):
            asks = "ongoing" if word.may_go_on and self.chance(0.6) else "empty"
            return {asks: self.chance(0.5)} if word.type == "periods" else None
        if word.type == "records":
            return self.records.matcher(word)
        if word.type in ("list", "mixed"):
            return self._list_matcher(word)
        if word.type in _ORDERED and self.chance(0.75):
            return self._ordering(word)
        if self.chance(0.3):
            found = self._against_names(word)
            if found is not None:
                return found
        one, some = self._constant(word), [self._constant(word) for _ in range(2)]
        some = list(dict.fromkeys(some))
        return self.rng.choice((one, one, some, {"not": one}, {"not": some}))

    def _spelling(self, word: Word) -> Any:
        """Draw what looks inside a text: pieces of one that it can be, or of those that free texts are made of."""
        ignores = self.chance(0.4)
        whole = self.rng.choice(word.choices) if word.choices else None
        if ignores and self.chance(0.3):
            one = whole or self.rng.choice(PIECES)
            return {"ignoring_case": self.rng.choice((one, one.upper(), [one, "bob"]))}
        sought = {op: self.rng.choice(PIECES) for op in ("starts_with", "ends_with", "contains")}
        if whole:
            sought = {"starts_with": whole[:2], "ends_with": whole[-2:], "contains": whole[1:3]}
            sought = {op: each.upper() if ignores else each for op, each in sought.items()}
        asked: dict[str, Any] = {op: sought[op] for op in self.rng.sample(sorted(sought), self.rng.choice((1, 1, 2)))}
        if "starts_with" in asked and self.chance(0.3):
            asked["starts_with"] = [asked["starts_with"], "bo"]
        return {"ignoring_case": asked} if ignores else asked

    def _constant(self, word: Word) -> Any:
        if word.choices:
            return self.rng.choice(word.choices)
        pool = {
            "string": self.pools.texts,
            "integer": [n for n in self.pools.numbers if isinstance(n, int)],
            "number": self.pools.numbers,
            "date": self.pools.days,
            "time": _TIMES_OF_DAY,
            "instant": self.pools.instants,
        }[word.type]
        return self.rng.choice(list(pool))

    def _ordering(self, word: Word) -> dict[str, Any]:
        if word.type == "time" and self.chance(0.4):
            return {"between": self.rng.sample(_TIMES_OF_DAY, 2) if self.chance(0.8) else ["17:00", "24:00"]}
        numbers = ("less_than", "at_most", "more_than", "at_least")
        days = ("before", "on_or_before", "after", "on_or_after")
        is_number = word.type in ("integer", "number")
        ops = numbers if is_number else days
        found = {self.rng.choice(ops): self._bound(word)}
        if self.chance(0.25):
            low, high = self.rng.choice(ops[2:]), self.rng.choice(ops[:2])
            found = {low: self._bound(word), high: self._bound(word)}
        return found

    def _bound(self, word: Word) -> Any:
        is_number = word.type in ("integer", "number")
        like = [w for w in self._of(*(("integer", "number") if is_number else (word.type,))) if w.name != word.name]
        if like and self.chance(0.35):
            return self.rng.choice(like).name
        if is_number and "v_number" in self.values and self.chance(0.2):
            return "v_number"
        if word.type == "date" and "v_day" in self.values and self.chance(0.3):
            return "v_day"
        constant = Word("", "number") if is_number else word
        return self._constant(constant)

    def _against_names(self, word: Word) -> Any:
        found: list[Any] = []
        number = ("integer", "number")
        like = [w for w in self._of(*(number if word.type in number else (word.type,))) if w.name != word.name]
        if like:
            found += [{op: self.rng.choice(like).name} for op in ("same_as", "differs_from")]
        sets = {"string": "set_choices" if word.choices else "set_texts", "integer": "set_numbers"}
        sets["number"] = "set_numbers"
        name = sets.get(word.type)
        if word.choices == COUNTRIES and "set_countries" in self.sets:
            found += [{op: "set_countries"} for op in ("in", "in", "not_in")]
        elif name in self.sets and (not word.choices or set(self.sets[name]) <= set(word.choices)):
            found += [{op: name} for op in ("in", "not_in")]
        lists = [w for w in self._of("list") if (w.item_type == "string") == (word.type == "string")]
        lists += self._of("mixed")
        if lists and word.type in ("string", *number):
            found += [{op: self.rng.choice(lists).name} for op in ("in", "not_in")]
        return self.rng.choice(found) if found else None

    @staticmethod
    def _are_like(one: Word, other: Word) -> bool:
        """Say whether two lists are ordered alike, so that there is no question of when they are the same."""
        return (
            not one.is_member and not other.is_member and (one.items, one.item_type) == (other.items, other.item_type)
        )

    def _list_matcher(self, word: Word) -> dict[str, Any]:
        if self.chance(0.2):
            return {"empty": self.chance(0.5)}
        if word.type == "mixed":
            return {self.rng.choice(("includes", "includes_any", "lacks")): self.rng.choice(("ada", 2, ["bob", 2]))}
        like = [w for w in self._of("list") if w.name != word.name and self._are_like(w, word)]
        if like and self.chance(0.3):
            return {self.rng.choice(("same_as", "differs_from")): self.rng.choice(like).name}
        items = word.items or (TEXTS[:3] if word.item_type == "string" else (0, 1, 3, 10))
        picked = self.rng.sample(list(items), min(len(items), self.rng.choice((1, 1, 2))))
        op = self.rng.choice(("includes", "includes_any", "lacks"))
        return {op: picked if len(picked) > 1 or self.chance(0.3) else picked[0]}

    # decisions

    def _decision(self, name: str) -> None:
        made = _DecisionDrawing(self, name).drawn()
        self.decisions[name] = made

    def when(self, *, in_note: bool = False) -> dict[str, Any] | None:
        """Draw a condition."""
        return self._condition(in_note=in_note)


class _DecisionDrawing:
    """One decision being drawn."""

    def __init__(self, pack: _Drawing, name: str) -> None:
        self.pack, self.rng, self.name = pack, pack.rng, name
        self.gives: dict[str, Any] = {}
        self.own: list[Word] = []
        self.rules = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def drawn(self) -> dict[str, Any]:
        made: dict[str, Any] = {"decision": self.name, "asks": "What is it?", "cites": "c"}
        applies = self.pack.when() if self.chance(0.35) else None
        if applies is not None:
            made["applies_when"] = {"says": "It concerns some.", "cites": "c", "when": applies}
        parts = []
        for place in range(self.rng.choice((1, 1, 1, 2, 2, 3))):
            parts.append(self._group(place))
            if self.chance(0.3):
                self._between()
        if self.pack.calendars and self.chance(0.7):
            clock = self._clock()
            if clock is not None:
                parts.append(clock)
        self._copies()
        made["gives"] = self.gives
        notes = [each for each in (self._note(place) for place in range(self.rng.choice((0, 0, 1, 2)))) if each]
        made.update(self._joined(parts))
        if notes:
            made["notes"] = notes
        self._publish(applies is not None)
        return made

    def _between(self) -> None:
        """Derive a fact of members that parts drawn so far give, for those to come."""
        others = [word for word in self.pack.words if word not in self.own]
        kept = self.rng.sample(others, min(len(others), 2))
        self.pack.words = kept + [word for word in self.own if word not in kept]
        derived = len(self.pack.derived)
        self.pack.derive()
        made = self.pack.words[-1:] if len(self.pack.derived) > derived else []
        self.pack.words = [*others, *self.own, *made]

    def _joined(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        if len(parts) == 1 and not {"clock", "applies_when"} & set(parts[0]) and self.chance(0.6):
            (part,) = parts
            return {key: each for key, each in part.items() if key not in ("part", "table")}
        return {"parts": parts}

    def _publish(self, has_applies: bool) -> None:
        """Let what follows read the members, in place of the inner words that only parts of this decision read."""
        own = {word.name for word in self.own}
        self.pack.words = [word for word in self.pack.words if word.name not in own]
        self.pack.words += [replace(word, nullable=word.nullable or has_applies) for word in self.own]

    def _add(self, member: str, form: Any, word: Word) -> None:
        flags = form if isinstance(form, dict) else {}
        nullable = word.nullable or bool(flags.get("optional") or flags.get("where_known"))
        self.gives[member] = form
        found = replace(
            word,
            name=f"{self.name}.{member}",
            nullable=nullable,
            lenient=bool(flags.get("where_known")),
            is_member=True,
            is_defaulted=False,
        )
        self.own.append(found)
        self.pack.words.append(found)

    # rules

    def _group(self, place: int) -> dict[str, Any]:
        policy = self.rng.choice(("unique", "unique", "any", "first", "first", "first", "priority", "collect"))
        members = [self._member(place, number, policy) for number in range(self.rng.choice((1, 1, 2)))]
        if policy == "priority":
            members[0] = (f"m{place}_0", ["high", "mid", "low"], Word("", "string", choices=("high", "mid", "low")))
        if policy in ("unique", "first", "any") and self.chance(0.3):
            part = self._table(place, policy, members)
        else:
            part = {"part": f"{self.name}.p{place}", "hit_policy": policy}
            if policy == "collect":
                self._collect(part, members)
            if policy == "priority":
                part["order"] = {members[0][0]: self.rng.sample(["high", "mid", "low"], 3)}
            part["rules"] = self._rules(policy, members)
        given = self._given(part)
        concerned = self.pack.when() if self.chance(0.15) else None
        if concerned is not None:
            part["applies_when"] = {"says": "It concerns some.", "cites": "c", "when": concerned}
        may_lack = "'nothing'" in str(part) or concerned is not None
        for member, form, word in members:
            found = replace(word, nullable=word.nullable or may_lack)
            may_be_filled = form == "string" or (isinstance(form, dict) and isinstance(form["list"], dict))
            if may_be_filled and "It is" in str(part):  # no condition can read a text that names fill
                found = replace(found, type="text")
            self._add(member, self._flagged(form) if member in given else form, found)
        for member, form, _ in members:
            if member not in given:
                self._give(part, member, form)
        return part

    def _collect(self, part: dict[str, Any], members: list[tuple[str, Any, Word]]) -> None:
        """Let numbers be added up, counted or compared, and lists keep all or be put in order."""
        found: dict[str, str] = {}
        for member, form, _ in members:
            if form in ("integer", "number") and self.chance(0.9):
                found[member] = self.rng.choice(("sum", "count", "least", "greatest"))
            elif isinstance(form, dict) and self.chance(0.4):
                found[member] = "all"
            if isinstance(form, dict) and "order" not in part and self.chance(0.3):
                is_record = isinstance(form["list"], dict)
                items = form["list"]["kind"] if is_record else form["list"]
                part["order"] = {f"{member}.kind" if is_record else member: self.rng.sample(items, len(items))}
        if found:
            part["collect"] = found

    @staticmethod
    def _given(part: dict[str, Any]) -> set[str]:
        if "rows" in part:
            names = part["columns"]["then"]
            return set(names)
        return {member for rule in part["rules"] if rule["then"] != "nothing" for member in rule["then"]}

    def _give(self, part: dict[str, Any], member: str, form: Any) -> None:
        part["rules"][0]["then"][member] = self._literal(member, form)

    def _member(self, place: int, number: int, policy: str) -> tuple[str, Any, Word]:
        name = f"m{place}_{number}"
        if policy == "collect" and number == 0 and self.chance(0.4):
            return name, "list", Word("", "mixed")
        if policy == "collect" and number == 0 and self.chance(0.4):
            record = {"kind": ["r1", "r2", "r3"], "what": self.rng.choice(("integer", "string"))}
            return name, {"list": record}, Word("", "mixed")
        if policy == "collect" and (number == 0 or self.chance(0.5)):
            items = ("r1", "r2", "r3")
            return name, {"list": list(items)}, Word("", "list", items=items, item_type="string")
        if policy == "collect" and self.chance(0.9):
            kind = self.rng.choice(("integer", "number"))
            return name, kind, Word("", kind)
        forms: list[tuple[Any, Word]] = [
            ("boolean", Word("", "boolean", choices=(True, False))),
            ([1, 2, 3], Word("", "integer", choices=(1, 2, 3))),
            (["red", "green", "blue"], Word("", "string", choices=("red", "green", "blue"))),
            ("string", Word("", "string")),
            ("integer", Word("", "integer")),
            ("number", Word("", "number")),
            ("date", Word("", "date")),
            ("object", Word("", "object")),
            ("list", Word("", "mixed")),
        ]
        form, word = self.rng.choice(forms)
        return (f"n.{name}" if self.chance(0.1) else name), form, word

    def _flagged(self, form: Any) -> Any:
        """Return a member's form with `optional`, `hidden` or `where_known`, now and then."""
        flag = self.rng.choice((None, None, None, None, None, "optional", "optional", "hidden", "where_known"))
        if flag is None:
            return form
        long = {"one_of": form} if isinstance(form, list) else {"type": form} if isinstance(form, str) else dict(form)
        return {**long, flag: True}

    def _rules(self, policy: str, members: list[tuple[str, Any, Word]]) -> list[dict[str, Any]]:
        rules: list[dict[str, Any]] = []
        fixed = self._then(members, policy)
        for place in range(self.rng.choice((1, 2, 2, 3, 3, 4))):
            when = self.pack.when()
            then = fixed if policy == "any" and self.chance(0.8) else self._then(members, policy)
            rule: dict[str, Any] = {"rule": f"{self.name}.r{self.rules}", "says": "So it is.", "cites": "c"}
            self.rules += 1
            if when is not None and not (place and self.chance(0.1)):
                rule["when"] = when
            rule["then"] = dict(then)
            rules.append(rule)
        if policy in ("first", "priority", "unique") and self.chance(0.6):
            rules.append(self._otherwise(policy, members))
        if len(rules) > 1 and self.chance(0.15):
            self.rng.choice(rules[1:])["then"] = "nothing"
        self._rank(rules)
        return rules

    def _otherwise(self, policy: str, members: list[tuple[str, Any, Word]]) -> dict[str, Any]:
        rule = {"rule": f"{self.name}.r{self.rules}", "says": "Else it is so.", "cites": "c"}
        self.rules += 1
        when = {"when": "otherwise"} if self.chance(0.5) else {}
        return {**rule, **when, "then": self._then(members, policy)}

    def _rank(self, rules: list[dict[str, Any]]) -> None:
        if len(rules) > 1 and self.chance(0.25):
            place = self.rng.randrange(len(rules) - 1)
            below = [rule["rule"] for rule in rules[place + 1 :]]
            rules[place]["outranks"] = self.rng.choice((below, below[0], below[-1:]))
        elif len(rules) > 1 and self.chance(0.08):
            rules[-1]["outranks"] = "all"

    def _then(self, members: list[tuple[str, Any, Word]], policy: str) -> dict[str, Any]:
        picked = members
        if policy in ("first", "collect") and len(members) > 1 and self.chance(0.3):
            picked = [self.rng.choice(members)]
        is_ranked = members[0][0] if policy == "priority" else None
        return {m: self._literal(m, f) if m == is_ranked else self._value(m, f) for m, f, _ in picked}

    def _value(self, member: str, form: Any) -> Any:
        if form in ("object", "list"):
            return self._object() if form == "object" else self._mixed()
        if form == "string" and self.chance(0.35):
            return self._text()
        if isinstance(form, str) and self.chance(0.35 if form != "date" else 0.8):
            words = self.pack._written(form) + (self.pack._written("integer") if form == "number" else [])
            if words:
                return {"from": self.rng.choice(words).name}
        if form in ("number", "integer") and self.chance(0.3):
            words = self.pack._written("integer")
            if words:
                return {"from": self.rng.choice(words).name, "times": self.rng.choice((2, 3, -1))}
        return self._named(form) or self._literal(member, form)

    def _named(self, form: Any) -> dict[str, str] | None:
        """Draw a named value, one that changes on a date more often than not."""
        if any(word.name == "v_dated" and word.type == form for word in self.pack.words) and self.chance(0.6):
            return {"value": "v_dated"}
        is_whole = form in ("number", "integer") and isinstance(self.pack.values.get("v_number"), int)
        return {"value": "v_number"} if is_whole and self.chance(0.1) else None

    def _text(self) -> str:
        """Draw a text that names fill; what fills it may be anything that can be told."""
        words = self.pack._of("string", "integer", "number", "date", "instant", "list", "boolean", "text")
        picked = self.rng.sample(words, min(len(words), self.rng.choice((1, 1, 2))))
        text = " and ".join(f"{{{word.name}}}" for word in picked)
        return f"It is {text}{self.rng.choice(('.', ' {{so}}'))}"

    def _object(self) -> dict[str, Any]:
        words = self.pack._written("string", "integer", "number", "date", "instant", "list", "boolean")
        found: dict[str, Any] = {"kind": self.rng.choice(TEXTS)}
        if words and self.chance(0.6):
            found["copied"] = {"from": self.rng.choice(words).name}
        if words and self.chance(0.2):
            found["deep"] = [{"one": {"from": self.rng.choice(words).name}}, 1]
        return found

    def _mixed(self) -> Any:
        """Return a list of anything: one and true, lists within it, or what a case gives."""
        lists, others = self.pack._written("list"), self.pack._written("string", "integer", "number", "boolean")
        if lists and self.chance(0.3):
            return {"from": self.rng.choice(lists).name}
        if others and self.chance(0.3):
            return ["ada", {"from": self.rng.choice(others).name}]
        return self.rng.choice(([1], [True], [[1, 2]], [["ada"], ["ada", "bob"]], ["ada"], ["bob", 1], []))

    def _record(self, member: str, record: dict[str, Any]) -> Any:
        """Draw records; what one has beside its kind may be copied."""
        found = [
            {"kind": self.rng.choice(record["kind"]), "what": self._value(member, record["what"])}
            for _ in range(self.rng.choice((1, 1, 2)))
        ]
        return found if len(found) > 1 or self.chance(0.5) else found[0]

    def _literal(self, member: str, form: Any) -> Any:
        if isinstance(form, list):
            return self.rng.choice(form)
        if isinstance(form, dict) and isinstance(form["list"], dict):
            return self._record(member, form["list"])
        if isinstance(form, dict):
            items = self.rng.sample(form["list"], self.rng.randint(1, 2))
            return items if len(items) > 1 or self.chance(0.5) else items[0]
        literals: dict[str, Any] = {
            "boolean": self.chance(0.5),
            "string": self.rng.choice(TEXTS),
            "integer": self.rng.randint(0, 5),
            "number": self.rng.choice((0, 0.5, 2.5)),
            "date": self.rng.choice(self.pack.pools.days),
            "object": {"kind": "ada"},
            "list": self.rng.choice(([1], [True])),
        }
        return literals[form]

    # tables

    def _table(self, place: int, policy: str, members: list[tuple[str, Any, Word]]) -> dict[str, Any]:
        words = [
            w
            for w in self.pack.words
            if not w.lenient and w.type not in ("object", "subject", "periods", "mixed", "text")
        ]
        if not words:
            return {
                "part": f"{self.name}.p{place}",
                "hit_policy": policy,
                "rules": self._rules(policy, members),
            }
        names = self.rng.sample(words, min(len(words), self.rng.choice((1, 2))))
        can_be_text = any(form in ("string", "object", "list") for _, form, _ in members)
        rows: list[Any] = list(self._rows(names, members))
        rows = [row for i, row in enumerate(rows) if row[: len(names)] not in [r[: len(names)] for r in rows[:i]]]
        if len(rows) > 1 and not can_be_text and self.chance(0.2):
            rows[-1][len(names) :] = ["nothing"] * len(members)
        own = {"says": "A row of its own.", "cites": "c"}
        if len(rows) > 1 and self.chance(0.3):
            rows[-1] = {"otherwise": rows[-1][len(names) :], **own}
        elif self.chance(0.3):
            rows[-1] = {"cells": rows[-1], **own}
        return {
            "table": f"{self.name}.p{place}",
            "says": "A table says so.",
            "cites": "c",
            "hit_policy": policy,
            "columns": {"when": [w.name for w in names], "then": [m for m, _, _ in members]},
            "rows": rows,
        }

    def _rows(self, names: list[Word], members: list[tuple[str, Any, Word]]) -> Iterator[list[Any]]:
        choices = names[0].choices
        if choices and self.chance(0.7):  # one row for each value: a whole table
            for value in choices:
                yield [value, *("-" for _ in names[1:]), *(self._value(m, f) for m, f, _ in members)]
            return
        for _ in range(self.rng.randint(2, 4)):
            cells = [self.pack._matcher(word) if self.chance(0.8) else "-" for word in names]
            yield [
                *("-" if cell is None else cell for cell in cells),
                *(self._value(m, f) for m, f, _ in members),
            ]

    # clocks, copies, notes

    def _clock(self) -> dict[str, Any] | None:
        starts = self.pack._of("instant", clocks=False)
        if not starts:
            return None
        rng = Random(f"life {self.pack.seed} {self.name}")
        concern = self.pack.when() if rng.random() < 0.3 else None
        calendar = self._name_of(tuple(sorted(self.pack.calendars))) or self.rng.choice(sorted(self.pack.calendars))
        clock: dict[str, Any] = {"clock": f"{self.name}.clock", "says": "It is due.", "cites": "c"}
        clock["starts"] = self.rng.choice(starts).name
        clock["amount"] = self._amount()
        clock["unit"] = self._name_of(UNITS[:3]) or self.rng.choice((*UNITS, "business_day"))
        clock["calendar"] = calendar
        if self.chance(0.4):
            clock["zone"] = self._name_of(ZONES[:3]) or self.rng.choice(ZONES)
        if self.chance(0.2):
            clock["written_in"] = self._name_of(ZONES[:3]) or self.rng.choice(ZONES)
        clock = self._counting(clock)
        self._changes(clock, Random(f"changes {self.pack.seed} {self.name}"))
        optional = {"optional": True} if self.chance(0.2) else {}
        kinds = {"starts_at": "instant", "due_at": "instant", "segments": "periods"}
        wanted = self.rng.sample(sorted(kinds), self.rng.randint(1, 3))
        clock["gives"] = {each: each for each in wanted}
        for each in wanted:
            form: Any = {"type": kinds[each], **optional} if optional else kinds[each]
            self._add(each, form, Word("", kinds[each]))
        self._life(clock, rng)
        if concern is not None:
            self._concern(clock, concern)
        return clock

    def _concern(self, clock: dict[str, Any], when: Any) -> None:
        """Let a clock concern some cases only, of which none is told by what it gives itself."""
        clock["applies_when"] = {"says": "It concerns some.", "cites": "c", "when": when}
        members = [*clock["gives"].values(), *(each["gives"] for each in clock.get("warnings", ()))]
        given = {f"{self.name}.{member}" for member in members}
        self.own = [replace(word, nullable=True) if word.name in given else word for word in self.own]
        self.pack.words = [replace(word, nullable=True) if word.name in given else word for word in self.pack.words]

    def _counting(self, clock: dict[str, Any]) -> dict[str, Any]:
        """Return a clock with conventions, and with pauses where there can be some."""
        pauses = self.pack._of("periods")
        if self.chance(0.15):
            clock["counts"] = "backward"
        elif pauses and self.chance(0.6):
            clock["pauses"] = self.rng.choice(pauses).name
        elif self.chance(0.25):
            clock |= {"unit": "business_day", "amount": self.rng.randint(1, 3), "business_day_ends": "closing"}
        if "counts" not in clock and self.chance(0.2):
            clock["at_closing"] = "next_opening"
        ways = Random(f"conventions {self.pack.seed} {self.name}")
        if ways.random() < 0.5:
            return with_conventions(ways, clock, self.pack.calendars)
        return clock

    def _changes(self, clock: dict[str, Any], rng: Random) -> None:
        """Let a clock that counts open time forward change on the way."""
        refused = {"counts", "business_day_ends", "at_closing", "first_day", "after_closing", "opening_at_start"}
        instants = self.pack._of("instant", clocks=False)
        if refused & set(clock) or clock["unit"] == "opening" or rng.random() < 0.3:
            return
        changes = []
        for _ in range(rng.choice((1, 1, 2))):
            drawn = {
                "amount": rng.choice((0.5, 1, 2, 5)),
                "unit": rng.choice(UNITS),
                "calendar": rng.choice(sorted(self.pack.calendars)),
            }
            wanted = rng.sample(sorted(drawn), rng.randint(1, 3))
            changes.append({"at": rng.choice(instants).name, **{key: drawn[key] for key in wanted}})
        clock["changes"] = changes
        if rng.random() < 0.6:
            clock["over_at_change"] = rng.choice(("deducted", "share_kept"))

    def _life(self, clock: dict[str, Any], rng: Random) -> None:
        """Let a clock that counts forward tell what becomes of its target, or warn of it."""
        if "counts" in clock:
            return
        stops = self.pack._of("instant", clocks=False)
        wanted = [each for each in ("state", "elapsed_minutes", "remaining_minutes") if rng.random() < 0.4]
        for result in wanted:
            kind, choices = ("string", STATES) if result == "state" else ("integer", None)
            form: dict[str, Any] = {"type": kind}
            if choices is not None and rng.random() < 0.7:
                form["one_of"] = list(choices)
            if rng.random() < 0.3:
                form["optional"] = True
            self._add(result, form, Word("", kind, choices=choices if "one_of" in form else None))
            clock["gives"][result] = result
        if wanted and rng.random() < 0.75:
            clock["stops"] = rng.choice(stops).name
        for place in range(rng.choice((0, 0, 1, 2))):
            unit = rng.choice(("percent", *UNITS))
            most = 100 if unit == "percent" else 3
            warning = {rng.choice(("elapsed", "remaining")): rng.choice((0, 0.5, rng.randint(1, most))), "unit": unit}
            self._add(f"w{place}", "instant", Word("", "instant"))
            clock.setdefault("warnings", []).append({**warning, "gives": f"w{place}"})

    def _name_of(self, choices: tuple[str, ...]) -> str | None:
        """Return a name whose values are these, if there is one."""
        names = [w.name for w in self.pack._of("string") if w.choices == choices]
        return self.rng.choice(names) if names else None

    def _amount(self) -> Any:
        named = [w for w in self.own if w.choices == (1, 2, 3)]
        few = [w for w in self.pack.words if w.name in self.pack.few and not w.is_personal]
        if named + few and self.chance(0.5):
            return self.rng.choice(named + few).name
        return self.rng.choice((1, 1, 2, 3, 0.5))

    def _copies(self) -> None:
        for number in range(self.rng.choice((0, 0, 1, 1, 2))):
            words = [w for w in self.pack.words if w.type not in ("subject", "object", "records") and not w.is_personal]
            words = [w for w in words if not w.is_endless]
            if not words:
                return
            word = self.rng.choice(words)
            form: dict[str, Any] = {"from": word.name}
            result = replace(word, nullable=False)  # whether what it copies can be none says nothing of it
            if word.choices and word.type == "string" and self.chance(0.6):
                labels = {choice: f"label {choice[0]}" for choice in word.choices}
                if self.chance(0.5):
                    labels[word.choices[-1]] = labels[word.choices[0]]
                form["as"] = labels
                result = replace(word, choices=tuple(dict.fromkeys(labels.values())))
            if word.lenient:
                form["where_known"] = True
            elif self.chance(0.5):
                form[self.rng.choice(("optional", "optional", "hidden", "where_known"))] = True
            self._add(f"c{number}", form, replace(result, is_member=True))
        if self.chance(0.1):
            self._add("fixed", {"always": self.rng.choice((True, "ada", 3))}, Word("", "object"))

    def _note(self, place: int) -> dict[str, Any] | None:
        note: dict[str, Any] = {"note": f"{self.name}.n{place}", "says": "Mind this.", "cites": "c"}
        when = self.pack.when(in_note=True)
        if when is not None:
            note["when"] = when
        return note
