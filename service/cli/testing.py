"""`clausewise test`: the worked cases of packs, run. They are compared in `decision/trial.py`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.text import Text

from service.cli.options import exit_statuses, format_, packs_argument
from service.cli.pack_folders import loaded
from service.cli.streams import write_line
from service.cli.terminal import standard_output
from service.cli.trial_text import TrialReport, summary
from service.decision.policy import Policy
from service.decision.trial import cover, run_cases
from service.jsontext import canonical
from service.model.pack import Pack

__all__ = ["test"]

_FAILED = 1


@click.command(
    epilog=exit_statuses(
        "0 all cases passed, 1 one failed (with --strict also: a rule or row won in none, or a note was said in none), "
        "2 the packs or the call were wrong"
    )
)
@packs_argument
@click.option("-k", "title", default="", metavar="TEXT", help="Only cases with this in their title.  [default: all]")
@click.option("--strict", is_flag=True, help="Fail also when a rule or row wins in no case, or a note is never said.")
@format_
@click.pass_context
def test(ctx: click.Context, folders: Sequence[Path], title: str, strict: bool, format_: str) -> None:
    """Run the worked cases of packs, and tell what no case exercises.

    PACK is a pack's folder; without any, the packs that Clausewise comes with are tested.

    Example:  clausewise test -k "severe loss" rules/library-loans
    """
    if strict and title:
        raise click.UsageError("--strict looks at all cases, -k at some: give one of them.")
    reports = [_report(pack, title) for pack in loaded(folders)]
    if title and not any(report.trials for report in reports):
        raise click.BadParameter(f"no case has '{title}' in its title.", param_hint="'-k'")
    counts = summary(reports)
    if format_ == "json":
        write_line(canonical({"packs": [report.as_json() for report in reports], "summary": counts}))
    else:
        _print(reports)
    ctx.exit(
        _FAILED if counts["failed"] or (strict and (counts["unheld"] or counts["overruled"] or counts["unsaid"])) else 0
    )


def _report(pack: Pack, title: str) -> TrialReport:
    trials = run_cases(Policy(pack), title)
    return TrialReport(pack, trials, None if title else cover(pack, trials))


def _print(reports: Sequence[TrialReport]) -> None:
    terminal = standard_output()
    for place, report in enumerate(reports):
        if place:
            terminal.show(Text())
        terminal.show(report.text())
