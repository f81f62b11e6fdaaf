"""`clausewise audit`: the commands about the log itself. What each does is in a module of its own."""

from __future__ import annotations

import click

from service.cli.groups import Commands

__all__ = ["audit"]

_COMMANDS = {
    "checkpoint": "service.cli.proving:checkpoint",
    "deeds": "service.cli.deeds:deeds",
    "erase": "service.cli.keeping:erase",
    "export": "service.cli.exporting:export",
    "keys": "service.cli.keeping:keys",
    "prove": "service.cli.proving:prove",
    "rotate-key": "service.cli.keeping:rotate_key",
    "search": "service.cli.finding:search",
    "verify": "service.cli.verifying:verify",
}


@click.group(
    cls=Commands,
    places=_COMMANDS,
    epilog="Exit status: 0 done, 1 the check found something, 2 the input or the call was wrong.",
)
def audit() -> None:
    """Check the audit log, take proofs of it away, and look after it.

    Example:  clausewise audit verify --database audit.db
    """
