"""Trials as text and as JSON: what differs in a failed case, and what no case exercises. Cases are run elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.cli.values import in_words
from service.decision.trial import Coverage, Mismatch, Trial
from service.jsontext import Json
from service.model.pack import Pack, Rule

__all__ = ["TrialReport", "summary"]


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What came of one pack's cases.

    coverage  None when only some of the cases were run
    """

    pack: Pack
    trials: Sequence[Trial]
    coverage: Coverage | None

    @property
    def failed(self) -> list[Trial]:
        """The trials that came out otherwise than expected."""
        return [trial for trial in self.trials if not trial.is_passed]

    def as_json(self) -> Json:
        """Return the report as a JSON object."""
        return {
            "pack": self.pack.id,
            "version": self.pack.version,
            "cases": [_trial_json(trial) for trial in self.trials],
            "coverage": None if self.coverage is None else _coverage_json(self.coverage),
        }

    def text(self) -> RenderableType:
        """Return the report for people: failures in full, then what no case exercises, then the counts."""
        failures = [part for trial in self.failed for part in (_failure(trial), Text())]
        gaps = [] if self.coverage is None else list(_gaps(self.coverage))
        return Group(*failures, *gaps, self._counts())

    def _counts(self) -> Text:
        failed, passed = len(self.failed), len(self.trials) - len(self.failed)
        told = Text.assemble((self.pack.id, "bold"), f" {self.pack.version}: ")
        if not self.trials:
            return told.append("no case was run", "bold yellow")
        told.append(f"{passed} passed", "bold green" if passed else "")
        if failed:
            told.append(", ").append(f"{failed} failed", "bold red")
        if self.coverage is not None:
            beaten, said = len(self.coverage.overruled), self.coverage.notes - len(self.coverage.unsaid)
            told.append(f"\n  {self.coverage.won} of {self.coverage.rules} rules and rows won")
            told.append(f", {beaten} only overruled" if beaten else "")
            told.append(f", {said} of {self.coverage.notes} notes said" if self.coverage.notes else "")
        return told


def _uncut(*parts: str | tuple[str, str]) -> Text:
    """Return a line that is wrapped by no one, as a place in it must stay whole for editors to jump to it."""
    return Text.assemble(*parts, no_wrap=True, overflow="ignore")


def summary(reports: Sequence[TrialReport]) -> dict[str, Json]:
    """Return the counts over all packs."""
    failed = sum(len(report.failed) for report in reports)
    covered = [report.coverage for report in reports if report.coverage is not None]
    return {
        "passed": sum(len(report.trials) for report in reports) - failed,
        "failed": failed,
        "unheld": sum(len(coverage.unheld) for coverage in covered),
        "overruled": sum(len(coverage.overruled) for coverage in covered),
        "unsaid": sum(len(coverage.unsaid) for coverage in covered),
    }


def _trial_json(trial: Trial) -> Json:
    place = trial.case.place
    return {
        "case": trial.case.title,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "passed": trial.is_passed,
        "differences": [difference.as_json() for difference in trial.differences],
        "won": trial.won,
        "overruled": trial.overruled,
        "said": trial.said,
    }


def _coverage_json(coverage: Coverage) -> Json:
    unheld, overruled = (list(map(_rule_json, rules)) for rules in (coverage.unheld, coverage.overruled))
    unsaid: list[Json] = [{"note": note.id, "file": place.file} for note, place in coverage.unsaid]
    return {
        "rules": coverage.rules,
        "won": coverage.won,
        "overruled": overruled,
        "unheld": unheld,
        "notes": coverage.notes,
        "unsaid": unsaid,
    }


def _rule_json(rule: Rule) -> Json:
    return {"rule": rule.id, "file": rule.place.file, "line": rule.place.line, "column": rule.place.column}


def _failure(trial: Trial) -> RenderableType:
    heading = _uncut((f"{trial.case.place}: ", "cyan"), (trial.case.title, "bold"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for difference in trial.differences:
        for label, told, style in _lines(difference):
            table.add_row(Text(label, style), told)
    table.add_row(Text("won", "dim"), Text(", ".join(trial.won) or "no rule", "dim"))
    if trial.overruled:
        table.add_row(Text("overruled", "dim"), Text(", ".join(trial.overruled), "dim"))
    return Group(heading, Padding(table, (0, 0, 0, 2)))


def _lines(difference: Mismatch) -> Iterator[tuple[str, Text, str]]:
    """Yield label, text and style of the lines that tell one difference."""
    if difference.kind in _TOLD:
        yield difference.kind, Text(f"{difference.name} {_TOLD[difference.kind]}"), "bold red"
        return
    yield _LABELS.get(difference.kind, difference.kind), Text(difference.name, "bold"), "bold red"
    yield "  expected", Text(in_words(difference.expected), "green"), ""
    yield "  got", Text(in_words(difference.got), "red"), ""


_LABELS = {"outcome": "expect"}  # as the case's own key is called
_TOLD = {
    "because": "is not among the reasons",
    "overruled": "was not overruled",
    "notes": "was not said",
    "silent": "was said",
}


def _gaps(coverage: Coverage) -> Iterator[RenderableType]:
    """Yield what no case exercises, each thing on a line that leads to its place."""
    for rule in coverage.unheld:
        yield _uncut((f"{rule.place}: ", "cyan"), f"{rule.id} ", ("holds in no case", "yellow"))
    for rule in coverage.overruled:
        yield _uncut(
            (f"{rule.place}: ", "cyan"), f"{rule.id} ", ("wins in no case: it holds, and is overruled", "yellow")
        )
    for note, place in coverage.unsaid:
        yield _uncut((f"{place.file}: ", "cyan"), f"{note.id} ", ("is said in no case", "yellow"))
    if coverage.unheld or coverage.overruled or coverage.unsaid:
        yield Text()
