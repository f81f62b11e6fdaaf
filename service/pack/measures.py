"""Open time and business days between two instants, as `facts.yaml` writes them."""

from __future__ import annotations

from dataclasses import dataclass

from service.clock.targets import HOUR, MINUTE
from service.model.derivations import Measured
from service.pack.inputs import InputReader
from service.pack.vocabulary import Word
from service.wording import nearest
from service.written.findings import Steps
from service.written.shape import Written

__all__ = ["MEASURES", "MeasureReader"]

MEASURES = {"open_hours_from": HOUR, "open_minutes_from": MINUTE, "business_days_from": None}
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
        by = self.inputs.id_or_name(written.get("calendar"), (*path, "calendar"), about, "calendar", self._is_calendar)
        pauses = self._pauses(written, path, about)
        if ends is None or by is None or pauses is None:
            return None
        known = tuple(each for each in self.inputs.vocabulary.calendars.values() if each is not None)
        how = Measured(ends[0].name, ends[1].name, unit, known, *by, *(each.name for each in pauses))
        return how, "integer" if unit is None else "number"

    def _is_calendar(self, id_: str, path: Steps, about: str) -> bool:
        calendars = self.inputs.vocabulary.calendars
        if id_ in calendars:
            return True
        there_are = f"; there are {', '.join(sorted(calendars))}" if calendars else ""
        message = f"{about}: there is no calendar '{id_}'{there_are}"
        self.inputs.report.at(path, "unknown_name", message, nearest(id_, calendars))
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
