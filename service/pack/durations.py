"""Durations by which dates and instants are moved, as `plus` and `minus` write them: numbers, or names of such."""

from __future__ import annotations

from dataclasses import dataclass

from service.model.derivations import Duration, Shifted, ShiftedBy
from service.model.names import Key
from service.pack.inputs import InputReader, names_of
from service.pack.vocabulary import Word
from service.wording import nearest
from service.written.findings import Steps
from service.written.shape import Written

__all__ = ["DATE_UNITS", "INSTANT_UNITS", "DurationReader"]

DATE_UNITS = ("days", "weeks", "months", "years")
INSTANT_UNITS = (*DATE_UNITS, "hours", "minutes")


@dataclass(frozen=True)
class DurationReader:
    """Reads durations; what can't be read becomes a finding."""

    inputs: InputReader

    def read(self, written: Written, path: Steps, about: str, word: Word | None) -> Shifted | ShiftedBy | None:
        """Return how a derived fact moves a date or instant; None where it can't be read.

        word  what is moved, as far as it is known
        """
        sign = "plus" if "plus" in written else "minus"
        if sign not in written:
            self.inputs.report.at(path, "missing_key", f"{about}: needs 'plus' or 'minus'")
            return None
        duration = self._pieces(written[sign], (*path, sign), about)
        if duration is None or not self._are_units(duration, written[sign], (*path, sign), about, word):
            return None
        read = {unit: self._count(each, (*path, sign, unit), about) for unit, each in duration.items()}
        if word is None or None in read.values():
            return None
        way = 1 if sign == "plus" else -1
        fixed = Duration(**{str(unit): each for unit, each in read.items() if isinstance(each, int)}) * way
        named = {str(unit): each for unit, each in read.items() if isinstance(each, Word)}
        if not named:
            return Shifted(word.name, fixed)
        counts: tuple[Key, ...] = names_of(list(named.values()))
        return ShiftedBy(word.name, fixed, counts, tuple(Duration(**{unit: way}) for unit in named))

    def _pieces(self, written: object, path: Steps, about: str) -> Written | None:
        """Return a duration as a mapping from units to what stands for their numbers."""
        value = self.inputs.vocabulary.values.get(written) if isinstance(written, str) else written
        if isinstance(written, str) and value is None:
            self._no_duration(written, path, about)
            return None
        if isinstance(value, dict) and value and (value is written or _is_of_numbers(value)):
            return value
        mend = ""
        if isinstance(value, dict) and any(isinstance(each, str) for each in value.values()):
            mend = f": '{written}' is the same for every case: a name of the case is written where it counts"
        message = f"{about}: a duration is a mapping such as {{months: 18}}{mend}"
        self.inputs.report.at(path, "wrong_type", message)
        return None

    def _no_duration(self, written: str, path: Steps, about: str) -> None:
        """Report a name that is no named value, or one that changes on a date: both may be that of a number."""
        vocabulary = self.inputs.vocabulary
        if vocabulary.word(written) is None:
            close = nearest(written, vocabulary.values)
            self.inputs.report.at(path, "unknown_name", f"{about}: there is no named value '{written}'", close)
            return
        why = "changes on a date, and a duration can't" if written in vocabulary.dated else "is no duration"
        mend = f"where it is a number, say of what: {{days: {written}}}"
        self.inputs.report.at(path, "wrong_type", f"{about}: '{written}' {why}: {mend}")

    def _are_units(self, duration: Written, written: object, path: Steps, about: str, word: Word | None) -> bool:
        """Say whether a duration has no other units than fit to what is moved; report one that does not."""
        units = DATE_UNITS if word is not None and word.type == "date" else INSTANT_UNITS
        for unit in duration:
            message = f"{about}: '{unit}' is none of {', '.join(units)}"
            if unit not in INSTANT_UNITS:
                self._at_value(written, path, message, nearest(str(unit), units))
                return False
            if unit not in units:
                self.inputs.report.at(path, "impossible_value", message)
                return False
        return True

    def _at_value(self, written: object, path: Steps, message: str, close: str | None) -> None:
        """Report a duration where it is written: at the named value, if it is one."""
        report, vocabulary = self.inputs.report, self.inputs.vocabulary
        if isinstance(written, str):
            report.elsewhere(vocabulary.value_places[written], "impossible_value", message, close)
        else:
            report.at(path, "impossible_value", message, close)

    def _count(self, written: object, path: Steps, about: str) -> int | Word | None:
        """Return how many there are of a unit: a whole number, written or a named value, or a name that has one."""
        value = self.inputs.vocabulary.values.get(written, written) if isinstance(written, str) else written
        if type(value) is int:
            return value
        if value is written and isinstance(written, str):
            return self._named(written, path, about)
        what = f"'{written}'" if isinstance(written, str) else f"{written}"
        message = f"{about}: {what} is no whole number, of which there can be so many {path[-1]}"
        self.inputs.report.at(path, "wrong_type", message)
        return None

    def _named(self, written: str, path: Steps, about: str) -> Word | None:
        word = self.inputs.vocabulary.word(written)
        if word is None or word.type != "number":
            return self.inputs.word(written, path, about, ("integer",))
        mend = f"a fact can have the type integer, and all else is rounded: {{round: {written}, places: 0, how: …}}"
        message = f"{about}: '{written}' may be no whole number, of which there can be so many {path[-1]}: {mend}"
        self.inputs.report.at(path, "wrong_type", message)
        return None


def _is_of_numbers(written: Written) -> bool:
    return all(type(each) is int for each in written.values())
