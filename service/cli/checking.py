"""`clausewise check`: everything that is wrong with packs, and where. What is looked for is in `pack`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from service.analysis.gaps import find_gaps
from service.cli.options import exit_statuses, format_, packs_argument
from service.cli.pack_folders import folders_or_shipped
from service.cli.source_findings import source_findings
from service.cli.terminal import standard_output, write_line
from service.decision.limits import find_refused
from service.decision.running import Program
from service.jsontext import Json, canonical
from service.pack.clock_inputs import unbounded_clock_inputs
from service.pack.loader import check_other_readings, load_pack
from service.written.findings import Finding, InvalidPack

__all__ = ["check"]

_FOUND = 1


@click.command(epilog=exit_statuses("0 nothing found, 1 findings, be they errors or warnings, 2 the call was wrong"))
@packs_argument
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare the clauses with this source document, plain text, by their fingerprints; for one PACK.",
)
@format_
@click.pass_context
def check(ctx: click.Context, folders: Sequence[Path], source: Path | None, format_: str) -> None:
    """Check packs: tell all that is wrong with them, and where.

    PACK is a pack's folder; without any, the packs that Clausewise comes with are checked. Each finding is a line,
    file:line:column and what is wrong.

    Example:  clausewise check rules/library-loans
    """
    wanted = folders_or_shipped(folders)
    if source is not None and len(wanted) > 1:
        raise click.UsageError(f"--source goes with one PACK, not with {len(wanted)}.")
    findings = [finding for folder in wanted for finding in _findings(folder, source)]
    if format_ == "json":
        write_line(canonical(_json(len(wanted), findings)))
    else:
        _print(findings)
        click.echo(_summary(len(wanted), findings), err=True)
    ctx.exit(_FOUND if findings else 0)


def _findings(folder: Path, source: Path | None) -> list[Finding]:
    """Return all findings of one pack, by place. Gaps are looked for only in one that can be loaded."""
    try:
        pack = load_pack(folder)
    except InvalidPack as wrong:
        return list(wrong.findings)
    told = [*find_refused(Program(pack)), *check_other_readings(folder, pack), *unbounded_clock_inputs(pack)]
    told += [*pack.warnings, *find_gaps(pack)]
    return sorted([*told, *([] if source is None else source_findings(pack, folder, source))])


def _counts(packs: int, findings: Iterable[Finding]) -> Mapping[str, int]:
    severities = [finding.severity for finding in findings]
    return {"packs": packs, "errors": severities.count("error"), "warnings": severities.count("warning")}


def _json(packs: int, findings: Sequence[Finding]) -> Json:
    return {"findings": [finding.as_json() for finding in findings], "summary": _counts(packs, findings)}


def _summary(packs: int, findings: Sequence[Finding]) -> str:
    told = ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in _counts(packs, findings).items())
    return f"{told}." if findings else f"{told.partition(',')[0]} checked, nothing found."


def _print(findings: Sequence[Finding]) -> None:
    terminal = standard_output()
    if not terminal.is_terminal:
        for finding in findings:
            write_line(f"{finding.place}: {_mark(finding)}{finding.message}")
        return
    for file, together in groupby(findings, lambda finding: finding.place.file):
        terminal.show(Text(file, "bold", no_wrap=True, overflow="ignore"))
        terminal.show(_table(together))


def _mark(finding: Finding) -> str:
    return "" if finding.severity == "error" else "warning: "


def _table(findings: Iterable[Finding]) -> Table:
    """Return the findings of one file: place, then what is wrong, wrapped beside it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, style="cyan")
    table.add_column(overflow="fold")
    for finding in findings:
        style = "bold red" if finding.severity == "error" else "bold yellow"
        place = f"  {finding.place.line}:{finding.place.column}"
        table.add_row(place, Text.assemble((finding.severity, style), "  ", finding.message))
    return table
