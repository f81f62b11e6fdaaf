"""Trials as text and as JSON: what failed, and what no case exercises. Cases are run elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from service.cli.failure_text import failure_parts, uncut
from service.decision.trial import Coverage, Trial
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
        """Return the report for people: failures, then what no case exercises, then the counts."""
        gaps = [] if self.coverage is None else list(_gaps(self.coverage))
        return Group(*failure_parts(self.failed), *gaps, self._counts())

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


def _gaps(coverage: Coverage) -> Iterator[RenderableType]:
    """Yield what no case exercises, each thing on a line that leads to its place."""
    for rule in coverage.unheld:
        yield uncut((f"{rule.place}: ", "cyan"), f"{rule.id} ", ("holds in no case", "yellow"))
    for rule in coverage.overruled:
        yield uncut(
            (f"{rule.place}: ", "cyan"), f"{rule.id} ", ("wins in no case: it holds, and is overruled", "yellow")
        )
    for note, place in coverage.unsaid:
        yield uncut((f"{place.file}: ", "cyan"), f"{note.id} ", ("is said in no case", "yellow"))
    if coverage.unheld or coverage.overruled or coverage.unsaid:
        yield from (Text(_WHAT_COUNTS, "dim"), Text())


_WHAT_COUNTS = "A case counts for the decisions that it names, or whose rules or notes it names."
