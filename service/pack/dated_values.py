"""Named values that change on a date: `{before 2027-01-01: 5, from 2027-01-01: 6}`. They become derived facts.

`fee` is the value that counts on the day that is judged, `fee.since` the date from which it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from service.instants import read_date
from service.model.derivations import Begun, Dated, Derived
from service.model.values import distinct, hashable
from service.pack.head import Head
from service.pack.readings import Tree
from service.pack.vocabulary import ANY, Vocabulary, Word, literal, type_name
from service.written.findings import Finding, Reporter, Steps
from service.written.shape import Written, mapping

__all__ = ["DatedValues", "changes_on_dates"]

_BEFORE, _FROM = "before ", "from "


def changes_on_dates(written: object) -> bool:
    """Say whether a named value is one that changes on a date.

    >>> changes_on_dates({"before 2027-01-01": 5, "from 2027-01-01": 6}), changes_on_dates({"days": 28})
    (True, False)
    """
    return isinstance(written, dict) and any(str(key).startswith((_BEFORE, _FROM)) for key in written)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One value; `since` is None for what counts before the first date."""

    key: str
    since: date | None
    value: object


@dataclass(frozen=True)
class DatedValues:
    """Reads those of `facts.yaml` that change on a date, and declares them."""

    tree: Tree
    report: Reporter
    vocabulary: Vocabulary
    head: Head
    _read: dict[str, Sequence[_Entry]] = field(default_factory=dict)

    def read(self) -> dict[str, Derived]:
        """Return the derived facts that they are."""
        found: dict[str, Derived] = {}
        for name, written in self._written():
            self.vocabulary.dated.add(name)
            entries = self._entries(name, written)
            if entries and self._has_days(name):
                self._read[name] = entries
                found |= {each.name: each for each in self._derived(name, entries)}
            else:
                self.vocabulary.words[name] = Word(name, ANY, nullable=True)
        return found

    def warnings(self) -> Iterator[Finding]:
        """Yield a warning for each value that never counts while the pack is in force, and for days without one."""
        begins, ends = self.head.in_force_from or date.min, self.head.in_force_until or date.max
        for name, entries in self._read.items():
            place = self.tree.place(("values", name))
            days = [each.since or date.min for each in entries]
            for each, first, end in zip(entries, days, [*days[1:], date.max], strict=True):
                if end <= begins or first >= ends:
                    when = f"until {ends}" if first >= ends else f"from {begins}"
                    message = f"value {name}: '{each.key}' never counts, as the pack is in force {when}"
                    yield Finding(place, "never_counts", message, severity="warning")
            if self.head.in_force_from is not None and begins < days[0]:
                message = f"value {name}: there is none before {days[0]}, and the pack is in force from {begins}"
                mend = f"write from when the first one counts, or what counted 'before {days[0]}'"
                yield Finding(place, "never_counts", f"{message}: {mend}", severity="warning")

    def _written(self) -> list[tuple[str, Written]]:
        values = mapping(mapping(self.tree.data).get("values"))
        return [(str(name), mapping(each)) for name, each in values.items() if changes_on_dates(each)]

    def _entries(self, name: str, written: Written) -> Sequence[_Entry]:
        """Return the values in the order of their dates; nothing where they can't be read."""
        found: list[_Entry] = []
        wrong = False
        for key, value in written.items():
            path: Steps = ("values", name, key)
            try:
                since = _date(str(key))
            except ValueError:
                message = f"value {name}: '{key}' is not a date from which it counts, such as 'from 2027-01-01'"
                self.report.at_key(path, "bad_date", message)
                wrong = True
                continue
            earlier = found[-1] if found else None
            if earlier is not None and since is not None and earlier.since is not None and since < earlier.since:
                message = f"value {name}: '{key}' stands after '{earlier.key}', which is later: write them in order"
                self.report.at_key(path, "dates_out_of_order", message)
                wrong = True
            found.append(_Entry(str(key), since, value))
        return [] if wrong or not self._begins_well(name, found) else found

    def _begins_well(self, name: str, entries: Sequence[_Entry]) -> bool:
        """Say whether only the first is one of before a date, of that on which the second begins to count."""
        for place, each in enumerate(entries):
            if each.key.startswith(_BEFORE):
                end = each.key.removeprefix(_BEFORE)
                if place or len(entries) == 1 or entries[1].key != f"{_FROM}{end}":
                    message = f"value {name}: '{each.key}' stands first, and before '{_FROM}{end}'"
                    self.report.at_key(("values", name, each.key), "bad_date", message)
                    return False
        return True

    def _has_days(self, name: str) -> bool:
        if "today" in self.vocabulary.words:
            return True
        message = (
            f"value {name} changes on a date, and pack.yaml does not say in which zone a day begins: add 'dates_in'"
        )
        self.report.at(("values", name), "missing_key", message)
        return False

    def _derived(self, name: str, entries: Sequence[_Entry]) -> Iterator[Derived]:
        type_, values = self._typed(name, entries)
        place = self.tree.place(("values", name))
        read = self.tree.interpretations(("values", name))
        since, first, begins = f"{name}.since", entries[0].since, self.head.in_force_from
        # Of no day before it is in force does a pack decide: the first value is there from the beginning.
        is_covered = first is not None and begins is not None and first <= begins
        for each in (name, since):
            if each in self.vocabulary.words:
                message = f"value {name} changes on a date, and '{each}' is a name already: a name means one thing"
                self.report.at(("values", name), "ambiguous_name", message)
        choices = tuple(distinct(values)) if type_ in ("string", "boolean") else None
        self.vocabulary.words[since] = Word(since, "date", nullable=True)
        self.vocabulary.words[name] = Word(name, type_, choices=choices, nullable=first is not None and not is_covered)
        days = tuple(each.since for each in entries if each.since is not None)
        counting = tuple(zip((each.since for each in entries), values, strict=True))
        counting = ((None, values[0]), *counting) if is_covered else counting
        yield Derived(since, f"Since when {name} is what it is.", (), "date", Begun("today", days), place, read)
        yield Derived(name, "The value that counts on that day.", (), type_, Dated(since, counting), place, read)

    def _typed(self, name: str, entries: Sequence[_Entry]) -> tuple[str, Sequence[object]]:
        """Return the type that all values have, and the values; what is wrong becomes a finding."""
        values = [each.value for each in entries]
        for type_ in ("date", "instant"):
            try:
                return type_, [literal(each, type_) for each in values]
            except ValueError:
                pass
        types = list(dict.fromkeys(map(type_name, values)))
        if set(types) == {"integer", "number"}:
            types = ["number"]
        if len(types) > 1:
            self.report.at(("values", name), "wrong_type", f"value {name}: is {' and '.join(types)}, not one of them")
        type_ = "object" if types[0] == "mapping" else types[0]
        return type_, [hashable(each) for each in values]


def _date(key: str) -> date | None:
    """Return the date from which a value counts; None for one that counts before a date. Raises ValueError."""
    if key.startswith(_BEFORE):
        read_date(key.removeprefix(_BEFORE))
        return None
    if not key.startswith(_FROM):
        raise ValueError(key)
    return read_date(key.removeprefix(_FROM))
