"""`clausewise` itself: the commands that there are. What each does is in a module of its own."""

from __future__ import annotations

import click

from service import __version__
from service.cli.groups import Commands

__all__ = ["main"]

_COMMANDS = {
    "audit": "service.cli.auditing:audit",
    "check": "service.cli.checking:check",
    "decide": "service.cli.deciding:decide",
    "replay": "service.cli.replaying:replay",
    "serve": "service.cli.serving:serve",
    "show": "service.cli.showing:show",
    "test": "service.cli.testing:test",
}


@click.group(
    cls=Commands,
    places=_COMMANDS,
    context_settings={"max_content_width": 120},
    epilog="Exit status: 0 done, 1 the check found something, 2 the input or the call was wrong.",
)
@click.version_option(__version__, prog_name="clausewise", message="%(prog)s %(version)s")
def main() -> None:
    """Decide cases by a policy that is written as rules, and say which clause says so.

    Example:  clausewise decide case.json
    """
