"""What a check of a log, or of an export of one, finds, and how it is told. Nothing is checked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from service.audit.checking.given import Given, State
from service.audit.proof.notes import Verifier
from service.audit.proof.successions import Succession
from service.jsontext import Json

__all__ = ["ExportCode", "Finding", "LogCode", "LogReport", "Report", "Runs"]

LogCode: TypeAlias = Literal[
    "changed",
    "checkpoint",
    "erased",
    "guard",
    "hash",
    "inserted",
    "key",
    "moved",
    "pack",
    "personal",
    "removed",
    "rewritten",
    "row",
    "truncated",
    "unsigned",
]
"""What can be wrong with a log; `docs/audit.md` says what each means."""

ExportCode: TypeAlias = Literal[
    "checkpoint", "column", "entry", "file", "key", "manifest", "pack", "rewritten", "root", "rows"
]
"""What can be wrong with an export; `docs/command-line.md` says what each means."""

_MOST_OF_A_CODE = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    says   a sentence
    first  the first entry that is meant, where there is one
    last   the last one
    file   of an export that is meant, where it is one
    """

    code: LogCode | ExportCode
    says: str
    first: int | None = None
    last: int | None = None
    file: str | None = None

    def as_json(self) -> Json:
        """Return it as an element of a report."""
        return {"code": self.code, "says": self.says, "file": self.file, "first": self.first, "last": self.last}


@dataclass(slots=True, kw_only=True)
class Report:
    """What a check found, of whatever it was.

    entries   that it looked at
    findings  at most a thousand of each code
    more      findings beyond
    keys      public keys whose signatures were believed
    replaced  keys that the caller named and that are over: each with the entry that replaced it, and the key that
              speaks since, where the caller has not named that one
    vouched   whether the caller named these keys; else they are the word of what was checked, and prove nothing
    given     the checkpoints that somebody kept
    """

    entries: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    keys: list[str] = field(default_factory=list)
    replaced: list[tuple[Verifier, int, Verifier]] = field(default_factory=list)
    vouched: bool = False
    given: Sequence[Given] = ()
    _counts: Counter[str] = field(default_factory=Counter)  # by code

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def add(
        self,
        code: LogCode | ExportCode,
        says: str,
        first: int | None = None,
        last: int | None = None,
        *,
        file: str | None = None,
    ) -> None:
        """Note a finding, of one entry where no last one is given."""
        self._counts[code] += 1
        if self._counts[code] <= _MOST_OF_A_CODE:
            self.findings.append(Finding(code, says, first, first if last is None else last, file))
        else:
            self.more += 1

    def put_last(self, *codes: LogCode | ExportCode) -> None:
        """Put the findings of some codes behind the others, which tell more."""
        self.findings.sort(key=lambda finding: finding.code in codes)

    def given_as(self, state: State) -> list[int]:
        """Return the sizes of the checkpoints that somebody kept and of which this came, in order."""
        return sorted({each.size for each in self.given if each.state == state})

    def believe(self, keys: Succession) -> None:
        """Note whose signatures were believed, once all introductions were taken."""
        self.keys = [key.text for key in keys.known]
        self.replaced = keys.replaced()


@dataclass(slots=True, kw_only=True)
class LogReport(Report):
    """What a check of a log found.

    checkpoints  that were checked and hold
    signed       entries that the largest of these covers
    root         of the log as it stands
    """

    checkpoints: int = 0
    signed: int = 0
    root: bytes = b""


class Runs:
    """Findings of one kind about entries that follow one another are told as one."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._open: dict[tuple[LogCode, str], tuple[int, int]] = {}

    def add(self, code: LogCode, says: str, sequence: int) -> None:
        """Note what is wrong with an entry; `says` goes on after its name."""
        first, before = self._open.get((code, says), (sequence, sequence - 1))
        if sequence != before + 1:
            self._tell(code, says, first, before)
            first = sequence
        self._open[code, says] = first, sequence

    def close(self) -> None:
        """Tell what was held back."""
        for (code, says), (first, last) in self._open.items():
            self._tell(code, says, first, last)

    def _tell(self, code: LogCode, says: str, first: int, last: int) -> None:
        which = f"Entry {first}" if first == last else f"Each of the entries {first} to {last}"
        self._report.add(code, f"{which}: {says}", first, last)
