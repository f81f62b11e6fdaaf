"""`clausewise audit deeds`: what was done with the log itself. It is read in `audit`."""

from __future__ import annotations

import click
from rich.text import Text

from service.audit.log.deeds import PastDeed, past_deeds
from service.audit.storage.unavailable import EntryDamaged
from service.cli.logs import opened_log
from service.cli.options import exit_statuses, format_, log_database
from service.cli.streams import write_line
from service.cli.terminal import standard_output
from service.cli.values import printable
from service.jsontext import canonical

__all__ = ["deeds"]

_DAMAGED = 1


@click.command(
    short_help="List erasures, and changes of the signing key.",
    epilog=exit_statuses("0 done, 1 an entry is damaged, 2 the call was wrong or can't be done"),
)
@log_database
@format_
@click.pass_context
def deeds(ctx: click.Context, database: str, format_: str) -> None:
    """List what was done with the log itself, in its order: erasures, and changes of the signing key.

    Each is an entry of the log. Whoever restores a backup does again the erasures that it does not have.

    Example:  clausewise audit deeds --format json
    """
    with opened_log(database) as store:
        found = list(past_deeds(store))
    damaged = [each.sequence for each in found if isinstance(each, EntryDamaged)]
    told = [each for each in found if isinstance(each, PastDeed)]
    if format_ == "json":
        write_line(canonical({"deeds": [each.as_json() for each in told], "damaged": damaged}))
    else:
        _print([_damaged(each) if isinstance(each, EntryDamaged) else _line(each) for each in found])
    ctx.exit(_DAMAGED if damaged else 0)


def _print(lines: list[str]) -> None:
    terminal = standard_output()
    for line in map(printable, lines or ["Nothing was erased, and the signing key was never changed."]):
        if terminal.is_terminal:
            terminal.show(Text(line))
        else:
            write_line(line)


def _line(deed: PastDeed) -> str:
    by = "somebody" if deed.caller is None else deed.caller
    return f"{deed.sequence} {deed.at} {deed.kind}: {_what(deed)}; by {by}: {deed.reason}"


def _what(deed: PastDeed) -> str:
    if isinstance(deed.what, str):
        return f"signed with {deed.what} from here on"
    facts = ", ".join(deed.what["facts"])
    return f"{facts} of entry {deed.what['sequence']} ({deed.what['id']})"


def _damaged(damaged: EntryDamaged) -> str:
    return f"{damaged.sequence} the entry is damaged: `clausewise audit verify` tells more"
