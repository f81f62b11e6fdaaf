"""`clausewise audit verify`: a log, or an export of one, checked as a whole. What is compared is in `audit`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from service.audit.export_verification import Checked, check_export
from service.audit.notes import BadKey, Verifier
from service.audit.verification import Report
from service.audit.verification import verify as verify_log
from service.cli.logs import opened_log
from service.cli.options import exit_statuses, format_, log_database
from service.cli.refusals import Refused
from service.cli.terminal import write_line
from service.jsontext import Json, canonical

__all__ = ["verify"]

_FOUND = 1
_EVERY = 25_600  # entries between two words on progress


class _Key(click.ParamType[Verifier]):
    """A public key as `clausewise audit keys` prints it."""

    name = "key"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Verifier:
        """Return the key, or fail with what is wrong with it."""
        try:
            return Verifier.parse(str(value))
        except BadKey as wrong:
            self.fail(str(wrong), param, ctx)


@click.command(epilog=exit_statuses("0 all is as it was signed, 1 something was found, 2 the call was wrong"))
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Check this export instead of a log.  [default: the log]",
)
@click.option(
    "--key",
    "keys",
    type=_Key(),
    multiple=True,
    metavar="KEY",
    help="A public key that you know to be the log's; may be repeated.  [default: what the log itself says]",
)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="A checkpoint that was kept; the log must continue it. May be repeated.",
)
@log_database
@format_
@click.pass_context
def verify(  # noqa: PLR0913 - a parameter for each option
    ctx: click.Context,
    *,
    folder: Path | None,
    keys: Sequence[Verifier],
    checkpoints: Sequence[Path],
    database: str,
    format_: str,
) -> None:
    """Check every entry of the log against its tree, and the tree against all that was signed.

    What was changed, removed, inserted or moved is named; also a tail that was cut off, when a checkpoint beyond it
    was kept.

    Example:  clausewise audit verify --key "$(cat audit.pub)" --checkpoint last-year.txt
    """
    earlier = [_note(file) for file in checkpoints]
    if folder is None:
        with opened_log(database) as store:
            report = verify_log(store, keys, earlier, _progress())
        told, lines, is_good = _json(report), _lines(report), report.is_good
    else:
        checked = check_export(folder, keys, earlier, _progress())
        told, lines, is_good = _json_of_export(checked), _lines_of_export(checked), checked.is_good
    if format_ == "json":
        write_line(canonical(told))
    else:
        click.echo("\n".join(lines))
    ctx.exit(0 if is_good else _FOUND)


def _note(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except ValueError:
        raise Refused(f"'{file}' is no checkpoint: it is not UTF-8.") from None


def _progress() -> Callable[[int], None]:
    """Return what tells a person at a terminal how far the check is."""
    if not sys.stderr.isatty():
        return lambda _: None

    def told(entries: int) -> None:
        if entries % _EVERY == 0:
            click.echo(f"\r{entries} entries", nl=False, err=True)

    return told


def _json(report: Report) -> Json:
    return {
        "entries": report.entries,
        "checkpoints": report.checkpoints,
        "signed": report.signed,
        "root": report.root.hex(),
        "keys": report.keys,
        "keys_vouched": report.vouched,
        "findings": [finding.as_json() for finding in report.findings],
        "more": report.more,
    }


def _json_of_export(checked: Checked) -> Json:
    return {
        "entries": checked.entries,
        "first": checked.manifest.first,
        "last": checked.manifest.last,
        "signed": None if checked.checkpoint is None else checked.checkpoint.size,
        "keys": checked.keys,
        "keys_vouched": checked.vouched,
        "agreeing": checked.agreeing,
        "apart": checked.apart,
        "findings": [finding.as_json() for finding in checked.findings],
        "more": checked.more,
    }


def _verdict(report: Report | Checked) -> tuple[list[str], str]:
    """Return a line for each finding, and all in short."""
    count = len(report.findings) + report.more
    lines = [finding.says for finding in report.findings]
    if report.more:
        lines.append(f"{report.more} further findings are not listed.")
    entries = f"{report.entries} {'entry' if report.entries == 1 else 'entries'}"
    found = "all as they were signed" if report.is_good else f"{count} finding{'' if count == 1 else 's'}"
    return lines, f"{entries}, {found}"


def _of_keys(report: Report | Checked, whose: str) -> list[str]:
    """Return what to say of the keys that were believed, where nobody vouched for them."""
    if report.vouched:
        return []
    told = f"The keys are what the {whose} itself says; with --key they are those that you know:"
    return [told, *(f"  {key}" for key in report.keys)]


def _lines_of_export(checked: Checked) -> list[str]:
    lines, verdict = _verdict(checked)
    lines.append(f"{verdict}; sequences {checked.manifest.first} to {checked.manifest.last}.")
    if checked.apart:
        sizes = ", ".join(map(str, checked.apart))
        lines.append(f"Checkpoints that this export can't be compared with, of so many entries: {sizes}.")
    return [*lines, *_of_keys(checked, "export")]


def _lines(report: Report) -> list[str]:
    lines, verdict = _verdict(report)
    lines.append(f"{verdict}; checkpoints that hold: {report.checkpoints}.")
    unsigned = report.entries - report.signed
    if report.is_good and unsigned:
        lines.append(f"The last {unsigned} are under no checkpoint yet: `clausewise audit checkpoint` signs one.")
    return [*lines, *_of_keys(report, "log")]
