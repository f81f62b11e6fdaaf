"""What a check of a log finds, and how it is told. Nothing is checked here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from service.audit.proof.notes import Verifier
from service.jsontext import Json

__all__ = ["Findings", "LogFinding", "LogReport", "Runs"]

_MOST_OF_A_CODE = 1000


class _Coded(Protocol):
    @property
    def code(self) -> str:
        """What is wrong, in a word."""


_Finding = TypeVar("_Finding", bound=_Coded)


@dataclass(frozen=True, slots=True)
class LogFinding:
    """One thing that is wrong with a log.

    code   `changed`, `removed`, `inserted`, `moved`: what happened to entries; `truncated`: entries are cut off at the
           end; `rewritten`: entries don't lead to what was signed, and no stored hash tells which; `hash`: a stored
           hash was changed, the entry is as it was signed; `row`: the columns beside an entry don't say what the entry
           does; `checkpoint`: a checkpoint is wrong itself; `key`: the signing key changed without the old key's word,
           or is no key; `erased`: personal facts are gone and no entry tells of it; `personal`: they are not those that
           the entry commits to, or stand although they are erased; `guard`: what keeps rows from being changed is
           missing, or a table can't be read; `pack`: a pack is not the one that decided, or is gone; `unsigned`: more
           entries at the end are under no checkpoint than the service ever leaves so
    says   a sentence
    first  the first entry that is meant, where there is one
    last   the last one
    """

    code: str
    says: str
    first: int | None = None
    last: int | None = None

    def as_json(self) -> Json:
        """Return it as an element of the report."""
        return {"code": self.code, "says": self.says, "first": self.first, "last": self.last}


@dataclass(slots=True, kw_only=True)
class Findings(Generic[_Finding]):
    """What a check found, of whatever it was.

    entries   that it looked at
    findings  at most a thousand of each code
    more      findings beyond
    keys      public keys whose signatures were believed
    replaced  keys that the caller named and that are over: each with the entry that replaced it, and the key that
              speaks since, where the caller has not named that one
    vouched   whether the caller named these keys; else they are the word of what was checked, and prove nothing
    """

    entries: int = 0
    findings: list[_Finding] = field(default_factory=list)
    more: int = 0
    keys: list[str] = field(default_factory=list)
    replaced: list[tuple[Verifier, int, Verifier]] = field(default_factory=list)
    vouched: bool = False
    _counts: Counter[str] = field(default_factory=Counter)  # by code

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def note(self, finding: _Finding) -> None:
        """Take a finding."""
        self._counts[finding.code] += 1
        if self._counts[finding.code] <= _MOST_OF_A_CODE:
            self.findings.append(finding)
        else:
            self.more += 1

    def put_last(self, codes: frozenset[str]) -> None:
        """Put the findings of some codes behind the others, which tell more."""
        self.findings.sort(key=lambda finding: finding.code in codes)


@dataclass(slots=True, kw_only=True)
class LogReport(Findings[LogFinding]):
    """What a check of a log found.

    checkpoints  that were checked and hold
    signed       entries that the largest of these covers
    root         of the log as it stands
    kept         whether the log continues each checkpoint that was given and is believed, by its note
    """

    checkpoints: int = 0
    signed: int = 0
    root: bytes = b""
    kept: dict[str, bool] = field(default_factory=dict)

    def add(self, code: str, says: str, first: int | None = None, last: int | None = None) -> None:
        """Note a finding."""
        self.note(LogFinding(code, says, first, first if last is None else last))


class Runs:
    """Findings of one kind about entries that follow one another are told as one."""

    def __init__(self, report: LogReport) -> None:
        self._report = report
        self._open: dict[tuple[str, str], tuple[int, int]] = {}

    def add(self, code: str, says: str, sequence: int, last: int | None = None) -> None:
        """Note what is wrong with an entry, or with all up to a last one; `says` goes on after its name."""
        first, before = self._open.get((code, says), (sequence, sequence - 1))
        if sequence != before + 1:
            self._tell(code, says, first, before)
            first = sequence
        self._open[code, says] = first, sequence if last is None else last

    def close(self) -> None:
        """Tell what was held back."""
        for (code, says), (first, last) in self._open.items():
            self._tell(code, says, first, last)
        self._open.clear()

    def _tell(self, code: str, says: str, first: int, last: int) -> None:
        which = f"Entry {first}" if first == last else f"Each of the entries {first} to {last}"
        self._report.add(code, f"{which}: {says}", first, last)
