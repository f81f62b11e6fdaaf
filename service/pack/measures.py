"""Open time and business days between two instants, as `facts.yaml` writes them."""

from __future__ import annotations

from dataclasses import dataclass

from service.model.derivations import Measured
from service.pack.inputs import InputReader
from service.pack.vocabulary import ANY, Word
from service.wording import nearest
from service.written.findings import Steps
from service.written.shape import Written

__all__ = ["MEASURES", "MeasureReader"]

MEASURES = {"open_hours_from": 3_600_000_000, "open_minutes_from": 60_000_000, "business_days_from": None}
"""The keys of these forms -> the microseconds of open time that count as one; None for business days."""


@dataclass(frozen=True)
class MeasureReader:
    """Reads the forms of derived facts that a calendar measures."""

    inputs: InputReader

    def read(self, written: Written, path: Steps, about: str) -> tuple[Measured, str] | None:
        """Return how such a fact follows, and its type."""
        form = next(key for key in MEASURES if key in written)
        unit = MEASURES[form]
        ends = self.inputs.words([(written.get(key), (*path, key)) for key in (form, "to")], about, ("instant",))
        calendar = self._calendar(written.get("calendar"), (*path, "calendar"), about)
        pauses = self._pauses(written, path, about)
        if ends is None or calendar is None or pauses is None:
            return None
        known = tuple(each for each in self.inputs.vocabulary.calendars.values() if each is not None)
        by = (calendar, None) if isinstance(calendar, str) else (None, calendar.name)
        how = Measured(ends[0].name, ends[1].name, unit, known, *by, *(each.name for each in pauses))
        return how, "integer" if unit is None else "number"

    def _calendar(self, written: object, path: Steps, about: str) -> Word | str | None:
        """Return the name that has the calendar's id, or that id; None when it is neither, which is reported."""
        word = self.inputs.vocabulary.word(str(written))
        if word is None:
            return str(written) if self._is_calendar(written, path, about) else None
        if word.type != ANY and (word.type != "string" or word.choices is None):
            message = f"{about}: '{word.name}' is no calendar: a name that is one is a string with an enum of calendars"
            self.inputs.report.at(path, "wrong_type", message)
            return None
        found = [self._is_calendar(each, path, f"{about}: '{word.name}' may be none") for each in word.choices or ()]
        return word if all(found) else None

    def _is_calendar(self, written: object, path: Steps, about: str) -> bool:
        calendars = self.inputs.vocabulary.calendars
        if written in calendars:
            return True
        there_are = f"; there are {', '.join(sorted(calendars))}" if calendars else ""
        close = nearest(str(written), calendars)
        self.inputs.report.at(path, "unknown_name", f"{about}: there is no calendar '{written}'{there_are}", close)
        return False

    def _pauses(self, written: Written, path: Steps, about: str) -> list[Word] | None:
        """Return the pauses, if there are such; None when they can't be used."""
        if "pauses" not in written:
            return []
        if "business_days_from" in written:
            message = f"{about}: pauses take open time, and no business day: leave 'pauses' out"
            self.inputs.report.at((*path, "pauses"), "impossible_value", message)
            return None
        return self.inputs.words([(written["pauses"], (*path, "pauses"))], about, ("periods",))
