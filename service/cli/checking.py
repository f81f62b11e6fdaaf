"""`clausewise check`: everything that is wrong with packs, and where. What is looked for is in `pack`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from service.cli.options import exit_statuses, format_, packs_argument
from service.cli.pack_folders import folders_or_shipped
from service.cli.source_findings import fill_fingerprints, source_findings
from service.cli.streams import write_line
from service.cli.terminal import standard_output
from service.decision.limits import find_refused
from service.decision.proving import Proof, prove
from service.decision.running import Program
from service.jsontext import Json, canonical
from service.model.pack import Pack
from service.pack.loader import load_to_check
from service.wording import counted
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
@click.option(
    "--fill", is_flag=True, help="First write the fingerprints that clauses.yaml lacks into it; goes with --source."
)
@format_
@click.pass_context
def check(ctx: click.Context, *, folders: Sequence[Path], source: Path | None, fill: bool, format_: str) -> None:
    """Check packs: tell all that is wrong with them, and where.

    PACK is a pack's folder; without any, the packs that Clausewise comes with are checked. Each finding is a line,
    file:line:column and what is wrong.

    Example:  clausewise check rules/library-loans
    """
    wanted = folders_or_shipped(folders)
    if source is not None and len(wanted) > 1:
        raise click.UsageError(f"--source goes with one PACK, not with {len(wanted)}.")
    if fill:
        _fill(wanted[0], source)
    checked = [_checked(folder, source) for folder in wanted]
    findings = [finding for each in checked for finding in each.findings]
    if format_ == "json":
        write_line(canonical(_json(checked)))
    else:
        _print(findings)
        for line in (_summary(len(wanted), findings), *_proved([each.proof for each in checked if each.proof])):
            click.echo(line, err=True)
    ctx.exit(_FOUND if findings else 0)


def _fill(folder: Path, source: Path | None) -> None:
    if source is None:
        raise click.UsageError("--fill goes with --source, the document that fingerprints are taken of.")
    added = fill_fingerprints(folder, source)
    click.echo(f"{counted(added, 'fingerprint')} filled in.", err=True)


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was found of one pack; what is proved of it only where it can be loaded."""

    findings: Sequence[Finding]
    pack: Pack | None = None
    proof: Proof | None = None


def _checked(folder: Path, source: Path | None) -> _Checked:
    """Return all findings of one pack, by place, and what is proved of it."""
    try:
        pack, under_others = load_to_check(folder)
    except InvalidPack as wrong:
        return _Checked(wrong.findings)
    proof = prove(pack)
    told = [
        *find_refused(Program(pack)),
        *under_others,
        *pack.warnings,
        *proof.findings,
    ]
    return _Checked(sorted([*told, *([] if source is None else source_findings(pack, folder, source))]), pack, proof)


def _counts(packs: int, findings: Iterable[Finding]) -> Mapping[str, int]:
    severities = [finding.severity for finding in findings]
    return {"packs": packs, "errors": severities.count("error"), "warnings": severities.count("warning")}


def _json(checked: Sequence[_Checked]) -> Json:
    findings = [finding for each in checked for finding in each.findings]
    proofs: list[Json] = [
        {"pack": each.pack.id, "version": each.pack.version, **_proof_json(each.proof)}
        for each in checked
        if each.pack is not None and each.proof is not None
    ]
    told: list[Json] = [finding.as_json() for finding in findings]
    return {"findings": told, "summary": _counts(len(checked), findings), "proofs": proofs}


def _proof_json(proof: Proof) -> dict[str, Json]:
    unproved: list[Json] = [{"part": part.part, "why": part.unproved} for part in proof.unproved]
    unsettled: list[Json] = [
        {"decision": each.decision.id, "parts": list(each.parts), "why": each.why} for each in proof.unsettled
    ]
    proved = len(proof.parts) - len(proof.unproved)
    return {"parts": len(proof.parts), "proved": proved, "not_proved": unproved, "not_exact": unsettled}


def _proved(proofs: Sequence[Proof]) -> Iterator[str]:
    """Yield the lines that say what was proved, and what may be open although it need not be."""
    parts = sum(len(proof.parts) for proof in proofs)
    unproved = [part.part for proof in proofs for part in proof.unproved]
    lacking = f"; not: {', '.join(unproved)}" if unproved else ""
    if parts:
        yield f"Proved: {parts - len(unproved)} of {parts} parts{lacking}."
    reasons: dict[str, list[str]] = {}
    for proof in proofs:
        for each in proof.unsettled:
            reasons.setdefault(each.why, []).extend(each.parts or [each.decision.id])
    for why, names in reasons.items():
        yield f'May be told as open where they need not be ("exact": false), as {why}: {", ".join(names)}.'


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
