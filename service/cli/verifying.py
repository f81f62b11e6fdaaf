"""`clausewise audit verify`: a log, or an export of one, checked as a whole. What is compared is in `audit`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from service.audit.checking.given import Given
from service.audit.checking.verification import verify as verify_log
from service.audit.exporting.export_verification import check_export
from service.audit.proof.notes import Verifier
from service.cli.given_checkpoints import read_checkpoints
from service.cli.logs import opened_log
from service.cli.options import exit_statuses, format_, log_database
from service.cli.progress import progress
from service.cli.public_keys import KeyList, keys_known
from service.cli.streams import write_line
from service.cli.verify_text import export_json, log_json, print_export, print_log
from service.jsontext import canonical

__all__ = ["verify"]

_FOUND = 1


@click.command(
    short_help="Check a whole log, or an export of one.",
    epilog=exit_statuses("0 all is as it was signed, 1 something was found, 2 the call was wrong"),
)
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Check this export instead of a log.  [default: the log]",
)
@keys_known
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
    key_files: Sequence[KeyList],
    checkpoints: Sequence[Path],
    database: str,
    format_: str,
) -> None:
    """Check every entry of the log against its tree, and the tree against all that was signed.

    What was changed, removed, inserted or moved is named; also a tail that was cut off, when a checkpoint beyond it
    was kept.

    Example:  clausewise audit verify --key-file log.pub --checkpoint old.txt
    """
    trusted = list(dict.fromkeys([*keys, *(key for each in key_files for key in each.keys)]))
    introductions = [note for each in key_files for note in each.introductions]
    given = read_checkpoints(checkpoints)
    if folder is None:
        is_good = _check_log(database, trusted, given, format_)
    else:
        if ctx.get_parameter_source("database") is ParameterSource.COMMANDLINE:
            raise click.UsageError("--export and --database exclude each other: an export is checked without the log.")
        is_good = _check_export(folder, trusted, introductions, given, format_)
    ctx.exit(0 if is_good else _FOUND)


def _check_log(database: str, trusted: Sequence[Verifier], given: Sequence[Given], format_: str) -> bool:
    with opened_log(database) as store, progress() as tell:
        report = verify_log(store, trusted, given, tell)
    if format_ == "json":
        write_line(canonical(log_json(report)))
    else:
        print_log(report)
    return report.is_good


def _check_export(
    folder: Path, trusted: Sequence[Verifier], introductions: Sequence[str], given: Sequence[Given], format_: str
) -> bool:
    with progress() as tell:
        checked = check_export(folder, trusted, given, tell, introductions=introductions)
    if format_ == "json":
        write_line(canonical(export_json(checked)))
    else:
        print_export(checked)
    return checked.is_good
