"""`clausewise audit prove` and `checkpoint`: what can be taken away and checked without the service."""

from __future__ import annotations

from pathlib import Path

import click

from service.audit.log import receipts
from service.cli.logs import opened_log
from service.cli.options import exit_statuses, format_, log_database, signing_key
from service.cli.refusals import Refused
from service.cli.streams import write_line
from service.jsontext import canonical

__all__ = ["checkpoint", "prove"]

_STATUSES = exit_statuses("0 done, 2 the call was wrong or can't be done")


@click.command(short_help="Print a receipt, or a consistency proof.", epilog=_STATUSES)
@click.argument("id_", metavar="[ID]", required=False)
@click.option(
    "--since",
    type=click.IntRange(min=0),
    metavar="SIZE",
    help="Instead of a receipt: prove that the log continues its checkpoint of so many entries.",
)
@click.option("--personal", is_flag=True, help="Show the entry's personal facts, with what opens their commitments.")
@log_database
@signing_key
@format_
def prove(  # noqa: PLR0913 - a parameter for each option
    *, id_: str | None, since: int | None, personal: bool, database: str, key: Path | None, format_: str
) -> None:
    """Print the receipt of a decision: its entry, the proof that the log holds it, and a signed checkpoint.

    ID is the document's. The receipt is one JSON object, which docs/verify_receipt.py checks without the log.

    Example:  clausewise audit prove 01a211bf-6bfe-7fa1-836b-a6b29bf99b0c > receipt.json
    """
    del format_  # a receipt is JSON, for people too
    if (id_ is None) == (since is None):
        raise click.UsageError("Give either the ID of a decision or --since SIZE.")
    if since is not None and personal:
        raise click.UsageError("--personal is for a receipt; what --since asks for shows no entry.")
    with opened_log(database, key) as store:
        if since is not None:
            write_line(receipts.consistency(store, since))
            return
        kept = store.entry(str(id_))
        if kept is None:
            raise Refused(f"No entry of the log has the id '{id_}'.")
        write_line(receipts.receipt(store, kept, store.personal(kept) if personal else None))


@click.command(short_help="Print a signed checkpoint.", epilog=_STATUSES)
@log_database
@signing_key
@format_
def checkpoint(database: str, key: Path | None, format_: str) -> None:
    """Print a signed checkpoint of the log as it is now, a note as c2sp.org/tlog-checkpoint has it.

    Whoever keeps it can tell later whether anything before it was changed, removed or inserted.

    Example:  clausewise audit checkpoint > checkpoint.txt
    """
    with opened_log(database, key) as store:
        signed = receipts.checkpoint(store)
    if format_ == "json":
        write_line(canonical({"checkpoint": signed.note, "size": signed.size}))
    else:
        click.echo(signed.note, nl=False)
