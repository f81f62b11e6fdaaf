"""Reads the values of any fact, lists of records too: of these each item, member by member, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from math import inf
from typing import cast

from service.facts.declaration import FactSpec, Missing
from service.facts.readers import WRONG, Flaw, Flaws, Reader, Wrong, flaws_of_all, wrong_type
from service.facts.readers import reader_of as reader_of_other
from service.facts.values import Record, Scalar
from service.wording import listed

__all__ = ["reader_of"]

_MOST_MEMBERS = 12


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a record: how it is read, and what stands in where it is left out, WRONG for nothing."""

    name: str
    reader: Reader
    otherwise: Scalar | Wrong


def reader_of(spec: FactSpec) -> Reader:
    """Return the reader of a fact's values."""
    if spec.type != "records":
        return reader_of_other(spec)
    items = _Items([_member(each) for each in spec.members])
    fewest, most = spec.min_items, inf if spec.max_items is None else spec.max_items

    def take(value: object) -> tuple[Record, ...] | Wrong:
        if not isinstance(value, (list, tuple)) or not fewest <= len(value) <= most:
            return WRONG
        found: list[Record] = []
        for each in value:
            record = items.take(each)
            if record is WRONG:
                return WRONG
            found.append(record)
        return tuple(found)

    return Reader(take, lambda value, room: flaws_of_all(spec, value, room, items.flaws))


def _member(spec: FactSpec) -> _Member:
    reader = reader_of_other(spec)
    if spec.absent_is_none:
        return _Member(spec.name, reader, None)
    otherwise = WRONG if isinstance(spec.default, Missing) else reader.take(spec.default)
    return _Member(spec.name, reader, cast("Scalar | Wrong", otherwise))


@dataclass(frozen=True, slots=True)
class _Items:
    """Reads the items of one list."""

    members: Sequence[_Member]

    def take(self, value: object) -> Record | Wrong:
        """Return an item as a record."""
        if not isinstance(value, dict):
            return WRONG
        found: list[tuple[str, Scalar]] = []
        given = 0
        for member in self.members:
            if member.name in value:
                typed = member.reader.take(value[member.name])
                given += 1
            else:
                typed = member.otherwise
            if typed is WRONG:
                return WRONG
            found.append((member.name, cast("Scalar", typed)))
        return Record(found) if given == len(value) else WRONG

    def flaws(self, items: Iterable[object], room: int) -> Flaws:
        """Return what is wrong with items, by their places."""
        told: list[Flaw] = []
        count = 0
        for place, item in enumerate(items):
            if self.take(item) is WRONG:
                found = self._flaws_of_item(item, max(room - len(told), 0))
                told += [replace(flaw, within=(place, *flaw.within)) for flaw in found.told]
                count += found.count
        return Flaws(told, count)

    def _flaws_of_item(self, value: object, room: int) -> Flaws:
        """Return what is wrong with an item: what it lacks, its members in order, then those that it can't have."""
        if not isinstance(value, dict):
            return Flaws([wrong_type(value, "an object")] if room else [], 1)
        given = [member for member in self.members if member.name in value]
        lacking = [each for each in self.members if each.otherwise is WRONG and each.name not in value]
        wrong = [each for each in given if each.reader.take(value[each.name]) is WRONG]
        names = {member.name for member in given}
        strange = [str(name) for name in value if name not in names]
        told = [Flaw("missing_member", f"lacks '{each.name}', which each item has") for each in lacking[:room]]
        told += [_flaw_of(each, value[each.name]) for each in wrong[: room - len(told)]]
        told += [self._strange(name) for name in nsmallest(room - len(told), strange)]
        return Flaws(told, len(lacking) + len(wrong) + len(strange))

    def _strange(self, name: str) -> Flaw:
        names = tuple(member.name for member in self.members)
        says = f"is no member of an item, which has {listed(names, _MOST_MEMBERS)}"
        return Flaw("unknown_member", says, (name,), word=name, meant=names)


def _flaw_of(member: _Member, value: object) -> Flaw:
    """Return what is wrong with a member."""
    (flaw,) = member.reader.flaws(value, 1).told
    return replace(flaw, within=(member.name,))
