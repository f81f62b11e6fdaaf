"""Derived facts as `facts.yaml` writes them: their form, inputs and type. What they compute is in `working.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from service.clock.zones import UnknownZone, zone_names
from service.model.derivations import (
    WEEKDAYS,
    Counted,
    DayIn,
    DaysBetween,
    Derived,
    Divided,
    Extreme,
    ExtremeOf,
    Holds,
    How,
    Measured,
    OngoingSince,
    ShiftedBy,
    TimeIn,
    WeekdayOf,
)
from service.model.names import shown_name
from service.model.walk import chosen_in
from service.pack.arithmetic import ArithmeticReader, is_endless
from service.pack.durations import DurationReader
from service.pack.inputs import InputReader, names_of
from service.pack.list_forms import ListReader, is_of_records
from service.pack.matchers import ConditionReader
from service.pack.measures import MEASURES, MeasureReader
from service.pack.vocabulary import ANY, Vocabulary, Word, why_not_ongoing
from service.wording import nearest
from service.written.findings import Reporter, Steps
from service.written.shape import Written, texts

__all__ = ["FORMS", "DerivationReader"]

FORMS = (
    "date", "date_of", "time_of_day", "weekday_of", "ongoing_since", "when", "latest", "earliest", "latest_known",
    "earliest_known", "greatest", "least", "count", "sum", "difference", "product", "quotient", "percent", "larger_of",
    "smaller_of", "round", "days_from", "hours_from", "minutes_from", "open_hours_from", "open_minutes_from",
    "business_days_from",
)  # fmt: skip
"""The keys of which a derived fact has one: it says how the fact is derived."""

_NUMBERS = ("integer", "number")
_MAYBE_NONE = Divided | ExtremeOf | OngoingSince | Measured | ShiftedBy  # though none of its inputs is none
_Read = Callable[[Written, Steps, str], Derived | None]


@dataclass(frozen=True)
class DerivationReader:
    """Reads the derived facts of `facts.yaml` into a vocabulary."""

    vocabulary: Vocabulary
    report: Reporter

    @property
    def _inputs(self) -> InputReader:
        return InputReader(self.vocabulary, self.report)

    def declare(self, written: Written) -> None:
        """Put a derived fact's name into the vocabulary; its type is known once it has been read."""
        name = str(written["fact"])
        self.vocabulary.words[name] = Word(name, ANY, nullable=True)

    def read(self, written: Written, path: Steps) -> Derived | None:
        """Read one derived fact whose inputs are in the vocabulary already; declares its type."""
        about = f"derived fact {written['fact']}"
        form = next((key for key in FORMS if key in written), None)
        if form is None:
            self.report.at(path, "missing_key", f"{about}: says not how it is derived: one of {', '.join(FORMS)}")
            return None
        readers: Mapping[str, _Read] = {
            "date": self._date,
            "date_of": self._shown_in,
            "time_of_day": self._shown_in,
            "weekday_of": self._weekday_of,
            "ongoing_since": self._ongoing_since,
            "when": self._when,
            "count": self._count,
            "days_from": self._days_from,
        }
        measure = MeasureReader(self._inputs).read
        arithmetic = ArithmeticReader(self._inputs).forms | dict.fromkeys(MEASURES, measure)
        if is_of_records(form, written):
            derived = self._of_records(form, written, path, about)
        elif form in arithmetic:
            made = arithmetic[form](written, path, about)
            derived = None if made is None else self._made(written, path, *made)
        else:
            read = readers.get(form)
            derived = read(written, path, about) if read else self._extreme(written, path, about, form)
        if derived is not None:
            for each in (*chosen_in(derived), derived):
                self.declare_type(each)
        return derived

    def _of_records(self, form: str, written: Written, path: Steps, about: str) -> Derived | None:
        made = ListReader(self._inputs).read(form, written, path, about)
        if made is None:
            return None
        return replace(self._made(written, path, made.how, made.type), chosen=made.chosen)

    def declare_type(self, derived: Derived) -> None:
        """Put what is known of a derived fact into the vocabulary; its inputs are there already."""
        words = [self.vocabulary.word(shown_name(name)) for name in derived.inputs]
        nullable = derived.condition is None and any(word is None or word.nullable for word in words)
        self.vocabulary.words[derived.name] = Word(
            derived.name,
            derived.type,
            choices=_choices(derived),
            nullable=nullable or derived.lenient or isinstance(derived.how, _MAYBE_NONE),
            lacking=derived.condition is None and any(word is None or word.lacking for word in words),
            lenient=derived.lenient or any(word is not None and word.lenient for word in words),
            endless=is_endless(derived.how, words),
            personal=next((word.personal for word in words if word is not None and word.personal is not None), None),
        )

    def _date(self, written: Written, path: Steps, about: str) -> Derived | None:
        word = self._inputs.word(written["date"], (*path, "date"), about, ("date", "instant"))
        how = DurationReader(self._inputs).read(written, path, about, word)
        return None if word is None or how is None else self._made(written, path, how, word.type)

    def _shown_in(self, written: Written, path: Steps, about: str) -> Derived | None:
        """Read what calendars or clocks show at an instant, in a zone or in that which a name has."""
        form, key, type_ = (DayIn, "date_of", "date") if "date_of" in written else (TimeIn, "time_of_day", "time")
        word = self._inputs.word(written[key], (*path, key), about, ("instant",))
        by = self._inputs.id_or_name(written.get("zone"), (*path, "zone"), about, "zone", self._is_zone)
        return None if word is None or by is None else self._made(written, path, form(word.name, *by), type_)

    def _is_zone(self, zone: str, path: Steps, about: str) -> bool:
        if zone in zone_names():
            return True
        wrong = UnknownZone(zone)
        self.report.at(path, "unknown_zone", f"{about}: {wrong}", wrong.nearest)
        return False

    def _weekday_of(self, written: Written, path: Steps, about: str) -> Derived | None:
        word = self._inputs.word(written["weekday_of"], (*path, "weekday_of"), about, ("date",))
        return None if word is None else self._made(written, path, WeekdayOf(word.name), "string")

    def _ongoing_since(self, written: Written, path: Steps, about: str) -> Derived | None:
        word = self._inputs.word(written["ongoing_since"], (*path, "ongoing_since"), about, ("periods",))
        if word is not None and word.ended:
            message = f"{about}: {why_not_ongoing(word.name)}"
            self.report.at((*path, "ongoing_since"), "impossible_value", message)
        return None if word is None else self._made(written, path, OngoingSince(word.name), "instant")

    def _when(self, written: Written, path: Steps, about: str) -> Derived:
        reader = ConditionReader(self.vocabulary, self.report)
        condition = reader.condition(written["when"], (*path, "when"), about)
        return self._made(written, path, Holds(condition), "boolean")

    def _extreme(self, written: Written, path: Steps, about: str, form: str) -> Derived | None:
        names = written[form]
        if not isinstance(names, list) or not names:
            mend = "a list of names, or the name of a list of records and in 'of' a member of its items"
            self.report.at((*path, form), "wrong_type", f"{about}: '{form}' takes {mend}")
            return None
        kinds = ("date", "instant", *_NUMBERS)
        words = self._inputs.words([(name, (*path, form, i)) for i, name in enumerate(names)], about, kinds)
        if words is None:
            return None
        types = {word.type for word in words if word.type != ANY}
        if len(types) > 1 and not types <= set(_NUMBERS):
            self.report.at((*path, form), "wrong_type", f"{about}: compares {' with '.join(sorted(types))}")
        how = Extreme(names_of(words), latest=form.startswith("latest"), known_only=form.endswith("_known"))
        return self._made(written, path, how, max(types, default=ANY))

    def _count(self, written: Written, path: Steps, about: str) -> Derived | None:
        word = self._inputs.word(written["count"], (*path, "count"), about, ("list", "periods", "records"))
        wanted: frozenset[object] | None = None
        if "of" in written:
            members = self.vocabulary.sets.get(str(written["of"]))
            if members is None:
                close = nearest(str(written["of"]), self.vocabulary.sets)
                self.report.at((*path, "of"), "unknown_name", f"{about}: there is no set '{written['of']}'", close)
                return None
            wanted = frozenset(members)
        return None if word is None else self._made(written, path, Counted(word.name, wanted), "integer")

    def _days_from(self, written: Written, path: Steps, about: str) -> Derived | None:
        ends = [(written.get(key), (*path, key)) for key in ("days_from", "to")]
        words = self._inputs.words(ends, about, ("date",))
        return None if words is None else self._made(written, path, DaysBetween(*names_of(words)), "integer")

    def _made(self, written: Written, path: Steps, how: How, type_: str) -> Derived:
        return Derived(
            name=str(written["fact"]),
            says=str(written.get("says", "")),
            cites=texts(written.get("cites")),
            type=type_,
            how=how,
            place=self.report.place(path),
            written=written,
        )


def _choices(derived: Derived) -> tuple[object, ...] | None:
    """Return the values that a derived fact can have, where they are few."""
    if isinstance(derived.how, WeekdayOf):
        return WEEKDAYS
    return (True, False) if derived.type == "boolean" else None
