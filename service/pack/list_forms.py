"""Derived facts that are made of a list of records, as `facts.yaml` writes them: how many, sums, extremes."""

from __future__ import annotations

from dataclasses import dataclass

from service.model.derivations import Counted, Derived, ExtremeOf, OfList, SummedOf
from service.pack.inputs import InputReader
from service.pack.matchers import ConditionReader
from service.pack.vocabulary import Word, a_type
from service.wording import nearest
from service.written.findings import Steps
from service.written.shape import Written

__all__ = ["ListReader", "MadeOfList", "is_of_records"]

_NUMBERS, _TIMES = ("integer", "number"), ("date", "instant")
_TAKES = {"sum": _NUMBERS, "greatest": _NUMBERS, "least": _NUMBERS, "latest": _TIMES, "earliest": _TIMES}
_INSTEAD = {"greatest": "latest", "least": "earliest", "latest": "greatest", "earliest": "least"}
"""What the same is called of dates, or of numbers."""


def is_of_records(form: str, written: Written) -> bool:
    """Say whether a derived fact of a form is made of a list of records."""
    return "where" in written or form in ("greatest", "least") or (form in _TAKES and "of" in written)


@dataclass(frozen=True, slots=True)
class MadeOfList:
    """How a fact follows from a list of records, its type, and the items that are chosen first, if some are."""

    how: OfList
    type: str
    chosen: Derived | None


@dataclass(frozen=True)
class ListReader:
    """Reads these forms."""

    inputs: InputReader

    def read(self, form: str, written: Written, path: Steps, about: str) -> MadeOfList | None:
        """Return how a fact follows; None where something is wrong, which becomes findings."""
        if not isinstance(written[form], str):
            message = f"{about}: '{form}' with 'of' or 'where' takes the name of a list of records"
            self.inputs.report.at((*path, form), "wrong_type", message)
            return None
        if form == "count" and "of" in written:
            message = f"{about}: 'count' with 'where' takes no 'of': say in 'where' which items are counted"
            self.inputs.report.at((*path, "of"), "wrong_type", message)
            return None
        word = self.inputs.word(written[form], (*path, form), about, ("records",))
        member = None if form == "count" or word is None else self._member(form, word, written, path, about)
        if word is None or not word.members or (member is None and form != "count"):
            return None
        name, chosen = word.name, None
        if "where" in written:
            reader = ConditionReader(self.inputs.vocabulary, self.inputs.report)
            chosen = reader.chosen(word, written["where"], (*path, "where"), about)
            if chosen is None:
                return None
            name = chosen.name
        if member is None:
            return MadeOfList(Counted(name), "integer", chosen)
        how = (
            SummedOf(name, member.name)
            if form == "sum"
            else ExtremeOf(name, member.name, form in ("greatest", "latest"))
        )
        return MadeOfList(how, member.type, chosen)

    def _member(self, form: str, word: Word, written: Written, path: Steps, about: str) -> Word | None:
        """Return the member that the items are taken by."""
        members = {member.name: member for member in word.members}
        of = str(written.get("of"))
        member = members.get(of)
        if member is None:
            message = f"{about}: '{of}' is no member of an item of '{word.name}', which has {', '.join(members)}"
            self.inputs.report.at((*path, "of"), "unknown_name", message, nearest(of, members))
        elif member.type not in _TAKES[form]:
            other = _INSTEAD.get(form)
            mend = f": take '{other}'" if other is not None and member.type in _TAKES[other] else ""
            kinds = "numbers" if _TAKES[form] == _NUMBERS else "dates and instants"
            message = f"{about}: '{form}' takes {kinds}, and '{of}' is {a_type(member.type)}{mend}"
            self.inputs.report.at((*path, "of"), "wrong_type", message)
            return None
        return member
