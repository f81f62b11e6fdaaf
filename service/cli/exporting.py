"""`clausewise audit export`: entries of the log as files that prove themselves. What is written is made in `audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from service.audit.exporting.exports import FORMATS, write_export
from service.audit.exporting.manifests import Manifest
from service.audit.log.store import Store
from service.audit.storage.tree import read_frontier
from service.cli.logs import opened_log
from service.cli.options import exit_statuses, log_database, signing_key
from service.cli.progress import progress
from service.cli.refusals import Refused

__all__ = ["export"]


class _Folder(click.Path):
    """A folder, which may still have to be made; an empty name is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the folder, or fail with what would be right."""
        # As a path it would be the current folder: in a script, that of a variable that is not set.
        if value == "":
            self.fail("its name is empty; the current folder is '.'.", param, ctx)
        return super().convert(value, param, ctx)


@click.command(
    short_help="Write entries as files that prove themselves.",
    epilog=exit_statuses("0 done, 2 the call was wrong or can't be done; then nothing is left behind"),
)
@click.argument("folder", type=_Folder(path_type=Path, file_okay=False))
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="Write the entries, byte for byte and a line each; with csv or parquet also a table of them.",
)
@click.option(
    "--after",
    type=click.IntRange(min=0),
    metavar="SEQUENCE",
    default=0,
    show_default=True,
    help="Only entries after this one.",
)
@click.option(
    "--until",
    type=click.IntRange(min=1),
    metavar="SEQUENCE",
    help="Only entries up to this one, and itself.  [default: the last one]",
)
@log_database
@signing_key
def export(  # noqa: PLR0913 - a parameter for each option
    *, folder: Path, format_: str, after: int, until: int | None, database: str, key: Path | None
) -> None:
    """Write entries of the log into FOLDER, with a manifest that proves them and the packs that decided them.

    FOLDER is made when it is not there; an export that it has already is not written over. Personal facts are not in
    it, only their commitments. `clausewise audit verify --export FOLDER` checks it without the log.

    Example:  clausewise audit export --format parquet --after 1000 march/
    """
    if until is not None and until <= after:
        raise click.UsageError(f"--until must be above --after: no entry is after {after} and up to {until}.")
    with opened_log(database, key) as store:
        _require_there(store, until)
        with progress() as tell:
            manifest = write_export(store, folder, format_, after, until, progress=tell)
    click.echo(_summary(folder, manifest))


def _require_there(store: Store, until: int | None) -> None:
    with store.database.reading() as connection:
        last = read_frontier(connection).size
    if until is not None and last and until > last:
        raise Refused(f"--until is {until}, but the last entry is {last}.")


def _summary(folder: Path, manifest: Manifest) -> str:
    files = manifest.entries.name
    if manifest.rendition is not None:
        files += f" and {manifest.rendition[1].name}"
    count = len(manifest.packs)
    which = (
        f"entry {manifest.first}" if manifest.first == manifest.last else f"entries {manifest.first} to {manifest.last}"
    )
    packs = f"{count} pack{'' if count == 1 else 's'}"
    return f"'{folder}' has {which} in {files}, and {packs}; checkpoint of {manifest.size} entries."
