"""Derived facts: date arithmetic, counts, sums, earliest and latest, named conditions. Read from `facts.yaml`, evaluated elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from service.clock.zones import UnknownZone, zone_named, zone_names
from service.nearest import nearest
from service.pack.conditions import reads
from service.pack.findings import Finding
from service.pack.matchers import ConditionReader
from service.pack.model import Derived
from service.pack.readings import Path, Tree
from service.pack.vocabulary import ANY, Vocabulary, Word

__all__ = ["DATE_UNITS", "INSTANT_UNITS", "DerivationReader", "day_in"]

DATE_UNITS = ("days", "weeks", "months", "years")
INSTANT_UNITS = (*DATE_UNITS, "hours", "minutes")

Moment = date | datetime


def _shifted(step: relativedelta) -> Callable[[object], object]:
    """Return the shift of a date or instant; months and years clip to the month's last day. None stays none."""

    def shift(value: object) -> object:
        if value is None:
            return None
        try:
            return value + step  # type: ignore[operator]
        except (OverflowError, ValueError):
            edge = datetime if isinstance(value, datetime) else date
            return edge.max if step.normalized().days >= 0 and step.years >= 0 and step.months >= 0 else edge.min

    return shift


def _latest(*values: object) -> object:
    return max((each for each in values if each is not None), default=None)  # type: ignore[type-var]


def _earliest(*values: object) -> object:
    return min((each for each in values if each is not None), default=None)  # type: ignore[type-var]


def _days_between(first: object, last: object) -> object:
    return None if first is None or last is None else (last - first).days  # type: ignore[operator]


def _sum_of_list(values: object) -> object:
    return None if values is None else sum(values)  # type: ignore[call-overload]


def _counted(wanted: frozenset[object] | None) -> Callable[[object], object]:
    def count(values: object) -> object:
        if values is None:
            return None
        return sum(wanted is None or each in wanted for each in values)  # type: ignore[attr-defined]

    return count


def _summed(constant: float) -> Callable[..., object]:
    return lambda *values: None if None in values else constant + sum(values)


def day_in(zone: str) -> Callable[[object], object]:
    """Return what tells the calendar day of an instant in a zone; none has none."""
    zone_info = zone_named(zone)

    def day(instant: object) -> object:
        return None if instant is None else instant.astimezone(zone_info).date()  # type: ignore[attr-defined]

    return day


@dataclass
class DerivationReader:
    """Reads the derived facts of `facts.yaml` into a vocabulary and a list."""

    vocabulary: Vocabulary
    tree: Tree
    findings: list[Finding]

    def declare(self, written: Mapping[str, object]) -> None:
        """Put a derived fact's name into the vocabulary, with its type as far as its form tells."""
        name = str(written["fact"])
        self.vocabulary.words[name] = Word(name, ANY, nullable=True)

    def read(self, written: Mapping[str, object], path: Path) -> Derived | None:
        """Read one derived fact whose inputs are in the vocabulary already; declares its type."""
        about = f"derived fact {written['fact']}"
        form = next((key for key in _FORMS if key in written), None)
        if form is None:
            self._report(path, "missing_key", f"{about}: says not how it is derived: one of {', '.join(_FORMS)}")
            return None
        derived: Derived | None = getattr(self, f"_{form}")(written, path, about)
        if derived is not None:
            self._type(derived)
        return derived

    def _type(self, derived: Derived) -> None:
        words = [self.vocabulary.word(name) for name in derived.inputs]
        nullable = derived.condition is None and any(word is None or word.nullable for word in words)
        self.vocabulary.words[derived.name] = Word(
            derived.name,
            derived.type,
            choices=(True, False) if derived.type == "boolean" else None,
            nullable=nullable or derived.lenient,
            lenient=derived.lenient or any(word is not None and word.lenient for word in words),
        )

    def _made(
        self, written: Mapping[str, object], inputs: tuple[str, ...], function: Callable[..., object], type_: str
    ) -> Derived:
        cites = written.get("cites", ())
        return Derived(
            name=str(written["fact"]),
            says=str(written.get("says", "")),
            cites=(cites,) if isinstance(cites, str) else tuple(cites),  # type: ignore[arg-type]
            inputs=inputs,
            function=function,
            type=type_,
        )

    def _date(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        word = self._input(written["date"], (*path, "date"), about, ("date", "instant"))
        sign = "plus" if "plus" in written else "minus"
        if sign not in written:
            self._report(path, "missing_key", f"{about}: needs 'plus' or 'minus'")
            return None
        step = self._duration(written[sign], (*path, sign), about, word)
        if word is None or step is None:
            return None
        function = _shifted(step if sign == "plus" else -step)
        return self._made(written, (word.name,), function, word.type)

    def _date_of(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        word = self._input(written["date_of"], (*path, "date_of"), about, ("instant",))
        zone = str(written.get("zone"))
        if zone not in zone_names():
            self._report((*path, "zone"), "unknown_zone", f"{about}: {UnknownZone(zone)}", UnknownZone(zone).nearest)
            return None
        return word and self._made(written, (word.name,), day_in(zone), "date")

    def _when(self, written: Mapping[str, object], path: Path, about: str) -> Derived:
        reader = ConditionReader(self.vocabulary, self.tree, self.findings)
        condition = reader.condition(written["when"], (*path, "when"), about)
        made = self._made(written, reads(condition), lambda *_: None, "boolean")
        return Derived(made.name, made.says, made.cites, made.inputs, made.function, "boolean", condition=condition)

    def _extreme(self, written: Mapping[str, object], path: Path, about: str, form: str) -> Derived | None:
        names = written[form]
        if not isinstance(names, list) or not names:
            self._report((*path, form), "wrong_type", f"{about}: '{form}' takes a list of names")
            return None
        kinds = ("date", "instant", "integer", "number")
        words = [self._input(name, (*path, form, index), about, kinds) for index, name in enumerate(names)]
        found = [word for word in words if word is not None]
        if len(found) < len(words):
            return None
        types = {word.type for word in found if word.type != ANY}
        if len(types) > 1 and not types <= {"integer", "number"}:
            self._report((*path, form), "wrong_type", f"{about}: compares {' with '.join(sorted(types))}")
        function = _latest if form.startswith("latest") else _earliest
        made = self._made(written, tuple(word.name for word in found), function, min(types, default=ANY))
        if not form.endswith("_known"):
            return made
        return Derived(made.name, made.says, made.cites, made.inputs, made.function, made.type, lenient=True)

    def _latest(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        return self._extreme(written, path, about, "latest")

    def _earliest(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        return self._extreme(written, path, about, "earliest")

    def _latest_known(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        return self._extreme(written, path, about, "latest_known")

    def _earliest_known(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        return self._extreme(written, path, about, "earliest_known")

    def _count(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        word = self._input(written["count"], (*path, "count"), about, ("list", "periods"))
        wanted: frozenset[object] | None = None
        if "of" in written:
            members = self.vocabulary.sets.get(str(written["of"]))
            if members is None:
                close = nearest(str(written["of"]), self.vocabulary.sets)
                self._report((*path, "of"), "unknown_name", f"{about}: there is no set '{written['of']}'", close)
                return None
            wanted = frozenset(members)
        return word and self._made(written, (word.name,), _counted(wanted), "integer")

    def _sum(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        terms = written["sum"]
        if isinstance(terms, str):
            word = self._input(terms, (*path, "sum"), about, ("list",))
            return word and self._made(written, (word.name,), _sum_of_list, "number")
        if not isinstance(terms, list):
            self._report((*path, "sum"), "wrong_type", f"{about}: 'sum' takes a list of names and numbers, or one list")
            return None
        values = [self.vocabulary.values.get(each, each) if isinstance(each, str) else each for each in terms]
        constant = sum(each for each in values if isinstance(each, int | float))
        words = [
            self._input(each, (*path, "sum", index), about, ("integer", "number"))
            for index, each in enumerate(values)
            if not isinstance(each, int | float)
        ]
        found = [word for word in words if word is not None]
        if len(found) < len(words):
            return None
        whole = isinstance(constant, int) and all(word.type == "integer" for word in found)
        names = tuple(word.name for word in found)
        return self._made(written, names, _summed(constant), "integer" if whole else "number")

    def _days_from(self, written: Mapping[str, object], path: Path, about: str) -> Derived | None:
        first = self._input(written["days_from"], (*path, "days_from"), about, ("date",))
        last = self._input(written.get("to"), (*path, "to"), about, ("date",))
        return first and last and self._made(written, (first.name, last.name), _days_between, "integer")

    def _input(self, name: object, path: Path, about: str, kinds: tuple[str, ...]) -> Word | None:
        word = self.vocabulary.word(str(name))
        if word is None:
            close = self.vocabulary.closest(name)
            self._report(
                path,
                "unknown_name",
                f"{about} reads '{name}', which neither the facts schema nor the pack declares",
                close,
            )
        elif word.type not in (*kinds, ANY):
            self._report(path, "wrong_type", f"{about}: '{name}' is a {word.type}, not a {' or '.join(kinds)}")
            return None
        return word

    def _duration(self, written: object, path: Path, about: str, word: Word | None) -> relativedelta | None:
        value = self.vocabulary.values.get(written) if isinstance(written, str) else written
        if isinstance(written, str) and value is None:
            close = nearest(written, self.vocabulary.values)
            self._report(path, "unknown_name", f"{about}: there is no named value '{written}'", close)
            return None
        units = DATE_UNITS if word is not None and word.type == "date" else INSTANT_UNITS
        if not isinstance(value, dict) or not value or not all(isinstance(each, int) for each in value.values()):
            self._report(path, "wrong_type", f"{about}: a duration is a mapping such as {{months: 18}}")
            return None
        for unit in value:
            if unit not in units:
                close = nearest(str(unit), units)
                self._report(path, "impossible_value", f"{about}: '{unit}' is none of {', '.join(units)}", close)
                return None
        return relativedelta(**value)

    def _report(self, path: Path, code: str, message: str, close: str | None = None) -> None:
        self.findings.append(Finding(self.tree.place(path), code, message, close))


_FORMS = (
    "date", "date_of", "when", "latest", "earliest", "latest_known", "earliest_known", "count", "sum", "days_from",
)  # fmt: skip
