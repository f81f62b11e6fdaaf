"""`clausewise show`: a decision that the audit log keeps, as text for people or byte for byte. Nothing is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import click

from service.audit.log.entries import Kept
from service.audit.log.store import Store
from service.audit.replaying.old_cases import Lost, StoredPolicies
from service.audit.storage.unavailable import EntryDamaged
from service.cli.decision_text import decision_text
from service.cli.logs import opened_log
from service.cli.options import exit_statuses, format_, log_database
from service.cli.refusals import Refused
from service.cli.storing import place_of
from service.cli.streams import write_line
from service.cli.terminal import standard_output
from service.jsontext import parse

__all__ = ["show"]


@click.command(
    short_help="Print a decision that was kept.",
    epilog=exit_statuses("0 done, 2 there is no such decision, or the call was wrong"),
)
@click.argument("id_", metavar="ID")
@log_database
@format_
def show(*, id_: str, database: str, format_: str) -> None:
    """Print a decision that the audit log keeps, as it was when it was decided.

    ID is the document's. The text is that of `clausewise decide`; the JSON is the document, byte for byte.

    Example:  clausewise show 01a211bf-6bfe-7fa1-836b-a6b29bf99b0c
    """
    with opened_log(database) as store:
        kept = _decision(store, id_)
        document = kept.document
        if format_ == "json":
            write_line(document)
            return
        told = cast("Mapping[str, Any]", parse(document))
        try:
            pack = StoredPolicies(store).pack(told["policy"]["digest"])
        except Lost as lost:
            raise Refused(f"It can't be put into words, as {lost.says}; --format json prints the document.") from None
    standard_output().show(decision_text(pack, told, place_of(kept)))


def _decision(store: Store, id_: str) -> Kept:
    """Return the entry of a decision. Raises Refused."""
    try:
        kept = store.entry(id_)
    except EntryDamaged as damaged:
        raise Refused(f"{damaged} `clausewise audit verify` tells more.") from None
    if kept is None or kept.entry.kind != "decision":
        raise Refused(f"No decision of the log has the id '{id_[:64]}'.")
    return kept
