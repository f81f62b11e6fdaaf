"""`clausewise audit search`: decisions of the audit log, found as `GET /v1/decisions` finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.text import Text

from service.cli.logs import opened_log
from service.cli.options import exit_statuses, format_, log_database, packs
from service.cli.pack_folders import loaded
from service.cli.refusals import Refused
from service.cli.streams import write_line
from service.cli.terminal import standard_output
from service.cli.values import flat, in_short, printable
from service.decision.desk import Desk
from service.jsontext import canonical
from service.web.problems import Refusal
from service.web.searching import DEFAULT_LIMIT, FILTERS, MOST_ITEMS, find, names_of

__all__ = ["search"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _filters(command: _Command) -> _Command:
    """Add an option for each parameter of the call."""
    for name, says in reversed(tuple(FILTERS.items())):
        command = click.option(f"--{name}", name, metavar="TEXT", help=says)(command)
    return command


@click.command(
    short_help="Find decisions by what they say.",
    epilog=exit_statuses("0 done, also where nothing is found, 2 the call was wrong"),
)
@_filters
@click.option("--limit", metavar="N", help=f"At most so many, 1 to {MOST_ITEMS}.  [default: {DEFAULT_LIMIT}]")
@click.option("--cursor", metavar="TEXT", help="Further back: what the page before named, with the same filters.")
@packs
@log_database
@format_
def search(*, folders: Sequence[Path], database: str, format_: str, **given: str | None) -> None:
    """Find the decisions that the audit log keeps, the newest first: all, or those of which every filter is true.

    Filters mean what the parameters of GET /v1/decisions do. The packs are only looked at where nothing is found: a
    name that is nearly one of theirs is a slip.

    Example:  clausewise audit search --decision severity --outcome level:2 --database audit.db
    """
    asked = {name: text for name, text in given.items() if text is not None}
    with opened_log(database) as store:
        try:
            page = find(store, asked, lambda: names_of(Desk(loaded(folders))))
        except Refusal as wrong:
            raise Refused(wrong.detail) from None
    if format_ == "json":
        write_line(canonical(page))
    else:
        _print(page)


def _print(page: Mapping[str, Any]) -> None:
    terminal = standard_output()
    for line in map(printable, _lines(page)):
        if terminal.is_terminal:
            terminal.show(Text(line))
        else:
            write_line(line)


def _lines(page: Mapping[str, Any]) -> list[str]:
    """Return a line for each decision document, its decisions below it, and how to go on."""
    lines = [line for found in page["decisions"] for line in _told(found)]
    lines += [f"{sequence} the entry is damaged: it may be one of them" for sequence in page["damaged"]]
    if page["next"] is not None:
        lines.append(f"There are more: --cursor {page['next']}")
    return lines or ["Nothing was found."]


def _told(found: Mapping[str, Any]) -> list[str]:
    policy, by = found["policy"], "" if found["caller"] is None else f", asked by {found['caller']}"
    head = f"{found['sequence']} {found['id']} {found['decided_at']} {policy['id']} {policy['version']}{by}"
    return [head, *(f"  {name}: {_outcome(each)}" for name, each in found["decisions"].items())]


def _outcome(decision: Mapping[str, Any]) -> str:
    status = str(decision["status"]).replace("_", " ")
    return status if not decision["outcome"] else f"{status}, {', '.join(in_short(flat(decision['outcome'])))}"
